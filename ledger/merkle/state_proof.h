// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_MERKLE_STATE_PROOF_H_
#define CAUSEWAY_LEDGER_MERKLE_STATE_PROOF_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "ledger/base/identifiers.h"

// The state tree's hashing, and the verifiers of its proofs: all that somebody needs who holds a certified state root
// and nothing else.
//
//   tree key (34 bytes) = table id, big-endian (2) ‖ SHA-256(key bytes without the table id) (32)
//   leaf  = SHA-256(0x00 ‖ tree key ‖ SHA-256(value))
//   node  = SHA-256(0x01 ‖ left ‖ right)
//   empty subtree = 32 zero bytes; a subtree with exactly one leaf is that leaf's hash
//
// A node at depth d splits on bit d of the tree key, counted from the most significant bit of byte 0; a zero bit goes
// left. The first 16 bits are the table, so each table has a subtree of its own.
//
// Why a proof cannot lie: a leaf's and a node's preimages differ in their first byte and length, so a path of sibling
// hashes that leads to the root *is* the path in the tree; at its end stands the leaf asked for, or another leaf, or
// nothing, and a key has one place only.
//
// Determinism: pure functions of their arguments.
namespace causeway::merkle {

inline constexpr size_t kStateTreeDepthMax = 272;
inline constexpr size_t kTableDepth = 16;

// 34 bytes, ordered as the tree orders them.
using StateTreeKey = FixedBytes<struct StateTreeKeyTag, 34>;

// The tree key of a record of `table` under `key_bytes` (the key as the table encodes it, without the table id).
StateTreeKey StateTreeKeyOf(uint16_t table, absl::string_view key_bytes);

// The table to which a tree key belongs.
uint16_t TableOf(const StateTreeKey& key);

// Bit `index` of a key, 0 ≤ index < 272: which child of the node at that depth leads to it, true for the right one.
inline bool StateKeyBit(const StateTreeKey& key, size_t index) {
  return (key.data()[index / 8] >> (7 - index % 8) & 1) != 0;
}

Hash StateLeafHash(const StateTreeKey& key, const Hash& value_hash);
Hash StateNodeHash(const Hash& left, const Hash& right);

// A leaf by its two hashes.
struct StateLeaf {
  StateTreeKey key;
  Hash value_hash;
};

// The path to a key's place, or to a table's subtree.
struct StateProof {
  // Hashes of the siblings from the root downwards; zero bytes for an empty sibling. Their number is the depth at which
  // the path ends.
  std::vector<Hash> siblings;
  // The leaf at the end of the path where that is another one than the leaf asked for: its presence there is why the
  // one asked for is absent.
  std::optional<StateLeaf> other_leaf;
};

// True iff the proof shows that, in the state with `root`, the key has `value` (or no value, for nullopt).
bool VerifyStateProof(const Hash& root, uint16_t table, absl::string_view key_bytes,
                      std::optional<absl::string_view> value, const StateProof& proof);

// The same by tree key and value hash.
bool VerifyStateProof(const Hash& root, const StateTreeKey& key, const std::optional<Hash>& value_hash,
                      const StateProof& proof);

// True iff the proof shows that, in the state with `root`, the table holds exactly `leaves`: no key more, none less,
// none with another value. The leaves must be strictly ascending by key.
bool VerifyTableProof(const Hash& root, uint16_t table, absl::Span<const StateLeaf> leaves, const StateProof& proof);

// The root of the subtree at `depth` that holds exactly `leaves`, strictly ascending and equal in their first `depth`
// bits.
Hash StateSubtreeRoot(absl::Span<const StateLeaf> leaves, size_t depth);

}  // namespace causeway::merkle

#endif  // CAUSEWAY_LEDGER_MERKLE_STATE_PROOF_H_
