// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/decisions.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "contracts/policy/explanation.h"
#include "contracts/policy/profile.h"
#include "contracts/policy/rules.h"
#include "contracts/policy/trees.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::policy {
namespace {

// Why the model cannot judge this subject at all; UNSPECIFIED where it can.
v1::FailureCause CauseOf(const Subject& subject, const std::optional<v1::ModelRecord>& model,
                         const state::StateView& view, Instant now) {
  const v1::Bind& terms = subject.binding.terms();
  if (subject.binding.suspended()) return v1::FAILURE_CAUSE_SUSPENDED;
  if (!model) return v1::FAILURE_CAUSE_STAGE;
  if (model->stage() == v1::MODEL_STAGE_SUSPENDED) return v1::FAILURE_CAUSE_SUSPENDED;
  const bool judges = model->stage() == v1::MODEL_STAGE_SHADOW || model->stage() == v1::MODEL_STAGE_LIMITED ||
                      model->stage() == v1::MODEL_STAGE_ACTIVE;
  if (!judges) return v1::FAILURE_CAUSE_STAGE;
  if (model->valid_until_us() <= now.micros()) return v1::FAILURE_CAUSE_EXPIRED;
  const bool agreed =
      std::all_of(terms.required_supervisors().begin(), terms.required_supervisors().end(),
                  [&](const std::string& lei) { return SupervisorAgrees(view, terms.model(), lei, now); });
  return agreed ? v1::FAILURE_CAUSE_UNSPECIFIED : v1::FAILURE_CAUSE_SUPERVISORY_RECORD;
}

// Whether a limit of the binding (empty: none) covers an amount of the subject's instrument.
bool IsWithin(const std::string& limit, Amount amount, int decimals) {
  if (limit.empty()) return false;
  const absl::StatusOr<Decimal> parsed = ParseDecimal(limit);
  CAUSEWAY_CHECK(parsed.ok());
  return CompareDecimals({amount, decimals}, *parsed) <= 0;
}

// Takes the subject's amount out of what its owner may move today by the rules alone; false where that is less.
bool TakeFallback(const Subject& subject, Instant now, state::StateTransaction& state) {
  const std::string& limit = subject.binding.terms().fallback_limit();
  if (limit.empty()) return false;
  const FallbackKey key{std::get<0>(subject.key), std::get<1>(subject.key), subject.owner, subject.moved};
  const uint64_t today = now.micros() / kMicrosPerDay;
  v1::FallbackUse use = state.Get(kFallbackUse, key).value_or(v1::FallbackUse());
  Amount used = Amount::Zero();
  if (use.day() == today && !use.amount().empty()) {
    const absl::StatusOr<Amount> parsed = ParseDecimal(use.amount(), subject.decimals);
    CAUSEWAY_CHECK(parsed.ok());
    used = *parsed;
  }
  const std::optional<Amount> sum = Add(used, subject.own_amount);
  if (!sum || !IsWithin(limit, *sum, subject.decimals)) return false;
  use.set_day(today);
  use.set_amount(FormatDecimal(*sum, subject.decimals));
  state.Put(kFallbackUse, key, use);
  return true;
}

// Explained are holds and denials, and one in 256 of what is allowed, by the transaction's hash; the rest can be
// computed again from the record.
bool IsExplained(const v1::Decision& decision) {
  return decision.verdict() != v1::POLICY_VERDICT_ALLOW || decision.transaction_id()[0] == 0;
}

void AddContributions(const TreeModel& model, const FeatureRow& row, v1::Decision& decision) {
  const Explanation explanation = Explain(model, row);
  decision.set_contribution_divisor(explanation.denominator);
  for (int i = 0; i < decision.inputs_size(); ++i) {
    const Amount contribution = Amount::FromMinor(explanation.contributions[static_cast<size_t>(i)]);
    decision.mutable_inputs(i)->set_contribution(FormatDecimal(contribution, 0));
  }
  for (const uint32_t feature : LargestPositive(explanation, kReasonsMax))
    decision.add_reasons(decision.inputs(static_cast<int>(feature)).feature());
}

// What a score was made of.
struct Scored {
  std::shared_ptr<const ReadyModel> model;
  FeatureRow row;
};

// The score and its verdict; nothing where an input is missing that the model needs.
std::optional<Scored> Score(const Subject& subject, const ModelCache& models, const state::StateView& view,
                            v1::Decision& decision) {
  const v1::Bind& terms = subject.binding.terms();
  std::shared_ptr<const ReadyModel> ready = models.Find(view, terms.model(), decision.trees_hash());
  const TreeModel& model = ready->trees;
  const FeatureValues values = ValuesOf(subject, view);
  FeatureRow row;
  for (const LedgerFeature* feature : ready->features) {
    const std::optional<int64_t>& value = values[static_cast<size_t>(feature->feature) - 1];
    v1::DecisionInput& input = *decision.add_inputs();
    input.set_feature(feature->feature);
    if (value) input.set_value(*value);
    row.push_back(value ? std::optional<int32_t>(static_cast<int32_t>(*value)) : std::nullopt);
  }
  if (!model.Fits(row)) return std::nullopt;
  decision.set_score(model.Score(row));
  decision.set_theta_hold(terms.has_theta_hold() ? terms.theta_hold() : model.theta_hold());
  decision.set_theta_deny(terms.has_theta_deny() ? terms.theta_deny() : model.theta_deny());
  decision.set_basis(v1::DECISION_BASIS_SCORE);
  if (decision.score() >= decision.theta_deny()) {
    decision.set_verdict(v1::POLICY_VERDICT_DENY);
  } else if (decision.score() >= decision.theta_hold()) {
    decision.set_verdict(v1::POLICY_VERDICT_HOLD);
  } else {
    decision.set_verdict(v1::POLICY_VERDICT_ALLOW);
  }
  return Scored{std::move(ready), std::move(row)};
}

// What the stage makes of the model's verdict. Returns what is done.
v1::PolicyVerdict ApplyStage(const Subject& subject, v1::Decision& decision) {
  if (decision.stage() == v1::MODEL_STAGE_SHADOW) {
    decision.set_basis(v1::DECISION_BASIS_SHADOW);
    return v1::POLICY_VERDICT_ALLOW;
  }
  const bool capped = decision.stage() == v1::MODEL_STAGE_LIMITED &&
                      !IsWithin(subject.binding.terms().limited_amount(), subject.amount, subject.decimals);
  if (capped && decision.verdict() == v1::POLICY_VERDICT_ALLOW) {
    decision.set_basis(v1::DECISION_BASIS_ABOVE_CAP);
    decision.set_verdict(v1::POLICY_VERDICT_HOLD);
  }
  return decision.verdict();
}

v1::PolicyVerdict FailClosed(const Subject& subject, v1::FailureCause cause, Instant now,
                             state::StateTransaction& state, v1::Decision& decision) {
  decision.set_cause(cause);
  if (TakeFallback(subject, now, state)) {
    decision.set_basis(v1::DECISION_BASIS_FALLBACK);
    decision.set_verdict(v1::POLICY_VERDICT_ALLOW);
  } else {
    decision.set_basis(v1::DECISION_BASIS_FAIL_CLOSED);
    decision.set_verdict(subject.binding.terms().fail_mode() == v1::FAIL_MODE_DENY ? v1::POLICY_VERDICT_DENY
                                                                                   : v1::POLICY_VERDICT_HOLD);
  }
  return decision.verdict();
}

}  // namespace

