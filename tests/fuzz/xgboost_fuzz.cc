// SPDX-License-Identifier: Apache-2.0
// Any file is refused or imported; what is imported, the ledger scores as the file's own trees say.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"

#include "contracts/policy/explanation.h"
#include "ledger/base/check.h"
#include "node/models/xgboost_import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway;
  const absl::string_view json(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<models::XgboostModel> source = models::ReadXgboostModel(json);
  if (!source.ok() || source->feature_count > policy::kMostFeatures) return 0;
  v1::Model frame;
  policy::FeatureRow zeros;
  for (size_t i = 0; i < source->feature_count; ++i) {
    v1::FeatureSpec* spec = frame.add_features();
    spec->set_name(source->feature_names.empty() ? absl::StrCat("feature-", i) : source->feature_names[i]);
    spec->set_unit("one");
    spec->set_categorical(!source->feature_types.empty() && source->feature_types[i] == "c");
    spec->set_lower(spec->categorical() ? 0 : -policy::kFeatureMagnitudeMax);
    spec->set_upper(policy::kFeatureMagnitudeMax);
    spec->set_missing_allowed(i % 2 == 0);
    zeros.emplace_back(0);
  }
  *frame.add_references() = policy::RecordOf(zeros);
  frame.set_card_hash(std::string(32, 'c'));
  const absl::StatusOr<v1::Model> model = models::ImportXgboost(json, frame);
  if (!model.ok()) return 0;
  const policy::TreeModel trees = policy::TreeModel::CompileAccepted(*model);
  for (const v1::GoldenVector& vector : model->golden_vectors()) {
    const policy::FeatureRow row = policy::RowOf(vector.row()).value();
    CAUSEWAY_CHECK(trees.Score(row) == models::ExactMargin(*source, row), "scored otherwise than the file says");
    (void)policy::Explain(trees, row);
  }
  return 0;
}
