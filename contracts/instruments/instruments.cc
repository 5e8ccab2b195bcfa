// SPDX-License-Identifier: Apache-2.0
//
// Reading instruments.

#include "contracts/instruments/instruments.h"

#include <algorithm>

#include "contracts/instruments/rules.h"
#include "ledger/base/decimal.h"

namespace causeway::instruments {
namespace {

InstrumentId IdIn(const std::string& text) {
  absl::StatusOr<InstrumentId> id = InstrumentId::Parse(text);
  CAUSEWAY_CHECK(id.ok(), "a record holds a valid instrument id");
  return *id;
}

int DecimalsOfCurrency(const std::string& text) {
  const absl::StatusOr<CurrencyCode> currency = CurrencyCode::Parse(text);
  CAUSEWAY_CHECK(currency.ok(), "a record holds a valid currency");
  return currency->decimals();
}

// The less open of a class's and its fund's status.
v1::InstrumentStatus StatusOf(const state::StateView& view, const InstrumentId& instrument) {
  if (const std::optional<v1::ShareClass> share_class = FindShareClass(view, instrument)) {
    const std::optional<v1::Fund> fund = FindFund(view, FundIdOf(*share_class));
    CAUSEWAY_CHECK(fund.has_value(), "a class's fund is in the state");
    return std::max(share_class->status(), fund->status());
  }
  const std::optional<v1::CashToken> token = FindCashToken(view, instrument);
  return token ? token->status() : v1::INSTRUMENT_STATUS_CLOSED;
}

}  // namespace

std::optional<InstrumentId> ParseId(absl::string_view text) {
  absl::StatusOr<InstrumentId> id = InstrumentId::Parse(text);
  if (!id.ok()) return std::nullopt;
  return *id;
}

std::optional<v1::Fund> FindFund(const state::StateView& view, const InstrumentId& fund) {
  return view.Get(kFunds, fund);
}

std::optional<v1::ShareClass> FindShareClass(const state::StateView& view, const InstrumentId& isin) {
  return view.Get(kShareClasses, isin);
}

std::optional<v1::CashToken> FindCashToken(const state::StateView& view, const InstrumentId& token) {
  return view.Get(kCashTokens, token);
}

std::vector<InstrumentId> ClassesOf(const state::StateView& view, const InstrumentId& fund) {
  std::vector<InstrumentId> classes;
  view.ForEach(kFundMembers, std::tuple(fund), [&](const auto& key, const v1::FundMember&) {
    if (view.Has(kShareClasses, std::get<1>(key))) classes.push_back(std::get<1>(key));
    return true;
  });
  return classes;
}

std::optional<InstrumentId> FundOf(const state::StateView& view, const InstrumentId& isin) {
  const std::optional<v1::ShareClass> share_class = FindShareClass(view, isin);
  if (!share_class) return std::nullopt;
  return FundIdOf(*share_class);
}

std::optional<InstrumentKind> KindOf(const state::StateView& view, const InstrumentId& instrument) {
  if (view.Has(kShareClasses, instrument)) return InstrumentKind::kShareClass;
  if (view.Has(kCashTokens, instrument)) return InstrumentKind::kCashToken;
  return std::nullopt;
}

std::optional<int> DecimalsOf(const state::StateView& view, const InstrumentId& instrument) {
  if (const std::optional<v1::ShareClass> share_class = FindShareClass(view, instrument)) {
    return static_cast<int>(share_class->unit_decimals());
  }
  if (const std::optional<v1::CashToken> token = FindCashToken(view, instrument)) return CurrencyDecimalsOf(*token);
  return std::nullopt;
}

std::optional<std::string> KeeperOf(const state::StateView& view, const InstrumentId& instrument) {
  if (const std::optional<v1::ShareClass> share_class = FindShareClass(view, instrument)) {
    const std::optional<v1::Fund> fund = FindFund(view, FundIdOf(*share_class));
    CAUSEWAY_CHECK(fund.has_value(), "a class's fund is in the state");
    return fund->transfer_agent();
  }
  if (const std::optional<v1::CashToken> token = FindCashToken(view, instrument)) return token->issuer();
  return std::nullopt;
}

bool IsOpenToEntry(const state::StateView& view, const InstrumentId& instrument) {
  return StatusOf(view, instrument) == v1::INSTRUMENT_STATUS_ACTIVE;
}

bool IsOpen(const state::StateView& view, const InstrumentId& instrument) {
  return StatusOf(view, instrument) != v1::INSTRUMENT_STATUS_CLOSED;
}

bool AcceptsCash(const v1::ShareClass& share_class, const InstrumentId& token) {
  const auto& tokens = share_class.cash_tokens();
  return std::find(tokens.begin(), tokens.end(), token.ToString()) != tokens.end();
}

InstrumentId FundIdOf(const v1::ShareClass& share_class) {
  return IdIn(share_class.fund());
}

std::vector<InstrumentId> CashTokensOf(const v1::ShareClass& share_class) {
  std::vector<InstrumentId> tokens;
  for (const std::string& token : share_class.cash_tokens()) tokens.push_back(IdIn(token));
  return tokens;
}

Rounding RoundingOf(v1::RoundingMode mode) {
  switch (mode) {
    case v1::ROUNDING_MODE_DOWN:
      return Rounding::kDown;
    case v1::ROUNDING_MODE_UP:
      return Rounding::kUp;
    case v1::ROUNDING_MODE_HALF_UP:
      return Rounding::kHalfUp;
    case v1::ROUNDING_MODE_HALF_EVEN:
      return Rounding::kHalfEven;
    default:
      CAUSEWAY_CHECK(false, "a prospectus names its roundings");
      return Rounding::kDown;
  }
}

int CurrencyDecimalsOf(const v1::ShareClass& share_class) {
  return DecimalsOfCurrency(share_class.currency());
}
int CurrencyDecimalsOf(const v1::CashToken& token) {
  return DecimalsOfCurrency(token.currency());
}

std::optional<Amount> LimitOf(const std::string& text, int decimals) {
  if (text.empty()) return std::nullopt;
  const absl::StatusOr<Amount> amount = ParseDecimal(text, decimals);
  CAUSEWAY_CHECK(amount.ok(), "a record holds a valid limit");
  return *amount;
}

std::optional<Duration> LockUpOf(const v1::ShareClass& share_class) {
  for (const v1::EligibilityRule& rule : share_class.eligibility()) {
    if (rule.has_lock_up()) return Duration::Micros(rule.lock_up().duration_us());
  }
  return std::nullopt;
}

std::optional<v1::Fee> FeeOf(const v1::ShareClass& share_class, v1::FeeSide side) {
  for (const v1::Fee& fee : share_class.fees()) {
    if (fee.side() == side) return fee;
  }
  return std::nullopt;
}

}  // namespace causeway::instruments
