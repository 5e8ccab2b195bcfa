// SPDX-License-Identifier: Apache-2.0
// The contract `transfers` as the pipeline knows it: accounts, transfers, holds, freezes, forced transfers. What other contracts use is in transfers.h.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_CONTRACT_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_CONTRACT_H_

#include <memory>

#include "ledger/execution/contract.h"

namespace causeway::transfers {

std::unique_ptr<execution::Contract> MakeContract();

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_CONTRACT_H_
