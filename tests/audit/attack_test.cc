// SPDX-License-Identifier: Apache-2.0
// Ways around the audit: rows and families where none belong, a history cut short, markers that say other than rows,
// certificates of another kind, blocks that a quorum signed and no rule gives, files that lead past a row. And what is
// no forgery at all: a disk that cannot be read, a node that is running, a key that is not at hand.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <map>

#include <gmock/gmock.h>

#include "rocksdb/comparator.h"
#include "rocksdb/db.h"
#include "rocksdb/table.h"

#include "ledger/audit/bundle.h"
#include "ledger/base/bytes.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/store/head_file.h"
#include "ledger/store/verifier.h"
#include "tests/audit/forger.h"
#include "tests/audit/node_copies.h"

namespace causeway::testing {
namespace {

using store::Family;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Ne;
using ::testing::Not;
using ::testing::SizeIs;

auto Names(const std::string& family, uint64_t height) {
  return AllOf(Field(&audit::Finding::family, family), Field(&audit::Finding::height, std::optional<uint64_t>(height)));
}

class Attack : public NodeCopies {
 protected:
  Attack() : node_(WriteNode("node", true)) {}

  audit::ReplayResult ReplayOf(const std::string& path) const {
    const auto result = Replay(path);
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *result : audit::ReplayResult();
  }
  audit::ReplayResult ReplayRewritten(const std::vector<store::RowEdit>& edits) {
    const std::string copy = Copy(node_);
    EXPECT_THAT(store::RewriteRows(copy, edits), IsOk());
    return ReplayOf(copy);
  }
  // The HEAD of an earlier time: asks for nothing.
  static void ForgetHead(const std::string& path) {
    rocksdb::Env& env = *rocksdb::Env::Default();
    const store::Head head = *store::ReadHead(env, path + "/HEAD");
    ASSERT_THAT(store::HeadFile::Write(env, path + "/HEAD", {head.format_version, head.chain_id, {}, {}}), IsOk());
  }
  // The options of a database that lets everything be done to it.
  static std::unique_ptr<rocksdb::DB> OpenRaw(const std::string& path, const rocksdb::ColumnFamilyOptions& families,
                                              std::vector<rocksdb::ColumnFamilyHandle*>* handles) {
    std::vector<std::string> names;
    rocksdb::DBOptions options;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies(options, path + "/rocksdb", &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& name : names) descriptors.emplace_back(name, families);
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options, path + "/rocksdb", descriptors, handles, &db);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return std::unique_ptr<rocksdb::DB>(db);
  }
  static void CloseRaw(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
    ASSERT_TRUE(db->Flush({}, handles).ok());
    for (rocksdb::ColumnFamilyHandle* const handle : handles) {
      ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    }
    ASSERT_TRUE(db->Close().ok());
  }
  v1::Certificate QuorumFor(uint64_t height, const Hash& hash) const {
    return world().FinalizeAs(height, hash, {0, 1, 2});
  }

