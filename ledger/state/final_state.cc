// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/final_state.h"

#include <map>
#include <shared_mutex>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/state/merged_scan.h"

namespace causeway::state {

// The changes of a run of heights, by key. Keys and values are those of the blocks' own changes, which it holds.
class FinalState::Generation {
 public:
  class Cursor;

  void Add(Height height, std::shared_ptr<const Changes> changes) {
    const std::unique_lock lock(mutex_);
    for (const auto& [key, value] : *changes) {
      auto at = index_.lower_bound(StateKeyRef{key.table, key.key});
      if (at == index_.end() || StateKeyLess()(key, at->first)) {
        at = index_.emplace_hint(at, StateKeyRef{key.table, key.key}, Versions());
      }
      at->second.push_back({height.value(), &value});
      bytes_ += key.key.size() + (value ? value->size() : 0);
    }
    blocks_.push_back({height, std::move(changes)});
  }

  // What the key was changed to as at a height: null where it was not changed up to there.
  const std::optional<std::string>* Find(TableId table, absl::string_view key, uint64_t height) const {
    const std::shared_lock lock(mutex_);
    const auto at = index_.find(StateKeyRef{table, key});
    return at == index_.end() ? nullptr : AsAt(at->second, height);
  }

  bool empty() const {
    const std::shared_lock lock(mutex_);
    return blocks_.empty();
  }
  uint64_t bytes() const {
    const std::shared_lock lock(mutex_);
    return bytes_;
  }
  // Once nothing is added any more.
  const std::vector<HeightChanges>& blocks() const { return blocks_; }

 private:
  struct Version {
    uint64_t height;
    const std::optional<std::string>* value;
  };
  using Versions = absl::InlinedVector<Version, 1>;

  static const std::optional<std::string>* AsAt(const Versions& versions, uint64_t height) {
    for (auto at = versions.rbegin(); at != versions.rend(); ++at) {
      if (at->height <= height) return at->value;
    }
    return nullptr;
  }

  mutable std::shared_mutex mutex_;
  std::map<StateKeyRef, Versions, StateKeyLess> index_;
  std::vector<HeightChanges> blocks_;
  uint64_t bytes_ = 0;
};

// Walks a range of one table as at a height. Takes the generation's lock for each step only, so that a visitor may read
// through the same view.
class FinalState::Generation::Cursor {
 public:
  Cursor(const Generation& generation, uint64_t height, TableId table, absl::string_view begin,
         std::optional<absl::string_view> end)
      : generation_(generation), height_(height), table_(table), end_(end) {
    const std::shared_lock lock(generation_.mutex_);
    Settle(generation_.index_.lower_bound(StateKeyRef{table_, begin}));
  }

  bool Valid() const { return value_ != nullptr; }
  absl::string_view key() const { return key_; }
  const std::optional<std::string>& value() const { return *value_; }
  void Next() {
    const std::shared_lock lock(generation_.mutex_);
    Settle(generation_.index_.upper_bound(StateKeyRef{table_, key_}));
  }

 private:
  void Settle(std::map<StateKeyRef, Versions, StateKeyLess>::const_iterator at) {
    value_ = nullptr;
    for (; at != generation_.index_.end() && at->first.table == table_ && (!end_ || at->first.key < *end_); ++at) {
      value_ = AsAt(at->second, height_);
      if (value_) {
        key_ = at->first.key;
        return;
      }
    }
  }

  const Generation& generation_;
  uint64_t height_;
  TableId table_;
  std::optional<absl::string_view> end_;
  absl::string_view key_;
  const std::optional<std::string>* value_ = nullptr;
};

class FinalState::View : public StateView {
 public:
  View(const FlushedState& disk, std::optional<Height> height,
       std::vector<std::shared_ptr<const Generation>> newest_first)
      : disk_(disk), height_(height), newest_first_(std::move(newest_first)) {}

