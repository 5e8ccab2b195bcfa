// SPDX-License-Identifier: Apache-2.0

#include "contracts/policy/trees.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"

namespace causeway::policy {
namespace {

constexpr size_t kFaults = 12;  // numbers of ModelFault are below
constexpr size_t kMostNameBytes = 64;
constexpr size_t kHashBytes = 32;
constexpr int64_t kThresholdMost = kFeatureMagnitudeMax + 1;

template <typename List>
bool CountWithin(const List& list, size_t least, size_t most) {
  const size_t count = static_cast<size_t>(list.size());
  return count >= least && count <= most;
}

bool IsBelow(int64_t value, int64_t magnitude_end) {
  return value > -magnitude_end && value < magnitude_end;
}

uint64_t MagnitudeOf(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

size_t NodesOf(const v1::Model& model) {
  size_t nodes = 0;
  for (const v1::Tree& tree : model.trees()) nodes += static_cast<size_t>(tree.splits_size());
  return nodes;
}

}  // namespace

// Reads a model's record once, noting the first place of each fault. What later steps rely on is checked by earlier
// ones: after a limit is broken nothing is walked.
class ModelCompiler {
 public:
  explicit ModelCompiler(const v1::Model& source) : source_(source) {}

  bool ReadAllButGoldenVectors() {
    if (!CheckLimits()) return false;
    ReadFeatures();
    ReadCategorySets();
    for (int i = 0; i < source_.trees_size(); ++i) ReadTree(i);
    CheckCategorySetsUsed();
    ReadMarginsAndHashes();
    if (source_.error_bound() < LeastErrorBound(source_)) Note(ModelFault::kErrorBound, "error_bound");
    ReadReferences();
    return NoProblem();
  }

  bool CheckGoldenVectors() {
    for (int i = 0; i < source_.golden_vectors_size(); ++i) {
      const v1::GoldenVector& vector = source_.golden_vectors(i);
      const std::optional<FeatureRow> row = RowOf(vector.row());
      if (!row || !model_.Fits(*row)) {
        Note(ModelFault::kRow, absl::StrCat("golden_vectors[", i, "]"));
      } else if (model_.Score(*row) != vector.margin()) {
        Note(ModelFault::kGoldenVector, absl::StrCat("golden_vectors[", i, "]"));
      }
    }
    return NoProblem();
  }

  std::vector<ModelProblem> problems() const {
    std::vector<ModelProblem> problems;
    for (size_t i = 0; i < kFaults; ++i) {
      if (problems_[i]) problems.push_back({static_cast<ModelFault>(i), *problems_[i]});
    }
    return problems;
  }

  TreeModel Take() { return std::move(model_); }

 private:
  void Note(ModelFault fault, std::string where) {
    std::optional<std::string>& first = problems_[static_cast<size_t>(fault)];
    if (!first) first = std::move(where);
  }
  bool NoProblem() const {
    return std::none_of(problems_.begin(), problems_.end(), [](const auto& problem) { return problem.has_value(); });
  }

  bool CheckLimits() {
    const size_t nodes = NodesOf(source_);
    size_t categories = 0;
    for (const v1::CategorySet& set : source_.category_sets()) categories += static_cast<size_t>(set.categories_size());
    if (!CountWithin(source_.features(), 1, kMostFeatures)) Note(ModelFault::kLimit, "features");
    if (!CountWithin(source_.trees(), 1, kMostTrees)) Note(ModelFault::kLimit, "trees");
    if (nodes > kMostNodes) Note(ModelFault::kLimit, "nodes");
    if (!CountWithin(source_.category_sets(), 0, kMostNodes)) Note(ModelFault::kLimit, "category_sets");
    if (categories > kMostCategories) Note(ModelFault::kLimit, "categories");
    if (!CountWithin(source_.references(), 1, kMostReferences)) Note(ModelFault::kLimit, "references");
    if (!CountWithin(source_.golden_vectors(), 1, kMostGoldenVectors)) Note(ModelFault::kLimit, "golden_vectors");
    if (nodes * static_cast<uint64_t>(source_.references_size()) > kMostExplanationWork) {
      Note(ModelFault::kLimit, "nodes x references");
    }
    return NoProblem();
  }

