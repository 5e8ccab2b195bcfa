// SPDX-License-Identifier: Apache-2.0
// Lock-ups by lots: what was bought too recently stays, the rest may leave.

#include "contracts/transfers/lots.h"

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

class Lots : public TransfersWorld {
 protected:
  void SetUp() override {
    SetClass(ClassWith({LockUp(30)}));
    Give(from_, "100");  // unlocks on 1 April at 09:00
    Advance(Duration::Days(10));
    Give(from_, "50");  // unlocks on 11 April at 09:00
  }
  static v1::EligibilityRule LockUp(uint64_t days) {
    v1::EligibilityRule rule;
    rule.mutable_lock_up()->set_duration_us(Duration::Days(days).micros());
    return rule;
  }
  v1::OperationResult Move(absl::string_view amount) {
    return Run(kInvestor, One(kInvestor), TransferOf(from_, to_, amount));
  }
  Amount Locked(const AccountId& account) const { return transfers::ReadLocked(view(), account, isin_, now()); }
  const AccountId from_ = AddAccount(kInvestor);
  const AccountId to_ = AddAccount(kBank);
};

TEST_F(Lots, LockedUnitsDoNotLeaveAndTheirEndIsNamed) {
  EXPECT_EQ(Locked(from_), Units("150"));
  EXPECT_EQ(transfers::ReadAvailable(view(), from_, isin_, now()), Units("0"));
  EXPECT_THAT(Move("1"), RefusedWith(v1::INSTRUMENTS_REASON_LOCKED_UP, Parameters{kIsin, "2026-04-01T09:00:00Z"}));
  EXPECT_THAT(Move("101"), RefusedWith(v1::INSTRUMENTS_REASON_LOCKED_UP, Parameters{kIsin, "2026-04-11T09:00:00Z"}));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "1")), Refused(v1::INSTRUMENTS_REASON_LOCKED_UP));
  Reasons reasons;
  transfers::CheckCancel(view(), isin_, from_, Units("1"), now(), reasons);
  EXPECT_TRUE(reasons.Contains(v1::INSTRUMENTS_REASON_LOCKED_UP));
}

TEST_F(Lots, EachPurchaseUnlocksByItself) {
  SetTime("2026-04-01T08:59:59Z");
  EXPECT_THAT(Move("1"), Refused(v1::INSTRUMENTS_REASON_LOCKED_UP));
  SetTime("2026-04-01T09:00:00Z");
  EXPECT_EQ(transfers::ReadAvailable(view(), from_, isin_, now()), Units("100"));
  EXPECT_THAT(Move("100.5"), Refused(v1::INSTRUMENTS_REASON_LOCKED_UP));
  EXPECT_THAT(Move("100"), Applied());
  EXPECT_EQ(view().Get(transfers::kLots, transfers::HoldingKey{from_, isin_})->lots_size(), 1);
  SetTime("2026-04-11T09:00:00Z");
  EXPECT_THAT(Move("50"), Applied());
  EXPECT_FALSE(view().Has(transfers::kLots, transfers::HoldingKey{from_, isin_}));
}

TEST_F(Lots, ATransferDoesNotLockTheReceiver) {
  SetTime("2026-04-01T09:00:00Z");
  ASSERT_THAT(Move("100"), Applied());
  EXPECT_EQ(Locked(to_), Units("0"));
}

TEST_F(Lots, PurchasesOfOneInstantAreOneLot) {
  Give(from_, "1");
  EXPECT_EQ(transfers::LockedLots(view(), from_, isin_, now()).size(), 2u);
  EXPECT_EQ(Locked(from_), Units("151"));
}

TEST_F(Lots, AShorterRuleUnlocksAndALongerDoesNotReachBack) {
  SetClass(ClassWith({LockUp(5)}));
  EXPECT_EQ(Locked(from_), Units("50"));
  SetClass(ClassWith({LockUp(300)}));
  EXPECT_EQ(Locked(from_), Units("150"));
  EXPECT_THAT(Move("1"), RefusedWith(v1::INSTRUMENTS_REASON_LOCKED_UP, Parameters{kIsin, "2026-04-01T09:00:00Z"}));
  SetTime("2026-04-11T09:00:00Z");
  EXPECT_EQ(Locked(from_), Units("0"));
}

TEST_F(Lots, WithoutTheRuleNothingIsLocked) {
  SetClass(ClassWith({}));
  EXPECT_EQ(Locked(from_), Units("0"));
  EXPECT_THAT(Move("150"), Applied());
  EXPECT_FALSE(view().Has(transfers::kLots, transfers::HoldingKey{from_, isin_}));
}

TEST_F(Lots, TooManyLotsBecomeFewerAndUnlockWithTheLater) {
  for (int i = 0; i < 130; ++i) {
    Advance(Duration::Minutes(1));
    Give(from_, "1");
  }
  const std::vector<transfers::LockedLot> lots = transfers::LockedLots(view(), from_, isin_, now());
  EXPECT_EQ(lots.size(), static_cast<size_t>(transfers::kLotsMax));
  EXPECT_EQ(Locked(from_), Units("280"));
  EXPECT_EQ(lots[0].unlocks, At("2026-04-01T09:00:00Z"));
  EXPECT_EQ(lots[0].amount, Units("100"));
  // 132 lots became 128 by merging the four that lay closest to each other, a minute apart.
  EXPECT_EQ(lots[1].unlocks, At("2026-04-11T09:04:00Z"));
  EXPECT_EQ(lots[1].amount, Units("54"));
}

TEST_F(Lots, TheFundsOwnAccountsAreNotLocked) {
  Give(ClassAccount(isin_, "residual"), "3");
  EXPECT_EQ(Locked(ClassAccount(isin_, "residual")), Units("0"));
}

TEST_F(Lots, AForcedTransferCarriesLocksThatItNeeds) {
  SetTime("2026-04-01T09:00:00Z");
  ASSERT_THAT(Run(kTransferAgent, Two(kTransferAgent), Force(from_, to_, "120")), Applied());
  EXPECT_EQ(Locked(from_), Units("30"));
  EXPECT_EQ(Locked(to_), Units("20"));
  EXPECT_EQ(transfers::LockedLots(view(), to_, isin_, now())[0].unlocks, At("2026-04-11T09:00:00Z"));
}

TEST_F(Lots, AForcedTransferOfRestrictedUnitsCarriesLocksThatItNeeds) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Restrict("r", from_, "140")), Applied());
  v1::Operation operation = Force(from_, to_, "60");
  operation.mutable_transfers()->mutable_forced_transfer()->set_from_restriction(IdFor<HoldId>("r").ToString());
  operation.mutable_transfers()->mutable_forced_transfer()->set_to_restriction(IdFor<HoldId>("s").ToString());
  ASSERT_THAT(Run(kTransferAgent, Two(kTransferAgent), operation), Applied());
  EXPECT_EQ(Locked(from_), Units("90"));
  EXPECT_EQ(Locked(to_), Units("60"));
}

TEST_F(Lots, RecoveryCarriesAllLocks) {
  const AccountId old_account = AddKeptAccount(kInvestor, "old");
  const AccountId successor = AddKeptAccount(kInvestor, "new");
  Give(old_account, "8");
  ASSERT_THAT(Run(kTransferAgent, Two(kTransferAgent), Recover(old_account, successor)), Applied());
  EXPECT_EQ(Locked(successor), Units("8"));
  EXPECT_EQ(Locked(old_account), Units("0"));
}

}  // namespace
}  // namespace causeway::testing
