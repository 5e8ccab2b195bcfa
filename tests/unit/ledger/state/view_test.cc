// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/view.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ledger/state/memory_state.h"
#include "tests/support/state_model.h"

namespace causeway::state {

// A record of fixed width, as hot ones are.
struct Pair {
  uint8_t first;
  uint8_t second;
  friend bool operator==(const Pair&, const Pair&) = default;
};
template <>
struct RecordCodec<Pair> {
  static std::string Encode(const Pair& record) {
    return {static_cast<char>(record.first), static_cast<char>(record.second)};
  }
  static std::optional<Pair> Decode(absl::string_view bytes) {
    if (bytes.size() != 2) return std::nullopt;
    return Pair{static_cast<uint8_t>(bytes[0]), static_cast<uint8_t>(bytes[1])};
  }
};

namespace {

using testing::AnyNewValue;
using testing::AnyStateKey;
using testing::AnyStateKeyBytes;
using testing::SameContent;
using testing::Scanned;

constexpr Table<std::tuple<std::string, uint32_t>, Pair> kPairs{16, "pairs"};

std::vector<uint32_t> Numbers(const StateView& view, const std::string& name) {
  std::vector<uint32_t> numbers;
  view.ForEach(kPairs, std::make_tuple(name), [&](const std::tuple<std::string, uint32_t>& key, const Pair&) {
    numbers.push_back(std::get<1>(key));
    return true;
  });
  return numbers;
}

TEST(StateTransaction, ReadsItsOwnChangesOverItsParents) {
  MemoryState base;
  base.Put(kPairs, {"a", 1}, {1, 1});
  base.Put(kPairs, {"a", 2}, {2, 2});
  StateTransaction outer(base);
  StateTransaction inner(outer);
  inner.Put(kPairs, {"a", 1}, {9, 9});
  inner.Erase(kPairs, {"a", 2});
  inner.Put(kPairs, {"a", 3}, {3, 3});

  EXPECT_EQ(inner.Get(kPairs, {"a", 1}), (Pair{9, 9}));
  EXPECT_FALSE(inner.Has(kPairs, {"a", 2}));
  EXPECT_EQ(Numbers(inner, "a"), (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(Numbers(outer, "a"), (std::vector<uint32_t>{1, 2}));

  inner.MergeInto(outer);
  EXPECT_TRUE(inner.changes().empty());
  EXPECT_EQ(Numbers(outer, "a"), (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(Numbers(base, "a"), (std::vector<uint32_t>{1, 2}));
}

TEST(StateTransaction, DroppedLeavesNothing) {
  MemoryState base;
  StateTransaction outer(base);
  {
    StateTransaction inner(outer);
    inner.Put(kPairs, {"a", 1}, {1, 1});
    inner.Clear();
    inner.MergeInto(outer);
  }
  EXPECT_TRUE(outer.changes().empty());
}

TEST(StateTransactionDeathTest, FoldsIntoItsParentOnly) {
  MemoryState base;
  StateTransaction one(base), other(base);
  StateTransaction child(one);
  EXPECT_DEATH(child.MergeInto(other), "folds into the layer that it was made over");
}

TEST(StateView, APrefixDoesNotReachNeighbours) {
  MemoryState base;
  base.Put(kPairs, {"a", 1}, {1, 1});
  base.Put(kPairs, {"aa", 2}, {1, 1});
  base.Put(kPairs, {std::string("a\0", 2), 3}, {1, 1});
  base.Put(Table<std::tuple<std::string, uint32_t>, Pair>{17, "next"}, {"a", 4}, {1, 1});
  EXPECT_EQ(Numbers(base, "a"), std::vector<uint32_t>{1});
  size_t all = 0;
  base.ForEach(kPairs, std::tuple<>(), [&](const auto&, const Pair&) {
    ++all;
    return true;
  });
  EXPECT_EQ(all, 3u);
}

TEST(StateView, ForEachFromBeginsAtTheKeyAndStopsWhenTold) {
  MemoryState base;
  for (const uint32_t n : {1, 2, 3, 4}) base.Put(kPairs, {"a", n}, {1, 1});
  base.Put(kPairs, {"b", 5}, {1, 1});
  std::vector<uint32_t> seen;
  base.ForEachFrom(kPairs, std::make_tuple(std::string("a")), {"a", 2},
                   [&](const std::tuple<std::string, uint32_t>& key, const Pair&) {
                     seen.push_back(std::get<1>(key));
                     return true;
                   });
  EXPECT_EQ(seen, (std::vector<uint32_t>{2, 3, 4}));
  seen.clear();
  base.ForEach(kPairs, std::tuple<>(), [&](const std::tuple<std::string, uint32_t>& key, const Pair&) {
    seen.push_back(std::get<1>(key));
    return seen.size() < 2;
  });
  EXPECT_EQ(seen, (std::vector<uint32_t>{1, 2}));
}

TEST(StateView, WhatCannotBeDecodedIsAHostFailure) {
  MemoryState base;
  base.PutRaw(kPairs.id, EncodeKey(std::make_tuple(std::string("a"), uint32_t{1})), "three");
  EXPECT_THROW(base.Get(kPairs, {"a", 1}), HostFailure);
  EXPECT_THROW(Numbers(base, "a"), HostFailure);
  MemoryState strange_key;
  strange_key.PutRaw(kPairs.id, "no key", "ab");
  const auto scan_all = [&] {
    strange_key.ForEach(kPairs, std::tuple<>(), [](const auto&, const Pair&) { return true; });
  };
  EXPECT_THROW(scan_all(), HostFailure);
}

// Random layers over layers against one map a layer.
TEST(StateTransaction, NestedLayersReadAsMapsDo) {
  EXPECT_TRUE(rc::check("puts, erasures, merges and drops", [] {
    MemoryState base;
    base.Apply(*testing::AnyChanges());
    std::deque<std::unique_ptr<StateTransaction>> layers;
    std::vector<MemoryState> models{base};
    layers.push_back(std::make_unique<StateTransaction>(base));
    models.push_back(base);
    const int steps = *rc::gen::inRange(0, 60);
    for (int step = 0; step < steps; ++step) {
      switch (*rc::gen::inRange(0, 8)) {
        case 0:
          if (layers.size() < 5) {
            layers.push_back(std::make_unique<StateTransaction>(*layers.back()));
            models.push_back(models.back());
          }
          break;
        case 1:
          if (layers.size() > 1) {
            layers.back()->MergeInto(*layers[layers.size() - 2]);
            RC_ASSERT(layers.back()->changes().empty());
            layers.pop_back();
            models[models.size() - 2] = models.back();
            models.pop_back();
          }
          break;
        case 2:
          if (layers.size() > 1) {
            layers.pop_back();
            models.pop_back();
          }
          break;
        default: {
          const StateKey key = *AnyStateKey();
          const std::optional<std::string> value = *AnyNewValue();
          if (value) {
            layers.back()->PutRaw(key.table, key.key, *value);
            models.back().PutRaw(key.table, key.key, *value);
          } else {
            layers.back()->EraseRaw(key.table, key.key);
            models.back().EraseRaw(key.table, key.key);
          }
        }
      }
      const StateKey probe = *AnyStateKey();
      RC_ASSERT(layers.back()->GetRaw(probe.table, probe.key) == models.back().GetRaw(probe.table, probe.key));
    }
    RC_ASSERT(SameContent(*layers.back(), models.back()));
    // A range, cut short.
    const TableId table = (*AnyStateKey()).table;
    const std::string begin = *AnyStateKeyBytes();
    const auto end = *rc::gen::maybe(AnyStateKeyBytes());
    const std::optional<std::string> until = end ? std::optional<std::string>(*end) : std::nullopt;
    const size_t limit = *rc::gen::inRange<size_t>(0, 6);
    RC_ASSERT(Scanned(*layers.back(), table, begin, until, limit) ==
              Scanned(models.back(), table, begin, until, limit));
    // Folding everything down changes nothing but the place.
    while (layers.size() > 1) {
      layers.back()->MergeInto(*layers[layers.size() - 2]);
      layers.pop_back();
    }
    RC_ASSERT(SameContent(*layers.back(), models.back()));
    MemoryState written = base;
    written.Apply(layers.back()->changes());
    RC_ASSERT(written.map() == models.back().map());
  }));
}

}  // namespace
}  // namespace causeway::state