  void ReadFeatures() {
    std::set<std::string> names;
    for (int i = 0; i < source_.features_size(); ++i) {
      const v1::FeatureSpec& spec = source_.features(i);
      const bool named = CountWithin(spec.name(), 1, kMostNameBytes) && CountWithin(spec.unit(), 1, kMostNameBytes);
      const bool bounded = spec.lower() <= spec.upper() && spec.upper() <= kFeatureMagnitudeMax &&
                           spec.lower() >= (spec.categorical() ? 0 : -kFeatureMagnitudeMax);
      if (spec.index() != static_cast<uint32_t>(i) || !named || !bounded || !names.insert(spec.name()).second) {
        Note(ModelFault::kFeature, absl::StrCat("features[", i, "]"));
      }
      // With the widest bounds in place of impossible ones, so that rows are not reported for a fault of their feature.
      const int64_t lower = bounded ? spec.lower() : -kFeatureMagnitudeMax;
      const int64_t upper = bounded ? spec.upper() : kFeatureMagnitudeMax;
      model_.features_.push_back(
          {static_cast<int32_t>(lower), static_cast<int32_t>(upper), spec.missing_allowed(), spec.categorical()});
    }
  }

  void ReadCategorySets() {
    for (int i = 0; i < source_.category_sets_size(); ++i) {
      const auto& categories = source_.category_sets(i).categories();
      const bool ascends = std::adjacent_find(categories.begin(), categories.end(),
                                              [](uint32_t a, uint32_t b) { return a >= b; }) == categories.end();
      if (categories.empty() || !ascends) Note(ModelFault::kCategories, absl::StrCat("category_sets[", i, "]"));
      model_.category_sets_.emplace_back(categories.begin(), categories.end());
    }
    sets_used_.assign(model_.category_sets_.size(), false);
  }

  void ReadTree(int index) {
    tree_ = &source_.trees(index);
    tree_index_ = index;
    next_node_ = 0;
    next_default_ = 0;
    const size_t first = model_.nodes_.size();
    if (tree_->values_size() != tree_->splits_size() || !ReadNode(0) || next_node_ != tree_->splits_size() ||
        next_default_ != tree_->default_left_size()) {
      Note(ModelFault::kTreeShape, absl::StrCat("trees[", index, "]"));
    }
    model_.roots_.push_back(static_cast<uint32_t>(first));
  }

  // Reads the subtree that starts at the next node. False where the lists end within it or it is too deep.
  bool ReadNode(size_t depth) {
    if (next_node_ == tree_->splits_size()) return false;
    const uint32_t split = tree_->splits(next_node_);
    const int64_t value = tree_->values(next_node_);
    ++next_node_;
    const size_t place = model_.nodes_.size();
    if (split == 0) {
      if (!IsBelow(value, kLeafMagnitudeEnd)) Note(ModelFault::kLeaf, absl::StrCat("trees[", tree_index_, "]"));
      model_.nodes_.push_back({TreeModel::Node::kLeaf, 0, value, false, false});
      model_.depth_ = std::max(model_.depth_, depth);
      return true;
    }
    if (depth == kMostDepth || next_default_ == tree_->default_left_size()) return false;
    const uint32_t feature = split - 1;
    const bool known = feature < model_.features_.size();
    const bool categorical = known && model_.features_[feature].categorical;
    if (categorical) {
      CheckCategoryNode(feature, value);
    } else if (!known || value < -kFeatureMagnitudeMax || value > kThresholdMost) {
      Note(ModelFault::kSplit, absl::StrCat("trees[", tree_index_, "]"));
    }
    model_.nodes_.push_back({feature, 0, value, categorical, tree_->default_left(next_default_)});
    ++next_default_;
    if (!ReadNode(depth + 1)) return false;
    model_.nodes_[place].right = static_cast<uint32_t>(model_.nodes_.size());
    return ReadNode(depth + 1);
  }

