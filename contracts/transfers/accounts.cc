// SPDX-License-Identifier: Apache-2.0
// Opening accounts, and what keepers of registers attest of their holders.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "contracts/parties/parties.h"
#include "contracts/transfers/events.h"
#include "contracts/transfers/operations.h"
#include "contracts/transfers/rules.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::transfers {
namespace {

bool KeepsRegisters(const StateView& view, const std::string& lei) {
  return parties::HasRole(view, lei, v1::PARTY_ROLE_TRAG) || parties::HasRole(view, lei, v1::PARTY_ROLE_ISSUER);
}

void AskKeepsRegisters(const StateView& view, const std::string& lei, Reasons& reasons) {
  if (!KeepsRegisters(view, lei)) reasons.Add(v1::TRANSFERS_REASON_NOT_REGISTRAR, {lei});
}

// Whether a value is one that its attribute can have, for those that eligibility rules read.
bool IsValue(const std::string& name, const std::string& value) {
  if (name == "investor_class") {
    v1::InvestorClass parsed = v1::INVESTOR_CLASS_UNSPECIFIED;
    return v1::InvestorClass_Parse("INVESTOR_CLASS_" + value, &parsed) && parsed != v1::INVESTOR_CLASS_UNSPECIFIED;
  }
  if (name == "jurisdiction") return CountryCode::Parse(value).ok();
  return true;
}

bool IsSound(const v1::AttributeChange& change, Instant now) {
  if (change.name().empty() || change.name().size() > kAttributeLengthMax) return false;
  if (change.value().empty()) return change.expires_us() == 0;
  return change.value().size() <= kAttributeLengthMax && change.expires_us() > now.micros() &&
         IsValue(change.name(), change.value());
}

using AttributeMap = std::map<std::tuple<std::string, std::string>, v1::Attribute>;

// The account's attributes after the changes, by attester and name; those that have expired are dropped.
AttributeMap Changed(const v1::Account& account, const v1::SetAttributes& request, Instant now) {
  AttributeMap attributes;
  for (const v1::Attribute& attribute : account.attributes()) {
    if (attribute.expires_us() > now.micros()) attributes[{attribute.attester(), attribute.name()}] = attribute;
  }
  for (const v1::AttributeChange& change : request.changes()) {
    const std::tuple<std::string, std::string> key{request.attester(), change.name()};
    if (change.value().empty()) {
      attributes.erase(key);
      continue;
    }
    v1::Attribute& attribute = attributes[key];
    attribute.set_name(change.name());
    attribute.set_value(change.value());
    attribute.set_attester(request.attester());
    attribute.set_expires_us(change.expires_us());
  }
  return attributes;
}

}  // namespace

void Demand(const v1::OpenAccount& request, const StateView&, Demands& demands) {
  demands.acting_for = request.keeper().empty() ? request.owner() : request.keeper();
  demands.role = v1::OFFICER_ROLE_ADMINISTER;
}

void Check(const OperationContext&, const v1::OpenAccount& request, const StateView& view, Reasons& reasons) {
  const std::optional<AccountId> account = AskAccountId(request.account(), "account", reasons);
  if (account && view.Has(kAccounts, *account)) reasons.Add(v1::TRANSFERS_REASON_ACCOUNT_EXISTS, {account->ToHex()});
  if (request.kind() == v1::ACCOUNT_KIND_UNSPECIFIED) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {"kind"});
  parties::CheckActive(view, request.owner(), reasons);
  if (!request.keeper().empty()) AskKeepsRegisters(view, request.keeper(), reasons);
}

void Apply(const OperationContext& context, const v1::OpenAccount& request, StateTransaction& state, Effects& effects) {
  const AccountId id = *AccountId::FromBytes(request.account());
  v1::Account account;
  account.set_owner(request.owner());
  account.set_kind(request.kind());
  account.set_keeper(request.keeper());
  account.set_commitment(request.commitment());
  account.set_opened_us(context.now().micros());
  state.Put(kAccounts, id, account);
  state.Put(kAccountsByOwner, OwnerKey{request.owner(), id}, v1::IndexEntry());

  v1::TransfersEvent event;
  event.mutable_account_opened()->set_account(request.account());
  event.mutable_account_opened()->set_owner(request.owner());
  Emit(effects, std::move(event));
}

void Demand(const v1::SetAttributes& request, const StateView&, Demands& demands) {
  demands.acting_for = request.attester();
  demands.role = v1::OFFICER_ROLE_COMPLY;
  if (const std::optional<AccountId> account = AccountId::FromBytes(request.account())) demands.accounts = {*account};
}

void Check(const OperationContext& context, const v1::SetAttributes& request, const StateView& view, Reasons& reasons) {
  AskKeepsRegisters(view, request.attester(), reasons);
  if (request.changes().empty()) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {"changes"});
  for (int i = 0; i < request.changes_size(); ++i) {
    const v1::AttributeChange& change = request.changes(i);
    const bool ascends = i == 0 || request.changes(i - 1).name() < change.name();
    if (!ascends || !IsSound(change, context.now()))
      reasons.Add(v1::TRANSFERS_REASON_ATTRIBUTE_INVALID, {change.name()});
  }
  const std::optional<AccountId> account = AskAccountId(request.account(), "account", reasons);
  if (!account || !AskAccount(view, *account, reasons)) return;
  const AttributeMap attributes = Changed(*FindAccount(view, *account), request, context.now());
  const auto own = std::count_if(attributes.begin(), attributes.end(), [&](const auto& attribute) {
    return std::get<0>(attribute.first) == request.attester();
  });
  if (own > kAttributesMax && !request.changes().empty())
    reasons.Add(v1::TRANSFERS_REASON_ATTRIBUTE_INVALID, {request.changes(request.changes_size() - 1).name()});
}

void Apply(const OperationContext& context, const v1::SetAttributes& request, StateTransaction& state,
           Effects& effects) {
  const AccountId id = *AccountId::FromBytes(request.account());
  v1::Account account = *FindAccount(state, id);
  const AttributeMap attributes = Changed(account, request, context.now());
  account.clear_attributes();
  for (const auto& [key, attribute] : attributes) *account.add_attributes() = attribute;
  state.Put(kAccounts, id, account);

  v1::TransfersEvent event;
  event.mutable_attributes_set()->set_account(request.account());
  event.mutable_attributes_set()->set_attester(request.attester());
  Emit(effects, std::move(event));
}

}  // namespace causeway::transfers
