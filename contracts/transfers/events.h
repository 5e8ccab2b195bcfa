// SPDX-License-Identifier: Apache-2.0
// The events of `transfers`, inside this contract.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_EVENTS_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_EVENTS_H_

#include <optional>

#include "causeway/v1/transfers.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

void Emit(execution::Effects& effects, v1::TransfersEvent event);

// What a movement was, as its event tells it.
struct Moved {
  std::optional<AccountId> from;
  std::optional<AccountId> to;
  InstrumentId instrument;
  Amount amount;
  std::optional<HoldId> hold = std::nullopt;
  // 32 bytes; empty for a movement that its owner wanted.
  std::string evidence_hash = {};
};
void EmitMoved(const state::StateView& view, execution::Effects& effects, const Moved& moved);
void EmitHoldPlaced(execution::Effects& effects, const HoldId& id, const v1::Hold& hold);
void EmitHoldReleased(execution::Effects& effects, const HoldId& id, const v1::Hold& hold, bool expired);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_EVENTS_H_
