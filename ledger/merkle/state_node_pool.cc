// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/state_node_pool.h"

#include <algorithm>

#include "ledger/base/check.h"

namespace causeway::merkle::internal {
namespace {

constexpr size_t kBatchMax = 4096;

// Drops one reference; true where it was the last. Whoever holds the only reference needs no atomic decrement: nobody
// else can see the node.
bool DropsLast(std::atomic<uint32_t>& references) {
  return references.load(std::memory_order_acquire) == 1 || references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

uint32_t NextIndex(std::vector<uint32_t>& stock, size_t& batch, auto& store) {
  if (stock.empty()) {
    store.Take(batch, stock);
    batch = std::min(batch * 2, kBatchMax);
  }
  const uint32_t index = stock.back();
  stock.pop_back();
  return index;
}

}  // namespace

template <typename Node>
void NodeStore<Node>::Take(size_t count, std::vector<uint32_t>& indices) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t recycled = std::min(count, free_.size());
  indices.insert(indices.end(), free_.end() - static_cast<ptrdiff_t>(recycled), free_.end());
  free_.resize(free_.size() - recycled);
  if (recycled == count) return;
  // Fresh ones in descending order, so that taking from the back fills memory upwards.
  const uint64_t fresh_end = uint64_t{next_} + (count - recycled);
  CAUSEWAY_CHECK(fresh_end <= kChunks * kChunkSize, "the state tree has more nodes than 32-bit references can name");
  for (uint64_t chunk = next_ / kChunkSize; chunk <= (fresh_end - 1) / kChunkSize; ++chunk) {
    if (chunks_[chunk].load(std::memory_order_relaxed) == nullptr) {
      chunks_[chunk].store(new Node[kChunkSize], std::memory_order_release);
    }
  }
  for (uint64_t index = fresh_end; index-- > next_;) indices.push_back(static_cast<uint32_t>(index));
  next_ = static_cast<uint32_t>(fresh_end);
}

template <typename Node>
void NodeStore<Node>::Give(std::vector<uint32_t>& indices) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.insert(free_.end(), indices.begin(), indices.end());
  indices.clear();
}

template <typename Node>
uint64_t NodeStore<Node>::bytes_reserved() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t chunks = (uint64_t{next_} + kChunkSize - 1) / kChunkSize;
  return chunks * kChunkSize * sizeof(Node) + free_.capacity() * sizeof(uint32_t);
}

template <typename Node>
uint64_t NodeStore<Node>::in_use() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return next_ - 1 - free_.size();
}

template class NodeStore<InteriorNode>;
template class NodeStore<LeafNode>;

NodeStore<InteriorNode>& Interiors() {
  static NodeStore<InteriorNode>& store = *new NodeStore<InteriorNode>;
  return store;
}

NodeStore<LeafNode>& Leaves() {
  static NodeStore<LeafNode>& store = *new NodeStore<LeafNode>;
  return store;
}

void Acquire(NodeReference reference) {
  if (reference == kEmptyNode) return;
  auto& references = IsLeaf(reference) ? LeafAt(reference).references : InteriorAt(reference).references;
  references.fetch_add(1, std::memory_order_relaxed);
}

void Release(NodeReference reference) {
  std::vector<uint32_t> leaves;
  std::vector<uint32_t> interiors;
  std::vector<NodeReference> pending;
  if (reference != kEmptyNode) pending.push_back(reference);
  while (!pending.empty()) {
    const NodeReference node = pending.back();
    pending.pop_back();
    if (IsLeaf(node)) {
      if (DropsLast(LeafAt(node).references)) leaves.push_back(node & ~kLeafBit);
      continue;
    }
    InteriorNode& interior = InteriorAt(node);
    if (!DropsLast(interior.references)) continue;
    interiors.push_back(node);
    for (const NodeReference child : {interior.left, interior.right}) {
      if (child != kEmptyNode) pending.push_back(child);
    }
  }
  if (!leaves.empty()) Leaves().Give(leaves);
  if (!interiors.empty()) Interiors().Give(interiors);
}

NodeMaker::~NodeMaker() {
  if (!free_leaves_.empty()) Leaves().Give(free_leaves_);
  if (!free_interiors_.empty()) Interiors().Give(free_interiors_);
}

NodeReference NodeMaker::MakeLeaf(const StateTreeKey& key, const Hash& value_hash) {
  const uint32_t index = NextIndex(free_leaves_, leaf_batch_, Leaves());
  LeafNode& leaf = Leaves().At(index);
  leaf.references.store(1, std::memory_order_relaxed);
  leaf.key = key.array();
  leaf.value_hash = value_hash.array();
  return index | kLeafBit;
}

NodeReference NodeMaker::MakeInterior(NodeReference left, NodeReference right, const Hash& hash) {
  const uint32_t index = NextIndex(free_interiors_, interior_batch_, Interiors());
  InteriorNode& interior = Interiors().At(index);
  interior.references.store(1, std::memory_order_relaxed);
  interior.left = left;
  interior.right = right;
  interior.hash = hash.array();
  return index;
}

}  // namespace causeway::merkle::internal
