// SPDX-License-Identifier: Apache-2.0
// A customer reads of all this only that a case was opened on what it submitted. What a model reads, where its
// thresholds lie, what it decided, what people make of a case and how that ended is for the compliance officers of the
// parties that answer for it, and for supervisors and auditors of the instrument: whoever knew it could be tipped off,
// or could stay just below it.

#include "contracts/policy/kinds.h"

#include <string>
#include <tuple>
#include <utility>

#include "contracts/instruments/instruments.h"
#include "contracts/policy/policy.h"
#include "ledger/codec/encode.h"
#include "ledger/execution/record_ids.h"

namespace causeway::policy {
namespace {

using execution::Concerns;
using execution::KindDefinition;
using execution::MakeKind;
using execution::ReadContext;
using execution::RecordKind;
using state::StateKey;
using state::StateView;

using SupervisionKey = std::tuple<std::string, uint32_t, std::string>;
using CountKey = std::tuple<InstrumentId, std::string, std::string>;
using OwnerCaseKey = std::tuple<std::string, CaseId>;

Concerns Compliance(std::vector<std::string> parties) {
  Concerns concerns;
  concerns.compliance_only = true;
  concerns.parties = std::move(parties);
  return concerns;
}

// Who answers for a model: every officer knows that it is there and how far it has come.
Concerns OfModel(const StateView& view, const v1::ModelRef& model) {
  Concerns concerns;
  if (const std::optional<v1::ModelRecord> record = FindModel(view, model)) {
    Concerns validator, developer;
    concerns.parties = {record->owner()};
    validator.parties = {record->validator()};
    developer.parties = {record->developer()};
    concerns.Add(validator);
    concerns.Add(developer);
  }
  return concerns;
}

Concerns OfModelConfidential(const StateView& view, const ModelKey& key) {
  v1::ModelRef model;
  model.set_name(std::get<0>(key));
  model.set_version(std::get<1>(key));
  Concerns concerns = OfModel(view, model);
  concerns.compliance_only = true;
  return concerns;
}

// What a binding's instrument is judged by: the owner of its rules, and supervisors.
Concerns OfRules(const StateView& view, const std::string& instrument) {
  const std::optional<InstrumentId> id = instruments::ParseId(instrument);
  const std::optional<std::string> owner = id ? RuleOwnerOf(view, *id) : std::nullopt;
  Concerns concerns = Compliance(owner ? std::vector<std::string>{*owner} : std::vector<std::string>{});
  concerns.supervised = {instrument};
  return concerns;
}

Concerns OfBinding(const StateView& view, const std::string& instrument, const v1::Bind* terms) {
  Concerns concerns = OfRules(view, instrument);
  if (terms == nullptr) return concerns;
  for (const auto* list : {&terms->suspenders(), &terms->required_supervisors()}) {
    for (const std::string& lei : *list) concerns.Add(Compliance({lei}));
  }
  return concerns;
}

Concerns OfCase(const v1::Case& record) {
  Concerns concerns = Compliance({});
  for (const v1::CaseRule& rule : record.rules()) {
    Concerns one = Compliance({rule.owner()});
    one.supervised = {rule.instrument()};
    concerns.Add(one);
  }
  return concerns;
}

// The case of an event: as it was before it ended, or as it is.
std::optional<v1::Case> CaseOfEvent(const std::string& id, const StateView& before, const StateView& after) {
  const std::optional<CaseId> key = CaseId::FromBytes(id);
  if (!key) return std::nullopt;
  const std::optional<v1::Case> record = FindCase(after, *key);
  return record ? record : FindCase(before, *key);
}

Concerns OfCaseEvent(const std::string& id, const StateView& before, const StateView& after) {
  const std::optional<v1::Case> record = CaseOfEvent(id, before, after);
  return record ? OfCase(*record) : Compliance({});
}

template <class Record>
RecordKind ModelKind(const char* name, const char* what, const state::Table<ModelKey, Record>& table) {
  return MakeKind(KindDefinition<ModelKey, Record>{name, "MODEL/VERSION", what, table,
                                                   [](const ModelKey& key, const Record*, const ReadContext& context) {
                                                     return OfModelConfidential(context.view, key);
                                                   }});
}

RecordKind CasesOfOwner() {
  RecordKind kind = MakeKind(KindDefinition<OwnerCaseKey, v1::IndexEntry, v1::Case>{
      "party-case", "LEI/CASE", "the open cases that a party decides", kCasesByOwner,
      [](const OwnerCaseKey& key, const v1::IndexEntry*, const ReadContext&) { return Compliance({std::get<0>(key)}); },
      [](const OwnerCaseKey& key, const v1::IndexEntry&, const ReadContext& context) {
        return execution::Decoded(FindCase(context.view, std::get<1>(key)), kCases.name);
      }});
  kind.proof = [](const StateKey& found, const StateView&) {
    const OwnerCaseKey key = execution::Decoded(state::DecodeKey<OwnerCaseKey>(found.key), kCasesByOwner.name);
    return StateKey{kCases.id, state::EncodeKey(std::get<1>(key))};
  };
  return kind;
}

}  // namespace

std::vector<RecordKind> Kinds() {
  std::vector<RecordKind> kinds;
  kinds.push_back(MakeKind(KindDefinition<ModelKey, v1::ModelRecord>{
      "model", "MODEL/VERSION", "a version of a model: who answers for it, and its stage", kModels,
      [](const ModelKey& key, const v1::ModelRecord*, const ReadContext& context) {
        Concerns concerns = OfModelConfidential(context.view, key);
        concerns.compliance_only = false;
        return concerns;
      }}));
  kinds.push_back(ModelKind("model-trees", "a model's trees, thresholds and references", kModelTrees));
  kinds.push_back(ModelKind("model-counts", "how often a model allowed, held and denied", kModelCounts));
  kinds.push_back(MakeKind(KindDefinition<BindingKey, v1::Binding>{
      "policy-binding", "INSTRUMENT/OPERATION", "a model bound to movements", kBindings,
      [](const BindingKey& key, const v1::Binding* binding, const ReadContext& context) {
        return OfBinding(context.view, std::get<0>(key).ToString(), binding == nullptr ? nullptr : &binding->terms());
      }}));
  kinds.push_back(MakeKind(KindDefinition<SupervisionKey, v1::SupervisoryRecord>{
      "supervisory-record", "MODEL/VERSION/LEI", "what a supervisor says of a model", kSupervisoryRecords,
      [](const SupervisionKey& key, const v1::SupervisoryRecord*, const ReadContext& context) {
        Concerns concerns = OfModelConfidential(context.view, {std::get<0>(key), std::get<1>(key)});
        concerns.compliance_only = false;
        Concerns supervisor;
        supervisor.parties = {std::get<2>(key)};
        concerns.Add(supervisor);
        return concerns;
      }}));
  kinds.push_back(MakeKind(KindDefinition<FallbackKey, v1::FallbackUse>{
      "fallback-use", "INSTRUMENT/OPERATION/LEI/INSTRUMENT", "what a party moved today by the rules alone",
      kFallbackUse, [](const FallbackKey& key, const v1::FallbackUse*, const ReadContext& context) {
        return OfRules(context.view, std::get<0>(key).ToString());
      }}));
  kinds.push_back(MakeKind(KindDefinition<ProfileKey, v1::MovementProfile>{
      "movement-profile", "INSTRUMENT/ACCOUNT", "what an account did in an instrument, as features ask", kProfiles,
      [](const ProfileKey& key, const v1::MovementProfile*, const ReadContext& context) {
        return OfRules(context.view, std::get<0>(key).ToString());
      }}));
  kinds.push_back(
      MakeKind(KindDefinition<CaseId, v1::Case>{"case", "CASE", "operations that wait for people", kCases,
                                                [](const CaseId&, const v1::Case* record, const ReadContext&) {
                                                  return record == nullptr ? Compliance({}) : OfCase(*record);
                                                }}));
  kinds.push_back(MakeKind(KindDefinition<CountKey, v1::CaseCount>{
      "case-count", "INSTRUMENT/OPERATION/LEI", "how many cases are open", kCaseCounts,
      [](const CountKey& key, const v1::CaseCount*, const ReadContext& context) {
        return OfRules(context.view, std::get<0>(key).ToString());
      }}));
  kinds.push_back(CasesOfOwner());
  return kinds;
}

Concerns ConcernsOf(const v1::PolicyEvent& event, const StateView& before, const StateView& after) {
  switch (event.kind_case()) {
    case v1::PolicyEvent::kModelStageChanged:
      return OfModel(after, event.model_stage_changed().model());
    case v1::PolicyEvent::kBindingChanged: {
      const v1::BindingChanged& changed = event.binding_changed();
      const std::optional<InstrumentId> id = instruments::ParseId(changed.instrument());
      std::optional<v1::Binding> binding = id ? FindBinding(after, *id, changed.operation()) : std::nullopt;
      if (!binding && id) binding = FindBinding(before, *id, changed.operation());
      return OfBinding(after, changed.instrument(), binding ? &binding->terms() : nullptr);
    }
    case v1::PolicyEvent::kSupervisionRecorded: {
      Concerns concerns = OfModel(after, event.supervision_recorded().model());
      Concerns supervisor;
      supervisor.parties = {event.supervision_recorded().supervisor()};
      concerns.Add(supervisor);
      return concerns;
    }
    case v1::PolicyEvent::kCaseOpened: {
      // The one thing that the customer is told, with the receipt's HELD_FOR_REVIEW.
      const std::optional<v1::Case> record = CaseOfEvent(event.case_opened().case_id(), before, after);
      if (!record) return {};
      Concerns concerns = OfCase(*record);
      concerns.compliance_only = false;
      Concerns customer;
      customer.parties = {record->party()};
      concerns.Add(customer);
      return concerns;
    }
    case v1::PolicyEvent::kCaseHandled:
      return OfCaseEvent(event.case_handled().case_id(), before, after);
    case v1::PolicyEvent::kCaseClosed:
      return OfCaseEvent(event.case_closed().case_id(), before, after);
    case v1::PolicyEvent::kCaseReleaseRefused:
      return OfCaseEvent(event.case_release_refused().case_id(), before, after);
    case v1::PolicyEvent::KIND_NOT_SET:
      break;
  }
  return {};
}

std::optional<Concerns> ConcernsOfRestricted(absl::string_view type, absl::string_view record, const StateView& view) {
  if (type != v1::Decision::descriptor()->full_name()) return std::nullopt;
  const absl::StatusOr<v1::Decision> decision = codec::ParseTrusted<v1::Decision>(record);
  if (!decision.ok()) throw state::HostFailure(decision.status());
  Concerns concerns = OfRules(view, decision->instrument());
  Concerns moved;
  moved.compliance_only = true;
  moved.supervised = {decision->moved_instrument()};
  concerns.Add(moved);
  return concerns;
}

}  // namespace causeway::policy
