// SPDX-License-Identifier: Apache-2.0

#include "node/models/xgboost_import.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "contracts/policy/trees.h"
#include "ledger/base/status.h"
#include "ledger/crypto/sha256.h"

namespace causeway::models {
namespace {

using policy::FeatureRow;

constexpr int kMarginBits = 40;
// Rows from which golden vectors are taken.
constexpr size_t kCandidates = 256;

struct Scaled {
  int64_t margin;
  bool exact;
};

// A 32-bit float times 2^40 is exact in 64-bit floating point; the caller has seen that it is below 2^50.
Scaled ScaledOf(float value) {
  const double scaled = std::ldexp(static_cast<double>(value), kMarginBits);
  const double rounded = std::nearbyint(scaled);
  return {static_cast<int64_t>(rounded), rounded == scaled};
}

bool IsTooLarge(float value) {
  return std::fabs(std::ldexp(static_cast<double>(value), kMarginBits)) >=
         static_cast<double>(policy::kLeafMagnitudeEnd) - 1;
}

// x < threshold ⇔ x < IntegerOf(threshold), for whole x of at most 2^24 in magnitude.
int64_t IntegerOf(float threshold) {
  const double most = static_cast<double>(policy::kFeatureMagnitudeMax) + 1;
  const double least = -static_cast<double>(policy::kFeatureMagnitudeMax);
  return static_cast<int64_t>(std::clamp(std::ceil(static_cast<double>(threshold)), least, most));
}

// For each feature of the file, its place in the frame.
absl::StatusOr<std::vector<int>> PlacesOf(const XgboostModel& source, const v1::Model& frame) {
  std::vector<int> places;
  if (source.feature_names.empty()) {
    if (static_cast<size_t>(frame.features_size()) != source.feature_count) {
      return Wrong("learner", absl::StrCat("the file has ", source.feature_count, " features without names, and ",
                                           frame.features_size(), " are described"));
    }
    for (int i = 0; i < frame.features_size(); ++i) places.push_back(i);
    return places;
  }
  for (const std::string& name : source.feature_names) {
    const auto& features = frame.features();
    const auto found = std::find_if(features.begin(), features.end(),
                                    [&](const v1::FeatureSpec& spec) { return spec.name() == name; });
    if (found == features.end()) {
      return Wrong("learner.feature_names",
                   absl::StrCat("\"", name, "\" is not described; what is: ",
                                absl::StrJoin(features, ", ",
                                              [](std::string* out, const auto& spec) { out->append(spec.name()); })));
    }
    places.push_back(static_cast<int>(found - features.begin()));
  }
  return places;
}

absl::Status TakeFeatures(const XgboostModel& source, const v1::Model& frame, const std::vector<int>& places,
                          v1::Model& model) {
  for (size_t i = 0; i < places.size(); ++i) {
    v1::FeatureSpec* spec = model.add_features();
    *spec = frame.features(places[i]);
    spec->set_index(static_cast<uint32_t>(i));
    const bool categorical = !source.feature_types.empty() && source.feature_types[i] == "c";
    if (!source.feature_types.empty() && categorical != spec->categorical()) {
      return Wrong("learner.feature_types",
                   absl::StrCat("\"", spec->name(), "\" is ", categorical ? "" : "not ", "a category in the file"));
    }
  }
  for (int i = 0; i < frame.references_size(); ++i) {
    const std::optional<FeatureRow> row = policy::RowOf(frame.references(i));
    if (!row || row->size() != static_cast<size_t>(frame.features_size())) {
      return Wrong(absl::StrCat("references[", i, "]"), "it is not of one value, or none, for each feature described");
    }
    FeatureRow taken;
    for (const int place : places) taken.push_back((*row)[static_cast<size_t>(place)]);
    *model.add_references() = policy::RecordOf(taken);
  }
  return absl::OkStatus();
}

// Writes one tree's nodes in preorder.
class TreeWriter {
 public:
  TreeWriter(const XgboostTree& source, v1::Model& model) : source_(source), model_(model), tree_(*model.add_trees()) {}

