// SPDX-License-Identifier: Apache-2.0
// Each test starts from a block that is valid and breaks one rule of validity.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"
#include "ledger/execution/executor.h"
#include "tests/support/test_chain.h"

namespace causeway::execution {
namespace {

using testing::Empty;
using testing::Fill;
using testing::PurseId;
using testing::TestChain;

class BlockValidityTest : public ::testing::Test {
 protected:
  // A valid block of two transactions.
  v1::Block Valid() {
    return chain_.Build({chain_.Envelope({Fill(PurseId(1), 5)}), chain_.Envelope({Fill(PurseId(2), 6)})})
        .executed->block;
  }

  // Puts right what a leader would: the order and the transactions root.
  v1::Block BlockOf(std::vector<std::string> envelopes, bool sort = true) {
    v1::Block block = Valid();
    block.clear_envelopes();
    std::vector<std::pair<Hash, std::string>> keyed;
    for (std::string& envelope : envelopes) {
      const auto body = codec::ParseTrusted<v1::Envelope>(envelope)->body();
      keyed.emplace_back(chain::OrderKeyOf(false, chain_.tip().hash, crypto::Sha256(body)).shuffled,
                         std::move(envelope));
    }
    if (sort) std::sort(keyed.begin(), keyed.end());
    std::vector<Hash> leaves;
    for (auto& [key, envelope] : keyed) {
      leaves.push_back(merkle::HistoryLeafHash(envelope));
      block.add_envelopes(std::move(envelope));
    }
    block.mutable_header()->set_transactions_root(chain::TransactionsRoot(leaves).ToString());
    return block;
  }

  BlockVerdict Execute(const v1::Block& block, SignatureCache* verified = nullptr) {
    auto verdict = chain_.executor().ExecuteBlock(chain_.tip(), block, verified);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return *std::move(verdict);
  }
  std::string WhyInvalid(const v1::Block& block) {
    const BlockVerdict verdict = Execute(block);
    EXPECT_NE(verdict.invalid.has_value(), verdict.executed != nullptr);
    return verdict.invalid ? verdict.invalid->ToString() : "";
  }
  v1::LedgerReason ReasonOf(const v1::Block& block) {
    const BlockVerdict verdict = Execute(block);
    return verdict.invalid ? verdict.invalid->why.reason : v1::LEDGER_REASON_UNSPECIFIED;
  }
  v1::LedgerReason HeaderReason(const std::function<void(v1::BlockHeader&)>& change) {
    v1::Block block = Valid();
    change(*block.mutable_header());
    return ReasonOf(block);
  }
  v1::LedgerReason TransactionReason(const chain::TransactionBuilder& builder) {
    return ReasonOf(BlockOf({builder.Sign()->envelope}));
  }

  TestChain chain_;
};

TEST_F(BlockValidityTest, AValidBlockIsExecutedToTheRootsThatItClaims) {
  const v1::Block block = Valid();
  const BlockVerdict verdict = Execute(block);
  ASSERT_FALSE(verdict.invalid) << verdict.invalid->ToString();
  EXPECT_TRUE(verdict.executed->RootsMatch()) << verdict.executed->DescribeDifference();
  EXPECT_EQ(verdict.executed->hash, chain::BlockHash(block.header()));
}

TEST_F(BlockValidityTest, EachHeaderFieldMustFollowFromTheParent) {
  const auto expect = v1::LEDGER_REASON_BLOCK_HEADER;
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_protocol_version(2); }), expect);
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_epoch(1); }), expect);
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_height(2); }), expect);
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_height(0); }), expect);
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_parent_hash(std::string(32, 'p')); }), expect);
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.clear_parent_hash(); }), expect);
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_proposer(4); }), expect);
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_next_validators_hash(std::string(32, 'n')); }),
            expect);
}

TEST_F(BlockValidityTest, TimeMustBeAfterTheParents) {
  EXPECT_EQ(HeaderReason([&](v1::BlockHeader& header) { header.set_time_us(chain_.now_us()); }),
            v1::LEDGER_REASON_BLOCK_TIME);
  EXPECT_EQ(HeaderReason([&](v1::BlockHeader& header) { header.set_time_us(chain_.now_us() + 1); }),
            v1::LEDGER_REASON_UNSPECIFIED);
}

