// SPDX-License-Identifier: Apache-2.0
//
// The shared rules of authority and four eyes (parties.h says what they are).

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/parties/rules.h"

namespace causeway::parties {
namespace {

using execution::Demands;
using execution::OperationContext;

const std::string& DeciderOf(const OperationContext& context, const Demands& demands) {
  return demands.acting_for ? *demands.acting_for : context.party;
}

// Whether officers of `lei` act for the deciding party in this operation.
bool ActsFor(const std::string& lei, const OperationContext& context, const Demands& demands,
             const state::StateView& view) {
  const std::string& decider = DeciderOf(context, demands);
  return lei == decider || IsDelegated(view, decider, lei, demands.kind, demands.accounts, context.now());
}

// An officer who signed or approved.
struct Counted {
  std::string party;
  OfficerId officer;
  // What the officer may sign for under one of the keys used.
  std::vector<v1::OfficerRole> roles;
};

// Collects distinct officers; an officer with several keys is one.
class CountedOfficers {
 public:
  void Add(const KeyHolder& holder) {
    for (Counted& counted : officers_) {
      if (counted.party != holder.party || counted.officer != *holder.officer) continue;
      counted.roles.insert(counted.roles.end(), holder.roles.begin(), holder.roles.end());
      return;
    }
    officers_.push_back({holder.party, *holder.officer, holder.roles});
  }
  const std::vector<Counted>& officers() const { return officers_; }

