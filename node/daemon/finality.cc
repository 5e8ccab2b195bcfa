// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/finality.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace causeway::daemon {
namespace {

constexpr size_t kBlocksKept = 512;

uint64_t MachineMonotonicUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

TimedLedger::TimedLedger(consensus::LedgerSeam& ledger, std::function<uint64_t()> monotonic_us,
                         std::function<void(uint64_t)> on_applied)
    : ledger_(ledger),
      monotonic_us_(monotonic_us ? std::move(monotonic_us) : MachineMonotonicUs),
      on_applied_(std::move(on_applied)) {}

absl::StatusOr<std::optional<consensus::BlockInfo>> TimedLedger::Build(const consensus::BuildRequest& request) {
  const uint64_t started_us = monotonic_us_();
  absl::StatusOr<std::optional<consensus::BlockInfo>> built = ledger_.Build(request);
  if (built.ok() && built->has_value()) {
    seen_.emplace((*built)->hash, Seen{(*built)->height, started_us});
    if (on_applied_) on_applied_(monotonic_us_() - started_us);
  }
  return built;
}

absl::StatusOr<consensus::ExecutionResult> TimedLedger::Execute(const consensus::BlockInfo& block) {
  const uint64_t started_us = monotonic_us_();
  const bool first = seen_.emplace(block.hash, Seen{block.height, started_us}).second;
  absl::StatusOr<consensus::ExecutionResult> result = ledger_.Execute(block);
  if (first && result.ok() && on_applied_) on_applied_(monotonic_us_() - started_us);
  return result;
}

absl::Status TimedLedger::Commit(const consensus::BlockInfo& block, const consensus::CertificatePtr& finalization) {
  absl::Status status = ledger_.Commit(block, finalization);
  const auto found = seen_.find(block.hash);
  if (status.ok()) {
    const uint64_t now_us = monotonic_us_();
    const absl::MutexLock lock(&mutex_);
    last_us_ = now_us;
    if (found != seen_.end()) {
      if (durations_.size() < kBlocksKept) durations_.resize(durations_.size() + 1);
      durations_[next_] = now_us - found->second.at_us;
      next_ = (next_ + 1) % kBlocksKept;
    }
  }
  // What was proposed at this height or below is final or never will be.
  absl::erase_if(seen_, [&](const auto& entry) { return entry.second.height <= block.height; });
  return status;
}

FinalityTimes TimedLedger::times() const {
  std::vector<uint64_t> sorted;
  FinalityTimes times;
  {
    const absl::MutexLock lock(&mutex_);
    sorted = durations_;
    if (last_us_) times.since_last_us = monotonic_us_() - *last_us_;
  }
  if (sorted.empty()) return times;
  std::sort(sorted.begin(), sorted.end());
  times.p50_us = sorted[(sorted.size() - 1) / 2];
  times.p99_us = sorted[(sorted.size() * 99 + 99) / 100 - 1];
  return times;
}

}  // namespace causeway::daemon