  const std::string node_;
};

// --- Rows where none belong ---

TEST_F(Attack, ARowOfOneFamilyInAnother) {
  Forger forger(world(), node_);
  const auto& families = store::AllFamilies();
  for (size_t i = 0; i < families.size(); ++i) {
    const Family to = families[i];
    for (const size_t step : {1, 4, 7}) {
      const Family from = families[(i + step) % families.size()];
      const auto& [key, value] = forger.AnyRow(from);
      // Families with the same grammar of keys hold the same key already.
      const auto& rows = forger.RowsOf(to);
      const auto is_there = [&wanted = key](const auto& row) { return row.first == wanted; };
      if (std::any_of(rows.begin(), rows.end(), is_there)) continue;
      SCOPED_TRACE(absl::StrCat(store::FamilyName(from), " in ", store::FamilyName(to)));
      const audit::ReplayResult result = ReplayRewritten({{to, key, value}});
      EXPECT_FALSE(result.verified);
      EXPECT_THAT(result.findings, Contains(AnyOf(Field(&audit::Finding::family, store::FamilyName(to)),
                                                  Field(&audit::Finding::family, "files"))))
          << Joined(result.findings);
    }
  }
}

TEST_F(Attack, AFamilyThatNoStoreHas) {
  const std::string copy = Copy(node_);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  auto db = OpenRaw(copy, {}, &handles);
  rocksdb::ColumnFamilyHandle* added = nullptr;
  ASSERT_TRUE(db->CreateColumnFamily({}, "balances", &added).ok());
  handles.push_back(added);
  ASSERT_TRUE(db->Put({}, added, "key", "value").ok());
  CloseRaw(std::move(db), handles);
  const audit::ReplayResult result = ReplayOf(copy);
  EXPECT_FALSE(result.verified);
  EXPECT_THAT(result.findings, Contains(AllOf(Field(&audit::Finding::family, "files"),
                                              Field(&audit::Finding::what, HasSubstr("\"balances\"")))));
}

// A report stays a report, whatever somebody has put into the store.
TEST_F(Attack, KeysAndValuesOfMegabytesAreToldBriefly) {
  for (const Family family : {Family::kState, Family::kVersions, Family::kSubjects, Family::kCertificates,
                              Family::kMeta, Family::kRestricted, Family::kFlushes}) {
    const audit::ReplayResult result =
        ReplayRewritten({{family, std::string(size_t{1} << 20, '\xee'), std::string(size_t{1} << 22, 'v')}});
    EXPECT_FALSE(result.verified);
    ASSERT_THAT(result.findings, Not(IsEmpty())) << store::FamilyName(family);
    for (const audit::Finding& finding : result.findings) {
      EXPECT_LT(finding.ToString().size(), 4000u) << store::FamilyName(family);
    }
  }
}

TEST_F(Attack, MoreStrangeRowsThanAReportHolds) {
  std::vector<store::RowEdit> edits;
  for (int i = 0; i < 1000; ++i) {
    std::string key = "\xff\xff";
    AppendBigEndian64(key, static_cast<uint64_t>(i));
    edits.push_back({Family::kState, key, "x"});
  }
  const audit::ReplayResult result = ReplayRewritten(edits);
  EXPECT_FALSE(result.verified);
  EXPECT_THAT(result.findings, SizeIs(store::StoreVerifier::kDifferencesMax));
}

// --- A history cut short ---

TEST_F(Attack, AMarkerBelowTheBlocks) {
  const uint64_t height = last() - 3;
  v1::FinalMarker marker;
  marker.set_height(height);
  marker.set_header_hash(world().blocks()[height]->hash.ToString());
  const std::string copy = Copy(node_);
  ASSERT_THAT(store::RewriteRows(copy, {{Family::kMeta, store::kFinalKey, codec::SerializeCanonical(marker)}}), IsOk());
  // HEAD knows better.
  EXPECT_THAT(ReplayOf(copy).findings, Contains(Field(&audit::Finding::family, "files")));
  ASSERT_NO_FATAL_FAILURE(ForgetHead(copy));
  // And so do the rows above it.
  const audit::ReplayResult result = ReplayOf(copy);
  EXPECT_FALSE(result.verified);
  for (const uint64_t above : {last() - 2, last() - 1, last()})
    EXPECT_THAT(result.findings, Contains(Names("blocks", above))) << Joined(result.findings);
  EXPECT_THAT(result.findings, Contains(Names("certificates", last())));
}

TEST_F(Attack, AMarkerAboveTheBlocks) {
  v1::FinalMarker marker;
  marker.set_height(std::numeric_limits<uint64_t>::max());
  marker.set_header_hash(world().blocks().back()->hash.ToString());
  const audit::ReplayResult result =
      ReplayRewritten({{Family::kMeta, store::kFinalKey, codec::SerializeCanonical(marker)}});
  EXPECT_FALSE(result.verified);
  EXPECT_THAT(result.findings, Contains(Names("blocks", last() + 1))) << Joined(result.findings);
}

// Rolled back as a whole to an earlier day, it is what the node once was: only a head from elsewhere tells.
TEST_F(Attack, AnEarlierDayIsVerifiedAsThatAndRefusedAgainstAHead) {
  const ExecutedBlocks blocks(world().blocks().begin(), world().blocks().end() - 9);
  const std::string earlier = WriteNode("earlier", true, blocks);
  const audit::ReplayResult result = ReplayOf(earlier);
  EXPECT_TRUE(result.verified) << Joined(result.findings);
  EXPECT_EQ(result.height, last() - 9);

  audit::ReplayOptions options;
  options.confidentiality_key = world().confidentiality_key();
  options.head.emplace();
  *options.head->mutable_header() = world().blocks().back()->block.header();
  *options.head->mutable_finalization() = world().Finalize(last());
  const auto against = audit::ReplayDirectory(earlier, world().genesis(), world().registry(), options);
  ASSERT_THAT(against, IsOk());
  EXPECT_FALSE(against->verified);
  EXPECT_THAT(against->findings, Contains(Names("head", last())));
  // A head of an earlier day asks only that the chain go through it.
  *options.head->mutable_header() = world().blocks()[5]->block.header();
  *options.head->mutable_finalization() = world().Finalize(5);
  const auto through = audit::ReplayDirectory(earlier, world().genesis(), world().registry(), options);
  ASSERT_THAT(through, IsOk());
  EXPECT_TRUE(through->verified) << Joined(through->findings);
}

TEST_F(Attack, AHeadThatNoQuorumOfThisChainHasSigned) {
  audit::ReplayOptions options;
  options.confidentiality_key = world().confidentiality_key();
  const auto replay = [&](const v1::BlockHeader& header, const v1::Certificate& finalization) {
    options.head.emplace();
    *options.head->mutable_header() = header;
    *options.head->mutable_finalization() = finalization;
    return audit::ReplayDirectory(node_, world().genesis(), world().registry(), options);
  };
  const v1::BlockHeader& header = world().blocks().back()->block.header();
  const Hash& hash = world().blocks().back()->hash;
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, "the head given");
  EXPECT_THAT(replay(header, world().FinalizeAs(last(), hash, {0, 1})), refused);
  EXPECT_THAT(replay(world().blocks()[3]->block.header(), world().Finalize(last())), refused);
  v1::Certificate notarization = world().Finalize(last());
  notarization.set_kind(v1::VOTE_KIND_NOTARIZE);
  EXPECT_THAT(replay(header, notarization), refused);
  EXPECT_THAT(replay(v1::BlockHeader(), world().Finalize(last())), refused);
}

