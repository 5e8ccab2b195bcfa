// SPDX-License-Identifier: Apache-2.0
// Moving, issuing and cancelling free units.
#include <string>

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

// Everything that stands against whoever gives free units.
void CheckGiver(const state::StateView& view, const AccountId& from, const Passage& passage, Reasons& reasons) {
  const bool positive = AskPositive(view, passage.instrument, passage.amount, reasons);
  AskInstrumentOpen(view, passage.instrument, reasons);
  if (!AskAccount(view, from, reasons)) return;
  AskNotFrozen(view, from, passage.instrument, reasons);
  if (!positive) return;
  AskFree(view, from, passage.instrument, passage.amount, passage.now, reasons);
  CheckDisposal(view, from, Remainder::kAsked, passage, reasons);
}

}  // namespace

void CheckMove(const state::StateView& view, const AccountId& from, const AccountId& to, const InstrumentId& instrument,
               Amount amount, Instant now, Reasons& reasons) {
  if (!AskInstrument(view, instrument, reasons)) return;
  const Passage passage{instrument, amount, now};
  Reasons against_giver;
  if (from == to) against_giver.Add(v1::TRANSFERS_REASON_SAME_ACCOUNT, {from.ToHex()});
  CheckGiver(view, from, passage, against_giver);
  reasons.AddAll(against_giver);
  // Whoever has nothing to give does not learn how others stand by trying.
  if (!against_giver.empty() || !AskAccount(view, to, reasons)) return;
  AskNotFrozen(view, to, instrument, reasons);
  CheckAcquisition(view, to, *OwnerOf(view, from), Origin::kMoved, passage, reasons);
}

void Move(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
          const AccountId& from, const AccountId& to, const InstrumentId& instrument, Amount amount) {
  Reasons reasons;
  CheckMove(state, from, to, instrument, amount, context.now(), reasons);
  ExpectNone(reasons);
  ReleaseExpired(context, state, effects, from, instrument);
  Debit(state, from, instrument, Part::kFree, amount);
  DropUnlocked(state, from, instrument, context.now());
  Credit(state, to, instrument, Part::kFree, amount);
  EmitMoved(state, effects, {from, to, instrument, amount});
}

void CheckIssue(const state::StateView& view, const InstrumentId& instrument, const AccountId& to, Amount amount,
                Instant now, Reasons& reasons, Eligibility eligibility) {
  if (!AskInstrument(view, instrument, reasons)) return;
  const bool positive = AskPositive(view, instrument, amount, reasons);
  const bool fits = AskSupplyFits(view, instrument, amount, reasons);
  if (!AskAccount(view, to, reasons)) return;
  AskNotFrozen(view, to, instrument, reasons);
  if (positive && fits && eligibility == Eligibility::kAsked)
    CheckAcquisition(view, to, "", Origin::kIssued, {instrument, amount, now}, reasons);
}

void Issue(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
           const InstrumentId& instrument, const AccountId& to, Amount amount, Eligibility eligibility) {
  Reasons reasons;
  CheckIssue(state, instrument, to, amount, context.now(), reasons, eligibility);
  ExpectNone(reasons);
  Enlarge(state, instrument, amount);
  Credit(state, to, instrument, Part::kFree, amount);
  AddPurchase(state, to, instrument, context.now(), amount);
  EmitMoved(state, effects, {std::nullopt, to, instrument, amount});
}

void CheckCancel(const state::StateView& view, const InstrumentId& instrument, const AccountId& from, Amount amount,
                 Instant now, Reasons& reasons) {
  if (!AskInstrument(view, instrument, reasons)) return;
  const bool positive = AskPositive(view, instrument, amount, reasons);
  if (!AskAccount(view, from, reasons)) return;
  AskNotFrozen(view, from, instrument, reasons);
  if (!positive) return;
  AskFree(view, from, instrument, amount, now, reasons);
  CheckDisposal(view, from, Remainder::kNotAsked, {instrument, amount, now}, reasons);
}

void Cancel(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
            const InstrumentId& instrument, const AccountId& from, Amount amount) {
  Reasons reasons;
  CheckCancel(state, instrument, from, amount, context.now(), reasons);
  ExpectNone(reasons);
  ReleaseExpired(context, state, effects, from, instrument);
  Debit(state, from, instrument, Part::kFree, amount);
  DropUnlocked(state, from, instrument, context.now());
  Reduce(state, instrument, amount);
  EmitMoved(state, effects, {from, std::nullopt, instrument, amount});
}

}  // namespace causeway::transfers
