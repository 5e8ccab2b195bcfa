// SPDX-License-Identifier: Apache-2.0
// The worked numbers of a dealing day, each found by its digits and by nothing but the contract: ordered, priced,
// settled, and read from accounts and from the order's last event.
#include <map>
#include <string>
#include <vector>

#include "tests/unit/contracts/dealing/dealing_world.h"

namespace causeway::testing {
namespace {

constexpr char kNetAssets[] = "125437892.17";
constexpr char kUnits[] = "100234567.8912";

class WorkedNumbers : public DealingTest {
 protected:
  static constexpr const char* kThirdDay = "2026-03-04";

  v1::ShareClass WithoutFee() const {
    v1::ShareClass share_class = Class();
    share_class.clear_fees();
    return share_class;
  }
  // The investor has bought these units at 1.2514, and it is the second day's morning.
  void Hold(const std::string& units, const v1::ShareClass& share_class) {
    Open(share_class);
    IssueCash(cash_account_, "200000000");
    ASSERT_THAT(Order(SubscribeUnits("launch", units, "150000000")), Applied());
    Launch();
    ASSERT_EQ(UnitsOf(account_), DisplayDecimal(ParseDecimal(units, 4).value(), 4));
    SetTime("2026-03-03T09:00:00Z");
  }
  void Hold(const std::string& units) { Hold(units, WithoutFee()); }
  // A day's book to its settlement, at 1.2514 again.
  void Deal(const std::string& date) {
    CloseAndValue(date);
    const std::string units = Day(date).units_at_valuation();
    const std::optional<Amount> net_assets =
        Multiply({ParseDecimal(units, 4).value(), 4}, kPrice, 2, Rounding::kHalfUp);
    ASSERT_THAT(Price(Attest(date, FormatDecimal(*net_assets, 2), units, "1.2514")), Applied());
    RunAllDue();
    ASSERT_EQ(Day(date).status(), v1::CLASS_DAY_STATUS_SETTLED);
  }
  Amount Cash(const AccountId& account) const { return transfers::ReadBalance(view(), account, token_, now()).total; }
  Amount Issued() const { return transfers::ReadSupply(view(), isin_).issued; }

  const Decimal kPrice{Amount::FromMinor(12514), 4};
};

TEST_F(WorkedNumbers, NetAssetsOf125437892Point17Over100234567Point8912UnitsArePricedAt1Point2514) {
  Hold(kUnits);
  CloseAndValue(kTomorrow);
  EXPECT_EQ(Day(kTomorrow).units_at_valuation(), kUnits);
  // 1.251443437…: neither rounded up, nor down, nor to more decimals than the class has.
  for (const char* price : {"1.2515", "1.2513"}) {
    EXPECT_THAT(Price(Attest(kTomorrow, kNetAssets, kUnits, price)), Refused(v1::DEALING_REASON_PRICE_DIFFERS));
  }
  EXPECT_THAT(Price(Attest(kTomorrow, kNetAssets, kUnits, "1.251443437")), Refused(v1::DEALING_REASON_FIGURE_INVALID));
  EXPECT_THAT(Price(Attest(kTomorrow, kNetAssets, kUnits, "1.2514")), Applied());
}

TEST_F(WorkedNumbers, Subscribing1000000WithOnePerCentGramPays10000AndBuys791113Point9523Units) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  EXPECT_EQ(Told("a").execution().fee_amount(), "10000");
  EXPECT_EQ(Told("a").execution().units(), "791113.9523");
  EXPECT_EQ(UnitsOf(account_), "791,113.9523");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "fees")), "10,000.00");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "cash")), "990,000.00");
}

TEST_F(WorkedNumbers, Subscribing1000000WithOnePerCentNeamPays9901) {
  v1::ShareClass net = Class();
  net.mutable_fees(0)->set_basis(v1::FEE_BASIS_NEAM);
  Open(net);
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  EXPECT_EQ(Told("a").execution().fee_amount(), "9901");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "fees")), "9,901.00");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "cash")), "990,099.00");
}

TEST_F(WorkedNumbers, Redeeming250000UnitsPays312850) {
  Hold("791113.9523");
  const Amount before = Cash(cash_account_);
  ASSERT_THAT(Order(RedeemUnits("a", "250000")), Applied());
  Deal(kTomorrow);
  EXPECT_EQ(Told("a").execution().net_amount(), "312850");
  EXPECT_EQ(DisplayDecimal(*Subtract(Cash(cash_account_), before), 2), "312,850.00");
  EXPECT_EQ(UnitsOf(account_), "541,113.9523");
}

TEST_F(WorkedNumbers, Redeeming791113Point9523UnitsPays989999Point99AndTheResidueStaysInTheFund) {
  Hold("791113.9523");
  ASSERT_EQ(CashOf(ClassAccount(isin_, "cash")), "990,000.00");
  ASSERT_THAT(Order(RedeemUnits("a", "791113.9523")), Applied());
  Deal(kTomorrow);
  EXPECT_EQ(Told("a").execution().net_amount(), "989999.99");
  EXPECT_EQ(Told("a").execution().residue(), "0.00990822") << "it is shown";
  EXPECT_EQ(CashOf(ClassAccount(isin_, "cash")), "0.01") << "it stays";
  EXPECT_EQ(CashOf(ClassAccount(isin_, "residual")), "0.00");
  EXPECT_EQ(UnitsOf(account_), "0.0000");
}

TEST_F(WorkedNumbers, SubscribingFor791113Point9523UnitsPays990000PlusTheFee) {
  Open();
  ASSERT_THAT(Order(SubscribeUnits("a", "791113.9523", "1000000")), Applied());
  Launch();
  EXPECT_EQ(Told("a").execution().net_amount(), "990000");
  EXPECT_EQ(Told("a").execution().fee_amount(), "10000");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "cash")), "990,000.00");
  EXPECT_EQ(CashOf(cash_account_), "1,000,000.00");
}

