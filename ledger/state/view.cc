// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/view.h"

#include "ledger/base/check.h"
#include "ledger/state/merged_scan.h"

namespace causeway::state {

std::optional<std::string> StateTransaction::GetRaw(TableId table, absl::string_view key) const {
  const auto own = changes_.find(StateKeyRef{table, key});
  if (own != changes_.end()) return own->second;
  return parent_.GetRaw(table, key);
}

void StateTransaction::ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                               const RawVisitor& visitor) const {
  if (end && *end <= begin) return;
  MergedScan(
      ChangesCursor(changes_, table, begin, end),
      [&](const RawVisitor& below) { parent_.ScanRaw(table, begin, end, below); }, visitor);
}

void StateTransaction::PutRaw(TableId table, absl::string_view key, std::string value) {
  const auto own = changes_.find(StateKeyRef{table, key});
  if (own != changes_.end()) {
    own->second = std::move(value);
  } else {
    changes_.emplace(StateKey{table, std::string(key.data(), key.size())}, std::move(value));
  }
}

void StateTransaction::EraseRaw(TableId table, absl::string_view key) {
  const auto own = changes_.find(StateKeyRef{table, key});
  if (own != changes_.end()) {
    own->second = std::nullopt;
  } else {
    changes_.emplace(StateKey{table, std::string(key.data(), key.size())}, std::nullopt);
  }
}

void StateTransaction::MergeInto(StateTransaction& target) {
  CAUSEWAY_CHECK(&parent_ == &target, "a layer folds into the layer that it was made over");
  if (target.changes_.empty()) {
    target.changes_.swap(changes_);
    return;
  }
  for (auto own = changes_.begin(); own != changes_.end();) {
    auto node = changes_.extract(own++);
    const auto place = target.changes_.lower_bound(node.key());
    if (place != target.changes_.end() && place->first == node.key()) {
      place->second = std::move(node.mapped());
    } else {
      target.changes_.insert(place, std::move(node));
    }
  }
}

}  // namespace causeway::state
