// SPDX-License-Identifier: Apache-2.0
#include "contracts/dealing/pricing.h"

#include <algorithm>

#include "contracts/instruments/instruments.h"
#include "ledger/base/check.h"

namespace causeway::dealing {
namespace {

using instruments::RoundingOf;

Amount One() {
  return PowerOfTen(kRateDecimals);
}

Decimal Cash(const PricingTerms& terms, Amount amount) {
  return {amount, terms.cash_decimals};
}
Decimal Units(const PricingTerms& terms, Amount units) {
  return {units, terms.unit_decimals};
}
Decimal Price(const PricingTerms& terms, Amount price) {
  return {price, terms.price_decimals};
}

// rate × charged, over 10^16.
std::optional<Amount> EffectiveRate(const FeeTerms& fee) {
  return MultiplyDivide(fee.value, fee.charged, Amount::FromMinor(1), Rounding::kDown);
}
Amount EffectiveRateOne() {
  return PowerOfTen(2 * kRateDecimals);
}

// The fee of so many units, or of an order, where it does not depend on an amount.
std::optional<Amount> AbsoluteFee(const PricingTerms& terms, Amount units) {
  const Rounding rounding = RoundingOf(terms.roundings.fee());
  if (terms.fee->basis == v1::FEE_BASIS_FLAT)
    return MultiplyDivide(terms.fee->value, terms.fee->charged, One(), rounding);
  // PERU: units × value × charged, from unit, price and rate decimals to those of cash.
  return RoundQuotient({units, terms.fee->value, terms.fee->charged, PowerOfTen(terms.cash_decimals)},
                       {PowerOfTen(terms.unit_decimals), PowerOfTen(terms.price_decimals), One()}, rounding);
}

bool IsProportional(const FeeTerms& fee) {
  return fee.basis == v1::FEE_BASIS_GRAM || fee.basis == v1::FEE_BASIS_NEAM;
}

// The fee within a gross amount, of which `units` are bought or given.
std::optional<Amount> FeeWithin(const PricingTerms& terms, Amount gross, Amount units) {
  if (!terms.fee) return Amount::Zero();
  if (!IsProportional(*terms.fee)) return AbsoluteFee(terms, units);
  const std::optional<Amount> rate = EffectiveRate(*terms.fee);
  if (!rate) return std::nullopt;
  const Rounding rounding = RoundingOf(terms.roundings.fee());
  if (terms.fee->basis == v1::FEE_BASIS_GRAM) return MultiplyDivide(gross, *rate, EffectiveRateOne(), rounding);
  const std::optional<Amount> net_and_fee = Add(EffectiveRateOne(), *rate);
  return net_and_fee ? MultiplyDivide(gross, *rate, *net_and_fee, rounding) : std::nullopt;
}

// The fee on top of what the fund receives for `units`.
std::optional<Amount> FeeOnTop(const PricingTerms& terms, Amount cost, Amount units) {
  if (!terms.fee) return Amount::Zero();
  if (!IsProportional(*terms.fee)) return AbsoluteFee(terms, units);
  const std::optional<Amount> rate = EffectiveRate(*terms.fee);
  if (!rate) return std::nullopt;
  const Rounding rounding = RoundingOf(terms.roundings.fee());
  if (terms.fee->basis == v1::FEE_BASIS_NEAM) return MultiplyDivide(cost, *rate, EffectiveRateOne(), rounding);
  const std::optional<Amount> net_share = Subtract(EffectiveRateOne(), *rate);
  return net_share ? MultiplyDivide(cost, *rate, *net_share, rounding) : std::nullopt;
}

// The distance from units × price to the cash moved for them, cut after kMaxDecimals decimals.
std::optional<std::string> Residue(const PricingTerms& terms, Amount price, Amount units, Amount cash) {
  const int exact = terms.unit_decimals + terms.price_decimals;
  const int decimals = std::min(kMaxDecimals, std::max(exact, terms.cash_decimals));
  const std::optional<Amount> worth = Multiply(Units(terms, units), Price(terms, price), decimals, Rounding::kDown);
  const std::optional<Amount> moved = Rescale(cash, terms.cash_decimals, decimals, Rounding::kDown);
  if (!worth || !moved) return std::nullopt;
  const std::optional<Amount> distance = *moved >= *worth ? Subtract(*moved, *worth) : Subtract(*worth, *moved);
  if (!distance) return std::nullopt;
  return FormatDecimal(*distance, decimals);
}

// Units that an amount buys where the fee is charged on each: gross ÷ (price + fee a unit).
std::optional<Amount> UnitsWithFeePerUnit(const PricingTerms& terms, Amount price, Amount gross) {
  // With price decimals and the rate's: price × one + fee × charged.
  const std::optional<Amount> price_part = MultiplyDivide(price, One(), Amount::FromMinor(1), Rounding::kDown);
  const std::optional<Amount> fee_part = EffectiveRate(*terms.fee);
  if (!price_part || !fee_part) return std::nullopt;
  const std::optional<Amount> each = Add(*price_part, *fee_part);
  if (!each) return std::nullopt;
  return RoundQuotient({gross, PowerOfTen(terms.unit_decimals), PowerOfTen(terms.price_decimals), One()},
                       {PowerOfTen(terms.cash_decimals), *each}, RoundingOf(terms.roundings.units_issued()));
}

PricingResult Finish(const PricingTerms& terms, Amount price, Amount cash_for_units, Figures figures) {
  std::optional<std::string> residue = Residue(terms, price, figures.units, cash_for_units);
  if (!residue) return PricingFailure::kOverflow;
  figures.residue = *std::move(residue);
  return figures;
}

}  // namespace

PricingTerms TermsOf(const v1::ShareClass& share_class, v1::FeeSide side, std::optional<Amount> discount) {
  PricingTerms terms{static_cast<int>(share_class.unit_decimals()), static_cast<int>(share_class.price_decimals()),
                     instruments::CurrencyDecimalsOf(share_class), share_class.roundings(), std::nullopt};
  const std::optional<v1::Fee> fee = instruments::FeeOf(share_class, side);
  if (!fee) return terms;
  const bool proportional = fee->basis() == v1::FEE_BASIS_GRAM || fee->basis() == v1::FEE_BASIS_NEAM;
  const int decimals = proportional                         ? kRateDecimals
                       : fee->basis() == v1::FEE_BASIS_PERU ? terms.price_decimals
                                                            : terms.cash_decimals;
  const std::optional<Amount> value = instruments::LimitOf(proportional ? fee->rate() : fee->amount(), decimals);
  const std::optional<Amount> charged = Subtract(One(), discount.value_or(Amount::Zero()));
  CAUSEWAY_CHECK(value.has_value() && charged.has_value(), "a fee in the state has no value");
  terms.fee = FeeTerms{fee->basis(), *value, *charged};
  return terms;
}

PricingResult SubscribeByAmount(const PricingTerms& terms, Amount price, Amount gross) {
  const Rounding issued = RoundingOf(terms.roundings.units_issued());
  const bool per_unit = terms.fee && terms.fee->basis == v1::FEE_BASIS_PERU;
  std::optional<Amount> units;
  std::optional<Amount> fee;
  if (per_unit) {
    units = UnitsWithFeePerUnit(terms, price, gross);
    fee = units ? AbsoluteFee(terms, *units) : std::nullopt;
  } else {
    fee = FeeWithin(terms, gross, Amount::Zero());
  }
  if (!fee) return PricingFailure::kOverflow;
  if (*fee > gross) return PricingFailure::kFeeExceedsAmount;
  const Amount invested = *Subtract(gross, *fee);
  if (!per_unit) units = Divide(Cash(terms, invested), Price(terms, price), terms.unit_decimals, issued);
  if (!units) return PricingFailure::kOverflow;
  if (units->IsZero()) return PricingFailure::kNothingLeft;
  const std::optional<Amount> cost = Multiply(Units(terms, *units), Price(terms, price), terms.cash_decimals,
                                              RoundingOf(terms.roundings.cash_received()));
  if (!cost || *cost > gross) return PricingFailure::kOverflow;
  // A fee a unit and the units' cost are rounded each by itself, and may together pass the amount by a minor unit: the
  // fund's share stands.
  if (*cost > invested) fee = *Subtract(gross, *cost);
  const Amount residual = *Subtract(*Subtract(gross, *fee), *cost);
  return Finish(terms, price, *cost, Figures{gross, *fee, *cost, *units, residual, ""});
}

PricingResult SubscribeByUnits(const PricingTerms& terms, Amount price, Amount units) {
  const std::optional<Amount> cost = Multiply(Units(terms, units), Price(terms, price), terms.cash_decimals,
                                              RoundingOf(terms.roundings.cash_received()));
  if (!cost) return PricingFailure::kOverflow;
  const std::optional<Amount> fee = FeeOnTop(terms, *cost, units);
  const std::optional<Amount> gross = fee ? Add(*cost, *fee) : std::nullopt;
  if (!gross) return PricingFailure::kOverflow;
  if (cost->IsZero()) return PricingFailure::kNothingLeft;
  return Finish(terms, price, *cost, Figures{*gross, *fee, *cost, units, Amount::Zero(), ""});
}

namespace {

PricingResult Redeem(const PricingTerms& terms, Amount price, Amount units, Amount gross) {
  const std::optional<Amount> fee = FeeWithin(terms, gross, units);
  if (!fee) return PricingFailure::kOverflow;
  if (*fee > gross) return PricingFailure::kFeeExceedsAmount;
  if (gross.IsZero() || units.IsZero()) return PricingFailure::kNothingLeft;
  return Finish(terms, price, gross, Figures{gross, *fee, *Subtract(gross, *fee), units, Amount::Zero(), ""});
}

}  // namespace

PricingResult RedeemByUnits(const PricingTerms& terms, Amount price, Amount units) {
  const std::optional<Amount> gross =
      Multiply(Units(terms, units), Price(terms, price), terms.cash_decimals, RoundingOf(terms.roundings.cash_paid()));
  if (!gross) return PricingFailure::kOverflow;
  return Redeem(terms, price, units, *gross);
}

PricingResult RedeemByAmount(const PricingTerms& terms, Amount price, Amount gross) {
  const std::optional<Amount> units = UnitsFor(terms, price, gross);
  if (!units) return PricingFailure::kOverflow;
  return Redeem(terms, price, *units, gross);
}

std::optional<Amount> UnitsFor(const PricingTerms& terms, Amount price, Amount cash) {
  return Divide(Cash(terms, cash), Price(terms, price), terms.unit_decimals,
                RoundingOf(terms.roundings.units_cancelled()));
}

std::optional<Amount> PriceOf(const v1::ShareClass& share_class, Amount net_assets, Amount units) {
  return Divide({net_assets, instruments::CurrencyDecimalsOf(share_class)},
                {units, static_cast<int>(share_class.unit_decimals())}, static_cast<int>(share_class.price_decimals()),
                RoundingOf(share_class.roundings().price()));
}

bool WithinTolerance(Amount price, Amount last_price, Amount tolerance) {
  const std::optional<Amount> change = price >= last_price ? Subtract(price, last_price) : Subtract(last_price, price);
  if (!change || !last_price.IsPositive()) return false;
  return CompareQuotients(*change, last_price, tolerance, One()) <= 0;
}

}  // namespace causeway::dealing
