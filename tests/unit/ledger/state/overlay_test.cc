// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/overlay.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ledger/state/final_state.h"
#include "tests/support/memory_disk.h"
#include "tests/support/state_model.h"
#include "tests/support/status_matchers.h"

namespace causeway::state {
namespace {

using testing::AnyChanges;
using testing::MemoryDisk;
using testing::SameContent;

Changes Putting(const std::string& key, const std::string& value) {
  Changes changes;
  changes[{16, key}] = value;
  return changes;
}

TEST(OverlayView, BranchesDoNotSeeEachOther) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), std::make_shared<const Changes>(Putting("a", "0")));
  const auto one = std::make_shared<const BlockOverlay>(Height(1), Putting("a", "1"), nullptr);
  const auto left = std::make_shared<const BlockOverlay>(Height(2), Putting("b", "left"), one);
  const auto right = std::make_shared<const BlockOverlay>(Height(2), Putting("b", "right"), one);
  EXPECT_EQ(OverlayView(left, state).GetRaw(16, "b"), "left");
  EXPECT_EQ(OverlayView(right, state).GetRaw(16, "b"), "right");
  EXPECT_EQ(OverlayView(right, state).GetRaw(16, "a"), "1");
  EXPECT_EQ(OverlayView(nullptr, state).GetRaw(16, "a"), "0");
}

TEST(OverlayView, AParentMayBecomeFinalAndBeReleasedMeanwhile) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), std::make_shared<const Changes>(Putting("a", "0")));
  const auto one = std::make_shared<BlockOverlay>(Height(1), Putting("a", "1"), nullptr);
  const auto two = std::make_shared<BlockOverlay>(Height(2), Putting("b", "2"), one);
  const OverlayView before(two, state);
  state.Append(Height(1), one->shared_changes());
  two->ReleaseParent();
  CAUSEWAY_EXPECT_OK(state.Flush());
  const OverlayView after(two, state);
  EXPECT_EQ(before.GetRaw(16, "a"), "1");
  EXPECT_EQ(after.GetRaw(16, "a"), "1");
  EXPECT_EQ(after.GetRaw(16, "b"), "2");
  // The final block itself is the final state.
  EXPECT_EQ(OverlayView(one, state).GetRaw(16, "b"), std::nullopt);
}

TEST(OverlayViewDeathTest, AGapDownToTheFinalStateIsADefect) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), std::make_shared<const Changes>(Putting("a", "0")));
  const auto two = std::make_shared<const BlockOverlay>(Height(2), Putting("b", "2"), nullptr);
  EXPECT_DEATH(OverlayView(two, state), "not all there");
  const auto one = std::make_shared<const BlockOverlay>(Height(1), Putting("b", "2"), nullptr);
  EXPECT_DEATH(BlockOverlay(Height(3), Putting("b", "2"), one), "height before");
}

TEST(OverlayView, AnyTreeOverAnyFinalStateReadsAsMapsDo) {
  EXPECT_TRUE(rc::check("trees of blocks", [] {
    MemoryDisk disk;
    FinalState state(disk);
    MemoryState final_model;
    const auto final_blocks = *rc::gen::resize(5, rc::gen::container<std::vector<Changes>>(AnyChanges()));
    RC_PRE(!final_blocks.empty());
    for (const Changes& changes : final_blocks) {
      state.Append(state.height() ? state.height()->Next() : Height(0), std::make_shared<const Changes>(changes));
      final_model.Apply(changes);
      if (*rc::gen::inRange(0, 2) == 0) RC_ASSERT(state.Flush().ok());
    }
    std::vector<std::pair<std::shared_ptr<BlockOverlay>, MemoryState>> tree;
    const int nodes = *rc::gen::inRange(1, 8);
    for (int i = 0; i < nodes; ++i) {
      const size_t parent = *rc::gen::inRange<size_t>(0, tree.size() + 1);
      const bool on_final = parent == tree.size();
      const Changes changes = *AnyChanges();
      MemoryState model = on_final ? final_model : tree[parent].second;
      model.Apply(changes);
      const Height height = on_final ? state.height()->Next() : tree[parent].first->height().Next();
      tree.emplace_back(std::make_shared<BlockOverlay>(height, changes, on_final ? nullptr : tree[parent].first),
                        model);
    }
    for (const auto& [overlay, model] : tree) {
      RC_ASSERT(SameContent(OverlayView(overlay, state), model));
    }
  }));
}

}  // namespace
}  // namespace causeway::state
