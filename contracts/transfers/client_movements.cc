// SPDX-License-Identifier: Apache-2.0
// Transfers and holds as a client asks for them.
#include <string>
#include <utility>

#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/operations.h"
#include "contracts/transfers/rules.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::transfers {
namespace {

// A movement as the policy gate judges it, where the operation states one.
void DemandMovement(const StateView& view, const std::string& from, const std::string& to,
                    const std::string& instrument_text, const std::string& amount_text, Demands& demands) {
  const std::optional<AccountId> payer = AccountId::FromBytes(from);
  const std::optional<InstrumentId> instrument = instruments::ParseId(instrument_text);
  if (payer) {
    demands.accounts = {*payer};
    demands.acting_for = OwnerOf(view, *payer);
  }
  if (!instrument) return;
  demands.instruments = {*instrument};
  Reasons unparsed;
  const std::optional<Amount> amount = ParseAmount(view, *instrument, amount_text, unparsed);
  if (payer && amount) demands.movements.push_back({*instrument, *payer, AccountId::FromBytes(to), *amount});
}

// The party that ends a hold, and the accounts that a delegation by it must cover.
void DemandController(const StateView& view, const std::string& hold, Demands& demands) {
  const std::optional<HoldId> id = HoldId::FromBytes(hold);
  const std::optional<v1::Hold> record = id ? view.Get(kHolds, *id) : std::nullopt;
  if (!record || record->controller() != v1::HOLD_CONTROLLER_PARTY) return;
  demands.acting_for = record->controller_party();
  if (const std::optional<AccountId> account = AccountId::FromBytes(record->beneficiary()))
    demands.accounts = {*account};
}

// The hold of an operation, where a party ends it (UNKNOWN_HOLD and HOLD_EXPIRED are left to whoever looks at the hold
// itself).
std::optional<HoldId> AskPartysHold(const StateView& view, const std::string& bytes, Reasons& reasons) {
  const std::optional<HoldId> id = AskHoldId(bytes, "hold", reasons);
  const std::optional<v1::Hold> record = id ? view.Get(kHolds, *id) : std::nullopt;
  if (record && (record->controller() != v1::HOLD_CONTROLLER_PARTY || record->kind() == v1::HOLD_KIND_RESTRICTED)) {
    reasons.Add(v1::TRANSFERS_REASON_HOLD_NOT_YOURS, {id->ToHex()});
    return std::nullopt;
  }
  return id;
}

// The terms that a request states; nothing, and the reasons why, where it states none.
std::optional<HoldTerms> TermsOf(const StateView& view, const v1::PlaceHold& request, Reasons& reasons) {
  const std::optional<HoldId> hold = AskHoldId(request.hold(), "hold", reasons);
  const std::optional<AccountId> account = AskAccountId(request.account(), "account", reasons);
  const std::optional<AccountId> beneficiary = AskAccountId(request.beneficiary(), "beneficiary", reasons);
  const std::optional<InstrumentId> instrument = AskInstrumentId(request.instrument(), reasons);
  if (!hold || !account || !beneficiary || !instrument) return std::nullopt;
  const std::optional<Amount> amount = ParseAmount(view, *instrument, request.amount(), reasons);
  const std::optional<std::string> receiver = OwnerOf(view, *beneficiary);
  if (!receiver) reasons.Add(v1::TRANSFERS_REASON_UNKNOWN_ACCOUNT, {beneficiary->ToHex()});
  if (!receiver || !amount) return std::nullopt;
  HoldTerms terms{*hold, *account, *instrument, *amount};
  terms.beneficiary = *beneficiary;
  terms.expires = Instant::FromMicros(request.expires_us());
  terms.reference = request.reference();
  terms.controller_party = request.controller().empty() ? *receiver : request.controller();
  return terms;
}

// What an ExecuteHold moves: the hold's beneficiary, or the account that has taken over from it, and how much.
struct Execution {
  HoldId hold;
  AccountId to;
  Amount amount;
};
std::optional<Execution> ExecutionOf(const StateView& view, const v1::ExecuteHold& request, Instant now,
                                     Reasons& reasons) {
  const std::optional<HoldId> id = AskPartysHold(view, request.hold(), reasons);
  if (!id) return std::nullopt;
  CheckReleaseHold(view, *id, now, reasons);
  if (!FindHold(view, *id, now)) return std::nullopt;
  const StoredHold hold = LoadHold(view, *id);
  const std::optional<AccountId> beneficiary = AccountId::FromBytes(hold.record.beneficiary());
  CAUSEWAY_CHECK(beneficiary.has_value());
  const std::optional<Amount> amount =
      request.amount().empty() ? hold.amount : ParseAmount(view, hold.instrument, request.amount(), reasons);
  if (!amount) return std::nullopt;
  return Execution{*id, ResolveAccount(view, *beneficiary), *amount};
}

}  // namespace

