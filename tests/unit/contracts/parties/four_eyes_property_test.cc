// SPDX-License-Identifier: Apache-2.0
// Four eyes against a plain model: random officers, roles, keys, signatures, approvals and rules.

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/str_cat.h"

#include "contracts/parties/parties.h"
#include "ledger/state/memory_state.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

using Roles = std::set<int>;

struct Person {
  Roles roles;
  Roles purposes;  // empty: all
  bool revoked = false;
  bool signs = false;
  bool approves = false;
  bool approval_lapsed = false;
  bool listed = false;
};

struct Scene {
  std::vector<Person> people;
  bool agent_signs = false;
  int role = v1::OFFICER_ROLE_TRADE;
  uint32_t minimum = 1;
  uint32_t rule = 0;  // zero: none
  bool rule_lists = false;
};

Roles AnyRoles() {
  Roles roles;
  for (int role = v1::OFFICER_ROLE_TRADE; role <= v1::OFFICER_ROLE_ADMINISTER; ++role) {
    if (*rc::gen::arbitrary<bool>()) roles.insert(role);
  }
  return roles;
}

Scene AnyScene() {
  Scene scene;
  const int people = *rc::gen::inRange(1, 6);
  for (int i = 0; i < people; ++i) {
    Person person;
    person.roles = AnyRoles();
    for (const int role : AnyRoles()) {
      if (person.roles.contains(role)) person.purposes.insert(role);
    }
    person.revoked = *rc::gen::inRange(0, 5) == 0;
    person.signs = *rc::gen::arbitrary<bool>();
    person.approves = *rc::gen::arbitrary<bool>();
    person.approval_lapsed = *rc::gen::inRange(0, 4) == 0;
    person.listed = *rc::gen::arbitrary<bool>();
    scene.people.push_back(person);
  }
  scene.agent_signs = *rc::gen::arbitrary<bool>();
  scene.role = *rc::gen::inRange<int>(v1::OFFICER_ROLE_TRADE, v1::OFFICER_ROLE_ADMINISTER + 1);
  scene.minimum = *rc::gen::inRange<uint32_t>(1, 4);
  scene.rule = *rc::gen::inRange<uint32_t>(0, 4);
  scene.rule_lists = *rc::gen::arbitrary<bool>();
  return scene;
}

// --- The model ---

Roles RolesUnderKey(const Person& person) {
  if (person.purposes.empty()) return person.roles;
  Roles both;
  std::set_intersection(person.roles.begin(), person.roles.end(), person.purposes.begin(), person.purposes.end(),
                        std::inserter(both, both.end()));
  return both;
}

bool Met(const Scene& scene, uint32_t required, bool listed_only) {
  uint32_t count = 0;
  bool led = false;
  for (const Person& person : scene.people) {
    const bool consents = person.signs || (person.approves && !person.approval_lapsed);
    if (!consents || person.revoked || (listed_only && !person.listed)) continue;
    const Roles roles = RolesUnderKey(person);
    const bool leads = roles.contains(scene.role);
    const bool seconds = scene.role == v1::OFFICER_ROLE_TRADE && roles.contains(v1::OFFICER_ROLE_APPROVE);
    led = led || leads;
    count += leads || seconds ? 1 : 0;
  }
  return count >= required && (led || listed_only);
}

bool Expected(const Scene& scene) {
  const bool any_listed =
      std::any_of(scene.people.begin(), scene.people.end(), [](const Person& p) { return p.listed; });
  if (scene.minimum > 1 && !Met(scene, scene.minimum, false)) return false;
  return scene.rule == 0 || Met(scene, scene.rule, scene.rule_lists && any_listed);
}

// --- The same in the state ---

const Instant kNow = Instant::FromMicros(1'772'442'000'000'000);

KeyId KeyOf(size_t person) {
  return IdFor<KeyId>(absl::StrCat("key of ", person));
}
OfficerId OfficerOf(size_t person) {
  return IdFor<OfficerId>(absl::StrCat("officer ", person));
}

void PutRoles(const Roles& roles, google::protobuf::RepeatedField<int>* field) {
  for (const int role : roles) field->Add(role);
}

class World {
 public:
  explicit World(const Scene& scene) : scene_(scene) {
    operation_.mutable_parties();
    v1::Party party;
    party.set_status(v1::PARTY_STATUS_ACTIVE);
    state_.Put(parties::kParties, lei_, party);
    v1::ApprovalRule rule;
    rule.set_required(scene.rule);
    std::set<std::string> listed;
    for (size_t i = 0; i < scene.people.size(); ++i) {
      PutPerson(i);
      if (scene.people[i].listed) listed.insert(OfficerOf(i).ToString());
    }
    if (scene.rule_lists) {
      for (const std::string& officer : listed) rule.add_officer_ids(officer);
    }
    if (scene.rule > 0) state_.Put(parties::kApprovalRules, std::tuple(lei_, std::string("transfers.transfer")), rule);
    v1::Key agent;
    agent.set_party(lei_);
    agent.set_agent_id(std::string(16, 'a'));
    agent.add_purposes(v1::OFFICER_ROLE_TRADE);
    state_.Put(parties::kKeys, IdFor<KeyId>("agent"), agent);
    if (scene.agent_signs) signers_.push_back(IdFor<KeyId>("agent"));
    std::sort(signers_.begin(), signers_.end());
  }

  bool Passes() const {
    const execution::BlockContext block{1, Height(7), kNow, Hash::Zero(), nullptr};
    const execution::OperationContext context{&block, Hash::Zero(), 0, lei_, signers_, &operation_, nullptr};
    execution::Demands demands;
    demands.kind = "transfers.transfer";
    demands.role = static_cast<v1::OfficerRole>(scene_.role);
    demands.minimum_officers = scene_.minimum;
    Reasons reasons;
    parties::MakeAuthorityRules()->CheckFourEyes(context, demands, state_, reasons);
    return reasons.empty();
  }

 private:
  void PutPerson(size_t i) {
    const Person& person = scene_.people[i];
    v1::Officer officer;
    PutRoles(person.roles, officer.mutable_roles());
    state_.Put(parties::kOfficers, std::tuple(lei_, OfficerOf(i)), officer);
    v1::Key key;
    key.set_party(lei_);
    key.set_officer_id(OfficerOf(i).ToString());
    PutRoles(person.purposes, key.mutable_purposes());
    if (person.revoked) key.set_revoked_from_height(3);
    state_.Put(parties::kKeys, KeyOf(i), key);
    if (person.signs) signers_.push_back(KeyOf(i));
    if (!person.approves) return;
    v1::Approval approval;
    approval.set_key_id(KeyOf(i).ToString());
    approval.set_valid_until_us(kNow.micros() + (person.approval_lapsed ? 0 : 1));
    state_.Put(parties::kApprovals, std::tuple(parties::OperationHash(operation_), lei_, OfficerOf(i)), approval);
  }

  const Scene& scene_;
  const std::string lei_ = LeiFor("PARTY");
  state::MemoryState state_;
  v1::Operation operation_;
  std::vector<KeyId> signers_;
};

RC_GTEST_PROP(FourEyesProperty, AgreesWithAPlainModel, ()) {
  const Scene scene = AnyScene();
  RC_CLASSIFY(Expected(scene), "met");
  RC_ASSERT(World(scene).Passes() == Expected(scene));
}

}  // namespace
}  // namespace causeway::testing
