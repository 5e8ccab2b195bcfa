// SPDX-License-Identifier: Apache-2.0
// The steps of a dealing day that its time brings, inside the contract `dealing`: bounded work a block, the same result
// however it is cut.

#ifndef CAUSEWAY_CONTRACTS_DEALING_STEPS_H_
#define CAUSEWAY_CONTRACTS_DEALING_STEPS_H_

#include "contracts/dealing/books.h"

namespace causeway::dealing {

// Does a step, or as much of it as the budget allows: then false, and the day's cursor says where it goes on.
bool RunStep(const execution::OperationContext& context, const v1::DealingDue& due, state::StateTransaction& state,
             execution::Effects& effects, execution::WorkBudget& budget);

// Settles one confirmed order, or gives the names of the reasons why it cannot be settled now, and changes nothing.
// Deliveries go to the accounts that have taken over, where a recovery came between. `units_dealt`: the class's units
// in issue once all its confirmed orders are settled.
std::vector<std::string> TrySettle(const execution::OperationContext& context, const ClassTerms& terms,
                                   Amount units_dealt, const v1::Order& order, state::StateTransaction& state,
                                   execution::Effects& effects);

}  // namespace causeway::dealing

#endif  // CAUSEWAY_CONTRACTS_DEALING_STEPS_H_
