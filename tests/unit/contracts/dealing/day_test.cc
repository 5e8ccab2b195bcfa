// SPDX-License-Identifier: Apache-2.0
// A dealing day from the first order to settlement.
#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "tests/unit/contracts/dealing/dealing_world.h"

namespace causeway::testing {
namespace {

// The price makes the next day's valuation due at the very instant for which that was planned.
TEST_F(DealingTest, ADayThatIsPricedAtTheNextOnesValuationPointLeavesBothWell) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  CloseAndValue(kToday);
  const instruments::DealingDay next = *instruments::FindDealingDay(view(), fund_, kTomorrow);
  SetTime(kTomorrow + std::string("T08:00:00Z"));
  ASSERT_THAT(Order(SubscribeAmount("b", "1000")), Applied());
  SetTime(FormatInstant(next.book_closes));
  RunAllDue();
  ASSERT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_BOOK_CLOSED);
  ASSERT_THAT(Price(Attest(kToday, "0", "0", "1.2514")), Applied());
  SetTime(FormatInstant(next.valuation_point));
  RunAllDue();
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_VALUED);
  EXPECT_FALSE(governance::FindPause(view(), governance::PauseKind::kInstrument, isin_.text()).has_value());
}

TEST_F(DealingTest, ADayGoesFromOrdersToUnitsAndCash) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  EXPECT_EQ(UnitsOf(account_), "791,113.9523");
  EXPECT_EQ(CashOf(cash_account_), "1,000,000.00");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "cash")), "990,000.00");
  EXPECT_EQ(CashOf(ClassAccount(isin_, "fees")), "10,000.00");
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_SETTLED);
  EXPECT_FALSE(IsLive("a"));

  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(RedeemUnits("b", "250000")), Applied());
  EXPECT_THAT(Order(RedeemAmount("c", "50000")), Applied());
  EXPECT_THAT(Order(SubscribeUnits("d", "100", "200")), Applied());
  CloseAndValue(kTomorrow);
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
  RunAllDue();
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_SETTLED);
  // 791,113.9523 − 250,000 − 39,955.2502 + 100
  EXPECT_EQ(UnitsOf(account_), "501,258.7021");
  // 1,000,000 + 312,850 + 50,000 − 125.14 − 1.27 (1 % of the gross amount: 125.14 × 0.01 ÷ 0.99, rounded up)
  EXPECT_EQ(CashOf(cash_account_), "1,362,723.59");
}

TEST_F(DealingTest, TheWholeHoldingGoesWithAHundredPerCent) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(RedeemPercentage("b", "100")), Applied());
  CloseAndValue(kTomorrow);
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
  RunAllDue();
  EXPECT_EQ(UnitsOf(account_), "0.0000");
  EXPECT_EQ(CashOf(cash_account_), "1,989,999.99");
}

// Orders of both sides, some of which are rejected at the price, priced and settled once in a block and then, from the
// same state, in cuts of every size.
TEST_F(DealingTest, TheCloseGivesTheSameHoweverItIsCut) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("launch", "100000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    EXPECT_THAT(Order(SubscribeAmount("s" + n, std::to_string(1000 + i))), Applied());
    EXPECT_THAT(Order(SubscribeUnits("u" + n, "100", i % 3 == 0 ? "100" : "200")), Applied());
    EXPECT_THAT(Order(RedeemUnits("r" + n, std::to_string(10 + i))), Applied());
  }
  CloseAndValue(kTomorrow);
  const std::string units = Day(kTomorrow).units_at_valuation();
  const std::optional<Amount> net_assets =
      Multiply({ParseDecimal(units, 4).value(), 4}, {ParseDecimal("1.2514", 4).value(), 4}, 2, Rounding::kHalfUp);
  EXPECT_THAT(Price(Attest(kTomorrow, FormatDecimal(*net_assets, 2), units, "1.2514")), Applied());
  const state::Changes before = state().changes();
  const auto restore = [&] {
    const state::Changes now = state().changes();
    for (const auto& [key, value] : now) {
      if (!before.contains(key)) state().EraseRaw(key.table, key.key);
    }
    for (const auto& [key, value] : before) {
      if (value)
        state().PutRaw(key.table, key.key, *value);
      else
        state().EraseRaw(key.table, key.key);
    }
  };
  // What there is, without the marks of what was erased.
  const auto records = [&] {
    std::map<state::StateKey, std::string> there;
    for (const auto& [key, value] : state().changes()) {
      if (value) there.emplace(key, *value);
    }
    return there;
  };
  RunAllDue();
  const auto whole = records();
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_SETTLED);
  EXPECT_EQ(Day(kTomorrow).subscriptions().orders_settled(), 20u);
  EXPECT_EQ(Day(kTomorrow).subscriptions().orders_rejected(), 4u);
  EXPECT_EQ(Day(kTomorrow).redemptions().orders_settled(), 12u);
  for (uint64_t orders = 1; orders <= 37; orders += 3) {
    restore();
    ASSERT_NE(records(), whole);
    RunAllDue(dealing::kOrderWork * orders);
    EXPECT_EQ(records(), whole) << orders << " orders a block";
  }
}

