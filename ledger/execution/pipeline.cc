// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/pipeline.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "causeway/v1/ledger_reason.pb.h"
#include "ledger/base/check.h"
#include "ledger/base/reason.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"
#include "ledger/execution/guard.h"
#include "ledger/execution/system_tables.h"
#include "ledger/merkle/history_tree.h"

namespace causeway::execution {
namespace {

// How long a piece of due work that meets a defect waits for its next attempt.
constexpr uint64_t kFaultyDueWaitHours = 1;

// Positions of due work in salts and contexts are told from operations' by the top bit.
constexpr uint32_t kDueIndexBit = uint32_t{1} << 31;

void PutReasons(const Reasons& reasons, v1::OperationResult& result) {
  for (const Reason& reason : reasons.sorted()) {
    v1::Reason* written = result.add_reasons();
    written->set_code(reason.code);
    for (const std::string& parameter : reason.parameters) written->add_parameters(parameter);
  }
}

v1::OperationResult ResultOf(uint32_t index, v1::OperationStatus status, const Reasons& reasons = {}) {
  v1::OperationResult result;
  result.set_index(index);
  result.set_status(status);
  PutReasons(reasons, result);
  return result;
}

Reasons OneReason(v1::LedgerReason code, std::vector<std::string> parameters = {}) {
  Reasons reasons;
  reasons.Add(code, std::move(parameters));
  return reasons;
}

// RFC 9162 root over the canonical results. Within the rules' scope: a result that has no canonical form is a defect of
// its contract.
Hash OperationsRoot(const std::vector<v1::OperationResult>& results) {
  std::vector<Hash> leaves;
  leaves.reserve(results.size());
  for (const v1::OperationResult& result : results)
    leaves.push_back(merkle::HistoryLeafHash(codec::SerializeCanonical(result)));
  return merkle::HistoryRootOf(leaves);
}

// What a run of rules must not do: a failed check, an invariant that does not hold.
struct Fault {
  std::string contract;
  std::string what;
  std::optional<InstrumentId> instrument;
};

// What is being run, so that a thrown violation finds what to pause.
struct Running {
  std::string contract = "ledger";
  std::vector<InstrumentId> instruments;
};

// Runs rules. A defect in them becomes faults that pause what was running.
template <class Rules>
std::vector<Fault> Guard(const Running& running, Rules&& rules) {
  const std::optional<std::string> defect = DefectOf(rules);
  if (!defect) return {};
  std::vector<Fault> faults;
  for (const InstrumentId& instrument : running.instruments)
    faults.push_back(Fault{running.contract, *defect, instrument});
  if (faults.empty()) faults.push_back(Fault{running.contract, *defect, std::nullopt});
  return faults;
}

std::vector<Fault> CheckInvariants(const Registry& registry, const state::StateTransaction& layer, Running& running) {
  std::vector<Fault> faults;
  for (const auto& contract : registry.contracts) {
    running = Running{contract->name(), {}};
    std::vector<Violation> violations;
    contract->CheckInvariants(layer, violations);
    for (Violation& violation : violations)
      faults.push_back(Fault{contract->name(), std::move(violation.what), violation.instrument});
  }
  return faults;
}

// Pauses what the faults name. A defect in the pausing itself must not stop the network either: it is reported and
// leaves no trace.
std::vector<ViolationReport> Pause(const Registry& registry, const BlockContext& block, const Hash& transaction_id,
                                   const std::vector<Fault>& faults, state::StateTransaction& block_layer) {
  std::vector<ViolationReport> reports;
  for (const Fault& fault : faults) {
    reports.push_back(ViolationReport{transaction_id, fault.contract, fault.what, fault.instrument});
    state::StateTransaction layer(Under(block_layer));
    const std::vector<Fault> failed = Guard(Running{}, [&] {
      registry.pauses->PauseAfterViolation(block, Violation{fault.what, fault.instrument}, fault.contract, layer);
      layer.MergeInto(block_layer);
    });
    for (const Fault& second : failed)
      reports.push_back(
          ViolationReport{transaction_id, fault.contract, absl::StrCat("pausing failed: ", second.what), std::nullopt});
  }
  return reports;
}

class TransactionRun : public ReleasedGroupRunner {
 public:
  TransactionRun(const Registry& registry, const BlockContext& block, const PipelineInput& input)
      : registry_(registry), block_(block), input_(input) {}

