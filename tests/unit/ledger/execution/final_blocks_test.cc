// SPDX-License-Identifier: Apache-2.0
#include "ledger/execution/final_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"
#include "tests/support/test_chain.h"

namespace causeway::execution {
namespace {

using ::testing::ElementsAre;
using testing::Fill;
using testing::PurseId;
using testing::TestChain;

TEST(FinalBlock, KeepsWhatTheRootsCommitToAndRestrictedRecordsBesideTheirHashes) {
  TestChain chain;
  chain.Append({chain.Envelope({Fill(PurseId(1), 1, "due:1:1")})});
  const auto executed =
      chain.Append({chain.Envelope({Fill(PurseId(1), 1), Fill(PurseId(1), testing::kDeniedAmount, "move")})});
  const store::FinalBlock block = ToFinalBlock(*executed, "certificate");
  EXPECT_EQ(block.height, Height(2));
  EXPECT_EQ(block.header_hash, executed->hash);
  EXPECT_EQ(block.parent_hash, chain.blocks()[1]->hash);
  EXPECT_EQ(block.block, chain::EncodeBlock(executed->block));
  EXPECT_EQ(block.certificate, "certificate");
  ASSERT_EQ(block.transactions.size(), 1u);
  EXPECT_EQ(block.transactions[0].receipt, codec::SerializeCanonical(executed->transactions[0].receipt));
  ASSERT_EQ(block.transactions[0].results.size(), 2u);
  ASSERT_EQ(block.transactions[0].restricted.size(), 1u);
  EXPECT_EQ(block.transactions[0].restricted[0].operation, 1u);
  ASSERT_EQ(block.due_work.size(), 1u);
  EXPECT_EQ(block.due_work[0].transaction_id.bytes(), chain.blocks()[1]->transactions[0].receipt.transaction_id());
  EXPECT_EQ(block.due_work[0].restricted.size(), 1u);
  EXPECT_EQ(block.history_nodes.size(), executed->history_nodes.size());
}

TEST(SubjectsOf, AreTheIdsThatEventsName) {
  v1::OperationResult result;
  EXPECT_THAT(SubjectsOf(result), ElementsAre());
  v1::Event* event = result.add_events();
  auto* opened = event->mutable_transfers();
  // Any event with sized ids will do: the first message field of the oneof that has one is found by reflection, as
  // SubjectsOf itself does.
  const auto* descriptor = opened->GetDescriptor();
  bool placed = false;
  for (int i = 0; i < descriptor->field_count() && !placed; ++i) {
    const auto* member = descriptor->field(i);
    for (int j = 0; j < member->message_type()->field_count() && !placed; ++j) {
      const auto* field = member->message_type()->field(j);
      if (field->type() != google::protobuf::FieldDescriptor::TYPE_BYTES || field->is_repeated()) continue;
      auto* message = opened->GetReflection()->MutableMessage(opened, member);
      message->GetReflection()->SetString(message, field, PurseId(7).ToString());
      placed = true;
    }
  }
  ASSERT_TRUE(placed);
  *result.add_events() = result.events(0);
  EXPECT_THAT(SubjectsOf(result), ElementsAre(PurseId(7).ToString()));
}

}  // namespace
}  // namespace causeway::execution
