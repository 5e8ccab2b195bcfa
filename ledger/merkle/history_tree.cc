// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/history_tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/crypto/sha256.h"

namespace causeway::merkle {
namespace {

// The size of the left subtree of a tree of n leaves, n ≥ 2: the largest power of two below n (RFC 9162,
// section 2.1.1).
uint64_t LeftSize(uint64_t n) {
  return std::bit_floor(n - 1);
}

// The root over peaks, largest first: the right edge folds from right to left.
Hash FoldPeaks(absl::Span<const Hash> peaks) {
  Hash root = peaks.back();
  for (size_t i = peaks.size() - 1; i > 0; --i) root = HistoryNodeHash(peaks[i - 1], root);
  return root;
}

// The peaks of the leaves from `begin` on to `end`, where `begin` is a multiple of a power of two not below their
// number.
absl::StatusOr<std::vector<Hash>> ReadPeaks(uint64_t begin, uint64_t end, HistoryNodeSource source) {
  std::vector<Hash> peaks;
  while (begin < end) {
    const uint64_t width = std::bit_floor(end - begin);
    const uint32_t level = static_cast<uint32_t>(std::countr_zero(width));
    CAUSEWAY_ASSIGN_OR_RETURN(const Hash peak, source(level, begin >> level));
    peaks.push_back(peak);
    begin += width;
  }
  return peaks;
}

absl::StatusOr<Hash> ReadRoot(uint64_t begin, uint64_t end, HistoryNodeSource source) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Hash> peaks, ReadPeaks(begin, end, source));
  return FoldPeaks(peaks);
}

absl::Status CheckSize(uint64_t size) {
  if (size < kHistorySizeMax) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("no history has ", size, " leaves"));
}

}  // namespace

Hash HistoryLeafHash(absl::string_view data) {
  static constexpr char kPrefix = 0;
  crypto::Sha256Hasher hasher;
  return hasher.Update(absl::string_view(&kPrefix, 1)).Update(data).Finish();
}

Hash HistoryNodeHash(const Hash& left, const Hash& right) {
  std::array<char, 1 + 2 * Hash::kSize> bytes;
  bytes[0] = 1;
  std::copy_n(left.data(), Hash::kSize, bytes.begin() + 1);
  std::copy_n(right.data(), Hash::kSize, bytes.begin() + 1 + Hash::kSize);
  return crypto::Sha256(absl::string_view(bytes.data(), bytes.size()));
}

Hash HistoryEmptyRoot() {
  return crypto::Sha256("");
}

absl::StatusOr<HistoryFrontier> HistoryFrontier::Restore(uint64_t size, std::vector<Hash> peaks) {
  if (size >= kHistorySizeMax || peaks.size() != static_cast<size_t>(std::popcount(size))) {
    return absl::InvalidArgumentError(
        absl::StrCat("a history of ", size, " leaves does not have ", peaks.size(), " peaks"));
  }
  HistoryFrontier frontier;
  frontier.size_ = size;
  frontier.peaks_ = std::move(peaks);
  return frontier;
}

absl::InlinedVector<HistoryNode, 2> HistoryFrontier::Append(const Hash& leaf_hash) {
  CAUSEWAY_CHECK(size_ + 1 < kHistorySizeMax);
  absl::InlinedVector<HistoryNode, 2> completed;
  HistoryNode node{0, size_, leaf_hash};
  completed.push_back(node);
  // A leaf with an odd index completes its parent, and so on upwards, as a carry runs through a binary number.
  while ((node.index & 1) != 0) {
    node = HistoryNode{node.level + 1, node.index >> 1, HistoryNodeHash(peaks_.back(), node.hash)};
    peaks_.pop_back();
    completed.push_back(node);
  }
  peaks_.push_back(node.hash);
  ++size_;
  return completed;
}

Hash HistoryFrontier::Root() const {
  return peaks_.empty() ? HistoryEmptyRoot() : FoldPeaks(peaks_);
}

Hash HistoryRootOf(absl::Span<const Hash> leaf_hashes) {
  HistoryFrontier frontier;
  for (const Hash& leaf : leaf_hashes) frontier.Append(leaf);
  return frontier.Root();
}

absl::StatusOr<InclusionProof> ProveInclusion(uint64_t leaf_index, uint64_t tree_size, HistoryNodeSource source) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSize(tree_size));
  if (leaf_index >= tree_size) {
    return absl::OutOfRangeError(absl::StrCat("no leaf ", leaf_index, " in a history of ", tree_size));
  }
  InclusionProof proof{leaf_index, tree_size, {}};
  // From the root down to the leaf, noting the sibling at each step; a path reads upwards.
  uint64_t begin = 0;
  uint64_t end = tree_size;
  while (end - begin > 1) {
    const uint64_t middle = begin + LeftSize(end - begin);
    const bool left = leaf_index < middle;
    CAUSEWAY_ASSIGN_OR_RETURN(const Hash sibling,
                              left ? ReadRoot(middle, end, source) : ReadRoot(begin, middle, source));
    proof.path.push_back(sibling);
    (left ? end : begin) = middle;
  }
  std::reverse(proof.path.begin(), proof.path.end());
  return proof;
}