  PipelineResult Run(state::StateTransaction& block_layer) {
    state::StateTransaction layer(Under(block_layer));
    std::vector<Fault> broken;
    std::vector<Fault> faults = Guard(running_, [&] {
      for (size_t first = 0; first < input_.operations.size();) first = RunGroup(first, layer);
      running_ = Running{};
      result_.operations_root = OperationsRoot(result_.results);
      broken = CheckInvariants(registry_, layer, running_);
    });
    faults.insert(faults.end(), broken.begin(), broken.end());
    if (faults.empty()) {
      layer.MergeInto(block_layer);
    } else {
      Drop(faults, block_layer);
    }
    result_.work = work_;
    return std::move(result_);
  }

  std::vector<v1::OperationResult> RunReleased(const std::string& party, const std::vector<KeyId>& signers,
                                               const Hash& transaction_id, Instant held_since,
                                               const std::vector<StoredOperation>& group,
                                               state::StateTransaction& state, Effects& effects) override;

 private:
  // One operation of a group on its way.
  struct Step {
    OperationContext context;
    const Contract* contract;
    Demands demands;
    Effects effects;
  };

  bool is_genesis() const { return input_.party.empty(); }

  bool TakeWork(uint64_t units) {
    if (units > input_.work_limit - work_) return false;
    work_ += units;
    return true;
  }
  Reasons WorkRefusal(uint64_t units) const {
    return OneReason(v1::LEDGER_REASON_WORK_LIMIT, {absl::StrCat(units), absl::StrCat(input_.work_limit - work_)});
  }

  OperationContext ContextOf(size_t index) {
    return OperationContext{&block_,      input_.transaction_id, static_cast<uint32_t>(index),
                            input_.party, input_.signers,        input_.operations[index],
                            this};
  }

  // Fills the step's contract and demands, and collects every reason against it; without authority, that alone.
  // `approving`: keys that approved it before it was held.
  Reasons Examine(Step& step, const state::StateView& view, bool charge, const std::vector<KeyId>& approving = {});
  void ApplyStep(Step& step, state::StateTransaction& state, Effects& effects);

  // Runs the group that begins at `first`; returns the index after its last operation.
  size_t RunGroup(size_t first, state::StateTransaction& layer);
  void RunSingle(size_t index, state::StateTransaction& layer);
  void RunLinked(size_t first, size_t end, state::StateTransaction& layer);
  // Tries the group on a layer. Returns the index of the step that is refused, with `reasons`; or nothing.
  std::optional<size_t> Try(std::vector<Step>& steps, state::StateTransaction& trial, bool charge, Reasons& reasons);
  // Asks the policy gate. True: go on and apply. False: results are written.
  bool Judge(std::vector<Step>& steps, state::StateTransaction& layer);
  void Record(std::vector<Step>& steps, state::StateTransaction& layer);

  void RefuseGroup(const std::vector<Step>& steps, size_t refused, const Reasons& reasons);
  void Finish(uint32_t index, v1::OperationStatus status, const Reasons& reasons, const Effects* effects);
  void Drop(const std::vector<Fault>& faults, state::StateTransaction& block_layer);

