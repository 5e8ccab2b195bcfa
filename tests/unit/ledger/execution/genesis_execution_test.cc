// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/chain/block.h"
#include "ledger/execution/executor.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_chain.h"

namespace causeway::execution {
namespace {

using testing::Empty;
using testing::Fill;
using testing::PurseId;
using testing::TestChain;

TestChain::Options With(std::vector<v1::Operation> operations) {
  TestChain::Options options;
  options.genesis_operations = std::move(operations);
  return options;
}

TEST(GenesisExecution, HeaderZeroHasTheRootsAfterItsOperations) {
  // Four eyes, policy and pauses are not asked of genesis.
  TestChain chain(With({Fill(PurseId(1), 5, "four-eyes"), Fill(PurseId(2), testing::kDeniedAmount, "move")}));
  const v1::BlockHeader& header = chain.tip().header;
  EXPECT_EQ(header.height(), 0u);
  EXPECT_EQ(header.parent_hash(), std::string(32, '\0'));
  EXPECT_EQ(header.time_us(), chain.genesis().time_us());
  EXPECT_EQ(header.history_size(), 1u);
  EXPECT_EQ(header.state_root(), chain.tip().tree.Root().bytes());
  EXPECT_EQ(chain.Content(PurseId(1)), 5u);
  EXPECT_EQ(chain.blocks()[0]->transactions[0].receipt.count(), 2u);
  EXPECT_EQ(chain.blocks()[0]->transactions[0].receipt.transaction_id(), std::string(32, '\0'));
  EXPECT_FALSE(chain.state().Has(testing::kPolicyCounters, std::string("judgements")));
}

TEST(GenesisExecution, ARefusedOperationMakesItInvalidAndIsNamed) {
  const TestChain chain;
  ChainParameters parameters = chain.parameters();
  *parameters.genesis.add_operations() = Fill(PurseId(1), 5);
  *parameters.genesis.add_operations() = Empty(PurseId(2), 5);
  EXPECT_THAT(Executor(chain.registry(), parameters).ExecuteGenesis(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "operations[1] is refused: NOT_ISSUERS_ACCOUNT " + PurseId(2).ToHex()));
}

TEST(GenesisExecution, AViolatedInvariantMakesItInvalid) {
  const TestChain chain;
  ChainParameters parameters = chain.parameters();
  *parameters.genesis.add_operations() = Fill(PurseId(1), 5, "lose");
  EXPECT_THAT(Executor(chain.registry(), parameters).ExecuteGenesis(),
              StatusIs(absl::StatusCode::kInvalidArgument, "genesis: cash: purses hold 5, supply is 0"));
}

}  // namespace
}  // namespace causeway::execution
