// SPDX-License-Identifier: Apache-2.0
// Each invariant, broken by hand: what the rules never do is found all the same.

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

using ::testing::HasSubstr;
using transfers::Balance;
using transfers::HoldingKey;

class Invariants : public TransfersWorld {
 protected:
  void SetUp() override {
    Give(account_, "100");
    ASSERT_THAT(Run(kInvestor, One(kInvestor), HoldOf("h", account_, other_, "30")), Applied());
  }
  // What a change of the state violates: one text, or those of all joined by a bar.
  template <class Change>
  std::string Violated(Change&& change) {
    state::StateTransaction layer(state());
    change(layer);
    std::vector<execution::Violation> violations;
    transfers::MakeTransfersContract()->CheckInvariants(layer, violations);
    std::string all;
    for (const execution::Violation& violation : violations) {
      EXPECT_EQ(violation.instrument, isin_);
      all += violation.what + "|";
    }
    return all;
  }
  // The balance of the account with one thing changed in it.
  template <class Change>
  std::string ViolatedByBalance(Change&& change) {
    return Violated([&](state::StateTransaction& layer) {
      Balance balance = *layer.Get(transfers::kBalances, HoldingKey{account_, isin_});
      change(balance);
      layer.Put(transfers::kBalances, HoldingKey{account_, isin_}, balance);
    });
  }
  const AccountId account_ = AddAccount(kInvestor);
  const AccountId other_ = AddAccount(kBank);
};

TEST_F(Invariants, ASoundStateViolatesNothing) {
  EXPECT_EQ(Violated([](state::StateTransaction&) {}), "");
}

TEST_F(Invariants, PartsSumToTheTotal) {
  EXPECT_THAT(ViolatedByBalance([&](Balance& balance) { balance.free = Units("71"); }), HasSubstr("balance of"));
}

TEST_F(Invariants, NoPartIsNegative) {
  EXPECT_THAT(ViolatedByBalance([&](Balance& balance) {
                balance.free = Units("-1");
                balance.restricted = Units("71");
              }),
              HasSubstr("balance of"));
}

TEST_F(Invariants, HoldingsChangeAsTheSupplyDoes) {
  EXPECT_THAT(ViolatedByBalance([&](Balance& balance) {
                balance.free = Units("71");
                balance.total = Units("101");
              }),
              HasSubstr("holdings changed by 10000, units in issue by 0"));
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                transfers::Supply supply = transfers::ReadSupply(layer, isin_);
                supply.issued = Units("99");
                layer.Put(transfers::kSupplies, isin_, supply);
              }),
              HasSubstr("holdings changed by 0, units in issue by -10000"));
}

TEST_F(Invariants, HoldersAreCounted) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                transfers::Supply supply = transfers::ReadSupply(layer, isin_);
                supply.holders = 2;
                layer.Put(transfers::kSupplies, isin_, supply);
              }),
              HasSubstr("holders changed by 0, their count by 1"));
}

TEST_F(Invariants, ThePartsAreMadeOfHolds) {
  EXPECT_THAT(ViolatedByBalance([&](Balance& balance) {
                balance.blocked = Units("31");
                balance.free = Units("69");
              }),
              HasSubstr("holds of"));
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) { layer.Erase(transfers::kHolds, IdFor<HoldId>("h")); }),
              HasSubstr("holds of"));
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                v1::Hold hold = *layer.Get(transfers::kHolds, IdFor<HoldId>("h"));
                hold.set_kind(v1::HOLD_KIND_PLEDGED);
                layer.Put(transfers::kHolds, IdFor<HoldId>("h"), hold);
              }),
              HasSubstr("holds of"));
}

TEST_F(Invariants, AHoldHoldsSomething) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                v1::Hold hold = *layer.Get(transfers::kHolds, IdFor<HoldId>("h"));
                hold.set_amount("0");
                layer.Put(transfers::kHolds, IdFor<HoldId>("h"), hold);
              }),
              HasSubstr("a hold without"));
}

TEST_F(Invariants, TheRegisterListsEveryHolding) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                Balance balance = *layer.Get(transfers::kBalances, HoldingKey{account_, isin_});
                layer.Put(transfers::kBalances, HoldingKey{account_, isin_}, balance);
                layer.Erase(transfers::kRegister, transfers::RegisterKey{isin_, account_});
              }),
              HasSubstr("register lacks"));
}

TEST_F(Invariants, AnEmptyHoldingHasNoRecord) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                layer.Put(transfers::kBalances, HoldingKey{other_, isin_}, Balance());
              }),
              HasSubstr("record of an empty holding"));
}

TEST_F(Invariants, AnOwnersHoldingIsTheSumOfItsAccounts) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                layer.Put(transfers::kOwnerHoldings, transfers::OwnerHoldingKey{kInvestor, isin_},
                          transfers::OwnerHolding{Units("101")});
              }),
              HasSubstr("holding of " + kInvestor));
}

TEST_F(Invariants, LotsFindTheirUnits) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                v1::Lots lots;
                v1::Lot* lot = lots.add_lots();
                lot->set_purchased_us(now().micros());
                lot->set_unlocks_us(now().micros() + 1);
                lot->set_amount("70.0001");
                layer.Put(transfers::kLots, HoldingKey{account_, isin_}, lots);
              }),
              HasSubstr("lots of"));
}

}  // namespace
}  // namespace causeway::testing
