// SPDX-License-Identifier: Apache-2.0
// What an order comes to at a price: pure arithmetic, exact but for one named rounding a quantity (rule 7 of the
// dealing day).
//
// Cash and units are minor units of the class; units and cash round toward the fund, fees and the price as the class
// says. Every function gives nothing for a quantity that does not fit into 128 bits or makes no sense, and says which.

#ifndef CAUSEWAY_CONTRACTS_DEALING_PRICING_H_
#define CAUSEWAY_CONTRACTS_DEALING_PRICING_H_

#include <optional>
#include <string>
#include <variant>

#include "causeway/v1/instruments.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/decimal.h"

namespace causeway::dealing {

// Decimals of rates, discounts and percentages.
inline constexpr int kRateDecimals = 8;

// A fee as an order bears it.
struct FeeTerms {
  v1::FeeBasis basis;
  // GRAM, NEAM: the proportion, kRateDecimals decimals. PERU: cash a unit, price decimals. FLAT: cash, currency
  // decimals.
  Amount value;
  // The proportion that is charged: one less the discount, kRateDecimals decimals.
  Amount charged;
};

// What of a class an order's figures depend on.
struct PricingTerms {
  int unit_decimals;
  int price_decimals;
  int cash_decimals;
  v1::Roundings roundings;
  // Absent: the side bears no fee.
  std::optional<FeeTerms> fee;
};

// The terms of a class for one side and an order's discount on its fee (nothing: none).
PricingTerms TermsOf(const v1::ShareClass& share_class, v1::FeeSide side, std::optional<Amount> discount);

// The figures of v1::Execution, in minor units of cash and units.
struct Figures {
  Amount gross;
  Amount fee;
  Amount net;
  Amount units;
  Amount residual;
  // Canonical decimal text.
  std::string residue;

  friend bool operator==(const Figures&, const Figures&) = default;
};

enum class PricingFailure {
  // A figure does not fit into 128 bits.
  kOverflow,
  // The fee is more than the amount.
  kFeeExceedsAmount,
  // The amount buys less than the smallest unit, or the units are worth less than the smallest cash.
  kNothingLeft,
};

using PricingResult = std::variant<Figures, PricingFailure>;

// Pays `gross`, fee included, and receives the units that the rest buys.
PricingResult SubscribeByAmount(const PricingTerms& terms, Amount price, Amount gross);
// Receives `units` and pays for them and the fee.
PricingResult SubscribeByUnits(const PricingTerms& terms, Amount price, Amount units);
// Gives `units` and is paid what they are worth less the fee.
PricingResult RedeemByUnits(const PricingTerms& terms, Amount price, Amount units);
// Gives the units that are worth `gross`, and is paid that less the fee.
PricingResult RedeemByAmount(const PricingTerms& terms, Amount price, Amount gross);

// The units that `cash` is worth at `price`, rounded up: what a redemption by amount cancels. Nothing where it does not
// fit, or the price is zero.
std::optional<Amount> UnitsFor(const PricingTerms& terms, Amount price, Amount cash);

// Net assets ÷ units, rounded as the class says, in price decimals. Nothing for no units, and where it does not fit.
std::optional<Amount> PriceOf(const v1::ShareClass& share_class, Amount net_assets, Amount units);

// Whether a price lies within `tolerance` (a proportion with kRateDecimals decimals) of the last one, above or below.
bool WithinTolerance(Amount price, Amount last_price, Amount tolerance);

}  // namespace causeway::dealing

#endif  // CAUSEWAY_CONTRACTS_DEALING_PRICING_H_
