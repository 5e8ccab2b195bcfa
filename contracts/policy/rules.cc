// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "ledger/base/check.h"
#include "ledger/crypto/domain.h"

namespace causeway::policy {

std::optional<v1::ModelRecord> FindModel(const state::StateView& view, const v1::ModelRef& model) {
  return view.Get(kModels, KeyOf(model));
}

std::optional<v1::Binding> FindBinding(const state::StateView& view, const InstrumentId& instrument,
                                       const std::string& operation) {
  return view.Get(kBindings, BindingKey{instrument, operation});
}

std::optional<v1::Case> FindCase(const state::StateView& view, const CaseId& id) {
  return view.Get(kCases, id);
}

std::optional<std::string> RuleOwnerOf(const state::StateView& view, const InstrumentId& instrument) {
  if (const std::optional<v1::CashToken> token = instruments::FindCashToken(view, instrument)) {
    return instruments::KeeperOf(view, instrument);
  }
  const std::optional<InstrumentId> fund = instruments::FundOf(view, instrument);
  if (!fund) return std::nullopt;
  const std::optional<v1::Fund> record = instruments::FindFund(view, *fund);
  CAUSEWAY_CHECK(record.has_value(), "a share class without a fund");
  return record->fmco();
}

CaseId CaseIdOf(const Hash& transaction_id, uint32_t index) {
  const Hash hash = crypto::DomainHash(crypto::kCaseTag, transaction_id, index);
  return *CaseId::FromBytes(hash.bytes().substr(0, CaseId::size()));
}

std::string TextOf(const v1::ModelRef& model) {
  return absl::StrCat(model.name(), "/", model.version());
}

ModelKey KeyOf(const v1::ModelRef& model) {
  return {model.name(), model.version()};
}

std::optional<v1::ModelRecord> AskModel(const StateView& view, const v1::ModelRef& model, Reasons& reasons) {
  std::optional<v1::ModelRecord> record = FindModel(view, model);
  if (!record) reasons.Add(v1::POLICY_REASON_MODEL_UNKNOWN, {TextOf(model)});
  return record;
}

void AskText(const std::string& text, const char* field, Reasons& reasons) {
  if (text.empty() || text.size() > kTextBytesMax) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {field});
}

void AskPresent(const std::string& bytes, const char* field, Reasons& reasons) {
  if (bytes.empty()) reasons.Add(v1::POLICY_REASON_FIELD_INVALID, {field});
}

void AskValid(const v1::ModelRef& model, const v1::ModelRecord& record, Instant now, Reasons& reasons) {
  const Instant until = Instant::FromMicros(record.valid_until_us());
  if (until <= now) reasons.Add(v1::POLICY_REASON_MODEL_EXPIRED, {TextOf(model), FormatInstant(until)});
}

std::vector<v1::OfficerRef> OfficersBehind(const OperationContext& context, const StateView& view) {
  std::set<std::pair<std::string, std::string>> found;
  for (const KeyId& key : context.signers) {
    const std::optional<parties::KeyHolder> holder = parties::HolderOf(view, key);
    if (holder && holder->officer) found.emplace(holder->party, holder->officer->ToString());
  }
  view.ForEach(parties::kApprovals, std::tuple(parties::OperationHash(*context.operation)),
               [&](const auto& key, const v1::Approval& approval) {
                 if (context.now() < Instant::FromMicros(approval.valid_until_us()))
                   found.emplace(std::get<1>(key), std::get<2>(key).ToString());
                 return true;
               });
  std::vector<v1::OfficerRef> officers;
  for (const auto& [party, officer] : found) {
    v1::OfficerRef ref;
    ref.set_party(party);
    ref.set_officer_id(officer);
    officers.push_back(std::move(ref));
  }
  return officers;
}

std::set<KeyId> ApprovingKeys(const OperationContext& context, const StateView& view) {
  std::set<KeyId> keys;
  view.ForEach(parties::kApprovals, std::tuple(parties::OperationHash(*context.operation)),
               [&](const auto&, const v1::Approval& approval) {
                 if (context.now() < Instant::FromMicros(approval.valid_until_us()))
                   keys.insert(*KeyId::FromBytes(approval.key_id()));
                 return true;
               });
  return keys;
}

bool Contains(const google::protobuf::RepeatedPtrField<v1::OfficerRef>& list, const v1::OfficerRef& officer) {
  return std::any_of(list.begin(), list.end(), [&](const v1::OfficerRef& one) {
    return one.party() == officer.party() && one.officer_id() == officer.officer_id();
  });
}

bool Contains(const google::protobuf::RepeatedPtrField<std::string>& list, absl::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

void Emit(Effects& effects, v1::PolicyEvent event) {
  v1::Event told;
  *told.mutable_policy() = std::move(event);
  effects.Emit(std::move(told));
}

}  // namespace causeway::policy
