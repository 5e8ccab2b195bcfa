// SPDX-License-Identifier: Apache-2.0
// What must hold of the books after every transaction and every piece of due work, over what it changed.

#ifndef CAUSEWAY_CONTRACTS_DEALING_INVARIANTS_H_
#define CAUSEWAY_CONTRACTS_DEALING_INVARIANTS_H_

#include <vector>

#include "ledger/execution/contract.h"

namespace causeway::dealing {

// Per dealing day and side: the change of live orders by the day's counts is the change of orders in the book. Per
// class: the change of units to issue and to cancel is that of its confirmed orders. Per order: gross = fee + net +
// residual, and what it takes is blocked.
void CheckBooks(const state::StateTransaction& after, std::vector<execution::Violation>& violations);

}  // namespace causeway::dealing

#endif  // CAUSEWAY_CONTRACTS_DEALING_INVARIANTS_H_
