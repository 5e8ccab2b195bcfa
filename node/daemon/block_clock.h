// SPDX-License-Identifier: Apache-2.0
// The clock of block time: the machine's, or on a development network a lapse clock that runs faster, stands still, and
// jumps ahead when it is told.
#ifndef CAUSEWAY_NODE_DAEMON_BLOCK_CLOCK_H_
#define CAUSEWAY_NODE_DAEMON_BLOCK_CLOCK_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
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
  // How it runs: block time is `origin_us` at the real time `real_start_us`.
  struct State {
    uint64_t origin_us = 0;
    uint64_t real_start_us = 0;
    uint64_t rate = 1;
    bool paused = false;
  };

  // `real_now_us`: the machine's clock, microseconds since the Unix epoch. `not_before`: block time of the last final
  // block. `left`: how it ran when this node last ran, where it was changed since genesis.
  LapseClock(const v1::Devnet& devnet, Instant not_before, std::function<uint64_t()> real_now_us,
             std::optional<State> left = std::nullopt);

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
  State state() const;

 private:
  Instant ReadLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::function<uint64_t()> real_now_us_;
  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);
  mutable uint64_t last_us_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A file that keeps a clock's state over a restart, written whole or not at all. NOT_FOUND where there is none;
// DATA_LOSS where it is none of ours.
absl::Status SaveClock(const std::string& path, const LapseClock::State& state);
absl::StatusOr<LapseClock::State> LoadClock(const std::string& path);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_BLOCK_CLOCK_H_
