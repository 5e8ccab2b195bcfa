// SPDX-License-Identifier: Apache-2.0
// Issue and redemption of tokenized cash.

#include "contracts/cash/cash.h"

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

using Parameters = std::vector<std::string>;

class Cash : public ContractFixture {
 protected:
  v1::Operation IssueTo(const AccountId& to, absl::string_view amount, absl::string_view reference) const {
    v1::Operation operation;
    v1::IssueCash* request = operation.mutable_cash()->mutable_issue();
    request->set_instrument(token_.ToString());
    request->set_to(to.ToString());
    request->set_amount(std::string(amount));
    request->set_payment_reference(std::string(reference));
    return operation;
  }
  v1::Operation RedeemFrom(const AccountId& from, absl::string_view amount, absl::string_view reference) const {
    v1::Operation operation;
    v1::RedeemCash* request = operation.mutable_cash()->mutable_redeem();
    request->set_instrument(token_.ToString());
    request->set_from(from.ToString());
    request->set_amount(std::string(amount));
    request->set_payment_reference(std::string(reference));
    return operation;
  }
  v1::Operation RedeemHold(absl::string_view label, absl::string_view amount, absl::string_view reference) const {
    v1::Operation operation = RedeemFrom(holder_, amount, reference);
    operation.mutable_cash()->mutable_redeem()->clear_from();
    operation.mutable_cash()->mutable_redeem()->set_hold(IdFor<HoldId>(label).ToString());
    return operation;
  }
  v1::OperationResult ByBank(const v1::Operation& operation) { return Run(kBank, One(kBank), operation); }
  // The holder blocks cash for the bank's own account, which the bank may end.
  void HoldForBank(absl::string_view label, absl::string_view amount, const std::string& controller) {
    v1::Operation operation;
    v1::PlaceHold* request = operation.mutable_transfers()->mutable_place_hold();
    request->set_hold(IdFor<HoldId>(label).ToString());
    request->set_account(holder_.ToString());
    request->set_instrument(token_.ToString());
    request->set_amount(std::string(amount));
    request->set_beneficiary(own_.ToString());
    request->set_controller(controller);
    request->set_expires_us(AddSaturating(now(), Duration::Hours(1)).micros());
    ASSERT_THAT(Run(kInvestor, One(kInvestor), operation), Applied());
  }
  transfers::Balance BalanceOf(const AccountId& account) const {
    return transfers::ReadBalance(view(), account, token_, now());
  }
  Amount Issued() const { return transfers::ReadSupply(view(), token_).issued; }

  const InstrumentId token_ = AddCashToken();
  const AccountId holder_ = AddAccount(kInvestor);
  const AccountId own_ = AddAccount(kBank);
};

TEST_F(Cash, IsIssuedForAPayment) {
  const v1::OperationResult result = ByBank(IssueTo(holder_, "1000.5", "PAY-1"));
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(BalanceOf(holder_).free, Amount::FromMinor(100050));
  EXPECT_EQ(Issued(), Amount::FromMinor(100050));
  ASSERT_EQ(result.events_size(), 2);
  EXPECT_EQ(result.events(0).cash().payment_booked().payment_reference(), "PAY-1");
  EXPECT_EQ(result.events(0).cash().payment_booked().direction(), v1::PAYMENT_DIRECTION_RECEIVED);
  EXPECT_EQ(result.events(1).transfers().units_moved().to(), holder_.ToString());
  EXPECT_EQ(cash::FindPayment(view(), kBank, "PAY-1")->amount(), "1000.5");
}

