// SPDX-License-Identifier: Apache-2.0
//
// Why a model gave a row its margin: each feature's exact contribution, as interventional Shapley values against the
// model's reference rows. (Lundberg et al., "From local explanations to global understanding with explainable AI for
// trees", 2020, with the expectation taken over the references alone.)
//
// Invariants: the contributions add up to denominator × margin − (denominator ÷ references) × Σ margins of the
// references, exactly; a failure of it is a defect and is checked at every call.
// Determinism: integers only. A trained model's own library computes path-dependent values, which differ.

#ifndef CAUSEWAY_CONTRACTS_POLICY_EXPLANATION_H_
#define CAUSEWAY_CONTRACTS_POLICY_EXPLANATION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/numeric/int128.h"

#include "causeway/v1/model.pb.h"
#include "contracts/policy/trees.h"

namespace causeway::policy {

struct Explanation {
  // lcm(1 … depth) × references: at most 27,720 × 32.
  uint64_t denominator = 0;
  // A feature each, in units of 2^-40 ÷ denominator; below 2^90 in magnitude.
  std::vector<absl::int128> contributions;
};

// The contributions to the row's margin. The row fits the model. Costs in the order of model.explanation_work().
Explanation Explain(const TreeModel& model, const FeatureRow& row);

// Indices of the features with the largest contributions above zero, largest first and the lower index first among
// equals; at most `most`.
std::vector<uint32_t> LargestPositive(const Explanation& explanation, size_t most);

v1::Explanation RecordOf(const Explanation& explanation);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_EXPLANATION_H_
