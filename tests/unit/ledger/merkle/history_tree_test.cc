// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/history_tree.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "ledger/crypto/sha256.h"
#include "tests/support/status_matchers.h"
#include "tests/vectors/vector_file.h"

namespace causeway::merkle {
namespace {

using ::testing::SizeIs;

constexpr uint64_t kSizes = 64;

// What a store would hold, and the root after each leaf. Refuses to name a node that is not complete.
class Log {
 public:
  void Append(const Hash& leaf) {
    for (const HistoryNode& node : frontier_.Append(leaf)) {
      EXPECT_TRUE(nodes_.emplace(std::pair(node.level, node.index), node.hash).second) << "completed twice";
    }
    leaves_.push_back(leaf);
    heads_.push_back(frontier_.Head());
  }

  absl::StatusOr<Hash> Node(uint32_t level, uint64_t index) const {
    const auto found = nodes_.find({level, index});
    if (found == nodes_.end()) return absl::DataLossError(absl::StrCat("no node ", level, ", ", index));
    return found->second;
  }

  // A source for proofs about the tree as it was at `size`: asking beyond it is a defect.
  auto SourceAt(uint64_t size) const {
    return [this, size](uint32_t level, uint64_t index) {
      EXPECT_LE((index + 1) << level, size);
      return Node(level, index);
    };
  }

  const std::vector<Hash>& leaves() const { return leaves_; }
  const HistoryHead& head(uint64_t size) const { return heads_[size]; }
  const HistoryFrontier& frontier() const { return frontier_; }