// --- What the node says of its own writing ---

TEST_F(Attack, AFlushThatIsForgotten) {
  Forger forger(world(), node_);
  const std::string& flush = forger.RowsOf(Family::kFlushes).back().first;
  const std::string copy = Copy(node_);
  ASSERT_THAT(store::RewriteRows(copy, {{Family::kFlushes, flush, std::nullopt}}), IsOk());
  EXPECT_THAT(ReplayOf(copy).findings, Contains(Field(&audit::Finding::family, "files")));
  ASSERT_NO_FATAL_FAILURE(ForgetHead(copy));
  const audit::ReplayResult result = ReplayOf(copy);
  EXPECT_FALSE(result.verified);
  EXPECT_THAT(result.findings, Contains(Field(&audit::Finding::family, "versions"))) << Joined(result.findings);
}

TEST_F(Attack, AFlushThatSaysOtherThanItsRows) {
  Forger forger(world(), node_);
  const auto& rows = forger.RowsOf(Family::kFlushes);
  ASSERT_GT(rows.size(), 2u);
  const v1::Flush flush = *codec::ParseTrusted<v1::Flush>(rows[1].second);
  const std::string copy = Copy(node_);
  for (const uint64_t last_height : {flush.last_height() - 1, flush.last_height() + 1, last() + 100,
                                     std::numeric_limits<uint64_t>::max(), uint64_t{0}}) {
    v1::Flush changed = flush;
    changed.set_last_height(last_height);
    const std::string rewritten = Copy(node_);
    ASSERT_THAT(store::RewriteRows(rewritten, {{Family::kFlushes, rows[1].first, codec::SerializeCanonical(changed)}}),
                IsOk());
    ASSERT_NO_FATAL_FAILURE(ForgetHead(rewritten));
    const audit::ReplayResult result = ReplayOf(rewritten);
    EXPECT_FALSE(result.verified) << last_height;
    EXPECT_THAT(result.findings,
                Contains(AnyOf(Field(&audit::Finding::family, "flushes"), Field(&audit::Finding::family, "files"))))
        << Joined(result.findings);
  }
}

TEST_F(Attack, AHeadFileOfAnotherChainOrAHigherHeight) {
  rocksdb::Env& env = *rocksdb::Env::Default();
  const std::string copy = Copy(node_);
  const store::Head head = *store::ReadHead(env, copy + "/HEAD");
  store::Head other = head;
  other.chain_id = crypto::Sha256("another chain");
  ASSERT_THAT(store::HeadFile::Write(env, copy + "/HEAD", other), IsOk());
  EXPECT_THAT(ReplayOf(copy).findings, Contains(Field(&audit::Finding::family, "files")));
  other = head;
  other.written.final = Height(last() + 1);
  ASSERT_THAT(store::HeadFile::Write(env, copy + "/HEAD", other), IsOk());
  EXPECT_THAT(ReplayOf(copy).findings, Contains(Field(&audit::Finding::family, "files")));
  // A newer program's, it says: nothing is claimed of it, and it is not verified.
  other = head;
  other.format_version = store::kFormatVersion + 1;
  ASSERT_THAT(store::HeadFile::Write(env, copy + "/HEAD", other), IsOk());
  EXPECT_THAT(Replay(copy), StatusIs(absl::StatusCode::kFailedPrecondition, "format"));
}

