// SPDX-License-Identifier: Apache-2.0
//
// What a share class must state.

#include <set>

#include "absl/strings/str_cat.h"

#include "contracts/instruments/rules.h"
#include "ledger/base/decimal.h"

namespace causeway::instruments {
namespace {

void CheckSupported(bool supported, const char* field, const std::string& value, const char* instead,
                    Reasons& reasons) {
  if (!supported) reasons.Add(v1::INSTRUMENTS_REASON_NOT_SUPPORTED, {field, value, instead});
}

void CheckDecimals(uint32_t decimals, const char* field, Reasons& reasons) {
  if (decimals <= static_cast<uint32_t>(kMaxDecimals)) return;
  reasons.Add(v1::INSTRUMENTS_REASON_FIELD_INVALID,
              {field, absl::StrCat(decimals), absl::StrCat("0 to ", kMaxDecimals)});
}

// Units and cash round toward the fund: an investor cannot gain a minor unit by splitting an order.
void CheckToward(v1::RoundingMode mode, v1::RoundingMode toward, const char* field, Reasons& reasons) {
  CheckStated(mode, field, reasons);
  if (mode != v1::ROUNDING_MODE_UNSPECIFIED && mode != toward) {
    reasons.Add(v1::INSTRUMENTS_REASON_ROUNDING_AGAINST_FUND, {field, NameOf(mode)});
  }
}

void CheckRoundings(const v1::Roundings& roundings, Reasons& reasons) {
  CheckStated(roundings.price(), "roundings.price", reasons);
  CheckStated(roundings.fee(), "roundings.fee", reasons);
  CheckToward(roundings.units_issued(), v1::ROUNDING_MODE_DOWN, "roundings.units_issued", reasons);
  CheckToward(roundings.units_cancelled(), v1::ROUNDING_MODE_UP, "roundings.units_cancelled", reasons);
  CheckToward(roundings.cash_received(), v1::ROUNDING_MODE_UP, "roundings.cash_received", reasons);
  CheckToward(roundings.cash_paid(), v1::ROUNDING_MODE_DOWN, "roundings.cash_paid", reasons);
}

// Decimals of the quantities of a class, where they are within range.
struct Scales {
  int units;
  int price;
  int cash;
};

void CheckMinima(const v1::Minima& minima, const Scales& scales, Reasons& reasons) {
  const auto cash = [&](const std::string& text, const char* field) {
    CheckPositive(text, scales.cash, field, reasons);
  };
  const auto units = [&](const std::string& text, const char* field) {
    CheckPositive(text, scales.units, field, reasons);
  };
  cash(minima.first_subscription_amount(), "minima.first_subscription_amount");
  cash(minima.later_subscription_amount(), "minima.later_subscription_amount");
  cash(minima.highest_subscription_amount(), "minima.highest_subscription_amount");
  cash(minima.redemption_amount(), "minima.redemption_amount");
  cash(minima.remaining_amount(), "minima.remaining_amount");
  units(minima.first_subscription_units(), "minima.first_subscription_units");
  units(minima.later_subscription_units(), "minima.later_subscription_units");
  units(minima.highest_subscription_units(), "minima.highest_subscription_units");
  units(minima.redemption_units(), "minima.redemption_units");
  units(minima.remaining_units(), "minima.remaining_units");
}

// Above zero and below one; nothing where it is not, with no reason.
bool IsRate(const std::string& text, bool one_allowed) {
  const absl::StatusOr<Amount> rate = ParseDecimal(text, kRateDecimals);
  if (!rate.ok() || !rate->IsPositive()) return false;
  return *rate < PowerOfTen(kRateDecimals) || (one_allowed && *rate == PowerOfTen(kRateDecimals));
}

// Nothing where the fee is sound; else what is wrong.
std::optional<std::string> FeeDefect(const v1::Fee& fee, const Scales& scales) {
  if (fee.recipient_account_id().empty()) return "no account receives it";
  switch (fee.basis()) {
    case v1::FEE_BASIS_GRAM:
    case v1::FEE_BASIS_NEAM:
      if (!fee.amount().empty()) return "a fee by rate states no amount";
      if (!IsRate(fee.rate(), false))
        return absl::StrCat("the rate is above 0 and below 1, with at most ", kRateDecimals, " decimals");
      return std::nullopt;
    case v1::FEE_BASIS_PERU:
    case v1::FEE_BASIS_FLAT: {
      if (!fee.rate().empty()) return "a fee by amount states no rate";
      const int decimals = fee.basis() == v1::FEE_BASIS_FLAT ? scales.cash : scales.price;
      const absl::StatusOr<Amount> amount = ParseDecimal(fee.amount(), decimals);
      if (!amount.ok() || !amount->IsPositive())
        return absl::StrCat("the amount is above 0, with at most ", decimals, " decimals");
      return std::nullopt;
    }
    default:
      return "its basis is not stated";
  }
}

void CheckFees(const v1::ShareClass& share_class, const Scales& scales, Reasons& reasons) {
  std::set<int> sides;
  for (const v1::Fee& fee : share_class.fees()) {
    CheckStated(fee.side(), "fees.side", reasons);
    if (!sides.insert(fee.side()).second) reasons.Add(v1::INSTRUMENTS_REASON_FEE_TWICE, {NameOf(fee.side())});
    const std::optional<std::string> defect = FeeDefect(fee, scales);
    if (defect) reasons.Add(v1::INSTRUMENTS_REASON_FEE_INVALID, {NameOf(fee.side()), *defect});
  }
}

bool AreCountries(const google::protobuf::RepeatedPtrField<std::string>& list) {
  for (const std::string& text : list) {
    if (!CountryCode::Parse(text).ok()) return false;
  }
  return IsAscending(list) && list.size() <= kMostListed;
}

// Nothing where the rule makes sense; else what is wrong.
std::optional<std::string> RuleDefect(const v1::EligibilityRule& rule, const Scales& scales) {
  switch (rule.kind_case()) {
    case v1::EligibilityRule::kInvestorClass: {
      const auto& allowed = rule.investor_class().allowed();
      if (allowed.empty() || !IsAscending(allowed) || allowed[0] == 0)
        return "the allowed classes are named, ascending";
      return std::nullopt;
    }
    case v1::EligibilityRule::kJurisdiction: {
      const v1::JurisdictionRule& lists = rule.jurisdiction();
      if (lists.allowed().empty() && lists.denied().empty()) return "neither list names a country";
      if (!AreCountries(lists.allowed()) || !AreCountries(lists.denied()))
        return "the lists hold countries of ISO 3166-1, ascending";
      return std::nullopt;
    }
    case v1::EligibilityRule::kMaximumShare: {
      if (!IsRate(rule.maximum_share().share(), true))
        return absl::StrCat("the share is above 0 and at most 1, with at most ", kRateDecimals, " decimals");
      Reasons defects;
      CheckPositive(rule.maximum_share().from_units_in_issue(), scales.units, "from_units_in_issue", defects);
      if (!defects.empty()) return "the units in issue from which it applies are not units";
      return std::nullopt;
    }
    case v1::EligibilityRule::kMinimumHolding: {
      const absl::StatusOr<Amount> units = ParseDecimal(rule.minimum_holding().units(), scales.units);
      if (!units.ok() || !units->IsPositive()) return "the minimum is not a number of units";
      return std::nullopt;
    }
    case v1::EligibilityRule::kLockUp:
      if (rule.lock_up().duration_us() == 0 ||
          rule.lock_up().duration_us() > Duration::Days(kMostLockUpDays).micros()) {
        return absl::StrCat("the duration is above zero and at most ", kMostLockUpDays, " days");
      }
      return std::nullopt;
    case v1::EligibilityRule::KIND_NOT_SET:
      return "no rule is named";
  }
  return std::nullopt;
}

std::string RuleName(const v1::EligibilityRule& rule) {
  const google::protobuf::FieldDescriptor* field =
      v1::EligibilityRule::descriptor()->FindFieldByNumber(rule.kind_case());
  return field == nullptr ? "" : field->name();
}

void CheckRules(const v1::ShareClass& share_class, const Scales& scales, Reasons& reasons) {
  std::set<int> kinds;
  for (const v1::EligibilityRule& rule : share_class.eligibility()) {
    if (!kinds.insert(rule.kind_case()).second) reasons.Add(v1::INSTRUMENTS_REASON_RULE_TWICE, {RuleName(rule)});
    const std::optional<std::string> defect = RuleDefect(rule, scales);
    if (defect) reasons.Add(v1::INSTRUMENTS_REASON_RULE_INVALID, {RuleName(rule), *defect});
  }
}

void CheckCashTokens(const v1::ShareClass& share_class, const state::StateView& view, Reasons& reasons) {
  if (share_class.cash_tokens().empty()) reasons.Add(v1::INSTRUMENTS_REASON_FIELD_MISSING, {"cash_tokens"});
  if (!IsAscending(share_class.cash_tokens())) {
    reasons.Add(v1::INSTRUMENTS_REASON_FIELD_INVALID, {"cash_tokens", "", "ascending"});
  }
  for (const std::string& text : share_class.cash_tokens()) {
    const std::optional<InstrumentId> id = ParseId(text);
    const std::optional<v1::CashToken> token = id ? FindCashToken(view, *id) : std::nullopt;
    if (!token) {
      reasons.Add(v1::INSTRUMENTS_REASON_CASH_TOKEN_UNKNOWN, {text});
    } else if (token->currency() != share_class.currency()) {
      reasons.Add(v1::INSTRUMENTS_REASON_CASH_CURRENCY_DIFFERS, {text, token->currency(), share_class.currency()});
    }
  }
}

void CheckFund(const v1::ShareClass& share_class, const state::StateView& view, Reasons& reasons) {
  const std::optional<InstrumentId> id = CheckId(share_class.fund(), reasons);
  if (!id) return;
  const std::optional<v1::Fund> fund = FindFund(view, *id);
  if (!fund) {
    reasons.Add(v1::INSTRUMENTS_REASON_FUND_UNKNOWN, {share_class.fund()});
    return;
  }
  if (fund->is_umbrella()) reasons.Add(v1::INSTRUMENTS_REASON_IS_AN_UMBRELLA, {share_class.fund()});
  if (fund->status() == v1::INSTRUMENT_STATUS_CLOSED && share_class.status() != v1::INSTRUMENT_STATUS_CLOSED) {
    reasons.Add(v1::INSTRUMENTS_REASON_FUND_CLOSED, {share_class.fund(), NameOf(fund->status())});
  }
}

void CheckPolicies(const v1::ShareClass& share_class, Reasons& reasons) {
  CheckStated(share_class.income_policy(), "income_policy", reasons);
  CheckStated(share_class.funding_model(), "funding_model", reasons);
  CheckStated(share_class.register_form(), "register_form", reasons);
  CheckStated(share_class.pricing(), "pricing", reasons);
  CheckStated(share_class.late_orders(), "late_orders", reasons);
  CheckStated(share_class.remainder(), "remainder", reasons);
  CheckStated(share_class.status(), "status", reasons);
  CheckSupported(share_class.funding_model() != v1::FUNDING_MODEL_CONTRACTUAL, "funding_model",
                 NameOf(share_class.funding_model()), "PREFUNDED", reasons);
  CheckSupported(share_class.register_form() <= v1::REGISTER_FORM_NATIVE, "register_form",
                 NameOf(share_class.register_form()), "NATIVE", reasons);
  CheckSupported(share_class.pricing() != v1::PRICING_BID_OFFER, "pricing", NameOf(share_class.pricing()), "SINGLE",
                 reasons);
  if (share_class.settlement_case() == v1::ShareClass::SETTLEMENT_NOT_SET) {
    reasons.Add(v1::INSTRUMENTS_REASON_FIELD_MISSING, {"at_once or lag_days"});
  }
  if (share_class.lag_days() > kMostLagDays) {
    reasons.Add(v1::INSTRUMENTS_REASON_FIELD_INVALID,
                {"lag_days", absl::StrCat(share_class.lag_days()), absl::StrCat("0 to ", kMostLagDays)});
  }
  if (!share_class.price_tolerance().empty() && !IsRate(share_class.price_tolerance(), false)) {
    reasons.Add(v1::INSTRUMENTS_REASON_FIELD_INVALID,
                {"price_tolerance", share_class.price_tolerance(),
                 absl::StrCat("above 0 and below 1, with at most ", kRateDecimals, " decimals")});
  }
}

void CheckAccounts(const v1::ShareClass& share_class, Reasons& reasons) {
  const auto stated = [&](const std::string& id, const char* field) {
    if (id.empty()) reasons.Add(v1::INSTRUMENTS_REASON_FIELD_MISSING, {field});
  };
  stated(share_class.cash_account_id(), "cash_account_id");
  stated(share_class.issuance_account_id(), "issuance_account_id");
  stated(share_class.residual_account_id(), "residual_account_id");
}

void CheckKept(const v1::ShareClass& known, const v1::ShareClass& share_class, Reasons& reasons) {
  CheckFixed(known.fund() == share_class.fund(), "fund", known.fund(), reasons);
  CheckFixed(known.currency() == share_class.currency(), "currency", known.currency(), reasons);
  CheckFixed(known.unit_decimals() == share_class.unit_decimals(), "unit_decimals", absl::StrCat(known.unit_decimals()),
             reasons);
  CheckFixed(known.price_decimals() == share_class.price_decimals(), "price_decimals",
             absl::StrCat(known.price_decimals()), reasons);
  CheckFixed(known.income_policy() == share_class.income_policy(), "income_policy", NameOf(known.income_policy()),
             reasons);
  CheckFixed(known.register_form() == share_class.register_form(), "register_form", NameOf(known.register_form()),
             reasons);
}

void CheckIsin(const std::string& isin, const state::StateView& view, Reasons& reasons) {
  if (const absl::StatusOr<Isin> parsed = Isin::Parse(isin); !parsed.ok()) {
    reasons.Add(v1::INSTRUMENTS_REASON_ID_INVALID, {isin, std::string(parsed.status().message())});
    return;
  }
  const std::optional<InstrumentId> id = CheckId(isin, reasons);
  if (!id) return;
  if (view.Has(kFunds, *id)) reasons.Add(v1::INSTRUMENTS_REASON_ID_IN_USE, {isin, "fund"});
}

}  // namespace

void CheckSetShareClass(const v1::SetShareClass& request, const state::StateView& view, Reasons& reasons) {
  const v1::ShareClass& share_class = request.share_class();
  CheckIsin(request.isin(), view, reasons);
  CheckName(share_class.name(), reasons);
  CheckFund(share_class, view, reasons);
  CheckDecimals(share_class.unit_decimals(), "unit_decimals", reasons);
  CheckDecimals(share_class.price_decimals(), "price_decimals", reasons);
  CheckRoundings(share_class.roundings(), reasons);
  CheckPolicies(share_class, reasons);
  CheckAccounts(share_class, reasons);
  if (share_class.eligibility_size() > kMostListed || share_class.cash_tokens_size() > kMostListed) {
    reasons.Add(v1::INSTRUMENTS_REASON_LIST_TOO_LONG, {"eligibility or cash_tokens", absl::StrCat(kMostListed)});
    return;
  }
  CheckCashTokens(share_class, view, reasons);
  const std::optional<CurrencyCode> currency = CheckCurrency(share_class.currency(), reasons);
  const uint32_t most = static_cast<uint32_t>(kMaxDecimals);
  if (currency && share_class.unit_decimals() <= most && share_class.price_decimals() <= most) {
    const Scales scales{static_cast<int>(share_class.unit_decimals()), static_cast<int>(share_class.price_decimals()),
                        currency->decimals()};
    CheckMinima(share_class.minima(), scales, reasons);
    CheckFees(share_class, scales, reasons);
    CheckRules(share_class, scales, reasons);
  }
  const std::optional<InstrumentId> id = ParseId(request.isin());
  const std::optional<v1::ShareClass> known = id ? FindShareClass(view, *id) : std::nullopt;
  if (known) CheckKept(*known, share_class, reasons);
}

}  // namespace causeway::instruments
