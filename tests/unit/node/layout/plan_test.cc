// SPDX-License-Identifier: Apache-2.0
#include "node/layout/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ledger/base/instant.h"

namespace causeway::layout {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(NetworkPlan, TheDevelopmentNetworkHasNoErrorsForAnyNumberOfValidators) {
  for (const uint32_t n : {1u, 2u, 4u, 7u, 40u, 128u}) {
    const NetworkPlan plan = DevnetPlan(n);
    EXPECT_THAT(PlanErrors(plan), IsEmpty()) << n;
    EXPECT_EQ(plan.validators.size(), n);
  }
  EXPECT_THAT(PlanErrors(DevnetPlan(129)), Contains(HasSubstr("1 to 128")));
  EXPECT_THAT(PlanErrors(DevnetPlan(0)), Contains(HasSubstr("network.validators: 0")));
}

TEST(NetworkPlan, TheDemonstrationsNetworkIsRead) {
  const absl::StatusOr<NetworkPlan> plan = ParsePlan(FileText("deploy/demo-data/network.json"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->name, "causeway-demo");
  ASSERT_TRUE(plan->devnet.has_value());
  ASSERT_TRUE(plan->devnet->origin.has_value());
  EXPECT_EQ(FormatInstant(*plan->devnet->origin), "2026-03-02T06:00:00Z");
  ASSERT_EQ(plan->validators.size(), 4u);
  EXPECT_EQ(plan->validators[1].party, "harbour-bank");
  const PlannedParty& bank = plan->parties.front();
  EXPECT_EQ(bank.lei, "MERIDIANBANK00000049");
  EXPECT_THAT(bank.roles, ::testing::ElementsAre(v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER, v1::PARTY_ROLE_OPERATOR));
  ASSERT_EQ(bank.officers.size(), 5u);
  EXPECT_THAT(bank.officers[2].roles, ::testing::ElementsAre(v1::OFFICER_ROLE_TRADE, v1::OFFICER_ROLE_APPROVE));
}

TEST(NetworkPlan, EveryErrorOfAFileIsToldWithItsPath) {
  const absl::StatusOr<NetworkPlan> plan = ParsePlan(R"({
    "nam": "x", "origin": "yesterday", "validators": ["a", 7],
    "parties": [{"slug": "a", "lei": 5, "name": "A", "jurisdiction": "SG", "roles": ["BANKER"],
                 "officers": [{"slug": "one", "roles": ["TRADE"], "key": ""}]}, 3],
    "operations": [{"dealing": {"subscribes": {}}}]})");
  ASSERT_FALSE(plan.ok());
  const std::string message(plan.status().message());
  for (const char* part :
       {"network.nam: unknown", "network.name: missing", "network.origin: ", "network.validators: takes a list",
        "network.parties[0].lei: takes a text", "network.parties[0].roles: takes some of FMCO, ADMINISTRATOR",
        "network.parties[0].officers[0].key: unknown", "network.parties[1]: takes an object",
        "network.operations[0]: "})
    EXPECT_THAT(message, HasSubstr(part));
}

TEST(NetworkPlan, WhatDoesNotFitTogetherIsToldAtOnce) {
  NetworkPlan plan = DevnetPlan(2);
  plan.parties[1].slug = "Operator 2";
  plan.parties[2].lei = plan.parties[0].lei;
  plan.parties[3].lei = "123";
  plan.parties[4].officers.clear();
  plan.parties[5].officers[1].slug = plan.parties[5].officers[0].slug;
  plan.parties[5].officers[0].roles.clear();
  plan.validators.push_back({"fund-company", "fund-company"});
  const std::vector<std::string> errors = PlanErrors(plan);
  for (const char* part :
       {"parties[1].slug: \"Operator 2\"", "parties[2].lei: ", "parties[3].lei: ", "parties[4].officers: none",
        "parties[5].officers[1].slug: \"alpha\" is used twice", "parties[5].officers[0].roles: at least one",
        "validators[1]: \"operator-2\" is no party with the role OPERATOR",
        "validators[2]: \"fund-company\" is no party with the role OPERATOR"})
    EXPECT_THAT(errors, Contains(HasSubstr(part)));
}

TEST(OfficerIds, FollowFromPartyAndName) {
  const OfficerId id = OfficerIdFor("MERIDIANBANK00000049", "alpha");
  EXPECT_EQ(id, OfficerIdFor("MERIDIANBANK00000049", "alpha"));
  EXPECT_NE(id, OfficerIdFor("MERIDIANBANK00000049", "beta"));
  EXPECT_NE(id, OfficerIdFor("HARBOURBANK000000063", "alpha"));
}

}  // namespace
}  // namespace causeway::layout
