// SPDX-License-Identifier: Apache-2.0
// One validator of four attacks another, with a tenth of a core: the three that are honest go on, and the victim's
// memory stays bounded. How fast, against the same three without an attack, is said; machines differ.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "tests/network/loaded_network.h"

namespace causeway::testing {
namespace {

using ::testing::HasSubstr;

constexpr size_t kReceipts = 100;
constexpr size_t kLogBytesMax = 64 << 10;
constexpr uint64_t kMoreMemoryMax = uint64_t{256} << 20;

class HostileTest : public LoadedNetwork {
 protected:
  // Of the three honest nodes, by their clients.
  double ReceiptsASecond() {
    const size_t before = receipts();
    const absl::Time start = absl::Now();
    EXPECT_TRUE(UntilMore(kReceipts));
    return static_cast<double>(receipts() - before) / absl::ToDoubleSeconds(absl::Now() - start);
  }
  uint64_t MemoryOf(uint32_t node) {
    const absl::StatusOr<v1::GetStatusResponse> status = StatusOf(node);
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() ? status->memory_bytes() : 0;
  }
};

TEST_F(HostileTest, TheOthersGoOnUnderEveryAttack) {
  LayOut(4);
  for (uint32_t node = 1; node <= 3; ++node) Start(node);
  for (uint32_t node = 1; node <= 3; ++node) ASSERT_TRUE(UntilReady(node));
  StartLoad(3);
  ASSERT_TRUE(UntilMore(kReceipts));
  for (const char* const attack : {"garbage", "forged-votes", "forged-vote-batches", "replay", "endless",
                                   "garbage-transactions", "requests", "streams", "stall"}) {
    SCOPED_TRACE(attack);
    const double alone = ReceiptsASecond();
    const uint64_t memory = MemoryOf(1);
    ChildProcess hostile(
        {HOSTILE, network_.nodes[3].folder, "3", network_.chain_id.ToHex(), network_.nodes[0].peers, "0", attack},
        absl::StrCat(directory_, "/hostile.log"));
    ASSERT_TRUE(UntilMore(kReceipts));  // it has begun
    const double attacked = ReceiptsASecond();
    ASSERT_FALSE(HasFailure());
    EXPECT_TRUE(hostile.Running());
    EXPECT_LT(MemoryOf(1), memory + kMoreMemoryMax);
    printf("%s: %.0f receipts a second, %.0f without: %.0f %%\n", attack, attacked, alone, 100 * attacked / alone);
    fflush(stdout);
  }
  StopLoad();
  // The attacks arrived, and have not filled the log.
  EXPECT_THAT(LogOf(1), HasSubstr("100 of 100 transactions from validator 3 were not admitted"));
  EXPECT_LT(LogOf(1).size(), kLogBytesMax);
}

}  // namespace
}  // namespace causeway::testing
