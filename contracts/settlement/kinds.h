// SPDX-License-Identifier: Apache-2.0
// What of this contract's tables can be read, and whom its records and events concern.

#ifndef CAUSEWAY_CONTRACTS_SETTLEMENT_KINDS_H_
#define CAUSEWAY_CONTRACTS_SETTLEMENT_KINDS_H_

#include <functional>
#include <vector>

#include "causeway/v1/receipt.pb.h"
#include "causeway/v1/settlement.pb.h"
#include "ledger/execution/record_kind.h"
#include "ledger/state/view.h"

namespace causeway::settlement {

std::vector<execution::RecordKind> Kinds();

// `before` and `after`: the state before and after the event's block.
execution::Concerns ConcernsOf(const v1::SettlementEvent& event, const state::StateView& before,
                               const state::StateView& after);
// Where the bundle was opened and ended within the block: what recognizes its opening.
std::function<bool(const v1::Event&)> MakerOf(const v1::SettlementEvent& event, const state::StateView& before,
                                              const state::StateView& after);

}  // namespace causeway::settlement

#endif  // CAUSEWAY_CONTRACTS_SETTLEMENT_KINDS_H_
