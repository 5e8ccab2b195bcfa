// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_TESTS_UNIT_LEDGER_MERKLE_STATE_REFERENCE_H_
#define CAUSEWAY_TESTS_UNIT_LEDGER_MERKLE_STATE_REFERENCE_H_

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/crypto/sha256.h"
#include "ledger/merkle/state_tree.h"

// The state tree's definition read aloud, for tests to compare with: slow, and with nothing in common with the tree
// itself.
namespace causeway::merkle {

using ReferenceState = std::map<StateTreeKey, Hash>;

inline bool ReferenceBit(const StateTreeKey& key, size_t index) {
  return (key.array()[index / 8] & 0x80 >> index % 8) != 0;
}

inline Hash ReferenceRootOf(const std::vector<std::pair<StateTreeKey, Hash>>& leaves, size_t depth) {
  if (leaves.empty()) return Hash::Zero();
  if (leaves.size() == 1) {
    return crypto::Sha256(std::string(1, '\0') + leaves[0].first.ToString() + leaves[0].second.ToString());
  }
  std::vector<std::pair<StateTreeKey, Hash>> halves[2];
  for (const auto& leaf : leaves) halves[ReferenceBit(leaf.first, depth) ? 1 : 0].push_back(leaf);
  return crypto::Sha256("\x01" + ReferenceRootOf(halves[0], depth + 1).ToString() +
                        ReferenceRootOf(halves[1], depth + 1).ToString());
}

inline Hash ReferenceRoot(const ReferenceState& state, size_t depth = 0) {
  return ReferenceRootOf({state.begin(), state.end()}, depth);
}

inline ReferenceState ReferenceTable(const ReferenceState& state, uint16_t table) {
  ReferenceState part;
  for (const auto& [key, value_hash] : state) {
    if ((key.array()[0] << 8 | key.array()[1]) == table) part.emplace(key, value_hash);
  }
  return part;
}

inline std::vector<StateLeaf> LeavesOf(const ReferenceState& state) {
  std::vector<StateLeaf> leaves;
  for (const auto& [key, value_hash] : state) leaves.push_back(StateLeaf{key, value_hash});
  return leaves;
}

inline StateTree TreeOf(const ReferenceState& state) {
  std::vector<StateChange> changes;
  for (const auto& [key, value_hash] : state) changes.push_back(StateChange{key, value_hash});
  return StateTree().Update(changes);
}

inline Hash ValueHash(uint64_t n) {
  return crypto::Sha256("value " + std::to_string(n));
}

// A key made of chosen bytes: the table, the first bytes after it, the last byte; zeros between. Real keys are hashes
// and share few bits; these share as many as a test wants.
inline StateTreeKey KeyWith(uint16_t table, uint8_t first, uint8_t last) {
  std::array<uint8_t, StateTreeKey::kSize> bytes{};
  bytes[0] = static_cast<uint8_t>(table >> 8);
  bytes[1] = static_cast<uint8_t>(table);
  bytes[2] = first;
  bytes[33] = last;
  return StateTreeKey(bytes);
}

}  // namespace causeway::merkle

#endif  // CAUSEWAY_TESTS_UNIT_LEDGER_MERKLE_STATE_REFERENCE_H_
