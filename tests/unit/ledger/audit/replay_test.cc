// SPDX-License-Identifier: Apache-2.0
#include "ledger/audit/replay.h"

#include <fstream>
#include <map>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "ledger/audit/bundle.h"
#include "ledger/base/bytes.h"
#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"
#include "ledger/execution/final_blocks.h"
#include "ledger/store/database.h"
#include "ledger/store/verifier.h"
#include "tests/unit/ledger/audit/purse_world.h"

namespace causeway::audit {
namespace {

using store::Family;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Joined(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) absl::StrAppend(&text, finding.ToString(), "\n");
  return text;
}

MATCHER_P3(Names, family, key, height, "names family, key and height") {
  *result_listener << arg.ToString();
  return arg.family == family && arg.key == key && arg.height == std::optional<uint64_t>(height);
}

class ReplayTest : public testing::PurseWorld {
 protected:
  // Writes rows past the store, with the checksums that RocksDB gives them.
  void Tamper(Family family, const std::string& key, const std::optional<std::string>& value) {
    ASSERT_THAT(store_->Close(), IsOk());
    store_.reset();
    {
      auto database =
          store::Database::Open(path() + "/rocksdb", store::OpenMode::kReadWrite, rocksdb::Env::Default(), 1 << 20,
                                std::make_unique<store::LogWatch>(std::nullopt, std::map<uint64_t, uint64_t>()));
      ASSERT_THAT(database, IsOk());
      const rocksdb::Status written = value ? (*database)->db().Put({}, (*database)->handle(family), key, *value)
                                            : (*database)->db().Delete({}, (*database)->handle(family), key);
      ASSERT_TRUE(written.ok()) << written.ToString();
      ASSERT_THAT((*database)->Close(), IsOk());
    }
    store::OpenOptions options;
    options.read_only = true;
    auto opened = store::Store::Open(path(), options);
    ASSERT_THAT(opened, IsOk());
    store_ = *std::move(opened);
  }
  std::pair<std::string, std::string> FirstRow(Family family) const {
    std::pair<std::string, std::string> row;
    EXPECT_THAT(store_->ScanRows(family, "",
                                 [&](absl::string_view key, absl::string_view value) {
                                   row = {std::string(key), std::string(value)};
                                   return false;
                                 }),
                IsOk());
    EXPECT_FALSE(row.first.empty()) << store::FamilyName(family) << " has no row";
    return row;
  }
};

TEST_F(ReplayTest, WhatANodeWroteIsWhatTheRulesGive) {
  for (const testing::WritingHabits& habits : {testing::WritingHabits{1, 4, 2}, testing::WritingHabits{5, 1, 0},
                                               testing::WritingHabits{1, 100, 0}, testing::WritingHabits{3, 5, 7}}) {
    Write(habits);
    const ReplayResult result = Replay();
    EXPECT_TRUE(result.verified) << Joined(result.findings);
    EXPECT_EQ(result.height, last());
    EXPECT_EQ(result.time.micros(), chain_.now_us());
    EXPECT_EQ(result.state_root.bytes(), chain_.tip().header.state_root());
    EXPECT_EQ(result.block_hash, chain_.tip().hash);
    EXPECT_EQ(result.transactions, 22u);
    EXPECT_EQ(result.operations, 37u);
    EXPECT_GT(result.due_work, 0u);
    EXPECT_EQ(result.decisions, 3u);
  }
}

TEST_F(ReplayTest, WhatAKeySignedBeforeItWasRevokedStillVerifies) {
  const std::string key = crypto::KeyIdOf(chain_.second_signer()->public_key()).ToHex();
  const auto signed_by_second = [&] {
    auto builder = chain_.Builder();
    builder.Add(testing::Fill(testing::PurseId(1), 1)).AddSigner(chain_.second_signer());
    return builder.Sign()->envelope;
  };
  chain_.Append({signed_by_second()});
  chain_.Append({chain_.Envelope({testing::Fill(testing::PurseId(1), 1, "revoke:" + key)})});
  EXPECT_EQ(chain_.Build({signed_by_second()}).refused.at(0).second.reason, v1::LEDGER_REASON_UNKNOWN_KEY);
  Write({1, 4, 2});
  const ReplayResult result = Replay();
  EXPECT_TRUE(result.verified) << Joined(result.findings);
  EXPECT_EQ(result.height, last());
}

// Purses emit no events, so nothing has a subject.
TEST_F(ReplayTest, TheFixtureHasRowsInEveryFamilyButSubjects) {
  for (const Family family : store::AllFamilies()) {
    if (family != Family::kSubjects) FirstRow(family);
  }
}

TEST_F(ReplayTest, NeedsTheConfidentialityKeyWhereAModelHasJudged) {
  ReplayOptions options;
  EXPECT_THAT(audit::Replay(*store_, chain_.genesis(), chain_.registry(), options),
              StatusIs(absl::StatusCode::kFailedPrecondition, "confidentiality key"));
  options.confidentiality_key = std::string(32, 'x');
  EXPECT_THAT(audit::Replay(*store_, chain_.genesis(), chain_.registry(), options),
              StatusIs(absl::StatusCode::kInvalidArgument, "confidentiality key"));
}

TEST_F(ReplayTest, ReportsProgressUpToTheEnd) {
  ReplayOptions options = Options();
  std::vector<uint64_t> heights;
  options.progress = [&](const ReplayProgress& progress) {
    heights.push_back(progress.height);
    EXPECT_EQ(progress.final_height, last());
  };
  Replay(options);
  EXPECT_EQ(heights.back(), last());
}

TEST_F(ReplayTest, RefusesAShorterOrAnotherChainThanTheHead) {
  const v1::CertifiedHeader head = *CertifiedHead(*store_);
  EXPECT_EQ(head.header().height(), last());
  ReplayOptions options = Options();
  options.head = head;
  EXPECT_TRUE(Replay(options).verified);

  // A chain that ends earlier.
  testing::TemporaryDirectory shorter;
  const testing::ExecutedBlocks blocks(chain_.blocks().begin(), chain_.blocks().end() - 3);
  const auto store = testing::WriteChain(shorter.Path("store"), chain_.genesis(), blocks,
                                         [this](uint64_t height) { return chain_.Finalize(height); });
  const auto result = audit::Replay(*store, chain_.genesis(), chain_.registry(), options);
  ASSERT_THAT(result, IsOk());
  EXPECT_FALSE(result->verified);
  EXPECT_THAT(result->findings, Contains(Names("head", "", last())));
  EXPECT_EQ(result->height, last() - 3);

  // A chain that goes another way, certified by the same validators (who would have signed twice).
  testing::TestChain other;
  testing::GrowPurses(other);
  other.Append({other.Envelope({testing::Fill(testing::PurseId(9), 1)})});
  chain_.Append({chain_.Envelope({testing::Fill(testing::PurseId(8), 1)})});
  Write({});
  *options.head->mutable_header() = other.tip().header;
  *options.head->mutable_finalization() = other.Finalize(other.tip().header.height());
  const ReplayResult forked = Replay(options);
  EXPECT_FALSE(forked.verified);
  EXPECT_THAT(forked.findings, Contains(Names("head", "", last())));

  options.head->mutable_finalization()->mutable_signatures()->back() ^= 1;
  EXPECT_THAT(audit::Replay(*store_, chain_.genesis(), chain_.registry(), options),
              StatusIs(absl::StatusCode::kInvalidArgument, "head"));
}

TEST_F(ReplayTest, RefusesTheDataOfAnotherChain) {
  testing::TestChain::Options other_options;
  other_options.validators = 7;
  const testing::TestChain other(other_options);
  const auto result = audit::Replay(*store_, other.genesis(), other.registry(), Options());
  ASSERT_THAT(result, IsOk());
  EXPECT_FALSE(result->verified);
  EXPECT_THAT(result->findings, Contains(Field(&Finding::what, HasSubstr("another chain"))));
}

// The node's key is that of its own chain: it says no more than the data do.
TEST_F(ReplayTest, TellsAnotherChainBeforeTheKeyThatDoesNotFitIt) {
  v1::Genesis other = chain_.genesis();
  other.set_confidentiality_key_hash(crypto::Sha256("another key").ToString());
  const auto result = audit::Replay(*store_, other, chain_.registry(), Options());
  ASSERT_THAT(result, IsOk());
  EXPECT_FALSE(result->verified);
  EXPECT_THAT(result->findings, Contains(Field(&Finding::what, HasSubstr("another chain"))));
}

// One row of each family changed, left out, or added: each is named.
TEST_F(ReplayTest, NamesARowThatDiffers) {
  for (const Family family :
       {Family::kHeaders, Family::kReceipts, Family::kResults, Family::kTransactions, Family::kHistory,
        Family::kRestricted, Family::kState, Family::kGraves, Family::kVersions, Family::kFlat}) {
    Write({});
    const auto [key, value] = FirstRow(family);
    std::string changed = value;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    Tamper(family, key, changed);
    const ReplayResult result = Replay();
    EXPECT_FALSE(result.verified);
    ASSERT_THAT(result.findings, SizeIs(1)) << store::FamilyName(family) << "\n" << Joined(result.findings);
    EXPECT_EQ(result.findings[0].family, store::FamilyName(family));
    EXPECT_EQ(result.findings[0].what, "differs");
    EXPECT_TRUE(result.findings[0].height.has_value());
    EXPECT_NE(result.findings[0].key, "");
  }
}

TEST_F(ReplayTest, NamesARowThatIsMissing) {
  for (const Family family :
       {Family::kHeaders, Family::kReceipts, Family::kResults, Family::kTransactions, Family::kHistory,
        Family::kRestricted, Family::kState, Family::kGraves, Family::kVersions, Family::kFlat}) {
    Write({});
    Tamper(family, FirstRow(family).first, std::nullopt);
    const ReplayResult result = Replay();
    ASSERT_THAT(result.findings, SizeIs(1)) << store::FamilyName(family) << "\n" << Joined(result.findings);
    EXPECT_EQ(result.findings[0].family, store::FamilyName(family));
    EXPECT_EQ(result.findings[0].what, "missing");
    EXPECT_TRUE(result.findings[0].height.has_value());
  }
}

TEST_F(ReplayTest, NamesARowThatNoBlockGives) {
  for (const Family family : store::AllFamilies()) {
    if (family == Family::kMeta || family == Family::kFlushes) continue;
    Write({});
    std::string key = family == Family::kSubjects
                          ? store::SubjectKey("0123456789abcdef", {{Height(3), store::Lane::kTransaction, 0}, 0})
                          : FirstRow(family).first;
    const std::string value = family == Family::kSubjects ? "" : FirstRow(family).second;
    if (family == Family::kHistory) key.back() = 77;
    if (family != Family::kSubjects && family != Family::kHistory) key[key.size() - 2] = 77;
    Tamper(family, key, value);
    const ReplayResult result = Replay();
    ASSERT_THAT(result.findings, SizeIs(1)) << store::FamilyName(family) << "\n" << Joined(result.findings);
    EXPECT_EQ(result.findings[0].family, store::FamilyName(family));
    // And a key that is none.
    Write({});
    Tamper(family, std::string("\0", 1), "x");
    const ReplayResult malformed = Replay();
    ASSERT_THAT(malformed.findings, SizeIs(1)) << store::FamilyName(family) << "\n" << Joined(malformed.findings);
    EXPECT_EQ(malformed.findings[0].family, store::FamilyName(family));
  }
}

TEST_F(ReplayTest, NamesWhatIsWrongWithMarkersAndFlushes) {
  Tamper(Family::kMeta, "unknown", "x");
  EXPECT_THAT(Replay().findings, Contains(Field(&Finding::key, "unknown")));
  Write({});
  Tamper(Family::kMeta, store::kFloorKey, "4");
  EXPECT_THAT(Replay().findings, Contains(Names("meta", "floor", last())));
  Write({});
  Tamper(Family::kMeta, store::kFloorKey, std::nullopt);
  EXPECT_THAT(Replay().findings, Contains(Names("meta", "floor", last())));
  Write({});
  v1::FinalMarker marker = *codec::ParseTrusted<v1::FinalMarker>(**store_->GetRow(Family::kMeta, store::kFinalKey));
  marker.mutable_header_hash()->back() ^= 1;
  Tamper(Family::kMeta, store::kFinalKey, codec::SerializeCanonical(marker));
  EXPECT_THAT(Replay().findings, Contains(Names("meta", "final", last())));

  Write({});
  v1::Flush flush = store_->Flushes().at(0);
  flush.set_versions(flush.versions() + 1);
  Tamper(Family::kFlushes, store::FlushKey(1), codec::SerializeCanonical(flush));
  const ReplayResult counted = Replay();
  ASSERT_THAT(counted.findings, SizeIs(1)) << Joined(counted.findings);
  EXPECT_THAT(counted.findings[0], Names("flushes", "flush 1", flush.last_height()));

  Write({});
  flush = store_->Flushes().at(1);
  flush.set_first_height(flush.first_height() + 1);
  Tamper(Family::kFlushes, store::FlushKey(2), codec::SerializeCanonical(flush));
  EXPECT_THAT(Replay().findings[0], Names("flushes", "flush 2", flush.first_height() - 1));
}

TEST_F(ReplayTest, RefusesABlockThatIsNotWhatItsHeaderClaims) {
  const auto change = [&](uint64_t height, const auto& edit) {
    Write({});
    v1::Block block = *codec::ParseTrusted<v1::Block>(*store_->GetBlock(Height(height)));
    edit(block);
    Tamper(Family::kBlocks, store::HeightKey(Height(height)), chain::EncodeBlock(block));
    const ReplayResult result = Replay();
    EXPECT_THAT(result.findings, Contains(Names("blocks", absl::StrCat("height ", height), height)))
        << Joined(result.findings);
    EXPECT_EQ(result.height, height - 1);
    return Joined(result.findings);
  };
  EXPECT_THAT(change(3, [](v1::Block& block) { block.mutable_envelopes()->RemoveLast(); }), HasSubstr("breaks a rule"));
  EXPECT_THAT(change(4, [](v1::Block& block) { block.mutable_header()->mutable_state_root()->back() ^= 1; }),
              HasSubstr("state_root"));
  EXPECT_THAT(change(5, [](v1::Block& block) { block.mutable_header()->mutable_history_root()->back() ^= 1; }),
              HasSubstr("history_root"));
  EXPECT_THAT(change(6, [](v1::Block& block) { block.mutable_header()->set_parent_hash(std::string(32, 'p')); }),
              HasSubstr("breaks a rule"));
  EXPECT_THAT(change(1, [](v1::Block& block) { block.mutable_envelopes(0)->back() ^= 1; }), HasSubstr("blocks"));

  Write({});
  Tamper(Family::kBlocks, store::HeightKey(Height(7)), "no block");
  EXPECT_THAT(Replay().findings, Contains(Names("blocks", "height 7", 7)));
  Write({});
  Tamper(Family::kBlocks, store::HeightKey(Height(7)), std::nullopt);
  EXPECT_THAT(Replay().findings, Contains(Names("blocks", "height 7", 7)));
  Write({});
  Tamper(Family::kBlocks, store::HeightKey(Height(0)), *store_->GetBlock(Height(1)));
  EXPECT_THAT(Replay().findings, Contains(Names("blocks", "height 0", 0)));
}

TEST_F(ReplayTest, RefusesCertificatesThatDoNotVerify) {
  const auto change = [&](uint64_t height, const std::optional<v1::Certificate>& certificate) {
    Write({});
    Tamper(Family::kCertificates, store::HeightKey(Height(height)),
           certificate ? std::make_optional(codec::SerializeCanonical(*certificate)) : std::nullopt);
    const ReplayResult result = Replay();
    EXPECT_FALSE(result.verified);
    EXPECT_THAT(result.findings, Contains(Names("certificates", absl::StrCat("height ", height), height)))
        << Joined(result.findings);
  };
  v1::Certificate one_bit = chain_.Finalize(5);
  one_bit.mutable_signatures()->back() ^= 1;
  change(5, one_bit);
  // One validator's signature in the place of three.
  v1::Certificate alone = chain_.Finalize(6);
  alone.clear_signers();
  alone.add_signers(0);
  alone.set_signatures(alone.signatures().substr(0, 64));
  change(6, alone);
  v1::Certificate repeated = chain_.Finalize(6);
  repeated.clear_signers();
  for (int i = 0; i < 3; ++i) repeated.add_signers(0);
  repeated.set_signatures(absl::StrCat(alone.signatures(), alone.signatures(), alone.signatures()));
  change(6, repeated);
  change(6, chain_.Finalize(7));
  change(last(), std::nullopt);
  change(last(), chain_.Finalize(last() - 1));
  change(last() + 1, chain_.Finalize(last()));
}

TEST_F(ReplayTest, ManyDifferencesAreBounded) {
  ASSERT_THAT(store_->Close(), IsOk());
  for (int i = 0; i < 6; ++i) GrowPurses(chain_);
  Write({});
  const std::string path_before = path();
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  {
    auto database =
        store::Database::Open(path_before + "/rocksdb", store::OpenMode::kReadWrite, rocksdb::Env::Default(), 1 << 20,
                              std::make_unique<store::LogWatch>(std::nullopt, std::map<uint64_t, uint64_t>()));
    ASSERT_THAT(database, IsOk());
    for (uint64_t i = 0; i < 300; ++i)
      ASSERT_TRUE((*database)->db().Put({}, (*database)->handle(Family::kState), absl::StrCat("stray ", i), "x").ok());
    ASSERT_THAT((*database)->Close(), IsOk());
  }
  const auto result = audit::ReplayDirectory(path(), chain_.genesis(), chain_.registry(), Options());
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->findings, SizeIs(store::StoreVerifier::kDifferencesMax));
  EXPECT_EQ(result->height, last());
}

