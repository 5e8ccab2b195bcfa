// SPDX-License-Identifier: Apache-2.0
// The contract `cash` as the pipeline knows it. What other contracts use is in cash.h.

#ifndef CAUSEWAY_CONTRACTS_CASH_CONTRACT_H_
#define CAUSEWAY_CONTRACTS_CASH_CONTRACT_H_

#include <memory>

#include "ledger/execution/contract.h"

namespace causeway::cash {

std::unique_ptr<execution::Contract> MakeContract();

}  // namespace causeway::cash

#endif  // CAUSEWAY_CONTRACTS_CASH_CONTRACT_H_
