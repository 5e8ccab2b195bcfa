// SPDX-License-Identifier: Apache-2.0
// What must hold of the bundles that a transaction changed: see settlement.h.

#ifndef CAUSEWAY_CONTRACTS_SETTLEMENT_INVARIANTS_H_
#define CAUSEWAY_CONTRACTS_SETTLEMENT_INVARIANTS_H_

#include <vector>

#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::settlement {

void CheckBundles(const state::StateTransaction& after, std::vector<execution::Violation>& violations);

}  // namespace causeway::settlement

#endif  // CAUSEWAY_CONTRACTS_SETTLEMENT_INVARIANTS_H_
