// SPDX-License-Identifier: Apache-2.0
// Holds: placed, released, executed, expired. Those named NeverAgain… are defects that other ledgers had.

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

class Holds : public TransfersWorld {
 protected:
  void SetUp() override { Give(from_, "100"); }
  v1::OperationResult Place(absl::string_view label, absl::string_view amount) {
    return Run(kInvestor, One(kInvestor), HoldOf(label, from_, to_, amount));
  }
  transfers::HoldTerms TermsOf(absl::string_view label, absl::string_view amount) const {
    return {IdFor<HoldId>(label),       from_,        isin_,        Units(amount),
            v1::HOLD_KIND_BLOCKED,      std::nullopt, std::nullopt, "",
            v1::HOLD_CONTROLLER_DEALING};
  }
  const AccountId from_ = AddAccount(kInvestor);
  const AccountId to_ = AddAccount(kBank);
};

TEST_F(Holds, UnitsAreSetAside) {
  const v1::OperationResult result = Place("h", "30");
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(Parts(from_), "100 70 30 0");
  EXPECT_EQ(result.events(0).transfers().hold_placed().amount(), "30");
  const v1::Hold hold = *transfers::FindHold(view(), IdFor<HoldId>("h"), now());
  EXPECT_EQ(hold.controller_party(), kBank);
  EXPECT_EQ(hold.reference(), "escrow");
  EXPECT_EQ(hold.created_height(), block().height.value());
}

