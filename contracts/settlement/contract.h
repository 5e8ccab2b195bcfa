// SPDX-License-Identifier: Apache-2.0
// The contract `settlement` as the pipeline knows it. What other contracts use is in settlement.h.

#ifndef CAUSEWAY_CONTRACTS_SETTLEMENT_CONTRACT_H_
#define CAUSEWAY_CONTRACTS_SETTLEMENT_CONTRACT_H_

#include <memory>

#include "ledger/execution/contract.h"

namespace causeway::settlement {

std::unique_ptr<execution::Contract> MakeContract();

}  // namespace causeway::settlement

#endif  // CAUSEWAY_CONTRACTS_SETTLEMENT_CONTRACT_H_
