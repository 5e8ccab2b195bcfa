// SPDX-License-Identifier: Apache-2.0
#include "node/layout/plan.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/check.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/sha256.h"

namespace causeway::layout {
namespace {

using Json = nlohmann::json;
using Errors = std::vector<std::string>;

constexpr size_t kSlugMax = 40;

bool IsSlug(absl::string_view text) {
  return !text.empty() && text.size() <= kSlugMax && text.front() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

void CheckSlug(const std::string& path, const std::string& slug, std::set<std::string>& seen, Errors& errors) {
  if (!IsSlug(slug))
    errors.push_back(absl::StrCat(path, ": \"", slug, "\"; 1 to ", kSlugMax, " of a-z, 0-9 and hyphens are allowed"));
  if (!seen.insert(slug).second) errors.push_back(absl::StrCat(path, ": \"", slug, "\" is used twice"));
}

// --- JSON ---

class PlanReader {
 public:
  explicit PlanReader(Errors& errors) : errors_(errors) {}

  // An object without keys other than these.
  bool IsObject(const Json& json, const std::string& path, std::initializer_list<const char*> keys) {
    if (!json.is_object()) {
      errors_.push_back(absl::StrCat(path, ": takes an object"));
      return false;
    }
    for (const auto& [key, value] : json.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        errors_.push_back(absl::StrCat(path, ".", key, ": unknown; known are ", absl::StrJoin(keys, ", ")));
    }
    return true;
  }

  std::string Text(const Json& object, const std::string& path, const char* key) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_string()) return found->get<std::string>();
    errors_.push_back(absl::StrCat(path, ".", key, ": ", found == object.end() ? "missing; " : "", "takes a text"));
    return "";
  }

  const Json& List(const Json& object, const std::string& path, const char* key) {
    static const Json* const kNone = new Json(Json::array());
    const auto found = object.find(key);
    if (found != object.end() && found->is_array()) return *found;
    errors_.push_back(absl::StrCat(path, ".", key, ": ", found == object.end() ? "missing; " : "", "takes a list"));
    return *kNone;
  }

  // Short names of an enum, ascending.
  template <class Role>
  std::vector<Role> Roles(const Json& object, const std::string& path, const google::protobuf::EnumDescriptor& type) {
    std::set<Role> roles;
    for (const Json& role : List(object, path, "roles")) {
      Errors allowed;
      bool known = false;
      for (int i = 1; i < type.value_count(); ++i) {
        const std::string name = codec::ShortEnumName(type, type.value(i)->number());
        allowed.push_back(name);
        if (!role.is_string() || role.get<std::string>() != name) continue;
        roles.insert(static_cast<Role>(type.value(i)->number()));
        known = true;
      }
      if (!known) errors_.push_back(absl::StrCat(path, ".roles: takes some of ", absl::StrJoin(allowed, ", ")));
    }
    return {roles.begin(), roles.end()};
  }

  PlannedParty Party(const Json& json, const std::string& path) {
    PlannedParty party;
    if (!IsObject(json, path, {"slug", "lei", "name", "jurisdiction", "roles", "officers"})) return party;
    party.slug = Text(json, path, "slug");
    party.lei = Text(json, path, "lei");
    party.name = Text(json, path, "name");
    party.jurisdiction = Text(json, path, "jurisdiction");
    party.roles = Roles<v1::PartyRole>(json, path, *v1::PartyRole_descriptor());
    size_t n = 0;
    for (const Json& officer : List(json, path, "officers")) {
      const std::string place = absl::StrCat(path, ".officers[", n++, "]");
      if (!IsObject(officer, place, {"slug", "roles"})) continue;
      party.officers.push_back(
          {Text(officer, place, "slug"), Roles<v1::OfficerRole>(officer, place, *v1::OfficerRole_descriptor())});
    }
    return party;
  }

 private:
  Errors& errors_;
};

// --- The development network ---

std::string LeiFor(std::string label) {
  label.resize(18, 'X');
  const std::optional<std::string> digits = Lei::CheckDigits(label);
  CAUSEWAY_CHECK(digits.has_value(), label);
  return label + *digits;
}

PlannedParty DevnetParty(const std::string& slug, const std::string& name, std::vector<v1::PartyRole> roles) {
  std::string label = absl::AsciiStrToUpper(slug);
  label.erase(std::remove(label.begin(), label.end(), '-'), label.end());
  const std::vector<v1::OfficerRole> all = {v1::OFFICER_ROLE_TRADE, v1::OFFICER_ROLE_APPROVE, v1::OFFICER_ROLE_COMPLY,
                                            v1::OFFICER_ROLE_ADMINISTER};
  return {slug,
          LeiFor(label),
          name,
          "SG",
          std::move(roles),
          {{"alpha", all},
           {"beta", all},
           {"gamma", {v1::OFFICER_ROLE_TRADE, v1::OFFICER_ROLE_APPROVE}},
           {"compliance-1", {v1::OFFICER_ROLE_COMPLY}},
           {"compliance-2", {v1::OFFICER_ROLE_COMPLY}}}};
}

}  // namespace

