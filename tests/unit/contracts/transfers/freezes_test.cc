// SPDX-License-Identifier: Apache-2.0
// Freezes of accounts, of holdings, and of parts of holdings.

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

class Freezes : public TransfersWorld {
 protected:
  void SetUp() override {
    Give(from_, "100");
    Give(to_, "10");
  }
  v1::OperationResult ByAgent(const v1::Operation& operation) {
    return Run(kTransferAgent, One(kTransferAgent), operation);
  }
  const AccountId from_ = AddKeptAccount(kInvestor, "from");
  const AccountId to_ = AddAccount(kBank);
};

TEST_F(Freezes, NothingLeavesAFrozenHoldingAndNothingEntersIt) {
  ASSERT_THAT(ByAgent(Freeze(from_, kIsin)), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "1")),
              RefusedWith(v1::TRANSFERS_REASON_FROZEN, Parameters{from_.ToHex()}));
  EXPECT_THAT(Run(kBank, One(kBank), TransferOf(to_, from_, "1")), Refused(v1::TRANSFERS_REASON_FROZEN));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "1")), Refused(v1::TRANSFERS_REASON_FROZEN));
  Reasons reasons;
  transfers::CheckIssue(view(), isin_, from_, Units("1"), now(), reasons);
  transfers::CheckCancel(view(), isin_, from_, Units("1"), now(), reasons);
  EXPECT_TRUE(reasons.Contains(v1::TRANSFERS_REASON_FROZEN));
  ASSERT_THAT(ByAgent(Unfreeze(from_, kIsin)), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "1")), Applied());
}

TEST_F(Freezes, AFrozenHoldingLeavesOthersAlone) {
  GiveOf(cash_, from_, "5");
  ASSERT_THAT(ByAgent(Freeze(from_, kIsin)), Applied());
  v1::Operation cash = TransferOf(from_, to_, "5");
  cash.mutable_transfers()->mutable_transfer()->set_instrument(cash_.ToString());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), cash), Applied());
}

TEST_F(Freezes, AFrozenAccountMovesNothingAtAll) {
  GiveOf(cash_, from_, "5");
  ASSERT_THAT(ByAgent(Freeze(from_, "")), Applied());
  v1::Operation cash = TransferOf(from_, to_, "5");
  cash.mutable_transfers()->mutable_transfer()->set_instrument(cash_.ToString());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), cash), Refused(v1::TRANSFERS_REASON_FROZEN));
}

TEST_F(Freezes, LegalProceedingsAreDocc) {
  ASSERT_THAT(ByAgent(Freeze(from_, kIsin, v1::FREEZE_REASON_LEGAL)), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "1")),
              RefusedWith(v1::TRANSFERS_REASON_DOCC, Parameters{from_.ToHex()}));
}

TEST_F(Freezes, AFreezeNeverExpires) {
  ASSERT_THAT(ByAgent(Freeze(from_, kIsin)), Applied());
  SetTime("2099-01-01T00:00:00Z");
  RunDue();
  EXPECT_TRUE(transfers::FindFreeze(view(), from_, isin_).has_value());
}

TEST_F(Freezes, AccountAndHoldingAreFrozenAndUnfrozenSeparately) {
  ASSERT_THAT(ByAgent(Freeze(from_, "")), Applied());
  ASSERT_THAT(ByAgent(Freeze(from_, kIsin)), Applied());
  EXPECT_THAT(ByAgent(Freeze(from_, kIsin)), Refused(v1::TRANSFERS_REASON_ALREADY_FROZEN));
  ASSERT_THAT(ByAgent(Unfreeze(from_, "")), Applied());
  EXPECT_THAT(ByAgent(Unfreeze(from_, "")), Refused(v1::TRANSFERS_REASON_NOT_FROZEN));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "1")), Refused(v1::TRANSFERS_REASON_FROZEN));
}

TEST_F(Freezes, TheKeeperOfTheInstrumentFreezesItsHoldings) {
  EXPECT_THAT(Run(kBank, One(kBank), Freeze(from_, kIsin)), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_THAT(Run(kBank, One(kBank), Freeze(from_, cash_.ToString())), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Unfreeze(from_, cash_.ToString())),
              Refused(v1::PARTIES_REASON_NOT_DELEGATED));
}

