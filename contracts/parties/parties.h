// SPDX-License-Identifier: Apache-2.0
//
// The contract `parties`: who takes part, who acts for them and with which keys; and the shared rules of authority and
// four eyes.
//
// A party is an institution, named by its LEI. It acts through officers (pseudonyms, 16 bytes) and agents (autonomous
// programs), each with keys. Who decides an operation is the party that its contract names (Demands::acting_for), or
// else the submitting party. The keys that sign may be
//   - the deciding party's own, where it submits;
//   - the submitting party's, where the deciding party has delegated the kind and the accounts to it;
//   - those of a delegate of the submitting party, where that decides itself.
// Nothing is delegated further. How many officers must sign: the most of what the operation demands, the deciding
// party's approval rule and the submitting party's. Counted are distinct officers of either party who signed, or whose
// approval of exactly this operation is alive; an officer counts whose roles, and the purposes of the key, contain the
// role demanded, or APPROVE where TRADE is demanded and at least one other holds TRADE. An agent is never counted;
// where one signature is enough and no rule asks for officers, an agent's key with TRADE may give it.
//
// Invariants: a key belongs to exactly one holder for ever; keys and parties are never erased; the index of delegations
// agrees with them. Determinism: reads the view, the block's time and height, and nothing else.

#ifndef CAUSEWAY_CONTRACTS_PARTIES_PARTIES_H_
#define CAUSEWAY_CONTRACTS_PARTIES_PARTIES_H_

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/operation.pb.h"
#include "causeway/v1/parties.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/base/reason.h"
#include "ledger/crypto/signature.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::parties {

using DelegationId = FixedBytes<struct DelegationIdTag, 16>;

// --- Tables 16 to 31. Other contracts read; only this one writes. ---

// By LEI.
inline constexpr state::Table<std::string, v1::Party> kParties{16, "parties"};
// By LEI, officer.
inline constexpr state::Table<std::tuple<std::string, OfficerId>, v1::Officer> kOfficers{17, "officers"};
// By key id.
inline constexpr state::Table<KeyId, v1::Key> kKeys{18, "keys"};
// By LEI, operation kind.
inline constexpr state::Table<std::tuple<std::string, std::string>, v1::ApprovalRule> kApprovalRules{19,
                                                                                                     "approval_rules"};
// By operation hash, LEI, officer.
inline constexpr state::Table<std::tuple<Hash, std::string, OfficerId>, v1::Approval> kApprovals{20, "approvals"};
// By delegator, delegate, delegation.
inline constexpr state::Table<std::tuple<std::string, std::string, DelegationId>, v1::Delegation> kDelegations{
    21, "delegations"};
// By delegator, delegation.
inline constexpr state::Table<std::tuple<std::string, DelegationId>, v1::DelegationPlace> kDelegationIds{
    22, "delegation_ids"};

// --- Reading ---

// The party, whatever its status.
std::optional<v1::Party> FindParty(const state::StateView& view, absl::string_view lei);
// Whether the party is registered, active and holds the role.
bool HasRole(const state::StateView& view, absl::string_view lei, v1::PartyRole role);
// Whether an active party holds the role; else adds PARTY_UNKNOWN or PARTY_NOT_ACTIVE.
bool CheckActive(const state::StateView& view, absl::string_view lei, Reasons& reasons);

// Who holds a key.
struct KeyHolder {
  std::string party;
  // Absent for an agent's key.
  std::optional<OfficerId> officer;
  // What it may sign for now: the officer's roles that are among the key's purposes; for an agent TRADE. Ascending; may
  // be empty.
  std::vector<v1::OfficerRole> roles;
  bool is_agent() const { return !officer.has_value(); }
};

// The holder of a key, whether or not the key signs now; nothing for an unknown key.
std::optional<KeyHolder> HolderOf(const state::StateView& view, const KeyId& key);
// The officer who holds a key; nothing for an unknown key and for an agent's.
std::optional<OfficerId> OfficerOf(const state::StateView& view, const KeyId& key);
// Whether any of the keys is an agent's ("agent-signed").
bool AnyAgent(const state::StateView& view, const std::vector<KeyId>& keys);
// The public key as registered, for verifying what it signed at any time.
std::optional<crypto::PublicKey> PublicKeyOf(const state::StateView& view, const KeyId& key);

// The distinct officers of `party` among the signers of an operation who may sign for `role` now, ascending. For rules
// that need to know who, and not only how many: the decider of a case must not be its initiator.
std::vector<OfficerId> SigningOfficers(const execution::OperationContext& context, const state::StateView& view,
                                       absl::string_view party, v1::OfficerRole role);

// Whether the delegator lets the delegate submit operations of the kind on all of the accounts now.
bool IsDelegated(const state::StateView& view, absl::string_view delegator, absl::string_view delegate,
                 absl::string_view kind, const std::vector<AccountId>& accounts, Instant now);

// SHA-256(domain tag ‖ canonical bytes of the operation with `linked` false): what an approval is bound to.
Hash OperationHash(const v1::Operation& operation);

// --- For governance, which admits and suspends parties on the operators' votes ---

// Adds every reason against the registration.
void CheckRegistration(const v1::RegisterParty& request, const state::StateView& view, Instant now, Reasons& reasons);
// Writes the party, its officers and keys. Only after CheckRegistration let it pass.
void Register(const v1::RegisterParty& request, Instant now, state::StateTransaction& state,
              execution::Effects& effects);
// ACTIVE and SUSPENDED follow each other; CLOSED is for good.
void CheckStatusChange(absl::string_view lei, v1::PartyStatus status, const state::StateView& view, Reasons& reasons);
void ChangeStatus(absl::string_view lei, v1::PartyStatus status, state::StateTransaction& state,
                  execution::Effects& effects);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakePartiesContract();
std::unique_ptr<execution::AuthorityRules> MakeAuthorityRules();

}  // namespace causeway::parties

#endif  // CAUSEWAY_CONTRACTS_PARTIES_PARTIES_H_
