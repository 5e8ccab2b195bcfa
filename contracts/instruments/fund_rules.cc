// SPDX-License-Identifier: Apache-2.0
//
// What a fund and a cash token must state, and the checks that all instruments share.

#include "absl/strings/str_cat.h"

#include "contracts/instruments/rules.h"
#include "contracts/parties/parties.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::instruments {
namespace {

// ID_IN_USE where a table of another kind holds the id.
void CheckIdFree(const InstrumentId& id, bool is_fund, bool is_token, const state::StateView& view, Reasons& reasons) {
  if (!is_fund && view.Has(kFunds, id)) reasons.Add(v1::INSTRUMENTS_REASON_ID_IN_USE, {id.ToString(), "fund"});
  if (!is_token && view.Has(kCashTokens, id))
    reasons.Add(v1::INSTRUMENTS_REASON_ID_IN_USE, {id.ToString(), "cash token"});
  if (view.Has(kShareClasses, id)) reasons.Add(v1::INSTRUMENTS_REASON_ID_IN_USE, {id.ToString(), "share class"});
}

void CheckParty(const std::string& lei, v1::PartyRole role, const char* field, const state::StateView& view,
                Reasons& reasons) {
  if (parties::HasRole(view, lei, role)) return;
  reasons.Add(v1::INSTRUMENTS_REASON_PARTY_UNFIT, {field, lei, NameOf(role)});
}

void CheckUmbrella(const v1::Fund& fund, const state::StateView& view, Reasons& reasons) {
  if (fund.umbrella().empty()) return;
  const std::optional<InstrumentId> id = CheckId(fund.umbrella(), reasons);
  if (!id) return;
  const std::optional<v1::Fund> umbrella = FindFund(view, *id);
  if (!umbrella) {
    reasons.Add(v1::INSTRUMENTS_REASON_FUND_UNKNOWN, {fund.umbrella()});
  } else if (!umbrella->is_umbrella() || fund.is_umbrella()) {
    reasons.Add(v1::INSTRUMENTS_REASON_NOT_AN_UMBRELLA, {fund.umbrella()});
  } else if (umbrella->fmco() != fund.fmco()) {
    reasons.Add(v1::INSTRUMENTS_REASON_FIELD_INVALID, {"fmco", fund.fmco(), umbrella->fmco()});
  }
}

}  // namespace

void CheckName(const std::string& name, Reasons& reasons) {
  if (!name.empty() && name.size() <= kMostNameBytes) return;
  reasons.Add(v1::INSTRUMENTS_REASON_FIELD_INVALID,
              {"name", absl::StrCat(name.size(), " bytes"), absl::StrCat("1 to ", kMostNameBytes, " bytes")});
}

void CheckStated(int value, const char* field, Reasons& reasons) {
  if (value == 0) reasons.Add(v1::INSTRUMENTS_REASON_FIELD_MISSING, {field});
}

std::optional<CurrencyCode> CheckCurrency(const std::string& text, Reasons& reasons) {
  absl::StatusOr<CurrencyCode> currency = CurrencyCode::Parse(text);
  if (currency.ok()) return *currency;
  reasons.Add(v1::INSTRUMENTS_REASON_CURRENCY_INVALID, {text});
  return std::nullopt;
}

std::optional<Amount> CheckPositive(const std::string& text, int decimals, const std::string& field, Reasons& reasons) {
  if (text.empty()) return std::nullopt;
  const absl::StatusOr<Amount> amount = ParseDecimal(text, decimals);
  if (amount.ok() && amount->IsPositive()) return *amount;
  reasons.Add(v1::INSTRUMENTS_REASON_FIELD_INVALID,
              {field, text, absl::StrCat("above zero, with at most ", decimals, " decimals")});
  return std::nullopt;
}

std::optional<InstrumentId> CheckId(const std::string& text, Reasons& reasons) {
  absl::StatusOr<InstrumentId> id = InstrumentId::Parse(text);
  if (id.ok()) return *id;
  reasons.Add(v1::INSTRUMENTS_REASON_ID_INVALID, {text, std::string(id.status().message())});
  return std::nullopt;
}

InstrumentId CheckedId(const std::string& text) {
  const std::optional<InstrumentId> id = ParseId(text);
  CAUSEWAY_CHECK(id.has_value());
  return *id;
}

void CheckFixed(bool same, const char* field, const std::string& value, Reasons& reasons) {
  if (!same) reasons.Add(v1::INSTRUMENTS_REASON_FIELD_FIXED, {field, value});
}

void CheckSetFund(const v1::SetFund& request, const state::StateView& view, Reasons& reasons) {
  const v1::Fund& fund = request.fund();
  CheckName(fund.name(), reasons);
  CheckCurrency(fund.base_currency(), reasons);
  CheckStated(fund.status(), "status", reasons);
  CheckParty(fund.fmco(), v1::PARTY_ROLE_FMCO, "fmco", view, reasons);
  CheckParty(fund.administrator(), v1::PARTY_ROLE_ADMINISTRATOR, "administrator", view, reasons);
  CheckParty(fund.transfer_agent(), v1::PARTY_ROLE_TRAG, "transfer_agent", view, reasons);
  if (const absl::StatusOr<Lei> lei = Lei::Parse(fund.lei()); !fund.lei().empty() && !lei.ok()) {
    reasons.Add(v1::INSTRUMENTS_REASON_LEI_INVALID, {fund.lei(), std::string(lei.status().message())});
  }
  CheckUmbrella(fund, view, reasons);
  const std::optional<InstrumentId> id = CheckId(request.fund_id(), reasons);
  if (!id) return;
  CheckIdFree(*id, /*is_fund=*/true, /*is_token=*/false, view, reasons);
  const std::optional<v1::Fund> known = FindFund(view, *id);
  if (!known) return;
  CheckFixed(known->base_currency() == fund.base_currency(), "base_currency", known->base_currency(), reasons);
  CheckFixed(known->is_umbrella() == fund.is_umbrella(), "is_umbrella", known->is_umbrella() ? "true" : "false",
             reasons);
  CheckFixed(known->umbrella() == fund.umbrella(), "umbrella", known->umbrella(), reasons);
  // Who changes a fund is who it belongs to: a fund company cannot give it to another that has not agreed.
  CheckFixed(known->fmco() == fund.fmco(), "fmco", known->fmco(), reasons);
}

void CheckSetCashToken(const v1::SetCashToken& request, const state::StateView& view, Reasons& reasons) {
  const v1::CashToken& token = request.cash_token();
  CheckName(token.name(), reasons);
  CheckStated(token.status(), "status", reasons);
  CheckParty(token.issuer(), v1::PARTY_ROLE_ISSUER, "issuer", view, reasons);
  const std::optional<CurrencyCode> currency = CheckCurrency(token.currency(), reasons);
  const std::optional<InstrumentId> id = CheckId(request.instrument_id(), reasons);
  if (!id) return;
  const std::string& text = request.instrument_id();
  if (currency && (text.size() < 5 || text.compare(0, 4, token.currency() + ".") != 0)) {
    reasons.Add(v1::INSTRUMENTS_REASON_ID_INVALID,
                {text, absl::StrCat("a cash token of this currency is called ", token.currency(), ".NAME")});
  }
  CheckIdFree(*id, /*is_fund=*/false, /*is_token=*/true, view, reasons);
  const std::optional<v1::CashToken> known = FindCashToken(view, *id);
  if (!known) return;
  CheckFixed(known->issuer() == token.issuer(), "issuer", known->issuer(), reasons);
  CheckFixed(known->currency() == token.currency(), "currency", known->currency(), reasons);
}

}  // namespace causeway::instruments
