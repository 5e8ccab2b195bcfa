// SPDX-License-Identifier: Apache-2.0
// The gate that the pipeline asks: judges a group, records what was decided, opens a case, and notes what was applied.
#include <algorithm>

#include "contracts/policy/cases.h"
#include "contracts/policy/decisions.h"
#include "contracts/policy/inputs.h"
#include "contracts/policy/policy.h"

namespace causeway::policy {
namespace {

using execution::PolicyOutcome;

v1::PolicyVerdict MostSevere(const std::vector<Judgement>& judgements) {
  v1::PolicyVerdict worst = v1::POLICY_VERDICT_ALLOW;
  for (const Judgement& judgement : judgements) worst = std::max(worst, judgement.effective);
  return worst;
}

// The distinct bindings that hold, in their order.
std::vector<HoldingRule> HoldingRules(const std::vector<Subject>& subjects, const std::vector<Judgement>& judgements) {
  std::vector<HoldingRule> rules;
  for (size_t i = 0; i < subjects.size(); ++i) {
    if (judgements[i].effective != v1::POLICY_VERDICT_HOLD) continue;
    if (rules.empty() || rules.back().key != subjects[i].key) rules.push_back({subjects[i].key, subjects[i].binding});
  }
  return rules;
}

// What a full queue would hold is refused: nobody would come to it.
void DenyWhereQueuesAreFull(const std::vector<Subject>& subjects, const std::string& party,
                            const state::StateView& view, std::vector<Judgement>& judgements) {
  for (size_t i = 0; i < subjects.size(); ++i) {
    if (judgements[i].effective != v1::POLICY_VERDICT_HOLD) continue;
    if (HasRoom(view, {subjects[i].key, subjects[i].binding}, party)) continue;
    judgements[i].effective = v1::POLICY_VERDICT_DENY;
    judgements[i].decision.set_verdict(v1::POLICY_VERDICT_DENY);
    judgements[i].decision.set_basis(v1::DECISION_BASIS_QUEUE_FULL);
  }
}

class Gate final : public execution::PolicyGate {
 public:
  PolicyOutcome Judge(const JudgedGroup& group, state::StateTransaction& state,
                      execution::Effects& effects) const override {
    if (!AnyBinding(state)) return PolicyOutcome::kAllow;
    const std::vector<Subject> subjects = SubjectsOf(group, state);
    std::vector<Judgement> judgements;
    for (const Subject& subject : subjects) judgements.push_back(Decide(subject, models_, state));
    if (MostSevere(judgements) == v1::POLICY_VERDICT_HOLD)
      DenyWhereQueuesAreFull(subjects, group.front().context->party, state, judgements);
    for (const Judgement& judgement : judgements) {
      CountDecision(judgement.decision, state);
      effects.Restrict(judgement.decision);
    }
    switch (MostSevere(judgements)) {
      case v1::POLICY_VERDICT_DENY:
        return PolicyOutcome::kDeny;
      case v1::POLICY_VERDICT_HOLD:
        OpenCase(group, HoldingRules(subjects, judgements), state, effects);
        return PolicyOutcome::kHold;
      default:
        return PolicyOutcome::kAllow;
    }
  }

  void Record(const JudgedGroup& group, state::StateTransaction& state) const override {
    if (AnyBinding(state)) RecordMovements(group, state);
  }

  uint64_t WorkOf(const JudgedGroup& group, const state::StateView& view) const override {
    if (!AnyBinding(view)) return 0;
    uint64_t work = 0;
    for (const Subject& subject : SubjectsOf(group, view)) work += policy::WorkOf(subject, view);
    return work;
  }

 private:
  // More than a network binds; one takes up to some megabytes.
  static constexpr size_t kModelsKept = 16;

  ModelCache models_{kModelsKept};
};

}  // namespace

std::unique_ptr<execution::PolicyGate> MakePolicyGate() {
  return std::make_unique<Gate>();
}

}  // namespace causeway::policy
