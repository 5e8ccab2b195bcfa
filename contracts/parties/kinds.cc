// SPDX-License-Identifier: Apache-2.0

#include "contracts/parties/kinds.h"

#include <string>
#include <tuple>
#include <utility>

#include "contracts/parties/parties.h"
#include "ledger/execution/record_ids.h"

namespace causeway::parties {
namespace {

using execution::Concerns;
using execution::KindDefinition;
using execution::MakeKind;
using execution::ReadContext;

Concerns Everyone() {
  Concerns concerns;
  concerns.everyone = true;
  return concerns;
}

Concerns Only(std::vector<std::string> parties) {
  Concerns concerns;
  concerns.parties = std::move(parties);
  return concerns;
}

}  // namespace

std::vector<execution::RecordKind> Kinds() {
  std::vector<execution::RecordKind> kinds;
  kinds.push_back(MakeKind(KindDefinition<std::string, v1::Party>{
      "party", "LEI", "an institution that takes part", kParties,
      [](const std::string&, const v1::Party*, const ReadContext&) { return Everyone(); }}));
  using OfficerKey = std::tuple<std::string, OfficerId>;
  kinds.push_back(MakeKind(KindDefinition<OfficerKey, v1::Officer>{
      "officer", "LEI/OFFICER", "what an officer of a party may sign for", kOfficers,
      [](const OfficerKey& key, const v1::Officer*, const ReadContext&) { return Only({std::get<0>(key)}); }}));
  kinds.push_back(MakeKind(KindDefinition<KeyId, v1::Key>{"key", "KEY", "a registered key and who holds it", kKeys,
                                                          [](const KeyId&, const v1::Key* record, const ReadContext&) {
                                                            return record == nullptr ? Concerns()
                                                                                     : Only({record->party()});
                                                          }}));
  using RuleKey = std::tuple<std::string, std::string>;
  kinds.push_back(MakeKind(KindDefinition<RuleKey, v1::ApprovalRule>{
      "approval-rule", "LEI/OPERATION", "how many officers of a party an operation needs", kApprovalRules,
      [](const RuleKey& key, const v1::ApprovalRule*, const ReadContext&) { return Only({std::get<0>(key)}); }}));
  using OfficerApprovalKey = std::tuple<Hash, std::string, OfficerId>;
  kinds.push_back(MakeKind(KindDefinition<OfficerApprovalKey, v1::Approval>{
      "approval", "HASH/LEI/OFFICER", "an officer's approval of one operation, by the operation's hash", kApprovals,
      [](const OfficerApprovalKey& key, const v1::Approval*, const ReadContext&) {
        return Only({std::get<1>(key)});
      }}));
  using DelegationKey = std::tuple<std::string, std::string, DelegationId>;
  kinds.push_back(MakeKind(KindDefinition<DelegationKey, v1::Delegation>{
      "delegation", "LEI/LEI/DELEGATION", "what a party lets another do for it", kDelegations,
      [](const DelegationKey& key, const v1::Delegation*, const ReadContext&) {
        return Only({std::get<0>(key), std::get<1>(key)});
      }}));
  return kinds;
}

execution::Concerns ConcernsOf(const v1::PartiesEvent& event, const state::StateView& before,
                               const state::StateView& after) {
  // Who the delegate of a delegation is, where the event does not say.
  const auto delegation = [&](const std::string& delegator, const std::string& id_bytes) {
    Concerns concerns = Only({delegator});
    const std::optional<DelegationId> id = DelegationId::FromBytes(id_bytes);
    if (!id) return concerns;
    for (const state::StateView* view : {&before, &after}) {
      const std::optional<v1::DelegationPlace> place = view->Get(kDelegationIds, std::make_tuple(delegator, *id));
      if (place) concerns.Add(Only({place->delegate()}));
    }
    return concerns;
  };
  switch (event.kind_case()) {
    case v1::PartiesEvent::kPartyRegistered:
    case v1::PartiesEvent::kPartyStatusChanged:
      return Everyone();
    case v1::PartiesEvent::kOfficerSet:
      return Only({event.officer_set().lei()});
    case v1::PartiesEvent::kKeyBound:
      return Only({event.key_bound().lei()});
    case v1::PartiesEvent::kKeyRotated:
      return Only({event.key_rotated().lei()});
    case v1::PartiesEvent::kKeyRevoked:
      return Only({event.key_revoked().lei()});
    case v1::PartiesEvent::kApprovalRuleSet:
      return Only({event.approval_rule_set().lei()});
    case v1::PartiesEvent::kApprovalGiven:
      return Only({event.approval_given().lei()});
    case v1::PartiesEvent::kApprovalWithdrawn:
      return Only({event.approval_withdrawn().lei()});
    case v1::PartiesEvent::kApprovalExpired:
      return Only({event.approval_expired().lei()});
    case v1::PartiesEvent::kDelegationGranted:
      return Only({event.delegation_granted().delegator(), event.delegation_granted().delegate()});
    case v1::PartiesEvent::kDelegationRevoked:
      return delegation(event.delegation_revoked().delegator(), event.delegation_revoked().delegation_id());
    case v1::PartiesEvent::kDelegationExpired:
      return delegation(event.delegation_expired().delegator(), event.delegation_expired().delegation_id());
    case v1::PartiesEvent::KIND_NOT_SET:
      break;
  }
  return {};
}

}  // namespace causeway::parties