 private:
  std::vector<Counted> officers_;
};

bool Has(const std::vector<v1::OfficerRole>& roles, v1::OfficerRole role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// Officers who signed under keys that sign now.
void CountSigners(const OperationContext& context, const Demands& demands, const state::StateView& view,
                  CountedOfficers& counted) {
  for (const KeyId& id : context.signers) {
    const std::optional<v1::Key> key = view.Get(kKeys, id);
    if (!key || !SignsNow(*key, context.now())) continue;
    const KeyHolder holder = HolderIn(view, *key);
    Reasons ignored;
    if (!holder.officer || !CheckActive(view, holder.party, ignored)) continue;
    if (ActsFor(holder.party, context, demands, view)) counted.Add(holder);
  }
}

// Officers whose approval of this operation is alive, and whose key still signs: an approval by a stolen key dies with
// the key.
void CountApprovals(const Hash& hash, const OperationContext& context, const Demands& demands,
                    const state::StateView& view, CountedOfficers& counted) {
  view.ForEach(kApprovals, std::tuple(hash), [&](const auto& approval_key, const v1::Approval& approval) {
    const std::optional<KeyId> id = KeyId::FromBytes(approval.key_id());
    CAUSEWAY_CHECK(id.has_value());
    const std::optional<v1::Key> key = view.Get(kKeys, *id);
    const bool alive = context.now() < Instant::FromMicros(approval.valid_until_us());
    if (!alive || !key || !SignsNow(*key, context.now())) return true;
    const std::string& lei = std::get<1>(approval_key);
    const std::optional<v1::Party> party = FindParty(view, lei);
    if (!party || party->status() != v1::PARTY_STATUS_ACTIVE) return true;
    if (ActsFor(lei, context, demands, view)) counted.Add(HolderIn(view, *key));
    return true;
  });
}

// How many officers must have signed, and among whom.
struct Requirement {
  uint32_t required;
  // The party whose rule it is; empty: the operation's own demand.
  std::string party;
  // Officer ids of that party; empty: all.
  std::vector<std::string> among;
};

std::vector<Requirement> RequirementsOf(const OperationContext& context, const Demands& demands,
                                        const state::StateView& view) {
  std::vector<Requirement> requirements;
  if (demands.minimum_officers > 1) requirements.push_back({demands.minimum_officers, "", {}});
  const std::set<std::string> parties = {DeciderOf(context, demands), context.party};
  for (const std::string& lei : parties) {
    const std::optional<v1::ApprovalRule> rule = view.Get(kApprovalRules, std::tuple(lei, demands.kind));
    if (rule) requirements.push_back({rule->required(), lei, {rule->officer_ids().begin(), rule->officer_ids().end()}});
  }
  return requirements;
}

// Officers that count toward the requirement. Zero where those who only APPROVE have nobody beside them who holds the
// demanded role itself.
uint32_t CountToward(const Requirement& requirement, v1::OfficerRole role, const std::vector<Counted>& officers) {
  uint32_t count = 0;
  bool leading = false;
  for (const Counted& counted : officers) {
    const bool listed =
        counted.party == requirement.party &&
        std::binary_search(requirement.among.begin(), requirement.among.end(), counted.officer.ToString());
    if (!requirement.among.empty() && !listed) continue;
    const bool holds = role == v1::OFFICER_ROLE_UNSPECIFIED ? !counted.roles.empty() : Has(counted.roles, role);
    const bool seconds = role == v1::OFFICER_ROLE_TRADE && Has(counted.roles, v1::OFFICER_ROLE_APPROVE);
    leading = leading || holds;
    count += holds || seconds ? 1 : 0;
  }
  return leading || !requirement.among.empty() ? count : 0;
}

class PartiesAuthority final : public execution::AuthorityRules {
 public:
  std::optional<crypto::PublicKey> ResolveKey(const state::StateView& view, absl::string_view party, const KeyId& id,
                                              Instant now) const override {
    const std::optional<v1::Key> key = view.Get(kKeys, id);
    if (!key || !SignsNow(*key, now)) return std::nullopt;
    Reasons ignored;
    if (!CheckActive(view, party, ignored)) return std::nullopt;
    if (key->party() != party && !IsAnyDelegate(view, party, key->party(), now)) return std::nullopt;
    return PublicKeyIn(key->material());
  }

  void CheckAuthority(const OperationContext& context, const Demands& demands, const state::StateView& view,
                      Reasons& reasons) const override {
    if (context.is_genesis()) return;
    CheckActive(view, context.party, reasons);
    const std::string& decider = DeciderOf(context, demands);
    if (decider != context.party) CheckDelegation(context, demands, view, reasons);
    bool role_held = false;
    for (const KeyId& id : context.signers) {
      const std::optional<KeyHolder> holder = CheckSigner(id, context, demands, view, reasons);
      role_held = role_held || (holder && MaySign(*holder, demands.role));
    }
    if (!role_held) reasons.Add(v1::PARTIES_REASON_ROLE_MISSING, {demands.kind, NameOf(demands.role)});
  }

  void CheckFourEyes(const OperationContext& context, const Demands& demands, const state::StateView& view,
                     Reasons& reasons) const override {
    if (context.is_genesis()) return;
    const std::vector<Requirement> requirements = RequirementsOf(context, demands, view);
    if (requirements.empty()) return;
    const Hash hash = OperationHash(*context.operation);
    CountedOfficers counted;
    CountSigners(context, demands, view, counted);
    CountApprovals(hash, context, demands, view, counted);
    for (const Requirement& requirement : requirements) {
      const uint32_t count = CountToward(requirement, demands.role, counted.officers());
      if (count >= requirement.required) continue;
      reasons.Add(v1::PARTIES_REASON_OFFICERS_TOO_FEW,
                  {demands.kind, NameOf(demands.role), absl::StrCat(requirement.required), absl::StrCat(count),
                   hash.ToHex(), requirement.party.empty() ? DeciderOf(context, demands) : requirement.party});
    }
  }

  // All approvals of those who act for the deciding party go, counted or not: what is left behind could let the same
  // operation through a second time. Another party's stay: it approved what it is to decide itself, in the same words.
  void ConsumeApprovals(const OperationContext& context, const Demands& demands,
                        state::StateTransaction& state) const override {
    if (context.is_genesis() || !AnyApproval(state)) return;
    const Hash hash = OperationHash(*context.operation);
    std::vector<std::pair<std::tuple<Hash, std::string, OfficerId>, v1::Approval>> approvals;
    state.ForEach(kApprovals, std::tuple(hash), [&](const auto& key, const v1::Approval& approval) {
      if (ActsFor(std::get<1>(key), context, demands, state)) approvals.emplace_back(key, approval);
      return true;
    });
    for (const auto& [key, approval] : approvals) {
      EraseApproval(hash, std::get<1>(key), std::get<2>(key), approval, state);
    }
  }

 private:
  // Saves hashing every operation of a network that uses no approvals.
  static bool AnyApproval(const state::StateView& view) {
    bool any = false;
    view.ForEach(kApprovals, std::tuple<>(), [&](const auto&, const v1::Approval&) {
      any = true;
      return false;
    });
    return any;
  }

  // Whether the delegate may act for the party on anything at all.
  static bool IsAnyDelegate(const state::StateView& view, absl::string_view party, const std::string& delegate,
                            Instant now) {
    Reasons ignored;
    if (!CheckActive(view, delegate, ignored)) return false;
    bool any = false;
    view.ForEach(kDelegations, std::tuple(std::string(party), delegate),
                 [&](const auto&, const v1::Delegation& delegation) {
                   any = now < Instant::FromMicros(delegation.valid_until_us());
                   return !any;
                 });
    return any;
  }

  // A refusal does not name the party whose decision it is, nor its status: whose an account is, a stranger does not
  // learn.
  static void CheckDelegation(const OperationContext& context, const Demands& demands, const state::StateView& view,
                              Reasons& reasons) {
    if (IsDelegated(view, *demands.acting_for, context.party, demands.kind, demands.accounts, context.now())) {
      CheckActive(view, *demands.acting_for, reasons);
    } else {
      reasons.Add(v1::PARTIES_REASON_NOT_DELEGATED, {demands.kind, context.party});
    }
  }

  // The holder of a signing key that may sign for the submitting party; else the reasons.
  static std::optional<KeyHolder> CheckSigner(const KeyId& id, const OperationContext& context, const Demands& demands,
                                              const state::StateView& view, Reasons& reasons) {
    const std::optional<v1::Key> key = view.Get(kKeys, id);
    if (!key) {
      reasons.Add(v1::PARTIES_REASON_KEY_UNKNOWN, {id.ToHex()});
      return std::nullopt;
    }
    if (!CheckSignsNow(id, *key, context.now(), reasons)) return std::nullopt;
    if (key->party() != context.party) {
      // Only the deciding party's delegate may sign in its name: what was delegated is not delegated further.
      const bool decides = DeciderOf(context, demands) == context.party;
      if (!decides || !IsDelegated(view, context.party, key->party(), demands.kind, demands.accounts, context.now())) {
        reasons.Add(v1::PARTIES_REASON_KEY_FOREIGN, {id.ToHex(), key->party(), context.party});
        return std::nullopt;
      }
      if (!CheckActive(view, key->party(), reasons)) return std::nullopt;
    }
    const KeyHolder holder = HolderIn(view, *key);
    if (holder.roles.empty() && holder.officer &&
        view.Get(kOfficers, std::tuple(holder.party, *holder.officer))->roles().empty()) {
      reasons.Add(v1::PARTIES_REASON_OFFICER_INACTIVE, {id.ToHex(), holder.officer->ToHex(), holder.party});
      return std::nullopt;
    }
    return holder;
  }
};

}  // namespace

std::unique_ptr<execution::AuthorityRules> MakeAuthorityRules() {
  return std::make_unique<PartiesAuthority>();
}

}  // namespace causeway::parties
