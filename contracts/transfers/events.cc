// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/events.h"

#include <utility>

#include "contracts/transfers/transfers.h"

namespace causeway::transfers {

void Emit(execution::Effects& effects, v1::TransfersEvent event) {
  v1::Event emitted;
  *emitted.mutable_transfers() = std::move(event);
  effects.Emit(std::move(emitted));
}

void EmitMoved(const state::StateView& view, execution::Effects& effects, const Moved& moved) {
  v1::TransfersEvent event;
  v1::UnitsMoved& told = *event.mutable_units_moved();
  if (moved.from) told.set_from(moved.from->ToString());
  if (moved.to) told.set_to(moved.to->ToString());
  told.set_instrument(moved.instrument.ToString());
  told.set_amount(FormatAmount(view, moved.instrument, moved.amount));
  if (moved.hold) told.set_hold(moved.hold->ToString());
  told.set_evidence_hash(moved.evidence_hash);
  Emit(effects, std::move(event));
}

void EmitHoldPlaced(execution::Effects& effects, const HoldId& id, const v1::Hold& hold) {
  v1::TransfersEvent event;
  v1::HoldPlaced& told = *event.mutable_hold_placed();
  told.set_hold(id.ToString());
  told.set_account(hold.account());
  told.set_instrument(hold.instrument());
  told.set_amount(hold.amount());
  told.set_kind(hold.kind());
  Emit(effects, std::move(event));
}

void EmitHoldReleased(execution::Effects& effects, const HoldId& id, const v1::Hold& hold, bool expired) {
  v1::TransfersEvent event;
  v1::HoldReleased& told = *event.mutable_hold_released();
  told.set_hold(id.ToString());
  told.set_account(hold.account());
  told.set_instrument(hold.instrument());
  told.set_amount(hold.amount());
  told.set_expired(expired);
  Emit(effects, std::move(event));
}

}  // namespace causeway::transfers
