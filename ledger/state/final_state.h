// SPDX-License-Identifier: Apache-2.0
//
// The state after the final blocks: on disk up to the flushed height, in memory above it, readable as at every height
// of either.
//
// Changes gather in a *generation* until Flush freezes it, writes it behind the appending of later blocks, and forgets
// it. A view holds the generations that were there when it was made and reads the disk as at its own height, so neither
// a later block nor a flush in between changes what it sees.
//
// Invariants: flushed ≤ final; a change leaves memory only after it is on disk.
// Thread safety: Append from one thread; Flush from one thread, which may be another; everything else, and the views,
// from any thread.

#ifndef CAUSEWAY_LEDGER_STATE_FINAL_STATE_H_
#define CAUSEWAY_LEDGER_STATE_FINAL_STATE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "ledger/base/identifiers.h"
#include "ledger/state/flushed_state.h"
#include "ledger/state/view.h"

namespace causeway::state {

// Unflushed bytes (keys and values) from which on a flush is worth its cost.
inline constexpr uint64_t kFlushBytes = uint64_t{32} << 20;

class FinalState {
 public:
  // `disk` must outlive this object and all views.
  explicit FinalState(FlushedState& disk);
  ~FinalState();
  FinalState(const FinalState&) = delete;
  FinalState& operator=(const FinalState&) = delete;

  // The last final height known here; after a start that is the flushed one, until the blocks above are executed again.
  // Nothing before genesis.
  std::optional<Height> height() const;
  // The height that the disk holds.
  std::optional<Height> flushed() const;
  // Bytes of keys and values that are in memory only.
  uint64_t unflushed_bytes() const;

  // Adds what the next final block changed: height() + 1, or 0 before genesis (checked).
  void Append(Height height, std::shared_ptr<const Changes> changes);

  // The state after the last final block.
  std::shared_ptr<const StateView> Tip() const;
  // The same, with the height that it is of.
  std::pair<std::shared_ptr<const StateView>, std::optional<Height>> TipWithHeight() const;
  // The state as at a height. OUT_OF_RANGE ("NOT_YET: …") above the final height.
  absl::StatusOr<std::shared_ptr<const StateView>> At(Height height) const;

  // Writes to disk all that was appended before the call. A failure is for good: the node must stop.
  absl::Status Flush();

 private:
  class Generation;
  class View;

  std::shared_ptr<const StateView> ViewAt(std::optional<Height> height) const;  // needs mutex_

  FlushedState& disk_;
  mutable std::mutex mutex_;
  std::optional<Height> height_;
  // Oldest first; the last takes the appended blocks, earlier ones are being flushed.
  std::vector<std::shared_ptr<Generation>> generations_;
};

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_STATE_FINAL_STATE_H_
