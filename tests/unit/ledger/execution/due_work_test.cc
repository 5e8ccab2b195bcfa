// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/execution/executor.h"
#include "ledger/execution/system_tables.h"
#include "tests/support/test_chain.h"

namespace causeway::execution {
namespace {

using ::testing::ElementsAre;
using testing::Fill;
using testing::PurseId;
using testing::TestChain;

constexpr uint64_t kSecond = 1000 * 1000;

class DueWorkTest : public ::testing::Test {
 protected:
  static TestChain::Options Budget(uint64_t units) {
    TestChain::Options options;
    options.limits.set_due_work(units);
    return options;
  }
  static std::vector<std::string> Amounts(const ExecutedBlock& block) {
    std::vector<std::string> amounts;
    for (const DueOutcome& outcome : block.due_work)
      amounts.push_back(outcome.results.at(0).events(0).cash().payment_booked().amount());
    return amounts;
  }
  size_t Planned(const TestChain& chain) {
    size_t count = 0;
    chain.state().ForEach(kDueWork, std::tuple<>(), [&](const auto&, const DueRecord&) { return ++count > 0; });
    return count;
  }
};

TEST_F(DueWorkTest, ItIsDoneInTheFirstBlockAtItsInstantAndNotBefore) {
  TestChain chain(Budget(100));
  const auto planning = chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due:10:4")})});
  const uint64_t due = chain.now_us() + 10 * kSecond;
  EXPECT_TRUE(chain.Append({}, due - 1)->due_work.empty());
  const auto block = chain.Append({}, due);
  EXPECT_THAT(Amounts(*block), ElementsAre("4"));
  EXPECT_EQ(chain.Content(PurseId(1)), 5u);
  EXPECT_EQ(Planned(chain), 0u);
  const v1::SystemReceipt& receipt = block->due_work[0].receipt;
  EXPECT_EQ(receipt.cause_transaction_id(), planning->transactions[0].receipt.transaction_id());
  EXPECT_EQ(receipt.due_us(), due);
  EXPECT_EQ(receipt.contract(), "cash");
  EXPECT_EQ(receipt.count(), 1u);
}

TEST_F(DueWorkTest, ItIsDoneInOrderOfInstantThenIdBeforeTheTransactions) {
  TestChain chain(Budget(100));
  chain.Append({chain.Envelope(
      {Fill(PurseId(3), 1, "due:5:3"), Fill(PurseId(2), 1, "due:6:2"), Fill(PurseId(1), 1, "due:5:1")})});
  // Only the due work makes 4 out of 1: the transaction comes after it.
  const auto block = chain.Append({chain.Envelope({testing::Empty(PurseId(3), 4)})}, chain.now_us() + 60 * kSecond);
  EXPECT_THAT(Amounts(*block), ElementsAre("1", "3", "2"));
  EXPECT_EQ(block->transactions[0].results[0].status(), v1::OPERATION_STATUS_APPLIED);
  EXPECT_EQ(block->due_work[2].receipt.index(), 2u);
}

TEST_F(DueWorkTest, BeyondTheBudgetItGoesOnInTheNextBlock) {
  TestChain chain(Budget(16));
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due:1:29"), Fill(PurseId(2), 1, "due:1:1")})});
  EXPECT_THAT(Amounts(*chain.Append({})), ElementsAre("15")) << "one unit is the item's own";
  EXPECT_THAT(Amounts(*chain.Append({})), ElementsAre("29", "0")) << "and the second has no budget left";
  EXPECT_EQ(Planned(chain), 1u);
  EXPECT_THAT(Amounts(*chain.Append({})), ElementsAre("1"));
  EXPECT_EQ(chain.Content(PurseId(1)), 30u);
  EXPECT_EQ(Planned(chain), 0u);
}

TEST_F(DueWorkTest, TheResultIsTheSameHoweverItIsCut) {
  const auto run = [&](uint64_t budget) {
    TestChain chain(Budget(budget));
    chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due:1:170"), Fill(PurseId(2), 1, "due:1:90")})});
    for (int i = 0; i < 40; ++i) chain.Append({});
    return std::make_pair(chain.Content(PurseId(1)), chain.Content(PurseId(2)));
  };
  EXPECT_EQ(run(16), std::make_pair(uint64_t{171}, uint64_t{91}));
  EXPECT_EQ(run(17), run(16));
  EXPECT_EQ(run(1000), run(16));
}

TEST_F(DueWorkTest, WhatIsWithdrawnIsNotDone) {
  TestChain chain(Budget(100));
  const uint64_t due = chain.now_us() + kSecond + 20 * kSecond;
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due:20:4")})});
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "undue:19")})});
  EXPECT_EQ(Planned(chain), 0u);
  EXPECT_TRUE(chain.Append({}, due)->due_work.empty());
}

TEST_F(DueWorkTest, ADefectInItLeavesNothingPausesTheContractAndComesBackAfterAnHour) {
  TestChain chain(Budget(100));
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due-fail:1"), Fill(PurseId(2), 1, "due:1:2")})});
  const auto block = chain.Append({});
  ASSERT_EQ(block->due_work.size(), 2u) << "the next item is done all the same";
  EXPECT_EQ(block->due_work[0].results[0].reasons(0).code(), 4u);
  EXPECT_TRUE(block->due_work[0].restricted.empty());
  EXPECT_EQ(block->violations.size(), 1u);
  EXPECT_TRUE(chain.state().Has(testing::kPauses, std::string("cash")));
  EXPECT_EQ(Planned(chain), 1u) << "what waits for it must not wait for ever";
  const uint64_t again = chain.now_us() + 3600 * kSecond;
  EXPECT_TRUE(chain.Append({})->due_work.empty());
  EXPECT_TRUE(chain.Append({}, again - 1)->due_work.empty());
  EXPECT_EQ(chain.Append({}, again)->due_work.size(), 1u);
}

// Both would come back after an hour under one key.
TEST_F(DueWorkTest, TwoOfOneNameThatFailInOneBlockStopNoNode) {
  TestChain chain(Budget(100));
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due-fail:1"), Fill(PurseId(1), 1, "due-fail:2")})});
  const auto block = chain.Append({}, chain.now_us() + 10 * kSecond);
  EXPECT_EQ(block->due_work.size(), 2u);
  EXPECT_EQ(block->violations.size(), 2u);
  EXPECT_EQ(Planned(chain), 1u);
  EXPECT_EQ(chain.Append({}, chain.now_us() + 3600 * kSecond)->due_work.size(), 1u);
  EXPECT_EQ(Planned(chain), 1u);
}

TEST_F(DueWorkTest, ItsRestrictedRecordsAreSaltedByBlockAndPosition) {
  TestChain chain(Budget(16));
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due:1:30")})});
  const auto first = chain.Append({}), second = chain.Append({});
  ASSERT_EQ(first->due_work[0].restricted.at(0).bytes, second->due_work[0].restricted.at(0).bytes);
  EXPECT_NE(first->due_work[0].restricted[0].salted_hash, second->due_work[0].restricted[0].salted_hash);
}

}  // namespace
}  // namespace causeway::execution
