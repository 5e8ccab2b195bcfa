// SPDX-License-Identifier: Apache-2.0
//
// A model of gradient-boosted trees in integers: what makes one acceptable, and its score.
//
// Invariants: a TreeModel obeys every limit of causeway/v1/model.proto, and scored each of its golden vectors as they
// say when it was compiled. Margins are sums of at most 512 leaves and a base, each below 2^50 in magnitude, so they
// fit 64 bits with room.
// Determinism: integers only; equal models and rows give equal margins everywhere.
// Thread safety: immutable after Compile.

#ifndef CAUSEWAY_CONTRACTS_POLICY_TREES_H_
#define CAUSEWAY_CONTRACTS_POLICY_TREES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/model.pb.h"

namespace causeway::policy {

// One value a feature of the model, in the model's order; absent where it is missing.
using FeatureRow = std::vector<std::optional<int32_t>>;

// Between the row and its record. Reading is for rows that a compiled model or this function's inverse has vouched for;
// whether a foreign row fits a model says TreeModel::Fits.
v1::FeatureRow RecordOf(const FeatureRow& row);
// Absent where the record is not of one row: an index of a missing value out of range, out of order or with a value
// beside it, or a value beyond 32 bits.
std::optional<FeatureRow> RowOf(const v1::FeatureRow& record);

// Limits of a model; model.proto states them field by field.
inline constexpr size_t kMostFeatures = 64;
inline constexpr size_t kMostTrees = 512;
inline constexpr size_t kMostNodes = 65'536;
inline constexpr size_t kMostDepth = 12;
inline constexpr size_t kMostReferences = 32;
inline constexpr size_t kMostGoldenVectors = 64;
inline constexpr size_t kMostCategories = 65'536;
inline constexpr uint64_t kMostExplanationWork = 2'000'000;
inline constexpr int64_t kFeatureMagnitudeMax = int64_t{1} << 24;
inline constexpr int64_t kLeafMagnitudeEnd = int64_t{1} << 50;
inline constexpr int64_t kThresholdMagnitudeEnd = int64_t{1} << 60;

// What can be wrong with a model. The numbers are on the ledger as parameters of a refusal and never reused.
enum class ModelFault : uint32_t {
  // A count of features, trees, nodes, references, golden vectors or categories out of its limits.
  kLimit = 1,
  // A feature's index, name, unit or bounds.
  kFeature = 2,
  // A tree whose lists do not describe one tree in preorder, or that is too deep.
  kTreeShape = 3,
  // A node that asks a feature that the model does not have, or a threshold out of the features' range.
  kSplit = 4,
  // A leaf or the base margin out of range.
  kLeaf = 5,
  // A category set that is not ascending, out of its feature's bounds, unknown or named by no node.
  kCategories = 6,
  // Decision thresholds out of order or out of range.
  kThresholds = 7,
  // An error bound below what the number and size of the leaves imply.
  kErrorBound = 8,
  // A reference or golden vector whose row does not fit the features.
  kRow = 9,
  // A golden vector that the trees score otherwise.
  kGoldenVector = 10,
  // A hash that is missing.
  kHash = 11,
};

// "TREE_SHAPE": for a refusal's parameters.
absl::string_view NameOf(ModelFault fault);

// The first place where a fault shows: "trees[3]".
struct ModelProblem {
  ModelFault fault;
  std::string where;
};

class TreeModel {
 public:
  // The model ready to score, or absent with `problems` filled: at most one a fault, in order of their numbers. Costs
  // in the order of the model's nodes, and a score for each golden vector.
  static std::optional<TreeModel> Compile(const v1::Model& model, std::vector<ModelProblem>& problems);
  // The same for a model that was accepted before; anything wrong with it is a defect, and golden vectors are not
  // scored again.
  static TreeModel CompileAccepted(const v1::Model& model);

  // Whether the row has a value in its bounds for each feature, or lacks it where that is allowed.
  bool Fits(const FeatureRow& row) const;
  // The row with each value moved to the nearest bound of its feature where it lies beyond; nothing else is changed.
  FeatureRow Clamped(FeatureRow row) const;

  // The exact margin, in units of 2^-40. The row fits.
  int64_t Score(const FeatureRow& row) const;

  size_t feature_count() const { return features_.size(); }
  size_t node_count() const { return nodes_.size(); }
  // The deepest leaf's distance from its root; at least 1, so that it has a least common multiple.
  size_t depth() const { return depth_; }
  const std::vector<FeatureRow>& references() const { return references_; }
  // What an explanation costs: nodes × references.
  uint64_t explanation_work() const { return nodes_.size() * references_.size(); }
  int64_t theta_hold() const { return theta_hold_; }
  int64_t theta_deny() const { return theta_deny_; }
  int64_t base_margin() const { return base_margin_; }

  // For walking the trees; node `i`'s left child is i + 1.
  struct Node {
    static constexpr uint32_t kLeaf = ~uint32_t{0};
    // kLeaf, or the feature that it asks.
    uint32_t feature;
    // Of an inner node.
    uint32_t right;
    // Leaf: its margin. Inner node: the threshold, or the index of the category set.
    int64_t value;
    bool categorical;
    bool default_left;
  };
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<uint32_t>& roots() const { return roots_; }
  // The child of an inner node that the value goes to.
  uint32_t Next(uint32_t node, const std::optional<int32_t>& value) const;

 private:
  friend class ModelCompiler;

  struct Feature {
    int32_t lower;
    int32_t upper;
    bool missing_allowed;
    bool categorical;
  };
  TreeModel() = default;

  std::vector<Feature> features_;
  std::vector<Node> nodes_;
  std::vector<uint32_t> roots_;
  std::vector<std::vector<uint32_t>> category_sets_;
  std::vector<FeatureRow> references_;
  int64_t base_margin_ = 0;
  int64_t theta_hold_ = 0;
  int64_t theta_deny_ = 0;
  size_t depth_ = 1;
};

// The least error bound that a model with these trees can state: n·u/(1 − n·u)·(|base| + Σ max|leaf|) with n trees and
// u = 2^-24, rounded up, plus one rounding of a half a leaf and base where they were not taken over exactly. In units
// of 2^-40. Only sums of lists are read, so a model that Compile would refuse is fine.
uint64_t LeastErrorBound(const v1::Model& model);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_TREES_H_