TEST_F(BlockValidityTest, WrongRootsAreClaimsForTheCallerToCompare) {
  v1::Block block = Valid();
  block.mutable_header()->set_state_root(std::string(32, 's'));
  block.mutable_header()->set_history_size(1);
  const BlockVerdict verdict = Execute(block);
  ASSERT_FALSE(verdict.invalid);
  EXPECT_FALSE(verdict.executed->RootsMatch());
  EXPECT_NE(verdict.executed->DescribeDifference().find("history_size: block says 1"), std::string::npos);
  EXPECT_NE(verdict.executed->DescribeDifference().find("state_root: block says 7373"), std::string::npos);
  EXPECT_EQ(verdict.executed->DescribeDifference().find("history_root"), std::string::npos);
}

TEST_F(BlockValidityTest, TheTransactionsRootMustBeThatOfTheEnvelopes) {
  EXPECT_EQ(HeaderReason([](v1::BlockHeader& header) { header.set_transactions_root(std::string(32, 't')); }),
            v1::LEDGER_REASON_BLOCK_TRANSACTIONS_ROOT);
}

TEST_F(BlockValidityTest, ATransactionThatIsNotCanonicalMakesTheBlockInvalid) {
  v1::Block block = Valid();
  block.mutable_envelopes(1)->push_back('\0');
  EXPECT_EQ(WhyInvalid(block).substr(0, 28), "transaction 1: NOT_CANONICAL");
}

TEST_F(BlockValidityTest, AnotherChainsTransactionMakesTheBlockInvalid) {
  auto builder = chain::TransactionBuilder(Hash::Zero(), testing::kBank);
  builder.set_id(ClientTransactionId::Zero())
      .set_valid_until(Instant::FromMicros(chain_.now_us() + 5000000))
      .AddSigner(chain_.signer());
  builder.Add(Fill(PurseId(1), 1));
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_WRONG_CHAIN);
}

TEST_F(BlockValidityTest, ExpiryIsJudgedByBlockTime) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1));
  const uint64_t block_time = chain_.now_us() + 1000 * 1000;
  builder.set_valid_until(Instant::FromMicros(block_time));
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_UNSPECIFIED);
  builder.set_valid_until(Instant::FromMicros(block_time - 1));
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_EXPIRED);
}

TEST_F(BlockValidityTest, ValidityMustNotReachTooFarAhead) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1));
  const uint64_t latest = chain_.now_us() + 1000 * 1000 + chain_.genesis().limits().validity_us();
  builder.set_valid_until(Instant::FromMicros(latest));
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_UNSPECIFIED);
  builder.set_valid_until(Instant::FromMicros(latest + 1));
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_TOO_FAR_AHEAD);
}

TEST_F(BlockValidityTest, AForeignKeyMakesTheBlockInvalid) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1)).AddSigner(chain_.other_signer());
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_UNKNOWN_KEY);
}

TEST_F(BlockValidityTest, AKeyRevokedInAnEarlierBlockMakesTheBlockInvalid) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1)).AddSigner(chain_.second_signer());
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_UNSPECIFIED);
  chain_.Append({chain_.Envelope(
      {Fill(PurseId(1), 1, "revoke:" + crypto::KeyIdOf(chain_.second_signer()->public_key()).ToHex())})});
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_UNKNOWN_KEY);
}

TEST_F(BlockValidityTest, ASignatureThatDoesNotVerifyMakesTheBlockInvalid) {
  v1::Envelope envelope = *codec::ParseTrusted<v1::Envelope>(chain_.Envelope({Fill(PurseId(1), 1)}));
  (*envelope.mutable_signatures(0)->mutable_signature())[5] ^= 1;
  EXPECT_EQ(ReasonOf(BlockOf({codec::SerializeCanonical(envelope)})), v1::LEDGER_REASON_BAD_SIGNATURE);
}

