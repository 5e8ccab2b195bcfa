// SPDX-License-Identifier: Apache-2.0
// Consents: what they lock, when they are refused, and how a bundle ends without settling.

#include "tests/unit/contracts/settlement/world.h"

namespace causeway::testing {
namespace {

class Consents : public SettlementWorld {
 protected:
  void SetUp() override { ASSERT_THAT(By(kInvestor, open_), Applied()); }
  v1::OperationResult Consent(const std::string& party) { return By(party, ConsentTo(open_, party)); }
  static v1::BundleCancellation CancellationOf(const v1::OperationResult& result) {
    for (const v1::Event& event : result.events()) {
      if (event.settlement().has_bundle_cancelled()) return event.settlement().bundle_cancelled().reason();
    }
    return v1::BUNDLE_CANCELLATION_UNSPECIFIED;
  }
  const v1::Operation open_ = Open("b", kInvestor, Dvp());
};

TEST_F(Consents, AConsentLocksWhatThePartyGives) {
  ASSERT_THAT(Consent(kInvestor), Applied());
  EXPECT_EQ(Total(isin_, seller_units_), "100");
  EXPECT_EQ(Free(isin_, seller_units_), "60");
  EXPECT_EQ(Free(cash_, buyer_cash_), "5000");
  const v1::Hold hold = *transfers::FindHold(view(), settlement::LegHold(Id("b"), 0), now());
  EXPECT_EQ(hold.controller(), v1::HOLD_CONTROLLER_SETTLEMENT);
  EXPECT_EQ(hold.amount(), "40");
}

TEST_F(Consents, EachConsentsOnce) {
  ASSERT_THAT(Consent(kInvestor), Applied());
  EXPECT_THAT(Consent(kInvestor), RefusedWith(v1::SETTLEMENT_REASON_ALREADY_CONSENTED, Parameters{kInvestor}));
  EXPECT_EQ(Free(isin_, seller_units_), "60");
}

TEST_F(Consents, AStrangersConsentIsNotNeeded) {
  EXPECT_THAT(Consent(kBank), RefusedWith(v1::SETTLEMENT_REASON_NOT_A_PARTY, Parameters{kBank}));
}

TEST_F(Consents, NobodyConsentsForAnother) {
  EXPECT_THAT(By(kIntermediary, ConsentTo(open_, kInvestor)), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
}

TEST_F(Consents, AConsentIsToTheTermsThatItNames) {
  v1::Operation other = open_;
  other.mutable_settlement()->mutable_open()->mutable_legs(0)->set_amount("1");
  EXPECT_THAT(By(kIntermediary, ConsentTo(other, kIntermediary)),
              RefusedWith(v1::SETTLEMENT_REASON_TERMS_DIFFER, Parameters{Id("b").ToHex()}));
}

TEST_F(Consents, AReceiverConsentsWhereTheLegSaysSo) {
  v1::Leg gift = Moves(seller_units_, buyer_units_, isin_, "5");
  gift.set_receiver_consents(true);
  const v1::Operation open = Open("gift", kInvestor, {gift});
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_EQ(Total(isin_, buyer_units_), "0");
  ASSERT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
  EXPECT_EQ(Total(isin_, buyer_units_), "5");
}

TEST_F(Consents, WhoLacksUnitsSeesLackAndWhoWaitsForThemClac) {
  const v1::Operation open = Open("big", kInvestor, Dvp("101", "2000"));
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
  const v1::OperationResult result = By(kInvestor, ConsentTo(open, kInvestor));
  EXPECT_THAT(result, Refused(v1::SETTLEMENT_REASON_LACK, v1::SETTLEMENT_REASON_CLAC));
  EXPECT_THAT(result,
              RefusedWith(v1::SETTLEMENT_REASON_LACK, Parameters{kInvestor, seller_units_.ToHex(), kIsin, "101"}));
  EXPECT_THAT(result, RefusedWith(v1::SETTLEMENT_REASON_CLAC, Parameters{kIntermediary, kIsin}));
  EXPECT_EQ(Free(cash_, buyer_cash_), "3000");
  // Nothing has ended: with the units there, it settles.
  Give(isin_, seller_units_, "1");
  EXPECT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  EXPECT_EQ(Total(isin_, buyer_units_), "101");
}

TEST_F(Consents, WhoLacksCashSeesMonyAndWhoWaitsForItCmon) {
  const v1::Operation open = Open("dear", kInvestor, Dvp("40", "5000.01"));
  ASSERT_THAT(By(kInvestor, open), Applied());
  const v1::OperationResult result = By(kIntermediary, ConsentTo(open, kIntermediary));
  EXPECT_THAT(result, Refused(v1::SETTLEMENT_REASON_MONY, v1::SETTLEMENT_REASON_CMON));
  EXPECT_THAT(result, RefusedWith(v1::SETTLEMENT_REASON_CMON, Parameters{kInvestor, "SGD.MERIDIAN"}));
}

TEST_F(Consents, UnitsThatTwoLegsGiveAreCountedOnce) {
  const v1::Operation open =
      Open("twice", kInvestor,
           {Moves(seller_units_, buyer_units_, isin_, "60"), Moves(seller_units_, buyer_units_, isin_, "60"),
            Moves(buyer_cash_, seller_cash_, cash_, "1")});
  ASSERT_THAT(By(kInvestor, open), Applied());
  EXPECT_THAT(By(kInvestor, ConsentTo(open, kInvestor)),
              Refused(v1::SETTLEMENT_REASON_LACK, v1::SETTLEMENT_REASON_CLAC));
  EXPECT_EQ(Free(isin_, seller_units_), "100");
}

TEST_F(Consents, TheDeadlineEndsTheBundleAndFreesEverything) {
  ASSERT_THAT(Consent(kInvestor), Applied());
  Advance(Duration::Hours(1));
  EXPECT_EQ(Free(isin_, seller_units_), "100");
  EXPECT_THAT(Consent(kIntermediary),
              RefusedWith(v1::SETTLEMENT_REASON_DEADLINE_PASSED, Parameters{Id("b").ToHex(), "2026-03-02T10:00:00Z"}));
  bool told = false;
  for (const v1::OperationResult& result : RunDue())
    told = told || CancellationOf(result) == v1::BUNDLE_CANCELLATION_CANS;
  EXPECT_TRUE(told);
  EXPECT_FALSE(IsOpen("b"));
  EXPECT_EQ(DueCount(), 0u);
  EXPECT_THAT(Consent(kIntermediary), RefusedWith(v1::SETTLEMENT_REASON_UNKNOWN_BUNDLE, Parameters{Id("b").ToHex()}));
}

// Ids of holds are chosen by clients, and a leg's is no secret.
TEST_F(Consents, ABundleThatEndsLeavesHoldsOfOthersAlone) {
  const HoldId id = settlement::LegHold(Id("own"), 0);
  v1::Operation place;
  v1::PlaceHold& request = *place.mutable_transfers()->mutable_place_hold();
  request.set_hold(id.ToString());
  request.set_account(seller_units_.ToString());
  request.set_beneficiary(buyer_units_.ToString());
  request.set_instrument(isin_.ToString());
  request.set_amount("10");
  request.set_expires_us(AddSaturating(now(), Duration::Days(1)).micros());
  ASSERT_THAT(By(kInvestor, place), Applied());
  ASSERT_THAT(By(kInvestor, Open("own", kInvestor, {Moves(seller_units_, buyer_units_, isin_, "1")})), Applied());
  ASSERT_THAT(By(kInvestor, Decline("own", kInvestor)), Applied());
  EXPECT_FALSE(IsOpen("own"));
  EXPECT_TRUE(transfers::FindHold(view(), id, now()).has_value());
  EXPECT_EQ(Free(isin_, seller_units_), "90");
}

TEST_F(Consents, WhoHasNotConsentedDeclines) {
  ASSERT_THAT(Consent(kInvestor), Applied());
  EXPECT_THAT(By(kInvestor, Decline("b", kInvestor)), Refused(v1::SETTLEMENT_REASON_ALREADY_CONSENTED));
  const v1::OperationResult result = By(kIntermediary, Decline("b", kIntermediary));
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(CancellationOf(result), v1::BUNDLE_CANCELLATION_DECLINED);
  EXPECT_EQ(Free(isin_, seller_units_), "100");
  EXPECT_FALSE(IsOpen("b"));
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Consents, WhoAloneHasConsentedCancelsAlone) {
  EXPECT_THAT(By(kInvestor, Cancel("b", kInvestor)),
              RefusedWith(v1::SETTLEMENT_REASON_NOT_CONSENTED, Parameters{kInvestor}));
  ASSERT_THAT(Consent(kInvestor), Applied());
  const v1::OperationResult result = By(kInvestor, Cancel("b", kInvestor));
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(CancellationOf(result), v1::BUNDLE_CANCELLATION_CANI);
  EXPECT_EQ(Free(isin_, seller_units_), "100");
}

TEST_F(Consents, WhereSeveralHaveConsentedAllMustAsk) {
  std::vector<v1::Leg> legs = Dvp();
  legs.push_back(Moves(AddAccount(kBank), seller_cash_, cash_, "1"));
  const v1::Operation open = Open("three", kInvestor, legs);
  ASSERT_THAT(By(kInvestor, open), Applied());
  ASSERT_THAT(By(kInvestor, ConsentTo(open, kInvestor)), Applied());
  ASSERT_THAT(By(kIntermediary, ConsentTo(open, kIntermediary)), Applied());
  ASSERT_THAT(By(kInvestor, Cancel("three", kInvestor)), Applied());
  EXPECT_TRUE(IsOpen("three"));
  EXPECT_EQ(Free(isin_, seller_units_), "60");
  EXPECT_THAT(By(kInvestor, Cancel("three", kInvestor)),
              RefusedWith(v1::SETTLEMENT_REASON_ALREADY_REQUESTED, Parameters{kInvestor}));
  const v1::OperationResult result = By(kIntermediary, Cancel("three", kIntermediary));
  EXPECT_EQ(CancellationOf(result), v1::BUNDLE_CANCELLATION_CANI);
  EXPECT_EQ(Free(isin_, seller_units_), "100");
  EXPECT_EQ(Free(cash_, buyer_cash_), "5000");
}

TEST_F(Consents, WhatABundleLockedNobodyElseEnds) {
  ASSERT_THAT(Consent(kInvestor), Applied());
  v1::Operation release;
  release.mutable_transfers()->mutable_release_hold()->set_hold(settlement::LegHold(Id("b"), 0).ToString());
  EXPECT_THAT(By(kInvestor, release), Refused(v1::TRANSFERS_REASON_HOLD_NOT_YOURS));
}

TEST_F(Consents, ThePolicyGateSeesWhatThePartyGives) {
  const execution::BlockContext context_block = block();
  const v1::Operation consent = ConsentTo(open_, kIntermediary);
  const execution::OperationContext context{&context_block, Hash::Zero(), 0, kIntermediary, {}, &consent, nullptr};
  const execution::Demands demands = settlement::MakeSettlementContract()->DemandsOf(context, view());
  EXPECT_EQ(demands.kind, "settlement.consent");
  EXPECT_EQ(demands.acting_for, kIntermediary);
  EXPECT_EQ(demands.accounts, std::vector<AccountId>{buyer_cash_});
  ASSERT_EQ(demands.movements.size(), 1u);
  EXPECT_EQ(demands.movements[0].instrument, cash_);
  EXPECT_EQ(demands.movements[0].from, buyer_cash_);
  EXPECT_EQ(demands.movements[0].to, seller_cash_);
  EXPECT_EQ(demands.movements[0].amount, Amount::FromMinor(200'000));
}

}  // namespace
}  // namespace causeway::testing
