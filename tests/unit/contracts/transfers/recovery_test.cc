// SPDX-License-Identifier: Apache-2.0
// Recovery of an account into another of the same owner.

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

class Recovery : public TransfersWorld {
 protected:
  void SetUp() override { Give(old_, "100"); }
  v1::OperationResult ByTwo(const v1::Operation& operation) {
    return Run(kTransferAgent, Two(kTransferAgent), operation);
  }
  v1::OperationResult ByAgent(const v1::Operation& operation) {
    return Run(kTransferAgent, One(kTransferAgent), operation);
  }
  const AccountId old_ = AddKeptAccount(kInvestor, "old");
  const AccountId new_ = AddKeptAccount(kInvestor, "new");
  const AccountId other_ = AddAccount(kBank);
};

TEST_F(Recovery, EverythingIsTakenOver) {
  GiveOf(cash_, old_, "12.34");
  ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", old_, other_, "30")), Applied());
  ASSERT_THAT(ByAgent(Restrict("r", old_, "20")), Applied());
  Attest(old_, "PROFESSIONAL", "SG");
  ASSERT_THAT(ByTwo(Recover(old_, new_)), Applied());
  EXPECT_EQ(Parts(old_), "0 0 0 0");
  EXPECT_EQ(Parts(new_), "100 50 30 20");
  EXPECT_EQ(transfers::ReadBalance(view(), new_, cash_, now()).free, Amount::FromMinor(1234));
  EXPECT_EQ(transfers::FindAccount(view(), new_)->attributes_size(), 2);
  EXPECT_THAT(Run(kBank, One(kBank), Execute("h")), Applied());
  EXPECT_THAT(ByAgent(Lift("r")), Applied());
  EXPECT_EQ(Parts(new_), "70 70 0 0");
}

TEST_F(Recovery, AMovedHoldStillExpires) {
  ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", old_, other_, "30")), Applied());
  ASSERT_THAT(ByTwo(Recover(old_, new_)), Applied());
  Advance(Duration::Hours(1));
  EXPECT_EQ(Parts(new_), "100 100 0 0");
  RunDue();
  EXPECT_FALSE(view().Has(transfers::kHolds, IdFor<HoldId>("h")));
  EXPECT_EQ(Parts(new_), "100 100 0 0");
}

// stellar-contracts #870: a frozen account was free again after its recovery.
TEST_F(Recovery, NeverAgainAFreezeIsLostOnRecovery) {
  ASSERT_THAT(ByAgent(Freeze(old_, "", v1::FREEZE_REASON_LEGAL)), Applied());
  ASSERT_THAT(ByAgent(Freeze(old_, kIsin)), Applied());
  ASSERT_THAT(ByAgent(Restrict("r", old_, "20")), Applied());
  ASSERT_THAT(ByTwo(Recover(old_, new_)), Applied());
  EXPECT_EQ(transfers::FindAccount(view(), new_)->freeze().reason(), v1::FREEZE_REASON_LEGAL);
  EXPECT_TRUE(view().Has(transfers::kHoldingFreezes, transfers::HoldingKey{new_, isin_}));
  EXPECT_EQ(Parts(new_), "100 80 0 20");
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(new_, other_, "1")), Refused(v1::TRANSFERS_REASON_DOCC));
  ASSERT_THAT(ByAgent(Unfreeze(new_, "")), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(new_, other_, "1")), Refused(v1::TRANSFERS_REASON_FROZEN));
}

TEST_F(Recovery, AClosedAccountNamesItsSuccessor) {
  ASSERT_THAT(ByTwo(Recover(old_, new_)), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(new_, old_, "1")),
              RefusedWith(v1::TRANSFERS_REASON_ACCOUNT_CLOSED, Parameters{old_.ToHex(), new_.ToHex()}));
  EXPECT_EQ(transfers::ResolveAccount(view(), old_), new_);
  EXPECT_THAT(ByTwo(Recover(old_, new_)), Refused(v1::TRANSFERS_REASON_ACCOUNT_CLOSED));
}

TEST_F(Recovery, AHoldIsExecutedToWhoTookOverFromItsBeneficiary) {
  Give(other_, "10");
  ASSERT_THAT(Run(kBank, One(kBank), HoldOf("h", other_, old_, "10")), Applied());
  ASSERT_THAT(ByTwo(Recover(old_, new_)), Applied());
  ASSERT_THAT(Run(kInvestor, One(kInvestor), Execute("h")), Applied());
  EXPECT_EQ(Parts(new_), "110 110 0 0");
}

TEST_F(Recovery, OneOfficerIsNotEnough) {
  EXPECT_THAT(ByAgent(Recover(old_, new_)), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Recovery, EvidenceIsNamed) {
  v1::Operation operation = Recover(old_, new_);
  operation.mutable_transfers()->mutable_recover_account()->clear_evidence_hash();
  EXPECT_THAT(ByTwo(operation), RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"evidence_hash"}));
}

TEST_F(Recovery, TheSuccessorIsEmptyAndOfTheSameOwnerAndKeeper) {
  const AccountId foreign = AddKeptAccount(kBank, "foreign");
  const AccountId unkept = AddAccount(kInvestor);
  for (const AccountId& unfit : {foreign, unkept}) {
    EXPECT_THAT(ByTwo(Recover(old_, unfit)),
                RefusedWith(v1::TRANSFERS_REASON_SUCCESSOR_INVALID, Parameters{unfit.ToHex()}));
  }
  Give(new_, "1");
  EXPECT_THAT(ByTwo(Recover(old_, new_)), Refused(v1::TRANSFERS_REASON_SUCCESSOR_INVALID));
  EXPECT_THAT(ByTwo(Recover(old_, old_)), Refused(v1::TRANSFERS_REASON_SAME_ACCOUNT));
}

TEST_F(Recovery, AnAccountWithoutAKeeperIsNotRecovered) {
  EXPECT_THAT(ByTwo(Recover(AddAccount(kInvestor), AddAccount(kInvestor))), Refused(v1::TRANSFERS_REASON_NO_KEEPER));
}

TEST_F(Recovery, OrdersEndFirst) {
  InContext([&](const auto& context, auto& state, auto& effects) {
    transfers::PlaceHold(context, state, effects,
                         {IdFor<HoldId>("order"), old_, isin_, Units("1"), v1::HOLD_KIND_BLOCKED, std::nullopt,
                          std::nullopt, "", v1::HOLD_CONTROLLER_DEALING});
  });
  EXPECT_THAT(ByTwo(Recover(old_, new_)), RefusedWith(v1::TRANSFERS_REASON_HOLDS_PENDING,
                                                      Parameters{old_.ToHex(), IdFor<HoldId>("order").ToHex()}));
}

TEST_F(Recovery, OneRecoveryMovesALimitedNumberOfHolds) {
  for (int i = 0; i <= 256; ++i)
    ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h" + std::to_string(i), old_, other_, "0.01")), Applied());
  EXPECT_THAT(ByTwo(Recover(old_, new_)),
              RefusedWith(v1::TRANSFERS_REASON_RECOVERY_TOO_LARGE, Parameters{old_.ToHex(), "256"}));
  ASSERT_THAT(Run(kBank, One(kBank), Release("h0")), Applied());
  EXPECT_THAT(ByTwo(Recover(old_, new_)), Applied());
}

}  // namespace
}  // namespace causeway::testing
