// SPDX-License-Identifier: Apache-2.0

#include "contracts/parties/parties.h"

#include <algorithm>
#include <set>

#include "contracts/parties/rules.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/domain.h"

namespace causeway::parties {

std::optional<v1::Party> FindParty(const state::StateView& view, absl::string_view lei) {
  return view.Get(kParties, std::string(lei));
}

bool HasRole(const state::StateView& view, absl::string_view lei, v1::PartyRole role) {
  const std::optional<v1::Party> party = FindParty(view, lei);
  if (!party || party->status() != v1::PARTY_STATUS_ACTIVE) return false;
  return std::find(party->roles().begin(), party->roles().end(), role) != party->roles().end();
}

bool CheckActive(const state::StateView& view, absl::string_view lei, Reasons& reasons) {
  const std::optional<v1::Party> party = FindParty(view, lei);
  if (!party) {
    reasons.Add(v1::PARTIES_REASON_PARTY_UNKNOWN, {std::string(lei)});
    return false;
  }
  if (party->status() != v1::PARTY_STATUS_ACTIVE) {
    reasons.Add(v1::PARTIES_REASON_PARTY_NOT_ACTIVE, {std::string(lei), NameOf(party->status())});
    return false;
  }
  return true;
}

std::optional<KeyHolder> HolderOf(const state::StateView& view, const KeyId& key) {
  const std::optional<v1::Key> record = view.Get(kKeys, key);
  if (!record) return std::nullopt;
  return HolderIn(view, *record);
}

std::optional<OfficerId> OfficerOf(const state::StateView& view, const KeyId& key) {
  const std::optional<KeyHolder> holder = HolderOf(view, key);
  return holder ? holder->officer : std::nullopt;
}

bool AnyAgent(const state::StateView& view, const std::vector<KeyId>& keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const KeyId& key) {
    const std::optional<KeyHolder> holder = HolderOf(view, key);
    return holder && holder->is_agent();
  });
}

std::optional<crypto::PublicKey> PublicKeyOf(const state::StateView& view, const KeyId& key) {
  const std::optional<v1::Key> record = view.Get(kKeys, key);
  if (!record) return std::nullopt;
  return PublicKeyIn(record->material());
}

std::vector<OfficerId> SigningOfficers(const execution::OperationContext& context, const state::StateView& view,
                                       absl::string_view party, v1::OfficerRole role) {
  std::set<OfficerId> officers;
  for (const KeyId& key : context.signers) {
    const std::optional<v1::Key> record = view.Get(kKeys, key);
    if (!record || record->party() != party || !SignsNow(*record, context.now())) continue;
    const KeyHolder holder = HolderIn(view, *record);
    if (holder.officer && MaySign(holder, role)) officers.insert(*holder.officer);
  }
  return {officers.begin(), officers.end()};
}

bool IsDelegated(const state::StateView& view, absl::string_view delegator, absl::string_view delegate,
                 absl::string_view kind, const std::vector<AccountId>& accounts, Instant now) {
  // One delegation must cover all: two that cover an account each were not granted for one operation over both.
  bool covered = false;
  view.ForEach(kDelegations, std::tuple(std::string(delegator), std::string(delegate)),
               [&](const auto&, const v1::Delegation& delegation) {
                 covered = Covers(delegation, kind, accounts, now);
                 return !covered;
               });
  return covered;
}

Hash OperationHash(const v1::Operation& operation) {
  if (!operation.linked()) {
    return crypto::DomainHash(crypto::kOperationTag, crypto::Tail{codec::SerializeCanonical(operation)});
  }
  v1::Operation unlinked = operation;
  unlinked.set_linked(false);
  return crypto::DomainHash(crypto::kOperationTag, crypto::Tail{codec::SerializeCanonical(unlinked)});
}

std::string NameOf(v1::PartyStatus status) {
  return codec::ShortEnumName(*v1::PartyStatus_descriptor(), status);
}
std::string NameOf(v1::OfficerRole role) {
  return codec::ShortEnumName(*v1::OfficerRole_descriptor(), role);
}

}  // namespace causeway::parties
