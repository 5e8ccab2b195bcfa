// SPDX-License-Identifier: Apache-2.0
// Moving, issuing and cancelling free units; the register and the supply that follow.

#include <set>

#include "contracts/parties/parties.h"
#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

class Transfers : public TransfersWorld {
 protected:
  void SetUp() override { Give(from_, "100"); }
  v1::OperationResult Move(absl::string_view amount) {
    return Run(kInvestor, One(kInvestor), TransferOf(from_, to_, amount));
  }
  v1::EligibilityRule MinimumHolding(absl::string_view units) const {
    v1::EligibilityRule rule;
    rule.mutable_minimum_holding()->set_units(std::string(units));
    return rule;
  }
  const AccountId from_ = AddAccount(kInvestor);
  const AccountId to_ = AddAccount(kBank);
};

TEST_F(Transfers, UnitsMove) {
  const v1::OperationResult result = Move("40.5");
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(Parts(from_), "59.5 59.5 0 0");
  EXPECT_EQ(Parts(to_), "40.5 40.5 0 0");
  ASSERT_EQ(result.events_size(), 1);
  const v1::UnitsMoved& told = result.events(0).transfers().units_moved();
  EXPECT_EQ(told.from(), from_.ToString());
  EXPECT_EQ(told.to(), to_.ToString());
  EXPECT_EQ(told.instrument(), kIsin);
  EXPECT_EQ(told.amount(), "40.5");
}

TEST_F(Transfers, TheRegisterListsWhoHoldsInOrder) {
  const AccountId third = AddAccount(kBank);
  Give(third, "7");
  ASSERT_THAT(Move("100"), Applied());
  std::vector<AccountId> listed;
  Amount sum = Amount::Zero();
  transfers::ForEachHolding(view(), isin_, now(), std::nullopt,
                            [&](const AccountId& account, const transfers::Balance& balance) {
                              listed.push_back(account);
                              sum = *Add(sum, balance.total);
                              return true;
                            });
  std::vector<AccountId> expected{to_, third};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(listed, expected);
  EXPECT_EQ(sum, transfers::ReadSupply(view(), isin_).issued);
  EXPECT_EQ(transfers::ReadSupply(view(), isin_).holders, 2u);
  EXPECT_FALSE(view().Has(transfers::kBalances, transfers::HoldingKey{from_, isin_}));
}

TEST_F(Transfers, TheRegisterIsReadOnFromAnAccount) {
  ASSERT_THAT(Move("1"), Applied());
  std::vector<AccountId> listed;
  const auto collect = [&](const AccountId& account, const transfers::Balance&) {
    listed.push_back(account);
    return true;
  };
  transfers::ForEachHolding(view(), isin_, now(), std::max(from_, to_), collect);
  EXPECT_EQ(listed, std::vector<AccountId>{std::max(from_, to_)});
}

TEST_F(Transfers, AnAccountsHoldingsAreReadByInstrument) {
  GiveOf(cash_, from_, "12.34");
  std::vector<InstrumentId> held;
  transfers::ForEachHoldingOf(view(), from_, now(), [&](const InstrumentId& instrument, const transfers::Balance&) {
    held.push_back(instrument);
    return true;
  });
  std::vector<InstrumentId> expected{cash_, isin_};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(held, expected);
}

TEST_F(Transfers, AnOwnersAccountsAreSummedUp) {
  const AccountId second = AddAccount(kInvestor);
  Give(second, "5");
  const auto owned = [&](const std::string& owner) {
    return view().Get(transfers::kOwnerHoldings, transfers::OwnerHoldingKey{owner, isin_});
  };
  EXPECT_EQ(owned(kInvestor)->total, Units("105"));
  ASSERT_THAT(Move("100"), Applied());
  EXPECT_EQ(owned(kInvestor)->total, Units("5"));
  EXPECT_EQ(owned(kBank)->total, Units("100"));
}

TEST_F(Transfers, MoreThanIsFreeDoesNotMove) {
  EXPECT_THAT(Move("100.0001"),
              RefusedWith(v1::TRANSFERS_REASON_INSUFFICIENT_FREE, Parameters{from_.ToHex(), kIsin, "100", "100.0001"}));
  EXPECT_EQ(Parts(from_), "100 100 0 0");
}

TEST_F(Transfers, AmountsArePositiveAndHaveTheInstrumentsDecimals) {
  for (const char* amount : {"0", "-1", "1.00001", "999999999999999999999999999999999999999"}) {
    EXPECT_THAT(Move(amount), RefusedWith(v1::TRANSFERS_REASON_AMOUNT_INVALID, Parameters{amount, "4"})) << amount;
  }
}

