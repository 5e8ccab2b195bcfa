// SPDX-License-Identifier: Apache-2.0

#include "tests/support/random_model.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::testing {
namespace {

using policy::FeatureRow;

// Reads one tree by its preorder: returns the leaf that the row reaches below `node`, and moves `node` past the
// subtree and `inner` past its inner nodes.
int64_t LeafOf(const v1::Model& model, const v1::Tree& tree, const FeatureRow& row, int& node, int& inner) {
  const uint32_t split = tree.splits(node);
  const int64_t value = tree.values(node);
  ++node;
  if (split == 0) return value;
  const bool default_left = tree.default_left(inner);
  ++inner;
  const std::optional<int32_t>& asked = row[split - 1];
  bool left = default_left;
  if (asked && model.features(static_cast<int>(split - 1)).categorical()) {
    left = true;
    for (const uint32_t category : model.category_sets(static_cast<int>(value)).categories()) {
      if (category == static_cast<uint32_t>(*asked)) left = false;
    }
  } else if (asked) {
    left = *asked < value;
  }
  const int64_t below_left = LeafOf(model, tree, row, node, inner);
  const int64_t below_right = LeafOf(model, tree, row, node, inner);
  return left ? below_left : below_right;
}

int64_t Between(int64_t least, int64_t most, std::mt19937_64& random) {
  return least + static_cast<int64_t>(random() % static_cast<uint64_t>(most - least + 1));
}

void GrowNode(v1::Model& model, v1::Tree& tree, size_t depth, std::mt19937_64& random) {
  if (depth == 0 || random() % 8 == 0) {
    tree.add_splits(0);
    tree.add_values(Between(-(int64_t{1} << 44), int64_t{1} << 44, random));
    return;
  }
  const int feature = static_cast<int>(random() % static_cast<uint64_t>(model.features_size()));
  const v1::FeatureSpec& spec = model.features(feature);
  tree.add_splits(static_cast<uint32_t>(feature + 1));
  if (spec.categorical()) {
    tree.add_values(model.category_sets_size());
    v1::CategorySet* set = model.add_category_sets();
    for (uint32_t category = 0; category <= spec.upper(); ++category) {
      if (random() % 2 == 0) set->add_categories(category);
    }
    if (set->categories().empty()) set->add_categories(0);
  } else {
    tree.add_values(Between(spec.lower(), spec.upper() + 1, random));
  }
  tree.add_default_left(random() % 2 == 0);
  GrowNode(model, tree, depth - 1, random);
  GrowNode(model, tree, depth - 1, random);
}

v1::FeatureSpec* AddFeature(v1::Model& model, const std::string& name, int64_t lower, int64_t upper) {
  v1::FeatureSpec* spec = model.add_features();
  spec->set_index(static_cast<uint32_t>(model.features_size() - 1));
  spec->set_name(name);
  spec->set_unit("one");
  spec->set_lower(lower);
  spec->set_upper(upper);
  return spec;
}

void AddGoldenVector(v1::Model& model, const FeatureRow& row) {
  v1::GoldenVector* vector = model.add_golden_vectors();
  *vector->mutable_row() = policy::RecordOf(row);
  vector->set_margin(MarginOf(model, row));
}

}  // namespace

v1::Model SmallModel() {
  v1::Model model;
  AddFeature(model, "amount", 0, 100)->set_missing_allowed(true);
  AddFeature(model, "tier", 0, 9)->set_categorical(true);
  v1::CategorySet* set = model.add_category_sets();
  set->add_categories(2);
  set->add_categories(5);
  v1::Tree* first = model.add_trees();
  for (const uint32_t split : {1, 0, 2, 0, 0}) first->add_splits(split);
  for (const int64_t value : {50, -8, 0, 8, 40}) first->add_values(value);
  first->add_default_left(false);
  first->add_default_left(true);
  v1::Tree* second = model.add_trees();
  for (const uint32_t split : {2, 0, 0}) second->add_splits(split);
  for (const int64_t value : {0, -4, 16}) second->add_values(value);
  second->add_default_left(true);
  model.set_base_margin(1);
  model.set_theta_hold(20);
  model.set_theta_deny(50);
  model.set_lossless(true);
  *model.add_references() = policy::RecordOf({10, 0});
  AddGoldenVector(model, {10, 0});
  AddGoldenVector(model, {50, 5});
  model.set_source_hash(std::string(32, 's'));
  model.set_card_hash(std::string(32, 'c'));
  MakeConsistent(model);
  return model;
}

v1::Model RandomModel(const ModelShape& shape, std::mt19937_64& random) {
  v1::Model model;
  for (size_t i = 0; i < shape.features; ++i) {
    const bool categorical = i % 3 == 2;
    v1::FeatureSpec* spec = AddFeature(model, absl::StrCat("feature-", i), categorical ? 0 : -20, categorical ? 7 : 20);
    spec->set_categorical(categorical);
    spec->set_missing_allowed(i % 2 == 1);
  }
  for (size_t i = 0; i < shape.trees; ++i) GrowNode(model, *model.add_trees(), shape.depth, random);
  model.set_base_margin(Between(-1'000'000, 1'000'000, random));
  model.set_theta_deny(int64_t{1} << 41);
  model.set_theta_hold(int64_t{1} << 40);
  model.set_lossless(true);
  for (size_t i = 0; i < shape.references; ++i) {
    *model.add_references() = policy::RecordOf(RandomRow(model, random));
  }
  for (int i = 0; i < 4; ++i) AddGoldenVector(model, RandomRow(model, random));
  model.set_source_hash(std::string(32, 's'));
  model.set_card_hash(std::string(32, 'c'));
  MakeConsistent(model);
  return model;
}

FeatureRow RandomRow(const v1::Model& model, std::mt19937_64& random) {
  FeatureRow row;
  for (const v1::FeatureSpec& spec : model.features()) {
    if (spec.missing_allowed() && random() % 4 == 0) {
      row.emplace_back();
    } else {
      row.emplace_back(static_cast<int32_t>(Between(spec.lower(), spec.upper(), random)));
    }
  }
  return row;
}

int64_t MarginOf(const v1::Model& model, const FeatureRow& row) {
  int64_t margin = model.base_margin();
  for (const v1::Tree& tree : model.trees()) {
    int node = 0;
    int inner = 0;
    margin += LeafOf(model, tree, row, node, inner);
  }
  return margin;
}

void MakeConsistent(v1::Model& model) {
  for (v1::GoldenVector& vector : *model.mutable_golden_vectors()) {
    vector.set_margin(MarginOf(model, policy::RowOf(vector.row()).value()));
  }
  model.set_error_bound(policy::LeastErrorBound(model));
}

}  // namespace causeway::testing
