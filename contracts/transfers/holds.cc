// SPDX-License-Identifier: Apache-2.0
// Placing, releasing, executing and cancelling holds.
#include <string>
#include <utility>

#include "contracts/transfers/eligibility.h"
#include "contracts/transfers/events.h"
#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/holdings.h"
#include "contracts/transfers/lots.h"
#include "contracts/transfers/rules.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::transfers {
namespace {

// The hold, where it exists and holds at `now` (UNKNOWN_HOLD, HOLD_EXPIRED).
std::optional<StoredHold> AskHold(const state::StateView& view, const HoldId& id, Instant now, Reasons& reasons) {
  const std::optional<v1::Hold> record = view.Get(kHolds, id);
  if (!record) {
    reasons.Add(v1::TRANSFERS_REASON_UNKNOWN_HOLD, {id.ToHex()});
    return std::nullopt;
  }
  if (HasExpired(*record, now)) {
    reasons.Add(v1::TRANSFERS_REASON_HOLD_EXPIRED,
                {id.ToHex(), FormatInstant(Instant::FromMicros(record->expires_us()))});
    return std::nullopt;
  }
  return LoadHold(view, id);
}

// As many are held (AMOUNT_INVALID, INSUFFICIENT_HELD).
bool AskHeld(const state::StateView& view, const StoredHold& hold, Amount amount, Reasons& reasons) {
  if (!AskPositive(view, hold.instrument, amount, reasons)) return false;
  if (amount <= hold.amount) return true;
  reasons.Add(v1::TRANSFERS_REASON_INSUFFICIENT_HELD,
              {hold.id.ToHex(), hold.record.amount(), FormatAmount(view, hold.instrument, amount)});
  return false;
}

// What a hold for a beneficiary asks of it now; asked again when the hold is executed.
void AskBeneficiary(const state::StateView& view, const HoldTerms& terms, Instant now, Reasons& reasons) {
  const AccountId& to = *terms.beneficiary;
  if (to == terms.account) {
    reasons.Add(v1::TRANSFERS_REASON_SAME_ACCOUNT, {to.ToHex()});
    return;
  }
  if (!AskAccount(view, to, reasons)) return;
  AskNotFrozen(view, to, terms.instrument, reasons);
  CheckAcquisition(view, to, *OwnerOf(view, terms.account), Origin::kMoved, {terms.instrument, terms.amount, now},
                   reasons);
}

// Everything that stands against setting the units aside, whoever is to have them.
void CheckSetAside(const state::StateView& view, const HoldTerms& terms, Instant now, Reasons& reasons) {
  if (FindHold(view, terms.id, now)) reasons.Add(v1::TRANSFERS_REASON_HOLD_EXISTS, {terms.id.ToHex()});
  if (terms.expires && *terms.expires <= now)
    reasons.Add(v1::TRANSFERS_REASON_EXPIRY_INVALID, {FormatInstant(*terms.expires)});
  if (!AskInstrument(view, terms.instrument, reasons)) return;
  const bool positive = AskPositive(view, terms.instrument, terms.amount, reasons);
  if (!AskAccount(view, terms.account, reasons) || !positive) return;
  AskFree(view, terms.account, terms.instrument, terms.amount, now, reasons);
  if (terms.kind == v1::HOLD_KIND_RESTRICTED) return;
  AskInstrumentOpen(view, terms.instrument, reasons);
  AskNotFrozen(view, terms.account, terms.instrument, reasons);
  CheckDisposal(view, terms.account, terms.beneficiary ? Remainder::kAsked : Remainder::kNotAsked,
                {terms.instrument, terms.amount, now}, reasons);
}

v1::Hold RecordOf(const state::StateView& view, const HoldTerms& terms, Height height) {
  v1::Hold record;
  record.set_account(terms.account.ToString());
  record.set_instrument(terms.instrument.ToString());
  record.set_amount(FormatAmount(view, terms.instrument, terms.amount));
  record.set_kind(terms.kind);
  if (terms.beneficiary) record.set_beneficiary(terms.beneficiary->ToString());
  if (terms.expires) record.set_expires_us(terms.expires->micros());
  record.set_reference(terms.reference);
  record.set_controller(terms.controller);
  record.set_controller_party(terms.controller_party);
  record.set_created_height(height.value());
  record.set_restriction(terms.restriction);
  return record;
}

}  // namespace