TEST_F(DealingTest, AnAttestationMustStateTheLedgersOwnUnits) {
  Open();
  EXPECT_THAT(Price(Attest("2026-03-09", "0", "0", "1")), Refused(v1::DEALING_REASON_DAY_UNKNOWN));
  EXPECT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  EXPECT_THAT(Price(Attest(kToday, "0", "0", "1.2514")), Refused(v1::DEALING_REASON_DAY_STATUS));
  Launch();
  CloseAndValue(kTomorrow);
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9524", "1.2514")), Refused(v1::DEALING_REASON_UNITS_DIFFER));
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2515")), Refused(v1::DEALING_REASON_PRICE_DIFFERS));
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.25141")), Refused(v1::DEALING_REASON_FIGURE_INVALID));
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
}

TEST_F(DealingTest, APriceNeedsTwoOfficersOfTheAdministrator) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  CloseAndValue(kToday);
  EXPECT_EQ(Run(kAdministrator, One(kAdministrator), Attest(kToday, "0", "0", "1")).status(),
            v1::OPERATION_STATUS_REFUSED);
  EXPECT_EQ(Run(kFmco, Two(kFmco), Attest(kToday, "0", "0", "1")).status(), v1::OPERATION_STATUS_REFUSED);
}

TEST_F(DealingTest, APriceOutsideTheToleranceWaitsForCompliance) {
  v1::ShareClass tolerant = Class();
  tolerant.set_price_tolerance("0.05");
  Open(tolerant);
  EXPECT_THAT(Order(SubscribeAmount("a", "1010.11")), Applied());
  Launch("1");
  EXPECT_EQ(UnitsOf(account_), "1,000.0000");
  CloseAndValue(kTomorrow);
  EXPECT_THAT(Price(Attest(kTomorrow, "1051", "1000", "1.051")), Applied());
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_PRICE_IN_REVIEW);
  EXPECT_THAT(Run(kFmco, Two(kFmco), Review(kTomorrow, "1.05", true)), Refused(v1::DEALING_REASON_PRICE_NOT_IN_REVIEW));
  EXPECT_THAT(Run(kFmco, Two(kFmco), Review(kTomorrow, "1.051", false)), Applied());
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_VALUED);
  EXPECT_THAT(Price(Attest(kTomorrow, "1051", "1000", "1.051")), Applied());
  EXPECT_THAT(Run(kFmco, Two(kFmco), Review(kTomorrow, "1.051", true)), Applied());
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_PRICING);
}

TEST_F(DealingTest, AnOrderForUnitsThatItsCashDoesNotCoverIsRejectedAtThePrice) {
  Open();
  EXPECT_THAT(Order(SubscribeUnits("a", "1000", "1000")), Applied());
  Launch();
  EXPECT_FALSE(IsLive("a"));
  EXPECT_EQ(Day(kToday).subscriptions().orders_rejected(), 1u);
  EXPECT_EQ(CashOf(cash_account_), "2,000,000.00");
  EXPECT_EQ(DisplayDecimal(transfers::ReadBalance(view(), cash_account_, token_, now()).free, 2), "2,000,000.00");
}

TEST_F(DealingTest, AFundShortOfCashLeavesRedemptionsPendingUntilItHasSome) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  EXPECT_THAT(Run(kFmco, Two(kFmco), SpendClassCash("900000")), Applied());
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(RedeemUnits("b", "250000")), Applied());
  CloseAndValue(kTomorrow);
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
  RunAllDue();
  ASSERT_TRUE(IsLive("b"));
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("b"))->pending_reasons(0), "MONY");
  IssueCash(ClassAccount(isin_, "cash"), "900000");
  Advance(Duration::Minutes(15));
  RunAllDue();
  EXPECT_FALSE(IsLive("b"));
  EXPECT_EQ(CashOf(cash_account_), "1,312,850.00");
}

