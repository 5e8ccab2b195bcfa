// SPDX-License-Identifier: Apache-2.0
// The clock of block time: the machine's, or on a development network a lapse clock that runs faster, stands still, and
// jumps ahead when it is told.
#ifndef CAUSEWAY_NODE_DAEMON_BLOCK_CLOCK_H_
#define CAUSEWAY_NODE_DAEMON_BLOCK_CLOCK_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "causeway/v1/genesis.pb.h"
#include "ledger/base/instant.h"
#include "node/consensus/driver.h"

namespace causeway::daemon {

// Block time = origin + (real time − real start) × rate, until it is paused or moved. Never runs backwards.
//
// Thread safety: any thread.
class LapseClock : public consensus::BlockClock {
 public:
  // `real_now_us`: the machine's clock, microseconds since the Unix epoch. `not_before`: block time of the last final
  // block.
  LapseClock(const v1::Devnet& devnet, Instant not_before, std::function<uint64_t()> real_now_us);

  Instant Read() const override;

  struct Change {
    bool paused = false;
    // Ahead of now; nothing where it is not.
    std::optional<Instant> advance_to = std::nullopt;
    // 0: as before.
    uint32_t rate = 0;
  };
  // Block time after the change.
  Instant Set(const Change& change);

 private:
  Instant ReadLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::function<uint64_t()> real_now_us_;
  mutable absl::Mutex mutex_;
  // Block time at the real time `real_start_us_`.
  uint64_t origin_us_ ABSL_GUARDED_BY(mutex_);
  uint64_t real_start_us_ ABSL_GUARDED_BY(mutex_);
  uint64_t rate_ ABSL_GUARDED_BY(mutex_);
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  mutable uint64_t last_us_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_BLOCK_CLOCK_H_
