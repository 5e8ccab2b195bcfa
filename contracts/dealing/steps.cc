// SPDX-License-Identifier: Apache-2.0
#include "contracts/dealing/steps.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "contracts/dealing/orders.h"
#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::dealing {
namespace {

// Everything that a step works on. The day and the class's book are read once, changed in memory and written when the
// step stops.
struct Step {
  const execution::OperationContext& context;
  const ClassTerms& terms;
  const std::string& date;
  v1::ClassDay day;
  v1::ClassBook book;
  state::StateTransaction& state;
  execution::Effects& effects;
  execution::WorkBudget& budget;

  Instant now() const { return context.now(); }
};

void Write(const Step& step) {
  step.state.Put(kClassDays, ClassDayKey{step.terms.isin, step.date}, step.day);
  step.state.Put(kClassBooks, step.terms.isin, step.book);
}

// Does `each` for the day's orders from the cursor on, in order of their numbers. False where the budget ended before
// the book did.
template <class Each>
bool ForOrders(Step& step, Each&& each) {
  constexpr size_t kAtOnce = 512;
  while (true) {
    std::vector<std::pair<OrderKey, v1::Order>> orders;
    step.state.ForEachFrom(kOrders, std::make_tuple(step.terms.isin, step.date),
                           OrderKey{step.terms.isin, step.date, step.day.cursor()},
                           [&](const OrderKey& key, const v1::Order& order) {
                             orders.emplace_back(key, order);
                             return orders.size() < kAtOnce;
                           });
    for (auto& [key, order] : orders) {
      if (!step.budget.Take(kOrderWork)) return false;
      each(key, order);
      step.day.set_cursor(std::get<2>(key) + 1);
    }
    if (orders.size() < kAtOnce) break;
  }
  step.day.set_cursor(0);
  return true;
}

// Moves the orders of a day that was taken out of the calendar to the day that takes orders now.
bool MoveToNextDay(Step& step) {
  const std::optional<instruments::DealingDay> next =
      FirstOpenDay(step.state, step.terms, instruments::DealingDayOf(step.state, step.terms.fund, step.now()));
  if (!next) {  // the calendar ends: the orders wait for it to go on
    ScheduleStep(step.context, step.state, step.terms.isin, step.date, v1::DEALING_STEP_CLOSE_BOOK,
                 AddSaturating(step.now(), Duration::Micros(kSettlementRetryMicros)));
    return true;
  }
  v1::ClassDay next_day = EnsureDay(step.context, step.state, step.terms, next->date);
  const bool done = ForOrders(step, [&](const OrderKey& key, v1::Order& order) {
    Remove(step.state, key, order);
    order.set_dealing_date(next->date);
    Enter(step.state, next_day, order);
    v1::SideTotals& totals = TotalsOf(step.day, order.side());
    totals.set_orders_moved(totals.orders_moved() + 1);
    EmitOrder(step.effects, order);
  });
  step.state.Put(kClassDays, ClassDayKey{step.terms.isin, next->date}, next_day);
  if (done) {
    step.day.set_status(v1::CLASS_DAY_STATUS_REMOVED);
    EmitDay(step.effects, step.terms.isin, step.date, step.day);
  }
  Write(step);
  return done;
}

bool CloseBook(Step& step) {
  const std::optional<instruments::DealingDay> calendar =
      instruments::FindDealingDay(step.state, step.terms.fund, step.date);
  if (!calendar) return MoveToNextDay(step);
  if (calendar->book_closes > step.now()) {
    ScheduleStep(step.context, step.state, step.terms.isin, step.date, v1::DEALING_STEP_CLOSE_BOOK,
                 calendar->book_closes);
    return true;
  }
  step.day.set_status(v1::CLASS_DAY_STATUS_BOOK_CLOSED);
  Write(step);
  EmitDay(step.effects, step.terms.isin, step.date, step.day);
  ScheduleStep(step.context, step.state, step.terms.isin, step.date, v1::DEALING_STEP_VALUE,
               std::max(calendar->valuation_point, step.now()));
  if (const std::optional<instruments::DealingDay> next =
          FirstOpenDay(step.state, step.terms, instruments::NextDealingDay(step.state, step.terms.fund, step.date)))
    EnsureDay(step.context, step.state, step.terms, next->date);
  return true;
}

bool IsPriced(v1::ClassDayStatus status) {
  return status == v1::CLASS_DAY_STATUS_PRICED || status == v1::CLASS_DAY_STATUS_SETTLING ||
         status == v1::CLASS_DAY_STATUS_SETTLED;
}

// The class's record of a day of the fund's calendar, where it deals on that day.
std::optional<v1::ClassDay> DealtDay(const Step& step, const std::string& date) {
  std::optional<v1::ClassDay> day = FindClassDay(step.state, step.terms.isin, date);
  if (!day || day->status() == v1::CLASS_DAY_STATUS_REMOVED) return std::nullopt;
  return day;
}

// The nearest earlier day on which the class deals. A day that came into the calendar late has no record, and what lies
// before it counts all the same. Ends at the class's first record, however long the fund's calendar is.
std::optional<v1::ClassDay> DealtDayBefore(const Step& step) {
  std::string first = step.date;
  step.state.ForEach(kClassDays, std::make_tuple(step.terms.isin), [&](const ClassDayKey& key, const v1::ClassDay&) {
    first = std::get<1>(key);
    return false;
  });
  std::string date = step.date;
  while (date > first) {
    const std::optional<instruments::DealingDay> before =
        instruments::PreviousDealingDay(step.state, step.terms.fund, date);
    if (!before) return std::nullopt;
    if (std::optional<v1::ClassDay> day = DealtDay(step, before->date)) return day;
    date = before->date;
  }
  return std::nullopt;
}

// The units at the valuation point count what the day before dealt, so that day is priced first: its pricing does this
// step then.
bool Value(Step& step) {
  const std::optional<v1::ClassDay> before = DealtDayBefore(step);
  if (before && !IsPriced(before->status())) return true;
  step.day.set_units_at_valuation(FormatDecimal(UnitsDealt(step.state, step.terms.isin), step.terms.unit_decimals));
  step.day.set_status(v1::CLASS_DAY_STATUS_VALUED);
  Write(step);
  EmitDay(step.effects, step.terms.isin, step.date, step.day);
  return true;
}

// The order's figures at the day's price, or why it is rejected.
PricingResult PriceOrder(const ClassTerms& terms, const v1::Order& order, Amount price) {
  const bool subscription = order.side() == v1::ORDER_SIDE_SUBSCRIPTION;
  std::optional<Amount> discount;
  if (!order.fee_discount().empty()) discount = AmountOf(order.fee_discount(), kRateDecimals);
  const PricingTerms pricing = TermsOf(terms.record, subscription ? v1::FEE_SIDE_ENTRY : v1::FEE_SIDE_EXIT, discount);
  if (order.quantity_case() == v1::Order::kAmount) {
    const Amount amount = AmountOf(order.amount(), terms.cash_decimals);
    return subscription ? SubscribeByAmount(pricing, price, amount) : RedeemByAmount(pricing, price, amount);
  }
  const Amount units = AmountOf(order.units(), terms.unit_decimals);
  return subscription ? SubscribeByUnits(pricing, price, units) : RedeemByUnits(pricing, price, units);
}

v1::DealingReason ReasonOf(PricingFailure failure) {
  return failure == PricingFailure::kFeeExceedsAmount ? v1::DEALING_REASON_FEEE : v1::DEALING_REASON_DQUA;
}

// Why an order cannot be confirmed at its figures: what it blocked is not enough.
std::optional<v1::DealingReason> Shortfall(const ClassTerms& terms, const v1::Order& order, const Figures& figures) {
  if (order.side() == v1::ORDER_SIDE_SUBSCRIPTION) {
    if (figures.gross > AmountOf(order.blocked(), terms.cash_decimals)) return v1::DEALING_REASON_MONY;
  } else if (figures.units > AmountOf(order.blocked(), terms.unit_decimals)) {
    return v1::DEALING_REASON_SECU;
  }
  return std::nullopt;
}

std::string* UnitsInBook(v1::ClassBook& book, v1::OrderSide side) {
  return side == v1::ORDER_SIDE_SUBSCRIPTION ? book.mutable_units_to_issue() : book.mutable_units_to_cancel();
}

// Whether the class's units still fit into 128 bits with these, whatever is cancelled meanwhile.
bool FitsClass(const Step& step, v1::OrderSide side, Amount units) {
  if (side == v1::ORDER_SIDE_REDEMPTION) return true;  // no more than there are
  const Amount issued = transfers::ReadSupply(step.state, step.terms.isin).issued;
  return Sum({issued, AmountOf(step.book.units_to_issue(), step.terms.unit_decimals), units}).has_value();
}

void Confirm(Step& step, const OrderKey& key, v1::Order& order, const Figures& figures) {
  v1::Execution& execution = *order.mutable_execution();
  execution.set_price(step.day.price());
  execution.set_gross_amount(FormatDecimal(figures.gross, step.terms.cash_decimals));
  execution.set_fee_amount(FormatDecimal(figures.fee, step.terms.cash_decimals));
  execution.set_net_amount(FormatDecimal(figures.net, step.terms.cash_decimals));
  execution.set_units(FormatDecimal(figures.units, step.terms.unit_decimals));
  execution.set_residual_amount(FormatDecimal(figures.residual, step.terms.cash_decimals));
  execution.set_residue(figures.residue);
  SetStatus(order, v1::ORDER_STATUS_COSE, step.now());
  v1::SideTotals& totals = TotalsOf(step.day, order.side());
  totals.set_orders_confirmed(totals.orders_confirmed() + 1);
  AddTo(totals.mutable_units_confirmed(), figures.units, step.terms.unit_decimals);
  AddTo(UnitsInBook(step.book, order.side()), figures.units, step.terms.unit_decimals);
  step.state.Put(kOrders, key, order);
  EmitOrder(step.effects, order);
}

void Reject(Step& step, const OrderKey& key, v1::Order& order, v1::DealingReason reason) {
  ReleaseBlocked(step.context, order, step.state, step.effects);
  SetStatus(order, v1::ORDER_STATUS_REJECTED, step.now());
  v1::SideTotals& totals = TotalsOf(step.day, order.side());
  totals.set_orders_rejected(totals.orders_rejected() + 1);
  Remove(step.state, key, order);
  EmitOrder(step.effects, order, {NameOf(reason)});
}

// Where the next day on which the class deals waits to be valued since this one was not priced.
void WakeNextDay(Step& step) {
  std::optional<instruments::DealingDay> next = instruments::NextDealingDay(step.state, step.terms.fund, step.date);
  while (next && next->cut_off <= step.now() && !DealtDay(step, next->date))
    next = instruments::NextDealingDay(step.state, step.terms.fund, next->date);
  if (!next || next->valuation_point > step.now()) return;
  const std::optional<v1::ClassDay> day = DealtDay(step, next->date);
  if (day && day->status() == v1::CLASS_DAY_STATUS_BOOK_CLOSED)
    ScheduleStep(step.context, step.state, step.terms.isin, next->date, v1::DEALING_STEP_VALUE, step.now());
}

bool Price(Step& step) {
  const Amount price = AmountOf(step.day.price(), step.terms.price_decimals);
  const bool done = ForOrders(step, [&](const OrderKey& key, v1::Order& order) {
    const PricingResult result = PriceOrder(step.terms, order, price);
    if (const PricingFailure* failure = std::get_if<PricingFailure>(&result)) {
      Reject(step, key, order, ReasonOf(*failure));
    } else if (const std::optional<v1::DealingReason> reason =
                   Shortfall(step.terms, order, std::get<Figures>(result))) {
      Reject(step, key, order, *reason);
    } else if (!FitsClass(step, order.side(), std::get<Figures>(result).units)) {
      Reject(step, key, order, v1::DEALING_REASON_DQUA);
    } else {
      Confirm(step, key, order, std::get<Figures>(result));
    }
  });
  if (!done) {
    Write(step);
    return false;
  }
  step.day.set_status(v1::CLASS_DAY_STATUS_PRICED);
  Instant settles = step.now();
  if (const std::optional<instruments::DealingDay> calendar =
          instruments::FindDealingDay(step.state, step.terms.fund, step.date)) {
    if (const std::optional<Instant> instant = instruments::SettlementOf(*calendar, step.terms.record)) {
      step.day.set_settlement_us(instant->micros());
      settles = std::max(settles, *instant);
    }
  }
  Write(step);
  EmitDay(step.effects, step.terms.isin, step.date, step.day);
  ScheduleStep(step.context, step.state, step.terms.isin, step.date, v1::DEALING_STEP_SETTLE, settles);
  WakeNextDay(step);
  return true;
}

void Settled(Step& step, const OrderKey& key, v1::Order& order) {
  const v1::Execution& execution = order.execution();
  const Amount units = AmountOf(execution.units(), step.terms.unit_decimals);
  v1::SideTotals& totals = TotalsOf(step.day, order.side());
  totals.set_orders_settled(totals.orders_settled() + 1);
  AddTo(totals.mutable_units_settled(), units, step.terms.unit_decimals);
  AddTo(totals.mutable_gross_settled(), AmountOf(execution.gross_amount(), step.terms.cash_decimals),
        step.terms.cash_decimals);
  AddTo(totals.mutable_fees_settled(), AmountOf(execution.fee_amount(), step.terms.cash_decimals),
        step.terms.cash_decimals);
  AddTo(totals.mutable_net_settled(), AmountOf(execution.net_amount(), step.terms.cash_decimals),
        step.terms.cash_decimals);
  AddTo(totals.mutable_residual_settled(), AmountOf(execution.residual_amount(), step.terms.cash_decimals),
        step.terms.cash_decimals);
  SubtractFrom(UnitsInBook(step.book, order.side()), units, step.terms.unit_decimals);
  order.clear_pending_reasons();
  SetStatus(order, v1::ORDER_STATUS_SETT, step.now());
  Remove(step.state, key, order);
  EmitOrder(step.effects, order);
}

// Remembers and tells why an order waits, once for each change of the reasons.
void Pending(Step& step, const OrderKey& key, v1::Order& order, const std::vector<std::string>& reasons) {
  const std::vector<std::string> known(order.pending_reasons().begin(), order.pending_reasons().end());
  if (known == reasons) return;
  order.clear_pending_reasons();
  for (const std::string& reason : reasons) order.add_pending_reasons(reason);
  step.state.Put(kOrders, key, order);
  EmitOrder(step.effects, order);
}

// Units in issue once all that is dealt is settled: the same from the first order of a settlement to its last.
Amount UnitsDealtOf(const Step& step) {
  const int decimals = step.terms.unit_decimals;
  const std::optional<Amount> units =
      Sum({transfers::ReadSupply(step.state, step.terms.isin).issued, AmountOf(step.book.units_to_issue(), decimals),
           *Negate(AmountOf(step.book.units_to_cancel(), decimals))});
  CAUSEWAY_CHECK(units.has_value() && !units->IsNegative(), "units dealt of ", step.terms.isin.text(),
                 " do not add up");
  return *units;
}

uint64_t OrdersSettled(const v1::ClassDay& day) {
  return day.subscriptions().orders_settled() + day.redemptions().orders_settled();
}

uint64_t OrdersWaiting(const v1::ClassDay& day) {
  return LiveOrders(day.subscriptions()) + LiveOrders(day.redemptions());
}

// Goes over the waiting orders again as long as that settles any: what one order brings (a fund's cash) is there for
// those before it, so their numbers do not decide who waits.
bool Settle(Step& step) {
  step.day.set_status(v1::CLASS_DAY_STATUS_SETTLING);
  const Amount units_dealt = UnitsDealtOf(step);
  do {
    if (step.day.cursor() == 0) step.day.set_settled_before_pass(OrdersSettled(step.day));
    const bool done = ForOrders(step, [&](const OrderKey& key, v1::Order& order) {
      const std::vector<std::string> reasons =
          TrySettle(step.context, step.terms, units_dealt, order, step.state, step.effects);
      if (reasons.empty())
        Settled(step, key, order);
      else
        Pending(step, key, order, reasons);
    });
    if (!done) {
      Write(step);
      return false;
    }
  } while (OrdersWaiting(step.day) > 0 && OrdersSettled(step.day) > step.day.settled_before_pass());
  step.day.clear_settled_before_pass();
  const uint64_t waiting = OrdersWaiting(step.day);
  if (waiting == 0) {
    step.day.set_status(v1::CLASS_DAY_STATUS_SETTLED);
    EmitDay(step.effects, step.terms.isin, step.date, step.day);
  } else {
    const Instant retry = AddSaturating(step.now(), Duration::Micros(kSettlementRetryMicros));
    ScheduleStep(step.context, step.state, step.terms.isin, step.date, v1::DEALING_STEP_SETTLE, retry);
    v1::Event event;
    v1::SettlementPending& pending = *event.mutable_dealing()->mutable_settlement_pending();
    pending.set_isin(step.terms.isin.ToString());
    pending.set_dealing_date(step.date);
    pending.set_orders(waiting);
    pending.set_retry_us(retry.micros());
    step.effects.Emit(std::move(event));
  }
  Write(step);
  return true;
}

// Whether the day is where the step finds it. It is not where the step was planned twice: by its time, and by the day
// before, which was priced late.
bool IsAwaited(v1::DealingStep step, v1::ClassDayStatus status) {
  switch (step) {
    case v1::DEALING_STEP_CLOSE_BOOK:
      return status == v1::CLASS_DAY_STATUS_OPEN;
    case v1::DEALING_STEP_VALUE:
      return status == v1::CLASS_DAY_STATUS_BOOK_CLOSED;
    case v1::DEALING_STEP_PRICE:
      return status == v1::CLASS_DAY_STATUS_PRICING;
    case v1::DEALING_STEP_SETTLE:
      return status == v1::CLASS_DAY_STATUS_PRICED || status == v1::CLASS_DAY_STATUS_SETTLING;
    default:
      break;
  }
  CAUSEWAY_CHECK(false, "an unknown step of a dealing day");
  return false;
}

// A book closes and a day is valued by time alone, which no pause stops. What deals and what moves units waits: a
// settlement is a movement, so a pause of transfers stops it too.
bool MustWait(const Step& step, v1::DealingStep kind) {
  const std::vector<InstrumentId> instruments = {step.terms.isin, step.terms.fund};
  if (kind == v1::DEALING_STEP_PRICE) return governance::IsPaused(step.state, "dealing", instruments);
  if (kind != v1::DEALING_STEP_SETTLE) return false;
  return governance::IsPaused(step.state, "dealing", instruments) || governance::IsPaused(step.state, "transfers", {});
}

}  // namespace

