// SPDX-License-Identifier: Apache-2.0
// The worked numbers of the dealing day: price, fees and roundings, each quantity rounded once and toward the fund.
#include "contracts/dealing/pricing.h"

#include "gtest/gtest.h"

namespace causeway::dealing {
namespace {

// Two decimals of cash, four of units and of the price, as the worked numbers have them.
v1::ShareClass WorkedClass() {
  v1::ShareClass share_class;
  share_class.set_currency("SGD");
  share_class.set_unit_decimals(4);
  share_class.set_price_decimals(4);
  v1::Roundings& roundings = *share_class.mutable_roundings();
  roundings.set_price(v1::ROUNDING_MODE_HALF_UP);
  roundings.set_units_issued(v1::ROUNDING_MODE_DOWN);
  roundings.set_units_cancelled(v1::ROUNDING_MODE_UP);
  roundings.set_cash_received(v1::ROUNDING_MODE_UP);
  roundings.set_cash_paid(v1::ROUNDING_MODE_DOWN);
  roundings.set_fee(v1::ROUNDING_MODE_UP);
  return share_class;
}

v1::ShareClass WithFee(v1::FeeSide side, v1::FeeBasis basis, const char* figure) {
  v1::ShareClass share_class = WorkedClass();
  v1::Fee& fee = *share_class.add_fees();
  fee.set_side(side);
  fee.set_basis(basis);
  if (basis == v1::FEE_BASIS_GRAM || basis == v1::FEE_BASIS_NEAM)
    fee.set_rate(figure);
  else
    fee.set_amount(figure);
  return share_class;
}

Amount Cash(const char* text) {
  return ParseDecimal(text, 2).value();
}
Amount Units(const char* text) {
  return ParseDecimal(text, 4).value();
}
Amount Price(const char* text) {
  return ParseDecimal(text, 4).value();
}
std::string CashText(Amount amount) {
  return DisplayDecimal(amount, 2);
}
std::string UnitsText(Amount amount) {
  return DisplayDecimal(amount, 4);
}

PricingTerms Entry(const v1::ShareClass& share_class, std::optional<Amount> discount = std::nullopt) {
  return TermsOf(share_class, v1::FEE_SIDE_ENTRY, discount);
}
PricingTerms Exit(const v1::ShareClass& share_class) {
  return TermsOf(share_class, v1::FEE_SIDE_EXIT, std::nullopt);
}

Figures FiguresOf(const PricingResult& result) {
  EXPECT_TRUE(std::holds_alternative<Figures>(result));
  return std::get<Figures>(result);
}

void ExpectAddsUp(const Figures& figures) {
  EXPECT_EQ(figures.gross, *Add(*Add(figures.fee, figures.net), figures.residual));
}

TEST(Price, IsTheQuotientOfNetAssetsAndUnitsRoundedHalfUp) {
  EXPECT_EQ(PriceOf(WorkedClass(), Cash("125437892.17"), Units("100234567.8912")), Price("1.2514"));
}

TEST(Price, OfNoUnitsIsNone) {
  EXPECT_EQ(PriceOf(WorkedClass(), Cash("1"), Amount::Zero()), std::nullopt);
}

TEST(Subscription, OfAMillionWithOnePerCentOfTheGrossAmountPaysTenThousandAndBuysTheUnitsOfTheRest) {
  const PricingTerms terms = Entry(WithFee(v1::FEE_SIDE_ENTRY, v1::FEE_BASIS_GRAM, "0.01"));
  const Figures figures = FiguresOf(SubscribeByAmount(terms, Price("1.2514"), Cash("1000000")));
  EXPECT_EQ(CashText(figures.fee), "10,000.00");
  EXPECT_EQ(UnitsText(figures.units), "791,113.9523");
  EXPECT_EQ(CashText(figures.net), "990,000.00");
  EXPECT_EQ(figures.residual, Amount::Zero());
  EXPECT_EQ(figures.residue, "0.00009178");
  ExpectAddsUp(figures);
}

TEST(Subscription, OfAMillionWithOnePerCentOfTheNetAmountPaysNineThousandNineHundredAndOne) {
  const PricingTerms terms = Entry(WithFee(v1::FEE_SIDE_ENTRY, v1::FEE_BASIS_NEAM, "0.01"));
  const Figures figures = FiguresOf(SubscribeByAmount(terms, Price("1.2514"), Cash("1000000")));
  EXPECT_EQ(CashText(figures.fee), "9,901.00");
  ExpectAddsUp(figures);
}

TEST(Subscription, ForUnitsPaysTheirPriceRoundedUpAndTheFeeOnTop) {
  const PricingTerms free = Entry(WorkedClass());
  EXPECT_EQ(CashText(FiguresOf(SubscribeByUnits(free, Price("1.2514"), Units("791113.9523"))).net), "990,000.00");
  const PricingTerms gross = Entry(WithFee(v1::FEE_SIDE_ENTRY, v1::FEE_BASIS_GRAM, "0.01"));
  const Figures figures = FiguresOf(SubscribeByUnits(gross, Price("1.2514"), Units("791113.9523")));
  EXPECT_EQ(CashText(figures.fee), "10,000.00");
  EXPECT_EQ(CashText(figures.gross), "1,000,000.00");
  const PricingTerms net = Entry(WithFee(v1::FEE_SIDE_ENTRY, v1::FEE_BASIS_NEAM, "0.01"));
  EXPECT_EQ(CashText(FiguresOf(SubscribeByUnits(net, Price("1.2514"), Units("791113.9523"))).fee), "9,900.00");
}

TEST(Subscription, WithAFeeAUnitNeverCostsMoreThanItsAmount) {
  const PricingTerms terms = Entry(WithFee(v1::FEE_SIDE_ENTRY, v1::FEE_BASIS_PERU, "0.0125"));
  for (int cents = 1'000; cents < 3'000; ++cents) {
    const Figures figures = FiguresOf(SubscribeByAmount(terms, Price("1.2514"), Amount::FromMinor(cents)));
    ExpectAddsUp(figures);
    EXPECT_FALSE(figures.residual.IsNegative());
    EXPECT_FALSE(figures.fee.IsNegative());
  }
}

TEST(Subscription, OfCoarseUnitsLeavesWholeMinorUnitsOfCashOver) {
  v1::ShareClass share_class = WorkedClass();
  share_class.set_unit_decimals(0);
  const Figures figures = FiguresOf(SubscribeByAmount(Entry(share_class), Price("100.01"), Cash("1000")));
  EXPECT_EQ(figures.units, Amount::FromMinor(9));
  EXPECT_EQ(CashText(figures.net), "900.09");
  EXPECT_EQ(CashText(figures.residual), "99.91");
  EXPECT_EQ(figures.residue, "0");
  ExpectAddsUp(figures);
}

TEST(Subscription, WithHalfTheFeeWaivedPaysHalf) {
  const v1::ShareClass share_class = WithFee(v1::FEE_SIDE_ENTRY, v1::FEE_BASIS_GRAM, "0.01");
  const PricingTerms terms = Entry(share_class, ParseDecimal("0.5", kRateDecimals).value());
  EXPECT_EQ(CashText(FiguresOf(SubscribeByAmount(terms, Price("1.2514"), Cash("1000000"))).fee), "5,000.00");
}

TEST(Subscription, ThatBuysNothingIsNone) {
  EXPECT_EQ(std::get<PricingFailure>(SubscribeByAmount(Entry(WorkedClass()), Price("1000000"), Cash("0.01"))),
            PricingFailure::kNothingLeft);
}

TEST(Subscription, WhoseFlatFeeIsMoreThanItsAmountIsNone) {
  const PricingTerms terms = Entry(WithFee(v1::FEE_SIDE_ENTRY, v1::FEE_BASIS_FLAT, "25"));
  EXPECT_EQ(std::get<PricingFailure>(SubscribeByAmount(terms, Price("1.2514"), Cash("24.99"))),
            PricingFailure::kFeeExceedsAmount);
  EXPECT_EQ(CashText(FiguresOf(SubscribeByAmount(terms, Price("1.2514"), Cash("125"))).fee), "25.00");
}

TEST(Subscription, ThatDoesNotFitIsRefused) {
  EXPECT_EQ(std::get<PricingFailure>(SubscribeByUnits(Entry(WorkedClass()), Amount::Max(), Amount::Max())),
            PricingFailure::kOverflow);
}

TEST(Redemption, OfAQuarterMillionUnitsPaysTheirPrice) {
  EXPECT_EQ(CashText(FiguresOf(RedeemByUnits(Exit(WorkedClass()), Price("1.2514"), Units("250000"))).net),
            "312,850.00");
}

TEST(Redemption, RoundsCashTowardTheFund) {
  const Figures figures = FiguresOf(RedeemByUnits(Exit(WorkedClass()), Price("1.2514"), Units("791113.9523")));
  EXPECT_EQ(CashText(figures.net), "989,999.99");
  EXPECT_EQ(figures.residue, "0.00990822");
}

TEST(Redemption, OfFiftyThousandCancelsUnitsRoundedUp) {
  const Figures figures = FiguresOf(RedeemByAmount(Exit(WorkedClass()), Price("1.2514"), Cash("50000")));
  EXPECT_EQ(UnitsText(figures.units), "39,955.2502");
  EXPECT_EQ(CashText(figures.net), "50,000.00");
}

TEST(Redemption, PaysItsFeeOutOfTheGrossAmount) {
  const PricingTerms terms = Exit(WithFee(v1::FEE_SIDE_EXIT, v1::FEE_BASIS_GRAM, "0.005"));
  const Figures figures = FiguresOf(RedeemByAmount(terms, Price("1.2514"), Cash("50000")));
  EXPECT_EQ(CashText(figures.fee), "250.00");
  EXPECT_EQ(CashText(figures.net), "49,750.00");
  ExpectAddsUp(figures);
}

TEST(Tolerance, IsAProportionOfTheLastPriceInBothDirections) {
  const Amount five_per_cent = ParseDecimal("0.05", kRateDecimals).value();
  EXPECT_TRUE(WithinTolerance(Price("1.05"), Price("1"), five_per_cent));
  EXPECT_TRUE(WithinTolerance(Price("0.95"), Price("1"), five_per_cent));
  EXPECT_FALSE(WithinTolerance(Price("1.0501"), Price("1"), five_per_cent));
  EXPECT_FALSE(WithinTolerance(Price("0.9499"), Price("1"), five_per_cent));
}

}  // namespace
}  // namespace causeway::dealing
