// SPDX-License-Identifier: Apache-2.0
// Bindings of models to movements: who judges what, how it fails, who stops it.
#include <algorithm>
#include <array>
#include <utility>

#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "contracts/policy/rules.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::policy {
namespace {

constexpr uint64_t kCaseMinutesMin = 1;
constexpr uint64_t kCaseDaysMax = 31;
constexpr uint32_t kCasesMax = 100'000;
constexpr int kTiersMax = 250;
constexpr uint32_t kTierMax = 9;
constexpr int kListedMax = 16;

// Kinds of operations that move value (execution::Demands::movements).
constexpr std::array<absl::string_view, 5> kJudgedOperations = {
    "transfers.transfer", "transfers.place_hold", "dealing.subscribe", "dealing.redeem", "settlement.consent"};

// The key of a binding that a request names, where its instrument is an id at all.
std::optional<BindingKey> BindingKeyOf(const std::string& instrument, const std::string& operation) {
  const std::optional<InstrumentId> id = instruments::ParseId(instrument);
  if (!id) return std::nullopt;
  return BindingKey{*id, operation};
}

// The binding; else BINDING_UNKNOWN.
std::optional<v1::Binding> AskBinding(const StateView& view, const std::string& instrument,
                                      const std::string& operation, Reasons& reasons) {
  const std::optional<BindingKey> key = BindingKeyOf(instrument, operation);
  std::optional<v1::Binding> binding = key ? view.Get(kBindings, *key) : std::nullopt;
  if (!binding) reasons.Add(v1::POLICY_REASON_BINDING_UNKNOWN, {instrument, operation});
  return binding;
}

v1::Binding LoadBinding(const StateView& view, const BindingKey& key) {
  std::optional<v1::Binding> binding = view.Get(kBindings, key);
  CAUSEWAY_CHECK(binding.has_value(), "no binding");
  return *std::move(binding);
}

void DemandRuleOwner(const std::string& instrument, const StateView& view, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_ADMINISTER;
  demands.minimum_officers = 2;
  if (const std::optional<InstrumentId> id = instruments::ParseId(instrument))
    demands.acting_for = RuleOwnerOf(view, *id);
}

void EmitBinding(Effects& effects, const BindingKey& key, const v1::Binding* binding) {
  v1::PolicyEvent event;
  v1::BindingChanged& told = *event.mutable_binding_changed();
  told.set_instrument(std::get<0>(key).ToString());
  told.set_operation(std::get<1>(key));
  if (binding != nullptr) {
    *told.mutable_model() = binding->terms().model();
    told.set_suspended(binding->suspended());
  }
  Emit(effects, std::move(event));
}

// A count of bindings grows or shrinks by one; a count of nothing is erased.
template <class Table, class Key>
void CountBinding(StateTransaction& state, const Table& table, const Key& key, bool more) {
  v1::BindingCount count = state.Get(table, key).value_or(v1::BindingCount());
  CAUSEWAY_CHECK(more || count.bindings() > 0);
  count.set_bindings(more ? count.bindings() + 1 : count.bindings() - 1);
  if (count.bindings() == 0) {
    state.Erase(table, key);
  } else {
    state.Put(table, key, count);
  }
}

// --- What Check of Bind asks ---

// A positive decimal, or nothing at all.
void AskLimit(const std::string& text, const char* field, Reasons& reasons) {
  if (text.empty()) return;
  const absl::StatusOr<Decimal> limit = ParseDecimal(text);
  if (!limit.ok() || !limit->value.IsPositive()) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {field});
}

void AskTiers(const v1::Bind& request, Reasons& reasons) {
  bool good = request.jurisdiction_tiers_size() <= kTiersMax;
  for (int i = 0; i < request.jurisdiction_tiers_size(); ++i) {
    const v1::JurisdictionTier& tier = request.jurisdiction_tiers(i);
    good = good && CountryCode::Parse(tier.jurisdiction()).ok() && tier.tier() >= 1 && tier.tier() <= kTierMax &&
           (i == 0 || request.jurisdiction_tiers(i - 1).jurisdiction() < tier.jurisdiction());
  }
  if (!good) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"jurisdiction_tiers"});
}

void AskCaseLimits(const v1::Bind& request, Reasons& reasons) {
  if (request.case_validity_us() < Duration::Minutes(kCaseMinutesMin).micros() ||
      request.case_validity_us() > Duration::Days(kCaseDaysMax).micros())
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"case_validity_us"});
  if (request.cases_max() == 0 || request.cases_max() > kCasesMax)
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"cases_max"});
  if (request.cases_per_party_max() == 0 || request.cases_per_party_max() > request.cases_max())
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"cases_per_party_max"});
}

using LeiList = google::protobuf::RepeatedPtrField<std::string>;

