// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/state_proof.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/ledger/merkle/state_reference.h"

namespace causeway::merkle {
namespace {

template <typename Bytes>
Bytes Flip(const Bytes& value, size_t bit) {
  auto bytes = value.array();
  bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
  return Bytes(bytes);
}

// Three tables of twenty records, one of a single record far away, and its neighbour empty.
class StateProofs : public ::testing::Test {
 protected:
  StateProofs() {
    for (const uint16_t table : {uint16_t{16}, uint16_t{48}, uint16_t{49}}) {
      for (int i = 0; i < 20; ++i) {
        state_.emplace(StateTreeKeyOf(table, std::to_string(i)), crypto::Sha256("v" + std::to_string(i)));
      }
    }
    state_.emplace(StateTreeKeyOf(0x8000, "alone"), crypto::Sha256("value"));
    tree_ = TreeOf(state_);
    root_ = tree_.Root();
  }

  // Runs `refused` on each proof that differs from `proof` in one bit, in a sibling more or less, or in having the
  // other leaf.
  template <typename Refused>
  static void ForEachMutation(const StateProof& proof, Refused refused) {
    StateProof changed = proof;
    for (size_t i = 0; i < proof.siblings.size(); ++i) {
      for (size_t bit = 0; bit < 256; ++bit) {
        changed.siblings[i] = Flip(proof.siblings[i], bit);
        ASSERT_TRUE(refused(changed)) << "sibling " << i << ", bit " << bit;
      }
      changed.siblings[i] = proof.siblings[i];
    }
    if (proof.other_leaf.has_value()) {
      for (size_t bit = 0; bit < 272; ++bit) {
        changed.other_leaf->key = Flip(proof.other_leaf->key, bit);
        ASSERT_TRUE(refused(changed)) << "other leaf's key, bit " << bit;
      }
      changed.other_leaf->key = proof.other_leaf->key;
      for (size_t bit = 0; bit < 256; ++bit) {
        changed.other_leaf->value_hash = Flip(proof.other_leaf->value_hash, bit);
        ASSERT_TRUE(refused(changed)) << "other leaf's value, bit " << bit;
      }
      changed = proof;
      changed.other_leaf.reset();
      ASSERT_TRUE(refused(changed)) << "other leaf left out";
    } else {
      changed.other_leaf = StateLeaf{KeyWith(7, 7, 7), ValueHash(7)};
      ASSERT_TRUE(refused(changed)) << "other leaf put in";
    }
    changed = proof;
    changed.siblings.push_back(Hash::Zero());
    ASSERT_TRUE(refused(changed)) << "a sibling too many";
    changed.siblings.resize(kStateTreeDepthMax + 1, Hash::Zero());
    ASSERT_TRUE(refused(changed)) << "far too many siblings";
    if (!proof.siblings.empty()) {
      changed = proof;
      changed.siblings.pop_back();
      ASSERT_TRUE(refused(changed)) << "a sibling too few";
      changed.siblings.clear();
      ASSERT_TRUE(refused(changed)) << "no sibling at all";
    }
  }

