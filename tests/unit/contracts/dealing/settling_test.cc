// SPDX-License-Identifier: Apache-2.0
// What comes between an order and its settlement: pauses, freezes, recoveries, other orders, and whose cash pays.
#include "contracts/governance/governance.h"
#include "contracts/parties/parties.h"
#include "tests/unit/contracts/dealing/dealing_world.h"

namespace causeway::testing {
namespace {

using ::testing::ElementsAre;

class Settling : public DealingTest {
 protected:
  enum class What { kLedger, kContract, kInstrument };
  void Pause(What what, const std::string& name) {
    v1::Operation operation;
    v1::Pause& request = *operation.mutable_governance()->mutable_pause();
    request.set_explanation("a test");
    if (what == What::kLedger) request.mutable_subject()->mutable_ledger();
    if (what == What::kContract) request.mutable_subject()->set_contract(name);
    if (what == What::kInstrument) request.mutable_subject()->set_instrument(name);
    ASSERT_THAT(Run(kOperators[0], One(kOperators[0]), operation), Applied());
  }
  // As the operators' votes do.
  void Lift(What what, const std::string& name) {
    const auto kind = static_cast<uint8_t>(static_cast<int>(what) + 1);
    ASSERT_TRUE(state().Has(governance::kPauses, std::tuple(kind, name)));
    state().Erase(governance::kPauses, std::tuple(kind, name));
  }
  std::vector<std::string> PendingReasons(const std::string& label) const {
    const std::optional<v1::Order> order = dealing::FindOrder(view(), IdFor<OrderId>(label));
    if (!order) return {"no order"};
    return {order->pending_reasons().begin(), order->pending_reasons().end()};
  }
  // An account of the investor in the transfer agent's register, so that it can be recovered.
  AccountId AddKeptAccount(const std::string& label) {
    const AccountId id = IdFor<AccountId>(label);
    v1::Operation operation;
    v1::OpenAccount& request = *operation.mutable_transfers()->mutable_open_account();
    request.set_account(id.ToString());
    request.set_owner(kInvestor);
    request.set_kind(v1::ACCOUNT_KIND_OWN);
    request.set_keeper(kTransferAgent);
    EXPECT_THAT(Run(kTransferAgent, Two(kTransferAgent), operation), Applied());
    return id;
  }
  void Recover(const AccountId& account, const AccountId& successor) {
    v1::Operation operation;
    v1::RecoverAccount& request = *operation.mutable_transfers()->mutable_recover_account();
    request.set_account(account.ToString());
    request.set_successor(successor.ToString());
    request.set_evidence_hash(crypto::Sha256("evidence").ToString());
    ASSERT_THAT(Run(kTransferAgent, Two(kTransferAgent), operation), Applied());
  }
  void Freeze(const AccountId& account, bool frozen) {
    v1::Operation operation;
    if (frozen) {
      v1::FreezeAccount& request = *operation.mutable_transfers()->mutable_freeze_account();
      request.set_account(account.ToString());
      request.set_instrument(isin_.ToString());
      request.set_reason(v1::FREEZE_REASON_COMPLIANCE);
    } else {
      operation.mutable_transfers()->mutable_unfreeze_account()->set_account(account.ToString());
      operation.mutable_transfers()->mutable_unfreeze_account()->set_instrument(isin_.ToString());
    }
    ASSERT_THAT(Run(kTransferAgent, Two(kTransferAgent), operation), Applied());
  }
  // As a depositary does that keeps the fund's cash.
  void LetCompanyPayFrom(const AccountId& account, const std::string& owner) {
    v1::Operation operation;
    v1::GrantDelegation& grant = *operation.mutable_parties()->mutable_grant_delegation();
    grant.set_delegation_id(IdFor<parties::DelegationId>("depositary").ToString());
    grant.set_delegate(kFmco);
    grant.add_operation_kinds("dealing.redeem");
    grant.add_account_ids(account.ToString());
    grant.set_valid_until_us(At("2026-12-01T00:00:00Z").micros());
    ASSERT_THAT(Run(owner, Two(owner), operation), Applied());
  }
  void AfterARetry() {
    Advance(Duration::Micros(dealing::kSettlementRetryMicros));
    RunAllDue();
  }
  // An order of somebody else, with cash for it.
  v1::OperationResult OrderOf(const std::string& owner, const std::string& label, const std::string& amount) {
    const AccountId units = AddAccount(owner, v1::ACCOUNT_KIND_OWN, label + "/units");
    const AccountId cash = AddAccount(owner, v1::ACCOUNT_KIND_OWN, label + "/cash");
    IssueCash(cash, amount);
    v1::Operation order = SubscribeAmount(label, amount);
    order.mutable_dealing()->mutable_subscribe()->set_account(units.ToString());
    order.mutable_dealing()->mutable_subscribe()->set_cash_account(cash.ToString());
    return Run(owner, One(owner), order);
  }
};

// --- Pauses ---

class PausedDealing : public Settling, public ::testing::WithParamInterface<int> {
 protected:
  void PauseIt() { Pause(Subject(), Name()); }
  void LiftIt() { Lift(Subject(), Name()); }

