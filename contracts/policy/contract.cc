// SPDX-License-Identifier: Apache-2.0
// The contract as the pipeline knows it: chooses by the operation's kind, and ends cases whose time is over.
#include <string>

#include "contracts/policy/cases.h"
#include "contracts/policy/kinds.h"
#include "contracts/policy/policy.h"
#include "contracts/policy/rules.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"

namespace causeway::policy {
namespace {

// Calls `visit` with the operation's message; false where it has none.
template <class Visit>
bool VisitOperation(const v1::PolicyOperation& operation, Visit&& visit) {
  switch (operation.kind_case()) {
    case v1::PolicyOperation::kRegisterModel:
      visit(operation.register_model());
      return true;
    case v1::PolicyOperation::kValidateModel:
      visit(operation.validate_model());
      return true;
    case v1::PolicyOperation::kSetModelStage:
      visit(operation.set_model_stage());
      return true;
    case v1::PolicyOperation::kSuspendModel:
      visit(operation.suspend_model());
      return true;
    case v1::PolicyOperation::kResumeModel:
      visit(operation.resume_model());
      return true;
    case v1::PolicyOperation::kBind:
      visit(operation.bind());
      return true;
    case v1::PolicyOperation::kUnbind:
      visit(operation.unbind());
      return true;
    case v1::PolicyOperation::kSuspendBinding:
      visit(operation.suspend_binding());
      return true;
    case v1::PolicyOperation::kResumeBinding:
      visit(operation.resume_binding());
      return true;
    case v1::PolicyOperation::kRecordSupervision:
      visit(operation.record_supervision());
      return true;
    case v1::PolicyOperation::kAssignCase:
      visit(operation.assign_case());
      return true;
    case v1::PolicyOperation::kRecommendCase:
      visit(operation.recommend_case());
      return true;
    case v1::PolicyOperation::kDecideCase:
      visit(operation.decide_case());
      return true;
    case v1::PolicyOperation::KIND_NOT_SET:
      break;
  }
  return false;
}

// "policy.register_model": the name of the oneof's member.
std::string KindName(const v1::PolicyOperation& operation) {
  const google::protobuf::FieldDescriptor* field =
      v1::PolicyOperation::descriptor()->FindFieldByNumber(static_cast<int>(operation.kind_case()));
  return field == nullptr ? "policy" : "policy." + field->name();
}

class PolicyContract final : public execution::Contract {
 public:
  const char* name() const override { return "policy"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kPolicy; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::PolicyReason_descriptor(); }

  std::vector<state::TableInfo> tables() const override {
    return {state::InfoOf(kModels),      state::InfoOf(kModelTrees),
            state::InfoOf(kModelCounts), state::InfoOf(kBindings),
            state::InfoOf(kWatched),     state::InfoOf(kTotals),
            state::InfoOf(kProfiles),    state::InfoOf(kSupervisoryRecords),
            state::InfoOf(kFallbackUse), state::InfoOf(kCases),
            state::InfoOf(kCaseCounts),  state::InfoOf(kCasesByOwner),
            state::InfoOf(kCasesByParty)};
  }

  Demands DemandsOf(const OperationContext& context, const StateView& view) const override {
    Demands demands;
    demands.kind = KindName(context.operation->policy());
    VisitOperation(context.operation->policy(), [&](const auto& request) { Demand(context, request, view, demands); });
    return demands;
  }

  void Check(const OperationContext& context, const StateView& view, Reasons& reasons) const override {
    const bool asks = VisitOperation(context.operation->policy(),
                                     [&](const auto& request) { policy::Check(context, request, view, reasons); });
    if (!asks) reasons.Add(v1::POLICY_REASON_OPERATION_MISSING);
  }

  void Apply(const OperationContext& context, StateTransaction& state, Effects& effects) const override {
    const bool asks = VisitOperation(context.operation->policy(),
                                     [&](const auto& request) { policy::Apply(context, request, state, effects); });
    CAUSEWAY_CHECK(asks);
  }

  uint64_t WorkOf(const OperationContext& context, const StateView&) const override {
    const v1::PolicyOperation& operation = context.operation->policy();
    return operation.has_register_model() ? RegistrationWork(operation.register_model()) : 1;
  }

  // A case expires: one unit of work.
  bool RunDue(const OperationContext& context, const execution::DueItem& item, StateTransaction& state,
              Effects& effects, execution::WorkBudget& budget) const override {
    if (!budget.Take(1)) return false;
    const absl::StatusOr<v1::PolicyDueWork> due = codec::ParseTrusted<v1::PolicyDueWork>(item.payload);
    if (!due.ok()) throw state::HostFailure(due.status());
    const std::optional<CaseId> id = CaseId::FromBytes(due->case_id());
    CAUSEWAY_CHECK(id.has_value());
    ExpireCase(context, *id, state, effects);
    return true;
  }

  void CheckInvariants(const StateTransaction& after, std::vector<execution::Violation>& violations) const override {
    CheckCases(after, violations);
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const StateView& before,
                                 const StateView& after) const override {
    return policy::ConcernsOf(event.policy(), before, after);
  }

  std::optional<execution::Concerns> ConcernsOfRestricted(absl::string_view type, absl::string_view record,
                                                          const StateView& view) const override {
    return policy::ConcernsOfRestricted(type, record, view);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakePolicyContract() {
  return std::make_unique<PolicyContract>();
}

}  // namespace causeway::policy