  ReferenceState state_;
  StateTree tree_;
  Hash root_ = Hash::Zero();
};

TEST_F(StateProofs, OfAValueHoldAndNoBitOfThemMayChange) {
  for (int i = 0; i < 20; ++i) {
    const std::string key = std::to_string(i);
    const std::string value = "v" + key;
    const StateProof proof = tree_.Prove(StateTreeKeyOf(48, key));
    ASSERT_TRUE(VerifyStateProof(root_, 48, key, value, proof));
    ForEachMutation(proof,
                    [&](const StateProof& changed) { return !VerifyStateProof(root_, 48, key, value, changed); });
    for (size_t bit = 0; bit < 256; ++bit) {
      ASSERT_FALSE(VerifyStateProof(Flip(root_, bit), 48, key, value, proof));
      ASSERT_FALSE(VerifyStateProof(root_, StateTreeKeyOf(48, key), Flip(crypto::Sha256(value), bit), proof));
    }
    for (size_t bit = 0; bit < 272; ++bit) {
      ASSERT_FALSE(VerifyStateProof(root_, Flip(StateTreeKeyOf(48, key), bit), crypto::Sha256(value), proof));
    }
    EXPECT_FALSE(VerifyStateProof(root_, 48, key, std::nullopt, proof));
    EXPECT_FALSE(VerifyStateProof(root_, 48, key, "v", proof));
    EXPECT_FALSE(VerifyStateProof(root_, 49, key, value, proof));
    EXPECT_FALSE(VerifyStateProof(root_, 48, key + "x", value, proof));
  }
}

TEST_F(StateProofs, OfAbsenceHoldAndNoBitOfThemMayChange) {
  int beside_a_leaf = 0;
  int in_the_empty = 0;
  for (int i = 20; i < 120; ++i) {
    const std::string key = std::to_string(i);
    const uint16_t table = i % 2 == 0 ? 48 : 4096;
    const StateProof proof = tree_.Prove(StateTreeKeyOf(table, key));
    ++(proof.other_leaf.has_value() ? beside_a_leaf : in_the_empty);
    ASSERT_TRUE(VerifyStateProof(root_, table, key, std::nullopt, proof));
    EXPECT_FALSE(VerifyStateProof(root_, table, key, "v", proof));
    EXPECT_FALSE(VerifyStateProof(Flip(root_, 0), table, key, std::nullopt, proof));
    ForEachMutation(
        proof, [&](const StateProof& changed) { return !VerifyStateProof(root_, table, key, std::nullopt, changed); });
  }
  EXPECT_GT(beside_a_leaf, 10);
  EXPECT_GT(in_the_empty, 10);
}

TEST_F(StateProofs, CannotShowAPresentKeyAbsent) {
  for (const auto& [key, value_hash] : state_) {
    const StateProof proof = tree_.Prove(key);
    // By itself, by naming itself as the other leaf, by naming any leaf, by stopping at any depth.
    StateProof forged = proof;
    EXPECT_FALSE(VerifyStateProof(root_, key, std::nullopt, forged));
    forged.other_leaf = StateLeaf{key, value_hash};
    EXPECT_FALSE(VerifyStateProof(root_, key, std::nullopt, forged));
    for (const auto& [other, other_value] : state_) {
      if (other == key) continue;
      forged = tree_.Prove(other);
      EXPECT_FALSE(VerifyStateProof(root_, key, std::nullopt, forged));
      forged.other_leaf = StateLeaf{other, other_value};
      EXPECT_FALSE(VerifyStateProof(root_, key, std::nullopt, forged)) << "another leaf's path";
    }
    for (size_t depth = 0; depth < proof.siblings.size(); ++depth) {
      forged.siblings.assign(proof.siblings.begin(), proof.siblings.begin() + static_cast<ptrdiff_t>(depth));
      forged.other_leaf.reset();
      EXPECT_FALSE(VerifyStateProof(root_, key, std::nullopt, forged));
    }
  }
}

TEST_F(StateProofs, OfTheEmptyStateShowAnythingAbsent) {
  const StateProof proof = StateTree().Prove(KeyWith(1, 2, 3));
  EXPECT_TRUE(VerifyStateProof(Hash::Zero(), KeyWith(1, 2, 3), std::nullopt, proof));
  EXPECT_FALSE(VerifyStateProof(Hash::Zero(), KeyWith(1, 2, 3), ValueHash(1), proof));
  EXPECT_TRUE(VerifyTableProof(Hash::Zero(), 1, {}, StateTree().ProveTable(1)));
}

TEST_F(StateProofs, OfATableHoldAndNothingInThemMayChange) {
  for (const uint16_t table : {uint16_t{16}, uint16_t{17}, uint16_t{48}, uint16_t{0x8000}, uint16_t{0x8001}}) {
    const std::vector<StateLeaf> leaves = LeavesOf(ReferenceTable(state_, table));
    const StateProof proof = tree_.ProveTable(table);
    ASSERT_TRUE(VerifyTableProof(root_, table, leaves, proof)) << table;
    ForEachMutation(proof, [&](const StateProof& changed) { return !VerifyTableProof(root_, table, leaves, changed); });
    for (size_t bit = 0; bit < 256; ++bit) ASSERT_FALSE(VerifyTableProof(Flip(root_, bit), table, leaves, proof));
    for (size_t i = 0; i < leaves.size(); ++i) {
      std::vector<StateLeaf> changed = leaves;
      for (size_t bit = 0; bit < 272; ++bit) {
        changed[i].key = Flip(leaves[i].key, bit);
        ASSERT_FALSE(VerifyTableProof(root_, table, changed, proof)) << table << ": key " << i << ", bit " << bit;
      }
      changed[i] = leaves[i];
      for (size_t bit = 0; bit < 256; ++bit) {
        changed[i].value_hash = Flip(leaves[i].value_hash, bit);
        ASSERT_FALSE(VerifyTableProof(root_, table, changed, proof)) << table << ": value " << i << ", bit " << bit;
      }
      changed = leaves;
      changed.erase(changed.begin() + static_cast<ptrdiff_t>(i));
      EXPECT_FALSE(VerifyTableProof(root_, table, changed, proof)) << table << ": one left out";
      changed = leaves;
      changed.insert(changed.begin() + static_cast<ptrdiff_t>(i), leaves[i]);
      EXPECT_FALSE(VerifyTableProof(root_, table, changed, proof)) << table << ": one twice";
    }
    std::vector<StateLeaf> more = leaves;
    more.push_back(StateLeaf{KeyWith(table, 0xff, 0xff), ValueHash(1)});
    EXPECT_FALSE(VerifyTableProof(root_, table, more, proof)) << table << ": one too many";
    if (leaves.size() > 1) {
      std::vector<StateLeaf> swapped = leaves;
      std::swap(swapped[0], swapped[1]);
      EXPECT_FALSE(VerifyTableProof(root_, table, swapped, proof)) << table << ": out of order";
    }
  }
}

TEST_F(StateProofs, OfATableCannotShowAFullTableEmpty) {
  for (const uint16_t table : {uint16_t{16}, uint16_t{0x8000}}) {
    StateProof forged = tree_.ProveTable(table);
    EXPECT_FALSE(VerifyTableProof(root_, table, {}, forged));
    for (const auto& [other, other_value] : state_) {
      forged = tree_.Prove(other);
      forged.siblings.resize(std::min(forged.siblings.size(), kTableDepth), Hash::Zero());
      forged.other_leaf = StateLeaf{other, other_value};
      EXPECT_FALSE(VerifyTableProof(root_, table, {}, forged));
    }
    for (const uint16_t other : {uint16_t{17}, uint16_t{0x8001}}) {
      EXPECT_FALSE(VerifyTableProof(root_, table, {}, tree_.ProveTable(other)));
    }
  }
}

TEST_F(StateProofs, OfAKeyCannotStandInForATables) {
  // Deeper than the table's subtree: the path of a single record does not show that there are no others.
  const auto& [key, value_hash] = *state_.begin();
  const StateProof proof = tree_.Prove(key);
  ASSERT_GT(proof.siblings.size(), kTableDepth);
  EXPECT_FALSE(VerifyTableProof(root_, TableOf(key), {{StateLeaf{key, value_hash}}}, proof));
}

TEST_F(StateProofs, MakeTheSameSubtreeRootsAsTheTree) {
  for (const uint16_t table : {uint16_t{16}, uint16_t{17}, uint16_t{49}, uint16_t{0x8000}}) {
    const std::vector<StateLeaf> leaves = LeavesOf(ReferenceTable(state_, table));
    EXPECT_EQ(StateSubtreeRoot(leaves, kTableDepth), tree_.SubRoot(table));
  }
  EXPECT_EQ(StateSubtreeRoot(LeavesOf(state_), 0), root_);
}

TEST(StateProofDeathTest, SubtreeRootRefusesAKeyTwice) {
  const StateLeaf leaf{KeyWith(1, 2, 3), ValueHash(1)};
  EXPECT_DEATH(StateSubtreeRoot({{leaf, leaf}}, 0), "strictly ascending");
}

}  // namespace
}  // namespace causeway::merkle