TEST_F(Holds, WhatIsHeldDoesNotMove) {
  ASSERT_THAT(Place("h", "30"), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "71")),
              RefusedWith(v1::TRANSFERS_REASON_INSUFFICIENT_FREE, Parameters{from_.ToHex(), kIsin, "70", "71"}));
  EXPECT_THAT(Place("other", "71"), Refused(v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
}

TEST_F(Holds, TheControllerExecutesInParts) {
  ASSERT_THAT(Place("h", "30"), Applied());
  ASSERT_THAT(Run(kBank, One(kBank), Execute("h", "10")), Applied());
  EXPECT_EQ(Parts(from_), "90 70 20 0");
  EXPECT_EQ(Parts(to_), "10 10 0 0");
  ASSERT_THAT(Run(kBank, One(kBank), Execute("h")), Applied());
  EXPECT_EQ(Parts(from_), "70 70 0 0");
  EXPECT_EQ(Parts(to_), "30 30 0 0");
  EXPECT_FALSE(view().Has(transfers::kHolds, IdFor<HoldId>("h")));
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Holds, TheControllerGivesThemBack) {
  ASSERT_THAT(Place("h", "30"), Applied());
  const v1::OperationResult result = Run(kBank, One(kBank), Release("h"));
  ASSERT_THAT(result, Applied());
  EXPECT_FALSE(result.events(0).transfers().hold_released().expired());
  EXPECT_EQ(Parts(from_), "100 100 0 0");
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Holds, TheOwnerNeitherExecutesNorReleasesForTheController) {
  ASSERT_THAT(Place("h", "30"), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Release("h")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Execute("h")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_EQ(Parts(from_), "100 70 30 0");
}

TEST_F(Holds, AThirdPartyMayBeTheController) {
  v1::Operation operation = HoldOf("h", from_, to_, "30");
  operation.mutable_transfers()->mutable_place_hold()->set_controller(kIntermediary);
  ASSERT_THAT(Run(kInvestor, One(kInvestor), operation), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_THAT(Run(kIntermediary, One(kIntermediary), Execute("h")), Applied());
}

TEST_F(Holds, AControllerIsAParty) {
  v1::Operation operation = HoldOf("h", from_, to_, "30");
  operation.mutable_transfers()->mutable_place_hold()->set_controller(LeiFor("NOBODY"));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Refused(v1::PARTIES_REASON_PARTY_UNKNOWN));
}

TEST_F(Holds, AnIdIsUsedOnce) {
  ASSERT_THAT(Place("h", "30"), Applied());
  EXPECT_THAT(Place("h", "1"), RefusedWith(v1::TRANSFERS_REASON_HOLD_EXISTS, Parameters{IdFor<HoldId>("h").ToHex()}));
}

TEST_F(Holds, MoreThanIsHeldIsNotExecuted) {
  ASSERT_THAT(Place("h", "30"), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h", "31")),
              RefusedWith(v1::TRANSFERS_REASON_INSUFFICIENT_HELD, Parameters{IdFor<HoldId>("h").ToHex(), "30", "31"}));
}

TEST_F(Holds, AHoldThatDoesNotExistIsNeitherExecutedNorReleased) {
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h")), Refused(v1::TRANSFERS_REASON_UNKNOWN_HOLD));
  EXPECT_THAT(Run(kBank, One(kBank), Release("h")), Refused(v1::TRANSFERS_REASON_UNKNOWN_HOLD));
}

TEST_F(Holds, NoHoldIsForItsOwnAccount) {
  EXPECT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", from_, from_, "1")),
              Refused(v1::TRANSFERS_REASON_SAME_ACCOUNT));
}

TEST_F(Holds, ABeneficiaryMustBeEligibleWhenUnitsAreHeldAndWhenTheyAreDelivered) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  Attest(from_, "PROFESSIONAL", "");
  SetClass(ClassWith({rule}));
  EXPECT_THAT(Place("h", "30"), Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
  Attest(to_, "PROFESSIONAL", "");
  ASSERT_THAT(Place("h", "30"), Applied());
  Attest(to_, "RETAIL", "");
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h")), Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
}

// --- Expiry ---

TEST_F(Holds, DueWorkReleasesAnExpiredHold) {
  ASSERT_THAT(Place("h", "30"), Applied());
  Advance(Duration::Hours(1));
  const std::vector<v1::OperationResult> results = RunDue();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(results[0].events(0).transfers().hold_released().expired());
  EXPECT_FALSE(view().Has(transfers::kHolds, IdFor<HoldId>("h")));
  EXPECT_EQ(transfers::ReadBalance(view(), from_, isin_, Instant::Epoch()).free, Units("100"));
}

TEST_F(Holds, DueWorkStopsWithItsBudgetAndGoesOn) {
  for (const char* label : {"a", "b", "c"}) ASSERT_THAT(Place(label, "10"), Applied());
  Advance(Duration::Hours(1));
  RunDue(2);
  EXPECT_EQ(DueCount(), 1u);
  EXPECT_EQ(Parts(from_), "100 100 0 0");
  RunDue(2);
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Holds, AHoldHoldsUntilTheInstantBeforeItsExpiry) {
  ASSERT_THAT(Place("h", "30"), Applied());
  Advance(Duration::Micros(Duration::Hours(1).micros() - 1));
  RunDue();
  EXPECT_EQ(Parts(from_), "100 70 30 0");
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h", "1")), Applied());
}

// TigerBeetle #2118: an expired reservation was still shown, and counted, as reserved until a sweep came to it.
TEST_F(Holds, NeverAgainAnExpiredHoldIsReservedNowhereEvenBeforeDueWork) {
  ASSERT_THAT(Place("h", "30"), Applied());
  Advance(Duration::Hours(1));
  EXPECT_EQ(Parts(from_), "100 100 0 0");
  EXPECT_FALSE(transfers::FindHold(view(), IdFor<HoldId>("h"), now()).has_value());
  EXPECT_THAT(
      Run(kBank, One(kBank), Execute("h")),
      RefusedWith(v1::TRANSFERS_REASON_HOLD_EXPIRED, Parameters{IdFor<HoldId>("h").ToHex(), "2026-03-02T10:00:00Z"}));
  EXPECT_THAT(Run(kBank, One(kBank), Release("h")), Refused(v1::TRANSFERS_REASON_HOLD_EXPIRED));
  ASSERT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "100")), Applied());
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Holds, AnExpiredHoldsIdIsFreeAgainForAnyHolding) {
  ASSERT_THAT(Place("h", "30"), Applied());
  Give(to_, "5");
  Advance(Duration::Hours(1));
  ASSERT_THAT(Run(kBank, One(kBank), HoldOf("h", to_, from_, "5")), Applied());
  EXPECT_EQ(Parts(from_), "100 100 0 0");
  EXPECT_EQ(Parts(to_), "5 0 5 0");
}

// Hedera Asset Tokenization Studio #1215: holds without an end.
TEST_F(Holds, NeverAgainAClientsHoldWithoutAnEnd) {
  v1::Operation operation = HoldOf("h", from_, to_, "30");
  v1::PlaceHold* request = operation.mutable_transfers()->mutable_place_hold();
  request->clear_expires_us();
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Refused(v1::TRANSFERS_REASON_EXPIRY_INVALID));
  request->set_expires_us(now().micros());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Refused(v1::TRANSFERS_REASON_EXPIRY_INVALID));
  request->set_expires_us(AddSaturating(now(), Duration::Days(366)).micros() + 1);
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Refused(v1::TRANSFERS_REASON_EXPIRY_INVALID));
  request->set_expires_us(AddSaturating(now(), Duration::Days(366)).micros());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Applied());
}

// XRPL-Standards #272: an escrow that nobody could end once the beneficiary had lost its authorization.
TEST_F(Holds, NeverAgainAnEscrowIsStuckWhenTheBeneficiaryLosesItsAuthorization) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  for (const AccountId& account : {from_, to_}) Attest(account, "PROFESSIONAL", "");
  SetClass(ClassWith({rule}));
  ASSERT_THAT(Place("a", "30"), Applied());
  ASSERT_THAT(Place("b", "30"), Applied());
  for (const AccountId& account : {from_, to_}) Attest(account, "RETAIL", "");
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(from_, kIsin)), Applied());
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(to_, kIsin)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), Release("a")), Applied());
  Advance(Duration::Hours(1));
  RunDue();
  EXPECT_EQ(Parts(from_), "100 100 0 0");
}

