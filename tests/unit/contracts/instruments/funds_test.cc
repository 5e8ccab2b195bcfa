// SPDX-License-Identifier: Apache-2.0
// Funds and cash tokens.

#include "contracts/instruments/instruments.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

class Funds : public ContractFixture {
 protected:
  static v1::Operation SetFund(absl::string_view id, const v1::Fund& fund) {
    v1::Operation operation;
    operation.mutable_instruments()->mutable_set_fund()->set_fund_id(std::string(id));
    *operation.mutable_instruments()->mutable_set_fund()->mutable_fund() = fund;
    return operation;
  }
  v1::OperationResult Set(const v1::Fund& fund, absl::string_view id = "FUND.ONE") {
    return Run(kFmco, Two(kFmco), SetFund(id, fund));
  }
};

TEST_F(Funds, ACompanyCreatesAFundUnderFourEyes) {
  EXPECT_THAT(Run(kFmco, One(kFmco), SetFund("FUND.ONE", FundOf())), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  const v1::OperationResult result = Set(FundOf());
  ASSERT_THAT(result, Applied());
  EXPECT_TRUE(result.events(0).instruments().fund_set().created());
  EXPECT_TRUE(instruments::FindFund(view(), InstrumentFor("FUND.ONE")).has_value());
}

TEST_F(Funds, AFundIsChangedByItsCompanyAlone) {
  const std::string other = AddParty("OTHERCOMPANY", {v1::PARTY_ROLE_FMCO});
  ASSERT_THAT(Set(FundOf()), Applied());
  v1::Fund taken = FundOf();
  taken.set_fmco(other);
  EXPECT_THAT(Run(other, Two(other), SetFund("FUND.ONE", taken)), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
}

TEST_F(Funds, AnIdIsTwelveCharactersAtMost) {
  EXPECT_THAT(Set(FundOf(), "FUND.NUMBER.1"), Refused(v1::INSTRUMENTS_REASON_ID_INVALID));
}

TEST_F(Funds, ItsPartiesHoldTheirRoles) {
  v1::Fund fund = FundOf();
  fund.set_administrator(kBank);
  EXPECT_THAT(Set(fund), RefusedWith(v1::INSTRUMENTS_REASON_PARTY_UNFIT,
                                     std::vector<std::string>{"administrator", kBank, "ADMINISTRATOR"}));
  fund = FundOf();
  fund.set_transfer_agent(LeiFor("NOBODY"));
  EXPECT_THAT(Set(fund), Refused(v1::INSTRUMENTS_REASON_PARTY_UNFIT));
}

TEST_F(Funds, ItStatesNameCurrencyAndStatus) {
  v1::Fund fund = FundOf();
  fund.clear_name();
  EXPECT_THAT(Set(fund), Refused(v1::INSTRUMENTS_REASON_FIELD_INVALID));
  fund = FundOf("XAU");
  EXPECT_THAT(Set(fund), Refused(v1::INSTRUMENTS_REASON_CURRENCY_INVALID));
  fund = FundOf();
  fund.clear_status();
  EXPECT_THAT(Set(fund), Refused(v1::INSTRUMENTS_REASON_FIELD_MISSING));
}

TEST_F(Funds, ItsOwnLeiIsOne) {
  v1::Fund fund = FundOf();
  fund.set_lei(LeiFor("THEFUND"));
  EXPECT_THAT(Set(fund), Applied());
  fund.set_lei("NOTANLEI");
  EXPECT_THAT(Set(fund), Refused(v1::INSTRUMENTS_REASON_LEI_INVALID));
}

TEST_F(Funds, WhatIsFixedStaysFixed) {
  ASSERT_THAT(Set(FundOf()), Applied());
  EXPECT_THAT(Set(FundOf("EUR")),
              RefusedWith(v1::INSTRUMENTS_REASON_FIELD_FIXED, std::vector<std::string>{"base_currency", "SGD"}));
  v1::Fund fund = FundOf();
  fund.set_is_umbrella(true);
  EXPECT_THAT(Set(fund),
              RefusedWith(v1::INSTRUMENTS_REASON_FIELD_FIXED, std::vector<std::string>{"is_umbrella", "false"}));
}

TEST_F(Funds, ASubFundBelongsToAnUmbrellaOfItsCompany) {
  v1::Fund umbrella = FundOf();
  umbrella.set_is_umbrella(true);
  ASSERT_THAT(Set(umbrella, "UMBRELLA"), Applied());
  v1::Fund sub_fund = FundOf();
  sub_fund.set_umbrella("UMBRELLA");
  EXPECT_THAT(Set(sub_fund, "FUND.ONE"), Applied());
  EXPECT_TRUE(view().Has(instruments::kFundMembers, std::tuple(InstrumentFor("UMBRELLA"), InstrumentFor("FUND.ONE"))));

  sub_fund.set_umbrella("NOTHING");
  EXPECT_THAT(Set(sub_fund, "FUND.TWO"), Refused(v1::INSTRUMENTS_REASON_FUND_UNKNOWN));
  sub_fund.set_umbrella("FUND.ONE");
  EXPECT_THAT(Set(sub_fund, "FUND.TWO"), Refused(v1::INSTRUMENTS_REASON_NOT_AN_UMBRELLA));
  const std::string other = AddParty("OTHERCOMPANY", {v1::PARTY_ROLE_FMCO});
  sub_fund.set_umbrella("UMBRELLA");
  sub_fund.set_fmco(other);
  EXPECT_THAT(Run(other, Two(other), SetFund("FUND.TWO", sub_fund)),
              RefusedWith(v1::INSTRUMENTS_REASON_FIELD_INVALID, std::vector<std::string>{"fmco", other, kFmco}));
}

TEST_F(Funds, AnIdBelongsToOneInstrument) {
  AddCashToken("SGD.MERIDIAN");
  EXPECT_THAT(Set(FundOf(), "SGD.MERIDIAN"),
              RefusedWith(v1::INSTRUMENTS_REASON_ID_IN_USE, std::vector<std::string>{"SGD.MERIDIAN", "cash token"}));
  const std::string isin = IsinFor("LU1");
  AddFund();
  AddShareClass(isin, ShareClassOf(InstrumentFor("FUND.ONE"), {InstrumentFor("SGD.MERIDIAN")}, isin));
  EXPECT_THAT(Set(FundOf(), isin), Refused(v1::INSTRUMENTS_REASON_ID_IN_USE));
}

TEST_F(Funds, AnEmptyOperationIsRefused) {
  v1::Operation operation;
  operation.mutable_instruments();
  EXPECT_THAT(Run(kFmco, Two(kFmco), operation), Refused(v1::INSTRUMENTS_REASON_OPERATION_MISSING));
}

class CashTokens : public ContractFixture {
 protected:
  static v1::CashToken Valid() {
    v1::CashToken token;
    token.set_issuer(kBank);
    token.set_currency("JPY");
    token.set_name("Deposit token");
    token.set_status(v1::INSTRUMENT_STATUS_ACTIVE);
    return token;
  }
  v1::OperationResult Set(const v1::CashToken& token, absl::string_view id = "JPY.MERIDIAN") {
    v1::Operation operation;
    operation.mutable_instruments()->mutable_set_cash_token()->set_instrument_id(std::string(id));
    *operation.mutable_instruments()->mutable_set_cash_token()->mutable_cash_token() = token;
    return Run(kBank, Two(kBank), operation);
  }
};

TEST_F(CashTokens, ATokenHasTheDecimalsOfItsCurrency) {
  ASSERT_THAT(Set(Valid()), Applied());
  const InstrumentId id = InstrumentFor("JPY.MERIDIAN");
  EXPECT_EQ(instruments::DecimalsOf(view(), id), 0);
  EXPECT_EQ(instruments::KindOf(view(), id), instruments::InstrumentKind::kCashToken);
  EXPECT_EQ(instruments::KeeperOf(view(), id), kBank);
  EXPECT_EQ(instruments::DecimalsOf(view(), InstrumentFor("NOTHING")), std::nullopt);
}

TEST_F(CashTokens, ATokenIsCalledByItsCurrency) {
  EXPECT_THAT(Set(Valid(), "SGD.MERIDIAN"), Refused(v1::INSTRUMENTS_REASON_ID_INVALID));
  EXPECT_THAT(Set(Valid(), "JPY."), Refused(v1::INSTRUMENTS_REASON_ID_INVALID));
}

TEST_F(CashTokens, ItsIssuerIsOneAndStays) {
  v1::CashToken token = Valid();
  ASSERT_THAT(Set(token), Applied());
  token.set_issuer(kFmco);
  EXPECT_THAT(Set(token), Refused(v1::INSTRUMENTS_REASON_PARTY_UNFIT, v1::INSTRUMENTS_REASON_FIELD_FIXED));
}

TEST_F(CashTokens, AnIdOfAFundIsTaken) {
  AddFund("JPY.MERIDIAN");
  EXPECT_THAT(Set(Valid()), Refused(v1::INSTRUMENTS_REASON_ID_IN_USE));
}

TEST_F(CashTokens, AClosedTokenIsNotOpen) {
  v1::CashToken token = Valid();
  token.set_status(v1::INSTRUMENT_STATUS_CLOSED_TO_ENTRY);
  ASSERT_THAT(Set(token), Applied());
  const InstrumentId id = InstrumentFor("JPY.MERIDIAN");
  EXPECT_FALSE(instruments::IsOpenToEntry(view(), id));
  EXPECT_TRUE(instruments::IsOpen(view(), id));
  token.set_status(v1::INSTRUMENT_STATUS_CLOSED);
  ASSERT_THAT(Set(token), Applied());
  EXPECT_FALSE(instruments::IsOpen(view(), id));
}

}  // namespace
}  // namespace causeway::testing
