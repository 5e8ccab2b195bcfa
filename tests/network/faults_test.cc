// SPDX-License-Identifier: Apache-2.0
// What lies between the nodes fails in every way: nothing that a client was told is lost, whoever can go on does, and
// all go on once it is healed. Each test says how long after.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "tests/network/faulty_network.h"

namespace causeway::testing {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kStill = absl::Seconds(2);

bool IsLong() {
  return std::getenv("CAUSEWAY_RELEASE_TESTS") != nullptr;
}

class FaultsTest : public FaultyNetwork {
 protected:
  // Nobody is told anything: not even what was on its way.
  void ExpectStandstill(const std::string& fault) {
    size_t before = 0;
    ASSERT_TRUE(Until([&] {
      before = receipts();
      return !UntilMore(1, absl::Seconds(1));
    })) << fault;
    EXPECT_FALSE(UntilMore(1, kStill)) << fault << ": there is no quorum";
  }
};

TEST_F(FaultsTest, EveryPartitionHeals) {
  StartBehindLinks();
  StartLoad();
  ASSERT_TRUE(UntilMore(3));
  for (const Partition& partition : Partitions()) {
    SCOPED_TRACE(partition.name);
    partition.make(links());
    if (partition.goes_on) {
      ASSERT_TRUE(UntilMore(4));
    } else {
      ASSERT_NO_FATAL_FAILURE(ExpectStandstill(partition.name));
    }
    links().Heal();
    ASSERT_NO_FATAL_FAILURE(ExpectAllGoOn(partition.name));
  }
  ExpectNothingIsLost();
}

TEST_F(FaultsTest, ConnectionsThatAreResetComeBack) {
  StartBehindLinks();
  StartLoad();
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(UntilMore(Random(1, 4)));
    links().ResetAll();
  }
  ASSERT_NO_FATAL_FAILURE(ExpectAllGoOn("resets"));
  ExpectNothingIsLost();
}

TEST_F(FaultsTest, AProcessThatStandsStillIsLeftBehindAndCatchesUp) {
  StartBehindLinks();
  StartLoad();
  ASSERT_TRUE(UntilMore(3));
  process(2).Signal(SIGSTOP);
  const absl::Time until = absl::Now() + (IsLong() ? absl::Minutes(1) : absl::Seconds(3));
  while (absl::Now() < until) ASSERT_TRUE(UntilMore(1));
  process(2).Signal(SIGCONT);
  ASSERT_NO_FATAL_FAILURE(ExpectAllGoOn("a pause"));
  ExpectNothingIsLost();
}

TEST_F(FaultsTest, NodesThatAreStartedAgainOneAfterTheOtherLoseNothing) {
  StartBehindLinks();
  StartLoad();
  for (uint32_t node = 1; node <= size(); ++node) {
    ASSERT_TRUE(UntilMore(2));
    ASSERT_EQ(Stop(node), 0);
    ASSERT_TRUE(UntilMore(2)) << "the others do not go on without node " << node;
    Start(node);
    ASSERT_TRUE(UntilReady(node, height()));
  }
  ASSERT_NO_FATAL_FAILURE(ExpectAllGoOn("a rolling restart"));
  ExpectNothingIsLost();
}

TEST_F(FaultsTest, AWipedNodeComesBackFromNothing) {
  StartBehindLinks();
  StartLoad();
  ASSERT_TRUE(UntilMore(10));
  Kill9(3);
  for (const char* what : {"db", "votes"}) fs::remove_all(absl::StrCat(network_.nodes[2].folder, "/", what));
  ASSERT_TRUE(UntilMore(5));
  Start(3);
  ASSERT_TRUE(UntilReady(3, height()));
  ASSERT_NO_FATAL_FAILURE(ExpectAllGoOn("a wipe"));
  ExpectNothingIsLost();
}

// 85 ms each way, as between two continents. What it takes is said, and nothing asserted of it: machines differ.
TEST_F(FaultsTest, FarFromEachOtherTheyAgreeAllTheSame) {
  constexpr absl::Duration kOneWay = absl::Milliseconds(85);
  StartBehindLinks();
  links().Delay(kOneWay);
  StartLoad(4);
  ASSERT_TRUE(UntilMore(8));
  TakeLatencies();
  ASSERT_TRUE(UntilMore(IsLong() ? 400 : 40));
  const std::vector<absl::Duration> latencies = TakeLatencies();
  const absl::Duration median = latencies[latencies.size() / 2];
  std::vector<uint64_t> finality_us;
  for (uint32_t node = 1; node <= size(); ++node) {
    const absl::StatusOr<v1::GetStatusResponse> status = StatusOf(node);
    ASSERT_TRUE(status.ok()) << status.status();
    finality_us.push_back(status->finality_p50_us());
  }
  const uint64_t slowest_us = *std::max_element(finality_us.begin(), finality_us.end());
  printf("one way %lld ms: p50 from submission to the receipt %.2f one-way delays, p50 from proposal to final %.2f\n",
         static_cast<long long>(absl::ToInt64Milliseconds(kOneWay)), absl::FDivDuration(median, kOneWay),
         absl::FDivDuration(absl::Microseconds(static_cast<int64_t>(slowest_us)), kOneWay));
  ExpectNothingIsLost();
}

}  // namespace
}  // namespace causeway::testing
