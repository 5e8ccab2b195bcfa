// SPDX-License-Identifier: Apache-2.0
// Half an hour of faults at random under load (CAUSEWAY_SOAK_MINUTES changes that): nothing that a client was told is
// lost, all nodes have the same blocks, and what they hold in memory is said, a line a minute.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "tests/network/faulty_network.h"

namespace causeway::testing {
namespace {

class SoakTest : public FaultyNetwork {
 protected:
  uint32_t AnyNode() { return static_cast<uint32_t>(Random(1, size())); }
  void Cut() { Partitions()[Random(0, Partitions().size() - 1)].make(links()); }
  void Kill(uint32_t node) {
    Kill9(node);
    UntilMore(Random(0, 20));
    Start(node);
  }

  // Each ends the fault itself, or leaves it to Heal.
  struct Fault {
    std::string name;
    std::function<void()> make;
  };
  std::vector<Fault> Faults() {
    return {
        {"a partition", [this] { Cut(); }},
        {"kill -9 of one", [this] { Kill(AnyNode()); }},
        {"kill -9 of all",
         [this] {
           for (uint32_t node = 1; node <= size(); ++node) Kill9(node);
           StartAll();
         }},
        {"a restart",
         [this] {
           const uint32_t node = AnyNode();
           EXPECT_EQ(Stop(node), 0);
           Start(node);
         }},
        {"a pause",
         [this] {
           const uint32_t node = AnyNode();
           process(node).Signal(SIGSTOP);
           UntilMore(Random(1, 100));
           process(node).Signal(SIGCONT);
         }},
        {"resets", [this] { links().ResetAll(); }},
        {"a delay", [this] { links().Delay(absl::Milliseconds(Random(1, 100))); }},
    };
  }

  void SayMemory(absl::Duration since_start) {
    std::string line = absl::StrCat("minute ", absl::ToInt64Minutes(since_start), ": height ", height(), ", receipts ",
                                    receipts(), ", MiB");
    for (uint32_t node = 1; node <= size(); ++node) {
      const absl::StatusOr<v1::GetStatusResponse> status = StatusOf(node);
      absl::StrAppend(&line, " ", status.ok() ? absl::StrCat(status->memory_bytes() >> 20) : "-");
    }
    printf("%s\n", line.c_str());
    fflush(stdout);
  }
};

TEST_F(SoakTest, NothingIsLostUnderFaultsAtRandom) {
  SCOPED_TRACE(absl::StrCat("CAUSEWAY_SEED=", seed_));
  const char* const minutes = std::getenv("CAUSEWAY_SOAK_MINUTES");
  const absl::Duration length = absl::Minutes(minutes == nullptr ? 30 : std::atoi(minutes));
  StartBehindLinks();
  StartLoad();
  const std::vector<Fault> faults = Faults();
  const absl::Time start = absl::Now();
  absl::Time said = start;
  while (absl::Now() - start < length && !HasFailure()) {
    ASSERT_TRUE(UntilMore(Random(1, 200)));
    const Fault& fault = faults[Random(0, faults.size() - 1)];
    SCOPED_TRACE(fault.name);
    fault.make();
    // As long as the clients are told something meanwhile, or a few seconds where they cannot be.
    UntilMore(Random(1, 50), absl::Seconds(5));
    links().Heal();
    links().Delay(absl::ZeroDuration());
    ASSERT_NO_FATAL_FAILURE(ExpectAllGoOn(fault.name));
    if (absl::Now() - said < absl::Minutes(1)) continue;
    said = absl::Now();
    SayMemory(said - start);
  }
  SayMemory(absl::Now() - start);
  ExpectNothingIsLost();
}

}  // namespace
}  // namespace causeway::testing
