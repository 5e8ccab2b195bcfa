// SPDX-License-Identifier: Apache-2.0
// Freezes of accounts and holdings, and of parts of holdings. None of them ends by itself.
#include <string>
#include <utility>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/events.h"
#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/operations.h"
#include "contracts/transfers/rules.h"
#include "contracts/transfers/transfers.h"

namespace causeway::transfers {
namespace {

// What a freeze is of: an account, or its holding of one instrument.
struct Target {
  AccountId account;
  std::optional<InstrumentId> instrument;
};

std::optional<Target> AskTarget(const StateView& view, const std::string& account_bytes,
                                const std::string& instrument_text, Reasons& reasons) {
  const std::optional<AccountId> account = AskAccountId(account_bytes, "account", reasons);
  std::optional<InstrumentId> instrument;
  if (!instrument_text.empty()) {
    instrument = AskInstrumentId(instrument_text, reasons);
    if (!instrument || !AskInstrument(view, *instrument, reasons)) return std::nullopt;
  }
  if (!account || !AskAccount(view, *account, reasons)) return std::nullopt;
  if (!instrument && FindAccount(view, *account)->keeper().empty())
    reasons.Add(v1::TRANSFERS_REASON_NO_KEEPER, {account->ToHex()});
  return Target{*account, instrument};
}

// The account's own freeze, or the holding's own: not one for the other.
std::optional<v1::Freeze> FreezeOf(const StateView& view, const Target& target) {
  if (target.instrument) return view.Get(kHoldingFreezes, HoldingKey{target.account, *target.instrument});
  const std::optional<v1::Account> account = FindAccount(view, target.account);
  if (!account || !account->has_freeze()) return std::nullopt;
  return account->freeze();
}

// The party whose compliance decides.
std::optional<std::string> DeciderOf(const StateView& view, const std::string& account_bytes,
                                     const std::string& instrument_text) {
  if (!instrument_text.empty()) {
    const std::optional<InstrumentId> instrument = instruments::ParseId(instrument_text);
    return instrument ? instruments::KeeperOf(view, *instrument) : std::nullopt;
  }
  const std::optional<AccountId> account = AccountId::FromBytes(account_bytes);
  const std::optional<v1::Account> found = account ? FindAccount(view, *account) : std::nullopt;
  if (!found || found->keeper().empty()) return std::nullopt;
  return found->keeper();
}

void DemandCompliance(const StateView& view, const std::string& account, const std::string& instrument,
                      Demands& demands) {
  demands.acting_for = DeciderOf(view, account, instrument);
  demands.role = v1::OFFICER_ROLE_COMPLY;
  if (const std::optional<AccountId> id = AccountId::FromBytes(account)) demands.accounts = {*id};
}

void EmitFreezeChanged(Effects& effects, const Target& target, const std::optional<v1::Freeze>& freeze) {
  v1::TransfersEvent event;
  v1::FreezeChanged& told = *event.mutable_freeze_changed();
  told.set_account(target.account.ToString());
  if (target.instrument) told.set_instrument(target.instrument->ToString());
  told.set_frozen(freeze.has_value());
  if (freeze) told.set_reason(freeze->reason());
  Emit(effects, std::move(event));
}

void SetFreeze(StateTransaction& state, Effects& effects, const Target& target,
               const std::optional<v1::Freeze>& freeze) {
  if (target.instrument) {
    const HoldingKey key{target.account, *target.instrument};
    if (freeze) {
      state.Put(kHoldingFreezes, key, *freeze);
    } else {
      state.Erase(kHoldingFreezes, key);
    }
  } else {
    v1::Account account = *FindAccount(state, target.account);
    account.clear_freeze();
    if (freeze) *account.mutable_freeze() = *freeze;
    state.Put(kAccounts, target.account, account);
  }
  EmitFreezeChanged(effects, target, freeze);
}

// The terms of a restriction; nothing, and the reasons why, where the request states none.
std::optional<HoldTerms> TermsOf(const StateView& view, const v1::RestrictUnits& request, Reasons& reasons) {
  const std::optional<HoldId> hold = AskHoldId(request.hold(), "hold", reasons);
  const std::optional<AccountId> account = AskAccountId(request.account(), "account", reasons);
  if (request.reason() == v1::FREEZE_REASON_UNSPECIFIED) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {"reason"});
  const std::optional<InstrumentId> instrument = AskInstrumentId(request.instrument(), reasons);
  if (!instrument) return std::nullopt;
  const std::optional<Amount> amount = ParseAmount(view, *instrument, request.amount(), reasons);
  if (!hold || !account || !amount || request.reason() == v1::FREEZE_REASON_UNSPECIFIED) return std::nullopt;
  HoldTerms terms{*hold, *account, *instrument, *amount, v1::HOLD_KIND_RESTRICTED};
  terms.reference = request.reference();
  terms.controller_party = *instruments::KeeperOf(view, *instrument);
  terms.restriction = request.reason();
  return terms;
}

std::optional<v1::Hold> HoldOf(const StateView& view, const std::string& bytes) {
  const std::optional<HoldId> id = HoldId::FromBytes(bytes);
  return id ? view.Get(kHolds, *id) : std::nullopt;
}

}  // namespace

