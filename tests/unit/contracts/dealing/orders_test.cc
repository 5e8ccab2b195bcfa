// SPDX-License-Identifier: Apache-2.0
// Orders as they are taken and refused: each test breaks one thing of a valid order.
#include "tests/unit/contracts/dealing/dealing_world.h"

namespace causeway::testing {
namespace {

TEST_F(DealingTest, AnOrderIsAcceptedAndItsCashBlocked) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  EXPECT_EQ(DisplayDecimal(transfers::ReadBalance(view(), cash_account_, token_, now()).blocked, 2), "1,000,000.00");
  EXPECT_EQ(Day(kToday).subscriptions().orders_accepted(), 1u);
}

TEST_F(DealingTest, AnOrderOfAnUnknownClassIsDsec) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_isin(IsinFor("SGNONE"));
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_DSEC));
}

TEST_F(DealingTest, AClassClosedToEntryIsClos) {
  Open();
  v1::ShareClass closed = Class();
  closed.set_status(v1::INSTRUMENT_STATUS_CLOSED_TO_ENTRY);
  Change(closed);
  EXPECT_THAT(Order(SubscribeAmount("a", "100")), Refused(v1::DEALING_REASON_CLOS));
}

TEST_F(DealingTest, AnUnknownAccountIsSafe) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_account(IdFor<AccountId>("nobody").ToString());
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_SAFE));
}

TEST_F(DealingTest, AMissingFieldIsNamed) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->clear_order_id();
  EXPECT_THAT(Order(order), RefusedWith(v1::DEALING_REASON_FIELD_MISSING, std::vector<std::string>{"order_id"}));
}

TEST_F(DealingTest, AnOrderThatAsksForNothingIsRefused) {
  v1::Operation order;
  order.mutable_dealing();
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_OPERATION_MISSING));
}

TEST_F(DealingTest, CashOfAnotherOwnerIsRefused) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_cash_account(
      AddAccount(kInvestorAbroad, v1::ACCOUNT_KIND_OWN, "abroad").ToString());
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_OWNERS_DIFFER));
}

TEST_F(DealingTest, AHolderWhomTheClassDoesNotAdmitIsIpac) {
  v1::ShareClass professional = Class();
  professional.add_eligibility()->mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  Open(professional);
  ContractFixture::Attest(account_, "RETAIL", "SG");
  EXPECT_THAT(Order(SubscribeAmount("a", "100")), Refused(v1::DEALING_REASON_IPAC));
}

TEST_F(DealingTest, TooLargeAShareOfTheClassIsPrct) {
  v1::ShareClass limited = Class();
  limited.add_eligibility()->mutable_maximum_share()->set_share("0.1");
  limited.mutable_eligibility(0)->mutable_maximum_share()->set_from_units_in_issue("1000");
  Open(limited);
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(SubscribeAmount("b", "1000")), Refused(v1::DEALING_REASON_PRCT));
}

TEST_F(DealingTest, ACashTokenThatTheClassDoesNotAcceptIsCash) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_cash_token("SGD.OTHER");
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_CASH));
}

TEST_F(DealingTest, MoreThanTheAccountHasIsMony) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "2000000.01")), Refused(v1::DEALING_REASON_MONY));
}

TEST_F(DealingTest, TooManyDecimalsAreDqua) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "100.001")), Refused(v1::DEALING_REASON_DQUA));
}

TEST_F(DealingTest, QuantitiesThatDoNotFitOrArePastAHundredPerCentAreDqua) {
  Open();
  const std::string beyond(39, '9');
  for (const v1::Operation& order :
       {SubscribeAmount("a", beyond), SubscribeUnits("a", beyond, "1"), SubscribeUnits("a", "1", beyond),
        RedeemUnits("a", beyond), RedeemAmount("a", beyond), RedeemPercentage("a", "100.00000001"),
        RedeemPercentage("a", beyond)}) {
    EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_DQUA));
    EXPECT_FALSE(IsLive("a"));
  }
}

