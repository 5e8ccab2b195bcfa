// SPDX-License-Identifier: Apache-2.0
//
// The state on disk as the layers in memory see it: what ledger/store implements and FinalState reads through.
//
// Heights: every change up to `flushed()` is there, and every version since genesis; what lies above is in memory only.
// Thread safety: reads from any thread at any time; one FlushState at a time.

#ifndef CAUSEWAY_LEDGER_STATE_FLUSHED_STATE_H_
#define CAUSEWAY_LEDGER_STATE_FLUSHED_STATE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "ledger/base/identifiers.h"
#include "ledger/state/view.h"

namespace causeway::state {

// What one final block changed.
struct HeightChanges {
  Height height;
  std::shared_ptr<const Changes> changes;
};

class FlushedState {
 public:
  virtual ~FlushedState() = default;

  // The height whose state is there; nothing where not even genesis is.
  virtual std::optional<Height> flushed() const = 0;

  // The value that the state holds under a key as at a height; nothing where the key was not there. Above flushed() it
  // is the value as at flushed(). FAILED_PRECONDITION for a flat table as at a height that the last two flushes do not
  // tell; DATA_LOSS or another error where it cannot be read.
  virtual absl::StatusOr<std::optional<std::string>> GetStateAt(TableId table, absl::string_view key,
                                                                Height height) const = 0;

  // Visits begin <= key (< end) as at a height, ascending. What the visitor throws passes through.
  virtual absl::Status ScanStateAt(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                                   Height height, const RawVisitor& visitor) const = 0;

  // Writes the changes of the heights flushed() + 1, … without a gap, all or nothing, and moves flushed() to the last
  // of them.
  virtual absl::Status FlushState(absl::Span<const HeightChanges> blocks) = 0;
};

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_STATE_FLUSHED_STATE_H_