TEST_F(Freezes, ATradingOfficerFreezesNothing) {
  EXPECT_THAT(Run(kTransferAgent, {KeyOf(kTransferAgent, 3)}, Freeze(from_, kIsin)),
              Refused(v1::PARTIES_REASON_ROLE_MISSING));
}

TEST_F(Freezes, AnAccountWithoutAKeeperIsFrozenByHoldingOnly) {
  EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(to_, "")),
              RefusedWith(v1::TRANSFERS_REASON_NO_KEEPER, Parameters{to_.ToHex()}));
  EXPECT_THAT(Run(kBank, One(kBank), Freeze(to_, "")), Refused(v1::TRANSFERS_REASON_NO_KEEPER));
}

TEST_F(Freezes, AFreezeHasAReason) {
  EXPECT_THAT(ByAgent(Freeze(from_, kIsin, v1::FREEZE_REASON_UNSPECIFIED)),
              RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"reason"}));
}

TEST_F(Freezes, AFrozenGiversHoldIsNotExecuted) {
  ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "30")), Applied());
  ASSERT_THAT(ByAgent(Freeze(from_, kIsin)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h")), Refused(v1::TRANSFERS_REASON_FROZEN));
}

TEST_F(Freezes, APartIsRestrictedUntilItIsLifted) {
  ASSERT_THAT(ByAgent(Restrict("r", from_, "60")), Applied());
  EXPECT_EQ(Parts(from_), "100 40 0 60");
  SetTime("2099-01-01T00:00:00Z");
  RunDue();
  EXPECT_EQ(Parts(from_), "100 40 0 60");
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "41")),
              Refused(v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Lift("r")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  ASSERT_THAT(ByAgent(Lift("r")), Applied());
  EXPECT_EQ(Parts(from_), "100 100 0 0");
}

TEST_F(Freezes, AFrozenHoldingCanStillBeRestricted) {
  ASSERT_THAT(ByAgent(Freeze(from_, kIsin)), Applied());
  EXPECT_THAT(ByAgent(Restrict("r", from_, "60")), Applied());
}

TEST_F(Freezes, ARestrictionIsNoHoldOfItsController) {
  ASSERT_THAT(ByAgent(Restrict("r", from_, "60")), Applied());
  EXPECT_THAT(ByAgent(Release("r")), Refused(v1::TRANSFERS_REASON_HOLD_NOT_YOURS));
  EXPECT_THAT(ByAgent(Execute("r")), Refused(v1::TRANSFERS_REASON_HOLD_NOT_YOURS));
}

TEST_F(Freezes, OnlyARestrictionIsLifted) {
  ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "30")), Applied());
  EXPECT_THAT(ByAgent(Lift("h")), Refused(v1::TRANSFERS_REASON_NOT_A_RESTRICTION));
  EXPECT_THAT(ByAgent(Lift("none")), Refused(v1::TRANSFERS_REASON_UNKNOWN_HOLD));
}

TEST_F(Freezes, ARestrictionOfACaseEndsWithTheCase) {
  transfers::HoldTerms terms{IdFor<HoldId>("case"), from_, isin_, Units("10"), v1::HOLD_KIND_RESTRICTED};
  terms.controller = v1::HOLD_CONTROLLER_POLICY;
  terms.restriction = v1::FREEZE_REASON_COMPLIANCE;
  InContext(
      [&](const auto& context, auto& state, auto& effects) { transfers::PlaceHold(context, state, effects, terms); });
  EXPECT_THAT(ByAgent(Lift("case")), Refused(v1::TRANSFERS_REASON_HOLD_NOT_YOURS));
}

TEST_F(Freezes, MoreThanIsFreeIsNotRestricted) {
  EXPECT_THAT(ByAgent(Restrict("r", from_, "101")), Refused(v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
  v1::Operation operation = Restrict("r", from_, "1");
  operation.mutable_transfers()->mutable_restrict_units()->clear_reason();
  EXPECT_THAT(ByAgent(operation), RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"reason"}));
}

}  // namespace
}  // namespace causeway::testing
