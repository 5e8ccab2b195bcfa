// SPDX-License-Identifier: Apache-2.0
//
// A gradient-boosted model as XGBoost saves it in JSON (`Booster.save_model("model.json")`, versions 1.7 to 3.0), read
// and checked, and evaluated as XGBoost does: the side of the import that knows nothing of the ledger's form.
//
// What the format means, where its own documentation is short (XGBoost, doc/model.schema;
// include/xgboost/tree_model.h): `split_conditions` holds the threshold at inner nodes and the leaf's value at leaves,
// and a bare NaN at nodes that ask a category; a value goes left where it is smaller than the threshold as a 32-bit
// float; a missing one follows `default_left`; a category in the node's set goes right, every other left.
// `base_weights` are not the leaves. All trees count: an attribute
// `best_iteration` is a hint for prediction and no part of the model.

#ifndef CAUSEWAY_NODE_MODELS_XGBOOST_FILE_H_
#define CAUSEWAY_NODE_MODELS_XGBOOST_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "contracts/policy/trees.h"

namespace causeway::models {

struct XgboostNode {
  // -1 at a leaf, else the children's places in the tree.
  int32_t left = -1;
  int32_t right = -1;
  uint32_t feature = 0;
  // Threshold or leaf; finite, but for nodes that ask a category.
  float value = 0;
  bool default_left = false;
  // What goes right, ascending; absent where the feature is ordered.
  std::optional<std::vector<uint32_t>> categories;

  bool is_leaf() const { return left < 0; }
};

// Every node but deleted ones is reached exactly once from node 0.
using XgboostTree = std::vector<XgboostNode>;

struct XgboostModel {
  size_t feature_count = 0;
  // Empty where the model was trained without names, or types.
  std::vector<std::string> feature_names;
  std::vector<std::string> feature_types;
  std::vector<XgboostTree> trees;
  // In log-odds.
  float base_margin = 0;
};

// InvalidArgument: "place: what is wrong there".
absl::Status Wrong(absl::string_view place, absl::string_view what);

// InvalidArgument with the place in the file and what is wrong with it: no JSON, another booster (dart, gblinear),
// several outputs, an objective whose margin is not a sum of leaves over a base, or a malformed tree.
absl::StatusOr<XgboostModel> ReadXgboostModel(absl::string_view json);

// The leaf that a row reaches, as a node's place. The row has a value or none for each of the model's features, at most
// 2^24 in magnitude.
int32_t LeafOf(const XgboostTree& tree, const policy::FeatureRow& row);

}  // namespace causeway::models

#endif  // CAUSEWAY_NODE_MODELS_XGBOOST_FILE_H_
