// SPDX-License-Identifier: Apache-2.0
// The operations on bundles, and the bundle's end at its deadline.
#include <string>
#include <utility>

#include "contracts/settlement/bundles.h"
#include "contracts/settlement/invariants.h"
#include "contracts/settlement/kinds.h"
#include "contracts/settlement/legs.h"
#include "contracts/settlement/settlement.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"

namespace causeway::settlement {
namespace {

using execution::Demands;

constexpr uint32_t kContract = v1::Operation::kSettlement;

std::optional<v1::Bundle> FindBundle(const StateView& view, const std::string& bytes) {
  const std::optional<InstructionId> id = InstructionId::FromBytes(bytes);
  return id ? view.Get(kBundles, *id) : std::nullopt;
}

// The open bundle that an operation of one of its parties is about (FIELD_INVALID, UNKNOWN_BUNDLE, DEADLINE_PASSED,
// NOT_A_PARTY).
std::optional<v1::Bundle> AskBundle(const OperationContext& context, const StateView& view, const std::string& bytes,
                                    const std::string& party, Reasons& reasons) {
  const std::optional<InstructionId> id = InstructionId::FromBytes(bytes);
  if (!id) {
    reasons.Add(v1::SETTLEMENT_REASON_FIELD_INVALID, {"bundle"});
    return std::nullopt;
  }
  std::optional<v1::Bundle> bundle = view.Get(kBundles, *id);
  if (!bundle) {
    reasons.Add(v1::SETTLEMENT_REASON_UNKNOWN_BUNDLE, {id->ToHex()});
    return std::nullopt;
  }
  const Instant deadline = Instant::FromMicros(bundle->deadline_us());
  const bool open = context.now() < deadline;
  if (!open) reasons.Add(v1::SETTLEMENT_REASON_DEADLINE_PASSED, {id->ToHex(), FormatInstant(deadline)});
  const bool concerned = ConsentOf(*bundle, party) != nullptr;
  if (!concerned) reasons.Add(v1::SETTLEMENT_REASON_NOT_A_PARTY, {party});
  if (!open || !concerned) return std::nullopt;
  return bundle;
}

// Who decides, and the accounts of its own that a delegation must cover.
void DemandParty(const std::string& party, const std::vector<ParsedLeg>& legs, Demands& demands) {
  demands.acting_for = party;
  std::set<AccountId> accounts;
  for (const ParsedLeg& leg : legs) {
    if (leg.from && leg.giver == party) accounts.insert(*leg.from);
    if (leg.to && leg.receiver_consents && leg.receiver == party) accounts.insert(*leg.to);
  }
  demands.accounts.assign(accounts.begin(), accounts.end());
}

void DemandInstruments(const std::vector<ParsedLeg>& legs, Demands& demands) {
  std::set<InstrumentId> instruments;
  for (const ParsedLeg& leg : legs) instruments.insert(leg.instrument);
  demands.instruments.assign(instruments.begin(), instruments.end());
}

// --- Opening ---

void Demand(const v1::OpenBundle& request, const StateView& view, Demands& demands) {
  const std::vector<ParsedLeg> legs = ReadLegs(view, request.legs());
  DemandParty(request.party(), legs, demands);
  DemandInstruments(legs, demands);
}

void Check(const OperationContext& context, const v1::OpenBundle& request, const StateView& view, Reasons& reasons) {
  const std::optional<InstructionId> id = InstructionId::FromBytes(request.bundle());
  if (!id) reasons.Add(v1::SETTLEMENT_REASON_FIELD_INVALID, {"bundle"});
  if (id && view.Has(kBundles, *id)) reasons.Add(v1::SETTLEMENT_REASON_BUNDLE_EXISTS, {id->ToHex()});
  const Instant deadline = Instant::FromMicros(request.deadline_us());
  if (deadline <= context.now() || deadline > AddSaturating(context.now(), Duration::Days(kDeadlineDaysMax)))
    reasons.Add(v1::SETTLEMENT_REASON_DEADLINE_INVALID, {FormatInstant(deadline)});
  const std::optional<std::vector<ParsedLeg>> legs = AskLegs(view, request.legs(), reasons);
  if (!legs) return;
  AskCashAccepted(view, *legs, reasons);
  if (!ConsentersOf(*legs).contains(request.party())) reasons.Add(v1::SETTLEMENT_REASON_NOT_A_PARTY, {request.party()});
}

void Apply(const OperationContext& context, const v1::OpenBundle& request, StateTransaction& state, Effects& effects) {
  const InstructionId id = *InstructionId::FromBytes(request.bundle());
  const Hash terms = TermsHash(request);
  v1::Bundle bundle;
  bundle.set_terms_hash(terms.ToString());
  *bundle.mutable_legs() = request.legs();
  bundle.set_deadline_us(request.deadline_us());
  bundle.set_reference(request.reference());
  bundle.set_opened_by(request.party());
  bundle.set_opened_height(context.block->height.value());

  v1::Event event;
  v1::BundleOpened& told = *event.mutable_settlement()->mutable_bundle_opened();
  told.set_bundle(request.bundle());
  told.set_terms_hash(terms.ToString());
  for (const std::string& party : ConsentersOf(ReadLegs(state, request.legs()))) {
    bundle.add_consents()->set_party(party);
    told.add_parties(party);
    state.Put(kBundlesByParty, PartyBundleKey{party, id}, v1::IndexEntry());
  }
  state.Put(kBundles, id, bundle);
  v1::CancelBundle due;
  due.set_bundle(request.bundle());
  execution::ScheduleDue(state, {Instant::FromMicros(request.deadline_us()), id.ToString(), kContract,
                                 context.transaction_id, codec::SerializeCanonical(due)});
  effects.Emit(std::move(event));
}

// --- Consent ---

void Demand(const v1::ConsentBundle& request, const StateView& view, Demands& demands) {
  demands.acting_for = request.party();
  const std::optional<v1::Bundle> bundle = FindBundle(view, request.bundle());
  if (!bundle) return;
  const std::vector<ParsedLeg> legs = ReadLegs(view, bundle->legs());
  DemandParty(request.party(), legs, demands);
  DemandInstruments(legs, demands);
  for (const ParsedLeg& leg : legs) {
    if (leg.from && leg.giver == request.party())
      demands.movements.push_back({leg.instrument, *leg.from, leg.to, leg.amount});
    // Whoever keeps a register changes its number of units under four eyes.
    if (leg.keeper == request.party()) demands.minimum_officers = 2;
  }
}

void Check(const OperationContext& context, const v1::ConsentBundle& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::Bundle> bundle = AskBundle(context, view, request.bundle(), request.party(), reasons);
  if (!bundle) return;
  const InstructionId id = *InstructionId::FromBytes(request.bundle());
  const bool agreed = request.terms_hash() == bundle->terms_hash();
  if (!agreed) reasons.Add(v1::SETTLEMENT_REASON_TERMS_DIFFER, {id.ToHex()});
  const bool first = ConsentOf(*bundle, request.party())->given_us() == 0;
  if (!first) reasons.Add(v1::SETTLEMENT_REASON_ALREADY_CONSENTED, {request.party()});
  if (!agreed || !first) return;
  StateTransaction trial(view);
  Effects untold(context);
  LockAndSettle(context, id, *bundle, request.party(), trial, untold, reasons);
}

void Apply(const OperationContext& context, const v1::ConsentBundle& request, StateTransaction& state,
           Effects& effects) {
  const InstructionId id = *InstructionId::FromBytes(request.bundle());
  v1::Bundle bundle = *state.Get(kBundles, id);
  v1::Event consented;
  consented.mutable_settlement()->mutable_bundle_consented()->set_bundle(request.bundle());
  consented.mutable_settlement()->mutable_bundle_consented()->set_party(request.party());
  effects.Emit(std::move(consented));

  Reasons none;
  LockAndSettle(context, id, bundle, request.party(), state, effects, none);
  CAUSEWAY_CHECK(none.empty(), "a consent that its check refuses with reason ", none.begin()->code);
  if (IsLastConsent(bundle, request.party())) {
    EraseBundle(state, id, bundle);
    v1::Event settled;
    settled.mutable_settlement()->mutable_bundle_settled()->set_bundle(request.bundle());
    effects.Emit(std::move(settled));
    return;
  }
  for (v1::BundleConsent& consent : *bundle.mutable_consents()) {
    if (consent.party() == request.party()) consent.set_given_us(context.now().micros());
  }
  state.Put(kBundles, id, bundle);
}

// --- Declining and cancelling ---

void End(const OperationContext& context, const InstructionId& id, v1::BundleCancellation reason,
         StateTransaction& state, Effects& effects) {
  const v1::Bundle bundle = *state.Get(kBundles, id);
  Unlock(context, id, bundle, state, effects);
  EraseBundle(state, id, bundle);
  EmitCancelled(effects, id, reason);
}

void Demand(const v1::DeclineBundle& request, const StateView& view, Demands& demands) {
  demands.acting_for = request.party();
  if (const std::optional<v1::Bundle> bundle = FindBundle(view, request.bundle()))
    DemandParty(request.party(), ReadLegs(view, bundle->legs()), demands);
}

void Check(const OperationContext& context, const v1::DeclineBundle& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::Bundle> bundle = AskBundle(context, view, request.bundle(), request.party(), reasons);
  if (bundle && ConsentOf(*bundle, request.party())->given_us() != 0)
    reasons.Add(v1::SETTLEMENT_REASON_ALREADY_CONSENTED, {request.party()});
}

void Apply(const OperationContext& context, const v1::DeclineBundle& request, StateTransaction& state,
           Effects& effects) {
  End(context, *InstructionId::FromBytes(request.bundle()), v1::BUNDLE_CANCELLATION_DECLINED, state, effects);
}

void Demand(const v1::CancelBundle& request, const StateView& view, Demands& demands) {
  demands.acting_for = request.party();
  if (const std::optional<v1::Bundle> bundle = FindBundle(view, request.bundle()))
    DemandParty(request.party(), ReadLegs(view, bundle->legs()), demands);
}

void Check(const OperationContext& context, const v1::CancelBundle& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::Bundle> bundle = AskBundle(context, view, request.bundle(), request.party(), reasons);
  if (!bundle) return;
  const v1::BundleConsent& consent = *ConsentOf(*bundle, request.party());
  if (consent.given_us() == 0) reasons.Add(v1::SETTLEMENT_REASON_NOT_CONSENTED, {request.party()});
  if (consent.cancellation_requested()) reasons.Add(v1::SETTLEMENT_REASON_ALREADY_REQUESTED, {request.party()});
}

void Apply(const OperationContext& context, const v1::CancelBundle& request, StateTransaction& state,
           Effects& effects) {
  const InstructionId id = *InstructionId::FromBytes(request.bundle());
  v1::Event requested;
  requested.mutable_settlement()->mutable_bundle_cancellation_requested()->set_bundle(request.bundle());
  requested.mutable_settlement()->mutable_bundle_cancellation_requested()->set_party(request.party());
  effects.Emit(std::move(requested));

  v1::Bundle bundle = *state.Get(kBundles, id);
  bool all_asked = true;
  for (v1::BundleConsent& consent : *bundle.mutable_consents()) {
    if (consent.party() == request.party()) consent.set_cancellation_requested(true);
    all_asked = all_asked && (consent.given_us() == 0 || consent.cancellation_requested());
  }
  state.Put(kBundles, id, bundle);
  if (all_asked) End(context, id, v1::BUNDLE_CANCELLATION_CANI, state, effects);
}

// Calls `visit` with the operation's message; false where it has none.
template <class Visit>
bool VisitOperation(const v1::SettlementOperation& operation, Visit&& visit) {
  switch (operation.kind_case()) {
    case v1::SettlementOperation::kOpen:
      visit(operation.open());
      return true;
    case v1::SettlementOperation::kConsent:
      visit(operation.consent());
      return true;
    case v1::SettlementOperation::kDecline:
      visit(operation.decline());
      return true;
    case v1::SettlementOperation::kCancel:
      visit(operation.cancel());
      return true;
    case v1::SettlementOperation::KIND_NOT_SET:
      break;
  }
  return false;
}

class SettlementContract : public execution::Contract {
 public:
  const char* name() const override { return "settlement"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kSettlement; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::SettlementReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override {
    return {state::InfoOf(kBundles), state::InfoOf(kBundlesByParty)};
  }

  Demands DemandsOf(const OperationContext& context, const StateView& view) const override {
    Demands demands;
    const v1::SettlementOperation& operation = context.operation->settlement();
    const google::protobuf::FieldDescriptor* field =
        v1::SettlementOperation::descriptor()->FindFieldByNumber(static_cast<int>(operation.kind_case()));
    demands.kind = field == nullptr ? "settlement" : "settlement." + field->name();
    VisitOperation(operation, [&](const auto& request) { Demand(request, view, demands); });
    return demands;
  }

  void Check(const OperationContext& context, const StateView& view, Reasons& reasons) const override {
    const bool asks = VisitOperation(context.operation->settlement(),
                                     [&](const auto& request) { settlement::Check(context, request, view, reasons); });
    if (!asks) reasons.Add(v1::SETTLEMENT_REASON_OPERATION_MISSING);
  }

  void Apply(const OperationContext& context, StateTransaction& state, Effects& effects) const override {
    const bool asks = VisitOperation(context.operation->settlement(),
                                     [&](const auto& request) { settlement::Apply(context, request, state, effects); });
    CAUSEWAY_CHECK(asks);
  }

  // One unit, and one for each leg that is opened or consented to.
  uint64_t WorkOf(const OperationContext& context, const StateView& view) const override {
    const v1::SettlementOperation& operation = context.operation->settlement();
    if (operation.has_open()) return 1 + static_cast<uint64_t>(operation.open().legs_size());
    if (!operation.has_consent()) return 1;
    const std::optional<v1::Bundle> bundle = FindBundle(view, operation.consent().bundle());
    return 1 + (bundle ? static_cast<uint64_t>(bundle->legs_size()) : 0);
  }

  // The deadline: one unit of work. The holds of its consents expire at the same instant by themselves.
  bool RunDue(const OperationContext&, const execution::DueItem& item, StateTransaction& state, Effects& effects,
              execution::WorkBudget& budget) const override {
    if (!budget.Take(1)) return false;
    const std::optional<InstructionId> id = InstructionId::FromBytes(item.id);
    CAUSEWAY_CHECK(id.has_value());
    const std::optional<v1::Bundle> bundle = state.Get(kBundles, *id);
    if (!bundle) return true;
    EraseBundle(state, *id, *bundle);
    EmitCancelled(effects, *id, v1::BUNDLE_CANCELLATION_CANS);
    return true;
  }

  void CheckInvariants(const StateTransaction& after, std::vector<execution::Violation>& violations) const override {
    CheckBundles(after, violations);
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                                 const state::StateView& after) const override {
    return settlement::ConcernsOf(event.settlement(), before, after);
  }
  std::function<bool(const v1::Event&)> MakerOf(const v1::Event& event, const state::StateView& before,
                                                const state::StateView& after) const override {
    return settlement::MakerOf(event.settlement(), before, after);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakeSettlementContract() {
  return std::make_unique<SettlementContract>();
}

}  // namespace causeway::settlement
