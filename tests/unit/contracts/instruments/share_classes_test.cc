// SPDX-License-Identifier: Apache-2.0
// What a share class must state.

#include <functional>

#include "contracts/instruments/instruments.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

class ShareClasses : public ContractFixture {
 protected:
  ShareClasses() {
    token_ = AddCashToken("SGD.MERIDIAN");
    AddCashToken("EUR.MERIDIAN");
    fund_ = AddFund();
  }
  v1::ShareClass Valid() const { return ShareClassOf(fund_, {token_}, isin_); }
  v1::OperationResult Set(const v1::ShareClass& share_class, absl::string_view isin = "") {
    v1::Operation operation;
    v1::SetShareClass* request = operation.mutable_instruments()->mutable_set_share_class();
    request->set_isin(isin.empty() ? isin_ : std::string(isin));
    *request->mutable_share_class() = share_class;
    return Run(kFmco, Two(kFmco), operation);
  }
  // A valid class with one thing changed.
  v1::OperationResult SetWith(const std::function<void(v1::ShareClass&)>& change) {
    v1::ShareClass share_class = Valid();
    change(share_class);
    return Set(share_class);
  }
  v1::OperationResult SetWithRule(const v1::EligibilityRule& rule) {
    return SetWith([&](v1::ShareClass& share_class) { *share_class.add_eligibility() = rule; });
  }

  const std::string isin_ = IsinFor("LU1");
  InstrumentId token_ = InstrumentFor("SGD.MERIDIAN");
  InstrumentId fund_ = InstrumentFor("FUND.ONE");
};

TEST_F(ShareClasses, AValidClassIsCreatedAndRead) {
  const v1::OperationResult result = Set(Valid());
  ASSERT_THAT(result, Applied());
  EXPECT_TRUE(result.events(0).instruments().share_class_set().created());
  const InstrumentId isin = InstrumentFor(isin_);
  const std::optional<v1::ShareClass> share_class = instruments::FindShareClass(view(), isin);
  ASSERT_TRUE(share_class.has_value());
  EXPECT_EQ(instruments::DecimalsOf(view(), isin), 4);
  EXPECT_EQ(instruments::KeeperOf(view(), isin), kTransferAgent);
  EXPECT_EQ(instruments::KindOf(view(), isin), instruments::InstrumentKind::kShareClass);
  EXPECT_EQ(instruments::FundOf(view(), isin), fund_);
  EXPECT_EQ(instruments::ClassesOf(view(), fund_), std::vector<InstrumentId>{isin});
  EXPECT_EQ(instruments::CashTokensOf(*share_class), std::vector<InstrumentId>{token_});
  EXPECT_TRUE(instruments::AcceptsCash(*share_class, token_));
  EXPECT_FALSE(instruments::AcceptsCash(*share_class, InstrumentFor("EUR.MERIDIAN")));
  EXPECT_EQ(instruments::CurrencyDecimalsOf(*share_class), 2);
  EXPECT_EQ(instruments::RoundingOf(share_class->roundings().price()), Rounding::kHalfUp);
  EXPECT_EQ(instruments::FeeOf(*share_class, v1::FEE_SIDE_ENTRY)->rate(), "0.01");
  EXPECT_FALSE(instruments::FeeOf(*share_class, v1::FEE_SIDE_EXIT).has_value());
  EXPECT_EQ(instruments::LimitOf("", 2), std::nullopt);
  EXPECT_EQ(instruments::LimitOf("1.5", 2), Amount::FromMinor(150));
}

TEST_F(ShareClasses, AnIsinHasItsCheckDigit) {
  std::string isin = isin_;
  isin.back() = isin.back() == '0' ? '1' : '0';
  EXPECT_THAT(Set(Valid(), isin), Refused(v1::INSTRUMENTS_REASON_ID_INVALID));
}

TEST_F(ShareClasses, AnIsinOfAFundIsTaken) {
  AddFund(isin_);
  EXPECT_THAT(Set(Valid()), Refused(v1::INSTRUMENTS_REASON_ID_IN_USE));
}

