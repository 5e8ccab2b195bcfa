// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/cases.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"

namespace causeway::policy {
namespace {

constexpr uint32_t kContract = v1::Operation::kPolicy;
constexpr int kRecommendationsMax = 16;

// --- Counting ---

std::tuple<InstrumentId, std::string, std::string> CountKeyOf(const v1::CaseRule& rule, const std::string& party) {
  return {*instruments::ParseId(rule.instrument()), rule.operation(), party};
}

void CountCase(StateTransaction& state, const v1::CaseRule& rule, const std::string& party, bool more) {
  const auto key = CountKeyOf(rule, party);
  v1::CaseCount count = state.Get(kCaseCounts, key).value_or(v1::CaseCount());
  CAUSEWAY_CHECK(more || count.open() > 0, "a case that was not counted");
  count.set_open(more ? count.open() + 1 : count.open() - 1);
  if (count.open() == 0) {
    state.Erase(kCaseCounts, key);
  } else {
    state.Put(kCaseCounts, key, count);
  }
}

uint64_t OpenCases(const StateView& view, const BindingKey& key, const std::string& party) {
  const auto count = view.Get(kCaseCounts, std::tuple(std::get<0>(key), std::get<1>(key), party));
  return count ? count->open() : 0;
}

// --- Parties that decide ---

std::set<std::string> OwnersOf(const v1::Case& record) {
  std::set<std::string> owners;
  for (const v1::CaseRule& rule : record.rules()) owners.insert(rule.owner());
  return owners;
}

// For whom an operation of the submitter acts: itself, where it decides; else the first that has not released yet.
std::string ActingOwner(const v1::Case& record, const std::string& submitter) {
  const std::set<std::string> owners = OwnersOf(record);
  if (owners.contains(submitter)) return submitter;
  for (const std::string& owner : owners) {
    if (!Contains(record.released_by(), owner)) return owner;
  }
  return *owners.begin();
}

std::optional<v1::Case> CaseOf(const StateView& view, const std::string& bytes) {
  const std::optional<CaseId> id = CaseId::FromBytes(bytes);
  return id ? FindCase(view, *id) : std::nullopt;
}

void DemandCase(const OperationContext& context, const StateView& view, const std::string& id, uint32_t officers,
                Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  demands.minimum_officers = officers;
  if (const std::optional<v1::Case> record = CaseOf(view, id)) demands.acting_for = ActingOwner(*record, context.party);
}

// The case, where it is open; else CASE_UNKNOWN. A case whose time is over is none, whether or not due work has come to
// it.
std::optional<v1::Case> AskCase(const OperationContext& context, const StateView& view, const std::string& bytes,
                                Reasons& reasons) {
  std::optional<v1::Case> record = CaseOf(view, bytes);
  if (record && context.now().micros() < record->expires_us()) return record;
  reasons.Add(v1::POLICY_REASON_CASE_UNKNOWN, {BytesToHex(bytes)});
  return std::nullopt;
}

std::vector<KeyId> KeysIn(const google::protobuf::RepeatedPtrField<std::string>& list) {
  std::vector<KeyId> keys;
  for (const std::string& key : list) keys.push_back(*KeyId::FromBytes(key));
  return keys;
}

v1::Operation OperationOf(const v1::HeldOperation& held) {
  absl::StatusOr<v1::Operation> operation = codec::ParseTrusted<v1::Operation>(held.operation());
  if (!operation.ok()) throw state::HostFailure(operation.status());
  return *std::move(operation);
}

// Whoever signed or approved what is held, before it was held or since: an approval that lives counts at the release.
google::protobuf::RepeatedPtrField<v1::OfficerRef> InitiatorsOf(const OperationContext& context, const StateView& view,
                                                                const v1::Case& record) {
  auto initiators = record.initiators();
  const std::vector<KeyId> signers = KeysIn(record.signers());
  for (const v1::HeldOperation& held : record.group()) {
    const v1::Operation operation = OperationOf(held);
    const OperationContext as_held{
        context.block, *Hash::FromBytes(record.transaction_id()), held.index(), record.party(), signers, &operation,
        nullptr};
    for (v1::OfficerRef& officer : OfficersBehind(as_held, view)) {
      if (!Contains(initiators, officer)) *initiators.Add() = std::move(officer);
    }
  }
  return initiators;
}

// Nobody who initiated what is held works on its case. Asked of those who count: officers of the deciding party and of
// its delegates; an approval that a stranger gives unasked stops nothing.
void AskNotInitiators(const OperationContext& context, const char* kind, const StateView& view, const v1::Case& record,
                      Reasons& reasons) {
  const std::string owner = ActingOwner(record, context.party);
  const auto initiators = InitiatorsOf(context, view, record);
  for (const v1::OfficerRef& officer : OfficersBehind(context, view)) {
    const bool counts =
        officer.party() == owner || parties::IsDelegated(view, owner, officer.party(), kind, {}, context.now());
    if (counts && Contains(initiators, officer))
      reasons.Add(v1::POLICY_REASON_DECIDER_INITIATED, {BytesToHex(officer.officer_id())});
  }
}

// --- Assets ---

// The n-th hold of a case.
HoldId HoldOf(const CaseId& id, uint32_t n) {
  const Hash hash = crypto::DomainHash(crypto::kCaseHoldTag, id, n);
  return *HoldId::FromBytes(hash.bytes().substr(0, HoldId::size()));
}

// Locks what the group's payers have available of what they would pay. What comes from an earlier operation of the
// group is not there yet, and cannot be locked.
void LockAssets(const OperationContext& context, const JudgedGroup& group, const CaseId& id, v1::Case& record,
                StateTransaction& state, Effects& effects) {
  std::map<std::pair<AccountId, InstrumentId>, Amount> asked;
  for (const execution::JudgedOperation& operation : group) {
    for (const execution::Movement& movement : operation.demands->movements) {
      Amount& sum = asked.try_emplace({movement.from, movement.instrument}, Amount::Zero()).first->second;
      sum = Add(sum, movement.amount).value_or(Amount::Max());
    }
  }
  uint32_t n = 0;
  for (const auto& [holding, sum] : asked) {
    const auto& [account, instrument] = holding;
    const Amount available = transfers::ReadAvailable(state, account, instrument, context.now());
    // A client can know the id beforehand and use it for a hold of its own; then the next one is taken.
    while (transfers::FindHold(state, HoldOf(id, n), context.now())) ++n;
    transfers::HoldTerms terms{HoldOf(id, n), account, instrument, std::min(sum, available)};
    terms.controller = v1::HOLD_CONTROLLER_POLICY;
    terms.reference = absl::StrCat("case ", id.ToHex());
    Reasons reasons;
    transfers::CheckPlaceHold(state, terms, context.now(), reasons);
    if (!reasons.empty()) continue;
    transfers::PlaceHold(context, state, effects, terms);
    record.add_holds(terms.id.ToString());
    ++n;
  }
}

void UnlockAssets(const OperationContext& context, const v1::Case& record, StateTransaction& state, Effects& effects) {
  for (const std::string& bytes : record.holds()) {
    transfers::ReleaseHold(context, state, effects, *HoldId::FromBytes(bytes));
  }
}

// The assets stay where they are, restricted without an end: their register's keeper alone lifts that.
void RestrictAssets(const OperationContext& context, const CaseId& id, const v1::Case& record, StateTransaction& state,
                    Effects& effects) {
  for (const std::string& bytes : record.holds()) {
    const HoldId hold_id = *HoldId::FromBytes(bytes);
    const std::optional<v1::Hold> hold = transfers::FindHold(state, hold_id, context.now());
    CAUSEWAY_CHECK(hold.has_value(), "a case without its hold");
    const InstrumentId instrument = *instruments::ParseId(hold->instrument());
    Reasons none;
    const std::optional<Amount> amount = transfers::ParseAmount(state, instrument, hold->amount(), none);
    CAUSEWAY_CHECK(amount.has_value());
    transfers::ReleaseHold(context, state, effects, hold_id);
    transfers::HoldTerms terms{hold_id, *AccountId::FromBytes(hold->account()), instrument, *amount,
                               v1::HOLD_KIND_RESTRICTED};
    terms.controller_party = *instruments::KeeperOf(state, instrument);
    terms.restriction = v1::FREEZE_REASON_COMPLIANCE;
    terms.reference = absl::StrCat("case ", id.ToHex());
    transfers::PlaceHold(context, state, effects, terms);
  }
}

// --- The end ---

// Takes the case out of the state, with its indexes, counts and due work.
void EraseCase(StateTransaction& state, const CaseId& id, const v1::Case& record) {
  state.Erase(kCases, id);
  state.Erase(kCasesByParty, std::tuple(record.party(), id));
  for (const std::string& owner : OwnersOf(record)) state.Erase(kCasesByOwner, std::tuple(owner, id));
  for (const v1::CaseRule& rule : record.rules()) {
    CountCase(state, rule, "", false);
    CountCase(state, rule, record.party(), false);
  }
  execution::CancelDue(state, Instant::FromMicros(record.expires_us()), kContract, id.bytes());
}

void CloseCase(StateTransaction& state, Effects& effects, const CaseId& id, const v1::Case& record,
               v1::CaseOutcome outcome, const std::string& rationale_hash) {
  EraseCase(state, id, record);
  for (const v1::CaseRule& rule : record.rules()) {
    if (outcome == v1::CASE_OUTCOME_EXPIRED) break;
    v1::ModelCounts counts = state.Get(kModelCounts, KeyOf(rule.model())).value_or(v1::ModelCounts());
    if (outcome == v1::CASE_OUTCOME_RELEASED) {
      counts.set_released(counts.released() + 1);
    } else {
      counts.set_upheld(counts.upheld() + 1);
    }
    state.Put(kModelCounts, KeyOf(rule.model()), counts);
  }
  v1::PolicyEvent event;
  v1::CaseClosed& told = *event.mutable_case_closed();
  told.set_case_id(id.ToString());
  told.set_transaction_id(record.transaction_id());
  told.set_outcome(outcome);
  told.set_rationale_hash(rationale_hash);
  Emit(effects, std::move(event));
}

void EmitHandled(Effects& effects, const std::string& case_id) {
  v1::PolicyEvent event;
  event.mutable_case_handled()->set_case_id(case_id);
  Emit(effects, std::move(event));
}

// Runs what is held, as it was received. Where the rules of now refuse it, the case is as it was, and that is told.
void Release(const OperationContext& context, const v1::DecideCase& request, const CaseId& id, const v1::Case& record,
             StateTransaction& state, Effects& effects) {
  CAUSEWAY_CHECK(context.released_groups != nullptr, "a release outside the pipeline");
  std::vector<execution::ReleasedGroupRunner::StoredOperation> group;
  for (const v1::HeldOperation& held : record.group()) {
    group.push_back({OperationOf(held), held.index(), KeysIn(held.approving_keys())});
  }
  const std::vector<KeyId> signers = KeysIn(record.signers());

  StateTransaction layer(static_cast<const StateView&>(state));
  Effects released = effects;
  UnlockAssets(context, record, layer, released);
  const std::vector<v1::OperationResult> results =
      context.released_groups->RunReleased(record.party(), signers, *Hash::FromBytes(record.transaction_id()),
                                           Instant::FromMicros(record.held_since_us()), group, layer, released);
  std::set<uint32_t> codes;
  for (const v1::OperationResult& result : results) {
    for (const v1::Reason& reason : result.reasons()) codes.insert(reason.code());
  }
  if (codes.empty()) {
    CloseCase(layer, released, id, record, v1::CASE_OUTCOME_RELEASED, request.rationale_hash());
    layer.MergeInto(state);
    effects = released;
    return;
  }
  v1::PolicyEvent event;
  event.mutable_case_release_refused()->set_case_id(request.case_id());
  for (const uint32_t code : codes) event.mutable_case_release_refused()->add_codes(code);
  Emit(effects, std::move(event));
}

}  // namespace

// --- For the gate ---

bool HasRoom(const StateView& view, const HoldingRule& rule, const std::string& party) {
  const v1::Bind& terms = rule.binding.terms();
  return OpenCases(view, rule.key, "") < terms.cases_max() &&
         OpenCases(view, rule.key, party) < terms.cases_per_party_max();
}

void OpenCase(const JudgedGroup& group, const std::vector<HoldingRule>& rules, StateTransaction& state,
              Effects& effects) {
  const OperationContext& context = *group.front().context;
  const CaseId id = CaseIdOf(context.transaction_id, context.index);
  CAUSEWAY_CHECK(!state.Has(kCases, id), "a group that is held twice");
  v1::Case record;
  record.set_transaction_id(context.transaction_id.ToString());
  record.set_party(context.party);
  for (const KeyId& key : context.signers) record.add_signers(key.ToString());
  Duration validity = Duration::Micros(rules.front().binding.terms().case_validity_us());
  for (const HoldingRule& rule : rules) {
    validity = std::min(validity, Duration::Micros(rule.binding.terms().case_validity_us()));
    v1::CaseRule& added = *record.add_rules();
    added.set_instrument(std::get<0>(rule.key).ToString());
    added.set_operation(std::get<1>(rule.key));
    added.set_owner(*RuleOwnerOf(state, std::get<0>(rule.key)));
    *added.mutable_model() = rule.binding.terms().model();
  }
  for (const execution::JudgedOperation& operation : group) {
    v1::HeldOperation& held = *record.add_group();
    held.set_index(operation.context->index);
    held.set_operation(codec::SerializeCanonical(*operation.context->operation));
    for (const KeyId& key : ApprovingKeys(*operation.context, state)) held.add_approving_keys(key.ToString());
    for (const v1::OfficerRef& officer : OfficersBehind(*operation.context, state)) {
      if (!Contains(record.initiators(), officer)) *record.add_initiators() = officer;
    }
  }
  const Instant expires = AddSaturating(context.now(), validity);
  record.set_held_since_us(context.now().micros());
  record.set_expires_us(expires.micros());

  v1::PolicyEvent event;
  event.mutable_case_opened()->set_case_id(id.ToString());
  event.mutable_case_opened()->set_expires_us(expires.micros());
  Emit(effects, std::move(event));
  LockAssets(context, group, id, record, state, effects);

  state.Put(kCases, id, record);
  state.Put(kCasesByParty, std::tuple(record.party(), id), v1::IndexEntry());
  for (const std::string& owner : OwnersOf(record)) state.Put(kCasesByOwner, std::tuple(owner, id), v1::IndexEntry());
  for (const v1::CaseRule& rule : record.rules()) {
    CountCase(state, rule, "", true);
    CountCase(state, rule, record.party(), true);
  }
  v1::PolicyDueWork due;
  due.set_case_id(id.ToString());
  execution::ScheduleDue(state,
                         {expires, id.ToString(), kContract, context.transaction_id, codec::SerializeCanonical(due)});
}

void ExpireCase(const OperationContext& context, const CaseId& id, StateTransaction& state, Effects& effects) {
  const std::optional<v1::Case> record = FindCase(state, id);
  CAUSEWAY_CHECK(record.has_value(), "a case that is due and was closed");
  UnlockAssets(context, *record, state, effects);
  CloseCase(state, effects, id, *record, v1::CASE_OUTCOME_EXPIRED, "");
}

void CheckCases(const StateTransaction& after, std::vector<execution::Violation>& violations) {
  std::map<std::pair<std::string, std::string>, int64_t> opened;
  const auto count = [&](const v1::Case& record, int64_t by) {
    for (const v1::CaseRule& rule : record.rules()) opened[{rule.instrument(), rule.operation()}] += by;
  };
  for (const auto& [changed, value] : after.changes()) {
    if (changed.table == kModelTrees.id) {
      const std::optional<std::string> before = after.parent().GetRaw(changed.table, changed.key);
      if (before && before != value) violations.push_back({"a model's trees have changed", std::nullopt});
    }
    if (changed.table != kCases.id) continue;
    const std::optional<std::string> before = after.parent().GetRaw(changed.table, changed.key);
    if (before) count(*state::DecodeRecord<v1::Case>(*before), -1);
    if (!value) continue;
    const v1::Case record = *state::DecodeRecord<v1::Case>(*value);
    count(record, 1);
    for (const std::string& bytes : record.holds()) {
      const std::optional<v1::Hold> hold = after.Get(transfers::kHolds, *HoldId::FromBytes(bytes));
      if (!hold || hold->controller() != v1::HOLD_CONTROLLER_POLICY)
        violations.push_back({absl::StrCat("a case has no hold ", BytesToHex(bytes)), std::nullopt});
    }
  }
  for (const auto& [rule, by] : opened) {
    const BindingKey key{*instruments::ParseId(rule.first), rule.second};
    const auto now = static_cast<int64_t>(OpenCases(after, key, ""));
    const auto before = static_cast<int64_t>(OpenCases(after.parent(), key, ""));
    if (now - before != by) {
      violations.push_back(
          {absl::StrCat("cases of ", rule.first, " changed by ", by, ", their count by ", now - before), std::nullopt});
    }
  }
}

// --- Assigning ---

void Demand(const OperationContext& context, const v1::AssignCase& request, const StateView& view, Demands& demands) {
  DemandCase(context, view, request.case_id(), 1, demands);
}

void Check(const OperationContext& context, const v1::AssignCase& request, const StateView& view, Reasons& reasons) {
  const std::optional<v1::Case> record = AskCase(context, view, request.case_id(), reasons);
  if (!record) return;
  AskNotInitiators(context, "policy.assign_case", view, *record, reasons);
  const std::optional<OfficerId> id = OfficerId::FromBytes(request.officer());
  v1::OfficerRef assigned;
  assigned.set_party(ActingOwner(*record, context.party));
  assigned.set_officer_id(request.officer());
  const std::optional<v1::Officer> officer =
      id ? view.Get(parties::kOfficers, std::tuple(assigned.party(), *id)) : std::nullopt;
  const bool complies = officer && std::find(officer->roles().begin(), officer->roles().end(),
                                             v1::OFFICER_ROLE_COMPLY) != officer->roles().end();
  if (!complies) reasons.Add(v1::POLICY_REASON_OFFICER_INVALID, {BytesToHex(request.officer())});
  if (Contains(InitiatorsOf(context, view, *record), assigned))
    reasons.Add(v1::POLICY_REASON_DECIDER_INITIATED, {BytesToHex(request.officer())});
}

void Apply(const OperationContext& context, const v1::AssignCase& request, StateTransaction& state, Effects& effects) {
  v1::Case record = *CaseOf(state, request.case_id());
  record.mutable_assigned_to()->set_party(ActingOwner(record, context.party));
  record.mutable_assigned_to()->set_officer_id(request.officer());
  state.Put(kCases, *CaseId::FromBytes(request.case_id()), record);
  EmitHandled(effects, request.case_id());
}

// --- Recommending ---

void Demand(const OperationContext& context, const v1::RecommendCase& request, const StateView& view,
            Demands& demands) {
  DemandCase(context, view, request.case_id(), 1, demands);
}

void Check(const OperationContext& context, const v1::RecommendCase& request, const StateView& view, Reasons& reasons) {
  if (request.decision() == v1::CASE_DECISION_UNSPECIFIED) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"decision"});
  AskPresent(request.rationale_hash(), "rationale_hash", reasons);
  const std::optional<v1::Case> record = AskCase(context, view, request.case_id(), reasons);
  if (!record) return;
  AskNotInitiators(context, "policy.recommend_case", view, *record, reasons);
  int others = 0;
  const std::vector<v1::OfficerRef> officers = OfficersBehind(context, view);
  for (const v1::CaseRecommendation& one : record->recommendations()) {
    const bool renewed = std::any_of(officers.begin(), officers.end(), [&](const v1::OfficerRef& officer) {
      return officer.party() == one.officer().party() && officer.officer_id() == one.officer().officer_id();
    });
    others += renewed ? 0 : 1;
  }
  if (others + static_cast<int>(officers.size()) > kRecommendationsMax) {
    reasons.Add(v1::POLICY_REASON_RECOMMENDATIONS_FULL,
                {BytesToHex(request.case_id()), absl::StrCat(kRecommendationsMax)});
  }
}

