// SPDX-License-Identifier: Apache-2.0
// A disk that is a list of maps: FlushedState without a database, which can be told to fail.
#ifndef CAUSEWAY_TESTS_SUPPORT_MEMORY_DISK_H_
#define CAUSEWAY_TESTS_SUPPORT_MEMORY_DISK_H_

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ledger/state/flushed_state.h"
#include "ledger/state/memory_state.h"
#include "tests/support/state_model.h"

namespace causeway::testing {

class MemoryDisk : public state::FlushedState {
 public:
  std::optional<Height> flushed() const override {
    const std::lock_guard lock(mutex_);
    if (model_.size() == 0) return std::nullopt;
    return Height(model_.size() - 1);
  }

  absl::StatusOr<std::optional<std::string>> GetStateAt(state::TableId table, absl::string_view key,
                                                        Height height) const override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (model_.size() == 0) return std::nullopt;
    return model_.At(std::min(height.value(), model_.size() - 1)).GetRaw(table, key);
  }

  absl::Status ScanStateAt(state::TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                           Height height, const state::RawVisitor& visitor) const override {
    state::MemoryState copy;
    {
      const std::lock_guard lock(mutex_);
      if (!failure_.ok()) return failure_;
      if (model_.size() == 0) return absl::OkStatus();
      copy = model_.At(std::min(height.value(), model_.size() - 1));
    }
    copy.ScanRaw(table, begin, end, visitor);
    return absl::OkStatus();
  }

  absl::Status FlushState(absl::Span<const state::HeightChanges> blocks) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    for (const state::HeightChanges& block : blocks) {
      if (block.height.value() != model_.size()) return absl::InvalidArgumentError("not the next height");
      model_.Append(*block.changes);
    }
    return absl::OkStatus();
  }

  // From now on everything fails so.
  void FailWith(absl::Status failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }

 private:
  mutable std::mutex mutex_;
  StateModel model_;
  absl::Status failure_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_MEMORY_DISK_H_