void CheckPlaceHold(const state::StateView& view, const HoldTerms& terms, Instant now, Reasons& reasons) {
  CAUSEWAY_CHECK((terms.kind == v1::HOLD_KIND_RESTRICTED) == (terms.restriction != v1::FREEZE_REASON_UNSPECIFIED));
  CAUSEWAY_CHECK((terms.controller == v1::HOLD_CONTROLLER_PARTY) == !terms.controller_party.empty());
  Reasons against_giver;
  CheckSetAside(view, terms, now, against_giver);
  reasons.AddAll(against_giver);
  // As with a movement, the beneficiary's rules are not told to whoever has nothing to set aside.
  const bool is_asked = terms.beneficiary && terms.kind != v1::HOLD_KIND_RESTRICTED;
  if (is_asked && against_giver.empty()) AskBeneficiary(view, terms, now, reasons);
}

void PlaceHold(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
               const HoldTerms& terms) {
  Reasons reasons;
  CheckPlaceHold(state, terms, context.now(), reasons);
  ExpectNone(reasons);
  ReleaseExpired(context, state, effects, terms.account, terms.instrument);
  ReleaseExpiredId(state, effects, terms.id);
  DropUnlocked(state, terms.account, terms.instrument, context.now());
  AddHold(context, state, effects, terms.id, RecordOf(state, terms, context.block->height));
}

void CheckReleaseHold(const state::StateView& view, const HoldId& hold, Instant now, Reasons& reasons) {
  AskHold(view, hold, now, reasons);
}

void ReleaseHold(const execution::OperationContext& context, state::StateTransaction& state,
                 execution::Effects& effects, const HoldId& hold) {
  Reasons reasons;
  CheckReleaseHold(state, hold, context.now(), reasons);
  ExpectNone(reasons);
  EndHold(state, effects, LoadHold(state, hold), false);
}

void CheckExecuteHold(const state::StateView& view, const HoldId& hold, const AccountId& to, Amount amount, Instant now,
                      Reasons& reasons, Eligibility eligibility) {
  const std::optional<StoredHold> held = AskHold(view, hold, now, reasons);
  if (!held) return;
  const bool enough = AskHeld(view, *held, amount, reasons);
  AskInstrumentOpen(view, held->instrument, reasons);
  AskNotFrozen(view, held->account, held->instrument, reasons);
  if (to == held->account) {
    reasons.Add(v1::TRANSFERS_REASON_SAME_ACCOUNT, {to.ToHex()});
    return;
  }
  if (!AskAccount(view, to, reasons)) return;
  AskNotFrozen(view, to, held->instrument, reasons);
  if (enough && eligibility == Eligibility::kAsked)
    CheckAcquisition(view, to, *OwnerOf(view, held->account), Origin::kMoved, {held->instrument, amount, now}, reasons);
}

void ExecuteHold(const execution::OperationContext& context, state::StateTransaction& state,
                 execution::Effects& effects, const HoldId& hold, const AccountId& to, Amount amount,
                 Eligibility eligibility) {
  Reasons reasons;
  CheckExecuteHold(state, hold, to, amount, context.now(), reasons, eligibility);
  ExpectNone(reasons);
  const StoredHold held = LoadHold(state, hold);
  ShrinkHold(state, held, amount);
  Debit(state, held.account, held.instrument, PartOf(held.record.kind()), amount);
  DropUnlocked(state, held.account, held.instrument, context.now());
  Credit(state, to, held.instrument, Part::kFree, amount);
  EmitMoved(state, effects, {held.account, to, held.instrument, amount, hold});
}

void CheckCancelHeld(const state::StateView& view, const HoldId& hold, Amount amount, Instant now, Reasons& reasons) {
  const std::optional<StoredHold> held = AskHold(view, hold, now, reasons);
  if (!held) return;
  AskHeld(view, *held, amount, reasons);
  AskNotFrozen(view, held->account, held->instrument, reasons);
}

void CancelHeld(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
                const HoldId& hold, Amount amount) {
  Reasons reasons;
  CheckCancelHeld(state, hold, amount, context.now(), reasons);
  ExpectNone(reasons);
  const StoredHold held = LoadHold(state, hold);
  ShrinkHold(state, held, amount);
  Debit(state, held.account, held.instrument, PartOf(held.record.kind()), amount);
  DropUnlocked(state, held.account, held.instrument, context.now());
  Reduce(state, held.instrument, amount);
  EmitMoved(state, effects, {held.account, std::nullopt, held.instrument, amount, hold});
}

}  // namespace causeway::transfers
