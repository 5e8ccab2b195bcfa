// SPDX-License-Identifier: Apache-2.0
// Bundles: what may be proposed, and what settles.

#include "tests/unit/contracts/settlement/world.h"

namespace causeway::testing {
namespace {

class Bundles : public SettlementWorld {
 protected:
  v1::EligibilityRule MinimumHolding(absl::string_view units) const {
    v1::EligibilityRule rule;
    rule.mutable_minimum_holding()->set_units(std::string(units));
    return rule;
  }
  void SetRule(const v1::EligibilityRule& rule) {
    v1::Operation operation;
    operation.mutable_instruments()->mutable_set_share_class()->set_isin(kIsin);
    v1::ShareClass* share_class = operation.mutable_instruments()->mutable_set_share_class()->mutable_share_class();
    *share_class = ShareClassOf(fund_, {cash_}, kIsin);
    *share_class->add_eligibility() = rule;
    ASSERT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
  }
};

TEST_F(Bundles, DeliveryVersusPaymentSettlesWhole) {
  const v1::Operation open = Open("b", kInvestor, Dvp());
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_EQ(Total(isin_, buyer_units_), "0");
  const v1::OperationResult result = By(kIntermediary, ConsentTo(open, kIntermediary));
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(Free(isin_, buyer_units_), "40");
  EXPECT_EQ(Total(isin_, seller_units_), "60");
  EXPECT_EQ(Free(cash_, seller_cash_), "2000");
  EXPECT_EQ(Total(cash_, buyer_cash_), "3000");
  EXPECT_FALSE(IsOpen("b"));
  EXPECT_EQ(DueCount(), 0u);
  EXPECT_EQ(result.events(result.events_size() - 1).settlement().bundle_settled().bundle(), Id("b").ToString());
}

TEST_F(Bundles, PaymentVersusPayment) {
  const std::string second = AddParty("SECONDBANK", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER});
  const InstrumentId dollars = AddCashToken("USD.SECOND", second);
  Give(dollars, seller_cash_, "1500");
  const v1::Operation open =
      Open("b", kInvestor,
           {Moves(seller_cash_, buyer_cash_, dollars, "1500"), Moves(buyer_cash_, seller_cash_, cash_, "2000")});
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_EQ(Free(dollars, buyer_cash_), "1500");
  EXPECT_EQ(Free(cash_, seller_cash_), "2000");
}

TEST_F(Bundles, ACollateralSwap) {
  const std::string other = IsinFor("LU000000002");
  const InstrumentId collateral = AddShareClass(other, ShareClassOf(fund_, {cash_}, other));
  Give(collateral, buyer_units_, "70");
  const v1::Operation open =
      Open("b", kInvestor,
           {Moves(seller_units_, buyer_units_, isin_, "40"), Moves(buyer_units_, seller_units_, collateral, "70")});
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_EQ(Total(collateral, seller_units_), "0") << "all legs or none";
  ASSERT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
  EXPECT_EQ(Free(isin_, buyer_units_), "40");
  EXPECT_EQ(Free(collateral, seller_units_), "70");
}

TEST_F(Bundles, DeliveryAgainstIssue) {
  const v1::Operation open =
      Open("b", kIntermediary,
           {Issues(buyer_units_, isin_, "40"), Moves(buyer_cash_, ClassAccount(isin_, "cash"), cash_, "2000")});
  ASSERT_THAT(By(kIntermediary, open), Applied());
  ASSERT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
  EXPECT_THAT(By(kTransferAgent, ConsentTo(open, kTransferAgent)), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  ASSERT_THAT(Run(kTransferAgent, Two(kTransferAgent), ConsentTo(open, kTransferAgent)), Applied());
  EXPECT_EQ(Free(isin_, buyer_units_), "40");
  EXPECT_EQ(Free(cash_, ClassAccount(isin_, "cash")), "2000");
  EXPECT_EQ(transfers::ReadSupply(view(), isin_).issued, Amount::FromMinor(1'400'000));
}

TEST_F(Bundles, DeliveryAgainstCancellation) {
  Give(cash_, ClassAccount(isin_, "cash"), "2000");
  const v1::Operation open =
      Open("b", kInvestor,
           {Cancels(seller_units_, isin_, "40"), Moves(ClassAccount(isin_, "cash"), seller_cash_, cash_, "2000")});
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  ASSERT_THAT(Run(kTransferAgent, Two(kTransferAgent), ConsentTo(open, kTransferAgent)), Applied());
  ASSERT_THAT(By(kFmco, ConsentTo(open, kFmco)), Applied());
  EXPECT_EQ(Total(isin_, seller_units_), "60");
  EXPECT_EQ(Free(cash_, seller_cash_), "2000");
  EXPECT_EQ(transfers::ReadSupply(view(), isin_).issued, Amount::FromMinor(600'000));
}

TEST_F(Bundles, OneTransactionSettlesWhereADelegateConsentsForBoth) {
  v1::Operation grant;
  v1::GrantDelegation* request = grant.mutable_parties()->mutable_grant_delegation();
  request->set_delegation_id(IdFor<OrderId>("delegation").ToString());
  request->set_delegate(kIntermediary);
  request->add_account_ids(seller_units_.ToString());
  request->add_operation_kinds("settlement.consent");
  request->set_valid_until_us(AddSaturating(now(), Duration::Days(1)).micros());
  ASSERT_THAT(Run(kInvestor, Two(kInvestor), grant), Applied());
  v1::Operation open = Open("b", kIntermediary, Dvp());
  std::vector<v1::Operation> operations{open, ConsentTo(open, kIntermediary), ConsentTo(open, kInvestor)};
  operations[0].set_linked(true);
  operations[1].set_linked(true);
  for (const v1::OperationResult& result : RunAll(kIntermediary, One(kIntermediary), operations))
    EXPECT_THAT(result, Applied());
  EXPECT_EQ(Free(isin_, buyer_units_), "40");
  EXPECT_EQ(Free(cash_, seller_cash_), "2000");
}

TEST_F(Bundles, LegsCountTogetherForTheRulesOfWhoReceives) {
  SetRule(MinimumHolding("50"));
  std::vector<v1::Leg> legs{Moves(seller_units_, buyer_units_, isin_, "30"),
                            Moves(seller_units_, buyer_units_, isin_, "20"),
                            Moves(buyer_cash_, seller_cash_, cash_, "2500")};
  const v1::Operation open = Open("b", kInvestor, legs);
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
}

TEST_F(Bundles, WhoGivesKeepsEnoughOrNothing) {
  SetRule(MinimumHolding("50"));
  const v1::Operation open = Open("b", kInvestor, Dvp("60", "3000"));
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Refused(v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL));
  EXPECT_EQ(Total(isin_, seller_units_), "100");
}

TEST_F(Bundles, AConsentTellsOfReceiversOfWhatItLocksAlone) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  SetRule(rule);
  const v1::Operation lacking = Open("lacking", kInvestor, Dvp("101"));
  ASSERT_THAT(By(kInvestor, lacking), Applied());
  EXPECT_THAT(By(kInvestor, ConsentTo(lacking, kInvestor)),
              Refused(v1::SETTLEMENT_REASON_LACK, v1::SETTLEMENT_REASON_CLAC));
  const AccountId third = AddAccount(kBank);
  const v1::Operation open =
      Open("b", kInvestor, {Moves(seller_units_, third, isin_, "40"), Moves(buyer_cash_, seller_cash_, cash_, "1")});
  ASSERT_THAT(By(kInvestor, open), Applied());
  EXPECT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
  EXPECT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
}

TEST_F(Bundles, EligibilityIsAskedWhenUnitsAreLockedAndWhenTheyAreDelivered) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  SetRule(rule);
  const v1::Operation open = Open("b", kInvestor, Dvp());
  ASSERT_THAT(By(kInvestor, open), Applied());
  EXPECT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
  Attest(buyer_units_, "PROFESSIONAL", "SG");
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  Attest(buyer_units_, "RETAIL", "SG");
  EXPECT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)),
              Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
  EXPECT_EQ(Total(isin_, buyer_units_), "0");
  EXPECT_TRUE(IsOpen("b"));
}

