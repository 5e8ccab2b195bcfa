// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/state_proof.h"

#include <algorithm>
#include <array>

#include "ledger/base/check.h"
#include "ledger/crypto/sha256.h"

namespace causeway::merkle {
namespace {

// Whether two keys agree in their first `depth` bits.
bool SharePrefix(const StateTreeKey& a, const StateTreeKey& b, size_t depth) {
  for (size_t bit = 0; bit < depth; ++bit) {
    if (StateKeyBit(a, bit) != StateKeyBit(b, bit)) return false;
  }
  return true;
}

// The root that the siblings lead to from a node on the key's path at depth siblings.size().
Hash FoldSiblings(Hash node, const StateTreeKey& key, absl::Span<const Hash> siblings) {
  for (size_t depth = siblings.size(); depth-- > 0;) {
    node = StateKeyBit(key, depth) ? StateNodeHash(siblings[depth], node) : StateNodeHash(node, siblings[depth]);
  }
  return node;
}

// The first 16 bits of every key of a table; the rest is zero.
StateTreeKey TablePrefix(uint16_t table) {
  std::array<uint8_t, StateTreeKey::kSize> bytes{};
  bytes[0] = static_cast<uint8_t>(table >> 8);
  bytes[1] = static_cast<uint8_t>(table);
  return StateTreeKey(bytes);
}

bool AreTheTablesOwn(uint16_t table, absl::Span<const StateLeaf> leaves) {
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (TableOf(leaves[i].key) != table) return false;
    if (i > 0 && leaves[i].key <= leaves[i - 1].key) return false;
  }
  return true;
}

}  // namespace

StateTreeKey StateTreeKeyOf(uint16_t table, absl::string_view key_bytes) {
  std::array<uint8_t, StateTreeKey::kSize> bytes = TablePrefix(table).array();
  const Hash hash = crypto::Sha256(key_bytes);
  std::copy_n(hash.data(), Hash::kSize, bytes.begin() + 2);
  return StateTreeKey(bytes);
}

uint16_t TableOf(const StateTreeKey& key) {
  return static_cast<uint16_t>(key.data()[0] << 8 | key.data()[1]);
}

Hash StateLeafHash(const StateTreeKey& key, const Hash& value_hash) {
  std::array<char, 1 + StateTreeKey::kSize + Hash::kSize> bytes;
  bytes[0] = 0;
  std::copy_n(key.data(), StateTreeKey::kSize, bytes.begin() + 1);
  std::copy_n(value_hash.data(), Hash::kSize, bytes.begin() + 1 + StateTreeKey::kSize);
  return crypto::Sha256(absl::string_view(bytes.data(), bytes.size()));
}

Hash StateNodeHash(const Hash& left, const Hash& right) {
  std::array<char, 1 + 2 * Hash::kSize> bytes;
  bytes[0] = 1;
  std::copy_n(left.data(), Hash::kSize, bytes.begin() + 1);
  std::copy_n(right.data(), Hash::kSize, bytes.begin() + 1 + Hash::kSize);
  return crypto::Sha256(absl::string_view(bytes.data(), bytes.size()));
}

bool VerifyStateProof(const Hash& root, uint16_t table, absl::string_view key_bytes,
                      std::optional<absl::string_view> value, const StateProof& proof) {
  std::optional<Hash> value_hash;
  if (value.has_value()) value_hash = crypto::Sha256(*value);
  return VerifyStateProof(root, StateTreeKeyOf(table, key_bytes), value_hash, proof);
}

bool VerifyStateProof(const Hash& root, const StateTreeKey& key, const std::optional<Hash>& value_hash,
                      const StateProof& proof) {
  const size_t depth = proof.siblings.size();
  if (depth > kStateTreeDepthMax) return false;
  Hash node = Hash::Zero();
  if (value_hash.has_value()) {
    if (proof.other_leaf.has_value()) return false;
    node = StateLeafHash(key, *value_hash);
  } else if (proof.other_leaf.has_value()) {
    const StateLeaf& other = *proof.other_leaf;
    if (other.key == key || !SharePrefix(other.key, key, depth)) return false;
    node = StateLeafHash(other.key, other.value_hash);
  }
  return FoldSiblings(node, key, proof.siblings) == root;
}

bool VerifyTableProof(const Hash& root, uint16_t table, absl::Span<const StateLeaf> leaves, const StateProof& proof) {
  const size_t depth = proof.siblings.size();
  if (depth > kTableDepth || !AreTheTablesOwn(table, leaves)) return false;
  const StateTreeKey prefix = TablePrefix(table);
  Hash node = Hash::Zero();
  if (proof.other_leaf.has_value()) {
    const StateLeaf& other = *proof.other_leaf;
    if (!leaves.empty() || TableOf(other.key) == table || !SharePrefix(other.key, prefix, depth)) return false;
    node = StateLeafHash(other.key, other.value_hash);
  } else {
    // Above the table's depth there is room for one leaf only: two of one table would have a node between them.
    if (depth < kTableDepth && leaves.size() > 1) return false;
    node = StateSubtreeRoot(leaves, kTableDepth);
  }
  return FoldSiblings(node, prefix, proof.siblings) == root;
}

Hash StateSubtreeRoot(absl::Span<const StateLeaf> leaves, size_t depth) {
  if (leaves.empty()) return Hash::Zero();
  if (leaves.size() == 1) return StateLeafHash(leaves[0].key, leaves[0].value_hash);
  CAUSEWAY_CHECK(depth < kStateTreeDepthMax, "leaves of a subtree must be strictly ascending by key");
  const auto middle = std::partition_point(leaves.begin(), leaves.end(),
                                           [depth](const StateLeaf& leaf) { return !StateKeyBit(leaf.key, depth); });
  const size_t left_size = static_cast<size_t>(middle - leaves.begin());
  return StateNodeHash(StateSubtreeRoot(leaves.first(left_size), depth + 1),
                       StateSubtreeRoot(leaves.subspan(left_size), depth + 1));
}

}  // namespace causeway::merkle
