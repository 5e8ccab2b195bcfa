// SPDX-License-Identifier: Apache-2.0
//
// The dealing calendar: days with their instants, and to which day an instant belongs.

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

#include "contracts/instruments/rules.h"

namespace causeway::instruments {
namespace {

using Calendar = std::map<std::string, v1::DealingDay>;

Instant CutOffOf(const v1::DealingDay& day) {
  return Instant::FromMicros(day.cut_off_us());
}

Instant ClosesAt(const v1::DealingDay& day) {
  return AddSaturating(CutOffOf(day), Duration::Micros(day.grace_us()));
}

DealingDay FromRecord(const v1::DealingDay& record) {
  DealingDay day{
      record.date(), CutOffOf(record), ClosesAt(record), Instant::FromMicros(record.valuation_point_us()), {}};
  for (uint64_t us : record.settlement_us()) day.settlement.push_back(Instant::FromMicros(us));
  return day;
}

std::optional<DealingDay> AtPlace(const state::StateView& view, const InstrumentId& fund,
                                  const v1::DealingDayPlace& place) {
  std::optional<DealingDay> day = FindDealingDay(view, fund, place.date());
  CAUSEWAY_CHECK(day.has_value(), "the index of cut-offs names a dealing day");
  return day;
}

// The last day of the fund before `date` and not before `from`; dates as texts.
std::optional<v1::DealingDay> LastBefore(const state::StateView& view, const InstrumentId& fund,
                                         const std::string& from, absl::string_view date) {
  std::optional<v1::DealingDay> last;
  view.ForEachFrom(kDealingDays, std::tuple(fund), std::tuple(fund, from),
                   [&](const auto& key, const v1::DealingDay& day) {
                     if (absl::string_view(std::get<1>(key)) >= date) return false;
                     last = day;
                     return true;
                   });
  return last;
}

Calendar CalendarOf(const state::StateView& view, const InstrumentId& fund) {
  Calendar calendar;
  view.ForEach(kDealingDays, std::tuple(fund), [&](const auto& key, const v1::DealingDay& day) {
    calendar[std::get<1>(key)] = day;
    return true;
  });
  return calendar;
}

// DATE_INVALID and DATES_NOT_ASCENDING over a list of dates.
void CheckDates(const std::vector<std::string>& dates, Reasons& reasons) {
  for (size_t i = 0; i < dates.size(); ++i) {
    if (!ParseDate(dates[i]).ok()) reasons.Add(v1::INSTRUMENTS_REASON_DATE_INVALID, {dates[i]});
    if (i > 0 && dates[i] <= dates[i - 1]) reasons.Add(v1::INSTRUMENTS_REASON_DATES_NOT_ASCENDING, {dates[i]});
  }
}

void CheckNotPassed(const v1::DealingDay& day, Instant now, Reasons& reasons) {
  if (CutOffOf(day) > now) return;
  reasons.Add(v1::INSTRUMENTS_REASON_DAY_PASSED, {day.date(), FormatInstant(CutOffOf(day)), FormatInstant(now)});
}

// Nothing where the day's instants are in order; else what is wrong.
std::optional<std::string> DayDefect(const v1::DealingDay& day) {
  if (day.grace_us() > Duration::Hours(kMostGraceHours).micros())
    return absl::StrCat("the grace is at most ", kMostGraceHours, " hours");
  if (Instant::FromMicros(day.valuation_point_us()) < ClosesAt(day))
    return "the valuation point lies before the book closes";
  uint64_t before = day.valuation_point_us();
  for (uint64_t us : day.settlement_us()) {
    if (us < before) return "the settlement instants do not ascend from the valuation point";
    before = us;
  }
  if (day.settlement_us_size() > static_cast<int>(kMostLagDays) + 1)
    return absl::StrCat("settlement is listed for at most ", kMostLagDays, " days");
  return std::nullopt;
}

void CheckDay(const v1::DealingDay& day, Instant now, Reasons& reasons) {
  CheckNotPassed(day, now, reasons);
  const std::optional<std::string> defect = DayDefect(day);
  if (defect) reasons.Add(v1::INSTRUMENTS_REASON_DAY_INVALID, {day.date(), *defect});
}

// The dealing fund; else the reasons why it has no calendar.
std::optional<InstrumentId> CheckDealingFund(const std::string& text, const state::StateView& view, Reasons& reasons) {
  const std::optional<InstrumentId> id = CheckId(text, reasons);
  if (!id) return std::nullopt;
  const std::optional<v1::Fund> fund = FindFund(view, *id);
  if (!fund) {
    reasons.Add(v1::INSTRUMENTS_REASON_FUND_UNKNOWN, {text});
    return std::nullopt;
  }
  if (fund->is_umbrella()) {
    reasons.Add(v1::INSTRUMENTS_REASON_IS_AN_UMBRELLA, {text});
    return std::nullopt;
  }
  if (fund->status() == v1::INSTRUMENT_STATUS_CLOSED)
    reasons.Add(v1::INSTRUMENTS_REASON_FUND_CLOSED, {text, NameOf(fund->status())});
  return id;
}

// The whole calendar after the request: cut-offs must ascend with the dates.
void CheckOrder(const v1::SetDealingDays& request, Calendar calendar, Reasons& reasons) {
  for (const std::string& date : request.removed()) calendar.erase(date);
  for (const v1::DealingDay& day : request.days()) calendar[day.date()] = day;
  const v1::DealingDay* before = nullptr;
  for (const auto& [date, day] : calendar) {
    if (before != nullptr && before->cut_off_us() >= day.cut_off_us()) {
      reasons.Add(v1::INSTRUMENTS_REASON_CUT_OFFS_NOT_ASCENDING,
                  {before->date(), FormatInstant(CutOffOf(*before)), date, FormatInstant(CutOffOf(day))});
    }
    before = &day;
  }
}

void PutDay(const InstrumentId& fund, const v1::DealingDay& day, state::StateTransaction& state) {
  state.Put(kDealingDays, std::tuple(fund, day.date()), day);
  v1::DealingDayPlace place;
  place.set_date(day.date());
  state.Put(kDealingDayCutOffs, std::tuple(fund, CutOffOf(day)), place);
}

void EraseDay(const InstrumentId& fund, const std::string& date, state::StateTransaction& state) {
  const std::optional<v1::DealingDay> day = state.Get(kDealingDays, std::tuple(fund, date));
  if (!day) return;
  state.Erase(kDealingDays, std::tuple(fund, date));
  state.Erase(kDealingDayCutOffs, std::tuple(fund, CutOffOf(*day)));
}

}  // namespace

std::optional<DealingDay> FindDealingDay(const state::StateView& view, const InstrumentId& fund,
                                         absl::string_view date) {
  const std::optional<v1::DealingDay> record = view.Get(kDealingDays, std::tuple(fund, std::string(date)));
  if (!record) return std::nullopt;
  return FromRecord(*record);
}

std::optional<DealingDay> DealingDayOf(const state::StateView& view, const InstrumentId& fund, Instant received) {
  const std::optional<Instant> after = Add(received, Duration::Micros(1));
  if (!after) return std::nullopt;
  std::optional<DealingDay> found;
  view.ForEachFrom(kDealingDayCutOffs, std::tuple(fund), std::tuple(fund, *after),
                   [&](const auto&, const v1::DealingDayPlace& place) {
                     found = AtPlace(view, fund, place);
                     return false;
                   });
  return found;
}

std::optional<DealingDay> PreviousDealingDay(const state::StateView& view, const InstrumentId& fund,
                                             absl::string_view date) {
  // Tables are read forward only, so look back by growing spans: calendars are long, gaps in them short.
  const absl::StatusOr<CivilDate> civil = ParseDate(date);
  const std::optional<Instant> start = civil.ok() ? StartOf(*civil) : std::nullopt;
  if (!start) return std::nullopt;
  for (const uint64_t days : {16, 400, 40'000}) {
    const std::string from = FormatDate(DateOf(SubtractSaturating(*start, Duration::Days(days))));
    if (const std::optional<v1::DealingDay> last = LastBefore(view, fund, from, date)) return FromRecord(*last);
  }
  return std::nullopt;
}

std::optional<DealingDay> NextDealingDay(const state::StateView& view, const InstrumentId& fund,
                                         absl::string_view date) {
  std::optional<DealingDay> found;
  view.ForEachFrom(kDealingDays, std::tuple(fund), std::tuple(fund, std::string(date)),
                   [&](const auto& key, const v1::DealingDay& day) {
                     if (std::get<1>(key) == date) return true;
                     found = FromRecord(day);
                     return false;
                   });
  return found;
}

bool HasSettlement(const DealingDay& day, const v1::ShareClass& share_class) {
  return share_class.has_at_once() || share_class.lag_days() < day.settlement.size();
}

std::optional<Instant> SettlementOf(const DealingDay& day, const v1::ShareClass& share_class) {
  if (share_class.has_at_once() || !HasSettlement(day, share_class)) return std::nullopt;
  return day.settlement[share_class.lag_days()];
}

void CheckSetDealingDays(const v1::SetDealingDays& request, const state::StateView& view, Instant now,
                         Reasons& reasons) {
  if (request.removed_size() > kMostListed || request.days_size() > kMostListed) {
    reasons.Add(v1::INSTRUMENTS_REASON_LIST_TOO_LONG, {"removed or days", absl::StrCat(kMostListed)});
    return;
  }
  if (request.removed().empty() && request.days().empty())
    reasons.Add(v1::INSTRUMENTS_REASON_FIELD_MISSING, {"removed or days"});
  std::vector<std::string> dates;
  for (const v1::DealingDay& day : request.days()) dates.push_back(day.date());
  CheckDates({request.removed().begin(), request.removed().end()}, reasons);
  CheckDates(dates, reasons);
  for (const v1::DealingDay& day : request.days()) CheckDay(day, now, reasons);

  const std::optional<InstrumentId> fund = CheckDealingFund(request.fund_id(), view, reasons);
  if (!fund) return;
  const Calendar calendar = CalendarOf(view, *fund);
  for (const std::string& date : request.removed()) {
    const auto known = calendar.find(date);
    if (known == calendar.end()) {
      reasons.Add(v1::INSTRUMENTS_REASON_DAY_UNKNOWN, {request.fund_id(), date});
    } else {
      CheckNotPassed(known->second, now, reasons);
    }
    if (std::find(dates.begin(), dates.end(), date) != dates.end()) {
      reasons.Add(v1::INSTRUMENTS_REASON_DAY_INVALID, {date, "it is removed and set at once"});
    }
  }
  for (const std::string& date : dates) {
    const auto known = calendar.find(date);
    if (known != calendar.end()) CheckNotPassed(known->second, now, reasons);
  }
  CheckOrder(request, calendar, reasons);
}

void ApplySetDealingDays(const v1::SetDealingDays& request, state::StateTransaction& state,
                         execution::Effects& effects) {
  const InstrumentId fund = CheckedId(request.fund_id());
  v1::Event event;
  v1::DealingDaysSet* set = event.mutable_instruments()->mutable_dealing_days_set();
  set->set_fund_id(request.fund_id());
  // All old places first: a day may take the cut-off that another one gives up.
  for (const std::string& date : request.removed()) {
    EraseDay(fund, date, state);
    set->add_removed(date);
  }
  for (const v1::DealingDay& day : request.days()) EraseDay(fund, day.date(), state);
  for (const v1::DealingDay& day : request.days()) {
    PutDay(fund, day, state);
    set->add_set(day.date());
  }
  effects.Emit(std::move(event));
}

void CheckExtendGrace(const v1::ExtendGrace& request, const state::StateView& view, Instant now, Reasons& reasons) {
  const std::optional<InstrumentId> fund = CheckDealingFund(request.fund_id(), view, reasons);
  if (!fund) return;
  std::optional<v1::DealingDay> day = view.Get(kDealingDays, std::tuple(*fund, request.date()));
  if (!day) {
    reasons.Add(v1::INSTRUMENTS_REASON_DAY_UNKNOWN, {request.fund_id(), request.date()});
    return;
  }
  if (now < CutOffOf(*day) || now >= ClosesAt(*day)) {
    reasons.Add(v1::INSTRUMENTS_REASON_GRACE_TOO_LATE,
                {day->date(), FormatInstant(ClosesAt(*day)), FormatInstant(now)});
  }
  if (request.grace_us() <= day->grace_us()) {
    reasons.Add(v1::INSTRUMENTS_REASON_DAY_INVALID, {day->date(), "the grace would not be longer"});
  }
  day->set_grace_us(request.grace_us());
  const std::optional<std::string> defect = DayDefect(*day);
  if (defect) reasons.Add(v1::INSTRUMENTS_REASON_DAY_INVALID, {day->date(), *defect});
}

void ApplyExtendGrace(const v1::ExtendGrace& request, state::StateTransaction& state, execution::Effects& effects) {
  const InstrumentId fund = CheckedId(request.fund_id());
  std::optional<v1::DealingDay> day = state.Get(kDealingDays, std::tuple(fund, request.date()));
  CAUSEWAY_CHECK(day.has_value());
  day->set_grace_us(request.grace_us());
  state.Put(kDealingDays, std::tuple(fund, request.date()), *day);
  v1::Event event;
  v1::GraceExtended* extended = event.mutable_instruments()->mutable_grace_extended();
  extended->set_fund_id(request.fund_id());
  extended->set_date(request.date());
  extended->set_grace_us(request.grace_us());
  effects.Emit(std::move(event));
}

}  // namespace causeway::instruments