TEST_F(BlockValidityTest, ARememberedEnvelopeIsNotVerifiedAgainAndAnotherOfTheSameBodyIs) {
  const std::string good = chain_.Envelope({Fill(PurseId(1), 1)});
  v1::Envelope envelope = *codec::ParseTrusted<v1::Envelope>(good);
  (*envelope.mutable_signatures(0)->mutable_signature())[5] ^= 1;
  const std::string bad = codec::SerializeCanonical(envelope);
  SignatureCache cache(10);
  EXPECT_FALSE(Execute(BlockOf({good}), &cache).invalid);
  EXPECT_TRUE(cache.Contains(merkle::HistoryLeafHash(good)));
  EXPECT_TRUE(Execute(BlockOf({bad}), &cache).invalid);
  cache.Add(merkle::HistoryLeafHash(bad));  // as if it had verified: this is what the cache is trusted with
  EXPECT_FALSE(Execute(BlockOf({bad}), &cache).invalid);
}

TEST_F(BlockValidityTest, AnIdUsedInAnEarlierBlockMakesTheBlockInvalid) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1));
  chain_.Append({builder.Sign()->envelope});
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_ID_USED);
  // Nor with other bytes, nor with another end of validity.
  builder.Add(Fill(PurseId(2), 2)).set_valid_until(Instant::FromMicros(chain_.now_us() + 30 * 60 * 1000000ull));
  EXPECT_EQ(TransactionReason(builder), v1::LEDGER_REASON_ID_USED);
}

TEST_F(BlockValidityTest, AnIdUsedTwiceInABlockMakesItInvalid) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1));
  const std::string one = builder.Sign()->envelope;
  builder.Add(Fill(PurseId(1), 1));
  EXPECT_EQ(ReasonOf(BlockOf({one, builder.Sign()->envelope})), v1::LEDGER_REASON_ID_USED);
  EXPECT_EQ(ReasonOf(BlockOf({one, one})), v1::LEDGER_REASON_ID_USED);
}

TEST_F(BlockValidityTest, AnIdIsScopedToItsParty) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1));
  auto other = chain::TransactionBuilder(chain_.chain_id(), testing::kOtherBank);
  const auto id = chain_.Decode(builder.Sign()->envelope)->client_id;
  other.set_id(id)
      .set_valid_until(Instant::FromMicros(chain_.now_us() + 5000000))
      .AddSigner(chain_.other_signer())
      .Add(Fill(PurseId(1), 1));
  EXPECT_EQ(ReasonOf(BlockOf({builder.Sign()->envelope, other.Sign()->envelope})), v1::LEDGER_REASON_UNSPECIFIED);
}

TEST_F(BlockValidityTest, TransactionsStandInTheOrderOfTheirHashes) {
  v1::Block block = Valid();
  std::vector<std::string> envelopes(block.envelopes().begin(), block.envelopes().end());
  std::swap(envelopes[0], envelopes[1]);
  EXPECT_EQ(ReasonOf(BlockOf(envelopes, false)), v1::LEDGER_REASON_BLOCK_ORDER);
}

TEST_F(BlockValidityTest, AnUrgentTransactionStandsFirst) {
  // With several ordinary ones, so that its hash alone hardly ever puts it first.
  std::vector<std::string> envelopes;
  for (uint8_t i = 0; i < 8; ++i) envelopes.push_back(chain_.Envelope({Fill(PurseId(i), 1)}));
  const std::string urgent = chain_.Envelope({Fill(PurseId(9), 1, "urgent")});
  envelopes.push_back(urgent);
  const auto built = chain_.Build(envelopes);
  EXPECT_EQ(built.executed->block.envelopes(0), urgent);
  EXPECT_FALSE(Execute(built.executed->block).invalid);
  v1::Block block = built.executed->block;
  std::vector<std::string> moved(block.envelopes().begin() + 1, block.envelopes().end());
  moved.push_back(urgent);
  EXPECT_EQ(ReasonOf(BlockOf(moved, false)), v1::LEDGER_REASON_BLOCK_ORDER);
}

