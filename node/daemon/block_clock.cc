// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/block_clock.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

#include "node/daemon/replace_file.h"

namespace causeway::daemon {

LapseClock::LapseClock(const v1::Devnet& devnet, Instant not_before, std::function<uint64_t()> real_now_us,
                       std::optional<State> left)
    : real_now_us_(std::move(real_now_us)),
      state_(left.value_or(
          State{devnet.origin_us(), devnet.real_start_us(), std::max<uint64_t>(devnet.rate(), 1), false})),
      last_us_(not_before.micros()) {
  absl::MutexLock lock(&mutex_);
  // A network that was set ahead by hand goes on from where it was.
  if (ReadLocked() <= not_before) {
    state_.origin_us = not_before.micros();
    state_.real_start_us = real_now_us_();
  }
}

Instant LapseClock::ReadLocked() const {
  uint64_t now = state_.origin_us;
  if (!state_.paused) {
    const uint64_t real = real_now_us_();
    if (real > state_.real_start_us) now += (real - state_.real_start_us) * state_.rate;
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
  state_.origin_us = ReadLocked().micros();
  state_.real_start_us = real_now_us_();
  if (change.advance_to) state_.origin_us = std::max(state_.origin_us, change.advance_to->micros());
  if (change.rate > 0) state_.rate = change.rate;
  state_.paused = change.paused;
  return ReadLocked();
}

LapseClock::State LapseClock::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

absl::Status SaveClock(const std::string& path, const LapseClock::State& state) {
  return ReplaceFile(
      path, absl::StrCat(state.origin_us, " ", state.real_start_us, " ", state.rate, " ", state.paused ? 1 : 0, "\n"));
}

absl::StatusOr<LapseClock::State> LoadClock(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(path + " is not there");
  LapseClock::State state;
  int paused = 0;
  if (!(file >> state.origin_us >> state.real_start_us >> state.rate >> paused) || state.rate == 0 || paused < 0 ||
      paused > 1)
    return absl::DataLossError(path + " is no clock's state; remove it, and the clock runs as genesis says");
  state.paused = paused == 1;
  return state;
}

}  // namespace causeway::daemon
