// SPDX-License-Identifier: Apache-2.0
//
// What the sources of `governance` share. Not for other contracts.

#ifndef CAUSEWAY_CONTRACTS_GOVERNANCE_RULES_H_
#define CAUSEWAY_CONTRACTS_GOVERNANCE_RULES_H_

#include <optional>
#include <string>

#include "contracts/governance/governance.h"

namespace causeway::governance {

inline constexpr size_t kMostExplanationBytes = 280;
inline constexpr int kMostListed = 256;
inline constexpr uint64_t kDefaultValidityDays = 7;
inline constexpr uint64_t kMostValidityDays = 90;

// --- Pauses (pauses.cc) ---

// A subject as the key of its row.
struct Subject {
  PauseKind kind;
  std::string name;
  std::tuple<uint8_t, std::string> key() const { return {static_cast<uint8_t>(kind), name}; }
  // "ledger", "contract dealing", "instrument SGD.MERIDIAN".
  std::string ToString() const;
};

// What the message names, where that exists; else SUBJECT_INVALID.
std::optional<Subject> CheckSubject(const v1::PauseSubject& subject, const state::StateView& view, Reasons& reasons);
v1::PauseSubject ToMessage(const Subject& subject);

void CheckPause(const v1::Pause& request, const state::StateView& view, Reasons& reasons);
void ApplyPause(const execution::OperationContext& context, const v1::Pause& request, state::StateTransaction& state,
                execution::Effects& effects);
void CheckLiftPause(const v1::LiftPause& change, const state::StateView& view, Reasons& reasons);
void ApplyLiftPause(const v1::LiftPause& change, state::StateTransaction& state, execution::Effects& effects);

// --- Grants and parameters (grants.cc) ---

void CheckSetGrant(const v1::SetGrant& change, const state::StateView& view, Reasons& reasons);
void ApplySetGrant(const v1::SetGrant& change, state::StateTransaction& state, execution::Effects& effects);
void CheckSetParameters(const v1::SetParameters& change, const execution::ChainParameters& chain, Reasons& reasons);
void ApplySetParameters(const v1::SetParameters& change, state::StateTransaction& state, execution::Effects& effects);

// --- Conflicts (conflicts.cc) ---

void CheckReportConflict(const v1::ReportConflict& request, const execution::ChainParameters& chain,
                         const state::StateView& view, Reasons& reasons);
void ApplyReportConflict(const execution::OperationContext& context, const v1::ReportConflict& request,
                         state::StateTransaction& state, execution::Effects& effects);

// --- Proposals (proposals.cc) ---

void CheckPropose(const execution::OperationContext& context, const v1::Propose& request, const state::StateView& view,
                  Reasons& reasons);
void ApplyPropose(const execution::OperationContext& context, const v1::Propose& request,
                  state::StateTransaction& state, execution::Effects& effects);
void CheckVote(const execution::OperationContext& context, const v1::VoteOnProposal& request,
               const state::StateView& view, Reasons& reasons);
void ApplyVote(const execution::OperationContext& context, const v1::VoteOnProposal& request,
               state::StateTransaction& state, execution::Effects& effects);
// A proposal lapses.
void ExpireProposal(const ProposalId& id, state::StateTransaction& state, execution::Effects& effects);

// The distinct operators that genesis's validators name, ascending, whatever their status.
std::vector<std::string> NamedOperators(const execution::ChainParameters& chain);
// NOT_AN_OPERATOR where the submitting party may not vote.
void CheckOperator(const execution::OperationContext& context, const state::StateView& view, Reasons& reasons);

void Emit(v1::GovernanceEvent event, execution::Effects& effects);

}  // namespace causeway::governance

#endif  // CAUSEWAY_CONTRACTS_GOVERNANCE_RULES_H_