// Ascending, not too many, each an active party (that holds the role, where one is asked for).
void AskParties(const StateView& view, const LeiList& leis, std::optional<v1::PartyRole> role, const char* field,
                Reasons& reasons) {
  bool ascending = leis.size() <= kListedMax;
  for (int i = 1; i < leis.size(); ++i) ascending = ascending && leis[i - 1] < leis[i];
  if (!ascending) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {field});
  for (const std::string& lei : leis) {
    const std::optional<v1::Party> party = parties::FindParty(view, lei);
    const bool active = party && party->status() == v1::PARTY_STATUS_ACTIVE;
    if (!active || (role && !parties::HasRole(view, lei, *role))) reasons.Add(v1::POLICY_REASON_PARTY_INVALID, {lei});
  }
}

void AskNothingElse(const v1::Bind& request, Reasons& reasons) {
  if (!request.external_operators().empty()) reasons.Add(v1::POLICY_REASON_NOT_OFFERED, {"external_operators"});
  if (!request.challengers().empty()) reasons.Add(v1::POLICY_REASON_NOT_OFFERED, {"challengers"});
  if (request.monitored()) reasons.Add(v1::POLICY_REASON_NOT_OFFERED, {"monitored"});
}

// A binding can only tighten.
void AskThresholds(const StateView& view, const v1::Bind& request, Reasons& reasons) {
  const std::optional<v1::Model> trees = view.Get(kModelTrees, KeyOf(request.model()));
  CAUSEWAY_CHECK(trees.has_value(), "a model without trees");
  const int64_t hold = request.has_theta_hold() ? request.theta_hold() : trees->theta_hold();
  const int64_t deny = request.has_theta_deny() ? request.theta_deny() : trees->theta_deny();
  if (hold > trees->theta_hold()) reasons.Add(v1::POLICY_REASON_THRESHOLD_LOOSER, {"theta_hold"});
  if (deny > trees->theta_deny() || deny < hold) reasons.Add(v1::POLICY_REASON_THRESHOLD_LOOSER, {"theta_deny"});
}

void AskModelOf(const OperationContext& context, const v1::Bind& request, const std::optional<std::string>& rule_owner,
                const StateView& view, Reasons& reasons) {
  const std::optional<v1::ModelRecord> model = AskModel(view, request.model(), reasons);
  if (!model) return;
  if (rule_owner && model->owner() != *rule_owner)
    reasons.Add(v1::POLICY_REASON_MODEL_NOT_YOURS, {TextOf(request.model()), model->owner()});
  const bool judges = model->stage() == v1::MODEL_STAGE_SHADOW || model->stage() == v1::MODEL_STAGE_LIMITED ||
                      model->stage() == v1::MODEL_STAGE_ACTIVE;
  if (!judges) {
    reasons.Add(
        v1::POLICY_REASON_MODEL_STAGE,
        {TextOf(request.model()), v1::ModelStage_Name(model->stage()).substr(sizeof("MODEL_STAGE_") - 1), "binding"});
  }
  AskValid(request.model(), *model, context.now(), reasons);
  AskThresholds(view, request, reasons);
  for (const std::string& supervisor : request.required_supervisors()) {
    if (!SupervisorAgrees(view, request.model(), supervisor, context.now()))
      reasons.Add(v1::POLICY_REASON_SUPERVISORY_RECORD_MISSING, {supervisor});
  }
}

// --- Suspension ---

// Those who may suspend, and who must all agree that the binding goes on.
bool MaySuspend(const StateView& view, const BindingKey& key, const v1::Binding& binding, const std::string& party) {
  return RuleOwnerOf(view, std::get<0>(key)) == party || Contains(binding.terms().suspenders(), party);
}

bool AllAgree(const StateView& view, const BindingKey& key, const v1::Binding& binding) {
  const std::optional<std::string> owner = RuleOwnerOf(view, std::get<0>(key));
  const auto agrees = [&](const std::string& lei) { return Contains(binding.resumed_by(), lei); };
  const LeiList& suspenders = binding.terms().suspenders();
  return owner && agrees(*owner) && std::all_of(suspenders.begin(), suspenders.end(), agrees);
}

void AskSuspender(const OperationContext& context, const StateView& view, const BindingKey& key,
                  const v1::Binding& binding, Reasons& reasons) {
  if (!MaySuspend(view, key, binding, context.party)) reasons.Add(v1::POLICY_REASON_NOT_A_SUSPENDER, {context.party});
}

}  // namespace

void Demand(const OperationContext&, const v1::Bind& request, const StateView& view, Demands& demands) {
  DemandRuleOwner(request.instrument(), view, demands);
}

