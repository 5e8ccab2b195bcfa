// SPDX-License-Identifier: Apache-2.0
// Forced transfers by the register's keeper.

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

class ForcedTransfers : public TransfersWorld {
 protected:
  void SetUp() override { Give(from_, "100"); }
  v1::OperationResult ByTwo(const v1::Operation& operation) {
    return Run(kTransferAgent, Two(kTransferAgent), operation);
  }
  v1::Operation ForceRestricted(const AccountId& to, absl::string_view amount) const {
    v1::Operation operation = Force(from_, to, amount);
    operation.mutable_transfers()->mutable_forced_transfer()->set_from_restriction(IdFor<HoldId>("r").ToString());
    operation.mutable_transfers()->mutable_forced_transfer()->set_to_restriction(IdFor<HoldId>("s").ToString());
    return operation;
  }
  const AccountId from_ = AddAccount(kInvestor);
  const AccountId own_ = AddAccount(kInvestor);
  const AccountId to_ = AddAccount(kBank);
};

TEST_F(ForcedTransfers, TheKeeperMovesUnitsUnderFourEyesOnEvidence) {
  const v1::OperationResult result = ByTwo(Force(from_, to_, "30"));
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(Parts(from_), "70 70 0 0");
  EXPECT_EQ(Parts(to_), "30 30 0 0");
  EXPECT_EQ(result.events(0).transfers().units_moved().evidence_hash(), crypto::Sha256("court order").ToString());
}

TEST_F(ForcedTransfers, OneOfficerIsNotEnough) {
  EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), Force(from_, to_, "30")),
              Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(ForcedTransfers, OnlyTheKeeperForces) {
  EXPECT_THAT(Run(kBank, Two(kBank), Force(from_, to_, "30")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_THAT(Run(kFmco, Two(kFmco), Force(from_, to_, "30")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
}

TEST_F(ForcedTransfers, EvidenceIsNamed) {
  v1::Operation operation = Force(from_, to_, "30");
  operation.mutable_transfers()->mutable_forced_transfer()->clear_evidence_hash();
  EXPECT_THAT(ByTwo(operation), RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"evidence_hash"}));
}

TEST_F(ForcedTransfers, AFreezeDoesNotStopItAndSurvivesIt) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(from_, kIsin, v1::FREEZE_REASON_LEGAL)), Applied());
  ASSERT_THAT(ByTwo(Force(from_, to_, "30")), Applied());
  EXPECT_TRUE(transfers::FindFreeze(view(), from_, isin_).has_value());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, to_, "1")), Refused(v1::TRANSFERS_REASON_DOCC));
}

// CMTAT #380: a forced transfer from an account to itself took the frozen units out of the freeze.
TEST_F(ForcedTransfers, NeverAgainAForcedTransferToOneselfUnfreezes) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Restrict("r", from_, "60")), Applied());
  EXPECT_THAT(ByTwo(Force(from_, from_, "60")),
              Refused(v1::TRANSFERS_REASON_SAME_ACCOUNT, v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
  EXPECT_THAT(ByTwo(ForceRestricted(from_, "60")), Refused(v1::TRANSFERS_REASON_SAME_ACCOUNT));
  EXPECT_EQ(Parts(from_), "100 40 0 60");
}

TEST_F(ForcedTransfers, NeverAgainAForcedTransferToOnesOtherAccountUnfreezes) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(from_, kIsin)), Applied());
  EXPECT_THAT(ByTwo(Force(from_, own_, "60")),
              RefusedWith(v1::TRANSFERS_REASON_FREEZE_WOULD_LAPSE, Parameters{from_.ToHex(), own_.ToHex()}));
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(own_, kIsin)), Applied());
  EXPECT_THAT(ByTwo(Force(from_, own_, "60")), Applied());
}

TEST_F(ForcedTransfers, RestrictedUnitsArriveRestricted) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Restrict("r", from_, "60")), Applied());
  ASSERT_THAT(ByTwo(ForceRestricted(to_, "25")), Applied());
  EXPECT_EQ(Parts(from_), "75 40 0 35");
  EXPECT_EQ(Parts(to_), "25 0 0 25");
  EXPECT_EQ(transfers::FindHold(view(), IdFor<HoldId>("s"), now())->restriction(), v1::FREEZE_REASON_LEGAL);
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Lift("s")), Applied());
  EXPECT_EQ(Parts(to_), "25 25 0 0");
}

TEST_F(ForcedTransfers, ARestrictionMustBeOne) {
  EXPECT_THAT(ByTwo(ForceRestricted(to_, "25")), Refused(v1::TRANSFERS_REASON_UNKNOWN_HOLD));
  v1::Operation hold = HoldOf("r", from_, to_, "60");
  ASSERT_THAT(Run(kInvestor, One(kInvestor), hold), Applied());
  EXPECT_THAT(ByTwo(ForceRestricted(to_, "25")), Refused(v1::TRANSFERS_REASON_NOT_A_RESTRICTION));
}

TEST_F(ForcedTransfers, ARestrictionGivesWhatItHasUnderAnIdOfItsOwn) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Restrict("r", from_, "60")), Applied());
  EXPECT_THAT(ByTwo(ForceRestricted(to_, "61")), Refused(v1::TRANSFERS_REASON_INSUFFICIENT_HELD));
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Restrict("s", from_, "1")), Applied());
  EXPECT_THAT(ByTwo(ForceRestricted(to_, "25")), Refused(v1::TRANSFERS_REASON_HOLD_EXISTS));
  v1::Operation half = ForceRestricted(to_, "25");
  half.mutable_transfers()->mutable_forced_transfer()->clear_to_restriction();
  EXPECT_THAT(ByTwo(half), RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"to_restriction"}));
}

TEST_F(ForcedTransfers, TheIdOfAHoldThatHasExpiredIsFree) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Restrict("r", from_, "60")), Applied());
  Give(own_, "10");
  ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("s", own_, to_, "10")), Applied());
  EXPECT_THAT(ByTwo(ForceRestricted(to_, "25")), Refused(v1::TRANSFERS_REASON_HOLD_EXISTS));
  Advance(Duration::Hours(2));
  ASSERT_THAT(ByTwo(ForceRestricted(to_, "25")), Applied());
  EXPECT_EQ(Parts(own_), "10 10 0 0");
  EXPECT_EQ(Parts(to_), "25 0 0 25");
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(ForcedTransfers, BlockedUnitsAreSomebodyElses) {
  ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "60")), Applied());
  EXPECT_THAT(ByTwo(Force(from_, to_, "41")), Refused(v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
}

TEST_F(ForcedTransfers, TheReceiverMustBeEligible) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  SetClass(ClassWith({rule}));
  EXPECT_THAT(ByTwo(Force(from_, to_, "1")), Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
}

}  // namespace
}  // namespace causeway::testing
