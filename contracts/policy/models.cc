// SPDX-License-Identifier: Apache-2.0
// The life of a model: registered, validated, in shadow, limited, active, suspended, retired.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/parties/parties.h"
#include "contracts/policy/features.h"
#include "contracts/policy/rules.h"
#include "contracts/policy/trees.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"

namespace causeway::policy {
namespace {

// "SHADOW".
std::string NameOf(v1::ModelStage stage) {
  return v1::ModelStage_Name(stage).substr(sizeof("MODEL_STAGE_") - 1);
}

void RefuseStage(const v1::ModelRef& model, const v1::ModelRecord& record, const char* asked, Reasons& reasons) {
  reasons.Add(v1::POLICY_REASON_MODEL_STAGE, {TextOf(model), NameOf(record.stage()), asked});
}

void SetStage(StateTransaction& state, Effects& effects, const v1::ModelRef& model, v1::ModelRecord& record,
              v1::ModelStage stage) {
  record.set_stage(stage);
  state.Put(kModels, KeyOf(model), record);
  v1::PolicyEvent event;
  *event.mutable_model_stage_changed()->mutable_model() = model;
  event.mutable_model_stage_changed()->set_stage(stage);
  Emit(effects, std::move(event));
}

void DemandOwner(const v1::ModelRef& model, const StateView& view, v1::OfficerRole role, uint32_t officers,
                 Demands& demands) {
  demands.role = role;
  demands.minimum_officers = officers;
  if (const std::optional<v1::ModelRecord> record = FindModel(view, model)) demands.acting_for = record->owner();
}

v1::ModelRecord LoadModel(const StateView& view, const v1::ModelRef& model) {
  std::optional<v1::ModelRecord> record = FindModel(view, model);
  CAUSEWAY_CHECK(record.has_value(), "no model ", TextOf(model));
  return *std::move(record);
}

// The party is registered and active.
void AskParty(const StateView& view, const std::string& lei, Reasons& reasons) {
  const std::optional<v1::Party> party = parties::FindParty(view, lei);
  if (!party || party->status() != v1::PARTY_STATUS_ACTIVE) reasons.Add(v1::POLICY_REASON_PARTY_INVALID, {lei});
}

// Every feature is the ledger's: its name, unit and bounds.
void AskFeatures(const v1::Model& model, Reasons& reasons) {
  for (const v1::FeatureSpec& asked : model.features()) {
    const LedgerFeature* feature = FindFeature(asked.name());
    const bool same = feature != nullptr && asked.unit() == feature->unit && asked.lower() == feature->lower &&
                      asked.upper() == feature->upper;
    if (!same) reasons.Add(v1::POLICY_REASON_FEATURE_UNKNOWN, {asked.name()});
  }
}

void AskTrees(const v1::Model& model, Reasons& reasons) {
  std::vector<ModelProblem> problems;
  if (TreeModel::Compile(model, problems)) return;
  for (const ModelProblem& problem : problems)
    reasons.Add(v1::POLICY_REASON_MODEL_INVALID, {std::string(NameOf(problem.fault)), problem.where});
}

// The stages that SetModelStage leads to.
bool IsTransition(v1::ModelStage from, v1::ModelStage to) {
  switch (to) {
    case v1::MODEL_STAGE_SHADOW:
      return from == v1::MODEL_STAGE_VALIDATED || from == v1::MODEL_STAGE_LIMITED || from == v1::MODEL_STAGE_ACTIVE;
    case v1::MODEL_STAGE_LIMITED:
      return from == v1::MODEL_STAGE_SHADOW || from == v1::MODEL_STAGE_ACTIVE;
    case v1::MODEL_STAGE_ACTIVE:
      return from == v1::MODEL_STAGE_LIMITED;
    case v1::MODEL_STAGE_RETIRED:
      return from != v1::MODEL_STAGE_RETIRED;
    default:
      return false;
  }
}

}  // namespace

// --- Registration ---

void Demand(const OperationContext&, const v1::RegisterModel& request, const StateView&, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_ADMINISTER;
  demands.minimum_officers = 2;
  if (!request.owner().empty()) demands.acting_for = request.owner();
}

void Check(const OperationContext& context, const v1::RegisterModel& request, const StateView& view, Reasons& reasons) {
  const std::string& name = request.model().name();
  if (name.empty() || name.size() > kNameBytesMax || request.model().version() == 0)
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"model"});
  if (FindModel(view, request.model())) reasons.Add(v1::POLICY_REASON_MODEL_EXISTS, {TextOf(request.model())});
  AskParty(view, request.owner(), reasons);
  AskParty(view, request.developer(), reasons);
  AskParty(view, request.validator(), reasons);
  if (request.developer() == request.validator())
    reasons.Add(v1::POLICY_REASON_VALIDATOR_DEVELOPED, {request.developer()});
  const std::optional<OfficerId> manager = OfficerId::FromBytes(request.accountable_manager());
  if (!manager || !view.Has(parties::kOfficers, std::tuple(request.owner(), *manager)))
    reasons.Add(v1::POLICY_REASON_OFFICER_INVALID, {manager ? manager->ToHex() : ""});
  if (request.materiality() == v1::MATERIALITY_UNSPECIFIED)
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"materiality"});
  if (request.valid_until_us() <= context.now().micros())
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"valid_until_us"});
  AskText(request.scope(), "scope", reasons);
  AskFeatures(request.trees(), reasons);
  AskTrees(request.trees(), reasons);
}

