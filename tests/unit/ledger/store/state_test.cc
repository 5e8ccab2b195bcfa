// SPDX-License-Identifier: Apache-2.0
// The state written behind, and read as at any height.
#include <algorithm>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ledger/state/flushed_state.h"
#include "tests/support/state_model.h"
#include "tests/unit/ledger/store/small_store.h"

namespace causeway::store {
namespace {

using state::Changes;
using state::HeightChanges;
using state::StateKey;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kFlatModelTables;
using testing::kModelTables;
using ::testing::Pair;
using testing::Scanned;
using testing::StateModel;

// A store read as at one height.
class HeightView : public state::StateView {
 public:
  HeightView(const Store& store, uint64_t height) : store_(store), height_(height) {}
  std::optional<std::string> GetRaw(state::TableId table, absl::string_view key) const override {
    auto value = store_.GetStateAt(table, key, Height(height_));
    CAUSEWAY_CHECK(value.ok(), value.status().ToString());
    return *std::move(value);
  }
  void ScanRaw(state::TableId table, absl::string_view begin, std::optional<absl::string_view> end,
               const state::RawVisitor& visitor) const override {
    const absl::Status scanned = store_.ScanStateAt(table, begin, end, Height(height_), visitor);
    CAUSEWAY_CHECK(scanned.ok(), scanned.ToString());
  }

 private:
  const Store& store_;
  uint64_t height_;
};

class StateTest : public SmallStore {
 protected:
  // Writes the next block, which changes this.
  void Change(Changes changes) {
    const uint64_t height = model_.size();
    ASSERT_THAT(store_->WriteFinal(BlockOf(height), ""), IsOk());
    model_.Append(changes);
    pending_.push_back({Height(height), std::make_shared<const Changes>(std::move(changes))});
  }
  void Flush() {
    ASSERT_THAT(store_->FlushState(pending_), IsOk());
    pending_.clear();
  }
  std::optional<std::string> At(uint64_t height, absl::string_view key, state::TableId table = 16) const {
    return HeightView(*store_, height).GetRaw(table, key);
  }

  StateModel model_;
  std::vector<HeightChanges> pending_;
};

TEST_F(StateTest, IsReadAsAtEveryHeight) {
  Change({{{16, "a"}, "1"}, {{16, "b"}, "1"}});
  Change({{{16, "a"}, "2"}});
  Flush();
  Change({{{16, "b"}, std::nullopt}});
  Flush();
  Change({{{16, "b"}, "3"}, {{17, "a"}, "other table"}});
  Change({});
  Flush();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->flushed(), Height(4));
    EXPECT_EQ(At(0, "a"), "1");
    EXPECT_EQ(At(1, "a"), "2");
    EXPECT_EQ(At(4, "a"), "2");
    EXPECT_EQ(At(1, "b"), "1");
    EXPECT_EQ(At(2, "b"), std::nullopt);
    EXPECT_EQ(At(3, "b"), "3");
    EXPECT_EQ(At(99, "b"), "3");
    EXPECT_EQ(At(2, "a", 17), std::nullopt);
    EXPECT_EQ(Scanned(HeightView(*store_, 2), 16), Scanned(model_.At(2), 16));
    std::vector<std::pair<uint64_t, std::string>> history;
    EXPECT_THAT(store_->ScanChanges(16, "b",
                                    [&](Height height, std::optional<absl::string_view> value) {
                                      history.emplace_back(height.value(), value ? std::string(*value) : "erased");
                                      return true;
                                    }),
                IsOk());
    EXPECT_THAT(history, ElementsAre(Pair(3, "3"), Pair(2, "erased"), Pair(0, "1")));
    EXPECT_EQ(store_->Flushes().size(), 3u);
    EXPECT_EQ(store_->Flushes()[2].first_height(), 3u);
    ASSERT_THAT(store_->Close(), IsOk());
    ASSERT_THAT(Reopen(), IsOk());
  }
}

