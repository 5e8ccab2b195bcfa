// SPDX-License-Identifier: Apache-2.0
//
// The contract `governance`: which rule an operation asks for, and what holds after each transaction.

#include "absl/strings/str_cat.h"

#include "contracts/governance/kinds.h"
#include "contracts/governance/rules.h"
#include "ledger/codec/encode.h"

namespace causeway::governance {
namespace {

using execution::Demands;
using execution::Effects;
using execution::OperationContext;
using v1::GovernanceOperation;

const GovernanceOperation& RequestOf(const OperationContext& context) {
  return context.operation->governance();
}

class GovernanceContract final : public execution::Contract {
 public:
  const char* name() const override { return "governance"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kGovernance; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::GovernanceReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override {
    return {InfoOf(kPauses),    InfoOf(kParameters), InfoOf(kGrants),
            InfoOf(kProposals), InfoOf(kVotes),      InfoOf(kConflicts)};
  }

  Demands DemandsOf(const OperationContext& context, const state::StateView&) const override {
    Demands demands;
    demands.role = v1::OFFICER_ROLE_ADMINISTER;
    switch (RequestOf(context).kind_case()) {
      case GovernanceOperation::kPause:
        // One officer of one operator: stopping must be fast, and only the operators together go on.
        demands.kind = "governance.pause";
        demands.role = v1::OFFICER_ROLE_COMPLY;
        demands.urgent = true;
        break;
      case GovernanceOperation::kPropose:
        demands.kind = "governance.propose";
        demands.minimum_officers = 2;
        break;
      case GovernanceOperation::kVote:
        demands.kind = "governance.vote";
        demands.minimum_officers = 2;
        break;
      case GovernanceOperation::kSetGrant:
        demands.kind = "governance.set_grant";
        break;
      case GovernanceOperation::kSetParameters:
        demands.kind = "governance.set_parameters";
        break;
      case GovernanceOperation::kReportConflict:
        // What is shown proves itself.
        demands.kind = "governance.report_conflict";
        demands.role = v1::OFFICER_ROLE_COMPLY;
        demands.urgent = true;
        break;
      case GovernanceOperation::KIND_NOT_SET:
        demands.kind = "governance";
        break;
    }
    return demands;
  }

  void Check(const OperationContext& context, const state::StateView& view, Reasons& reasons) const override {
    const GovernanceOperation& request = RequestOf(context);
    switch (request.kind_case()) {
      case GovernanceOperation::kPause:
        CheckOperator(context, view, reasons);
        return CheckPause(request.pause(), view, reasons);
      case GovernanceOperation::kPropose:
        return CheckPropose(context, request.propose(), view, reasons);
      case GovernanceOperation::kVote:
        return CheckVote(context, request.vote(), view, reasons);
      case GovernanceOperation::kSetGrant:
        NeedsGenesis(context, "governance.set_grant", reasons);
        return CheckSetGrant(request.set_grant(), view, reasons);
      case GovernanceOperation::kSetParameters:
        NeedsGenesis(context, "governance.set_parameters", reasons);
        return CheckSetParameters(request.set_parameters(), *context.block->chain, reasons);
      case GovernanceOperation::kReportConflict:
        CheckOperator(context, view, reasons);
        return CheckReportConflict(request.report_conflict(), *context.block->chain, view, reasons);
      case GovernanceOperation::KIND_NOT_SET:
        reasons.Add(v1::GOVERNANCE_REASON_OPERATION_MISSING);
    }
  }

  void Apply(const OperationContext& context, state::StateTransaction& state, Effects& effects) const override {
    const GovernanceOperation& request = RequestOf(context);
    switch (request.kind_case()) {
      case GovernanceOperation::kPause:
        return ApplyPause(context, request.pause(), state, effects);
      case GovernanceOperation::kPropose:
        return ApplyPropose(context, request.propose(), state, effects);
      case GovernanceOperation::kVote:
        return ApplyVote(context, request.vote(), state, effects);
      case GovernanceOperation::kSetGrant:
        return ApplySetGrant(request.set_grant(), state, effects);
      case GovernanceOperation::kSetParameters:
        return ApplySetParameters(request.set_parameters(), state, effects);
      case GovernanceOperation::kReportConflict:
        return ApplyReportConflict(context, request.report_conflict(), state, effects);
      case GovernanceOperation::KIND_NOT_SET:
        CAUSEWAY_CHECK(false, "checked before");
    }
  }

  bool RunDue(const OperationContext&, const execution::DueItem& item, state::StateTransaction& state, Effects& effects,
              execution::WorkBudget& budget) const override {
    if (!budget.Take(1)) return false;
    const absl::StatusOr<v1::GovernanceDueWork> work = codec::ParseTrusted<v1::GovernanceDueWork>(item.payload);
    if (!work.ok()) throw state::HostFailure(work.status());
    const std::optional<ProposalId> id = ProposalId::FromBytes(work->proposal_id());
    CAUSEWAY_CHECK(id.has_value());
    ExpireProposal(*id, state, effects);
    return true;
  }

  // A vote belongs to a proposal that is still open, and is cast once.
  void CheckInvariants(const state::StateTransaction& after,
                       std::vector<execution::Violation>& violations) const override {
    for (const auto& [changed, value] : after.changes()) {
      if (changed.table != kVotes.id || !value) continue;
      const auto key = state::DecodeKey<std::tuple<ProposalId, std::string>>(changed.key);
      CAUSEWAY_CHECK(key.has_value());
      if (!after.Has(kProposals, std::get<0>(*key))) {
        violations.push_back(
            {absl::StrCat("a vote on ", std::get<0>(*key).ToHex(), ", which is not open"), std::nullopt});
      }
    }
  }

 private:
  static void NeedsGenesis(const OperationContext& context, const char* kind, Reasons& reasons) {
    if (!context.is_genesis()) reasons.Add(v1::GOVERNANCE_REASON_NEEDS_PROPOSAL, {kind});
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                                 const state::StateView& after) const override {
    return governance::ConcernsOf(event.governance(), before, after);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakeGovernanceContract() {
  return std::make_unique<GovernanceContract>();
}

}  // namespace causeway::governance
