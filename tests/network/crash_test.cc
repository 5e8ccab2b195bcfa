// SPDX-License-Identifier: Apache-2.0
// kill -9 under load: whatever a client was told stays, on every node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"

#include "tests/network/loaded_network.h"

namespace causeway::testing {
namespace {

constexpr int kRoundsOfOne = 20;
constexpr int kRoundsOfAll = 5;

class CrashTest : public LoadedNetwork {};

// Besu #8307: a network whose validators had all been started again made no block any more.
TEST_F(CrashTest, WhatAClientWasToldSurvivesEveryKill) {
  SCOPED_TRACE(absl::StrCat("CAUSEWAY_SEED=", seed_));
  LayOut(4);
  StartAll();
  ASSERT_TRUE(UntilAllReady(1));
  StartLoad();
  ASSERT_TRUE(UntilMore(1));

  for (int round = 0; round < kRoundsOfOne; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    const uint32_t node = static_cast<uint32_t>(Random(1, 4));
    ASSERT_TRUE(UntilMore(Random(0, 5)));
    Kill9(node);
    ASSERT_TRUE(UntilMore(Random(1, 4))) << "the others do not go on without node " << node;
    Start(node);
    ASSERT_TRUE(UntilReady(node, height()));
  }
  for (int round = 0; round < kRoundsOfAll; ++round) {
    SCOPED_TRACE(absl::StrCat("round of all ", round));
    ASSERT_TRUE(UntilMore(Random(0, 8)));
    for (uint32_t node = 1; node <= 4; ++node) process(node).Signal(SIGKILL);
    for (uint32_t node = 1; node <= 4; ++node) EXPECT_EQ(process(node).Wait(), -SIGKILL);
    const uint64_t told = height();
    StartAll();
    ASSERT_TRUE(UntilAllReady(told));
    ASSERT_TRUE(UntilMore(1));
  }

  EXPECT_GT(receipts(), static_cast<size_t>(kRoundsOfOne));
  ExpectNothingIsLost();
}

}  // namespace
}  // namespace causeway::testing