TEST_F(Transfers, NothingMovesToItself) {
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, from_, "1")),
              Refused(v1::TRANSFERS_REASON_SAME_ACCOUNT));
}

TEST_F(Transfers, AccountsExist) {
  const AccountId nobody = IdFor<AccountId>("nobody");
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, nobody, "1")),
              RefusedWith(v1::TRANSFERS_REASON_UNKNOWN_ACCOUNT, Parameters{nobody.ToHex()}));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(nobody, to_, "1")),
              RefusedWith(v1::TRANSFERS_REASON_UNKNOWN_ACCOUNT, Parameters{nobody.ToHex()}));
}

TEST_F(Transfers, TheInstrumentExists) {
  v1::Operation operation = TransferOf(from_, to_, "1");
  operation.mutable_transfers()->mutable_transfer()->set_instrument("EUR.NOBODY");
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation),
              RefusedWith(v1::TRANSFERS_REASON_UNKNOWN_INSTRUMENT, Parameters{"EUR.NOBODY"}));
  operation.mutable_transfers()->mutable_transfer()->set_instrument("lower case");
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation),
              RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"instrument"}));
}

TEST_F(Transfers, NothingOfAClosedInstrumentMoves) {
  v1::ShareClass closed = ClassWith({});
  closed.set_status(v1::INSTRUMENT_STATUS_CLOSED);
  SetClass(closed);
  EXPECT_THAT(Move("1"), RefusedWith(v1::TRANSFERS_REASON_INSTRUMENT_CLOSED, Parameters{kIsin}));
}

TEST_F(Transfers, OnlyTheOwnerMovesItsUnits) {
  EXPECT_THAT(Run(kBank, One(kBank), TransferOf(from_, to_, "1")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_EQ(Parts(from_), "100 100 0 0");
}

// Else an account is read by trying: what is too much, what is frozen, what leaves too little.
TEST_F(Transfers, AStrangerLearnsOnlyThatItIsOneWhateverTheAccountHolds) {
  SetClass(ClassWith({MinimumHolding("10")}));
  const auto tried = [&] {
    std::set<std::string> answers;
    for (const char* amount : {"1", "91", "100", "100.0001", "0", "1.00001", "999999999999999999999999999999999999999"})
      answers.insert(Run(kBank, Two(kBank), TransferOf(from_, to_, amount)).SerializeAsString());
    answers.insert(Run(kBank, Two(kBank), TransferOf(from_, from_, "1")).SerializeAsString());
    return answers;
  };
  const v1::OperationResult answer = Run(kBank, Two(kBank), TransferOf(from_, to_, "1"));
  EXPECT_THAT(answer, Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  const std::set<std::string> only{answer.SerializeAsString()};
  EXPECT_EQ(tried(), only);
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(from_, kIsin)), Applied());
  EXPECT_EQ(tried(), only);
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Unfreeze(from_, kIsin)), Applied());
  ASSERT_THAT(Move("100"), Applied());
  EXPECT_EQ(tried(), only);
  for (const char* amount : {"1", "1000"}) {
    EXPECT_THAT(Run(kBank, Two(kBank), HoldOf("h", from_, to_, amount)), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  }
}

// Trying costs nothing in a dry run, and how others stand is not for everybody.
TEST_F(Transfers, WhoeverLacksTheUnitsLearnsNothingOfTheReceiver) {
  const AccountId successor = AddAccount(kBank);
  const v1::Account plain = *transfers::FindAccount(view(), to_);
  std::set<std::string> moves, holds, frozen_moves, frozen_holds;
  const auto try_all = [&] {
    moves.insert(Move("101").SerializeAsString());
    holds.insert(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "101")).SerializeAsString());
    ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(from_, kIsin)), Applied());
    frozen_moves.insert(Move("1").SerializeAsString());
    frozen_holds.insert(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "1")).SerializeAsString());
    ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Unfreeze(from_, kIsin)), Applied());
  };
  try_all();
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Freeze(to_, kIsin)), Applied());
  EXPECT_THAT(Move("1"), Refused(v1::TRANSFERS_REASON_FROZEN));
  try_all();
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  SetClass(ClassWith({rule}));
  EXPECT_THAT(Move("1"), Refused(v1::TRANSFERS_REASON_FROZEN, v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
  try_all();
  v1::Account closed = plain;
  closed.set_successor(successor.ToString());
  state().Put(transfers::kAccounts, to_, closed);
  EXPECT_THAT(Move("1"), Refused(v1::TRANSFERS_REASON_ACCOUNT_CLOSED));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", from_, to_, "1")),
              Refused(v1::TRANSFERS_REASON_ACCOUNT_CLOSED));
  try_all();
  v1::Party suspended = *parties::FindParty(view(), kBank);
  suspended.set_status(v1::PARTY_STATUS_SUSPENDED);
  state().Put(parties::kParties, kBank, suspended);
  try_all();
  for (const auto& answers : {moves, holds, frozen_moves, frozen_holds}) EXPECT_EQ(answers.size(), 1u);
}

