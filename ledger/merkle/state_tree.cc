// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/state_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ledger/base/check.h"
#include "ledger/merkle/state_node_pool.h"

namespace causeway::merkle {
namespace {

using internal::InteriorAt;
using internal::IsLeaf;
using internal::kEmptyNode;
using internal::LeafAt;
using internal::NodeReference;

StateTreeKey KeyOf(NodeReference leaf) {
  return StateTreeKey(LeafAt(leaf).key);
}
Hash ValueHashOf(NodeReference leaf) {
  return Hash(LeafAt(leaf).value_hash);
}
StateLeaf LeafOf(NodeReference leaf) {
  return StateLeaf{KeyOf(leaf), ValueHashOf(leaf)};
}

Hash HashOf(NodeReference node) {
  if (node == kEmptyNode) return Hash::Zero();
  if (IsLeaf(node)) return StateLeafHash(KeyOf(node), ValueHashOf(node));
  return Hash(InteriorAt(node).hash);
}

// One pass over the sorted changes, depth first. Each call handles the changes that fall into one subtree.
class Updater {
 public:
  // The subtree after the changes. `owned` says whether the result carries a reference of the caller's, or is a node of
  // the tree before.
  struct Subtree {
    NodeReference node = kEmptyNode;
    bool owned = false;
    // Known where the subtree was just made; computed when a parent needs it otherwise.
    std::optional<Hash> hash;
  };

  // `node` is the subtree at `depth` before the changes: on the keys' path, or a leaf that stood above.
  Subtree Apply(NodeReference node, size_t depth, absl::Span<const StateChange> changes) {
    if (changes.empty()) return Subtree{node, false, std::nullopt};
    if (changes.size() == 1) {
      const StateChange& change = changes.front();
      if (node == kEmptyNode) return Insert(change);
      if (IsLeaf(node) && KeyOf(node) == change.key) return Replace(node, change);
      if (IsLeaf(node) && !change.value_hash.has_value()) return Subtree{node, false, std::nullopt};
    }
    CAUSEWAY_CHECK(depth < kStateTreeDepthMax);
    const auto middle = std::partition_point(
        changes.begin(), changes.end(), [depth](const StateChange& change) { return !StateKeyBit(change.key, depth); });
    const size_t left_count = static_cast<size_t>(middle - changes.begin());
    NodeReference left = kEmptyNode;
    NodeReference right = kEmptyNode;
    if (IsLeaf(node)) {
      (StateKeyBit(KeyOf(node), depth) ? right : left) = node;
    } else if (node != kEmptyNode) {
      left = InteriorAt(node).left;
      right = InteriorAt(node).right;
      // One of them is read next, the other one's hash on the way back: by then it is there.
      internal::Prefetch(left);
      internal::Prefetch(right);
    }
    Subtree new_left = Apply(left, depth + 1, changes.first(left_count));
    Subtree new_right = Apply(right, depth + 1, changes.subspan(left_count));
    if (!IsLeaf(node) && new_left.node == left && new_right.node == right) return Subtree{node, false, std::nullopt};
    return Join(std::move(new_left), std::move(new_right));
  }

  int64_t size_change() const { return size_change_; }

 private:
  Subtree Insert(const StateChange& change) {
    if (!change.value_hash.has_value()) return Subtree{};
    ++size_change_;
    return NewLeaf(change.key, *change.value_hash);
  }

  Subtree Replace(NodeReference leaf, const StateChange& change) {
    if (!change.value_hash.has_value()) {
      --size_change_;
      return Subtree{};
    }
    if (ValueHashOf(leaf) == *change.value_hash) return Subtree{leaf, false, std::nullopt};
    return NewLeaf(change.key, *change.value_hash);
  }

  Subtree NewLeaf(const StateTreeKey& key, const Hash& value_hash) {
    return Subtree{maker_.MakeLeaf(key, value_hash), true, StateLeafHash(key, value_hash)};
  }

  // The parent of two subtrees; a subtree with one leaf is that leaf.
  Subtree Join(Subtree left, Subtree right) {
    if (right.node == kEmptyNode && (left.node == kEmptyNode || IsLeaf(left.node))) return left;
    if (left.node == kEmptyNode && IsLeaf(right.node)) return right;
    if (!left.owned) internal::Acquire(left.node);
    if (!right.owned) internal::Acquire(right.node);
    const Hash hash = StateNodeHash(left.hash.has_value() ? *left.hash : HashOf(left.node),
                                    right.hash.has_value() ? *right.hash : HashOf(right.node));
    return Subtree{maker_.MakeInterior(left.node, right.node, hash), true, hash};
  }

