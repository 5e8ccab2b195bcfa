// SPDX-License-Identifier: Apache-2.0
// The dealing calendar.

#include "contracts/instruments/instruments.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

class Calendar : public ContractFixture {
 protected:
  Calendar() : fund_(AddFund()) { AddDealingDays(fund_, {"2026-03-02", "2026-03-03", "2026-03-05"}); }
  v1::Operation SetDays(const std::vector<v1::DealingDay>& days, const std::vector<std::string>& removed = {}) const {
    v1::Operation operation;
    v1::SetDealingDays* request = operation.mutable_instruments()->mutable_set_dealing_days();
    request->set_fund_id(fund_.ToString());
    for (const v1::DealingDay& day : days) *request->add_days() = day;
    for (const std::string& date : removed) request->add_removed(date);
    return operation;
  }
  v1::OperationResult Set(const std::vector<v1::DealingDay>& days, const std::vector<std::string>& removed = {}) {
    return Run(kFmco, Two(kFmco), SetDays(days, removed));
  }
  v1::OperationResult Extend(absl::string_view date, uint64_t minutes, absl::string_view fund = "FUND.ONE") {
    v1::Operation operation;
    v1::ExtendGrace* request = operation.mutable_instruments()->mutable_extend_grace();
    request->set_fund_id(std::string(fund));
    request->set_date(std::string(date));
    request->set_grace_us(Duration::Minutes(minutes).micros());
    return Run(kFmco, Two(kFmco), operation);
  }
  std::string DayOf(absl::string_view instant) const {
    const std::optional<instruments::DealingDay> day = instruments::DealingDayOf(view(), fund_, At(instant));
    return day ? day->date : "none";
  }

  const InstrumentId fund_;
};

TEST_F(Calendar, AnInstantBelongsToTheFirstDayWhoseCutOffLiesAfterIt) {
  EXPECT_EQ(DayOf("2026-03-01T00:00:00Z"), "2026-03-02");
  EXPECT_EQ(DayOf("2026-03-02T09:59:59.999999Z"), "2026-03-02");
  EXPECT_EQ(DayOf("2026-03-02T10:00:00Z"), "2026-03-03");
  EXPECT_EQ(DayOf("2026-03-04T12:00:00Z"), "2026-03-05");
  EXPECT_EQ(DayOf("2026-03-05T10:00:00Z"), "none");
}

TEST_F(Calendar, ADayTellsItsInstants) {
  const std::optional<instruments::DealingDay> day = instruments::FindDealingDay(view(), fund_, "2026-03-02");
  ASSERT_TRUE(day.has_value());
  EXPECT_EQ(day->cut_off, At("2026-03-02T10:00:00Z"));
  EXPECT_EQ(day->book_closes, At("2026-03-02T10:05:00Z"));
  EXPECT_EQ(day->valuation_point, At("2026-03-02T16:00:00Z"));
  v1::ShareClass share_class;
  share_class.mutable_at_once();
  EXPECT_TRUE(instruments::HasSettlement(*day, share_class));
  EXPECT_EQ(instruments::SettlementOf(*day, share_class), std::nullopt);
  share_class.set_lag_days(2);
  EXPECT_EQ(instruments::SettlementOf(*day, share_class), At("2026-03-05T09:00:00Z"));
  share_class.set_lag_days(3);
  EXPECT_FALSE(instruments::HasSettlement(*day, share_class));
}

TEST_F(Calendar, DaysFollowEachOther) {
  EXPECT_EQ(instruments::NextDealingDay(view(), fund_, "2026-03-03")->date, "2026-03-05");
  EXPECT_FALSE(instruments::NextDealingDay(view(), fund_, "2026-03-05").has_value());
  EXPECT_EQ(instruments::PreviousDealingDay(view(), fund_, "2026-03-05")->date, "2026-03-03");
  EXPECT_FALSE(instruments::PreviousDealingDay(view(), fund_, "2026-03-02").has_value());
  ASSERT_THAT(Set({DealingDayOn("2026-06-01"), DealingDayOn("2028-06-01")}), Applied());
  EXPECT_EQ(instruments::PreviousDealingDay(view(), fund_, "2026-06-01")->date, "2026-03-05");
  EXPECT_EQ(instruments::PreviousDealingDay(view(), fund_, "2028-06-01")->date, "2026-06-01");
}

