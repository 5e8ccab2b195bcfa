// SPDX-License-Identifier: Apache-2.0
// The life of a case, inside this contract: opened by the gate, ended by people or by time.

#ifndef CAUSEWAY_CONTRACTS_POLICY_CASES_H_
#define CAUSEWAY_CONTRACTS_POLICY_CASES_H_

#include <vector>

#include "contracts/policy/inputs.h"
#include "contracts/policy/rules.h"

namespace causeway::policy {

// A binding that holds a group.
struct HoldingRule {
  BindingKey key;
  v1::Binding binding;
};

// Whether the binding's queue takes another case of this submitter.
bool HasRoom(const StateView& view, const HoldingRule& rule, const std::string& party);

// Opens the case of a group that these bindings hold (at least one, ascending by key), and locks what of the group's
// assets is available.
void OpenCase(const JudgedGroup& group, const std::vector<HoldingRule>& rules, StateTransaction& state,
              Effects& effects);

// The case's time is over: it ends where nobody has ended it.
void ExpireCase(const OperationContext& context, const CaseId& id, StateTransaction& state, Effects& effects);

// What must hold of the cases that a transaction changed.
void CheckCases(const StateTransaction& after, std::vector<execution::Violation>& violations);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_CASES_H_