void Demand(const v1::FreezeAccount& request, const StateView& view, Demands& demands) {
  DemandCompliance(view, request.account(), request.instrument(), demands);
  demands.urgent = true;
}

void Check(const OperationContext&, const v1::FreezeAccount& request, const StateView& view, Reasons& reasons) {
  if (request.reason() == v1::FREEZE_REASON_UNSPECIFIED) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {"reason"});
  const std::optional<Target> target = AskTarget(view, request.account(), request.instrument(), reasons);
  if (target && FreezeOf(view, *target)) reasons.Add(v1::TRANSFERS_REASON_ALREADY_FROZEN, {target->account.ToHex()});
}

void Apply(const OperationContext& context, const v1::FreezeAccount& request, StateTransaction& state,
           Effects& effects) {
  v1::Freeze freeze;
  freeze.set_reason(request.reason());
  freeze.set_by(*DeciderOf(state, request.account(), request.instrument()));
  freeze.set_since_us(context.now().micros());
  freeze.set_reference(request.reference());
  Reasons none;
  SetFreeze(state, effects, *AskTarget(state, request.account(), request.instrument(), none), freeze);
}

void Demand(const v1::UnfreezeAccount& request, const StateView& view, Demands& demands) {
  DemandCompliance(view, request.account(), request.instrument(), demands);
}

void Check(const OperationContext&, const v1::UnfreezeAccount& request, const StateView& view, Reasons& reasons) {
  const std::optional<Target> target = AskTarget(view, request.account(), request.instrument(), reasons);
  if (target && !FreezeOf(view, *target)) reasons.Add(v1::TRANSFERS_REASON_NOT_FROZEN, {target->account.ToHex()});
}

void Apply(const OperationContext&, const v1::UnfreezeAccount& request, StateTransaction& state, Effects& effects) {
  Reasons none;
  SetFreeze(state, effects, *AskTarget(state, request.account(), request.instrument(), none), std::nullopt);
}

void Demand(const v1::RestrictUnits& request, const StateView& view, Demands& demands) {
  DemandCompliance(view, request.account(), request.instrument(), demands);
  demands.urgent = true;
}

void Check(const OperationContext& context, const v1::RestrictUnits& request, const StateView& view, Reasons& reasons) {
  if (const std::optional<HoldTerms> terms = TermsOf(view, request, reasons))
    CheckPlaceHold(view, *terms, context.now(), reasons);
}

void Apply(const OperationContext& context, const v1::RestrictUnits& request, StateTransaction& state,
           Effects& effects) {
  Reasons none;
  PlaceHold(context, state, effects, *TermsOf(state, request, none));
}

void Demand(const v1::LiftRestriction& request, const StateView& view, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  const std::optional<v1::Hold> hold = HoldOf(view, request.hold());
  if (!hold) return;
  demands.acting_for = instruments::KeeperOf(view, *instruments::ParseId(hold->instrument()));
  demands.accounts = {*AccountId::FromBytes(hold->account())};
}

void Check(const OperationContext& context, const v1::LiftRestriction& request, const StateView& view,
           Reasons& reasons) {
  const std::optional<HoldId> id = AskHoldId(request.hold(), "hold", reasons);
  if (!id) return;
  const std::optional<v1::Hold> hold = HoldOf(view, request.hold());
  if (hold && hold->kind() != v1::HOLD_KIND_RESTRICTED) {
    reasons.Add(v1::TRANSFERS_REASON_NOT_A_RESTRICTION, {id->ToHex()});
  } else if (hold && hold->controller() != v1::HOLD_CONTROLLER_PARTY) {
    reasons.Add(v1::TRANSFERS_REASON_HOLD_NOT_YOURS, {id->ToHex()});
  } else {
    CheckReleaseHold(view, *id, context.now(), reasons);
  }
}

void Apply(const OperationContext& context, const v1::LiftRestriction& request, StateTransaction& state,
           Effects& effects) {
  ReleaseHold(context, state, effects, *HoldId::FromBytes(request.hold()));
}

}  // namespace causeway::transfers
