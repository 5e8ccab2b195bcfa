// SPDX-License-Identifier: Apache-2.0
//
// Reading what the operators have decided.

#include "contracts/governance/governance.h"

#include <algorithm>
#include <set>

#include "contracts/governance/rules.h"
#include "contracts/parties/parties.h"

namespace causeway::governance {

std::optional<v1::PauseRecord> FindPause(const state::StateView& view, PauseKind kind, absl::string_view name) {
  return view.Get(kPauses, Subject{kind, std::string(name)}.key());
}

bool IsPaused(const state::StateView& view, absl::string_view contract, const std::vector<InstrumentId>& instruments) {
  if (FindPause(view, PauseKind::kLedger, "") || FindPause(view, PauseKind::kContract, contract)) return true;
  return std::any_of(instruments.begin(), instruments.end(), [&](const InstrumentId& instrument) {
    return FindPause(view, PauseKind::kInstrument, instrument.text()).has_value();
  });
}

std::optional<v1::Grant> FindGrant(const state::StateView& view, absl::string_view reader) {
  return view.Get(kGrants, std::string(reader));
}

std::vector<std::string> NamedOperators(const execution::ChainParameters& chain) {
  std::set<std::string> operators;
  for (const v1::Validator& validator : chain.genesis.validators()) operators.insert(validator.operator_());
  return {operators.begin(), operators.end()};
}

std::vector<std::string> Operators(const state::StateView& view, const execution::ChainParameters& chain) {
  std::vector<std::string> operators = NamedOperators(chain);
  std::erase_if(operators,
                [&](const std::string& lei) { return !parties::HasRole(view, lei, v1::PARTY_ROLE_OPERATOR); });
  return operators;
}

v1::Parameters ParametersOf(const state::StateView& view, const execution::ChainParameters& chain) {
  v1::Parameters parameters = view.Get(kParameters, uint8_t{0}).value_or(v1::Parameters());
  if (parameters.votes_required() == 0) {
    const uint32_t n = static_cast<uint32_t>(NamedOperators(chain).size());
    parameters.set_votes_required(n == 0 ? 0 : n - (n - 1) / 3);
  }
  if (parameters.proposal_validity_us() == 0) {
    parameters.set_proposal_validity_us(Duration::Days(kDefaultValidityDays).micros());
  }
  return parameters;
}

void CheckOperator(const execution::OperationContext& context, const state::StateView& view, Reasons& reasons) {
  const std::vector<std::string> operators = Operators(view, *context.block->chain);
  if (std::binary_search(operators.begin(), operators.end(), context.party)) return;
  reasons.Add(v1::GOVERNANCE_REASON_NOT_AN_OPERATOR, {context.party});
}

void Emit(v1::GovernanceEvent event, execution::Effects& effects) {
  v1::Event outer;
  *outer.mutable_governance() = std::move(event);
  effects.Emit(std::move(outer));
}

}  // namespace causeway::governance