TEST_F(Attack, TheGenesisIsTheAuditors) {
  // The node's own copy, changed with the id that goes with it.
  v1::Genesis other = world().genesis();
  other.set_name("another");
  v1::StoreIdentity identity;
  identity.set_format_version(store::kFormatVersion);
  identity.set_chain_id(chain::ChainIdOf(other).ToString());
  identity.set_genesis(chain::EncodeGenesis(other));
  EXPECT_FALSE(ReplayRewritten({{Family::kMeta, store::kIdentityKey, codec::SerializeCanonical(identity)}}).verified);
  // The genesis alone.
  identity.set_chain_id(world().chain_id().ToString());
  const audit::ReplayResult result =
      ReplayRewritten({{Family::kMeta, store::kIdentityKey, codec::SerializeCanonical(identity)}});
  EXPECT_FALSE(result.verified);
  EXPECT_THAT(result.findings, Contains(Field(&audit::Finding::what, HasSubstr("another chain"))));
  // An auditor with another genesis: another validator, another limit, another first operation.
  for (const int what : {0, 1, 2}) {
    v1::Genesis mine = world().genesis();
    if (what == 0) mine.mutable_validators(0)->set_public_key(mine.validators(0).public_key().substr(1) + "x");
    if (what == 1) mine.mutable_limits()->set_block_bytes(mine.limits().block_bytes() + 1);
    if (what == 2) mine.mutable_operations()->RemoveLast();
    audit::ReplayOptions options;
    options.confidentiality_key = world().confidentiality_key();
    const auto against = audit::ReplayDirectory(node_, mine, world().registry(), options);
    EXPECT_TRUE(!against.ok() || !against->verified) << what;
  }
}

// --- Certificates ---

TEST_F(Attack, ACertificateOfAnotherKindEpochOrBlock) {
  const uint64_t height = last() - 2;
  const std::string key = store::HeightKey(Height(height));
  const Hash& hash = world().blocks()[height]->hash;
  std::map<std::string, v1::Certificate> forged;
  forged["a notarization"] = world().CertifyAs(v1::VOTE_KIND_NOTARIZE, 0, height, hash, {0, 1, 2});
  forged["another epoch"] = world().CertifyAs(v1::VOTE_KIND_FINALIZE, 1, height, hash, {0, 1, 2});
  forged["another block"] = QuorumFor(height, world().blocks()[height - 1]->hash);
  forged["too few"] = world().FinalizeAs(height, hash, {1, 2});
  forged["not ascending"] = world().FinalizeAs(height, hash, {2, 1, 0});
  forged["one more than there are"] = QuorumFor(height, hash);
  forged["one more than there are"].add_signers(4);
  forged["one more than there are"].mutable_signatures()->append(std::string(64, 's'));
  forged["nothing"] = v1::Certificate();
  for (const auto& [name, certificate] : forged) {
    const audit::ReplayResult result = ReplayRewritten({{Family::kCertificates, key, certificate.SerializeAsString()}});
    EXPECT_THAT(result.findings, Contains(Names("certificates", height))) << name;
  }
  // Other signers, but a quorum: it is as good.
  const audit::ReplayResult others = ReplayRewritten(
      {{Family::kCertificates, key, codec::SerializeCanonical(world().FinalizeAs(height, hash, {1, 2, 3}))}});
  EXPECT_TRUE(others.verified) << Joined(others.findings);
  // And of a height that has no block, and of genesis.
  for (const uint64_t beside : {uint64_t{0}, last() + 1}) {
    const Hash& of = world().blocks()[beside % (last() + 1)]->hash;
    const audit::ReplayResult result = ReplayRewritten(
        {{Family::kCertificates, store::HeightKey(Height(beside)), QuorumFor(beside, of).SerializeAsString()}});
    EXPECT_THAT(result.findings, Contains(Names("certificates", beside))) << Joined(result.findings);
  }
}

TEST_F(Attack, TheLastBlockWithoutItsCertificate) {
  const audit::ReplayResult result =
      ReplayRewritten({{Family::kCertificates, store::HeightKey(Height(last())), std::nullopt}});
  EXPECT_THAT(result.findings, Contains(Names("certificates", last())));
}

