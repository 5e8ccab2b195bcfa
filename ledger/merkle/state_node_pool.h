// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_MERKLE_STATE_NODE_POOL_H_
#define CAUSEWAY_LEDGER_MERKLE_STATE_NODE_POOL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "ledger/base/identifiers.h"
#include "ledger/merkle/state_proof.h"

// Where the nodes of all state trees of the process live: chunks that never move, nodes named by 32-bit references
// instead of pointers (a tree of n random keys has about 1.44 n interior nodes of 44 bytes and n leaves of 72, in all
// about 135 bytes a key).
//
// Invariants: a node's content is written before its reference is given away and never again until its last reference
// is gone. Each reference held by a parent node, a StateTree or a function in progress counts one. Thread safety:
// everything here may be called from any thread; handing a reference to another thread is the caller's synchronization.
namespace causeway::merkle::internal {

// 0 is the empty subtree; the top bit marks a leaf; the rest is an index into the pool of that kind.
using NodeReference = uint32_t;
inline constexpr NodeReference kEmptyNode = 0;
inline constexpr NodeReference kLeafBit = uint32_t{1} << 31;
inline bool IsLeaf(NodeReference reference) {
  return (reference & kLeafBit) != 0;
}

// The hash is of the node itself: whoever changes a sibling reads it here.
struct InteriorNode {
  std::atomic<uint32_t> references;
  NodeReference left;
  NodeReference right;
  std::array<uint8_t, Hash::kSize> hash;
};

// A leaf's own hash is left out and computed when a neighbour changes: it would cost a quarter more memory.
struct LeafNode {
  std::atomic<uint32_t> references;
  std::array<uint8_t, StateTreeKey::kSize> key;
  std::array<uint8_t, Hash::kSize> value_hash;
};

// Nodes of one kind.
template <typename Node>
class NodeStore {
 public:
  NodeStore() = default;
  NodeStore(const NodeStore&) = delete;
  NodeStore& operator=(const NodeStore&) = delete;

  Node& At(uint32_t index) const {
    return chunks_[index / kChunkSize].load(std::memory_order_acquire)[index % kChunkSize];
  }

  // Adds up to `count` unused indices to `indices`, at least one.
  void Take(size_t count, std::vector<uint32_t>& indices);
  // Takes back `indices` and empties the vector.
  void Give(std::vector<uint32_t>& indices);

  uint64_t bytes_reserved() const;
  uint64_t in_use() const;

 private:
  static constexpr size_t kChunkSize = size_t{1} << 16;
  static constexpr size_t kChunks = size_t{1} << 15;

  // std::mutex rather than absl's: the packaged abseil hides its locks from the thread sanitizer.
  mutable std::mutex mutex_;  // guards free_ and next_, and the making of chunks
  std::array<std::atomic<Node*>, kChunks> chunks_{};
  std::vector<uint32_t> free_;
  uint32_t next_ = 1;  // index 0 is never used, so that reference 0 is no node
};

// The process's pools; made on first use and never destroyed, so that trees may outlive main.
NodeStore<InteriorNode>& Interiors();
NodeStore<LeafNode>& Leaves();

inline InteriorNode& InteriorAt(NodeReference reference) {
  return Interiors().At(reference);
}
inline LeafNode& LeafAt(NodeReference reference) {
  return Leaves().At(reference & ~kLeafBit);
}

// Begins to load a node that will be read, and perhaps referred to once more, soon. A matter of speed only.
inline void Prefetch(NodeReference reference) {
  if (reference == kEmptyNode) return;
  const char* begin = IsLeaf(reference) ? reinterpret_cast<const char*>(&LeafAt(reference))
                                        : reinterpret_cast<const char*>(&InteriorAt(reference));
  const size_t size = IsLeaf(reference) ? sizeof(LeafNode) : sizeof(InteriorNode);
  __builtin_prefetch(begin, 1);
  __builtin_prefetch(begin + size - 1, 1);  // most nodes straddle two cache lines
}

// One more reference to a node; the empty subtree needs none.
void Acquire(NodeReference reference);
// One less; frees the node, and what it alone kept, when it was the last.
void Release(NodeReference reference);

// Makes nodes, from a small stock of free indices that it returns in the end. One thread.
class NodeMaker {
 public:
  NodeMaker() = default;
  ~NodeMaker();
  NodeMaker(const NodeMaker&) = delete;
  NodeMaker& operator=(const NodeMaker&) = delete;

  // Each with one reference, the caller's. MakeInterior takes over the caller's references to the children.
  NodeReference MakeLeaf(const StateTreeKey& key, const Hash& value_hash);
  NodeReference MakeInterior(NodeReference left, NodeReference right, const Hash& hash);

 private:
  std::vector<uint32_t> free_leaves_;
  std::vector<uint32_t> free_interiors_;
  size_t leaf_batch_ = 16;  // how many to take next time: few for a small change, many for a bulk load
  size_t interior_batch_ = 32;
};

}  // namespace causeway::merkle::internal

#endif  // CAUSEWAY_LEDGER_MERKLE_STATE_NODE_POOL_H_