  absl::Status Write(int32_t place, size_t depth) {
    const XgboostNode& node = source_[static_cast<size_t>(place)];
    if (node.is_leaf()) return WriteLeaf(node);
    if (depth == policy::kMostDepth) return absl::InvalidArgumentError("it is deeper than 12");
    const bool categorical = model_.features(static_cast<int>(node.feature)).categorical();
    if (categorical != node.categories.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat("node ", place, " asks a feature otherwise than as described"));
    }
    tree_.add_splits(node.feature + 1);
    tree_.add_default_left(node.default_left);
    if (categorical) {
      tree_.add_values(model_.category_sets_size());
      v1::CategorySet* set = model_.add_category_sets();
      for (const uint32_t category : *node.categories) set->add_categories(category);
    } else {
      tree_.add_values(IntegerOf(node.value));
    }
    CAUSEWAY_RETURN_IF_ERROR(Write(node.left, depth + 1));
    return Write(node.right, depth + 1);
  }

 private:
  absl::Status WriteLeaf(const XgboostNode& node) {
    if (IsTooLarge(node.value)) return absl::InvalidArgumentError("a leaf is 2^10 or more in magnitude");
    const Scaled leaf = ScaledOf(node.value);
    tree_.add_splits(0);
    tree_.add_values(leaf.margin);
    if (!leaf.exact) model_.set_lossless(false);
    return absl::OkStatus();
  }

  const XgboostTree& source_;
  v1::Model& model_;
  v1::Tree& tree_;
};

// Rows on both sides of the thresholds that the trees ask, from the file's hash, so that they are the same each time.
class RowMaker {
 public:
  RowMaker(const XgboostModel& source, const v1::Model& model, absl::string_view seed) : model_(model) {
    for (int i = 0; i < 8; ++i) state_ = state_ << 8 | static_cast<unsigned char>(seed[static_cast<size_t>(i)]);
    values_.resize(source.feature_count);
    for (const XgboostTree& tree : source.trees) {
      for (const XgboostNode& node : tree) Collect(node);
    }
    for (size_t i = 0; i < values_.size(); ++i) {
      values_[i].push_back(model.features(static_cast<int>(i)).lower());
      values_[i].push_back(model.features(static_cast<int>(i)).upper());
    }
  }

  FeatureRow Next() {
    FeatureRow row;
    for (size_t i = 0; i < values_.size(); ++i) {
      const v1::FeatureSpec& spec = model_.features(static_cast<int>(i));
      const uint64_t pick = Random();
      if (spec.missing_allowed() && pick % 8 == 0) {
        row.emplace_back();
      } else {
        row.emplace_back(
            static_cast<int32_t>(std::clamp(values_[i][pick / 8 % values_[i].size()], spec.lower(), spec.upper())));
      }
    }
    return row;
  }

 private:
  void Collect(const XgboostNode& node) {
    if (node.is_leaf() || node.feature >= values_.size()) return;
    std::vector<int64_t>& values = values_[node.feature];
    if (node.categories) {
      values.push_back(node.categories->front());
      values.push_back(node.categories->back() + 1);
    } else if (std::isfinite(node.value)) {
      values.push_back(IntegerOf(node.value));
      values.push_back(IntegerOf(node.value) - 1);
    }
  }

  // Steele, Lea and Flood's SplitMix64.
  uint64_t Random() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  const v1::Model& model_;
  uint64_t state_ = 0;
  std::vector<std::vector<int64_t>> values_;
};

absl::Status CheckFrame(const v1::Model& frame) {
  v1::Model rest = frame;
  rest.clear_features();
  rest.clear_references();
  rest.clear_theta_hold();
  rest.clear_theta_deny();
  rest.clear_card_hash();
  if (rest.ByteSizeLong() == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "beside the file stand only features, references, theta_hold, theta_deny and card_hash");
}

// The leaves that rows have reached.
class Coverage {
 public:
  explicit Coverage(const XgboostModel& source) : source_(source) {
    for (const XgboostTree& tree : source.trees) reached_.emplace_back(tree.size(), false);
  }
  // How many leaves the row would be the first to reach.
  size_t NewLeavesOf(const FeatureRow& row) const {
    size_t leaves = 0;
    for (size_t i = 0; i < reached_.size(); ++i) leaves += IsReached(i, row) ? 0 : 1;
    return leaves;
  }
  void Add(const FeatureRow& row) {
    for (size_t i = 0; i < reached_.size(); ++i) {
      reached_[i][static_cast<size_t>(LeafOf(source_.trees[i], row))] = true;
    }
  }