// --- Blocks ---

// What a quorum signs and the rules do not give is refused all the same: the audit does not count votes, it executes.
class QuorumAgainstTheRules : public Attack {
 protected:
  // The node's last block with another content, and everything renewed that a quorum can renew.
  void ExpectRefused(const std::string& what, const v1::Block& block) {
    SCOPED_TRACE(what);
    const std::string key = store::HeightKey(Height(last()));
    const Hash hash = chain::BlockHash(block.header());
    v1::FinalMarker marker;
    marker.set_height(last());
    marker.set_header_hash(hash.ToString());
    const audit::ReplayResult result =
        ReplayRewritten({{Family::kBlocks, key, chain::EncodeBlock(block)},
                         {Family::kHeaders, world().blocks().back()->hash.ToString(), std::nullopt},
                         {Family::kHeaders, hash.ToString(), key},
                         {Family::kMeta, store::kFinalKey, codec::SerializeCanonical(marker)},
                         {Family::kCertificates, key, codec::SerializeCanonical(QuorumFor(last(), hash))}});
    EXPECT_FALSE(result.verified);
    EXPECT_THAT(result.findings, Contains(Names("blocks", last()))) << Joined(result.findings);
  }
};

TEST_F(QuorumAgainstTheRules, EveryFieldOfAHeader) {
  const v1::Block& block = world().blocks().back()->block;
  const auto* descriptor = v1::BlockHeader::descriptor();
  const auto* reflection = v1::BlockHeader::GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    for (const bool absent : {true, false}) {
      v1::Block changed = block;
      v1::BlockHeader* header = changed.mutable_header();
      if (absent) {
        if (!reflection->HasField(*header, field)) continue;  // zero already
        reflection->ClearField(header, field);
      } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_BYTES) {
        std::string bytes = reflection->GetString(*header, field);
        bytes.back() = static_cast<char>(bytes.back() ^ 1);
        reflection->SetString(header, field, bytes);
      } else if (field->type() == google::protobuf::FieldDescriptor::TYPE_UINT64) {
        // A time that is later is as good a time; but it is not before the parent's.
        const bool time = field->name() == "time_us";
        const uint64_t value = reflection->GetUInt64(*header, field);
        reflection->SetUInt64(header, field, time ? value - Duration::Days(1).micros() : value + 1);
      } else {
        ASSERT_EQ(field->type(), google::protobuf::FieldDescriptor::TYPE_UINT32) << field->name();
        reflection->SetUInt32(header, field, reflection->GetUInt32(*header, field) + 7);
      }
      ExpectRefused(absl::StrCat(field->name(), absent ? " absent" : " changed"), changed);
    }
  }
}

TEST_F(QuorumAgainstTheRules, WhatABlockHolds) {
  // A block with several transactions, made the last one.
  const auto renew = [](v1::Block& block) {
    std::vector<Hash> leaves;
    for (const std::string& envelope : block.envelopes()) leaves.push_back(merkle::HistoryLeafHash(envelope));
    block.mutable_header()->set_transactions_root(chain::TransactionsRoot(leaves).ToString());
  };
  v1::Block added = world().blocks().back()->block;
  for (const auto& block : world().blocks()) {
    if (block->block.envelopes_size() < 2 || block->height() == Height(0)) continue;
    // Used before, and past its time.
    added.add_envelopes(block->block.envelopes(0));
    break;
  }
  renew(added);
  ExpectRefused("a transaction of another day", added);
  v1::Block garbage = world().blocks().back()->block;
  garbage.add_envelopes("no envelope");
  renew(garbage);
  ExpectRefused("what is no transaction", garbage);
  v1::Block long_one = world().blocks().back()->block;
  long_one.add_envelopes(std::string(size_t{9} << 20, 'e'));
  renew(long_one);
  ExpectRefused("more bytes than a block may have", long_one);
}

