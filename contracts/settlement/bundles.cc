// SPDX-License-Identifier: Apache-2.0
#include "contracts/settlement/bundles.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::settlement {
namespace {

using ReceiptKey = std::tuple<AccountId, InstrumentId>;

// What an account receives of an instrument by the bundle's legs.
struct Inflow {
  Amount amount = Amount::Zero();
  // The owners whose units they are; empty text for issued ones.
  std::set<std::string> givers;
};

std::map<ReceiptKey, Inflow> InflowsOf(const std::vector<ParsedLeg>& legs) {
  std::map<ReceiptKey, Inflow> inflows;
  for (const ParsedLeg& leg : legs) {
    if (!leg.to) continue;
    Inflow& inflow = inflows[{*leg.to, leg.instrument}];
    inflow.amount = Add(inflow.amount, leg.amount).value_or(Amount::Max());
    inflow.givers.insert(leg.giver);
  }
  return inflows;
}

// While units are locked only: whether the receivers of the party's own legs could hold what they are to receive; how
// others stand it does not learn by consenting. One who receives from several
// owners, or gives of the same instrument too, is asked at delivery alone, when it is known what the legs come to.
void AskReceivers(const StateView& view, const std::vector<ParsedLeg>& legs, const std::string& party, Instant now,
                  Reasons& reasons) {
  std::set<ReceiptKey> gives, own;
  for (const ParsedLeg& leg : legs) {
    if (leg.from) gives.insert({*leg.from, leg.instrument});
    if (leg.to && leg.Needs(party)) own.insert({*leg.to, leg.instrument});
  }
  for (const auto& [key, inflow] : InflowsOf(legs)) {
    if (inflow.givers.size() != 1 || gives.contains(key) || !own.contains(key)) continue;
    const std::string& giver = *inflow.givers.begin();
    transfers::CheckReceipt(view, std::get<0>(key), giver.empty() ? std::nullopt : std::optional<std::string>(giver),
                            std::get<1>(key), inflow.amount, now, reasons);
  }
}

// A shortage as each side sees it: the giver lacks, whoever waits for the units is told that its counterparty does.
void AddShortage(const StateView& view, const ParsedLeg& leg, Reasons& reasons) {
  const bool cash = IsCash(view, leg.instrument);
  reasons.Add(cash ? v1::SETTLEMENT_REASON_MONY : v1::SETTLEMENT_REASON_LACK,
              {leg.giver, leg.from->ToHex(), leg.instrument.ToString(),
               transfers::FormatAmount(view, leg.instrument, leg.amount)});
  const std::string& waits = leg.kind == v1::LEG_KIND_CANCEL ? leg.keeper : leg.receiver;
  if (waits != leg.giver)
    reasons.Add(cash ? v1::SETTLEMENT_REASON_CMON : v1::SETTLEMENT_REASON_CLAC, {waits, leg.instrument.ToString()});
}

transfers::HoldTerms LockOf(const InstructionId& id, const v1::Bundle& bundle, const ParsedLeg& leg) {
  transfers::HoldTerms terms{LegHold(id, leg.index), *leg.from, leg.instrument, leg.amount};
  terms.expires = Instant::FromMicros(bundle.deadline_us());
  terms.reference = bundle.reference();
  terms.controller = v1::HOLD_CONTROLLER_SETTLEMENT;
  return terms;
}

// Locks what the party's legs give; a leg that cannot be locked adds its reasons and is left out.
void Lock(const OperationContext& context, const InstructionId& id, const v1::Bundle& bundle,
          const std::vector<ParsedLeg>& legs, const std::string& party, StateTransaction& state, Effects& effects,
          Reasons& reasons) {
  for (const ParsedLeg& leg : legs) {
    if (!leg.from || leg.giver != party) continue;
    const transfers::HoldTerms terms = LockOf(id, bundle, leg);
    Reasons against;
    transfers::CheckPlaceHold(state, terms, context.now(), against);
    if (against.empty()) transfers::PlaceHold(context, state, effects, terms);
    for (const Reason& reason : against) {
      if (reason.code == static_cast<uint32_t>(v1::TRANSFERS_REASON_INSUFFICIENT_FREE)) {
        AddShortage(state, leg, reasons);
      } else {
        reasons.Add(reason);
      }
    }
  }
}

// Does a leg whose units are locked, or says what stands against it.
void Deliver(const OperationContext& context, const InstructionId& id, const ParsedLeg& leg, StateTransaction& state,
             Effects& effects, Reasons& reasons) {
  constexpr transfers::Eligibility kLater = transfers::Eligibility::kLeftToCaller;
  const HoldId hold = LegHold(id, leg.index);
  Reasons against;
  switch (leg.kind) {
    case v1::LEG_KIND_ISSUE:
      if (!instruments::IsOpenToEntry(state, leg.instrument))
        against.Add(v1::SETTLEMENT_REASON_CLOSED, {leg.instrument.ToString()});
      transfers::CheckIssue(state, leg.instrument, *leg.to, leg.amount, context.now(), against, kLater);
      if (against.empty()) transfers::Issue(context, state, effects, leg.instrument, *leg.to, leg.amount, kLater);
      break;
    case v1::LEG_KIND_CANCEL:
      transfers::CheckCancelHeld(state, hold, leg.amount, context.now(), against);
      if (against.empty()) transfers::CancelHeld(context, state, effects, hold, leg.amount);
      break;
    default:
      transfers::CheckExecuteHold(state, hold, *leg.to, leg.amount, context.now(), against, kLater);
      if (against.empty()) transfers::ExecuteHold(context, state, effects, hold, *leg.to, leg.amount, kLater);
      break;
  }
  reasons.AddAll(against);
}

// Who received may hold what it now holds, and who gave has not too little left.
void AskHolders(const StateView& view, const std::vector<ParsedLeg>& legs, Instant now, Reasons& reasons) {
  for (const auto& [key, inflow] : InflowsOf(legs)) {
    const auto& [account, instrument] = key;
    transfers::CheckReceipt(view, account, transfers::OwnerOf(view, account), instrument, Amount::Zero(), now, reasons);
  }
  for (const ParsedLeg& leg : legs) {
    if (leg.kind == v1::LEG_KIND_TRANSFER) transfers::CheckRemainder(view, *leg.from, leg.instrument, now, reasons);
  }
}

}  // namespace