 private:
  What Subject() const {
    return GetParam() == 0 ? What::kLedger : GetParam() == 1 ? What::kContract : What::kInstrument;
  }
  std::string Name() const {
    const std::vector<std::string> names = {"", "dealing", isin_.ToString(), fund_.ToString()};
    return names[static_cast<size_t>(GetParam())];
  }
};

TEST_P(PausedDealing, PricesNothingUntilThePauseIsLifted) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  CloseAndValue(kToday);
  ASSERT_THAT(Price(Attest(kToday, "0", "0", "1.2514")), Applied());
  PauseIt();
  RunAllDue();
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_PRICING);
  EXPECT_FALSE(dealing::FindOrder(view(), IdFor<OrderId>("a"))->has_execution());
  AfterARetry();
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_PRICING);
  LiftIt();
  AfterARetry();
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_SETTLED);
  EXPECT_EQ(UnitsOf(account_), "791,113.9523");
}

TEST_P(PausedDealing, MovesNothingUntilThePauseIsLifted) {
  v1::ShareClass later = Class();
  later.set_lag_days(0);
  Open(later);
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  ASSERT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_PRICED);
  PauseIt();
  SetTime("2026-03-03T09:00:00Z");
  RunAllDue();
  EXPECT_EQ(UnitsOf(account_), "0.0000");
  EXPECT_EQ(CashOf(cash_account_), "2,000,000.00");
  LiftIt();
  AfterARetry();
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_SETTLED);
  EXPECT_EQ(UnitsOf(account_), "791,113.9523");
}

TEST_P(PausedDealing, ClosesItsBookAndIsValuedInTimeAllTheSame) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  PauseIt();
  CloseAndValue(kToday);
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_VALUED);
}

INSTANTIATE_TEST_SUITE_P(Subjects, PausedDealing, ::testing::Range(0, 4));

// Nobody may be able to price them, and their cash would be blocked for ever.
TEST_F(Settling, WithdrawsOrdersAfterTheCutOffWhileTheClassOrTheFundIsPaused) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  ASSERT_THAT(Order(SubscribeAmount("b", "1000")), Applied());
  SetTime(kToday + std::string("T10:01:00Z"));
  Pause(What::kInstrument, isin_.ToString());
  EXPECT_THAT(Order(Cancel("a")), Applied());
  Lift(What::kInstrument, isin_.ToString());
  EXPECT_THAT(Order(Cancel("b")), Refused(v1::DEALING_REASON_CUTO));
  CloseAndValue(kToday);
  Pause(What::kInstrument, fund_.ToString());
  EXPECT_THAT(Order(Cancel("b")), Applied());
  EXPECT_EQ(EndsOf("b"), 1);
  EXPECT_EQ(Day(kToday).subscriptions().orders_cancelled(), 2u);
  EXPECT_EQ(DisplayDecimal(transfers::ReadBalance(view(), cash_account_, token_, now()).free, 2), "2,000,000.00");
}

TEST_F(Settling, WithdrawsNoOrderWhosePriceIsInForce) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  CloseAndValue(kToday);
  ASSERT_THAT(Price(Attest(kToday, "0", "0", "1.2514")), Applied());
  Pause(What::kInstrument, isin_.ToString());
  EXPECT_THAT(Order(Cancel("a")), Refused(v1::DEALING_REASON_CUTO));
}