TEST_F(Bundles, AFreezeOfEitherSideStopsTheWhole) {
  const v1::Operation open = Open("b", kInvestor, Dvp());
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  v1::Operation freeze;
  freeze.mutable_transfers()->mutable_freeze_account()->set_account(seller_units_.ToString());
  freeze.mutable_transfers()->mutable_freeze_account()->set_instrument(kIsin);
  freeze.mutable_transfers()->mutable_freeze_account()->set_reason(v1::FREEZE_REASON_LEGAL);
  ASSERT_THAT(By(kTransferAgent, freeze), Applied());
  EXPECT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Refused(v1::TRANSFERS_REASON_DOCC));
  EXPECT_EQ(Total(cash_, seller_cash_), "0");
}

// --- What may be proposed ---

TEST_F(Bundles, ABundleHasAnIdOfItsOwn) {
  ASSERT_THAT(By(kInvestor, Open("b", kInvestor, Dvp())), Applied());
  EXPECT_THAT(By(kInvestor, Open("b", kInvestor, Dvp())),
              RefusedWith(v1::SETTLEMENT_REASON_BUNDLE_EXISTS, Parameters{Id("b").ToHex()}));
  v1::Operation without = Open("c", kInvestor, Dvp());
  without.mutable_settlement()->mutable_open()->clear_bundle();
  EXPECT_THAT(By(kInvestor, without), RefusedWith(v1::SETTLEMENT_REASON_FIELD_INVALID, Parameters{"bundle"}));
  v1::Operation nothing;
  nothing.mutable_settlement();
  EXPECT_THAT(By(kInvestor, nothing), Refused(v1::SETTLEMENT_REASON_OPERATION_MISSING));
}