TEST_F(ShareClasses, TheFundExistsIsNoUmbrellaAndIsOpen) {
  EXPECT_THAT(SetWith([](auto& c) { c.set_fund("NOTHING"); }), Refused(v1::INSTRUMENTS_REASON_FUND_UNKNOWN));
  v1::Operation operation;
  operation.mutable_instruments()->mutable_set_fund()->set_fund_id("UMBRELLA");
  v1::Fund* fund = operation.mutable_instruments()->mutable_set_fund()->mutable_fund();
  *fund = FundOf();
  fund->set_is_umbrella(true);
  ASSERT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
  EXPECT_THAT(SetWith([](auto& c) { c.set_fund("UMBRELLA"); }), Refused(v1::INSTRUMENTS_REASON_IS_AN_UMBRELLA));
  operation.mutable_instruments()->mutable_set_fund()->set_fund_id("FUND.ONE");
  *fund = FundOf();
  fund->set_status(v1::INSTRUMENT_STATUS_CLOSED);
  ASSERT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
  EXPECT_THAT(Set(Valid()),
              RefusedWith(v1::INSTRUMENTS_REASON_FUND_CLOSED, std::vector<std::string>{"FUND.ONE", "CLOSED"}));
}

TEST_F(ShareClasses, AClosedFundClosesItsClasses) {
  ASSERT_THAT(Set(Valid()), Applied());
  EXPECT_TRUE(instruments::IsOpenToEntry(view(), InstrumentFor(isin_)));
  v1::Fund fund = FundOf();
  fund.set_status(v1::INSTRUMENT_STATUS_CLOSED_TO_ENTRY);
  state().Put(instruments::kFunds, fund_, fund);
  EXPECT_FALSE(instruments::IsOpenToEntry(view(), InstrumentFor(isin_)));
  EXPECT_TRUE(instruments::IsOpen(view(), InstrumentFor(isin_)));
}

TEST_F(ShareClasses, WhatIsNotSupportedYetIsRefusedAndSaysWhatIs) {
  EXPECT_THAT(SetWith([](auto& c) { c.set_funding_model(v1::FUNDING_MODEL_CONTRACTUAL); }),
              RefusedWith(v1::INSTRUMENTS_REASON_NOT_SUPPORTED,
                          std::vector<std::string>{"funding_model", "CONTRACTUAL", "PREFUNDED"}));
  EXPECT_THAT(
      SetWith([](auto& c) { c.set_register_form(v1::REGISTER_FORM_MIRROR); }),
      RefusedWith(v1::INSTRUMENTS_REASON_NOT_SUPPORTED, std::vector<std::string>{"register_form", "MIRROR", "NATIVE"}));
  EXPECT_THAT(
      SetWith([](auto& c) { c.set_pricing(v1::PRICING_BID_OFFER); }),
      RefusedWith(v1::INSTRUMENTS_REASON_NOT_SUPPORTED, std::vector<std::string>{"pricing", "BID_OFFER", "SINGLE"}));
}

TEST_F(ShareClasses, EveryPolicyIsStated) {
  v1::ShareClass empty;
  empty.set_fund(fund_.ToString());
  const v1::OperationResult result = Set(empty);
  std::set<std::string> missing;
  for (const v1::Reason& reason : result.reasons()) {
    if (reason.code() == v1::INSTRUMENTS_REASON_FIELD_MISSING) missing.insert(reason.parameters(0));
  }
  EXPECT_EQ(missing, (std::set<std::string>{"at_once or lag_days", "cash_account_id", "cash_tokens", "funding_model",
                                            "income_policy", "issuance_account_id", "late_orders", "pricing",
                                            "register_form", "remainder", "residual_account_id", "roundings.cash_paid",
                                            "roundings.cash_received", "roundings.fee", "roundings.price",
                                            "roundings.units_cancelled", "roundings.units_issued", "status"}));
}

TEST_F(ShareClasses, UnitsAndCashRoundTowardTheFund) {
  EXPECT_THAT(SetWith([](auto& c) { c.mutable_roundings()->set_units_issued(v1::ROUNDING_MODE_HALF_UP); }),
              RefusedWith(v1::INSTRUMENTS_REASON_ROUNDING_AGAINST_FUND,
                          std::vector<std::string>{"roundings.units_issued", "HALF_UP"}));
  EXPECT_THAT(SetWith([](auto& c) { c.mutable_roundings()->set_cash_paid(v1::ROUNDING_MODE_UP); }),
              Refused(v1::INSTRUMENTS_REASON_ROUNDING_AGAINST_FUND));
  EXPECT_THAT(SetWith([](auto& c) { c.mutable_roundings()->set_price(v1::ROUNDING_MODE_HALF_EVEN); }), Applied());
}