void Apply(const OperationContext& context, const v1::RegisterModel& request, StateTransaction& state,
           Effects& effects) {
  v1::ModelRecord record;
  record.set_owner(request.owner());
  record.set_developer(request.developer());
  record.set_validator(request.validator());
  record.set_accountable_manager(request.accountable_manager());
  record.set_materiality(request.materiality());
  record.set_valid_until_us(request.valid_until_us());
  record.set_scope(request.scope());
  for (v1::OfficerRef& officer : OfficersBehind(context, state)) *record.add_registered_by() = std::move(officer);
  const std::string trees = codec::SerializeCanonical(request.trees());
  record.set_trees_hash(crypto::Sha256(trees).ToString());
  record.set_work(TreeModel::CompileAccepted(request.trees()).explanation_work());
  state.Put(kModelTrees, KeyOf(request.model()), request.trees());
  state.Put(kModelCounts, KeyOf(request.model()), v1::ModelCounts());
  SetStage(state, effects, request.model(), record, v1::MODEL_STAGE_DRAFT);
}

// Nodes are checked once, and a golden vector visits at most a path of each tree.
uint64_t RegistrationWork(const v1::RegisterModel& request) {
  uint64_t nodes = 0;
  for (const v1::Tree& tree : request.trees().trees()) nodes += static_cast<uint64_t>(tree.splits_size());
  return 1 + nodes +
         static_cast<uint64_t>(request.trees().trees_size()) *
             static_cast<uint64_t>(request.trees().golden_vectors_size());
}

// --- Validation ---

void Demand(const OperationContext&, const v1::ValidateModel& request, const StateView& view, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  demands.minimum_officers = 2;
  if (const std::optional<v1::ModelRecord> record = FindModel(view, request.model()))
    demands.acting_for = record->validator();
}

void Check(const OperationContext& context, const v1::ValidateModel& request, const StateView& view, Reasons& reasons) {
  AskPresent(request.report_hash(), "report_hash", reasons);
  if (request.shadow_minimum() == 0) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"shadow_minimum"});
  const std::optional<v1::ModelRecord> record = AskModel(view, request.model(), reasons);
  if (!record) return;
  if (record->stage() != v1::MODEL_STAGE_DRAFT) RefuseStage(request.model(), *record, "VALIDATED", reasons);
  AskValid(request.model(), *record, context.now(), reasons);
  for (const v1::OfficerRef& officer : OfficersBehind(context, view)) {
    if (Contains(record->registered_by(), officer))
      reasons.Add(v1::POLICY_REASON_VALIDATOR_REGISTERED, {BytesToHex(officer.officer_id())});
  }
}

void Apply(const OperationContext&, const v1::ValidateModel& request, StateTransaction& state, Effects& effects) {
  v1::ModelRecord record = LoadModel(state, request.model());
  record.set_report_hash(request.report_hash());
  record.set_shadow_minimum(request.shadow_minimum());
  SetStage(state, effects, request.model(), record, v1::MODEL_STAGE_VALIDATED);
}

// --- Promotion and retirement ---

void Demand(const OperationContext&, const v1::SetModelStage& request, const StateView& view, Demands& demands) {
  DemandOwner(request.model(), view, v1::OFFICER_ROLE_ADMINISTER, 2, demands);
}

void Check(const OperationContext& context, const v1::SetModelStage& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::ModelRecord> record = AskModel(view, request.model(), reasons);
  if (!record) return;
  if (!IsTransition(record->stage(), request.stage()))
    RefuseStage(request.model(), *record, NameOf(request.stage()).c_str(), reasons);
  if (request.stage() != v1::MODEL_STAGE_RETIRED) AskValid(request.model(), *record, context.now(), reasons);
  if (record->stage() != v1::MODEL_STAGE_SHADOW || request.stage() != v1::MODEL_STAGE_LIMITED) return;
  const uint64_t made = view.Get(kModelCounts, KeyOf(request.model()))->shadow();
  if (made < record->shadow_minimum()) {
    reasons.Add(v1::POLICY_REASON_SHADOW_TOO_SHORT,
                {TextOf(request.model()), absl::StrCat(made), absl::StrCat(record->shadow_minimum())});
  }
}

