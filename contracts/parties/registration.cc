// SPDX-License-Identifier: Apache-2.0
//
// Parties and officers: how they join, change and leave.

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "contracts/parties/rules.h"

namespace causeway::parties {
namespace {

constexpr uint32_t kLeastAdministrators = 2;

// Supervisors and auditors only read, so they need not be able to change their own data.
bool OnlyReads(const google::protobuf::RepeatedField<int>& roles) {
  return std::all_of(roles.begin(), roles.end(),
                     [](int role) { return role == v1::PARTY_ROLE_SUPERVISOR || role == v1::PARTY_ROLE_AUDITOR; });
}

bool Administers(const std::vector<v1::OfficerRole>& roles, const std::vector<v1::OfficerRole>& purposes) {
  const auto has = [](const std::vector<v1::OfficerRole>& list) {
    return std::find(list.begin(), list.end(), v1::OFFICER_ROLE_ADMINISTER) != list.end();
  };
  return has(roles) && (purposes.empty() || has(purposes));
}

// Distinct officers of a registration that could sign as administrators.
uint32_t AdministratorsOf(const v1::RegisterParty& request) {
  uint32_t count = 0;
  for (const v1::NewOfficer& officer : request.officers()) {
    count += std::any_of(officer.keys().begin(), officer.keys().end(), [&](const v1::NewKey& key) {
      return Administers(RolesIn(officer.roles()), RolesIn(key.purposes()));
    });
  }
  return count;
}

// Distinct officers of a registered party, one of them aside, that can sign as administrators now or later.
uint32_t AdministratorsBeside(const state::StateView& view, const std::string& lei, const OfficerId& aside,
                              Instant now) {
  std::set<OfficerId> administrators;
  view.ForEach(kKeys, std::tuple<>(), [&](const KeyId&, const v1::Key& key) {
    const bool over = key.valid_until_us() != 0 && Instant::FromMicros(key.valid_until_us()) <= now;
    if (key.party() != lei || key.has_revoked_from_height() || over) return true;
    const KeyHolder holder = HolderIn(view, key);
    if (holder.officer && *holder.officer != aside && MaySign(holder, v1::OFFICER_ROLE_ADMINISTER)) {
      administrators.insert(*holder.officer);
    }
    return true;
  });
  return static_cast<uint32_t>(administrators.size());
}

void CheckNewOfficers(const v1::RegisterParty& request, const state::StateView& view, Instant now, Reasons& reasons) {
  std::set<OfficerId> officers;
  std::set<KeyId> keys;
  for (const v1::NewOfficer& officer : request.officers()) {
    const std::optional<OfficerId> id = RequireId<OfficerId>(officer.officer_id(), "officers.officer_id", reasons);
    if (!id) continue;
    if (!officers.insert(*id).second) reasons.Add(v1::PARTIES_REASON_OFFICER_TWICE, {request.lei(), id->ToHex()});
    const NewHolder holder{RolesIn(officer.roles()), false};
    if (holder.roles.empty() || !AreRoles(holder.roles)) {
      reasons.Add(v1::PARTIES_REASON_OFFICER_ROLES_INVALID, {request.lei(), id->ToHex()});
      continue;
    }
    if (officer.keys_size() > kMostListed) {
      reasons.Add(v1::PARTIES_REASON_LIST_TOO_LONG, {"officers.keys", absl::StrCat(kMostListed)});
      continue;
    }
    for (const v1::NewKey& key : officer.keys()) CheckNewKey(key, holder, view, now, keys, reasons);
  }
}

void EmitStatus(const std::string& lei, v1::PartyStatus status, execution::Effects& effects) {
  v1::PartiesEvent event;
  event.mutable_party_status_changed()->set_lei(lei);
  event.mutable_party_status_changed()->set_status(status);
  Emit(std::move(event), effects);
}

}  // namespace

void CheckRegistration(const v1::RegisterParty& request, const state::StateView& view, Instant now, Reasons& reasons) {
  if (const absl::StatusOr<Lei> lei = Lei::Parse(request.lei()); !lei.ok()) {
    reasons.Add(v1::PARTIES_REASON_LEI_INVALID, {request.lei(), std::string(lei.status().message())});
  } else if (view.Has(kParties, request.lei())) {
    reasons.Add(v1::PARTIES_REASON_PARTY_EXISTS, {request.lei()});
  }
  if (request.name().empty() || request.name().size() > kMostNameBytes) {
    reasons.Add(v1::PARTIES_REASON_NAME_INVALID, {absl::StrCat(request.name().size()), absl::StrCat(kMostNameBytes)});
  }
  if (!CountryCode::Parse(request.jurisdiction()).ok()) {
    reasons.Add(v1::PARTIES_REASON_JURISDICTION_INVALID, {request.jurisdiction()});
  }
  if (request.roles().empty() || !AreRoles(request.roles())) {
    reasons.Add(v1::PARTIES_REASON_PARTY_ROLES_INVALID, {request.lei()});
  }
  if (request.officers_size() > kMostListed) {
    reasons.Add(v1::PARTIES_REASON_LIST_TOO_LONG, {"officers", absl::StrCat(kMostListed)});
    return;
  }
  CheckNewOfficers(request, view, now, reasons);
  if (const uint32_t count = AdministratorsOf(request); count < kLeastAdministrators && !OnlyReads(request.roles())) {
    reasons.Add(v1::PARTIES_REASON_ADMINISTRATORS_TOO_FEW,
                {request.lei(), absl::StrCat(count), absl::StrCat(kLeastAdministrators)});
  }
}

void Register(const v1::RegisterParty& request, Instant now, state::StateTransaction& state,
              execution::Effects& effects) {
  v1::Party party;
  party.set_name(request.name());
  party.set_jurisdiction(request.jurisdiction());
  *party.mutable_roles() = request.roles();
  party.set_status(v1::PARTY_STATUS_ACTIVE);
  state.Put(kParties, request.lei(), party);
  for (const v1::NewOfficer& officer : request.officers()) {
    const std::optional<OfficerId> id = OfficerId::FromBytes(officer.officer_id());
    CAUSEWAY_CHECK(id.has_value());
    v1::Officer record;
    *record.mutable_roles() = officer.roles();
    state.Put(kOfficers, std::tuple(request.lei(), *id), record);
    for (const v1::NewKey& key : officer.keys()) {
      v1::Key key_record = KeyRecord(key, request.lei(), now);
      key_record.set_officer_id(officer.officer_id());
      state.Put(kKeys, IdOf(key), key_record);
    }
  }
  v1::PartiesEvent event;
  event.mutable_party_registered()->set_lei(request.lei());
  Emit(std::move(event), effects);
}

void CheckStatusChange(absl::string_view lei, v1::PartyStatus status, const state::StateView& view, Reasons& reasons) {
  const std::optional<v1::Party> party = FindParty(view, lei);
  if (!party) {
    reasons.Add(v1::PARTIES_REASON_PARTY_UNKNOWN, {std::string(lei)});
    return;
  }
  const bool named = status != v1::PARTY_STATUS_UNSPECIFIED;
  if (!named || party->status() == status || party->status() == v1::PARTY_STATUS_CLOSED) {
    reasons.Add(v1::PARTIES_REASON_STATUS_CHANGE_INVALID, {std::string(lei), NameOf(party->status())});
  }
}

void ChangeStatus(absl::string_view lei, v1::PartyStatus status, state::StateTransaction& state,
                  execution::Effects& effects) {
  std::optional<v1::Party> party = FindParty(state, lei);
  CAUSEWAY_CHECK(party.has_value());
  party->set_status(status);
  state.Put(kParties, std::string(lei), *party);
  EmitStatus(std::string(lei), status, effects);
}

void CheckSetOfficer(const execution::OperationContext& context, const v1::SetOfficer& request,
                     const state::StateView& view, Reasons& reasons) {
  const std::optional<OfficerId> id = RequireId<OfficerId>(request.officer_id(), "officer_id", reasons);
  if (!id) return;
  const std::vector<v1::OfficerRole> roles = RolesIn(request.roles());
  const std::optional<v1::Officer> known = view.Get(kOfficers, std::tuple(context.party, *id));
  if (!AreRoles(roles) || (roles.empty() && !known)) {
    reasons.Add(v1::PARTIES_REASON_OFFICER_ROLES_INVALID, {context.party, id->ToHex()});
    return;
  }
  const auto administers = [](const std::vector<v1::OfficerRole>& list) {
    return std::find(list.begin(), list.end(), v1::OFFICER_ROLE_ADMINISTER) != list.end();
  };
  // A party that could not change its own data any more would be stuck.
  if (!known || !administers(RolesIn(known->roles())) || administers(roles)) return;
  if (const uint32_t left = AdministratorsBeside(view, context.party, *id, context.now());
      left < kLeastAdministrators) {
    reasons.Add(v1::PARTIES_REASON_ADMINISTRATORS_TOO_FEW,
                {context.party, absl::StrCat(left), absl::StrCat(kLeastAdministrators)});
  }
}

void ApplySetOfficer(const execution::OperationContext& context, const v1::SetOfficer& request,
                     state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<OfficerId> id = OfficerId::FromBytes(request.officer_id());
  CAUSEWAY_CHECK(id.has_value());
  v1::Officer record;
  *record.mutable_roles() = request.roles();
  state.Put(kOfficers, std::tuple(context.party, *id), record);
  v1::PartiesEvent event;
  event.mutable_officer_set()->set_lei(context.party);
  event.mutable_officer_set()->set_officer_id(id->ToString());
  Emit(std::move(event), effects);
}

}  // namespace causeway::parties