 private:
  HistoryFrontier frontier_;
  std::map<std::pair<uint32_t, uint64_t>, Hash> nodes_;
  std::vector<Hash> leaves_;
  std::vector<HistoryHead> heads_{HistoryHead{0, HistoryEmptyRoot()}};
};

Log MakeLog(uint64_t size) {
  Log log;
  for (uint64_t i = 0; i < size; ++i) log.Append(HistoryLeafHash(absl::StrCat("leaf ", i)));
  return log;
}

const Log& TheLog() {
  static const Log& log = *new Log(MakeLog(kSizes));
  return log;
}

// The definition of RFC 9162, section 2.1.1, read aloud.
Hash ReferenceLogRoot(absl::Span<const Hash> leaves) {
  if (leaves.empty()) return crypto::Sha256("");
  if (leaves.size() == 1) return leaves[0];
  size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return crypto::Sha256("\x01" + ReferenceLogRoot(leaves.first(k)).ToString() +
                        ReferenceLogRoot(leaves.subspan(k)).ToString());
}

Hash Flip(const Hash& hash, size_t bit) {
  std::array<uint8_t, Hash::kSize> bytes = hash.array();
  bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
  return Hash(bytes);
}

HistoryHead FlipRoot(const HistoryHead& head, size_t bit) {
  return HistoryHead{head.size, Flip(head.root, bit)};
}

TEST(HistoryTree, HoldsThePublishedVectors) {
  Log log;
  int checked = 0;
  for (const auto& vector : ReadVectorFile("rfc6962_tree.txt")) {
    if (vector[0] == "leaf") log.Append(HistoryLeafHash(VectorBytes(vector[1])));
    if (vector[0] == "leaf") continue;
    uint64_t first = 0;
    ASSERT_TRUE(absl::SimpleAtoi(vector[1], &first));
    if (vector[0] == "root") {
      EXPECT_EQ(log.head(first).root.ToHex(), vector[2]) << first;
      ++checked;
      continue;
    }
    uint64_t second = 0;
    ASSERT_TRUE(absl::SimpleAtoi(vector[2], &second));
    std::vector<Hash> path;
    for (absl::string_view hex : absl::StrSplit(vector[3], ' ')) path.push_back(*Hash::FromHex(hex));
    if (vector[0] == "inclusion") {
      EXPECT_EQ(ProveInclusion(first, second, log.SourceAt(second))->path, path) << first << " in " << second;
      EXPECT_TRUE(VerifyInclusion(log.head(second), log.leaves()[first], InclusionProof{first, second, path}));
    } else {
      ASSERT_EQ(vector[0], "consistency");
      EXPECT_EQ(ProveConsistency(first, second, log.SourceAt(second))->path, path) << first << " to " << second;
      EXPECT_TRUE(VerifyConsistency(log.head(first), log.head(second), ConsistencyProof{first, second, path}));
    }
    ++checked;
  }
  EXPECT_EQ(checked, 16);
}

TEST(HistoryTree, ItsRootIsTheDefinitionsAtEverySize) {
  for (uint64_t size = 0; size <= kSizes; ++size) {
    const auto leaves = absl::MakeConstSpan(TheLog().leaves()).first(size);
    EXPECT_EQ(TheLog().head(size).root, ReferenceLogRoot(leaves)) << size;
    EXPECT_EQ(HistoryRootOf(leaves), ReferenceLogRoot(leaves)) << size;
  }
}

TEST(HistoryTree, AppendReportsEachCompleteNodeOnce) {
  HistoryFrontier frontier;
  EXPECT_THAT(frontier.Append(TheLog().leaves()[0]), SizeIs(1));
  EXPECT_THAT(frontier.Append(TheLog().leaves()[1]), SizeIs(2));
  EXPECT_THAT(frontier.Append(TheLog().leaves()[2]), SizeIs(1));
  const auto completed = frontier.Append(TheLog().leaves()[3]);
  ASSERT_THAT(completed, SizeIs(3));
  EXPECT_EQ(completed[2].level, 2u);
  EXPECT_EQ(completed[2].index, 0u);
  EXPECT_EQ(completed[2].hash, frontier.Root());
}

TEST(HistoryTree, EveryInclusionProofVerifiesAndNoBitOfItMayChange) {
  for (uint64_t size = 1; size <= kSizes; ++size) {
    const HistoryHead& head = TheLog().head(size);
    for (uint64_t index = 0; index < size; ++index) {
      const Hash& leaf = TheLog().leaves()[index];
      const InclusionProof proof = *ProveInclusion(index, size, TheLog().SourceAt(size));
      ASSERT_TRUE(VerifyInclusion(head, leaf, proof)) << index << " in " << size;
      EXPECT_EQ(ProveInclusionIn(absl::MakeConstSpan(TheLog().leaves()).first(size), index).path, proof.path);
      InclusionProof changed = proof;
      for (size_t i = 0; i < proof.path.size(); ++i) {
        for (size_t bit = 0; bit < 256; ++bit) {
          changed.path[i] = Flip(proof.path[i], bit);
          ASSERT_FALSE(VerifyInclusion(head, leaf, changed)) << index << " in " << size << ": " << i << ", " << bit;
        }
        changed.path[i] = proof.path[i];
      }
      for (size_t bit = 0; bit < 64; ++bit) {
        changed.leaf_index = proof.leaf_index ^ uint64_t { 1 } << bit;
        ASSERT_FALSE(VerifyInclusion(head, leaf, changed)) << index << " in " << size << ": index bit " << bit;
        changed.leaf_index = proof.leaf_index;
        changed.tree_size = proof.tree_size ^ uint64_t { 1 } << bit;
        ASSERT_FALSE(VerifyInclusion(head, leaf, changed)) << index << " in " << size << ": size bit " << bit;
        changed.tree_size = proof.tree_size;
      }
      for (size_t bit = 0; bit < 256; ++bit) {
        ASSERT_FALSE(VerifyInclusion(FlipRoot(head, bit), leaf, proof));
        ASSERT_FALSE(VerifyInclusion(head, Flip(leaf, bit), proof));
      }
      changed.path.push_back(leaf);
      EXPECT_FALSE(VerifyInclusion(head, leaf, changed)) << "a hash too many";
      changed.path.resize(proof.path.size() - (proof.path.empty() ? 0 : 1), leaf);
      EXPECT_EQ(VerifyInclusion(head, leaf, changed), size == 1) << "a hash too few";
    }
  }
}

TEST(HistoryTree, AProofIsOfOneTreeOnly) {
  // The path of one leaf may serve trees of several sizes; the head decides which.
  const InclusionProof proof = *ProveInclusion(0, 5, TheLog().SourceAt(5));
  const HistoryHead& head = TheLog().head(5);
  EXPECT_TRUE(VerifyInclusion(head, TheLog().leaves()[0], proof));
  EXPECT_FALSE(VerifyInclusion(HistoryHead{6, head.root}, TheLog().leaves()[0], proof));
  EXPECT_FALSE(VerifyInclusion(head, TheLog().leaves()[0], InclusionProof{0, 6, proof.path}));
  EXPECT_FALSE(VerifyInclusion(HistoryHead{0, HistoryEmptyRoot()}, TheLog().leaves()[0], InclusionProof{0, 0, {}}));
}

TEST(HistoryTree, EveryConsistencyProofVerifiesAndNoBitOfItMayChange) {
  for (uint64_t new_size = 0; new_size <= kSizes; ++new_size) {
    for (uint64_t old_size = 0; old_size <= new_size; ++old_size) {
      const HistoryHead& old_head = TheLog().head(old_size);
      const HistoryHead& new_head = TheLog().head(new_size);
      const ConsistencyProof proof = *ProveConsistency(old_size, new_size, TheLog().SourceAt(new_size));
      ASSERT_TRUE(VerifyConsistency(old_head, new_head, proof)) << old_size << " to " << new_size;
      ConsistencyProof changed = proof;
      for (size_t i = 0; i < proof.path.size(); ++i) {
        for (size_t bit = 0; bit < 256; ++bit) {
          changed.path[i] = Flip(proof.path[i], bit);
          ASSERT_FALSE(VerifyConsistency(old_head, new_head, changed)) << old_size << " to " << new_size;
        }
        changed.path[i] = proof.path[i];
      }
      for (size_t bit = 0; bit < 64; ++bit) {
        changed.old_size = proof.old_size ^ uint64_t { 1 } << bit;
        ASSERT_FALSE(VerifyConsistency(old_head, new_head, changed)) << old_size << " to " << new_size;
        changed.old_size = proof.old_size;
        changed.new_size = proof.new_size ^ uint64_t { 1 } << bit;
        ASSERT_FALSE(VerifyConsistency(old_head, new_head, changed)) << old_size << " to " << new_size;
        changed.new_size = proof.new_size;
      }
      for (size_t bit = 0; bit < 256; ++bit) {
        ASSERT_FALSE(VerifyConsistency(FlipRoot(old_head, bit), new_head, proof)) << old_size << " to " << new_size;
        // Every tree continues the empty one.
        ASSERT_EQ(VerifyConsistency(old_head, FlipRoot(new_head, bit), proof), old_size == 0 && new_size > 0);
      }
      changed.path.push_back(new_head.root);
      EXPECT_FALSE(VerifyConsistency(old_head, new_head, changed)) << "a hash too many";
      changed.path = proof.path;
      if (!changed.path.empty()) {
        changed.path.pop_back();
        EXPECT_FALSE(VerifyConsistency(old_head, new_head, changed)) << "a hash too few";
        changed.path.clear();
        EXPECT_FALSE(VerifyConsistency(old_head, new_head, changed)) << "no hash at all";
      }
    }
  }
}

TEST(HistoryTree, ALongerTreeIsNoPrefixOfAShorterOne) {
  const ConsistencyProof proof{5, 3, {}};
  EXPECT_FALSE(VerifyConsistency(TheLog().head(5), TheLog().head(3), proof));
  EXPECT_THAT(ProveConsistency(5, 3, TheLog().SourceAt(5)), StatusIs(absl::StatusCode::kOutOfRange, "no prefix"));
}

TEST(HistoryTree, ARewrittenHistoryHasNoConsistencyProof) {
  Log other;
  for (uint64_t i = 0; i < kSizes; ++i) other.Append(HistoryLeafHash(absl::StrCat(i == 20 ? "forged " : "leaf ", i)));
  for (uint64_t old_size = 21; old_size < kSizes; ++old_size) {
    const ConsistencyProof proof = *ProveConsistency(old_size, kSizes, other.SourceAt(kSizes));
    EXPECT_FALSE(VerifyConsistency(TheLog().head(old_size), other.head(kSizes), proof)) << old_size;
  }
}

TEST(HistoryTree, ProofsOutsideTheTreeAreRefused) {
  constexpr auto kOutOfRange = absl::StatusCode::kOutOfRange;
  EXPECT_THAT(ProveInclusion(3, 3, TheLog().SourceAt(3)), StatusIs(kOutOfRange, "no leaf 3 in a history of 3"));
  EXPECT_THAT(ProveInclusion(0, 0, TheLog().SourceAt(0)), StatusIs(kOutOfRange));
  EXPECT_THAT(ProveInclusion(0, kHistorySizeMax, TheLog().SourceAt(0)), StatusIs(kOutOfRange));
  EXPECT_THAT(ProveConsistency(0, kHistorySizeMax, TheLog().SourceAt(0)), StatusIs(kOutOfRange));
  EXPECT_THAT(FrontierAt(kHistorySizeMax, TheLog().SourceAt(0)), StatusIs(kOutOfRange));
}

TEST(HistoryTree, AnErrorOfTheSourceIsPassedOn) {
  const auto broken = [](uint32_t, uint64_t) { return absl::StatusOr<Hash>(absl::UnavailableError("disk")); };
  constexpr auto kUnavailable = absl::StatusCode::kUnavailable;
  EXPECT_THAT(ProveInclusion(1, 3, broken), StatusIs(kUnavailable, "disk"));
  EXPECT_THAT(ProveConsistency(2, 3, broken), StatusIs(kUnavailable, "disk"));
  EXPECT_THAT(FrontierAt(3, broken), StatusIs(kUnavailable, "disk"));
  // The last step of a consistency proof reads too.
  int reads = 0;
  const auto breaks_second = [&reads](uint32_t level, uint64_t index) {
    return ++reads == 2 ? absl::StatusOr<Hash>(absl::UnavailableError("disk")) : TheLog().Node(level, index);
  };
  EXPECT_THAT(ProveConsistency(3, 4, breaks_second), StatusIs(kUnavailable, "disk"));
}

TEST(HistoryFrontier, IsFoundAgainFromStoredNodes) {
  for (uint64_t size = 0; size <= kSizes; ++size) {
    const absl::StatusOr<HistoryFrontier> frontier = FrontierAt(size, TheLog().SourceAt(size));
    CAUSEWAY_ASSERT_OK(frontier);
    EXPECT_EQ(frontier->size(), size);
    EXPECT_EQ(frontier->Root(), TheLog().head(size).root);
    const absl::StatusOr<HistoryFrontier> restored = HistoryFrontier::Restore(size, frontier->peaks());
    CAUSEWAY_ASSERT_OK(restored);
    EXPECT_EQ(*restored, *frontier);
  }
  EXPECT_EQ(*FrontierAt(kSizes, TheLog().SourceAt(kSizes)), TheLog().frontier());
}

TEST(HistoryFrontier, RefusesPeaksThatDoNotFitTheSize) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(HistoryFrontier::Restore(3, {Hash::Zero()}), StatusIs(kInvalid, "3 leaves does not have 1 peaks"));
  EXPECT_THAT(HistoryFrontier::Restore(0, {Hash::Zero()}), StatusIs(kInvalid));
  EXPECT_THAT(HistoryFrontier::Restore(kHistorySizeMax, {Hash::Zero()}), StatusIs(kInvalid));
}

TEST(HistoryTree, AnInnerNodeCannotPassForALeaf) {
  // Second preimages across levels: the data whose leaf hash would be a node's hash begins with another prefix.
  const Hash& left = TheLog().leaves()[0];
  const Hash& right = TheLog().leaves()[1];
  EXPECT_NE(HistoryLeafHash(left.ToString() + right.ToString()), HistoryNodeHash(left, right));
}

}  // namespace
}  // namespace causeway::merkle
