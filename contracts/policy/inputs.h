// SPDX-License-Identifier: Apache-2.0
// What a binding judges, inside this contract: the movements of a group as subjects, and the values of their features
// on the state before the group.

#ifndef CAUSEWAY_CONTRACTS_POLICY_INPUTS_H_
#define CAUSEWAY_CONTRACTS_POLICY_INPUTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "contracts/policy/features.h"
#include "contracts/policy/policy.h"
#include "ledger/base/amount.h"
#include "ledger/execution/contract.h"

namespace causeway::policy {

using JudgedGroup = std::vector<execution::JudgedOperation>;

// What one account pays in one instrument in a group, as one binding judges it.
struct Subject {
  BindingKey key;
  v1::Binding binding;
  InstrumentId moved;
  int decimals;
  AccountId payer;
  // LEI of its owner.
  std::string owner;
  // The first of the operations.
  const execution::JudgedOperation* first;
  // What the owner pays in this instrument over the whole group, from whichever accounts and by operations of whichever
  // kind: what is linked is scored on its sum. Stops at the largest amount.
  Amount amount = Amount::Zero();
  // What the payer itself pays of that by operations of the binding's kind.
  Amount own_amount = Amount::Zero();
  // Movements of the payer in the group, of whichever kind, and those of them just below the reporting threshold.
  int64_t movements = 0;
  int64_t just_below = 0;
  std::vector<AccountId> receivers = {};
  // Positions of the operations, ascending.
  std::vector<uint32_t> indexes = {};
};

// Whether any model is bound at all.
bool AnyBinding(const state::StateView& view);
// In order of binding, instrument, payer; empty where no binding is concerned.
std::vector<Subject> SubjectsOf(const JudgedGroup& group, const state::StateView& view);
// The features' values; each within its bounds.
FeatureValues ValuesOf(const Subject& subject, const state::StateView& view);

// After a group was applied: adds its movements to the profiles of payers and receivers, where a binding watches one of
// the operation's instruments.
void RecordMovements(const JudgedGroup& group, state::StateTransaction& state);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_INPUTS_H_