TEST_F(StateTest, IsFlushedInOrderAndNeverAboveTheFinalBlock) {
  EXPECT_THAT(store_->FlushState({}), IsOk());
  Change({{{16, "a"}, "1"}});
  Change({});
  const auto empty = std::make_shared<const Changes>();
  EXPECT_THAT(store_->FlushState({{Height(1), empty}}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->FlushState({{Height(0), empty}, {Height(2), empty}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->FlushState({{Height(0), empty}, {Height(1), empty}, {Height(2), empty}}),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_EQ(store_->flushed(), std::nullopt);
  EXPECT_EQ(store_->synced(), std::nullopt);
  Flush();
  // What a flush covers is synced first.
  EXPECT_EQ(store_->synced(), Height(1));
}

TEST_F(StateTest, AFlatTableTellsRecentHeightsOnly) {
  Change({{{1, "id"}, "0"}});
  Change({});
  Flush();  // 0, 1
  Change({{{1, "id"}, "2"}});
  Change({{{1, "id"}, "3"}});
  Flush();  // 2, 3
  EXPECT_EQ(At(3, "id", 1), "3");
  EXPECT_EQ(At(1, "id", 1), "0");
  // Between the first and the last change of a flush nothing is known.
  EXPECT_THAT(store_->GetStateAt(1, "id", Height(2)), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_->GetStateAt(1, "id", Height(0)), StatusIs(absl::StatusCode::kFailedPrecondition));
  Change({{{1, "id"}, std::nullopt}});
  Flush();  // 4
  EXPECT_EQ(At(4, "id", 1), std::nullopt);
  EXPECT_EQ(At(3, "id", 1), "3");
  Change({});
  Flush();  // 5: what was erased is gone
  EXPECT_EQ(At(5, "id", 1), std::nullopt);
  EXPECT_THAT(store_->GetStateAt(1, "id", Height(3)), StatusIs(absl::StatusCode::kFailedPrecondition, "height 4"));
  EXPECT_EQ(*store_->GetRow(Family::kFlat, StateRowKey(1, "id")), std::nullopt);
  EXPECT_THAT(store_->ScanChanges(1, "id", [](Height, std::optional<absl::string_view>) { return true; }),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(StateTest, ScansAreBoundedAndStop) {
  Change({{{16, "a"}, "1"}, {{16, "b"}, "2"}, {{16, "c"}, "3"}, {{17, ""}, "4"}});
  Flush();
  const HeightView view(*store_, 0);
  EXPECT_THAT(Scanned(view, 16, "b"), ElementsAre(Pair("b", "2"), Pair("c", "3")));
  EXPECT_THAT(Scanned(view, 16, "a", "c"), ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_THAT(Scanned(view, 16, "c", "a"), IsEmpty());
  EXPECT_THAT(Scanned(view, 16, "", std::nullopt, 1), ElementsAre(Pair("a", "1")));
  std::vector<std::string> all;
  EXPECT_THAT(store_->ScanState([&](state::TableId table, absl::string_view key, absl::string_view value) {
    all.push_back(absl::StrCat(table, " ", key, " ", value));
    return true;
  }),
              IsOk());
  EXPECT_THAT(all, ElementsAre("16 a 1", "16 b 2", "16 c 3", "17  4"));
}

// A tenth of the cases that are asked for, for each makes a store.
template <class Property>
void CheckWithStores(Property&& property) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(params.maxSuccess / 10, 10);
  const auto result = rc::detail::checkTestable(
      [&] {
        const testing::TemporaryDirectory directory(testing::TemporaryDirectory::InMemory());
        property(directory.Path("store"));
      },
      rc::detail::TestMetadata(), params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  ADD_FAILURE() << text.str();
}

// Against a plain model: any changes, flushed in any cuts, read as at every height, before and after opening again.
void EveryHeightReadsAsInTheModel(const std::string& path) {
  const auto blocks =
      *rc::gen::resize(30, rc::gen::nonEmpty(rc::gen::container<std::vector<Changes>>(testing::AnyChanges())));
  const auto cuts = *rc::gen::container<std::vector<bool>>(blocks.size(), rc::gen::arbitrary<bool>());
  auto store = *Store::Create(path, SmallChain(), "");
  StateModel model;
  std::vector<HeightChanges> pending;
  for (size_t height = 0; height < blocks.size(); ++height) {
    RC_ASSERT(store->WriteFinal(BlockOf(height), "").ok());
    model.Append(blocks[height]);
    pending.push_back({Height(height), std::make_shared<const Changes>(blocks[height])});
    if (!cuts[height] && height + 1 < blocks.size()) continue;
    RC_ASSERT(store->FlushState(pending).ok());
    pending.clear();
  }
  for (int i = 0; i < 2; ++i) {
    for (size_t height = 0; height < blocks.size(); ++height)
      RC_ASSERT(testing::SameContent(HeightView(*store, height), model.At(height)));
    state::MemoryState::Map all;
    RC_ASSERT(store
                  ->ScanState([&](state::TableId table, absl::string_view key, absl::string_view value) {
                    all.emplace(StateKey{table, std::string(key)}, std::string(value));
                    return true;
                  })
                  .ok());
    RC_ASSERT(all == model.At(blocks.size() - 1).map());
    store.reset();
    store = *Store::Open(path, {});
  }
}

// Flat tables: the newest value always, an older one only where it is the true one.
void AFlatTableNeverTellsWhatWasNotSo(const std::string& path) {
  const auto blocks = *rc::gen::resize(
      20, rc::gen::nonEmpty(rc::gen::container<std::vector<Changes>>(testing::AnyChanges(testing::AnyFlatKey()))));
  const auto cuts = *rc::gen::container<std::vector<bool>>(blocks.size(), rc::gen::arbitrary<bool>());
  auto store = *Store::Create(path, SmallChain(), "");
  StateModel model;
  std::vector<HeightChanges> pending;
  std::set<StateKey> keys;
  for (size_t height = 0; height < blocks.size(); ++height) {
    RC_ASSERT(store->WriteFinal(BlockOf(height), "").ok());
    model.Append(blocks[height]);
    for (const auto& [key, value] : blocks[height]) keys.insert(key);
    pending.push_back({Height(height), std::make_shared<const Changes>(blocks[height])});
    if (!cuts[height] && height + 1 < blocks.size()) continue;
    RC_ASSERT(store->FlushState(pending).ok());
    pending.clear();
    for (const StateKey& key : keys) {
      for (size_t at = 0; at <= height; ++at) {
        const auto value = store->GetStateAt(key.table, key.key, Height(at));
        if (at == height) RC_ASSERT(value.ok());
        if (value.ok()) {
          RC_ASSERT(*value == model.At(at).GetRaw(key.table, key.key));
        } else {
          RC_ASSERT(absl::IsFailedPrecondition(value.status()));
        }
      }
    }
  }
}

TEST(StateProperty, EveryHeightReadsAsInTheModel) {
  CheckWithStores(EveryHeightReadsAsInTheModel);
}

TEST(StateProperty, AFlatTableNeverTellsWhatWasNotSo) {
  CheckWithStores(AFlatTableNeverTellsWhatWasNotSo);
}

}  // namespace
}  // namespace causeway::store
