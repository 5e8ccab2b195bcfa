// SPDX-License-Identifier: Apache-2.0
// The worked numbers of a fund's dealing day, each computed with nothing but the arithmetic of ledger/base.
#include <optional>

#include <gtest/gtest.h>

#include "ledger/base/amount.h"
#include "ledger/base/decimal.h"

namespace causeway {
namespace {

constexpr int kCashDecimals = 2;
constexpr int kUnitDecimals = 4;
constexpr int kPriceDecimals = 4;

Decimal Number(absl::string_view text) {
  return ParseDecimal(text).value();
}

std::string Text(std::optional<Amount> amount, int decimals) {
  return amount ? DisplayDecimal(*amount, decimals) : "overflow";
}

const Decimal kNetAssets = Number("125437892.17");
const Decimal kUnits = Number("100234567.8912");
const Decimal kPrice = Number("1.2514");

TEST(DomainNumbers, ThePriceIsTheRoundedQuotientOfNetAssetsAndUnits) {
  EXPECT_EQ(Text(Divide(kNetAssets, kUnits, kPriceDecimals, Rounding::kHalfUp), kPriceDecimals), "1.2514");
  EXPECT_EQ(Text(Divide(kNetAssets, kUnits, 9, Rounding::kDown), 9), "1.251443437");
}

TEST(DomainNumbers, ASwungPriceRoundsOnce) {
  const auto swung = [](absl::string_view factor) {
    return Text(MultiplyDivide(kNetAssets, Number(factor), kUnits, kPriceDecimals, Rounding::kHalfUp), kPriceDecimals);
  };
  EXPECT_EQ(swung("0.996"), "1.2464");
  EXPECT_EQ(swung("0.9965"), "1.2471");
  EXPECT_EQ(Text(MultiplyDivide(kNetAssets, Number("0.9965"), kUnits, 7, Rounding::kDown), 7), "1.2470633");
}

TEST(DomainNumbers, RoundingThePriceBeforeItSwingsWouldGiveAnotherOne) {
  EXPECT_EQ(Text(Multiply(kPrice, Number("0.9965"), kPriceDecimals, Rounding::kHalfUp), kPriceDecimals), "1.2470");
}

TEST(DomainNumbers, SubscribingWithAFeeOnTheGrossAmount) {
  const Decimal gross = Number("1000000");
  const Amount fee = Multiply(gross, Number("0.01"), kCashDecimals, Rounding::kUp).value();
  EXPECT_EQ(Text(fee, kCashDecimals), "10,000.00");
  const Amount net = Subtract(Rescale(gross.value, 0, kCashDecimals, Rounding::kDown).value(), fee).value();
  EXPECT_EQ(Text(Divide({net, kCashDecimals}, kPrice, kUnitDecimals, Rounding::kDown), kUnitDecimals), "791,113.9523");
}

// The fee is 1 % of what is invested, so the payment is 101 parts and the fee one of them: 9,900.990099…, up to the
// next cent.
TEST(DomainNumbers, SubscribingWithAFeeOnTheNetAmount) {
  EXPECT_EQ(Text(MultiplyDivide(Number("1000000"), Number("0.01"), Number("1.01"), kCashDecimals, Rounding::kUp),
                 kCashDecimals),
            "9,901.00");
}

TEST(DomainNumbers, RedeemingUnits) {
  const auto proceeds = [](absl::string_view units, Rounding rounding) {
    return Text(Multiply(Number(units), kPrice, kCashDecimals, rounding), kCashDecimals);
  };
  EXPECT_EQ(proceeds("250000", Rounding::kDown), "312,850.00");
  EXPECT_EQ(proceeds("791113.9523", Rounding::kDown), "989,999.99");
  EXPECT_EQ(proceeds("791113.9523", Rounding::kUp), "990,000.00");  // what a subscription for the same units pays
}

TEST(DomainNumbers, RedeemingAnAmountCancelsUnitsRoundedUp) {
  EXPECT_EQ(Text(Divide(Number("50000"), kPrice, kUnitDecimals, Rounding::kUp), kUnitDecimals), "39,955.2502");
}

}  // namespace
}  // namespace causeway