TEST_F(Bundles, ABundleHas1To256Legs) {
  EXPECT_THAT(By(kInvestor, Open("b", kInvestor, {})), RefusedWith(v1::SETTLEMENT_REASON_LEG_COUNT, Parameters{"0"}));
  std::vector<v1::Leg> legs(257, Moves(seller_units_, buyer_units_, isin_, "0.1"));
  EXPECT_THAT(By(kInvestor, Open("b", kInvestor, legs)),
              RefusedWith(v1::SETTLEMENT_REASON_LEG_COUNT, Parameters{"257"}));
  legs.pop_back();
  const v1::Operation open = Open("b", kInvestor, legs);
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_EQ(Total(isin_, buyer_units_), "25.6");
}

TEST_F(Bundles, ALegNamesWhatItsKindNeeds) {
  const auto refused = [&](v1::Leg leg, const std::string& field) {
    EXPECT_THAT(By(kInvestor, Open("b", kInvestor, {leg})),
                RefusedWith(v1::SETTLEMENT_REASON_LEG_INVALID, Parameters{"0", field}))
        << field;
  };
  v1::Leg leg = Moves(seller_units_, buyer_units_, isin_, "1");
  leg.clear_kind();
  refused(leg, "kind");
  refused(Moves(seller_units_, seller_units_, isin_, "1"), "to");
  leg = Moves(seller_units_, buyer_units_, isin_, "1");
  leg.clear_from();
  refused(leg, "from");
  leg = Moves(seller_units_, buyer_units_, isin_, "1");
  leg.set_instrument("no id");
  refused(leg, "instrument");
  leg = Issues(buyer_units_, isin_, "1");
  leg.set_from(seller_units_.ToString());
  refused(leg, "from");
  leg = Cancels(seller_units_, isin_, "1");
  leg.set_to(buyer_units_.ToString());
  refused(leg, "to");
  leg = Cancels(seller_units_, isin_, "1");
  leg.set_receiver_consents(true);
  refused(leg, "receiver_consents");
  // Cash comes into being against a payment, and nowhere else.
  refused(Issues(buyer_cash_, cash_, "1"), "instrument");
  refused(Cancels(buyer_cash_, cash_, "1"), "instrument");
}

