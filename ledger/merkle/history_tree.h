// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_MERKLE_HISTORY_TREE_H_
#define CAUSEWAY_LEDGER_MERKLE_HISTORY_TREE_H_

#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "ledger/base/identifiers.h"

// The history tree: an append-only log with the hashing of RFC 9162 (section 2.1), which holds receipts and headers.
// One certified root proves any older leaf, and any older root, in a logarithmic proof.
//
//   leaf = SHA-256(0x00 ‖ data)      node = SHA-256(0x01 ‖ left ‖ right)      root of the empty tree = SHA-256("")
//
// A *complete node* (level, index) covers the leaves index · 2^level up to (index + 1) · 2^level − 1, all present; once
// complete it never changes. A store keeps the complete nodes that Append reports, and proofs are made from these
// alone.
//
// Determinism: pure functions of their arguments. Thread safety: as plain values.
namespace causeway::merkle {

// Trees have fewer leaves than this.
inline constexpr uint64_t kHistorySizeMax = uint64_t{1} << 62;

Hash HistoryLeafHash(absl::string_view data);
Hash HistoryNodeHash(const Hash& left, const Hash& right);
Hash HistoryEmptyRoot();

// A complete node of the tree; level 0 is a leaf.
struct HistoryNode {
  uint32_t level;
  uint64_t index;
  Hash hash;
};

// A tree as a certified header states it: what a verifier trusts. Size and root belong together: the same root does not
// tell the size by itself.
struct HistoryHead {
  uint64_t size = 0;
  Hash root;
};

// The right edge of a tree: all that is needed to append and to tell the root.
class HistoryFrontier {
 public:
  // The empty tree.
  HistoryFrontier() = default;

  // A frontier as it was stored. INVALID_ARGUMENT unless there is one peak for each bit set in `size`.
  static absl::StatusOr<HistoryFrontier> Restore(uint64_t size, std::vector<Hash> peaks);

  // Appends a leaf by its hash. Returns the nodes that this completes, the leaf itself first, then upwards: at most 1 +
  // log2(size), two on average.
  absl::InlinedVector<HistoryNode, 2> Append(const Hash& leaf_hash);

  Hash Root() const;
  HistoryHead Head() const { return HistoryHead{size_, Root()}; }
  uint64_t size() const { return size_; }

  // The roots of the complete subtrees that make up the tree, largest first: one for each bit set in size().
  const std::vector<Hash>& peaks() const { return peaks_; }

  friend bool operator==(const HistoryFrontier& a, const HistoryFrontier& b) {
    return a.size_ == b.size_ && a.peaks_ == b.peaks_;
  }

 private:
  uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// The root over a list that is complete at hand, such as the operations of one receipt.
Hash HistoryRootOf(absl::Span<const Hash> leaf_hashes);

// That a leaf is at an index of the tree of a size; siblings from the leaf upwards (RFC 9162, section 2.1.3).
struct InclusionProof {
  uint64_t leaf_index = 0;
  uint64_t tree_size = 0;
  std::vector<Hash> path;
};

// That the tree of old_size is a prefix of the tree of new_size (RFC 9162, section 2.1.4).
struct ConsistencyProof {
  uint64_t old_size = 0;
  uint64_t new_size = 0;
  std::vector<Hash> path;
};

// Gives the hash of a complete node; an error where it cannot be read, which the functions below pass on.
using HistoryNodeSource = absl::FunctionRef<absl::StatusOr<Hash>(uint32_t level, uint64_t index)>;

// OUT_OF_RANGE unless leaf_index < tree_size, and old_size ≤ new_size. The source is asked for complete nodes of the
// tree only.
absl::StatusOr<InclusionProof> ProveInclusion(uint64_t leaf_index, uint64_t tree_size, HistoryNodeSource source);
absl::StatusOr<ConsistencyProof> ProveConsistency(uint64_t old_size, uint64_t new_size, HistoryNodeSource source);

// The frontier as it was at `size`.
absl::StatusOr<HistoryFrontier> FrontierAt(uint64_t size, HistoryNodeSource source);

// A proof over a list that is complete at hand, such as the operations of one receipt. `leaf_index` must be in it.
InclusionProof ProveInclusionIn(absl::Span<const Hash> leaf_hashes, uint64_t leaf_index);

// True iff the proof shows that the leaf is in the tree with that head, at the index that the proof names.
bool VerifyInclusion(const HistoryHead& head, const Hash& leaf_hash, const InclusionProof& proof);

// True iff the proof shows that the tree with the old head is a prefix of the tree with the new one. The empty tree is
// a prefix of every tree.
bool VerifyConsistency(const HistoryHead& old_head, const HistoryHead& new_head, const ConsistencyProof& proof);

}  // namespace causeway::merkle

#endif  // CAUSEWAY_LEDGER_MERKLE_HISTORY_TREE_H_
