// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/state_tree.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/unit/ledger/merkle/state_reference.h"

namespace causeway::merkle {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// A few keys close together, so that random changes meet: same table and far tables, first bits and later bits. In one
// table they part at the very end, which costs a path of 250 nodes each time.
StateTreeKey SmallKey(uint32_t n) {
  static constexpr uint16_t kTables[] = {0x0000, 0x0001, 0x0010, 0x8000, 0xffff};
  static constexpr uint8_t kBytes[] = {0x00, 0x01, 0x80, 0xff};
  const uint16_t table = kTables[n % 5];
  const uint8_t first = kBytes[n / 5 % 4];
  const uint8_t last = kBytes[n / 20 % 4];
  if (table == 0xffff && first == 0x01) return KeyWith(table, first, last);
  std::array<uint8_t, StateTreeKey::kSize> bytes = KeyWith(table, first, 0).array();
  bytes[3] = last;
  return StateTreeKey(bytes);
}
constexpr uint32_t kSmallKeys = 80;

std::vector<StateLeaf> Collect(const StateTree& tree, uint16_t table) {
  std::vector<StateLeaf> leaves;
  tree.ForEach(table, [&leaves](const StateTreeKey& key, const Hash& value_hash) {
    leaves.push_back(StateLeaf{key, value_hash});
  });
  return leaves;
}

void ExpectSame(const StateTree& tree, const ReferenceState& state) {
  RC_ASSERT(tree.Root() == ReferenceRoot(state));
  RC_ASSERT(tree.size() == state.size());
  std::vector<std::pair<uint16_t, Hash>> table_roots;
  static constexpr uint16_t kTables[] = {0x0000, 0x0001, 0x0002, 0x0010, 0x8000, 0xffff};
  for (const uint16_t table : kTables) {
    const ReferenceState part = ReferenceTable(state, table);
    const Hash sub_root = ReferenceRoot(part, kTableDepth);
    RC_ASSERT(tree.SubRoot(table) == sub_root);
    if (!part.empty()) table_roots.emplace_back(table, sub_root);
    const std::vector<StateLeaf> leaves = Collect(tree, table);
    RC_ASSERT(leaves.size() == part.size());
    RC_ASSERT(std::equal(leaves.begin(), leaves.end(), part.begin(), [](const StateLeaf& leaf, const auto& entry) {
      return leaf.key == entry.first && leaf.value_hash == entry.second;
    }));
    RC_ASSERT(VerifyTableProof(tree.Root(), table, leaves, tree.ProveTable(table)));
  }
  RC_ASSERT(tree.TableRoots() == table_roots);
}

// One change of a generated run: which key, and its value, where 0 deletes.
using RandomBatch = std::vector<std::pair<uint32_t, uint32_t>>;

std::vector<StateChange> ChangesOf(const RandomBatch& batch) {
  std::map<StateTreeKey, std::optional<Hash>> changes;
  for (const auto& [n, value] : batch) {
    changes.insert_or_assign(SmallKey(n % kSmallKeys),
                             value % 4 == 0 ? std::nullopt : std::optional<Hash>(ValueHash(value % 4)));
  }
  std::vector<StateChange> sorted;
  for (const auto& [key, value_hash] : changes) sorted.push_back(StateChange{key, value_hash});
  return sorted;
}

TEST(StateTree, IsAPureFunctionOfItsContent) {
  EXPECT_TRUE(
      rc::check("any batches of changes give the tree of the final state", [](const std::vector<RandomBatch>& batches) {
        ReferenceState state;
        StateTree tree;
        std::vector<std::pair<StateTree, Hash>> past;
        for (const RandomBatch& batch : batches) {
          const std::vector<StateChange> changes = ChangesOf(batch);
          for (const StateChange& change : changes) {
            state.erase(change.key);
            if (change.value_hash.has_value()) state.emplace(change.key, *change.value_hash);
          }
          tree = tree.Update(changes);
          past.emplace_back(tree, tree.Root());
          RC_ASSERT(tree.Root() == ReferenceRoot(state));
        }
        ExpectSame(tree, state);
        // At once, and one key at a time from the last to the first.
        RC_ASSERT(TreeOf(state).Root() == tree.Root());
        StateTree one_by_one;
        for (auto entry = state.rbegin(); entry != state.rend(); ++entry) {
          one_by_one = one_by_one.Update({{StateChange{entry->first, entry->second}}});
        }
        RC_ASSERT(one_by_one.Root() == tree.Root());
        // Later updates left the earlier trees as they were.
        for (const auto& [earlier, root] : past) RC_ASSERT(earlier.Root() == root);
      }));
}

TEST(StateTree, FindsAndProvesEveryKeyPresentOrAbsent) {
  EXPECT_TRUE(rc::check("proofs of any state verify", [](const RandomBatch& batch) {
    ReferenceState state;
    for (const StateChange& change : ChangesOf(batch)) {
      if (change.value_hash.has_value()) state.emplace(change.key, *change.value_hash);
    }
    const StateTree tree = TreeOf(state);
    for (uint32_t n = 0; n < kSmallKeys; ++n) {
      const StateTreeKey key = SmallKey(n);
      const auto found = state.find(key);
      const std::optional<Hash> expected = found == state.end() ? std::nullopt : std::optional<Hash>(found->second);
      RC_ASSERT(tree.Find(key) == expected);
      const StateProof proof = tree.Prove(key);
      RC_ASSERT(VerifyStateProof(tree.Root(), key, expected, proof));
      // No proof serves another statement.
      RC_ASSERT(!VerifyStateProof(tree.Root(), key, ValueHash(99), proof));
      if (expected.has_value()) {
        RC_ASSERT(!VerifyStateProof(tree.Root(), key, std::nullopt, proof));
      }
    }
  }));
}

TEST(StateTree, WithoutKeysIsZero) {
  const StateTree tree;
  EXPECT_EQ(tree.Root(), Hash::Zero());
  EXPECT_EQ(tree.SubRoot(16), Hash::Zero());
  EXPECT_EQ(tree.size(), 0u);
  EXPECT_THAT(tree.TableRoots(), IsEmpty());
  EXPECT_THAT(Collect(tree, 0), IsEmpty());
  EXPECT_EQ(tree.Update({}).Root(), Hash::Zero());
}

TEST(StateTree, OfOneKeyIsItsLeaf) {
  const StateTreeKey key = StateTreeKeyOf(48, "account");
  const StateTree tree = StateTree().Update({{StateChange{key, ValueHash(1)}}});
  EXPECT_EQ(tree.Root(), StateLeafHash(key, ValueHash(1)));
  EXPECT_EQ(tree.SubRoot(48), tree.Root());
  EXPECT_EQ(tree.SubRoot(49), Hash::Zero());
  EXPECT_THAT(tree.TableRoots(), ElementsAre(Pair(48, tree.Root())));
}

TEST(StateTree, TwoKeysThatDifferInTheLastBitStandAtTheGreatestDepth) {
  const StateTreeKey left = KeyWith(1, 0, 0);
  const StateTreeKey right = KeyWith(1, 0, 1);
  const StateTree both = StateTree().Update({{StateChange{left, ValueHash(1)}, StateChange{right, ValueHash(2)}}});
  EXPECT_EQ(both.Prove(left).siblings.size(), kStateTreeDepthMax);
  EXPECT_EQ(both.Root(), ReferenceRoot({{left, ValueHash(1)}, {right, ValueHash(2)}}));
  // Deleting one lets the other rise to the root.
  EXPECT_EQ(both.Update({{StateChange{right, std::nullopt}}}).Root(), StateLeafHash(left, ValueHash(1)));
}

TEST(StateTree, AChangeInOneTableLeavesTheOthersSubRoots) {
  std::vector<StateChange> changes;
  for (const uint16_t table : {uint16_t{16}, uint16_t{48}}) {
    for (int i = 0; i < 10; ++i) changes.push_back({StateTreeKeyOf(table, std::to_string(i)), ValueHash(1)});
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  const StateTree before = StateTree().Update(changes);
  const StateTree after = before.Update({{StateChange{StateTreeKeyOf(48, "3"), ValueHash(2)}}});
  EXPECT_EQ(before.SubRoot(16), after.SubRoot(16));
  EXPECT_NE(before.SubRoot(48), after.SubRoot(48));
}

TEST(StateTree, KeysAreTheTableAndTheHashOfTheKey) {
  const StateTreeKey key = StateTreeKeyOf(0x0130, "account");
  EXPECT_EQ(key.ToString(), std::string("\x01\x30") + crypto::Sha256("account").ToString());
  EXPECT_EQ(TableOf(key), 0x0130);
}

TEST(StateTree, ChangingNothingSharesEveryNode) {
  ReferenceState state;
  for (uint32_t n = 0; n < kSmallKeys; ++n) state.emplace(SmallKey(n), ValueHash(n));
  const StateTree tree = TreeOf(state);
  const StateTree::MemoryUse before = StateTree::GetMemoryUse();
  const StateTree same = tree.Update({{StateChange{SmallKey(3), ValueHash(3)}}});
  const StateTree absent = tree.Update({{StateChange{KeyWith(7, 7, 7), std::nullopt}}});
  EXPECT_EQ(same.Root(), tree.Root());
  EXPECT_EQ(absent.Root(), tree.Root());
  EXPECT_EQ(StateTree::GetMemoryUse().leaves, before.leaves);
  EXPECT_EQ(StateTree::GetMemoryUse().interior_nodes, before.interior_nodes);
}

TEST(StateTree, NodesAreFreedWithTheLastTreeThatHoldsThem) {
  const StateTree::MemoryUse before = StateTree::GetMemoryUse();
  {
    ReferenceState state;
    for (uint32_t n = 0; n < kSmallKeys; ++n) state.emplace(SmallKey(n), ValueHash(n));
    StateTree tree = TreeOf(state);
    StateTree copy = tree;
    StateTree moved = std::move(copy);
    for (uint32_t n = 0; n < kSmallKeys; ++n) tree = tree.Update({{StateChange{SmallKey(n), ValueHash(n + 1)}}});
    EXPECT_EQ(StateTree::GetMemoryUse().leaves, before.leaves + 2 * kSmallKeys);
    EXPECT_EQ(moved.Root(), ReferenceRoot(state));
    moved = StateTree();
    EXPECT_EQ(StateTree::GetMemoryUse().leaves, before.leaves + kSmallKeys);
    for (uint32_t n = 0; n < kSmallKeys; n += 2) tree = tree.Update({{StateChange{SmallKey(n), std::nullopt}}});
    EXPECT_EQ(StateTree::GetMemoryUse().leaves, before.leaves + kSmallKeys / 2);
    const StateTree& itself = tree;
    tree = itself;
    EXPECT_EQ(tree.size(), kSmallKeys / 2);
  }
  EXPECT_EQ(StateTree::GetMemoryUse().leaves, before.leaves);
  EXPECT_EQ(StateTree::GetMemoryUse().interior_nodes, before.interior_nodes);
}

TEST(StateTreeDeathTest, RefusesChangesThatAreNotAscending) {
  const StateChange a{KeyWith(1, 0, 0), ValueHash(1)};
  const StateChange b{KeyWith(2, 0, 0), ValueHash(2)};
  EXPECT_DEATH(StateTree().Update({{b, a}}), "strictly ascending");
  EXPECT_DEATH(StateTree().Update({{a, a}}), "strictly ascending");
}

TEST(StateTree, IsReadOnOtherThreadsWhileItsSuccessorsAreMade) {
  std::vector<StateChange> changes;
  for (int i = 0; i < 500; ++i) changes.push_back({StateTreeKeyOf(48, std::to_string(i)), ValueHash(1)});
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  StateTree tree = StateTree().Update(changes);
  for (uint64_t round = 2; round < 12; ++round) {
    // Readers take copies and drop them while the writer goes on from the same nodes.
    std::vector<std::thread> readers;
    std::atomic<int> verified{0};
    for (size_t reader = 0; reader < 3; ++reader) {
      readers.emplace_back([snapshot = tree, root = tree.Root(), reader, &changes, &verified]() mutable {
        for (size_t i = reader; i < changes.size(); i += 7) {
          const StateTree copy = snapshot;
          if (VerifyStateProof(root, changes[i].key, copy.Find(changes[i].key), copy.Prove(changes[i].key))) ++verified;
        }
        snapshot = StateTree();
      });
    }
    for (StateChange& change : changes) change.value_hash = ValueHash(round);
    for (size_t i = 0; i < changes.size(); i += 50) {
      tree = tree.Update(absl::MakeConstSpan(changes).subspan(i, 50));
    }
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(verified.load(), 72 + 72 + 72);
    EXPECT_EQ(tree.Root(), StateTree().Update(changes).Root());
  }
}

}  // namespace
}  // namespace causeway::merkle
