// SPDX-License-Identifier: Apache-2.0
//
// Approval rules, approvals and delegations: what officers and parties allow one another beforehand.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "causeway/v1/options.pb.h"
#include "contracts/parties/rules.h"
#include "ledger/codec/encode.h"

namespace causeway::parties {
namespace {

using ApprovalKey = std::tuple<Hash, std::string, OfficerId>;

// The named member of a message's oneof, if the protocol version knows it.
const google::protobuf::FieldDescriptor* FindMember(const google::protobuf::Descriptor& message,
                                                    const std::string& name, uint32_t protocol_version) {
  const google::protobuf::FieldDescriptor* field = message.FindFieldByName(name);
  if (field == nullptr || field->containing_oneof() == nullptr) return nullptr;
  return field->options().GetExtension(v1::since) <= protocol_version ? field : nullptr;
}

// Whether an operation has this name: "contract.operation".
bool IsOperationKind(const std::string& kind, uint32_t protocol_version) {
  const std::vector<std::string> parts = absl::StrSplit(kind, '.');
  if (parts.size() != 2) return false;
  const google::protobuf::FieldDescriptor* contract =
      FindMember(*v1::Operation::descriptor(), parts[0], protocol_version);
  if (contract == nullptr || contract->message_type() == nullptr) return false;
  return FindMember(*contract->message_type(), parts[1], protocol_version) != nullptr;
}

// Distinct officers of the party who may sign for anything.
uint32_t OfficersOf(const state::StateView& view, const std::string& lei) {
  uint32_t count = 0;
  view.ForEach(kOfficers, std::tuple(lei), [&](const auto&, const v1::Officer& officer) {
    count += officer.roles().empty() ? 0 : 1;
    return true;
  });
  return count;
}

// The officers of the submitting party who signed.
std::vector<OfficerId> ApprovingOfficers(const execution::OperationContext& context, const state::StateView& view) {
  return SigningOfficers(context, view, context.party, v1::OFFICER_ROLE_UNSPECIFIED);
}

// The key by which the officer signed.
KeyId SigningKey(const execution::OperationContext& context, const state::StateView& view, const OfficerId& officer) {
  for (const KeyId& key : context.signers) {
    const std::optional<KeyHolder> holder = HolderOf(view, key);
    if (holder && holder->party == context.party && holder->officer == officer) return key;
  }
  CAUSEWAY_CHECK(false, "an approving officer has signed");
  return context.signers.front();
}

execution::DueItem DueFor(const v1::PartiesDueWork& work, std::string id, uint64_t due_us, const Hash& cause) {
  return {.due = Instant::FromMicros(due_us),
          .id = std::move(id),
          .contract = v1::Operation::kParties,
          .cause = cause,
          .payload = codec::SerializeCanonical(work)};
}

std::string ApprovalDueId(const Hash& hash, const std::string& lei, const OfficerId& officer) {
  return absl::StrCat("approval/", hash.ToHex(), "/", lei, "/", officer.ToHex());
}

std::string DelegationDueId(const std::string& delegator, const DelegationId& id) {
  return absl::StrCat("delegation/", delegator, "/", id.ToHex());
}

void EraseDelegation(const std::string& delegator, const std::string& delegate, const DelegationId& id,
                     state::StateTransaction& state) {
  state.Erase(kDelegations, std::tuple(delegator, delegate, id));
  state.Erase(kDelegationIds, std::tuple(delegator, id));
}

Hash HashIn(const std::string& bytes) {
  const std::optional<Hash> hash = Hash::FromBytes(bytes);
  CAUSEWAY_CHECK(hash.has_value());
  return *hash;
}

void CheckDelegationScope(const execution::OperationContext& context, const v1::GrantDelegation& request,
                          Reasons& reasons) {
  if (request.account_ids_size() > kMostListed || request.operation_kinds_size() > kMostListed) {
    reasons.Add(v1::PARTIES_REASON_LIST_TOO_LONG, {"account_ids or operation_kinds", absl::StrCat(kMostListed)});
    return;
  }
  if (!IsAscending(request.account_ids())) reasons.Add(v1::PARTIES_REASON_DELEGATION_SCOPE_INVALID, {"account_ids"});
  if (request.operation_kinds().empty() || !IsAscending(request.operation_kinds())) {
    reasons.Add(v1::PARTIES_REASON_DELEGATION_SCOPE_INVALID, {"operation_kinds"});
  }
  for (const std::string& kind : request.operation_kinds()) {
    if (!IsOperationKind(kind, context.block->protocol_version)) {
      reasons.Add(v1::PARTIES_REASON_OPERATION_KIND_UNKNOWN, {kind});
    } else if (kind.starts_with("parties.") || kind.starts_with("governance.")) {
      reasons.Add(v1::PARTIES_REASON_DELEGATION_OF_ADMINISTRATION, {kind});
    }
  }
}

}  // namespace

bool Covers(const v1::Delegation& delegation, absl::string_view kind, const std::vector<AccountId>& accounts,
            Instant now) {
  if (Instant::FromMicros(delegation.valid_until_us()) <= now) return false;
  const auto& kinds = delegation.operation_kinds();
  if (!std::binary_search(kinds.begin(), kinds.end(), std::string(kind))) return false;
  const auto& covered = delegation.account_ids();
  return std::all_of(accounts.begin(), accounts.end(), [&](const AccountId& account) {
    return std::binary_search(covered.begin(), covered.end(), account.ToString());
  });
}

void CheckSetApprovalRule(const execution::OperationContext& context, const v1::SetApprovalRule& request,
                          const state::StateView& view, Reasons& reasons) {
  const std::string& kind = request.operation_kind();
  if (!IsOperationKind(kind, context.block->protocol_version)) {
    reasons.Add(v1::PARTIES_REASON_OPERATION_KIND_UNKNOWN, {kind});
    return;
  }
  if (request.officer_ids_size() > kMostListed) {
    reasons.Add(v1::PARTIES_REASON_LIST_TOO_LONG, {"officer_ids", absl::StrCat(kMostListed)});
    return;
  }
  if (request.required() == 0 && !view.Has(kApprovalRules, std::tuple(context.party, kind))) {
    reasons.Add(v1::PARTIES_REASON_APPROVAL_RULE_UNKNOWN, {kind});
  }
  if (!IsAscending(request.officer_ids())) reasons.Add(v1::PARTIES_REASON_APPROVAL_RULE_OFFICERS_INVALID, {kind});
  uint32_t able = OfficersOf(view, context.party);
  if (!request.officer_ids().empty()) {
    able = 0;
    for (const std::string& bytes : request.officer_ids()) {
      const std::optional<OfficerId> id = OfficerId::FromBytes(bytes);
      const std::optional<v1::Officer> officer =
          id ? view.Get(kOfficers, std::tuple(context.party, *id)) : std::nullopt;
      if (!officer) reasons.Add(v1::PARTIES_REASON_OFFICER_UNKNOWN, {context.party, BytesToHex(bytes)});
      able += officer && !officer->roles().empty() ? 1 : 0;
    }
  }
  if (request.required() > able) {
    reasons.Add(v1::PARTIES_REASON_APPROVAL_RULE_UNREACHABLE,
                {kind, absl::StrCat(request.required()), absl::StrCat(able)});
  }
}

void ApplySetApprovalRule(const execution::OperationContext& context, const v1::SetApprovalRule& request,
                          state::StateTransaction& state, execution::Effects& effects) {
  const std::tuple key(context.party, request.operation_kind());
  if (request.required() == 0) {
    state.Erase(kApprovalRules, key);
  } else {
    v1::ApprovalRule rule;
    rule.set_required(request.required());
    *rule.mutable_officer_ids() = request.officer_ids();
    state.Put(kApprovalRules, key, rule);
  }
  v1::PartiesEvent event;
  event.mutable_approval_rule_set()->set_lei(context.party);
  event.mutable_approval_rule_set()->set_operation_kind(request.operation_kind());
  event.mutable_approval_rule_set()->set_required(request.required());
  Emit(std::move(event), effects);
}

void CheckApprove(const execution::OperationContext& context, const v1::Approve& request, const state::StateView& view,
                  Reasons& reasons) {
  const std::optional<Hash> hash = RequireId<Hash>(request.operation_hash(), "operation_hash", reasons);
  const Instant until = Instant::FromMicros(request.valid_until_us());
  const Instant latest = AddSaturating(context.now(), Duration::Days(kMostApprovalDays));
  if (until <= context.now() || until > latest) {
    reasons.Add(v1::PARTIES_REASON_APPROVAL_VALIDITY_INVALID,
                {FormatInstant(until), FormatInstant(context.now()), FormatInstant(latest)});
  }
  const std::vector<OfficerId> officers = ApprovingOfficers(context, view);
  if (officers.empty()) reasons.Add(v1::PARTIES_REASON_APPROVAL_BY_AGENT);
  if (!hash) return;
  for (const OfficerId& officer : officers) {
    if (view.Has(kApprovals, ApprovalKey(*hash, context.party, officer))) {
      reasons.Add(v1::PARTIES_REASON_APPROVAL_EXISTS, {hash->ToHex(), officer.ToHex()});
    }
  }
}

void ApplyApprove(const execution::OperationContext& context, const v1::Approve& request,
                  state::StateTransaction& state, execution::Effects& effects) {
  const Hash hash = HashIn(request.operation_hash());
  for (const OfficerId& officer : ApprovingOfficers(context, state)) {
    v1::Approval approval;
    approval.set_key_id(SigningKey(context, state, officer).ToString());
    approval.set_valid_until_us(request.valid_until_us());
    state.Put(kApprovals, ApprovalKey(hash, context.party, officer), approval);

    v1::PartiesDueWork work;
    work.mutable_approval()->set_operation_hash(hash.ToString());
    work.mutable_approval()->set_lei(context.party);
    work.mutable_approval()->set_officer_id(officer.ToString());
    execution::ScheduleDue(state, DueFor(work, ApprovalDueId(hash, context.party, officer), request.valid_until_us(),
                                         context.transaction_id));

    v1::PartiesEvent event;
    event.mutable_approval_given()->set_operation_hash(hash.ToString());
    event.mutable_approval_given()->set_lei(context.party);
    event.mutable_approval_given()->set_officer_id(officer.ToString());
    Emit(std::move(event), effects);
  }
}

void EraseApproval(const Hash& operation_hash, const std::string& lei, const OfficerId& officer,
                   const v1::Approval& approval, state::StateTransaction& state) {
  state.Erase(kApprovals, ApprovalKey(operation_hash, lei, officer));
  execution::CancelDue(state, Instant::FromMicros(approval.valid_until_us()), v1::Operation::kParties,
                       ApprovalDueId(operation_hash, lei, officer));
}

void CheckWithdrawApproval(const execution::OperationContext& context, const v1::WithdrawApproval& request,
                           const state::StateView& view, Reasons& reasons) {
  const std::optional<Hash> hash = RequireId<Hash>(request.operation_hash(), "operation_hash", reasons);
  if (!hash) return;
  const std::vector<OfficerId> officers = ApprovingOfficers(context, view);
  const bool any = std::any_of(officers.begin(), officers.end(), [&](const OfficerId& officer) {
    return view.Has(kApprovals, ApprovalKey(*hash, context.party, officer));
  });
  if (!any) reasons.Add(v1::PARTIES_REASON_APPROVAL_UNKNOWN, {hash->ToHex()});
}

void ApplyWithdrawApproval(const execution::OperationContext& context, const v1::WithdrawApproval& request,
                           state::StateTransaction& state, execution::Effects& effects) {
  const Hash hash = HashIn(request.operation_hash());
  for (const OfficerId& officer : ApprovingOfficers(context, state)) {
    const std::optional<v1::Approval> approval = state.Get(kApprovals, ApprovalKey(hash, context.party, officer));
    if (!approval) continue;
    EraseApproval(hash, context.party, officer, *approval, state);
    v1::PartiesEvent event;
    event.mutable_approval_withdrawn()->set_operation_hash(hash.ToString());
    event.mutable_approval_withdrawn()->set_lei(context.party);
    event.mutable_approval_withdrawn()->set_officer_id(officer.ToString());
    Emit(std::move(event), effects);
  }
}

void CheckGrantDelegation(const execution::OperationContext& context, const v1::GrantDelegation& request,
                          const state::StateView& view, Reasons& reasons) {
  const std::optional<DelegationId> id = RequireId<DelegationId>(request.delegation_id(), "delegation_id", reasons);
  if (id && view.Has(kDelegationIds, std::tuple(context.party, *id))) {
    reasons.Add(v1::PARTIES_REASON_DELEGATION_EXISTS, {id->ToHex()});
  }
  if (request.delegate() == context.party) {
    reasons.Add(v1::PARTIES_REASON_DELEGATION_TO_SELF, {request.delegate()});
  } else {
    CheckActive(view, request.delegate(), reasons);
  }
  if (Instant::FromMicros(request.valid_until_us()) <= context.now()) {
    reasons.Add(v1::PARTIES_REASON_DELEGATION_VALIDITY_INVALID,
                {FormatInstant(Instant::FromMicros(request.valid_until_us())), FormatInstant(context.now())});
  }
  CheckDelegationScope(context, request, reasons);
}

void ApplyGrantDelegation(const execution::OperationContext& context, const v1::GrantDelegation& request,
                          state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<DelegationId> id = DelegationId::FromBytes(request.delegation_id());
  CAUSEWAY_CHECK(id.has_value());
  v1::Delegation delegation;
  *delegation.mutable_account_ids() = request.account_ids();
  *delegation.mutable_operation_kinds() = request.operation_kinds();
  delegation.set_valid_until_us(request.valid_until_us());
  state.Put(kDelegations, std::tuple(context.party, request.delegate(), *id), delegation);
  v1::DelegationPlace place;
  place.set_delegate(request.delegate());
  state.Put(kDelegationIds, std::tuple(context.party, *id), place);

  v1::PartiesDueWork work;
  work.mutable_delegation()->set_delegator(context.party);
  work.mutable_delegation()->set_delegation_id(id->ToString());
  execution::ScheduleDue(
      state, DueFor(work, DelegationDueId(context.party, *id), request.valid_until_us(), context.transaction_id));

  v1::PartiesEvent event;
  event.mutable_delegation_granted()->set_delegator(context.party);
  event.mutable_delegation_granted()->set_delegation_id(id->ToString());
  event.mutable_delegation_granted()->set_delegate(request.delegate());
  Emit(std::move(event), effects);
}

void CheckRevokeDelegation(const execution::OperationContext& context, const v1::RevokeDelegation& request,
                           const state::StateView& view, Reasons& reasons) {
  const std::optional<DelegationId> id = RequireId<DelegationId>(request.delegation_id(), "delegation_id", reasons);
  if (id && !view.Has(kDelegationIds, std::tuple(context.party, *id))) {
    reasons.Add(v1::PARTIES_REASON_DELEGATION_UNKNOWN, {id->ToHex()});
  }
}

void ApplyRevokeDelegation(const execution::OperationContext& context, const v1::RevokeDelegation& request,
                           state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<DelegationId> id = DelegationId::FromBytes(request.delegation_id());
  CAUSEWAY_CHECK(id.has_value());
  const std::optional<v1::DelegationPlace> place = state.Get(kDelegationIds, std::tuple(context.party, *id));
  CAUSEWAY_CHECK(place.has_value());
  const std::optional<v1::Delegation> delegation =
      state.Get(kDelegations, std::tuple(context.party, place->delegate(), *id));
  CAUSEWAY_CHECK(delegation.has_value());
  EraseDelegation(context.party, place->delegate(), *id, state);
  execution::CancelDue(state, Instant::FromMicros(delegation->valid_until_us()), v1::Operation::kParties,
                       DelegationDueId(context.party, *id));
  v1::PartiesEvent event;
  event.mutable_delegation_revoked()->set_delegator(context.party);
  event.mutable_delegation_revoked()->set_delegation_id(id->ToString());
  Emit(std::move(event), effects);
}

void RunExpiry(const v1::PartiesDueWork& work, state::StateTransaction& state, execution::Effects& effects) {
  v1::PartiesEvent event;
  switch (work.kind_case()) {
    case v1::PartiesDueWork::kApproval: {
      const std::optional<OfficerId> officer = OfficerId::FromBytes(work.approval().officer_id());
      CAUSEWAY_CHECK(officer.has_value());
      state.Erase(kApprovals, ApprovalKey(HashIn(work.approval().operation_hash()), work.approval().lei(), *officer));
      *event.mutable_approval_expired() = work.approval();
      break;
    }
    case v1::PartiesDueWork::kDelegation: {
      const std::string& delegator = work.delegation().delegator();
      const std::optional<DelegationId> id = DelegationId::FromBytes(work.delegation().delegation_id());
      CAUSEWAY_CHECK(id.has_value());
      const std::optional<v1::DelegationPlace> place = state.Get(kDelegationIds, std::tuple(delegator, *id));
      CAUSEWAY_CHECK(place.has_value(), "a delegation that ends is there");
      EraseDelegation(delegator, place->delegate(), *id, state);
      *event.mutable_delegation_expired() = work.delegation();
      break;
    }
    case v1::PartiesDueWork::KIND_NOT_SET:
      CAUSEWAY_CHECK(false, "due work names what is due");
  }
  Emit(std::move(event), effects);
}

}  // namespace causeway::parties
