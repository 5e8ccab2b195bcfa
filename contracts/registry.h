// SPDX-License-Identifier: Apache-2.0
//
// The list of all contracts: the one place that knows them all. Whoever adds a contract adds one line to registry.cc.

#ifndef CAUSEWAY_CONTRACTS_REGISTRY_H_
#define CAUSEWAY_CONTRACTS_REGISTRY_H_

#include <memory>

#include "ledger/execution/contract.h"

namespace causeway {

// All contracts and the shared rules. They hold no state of their own, so one registry serves all threads.
std::unique_ptr<execution::Registry> MakeRegistry();

}  // namespace causeway

#endif  // CAUSEWAY_CONTRACTS_REGISTRY_H_
