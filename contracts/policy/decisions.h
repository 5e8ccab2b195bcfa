// SPDX-License-Identifier: Apache-2.0
// One judgement of one subject, inside this contract: from a binding, its model and the inputs to a verdict.

#ifndef CAUSEWAY_CONTRACTS_POLICY_DECISIONS_H_
#define CAUSEWAY_CONTRACTS_POLICY_DECISIONS_H_

#include "contracts/policy/inputs.h"
#include "contracts/policy/model_cache.h"

namespace causeway::policy {

// Features that a decision names at most.
inline constexpr size_t kReasonsMax = 5;
// Work units of computing the inputs of one subject.
inline constexpr uint64_t kInputWork = 20;

struct Judgement {
  // As it is recorded.
  v1::Decision decision;
  // What is done with the movement: in shadow ALLOW, whatever the decision says.
  v1::PolicyVerdict effective;
};

// Judges a subject on the state before its group. Changes only what the party has used of the binding's fallback limit.
Judgement Decide(const Subject& subject, const ModelCache& models, state::StateTransaction& state);

// Work units of that, contributions included.
uint64_t WorkOf(const Subject& subject, const state::StateView& view);

// Counts a decision for its model.
void CountDecision(const v1::Decision& decision, state::StateTransaction& state);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_DECISIONS_H_
