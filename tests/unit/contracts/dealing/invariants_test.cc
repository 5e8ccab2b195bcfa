// SPDX-License-Identifier: Apache-2.0
// Each invariant of a dealing day's books, broken by hand.
#include "tests/unit/contracts/dealing/dealing_world.h"

namespace causeway::testing {
namespace {

using ::testing::HasSubstr;

class BookInvariants : public DealingTest {
 protected:
  // An order that is confirmed and settles tomorrow, and one of tomorrow's.
  void SetUp() override {
    v1::ShareClass later = Class();
    later.set_lag_days(0);
    Open(later);
    ASSERT_THAT(Order(SubscribeAmount("a", "1000000")), Applied());
    SetTime("2026-03-02T11:00:00Z");
    ASSERT_THAT(Order(SubscribeAmount("b", "1000")), Applied());
    Launch();
    ASSERT_EQ(Told("a").history().rbegin()->status(), v1::ORDER_STATUS_COSE);
  }
  template <class Change>
  std::string Violated(Change&& change) {
    state::StateTransaction layer(state());
    change(layer);
    std::vector<execution::Violation> violations;
    dealing::MakeDealingContract()->CheckInvariants(layer, violations);
    std::string all;
    for (const execution::Violation& violation : violations) {
      EXPECT_EQ(violation.instrument, isin_);
      all += violation.what + "|";
    }
    return all;
  }
  dealing::OrderKey KeyOfOrder(const std::string& label) const {
    const v1::OrderPlace place = *view().Get(dealing::kOrderPlaces, IdFor<OrderId>(label));
    return {isin_, place.dealing_date(), place.number()};
  }
  v1::Order Live(const std::string& label) const { return *dealing::FindOrder(view(), IdFor<OrderId>(label)); }
};

TEST_F(BookInvariants, SoundBooksViolateNothing) {
  EXPECT_EQ(Violated([&](state::StateTransaction& layer) {
              layer.Put(dealing::kOrders, KeyOfOrder("a"), Live("a"));
              layer.Put(dealing::kClassDays, dealing::ClassDayKey{isin_, kToday}, Day(kToday));
            }),
            "");
}

TEST_F(BookInvariants, AnOrderDoesNotLeaveUncounted) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) { layer.Erase(dealing::kOrders, KeyOfOrder("b")); }),
              HasSubstr("live orders of " + isin_.ToString() + " 2026-03-03 changed by -1, their count by 0"));
}

TEST_F(BookInvariants, ADayDoesNotCountAnOrderThatIsNotThere) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                v1::ClassDay day = Day(kTomorrow);
                day.mutable_redemptions()->set_orders_accepted(day.redemptions().orders_accepted() + 1);
                layer.Put(dealing::kClassDays, dealing::ClassDayKey{isin_, kTomorrow}, day);
              }),
              HasSubstr("2026-03-03 changed by 0, their count by 1"));
}

TEST_F(BookInvariants, ConfirmedUnitsAreThoseOfTheClasssBook) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                v1::Order order = Live("a");
                order.mutable_execution()->set_units("791113.9524");
                layer.Put(dealing::kOrders, KeyOfOrder("a"), order);
              }),
              HasSubstr("units of confirmed orders changed by 1, the book by 0"));
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                v1::ClassBook book = *layer.Get(dealing::kClassBooks, isin_);
                book.set_units_to_cancel("0.0001");
                layer.Put(dealing::kClassBooks, isin_, book);
              }),
              HasSubstr("units of confirmed orders changed by 0, the book by 1"));
}

TEST_F(BookInvariants, FeeNetAndResidualAddUpToGross) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer) {
                v1::Order order = Live("a");
                order.mutable_execution()->set_fee_amount("9999.99");
                layer.Put(dealing::kOrders, KeyOfOrder("a"), order);
              }),
              HasSubstr("fee, net and residual do not add up to gross"));
}

}  // namespace
}  // namespace causeway::testing
