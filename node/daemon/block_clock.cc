// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/block_clock.h"

#include <algorithm>
#include <utility>

namespace causeway::daemon {

LapseClock::LapseClock(const v1::Devnet& devnet, Instant not_before, std::function<uint64_t()> real_now_us)
    : real_now_us_(std::move(real_now_us)),
      origin_us_(devnet.origin_us()),
      real_start_us_(devnet.real_start_us()),
      rate_(std::max<uint32_t>(devnet.rate(), 1)),
      last_us_(not_before.micros()) {
  absl::MutexLock lock(&mutex_);
  // A network that was set ahead by hand goes on from where it was.
  if (ReadLocked() <= not_before) {
    origin_us_ = not_before.micros();
    real_start_us_ = real_now_us_();
  }
}

Instant LapseClock::ReadLocked() const {
  uint64_t now = origin_us_;
  if (!paused_) {
    const uint64_t real = real_now_us_();
    if (real > real_start_us_) now += (real - real_start_us_) * rate_;
  }
  last_us_ = std::max(last_us_, now);
  return Instant::FromMicros(last_us_);
}

Instant LapseClock::Read() const {
  absl::MutexLock lock(&mutex_);
  return ReadLocked();
}

Instant LapseClock::Set(const Change& change) {
  absl::MutexLock lock(&mutex_);
  origin_us_ = ReadLocked().micros();
  real_start_us_ = real_now_us_();
  if (change.advance_to) origin_us_ = std::max(origin_us_, change.advance_to->micros());
  if (change.rate > 0) rate_ = change.rate;
  paused_ = change.paused;
  return ReadLocked();
}

}  // namespace causeway::daemon