void Demand(const v1::Transfer& request, const StateView& view, Demands& demands) {
  DemandMovement(view, request.from(), request.to(), request.instrument(), request.amount(), demands);
}

void Check(const OperationContext& context, const v1::Transfer& request, const StateView& view, Reasons& reasons) {
  const std::optional<AccountId> from = AskAccountId(request.from(), "from", reasons);
  const std::optional<AccountId> to = AskAccountId(request.to(), "to", reasons);
  const std::optional<InstrumentId> instrument = AskInstrumentId(request.instrument(), reasons);
  if (!instrument) return;
  const std::optional<Amount> amount = ParseAmount(view, *instrument, request.amount(), reasons);
  if (from && to && amount) CheckMove(view, *from, *to, *instrument, *amount, context.now(), reasons);
}

void Apply(const OperationContext& context, const v1::Transfer& request, StateTransaction& state, Effects& effects) {
  Reasons none;
  const InstrumentId instrument = *instruments::ParseId(request.instrument());
  Move(context, state, effects, *AccountId::FromBytes(request.from()), *AccountId::FromBytes(request.to()), instrument,
       *ParseAmount(state, instrument, request.amount(), none));
}

void Demand(const v1::PlaceHold& request, const StateView& view, Demands& demands) {
  DemandMovement(view, request.account(), request.beneficiary(), request.instrument(), request.amount(), demands);
}

void Check(const OperationContext& context, const v1::PlaceHold& request, const StateView& view, Reasons& reasons) {
  const std::optional<HoldTerms> terms = TermsOf(view, request, reasons);
  if (!terms) return;
  Reasons against;
  if (*terms->expires > AddSaturating(context.now(), Duration::Days(kHoldDaysMax)))
    against.Add(v1::TRANSFERS_REASON_EXPIRY_INVALID, {FormatInstant(*terms->expires)});
  CheckPlaceHold(view, *terms, context.now(), against);
  reasons.AddAll(against);
  // Who owns the beneficiary's account is told as little as the rest of it.
  if (!request.controller().empty() || against.empty()) parties::CheckActive(view, terms->controller_party, reasons);
}

void Apply(const OperationContext& context, const v1::PlaceHold& request, StateTransaction& state, Effects& effects) {
  Reasons none;
  PlaceHold(context, state, effects, *TermsOf(state, request, none));
}

void Demand(const v1::ReleaseHold& request, const StateView& view, Demands& demands) {
  DemandController(view, request.hold(), demands);
}

void Check(const OperationContext& context, const v1::ReleaseHold& request, const StateView& view, Reasons& reasons) {
  if (const std::optional<HoldId> hold = AskPartysHold(view, request.hold(), reasons))
    CheckReleaseHold(view, *hold, context.now(), reasons);
}

void Apply(const OperationContext& context, const v1::ReleaseHold& request, StateTransaction& state, Effects& effects) {
  ReleaseHold(context, state, effects, *HoldId::FromBytes(request.hold()));
}

void Demand(const v1::ExecuteHold& request, const StateView& view, Demands& demands) {
  DemandController(view, request.hold(), demands);
  const std::optional<HoldId> id = HoldId::FromBytes(request.hold());
  const std::optional<v1::Hold> record = id ? view.Get(kHolds, *id) : std::nullopt;
  if (record) demands.instruments = {*instruments::ParseId(record->instrument())};
}

void Check(const OperationContext& context, const v1::ExecuteHold& request, const StateView& view, Reasons& reasons) {
  if (const std::optional<Execution> execution = ExecutionOf(view, request, context.now(), reasons))
    CheckExecuteHold(view, execution->hold, execution->to, execution->amount, context.now(), reasons);
}

void Apply(const OperationContext& context, const v1::ExecuteHold& request, StateTransaction& state, Effects& effects) {
  Reasons none;
  const std::optional<Execution> execution = ExecutionOf(state, request, context.now(), none);
  ExecuteHold(context, state, effects, execution->hold, execution->to, execution->amount);
}

}  // namespace causeway::transfers