absl::StatusOr<ConsistencyProof> ProveConsistency(uint64_t old_size, uint64_t new_size, HistoryNodeSource source) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSize(new_size));
  if (old_size > new_size) {
    return absl::OutOfRangeError(absl::StrCat("a history of ", old_size, " is no prefix of one of ", new_size));
  }
  ConsistencyProof proof{old_size, new_size, {}};
  if (old_size == 0 || old_size == new_size) return proof;
  // From the root of the new tree down to the node where the old tree's right edge ends (SUBPROOF of the RFC).
  uint64_t begin = 0;
  uint64_t end = new_size;
  bool old_root_known = true;  // the node reached is the whole old tree, which the verifier has
  while (end != old_size) {
    const uint64_t middle = begin + LeftSize(end - begin);
    const bool left = old_size <= middle;
    CAUSEWAY_ASSIGN_OR_RETURN(const Hash sibling,
                              left ? ReadRoot(middle, end, source) : ReadRoot(begin, middle, source));
    proof.path.push_back(sibling);
    if (!left) old_root_known = false;
    (left ? end : begin) = middle;
  }
  if (!old_root_known) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Hash last, ReadRoot(begin, end, source));
    proof.path.push_back(last);
  }
  std::reverse(proof.path.begin(), proof.path.end());
  return proof;
}

absl::StatusOr<HistoryFrontier> FrontierAt(uint64_t size, HistoryNodeSource source) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSize(size));
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Hash> peaks, ReadPeaks(0, size, source));
  return HistoryFrontier::Restore(size, std::move(peaks));
}

InclusionProof ProveInclusionIn(absl::Span<const Hash> leaf_hashes, uint64_t leaf_index) {
  CAUSEWAY_CHECK(leaf_index < leaf_hashes.size());
  // Complete nodes are computed as they are asked for: each leaf is under one of them, so all is hashed once.
  absl::StatusOr<InclusionProof> proof =
      ProveInclusion(leaf_index, leaf_hashes.size(), [leaf_hashes](uint32_t level, uint64_t index) {
        return absl::StatusOr<Hash>(HistoryRootOf(leaf_hashes.subspan(index << level, uint64_t{1} << level)));
      });
  CAUSEWAY_CHECK(proof.ok());
  return *std::move(proof);
}

// RFC 9162, section 2.1.3.2, with its names: fn and sn are the indices, at the level reached, of the node on the path
// and of the tree's last node.
bool VerifyInclusion(const HistoryHead& head, const Hash& leaf_hash, const InclusionProof& proof) {
  if (proof.tree_size != head.size || proof.leaf_index >= proof.tree_size) return false;
  uint64_t fn = proof.leaf_index;
  uint64_t sn = proof.tree_size - 1;
  Hash hash = leaf_hash;
  for (const Hash& sibling : proof.path) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      hash = HistoryNodeHash(sibling, hash);
      // The last node of a level may have no sibling there: rise to where it has one, on its left.
      while ((fn & 1) == 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = HistoryNodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == head.root;
}

// RFC 9162, section 2.1.4.2.
bool VerifyConsistency(const HistoryHead& old_head, const HistoryHead& new_head, const ConsistencyProof& proof) {
  if (proof.old_size != old_head.size || proof.new_size != new_head.size) return false;
  if (proof.old_size > proof.new_size) return false;
  if (proof.old_size == 0 && old_head.root != HistoryEmptyRoot()) return false;
  if (proof.old_size == proof.new_size) return proof.path.empty() && old_head.root == new_head.root;
  if (proof.old_size == 0) return proof.path.empty();
  uint64_t fn = proof.old_size - 1;
  uint64_t sn = proof.new_size - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  // An old tree of a power of two is a node of the new one, which the verifier knows: the path leaves it out.
  auto next = proof.path.begin();
  if (fn != 0 && next == proof.path.end()) return false;
  Hash old_root = fn == 0 ? old_head.root : *next++;
  Hash new_root = old_root;
  for (; next != proof.path.end(); ++next) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      old_root = HistoryNodeHash(*next, old_root);
      new_root = HistoryNodeHash(*next, new_root);
      while ((fn & 1) == 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      new_root = HistoryNodeHash(new_root, *next);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && old_root == old_head.root && new_root == new_head.root;
}

}  // namespace causeway::merkle
