// SPDX-License-Identifier: Apache-2.0
//
// The contract `parties`: which rule an operation asks for, and what holds after each transaction.

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "contracts/parties/kinds.h"
#include "contracts/parties/rules.h"
#include "ledger/codec/encode.h"

namespace causeway::parties {
namespace {

using execution::Demands;
using execution::Effects;
using execution::OperationContext;
using v1::PartiesOperation;

const PartiesOperation& RequestOf(const OperationContext& context) {
  return context.operation->parties();
}

// A key may be revoked by whoever holds it; anybody else must be an administrator.
v1::OfficerRole RevokingRole(const OperationContext& context, const state::StateView& view) {
  const std::optional<KeyId> id = KeyId::FromBytes(RequestOf(context).revoke_key().key_id());
  const std::optional<KeyHolder> holder = id ? HolderOf(view, *id) : std::nullopt;
  if (!holder || holder->party != context.party || !holder->officer) return v1::OFFICER_ROLE_ADMINISTER;
  const std::vector<OfficerId> signing = SigningOfficers(context, view, context.party, v1::OFFICER_ROLE_UNSPECIFIED);
  const bool itself = std::binary_search(signing.begin(), signing.end(), *holder->officer);
  return itself ? v1::OFFICER_ROLE_UNSPECIFIED : v1::OFFICER_ROLE_ADMINISTER;
}

// The key bytes of a changed entry as a typed key.
template <class Key, class Record>
Key KeyIn(const state::Table<Key, Record>& table, const state::StateKey& changed) {
  std::optional<Key> key = state::DecodeKey<Key>(changed.key);
  CAUSEWAY_CHECK(key.has_value(), "undecodable key in table ", table.name);
  return *std::move(key);
}

void CheckKeyKept(const state::StateTransaction& after, const KeyId& id,
                  std::vector<execution::Violation>& violations) {
  const std::optional<v1::Key> before = after.parent().Get(kKeys, id);
  if (!before) return;
  const std::optional<v1::Key> now = after.Get(kKeys, id);
  const bool kept = now && now->party() == before->party() && now->officer_id() == before->officer_id() &&
                    now->agent_id() == before->agent_id() &&
                    now->material().SerializeAsString() == before->material().SerializeAsString();
  if (!kept) violations.push_back({absl::StrCat("key ", id.ToHex(), " has changed its holder"), std::nullopt});
  if (kept && before->has_revoked_from_height() &&
      before->revoked_from_height() != (now->has_revoked_from_height() ? now->revoked_from_height() : 0)) {
    violations.push_back({absl::StrCat("key ", id.ToHex(), " was revoked and is no more"), std::nullopt});
  }
}

class PartiesContract final : public execution::Contract {
 public:
  const char* name() const override { return "parties"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kParties; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::PartiesReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override {
    return {InfoOf(kParties),   InfoOf(kOfficers),    InfoOf(kKeys),         InfoOf(kApprovalRules),
            InfoOf(kApprovals), InfoOf(kDelegations), InfoOf(kDelegationIds)};
  }

  Demands DemandsOf(const OperationContext& context, const state::StateView& view) const override {
    Demands demands;
    demands.role = v1::OFFICER_ROLE_ADMINISTER;
    demands.minimum_officers = kFourEyes;
    switch (RequestOf(context).kind_case()) {
      case PartiesOperation::kRegisterParty:
        demands.kind = "parties.register_party";
        break;
      case PartiesOperation::kSetOfficer:
        demands.kind = "parties.set_officer";
        break;
      case PartiesOperation::kBindKey:
        demands.kind = "parties.bind_key";
        break;
      case PartiesOperation::kRotateKey:
        demands.kind = "parties.rotate_key";
        break;
      case PartiesOperation::kRevokeKey:
        demands.kind = "parties.revoke_key";
        demands.role = RevokingRole(context, view);
        demands.minimum_officers = 1;
        demands.urgent = true;
        break;
      case PartiesOperation::kSetApprovalRule:
        demands.kind = "parties.set_approval_rule";
        break;
      case PartiesOperation::kApprove:
        demands.kind = "parties.approve";
        demands.role = v1::OFFICER_ROLE_UNSPECIFIED;
        demands.minimum_officers = 1;
        break;
      case PartiesOperation::kWithdrawApproval:
        demands.kind = "parties.withdraw_approval";
        demands.role = v1::OFFICER_ROLE_UNSPECIFIED;
        demands.minimum_officers = 1;
        break;
      case PartiesOperation::kGrantDelegation:
        demands.kind = "parties.grant_delegation";
        break;
      case PartiesOperation::kRevokeDelegation:
        demands.kind = "parties.revoke_delegation";
        demands.minimum_officers = 1;
        demands.urgent = true;
        break;
      case PartiesOperation::KIND_NOT_SET:
        demands.kind = "parties";
        demands.minimum_officers = 1;
        break;
    }
    return demands;
  }

  void Check(const OperationContext& context, const state::StateView& view, Reasons& reasons) const override {
    const PartiesOperation& request = RequestOf(context);
    // Genesis registers parties whole; everything else here is a party's own doing.
    if (context.is_genesis() && !request.has_register_party() && !CheckActive(view, context.party, reasons)) return;
    switch (request.kind_case()) {
      case PartiesOperation::kRegisterParty:
        if (!context.is_genesis()) reasons.Add(v1::PARTIES_REASON_REGISTRATION_NEEDS_PROPOSAL);
        return CheckRegistration(request.register_party(), view, context.now(), reasons);
      case PartiesOperation::kSetOfficer:
        return CheckSetOfficer(context, request.set_officer(), view, reasons);
      case PartiesOperation::kBindKey:
        return CheckBindKey(context, request.bind_key(), view, reasons);
      case PartiesOperation::kRotateKey:
        return CheckRotateKey(context, request.rotate_key(), view, reasons);
      case PartiesOperation::kRevokeKey:
        return CheckRevokeKey(context, request.revoke_key(), view, reasons);
      case PartiesOperation::kSetApprovalRule:
        return CheckSetApprovalRule(context, request.set_approval_rule(), view, reasons);
      case PartiesOperation::kApprove:
        return CheckApprove(context, request.approve(), view, reasons);
      case PartiesOperation::kWithdrawApproval:
        return CheckWithdrawApproval(context, request.withdraw_approval(), view, reasons);
      case PartiesOperation::kGrantDelegation:
        return CheckGrantDelegation(context, request.grant_delegation(), view, reasons);
      case PartiesOperation::kRevokeDelegation:
        return CheckRevokeDelegation(context, request.revoke_delegation(), view, reasons);
      case PartiesOperation::KIND_NOT_SET:
        reasons.Add(v1::PARTIES_REASON_OPERATION_MISSING);
    }
  }

  void Apply(const OperationContext& context, state::StateTransaction& state, Effects& effects) const override {
    const PartiesOperation& request = RequestOf(context);
    switch (request.kind_case()) {
      case PartiesOperation::kRegisterParty:
        return Register(request.register_party(), context.now(), state, effects);
      case PartiesOperation::kSetOfficer:
        return ApplySetOfficer(context, request.set_officer(), state, effects);
      case PartiesOperation::kBindKey:
        return ApplyBindKey(context, request.bind_key(), state, effects);
      case PartiesOperation::kRotateKey:
        return ApplyRotateKey(context, request.rotate_key(), state, effects);
      case PartiesOperation::kRevokeKey:
        return ApplyRevokeKey(context, request.revoke_key(), state, effects);
      case PartiesOperation::kSetApprovalRule:
        return ApplySetApprovalRule(context, request.set_approval_rule(), state, effects);
      case PartiesOperation::kApprove:
        return ApplyApprove(context, request.approve(), state, effects);
      case PartiesOperation::kWithdrawApproval:
        return ApplyWithdrawApproval(context, request.withdraw_approval(), state, effects);
      case PartiesOperation::kGrantDelegation:
        return ApplyGrantDelegation(context, request.grant_delegation(), state, effects);
      case PartiesOperation::kRevokeDelegation:
        return ApplyRevokeDelegation(context, request.revoke_delegation(), state, effects);
      case PartiesOperation::KIND_NOT_SET:
        CAUSEWAY_CHECK(false, "checked before");
    }
  }

  bool RunDue(const OperationContext&, const execution::DueItem& item, state::StateTransaction& state, Effects& effects,
              execution::WorkBudget& budget) const override {
    if (!budget.Take(1)) return false;
    const absl::StatusOr<v1::PartiesDueWork> work = codec::ParseTrusted<v1::PartiesDueWork>(item.payload);
    if (!work.ok()) throw state::HostFailure(work.status());
    RunExpiry(*work, state, effects);
    return true;
  }

  void CheckInvariants(const state::StateTransaction& after,
                       std::vector<execution::Violation>& violations) const override {
    for (const auto& [changed, value] : after.changes()) {
      if (changed.table == kParties.id && !value) {
        violations.push_back({absl::StrCat("party ", KeyIn(kParties, changed), " was erased"), std::nullopt});
      }
      if (changed.table == kKeys.id) CheckKeyKept(after, KeyIn(kKeys, changed), violations);
      if (changed.table == kDelegations.id) {
        const auto [delegator, delegate, id] = KeyIn(kDelegations, changed);
        const std::optional<v1::DelegationPlace> place = after.Get(kDelegationIds, std::tuple(delegator, id));
        if (value.has_value() != (place && place->delegate() == delegate)) {
          violations.push_back({absl::StrCat("delegation ", id.ToHex(), " and its index differ"), std::nullopt});
        }
      }
    }
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                                 const state::StateView& after) const override {
    return parties::ConcernsOf(event.parties(), before, after);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakePartiesContract() {
  return std::make_unique<PartiesContract>();
}

}  // namespace causeway::parties
