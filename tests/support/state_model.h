// SPDX-License-Identifier: Apache-2.0
// A plain model of the state at every height, to compare layers and stores with; and generators of changes whose keys
// are few, short and awkward (empty, prefixes of each other, with bytes 0x00 and 0xff), so that they meet often.
#ifndef CAUSEWAY_TESTS_SUPPORT_STATE_MODEL_H_
#define CAUSEWAY_TESTS_SUPPORT_STATE_MODEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include "ledger/state/memory_state.h"
#include "ledger/state/view.h"

namespace causeway::testing {

// Tables that the model's keys are of: neighbours, so that a scan that runs over its table's end is noticed. None of
// them is flat.
inline constexpr state::TableId kModelTables[] = {16, 17, 255, 256};
inline constexpr state::TableId kFlatModelTables[] = {1, 4};

inline rc::Gen<std::string> AnyStateKeyBytes() {
  return rc::gen::mapcat(rc::gen::inRange<size_t>(0, 4), [](size_t size) {
    return rc::gen::container<std::string>(size, rc::gen::element('\0', 'a', 'b', '\xff'));
  });
}

inline rc::Gen<state::StateKey> AnyStateKey() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::elementOf(std::vector<state::TableId>(std::begin(kModelTables), std::end(kModelTables))),
                    AnyStateKeyBytes()),
      [](std::pair<state::TableId, std::string> pair) {
        return state::StateKey{pair.first, std::move(pair.second)};
      });
}

inline rc::Gen<state::StateKey> AnyFlatKey() {
  return rc::gen::map(rc::gen::pair(rc::gen::elementOf(std::vector<state::TableId>(std::begin(kFlatModelTables),
                                                                                   std::end(kFlatModelTables))),
                                    AnyStateKeyBytes()),
                      [](std::pair<state::TableId, std::string> pair) {
                        return state::StateKey{pair.first, std::move(pair.second)};
                      });
}

// A third of them erasures.
inline rc::Gen<std::optional<std::string>> AnyNewValue() {
  return rc::gen::oneOf(rc::gen::just(std::optional<std::string>()),
                        rc::gen::map(rc::gen::inRange(0, 1000),
                                     [](int n) { return std::optional<std::string>("value " + std::to_string(n)); }),
                        rc::gen::map(rc::gen::inRange(0, 3), [](int n) {
                          return std::optional<std::string>(std::string(static_cast<size_t>(n), '\0'));
                        }));
}

inline rc::Gen<state::Changes> AnyChanges(rc::Gen<state::StateKey> key = AnyStateKey()) {
  return rc::gen::map(rc::gen::container<std::vector<std::pair<state::StateKey, std::optional<std::string>>>>(
                          rc::gen::pair(key, AnyNewValue())),
                      [](std::vector<std::pair<state::StateKey, std::optional<std::string>>> list) {
                        state::Changes changes;
                        for (auto& [at, value] : list) changes.insert_or_assign(std::move(at), std::move(value));
                        return changes;
                      });
}

// The state after each height.
class StateModel {
 public:
  void Append(const state::Changes& changes) {
    state::MemoryState next;
    if (!heights_.empty()) next = heights_.back();
    next.Apply(changes);
    heights_.push_back(std::move(next));
  }
  // How many heights: the last is one less.
  uint64_t size() const { return heights_.size(); }
  const state::MemoryState& At(uint64_t height) const { return heights_.at(height); }

 private:
  std::vector<state::MemoryState> heights_;
};

// What a scan of a table's range shows.
inline std::vector<std::pair<std::string, std::string>> Scanned(const state::StateView& view, state::TableId table,
                                                                const std::string& begin = "",
                                                                const std::optional<std::string>& end = std::nullopt,
                                                                size_t limit = SIZE_MAX) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::optional<absl::string_view> end_view;
  if (end) end_view = *end;
  if (limit == 0) return rows;
  view.ScanRaw(table, begin, end_view, [&](absl::string_view key, absl::string_view value) {
    rows.emplace_back(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    return rows.size() < limit;
  });
  return rows;
}

// Whether two views hold the same in the model's tables, by reads of each key and by scans.
inline bool SameContent(const state::StateView& view, const state::MemoryState& model) {
  for (const state::TableId table : kModelTables) {
    const auto expected = Scanned(model, table);
    if (Scanned(view, table) != expected) return false;
    for (const auto& [key, value] : expected) {
      if (view.GetRaw(table, key) != value) return false;
    }
  }
  return true;
}

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_STATE_MODEL_H_