// The redemption came first and waits in the first pass; what the subscription pays settles it in the second.
TEST_F(DealingTest, ARedemptionIsPaidFromSubscriptionsOfTheSameDay) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  EXPECT_THAT(Run(kFmco, Two(kFmco), SpendClassCash("900000")), Applied());
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(RedeemUnits("b", "250000")), Applied());
  EXPECT_THAT(Order(SubscribeAmount("c", "500000")), Applied());
  CloseAndValue(kTomorrow);
  EXPECT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
  RunAllDue(dealing::kOrderWork);
  EXPECT_FALSE(IsLive("b"));
  EXPECT_FALSE(IsLive("c"));
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_SETTLED);
  EXPECT_EQ(Day(kTomorrow).settled_before_pass(), 0u);
}

TEST_F(DealingTest, ADayOpensWithoutOrdersAndOnlyOnce) {
  Open();
  EXPECT_THAT(Run(kFmco, Two(kFmco), OpenDay(kToday)), Applied());
  EXPECT_THAT(Run(kFmco, Two(kFmco), OpenDay(kToday)), Refused(v1::DEALING_REASON_DAY_STATUS));
  CloseAndValue(kToday);
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_VALUED);
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_OPEN);
}

TEST_F(DealingTest, OrdersOfADayThatLeavesTheCalendarMoveToTheNext) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  v1::Operation remove;
  v1::SetDealingDays& request = *remove.mutable_instruments()->mutable_set_dealing_days();
  request.set_fund_id(fund_.ToString());
  request.add_removed(kToday);
  EXPECT_THAT(Run(kFmco, Two(kFmco), remove), Applied());
  SetTime("2026-03-02T10:05:00Z");
  RunAllDue();
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_REMOVED);
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("a"))->dealing_date(), kTomorrow);
}

TEST_F(DealingTest, OrdersDoNotMoveToADayThatTakesNone) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  v1::ClassDay removed;
  removed.set_status(v1::CLASS_DAY_STATUS_REMOVED);
  state().Put(dealing::kClassDays, dealing::ClassDayKey{isin_, kTomorrow}, removed);
  v1::Operation remove;
  remove.mutable_instruments()->mutable_set_dealing_days()->set_fund_id(fund_.ToString());
  remove.mutable_instruments()->mutable_set_dealing_days()->add_removed(kToday);
  ASSERT_THAT(Run(kFmco, Two(kFmco), remove), Applied());
  SetTime("2026-03-02T10:05:00Z");
  RunAllDue();
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("a"))->dealing_date(), "2026-03-04");
}

// A day that comes into the calendar late has no record for the class: nobody ordered for it, and the day before it did
// not open it.
TEST_F(DealingTest, ADayWaitsForAnEarlierPriceOverDaysThatTheClassDoesNotDealOn) {
  const std::string last = "2026-03-04";
  AddShareClass(isin_.text(), Class());
  AddDealingDays(fund_, {kToday, last});
  IssueCash(cash_account_, "2000000");
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  CloseAndValue(kToday);
  AddDealingDays(fund_, {kTomorrow});
  CloseAndValue(last);
  ASSERT_FALSE(dealing::FindClassDay(view(), isin_, kTomorrow).has_value());
  EXPECT_EQ(Day(last).status(), v1::CLASS_DAY_STATUS_BOOK_CLOSED);
  ASSERT_THAT(Price(Attest(kToday, "0", "0", "1.2514")), Applied());
  RunAllDue();
  EXPECT_EQ(Day(last).status(), v1::CLASS_DAY_STATUS_VALUED);
  EXPECT_EQ(Day(last).units_at_valuation(), "791113.9523");
}

// The class's record of a day that left the calendar stays, also when the day comes back.
TEST_F(DealingTest, ADayThatLeftTheCalendarAndCameBackHidesNoEarlierOne) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  ASSERT_THAT(Run(kFmco, Two(kFmco), OpenDay("2026-03-04")), Applied());
  v1::ClassDay removed;
  removed.set_status(v1::CLASS_DAY_STATUS_REMOVED);
  state().Put(dealing::kClassDays, dealing::ClassDayKey{isin_, kTomorrow}, removed);
  CloseAndValue("2026-03-04");
  EXPECT_EQ(Day("2026-03-04").status(), v1::CLASS_DAY_STATUS_BOOK_CLOSED);
  ASSERT_THAT(Price(Attest(kToday, "0", "0", "1.2514")), Applied());
  RunAllDue();
  EXPECT_EQ(Day("2026-03-04").status(), v1::CLASS_DAY_STATUS_VALUED);
}

}  // namespace
}  // namespace causeway::testing
