// SPDX-License-Identifier: Apache-2.0
// Movements that the keeper of a register makes without the owner's consent. A freeze stands where it stood before and
// after: units that were restricted arrive restricted, and units of a frozen holding do not reach another account of
// the same owner that is not frozen.
#include <string>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/eligibility.h"
#include "contracts/transfers/events.h"
#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/holdings.h"
#include "contracts/transfers/lots.h"
#include "contracts/transfers/operations.h"
#include "contracts/transfers/rules.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::transfers {
namespace {

struct Forced {
  AccountId from;
  AccountId to;
  InstrumentId instrument;
  Amount amount;
  // Both, or neither.
  std::optional<HoldId> from_restriction;
  std::optional<HoldId> to_restriction;
};

// The restrictions that the request names: none, or one on each side.
bool AskRestrictions(const v1::ForcedTransfer& request, Forced& forced, Reasons& reasons) {
  if (request.from_restriction().empty() && request.to_restriction().empty()) return true;
  forced.from_restriction = AskHoldId(request.from_restriction(), "from_restriction", reasons);
  forced.to_restriction = AskHoldId(request.to_restriction(), "to_restriction", reasons);
  return forced.from_restriction && forced.to_restriction;
}

std::optional<Forced> Read(const StateView& view, const v1::ForcedTransfer& request, Reasons& reasons) {
  const std::optional<AccountId> from = AskAccountId(request.from(), "from", reasons);
  const std::optional<AccountId> to = AskAccountId(request.to(), "to", reasons);
  if (request.evidence_hash().empty()) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {"evidence_hash"});
  const std::optional<InstrumentId> instrument = AskInstrumentId(request.instrument(), reasons);
  if (!instrument) return std::nullopt;
  const std::optional<Amount> amount = ParseAmount(view, *instrument, request.amount(), reasons);
  if (!from || !to || !amount) return std::nullopt;
  Forced forced{*from, *to, *instrument, *amount, std::nullopt, std::nullopt};
  if (!AskRestrictions(request, forced, reasons)) return std::nullopt;
  return forced;
}

// The units are there: free ones, or as many of the restriction.
void AskUnits(const StateView& view, const Forced& forced, Instant now, Reasons& reasons) {
  if (!forced.from_restriction) {
    AskFree(view, forced.from, forced.instrument, forced.amount, now, reasons);
    return;
  }
  if (FindHold(view, *forced.to_restriction, now))
    reasons.Add(v1::TRANSFERS_REASON_HOLD_EXISTS, {forced.to_restriction->ToHex()});
  if (!view.Has(kHolds, *forced.from_restriction)) {
    reasons.Add(v1::TRANSFERS_REASON_UNKNOWN_HOLD, {forced.from_restriction->ToHex()});
    return;
  }
  const StoredHold hold = LoadHold(view, *forced.from_restriction);
  if (hold.record.kind() != v1::HOLD_KIND_RESTRICTED || hold.account != forced.from ||
      hold.instrument != forced.instrument) {
    reasons.Add(v1::TRANSFERS_REASON_NOT_A_RESTRICTION, {hold.id.ToHex()});
  } else if (hold.amount < forced.amount) {
    reasons.Add(v1::TRANSFERS_REASON_INSUFFICIENT_HELD,
                {hold.id.ToHex(), hold.record.amount(), FormatAmount(view, forced.instrument, forced.amount)});
  }
}

// An owner whose holding is frozen does not get it back in another account.
void AskFreezeStands(const StateView& view, const Forced& forced, Reasons& reasons) {
  if (OwnerOf(view, forced.from) != OwnerOf(view, forced.to)) return;
  if (!FindFreeze(view, forced.from, forced.instrument) || FindFreeze(view, forced.to, forced.instrument)) return;
  reasons.Add(v1::TRANSFERS_REASON_FREEZE_WOULD_LAPSE, {forced.from.ToHex(), forced.to.ToHex()});
}

// The rest of a restriction stays; what moved is restricted at the receiver for the same reason.
void CarryRestriction(const OperationContext& context, StateTransaction& state, Effects& effects,
                      const Forced& forced) {
  const StoredHold hold = LoadHold(state, *forced.from_restriction);
  ShrinkHold(state, hold, forced.amount);
  Debit(state, forced.from, forced.instrument, Part::kRestricted, forced.amount);
  Credit(state, forced.to, forced.instrument, Part::kFree, forced.amount);
  ReleaseExpiredId(state, effects, *forced.to_restriction);
  v1::Hold carried = hold.record;
  carried.set_account(forced.to.ToString());
  carried.set_amount(FormatAmount(state, forced.instrument, forced.amount));
  carried.set_created_height(context.block->height.value());
  AddHold(context, state, effects, *forced.to_restriction, carried);
}

}  // namespace

void Demand(const v1::ForcedTransfer& request, const StateView& view, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  demands.minimum_officers = 2;
  if (const std::optional<AccountId> from = AccountId::FromBytes(request.from())) demands.accounts = {*from};
  const std::optional<InstrumentId> instrument = instruments::ParseId(request.instrument());
  if (!instrument) return;
  demands.acting_for = instruments::KeeperOf(view, *instrument);
  demands.instruments = {*instrument};
}

void Check(const OperationContext& context, const v1::ForcedTransfer& request, const StateView& view,
           Reasons& reasons) {
  const std::optional<Forced> forced = Read(view, request, reasons);
  if (!forced) return;
  if (forced->from == forced->to) reasons.Add(v1::TRANSFERS_REASON_SAME_ACCOUNT, {forced->from.ToHex()});
  const bool gives = AskAccount(view, forced->from, reasons);
  const bool receives = AskAccount(view, forced->to, reasons);
  if (gives) AskUnits(view, *forced, context.now(), reasons);
  if (!gives || !receives || forced->from == forced->to) return;
  AskFreezeStands(view, *forced, reasons);
  CheckAcquisition(view, forced->to, *OwnerOf(view, forced->from), Origin::kMoved,
                   {forced->instrument, forced->amount, context.now()}, reasons);
}

void Apply(const OperationContext& context, const v1::ForcedTransfer& request, StateTransaction& state,
           Effects& effects) {
  Reasons none;
  const Forced forced = *Read(state, request, none);
  ReleaseExpired(context, state, effects, forced.from, forced.instrument);
  const Part part = forced.from_restriction ? Part::kRestricted : Part::kFree;
  CarryLots(state, forced.from, forced.to, forced.instrument, context.now(), part, forced.amount);
  if (forced.from_restriction) {
    CarryRestriction(context, state, effects, forced);
  } else {
    Debit(state, forced.from, forced.instrument, Part::kFree, forced.amount);
    Credit(state, forced.to, forced.instrument, Part::kFree, forced.amount);
  }
  DropUnlocked(state, forced.from, forced.instrument, context.now());
  EmitMoved(
      state, effects,
      {forced.from, forced.to, forced.instrument, forced.amount, forced.from_restriction, request.evidence_hash()});
}

}  // namespace causeway::transfers
