// SPDX-License-Identifier: Apache-2.0
#include "contracts/dealing/prices.h"

#include "contracts/instruments/instruments.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::dealing {
namespace {

// A class's day, where it is in one of two statuses.
std::optional<v1::ClassDay> CheckDay(const std::optional<ClassTerms>& terms, const std::string& isin,
                                     const std::string& date, std::initializer_list<v1::ClassDayStatus> allowed,
                                     const state::StateView& view, Reasons& reasons) {
  if (!terms) {
    reasons.Add(v1::DEALING_REASON_DSEC, {isin});
    return std::nullopt;
  }
  std::optional<v1::ClassDay> day = FindClassDay(view, terms->isin, date);
  if (!day) {
    reasons.Add(v1::DEALING_REASON_DAY_UNKNOWN, {isin, date});
    return std::nullopt;
  }
  for (const v1::ClassDayStatus status : allowed) {
    if (day->status() == status) return day;
  }
  reasons.Add(v1::DEALING_REASON_DAY_STATUS,
              {isin, date, v1::ClassDayStatus_Name(day->status()).substr(sizeof("CLASS_DAY_STATUS_") - 1)});
  return std::nullopt;
}

std::optional<Amount> CheckFigure(const char* field, const std::string& text, int decimals, Reasons& reasons) {
  const absl::StatusOr<Amount> amount = ParseDecimal(text, decimals);
  if (!amount.ok()) {
    reasons.Add(v1::DEALING_REASON_FIGURE_INVALID, {field, text, std::string(amount.status().message())});
    return std::nullopt;
  }
  if (amount->IsNegative()) {
    reasons.Add(v1::DEALING_REASON_FIGURE_INVALID, {field, text, "must not be negative"});
    return std::nullopt;
  }
  return *amount;
}

// From here on the day's orders are priced at it.
void PutInForce(const execution::OperationContext& context, const ClassTerms& terms, const std::string& date,
                v1::ClassDay& day, state::StateTransaction& state) {
  day.set_status(v1::CLASS_DAY_STATUS_PRICING);
  day.set_cursor(0);
  v1::ClassBook book = state.Get(kClassBooks, terms.isin).value_or(v1::ClassBook());
  book.set_last_price(day.price());
  book.set_last_price_date(date);
  state.Put(kClassBooks, terms.isin, book);
  ScheduleStep(context, state, terms.isin, date, v1::DEALING_STEP_PRICE, context.now());
}

void PutDay(const ClassTerms& terms, const std::string& date, const v1::ClassDay& day, state::StateTransaction& state,
            execution::Effects& effects) {
  state.Put(kClassDays, ClassDayKey{terms.isin, date}, day);
  EmitDay(effects, terms.isin, date, day);
}

}  // namespace

void CheckAttestPrice(const execution::OperationContext&, const v1::AttestPrice& request, const state::StateView& view,
                      Reasons& reasons) {
  const std::optional<ClassTerms> terms = FindClass(view, request.isin());
  const std::optional<v1::ClassDay> day =
      CheckDay(terms, request.isin(), request.dealing_date(),
               {v1::CLASS_DAY_STATUS_VALUED, v1::CLASS_DAY_STATUS_PRICE_IN_REVIEW}, view, reasons);
  if (!day) return;
  const std::optional<Amount> net_assets =
      CheckFigure("net_assets", request.net_assets(), terms->cash_decimals, reasons);
  const std::optional<Amount> units = CheckFigure("units", request.units(), terms->unit_decimals, reasons);
  const std::optional<Amount> price = CheckFigure("price", request.price(), terms->price_decimals, reasons);
  if (price && price->IsZero())
    reasons.Add(v1::DEALING_REASON_FIGURE_INVALID, {"price", request.price(), "must be positive"});
  const Amount own_units = AmountOf(day->units_at_valuation(), terms->unit_decimals);
  if (units && *units != own_units)
    reasons.Add(v1::DEALING_REASON_UNITS_DIFFER, {request.units(), FormatDecimal(own_units, terms->unit_decimals)});
  if (!net_assets || !units || !price) return;
  if (units->IsZero()) {
    if (!net_assets->IsZero())
      reasons.Add(v1::DEALING_REASON_FIGURE_INVALID,
                  {"net_assets", request.net_assets(), "must be 0 where there are no units"});
    return;
  }
  const std::optional<Amount> quotient = PriceOf(terms->record, *net_assets, *units);
  if (quotient != price)
    reasons.Add(v1::DEALING_REASON_PRICE_DIFFERS,
                {request.price(), quotient ? FormatDecimal(*quotient, terms->price_decimals) : "too large"});
}

void ApplyAttestPrice(const execution::OperationContext& context, const v1::AttestPrice& request,
                      state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<ClassTerms> terms = FindClass(state, request.isin());
  CAUSEWAY_CHECK(terms.has_value());
  std::optional<v1::ClassDay> day = FindClassDay(state, terms->isin, request.dealing_date());
  CAUSEWAY_CHECK(day.has_value());
  day->set_net_assets(request.net_assets());
  day->set_price(request.price());
  day->set_price_transaction_id(context.transaction_id.ToString());
  const std::optional<Amount> tolerance = instruments::LimitOf(terms->record.price_tolerance(), kRateDecimals);
  const std::optional<Amount> last = LastPrice(state, terms->isin);
  if (tolerance && last && !WithinTolerance(AmountOf(request.price(), terms->price_decimals), *last, *tolerance)) {
    day->set_status(v1::CLASS_DAY_STATUS_PRICE_IN_REVIEW);
  } else {
    PutInForce(context, *terms, request.dealing_date(), *day, state);
  }
  PutDay(*terms, request.dealing_date(), *day, state, effects);
}

void CheckReviewPrice(const execution::OperationContext&, const v1::ReviewPrice& request, const state::StateView& view,
                      Reasons& reasons) {
  const std::optional<v1::ClassDay> day =
      CheckDay(FindClass(view, request.isin()), request.isin(), request.dealing_date(),
               {v1::CLASS_DAY_STATUS_PRICE_IN_REVIEW}, view, reasons);
  if (day && day->price() != request.price())
    reasons.Add(v1::DEALING_REASON_PRICE_NOT_IN_REVIEW, {request.price(), day->price()});
}

void ApplyReviewPrice(const execution::OperationContext& context, const v1::ReviewPrice& request,
                      state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<ClassTerms> terms = FindClass(state, request.isin());
  CAUSEWAY_CHECK(terms.has_value());
  std::optional<v1::ClassDay> day = FindClassDay(state, terms->isin, request.dealing_date());
  CAUSEWAY_CHECK(day.has_value());
  if (request.accept()) {
    PutInForce(context, *terms, request.dealing_date(), *day, state);
  } else {
    day->set_status(v1::CLASS_DAY_STATUS_VALUED);
    day->clear_net_assets();
    day->clear_price();
    day->clear_price_transaction_id();
  }
  PutDay(*terms, request.dealing_date(), *day, state, effects);
}

}  // namespace causeway::dealing