  void CheckCategoryNode(uint32_t feature, int64_t set) {
    const bool known = set >= 0 && set < static_cast<int64_t>(sets_used_.size());
    if (known) sets_used_[static_cast<size_t>(set)] = true;
    const auto* categories = known ? &model_.category_sets_[static_cast<size_t>(set)] : nullptr;
    if (!known || categories->empty() || categories->back() > static_cast<uint32_t>(model_.features_[feature].upper)) {
      Note(ModelFault::kCategories, absl::StrCat("trees[", tree_index_, "]"));
    }
  }

  void CheckCategorySetsUsed() {
    const auto unused = std::find(sets_used_.begin(), sets_used_.end(), false);
    if (unused == sets_used_.end()) return;
    Note(ModelFault::kCategories, absl::StrCat("category_sets[", unused - sets_used_.begin(), "]"));
  }

  void ReadMarginsAndHashes() {
    if (!IsBelow(source_.base_margin(), kLeafMagnitudeEnd)) Note(ModelFault::kLeaf, "base_margin");
    if (!IsBelow(source_.theta_hold(), kThresholdMagnitudeEnd)) Note(ModelFault::kThresholds, "theta_hold");
    if (!IsBelow(source_.theta_deny(), kThresholdMagnitudeEnd) || source_.theta_deny() < source_.theta_hold()) {
      Note(ModelFault::kThresholds, "theta_deny");
    }
    if (source_.source_hash().size() != kHashBytes) Note(ModelFault::kHash, "source_hash");
    if (source_.card_hash().size() != kHashBytes) Note(ModelFault::kHash, "card_hash");
    model_.base_margin_ = source_.base_margin();
    model_.theta_hold_ = source_.theta_hold();
    model_.theta_deny_ = source_.theta_deny();
  }

  void ReadReferences() {
    for (int i = 0; i < source_.references_size(); ++i) {
      std::optional<FeatureRow> row = RowOf(source_.references(i));
      if (!row || !model_.Fits(*row)) {
        Note(ModelFault::kRow, absl::StrCat("references[", i, "]"));
      } else {
        model_.references_.push_back(*std::move(row));
      }
    }
  }