void Check(const OperationContext& context, const v1::Bind& request, const StateView& view, Reasons& reasons) {
  const std::optional<InstrumentId> instrument = instruments::ParseId(request.instrument());
  const std::optional<std::string> owner = instrument ? RuleOwnerOf(view, *instrument) : std::nullopt;
  if (!owner) reasons.Add(v1::POLICY_REASON_INSTRUMENT_UNKNOWN, {request.instrument()});
  if (std::find(kJudgedOperations.begin(), kJudgedOperations.end(), request.operation()) == kJudgedOperations.end())
    reasons.Add(v1::POLICY_REASON_OPERATION_NOT_JUDGED, {request.operation()});
  AskModelOf(context, request, owner, view, reasons);
  if (request.fail_mode() == v1::FAIL_MODE_UNSPECIFIED) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"fail_mode"});
  AskLimit(request.fallback_limit(), "fallback_limit", reasons);
  AskLimit(request.limited_amount(), "limited_amount", reasons);
  AskLimit(request.reporting_threshold(), "reporting_threshold", reasons);
  AskTiers(request, reasons);
  AskCaseLimits(request, reasons);
  AskParties(view, request.suspenders(), std::nullopt, "suspenders", reasons);
  AskParties(view, request.required_supervisors(), v1::PARTY_ROLE_SUPERVISOR, "required_supervisors", reasons);
  AskNothingElse(request, reasons);
  if (!instrument) return;
  // A new binding must not lift what somebody else has stopped.
  const std::optional<v1::Binding> earlier = FindBinding(view, *instrument, request.operation());
  if (earlier && earlier->suspended())
    reasons.Add(v1::POLICY_REASON_BINDING_SUSPENDED, {request.instrument(), request.operation()});
}

void Apply(const OperationContext&, const v1::Bind& request, StateTransaction& state, Effects& effects) {
  const BindingKey key = *BindingKeyOf(request.instrument(), request.operation());
  if (!state.Has(kBindings, key)) {
    CountBinding(state, kWatched, std::get<0>(key), true);
    CountBinding(state, kTotals, uint8_t{0}, true);
  }
  v1::Binding binding;
  *binding.mutable_terms() = request;
  state.Put(kBindings, key, binding);
  EmitBinding(effects, key, &binding);
}

void Demand(const OperationContext&, const v1::Unbind& request, const StateView& view, Demands& demands) {
  DemandRuleOwner(request.instrument(), view, demands);
}

void Check(const OperationContext&, const v1::Unbind& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::Binding> binding = AskBinding(view, request.instrument(), request.operation(), reasons);
  if (binding && binding->suspended())
    reasons.Add(v1::POLICY_REASON_BINDING_SUSPENDED, {request.instrument(), request.operation()});
}

void Apply(const OperationContext&, const v1::Unbind& request, StateTransaction& state, Effects& effects) {
  const BindingKey key = *BindingKeyOf(request.instrument(), request.operation());
  state.Erase(kBindings, key);
  CountBinding(state, kWatched, std::get<0>(key), false);
  CountBinding(state, kTotals, uint8_t{0}, false);
  EmitBinding(effects, key, nullptr);
}

// Whoever may suspend does it for itself: nobody decides for it, so nobody is delegated to.
void Demand(const OperationContext&, const v1::SuspendBinding&, const StateView&, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  demands.urgent = true;
}

void Check(const OperationContext& context, const v1::SuspendBinding& request, const StateView& view,
           Reasons& reasons) {
  AskText(request.explanation(), "explanation", reasons);
  const std::optional<v1::Binding> binding = AskBinding(view, request.instrument(), request.operation(), reasons);
  if (!binding) return;
  AskSuspender(context, view, *BindingKeyOf(request.instrument(), request.operation()), *binding, reasons);
  if (binding->suspended())
    reasons.Add(v1::POLICY_REASON_BINDING_SUSPENDED, {request.instrument(), request.operation()});
}

void Apply(const OperationContext& context, const v1::SuspendBinding& request, StateTransaction& state,
           Effects& effects) {
  const BindingKey key = *BindingKeyOf(request.instrument(), request.operation());
  v1::Binding binding = LoadBinding(state, key);
  binding.set_suspended(true);
  binding.set_suspended_by(context.party);
  binding.clear_resumed_by();
  state.Put(kBindings, key, binding);
  EmitBinding(effects, key, &binding);
}

void Demand(const OperationContext&, const v1::ResumeBinding&, const StateView&, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  demands.minimum_officers = 2;
}

void Check(const OperationContext& context, const v1::ResumeBinding& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::Binding> binding = AskBinding(view, request.instrument(), request.operation(), reasons);
  if (!binding) return;
  AskSuspender(context, view, *BindingKeyOf(request.instrument(), request.operation()), *binding, reasons);
  if (!binding->suspended())
    reasons.Add(v1::POLICY_REASON_BINDING_NOT_SUSPENDED, {request.instrument(), request.operation()});
  if (Contains(binding->resumed_by(), context.party)) reasons.Add(v1::POLICY_REASON_ALREADY_AGREED, {context.party});
}

void Apply(const OperationContext& context, const v1::ResumeBinding& request, StateTransaction& state,
           Effects& effects) {
  const BindingKey key = *BindingKeyOf(request.instrument(), request.operation());
  v1::Binding binding = LoadBinding(state, key);
  binding.add_resumed_by(context.party);
  if (AllAgree(state, key, binding)) {
    binding.set_suspended(false);
    binding.clear_suspended_by();
    binding.clear_resumed_by();
  }
  state.Put(kBindings, key, binding);
  EmitBinding(effects, key, &binding);
}

}  // namespace causeway::policy