// Clients choose the ids of their holds, and an order's is known.
TEST_F(Settling, TakesNothingFromAHoldThatIsNotTheOrdersOwn) {
  v1::ShareClass slow = Class();
  slow.set_lag_days(1);
  Open(slow);
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch();
  const HoldId id = *HoldId::FromBytes(IdFor<OrderId>("a").bytes());
  const v1::Hold own = *transfers::FindHold(view(), id, now());
  v1::Hold of_a_party = own;
  of_a_party.set_controller(v1::HOLD_CONTROLLER_PARTY);
  of_a_party.set_controller_party(kInvestor);
  v1::Hold of_units = own;
  of_units.set_account(account_.ToString());
  v1::Hold of_other_cash = own;
  of_other_cash.set_instrument(AddCashToken("SGD.OTHER").ToString());
  SetTime("2026-03-04T09:00:00Z");
  for (const v1::Hold& foreign : {of_a_party, of_units, of_other_cash}) {
    state().Put(transfers::kHolds, id, foreign);
    AfterARetry();
    EXPECT_THAT(PendingReasons("a"), ElementsAre("UNKNOWN_HOLD"));
    EXPECT_EQ(transfers::FindHold(view(), id, now())->amount(), own.amount());
  }
  state().Put(transfers::kHolds, id, own);
  AfterARetry();
  EXPECT_FALSE(IsLive("a"));
}

TEST_F(Settling, WaitsWhereTransfersArePausedOrTheCashOfTheOrderIs) {
  v1::ShareClass later = Class();
  later.set_lag_days(0);
  Open(later);
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  Pause(What::kContract, "transfers");
  Pause(What::kInstrument, token_.ToString());
  SetTime("2026-03-03T09:00:00Z");
  RunAllDue();
  EXPECT_EQ(UnitsOf(account_), "0.0000");
  EXPECT_THAT(PendingReasons("a"), ElementsAre());
  Lift(What::kContract, "transfers");
  AfterARetry();
  EXPECT_EQ(UnitsOf(account_), "0.0000");
  EXPECT_THAT(PendingReasons("a"), ElementsAre("INSTRUMENT_PAUSED"));
  Lift(What::kInstrument, token_.ToString());
  AfterARetry();
  EXPECT_EQ(UnitsOf(account_), "791,113.9523");
}

// --- Steps that are planned twice ---

// A day that is priced late wakes the next one, whose own valuation may be due in the same block.
TEST_F(Settling, ADayThatIsValuedTwiceKeepsItsPrice) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("launch", "1000")), Applied());
  CloseAndValue(kToday);
  SetTime("2026-03-03T09:00:00Z");
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  ASSERT_THAT(Order(SubscribeAmount("b", "1000")), Applied());
  SetTime("2026-03-03T15:59:58Z");
  RunAllDue();
  ASSERT_THAT(Price(Attest(kToday, "0", "0", "1")), Applied());
  SetTime("2026-03-03T16:00:01Z");
  RunDue(1'000'000);
  ASSERT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_VALUED);
  ASSERT_THAT(Price(Attest(kTomorrow, "990", "990", "1")), Applied());
  RunDue(dealing::kOrderWork);
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_PRICING);
  EXPECT_THAT(Price(Attest(kTomorrow, "1980", "990", "2")), Refused(v1::DEALING_REASON_DAY_STATUS));
  RunAllDue();
  EXPECT_EQ(Day(kTomorrow).status(), v1::CLASS_DAY_STATUS_SETTLED);
  EXPECT_EQ(UnitsOf(account_), "2,970.0000");
}

// --- Accounts that are recovered, frozen or another's ---

TEST_F(Settling, UnitsGoToTheAccountThatHasTakenOver) {
  Open();
  const AccountId lost = AddKeptAccount("lost"), found = AddKeptAccount("found");
  v1::Operation order = SubscribeAmount("a", "1000000");
  order.mutable_dealing()->mutable_subscribe()->set_account(lost.ToString());
  ASSERT_THAT(Order(order), Applied());
  Recover(lost, found);
  Launch();
  EXPECT_EQ(UnitsOf(found), "791,113.9523");
  EXPECT_FALSE(IsLive("a"));
}

TEST_F(Settling, CashGoesToTheAccountThatHasTakenOver) {
  Open();
  const AccountId lost = AddKeptAccount("lost"), found = AddKeptAccount("found");
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  v1::Operation order = RedeemUnits("b", "250000");
  order.mutable_dealing()->mutable_redeem()->set_cash_account(lost.ToString());
  ASSERT_THAT(Order(order), Applied());
  Recover(lost, found);
  CloseAndValue(kTomorrow);
  ASSERT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
  RunAllDue();
  EXPECT_EQ(CashOf(found), "312,850.00");
}