 private:
  bool IsReached(size_t tree, const FeatureRow& row) const {
    return reached_[tree][static_cast<size_t>(LeafOf(source_.trees[tree], row))];
  }

  const XgboostModel& source_;
  std::vector<std::vector<bool>> reached_;
};

// Golden vectors: the references, then of many rows always the one that reaches the most leaves that none has reached.
void AddGoldenVectors(const XgboostModel& source, v1::Model& model) {
  Coverage coverage(source);
  const auto add = [&](const FeatureRow& row) {
    v1::GoldenVector* vector = model.add_golden_vectors();
    *vector->mutable_row() = policy::RecordOf(row);
    vector->set_margin(ExactMargin(source, row));
    coverage.Add(row);
  };
  for (const v1::FeatureRow& reference : model.references()) add(policy::RowOf(reference).value());
  RowMaker maker(source, model, model.source_hash());
  std::vector<FeatureRow> rows;
  for (size_t i = 0; i < kCandidates; ++i) rows.push_back(maker.Next());
  while (static_cast<size_t>(model.golden_vectors_size()) < policy::kMostGoldenVectors) {
    const auto best = std::max_element(rows.begin(), rows.end(), [&](const FeatureRow& a, const FeatureRow& b) {
      return coverage.NewLeavesOf(a) < coverage.NewLeavesOf(b);
    });
    add(*best);
    rows.erase(best);
  }
}

}  // namespace

absl::StatusOr<v1::Model> ImportXgboost(absl::string_view json, const v1::Model& frame) {
  CAUSEWAY_RETURN_IF_ERROR(CheckFrame(frame));
  CAUSEWAY_ASSIGN_OR_RETURN(const XgboostModel source, ReadXgboostModel(json));
  v1::Model model;
  model.set_theta_hold(frame.theta_hold());
  model.set_theta_deny(frame.theta_deny());
  model.set_card_hash(frame.card_hash());
  model.set_source_hash(crypto::Sha256(json).ToString());
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int> places, PlacesOf(source, frame));
  CAUSEWAY_RETURN_IF_ERROR(TakeFeatures(source, frame, places, model));

  if (IsTooLarge(source.base_margin)) return Wrong("base_score", "the base margin is 2^10 or more in magnitude");
  const Scaled base = ScaledOf(source.base_margin);
  model.set_base_margin(base.margin);
  model.set_lossless(base.exact);
  for (size_t i = 0; i < source.trees.size(); ++i) {
    CAUSEWAY_RETURN_IF_ERROR(Annotate(TreeWriter(source.trees[i], model).Write(0, 0), absl::StrCat("trees[", i, "]")));
  }
  model.set_error_bound(policy::LeastErrorBound(model));
  AddGoldenVectors(source, model);

  std::vector<policy::ModelProblem> problems;
  if (policy::TreeModel::Compile(model, problems)) return model;
  return absl::InvalidArgumentError(
      absl::StrCat("the ledger would refuse the model: ",
                   absl::StrJoin(problems, ", ", [](std::string* out, const policy::ModelProblem& problem) {
                     absl::StrAppend(out, policy::NameOf(problem.fault), " at ", problem.where);
                   })));
}

int64_t ExactMargin(const XgboostModel& model, const FeatureRow& row) {
  int64_t margin = ScaledOf(model.base_margin).margin;
  for (const XgboostTree& tree : model.trees) {
    margin += ScaledOf(tree[static_cast<size_t>(LeafOf(tree, row))].value).margin;
  }
  return margin;
}

}  // namespace causeway::models
