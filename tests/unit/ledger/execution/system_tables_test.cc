// SPDX-License-Identifier: Apache-2.0
#include "ledger/execution/system_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/state/memory_state.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_chain.h"

namespace causeway::execution {
namespace {

using testing::Fill;
using testing::PurseId;

class ConsumedIdsTest : public ::testing::Test {
 protected:
  ConsumedIdsTest() {
    testing::TestChain chain;
    const auto block = chain.Append({chain.Envelope({Fill(PurseId(1), 1)}), chain.Envelope({Fill(PurseId(2), 1)})});
    state_ = chain.state();
    const auto& transaction = *block->transactions[1].transaction;
    id_ = transaction.client_id;
    minute_ = MinuteOf(transaction.valid_until);
    record_ = *state_.Get(kConsumedIds, Key());
  }
  std::tuple<uint64_t, std::string, ClientTransactionId> Key() const { return {minute_, testing::kBank, id_}; }
  void ExpectBroken(const std::string& part) {
    EXPECT_THAT(CheckConsumedIds(state_), StatusIs(absl::StatusCode::kDataLoss, part));
  }

  state::MemoryState state_;
  ClientTransactionId id_ = ClientTransactionId::Zero();
  uint64_t minute_ = 0;
  ConsumedId record_{Hash::Zero(), 0, 0, 0};
};

TEST_F(ConsumedIdsTest, WhatExecutionWroteHolds) {
  CAUSEWAY_EXPECT_OK(CheckConsumedIds(state_));
}

TEST_F(ConsumedIdsTest, AnotherTransactionUnderAnIdIsFound) {
  record_.transaction_id = Hash::Zero();
  state_.Put(kConsumedIds, Key(), record_);
  ExpectBroken("does not hash to its bucket");
}

TEST_F(ConsumedIdsTest, AMissingIdIsFound) {
  state_.EraseRaw(kConsumedIds.id, state::EncodeKey(Key()));
  ExpectBroken("1 ids by minute and 2 by party");
  state_.EraseRaw(kConsumedIdMinutes.id, state::EncodeKey(std::make_tuple(std::string(testing::kBank), id_)));
  ExpectBroken("does not hash to its bucket");
}

TEST_F(ConsumedIdsTest, AnIdThatItsPartyDoesNotFindIsFound) {
  state_.Put(kConsumedIdMinutes, std::make_tuple(std::string(testing::kBank), id_), BucketMinute{minute_ + 1});
  ExpectBroken("is not found by its party");
}

TEST_F(ConsumedIdsTest, PositionsThatDoNotCountUpAreFound) {
  record_.sequence = 0;
  state_.Put(kConsumedIds, Key(), record_);
  ExpectBroken("position 0 twice");
  record_.sequence = 5;
  state_.Put(kConsumedIds, Key(), record_);
  ExpectBroken("lacks position 1");
}

TEST_F(ConsumedIdsTest, ABucketWithoutIdsIsFound) {
  state_.Put(kExpiryBuckets, minute_ + 3, ExpiryBucket{Hash::Zero(), 0});
  ExpectBroken("is empty and has a bucket");
}

TEST(SystemTables, FlatTablesAreInNoTree) {
  const state::Changes changes{{{kConsumedIds.id, "a"}, "1"},
                               {{kExpiryBuckets.id, "b"}, "2"},
                               {{kDueWork.id, "c"}, std::nullopt},
                               {{kConsumedIdMinutes.id, "d"}, "4"}};
  EXPECT_EQ(TreeChanges(changes).size(), 2u);
}

}  // namespace
}  // namespace causeway::execution