bool RunStep(const execution::OperationContext& context, const v1::DealingDue& due, state::StateTransaction& state,
             execution::Effects& effects, execution::WorkBudget& budget) {
  const std::optional<ClassTerms> terms = FindClass(state, due.isin());
  CAUSEWAY_CHECK(terms.has_value(), "a dealing day of a class that does not exist");
  std::optional<v1::ClassDay> day = FindClassDay(state, terms->isin, due.dealing_date());
  CAUSEWAY_CHECK(day.has_value(), "a step of a dealing day that does not exist");
  v1::ClassBook book = state.Get(kClassBooks, terms->isin).value_or(v1::ClassBook());
  Step step{context, *terms, due.dealing_date(), *std::move(day), std::move(book), state, effects, budget};
  if (!IsAwaited(due.step(), step.day.status())) return true;
  if (MustWait(step, due.step())) {
    ScheduleStep(context, state, terms->isin, due.dealing_date(), due.step(),
                 AddSaturating(context.now(), Duration::Micros(kSettlementRetryMicros)));
    return true;
  }
  switch (due.step()) {
    case v1::DEALING_STEP_CLOSE_BOOK:
      return CloseBook(step);
    case v1::DEALING_STEP_VALUE:
      return Value(step);
    case v1::DEALING_STEP_PRICE:
      return Price(step);
    case v1::DEALING_STEP_SETTLE:
      return Settle(step);
    default:
      CAUSEWAY_CHECK(false, "an unknown step of a dealing day");
      return true;
  }
}

}  // namespace causeway::dealing
