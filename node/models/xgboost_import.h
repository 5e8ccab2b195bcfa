// SPDX-License-Identifier: Apache-2.0
//
// From a trained model's file to the ledger's integers, off-chain: the trees, the base margin, the bound on how far the
// trained model's own arithmetic differs, and golden vectors by which every node checks the conversion.
//
// A feature of the ledger is a whole number x of at most 2^24 in magnitude, which a 32-bit float holds exactly; so x <
// t is x < ceil(t), and every row reaches the same leaves. A leaf is taken over exactly where it is a multiple of
// 2^-40, as nearly all are, and rounded to the nearest otherwise; then `lossless` is false and the bound says so.

#ifndef CAUSEWAY_NODE_MODELS_XGBOOST_IMPORT_H_
#define CAUSEWAY_NODE_MODELS_XGBOOST_IMPORT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/model.pb.h"
#include "node/models/xgboost_file.h"

namespace causeway::models {

// The model that `json`, an XGBoost file, holds. `frame` is a model without trees, which says what the file does not:
// features, references, decision thresholds, the card's hash. A file with feature names takes of the frame's features
// those that it names, in its order; one without takes them as they stand. References have a value for each of the
// frame's features and are cut to those taken. Everything else in the frame must be empty.
// InvalidArgument: ReadXgboostModel's, a feature that the frame does not have, categories where the frame has none (or
// the other way), or a model beyond the ledger's limits (contracts/policy/trees.h), which is checked by compiling it.
absl::StatusOr<v1::Model> ImportXgboost(absl::string_view json, const v1::Model& frame);

// The exact margin of a row as the file's own trees give it, each leaf scaled by 2^40 and rounded to the nearest: what
// golden vectors hold. It shares no code with the ledger's scoring.
int64_t ExactMargin(const XgboostModel& model, const policy::FeatureRow& row);

}  // namespace causeway::models

#endif  // CAUSEWAY_NODE_MODELS_XGBOOST_IMPORT_H_
