// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/overlay.h"

#include <utility>

#include "ledger/base/check.h"
#include "ledger/state/final_state.h"
#include "ledger/state/merged_scan.h"

namespace causeway::state {

BlockOverlay::BlockOverlay(Height height, Changes changes, std::shared_ptr<const BlockOverlay> parent)
    : height_(height), changes_(std::make_shared<const Changes>(std::move(changes))), parent_(std::move(parent)) {
  CAUSEWAY_CHECK(!parent_ || parent_->height_.Next() == height_, "an overlay lies over that of the height before");
}

OverlayView::OverlayView(const std::shared_ptr<const BlockOverlay>& tip, const FinalState& final_state) {
  // Blocks may become final at any time: those at or below the base's height are read from the base, which holds the
  // same changes.
  const auto [base, final_height] = final_state.TipWithHeight();
  base_ = base;
  const uint64_t final_heights =
      final_height ? final_height->value() + 1 : 0;  // heights 0 … final_heights − 1 are final
  const BlockOverlay* at = tip.get();
  CAUSEWAY_CHECK(!at || at->height().value() + 1 >= final_heights,
                 "a block below the last final one has no view of its own");
  uint64_t lowest = final_heights;
  for (; at && at->height().value() >= final_heights; at = at->parent().get()) {
    newest_first_.push_back(at->shared_changes());
    lowest = at->height().value();
  }
  CAUSEWAY_CHECK(lowest == final_heights, "the overlays down to the final state are not all there");
}

OverlayView::OverlayView(std::vector<std::shared_ptr<const Changes>> newest_first,
                         std::shared_ptr<const StateView> base)
    : newest_first_(std::move(newest_first)), base_(std::move(base)) {}

std::optional<std::string> OverlayView::GetRaw(TableId table, absl::string_view key) const {
  for (const std::shared_ptr<const Changes>& layer : newest_first_) {
    const auto own = layer->find(StateKeyRef{table, key});
    if (own != layer->end()) return own->second;
  }
  return base_->GetRaw(table, key);
}

void OverlayView::ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                          const RawVisitor& visitor) const {
  if (end && *end <= begin) return;
  ScanFrom(0, table, begin, end, visitor);
}

void OverlayView::ScanFrom(size_t layer, TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                           const RawVisitor& visitor) const {
  if (layer == newest_first_.size()) return base_->ScanRaw(table, begin, end, visitor);
  MergedScan(
      ChangesCursor(*newest_first_[layer], table, begin, end),
      [&](const RawVisitor& below) { ScanFrom(layer + 1, table, begin, end, below); }, visitor);
}

}  // namespace causeway::state