TEST_F(Transfers, EveryRuleThatFailsIsNamed) {
  v1::EligibilityRule investor_class;
  investor_class.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  v1::EligibilityRule jurisdiction;
  jurisdiction.mutable_jurisdiction()->add_denied("US");
  SetClass(ClassWith({investor_class, jurisdiction, MinimumHolding("2")}));
  Attest(to_, "RETAIL", "US");
  EXPECT_THAT(Move("1"),
              Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE,
                      v1::INSTRUMENTS_REASON_JURISDICTION_NOT_ELIGIBLE, v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL));
}

TEST_F(Transfers, AnAttestationThatHasExpiredIsNone) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  SetClass(ClassWith({rule}));
  Attest(to_, "PROFESSIONAL", "");
  ASSERT_THAT(Move("1"), Applied());
  SetTime("2036-01-01T00:00:00Z");
  EXPECT_THAT(Move("1"), Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
}

TEST_F(Transfers, WhatStaysReachesTheMinimumOrIsNothing) {
  SetClass(ClassWith({MinimumHolding("10")}));
  EXPECT_THAT(Move("91"), Refused(v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL));
  EXPECT_THAT(Move("90"), Applied());
  EXPECT_THAT(Move("10"), Applied());
}

TEST_F(Transfers, AShareOfTheClassCountsAllAccountsOfTheOwner) {
  v1::EligibilityRule rule;
  rule.mutable_maximum_share()->set_share("0.5");
  const AccountId second = AddAccount(kBank);
  Give(second, "100");
  SetClass(ClassWith({rule}));
  const v1::OperationResult refused = Move("1");
  EXPECT_THAT(refused, Refused(v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE));
  // Whoever sends learns nothing of what the receiver has.
  EXPECT_THAT(refused,
              RefusedWith(v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE, (std::vector<std::string>{kIsin, "200", "0.5"})));
  // Between accounts of one owner its share does not grow.
  EXPECT_THAT(Run(kBank, One(kBank), TransferOf(second, to_, "100")), Applied());
}

TEST_F(Transfers, MoreThanIsInIssueIsAShortageAndNoDefect) {
  v1::EligibilityRule rule;
  rule.mutable_maximum_share()->set_share("0.5");
  SetClass(ClassWith({rule}));
  EXPECT_THAT(Move("1000"), Refused(v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
}

TEST_F(Transfers, TheKindOfAnAccountExemptsNobodyFromTheRules) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  SetClass(ClassWith({rule}));
  const AccountId disguised = AddAccount(kBank, v1::ACCOUNT_KIND_ISSUANCE);
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, disguised, "1")),
              Refused(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf(from_, ClassAccount(isin_, "residual"), "1")), Applied());
}

TEST_F(Transfers, CancellingReducesTheSupply) {
  InContext([&](const auto& context, auto& state, auto& effects) {
    transfers::Cancel(context, state, effects, isin_, from_, Units("30"));
  });
  EXPECT_EQ(Parts(from_), "70 70 0 0");
  EXPECT_EQ(transfers::ReadSupply(view(), isin_).issued, Units("70"));
}

TEST_F(Transfers, TheSupplyStaysWithin128Bits) {
  Reasons reasons;
  transfers::CheckIssue(view(), isin_, to_, Amount::Max(), now(), reasons);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_TRUE(reasons.Contains(v1::TRANSFERS_REASON_OVERFLOW));
  NoteReason(v1::TRANSFERS_REASON_OVERFLOW);
}

TEST_F(Transfers, WhoeverMovesWithoutAskingHitsACheck) {
  const RuleScope scope;
  EXPECT_THROW(InContext([&](const auto& context, auto& state, auto& effects) {
                 transfers::Move(context, state, effects, from_, to_, isin_, Units("101"));
               }),
               InvariantViolation);
}

}  // namespace
}  // namespace causeway::testing
