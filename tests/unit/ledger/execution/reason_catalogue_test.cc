// SPDX-License-Identifier: Apache-2.0
#include "ledger/execution/reason_catalogue.h"

#include <gtest/gtest.h>

#include "causeway/v1/governance.pb.h"
#include "tests/support/purse_contract.h"

namespace causeway::execution {
namespace {

TEST(ReasonCatalogue, NamesTheLedgersReasonsAndTheContracts) {
  const ReasonCatalogue catalogue(testing::MakePurseRegistry({}));
  EXPECT_EQ(catalogue.NameOf(1), "EXPIRED");
  EXPECT_EQ(catalogue.NameOf(26), "BAD_SIGNATURE");
  EXPECT_EQ(catalogue.NameOf(300), "CASH");
  EXPECT_EQ(catalogue.entries().at(300).contract, "cash");
  EXPECT_EQ(catalogue.entries().at(1).contract, "ledger");
  EXPECT_EQ(catalogue.NameOf(4711), "4711");
}

TEST(ReasonCatalogueDeathTest, ANumberWithTwoMeaningsIsADefect) {
  Registry registry = testing::MakePurseRegistry({});
  Registry other = testing::MakePurseRegistry({});
  registry.contracts.push_back(std::move(other.contracts.front()));
  EXPECT_DEATH(ReasonCatalogue catalogue(registry), "has two meanings");
}

}  // namespace
}  // namespace causeway::execution
