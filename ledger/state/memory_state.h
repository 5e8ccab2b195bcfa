// SPDX-License-Identifier: Apache-2.0
//
// A state that is nothing but a map in memory: for tests, for a genesis that is tried out, and for replays that need no
// store.
//
// Thread safety: none.

#ifndef CAUSEWAY_LEDGER_STATE_MEMORY_STATE_H_
#define CAUSEWAY_LEDGER_STATE_MEMORY_STATE_H_

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/state/view.h"

namespace causeway::state {

class MemoryState : public StateView {
 public:
  using Map = std::map<StateKey, std::string, StateKeyLess>;

  std::optional<std::string> GetRaw(TableId table, absl::string_view key) const override;
  void ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
               const RawVisitor& visitor) const override;

  void PutRaw(TableId table, absl::string_view key, std::string value);
  void EraseRaw(TableId table, absl::string_view key);
  // Puts and erases what an overlay changed.
  void Apply(const Changes& changes);

  template <class Key, class Record>
  void Put(const Table<Key, Record>& table, const Key& key, const Record& record) {
    PutRaw(table.id, EncodeKey(key), EncodeRecord(record));
  }

  const Map& map() const { return map_; }

 private:
  Map map_;
};

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_STATE_MEMORY_STATE_H_
