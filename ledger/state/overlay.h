// SPDX-License-Identifier: Apache-2.0
//
// Blocks that are executed and not yet final: a tree of immutable overlays, each over its parent's, the lowest over the
// final state.
//
// Executing a block: make an OverlayView of its parent, a StateTransaction over that view, apply, and make a
// BlockOverlay of the transaction's changes. When the block is final, FinalState::Append its changes and ReleaseParent
// of its children's overlays; overlays of other branches are dropped by forgetting them.
//
// Thread safety: a BlockOverlay's changes never alter. ReleaseParent and the making of views belong to one thread; a
// view once made may be read on any thread, and keeps alive what it needs.

#ifndef CAUSEWAY_LEDGER_STATE_OVERLAY_H_
#define CAUSEWAY_LEDGER_STATE_OVERLAY_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"
#include "ledger/state/view.h"

namespace causeway::state {

class FinalState;

// What one executed block changes over its parent.
class BlockOverlay {
 public:
  // `parent` is null where the parent's block is final. A parent's height is one less (checked).
  BlockOverlay(Height height, Changes changes, std::shared_ptr<const BlockOverlay> parent);

  Height height() const { return height_; }
  const Changes& changes() const { return *changes_; }
  // For FinalState::Append.
  const std::shared_ptr<const Changes>& shared_changes() const { return changes_; }
  const std::shared_ptr<const BlockOverlay>& parent() const { return parent_; }
  // Once the parent's block is final, so that a chain of overlays does not keep all its past in memory.
  void ReleaseParent() { parent_ = nullptr; }

 private:
  Height height_;
  std::shared_ptr<const Changes> changes_;
  std::shared_ptr<const BlockOverlay> parent_;
};

// The state after a block that may not be final yet.
class OverlayView : public StateView {
 public:
  // The state after the block of `tip`, whose overlays reach down to the final state as it is now (checked). A null
  // `tip` is the final state itself.
  OverlayView(const std::shared_ptr<const BlockOverlay>& tip, const FinalState& final_state);
  // Over any other base: the layers from the newest to the oldest.
  OverlayView(std::vector<std::shared_ptr<const Changes>> newest_first, std::shared_ptr<const StateView> base);

  std::optional<std::string> GetRaw(TableId table, absl::string_view key) const override;
  void ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
               const RawVisitor& visitor) const override;

 private:
  void ScanFrom(size_t layer, TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                const RawVisitor& visitor) const;

  std::vector<std::shared_ptr<const Changes>> newest_first_;
  std::shared_ptr<const StateView> base_;
};

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_STATE_OVERLAY_H_