TEST_F(Bundles, AccountsAndAmountsOfLegsAreReal) {
  const AccountId nobody = IdFor<AccountId>("nobody");
  EXPECT_THAT(By(kInvestor, Open("b", kInvestor, {Moves(seller_units_, nobody, isin_, "1")})),
              Refused(v1::TRANSFERS_REASON_UNKNOWN_ACCOUNT));
  EXPECT_THAT(By(kInvestor, Open("b", kInvestor, {Moves(seller_units_, buyer_units_, isin_, "0")})),
              Refused(v1::TRANSFERS_REASON_AMOUNT_INVALID));
}

TEST_F(Bundles, ADeadlineLiesWithin31Days) {
  v1::Operation open = Open("b", kInvestor, Dvp());
  v1::OpenBundle* request = open.mutable_settlement()->mutable_open();
  request->set_deadline_us(now().micros());
  EXPECT_THAT(By(kInvestor, open), Refused(v1::SETTLEMENT_REASON_DEADLINE_INVALID));
  request->set_deadline_us(AddSaturating(now(), Duration::Days(31)).micros() + 1);
  EXPECT_THAT(By(kInvestor, open), Refused(v1::SETTLEMENT_REASON_DEADLINE_INVALID));
  request->set_deadline_us(AddSaturating(now(), Duration::Days(31)).micros());
  EXPECT_THAT(By(kInvestor, open), Applied());
}

TEST_F(Bundles, AStrangerProposesNothing) {
  EXPECT_THAT(By(kBank, Open("b", kBank, Dvp())), RefusedWith(v1::SETTLEMENT_REASON_NOT_A_PARTY, Parameters{kBank}));
}

TEST_F(Bundles, UnitsAreIssuedAgainstCashThatTheirClassAccepts) {
  const std::string second = AddParty("SECONDBANK", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER});
  const InstrumentId other = AddCashToken("SGD.SECOND", second);
  const v1::Leg issue = Issues(buyer_units_, isin_, "40");
  const v1::Leg refused_cash = Moves(buyer_cash_, ClassAccount(isin_, "cash"), other, "2000");
  EXPECT_THAT(By(kIntermediary, Open("b", kIntermediary, {issue, refused_cash})),
              RefusedWith(v1::CASH_REASON_CASH, Parameters{kIsin, "SGD.SECOND"}));
  // Exchanged within the bundle, it is good.
  EXPECT_THAT(By(kIntermediary, Open("b", kIntermediary,
                                     {issue, Moves(buyer_cash_, seller_cash_, other, "2000"),
                                      Moves(seller_cash_, ClassAccount(isin_, "cash"), cash_, "2000")})),
              Applied());
}

TEST_F(Bundles, AClassThatIsClosedToEntryIsNotIssued) {
  const v1::Operation open = Open("b", kTransferAgent, {Issues(buyer_units_, isin_, "40")});
  ASSERT_THAT(By(kTransferAgent, open), Applied());
  v1::Operation close;
  close.mutable_instruments()->mutable_set_share_class()->set_isin(kIsin);
  v1::ShareClass* share_class = close.mutable_instruments()->mutable_set_share_class()->mutable_share_class();
  *share_class = ShareClassOf(fund_, {cash_}, kIsin);
  share_class->set_status(v1::INSTRUMENT_STATUS_CLOSED_TO_ENTRY);
  ASSERT_THAT(Run(kFmco, Two(kFmco), close), Applied());
  EXPECT_THAT(Run(kTransferAgent, Two(kTransferAgent), ConsentTo(open, kTransferAgent)),
              RefusedWith(v1::SETTLEMENT_REASON_CLOSED, Parameters{kIsin}));
}

TEST_F(Bundles, TheTermsHashCoversEveryField) {
  const v1::OpenBundle open = Open("b", kInvestor, Dvp()).settlement().open();
  const Hash hash = settlement::TermsHash(open);
  v1::OpenBundle other = open;
  other.mutable_legs(1)->set_amount("1999");
  EXPECT_NE(settlement::TermsHash(other), hash);
  other = open;
  other.set_deadline_us(other.deadline_us() + 1);
  EXPECT_NE(settlement::TermsHash(other), hash);
  other = open;
  other.set_reference("r");
  EXPECT_NE(settlement::TermsHash(other), hash);
}

}  // namespace
}  // namespace causeway::testing
