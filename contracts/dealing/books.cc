// SPDX-License-Identifier: Apache-2.0
#include "contracts/dealing/books.h"

#include <utility>

#include "contracts/parties/parties.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"
#include "ledger/codec/encode.h"

namespace causeway::dealing {
namespace {

constexpr uint32_t kContract = v1::Operation::kDealing;

void Emit(execution::Effects& effects, v1::DealingEvent dealing) {
  v1::Event event;
  *event.mutable_dealing() = std::move(dealing);
  effects.Emit(std::move(event));
}

}  // namespace

InstrumentId InstrumentOf(absl::string_view text) {
  const absl::StatusOr<InstrumentId> id = InstrumentId::Parse(text);
  CAUSEWAY_CHECK(id.ok(), "an instrument id in the state is none");
  return *id;
}

AccountId AccountOf(absl::string_view bytes) {
  const std::optional<AccountId> id = AccountId::FromBytes(bytes);
  CAUSEWAY_CHECK(id.has_value(), "an account id in the state is none");
  return *id;
}

OrderId OrderIdOf(const v1::Order& order) {
  const std::optional<OrderId> id = OrderId::FromBytes(order.order_id());
  CAUSEWAY_CHECK(id.has_value(), "an order id in the state is none");
  return *id;
}

HoldId HoldOf(const v1::Order& order) {
  return HoldId(OrderIdOf(order).array());
}

bool HasOwnHold(const state::StateView& view, const v1::Order& order, Instant now) {
  const std::optional<v1::Hold> hold = transfers::FindHold(view, HoldOf(order), now);
  if (!hold || hold->controller() != v1::HOLD_CONTROLLER_DEALING) return false;
  const bool subscription = order.side() == v1::ORDER_SIDE_SUBSCRIPTION;
  return hold->account() == (subscription ? order.cash_account() : order.account()) &&
         hold->instrument() == (subscription ? order.cash_token() : order.isin());
}

void ReleaseBlocked(const execution::OperationContext& context, const v1::Order& order, state::StateTransaction& state,
                    execution::Effects& effects) {
  CAUSEWAY_CHECK(HasOwnHold(state, order, context.now()), "an order whose assets are not blocked");
  transfers::ReleaseHold(context, state, effects, HoldOf(order));
}

v1::OrderStatus StatusOf(const v1::Order& order) {
  CAUSEWAY_CHECK(order.history_size() > 0, "an order without a history");
  return order.history(order.history_size() - 1).status();
}

Amount AmountOf(absl::string_view text, int decimals) {
  if (text.empty()) return Amount::Zero();
  const absl::StatusOr<Amount> amount = ParseDecimal(text, decimals);
  CAUSEWAY_CHECK(amount.ok(), "an amount in the state is none");
  return *amount;
}

std::optional<ClassTerms> FindClass(const state::StateView& view, absl::string_view isin) {
  const std::optional<InstrumentId> id = instruments::ParseId(isin);
  if (!id) return std::nullopt;
  std::optional<v1::ShareClass> record = instruments::FindShareClass(view, *id);
  if (!record) return std::nullopt;
  const InstrumentId fund = instruments::FundIdOf(*record);
  const int unit_decimals = static_cast<int>(record->unit_decimals());
  const int price_decimals = static_cast<int>(record->price_decimals());
  const int cash_decimals = instruments::CurrencyDecimalsOf(*record);
  return ClassTerms{*id, fund, *std::move(record), unit_decimals, price_decimals, cash_decimals};
}

bool FundMayPay(const state::StateView& view, const ClassTerms& terms, Instant now) {
  const AccountId account = transfers::ResolveAccount(view, AccountOf(terms.record.cash_account_id()));
  const std::optional<std::string> owner = transfers::OwnerOf(view, account);
  const std::optional<v1::Fund> fund = instruments::FindFund(view, terms.fund);
  CAUSEWAY_CHECK(fund.has_value(), "a class without its fund");
  if (!owner) return false;
  return *owner == fund->fmco() || parties::IsDelegated(view, *owner, fund->fmco(), "dealing.redeem", {account}, now);
}

void SetStatus(v1::Order& order, v1::OrderStatus status, Instant now) {
  v1::OrderStatusChange& change = *order.add_history();
  change.set_status(status);
  change.set_at_us(now.micros());
}

void EmitOrder(execution::Effects& effects, const v1::Order& order, const std::vector<std::string>& reasons) {
  v1::DealingEvent event;
  v1::OrderChanged& changed = *event.mutable_order_changed();
  *changed.mutable_order() = order;
  changed.set_status(StatusOf(order));
  for (const std::string& reason : reasons) changed.add_reasons(reason);
  Emit(effects, std::move(event));
}

void EmitDay(execution::Effects& effects, const InstrumentId& isin, const std::string& date, const v1::ClassDay& day) {
  v1::DealingEvent event;
  v1::ClassDayChanged& changed = *event.mutable_class_day_changed();
  changed.set_isin(isin.ToString());
  changed.set_dealing_date(date);
  *changed.mutable_day() = day;
  Emit(effects, std::move(event));
}

v1::SideTotals& TotalsOf(v1::ClassDay& day, v1::OrderSide side) {
  return side == v1::ORDER_SIDE_SUBSCRIPTION ? *day.mutable_subscriptions() : *day.mutable_redemptions();
}

uint64_t LiveOrders(const v1::SideTotals& totals) {
  const uint64_t ended =
      totals.orders_cancelled() + totals.orders_moved() + totals.orders_rejected() + totals.orders_settled();
  CAUSEWAY_CHECK(ended <= totals.orders_accepted(), "more orders ended than were accepted");
  return totals.orders_accepted() - ended;
}

void AddTo(std::string* text, Amount amount, int decimals) {
  const std::optional<Amount> sum = Add(AmountOf(*text, decimals), amount);
  CAUSEWAY_CHECK(sum.has_value() && !sum->IsNegative(), "a sum of orders does not fit");
  *text = sum->IsZero() ? std::string() : FormatDecimal(*sum, decimals);
}

void SubtractFrom(std::string* text, Amount amount, int decimals) {
  AddTo(text, *Negate(amount), decimals);
}

void Enter(state::StateTransaction& state, v1::ClassDay& day, const v1::Order& order) {
  const InstrumentId isin = InstrumentOf(order.isin());
  const uint64_t number = day.orders_next();
  day.set_orders_next(number + 1);
  v1::SideTotals& totals = TotalsOf(day, order.side());
  totals.set_orders_accepted(totals.orders_accepted() + 1);
  v1::OrderPlace place;
  place.set_isin(order.isin());
  place.set_dealing_date(order.dealing_date());
  place.set_number(number);
  v1::OrderReferenceUse use;
  use.set_order_id(order.order_id());
  state.Put(kOrders, OrderKey{isin, order.dealing_date(), number}, order);
  state.Put(kOrderPlaces, OrderIdOf(order), place);
  state.Put(kOrderReferences, std::make_tuple(order.owner(), order.order_reference()), use);
}

void Remove(state::StateTransaction& state, const OrderKey& key, const v1::Order& order) {
  state.Erase(kOrders, key);
  state.Erase(kOrderPlaces, OrderIdOf(order));
  state.Erase(kOrderReferences, std::make_tuple(order.owner(), order.order_reference()));
}

v1::ClassDay EnsureDay(const execution::OperationContext& context, state::StateTransaction& state,
                       const ClassTerms& terms, const std::string& date) {
  const ClassDayKey key{terms.isin, date};
  if (std::optional<v1::ClassDay> day = state.Get(kClassDays, key)) return *std::move(day);
  const std::optional<instruments::DealingDay> calendar = instruments::FindDealingDay(state, terms.fund, date);
  CAUSEWAY_CHECK(calendar.has_value(), "a dealing day that is not in the calendar");
  v1::ClassDay day;
  day.set_status(v1::CLASS_DAY_STATUS_OPEN);
  state.Put(kClassDays, key, day);
  ScheduleStep(context, state, terms.isin, date, v1::DEALING_STEP_CLOSE_BOOK, calendar->book_closes);
  return day;
}

std::optional<instruments::DealingDay> FirstOpenDay(const state::StateView& view, const ClassTerms& terms,
                                                    std::optional<instruments::DealingDay> day) {
  while (day) {
    const std::optional<v1::ClassDay> record = FindClassDay(view, terms.isin, day->date);
    if (!record || record->status() == v1::CLASS_DAY_STATUS_OPEN) return day;
    day = instruments::NextDealingDay(view, terms.fund, day->date);
  }
  return std::nullopt;
}

void ScheduleStep(const execution::OperationContext& context, state::StateTransaction& state, const InstrumentId& isin,
                  const std::string& date, v1::DealingStep step, Instant due) {
  v1::DealingDue payload;
  payload.set_isin(isin.ToString());
  payload.set_dealing_date(date);
  payload.set_step(step);
  const std::string id = absl::StrCat(isin.ToString(), "/", date, "/", static_cast<int>(step));
  if (execution::IsScheduled(state, due, kContract, id)) return;
  execution::ScheduleDue(state, {due, id, kContract, context.transaction_id, codec::SerializeCanonical(payload)});
}

std::optional<v1::Order> FindOrder(const state::StateView& view, const OrderId& order) {
  const std::optional<v1::OrderPlace> place = view.Get(kOrderPlaces, order);
  if (!place) return std::nullopt;
  return view.Get(kOrders, OrderKey{InstrumentOf(place->isin()), place->dealing_date(), place->number()});
}

std::optional<v1::ClassDay> FindClassDay(const state::StateView& view, const InstrumentId& isin,
                                         absl::string_view date) {
  return view.Get(kClassDays, ClassDayKey{isin, std::string(date)});
}

std::optional<Amount> LastPrice(const state::StateView& view, const InstrumentId& isin) {
  const std::optional<v1::ClassBook> book = view.Get(kClassBooks, isin);
  if (!book || book->last_price().empty()) return std::nullopt;
  const std::optional<ClassTerms> terms = FindClass(view, isin.text());
  CAUSEWAY_CHECK(terms.has_value(), "a price of a class that does not exist");
  return AmountOf(book->last_price(), terms->price_decimals);
}

Amount UnitsDealt(const state::StateView& view, const InstrumentId& isin) {
  const std::optional<ClassTerms> terms = FindClass(view, isin.text());
  CAUSEWAY_CHECK(terms.has_value(), "units of a class that does not exist");
  const v1::ClassBook book = view.Get(kClassBooks, isin).value_or(v1::ClassBook());
  const std::optional<Amount> with_issued =
      Add(transfers::ReadSupply(view, isin).issued, AmountOf(book.units_to_issue(), terms->unit_decimals));
  const std::optional<Amount> dealt =
      with_issued ? Subtract(*with_issued, AmountOf(book.units_to_cancel(), terms->unit_decimals)) : std::nullopt;
  CAUSEWAY_CHECK(dealt.has_value() && !dealt->IsNegative(), "units dealt of ", isin.text(), " do not add up");
  return *dealt;
}

}  // namespace causeway::dealing
