// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_MERKLE_STATE_TREE_H_
#define CAUSEWAY_LEDGER_MERKLE_STATE_TREE_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "ledger/base/identifiers.h"
#include "ledger/merkle/state_proof.h"

// The state tree: the commitment to every key and value of the state, in memory and never stored, rebuilt from the flat
// state on start.
//
// Invariants: the root is a pure function of the set of (key, value hash), in whatever order and batches it came about;
// nodes never change once made and are shared by all trees that contain them, so a copy costs one reference and an
// overlay costs the paths that it changed. Thread safety: a StateTree object is a value, used by one thread at a time;
// different objects, even copies that share every node, may be used and destroyed on different threads at once.
// Determinism: no randomness, no rebalancing, no dependence on addresses.
namespace causeway::merkle {

// One key's new value hash (SHA-256 of the value's bytes), or its deletion.
struct StateChange {
  StateTreeKey key;
  std::optional<Hash> value_hash;
};

class StateTree {
 public:
  // The empty tree, whose root is 32 zero bytes.
  StateTree() = default;
  StateTree(const StateTree& other);
  StateTree(StateTree&& other) noexcept;
  StateTree& operator=(const StateTree& other);
  StateTree& operator=(StateTree&& other) noexcept;
  ~StateTree();

  // The tree after the changes, which must be strictly ascending by key (checked). Deleting a key that is not there
  // changes nothing. One pass; cost is proportional to the changed keys times the depth. The bulk load at start is an
  // update of the empty tree.
  StateTree Update(absl::Span<const StateChange> sorted_changes) const;

  Hash Root() const;

  // The root of the subtree that holds one table: what names the table in which two states differ. Zero bytes where the
  // table is empty.
  Hash SubRoot(uint16_t table) const;

  // Every table that has a key, ascending, with its sub-root.
  std::vector<std::pair<uint16_t, Hash>> TableRoots() const;

  // The number of keys.
  uint64_t size() const { return size_; }

  // The value hash at a key.
  std::optional<Hash> Find(const StateTreeKey& key) const;

  // Proves the value at `key` or its absence. Verified by VerifyStateProof.
  StateProof Prove(const StateTreeKey& key) const;

  // Proves the whole content of a table; the leaves themselves are the statement. Verified by VerifyTableProof.
  StateProof ProveTable(uint16_t table) const;

  // Calls `visit` with every (key, value hash) of a table, ascending by tree key.
  void ForEach(uint16_t table, absl::FunctionRef<void(const StateTreeKey&, const Hash&)> visit) const;

  // Bytes of memory in nodes of all trees of this process, and nodes in use: for metrics and tests.
  struct MemoryUse {
    uint64_t bytes_reserved = 0;
    uint64_t leaves = 0;
    uint64_t interior_nodes = 0;
  };
  static MemoryUse GetMemoryUse();

 private:
  explicit StateTree(uint32_t root, uint64_t size) : root_(root), size_(size) {}

  uint32_t root_ = 0;  // reference into the node pool; 0 is the empty tree
  uint64_t size_ = 0;
};

}  // namespace causeway::merkle

#endif  // CAUSEWAY_LEDGER_MERKLE_STATE_TREE_H_
