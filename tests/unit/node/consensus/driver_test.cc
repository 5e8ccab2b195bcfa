// SPDX-License-Identifier: Apache-2.0
// The driver with its threads: a network of one validator over a ledger whose disk the test holds back.
#include "node/consensus/driver.h"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "tests/simulation/keyed_hash_scheme.h"
#include "tests/simulation/model_ledger.h"
#include "tests/simulation/simulated_disk.h"

namespace causeway::consensus {
namespace {

constexpr uint64_t kSecret = 7;
constexpr char kFolder[] = "votes";

bool Until(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

// Blocks are on disk when the test says so.
class SlowDiskLedger final : public LedgerSeam {
 public:
  explicit SlowDiskLedger(Instant genesis_time) : ledger_(genesis_time, 1) {}

  absl::StatusOr<std::optional<BlockInfo>> Build(const BuildRequest& request) override {
    return ledger_.Build(request);
  }
  absl::StatusOr<ExecutionResult> Execute(const BlockInfo& block) override { return ledger_.Execute(block); }
  absl::Status Commit(const BlockInfo& block, const CertificatePtr& finalization) override {
    committed_ = block.height.value();
    return ledger_.Commit(block, finalization);
  }
  Height SyncedHeight() const override { return Height(synced_); }
  absl::StatusOr<FinalRange> ReadFinal(Height from, uint64_t bytes_max) const override {
    return ledger_.ReadFinal(from, bytes_max);
  }

  const BlockInfo& genesis() const { return ledger_.genesis(); }
  uint64_t committed() const { return committed_; }
  bool SyncAllIfItMay() {
    if (may_sync_) synced_ = committed();
    return may_sync_;
  }
  void LetSync() { may_sync_ = true; }

 private:
  simulation::ModelLedger ledger_;
  std::atomic<uint64_t> committed_ = 0;
  std::atomic<uint64_t> synced_ = 0;
  std::atomic<bool> may_sync_ = false;
};

class NoTransport final : public Transport {
 public:
  void SendTo(uint32_t, Lane, const Bytes&) override {}
  void SendToAll(Lane, const Bytes&) override {}
};

// A log that is full while the ledger stands still finds room again as soon as the blocks are on disk.
TEST(Driver, AFullLogFindsRoomWhenTheStoreHasSynced) {
  const std::unique_ptr<BlockClock> clock = SystemBlockClock();
  SlowDiskLedger ledger(clock->Read());
  const simulation::KeyedHashScheme scheme(kSecret, 1, 0);
  const simulation::ModelReader reader;
  NoTransport transport;
  simulation::SimulatedDisk disk;
  DriverOptions options{
      {Hash::Zero(), Epoch(0), /*validators=*/1, /*self=*/0, ledger.genesis().hash, ledger.genesis().next_validators},
      kFolder,
      {4096, 16},
      KeyId::Zero()};
  options.engine.timing.idle_us = 1'000;
  options.engine.timing.retry_us = 100'000;
  ASSERT_TRUE(VoteLog::Create(disk, kFolder, options.log, options.engine.chain_id, options.key_id).ok());
  Driver* running = nullptr;
  DriverEvents events;
  events.on_log_half_full = [&] {
    if (ledger.SyncAllIfItMay()) running->OnLedgerThread([] { return absl::OkStatus(); });
  };
  absl::StatusOr<std::unique_ptr<Driver>> driver =
      Driver::Open(options, {&scheme, &reader, &ledger, &transport, clock.get(), &disk}, std::move(events),
                   ledger.genesis(), nullptr);
  ASSERT_TRUE(driver.ok()) << driver.status();
  running = driver->get();
  (*driver)->Start();
  ASSERT_TRUE(Until([&] { return !(*driver)->status().log_has_room; }));
  absl::SleepFor(absl::Milliseconds(50));
  const uint64_t stopped_at = ledger.committed();
  EXPECT_GT(stopped_at, 0u);
  ledger.LetSync();
  EXPECT_TRUE(Until([&] { return ledger.committed() > stopped_at + 10; }));
  (*driver)->Stop();
}

}  // namespace
}  // namespace causeway::consensus