TEST_F(ReplayTest, ADirectoryIsReadAndNotChanged) {
  const auto contents = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files[entry.path().string()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return files;
  };
  // As after a crash: the log holds what no file holds.
  store_.reset();
  const auto before = contents();
  const auto result = audit::ReplayDirectory(path(), chain_.genesis(), chain_.registry(), Options());
  ASSERT_THAT(result, IsOk());
  EXPECT_TRUE(result->verified) << Joined(result->findings);
  EXPECT_EQ(result->height, last());
  EXPECT_EQ(contents(), before);
}

TEST_F(ReplayTest, AStoreThatCannotBeOpenedIsAFinding) {
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  std::ofstream(path() + "/rocksdb/CURRENT") << "MANIFEST-999999\n";
  const auto result = audit::ReplayDirectory(path(), chain_.genesis(), chain_.registry(), Options());
  ASSERT_THAT(result, IsOk());
  EXPECT_FALSE(result->verified);
  ASSERT_THAT(result->findings, SizeIs(1));
  EXPECT_EQ(result->findings[0].family, "files");
  EXPECT_THAT(result->findings[0].what, HasSubstr(path()));

  EXPECT_THAT(audit::ReplayDirectory(path() + "-none", chain_.genesis(), chain_.registry(), Options()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(Finding, SaysInOneLineWhatIsWhere) {
  EXPECT_EQ((Finding{"versions", "key 00ff", 12, "balances", "differs"}).ToString(),
            "versions, balances key 00ff, height 12: differs");
  EXPECT_EQ((Finding{"receipts", "height 12, transaction 3", 12, "", "missing"}).ToString(),
            "receipts, height 12, transaction 3: missing");
  EXPECT_EQ((Finding{"files", "", std::nullopt, "", "a checksum"}).ToString(), "files: a checksum");
}

}  // namespace
}  // namespace causeway::audit