TEST_F(Settling, AHoldingThatIsFrozenAfterTheOrderKeepsItWaitingAndNothingMoves) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  ASSERT_THAT(Order(RedeemUnits("b", "250000")), Applied());
  Freeze(account_, true);
  CloseAndValue(kTomorrow);
  ASSERT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
  RunAllDue();
  EXPECT_THAT(PendingReasons("b"), ElementsAre("FROZEN"));
  EXPECT_EQ(UnitsOf(account_), "791,113.9523");
  EXPECT_EQ(CashOf(cash_account_), "1,000,000.00");
  Freeze(account_, false);
  AfterARetry();
  EXPECT_EQ(CashOf(cash_account_), "1,312,850.00");
}

TEST_F(Settling, AClassThatWouldPayWithAnothersCashTakesNoOrders) {
  const AccountId victim = AddAccount(kBank, v1::ACCOUNT_KIND_OWN, "victim");
  v1::ShareClass thief = Class();
  thief.set_cash_account_id(victim.ToString());
  Open(thief);
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Refused(v1::DEALING_REASON_CASH_ACCOUNT_FOREIGN));
  LetCompanyPayFrom(victim, kBank);
  EXPECT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
}

TEST_F(Settling, NobodySubscribesOutOfTheClasssOwnCash) {
  Open();
  IssueCash(ClassAccount(isin_, "cash"), "1000");
  v1::Operation order = SubscribeAmount("a", "1000");
  v1::Subscribe& request = *order.mutable_dealing()->mutable_subscribe();
  request.set_account(AddAccount(kFmco, v1::ACCOUNT_KIND_OWN, "company").ToString());
  request.set_cash_account(ClassAccount(isin_, "cash").ToString());
  EXPECT_THAT(Run(kFmco, One(kFmco), order), Refused(v1::DEALING_REASON_SAFE));
}

TEST_F(Settling, UnitsAreNotIssuedForCashThatStaysWhereItIs) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  LetCompanyPayFrom(cash_account_, kInvestor);
  v1::ShareClass own = Class();
  own.set_cash_account_id(cash_account_.ToString());
  Change(own);
  Launch();
  EXPECT_EQ(UnitsOf(account_), "0.0000");
  EXPECT_THAT(PendingReasons("a"), ElementsAre("SAME_ACCOUNT"));
  Change(Class());
  AfterARetry();
  EXPECT_EQ(UnitsOf(account_), "791,113.9523");
}

TEST_F(Settling, AClassThatComesToPayWithAnothersCashPaysNothing) {
  Open();
  ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
  Launch();
  SetTime("2026-03-03T09:00:00Z");
  ASSERT_THAT(Order(RedeemUnits("b", "250000")), Applied());
  const AccountId victim = AddAccount(kBank, v1::ACCOUNT_KIND_OWN, "victim");
  IssueCash(victim, "1000000");
  v1::ShareClass thief = Class();
  thief.set_cash_account_id(victim.ToString());
  Change(thief);
  CloseAndValue(kTomorrow);
  ASSERT_THAT(Price(Attest(kTomorrow, "990000", "791113.9523", "1.2514")), Applied());
  RunAllDue();
  EXPECT_EQ(CashOf(victim), "1,000,000.00");
  EXPECT_THAT(PendingReasons("b"), ElementsAre("CASH_ACCOUNT_FOREIGN"));
  Change(Class());
  AfterARetry();
  EXPECT_EQ(CashOf(cash_account_), "1,312,850.00");
}

// --- Limits that depend on other orders ---

// Each is the whole class, or half of it, until the others are settled.
TEST_F(Settling, AShareOfTheClassIsAskedOfWhatTheDaysOrdersComeTo) {
  v1::ShareClass limited = Class();
  limited.add_eligibility()->mutable_maximum_share()->set_share("0.4");
  Open(limited);
  ASSERT_THAT(OrderOf(kInvestor, "a", "1000"), Applied());
  ASSERT_THAT(OrderOf(kIntermediary, "b", "1000"), Applied());
  ASSERT_THAT(OrderOf(kBank, "c", "1000"), Applied());
  Launch();
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_SETTLED);
  for (const char* label : {"a", "b", "c"}) EXPECT_FALSE(IsLive(label)) << label;
}