TEST_F(QuorumAgainstTheRules, AnotherOrderOfTransactions) {
  // The chain up to a block with several transactions, whose order a quorum has changed.
  for (const auto& executed : world().blocks()) {
    const uint64_t height = executed->height().value();
    if (height == 0 || executed->block.envelopes_size() < 2) continue;
    v1::Block block = executed->block;
    std::reverse(block.mutable_envelopes()->begin(), block.mutable_envelopes()->end());
    std::vector<Hash> leaves;
    for (const std::string& envelope : block.envelopes()) leaves.push_back(merkle::HistoryLeafHash(envelope));
    block.mutable_header()->set_transactions_root(chain::TransactionsRoot(leaves).ToString());
    const Hash hash = chain::BlockHash(block.header());
    const audit::ReplayResult result =
        ReplayRewritten({{Family::kBlocks, store::HeightKey(Height(height)), chain::EncodeBlock(block)},
                         {Family::kCertificates, store::HeightKey(Height(height)),
                          codec::SerializeCanonical(QuorumFor(height, hash))}});
    EXPECT_THAT(result.findings,
                Contains(AllOf(Names("blocks", height), Field(&audit::Finding::what, HasSubstr("breaks a rule")))))
        << Joined(result.findings);
    // And with the header as it was.
    block.mutable_header()->set_transactions_root(executed->block.header().transactions_root());
    EXPECT_THAT(
        ReplayRewritten({{Family::kBlocks, store::HeightKey(Height(height)), chain::EncodeBlock(block)}}).findings,
        Contains(Names("blocks", height)));
    return;
  }
  FAIL() << "no block has two transactions";
}

TEST_F(Attack, BytesThatAreNoBlock) {
  const std::string key = store::HeightKey(Height(last()));
  const std::string bytes = chain::EncodeBlock(world().blocks().back()->block);
  for (const std::string& forged : {std::string(), std::string("x"), bytes + '\0', bytes.substr(0, bytes.size() - 1),
                                    std::string(size_t{1} << 20, '\x0a'), bytes + bytes}) {
    EXPECT_THAT(ReplayRewritten({{Family::kBlocks, key, forged}}).findings, Contains(Names("blocks", last())))
        << forged.size();
  }
}

// --- Files that lead past a row ---

// Orders as everybody does, and gives a file's index an entry before one of its rows, as whoever writes a file can: a
// scan comes to the row, and who looks for its key is led to the block after it.
class MisleadingOrder final : public rocksdb::Comparator {
 public:
  explicit MisleadingOrder(std::string hidden) : hidden_(std::move(hidden)) {
    before_ = hidden_.substr(0, hidden_.size() - 1);
  }
  const char* Name() const override { return true_->Name(); }
  int Compare(const rocksdb::Slice& a, const rocksdb::Slice& b) const override {
    if (a == before_ && b == hidden_) return 1;
    if (a == hidden_ && b == before_) return -1;
    return true_->Compare(a, b);
  }
  void FindShortestSeparator(std::string* start, const rocksdb::Slice&) const override {
    if (*start == hidden_) *start = before_;
  }
  void FindShortSuccessor(std::string*) const override {}

 private:
  const rocksdb::Comparator* const true_ = rocksdb::BytewiseComparator();
  const std::string hidden_;
  // Sorts before the row, and as the writer of the file says, after it.
  std::string before_;
};

TEST_F(Attack, AnIndexThatLeadsPastARow) {
  Forger forger(world(), node_);
  const std::string key = forger.RowsOf(Family::kState).front().first;
  const std::string copy = Copy(node_);
  {
    const MisleadingOrder order(key);
    rocksdb::ColumnFamilyOptions options;
    options.comparator = &order;
    rocksdb::BlockBasedTableOptions table;
    table.block_size = 1;  // a row a block
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.compression = rocksdb::kNoCompression;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    auto db = OpenRaw(copy, options, &handles);
    for (rocksdb::ColumnFamilyHandle* const handle : handles) {
      if (handle->GetName() != "state") continue;
      rocksdb::CompactRangeOptions compact;
      compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
      ASSERT_TRUE(db->CompactRange(compact, handle, nullptr, nullptr).ok());
    }
    CloseRaw(std::move(db), handles);
  }
  // A reader is told that there is no such row.
  store::OpenOptions options;
  options.read_only = true;
  const auto opened = store::Store::Open(copy, options);
  ASSERT_THAT(opened, IsOk());
  const auto row = (*opened)->GetRow(Family::kState, key);
  ASSERT_THAT(row, IsOk());
  ASSERT_FALSE(row->has_value()) << "the attack no longer works, and this test tests nothing";
  const audit::ReplayResult result = ReplayOf(copy);
  EXPECT_FALSE(result.verified);
  EXPECT_THAT(result.findings, Contains(AllOf(Field(&audit::Finding::family, "state"),
                                              Field(&audit::Finding::what, HasSubstr("by its key")))))
      << Joined(result.findings);
}

