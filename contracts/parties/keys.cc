// SPDX-License-Identifier: Apache-2.0
//
// Keys: who holds them, when they sign, and how they come and go.

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "contracts/parties/rules.h"

namespace causeway::parties {
namespace {

v1::PartiesEvent BoundEvent(absl::string_view party, const KeyId& id) {
  v1::PartiesEvent event;
  event.mutable_key_bound()->set_lei(std::string(party));
  event.mutable_key_bound()->set_key_id(id.ToString());
  return event;
}

std::string UntilText(uint64_t until_us) {
  return until_us == 0 ? "no end" : FormatInstant(Instant::FromMicros(until_us));
}

std::string RoleNames(const std::vector<v1::OfficerRole>& roles) {
  return absl::StrJoin(roles, " ", [](std::string* out, v1::OfficerRole role) { out->append(NameOf(role)); });
}

// A key of the submitting party; else the reason.
std::optional<v1::Key> OwnKey(const execution::OperationContext& context, const KeyId& id, const state::StateView& view,
                              Reasons& reasons) {
  std::optional<v1::Key> key = view.Get(kKeys, id);
  if (!key) {
    reasons.Add(v1::PARTIES_REASON_KEY_UNKNOWN, {id.ToHex()});
    return std::nullopt;
  }
  if (key->party() != context.party) {
    reasons.Add(v1::PARTIES_REASON_KEY_FOREIGN, {id.ToHex(), key->party(), context.party});
    return std::nullopt;
  }
  return key;
}

NewHolder HolderForBinding(const state::StateView& view, const v1::Key& key) {
  if (key.holder_case() == v1::Key::kAgentId) return {{v1::OFFICER_ROLE_TRADE}, true};
  const std::optional<OfficerId> officer = OfficerId::FromBytes(key.officer_id());
  CAUSEWAY_CHECK(officer.has_value());
  const std::optional<v1::Officer> record = view.Get(kOfficers, std::tuple(key.party(), *officer));
  CAUSEWAY_CHECK(record.has_value(), "a key's officer is in the state");
  return {RolesIn(record->roles()), false};
}

// The key that comes, with the old key's purposes where it names none.
v1::NewKey Successor(const v1::RotateKey& request, const v1::Key& old) {
  v1::NewKey key = request.key();
  if (key.purposes().empty()) *key.mutable_purposes() = old.purposes();
  return key;
}

// The instant at which the old key stops.
Instant OldEnd(const v1::RotateKey& request, Instant now) {
  return request.old_valid_until_us() == 0 ? now : Instant::FromMicros(request.old_valid_until_us());
}

}  // namespace

std::vector<v1::OfficerRole> RolesIn(const google::protobuf::RepeatedField<int>& field) {
  std::vector<v1::OfficerRole> roles;
  for (int role : field) roles.push_back(static_cast<v1::OfficerRole>(role));
  return roles;
}

void Emit(v1::PartiesEvent event, execution::Effects& effects) {
  v1::Event outer;
  *outer.mutable_parties() = std::move(event);
  effects.Emit(std::move(outer));
}

std::optional<crypto::PublicKey> PublicKeyIn(const v1::KeyMaterial& material) {
  switch (material.algorithm()) {
    case v1::KEY_ALGORITHM_ED25519:
      return crypto::PublicKey{crypto::KeyAlgorithm::kEd25519, material.public_key()};
    case v1::KEY_ALGORITHM_P256:
      return crypto::PublicKey{crypto::KeyAlgorithm::kP256, material.public_key()};
    default:
      return std::nullopt;
  }
}

bool SignsNow(const v1::Key& key, Instant now) {
  if (key.has_revoked_from_height()) return false;
  if (now < Instant::FromMicros(key.valid_from_us())) return false;
  return key.valid_until_us() == 0 || now < Instant::FromMicros(key.valid_until_us());
}

bool CheckSignsNow(const KeyId& id, const v1::Key& key, Instant now, Reasons& reasons) {
  if (key.has_revoked_from_height()) {
    reasons.Add(v1::PARTIES_REASON_KEY_REVOKED, {id.ToHex(), absl::StrCat(key.revoked_from_height())});
    return false;
  }
  if (!SignsNow(key, now)) {
    reasons.Add(v1::PARTIES_REASON_KEY_NOT_VALID_NOW,
                {id.ToHex(), FormatInstant(Instant::FromMicros(key.valid_from_us())), UntilText(key.valid_until_us()),
                 FormatInstant(now)});
    return false;
  }
  return true;
}

KeyHolder HolderIn(const state::StateView& view, const v1::Key& key) {
  if (key.holder_case() == v1::Key::kAgentId) return {key.party(), std::nullopt, {v1::OFFICER_ROLE_TRADE}};
  const NewHolder officer = HolderForBinding(view, key);
  KeyHolder holder{key.party(), OfficerId::FromBytes(key.officer_id()), {}};
  const std::vector<v1::OfficerRole> purposes = RolesIn(key.purposes());
  if (purposes.empty()) {
    holder.roles = officer.roles;
  } else {
    std::set_intersection(officer.roles.begin(), officer.roles.end(), purposes.begin(), purposes.end(),
                          std::back_inserter(holder.roles));
  }
  return holder;
}

bool MaySign(const KeyHolder& holder, v1::OfficerRole role) {
  if (role == v1::OFFICER_ROLE_UNSPECIFIED) return !holder.roles.empty();
  return std::find(holder.roles.begin(), holder.roles.end(), role) != holder.roles.end();
}

void CheckNewKey(const v1::NewKey& key, const NewHolder& holder, const state::StateView& view, Instant now,
                 std::set<KeyId>& seen, Reasons& reasons) {
  const std::optional<crypto::PublicKey> material = PublicKeyIn(key.material());
  if (!material) {
    reasons.Add(v1::PARTIES_REASON_KEY_INVALID, {"no algorithm is named"});
  } else if (const absl::Status valid = crypto::ValidatePublicKey(*material); !valid.ok()) {
    reasons.Add(v1::PARTIES_REASON_KEY_INVALID, {std::string(valid.message())});
  } else {
    const KeyId id = crypto::KeyIdOf(*material);
    if (!seen.insert(id).second || view.Has(kKeys, id)) reasons.Add(v1::PARTIES_REASON_KEY_EXISTS, {id.ToHex()});
  }

  const std::vector<v1::OfficerRole> purposes = RolesIn(key.purposes());
  const bool within = std::includes(holder.roles.begin(), holder.roles.end(), purposes.begin(), purposes.end());
  if (!AreRoles(purposes) || !within || (holder.is_agent && purposes.empty())) {
    reasons.Add(v1::PARTIES_REASON_KEY_PURPOSES_INVALID, {RoleNames(purposes), RoleNames(holder.roles)});
  }

  const Instant from = std::max(Instant::FromMicros(key.valid_from_us()), now);
  if (key.valid_until_us() != 0 && Instant::FromMicros(key.valid_until_us()) <= from) {
    reasons.Add(v1::PARTIES_REASON_KEY_VALIDITY_INVALID,
                {FormatInstant(from), FormatInstant(Instant::FromMicros(key.valid_until_us())), FormatInstant(now)});
  }
}

v1::Key KeyRecord(const v1::NewKey& key, absl::string_view party, Instant now) {
  v1::Key record;
  *record.mutable_material() = key.material();
  record.set_party(std::string(party));
  *record.mutable_purposes() = key.purposes();
  record.set_valid_from_us(std::max(key.valid_from_us(), now.micros()));
  record.set_valid_until_us(key.valid_until_us());
  return record;
}

KeyId IdOf(const v1::NewKey& key) {
  const std::optional<crypto::PublicKey> material = PublicKeyIn(key.material());
  CAUSEWAY_CHECK(material.has_value());
  return crypto::KeyIdOf(*material);
}

void CheckBindKey(const execution::OperationContext& context, const v1::BindKey& request, const state::StateView& view,
                  Reasons& reasons) {
  NewHolder holder{{v1::OFFICER_ROLE_TRADE}, true};
  switch (request.holder_case()) {
    case v1::BindKey::kOfficerId: {
      const std::optional<OfficerId> id = RequireId<OfficerId>(request.officer_id(), "officer_id", reasons);
      if (!id) return;
      const std::optional<v1::Officer> officer = view.Get(kOfficers, std::tuple(context.party, *id));
      if (!officer) {
        reasons.Add(v1::PARTIES_REASON_OFFICER_UNKNOWN, {context.party, id->ToHex()});
        return;
      }
      holder = {RolesIn(officer->roles()), false};
      break;
    }
    case v1::BindKey::kAgentId:
      if (request.agent_id().empty()) reasons.Add(v1::PARTIES_REASON_FIELD_MISSING, {"agent_id"});
      break;
    case v1::BindKey::HOLDER_NOT_SET:
      reasons.Add(v1::PARTIES_REASON_FIELD_MISSING, {"officer_id or agent_id"});
      return;
  }
  std::set<KeyId> seen;
  CheckNewKey(request.key(), holder, view, context.now(), seen, reasons);
}

void ApplyBindKey(const execution::OperationContext& context, const v1::BindKey& request,
                  state::StateTransaction& state, execution::Effects& effects) {
  v1::Key record = KeyRecord(request.key(), context.party, context.now());
  if (request.holder_case() == v1::BindKey::kOfficerId) {
    record.set_officer_id(request.officer_id());
  } else {
    record.set_agent_id(request.agent_id());
  }
  const KeyId id = IdOf(request.key());
  state.Put(kKeys, id, record);
  Emit(BoundEvent(context.party, id), effects);
}

void CheckRotateKey(const execution::OperationContext& context, const v1::RotateKey& request,
                    const state::StateView& view, Reasons& reasons) {
  const std::optional<KeyId> old_id = RequireId<KeyId>(request.key_id(), "key_id", reasons);
  if (!old_id) return;
  const std::optional<v1::Key> old = OwnKey(context, *old_id, view, reasons);
  if (!old) return;
  const Instant now = context.now();
  if (CheckSignsNow(*old_id, *old, now, reasons)) {
    const Instant end = OldEnd(request, now);
    const bool later = old->valid_until_us() != 0 && end > Instant::FromMicros(old->valid_until_us());
    if (end < now || later) {
      reasons.Add(v1::PARTIES_REASON_KEY_VALIDITY_INVALID,
                  {FormatInstant(Instant::FromMicros(old->valid_from_us())), FormatInstant(end), FormatInstant(now)});
    }
  }
  std::set<KeyId> seen;
  CheckNewKey(Successor(request, *old), HolderForBinding(view, *old), view, now, seen, reasons);
}

void ApplyRotateKey(const execution::OperationContext& context, const v1::RotateKey& request,
                    state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<KeyId> old_id = KeyId::FromBytes(request.key_id());
  CAUSEWAY_CHECK(old_id.has_value());
  std::optional<v1::Key> old = state.Get(kKeys, *old_id);
  CAUSEWAY_CHECK(old.has_value());
  const v1::NewKey successor = Successor(request, *old);
  v1::Key record = KeyRecord(successor, context.party, context.now());
  if (old->holder_case() == v1::Key::kAgentId) {
    record.set_agent_id(old->agent_id());
  } else {
    record.set_officer_id(old->officer_id());
  }
  const KeyId id = IdOf(successor);
  state.Put(kKeys, id, record);
  old->set_valid_until_us(OldEnd(request, context.now()).micros());
  state.Put(kKeys, *old_id, *old);

  v1::PartiesEvent event;
  event.mutable_key_rotated()->set_lei(context.party);
  event.mutable_key_rotated()->set_old_key_id(old_id->ToString());
  event.mutable_key_rotated()->set_new_key_id(id.ToString());
  Emit(std::move(event), effects);
}

void CheckRevokeKey(const execution::OperationContext& context, const v1::RevokeKey& request,
                    const state::StateView& view, Reasons& reasons) {
  const std::optional<KeyId> id = RequireId<KeyId>(request.key_id(), "key_id", reasons);
  if (!id) return;
  const std::optional<v1::Key> key = OwnKey(context, *id, view, reasons);
  if (key && key->has_revoked_from_height()) {
    reasons.Add(v1::PARTIES_REASON_KEY_REVOKED, {id->ToHex(), absl::StrCat(key->revoked_from_height())});
  }
}

void ApplyRevokeKey(const execution::OperationContext& context, const v1::RevokeKey& request,
                    state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<KeyId> id = KeyId::FromBytes(request.key_id());
  CAUSEWAY_CHECK(id.has_value());
  std::optional<v1::Key> key = state.Get(kKeys, *id);
  CAUSEWAY_CHECK(key.has_value());
  key->set_revoked_from_height(context.block->height.value());
  state.Put(kKeys, *id, *key);

  v1::PartiesEvent event;
  event.mutable_key_revoked()->set_lei(context.party);
  event.mutable_key_revoked()->set_key_id(id->ToString());
  event.mutable_key_revoked()->set_height(context.block->height.value());
  Emit(std::move(event), effects);
}

}  // namespace causeway::parties