  std::optional<std::string> GetRaw(TableId table, absl::string_view key) const override {
    if (!height_) return std::nullopt;
    for (const std::shared_ptr<const Generation>& generation : newest_first_) {
      if (const std::optional<std::string>* value = generation->Find(table, key, height_->value())) return *value;
    }
    absl::StatusOr<std::optional<std::string>> value = disk_.GetStateAt(table, key, *height_);
    if (!value.ok()) throw HostFailure(value.status());
    return *std::move(value);
  }

  void ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
               const RawVisitor& visitor) const override {
    if (!height_ || (end && *end <= begin)) return;
    ScanFrom(0, table, begin, end, visitor);
  }

 private:
  void ScanFrom(size_t layer, TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                const RawVisitor& visitor) const {
    if (layer == newest_first_.size()) {
      const absl::Status scanned = disk_.ScanStateAt(table, begin, end, *height_, visitor);
      if (!scanned.ok()) throw HostFailure(scanned);
      return;
    }
    MergedScan(
        Generation::Cursor(*newest_first_[layer], height_->value(), table, begin, end),
        [&](const RawVisitor& below) { ScanFrom(layer + 1, table, begin, end, below); }, visitor);
  }

  const FlushedState& disk_;
  std::optional<Height> height_;
  std::vector<std::shared_ptr<const Generation>> newest_first_;
};

FinalState::FinalState(FlushedState& disk) : disk_(disk), height_(disk.flushed()) {
  generations_.push_back(std::make_shared<Generation>());
}

FinalState::~FinalState() = default;

std::optional<Height> FinalState::height() const {
  const std::lock_guard lock(mutex_);
  return height_;
}

std::optional<Height> FinalState::flushed() const {
  return disk_.flushed();
}

uint64_t FinalState::unflushed_bytes() const {
  const std::lock_guard lock(mutex_);
  uint64_t bytes = 0;
  for (const std::shared_ptr<Generation>& generation : generations_) bytes += generation->bytes();
  return bytes;
}

void FinalState::Append(Height height, std::shared_ptr<const Changes> changes) {
  const std::lock_guard lock(mutex_);
  CAUSEWAY_CHECK(height == (height_ ? height_->Next() : Height(0)), "final blocks are appended in order of height");
  generations_.back()->Add(height, std::move(changes));
  height_ = height;
}

std::shared_ptr<const StateView> FinalState::Tip() const {
  return TipWithHeight().first;
}

std::pair<std::shared_ptr<const StateView>, std::optional<Height>> FinalState::TipWithHeight() const {
  const std::lock_guard lock(mutex_);
  return {ViewAt(height_), height_};
}

absl::StatusOr<std::shared_ptr<const StateView>> FinalState::At(Height height) const {
  const std::lock_guard lock(mutex_);
  if (!height_ || height > *height_) {
    return absl::OutOfRangeError(absl::StrCat("NOT_YET: height ", height.value(),
                                              " is not final here; the last final height is ",
                                              height_ ? absl::StrCat(height_->value()) : "none"));
  }
  return ViewAt(height);
}

std::shared_ptr<const StateView> FinalState::ViewAt(std::optional<Height> height) const {
  return std::make_shared<View>(
      disk_, height, std::vector<std::shared_ptr<const Generation>>(generations_.rbegin(), generations_.rend()));
}

absl::Status FinalState::Flush() {
  std::shared_ptr<Generation> frozen;
  {
    const std::lock_guard lock(mutex_);
    CAUSEWAY_CHECK(generations_.size() == 1, "a flush that failed is for good, and one at a time is made");
    frozen = generations_.back();
    if (frozen->empty()) return absl::OkStatus();
    generations_.push_back(std::make_shared<Generation>());
  }
  const absl::Status flushed = disk_.FlushState(frozen->blocks());
  if (!flushed.ok()) return flushed;
  const std::lock_guard lock(mutex_);
  generations_.erase(generations_.begin());
  return absl::OkStatus();
}

}  // namespace causeway::state