TEST_F(DealingTest, AReferenceInUseIsOrrfAndAnIdInUseIsNamed) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "100")), Applied());
  v1::Operation same_reference = SubscribeAmount("b", "100");
  same_reference.mutable_dealing()->mutable_subscribe()->set_order_reference("REF-a");
  EXPECT_THAT(Order(same_reference), Refused(v1::DEALING_REASON_ORRF));
  v1::Operation same_id = SubscribeAmount("a", "100");
  same_id.mutable_dealing()->mutable_subscribe()->set_order_reference("REF-other");
  EXPECT_THAT(Order(same_id), Refused(v1::DEALING_REASON_ORDER_ID_IN_USE, v1::DEALING_REASON_HOLD_ID_IN_USE));
}

TEST_F(DealingTest, AReferenceThatIsTooLongIsRefused) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_order_reference(std::string(36, 'x'));
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_ORDER_REFERENCE_INVALID));
}

TEST_F(DealingTest, AFrozenAccountIsDoccForLegalProceedingsAndElseNamed) {
  Open();
  v1::Operation freeze;
  v1::FreezeAccount& request = *freeze.mutable_transfers()->mutable_freeze_account();
  request.set_account(cash_account_.ToString());
  request.set_instrument(token_.ToString());
  request.set_reason(v1::FREEZE_REASON_LEGAL);
  EXPECT_THAT(Run(kBank, Two(kBank), freeze), Applied());
  EXPECT_THAT(Order(SubscribeAmount("a", "100")), Refused(v1::DEALING_REASON_DOCC));
  v1::Operation lift;
  lift.mutable_transfers()->mutable_unfreeze_account()->set_account(cash_account_.ToString());
  lift.mutable_transfers()->mutable_unfreeze_account()->set_instrument(token_.ToString());
  EXPECT_THAT(Run(kBank, Two(kBank), lift), Applied());
  request.set_reason(v1::FREEZE_REASON_COMPLIANCE);
  EXPECT_THAT(Run(kBank, Two(kBank), freeze), Applied());
  EXPECT_THAT(Order(SubscribeAmount("a", "100")), Refused(v1::DEALING_REASON_ASSETS));
}

TEST_F(DealingTest, ADiscountThatTheClassDoesNotAllowIsFeee) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_fee_discount("0.5");
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_FEEE));
}

TEST_F(DealingTest, MinimaAndMaximaOfSubscriptionsHaveTheirCodes) {
  v1::ShareClass limited = Class();
  limited.mutable_minima()->set_first_subscription_amount("1000");
  limited.mutable_minima()->set_later_subscription_amount("100");
  limited.mutable_minima()->set_highest_subscription_amount("5000");
  Open(limited);
  EXPECT_THAT(Order(SubscribeAmount("a", "999.99")), Refused(v1::DEALING_REASON_BMIN));
  EXPECT_THAT(Order(SubscribeAmount("a", "5000.01")), Refused(v1::DEALING_REASON_SHIG));
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(SubscribeAmount("b", "99.99")), Refused(v1::DEALING_REASON_SLOW));
  EXPECT_THAT(Order(SubscribeAmount("b", "100")), Applied());
}

TEST_F(DealingTest, MinimaOfRedemptionsHaveTheirCodes) {
  v1::ShareClass limited = Class();
  limited.mutable_minima()->set_redemption_units("10");
  limited.mutable_minima()->set_remaining_units("100");
  Open(limited);
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch("1");
  EXPECT_EQ(UnitsOf(account_), "990.0000");
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(RedeemUnits("b", "9.9999")), Refused(v1::DEALING_REASON_BMRA));
  EXPECT_THAT(Order(RedeemUnits("b", "890.0001")), Refused(v1::DEALING_REASON_BMRV));
  EXPECT_THAT(Order(RedeemUnits("b", "990.0001")), Refused(v1::DEALING_REASON_SECU));
  EXPECT_THAT(Order(RedeemUnits("b", "890")), Applied());
}

TEST_F(DealingTest, ARemainderThatIsTooSmallGoesAlongWhereTheClassSaysSo) {
  v1::ShareClass whole = Class();
  whole.mutable_minima()->set_remaining_units("100");
  whole.set_remainder(v1::REMAINDER_POLICY_REDEEM_WHOLE);
  Open(whole);
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch("1");
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(RedeemUnits("b", "900")), Applied());
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("b"))->units(), "990");
}

