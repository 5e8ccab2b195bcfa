// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/genesis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

#include "ledger/chain/limits.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_chain.h"

namespace causeway::chain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::Genesis Valid() {
  testing::TestChain::Options options;
  options.genesis_operations = {testing::Fill(testing::PurseId(1), 10)};
  return testing::TestChain(options).genesis();
}

TEST(Genesis, WhatIsWrittenReadsBackWithTheSameChainId) {
  const v1::Genesis genesis = Valid();
  const auto read = ParseGenesis(*GenesisToJson(genesis));
  CAUSEWAY_ASSERT_OK(read);
  EXPECT_EQ(ChainIdOf(*read), ChainIdOf(genesis));
}

TEST(Genesis, TheChainIdCoversEverything) {
  v1::Genesis genesis = Valid();
  const Hash id = ChainIdOf(genesis);
  genesis.set_name("test2");
  EXPECT_NE(ChainIdOf(genesis), id);
}

TEST(Genesis, EveryErrorIsSaidAtOnce) {
  v1::Genesis genesis = Valid();
  genesis.set_protocol_version(9);
  genesis.clear_name();
  genesis.set_time_us(0);
  genesis.mutable_validators(1)->set_name("node-1");
  genesis.mutable_validators(2)->set_operator_("529900T8BM49AURSDO56");
  genesis.mutable_validators(3)->set_public_key(std::string(32, '\xff'));
  genesis.mutable_limits()->set_block_bytes(1);
  genesis.mutable_limits()->set_due_work(15);
  genesis.mutable_limits()->set_validity_us(kValidityMaxMicros + 1);
  genesis.clear_drift();
  genesis.clear_confidentiality_key_hash();
  genesis.mutable_devnet()->set_rate(0);
  genesis.mutable_operations(0)->set_linked(true);
  EXPECT_THAT(
      GenesisErrors(genesis),
      ElementsAre(HasSubstr("protocol_version: 9"), HasSubstr("name:"), HasSubstr("time_us: 0"),
                  HasSubstr("validators[1].name"), HasSubstr("validators[2].operator"),
                  HasSubstr("validators[3].public_key"), HasSubstr("limits.block_bytes"), HasSubstr("limits.due_work"),
                  HasSubstr("limits.validity_us"), HasSubstr("drift: missing"), HasSubstr("confidentiality_key_hash"),
                  HasSubstr("devnet.rate"), HasSubstr("operations[0].linked")));
  const auto json = GenesisToJson(genesis);
  CAUSEWAY_ASSERT_OK(json);
  const auto read = ParseGenesis(*json);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(std::vector<std::string>(absl::StrSplit(std::string(read.status().message()), '\n')).size(), 13u)
      << read.status();
}

TEST(Genesis, AValidatorHasANameAndAKeyOfItsOwn) {
  v1::Genesis genesis = Valid();
  genesis.mutable_validators(0)->clear_name();
  genesis.mutable_validators(2)->set_public_key(genesis.validators(1).public_key());
  EXPECT_THAT(GenesisErrors(genesis), ElementsAre(HasSubstr("validators[0].name: 1 to 64 bytes"),
                                                  HasSubstr("validators[2].public_key: used twice")));
}

TEST(Genesis, ATransactionMayHoldSomethingAndCostSomething) {
  v1::Genesis genesis = Valid();
  genesis.mutable_limits()->set_transaction_operations(0);
  genesis.mutable_limits()->set_transaction_work(0);
  EXPECT_THAT(GenesisErrors(genesis),
              ElementsAre(HasSubstr("limits.transaction_operations: 0"), HasSubstr("limits.transaction_work: 0")));
}

// What it allows must fit into what carries it.
TEST(Genesis, NothingIsAllowedThatMessagesCannotCarry) {
  v1::Genesis genesis = Valid();
  genesis.mutable_limits()->set_transaction_bytes(kTransactionBytesMax);
  genesis.mutable_limits()->set_block_bytes(kBlockBytesMax);
  EXPECT_THAT(GenesisErrors(genesis), IsEmpty());
  genesis.mutable_limits()->set_transaction_bytes(kTransactionBytesMax + 1);
  genesis.mutable_limits()->set_block_bytes(kBlockBytesMax + 1);
  EXPECT_THAT(GenesisErrors(genesis),
              ElementsAre(HasSubstr("limits.transaction_bytes"), HasSubstr("limits.block_bytes")));
}

TEST(Genesis, DefaultsAreValid) {
  v1::Genesis genesis = Valid();
  *genesis.mutable_limits() = DefaultLimits();
  EXPECT_THAT(GenesisErrors(genesis), IsEmpty());
}

TEST(Genesis, NoValidatorsAndTooManyAreRefused) {
  v1::Genesis genesis = Valid();
  genesis.clear_validators();
  EXPECT_THAT(GenesisErrors(genesis), ElementsAre(HasSubstr("validators: 0")));
  for (uint32_t i = 0; i <= kValidatorsMax; ++i) *genesis.add_validators() = Valid().validators(0);
  EXPECT_THAT(GenesisErrors(genesis).front(), HasSubstr("validators: 129"));
}

TEST(Genesis, ADevnetsClockStartsNoEarlierThanItsChain) {
  v1::Genesis genesis = Valid();
  genesis.mutable_devnet()->set_rate(600);
  genesis.mutable_devnet()->set_origin_us(genesis.time_us() - 1);
  EXPECT_THAT(GenesisErrors(genesis), ElementsAre(HasSubstr("devnet.origin_us")));
}

TEST(Genesis, JsonThatIsNoneIsRefused) {
  EXPECT_THAT(ParseGenesis("{"), StatusIs(absl::StatusCode::kInvalidArgument, "genesis"));
  EXPECT_THAT(ParseGenesis("{\"nonsense\": 1}"), StatusIs(absl::StatusCode::kInvalidArgument, "nonsense"));
}

}  // namespace
}  // namespace causeway::chain
