// SPDX-License-Identifier: Apache-2.0
//
// The list of all contracts: the one place that knows them all. Whoever adds a contract adds one line to registry.cc.

#ifndef CAUSEWAY_CONTRACTS_REGISTRY_H_
#define CAUSEWAY_CONTRACTS_REGISTRY_H_

#include <memory>

#include "ledger/execution/contract.h"

namespace causeway {

// All contracts and the shared rules; immutable and free of state, so one serves all threads.
std::unique_ptr<const execution::Registry> MakeRegistry();

}  // namespace causeway

#endif  // CAUSEWAY_CONTRACTS_REGISTRY_H_
