// SPDX-License-Identifier: Apache-2.0
//
// What stands still, and the shared rule that holds operations to it.

#include "absl/strings/str_cat.h"

#include "contracts/governance/rules.h"
#include "contracts/instruments/instruments.h"

namespace causeway::governance {
namespace {

// "dealing" of "dealing.subscribe".
std::string ContractOf(const std::string& kind) {
  return kind.substr(0, kind.find('.'));
}

bool IsContract(const std::string& name) {
  const google::protobuf::FieldDescriptor* field = v1::Operation::descriptor()->FindFieldByName(name);
  return field != nullptr && field->containing_oneof() != nullptr;
}

bool IsInstrument(const std::string& text, const state::StateView& view) {
  const std::optional<InstrumentId> id = instruments::ParseId(text);
  return id && (instruments::KindOf(view, *id) || instruments::FindFund(view, *id));
}

void PutPause(const Subject& subject, const std::string& by, const std::string& explanation, Height height,
              state::StateTransaction& state) {
  v1::PauseRecord record;
  record.set_operator_(by);
  record.set_explanation(explanation);
  record.set_height(height.value());
  state.Put(kPauses, subject.key(), record);
}

// A record's text is short and of the canonical profile whatever the violation said.
std::string ExplanationOf(const execution::Violation& violation) {
  std::string text;
  for (const char c : violation.what) {
    if (text.size() == kMostExplanationBytes) break;
    text.push_back(c >= 0x20 && c <= 0x7e ? c : '?');
  }
  return text.empty() ? "an invariant does not hold" : text;
}

class GovernancePauses final : public execution::PauseRules {
 public:
  void CheckPauses(const execution::OperationContext& context, const execution::Demands& demands,
                   const state::StateView& view, Reasons& reasons) const override {
    const std::string contract = ContractOf(demands.kind);
    // What lifts a pause must work under it.
    if (context.is_genesis() || demands.urgent || contract == "governance") return;
    if (FindPause(view, PauseKind::kLedger, "")) reasons.Add(v1::GOVERNANCE_REASON_LEDGER_PAUSED);
    if (FindPause(view, PauseKind::kContract, contract)) {
      reasons.Add(v1::GOVERNANCE_REASON_CONTRACT_PAUSED, {contract});
    }
    for (const InstrumentId& instrument : demands.instruments) {
      if (!FindPause(view, PauseKind::kInstrument, instrument.text())) continue;
      reasons.Add(v1::GOVERNANCE_REASON_INSTRUMENT_PAUSED, {instrument.ToString()});
    }
  }

  void PauseAfterViolation(const execution::BlockContext& block, const execution::Violation& violation,
                           absl::string_view contract, state::StateTransaction& state) const override {
    const Subject subject = violation.instrument ? Subject{PauseKind::kInstrument, violation.instrument->ToString()}
                                                 : Subject{PauseKind::kContract, std::string(contract)};
    if (!state.Has(kPauses, subject.key())) PutPause(subject, "", ExplanationOf(violation), block.height, state);
  }
};

}  // namespace

std::string Subject::ToString() const {
  switch (kind) {
    case PauseKind::kLedger:
      return "ledger";
    case PauseKind::kContract:
      return absl::StrCat("contract ", name);
    case PauseKind::kInstrument:
      return absl::StrCat("instrument ", name);
  }
  return name;
}

std::optional<Subject> CheckSubject(const v1::PauseSubject& subject, const state::StateView& view, Reasons& reasons) {
  switch (subject.kind_case()) {
    case v1::PauseSubject::kLedger:
      return Subject{PauseKind::kLedger, ""};
    case v1::PauseSubject::kContract:
      // The contract that lifts pauses is never paused.
      if (!IsContract(subject.contract()) || subject.contract() == "governance") break;
      return Subject{PauseKind::kContract, subject.contract()};
    case v1::PauseSubject::kInstrument:
      if (!IsInstrument(subject.instrument(), view)) break;
      return Subject{PauseKind::kInstrument, subject.instrument()};
    case v1::PauseSubject::KIND_NOT_SET:
      break;
  }
  reasons.Add(v1::GOVERNANCE_REASON_SUBJECT_INVALID, {absl::StrCat(subject.contract(), subject.instrument())});
  return std::nullopt;
}

v1::PauseSubject ToMessage(const Subject& subject) {
  v1::PauseSubject message;
  switch (subject.kind) {
    case PauseKind::kLedger:
      message.mutable_ledger();
      break;
    case PauseKind::kContract:
      message.set_contract(subject.name);
      break;
    case PauseKind::kInstrument:
      message.set_instrument(subject.name);
      break;
  }
  return message;
}

void CheckPause(const v1::Pause& request, const state::StateView& view, Reasons& reasons) {
  if (request.explanation().empty() || request.explanation().size() > kMostExplanationBytes) {
    reasons.Add(v1::GOVERNANCE_REASON_EXPLANATION_INVALID,
                {absl::StrCat(request.explanation().size()), absl::StrCat(kMostExplanationBytes)});
  }
  const std::optional<Subject> subject = CheckSubject(request.subject(), view, reasons);
  if (subject && view.Has(kPauses, subject->key())) {
    reasons.Add(v1::GOVERNANCE_REASON_ALREADY_PAUSED, {subject->ToString()});
  }
}

void ApplyPause(const execution::OperationContext& context, const v1::Pause& request, state::StateTransaction& state,
                execution::Effects& effects) {
  Reasons none;
  const std::optional<Subject> subject = CheckSubject(request.subject(), state, none);
  CAUSEWAY_CHECK(subject.has_value());
  PutPause(*subject, context.party, request.explanation(), context.block->height, state);
  v1::GovernanceEvent event;
  *event.mutable_paused()->mutable_subject() = ToMessage(*subject);
  event.mutable_paused()->set_operator_(context.party);
  Emit(std::move(event), effects);
}

void CheckLiftPause(const v1::LiftPause& change, const state::StateView& view, Reasons& reasons) {
  const std::optional<Subject> subject = CheckSubject(change.subject(), view, reasons);
  if (subject && !view.Has(kPauses, subject->key())) {
    reasons.Add(v1::GOVERNANCE_REASON_NOT_PAUSED, {subject->ToString()});
  }
}

void ApplyLiftPause(const v1::LiftPause& change, state::StateTransaction& state, execution::Effects& effects) {
  Reasons none;
  const std::optional<Subject> subject = CheckSubject(change.subject(), state, none);
  CAUSEWAY_CHECK(subject.has_value());
  state.Erase(kPauses, subject->key());
  v1::GovernanceEvent event;
  *event.mutable_unpaused()->mutable_subject() = ToMessage(*subject);
  Emit(std::move(event), effects);
}

std::unique_ptr<execution::PauseRules> MakePauseRules() {
  return std::make_unique<GovernancePauses>();
}

}  // namespace causeway::governance
