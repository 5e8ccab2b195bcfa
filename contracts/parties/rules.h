// SPDX-License-Identifier: Apache-2.0
//
// What the sources of `parties` share: questions about keys, holders and lists. Not for other contracts.

#ifndef CAUSEWAY_CONTRACTS_PARTIES_RULES_H_
#define CAUSEWAY_CONTRACTS_PARTIES_RULES_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "contracts/parties/parties.h"

namespace causeway::parties {

// The most that any list of an operation of this contract holds.
inline constexpr int kMostListed = 256;
inline constexpr size_t kMostNameBytes = 140;
inline constexpr uint32_t kFourEyes = 2;
inline constexpr uint64_t kMostApprovalDays = 30;

// Names as people see them.
std::string NameOf(v1::PartyStatus status);
std::string NameOf(v1::OfficerRole role);

void Emit(v1::PartiesEvent event, execution::Effects& effects);

// The roles in a record or operation, in its order.
std::vector<v1::OfficerRole> RolesIn(const google::protobuf::RepeatedField<int>& field);

// A public key in a record or operation; nothing for an unknown algorithm.
std::optional<crypto::PublicKey> PublicKeyIn(const v1::KeyMaterial& material);

// Whether the key signs at `now`; its party and holder are not asked.
bool SignsNow(const v1::Key& key, Instant now);
// As SignsNow, with the reason why not.
bool CheckSignsNow(const KeyId& id, const v1::Key& key, Instant now, Reasons& reasons);

// The holder of a key that is in the state.
KeyHolder HolderIn(const state::StateView& view, const v1::Key& key);
// Whether a holder's key may be used for the role; UNSPECIFIED: for any role at all.
bool MaySign(const KeyHolder& holder, v1::OfficerRole role);

// Whether one delegation covers kind and accounts at `now`.
bool Covers(const v1::Delegation& delegation, absl::string_view kind, const std::vector<AccountId>& accounts,
            Instant now);

// Strictly ascending: sorted and without repetition.
template <typename List>
bool IsAscending(const List& list) {
  for (int i = 1; i < static_cast<int>(list.size()); ++i) {
    if (!(list[i - 1] < list[i])) return false;
  }
  return true;
}

// Roles that are ascending, known and none of them UNSPECIFIED.
template <typename Roles>
bool AreRoles(const Roles& roles) {
  return IsAscending(roles) && (roles.empty() || roles[0] != 0);
}

// The id in a sized field; adds FIELD_MISSING where the field is empty.
template <typename Id>
std::optional<Id> RequireId(const std::string& bytes, const char* field, Reasons& reasons) {
  std::optional<Id> id = Id::FromBytes(bytes);
  if (!id) reasons.Add(v1::PARTIES_REASON_FIELD_MISSING, {field});
  return id;
}

// --- Keys (keys.cc) ---

// Who is to hold a new key.
struct NewHolder {
  // What its keys may be used for: an officer's roles, an agent's TRADE.
  std::vector<v1::OfficerRole> roles;
  bool is_agent;
};

// Adds every reason against binding the key. `seen` holds the keys of the same operation.
void CheckNewKey(const v1::NewKey& key, const NewHolder& holder, const state::StateView& view, Instant now,
                 std::set<KeyId>& seen, Reasons& reasons);
// The record of a key that CheckNewKey let pass, without its holder.
v1::Key KeyRecord(const v1::NewKey& key, absl::string_view party, Instant now);
// Its id.
KeyId IdOf(const v1::NewKey& key);

void CheckBindKey(const execution::OperationContext& context, const v1::BindKey& request, const state::StateView& view,
                  Reasons& reasons);
void ApplyBindKey(const execution::OperationContext& context, const v1::BindKey& request,
                  state::StateTransaction& state, execution::Effects& effects);
void CheckRotateKey(const execution::OperationContext& context, const v1::RotateKey& request,
                    const state::StateView& view, Reasons& reasons);
void ApplyRotateKey(const execution::OperationContext& context, const v1::RotateKey& request,
                    state::StateTransaction& state, execution::Effects& effects);
void CheckRevokeKey(const execution::OperationContext& context, const v1::RevokeKey& request,
                    const state::StateView& view, Reasons& reasons);
void ApplyRevokeKey(const execution::OperationContext& context, const v1::RevokeKey& request,
                    state::StateTransaction& state, execution::Effects& effects);

// --- Officers (registration.cc) ---

void CheckSetOfficer(const execution::OperationContext& context, const v1::SetOfficer& request,
                     const state::StateView& view, Reasons& reasons);
void ApplySetOfficer(const execution::OperationContext& context, const v1::SetOfficer& request,
                     state::StateTransaction& state, execution::Effects& effects);

// --- Approvals, approval rules, delegations (approvals.cc) ---

void CheckSetApprovalRule(const execution::OperationContext& context, const v1::SetApprovalRule& request,
                          const state::StateView& view, Reasons& reasons);
void ApplySetApprovalRule(const execution::OperationContext& context, const v1::SetApprovalRule& request,
                          state::StateTransaction& state, execution::Effects& effects);
void CheckApprove(const execution::OperationContext& context, const v1::Approve& request, const state::StateView& view,
                  Reasons& reasons);
void ApplyApprove(const execution::OperationContext& context, const v1::Approve& request,
                  state::StateTransaction& state, execution::Effects& effects);
void CheckWithdrawApproval(const execution::OperationContext& context, const v1::WithdrawApproval& request,
                           const state::StateView& view, Reasons& reasons);
void ApplyWithdrawApproval(const execution::OperationContext& context, const v1::WithdrawApproval& request,
                           state::StateTransaction& state, execution::Effects& effects);
void CheckGrantDelegation(const execution::OperationContext& context, const v1::GrantDelegation& request,
                          const state::StateView& view, Reasons& reasons);
void ApplyGrantDelegation(const execution::OperationContext& context, const v1::GrantDelegation& request,
                          state::StateTransaction& state, execution::Effects& effects);
void CheckRevokeDelegation(const execution::OperationContext& context, const v1::RevokeDelegation& request,
                           const state::StateView& view, Reasons& reasons);
void ApplyRevokeDelegation(const execution::OperationContext& context, const v1::RevokeDelegation& request,
                           state::StateTransaction& state, execution::Effects& effects);
// Erases the approval and its due work.
void EraseApproval(const Hash& operation_hash, const std::string& lei, const OfficerId& officer,
                   const v1::Approval& approval, state::StateTransaction& state);
// What lapses.
void RunExpiry(const v1::PartiesDueWork& work, state::StateTransaction& state, execution::Effects& effects);

}  // namespace causeway::parties

#endif  // CAUSEWAY_CONTRACTS_PARTIES_RULES_H_