Judgement Decide(const Subject& subject, const ModelCache& models, state::StateTransaction& state) {
  const execution::OperationContext& context = *subject.first->context;
  const v1::Bind& terms = subject.binding.terms();
  const std::optional<v1::ModelRecord> model = FindModel(state, terms.model());
  v1::Decision decision;
  decision.set_transaction_id(context.transaction_id.ToString());
  for (const uint32_t index : subject.indexes) decision.add_indexes(index);
  decision.set_instrument(std::get<0>(subject.key).ToString());
  decision.set_operation(std::get<1>(subject.key));
  decision.set_payer(subject.payer.ToString());
  decision.set_moved_instrument(subject.moved.ToString());
  decision.set_amount(FormatDecimal(subject.amount, subject.decimals));
  *decision.mutable_model() = terms.model();
  if (model) {
    decision.set_trees_hash(model->trees_hash());
    decision.set_stage(model->stage());
  }
  v1::FailureCause cause = CauseOf(subject, model, state, context.now());
  std::optional<Scored> scored;
  if (cause == v1::FAILURE_CAUSE_UNSPECIFIED) {
    scored = Score(subject, models, state, decision);
    if (!scored) cause = v1::FAILURE_CAUSE_INPUT_MISSING;
  }
  const v1::PolicyVerdict effective =
      scored ? ApplyStage(subject, decision) : FailClosed(subject, cause, context.now(), state, decision);
  if (scored && IsExplained(decision)) AddContributions(scored->model->trees, scored->row, decision);
  return {std::move(decision), effective};
}

uint64_t WorkOf(const Subject& subject, const state::StateView& view) {
  const std::optional<v1::ModelRecord> model = FindModel(view, subject.binding.terms().model());
  return kInputWork + (model ? model->work() : 0);
}

void CountDecision(const v1::Decision& decision, state::StateTransaction& state) {
  const ModelKey key = KeyOf(decision.model());
  std::optional<v1::ModelCounts> counts = state.Get(kModelCounts, key);
  if (!counts) return;
  switch (decision.basis()) {
    case v1::DECISION_BASIS_SHADOW:
      counts->set_shadow(counts->shadow() + 1);
      break;
    case v1::DECISION_BASIS_FALLBACK:
      counts->set_fallback(counts->fallback() + 1);
      break;
    case v1::DECISION_BASIS_FAIL_CLOSED:
      counts->set_failed_closed(counts->failed_closed() + 1);
      break;
    default:
      if (decision.verdict() == v1::POLICY_VERDICT_ALLOW) counts->set_allowed(counts->allowed() + 1);
      if (decision.verdict() == v1::POLICY_VERDICT_HOLD) counts->set_held(counts->held() + 1);
      if (decision.verdict() == v1::POLICY_VERDICT_DENY) counts->set_denied(counts->denied() + 1);
  }
  state.Put(kModelCounts, key, *counts);
}

}  // namespace causeway::policy