  const v1::Model& source_;
  TreeModel model_;
  std::array<std::optional<std::string>, kFaults> problems_;
  std::vector<bool> sets_used_;
  // The tree that is being read, and how far.
  const v1::Tree* tree_ = nullptr;
  int tree_index_ = 0;
  int next_node_ = 0;
  int next_default_ = 0;
};

v1::FeatureRow RecordOf(const FeatureRow& row) {
  v1::FeatureRow record;
  for (size_t i = 0; i < row.size(); ++i) {
    record.add_values(row[i].value_or(0));
    if (!row[i]) record.add_missing(static_cast<uint32_t>(i));
  }
  return record;
}

std::optional<FeatureRow> RowOf(const v1::FeatureRow& record) {
  FeatureRow row;
  row.reserve(static_cast<size_t>(record.values_size()));
  for (const int64_t value : record.values()) {
    if (value < INT32_MIN || value > INT32_MAX) return std::nullopt;
    row.emplace_back(static_cast<int32_t>(value));
  }
  size_t from = 0;
  for (const uint32_t index : record.missing()) {
    if (index < from || index >= row.size() || row[index] != 0) return std::nullopt;
    row[index].reset();
    from = size_t{index} + 1;
  }
  return row;
}

absl::string_view NameOf(ModelFault fault) {
  switch (fault) {
    case ModelFault::kLimit:
      return "LIMIT";
    case ModelFault::kFeature:
      return "FEATURE";
    case ModelFault::kTreeShape:
      return "TREE_SHAPE";
    case ModelFault::kSplit:
      return "SPLIT";
    case ModelFault::kLeaf:
      return "LEAF";
    case ModelFault::kCategories:
      return "CATEGORIES";
    case ModelFault::kThresholds:
      return "THRESHOLDS";
    case ModelFault::kErrorBound:
      return "ERROR_BOUND";
    case ModelFault::kRow:
      return "ROW";
    case ModelFault::kGoldenVector:
      return "GOLDEN_VECTOR";
    case ModelFault::kHash:
      return "HASH";
  }
  CAUSEWAY_CHECK(false, "a fault without a name");
  return "";
}

std::optional<TreeModel> TreeModel::Compile(const v1::Model& model, std::vector<ModelProblem>& problems) {
  ModelCompiler compiler(model);
  if (!compiler.ReadAllButGoldenVectors() || !compiler.CheckGoldenVectors()) {
    problems = compiler.problems();
    return std::nullopt;
  }
  return compiler.Take();
}

TreeModel TreeModel::CompileAccepted(const v1::Model& model) {
  ModelCompiler compiler(model);
  CAUSEWAY_CHECK(compiler.ReadAllButGoldenVectors(),
                 "an accepted model is not acceptable: ", NameOf(compiler.problems().front().fault), " at ",
                 compiler.problems().front().where);
  return compiler.Take();
}

bool TreeModel::Fits(const FeatureRow& row) const {
  if (row.size() != features_.size()) return false;
  for (size_t i = 0; i < row.size(); ++i) {
    const Feature& feature = features_[i];
    if (!row[i] ? !feature.missing_allowed : *row[i] < feature.lower || *row[i] > feature.upper) return false;
  }
  return true;
}

FeatureRow TreeModel::Clamped(FeatureRow row) const {
  CAUSEWAY_CHECK(row.size() == features_.size());
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i]) row[i] = std::clamp(*row[i], features_[i].lower, features_[i].upper);
  }
  return row;
}

uint32_t TreeModel::Next(uint32_t node, const std::optional<int32_t>& value) const {
  const Node& asked = nodes_[node];
  bool left = asked.default_left;
  if (value && asked.categorical) {
    const std::vector<uint32_t>& set = category_sets_[static_cast<size_t>(asked.value)];
    left = !std::binary_search(set.begin(), set.end(), static_cast<uint32_t>(*value));
  } else if (value) {
    left = *value < asked.value;
  }
  return left ? node + 1 : asked.right;
}

int64_t TreeModel::Score(const FeatureRow& row) const {
  CAUSEWAY_CHECK(Fits(row), "a row that does not fit the model");
  int64_t margin = base_margin_;
  for (uint32_t node : roots_) {
    while (nodes_[node].feature != Node::kLeaf) node = Next(node, row[nodes_[node].feature]);
    margin += nodes_[node].value;
  }
  return margin;
}

uint64_t LeastErrorBound(const v1::Model& model) {
  absl::uint128 sum = MagnitudeOf(model.base_margin());
  for (const v1::Tree& tree : model.trees()) {
    uint64_t largest = 0;
    for (int i = 0; i < std::min(tree.splits_size(), tree.values_size()); ++i) {
      if (tree.splits(i) == 0) largest = std::max(largest, MagnitudeOf(tree.values(i)));
    }
    sum += largest;
  }
  const uint64_t trees = static_cast<uint64_t>(std::min<int>(model.trees_size(), kMostTrees));
  const absl::uint128 divisor = (uint64_t{1} << 24) - trees;
  const absl::uint128 bound = (sum * trees + divisor - 1) / divisor + (model.lossless() ? 0 : (trees + 2) / 2);
  return bound > absl::Uint128Max() >> 64 ? UINT64_MAX : absl::Uint128Low64(bound);
}

}  // namespace causeway::policy
