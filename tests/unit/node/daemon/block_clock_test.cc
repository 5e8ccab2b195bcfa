// SPDX-License-Identifier: Apache-2.0
// A development network's clock runs fast, stands still, jumps ahead, and never runs backwards.
#include "node/daemon/block_clock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

namespace causeway::daemon {
namespace {

class LapseClockTest : public ::testing::Test {
 protected:
  LapseClock Make(uint64_t not_before_us = 0, std::optional<LapseClock::State> left = std::nullopt) {
    v1::Devnet devnet;
    devnet.set_origin_us(1'000);
    devnet.set_real_start_us(500);
    devnet.set_rate(10);
    return LapseClock(
        devnet, Instant::FromMicros(not_before_us), [this] { return real_us_; }, left);
  }
  uint64_t real_us_ = 500;
};

TEST_F(LapseClockTest, RunsAtItsRateFromItsOrigin) {
  const LapseClock clock = Make();
  EXPECT_EQ(clock.Read().micros(), 1'000u);
  real_us_ += 7;
  EXPECT_EQ(clock.Read().micros(), 1'070u);
}

TEST_F(LapseClockTest, GoesOnFromTheLastBlockAfterARestart) {
  const LapseClock clock = Make(50'000);
  EXPECT_EQ(clock.Read().micros(), 50'000u);
  real_us_ += 1;
  EXPECT_EQ(clock.Read().micros(), 50'010u);
}

TEST_F(LapseClockTest, StandsStillAndGoesOnFromThere) {
  LapseClock clock = Make();
  EXPECT_EQ(clock.Set({.paused = true}).micros(), 1'000u);
  real_us_ += 100;
  EXPECT_EQ(clock.Read().micros(), 1'000u);
  clock.Set({.paused = false, .rate = 2});
  real_us_ += 5;
  EXPECT_EQ(clock.Read().micros(), 1'010u);
}

TEST_F(LapseClockTest, JumpsAheadAndNeverBack) {
  LapseClock clock = Make();
  EXPECT_EQ(clock.Set({.advance_to = Instant::FromMicros(9'000)}).micros(), 9'000u);
  EXPECT_EQ(clock.Set({.advance_to = Instant::FromMicros(10)}).micros(), 9'000u);
  real_us_ = 0;  // the machine's clock is set back
  EXPECT_EQ(clock.Read().micros(), 9'000u);
}

TEST_F(LapseClockTest, OneThatStoodStillStandsStillAfterARestart) {
  const std::string file = ::testing::TempDir() + "/lapse-clock-" + std::to_string(getpid());
  EXPECT_EQ(LoadClock(file).status().code(), absl::StatusCode::kNotFound);
  {
    LapseClock clock = Make();
    clock.Set({.paused = true, .advance_to = Instant::FromMicros(9'000), .rate = 3});
    ASSERT_TRUE(SaveClock(file, clock.state()).ok());
  }
  real_us_ += 1'000'000;
  LapseClock again = Make(8'000, LoadClock(file).value());
  EXPECT_EQ(again.Read().micros(), 9'000u);
  // Where the network went on while it was away, it is not behind, and stands still there.
  LapseClock late = Make(70'000, LoadClock(file).value());
  EXPECT_EQ(late.Read().micros(), 70'000u);
  again.Set({.paused = false});
  real_us_ += 2;
  EXPECT_EQ(again.Read().micros(), 9'006u);
  std::ofstream(file) << "nothing of ours";
  EXPECT_EQ(LoadClock(file).status().code(), absl::StatusCode::kDataLoss);
  std::remove(file.c_str());
}

}  // namespace
}  // namespace causeway::daemon