void Apply(const OperationContext& context, const v1::RecommendCase& request, StateTransaction& state,
           Effects& effects) {
  v1::Case record = *CaseOf(state, request.case_id());
  for (const v1::OfficerRef& officer : OfficersBehind(context, state)) {
    v1::CaseRecommendation* mine = nullptr;
    for (v1::CaseRecommendation& one : *record.mutable_recommendations()) {
      const bool same = one.officer().party() == officer.party() && one.officer().officer_id() == officer.officer_id();
      if (same) mine = &one;
    }
    if (mine == nullptr) mine = record.add_recommendations();
    *mine->mutable_officer() = officer;
    mine->set_decision(request.decision());
    mine->set_rationale_hash(request.rationale_hash());
  }
  state.Put(kCases, *CaseId::FromBytes(request.case_id()), record);
  EmitHandled(effects, request.case_id());
}

// --- Deciding ---

void Demand(const OperationContext& context, const v1::DecideCase& request, const StateView& view, Demands& demands) {
  DemandCase(context, view, request.case_id(), 2, demands);
}

void Check(const OperationContext& context, const v1::DecideCase& request, const StateView& view, Reasons& reasons) {
  if (request.decision() == v1::CASE_DECISION_UNSPECIFIED) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {"decision"});
  AskPresent(request.rationale_hash(), "rationale_hash", reasons);
  // Runs nothing inside what it runs, and is not decided by whoever decides that.
  if (context.held_since) reasons.Add(v1::POLICY_REASON_DECISION_WAS_HELD);
  const std::optional<v1::Case> record = AskCase(context, view, request.case_id(), reasons);
  if (!record) return;
  AskNotInitiators(context, "policy.decide_case", view, *record, reasons);
  const std::string owner = ActingOwner(*record, context.party);
  if (request.decision() == v1::CASE_DECISION_RELEASE && Contains(record->released_by(), owner))
    reasons.Add(v1::POLICY_REASON_ALREADY_AGREED, {owner});
}

void Apply(const OperationContext& context, const v1::DecideCase& request, StateTransaction& state, Effects& effects) {
  const CaseId id = *CaseId::FromBytes(request.case_id());
  v1::Case record = *FindCase(state, id);
  switch (request.decision()) {
    case v1::CASE_DECISION_RELEASE: {
      const auto owners = static_cast<int>(OwnersOf(record).size());
      if (record.released_by_size() + 1 == owners) return Release(context, request, id, record, state, effects);
      record.add_released_by(ActingOwner(record, context.party));
      state.Put(kCases, id, record);
      return EmitHandled(effects, request.case_id());
    }
    case v1::CASE_DECISION_REFUSE:
      UnlockAssets(context, record, state, effects);
      return CloseCase(state, effects, id, record, v1::CASE_OUTCOME_REFUSED, request.rationale_hash());
    case v1::CASE_DECISION_FREEZE:
      RestrictAssets(context, id, record, state, effects);
      return CloseCase(state, effects, id, record, v1::CASE_OUTCOME_FROZEN, request.rationale_hash());
    default:
      CAUSEWAY_CHECK(false, "a decision that Check lets pass");
  }
}

}  // namespace causeway::policy