  internal::NodeMaker maker_;
  int64_t size_change_ = 0;
};

// Follows a key from the root down to `depth_max` at most: the node reached, the siblings passed.
struct Descent {
  NodeReference node;
  std::vector<NodeReference> siblings;
};

Descent Descend(NodeReference root, const StateTreeKey& key, size_t depth_max) {
  Descent descent{root, {}};
  while (descent.siblings.size() < depth_max && descent.node != kEmptyNode && !IsLeaf(descent.node)) {
    const internal::InteriorNode& interior = InteriorAt(descent.node);
    const bool right = StateKeyBit(key, descent.siblings.size());
    descent.siblings.push_back(right ? interior.left : interior.right);
    descent.node = right ? interior.right : interior.left;
  }
  return descent;
}

StateTreeKey FirstKeyOf(uint16_t table) {
  std::array<uint8_t, StateTreeKey::kSize> bytes{};
  bytes[0] = static_cast<uint8_t>(table >> 8);
  bytes[1] = static_cast<uint8_t>(table);
  return StateTreeKey(bytes);
}

std::vector<Hash> HashesOf(absl::Span<const NodeReference> nodes) {
  std::vector<Hash> hashes;
  hashes.reserve(nodes.size());
  for (const NodeReference node : nodes) hashes.push_back(HashOf(node));
  return hashes;
}

// The subtree of a table: what stands at depth 16, or a leaf of the table that stands above. Empty where the table is.
NodeReference SubtreeOf(NodeReference root, uint16_t table) {
  const NodeReference node = Descend(root, FirstKeyOf(table), kTableDepth).node;
  return IsLeaf(node) && TableOf(KeyOf(node)) != table ? kEmptyNode : node;
}

}  // namespace

StateTree::StateTree(const StateTree& other) : root_(other.root_), size_(other.size_) {
  internal::Acquire(root_);
}

StateTree::StateTree(StateTree&& other) noexcept
    : root_(std::exchange(other.root_, kEmptyNode)), size_(std::exchange(other.size_, 0)) {}

StateTree& StateTree::operator=(const StateTree& other) {
  StateTree copy(other);
  std::swap(root_, copy.root_);
  std::swap(size_, copy.size_);
  return *this;
}

StateTree& StateTree::operator=(StateTree&& other) noexcept {
  std::swap(root_, other.root_);
  std::swap(size_, other.size_);
  return *this;
}

StateTree::~StateTree() {
  if (root_ != kEmptyNode) internal::Release(root_);
}

StateTree StateTree::Update(absl::Span<const StateChange> sorted_changes) const {
  for (size_t i = 1; i < sorted_changes.size(); ++i) {
    CAUSEWAY_CHECK(sorted_changes[i - 1].key < sorted_changes[i].key, "changes must be strictly ascending by key");
  }
  Updater updater;
  const Updater::Subtree result = updater.Apply(root_, 0, sorted_changes);
  if (!result.owned) internal::Acquire(result.node);
  return StateTree(result.node, size_ + static_cast<uint64_t>(updater.size_change()));
}

Hash StateTree::Root() const {
  return HashOf(root_);
}

Hash StateTree::SubRoot(uint16_t table) const {
  return HashOf(SubtreeOf(root_, table));
}

std::vector<std::pair<uint16_t, Hash>> StateTree::TableRoots() const {
  struct Pending {
    NodeReference node;
    size_t depth;
    uint32_t prefix;  // the first `depth` bits
  };
  std::vector<std::pair<uint16_t, Hash>> roots;
  std::vector<Pending> pending{{root_, 0, 0}};
  while (!pending.empty()) {
    const Pending next = pending.back();
    pending.pop_back();
    if (next.node == kEmptyNode) continue;
    if (IsLeaf(next.node)) {
      roots.emplace_back(TableOf(KeyOf(next.node)), HashOf(next.node));
    } else if (next.depth == kTableDepth) {
      roots.emplace_back(static_cast<uint16_t>(next.prefix), HashOf(next.node));
    } else {
      const internal::InteriorNode& interior = InteriorAt(next.node);
      pending.push_back({interior.right, next.depth + 1, next.prefix << 1 | 1});
      pending.push_back({interior.left, next.depth + 1, next.prefix << 1});
    }
  }
  return roots;
}

std::optional<Hash> StateTree::Find(const StateTreeKey& key) const {
  NodeReference node = root_;
  for (size_t depth = 0; node != kEmptyNode && !IsLeaf(node); ++depth) {
    node = StateKeyBit(key, depth) ? InteriorAt(node).right : InteriorAt(node).left;
  }
  if (node == kEmptyNode || KeyOf(node) != key) return std::nullopt;
  return ValueHashOf(node);
}

StateProof StateTree::Prove(const StateTreeKey& key) const {
  const Descent descent = Descend(root_, key, kStateTreeDepthMax);
  StateProof proof{HashesOf(descent.siblings), std::nullopt};
  if (descent.node != kEmptyNode && KeyOf(descent.node) != key) proof.other_leaf = LeafOf(descent.node);
  return proof;
}

StateProof StateTree::ProveTable(uint16_t table) const {
  const Descent descent = Descend(root_, FirstKeyOf(table), kTableDepth);
  StateProof proof{HashesOf(descent.siblings), std::nullopt};
  if (IsLeaf(descent.node) && TableOf(KeyOf(descent.node)) != table) proof.other_leaf = LeafOf(descent.node);
  return proof;
}

void StateTree::ForEach(uint16_t table, absl::FunctionRef<void(const StateTreeKey&, const Hash&)> visit) const {
  std::vector<NodeReference> pending{SubtreeOf(root_, table)};
  while (!pending.empty()) {
    const NodeReference node = pending.back();
    pending.pop_back();
    if (node == kEmptyNode) continue;
    if (IsLeaf(node)) {
      visit(KeyOf(node), ValueHashOf(node));
    } else {
      pending.push_back(InteriorAt(node).right);
      pending.push_back(InteriorAt(node).left);
    }
  }
}

StateTree::MemoryUse StateTree::GetMemoryUse() {
  return MemoryUse{internal::Leaves().bytes_reserved() + internal::Interiors().bytes_reserved(),
                   internal::Leaves().in_use(), internal::Interiors().in_use()};
}

}  // namespace causeway::merkle
