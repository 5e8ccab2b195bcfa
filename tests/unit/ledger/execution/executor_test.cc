// SPDX-License-Identifier: Apache-2.0
#include "ledger/execution/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"
#include "tests/support/test_chain.h"

namespace causeway::execution {
namespace {

using ::testing::ElementsAre;
using testing::Empty;
using testing::Fill;
using ::testing::IsEmpty;
using testing::PurseId;
using testing::TestChain;

constexpr uint64_t kMinute = 60ull * 1000 * 1000;

TEST(Executor, ReceiptsAndTheParentsHeaderAreLeavesOfTheHistory) {
  TestChain chain;
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due:1:1")})});
  const ParentState parent = chain.tip();
  const auto block = chain.Append({chain.Envelope({Fill(PurseId(1), 2)}), chain.Envelope({Empty(PurseId(9), 2)})});
  merkle::HistoryFrontier history = parent.history;
  history.Append(merkle::HistoryLeafHash(parent.hash.bytes()));
  EXPECT_EQ(block->transactions[0].history_index, history.size());
  for (const TransactionOutcome& outcome : block->transactions)
    history.Append(merkle::HistoryLeafHash(codec::SerializeCanonical(outcome.receipt)));
  ASSERT_EQ(block->due_work.size(), 1u);
  EXPECT_EQ(block->due_work[0].history_index, history.size());
  history.Append(merkle::HistoryLeafHash(codec::SerializeCanonical(block->due_work[0].receipt)));
  EXPECT_EQ(block->block.header().history_root(), history.Root().bytes());
  EXPECT_EQ(block->block.header().history_size(), history.size());
}

TEST(Executor, AReceiptCommitsToItsResultsEvenForOneOperation) {
  TestChain chain;
  const auto block = chain.Append({chain.Envelope({Fill(PurseId(1), 2)})});
  const TransactionOutcome& outcome = block->transactions[0];
  EXPECT_EQ(outcome.receipt.operations_root(),
            merkle::HistoryLeafHash(codec::SerializeCanonical(outcome.results[0])).bytes());
  EXPECT_EQ(outcome.receipt.count(), 1u);
  EXPECT_EQ(outcome.receipt.height(), 1u);
}

TEST(Executor, TheStateRootIsThatOfTheWholeState) {
  TestChain chain;
  chain.Append({chain.Envelope({Fill(PurseId(1), 2), Fill(PurseId(2), 2, "due:60:1")})});
  chain.Append({chain.Envelope({Empty(PurseId(1), 2)})});
  StateTreeBuilder builder;
  for (const auto& [key, value] : chain.state().map()) builder.Add(key.table, key.key, value);
  EXPECT_EQ(builder.Build().Root().bytes(), chain.tip().header.state_root());
}

TEST(Executor, AnIdIsFoundWhileItsMinuteLastsAndItsBucketLeavesWhole) {
  TestChain chain;
  auto builder = chain.Builder();
  const uint64_t minute = (chain.now_us() / kMinute + 5) * kMinute;
  builder.set_valid_until(Instant::FromMicros(minute + 7)).Add(Fill(PurseId(1), 1));
  const std::string envelope = builder.Sign()->envelope;
  const auto transaction = chain.Decode(envelope);
  chain.Append({envelope});
  const auto find = [&] {
    return *chain.executor().FindConsumedId(chain.state(), testing::kBank, transaction->client_id);
  };
  ASSERT_TRUE(find());
  EXPECT_EQ(find()->transaction_id, transaction->id);
  EXPECT_EQ(find()->height, 1u);
  chain.Append({}, minute + kMinute - 1);
  EXPECT_TRUE(find()) << "its minute has not passed";
  chain.Append({}, minute + kMinute);
  EXPECT_FALSE(find());
  EXPECT_FALSE(chain.state().Has(kExpiryBuckets, minute / kMinute));
  EXPECT_TRUE(CheckConsumedIds(chain.state()).ok());
}

TEST(Executor, ABucketCommitsToItsIdsInOrderOfExecution) {
  TestChain chain;
  const auto block = chain.Append({chain.Envelope({Fill(PurseId(1), 1)}), chain.Envelope({Fill(PurseId(1), 1)}),
                                   chain.Envelope({Fill(PurseId(1), 1)})});
  Hash hash = Hash::Zero();
  for (const TransactionOutcome& outcome : block->transactions)
    hash = NextBucketHash(hash, testing::kBank, outcome.transaction->client_id, outcome.transaction->id);
  const uint64_t minute = MinuteOf(block->transactions[0].transaction->valid_until);
  EXPECT_EQ(chain.state().Get(kExpiryBuckets, minute)->hash, hash);
  EXPECT_EQ(chain.state().Get(kExpiryBuckets, minute)->count, 3u);
  EXPECT_TRUE(CheckConsumedIds(chain.state()).ok()) << CheckConsumedIds(chain.state());
}

TEST(Executor, ARefusedTransactionConsumesItsId) {
  TestChain chain;
  const std::string envelope = chain.Envelope({Empty(PurseId(1), 1)});
  chain.Append({envelope});
  EXPECT_EQ(chain.Build({envelope}).refused.at(0).second.reason, v1::LEDGER_REASON_ID_USED);
}

// --- Building ---

TEST(BuildBlock, BuildingIsExecuting) {
  TestChain chain;
  const auto built = chain.Build({chain.Envelope({Fill(PurseId(1), 1)}), chain.Envelope({Fill(PurseId(2), 1, "lose")}),
                                  chain.Envelope({Empty(PurseId(3), 1)})});
  const BlockVerdict verdict = *chain.executor().ExecuteBlock(chain.tip(), built.executed->block);
  ASSERT_FALSE(verdict.invalid) << verdict.invalid->ToString();
  EXPECT_TRUE(verdict.executed->RootsMatch());
  EXPECT_EQ(*verdict.executed->changes, *built.executed->changes);
  EXPECT_EQ(verdict.executed->hash, built.executed->hash);
}

TEST(BuildBlock, AnInvalidCandidateIsToldAndTheOthersGoIn) {
  TestChain chain;
  auto expired = chain.Builder();
  expired.set_valid_until(Instant::FromMicros(chain.now_us())).Add(Fill(PurseId(1), 1));
  const auto built = chain.Build({expired.Sign()->envelope, chain.Envelope({Fill(PurseId(1), 1)})});
  ASSERT_EQ(built.refused.size(), 1u);
  EXPECT_EQ(built.refused[0].first, 0u);
  EXPECT_EQ(built.refused[0].second.reason, v1::LEDGER_REASON_EXPIRED);
  EXPECT_EQ(built.executed->block.envelopes_size(), 1);
}

TEST(BuildBlock, WhatDoesNotFitIsLeftOverAndTheFirstAlwaysGoesIn) {
  TestChain chain;
  std::vector<std::shared_ptr<const chain::Transaction>> candidates;
  for (int i = 0; i < 3; ++i)
    candidates.push_back(chain.Decode(chain.Envelope({Fill(PurseId(1), 1), Fill(PurseId(2), 1)})));
  const auto build = [&](BuildLimits limits) {
    return *chain.executor().BuildBlock(chain.tip(), candidates, Instant::FromMicros(chain.now_us() + 1), limits, 2);
  };
  EXPECT_THAT(build({1 << 20, 4, 100}).left_over, ElementsAre(2u));
  EXPECT_THAT(build({candidates[0]->envelope.size() * 2, 100, 100}).left_over, ElementsAre(2u));
  EXPECT_EQ(build({1, 1, 1}).executed->block.envelopes_size(), 1);
  EXPECT_EQ(build({1 << 20, 100, 4}).executed->block.envelopes_size(), 2) << "work is counted while it is executed";
  EXPECT_EQ(build({1 << 20, 100, 4}).left_over.size(), 1u);
  const auto built = build({1 << 20, 100, 4});
  EXPECT_TRUE(chain.executor().ExecuteBlock(chain.tip(), built.executed->block)->executed->RootsMatch())
      << "what was left out has left no trace";
  EXPECT_EQ(built.executed->block.header().proposer(), 2u);
}

TEST(BuildBlock, LimitsHalve) {
  const v1::Limits limits = chain::DefaultLimits();
  EXPECT_EQ(BuildLimits::Of(limits, 0).bytes, limits.block_bytes());
  EXPECT_EQ(BuildLimits::Of(limits, 1).operations, limits.block_operations() / 2);
  EXPECT_EQ(BuildLimits::Of(limits, 200).work, 0u);
}

// --- Admission ---

TEST(Admit, AdmitsWhatABlockCouldHold) {
  TestChain chain;
  SignatureCache cache(10);
  const std::string envelope = chain.Envelope({Fill(PurseId(1), 1)});
  const Admission admission =
      *chain.executor().Admit(chain.state(), envelope, Instant::FromMicros(chain.now_us()), &cache);
  ASSERT_TRUE(admission.transaction);
  EXPECT_FALSE(admission.invalid);
  EXPECT_FALSE(admission.used);
  EXPECT_TRUE(cache.Contains(admission.transaction->envelope_hash));
}

TEST(Admit, TheSameBytesLeadToTheirFirstReceiptAndOtherBytesAreRefused) {
  TestChain chain;
  auto builder = chain.Builder();
  builder.Add(Fill(PurseId(1), 1));
  chain.Append({builder.Sign()->envelope});
  const Admission again =
      *chain.executor().Admit(chain.state(), builder.Sign()->envelope, Instant::FromMicros(chain.now_us()));
  ASSERT_TRUE(again.used);
  EXPECT_EQ(again.used->height, 1u);
  EXPECT_TRUE(again.transaction);
  builder.Add(Fill(PurseId(1), 1));
  const Admission other =
      *chain.executor().Admit(chain.state(), builder.Sign()->envelope, Instant::FromMicros(chain.now_us()));
  EXPECT_FALSE(other.transaction);
  EXPECT_EQ(other.invalid->ToString(), "ID_USED (1, 0)");
}

TEST(Admit, SaysWhyNot) {
  TestChain chain;
  EXPECT_EQ(chain.executor().Admit(chain.state(), "rubbish", Instant::FromMicros(chain.now_us()))->invalid->reason,
            v1::LEDGER_REASON_NOT_CANONICAL);
  const std::string envelope = chain.Envelope({Fill(PurseId(1), 1)});
  EXPECT_EQ(chain.executor()
                .Admit(chain.state(), envelope, Instant::FromMicros(chain.now_us() + 11 * kMinute))
                ->invalid->reason,
            v1::LEDGER_REASON_EXPIRED);
}

// --- Dry run ---

TEST(DryRun, TellsWhatWouldHappenAndLeavesNothing) {
  TestChain chain;
  const auto transaction = chain.Decode(chain.Envelope({Fill(PurseId(1), 1), Empty(PurseId(2), 1)}));
  const DryRunResult dry = *chain.executor().DryRun(chain.tip(), *transaction, Instant::FromMicros(chain.now_us()));
  ASSERT_FALSE(dry.invalid);
  EXPECT_EQ(dry.results.at(0).status(), v1::OPERATION_STATUS_APPLIED);
  EXPECT_EQ(dry.results.at(1).reasons(0).code(), 305u);
  EXPECT_EQ(dry.work, 2u);
  EXPECT_EQ(chain.Content(PurseId(1)), 0u);
}

TEST(DryRun, TakesAnUnsignedTransactionByTheKeysThatItLists) {
  TestChain chain;
  v1::Envelope envelope = *codec::ParseTrusted<v1::Envelope>(chain.Envelope({Fill(PurseId(1), 1)}));
  envelope.clear_signatures();
  const auto transaction = chain::DecodeEnvelope(codec::SerializeCanonical(envelope), chain.chain_id(),
                                                 chain.genesis().limits(), 1, chain::SignaturePresence::kOptional);
  const DryRunResult dry = *chain.executor().DryRun(chain.tip(), **transaction, Instant::FromMicros(chain.now_us()));
  ASSERT_FALSE(dry.invalid) << dry.invalid->ToString();
  EXPECT_EQ(dry.results.size(), 1u);
}

TEST(DryRun, SaysWhatWouldMakeItInvalid) {
  TestChain chain;
  const auto transaction = chain.Decode(chain.Envelope({Fill(PurseId(1), 1)}));
  const DryRunResult dry =
      *chain.executor().DryRun(chain.tip(), *transaction, Instant::FromMicros(chain.now_us() + 11 * kMinute));
  EXPECT_EQ(dry.invalid->reason, v1::LEDGER_REASON_EXPIRED);
  EXPECT_THAT(dry.results, IsEmpty());
}

// --- Properties ---

v1::Operation AnyOperation() {
  const bool fills = *rc::gen::inRange(0, 3) > 0;
  const auto purse = PurseId(static_cast<uint8_t>(*rc::gen::inRange(1, 5)));
  const auto amount = static_cast<uint64_t>(*rc::gen::inRange(0, 9));
  const std::string reference = *rc::gen::weightedElement<std::string>(
      {{20, ""}, {5, "move"}, {1, "lose"}, {1, "fail"}, {3, "due:2:3"}, {1, "four-eyes"}, {1, "work:7"}});
  return fills ? Fill(purse, amount, reference) : Empty(purse, amount, reference);
}

std::string AnyEnvelope(TestChain& chain) {
  auto builder = chain.Builder();
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) builder.Add(AnyOperation(), i + 1 < count && *rc::gen::inRange(0, 3) == 0);
  return builder.Sign()->envelope;
}

RC_GTEST_PROP(ExecutorProperty, AnyBlockExecutesToWhatWasBuiltAndConservesUnits, ()) {
  TestChain chain;
  const int blocks = *rc::gen::inRange(1, 4);
  for (int b = 0; b < blocks; ++b) {
    std::vector<std::string> envelopes;
    const int count = *rc::gen::inRange(0, 4);
    for (int i = 0; i < count; ++i) envelopes.push_back(AnyEnvelope(chain));
    const auto built = chain.Build(envelopes);
    const BlockVerdict verdict = *chain.executor().ExecuteBlock(chain.tip(), built.executed->block);
    RC_ASSERT(!verdict.invalid);
    RC_ASSERT(verdict.executed->RootsMatch());
    chain.Accept(verdict.executed);

    uint64_t sum = 0;
    chain.state().ForEach(testing::kPurses, std::tuple<>(), [&](const auto& key, const testing::Purse& purse) {
      if (std::get<1>(key).text() == "SGD.TEST") sum += purse.content;
      return true;
    });
    RC_ASSERT(
        sum ==
        chain.state().Get(testing::kSupplies, *InstrumentId::Parse("SGD.TEST")).value_or(testing::Purse{0}).content);
    RC_ASSERT(CheckConsumedIds(chain.state()).ok());
    StateTreeBuilder builder;
    for (const auto& [key, value] : chain.state().map()) builder.Add(key.table, key.key, value);
    RC_ASSERT(builder.Build().Root() == chain.tip().tree.Root());
  }
}

RC_GTEST_PROP(ExecutorProperty, TheDryRunOfALoneTransactionTellsWhatTheBlockDoes, ()) {
  TestChain chain;
  chain.Append({chain.Envelope({Fill(PurseId(1), 5), Fill(PurseId(2), 5)})});
  const std::string envelope = AnyEnvelope(chain);
  const DryRunResult dry =
      *chain.executor().DryRun(chain.tip(), *chain.Decode(envelope), Instant::FromMicros(chain.now_us() + 1000 * 1000));
  const auto block = chain.Append({envelope});
  RC_ASSERT(dry.results.size() == block->transactions[0].results.size());
  for (size_t i = 0; i < dry.results.size(); ++i)
    RC_ASSERT(dry.results[i].SerializeAsString() == block->transactions[0].results[i].SerializeAsString());
  RC_ASSERT(dry.work <= block->work);  // no model judges a dry run
}

// The roots of a fixed history. They change when a hashed format changes, and then only by a protocol version.
TEST(Executor, AFixedHistoryHasFixedRoots) {
  TestChain chain;
  chain.Append({chain.Envelope({Fill(PurseId(1), 5), Fill(PurseId(2), 7, "due:1:3")})});
  chain.Append({chain.Envelope({Empty(PurseId(1), 4), Fill(PurseId(1), testing::kDeniedAmount, "move")}),
                chain.LinkedEnvelope({Fill(PurseId(3), 1), Empty(PurseId(4), 1)})});
  chain.Append({chain.Envelope({Fill(PurseId(1), 5, "lose")})});
  EXPECT_EQ(BytesToHex(chain.tip().header.state_root()),
            "6eb4638ae1141abd2f887506f758e28fd581163333d956dac850d58afcbea0e6");
  EXPECT_EQ(BytesToHex(chain.tip().header.history_root()),
            "d8033e7d5f3e7c8ae8e1a455446de55bf11cc927d6151257a6c2ada9dc095741");
  EXPECT_EQ(chain.tip().hash.ToHex(), "3e55efaffc7267c5ccb89b6b81119563d80b713cc4a7e660c97122cca76b1b4b");
}

}  // namespace
}  // namespace causeway::execution
