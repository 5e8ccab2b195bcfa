// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/block.h"

#include <gtest/gtest.h>

#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"
#include "ledger/merkle/history_tree.h"
#include "tests/support/test_chain.h"

namespace causeway::chain {
namespace {

// The time too, which in CometBFT GHSA-c32p-wcqj-j677 came from what signature checking skipped.
TEST(Block, ItsHashCoversEveryHeaderField) {
  const v1::BlockHeader header = testing::TestChain().tip().header;
  const Hash hash = BlockHash(header);
  v1::BlockHeader changed;
  const auto expect_other = [&](const char* field) {
    EXPECT_NE(BlockHash(changed), hash) << field;
    changed = header;
  };
  changed = header;
  changed.set_protocol_version(2), expect_other("protocol_version");
  changed.set_epoch(1), expect_other("epoch");
  changed.set_height(7), expect_other("height");
  changed.set_parent_hash(std::string(32, 'p')), expect_other("parent_hash");
  changed.set_time_us(1), expect_other("time_us");
  changed.set_proposer(3), expect_other("proposer");
  changed.set_transactions_root(std::string(32, 't')), expect_other("transactions_root");
  changed.set_history_size(99), expect_other("history_size");
  changed.set_history_root(std::string(32, 'h')), expect_other("history_root");
  changed.set_state_root(std::string(32, 's')), expect_other("state_root");
  changed.set_next_validators_hash(std::string(32, 'n')), expect_other("next_validators_hash");
  EXPECT_EQ(BlockHash(changed), hash);
}

TEST(Block, BytesReadBackAndNothingElseIsRead) {
  testing::TestChain chain;
  const auto executed = chain.Append({chain.Envelope({testing::Fill(testing::PurseId(1), 3)})});
  const std::string bytes = EncodeBlock(executed->block);
  const auto decoded = DecodeBlock(bytes, 1);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(EncodeBlock(*decoded), bytes);
  EXPECT_EQ(DecodeBlock(bytes + "x", 1).invalid().reason, v1::LEDGER_REASON_BLOCK_NOT_CANONICAL);
  EXPECT_EQ(DecodeBlock(bytes.substr(0, bytes.size() - 1), 1).invalid().reason, v1::LEDGER_REASON_BLOCK_NOT_CANONICAL);
}

TEST(Block, TheTransactionsRootIsOverTheEnvelopesBytes) {
  testing::TestChain chain;
  const std::string one = chain.Envelope({testing::Fill(testing::PurseId(1), 3)});
  const std::string two = chain.Envelope({testing::Fill(testing::PurseId(2), 4)});
  const auto executed = chain.Append({one, two});
  std::vector<Hash> leaves;
  for (const std::string& envelope : executed->block.envelopes())
    leaves.push_back(crypto::Sha256(std::string(1, '\0') + envelope));
  EXPECT_EQ(executed->block.header().transactions_root(), merkle::HistoryRootOf(leaves).bytes());
}

TEST(OrderKey, UrgentComesFirstThenTheHashWithTheParent) {
  const Hash parent = crypto::Sha256("parent"), id = crypto::Sha256("id");
  EXPECT_LT(OrderKeyOf(true, parent, id), OrderKeyOf(false, parent, id));
  EXPECT_EQ(OrderKeyOf(false, parent, id).shuffled, crypto::Sha256(parent.ToString() + id.ToString()));
  EXPECT_NE(OrderKeyOf(false, parent, id), OrderKeyOf(false, id, id));
}

}  // namespace
}  // namespace causeway::chain