void Apply(const OperationContext&, const v1::SetModelStage& request, StateTransaction& state, Effects& effects) {
  v1::ModelRecord record = LoadModel(state, request.model());
  SetStage(state, effects, request.model(), record, request.stage());
}

// --- Suspension ---

void Demand(const OperationContext&, const v1::SuspendModel& request, const StateView& view, Demands& demands) {
  DemandOwner(request.model(), view, v1::OFFICER_ROLE_COMPLY, 1, demands);
  demands.urgent = true;
}

void Check(const OperationContext&, const v1::SuspendModel& request, const StateView& view, Reasons& reasons) {
  AskText(request.explanation(), "explanation", reasons);
  const std::optional<v1::ModelRecord> record = AskModel(view, request.model(), reasons);
  if (!record) return;
  const bool judges = record->stage() == v1::MODEL_STAGE_SHADOW || record->stage() == v1::MODEL_STAGE_LIMITED ||
                      record->stage() == v1::MODEL_STAGE_ACTIVE;
  if (!judges) RefuseStage(request.model(), *record, "SUSPENDED", reasons);
}

void Apply(const OperationContext&, const v1::SuspendModel& request, StateTransaction& state, Effects& effects) {
  v1::ModelRecord record = LoadModel(state, request.model());
  record.set_stage_before(record.stage());
  SetStage(state, effects, request.model(), record, v1::MODEL_STAGE_SUSPENDED);
}

void Demand(const OperationContext&, const v1::ResumeModel& request, const StateView& view, Demands& demands) {
  DemandOwner(request.model(), view, v1::OFFICER_ROLE_COMPLY, 2, demands);
}

void Check(const OperationContext&, const v1::ResumeModel& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::ModelRecord> record = AskModel(view, request.model(), reasons);
  if (record && record->stage() != v1::MODEL_STAGE_SUSPENDED)
    RefuseStage(request.model(), *record, "resumption", reasons);
}

void Apply(const OperationContext&, const v1::ResumeModel& request, StateTransaction& state, Effects& effects) {
  v1::ModelRecord record = LoadModel(state, request.model());
  const v1::ModelStage stage = record.stage_before();
  record.clear_stage_before();
  SetStage(state, effects, request.model(), record, stage);
}

// --- Supervision ---

void Demand(const OperationContext&, const v1::RecordSupervision&, const StateView&, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  demands.minimum_officers = 2;
}

void Check(const OperationContext& context, const v1::RecordSupervision& request, const StateView& view,
           Reasons& reasons) {
  AskModel(view, request.model(), reasons);
  if (!parties::HasRole(view, context.party, v1::PARTY_ROLE_SUPERVISOR))
    reasons.Add(v1::POLICY_REASON_PARTY_INVALID, {context.party});
  if (request.position() == v1::SUPERVISORY_POSITION_UNSPECIFIED)
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"position"});
  const bool relies = request.position() == v1::SUPERVISORY_POSITION_RELY_ON;
  if (relies != !request.relies_on().empty()) {
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"relies_on"});
  } else if (relies && !parties::HasRole(view, request.relies_on(), v1::PARTY_ROLE_SUPERVISOR)) {
    reasons.Add(v1::POLICY_REASON_PARTY_INVALID, {request.relies_on()});
  }
  if (request.valid_until_us() <= context.now().micros())
    reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"valid_until_us"});
}

void Apply(const OperationContext& context, const v1::RecordSupervision& request, StateTransaction& state,
           Effects& effects) {
  v1::SupervisoryRecord record;
  record.set_position(request.position());
  record.set_relies_on(request.relies_on());
  record.set_conditions_hash(request.conditions_hash());
  record.set_valid_until_us(request.valid_until_us());
  state.Put(kSupervisoryRecords, std::tuple(request.model().name(), request.model().version(), context.party), record);
  v1::PolicyEvent event;
  v1::SupervisionRecorded& told = *event.mutable_supervision_recorded();
  *told.mutable_model() = request.model();
  told.set_supervisor(context.party);
  told.set_position(request.position());
  Emit(effects, std::move(event));
}

bool SupervisorAgrees(const StateView& view, const v1::ModelRef& model, const std::string& supervisor, Instant now) {
  const std::optional<v1::SupervisoryRecord> record =
      view.Get(kSupervisoryRecords, std::tuple(model.name(), model.version(), supervisor));
  return record && record->position() != v1::SUPERVISORY_POSITION_OBJECT && now.micros() < record->valid_until_us();
}

}  // namespace causeway::policy
