// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/line_limit.h"

#include <gtest/gtest.h>

namespace causeway::daemon {
namespace {

constexpr int64_t kStartUs = 1'700'000'000'000'000;

TEST(LineLimit, AFloodIsCutToOneASecondAndSaysHowManyWereLeftOut) {
  LineLimit limit;
  for (uint64_t i = 0; i < LineLimit::kBurst; ++i) EXPECT_EQ(limit.Pass(kStartUs, "a line"), "a line");
  for (int i = 0; i < 500; ++i) EXPECT_EQ(limit.Pass(kStartUs + 1'900 * i, "a line"), std::nullopt);
  EXPECT_EQ(limit.Pass(kStartUs + 1'000'000, "a line"), "a line (500 lines of this kind were left out before)");
  EXPECT_EQ(limit.Pass(kStartUs + 1'000'001, "a line"), std::nullopt);
}

TEST(LineLimit, WhoWasQuietMaySayMoreAgainButNotWithoutEnd) {
  LineLimit limit;
  for (uint64_t i = 0; i < LineLimit::kBurst; ++i) limit.Pass(kStartUs, "a line");
  const int64_t later_us = kStartUs + 3'600'000'000;
  for (uint64_t i = 0; i < LineLimit::kBurst; ++i) EXPECT_EQ(limit.Pass(later_us, "a line"), "a line") << i;
  EXPECT_EQ(limit.Pass(later_us, "a line"), std::nullopt);
}

TEST(LineLimit, AClockThatGoesBackGivesNoFurtherLine) {
  LineLimit limit;
  for (uint64_t i = 0; i < LineLimit::kBurst; ++i) limit.Pass(kStartUs, "a line");
  EXPECT_EQ(limit.Pass(kStartUs - 3'600'000'000, "a line"), std::nullopt);
}

}  // namespace
}  // namespace causeway::daemon