TEST_F(WorkedNumbers, Redeeming50000Cancels39955Point2502Units) {
  Hold("791113.9523");
  ASSERT_THAT(Order(RedeemAmount("a", "50000")), Applied());
  Deal(kTomorrow);
  EXPECT_EQ(Told("a").execution().units(), "39955.2502");
  EXPECT_EQ(Told("a").execution().net_amount(), "50000");
  EXPECT_EQ(UnitsOf(account_), "751,158.7021");
}

// --- The rules around them ---

TEST_F(WorkedNumbers, TheResidualAccountHoldsWholeCentsOnly) {
  v1::ShareClass coarse = WithoutFee();
  coarse.set_unit_decimals(0);
  Open(coarse);
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch("100.01");
  EXPECT_EQ(Told("a").execution().units(), "9");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "residual")), "99.91");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "cash")), "900.09");
}

TEST_F(WorkedNumbers, AnOrdersHistoryIsRecePackCoseSett) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  std::vector<v1::OrderStatus> statuses;
  for (const v1::OrderStatusChange& change : Told("a").history()) statuses.push_back(change.status());
  EXPECT_THAT(statuses, ::testing::ElementsAre(v1::ORDER_STATUS_RECE, v1::ORDER_STATUS_PACK, v1::ORDER_STATUS_COSE,
                                               v1::ORDER_STATUS_SETT));
}

// Orders of every kind, some rejected at the price, some withdrawn.
TEST_F(WorkedNumbers, ADaysUnitsAndCashAddUpAndEveryOrderEndsOnce) {
  Hold("1000", Class());
  std::vector<std::string> labels;
  for (int i = 0; i < 9; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_THAT(Order(SubscribeAmount("s" + n, "10" + n)), Applied());
    ASSERT_THAT(Order(SubscribeUnits("u" + n, "10", i % 3 == 0 ? "10" : "20")), Applied());
    ASSERT_THAT(Order(RedeemUnits("r" + n, "3" + n)), Applied());
    labels.insert(labels.end(), {"s" + n, "u" + n, "r" + n});
  }
  for (const char* label : {"s4", "r7"}) ASSERT_THAT(Order(Cancel(label)), Applied());
  const auto cash_of_all = [&] {
    return *Sum({Cash(cash_account_), Cash(ClassAccount(isin_, "cash")), Cash(ClassAccount(isin_, "fees")),
                 Cash(ClassAccount(isin_, "residual"))});
  };
  const Amount cash_before = cash_of_all();
  const Amount issued_before = Issued();
  Deal(kTomorrow);

  std::map<v1::OrderStatus, int> ends;
  Amount dealt = Amount::Zero();
  for (const std::string& label : labels) {
    EXPECT_FALSE(IsLive(label)) << label;
    EXPECT_EQ(EndsOf(label), 1) << label;
    const v1::Order order = Told(label);
    const v1::OrderStatus status = order.history().rbegin()->status();
    ++ends[status];
    if (status != v1::ORDER_STATUS_SETT) continue;
    const Amount units = ParseDecimal(order.execution().units(), 4).value();
    dealt = order.side() == v1::ORDER_SIDE_SUBSCRIPTION ? *Add(dealt, units) : *Subtract(dealt, units);
  }
  // What was requested is executed, rejected or cancelled.
  EXPECT_EQ(ends, (std::map<v1::OrderStatus, int>{
                      {v1::ORDER_STATUS_SETT, 22}, {v1::ORDER_STATUS_REJECTED, 3}, {v1::ORDER_STATUS_CANCELLED, 2}}));
  // Confirmed less cancelled units are the change in issue; cash, fees and residual add up to nothing.
  EXPECT_EQ(Issued(), *Add(issued_before, dealt));
  EXPECT_EQ(cash_of_all(), cash_before);
}

// Centrifuge liquidity-pools #88: roundings left something over that could be claimed, or that nobody could move any
// more. Here many small orders never take more from the fund than they brought, and whoever leaves leaves nothing.
TEST_F(WorkedNumbers, NeverAgainRoundingDustOnClaims) {
  Hold("1000");
  ASSERT_EQ(CashOf(ClassAccount(isin_, "cash")), "1,251.40");
  for (int i = 0; i < 44; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_THAT(Order(SubscribeAmount("s" + n, "0." + std::to_string(11 + 2 * i))), Applied());
    ASSERT_THAT(Order(RedeemUnits("r" + n, "0.0" + std::to_string(101 + 2 * i))), Applied());
  }
  Deal(kTomorrow);
  const Decimal fund{Cash(ClassAccount(isin_, "cash")), 2};
  const Decimal worth{*Multiply({Issued(), 4}, kPrice, 8, Rounding::kDown), 8};
  EXPECT_TRUE(CompareDecimals(fund, worth) >= 0) << "what the units are worth is there";
  SetTime("2026-03-04T09:00:00Z");
  ASSERT_THAT(Order(RedeemPercentage("all", "100")), Applied());
  Deal(kThirdDay);
  EXPECT_EQ(Issued(), Amount::Zero());
  EXPECT_EQ(transfers::ReadSupply(view(), isin_).holders, 0u);
  EXPECT_FALSE(Cash(ClassAccount(isin_, "cash")).IsNegative());
  // Less than a cent an order.
  EXPECT_LT(Cash(ClassAccount(isin_, "cash")), Amount::FromMinor(2 * 44 + 1));
}

}  // namespace
}  // namespace causeway::testing
