// SPDX-License-Identifier: Apache-2.0
// What of this contract's tables can be read, and whom its records and events concern.

#ifndef CAUSEWAY_CONTRACTS_INSTRUMENTS_KINDS_H_
#define CAUSEWAY_CONTRACTS_INSTRUMENTS_KINDS_H_

#include <vector>

#include "causeway/v1/instruments.pb.h"
#include "ledger/execution/record_kind.h"
#include "ledger/state/view.h"

namespace causeway::instruments {

std::vector<execution::RecordKind> Kinds();

// `before` and `after`: the state before and after the event's block.
execution::Concerns ConcernsOf(const v1::InstrumentsEvent& event, const state::StateView& before,
                               const state::StateView& after);

}  // namespace causeway::instruments

#endif  // CAUSEWAY_CONTRACTS_INSTRUMENTS_KINDS_H_