TEST_F(Calendar, IsChangedUnderFourEyes) {
  EXPECT_THAT(Run(kFmco, One(kFmco), SetDays({DealingDayOn("2026-03-06")})),
              Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Calendar, ADayIsMovedAndTakenOut) {
  v1::DealingDay earlier = DealingDayOn("2026-03-03");
  earlier.set_cut_off_us(At("2026-03-03T08:00:00Z").micros());
  ASSERT_THAT(Set({earlier}, {"2026-03-05"}), Applied());
  EXPECT_EQ(DayOf("2026-03-03T07:00:00Z"), "2026-03-03");
  EXPECT_EQ(DayOf("2026-03-03T09:00:00Z"), "none");
  EXPECT_FALSE(instruments::FindDealingDay(view(), fund_, "2026-03-05").has_value());
}

TEST_F(Calendar, TwoDaysMayChangePlacesOfTheirCutOffs) {
  v1::DealingDay first = DealingDayOn("2026-03-02");
  first.set_cut_off_us(At("2026-03-02T09:30:00Z").micros());
  v1::DealingDay second = DealingDayOn("2026-03-03");
  second.set_cut_off_us(At("2026-03-02T10:00:00Z").micros());  // the first day's old one
  ASSERT_THAT(Set({first, second}), Applied());
  EXPECT_EQ(DayOf("2026-03-02T09:40:00Z"), "2026-03-03");
}

TEST_F(Calendar, ADayWhoseCutOffHasPassedIsFixed) {
  SetTime("2026-03-02T10:00:00Z");
  EXPECT_THAT(Set({}, {"2026-03-02"}), Refused(v1::INSTRUMENTS_REASON_DAY_PASSED));
  v1::DealingDay later = DealingDayOn("2026-03-02");
  later.set_cut_off_us(At("2026-03-02T11:00:00Z").micros());
  EXPECT_THAT(Set({later}), Refused(v1::INSTRUMENTS_REASON_DAY_PASSED));
}

TEST_F(Calendar, ANewDayLiesAhead) {
  EXPECT_THAT(Set({DealingDayOn("2026-02-27")}), Refused(v1::INSTRUMENTS_REASON_DAY_PASSED));
}

TEST_F(Calendar, DatesExistAndAscend) {
  v1::DealingDay day = DealingDayOn("2026-03-06");
  day.set_date("2026-02-30");
  EXPECT_THAT(Set({day}), Refused(v1::INSTRUMENTS_REASON_DATE_INVALID, v1::INSTRUMENTS_REASON_CUT_OFFS_NOT_ASCENDING));
  EXPECT_THAT(Set({DealingDayOn("2026-03-09"), DealingDayOn("2026-03-06")}),
              Refused(v1::INSTRUMENTS_REASON_DATES_NOT_ASCENDING));
  EXPECT_THAT(Set({}, {"2026-03-04"}), Refused(v1::INSTRUMENTS_REASON_DAY_UNKNOWN));
  EXPECT_THAT(Set({DealingDayOn("2026-03-03")}, {"2026-03-03"}), Refused(v1::INSTRUMENTS_REASON_DAY_INVALID));
  EXPECT_THAT(Set({}), Refused(v1::INSTRUMENTS_REASON_FIELD_MISSING));
}

TEST_F(Calendar, ADaysInstantsAreInOrder) {
  v1::DealingDay day = DealingDayOn("2026-03-06");
  day.set_valuation_point_us(At("2026-03-06T10:04:59Z").micros());
  EXPECT_THAT(Set({day}), Refused(v1::INSTRUMENTS_REASON_DAY_INVALID));
  day = DealingDayOn("2026-03-06");
  day.set_settlement_us(1, day.settlement_us(0) - 1);
  EXPECT_THAT(Set({day}), Refused(v1::INSTRUMENTS_REASON_DAY_INVALID));
  day = DealingDayOn("2026-03-06");
  day.set_grace_us(Duration::Hours(73).micros());
  EXPECT_THAT(Set({day}), Refused(v1::INSTRUMENTS_REASON_DAY_INVALID));
}

TEST_F(Calendar, CutOffsAscendWithTheDates) {
  v1::DealingDay day = DealingDayOn("2026-03-04");
  day.set_cut_off_us(At("2026-03-05T10:00:00Z").micros());
  day.set_valuation_point_us(At("2026-03-05T16:00:00Z").micros());
  day.clear_settlement_us();
  EXPECT_THAT(Set({day}), Refused(v1::INSTRUMENTS_REASON_CUT_OFFS_NOT_ASCENDING));
}

TEST_F(Calendar, OnlyADealingFundHasOne) {
  v1::Operation operation = SetDays({DealingDayOn("2026-03-06")});
  operation.mutable_instruments()->mutable_set_dealing_days()->set_fund_id("NOTHING");
  EXPECT_THAT(Run(kFmco, Two(kFmco), operation), Refused(v1::INSTRUMENTS_REASON_FUND_UNKNOWN));
  v1::Fund umbrella = FundOf();
  umbrella.set_is_umbrella(true);
  state().Put(instruments::kFunds, InstrumentFor("UMBRELLA"), umbrella);
  operation.mutable_instruments()->mutable_set_dealing_days()->set_fund_id("UMBRELLA");
  EXPECT_THAT(Run(kFmco, Two(kFmco), operation), Refused(v1::INSTRUMENTS_REASON_IS_AN_UMBRELLA));
  v1::Fund closed = FundOf();
  closed.set_status(v1::INSTRUMENT_STATUS_CLOSED);
  state().Put(instruments::kFunds, fund_, closed);
  EXPECT_THAT(Set({DealingDayOn("2026-03-06")}), Refused(v1::INSTRUMENTS_REASON_FUND_CLOSED));
}

TEST_F(Calendar, ListsAreBounded) {
  EXPECT_THAT(Set({}, std::vector<std::string>(257, "2026-03-05")), Refused(v1::INSTRUMENTS_REASON_LIST_TOO_LONG));
}

TEST_F(Calendar, AnOutagesGraceIsLengthenedWhileTheBookIsOpen) {
  EXPECT_THAT(Extend("2026-03-02", 30),
              Refused(v1::INSTRUMENTS_REASON_GRACE_TOO_LATE));  // before the cut-off the day itself is changed
  SetTime("2026-03-02T10:04:00Z");
  EXPECT_THAT(Extend("2026-03-02", 5), Refused(v1::INSTRUMENTS_REASON_DAY_INVALID));
  EXPECT_THAT(Extend("2026-03-02", 361), Refused(v1::INSTRUMENTS_REASON_DAY_INVALID));  // past the valuation point
  EXPECT_THAT(Extend("2026-03-04", 30), Refused(v1::INSTRUMENTS_REASON_DAY_UNKNOWN));
  ASSERT_THAT(Extend("2026-03-02", 30), Applied());
  EXPECT_EQ(instruments::FindDealingDay(view(), fund_, "2026-03-02")->book_closes, At("2026-03-02T10:30:00Z"));
  SetTime("2026-03-02T10:30:00Z");
  EXPECT_THAT(Extend("2026-03-02", 60),
              RefusedWith(v1::INSTRUMENTS_REASON_GRACE_TOO_LATE,
                          std::vector<std::string>{"2026-03-02", "2026-03-02T10:30:00Z", "2026-03-02T10:30:00Z"}));
}

TEST_F(Calendar, ACutOffThatPlacesNoDayBreaksAnInvariant) {
  state::StateTransaction layer(state());
  layer.Erase(instruments::kDealingDayCutOffs, std::tuple(fund_, At("2026-03-02T10:00:00Z")));
  v1::DealingDay moved = DealingDayOn("2026-03-02");
  moved.set_cut_off_us(At("2026-03-02T09:30:00Z").micros());
  layer.Put(instruments::kDealingDays, std::tuple(fund_, std::string("2026-03-02")), moved);
  std::vector<execution::Violation> violations;
  instruments::MakeInstrumentsContract()->CheckInvariants(layer, violations);
  EXPECT_EQ(violations.size(), 1u);
  state::StateTransaction other(state());
  v1::DealingDayPlace place;
  place.set_date("2026-03-09");
  other.Put(instruments::kDealingDayCutOffs, std::tuple(fund_, At("2026-03-09T10:00:00Z")), place);
  violations.clear();
  instruments::MakeInstrumentsContract()->CheckInvariants(other, violations);
  EXPECT_EQ(violations.size(), 1u);
}

}  // namespace
}  // namespace causeway::testing
