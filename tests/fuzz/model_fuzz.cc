// SPDX-License-Identifier: Apache-2.0
// Any model is refused with named problems or compiled; what is compiled scores and explains its golden vectors.
#include <cstddef>
#include <cstdint>

#include "contracts/policy/explanation.h"
#include "ledger/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway;
  v1::Model model;
  if (!model.ParseFromArray(data, static_cast<int>(size))) return 0;
  std::vector<policy::ModelProblem> problems;
  const std::optional<policy::TreeModel> trees = policy::TreeModel::Compile(model, problems);
  CAUSEWAY_CHECK(trees.has_value() == problems.empty(), "refused without a problem, or compiled with one");
  for (const policy::ModelProblem& problem : problems) CAUSEWAY_CHECK(!policy::NameOf(problem.fault).empty());
  if (!trees) return 0;
  for (const v1::GoldenVector& vector : model.golden_vectors()) {
    const policy::FeatureRow row = policy::RowOf(vector.row()).value();
    CAUSEWAY_CHECK(trees->Score(row) == vector.margin(), "scored otherwise than at its compilation");
    const policy::Explanation explanation = policy::Explain(*trees, row);
    CAUSEWAY_CHECK(explanation.contributions.size() == trees->feature_count());
  }
  return 0;
}
