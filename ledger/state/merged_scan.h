// SPDX-License-Identifier: Apache-2.0
//
// One layer's sorted changes laid over the scan of what is below it. Internal to ledger/state.

#ifndef CAUSEWAY_LEDGER_STATE_MERGED_SCAN_H_
#define CAUSEWAY_LEDGER_STATE_MERGED_SCAN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/state/view.h"

namespace causeway::state {

// `own` walks a layer's changes of one table in a range: Valid(), key(), value() (nothing: erased), Next().
// `scan_below(visitor)` scans the same range of what the layer lies over. The visitor sees the layer's values in the
// place of those below, and none of the erased ones.
template <class Cursor, class ScanBelow>
void MergedScan(Cursor own, ScanBelow scan_below, const RawVisitor& visitor) {
  bool stopped = false;
  const auto show_own = [&] {
    if (own.value() && !visitor(own.key(), *own.value())) stopped = true;
    own.Next();
    return !stopped;
  };
  scan_below([&](absl::string_view key, absl::string_view value) {
    while (own.Valid() && own.key() < key) {
      if (!show_own()) return false;
    }
    if (own.Valid() && own.key() == key) return show_own();
    stopped = !visitor(key, value);
    return !stopped;
  });
  while (!stopped && own.Valid()) show_own();
}

// Walks the changes of a layer in a range of one table.
class ChangesCursor {
 public:
  ChangesCursor(const Changes& changes, TableId table, absl::string_view begin, std::optional<absl::string_view> end)
      : at_(changes.lower_bound(StateKeyRef{table, begin})), changes_end_(changes.end()), table_(table), end_(end) {}

  bool Valid() const { return at_ != changes_end_ && at_->first.table == table_ && (!end_ || at_->first.key < *end_); }
  absl::string_view key() const { return at_->first.key; }
  const std::optional<std::string>& value() const { return at_->second; }
  void Next() { ++at_; }

 private:
  Changes::const_iterator at_;
  Changes::const_iterator changes_end_;
  TableId table_;
  std::optional<absl::string_view> end_;
};

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_STATE_MERGED_SCAN_H_
