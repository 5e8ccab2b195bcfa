// SPDX-License-Identifier: Apache-2.0
//
// Which rows a final block and a flush become. The store writes them, and the verifier compares with them: one function
// each, so the two cannot drift apart. Internal to ledger/store.

#ifndef CAUSEWAY_LEDGER_STORE_ROWS_H_
#define CAUSEWAY_LEDGER_STORE_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "causeway/v1/storage.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/state/flushed_state.h"
#include "ledger/state/view.h"
#include "ledger/store/final_block.h"
#include "ledger/store/keys.h"

namespace causeway::store {

// A row to write; nothing as value: to delete.
struct Row {
  Family family;
  std::string key;
  std::optional<std::string> value;
};
using RowSink = std::function<void(Row row)>;

// The rows of families blocks to restricted.
void FinalBlockRows(const FinalBlock& block, const RowSink& sink);
// meta/final.
Row FinalMarkerRow(Height height, const Hash& header_hash);

// The newest version of a key before a flush.
struct Newest {
  Link own = Link::None();
  // False where that version erased the key, or there is none.
  bool present = false;
};

// What the families held before a flush.
class BeforeFlush {
 public:
  virtual ~BeforeFlush() = default;
  // Of each key, in order.
  virtual absl::StatusOr<std::vector<Newest>> NewestOf(absl::Span<const state::StateKeyRef> keys) = 0;
  // Of one key of a flat table; nothing where there is no row.
  virtual absl::StatusOr<std::optional<v1::FlatEntry>> FlatOf(const state::StateKeyRef& key) = 0;
};

// The rows of the flush `number` of these blocks (not empty, heights ascending without a gap), after `previous`
// (nothing: the first flush). An erasure of what is not there is no change. Returns the flush's own record, whose row
// is among those sunk.
absl::StatusOr<v1::Flush> FlushRows(uint64_t number, absl::Span<const state::HeightChanges> blocks,
                                    const std::optional<v1::Flush>& previous, BeforeFlush& before, const RowSink& sink);

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_ROWS_H_
