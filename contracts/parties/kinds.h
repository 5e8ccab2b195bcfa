// SPDX-License-Identifier: Apache-2.0
// What of this contract's tables can be read, and whom its records and events concern.

#ifndef CAUSEWAY_CONTRACTS_PARTIES_KINDS_H_
#define CAUSEWAY_CONTRACTS_PARTIES_KINDS_H_

#include <vector>

#include "causeway/v1/parties.pb.h"
#include "ledger/execution/record_kind.h"
#include "ledger/state/view.h"

namespace causeway::parties {

std::vector<execution::RecordKind> Kinds();

// `before` and `after`: the state before and after the event's block.
execution::Concerns ConcernsOf(const v1::PartiesEvent& event, const state::StateView& before,
                               const state::StateView& after);

}  // namespace causeway::parties

#endif  // CAUSEWAY_CONTRACTS_PARTIES_KINDS_H_
