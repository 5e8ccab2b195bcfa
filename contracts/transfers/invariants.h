// SPDX-License-Identifier: Apache-2.0
// What must hold after every transaction, whatever its rules did: see tables.h. Looks only at what the transaction
// changed, so it takes the state before as sound.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_INVARIANTS_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_INVARIANTS_H_

#include <vector>

#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

void CheckHoldings(const state::StateTransaction& after, std::vector<execution::Violation>& violations);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_INVARIANTS_H_