NetworkPlan DevnetPlan(uint32_t validators) {
  NetworkPlan plan;
  plan.name = "devnet";
  plan.devnet.emplace();
  plan.limits = chain::DefaultLimits();
  plan.drift = chain::DefaultDrift();
  for (uint32_t i = 1; i <= validators; ++i) {
    const std::string slug = absl::StrCat("operator-", i);
    plan.parties.push_back(
        DevnetParty(slug, absl::StrCat("Operator ", i), {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_OPERATOR}));
    plan.validators.push_back({slug, slug});
  }
  plan.parties.push_back(DevnetParty("fund-company", "Fund Company", {v1::PARTY_ROLE_FMCO}));
  plan.parties.push_back(DevnetParty("administrator", "Fund Administrator", {v1::PARTY_ROLE_ADMINISTRATOR}));
  plan.parties.push_back(DevnetParty("transfer-agent", "Transfer Agent", {v1::PARTY_ROLE_TRAG}));
  plan.parties.push_back(DevnetParty("cash-bank", "Cash Bank", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER}));
  plan.parties.push_back(DevnetParty("distributor", "Distributor", {v1::PARTY_ROLE_INTR, v1::PARTY_ROLE_INVESTOR}));
  plan.parties.push_back(DevnetParty("investor", "Investor", {v1::PARTY_ROLE_INVESTOR}));
  plan.parties.push_back(DevnetParty("supervisor", "Supervisor", {v1::PARTY_ROLE_SUPERVISOR}));
  plan.parties.push_back(DevnetParty("auditor", "Auditor", {v1::PARTY_ROLE_AUDITOR}));
  return plan;
}

absl::StatusOr<NetworkPlan> ParsePlan(absl::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return absl::InvalidArgumentError("network: not JSON");
  NetworkPlan plan;
  plan.devnet.emplace();
  plan.limits = chain::DefaultLimits();
  plan.drift = chain::DefaultDrift();
  Errors errors;
  PlanReader reader(errors);
  if (reader.IsObject(json, "network", {"name", "origin", "validators", "parties", "operations"})) {
    plan.name = reader.Text(json, "network", "name");
    if (json.contains("origin")) {
      const absl::StatusOr<Instant> origin = ParseInstant(reader.Text(json, "network", "origin"));
      if (!origin.ok()) errors.push_back(absl::StrCat("network.origin: ", origin.status().message()));
      if (origin.ok()) plan.devnet->origin = *origin;
    }
    for (const Json& validator : reader.List(json, "network", "validators")) {
      if (!validator.is_string()) errors.push_back("network.validators: takes a list of the slugs of parties");
      if (validator.is_string())
        plan.validators.push_back({validator.get<std::string>(), validator.get<std::string>()});
    }
    size_t n = 0;
    for (const Json& party : reader.List(json, "network", "parties"))
      plan.parties.push_back(reader.Party(party, absl::StrCat("network.parties[", n++, "]")));
    n = 0;
    if (json.contains("operations")) {
      for (const Json& operation : reader.List(json, "network", "operations")) {
        const std::string path = absl::StrCat("network.operations[", n++, "]");
        const absl::Status status = codec::JsonToMessage(operation.dump(), &plan.operations.emplace_back());
        if (!status.ok()) errors.push_back(absl::StrCat(path, ": ", status.message()));
      }
    }
  }
  if (errors.empty()) errors = PlanErrors(plan);
  if (!errors.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
  return plan;
}

std::vector<std::string> PlanErrors(const NetworkPlan& plan) {
  Errors errors;
  std::set<std::string> slugs, leis, operators, names;
  for (size_t i = 0; i < plan.parties.size(); ++i) {
    const PlannedParty& party = plan.parties[i];
    const std::string path = absl::StrCat("network.parties[", i, "]");
    CheckSlug(path + ".slug", party.slug, slugs, errors);
    if (const absl::StatusOr<Lei> lei = Lei::Parse(party.lei); !lei.ok())
      errors.push_back(absl::StrCat(path, ".lei: ", lei.status().message()));
    if (!leis.insert(party.lei).second) errors.push_back(absl::StrCat(path, ".lei: ", party.lei, " is used twice"));
    if (std::count(party.roles.begin(), party.roles.end(), v1::PARTY_ROLE_OPERATOR) > 0) operators.insert(party.slug);
    if (party.officers.empty())
      errors.push_back(path + ".officers: none; a party reaches a node with the certificate of its first officer");
    std::set<std::string> officers;
    for (size_t j = 0; j < party.officers.size(); ++j) {
      const std::string place = absl::StrCat(path, ".officers[", j, "]");
      CheckSlug(place + ".slug", party.officers[j].slug, officers, errors);
      if (party.officers[j].roles.empty()) errors.push_back(place + ".roles: at least one");
    }
  }
  if (plan.validators.empty() || plan.validators.size() > chain::kValidatorsMax)
    errors.push_back(absl::StrCat("network.validators: ", plan.validators.size(), " of them; 1 to ",
                                  chain::kValidatorsMax, " are allowed"));
  for (size_t i = 0; i < plan.validators.size(); ++i) {
    const std::string path = absl::StrCat("network.validators[", i, "]");
    CheckSlug(path, plan.validators[i].name, names, errors);
    if (operators.count(plan.validators[i].party) == 0)
      errors.push_back(absl::StrCat(path, ": \"", plan.validators[i].party,
                                    "\" is no party with the role OPERATOR; there are ",
                                    operators.empty() ? "none" : absl::StrJoin(operators, ", ")));
  }
  return errors;
}

OfficerId OfficerIdFor(absl::string_view lei, absl::string_view slug) {
  return *OfficerId::FromBytes(crypto::Sha256(absl::StrCat(lei, "/", slug)).bytes().substr(0, OfficerId::kSize));
}

}  // namespace causeway::layout
