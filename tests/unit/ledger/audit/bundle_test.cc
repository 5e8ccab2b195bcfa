// SPDX-License-Identifier: Apache-2.0
#include "ledger/audit/bundle.h"

#include <functional>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/execution/system_tables.h"
#include "ledger/merkle/proof_messages.h"
#include "ledger/state/final_state.h"
#include "ledger/store/keys.h"
#include "ledger/store/rewrite.h"
#include "tests/unit/ledger/audit/purse_world.h"

namespace causeway::audit {
namespace {

using store::Lane;
using store::Place;
using ::testing::HasSubstr;
using testing::kPurses;
using testing::PurseId;
using ::testing::SizeIs;

std::string PurseKey(uint8_t number) {
  return state::EncodeKey(std::make_tuple(PurseId(number), *InstrumentId::Parse("SGD.TEST")));
}

class BundleTest : public testing::PurseWorld {
 protected:
  // Everything flushed, one finalization a block.
  BundleTest() : PurseWorld({1, 3, 0}), final_state_(std::make_unique<state::FinalState>(*store_)) {}

  std::shared_ptr<const state::StateView> ViewAt(uint64_t height) const {
    auto view = final_state_->At(Height(height));
    CAUSEWAY_CHECK(view.ok(), view.status().ToString());
    return *view;
  }
  merkle::StateTree TreeAt(uint64_t height) const {
    auto tree = RebuildTree(*store_, Height(height), *ViewAt(height), execution::AllTables(chain_.registry()));
    CAUSEWAY_CHECK(tree.ok(), tree.status().ToString());
    return *tree;
  }
  v1::ProofBundle Receipt(const Place& place, const std::vector<uint32_t>& operations = {}) const {
    auto bundle = ProveReceipt(*store_, place, operations);
    CAUSEWAY_CHECK(bundle.ok(), bundle.status().ToString());
    return *bundle;
  }
  v1::ProofBundle State(uint64_t height, const std::string& key, state::TableId table = kPurses.id) const {
    auto bundle = ProveState(*store_, Height(height), *ViewAt(height), TreeAt(height), table, key);
    CAUSEWAY_CHECK(bundle.ok(), bundle.status().ToString());
    return *bundle;
  }
  v1::ProofBundle Table(uint64_t height) const {
    auto bundle = ProveTable(*store_, Height(height), *ViewAt(height), TreeAt(height), kPurses.id);
    CAUSEWAY_CHECK(bundle.ok(), bundle.status().ToString());
    return *bundle;
  }
  // As somebody else reads it.
  absl::StatusOr<VerifiedClaim> Verify(const v1::ProofBundle& bundle) const {
    auto read = ReadBundle(EncodeBundle(bundle));
    if (!read.ok()) return read.status();
    return VerifyBundle(*read, chain_.genesis());
  }
  VerifiedClaim Verified(const v1::ProofBundle& bundle) const {
    auto claim = Verify(bundle);
    CAUSEWAY_CHECK(claim.ok(), claim.status().ToString());
    return *claim;
  }