TEST_F(BlockValidityTest, OneOrdinaryOperationMakesATransactionOrdinary) {
  const auto mixed = chain_.Decode(chain_.Envelope({Fill(PurseId(9), 1, "urgent"), Fill(PurseId(9), 1)}));
  EXPECT_FALSE(*chain_.executor().IsUrgent(chain_.tip(), *mixed, Instant::FromMicros(chain_.now_us() + 1)));
  const auto pure = chain_.Decode(chain_.Envelope({Fill(PurseId(9), 1, "urgent"), Fill(PurseId(9), 1, "urgent")}));
  EXPECT_TRUE(*chain_.executor().IsUrgent(chain_.tip(), *pure, Instant::FromMicros(chain_.now_us() + 1)));
}

// Asked outside a transaction's run, where whatever a defect throws would stop every node.
TEST_F(BlockValidityTest, ADefectInTheQuestionOfUrgencyLeavesATransactionOrdinary) {
  for (const char* defect : {"fail-demands", "logic-demands"}) {
    const auto transaction = chain_.Decode(chain_.Envelope({Fill(PurseId(9), 1, defect)}));
    EXPECT_FALSE(*chain_.executor().IsUrgent(chain_.tip(), *transaction, Instant::FromMicros(chain_.now_us() + 1)))
        << defect;
  }
}

class BlockLimitsTest : public ::testing::Test {
 protected:
  static TestChain::Options Small() {
    TestChain::Options options;
    options.limits.set_transaction_bytes(1024);
    options.limits.set_block_bytes(1024);
    options.limits.set_transaction_operations(4);
    options.limits.set_block_operations(6);
    options.limits.set_transaction_work(30);
    options.limits.set_block_work(50);
    return options;
  }
  // A block that a chain with larger limits and the same genesis otherwise would make.
  std::string WhyInvalid(const std::vector<std::string>& envelopes) {
    v1::Block block = chain_.Build({}).executed->block;
    std::vector<std::pair<chain::OrderKey, std::string>> keyed;
    for (const std::string& envelope : envelopes)
      keyed.emplace_back(chain::OrderKeyOf(false, chain_.tip().hash, chain_.Decode(envelope)->id), envelope);
    std::sort(keyed.begin(), keyed.end());
    std::vector<Hash> leaves;
    for (const auto& [key, envelope] : keyed) {
      leaves.push_back(merkle::HistoryLeafHash(envelope));
      block.add_envelopes(envelope);
    }
    block.mutable_header()->set_transactions_root(chain::TransactionsRoot(leaves).ToString());
    const BlockVerdict verdict = *chain_.executor().ExecuteBlock(chain_.tip(), block);
    return verdict.invalid ? verdict.invalid->why.ToString() : "valid";
  }

  TestChain chain_{Small()};
};

TEST_F(BlockLimitsTest, BytesOfABlockAreBounded) {
  std::vector<std::string> envelopes;
  uint64_t bytes = 0;
  while (bytes <= 1024) {
    envelopes.push_back(chain_.Envelope({Fill(PurseId(1), 1)}));
    bytes += envelopes.back().size();
  }
  EXPECT_EQ(WhyInvalid(envelopes).substr(0, 22), "BLOCK_TOO_LARGE (bytes");
  envelopes.pop_back();
  EXPECT_EQ(WhyInvalid(envelopes), "valid");
}

TEST_F(BlockLimitsTest, OperationsOfABlockAreBounded) {
  const auto three = [&] { return chain_.Envelope({Fill(PurseId(1), 1), Fill(PurseId(1), 1), Fill(PurseId(1), 1)}); };
  const auto one = chain_.Envelope({Fill(PurseId(1), 1)});
  const std::vector<std::string> six = {three(), three()};
  EXPECT_EQ(WhyInvalid(six), "valid");
  EXPECT_EQ(WhyInvalid({six[0], six[1], one}), "BLOCK_TOO_LARGE (operations, 7, 6)");
}

TEST_F(BlockLimitsTest, WorkOfABlockIsBounded) {
  const auto work = [&](const char* reference) { return chain_.Envelope({Fill(PurseId(1), 1, reference)}); };
  const auto a = work("work:25"), b = work("work:25"), c = work("work:1");
  EXPECT_EQ(WhyInvalid({a, b}), "valid");
  EXPECT_EQ(WhyInvalid({a, b, c}), "BLOCK_TOO_LARGE (work, 51, 50)");
}

}  // namespace
}  // namespace causeway::execution
