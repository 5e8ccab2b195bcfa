// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/memory_state.h"

#include <utility>

namespace causeway::state {

std::optional<std::string> MemoryState::GetRaw(TableId table, absl::string_view key) const {
  const auto found = map_.find(StateKeyRef{table, key});
  if (found == map_.end()) return std::nullopt;
  return found->second;
}

void MemoryState::ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                          const RawVisitor& visitor) const {
  for (auto at = map_.lower_bound(StateKeyRef{table, begin}); at != map_.end() && at->first.table == table; ++at) {
    if (end && at->first.key >= *end) return;
    if (!visitor(at->first.key, at->second)) return;
  }
}

void MemoryState::PutRaw(TableId table, absl::string_view key, std::string value) {
  map_.insert_or_assign(StateKey{table, std::string(key.data(), key.size())}, std::move(value));
}

void MemoryState::EraseRaw(TableId table, absl::string_view key) {
  const auto found = map_.find(StateKeyRef{table, key});
  if (found != map_.end()) map_.erase(found);
}

void MemoryState::Apply(const Changes& changes) {
  for (const auto& [key, value] : changes) {
    if (value) {
      map_.insert_or_assign(key, *value);
    } else {
      map_.erase(key);
    }
  }
}

}  // namespace causeway::state