TEST_F(Settling, AShareThatIsTooLargeOfWhatTheyComeToWaits) {
  v1::ShareClass limited = Class();
  limited.add_eligibility()->mutable_maximum_share()->set_share("0.4");
  Open(limited);
  ASSERT_THAT(OrderOf(kInvestor, "a", "1000"), Applied());
  ASSERT_THAT(OrderOf(kIntermediary, "b", "1000"), Applied());
  ASSERT_THAT(OrderOf(kBank, "c", "3000"), Applied());
  Launch();
  EXPECT_THAT(PendingReasons("c"), ElementsAre("SHARE_TOO_LARGE"));
  EXPECT_FALSE(IsLive("a"));
  EXPECT_FALSE(IsLive("b"));
}

TEST_F(Settling, ARedemptionLeavesNoLessThanAHolderMustHold) {
  v1::ShareClass limited = Class();
  limited.add_eligibility()->mutable_minimum_holding()->set_units("100");
  Open(limited);
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  Launch("1");
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Order(RedeemUnits("b", "890.0001")), Refused(v1::DEALING_REASON_BMRV));
  EXPECT_THAT(Order(RedeemUnits("b", "890")), Applied());
  EXPECT_THAT(Order(RedeemUnits("c", "0.0001")), Refused(v1::DEALING_REASON_BMRV)) << "what is ordered already counts";
  EXPECT_THAT(Order(RedeemUnits("c", "100")), Applied()) << "nothing is no holding";
}

// Each order's units fit into 128 bits, and the sum of the two does not.
TEST_F(Settling, UnitsThatDoNotFitBesideTheOthersAreRejectedAndStopNoOtherOrder) {
  v1::ShareClass fine = Class();
  fine.set_unit_decimals(18);
  fine.set_price_decimals(18);
  Open(fine);
  ASSERT_THAT(Order(SubscribeAmount("a", "100")), Applied());
  ASSERT_THAT(Order(SubscribeAmount("b", "100")), Applied());
  ASSERT_THAT(Order(SubscribeAmount("c", "10")), Applied());
  Launch("0.000000000000000001");
  EXPECT_EQ(Day(kToday).status(), v1::CLASS_DAY_STATUS_SETTLED);
  EXPECT_EQ(Day(kToday).subscriptions().orders_rejected(), 1u);
  EXPECT_EQ(Day(kToday).subscriptions().orders_settled(), 2u);
  EXPECT_EQ(CashOf(cash_account_), "1,999,890.00");
}

// --- Instants ---

TEST_F(Settling, TheLastMicrosecondBeforeTheCutOffIsInTime) {
  Open();
  SetTime(SubtractSaturating(At("2026-03-02T10:00:00Z"), Duration::Micros(1)));
  ASSERT_THAT(Order(SubscribeAmount("a", "100")), Applied());
  ASSERT_THAT(Order(SubscribeAmount("b", "100")), Applied());
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("a"))->dealing_date(), kToday);
  EXPECT_THAT(Order(Cancel("b")), Applied());
  SetTime("2026-03-02T10:00:00Z");
  EXPECT_THAT(Order(Cancel("a")), Refused(v1::DEALING_REASON_CUTO));
  ASSERT_THAT(Order(SubscribeAmount("c", "100")), Applied());
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("c"))->dealing_date(), kTomorrow);
}

TEST_F(Settling, DaysOverAHolidayAndTheYearsEndFollowEachOther) {
  AddShareClass(isin_.text(), Class());
  AddDealingDays(fund_, {"2026-12-31", "2027-01-04"});
  IssueCash(cash_account_, "2000000");
  SetTime("2026-12-31T09:00:00Z");
  ASSERT_THAT(Order(SubscribeAmount("a", "1000")), Applied());
  SetTime("2026-12-31T10:00:00Z");
  ASSERT_THAT(Order(SubscribeAmount("b", "1000")), Applied());
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("b"))->dealing_date(), "2027-01-04");
  // The new year's day is not valued before the old one's is priced.
  CloseAndValue("2027-01-04");
  EXPECT_EQ(Day("2027-01-04").status(), v1::CLASS_DAY_STATUS_BOOK_CLOSED);
  ASSERT_THAT(Price(Attest("2026-12-31", "0", "0", "1")), Applied());
  RunAllDue();
  EXPECT_EQ(Day("2027-01-04").units_at_valuation(), "990");
  ASSERT_THAT(Price(Attest("2027-01-04", "990", "990", "1")), Applied());
  RunAllDue();
  EXPECT_EQ(UnitsOf(account_), "1,980.0000");
}

}  // namespace
}  // namespace causeway::testing