TEST_F(ShareClasses, DecimalsAreAtMostEighteen) {
  EXPECT_THAT(SetWith([](auto& c) { c.set_unit_decimals(19); }), Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  EXPECT_THAT(SetWith([](auto& c) { c.set_price_decimals(18); }), Applied());
}

TEST_F(ShareClasses, LimitsArePositiveAndOfTheRightDecimals) {
  EXPECT_THAT(SetWith([](auto& c) { c.mutable_minima()->set_first_subscription_amount("100.001"); }),
              Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  EXPECT_THAT(SetWith([](auto& c) { c.mutable_minima()->set_remaining_units("0"); }),
              Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  EXPECT_THAT(SetWith([](auto& c) { c.mutable_minima()->set_redemption_units("-1"); }),
              Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  EXPECT_THAT(SetWith([](auto& c) { c.mutable_minima()->set_redemption_units("1.0001"); }), Applied());
}

TEST_F(ShareClasses, ToleranceAndLagAreWithinRange) {
  EXPECT_THAT(SetWith([](auto& c) { c.set_price_tolerance("1"); }), Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  EXPECT_THAT(SetWith([](auto& c) { c.set_lag_days(31); }), Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  EXPECT_THAT(SetWith([](auto& c) { c.set_lag_days(0); }), Applied());
}

TEST_F(ShareClasses, AcceptedCashExistsAscendsAndIsOfTheCurrency) {
  EXPECT_THAT(SetWith([](auto& c) { c.set_cash_tokens(0, "SGD.NOTHING"); }),
              Refused(v1::INSTRUMENTS_REASON_CASH_TOKEN_UNKNOWN));
  EXPECT_THAT(SetWith([](auto& c) { c.set_cash_tokens(0, "EUR.MERIDIAN"); }),
              RefusedWith(v1::INSTRUMENTS_REASON_CASH_CURRENCY_DIFFERS,
                          std::vector<std::string>{"EUR.MERIDIAN", "EUR", "SGD"}));
  EXPECT_THAT(SetWith([](auto& c) { c.add_cash_tokens("SGD.MERIDIAN"); }),
              Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  EXPECT_THAT(SetWith([](auto& c) { c.set_currency("XXX"); }),
              Refused(v1::INSTRUMENTS_REASON_CURRENCY_INVALID, v1::INSTRUMENTS_REASON_CASH_CURRENCY_DIFFERS));
}

TEST_F(ShareClasses, AFeesBasisFitsItsRateOrAmount) {
  const auto with_fee = [&](const std::function<void(v1::Fee&)>& change) {
    return SetWith([&](v1::ShareClass& c) { change(*c.mutable_fees(0)); });
  };
  EXPECT_THAT(with_fee([](v1::Fee& fee) { fee.clear_basis(); }), Refused(v1::INSTRUMENTS_REASON_FEE_INVALID));
  EXPECT_THAT(with_fee([](v1::Fee& fee) { fee.set_rate("1"); }), Refused(v1::INSTRUMENTS_REASON_FEE_INVALID));
  EXPECT_THAT(with_fee([](v1::Fee& fee) { fee.set_amount("5"); }), Refused(v1::INSTRUMENTS_REASON_FEE_INVALID));
  EXPECT_THAT(with_fee([](v1::Fee& fee) { fee.set_basis(v1::FEE_BASIS_FLAT); }),
              Refused(v1::INSTRUMENTS_REASON_FEE_INVALID));
  EXPECT_THAT(with_fee([](v1::Fee& fee) { fee.clear_recipient_account_id(); }),
              Refused(v1::INSTRUMENTS_REASON_FEE_INVALID));
  const auto by_amount = [](v1::FeeBasis basis, const char* amount) {
    return [=](v1::Fee& fee) {
      fee.set_basis(basis);
      fee.clear_rate();
      fee.set_amount(amount);
    };
  };
  EXPECT_THAT(with_fee(by_amount(v1::FEE_BASIS_FLAT, "0.001")), Refused(v1::INSTRUMENTS_REASON_FEE_INVALID));
  EXPECT_THAT(with_fee(by_amount(v1::FEE_BASIS_PERU, "0.001")), Applied());
  EXPECT_THAT(with_fee(by_amount(v1::FEE_BASIS_FLAT, "25")), Applied());
  EXPECT_THAT(with_fee([](v1::Fee& fee) { fee.clear_side(); }), Refused(v1::INSTRUMENTS_REASON_FIELD_MISSING));
}

TEST_F(ShareClasses, ASideHasOneFee) {
  EXPECT_THAT(SetWith([](auto& c) { *c.add_fees() = c.fees(0); }),
              RefusedWith(v1::INSTRUMENTS_REASON_FEE_TWICE, std::vector<std::string>{"ENTRY"}));
  EXPECT_THAT(SetWith([](auto& c) {
                *c.add_fees() = c.fees(0);
                c.mutable_fees(1)->set_side(v1::FEE_SIDE_EXIT);
              }),
              Applied());
}

TEST_F(ShareClasses, WhatIsFixedStaysFixed) {
  ASSERT_THAT(Set(Valid()), Applied());
  EXPECT_THAT(SetWith([](auto& c) { c.set_unit_decimals(6); }),
              RefusedWith(v1::INSTRUMENTS_REASON_FIELD_FIXED, std::vector<std::string>{"unit_decimals", "4"}));
  EXPECT_THAT(SetWith([](auto& c) { c.set_price_decimals(6); }), Refused(v1::INSTRUMENTS_REASON_FIELD_FIXED));
  EXPECT_THAT(SetWith([](auto& c) { c.set_income_policy(v1::INCOME_POLICY_DIST); }),
              Refused(v1::INSTRUMENTS_REASON_FIELD_FIXED));
  AddFund("FUND.TWO");
  EXPECT_THAT(SetWith([](auto& c) { c.set_fund("FUND.TWO"); }), Refused(v1::INSTRUMENTS_REASON_FIELD_FIXED));
  EXPECT_THAT(SetWith([](auto& c) { c.set_name("Another name"); }), Applied());
}

TEST_F(ShareClasses, WhoWouldChangeWhatIsFixedBreaksAnInvariant) {
  ASSERT_THAT(Set(Valid()), Applied());
  v1::ShareClass share_class = Valid();
  share_class.set_unit_decimals(6);
  state::StateTransaction layer(state());
  layer.Put(instruments::kShareClasses, InstrumentFor(isin_), share_class);
  std::vector<execution::Violation> violations;
  instruments::MakeInstrumentsContract()->CheckInvariants(layer, violations);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].instrument, InstrumentFor(isin_));
}

TEST_F(ShareClasses, AClassIsTheFundCompanysMatter) {
  const std::string other = AddParty("OTHERCOMPANY", {v1::PARTY_ROLE_FMCO});
  v1::Operation operation;
  operation.mutable_instruments()->mutable_set_share_class()->set_isin(isin_);
  *operation.mutable_instruments()->mutable_set_share_class()->mutable_share_class() = Valid();
  EXPECT_THAT(Run(other, Two(other), operation), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
}

TEST_F(ShareClasses, EligibilityRulesMakeSenseAndAreOneOfAKind) {
  v1::EligibilityRule rule;
  EXPECT_THAT(SetWithRule(rule), Refused(v1::INSTRUMENTS_REASON_RULE_INVALID));
  rule.mutable_investor_class();
  EXPECT_THAT(SetWithRule(rule), Refused(v1::INSTRUMENTS_REASON_RULE_INVALID));
  rule.mutable_jurisdiction()->add_denied("XX");
  EXPECT_THAT(SetWithRule(rule), Refused(v1::INSTRUMENTS_REASON_RULE_INVALID));
  rule.mutable_maximum_share()->set_share("1.1");
  EXPECT_THAT(SetWithRule(rule), Refused(v1::INSTRUMENTS_REASON_RULE_INVALID));
  rule.mutable_maximum_share()->set_share("0.1");
  rule.mutable_maximum_share()->set_from_units_in_issue("0.00001");
  EXPECT_THAT(SetWithRule(rule), Refused(v1::INSTRUMENTS_REASON_RULE_INVALID));
  rule.mutable_minimum_holding()->set_units("0");
  EXPECT_THAT(SetWithRule(rule), Refused(v1::INSTRUMENTS_REASON_RULE_INVALID));
  rule.mutable_lock_up()->set_duration_us(Duration::Days(3651).micros());
  EXPECT_THAT(SetWithRule(rule), Refused(v1::INSTRUMENTS_REASON_RULE_INVALID));
  rule.mutable_lock_up()->set_duration_us(Duration::Days(90).micros());
  EXPECT_THAT(SetWith([&](v1::ShareClass& c) {
                *c.add_eligibility() = rule;
                *c.add_eligibility() = rule;
              }),
              RefusedWith(v1::INSTRUMENTS_REASON_RULE_TWICE, std::vector<std::string>{"lock_up"}));
  ASSERT_THAT(SetWithRule(rule), Applied());
  EXPECT_EQ(instruments::LockUpOf(*instruments::FindShareClass(view(), InstrumentFor(isin_))), Duration::Days(90));
}

TEST_F(ShareClasses, ListsAreBounded) {
  EXPECT_THAT(SetWith([](auto& c) {
                for (int i = 0; i < 300; ++i) c.add_cash_tokens("SGD.MERIDIAN");
              }),
              Refused(v1::INSTRUMENTS_REASON_LIST_TOO_LONG));
}

}  // namespace
}  // namespace causeway::testing