  const Registry& registry_;
  const BlockContext& block_;
  const PipelineInput& input_;
  Running running_;
  PipelineResult result_;
  uint64_t work_ = 0;
};

Reasons TransactionRun::Examine(Step& step, const state::StateView& view, bool charge,
                                const std::vector<KeyId>& approving) {
  step.contract = registry_.Find(step.context.operation->kind_case());
  if (step.contract == nullptr) return OneReason(v1::LEDGER_REASON_UNKNOWN_OPERATION);
  running_ = Running{step.contract->name(), {}};
  if (charge) {
    const uint64_t units = step.contract->WorkOf(step.context, view);
    if (!TakeWork(units)) return WorkRefusal(units);
  }
  step.demands = step.contract->DemandsOf(step.context, view);
  running_.instruments = step.demands.instruments;
  Reasons reasons;
  if (!step.context.is_genesis()) {
    registry_.authority->CheckAuthority(step.context, step.demands, view, reasons);
    // Whoever has no authority learns nothing further: other rules' reasons tell what another's account holds.
    if (!reasons.empty()) return reasons;
    if (approving.empty()) {
      registry_.authority->CheckFourEyes(step.context, step.demands, view, reasons);
    } else {
      OperationContext with_approvals = step.context;
      with_approvals.signers.insert(with_approvals.signers.end(), approving.begin(), approving.end());
      registry_.authority->CheckFourEyes(with_approvals, step.demands, view, reasons);
    }
    registry_.pauses->CheckPauses(step.context, step.demands, view, reasons);
  }
  step.contract->Check(step.context, view, reasons);
  return reasons;
}

void TransactionRun::ApplyStep(Step& step, state::StateTransaction& state, Effects& effects) {
  running_ = Running{step.contract->name(), step.demands.instruments};
  step.contract->Apply(step.context, state, effects);
}

size_t TransactionRun::RunGroup(size_t first, state::StateTransaction& layer) {
  size_t end = first + 1;
  while (input_.operations[end - 1]->linked() && end < input_.operations.size()) ++end;
  if (end == first + 1) {
    RunSingle(first, layer);
  } else {
    RunLinked(first, end, layer);
  }
  return end;
}

void TransactionRun::RunSingle(size_t index, state::StateTransaction& layer) {
  std::vector<Step> steps;
  const OperationContext context = ContextOf(index);
  steps.push_back(Step{context, nullptr, {}, Effects(context)});
  Step& step = steps.front();
  step.effects = Effects(step.context);
  const Reasons reasons = Examine(step, layer, true);
  if (!reasons.empty()) return Finish(step.context.index, v1::OPERATION_STATUS_REFUSED, reasons, nullptr);
  if (!Judge(steps, layer)) return;
  ApplyStep(step, layer, step.effects);
  if (!is_genesis()) registry_.authority->ConsumeApprovals(step.context, step.demands, layer);
  Record(steps, layer);
  Finish(step.context.index, v1::OPERATION_STATUS_APPLIED, {}, &step.effects);
}

std::optional<size_t> TransactionRun::Try(std::vector<Step>& steps, state::StateTransaction& trial, bool charge,
                                          Reasons& reasons) {
  for (size_t i = 0; i < steps.size(); ++i) {
    reasons = Examine(steps[i], trial, charge);
    if (!reasons.empty()) return i;
    ApplyStep(steps[i], trial, steps[i].effects);
    if (!is_genesis()) registry_.authority->ConsumeApprovals(steps[i].context, steps[i].demands, trial);
  }
  return std::nullopt;
}

void TransactionRun::RunLinked(size_t first, size_t end, state::StateTransaction& layer) {
  std::vector<Step> steps;
  steps.reserve(end - first);  // effects point to their step's context
  for (size_t i = first; i < end; ++i) {
    const OperationContext context = ContextOf(i);
    steps.push_back(Step{context, nullptr, {}, Effects(context)});
    steps.back().effects = Effects(steps.back().context);
  }

  Reasons reasons;
  state::StateTransaction trial(Under(layer));
  if (const std::optional<size_t> refused = Try(steps, trial, true, reasons))
    return RefuseGroup(steps, *refused, reasons);

  bool judged = false;
  for (const Step& step : steps) judged = judged || (!is_genesis() && !step.demands.movements.empty());
  if (!judged) {
    trial.MergeInto(layer);
  } else {
    // The judgement reads, and its records are written to, the state before the group; then the group is applied over
    // them.
    trial.Clear();
    for (Step& step : steps) step.effects = Effects(step.context);
    if (!Judge(steps, layer)) return;
    state::StateTransaction group(Under(layer));
    if (const std::optional<size_t> refused = Try(steps, group, false, reasons))
      return RefuseGroup(steps, *refused, reasons);
    group.MergeInto(layer);
    Record(steps, layer);
  }
  for (const Step& step : steps) Finish(step.context.index, v1::OPERATION_STATUS_APPLIED, {}, &step.effects);
}

bool TransactionRun::Judge(std::vector<Step>& steps, state::StateTransaction& layer) {
  bool moves = false;
  for (const Step& step : steps) moves = moves || !step.demands.movements.empty();
  if (!moves || is_genesis() || !input_.ask_policy || registry_.policy == nullptr) return true;

  std::vector<JudgedOperation> group;
  for (const Step& step : steps) group.push_back(JudgedOperation{&step.context, &step.demands});
  running_.contract = "policy";
  const uint64_t units = registry_.policy->WorkOf(group, layer);
  if (!TakeWork(units)) {
    RefuseGroup(steps, 0, WorkRefusal(units));
    return false;
  }
  Effects& effects = steps.front().effects;
  const size_t left_before = effects.events().size() + effects.restricted().size();
  const PolicyOutcome outcome = registry_.policy->Judge(group, layer, effects);
  if (effects.events().size() + effects.restricted().size() > left_before) ++result_.decisions;
  if (outcome == PolicyOutcome::kAllow) return true;

  const bool hold = outcome == PolicyOutcome::kHold;
  const Reasons reasons = OneReason(hold ? v1::LEDGER_REASON_HELD_FOR_REVIEW : v1::LEDGER_REASON_POLICY_DENIED);
  for (const Step& step : steps) {
    if (hold) registry_.authority->ConsumeApprovals(step.context, step.demands, layer);
    Finish(step.context.index, hold ? v1::OPERATION_STATUS_HELD_FOR_REVIEW : v1::OPERATION_STATUS_REFUSED, reasons,
           &step == &steps.front() ? &effects : nullptr);
  }
  return false;
}

void TransactionRun::Record(std::vector<Step>& steps, state::StateTransaction& layer) {
  std::vector<JudgedOperation> group;
  bool moves = false;
  for (const Step& step : steps) {
    group.push_back(JudgedOperation{&step.context, &step.demands});
    moves = moves || !step.demands.movements.empty();
  }
  if (!moves || is_genesis() || !input_.ask_policy || registry_.policy == nullptr) return;
  running_.contract = "policy";
  registry_.policy->Record(group, layer);
}

std::vector<v1::OperationResult> TransactionRun::RunReleased(const std::string& party,
                                                             const std::vector<KeyId>& signers,
                                                             const Hash& transaction_id, Instant held_since,
                                                             const std::vector<StoredOperation>& group,
                                                             state::StateTransaction& state, Effects& effects) {
  const Running before = running_;
  std::vector<Step> steps;
  steps.reserve(group.size());
  std::vector<v1::OperationResult> results;
  state::StateTransaction layer(Under(state));
  // The deciding operation tells what happened, and salts it; nothing of it is told where the group is refused.
  Effects collected = effects;
  bool refused = false;
  for (const StoredOperation& stored : group) {
    const OperationContext context{&block_, transaction_id,    stored.index, party,
                                   signers, &stored.operation, nullptr,      held_since};
    if (refused) {
      results.push_back(ResultOf(stored.index, v1::OPERATION_STATUS_NOT_ATTEMPTED));
      continue;
    }
    steps.push_back(Step{context, nullptr, {}, Effects(context)});
    Step& step = steps.back();
    const Reasons reasons = Examine(step, layer, true, stored.approving_keys);
    if (!reasons.empty()) {
      refused = true;
      results.push_back(ResultOf(stored.index, v1::OPERATION_STATUS_REFUSED, reasons));
      continue;
    }
    const size_t events_before = collected.events().size(), restricted_before = collected.restricted().size();
    ApplyStep(step, layer, collected);
    registry_.authority->ConsumeApprovals(step.context, step.demands, layer);
    v1::OperationResult result = ResultOf(stored.index, v1::OPERATION_STATUS_APPLIED);
    for (size_t i = events_before; i < collected.events().size(); ++i) *result.add_events() = collected.events()[i];
    for (size_t i = restricted_before; i < collected.restricted().size(); ++i)
      result.add_restricted_hashes(collected.restricted()[i].salted_hash.ToString());
    results.push_back(std::move(result));
  }
  if (refused) {
    for (v1::OperationResult& result : results) {
      if (result.status() != v1::OPERATION_STATUS_APPLIED) continue;
      result = ResultOf(result.index(), v1::OPERATION_STATUS_REFUSED, OneReason(v1::LEDGER_REASON_GROUP_REFUSED));
    }
  } else {
    layer.MergeInto(state);
    Record(steps, state);
    effects = collected;
  }
  running_ = before;
  return results;
}

void TransactionRun::RefuseGroup(const std::vector<Step>& steps, size_t refused, const Reasons& reasons) {
  const std::string which = absl::StrCat(steps[refused].context.index);
  for (size_t i = 0; i < steps.size(); ++i) {
    const uint32_t index = steps[i].context.index;
    if (i < refused) {
      Finish(index, v1::OPERATION_STATUS_REFUSED, OneReason(v1::LEDGER_REASON_GROUP_REFUSED, {which}), nullptr);
    } else if (i == refused) {
      Finish(index, v1::OPERATION_STATUS_REFUSED, reasons, nullptr);
    } else {
      Finish(index, v1::OPERATION_STATUS_NOT_ATTEMPTED, OneReason(v1::LEDGER_REASON_NOT_ATTEMPTED, {which}), nullptr);
    }
  }
}

void TransactionRun::Finish(uint32_t index, v1::OperationStatus status, const Reasons& reasons,
                            const Effects* effects) {
  v1::OperationResult result = ResultOf(index, status, reasons);
  if (effects != nullptr) {
    for (const v1::Event& event : effects->events()) *result.add_events() = event;
    for (const RestrictedRecord& record : effects->restricted()) {
      result.add_restricted_hashes(record.salted_hash.ToString());
      result_.restricted.push_back(record);
    }
  }
  result_.results.push_back(std::move(result));
}

void TransactionRun::Drop(const std::vector<Fault>& faults, state::StateTransaction& block_layer) {
  result_.results.clear();
  result_.restricted.clear();
  result_.decisions = 0;
  for (size_t i = 0; i < input_.operations.size(); ++i) {
    result_.results.push_back(ResultOf(static_cast<uint32_t>(i), v1::OPERATION_STATUS_REFUSED,
                                       OneReason(v1::LEDGER_REASON_INVARIANT, {faults.front().contract})));
  }
  result_.operations_root = OperationsRoot(result_.results);
  result_.violations = Pause(registry_, block_, input_.transaction_id, faults, block_layer);
}

const Contract* FindByNumber(const Registry& registry, uint32_t number) {
  return registry.Find(static_cast<v1::Operation::KindCase>(number));
}

}  // namespace

PipelineResult RunTransaction(const Registry& registry, const BlockContext& block, const PipelineInput& input,
                              state::StateTransaction& block_layer) {
  return TransactionRun(registry, block, input).Run(block_layer);
}

PipelineResult RunDueItem(const Registry& registry, const BlockContext& block, const DueItem& item, uint32_t position,
                          WorkBudget& budget, state::StateTransaction& block_layer, bool* finished) {
  static const v1::Operation* const kNoOperation = new v1::Operation();
  const OperationContext context{&block, item.cause, position | kDueIndexBit, "", {}, kNoOperation, nullptr};
  const Hash salt_id = crypto::DomainHash(crypto::kDueWorkTag, item.cause, block.height.value(), position);
  const Contract* contract = FindByNumber(registry, item.contract);
  const uint64_t budget_before = budget.left();

  PipelineResult result;
  Running running{contract == nullptr ? "ledger" : contract->name(), {}};
  std::vector<Fault> broken;
  bool done = false;
  state::StateTransaction layer(Under(block_layer));
  std::vector<Fault> faults = Guard(running, [&] {
    CAUSEWAY_CHECK(contract != nullptr, "due work of an unknown contract ", item.contract);
    Effects effects(context, salt_id);
    done = contract->RunDue(context, item, layer, effects, budget);
    v1::OperationResult told = ResultOf(0, v1::OPERATION_STATUS_APPLIED);
    for (const v1::Event& event : effects.events()) *told.add_events() = event;
    for (const RestrictedRecord& record : effects.restricted())
      told.add_restricted_hashes(record.salted_hash.ToString());
    result.restricted = effects.restricted();
    result.results.push_back(std::move(told));
    result.operations_root = OperationsRoot(result.results);
    if (done) CancelDue(layer, item.due, item.contract, item.id);
    broken = CheckInvariants(registry, layer, running);
  });
  faults.insert(faults.end(), broken.begin(), broken.end());
  result.work = budget_before - budget.left();
  *finished = done || !faults.empty();
  if (faults.empty()) {
    layer.MergeInto(block_layer);
    return result;
  }
  // Tried again, it would break every block from now on; dropped, whatever waits for it would wait for ever. What is
  // paused can be put right meanwhile.
  CancelDue(block_layer, item.due, item.contract, item.id);
  if (contract != nullptr) {
    DueItem later = item;
    later.due = AddSaturating(block.time, Duration::Hours(kFaultyDueWaitHours));
    // Another of the same name may have failed in this block, and waits for the same hour.
    if (!IsScheduled(block_layer, later.due, later.contract, later.id)) ScheduleDue(block_layer, later);
  }
  result.restricted.clear();
  result.results = {
      ResultOf(0, v1::OPERATION_STATUS_REFUSED, OneReason(v1::LEDGER_REASON_INVARIANT, {faults.front().contract}))};
  result.operations_root = OperationsRoot(result.results);
  result.violations = Pause(registry, block, item.cause, faults, block_layer);
  return result;
}

}  // namespace causeway::execution