  std::unique_ptr<state::FinalState> final_state_;
};

#define EXPECT_PROVES_NOTHING(bundle, part) \
  EXPECT_THAT(Verify(bundle), StatusIs(absl::StatusCode::kInvalidArgument, part))

TEST_F(BundleTest, ProvesEveryReceiptWithItsResults) {
  size_t receipts = 0;
  for (const auto& block : chain_.blocks()) {
    for (size_t i = 0; i < block->transactions.size(); ++i) {
      const Place place{block->height(), Lane::kTransaction, static_cast<uint32_t>(i)};
      const VerifiedClaim claim = Verified(Receipt(place));
      EXPECT_EQ(claim.kind, VerifiedClaim::Kind::kReceipt);
      EXPECT_EQ(claim.chain_id, chain_.chain_id());
      EXPECT_EQ(claim.height, block->height().value());
      EXPECT_EQ(claim.certified_height, last());
      EXPECT_EQ(claim.certified_hash, chain_.tip().hash);
      EXPECT_EQ(claim.time_us, chain_.now_us());
      ASSERT_TRUE(claim.receipt.has_value());
      EXPECT_EQ(codec::SerializeCanonical(*claim.receipt), codec::SerializeCanonical(block->transactions[i].receipt));
      EXPECT_THAT(claim.results, SizeIs(block->transactions[i].results.size()));
      ++receipts;
    }
    for (size_t i = 0; i < block->due_work.size(); ++i) {
      const VerifiedClaim claim = Verified(Receipt({block->height(), Lane::kDueWork, static_cast<uint32_t>(i)}));
      ASSERT_TRUE(claim.system_receipt.has_value());
      EXPECT_EQ(codec::SerializeCanonical(*claim.system_receipt),
                codec::SerializeCanonical(block->due_work[i].receipt));
      ++receipts;
    }
  }
  EXPECT_GT(receipts, 25u);
}

TEST_F(BundleTest, ProvesSomeResultsByThemselves) {
  const Place place{Height(2), Lane::kTransaction, 0};
  const size_t count = store_->GetResults(place)->size();
  ASSERT_GE(count, 1u);
  for (uint32_t operation = 0; operation < count; ++operation) {
    const VerifiedClaim claim = Verified(Receipt(place, {operation}));
    ASSERT_THAT(claim.results, SizeIs(1));
    EXPECT_EQ(claim.results[0].index(), operation);
  }
  EXPECT_THAT(ProveReceipt(*store_, place, {static_cast<uint32_t>(count)}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ProveReceipt(*store_, place, {0, 0}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ProveReceipt(*store_, {Height(2), Lane::kTransaction, 99}), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(BundleTest, ProvesAHoldingAtEveryHeight) {
  for (uint64_t height = 0; height <= last(); ++height) {
    const VerifiedClaim claim = Verified(State(height, PurseKey(1)));
    EXPECT_EQ(claim.height, height);
    EXPECT_EQ(claim.time_us, chain_.blocks()[height]->block.header().time_us());
    EXPECT_EQ(claim.table, kPurses.id);
    ASSERT_THAT(claim.entries, SizeIs(1));
    EXPECT_EQ(claim.entries[0].first, PurseKey(1));
    EXPECT_EQ(claim.entries[0].second, ViewAt(height)->GetRaw(kPurses.id, PurseKey(1)));
    EXPECT_EQ(claim.kind, height == 0 ? VerifiedClaim::Kind::kAbsence : VerifiedClaim::Kind::kValue);
  }
}

TEST_F(BundleTest, ProvesThatThereIsNoRecord) {
  const VerifiedClaim claim = Verified(State(5, PurseKey(77)));
  EXPECT_EQ(claim.kind, VerifiedClaim::Kind::kAbsence);
  EXPECT_EQ(claim.entries[0].second, std::nullopt);

  v1::ProofBundle made_up = State(5, PurseKey(77));
  made_up.mutable_state()->set_value("a purse");
  EXPECT_PROVES_NOTHING(made_up, "does not lead from this value");
  v1::ProofBundle hidden = State(5, PurseKey(1));
  hidden.mutable_state()->clear_value();
  EXPECT_PROVES_NOTHING(hidden, "does not show that there is no record");
}

TEST_F(BundleTest, ProvesAWholeRegister) {
  const VerifiedClaim claim = Verified(Table(last()));
  EXPECT_EQ(claim.kind, VerifiedClaim::Kind::kTable);
  EXPECT_THAT(claim.entries, SizeIs(3));

  v1::ProofBundle one_less = Table(last());
  one_less.mutable_table()->mutable_entries()->RemoveLast();
  EXPECT_PROVES_NOTHING(one_less, "not exactly those of the table");
  v1::ProofBundle one_more = Table(last());
  v1::TableEntry* entry = one_more.mutable_table()->add_entries();
  entry->set_key(PurseKey(200));
  entry->set_value("a purse");
  EXPECT_PROVES_NOTHING(one_more, "not exactly those of the table");
  v1::ProofBundle twice = Table(last());
  *twice.mutable_table()->add_entries() = twice.table().entries(2);
  EXPECT_PROVES_NOTHING(twice, "ascending");
  v1::ProofBundle richer = Table(last());
  richer.mutable_table()->mutable_entries(0)->mutable_value()->back() ^= 1;
  EXPECT_PROVES_NOTHING(richer, "not exactly those of the table");
}

TEST_F(BundleTest, AFlatTableIsUnderNoRootAndIsNeverProven) {
  const std::string key = PurseKey(1);
  EXPECT_THAT(ProveState(*store_, Height(5), *ViewAt(5), TreeAt(5), execution::kConsumedIds.id, key),
              StatusIs(absl::StatusCode::kInvalidArgument, "in no tree"));
  // A path to the absent subtree of a flat table holds, and must prove nothing.
  for (const state::TableId table : {execution::kConsumedIds.id, execution::kConsumedIdMinutes.id}) {
    v1::ProofBundle bundle = State(5, PurseKey(77));
    bundle.mutable_state()->set_table(table);
    *bundle.mutable_state()->mutable_proof() =
        merkle::ToMessage(TreeAt(5).Prove(merkle::StateTreeKeyOf(table, PurseKey(77))));
    EXPECT_PROVES_NOTHING(bundle, "under no root");
  }
}

TEST_F(BundleTest, AnOlderCertificateProvesWhatItCoversAndNoMore) {
  v1::ProofBundle older = Receipt({Height(4), Lane::kTransaction, 0});
  *older.mutable_certified()->mutable_header() = chain_.blocks()[3]->block.header();
  *older.mutable_certified()->mutable_finalization() = chain_.Finalize(3);
  EXPECT_PROVES_NOTHING(older, "the path of the receipt");

  // A store that ends there makes one that verifies.
  const testing::ExecutedBlocks blocks(chain_.blocks().begin(), chain_.blocks().begin() + 5);
  testing::TemporaryDirectory directory;
  const auto shorter = testing::WriteChain(directory.Path("store"), chain_.genesis(), blocks,
                                           [this](uint64_t height) { return chain_.Finalize(height); });
  const auto bundle = ProveReceipt(*shorter, {Height(4), Lane::kTransaction, 0});
  ASSERT_THAT(bundle, IsOk());
  EXPECT_EQ(Verified(*bundle).certified_height, 4u);
}

TEST_F(BundleTest, NothingIsProvenBeforeTheFirstCertificate) {
  const testing::ExecutedBlocks blocks(chain_.blocks().begin(), chain_.blocks().begin() + 1);
  testing::TemporaryDirectory directory;
  const auto store = testing::WriteChain(directory.Path("store"), chain_.genesis(), blocks, nullptr);
  EXPECT_THAT(CertifiedHead(*store), StatusIs(absl::StatusCode::kFailedPrecondition, "NOT_YET"));
  EXPECT_THAT(ProveReceipt(*store, {Height(0), Lane::kTransaction, 0}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "NOT_YET"));
}

TEST_F(BundleTest, AStateThatIsNotTheHeadersIsNotProven) {
  EXPECT_THAT(ProveState(*store_, Height(5), *ViewAt(6), TreeAt(6), kPurses.id, PurseKey(1)),
              StatusIs(absl::StatusCode::kDataLoss, "root"));
  EXPECT_THAT(RebuildTree(*store_, Height(5), *ViewAt(6), execution::AllTables(chain_.registry())),
              StatusIs(absl::StatusCode::kDataLoss, "root"));
}

TEST_F(BundleTest, AnotherChainsBundleProvesNothing) {
  const v1::ProofBundle bundle = Receipt({Height(2), Lane::kTransaction, 0});
  testing::TestChain::Options options;
  options.validators = 5;
  const testing::TestChain other(options);
  EXPECT_THAT(VerifyBundle(bundle, other.genesis()), StatusIs(absl::StatusCode::kInvalidArgument, "another chain"));
  v1::ProofBundle relabelled = bundle;
  relabelled.set_chain_id(other.chain_id().ToString());
  EXPECT_THAT(VerifyBundle(relabelled, other.genesis()),
              StatusIs(absl::StatusCode::kInvalidArgument, "the certified header"));
}

TEST_F(BundleTest, IsReadFromJsonAsFromBytes) {
  for (const v1::ProofBundle& bundle : {Receipt({Height(3), Lane::kTransaction, 0}), State(5, PurseKey(1)), Table(7)}) {
    const auto json = codec::MessageToJson(bundle, {.indented = true});
    ASSERT_THAT(json, IsOk());
    const auto read = ReadBundle(absl::StrCat("\n  ", *json));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(EncodeBundle(*read), EncodeBundle(bundle));
    EXPECT_THAT(VerifyBundle(*read, chain_.genesis()), IsOk());
  }
  EXPECT_THAT(ReadBundle(""), IsOk());  // canonical, and claims nothing
  EXPECT_THAT(VerifyBundle(*ReadBundle(""), chain_.genesis()), StatusIs(absl::StatusCode::kInvalidArgument, "format"));
  EXPECT_THAT(ReadBundle("{\"nonsense\": 1}"), StatusIs(absl::StatusCode::kInvalidArgument, "nonsense"));
  EXPECT_THAT(ReadBundle("neither"), StatusIs(absl::StatusCode::kInvalidArgument));
}

// What is read is canonical, so no bit can change without a meaning, and what is proven is true.
TEST_F(BundleTest, NoBitOfItCanChangeIntoAnUntruth) {
  // A receipt of due work, a receipt with one of its results, a value below the certified header, one at it, an
  // absence, and a register.
  const std::vector<v1::ProofBundle> bundles = {Receipt({Height(2), Lane::kDueWork, 0}),
                                                Receipt({Height(2), Lane::kTransaction, 0}, {0}),
                                                State(6, PurseKey(1)),
                                                State(last(), PurseKey(1)),
                                                State(6, PurseKey(9)),
                                                Table(3)};
  for (const v1::ProofBundle& bundle : bundles) {
    const std::string bytes = EncodeBundle(bundle);
    ASSERT_THAT(Verify(bundle), IsOk());
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      const auto read = ReadBundle(flipped);
      if (!read.ok()) continue;
      const auto claim = VerifyBundle(*read, chain_.genesis());
      if (!claim.ok()) continue;
      // A path that ends above the key shows many keys absent: the other claim is as true as the one made.
      ASSERT_EQ(claim->kind, VerifiedClaim::Kind::kAbsence) << "bit " << bit << " of " << bytes.size() * 8;
      EXPECT_NE(claim->entries[0].first, PurseKey(9));
      EXPECT_EQ(ViewAt(claim->height)->GetRaw(claim->table, claim->entries[0].first), std::nullopt);
    }
    for (size_t size = 0; size < bytes.size(); size += 7) {
      const auto read = ReadBundle(absl::string_view(bytes).substr(0, size));
      EXPECT_FALSE(read.ok() && VerifyBundle(*read, chain_.genesis()).ok()) << "cut to " << size;
    }
  }
}

TEST_F(BundleTest, ResultsMustBeAllOrShownWithTheirPlace) {
  const Place place{Height(3), Lane::kTransaction, 0};
  v1::ProofBundle fewer = Receipt(place);
  fewer.mutable_receipt()->mutable_results()->RemoveLast();
  EXPECT_PROVES_NOTHING(fewer, "it shows");
  const bool first_has_two = chain_.blocks()[1]->transactions[0].results.size() == 2;
  v1::ProofBundle swapped = Receipt({Height(1), Lane::kTransaction, first_has_two ? 0u : 1u});
  ASSERT_EQ(swapped.receipt().results_size(), 2);
  swapped.mutable_receipt()->mutable_results()->SwapElements(0, 1);
  EXPECT_PROVES_NOTHING(swapped, "result 0");
  v1::ProofBundle both = Receipt(place, {0});
  *both.mutable_receipt()->add_results() = both.receipt().shown(0).result();
  EXPECT_PROVES_NOTHING(both, "by themselves");
  v1::ProofBundle again = Receipt(place, {0});
  *again.mutable_receipt()->add_shown() = again.receipt().shown(0);
  EXPECT_PROVES_NOTHING(again, "each once");
}

// A leaf of one kind is never taken for one of another: a header's hash and the two kinds of receipts.
TEST_F(BundleTest, OneKindOfLeafIsNotAnother) {
  v1::ProofBundle receipt = Receipt({Height(3), Lane::kTransaction, 0});
  receipt.mutable_receipt()->set_due_work(true);
  EXPECT_PROVES_NOTHING(receipt, "receipt");
  v1::ProofBundle due = Receipt({Height(2), Lane::kDueWork, 0});
  due.mutable_receipt()->set_due_work(false);
  EXPECT_PROVES_NOTHING(due, "receipt");
  v1::ProofBundle header = Receipt({Height(3), Lane::kTransaction, 0});
  const v1::ProofBundle state = State(6, PurseKey(1));
  header.mutable_receipt()->set_receipt(chain_.blocks()[6]->hash.ToString());
  *header.mutable_receipt()->mutable_inclusion() = state.state().at().inclusion();
  EXPECT_PROVES_NOTHING(header, "receipt");
}

TEST_F(BundleTest, TheHeaderSpokenOfMustBeInTheHistory) {
  v1::ProofBundle without = State(6, PurseKey(1));
  without.mutable_state()->mutable_at()->clear_inclusion();
  EXPECT_PROVES_NOTHING(without, "not the certified one");
  v1::ProofBundle other = State(6, PurseKey(1));
  *other.mutable_state()->mutable_at()->mutable_header() = chain_.blocks()[7]->block.header();
  EXPECT_PROVES_NOTHING(other, "the path of the header");
  v1::ProofBundle none = State(6, PurseKey(1));
  none.mutable_state()->mutable_at()->clear_header();
  EXPECT_PROVES_NOTHING(none, "missing");
}

TEST_F(BundleTest, TheCertifiedHeaderNeedsAQuorumOfTheGenesissValidators) {
  const v1::CertifiedHeader head = *CertifiedHead(*store_);
  EXPECT_THAT(VerifyCertifiedHeader(head, chain_.genesis()), IsOk());
  const auto broken = [&](const auto& edit) {
    v1::CertifiedHeader changed = head;
    edit(changed);
    return VerifyCertifiedHeader(changed, chain_.genesis());
  };
  EXPECT_THAT(broken([](v1::CertifiedHeader& c) { c.mutable_header()->set_time_us(c.header().time_us() + 1); }),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(broken([](v1::CertifiedHeader& c) { c.clear_finalization(); }),
              StatusIs(absl::StatusCode::kInvalidArgument, "finalization"));
  EXPECT_THAT(broken([](v1::CertifiedHeader& c) { c.clear_header(); }),
              StatusIs(absl::StatusCode::kInvalidArgument, "header"));
  EXPECT_THAT(broken([](v1::CertifiedHeader& c) { c.mutable_header()->set_epoch(1); }),
              StatusIs(absl::StatusCode::kInvalidArgument, "epoch"));
  EXPECT_THAT(broken([](v1::CertifiedHeader& c) {
                c.mutable_finalization()->mutable_signers()->RemoveLast();
                c.mutable_finalization()->mutable_signatures()->resize(128);
              }),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // A notarization is no finalization.
  EXPECT_THAT(broken([](v1::CertifiedHeader& c) { c.mutable_finalization()->set_kind(v1::VOTE_KIND_NOTARIZE); }),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// --- A damaged store ---

class DamagedStoreTest : public BundleTest {
 protected:
  // Changes a row under the checksums that RocksDB gives it, as whoever has the disk can.
  void Rewrite(store::Family family, uint64_t height, const std::string& value) {
    final_state_.reset();
    ASSERT_THAT(store_->Close(), IsOk());
    store_.reset();
    ASSERT_THAT(store::RewriteRows(path(), {{family, store::HeightKey(Height(height)), value}}), IsOk());
    store::OpenOptions options;
    options.read_only = true;
    auto opened = store::Store::Open(path(), options);
    ASSERT_THAT(opened, IsOk());
    store_ = *std::move(opened);
    final_state_ = std::make_unique<state::FinalState>(*store_);
  }
  v1::Block BlockWith(uint64_t height, const std::function<void(v1::BlockHeader&)>& edit) const {
    v1::Block block = chain_.blocks()[height]->block;
    edit(*block.mutable_header());
    return block;
  }
};

#define EXPECT_NAMED_AS_DAMAGED(made, part)                                \
  do {                                                                     \
    const absl::Status status = (made).status();                           \
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss, path()));    \
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss, part));      \
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss, "damaged")); \
  } while (false)

TEST_F(DamagedStoreTest, ACertificateThatIsNotCanonicalIsNamed) {
  // A field that no certificate has.
  const std::string bytes = codec::SerializeCanonical(chain_.Finalize(last())) + std::string("\xf8\x07\x01", 3);
  ASSERT_NO_FATAL_FAILURE(Rewrite(store::Family::kCertificates, last(), bytes));
  const std::string what = absl::StrCat("certificate of height ", last());
  EXPECT_NAMED_AS_DAMAGED(CertifiedHead(*store_), what);
  EXPECT_NAMED_AS_DAMAGED(ProveReceipt(*store_, {Height(2), Lane::kTransaction, 0}), what);
  EXPECT_NAMED_AS_DAMAGED(ProveState(*store_, Height(5), *ViewAt(5), TreeAt(5), kPurses.id, PurseKey(1)), what);
  EXPECT_NAMED_AS_DAMAGED(ProveTable(*store_, Height(5), *ViewAt(5), TreeAt(5), kPurses.id), what);
}

TEST_F(DamagedStoreTest, AHeaderThatIsNotCanonicalIsNamed) {
  const v1::Block block = BlockWith(5, [](v1::BlockHeader& header) { header.mutable_history_root()->resize(31); });
  const merkle::StateTree tree = TreeAt(5);
  ASSERT_NO_FATAL_FAILURE(Rewrite(store::Family::kBlocks, 5, block.SerializeAsString()));
  EXPECT_NAMED_AS_DAMAGED(ProveState(*store_, Height(5), *ViewAt(5), tree, kPurses.id, PurseKey(1)),
                          "block of height 5");
  EXPECT_NAMED_AS_DAMAGED(RebuildTree(*store_, Height(5), *ViewAt(5), execution::AllTables(chain_.registry())),
                          "block of height 5");
}

TEST_F(DamagedStoreTest, ABlockInThePlaceOfAnotherIsNamed) {
  const merkle::StateTree tree = TreeAt(5);
  ASSERT_NO_FATAL_FAILURE(Rewrite(store::Family::kBlocks, 5, codec::SerializeCanonical(chain_.blocks()[6]->block)));
  EXPECT_NAMED_AS_DAMAGED(ProveTable(*store_, Height(5), *ViewAt(5), tree, kPurses.id), "it is that of height 6");
}

TEST_F(DamagedStoreTest, AHistoryThatIsSaidToBeShorterIsNamed) {
  const v1::Block block = BlockWith(4, [](v1::BlockHeader& header) { header.set_history_size(uint64_t{1} << 40); });
  ASSERT_NO_FATAL_FAILURE(Rewrite(store::Family::kBlocks, 4, codec::SerializeCanonical(block)));
  EXPECT_NAMED_AS_DAMAGED(ProveReceipt(*store_, {Height(5), Lane::kTransaction, 0}), "no leaf");
}

}  // namespace
}  // namespace causeway::audit