TEST_F(Holds, AGiverCannotMakeAnEscrowStuckByGivingTheRestAway) {
  v1::EligibilityRule rule;
  rule.mutable_minimum_holding()->set_units("50");
  SetClass(ClassWith({rule}));
  EXPECT_THAT(Place("h", "60"), Refused(v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL));
  ASSERT_THAT(Place("h", "50"), Applied());
  InContext([&](const auto& context, auto& state, auto& effects) {
    transfers::Cancel(context, state, effects, isin_, from_, Units("20"));
  });
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h")), Applied());
  EXPECT_EQ(Parts(from_), "30 30 0 0");
}

// Fabric token SDK #430: locked units were counted as available.
TEST_F(Holds, NeverAgainHeldUnitsAreAvailable) {
  ASSERT_THAT(Place("h", "30"), Applied());
  EXPECT_EQ(transfers::ReadAvailable(view(), from_, isin_, now()), Units("70"));
  EXPECT_EQ(BalanceOf(from_).total, Units("100"));
}

// TigerBeetle #2693: a balance and what is held of it could not be read at one instant.
TEST_F(Holds, NeverAgainABalanceWithoutItsParts) {
  ASSERT_THAT(Place("h", "30"), Applied());
  const std::optional<std::string> stored =
      view().GetRaw(transfers::kBalances.id, state::EncodeKey(transfers::HoldingKey{from_, isin_}));
  ASSERT_TRUE(stored.has_value());
  const transfers::Balance balance = *state::DecodeRecord<transfers::Balance>(*stored);
  EXPECT_EQ(balance.total, *Add(balance.free, balance.blocked));
  EXPECT_EQ(balance.blocked, Units("30"));
}

// Hyperledger Fabric #2862: two movements of one balance in one block conflicted, and one was lost.
TEST_F(Holds, NeverAgainTwoMovementsOfOneHoldingConflict) {
  const std::vector<v1::OperationResult> results = RunAll(kInvestor, One(kInvestor),
                                                          {TransferOf(from_, to_, "60"), HoldOf("h", from_, to_, "30"),
                                                           TransferOf(from_, to_, "11"), TransferOf(from_, to_, "10")});
  EXPECT_THAT(results[0], Applied());
  EXPECT_THAT(results[1], Applied());
  EXPECT_THAT(results[2], Refused(v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
  EXPECT_THAT(results[3], Applied());
  EXPECT_EQ(Parts(from_), "30 0 30 0");
}

// --- Holds of contracts ---

TEST_F(Holds, AContractsHoldHasNoEndAndIsNoClients) {
  InContext([&](const auto& context, auto& state, auto& effects) {
    transfers::PlaceHold(context, state, effects, TermsOf("order", "40"));
  });
  Advance(Duration::Days(5000));
  EXPECT_EQ(Parts(from_), "100 60 40 0");
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Release("order")), Refused(v1::TRANSFERS_REASON_HOLD_NOT_YOURS));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Execute("order")), Refused(v1::TRANSFERS_REASON_HOLD_NOT_YOURS));
}

TEST_F(Holds, AContractCancelsAndDeliversHeldUnits) {
  InContext([&](const auto& context, auto& state, auto& effects) {
    transfers::PlaceHold(context, state, effects, TermsOf("order", "40"));
    transfers::CancelHeld(context, state, effects, IdFor<HoldId>("order"), Units("15"));
    transfers::ExecuteHold(context, state, effects, IdFor<HoldId>("order"), to_, Units("20"));
    transfers::ReleaseHold(context, state, effects, IdFor<HoldId>("order"));
  });
  EXPECT_EQ(Parts(from_), "65 65 0 0");
  EXPECT_EQ(Parts(to_), "20 20 0 0");
  EXPECT_EQ(transfers::ReadSupply(view(), isin_).issued, Units("85"));
}

TEST_F(Holds, APledgeIsAPartOfItsOwn) {
  transfers::HoldTerms terms = TermsOf("pledge", "25");
  terms.kind = v1::HOLD_KIND_PLEDGED;
  InContext(
      [&](const auto& context, auto& state, auto& effects) { transfers::PlaceHold(context, state, effects, terms); });
  EXPECT_EQ(BalanceOf(from_).pledged, Units("25"));
  EXPECT_EQ(BalanceOf(from_).free, Units("75"));
  EXPECT_EQ(BalanceOf(from_).total, Units("100"));
}

}  // namespace
}  // namespace causeway::testing