TEST_F(DealingTest, UnitsInTheirLockUpAreLock) {
  v1::ShareClass locked = Class();
  locked.add_eligibility()->mutable_lock_up()->set_duration_us(Duration::Days(30).micros());
  Open(locked);
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  const v1::OperationResult result = Order(RedeemUnits("b", "10"));
  EXPECT_EQ(result.status(), v1::OPERATION_STATUS_REFUSED);
  bool locked_up = false;
  for (const v1::Reason& reason : result.reasons()) locked_up = locked_up || reason.code() == v1::DEALING_REASON_LOCK;
  EXPECT_TRUE(locked_up) << result.DebugString();
}

TEST_F(DealingTest, AnOrderForAPastDayIsCutoWhereTheClassRefusesLateOrders) {
  v1::ShareClass strict = Class();
  strict.set_late_orders(v1::LATE_ORDER_POLICY_REFUSE);
  Open(strict);
  SetTime("2026-03-02T10:00:00Z");  // the cut-off itself is too late
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_requested_date(kToday);
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_CUTO));
}

TEST_F(DealingTest, ALateOrderIsOfTheNextDayWhereTheClassRollsIt) {
  Open();
  SetTime("2026-03-02T10:00:00Z");
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_requested_date(kToday);
  EXPECT_THAT(Order(order), Applied());
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("a"))->dealing_date(), kTomorrow);
}

TEST_F(DealingTest, ADayThatIsNotOneIsDdat) {
  Open();
  v1::Operation order = SubscribeAmount("a", "100");
  order.mutable_dealing()->mutable_subscribe()->set_requested_date("2026-03-07");
  EXPECT_THAT(Order(order), Refused(v1::DEALING_REASON_DDAT));
}

TEST_F(DealingTest, BeyondTheCalendarNoOrderIsTaken) {
  Open();
  SetTime("2026-03-05T09:00:00Z");
  EXPECT_THAT(Order(SubscribeAmount("a", "100")), Refused(v1::DEALING_REASON_CALENDAR_ENDS));
}

TEST_F(DealingTest, ADayWithoutASettlementInstantForTheClassTakesNoOrder) {
  v1::ShareClass slow = Class();
  slow.set_lag_days(5);
  Open(slow);
  EXPECT_THAT(Order(SubscribeAmount("a", "100")), Refused(v1::DEALING_REASON_NO_SETTLEMENT_INSTANT));
}

TEST_F(DealingTest, AnOrderIsWithdrawnBeforeTheCutOffAndNotAfterIt) {
  Open();
  EXPECT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  EXPECT_THAT(Order(SubscribeAmount("b", "1000000")), Applied());
  EXPECT_THAT(Order(Cancel("a")), Applied());
  EXPECT_FALSE(IsLive("a"));
  EXPECT_EQ(DisplayDecimal(transfers::ReadBalance(view(), cash_account_, token_, now()).free, 2), "1,000,000.00");
  EXPECT_THAT(Order(Cancel("a")), Refused(v1::DEALING_REASON_ORDER_UNKNOWN));
  SetTime("2026-03-02T10:00:00Z");
  EXPECT_THAT(Order(Cancel("b")), Refused(v1::DEALING_REASON_CUTO));
}

TEST_F(DealingTest, APricedOrderIsNotWithdrawn) {
  v1::ShareClass slow = Class();
  slow.set_lag_days(2);
  Open(slow);
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch();
  EXPECT_THAT(Order(Cancel("a")), Refused(v1::DEALING_REASON_ORDER_STATUS));
}

TEST_F(DealingTest, OnlyTheOwnerOrders) {
  Open();
  EXPECT_THAT(Run(kIntermediary, One(kIntermediary), SubscribeAmount("a", "100")),
              Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_FALSE(IsLive("a"));
}

// MONY, SECU and BMRV would tell what the accounts hold.
TEST_F(DealingTest, AStrangersOrderIsRefusedForThatAloneWhateverTheAccountsHold) {
  Open();
  for (const char* amount : {"1", "2000000", "2000000.01"}) {
    EXPECT_THAT(Run(kIntermediary, One(kIntermediary), SubscribeAmount("b", amount)),
                Refused(v1::PARTIES_REASON_NOT_DELEGATED))
        << amount;
  }
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  for (const char* units : {"1", "1000000"}) {
    EXPECT_THAT(Run(kIntermediary, One(kIntermediary), RedeemUnits("b", units)),
                Refused(v1::PARTIES_REASON_NOT_DELEGATED))
        << units;
  }
}

}  // namespace
}  // namespace causeway::testing