TEST_F(Cash, OnlyItsIssuerIssues) {
  EXPECT_THAT(Run(kInvestor, One(kInvestor), IssueTo(holder_, "1", "PAY-1")),
              Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_EQ(Issued(), Amount::Zero());
}

TEST_F(Cash, AmountsHaveTheCurrencysDecimalsAndFit) {
  int payment = 0;
  for (const char* amount : {"0", "-1", "1.001", "1701411834604692317316873037158841057.28"}) {
    const std::string reference = "PAY-" + std::to_string(++payment);
    EXPECT_THAT(ByBank(IssueTo(holder_, amount, reference)),
                RefusedWith(v1::TRANSFERS_REASON_AMOUNT_INVALID, Parameters{amount, "2"}));
    EXPECT_FALSE(cash::FindPayment(view(), kBank, reference).has_value()) << "a refusal uses no reference";
  }
  // What 128 bits hold, and not beside one cent more.
  ASSERT_THAT(ByBank(IssueTo(holder_, "0.01", "PAY-8")), Applied());
  EXPECT_THAT(ByBank(IssueTo(holder_, "1701411834604692317316873037158841057.27", "PAY-9")),
              Refused(v1::TRANSFERS_REASON_OVERFLOW));
  EXPECT_EQ(Issued(), Amount::FromMinor(1));
}

TEST_F(Cash, APaymentIsBookedOnce) {
  ASSERT_THAT(ByBank(IssueTo(holder_, "1", "PAY-1")), Applied());
  EXPECT_THAT(ByBank(IssueTo(holder_, "1", "PAY-1")),
              RefusedWith(v1::CASH_REASON_REFERENCE_USED, Parameters{"PAY-1", "2026-03-02T09:00:00Z"}));
  EXPECT_THAT(ByBank(RedeemFrom(own_, "1", "PAY-1")),
              Refused(v1::CASH_REASON_REFERENCE_USED, v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
}

TEST_F(Cash, TwoIssuersMayUseOneReference) {
  const std::string second = AddParty("SECONDBANK", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER});
  const InstrumentId token = AddCashToken("SGD.SECOND", second);
  ASSERT_THAT(ByBank(IssueTo(holder_, "1", "PAY-1")), Applied());
  v1::Operation operation = IssueTo(holder_, "1", "PAY-1");
  operation.mutable_cash()->mutable_issue()->set_instrument(token.ToString());
  EXPECT_THAT(Run(second, One(second), operation), Applied());
}

TEST_F(Cash, AReferenceIsRememberedFor400Days) {
  ASSERT_THAT(ByBank(IssueTo(holder_, "1", "PAY-1")), Applied());
  Advance(Duration::Micros(Duration::Days(400).micros() - 1));
  RunDue();
  EXPECT_TRUE(cash::FindPayment(view(), kBank, "PAY-1").has_value());
  Advance(Duration::Micros(1));
  RunDue();
  EXPECT_FALSE(cash::FindPayment(view(), kBank, "PAY-1").has_value());
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Cash, AReferenceHas1To35Characters) {
  EXPECT_THAT(ByBank(IssueTo(holder_, "1", "")), RefusedWith(v1::CASH_REASON_REFERENCE_INVALID, Parameters{""}));
  EXPECT_THAT(ByBank(IssueTo(holder_, "1", std::string(36, 'R'))), Refused(v1::CASH_REASON_REFERENCE_INVALID));
  EXPECT_THAT(ByBank(IssueTo(holder_, "1", std::string(35, 'R'))), Applied());
}

TEST_F(Cash, AShareClassIsNoCash) {
  const InstrumentId fund = AddFund();
  const std::string isin = IsinFor("LU000000001");
  AddShareClass(isin, ShareClassOf(fund, {token_}, isin));
  v1::Operation operation = IssueTo(holder_, "1", "PAY-1");
  operation.mutable_cash()->mutable_issue()->set_instrument(isin);
  EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), operation),
              RefusedWith(v1::CASH_REASON_NOT_CASH, Parameters{isin}));
}

TEST_F(Cash, AnIssueNamesItsTokenAndItsReceiver) {
  v1::Operation operation = IssueTo(holder_, "1", "PAY-1");
  operation.mutable_cash()->mutable_issue()->clear_to();
  EXPECT_THAT(ByBank(operation), RefusedWith(v1::CASH_REASON_FIELD_INVALID, Parameters{"to"}));
  operation = IssueTo(holder_, "1", "PAY-1");
  operation.mutable_cash()->mutable_issue()->clear_instrument();
  EXPECT_THAT(ByBank(operation), RefusedWith(v1::CASH_REASON_FIELD_INVALID, Parameters{"instrument"}));
  v1::Operation nothing;
  nothing.mutable_cash();
  EXPECT_THAT(ByBank(nothing), Refused(v1::CASH_REASON_OPERATION_MISSING));
}

TEST_F(Cash, ATokenThatIsClosedToEntryIsNotIssuedButRedeemed) {
  ASSERT_THAT(ByBank(IssueTo(own_, "5", "PAY-1")), Applied());
  v1::Operation close;
  v1::SetCashToken* request = close.mutable_instruments()->mutable_set_cash_token();
  request->set_instrument_id(token_.ToString());
  *request->mutable_cash_token() = *instruments::FindCashToken(view(), token_);
  request->mutable_cash_token()->set_status(v1::INSTRUMENT_STATUS_CLOSED_TO_ENTRY);
  ASSERT_THAT(Run(kBank, Two(kBank), close), Applied());
  EXPECT_THAT(ByBank(IssueTo(holder_, "1", "PAY-2")), RefusedWith(v1::CASH_REASON_CLOSED, Parameters{"SGD.MERIDIAN"}));
  EXPECT_THAT(ByBank(RedeemFrom(own_, "5", "PAY-3")), Applied());
}