// A newer file has another row, or a grave, under a key, and its index leads who looks for the key past it, to the
// older file. A scan comes to the newer one.
class RowsThatScansTellOtherwise : public Attack {
 protected:
  void SetUp() override {
    for (const Family family :
         {Family::kHeaders, Family::kTransactions, Family::kSubjects, Family::kRestricted, Family::kCertificates}) {
      auto rows = Forger(world(), node_).RowsOf(family);
      std::sort(rows.begin(), rows.end());
      rows_[family] = {rows.begin() + 3, rows.begin() + 5};
    }
  }
  // The copy's row, for scans; nothing: as if there were none.
  void Scan(const std::string& copy, Family family, const std::optional<std::string>& value) {
    const auto& [key, told] = rows_.at(family)[0];
    const MisleadingOrder order(key);
    rocksdb::ColumnFamilyOptions options;
    options.comparator = &order;
    rocksdb::BlockBasedTableOptions table;
    table.block_size = 1;  // a row a block
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.compression = rocksdb::kNoCompression;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    auto db = OpenRaw(copy, options, &handles);
    for (rocksdb::ColumnFamilyHandle* const handle : handles) {
      if (handle->GetName() != store::FamilyName(family)) continue;
      ASSERT_TRUE((value ? db->Put({}, handle, key, *value) : db->Delete({}, handle, key)).ok());
      // A separator stands between two rows.
      const auto& [next_key, next] = rows_.at(family)[1];
      ASSERT_TRUE(db->Put({}, handle, next_key, next).ok());
    }
    CloseRaw(std::move(db), handles);
    ExpectTold(copy, family, key, told, value);
  }
  // That the attack works.
  static void ExpectTold(const std::string& path, Family family, const std::string& key, const std::string& by_key,
                         const std::optional<std::string>& by_scan) {
    store::OpenOptions options;
    options.read_only = true;
    const auto opened = store::Store::Open(path, options);
    ASSERT_THAT(opened, IsOk());
    const auto row = (*opened)->GetRow(family, key);
    ASSERT_THAT(row, IsOk());
    ASSERT_EQ(*row, by_key) << "the attack no longer works, and this test tests nothing";
    std::optional<std::string> scanned;
    ASSERT_THAT((*opened)->ScanRows(family, "",
                                    [&](absl::string_view found, absl::string_view value) {
                                      if (found == absl::string_view(key)) scanned = std::string(value);
                                      return true;
                                    }),
                IsOk());
    ASSERT_EQ(scanned, by_scan) << "the attack no longer works, and this test tests nothing";
  }
  void ExpectNamed(Family family, const std::optional<std::string>& value, const std::string& what) {
    SCOPED_TRACE(store::FamilyName(family));
    const std::string copy = Copy(node_);
    ASSERT_NO_FATAL_FAILURE(Scan(copy, family, value));
    const audit::ReplayResult result = ReplayOf(copy);
    EXPECT_FALSE(result.verified);
    EXPECT_THAT(result.findings, SizeIs(1)) << Joined(result.findings);
    EXPECT_THAT(result.findings, Contains(AllOf(Field(&audit::Finding::family, store::FamilyName(family)),
                                                Field(&audit::Finding::height, Ne(std::nullopt)),
                                                Field(&audit::Finding::what, HasSubstr(what)))))
        << Joined(result.findings);
  }

  std::map<Family, Forger::Rows> rows_;
};

TEST_F(RowsThatScansTellOtherwise, AreNamedWhereAScanPassesThem) {
  for (const auto& entry : rows_) ExpectNamed(entry.first, std::nullopt, "no scan comes to it");
}

TEST_F(RowsThatScansTellOtherwise, AreNamedWhereAScanTellsAnotherValue) {
  for (const auto& [family, rows] : rows_) {
    // Of the same height, as the audit reads it.
    std::string value = rows[0].second;
    if (family != Family::kSubjects) value.back() = static_cast<char>(value.back() ^ 1);
    if (family == Family::kSubjects) value += "x";
    SCOPED_TRACE(store::FamilyName(family));
    const std::string copy = Copy(node_);
    ASSERT_NO_FATAL_FAILURE(Scan(copy, family, value));
    const audit::ReplayResult result = ReplayOf(copy);
    EXPECT_FALSE(result.verified);
    EXPECT_THAT(result.findings, Contains(AllOf(Field(&audit::Finding::family, store::FamilyName(family)),
                                                Field(&audit::Finding::what, HasSubstr("by its key")))))
        << Joined(result.findings);
  }
}

