// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/check.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "ledger/base/status.h"

namespace causeway {
namespace {

TEST(CheckDeathTest, OutsideRulesAFailedCheckAborts) {
  const int blocked = 2;
  EXPECT_DEATH(CAUSEWAY_CHECK(blocked <= 1, "blocked is ", blocked), "check_test.cc:.*blocked <= 1: blocked is 2");
  EXPECT_DEATH(CAUSEWAY_CHECK(blocked <= 1), "check failed: blocked <= 1");
}

TEST(Check, InsideRulesAFailedCheckThrows) {
  const RuleScope scope;
  try {
    CAUSEWAY_CHECK(1 > 2, "one is ", 1);
    FAIL() << "the check passed";
  } catch (const InvariantViolation& violation) {
    EXPECT_STREQ(violation.what(), "1 > 2: one is 1");
  }
}

TEST(Check, ScopesNestAndBelongToTheirThread) {
  EXPECT_FALSE(RuleScope::Active());
  {
    const RuleScope outer;
    { const RuleScope inner; }
    EXPECT_TRUE(RuleScope::Active());
    bool active_elsewhere = true;
    std::thread([&] { active_elsewhere = RuleScope::Active(); }).join();
    EXPECT_FALSE(active_elsewhere);
  }
  EXPECT_FALSE(RuleScope::Active());
}

TEST(Check, AMessageIsMadeOnlyWhenTheConditionIsFalse) {
  int made = 0;
  const auto message = [&] {
    ++made;
    return std::string("made");
  };
  CAUSEWAY_CHECK(true, message());
  EXPECT_EQ(made, 0);
}

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return absl::InvalidArgumentError("odd");
  return value / 2;
}
absl::StatusOr<int> Quarter(int value) {
  CAUSEWAY_ASSIGN_OR_RETURN(const int half, Half(value));
  CAUSEWAY_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(Status, MacrosReturnTheErrorAndPassTheValueOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(3).status().message(), "odd");
  EXPECT_EQ(Quarter(6).status().message(), "odd");
}

TEST(Status, AnnotationsNameWhatAnErrorIsAbout) {
  EXPECT_EQ(Annotate(absl::DataLossError("torn"), "block 7"), absl::DataLossError("block 7: torn"));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "block 7").ok());
}

}  // namespace
}  // namespace causeway
