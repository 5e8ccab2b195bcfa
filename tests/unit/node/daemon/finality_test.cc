// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/finality.h"

#include <gtest/gtest.h>

#include <map>

#include "ledger/crypto/sha256.h"

namespace causeway::daemon {
namespace {

consensus::BlockInfo BlockAt(uint64_t height, const std::string& label) {
  return {crypto::Sha256(label),        Hash::Zero(), Epoch(0), Height(height), Instant::FromMicros(0), 0,
          {Hash::Zero(), Hash::Zero()}, Hash::Zero(), nullptr};
}

// Builds what it is told to and takes everything.
class YesLedger : public consensus::LedgerSeam {
 public:
  absl::StatusOr<std::optional<consensus::BlockInfo>> Build(const consensus::BuildRequest&) override { return next; }
  absl::StatusOr<consensus::ExecutionResult> Execute(const consensus::BlockInfo&) override {
    return consensus::ExecutionResult(std::string("no roots here"));
  }
  absl::Status Commit(const consensus::BlockInfo&, const consensus::CertificatePtr&) override { return answer; }
  Height SyncedHeight() const override { return Height(7); }
  absl::StatusOr<consensus::FinalRange> ReadFinal(Height, uint64_t) const override { return consensus::FinalRange{}; }

  std::optional<consensus::BlockInfo> next;
  absl::Status answer;
};

class TimedLedgerTest : public ::testing::Test {
 protected:
  void Final(uint64_t height, uint64_t after_us) {
    const consensus::BlockInfo block = BlockAt(height, std::to_string(height));
    ASSERT_TRUE(timed_.Execute(block).ok());
    now_us_ += after_us;
    ASSERT_TRUE(timed_.Commit(block, nullptr).ok());
  }

  YesLedger ledger_;
  uint64_t now_us_ = 1'000'000;
  TimedLedger timed_{ledger_, [this] { return now_us_; }};
};

TEST_F(TimedLedgerTest, NothingIsClaimedBeforeABlockIsFinal) {
  EXPECT_EQ(timed_.times().p50_us, 0u);
  EXPECT_FALSE(timed_.times().since_last_us.has_value());
  EXPECT_EQ(timed_.SyncedHeight(), Height(7));
}

TEST_F(TimedLedgerTest, QuantilesAreOfTheLastBlocks) {
  for (uint64_t i = 1; i <= 100; ++i) Final(i, i * 10);
  EXPECT_EQ(timed_.times().p50_us, 500u);
  EXPECT_EQ(timed_.times().p99_us, 990u);
  // Old ones are forgotten.
  for (uint64_t i = 101; i <= 700; ++i) Final(i, 3);
  EXPECT_EQ(timed_.times().p99_us, 3u);
  now_us_ += 42;
  EXPECT_EQ(timed_.times().since_last_us, 42u);
}

TEST_F(TimedLedgerTest, ABuiltBlockCountsFromItsBuildingAndAnAbandonedOneNever) {
  ledger_.next = BlockAt(1, "mine");
  ASSERT_TRUE(timed_.Build({View(1), Epoch(0), 0, Hash::Zero(), Instant::FromMicros(1), 0, true}).ok());
  ASSERT_TRUE(timed_.Execute(BlockAt(1, "theirs")).ok());
  now_us_ += 250;
  ASSERT_TRUE(timed_.Commit(*ledger_.next, nullptr).ok());
  EXPECT_EQ(timed_.times().p50_us, 250u);
  now_us_ += 1'000;
  ASSERT_TRUE(timed_.Commit(BlockAt(1, "theirs"), nullptr).ok());  // forgotten with its height
  EXPECT_EQ(timed_.times().p99_us, 250u);
}

TEST_F(TimedLedgerTest, AFailedCommitIsNoFinalBlock) {
  ASSERT_TRUE(timed_.Execute(BlockAt(1, "1")).ok());
  ledger_.answer = absl::InternalError("the disk");
  EXPECT_FALSE(timed_.Commit(BlockAt(1, "1"), nullptr).ok());
  EXPECT_FALSE(timed_.times().since_last_us.has_value());
}

}  // namespace
}  // namespace causeway::daemon