// A changed row is told once, whichever way it is read.
TEST_F(Attack, ARowOfAnIndexWithAnotherValueIsToldOnce) {
  Forger forger(world(), node_);
  for (const Family family : {Family::kHeaders, Family::kTransactions, Family::kSubjects, Family::kRestricted}) {
    const auto& [key, value] = forger.AnyRow(family);
    const audit::ReplayResult result = ReplayRewritten({{family, key, value + "x"}});
    EXPECT_FALSE(result.verified);
    EXPECT_THAT(result.findings, SizeIs(1)) << Joined(result.findings);
    EXPECT_THAT(result.findings, Contains(AllOf(Field(&audit::Finding::family, store::FamilyName(family)),
                                                Field(&audit::Finding::what, "differs"))))
        << Joined(result.findings);
  }
}

// --- No forgery at all ---

// Whether a file can be read says nothing of what is in it.
TEST_F(Attack, WhatTheSystemRefusesIsNoFinding) {
  namespace fs = std::filesystem;
  const std::string copy = Copy(node_);
  std::vector<fs::path> places = {copy + "/HEAD", copy + "/rocksdb"};
  for (const auto& entry : fs::directory_iterator(copy + "/rocksdb")) {
    const std::string name = entry.path().filename().string();
    const bool read = name == "CURRENT" || name.starts_with("MANIFEST") || name.ends_with(".sst");
    if (read) places.push_back(entry.path());
  }
  ASSERT_GT(places.size(), 5u);
  const bool root = geteuid() == 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path()))
    fs::permissions(entry.path(), fs::perms::all);
  fs::permissions(directory_.path(), fs::perms::all);
  for (const fs::path& place : places) {
    SCOPED_TRACE(place.string());
    fs::permissions(place, fs::perms::none);
    // Root may read everything.
    ASSERT_TRUE(!root || seteuid(65534) == 0);
    const auto result = Replay(copy);
    ASSERT_TRUE(!root || seteuid(0) == 0);
    fs::permissions(place, fs::perms::all);
    EXPECT_FALSE(result.ok()) << Joined(result->findings);
    EXPECT_THAT(std::string(result.status().message()), HasSubstr("ermission denied"));
  }
  EXPECT_TRUE(ReplayOf(copy).verified);
}

TEST_F(Attack, ANodeThatIsRunningIsNotAudited) {
  const std::string copy = Copy(node_);
  // The lock is another process's.
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t holder = fork();
  if (holder == 0) {
    const int file = open((copy + "/IN_USE").c_str(), O_RDWR | O_CREAT, 0644);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const char told = fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
    if (write(ready[1], &told, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char told = 'n';
  ASSERT_EQ(read(ready[0], &told, 1), 1);
  EXPECT_EQ(told, 'y');
  EXPECT_THAT(Replay(copy), StatusIs(absl::StatusCode::kUnavailable, "Stop the node"));
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_TRUE(ReplayOf(copy).verified);
}

TEST_F(Attack, WithoutTheConfidentialityKeyNothingIsSaidOnceAModelHasJudged) {
  audit::ReplayOptions options;
  const auto replay = [&](const std::string& path) {
    return audit::ReplayDirectory(path, world().genesis(), world().registry(), options);
  };
  EXPECT_THAT(replay(node_), StatusIs(absl::StatusCode::kFailedPrecondition, "confidentiality key"));
  options.confidentiality_key = std::string(32, 'x');
  EXPECT_THAT(replay(node_), StatusIs(absl::StatusCode::kInvalidArgument, "not this chain's"));
  options.confidentiality_key = "";
  EXPECT_THAT(replay(node_), StatusIs(absl::StatusCode::kInvalidArgument, "not this chain's"));
  // Before any model judges it is not needed, and then nothing is left out.
  options.confidentiality_key.reset();
  const auto first_judged = std::find_if(world().blocks().begin(), world().blocks().end(),
                                         [](const auto& block) { return block->decisions > 0; });
  ASSERT_NE(first_judged, world().blocks().end());
  const auto result = replay(WriteNode("unjudged", true, ExecutedBlocks(world().blocks().begin(), first_judged)));
  ASSERT_THAT(result, IsOk());
  EXPECT_TRUE(result->verified) << Joined(result->findings);
  EXPECT_EQ(result->decisions, 0u);
}

TEST_F(Attack, ADecisionIsCountedWhereverAModelJudged) {
  const audit::ReplayResult result = ReplayOf(node_);
  EXPECT_TRUE(result.verified);
  EXPECT_EQ(result.decisions, world().Decisions().size());
}

}  // namespace
}  // namespace causeway::testing