TEST_F(Cash, TheIssuerRedeemsWhatStandsInItsOwnAccount) {
  ASSERT_THAT(ByBank(IssueTo(own_, "100", "PAY-1")), Applied());
  ASSERT_THAT(ByBank(RedeemFrom(own_, "40", "PAY-2")), Applied());
  EXPECT_EQ(BalanceOf(own_).total, Amount::FromMinor(6000));
  EXPECT_EQ(Issued(), Amount::FromMinor(6000));
  EXPECT_EQ(cash::FindPayment(view(), kBank, "PAY-2")->direction(), v1::PAYMENT_DIRECTION_PAID);
}

TEST_F(Cash, TheIssuerTakesNothingFromAHoldersAccount) {
  ASSERT_THAT(ByBank(IssueTo(holder_, "100", "PAY-1")), Applied());
  EXPECT_THAT(ByBank(RedeemFrom(holder_, "40", "PAY-2")),
              RefusedWith(v1::CASH_REASON_NOT_ISSUERS_ACCOUNT, Parameters{holder_.ToHex()}));
}

TEST_F(Cash, TheIssuerRedeemsWhatAHolderHasHeldForIt) {
  ASSERT_THAT(ByBank(IssueTo(holder_, "100", "PAY-1")), Applied());
  HoldForBank("h", "60", kBank);
  ASSERT_THAT(ByBank(RedeemHold("h", "60", "PAY-2")), Applied());
  EXPECT_EQ(BalanceOf(holder_).total, Amount::FromMinor(4000));
  EXPECT_EQ(Issued(), Amount::FromMinor(4000));
}

TEST_F(Cash, AHoldForSomebodyElseIsNotRedeemed) {
  ASSERT_THAT(ByBank(IssueTo(holder_, "100", "PAY-1")), Applied());
  HoldForBank("h", "60", kIntermediary);
  EXPECT_THAT(ByBank(RedeemHold("h", "60", "PAY-2")),
              RefusedWith(v1::CASH_REASON_NOT_ISSUERS_HOLD, Parameters{IdFor<HoldId>("h").ToHex()}));
  EXPECT_THAT(ByBank(RedeemHold("none", "60", "PAY-2")), Refused(v1::TRANSFERS_REASON_UNKNOWN_HOLD));
}

TEST_F(Cash, ARedemptionNamesAnAccountOrAHold) {
  v1::Operation both = RedeemHold("h", "60", "PAY-2");
  both.mutable_cash()->mutable_redeem()->set_from(own_.ToString());
  EXPECT_THAT(ByBank(both), RefusedWith(v1::CASH_REASON_FIELD_INVALID, Parameters{"from"}));
  v1::Operation neither = RedeemHold("h", "60", "PAY-2");
  neither.mutable_cash()->mutable_redeem()->clear_hold();
  EXPECT_THAT(ByBank(neither), RefusedWith(v1::CASH_REASON_FIELD_INVALID, Parameters{"from"}));
}

TEST_F(Cash, AClassAcceptsTheTokensThatItNames) {
  const InstrumentId fund = AddFund();
  const std::string isin = IsinFor("LU000000001");
  AddShareClass(isin, ShareClassOf(fund, {token_}, isin));
  const std::string second = AddParty("SECONDBANK", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER});
  const InstrumentId other = AddCashToken("SGD.SECOND", second);
  Reasons reasons;
  cash::CheckAccepted(view(), InstrumentFor(isin), token_, reasons);
  EXPECT_TRUE(reasons.empty());
  cash::CheckAccepted(view(), InstrumentFor(isin), other, reasons);
  EXPECT_TRUE(reasons.Contains(v1::CASH_REASON_CASH));
  Reasons not_cash;
  cash::CheckAccepted(view(), InstrumentFor(isin), InstrumentFor(isin), not_cash);
  EXPECT_TRUE(not_cash.Contains(v1::CASH_REASON_NOT_CASH));
}

}  // namespace
}  // namespace causeway::testing
