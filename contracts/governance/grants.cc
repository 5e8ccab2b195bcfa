// SPDX-License-Identifier: Apache-2.0
//
// Parameters, and what supervisors and auditors may read.

#include "absl/strings/str_cat.h"

#include "contracts/governance/rules.h"
#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"

namespace causeway::governance {
namespace {

template <typename List>
bool IsAscending(const List& list) {
  for (int i = 1; i < list.size(); ++i) {
    if (!(list[i - 1] < list[i])) return false;
  }
  return true;
}

void CheckGrant(const v1::Grant& grant, Reasons& reasons) {
  const auto defect = [&](const char* what) { reasons.Add(v1::GOVERNANCE_REASON_GRANT_INVALID, {what}); };
  if (grant.instruments_size() > kMostListed || grant.jurisdictions_size() > kMostListed)
    defect("its lists are too long");
  if (!IsAscending(grant.instruments())) defect("instruments are not ascending");
  if (!IsAscending(grant.jurisdictions())) defect("jurisdictions are not ascending");
  for (const std::string& text : grant.instruments()) {
    if (!instruments::ParseId(text)) defect("an instrument's id is none");
  }
  for (const std::string& text : grant.jurisdictions()) {
    if (!CountryCode::Parse(text).ok()) defect("a jurisdiction is no country of ISO 3166-1");
  }
  if (grant.to_height() != 0 && grant.to_height() < grant.from_height())
    defect("its last height lies before its first");
}

}  // namespace

void CheckSetGrant(const v1::SetGrant& change, const state::StateView& view, Reasons& reasons) {
  // Whoever has left may still lose what it was granted.
  const std::optional<v1::Party> reader = parties::FindParty(view, change.reader());
  bool reads = false;
  if (reader) {
    for (const int role : reader->roles()) {
      reads = reads || role == v1::PARTY_ROLE_SUPERVISOR || role == v1::PARTY_ROLE_AUDITOR;
    }
  }
  if (!reads) reasons.Add(v1::GOVERNANCE_REASON_READER_UNFIT, {change.reader()});
  if (change.has_grant()) CheckGrant(change.grant(), reasons);
}

void ApplySetGrant(const v1::SetGrant& change, state::StateTransaction& state, execution::Effects& effects) {
  if (change.has_grant()) {
    state.Put(kGrants, change.reader(), change.grant());
  } else {
    state.Erase(kGrants, change.reader());
  }
  v1::GovernanceEvent event;
  event.mutable_grant_changed()->set_reader(change.reader());
  Emit(std::move(event), effects);
}

void CheckSetParameters(const v1::SetParameters& change, const execution::ChainParameters& chain, Reasons& reasons) {
  const v1::Parameters& parameters = change.parameters();
  // Fewer than a majority could let two halves decide opposite things.
  const uint32_t operators = static_cast<uint32_t>(NamedOperators(chain).size());
  const uint32_t votes = parameters.votes_required();
  if (votes != 0 && (votes > operators || votes * 2 <= operators)) {
    reasons.Add(v1::GOVERNANCE_REASON_VOTES_REQUIRED_INVALID, {absl::StrCat(votes), absl::StrCat(operators)});
  }
  const uint64_t most = Duration::Days(kMostValidityDays).micros();
  if (parameters.proposal_validity_us() > most) {
    reasons.Add(v1::GOVERNANCE_REASON_VALIDITY_INVALID,
                {absl::StrCat(parameters.proposal_validity_us()), absl::StrCat(most)});
  }
}

void ApplySetParameters(const v1::SetParameters& change, state::StateTransaction& state, execution::Effects& effects) {
  state.Put(kParameters, uint8_t{0}, change.parameters());
  v1::GovernanceEvent event;
  *event.mutable_parameters_changed()->mutable_parameters() = change.parameters();
  Emit(std::move(event), effects);
}

}  // namespace causeway::governance
