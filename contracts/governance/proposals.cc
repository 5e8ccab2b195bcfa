// SPDX-License-Identifier: Apache-2.0
//
// Proposals and votes of the operators. A change takes effect in the operation whose vote is the last that it needs.

#include "absl/strings/str_cat.h"

#include "contracts/governance/rules.h"
#include "contracts/parties/parties.h"
#include "ledger/codec/encode.h"

namespace causeway::governance {
namespace {

// Votes of operators that may vote now: the vote of one that was suspended since does not count.
struct Tally {
  uint32_t in_favour = 0;
  uint32_t against = 0;
  uint32_t operators = 0;
  uint32_t required = 0;

  bool adopted() const { return in_favour >= required; }
  // Even with every vote that is still out.
  bool hopeless() const { return operators - against < required; }
};

Tally Count(const ProposalId& id, const state::StateView& view, const execution::ChainParameters& chain) {
  Tally tally;
  const std::vector<std::string> operators = Operators(view, chain);
  tally.operators = static_cast<uint32_t>(operators.size());
  tally.required = ParametersOf(view, chain).votes_required();
  for (const std::string& lei : operators) {
    const std::optional<v1::VoteRecord> vote = view.Get(kVotes, std::tuple(id, lei));
    if (vote) ++(vote->in_favour() ? tally.in_favour : tally.against);
  }
  return tally;
}

void CheckChange(const v1::Change& change, const execution::BlockContext& block, const state::StateView& view,
                 Reasons& reasons) {
  switch (change.kind_case()) {
    case v1::Change::kLiftPause:
      return CheckLiftPause(change.lift_pause(), view, reasons);
    case v1::Change::kSetParameters:
      return CheckSetParameters(change.set_parameters(), *block.chain, reasons);
    case v1::Change::kRegisterParty:
      return parties::CheckRegistration(change.register_party(), view, block.time, reasons);
    case v1::Change::kSetPartyStatus:
      return parties::CheckStatusChange(change.set_party_status().lei(), change.set_party_status().status(), view,
                                        reasons);
    case v1::Change::kSetGrant:
      return CheckSetGrant(change.set_grant(), view, reasons);
    case v1::Change::KIND_NOT_SET:
      reasons.Add(v1::GOVERNANCE_REASON_CHANGE_MISSING);
  }
}

void ApplyChange(const v1::Change& change, const execution::BlockContext& block, state::StateTransaction& state,
                 execution::Effects& effects) {
  switch (change.kind_case()) {
    case v1::Change::kLiftPause:
      return ApplyLiftPause(change.lift_pause(), state, effects);
    case v1::Change::kSetParameters:
      return ApplySetParameters(change.set_parameters(), state, effects);
    case v1::Change::kRegisterParty:
      return parties::Register(change.register_party(), block.time, state, effects);
    case v1::Change::kSetPartyStatus:
      return parties::ChangeStatus(change.set_party_status().lei(), change.set_party_status().status(), state, effects);
    case v1::Change::kSetGrant:
      return ApplySetGrant(change.set_grant(), state, effects);
    case v1::Change::KIND_NOT_SET:
      CAUSEWAY_CHECK(false, "a proposal changes something");
  }
}

std::string DueId(const ProposalId& id) {
  return absl::StrCat("proposal/", id.ToHex());
}

// Erases the proposal with its votes, and tells how it ended.
void End(const ProposalId& id, v1::ProposalOutcome outcome, state::StateTransaction& state,
         execution::Effects& effects) {
  std::vector<std::string> voters;
  state.ForEach(kVotes, std::tuple(id), [&](const auto& key, const v1::VoteRecord&) {
    voters.push_back(std::get<1>(key));
    return true;
  });
  for (const std::string& lei : voters) state.Erase(kVotes, std::tuple(id, lei));
  state.Erase(kProposals, id);
  v1::GovernanceEvent event;
  event.mutable_proposal_ended()->set_proposal_id(id.ToString());
  event.mutable_proposal_ended()->set_outcome(outcome);
  Emit(std::move(event), effects);
}

void CastVote(const execution::OperationContext& context, const ProposalId& id, bool in_favour,
              state::StateTransaction& state, execution::Effects& effects) {
  v1::VoteRecord vote;
  vote.set_in_favour(in_favour);
  state.Put(kVotes, std::tuple(id, context.party), vote);
  v1::GovernanceEvent event;
  event.mutable_voted()->set_proposal_id(id.ToString());
  event.mutable_voted()->set_operator_(context.party);
  event.mutable_voted()->set_in_favour(in_favour);
  Emit(std::move(event), effects);
}

// Ends the proposal where it has the votes, or can never have them.
void Decide(const execution::OperationContext& context, const ProposalId& id, state::StateTransaction& state,
            execution::Effects& effects) {
  const std::optional<v1::ProposalRecord> proposal = state.Get(kProposals, id);
  CAUSEWAY_CHECK(proposal.has_value());
  const Tally tally = Count(id, state, *context.block->chain);
  if (!tally.adopted() && !tally.hopeless()) return;
  execution::CancelDue(state, Instant::FromMicros(proposal->valid_until_us()), v1::Operation::kGovernance, DueId(id));
  End(id, tally.adopted() ? v1::PROPOSAL_OUTCOME_ADOPTED : v1::PROPOSAL_OUTCOME_REJECTED, state, effects);
  if (tally.adopted()) ApplyChange(proposal->change(), *context.block, state, effects);
}

ProposalId CheckedId(const std::string& bytes) {
  const std::optional<ProposalId> id = ProposalId::FromBytes(bytes);
  CAUSEWAY_CHECK(id.has_value());
  return *id;
}

}  // namespace

void CheckPropose(const execution::OperationContext& context, const v1::Propose& request, const state::StateView& view,
                  Reasons& reasons) {
  CheckOperator(context, view, reasons);
  const std::optional<ProposalId> id = ProposalId::FromBytes(request.proposal_id());
  if (!id) {
    reasons.Add(v1::GOVERNANCE_REASON_FIELD_MISSING, {"proposal_id"});
  } else if (view.Has(kProposals, *id)) {
    reasons.Add(v1::GOVERNANCE_REASON_PROPOSAL_EXISTS, {id->ToHex()});
  }
  const uint64_t validity = ParametersOf(view, *context.block->chain).proposal_validity_us();
  const Instant latest = AddSaturating(context.now(), Duration::Micros(validity));
  const Instant until = Instant::FromMicros(request.valid_until_us());
  if (until <= context.now() || until > latest) {
    reasons.Add(v1::GOVERNANCE_REASON_PROPOSAL_VALIDITY_INVALID,
                {FormatInstant(until), FormatInstant(context.now()), FormatInstant(latest)});
  }
  CheckChange(request.change(), *context.block, view, reasons);
}

void ApplyPropose(const execution::OperationContext& context, const v1::Propose& request,
                  state::StateTransaction& state, execution::Effects& effects) {
  const ProposalId id = CheckedId(request.proposal_id());
  v1::ProposalRecord proposal;
  proposal.set_proposer(context.party);
  proposal.set_valid_until_us(request.valid_until_us());
  *proposal.mutable_change() = request.change();
  state.Put(kProposals, id, proposal);
  v1::GovernanceDueWork work;
  work.set_proposal_id(id.ToString());
  execution::ScheduleDue(state, {.due = Instant::FromMicros(request.valid_until_us()),
                                 .id = DueId(id),
                                 .contract = v1::Operation::kGovernance,
                                 .cause = context.transaction_id,
                                 .payload = codec::SerializeCanonical(work)});
  v1::GovernanceEvent event;
  event.mutable_proposed()->set_proposal_id(id.ToString());
  event.mutable_proposed()->set_operator_(context.party);
  Emit(std::move(event), effects);
  CastVote(context, id, true, state, effects);
  Decide(context, id, state, effects);
}

void CheckVote(const execution::OperationContext& context, const v1::VoteOnProposal& request,
               const state::StateView& view, Reasons& reasons) {
  CheckOperator(context, view, reasons);
  const std::optional<ProposalId> id = ProposalId::FromBytes(request.proposal_id());
  if (!id) {
    reasons.Add(v1::GOVERNANCE_REASON_FIELD_MISSING, {"proposal_id"});
    return;
  }
  const std::optional<v1::ProposalRecord> proposal = view.Get(kProposals, *id);
  // Past its end it can be voted on no more, whether or not its due work has come to it.
  if (!proposal || Instant::FromMicros(proposal->valid_until_us()) <= context.now()) {
    reasons.Add(v1::GOVERNANCE_REASON_PROPOSAL_UNKNOWN, {id->ToHex()});
    return;
  }
  if (view.Has(kVotes, std::tuple(*id, context.party))) {
    reasons.Add(v1::GOVERNANCE_REASON_VOTED_ALREADY, {id->ToHex(), context.party});
  }
  // The last vote applies the change: what has become impossible since it was proposed is refused with its reasons, and
  // the proposal stays.
  const Tally tally = Count(*id, view, *context.block->chain);
  if (tally.in_favour + (request.in_favour() ? 1 : 0) >= tally.required) {
    CheckChange(proposal->change(), *context.block, view, reasons);
  }
}

void ApplyVote(const execution::OperationContext& context, const v1::VoteOnProposal& request,
               state::StateTransaction& state, execution::Effects& effects) {
  const ProposalId id = CheckedId(request.proposal_id());
  CastVote(context, id, request.in_favour(), state, effects);
  Decide(context, id, state, effects);
}

void ExpireProposal(const ProposalId& id, state::StateTransaction& state, execution::Effects& effects) {
  if (state.Has(kProposals, id)) End(id, v1::PROPOSAL_OUTCOME_EXPIRED, state, effects);
}

}  // namespace causeway::governance