const v1::BundleConsent* ConsentOf(const v1::Bundle& bundle, const std::string& party) {
  const auto found = std::find_if(bundle.consents().begin(), bundle.consents().end(),
                                  [&](const v1::BundleConsent& consent) { return consent.party() == party; });
  return found == bundle.consents().end() ? nullptr : &*found;
}

bool IsLastConsent(const v1::Bundle& bundle, const std::string& party) {
  return std::all_of(bundle.consents().begin(), bundle.consents().end(), [&](const v1::BundleConsent& consent) {
    return consent.party() == party || consent.given_us() != 0;
  });
}

void LockAndSettle(const OperationContext& context, const InstructionId& id, const v1::Bundle& bundle,
                   const std::string& party, StateTransaction& state, Effects& effects, Reasons& reasons) {
  const std::optional<std::vector<ParsedLeg>> legs = AskLegs(state, bundle.legs(), reasons);
  if (!legs) return;
  Lock(context, id, bundle, *legs, party, state, effects, reasons);
  if (!reasons.empty()) return;
  if (!IsLastConsent(bundle, party)) return AskReceivers(state, *legs, party, context.now(), reasons);
  AskCashAccepted(state, *legs, reasons);
  for (const ParsedLeg& leg : *legs) Deliver(context, id, leg, state, effects, reasons);
  if (reasons.empty()) AskHolders(state, *legs, context.now(), reasons);
}

void Unlock(const OperationContext& context, const InstructionId& id, const v1::Bundle& bundle, StateTransaction& state,
            Effects& effects) {
  for (int i = 0; i < bundle.legs_size(); ++i) {
    const HoldId id_of_leg = LegHold(id, static_cast<uint32_t>(i));
    // Clients choose ids of holds and of orders: one of another's that bears a leg's id is none of the bundle's.
    const std::optional<v1::Hold> hold = transfers::FindHold(state, id_of_leg, context.now());
    if (hold && hold->controller() == v1::HOLD_CONTROLLER_SETTLEMENT)
      transfers::ReleaseHold(context, state, effects, id_of_leg);
  }
}

void EraseBundle(StateTransaction& state, const InstructionId& id, const v1::Bundle& bundle) {
  state.Erase(kBundles, id);
  for (const v1::BundleConsent& consent : bundle.consents())
    state.Erase(kBundlesByParty, PartyBundleKey{consent.party(), id});
  execution::CancelDue(state, Instant::FromMicros(bundle.deadline_us()), v1::Operation::kSettlement, id.bytes());
}

void EmitCancelled(Effects& effects, const InstructionId& id, v1::BundleCancellation reason) {
  v1::Event event;
  v1::BundleCancelled& told = *event.mutable_settlement()->mutable_bundle_cancelled();
  told.set_bundle(id.ToString());
  told.set_reason(reason);
  effects.Emit(std::move(event));
}

}  // namespace causeway::settlement
