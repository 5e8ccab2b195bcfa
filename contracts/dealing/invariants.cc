// SPDX-License-Identifier: Apache-2.0
#include "contracts/dealing/invariants.h"

#include <map>
#include <string>
#include <tuple>

#include "contracts/dealing/books.h"
#include "ledger/base/check.h"

namespace causeway::dealing {
namespace {

using DaySide = std::tuple<InstrumentId, std::string, v1::OrderSide>;

// Changes that the orders show and that the counts show, side by side.
struct Deltas {
  std::map<DaySide, int64_t> live_by_orders;
  std::map<DaySide, int64_t> live_by_counts;
  std::map<std::pair<InstrumentId, v1::OrderSide>, Amount> units_by_orders;
  std::map<std::pair<InstrumentId, v1::OrderSide>, Amount> units_by_books;
};

template <class Map>
void AddUnits(Map& map, const typename Map::key_type& key, Amount amount) {
  auto [entry, inserted] = map.emplace(key, amount);
  if (inserted) return;
  const std::optional<Amount> sum = Add(entry->second, amount);
  CAUSEWAY_CHECK(sum.has_value(), "units of orders do not fit");
  entry->second = *sum;
}

// Counts an order in (sign 1) or out (sign -1).
void CountOrder(const OrderKey& key, const v1::Order& order, int sign, const ClassTerms& terms, Deltas& deltas) {
  deltas.live_by_orders[{std::get<0>(key), std::get<1>(key), order.side()}] += sign;
  if (!order.has_execution()) return;
  const Amount units = AmountOf(order.execution().units(), terms.unit_decimals);
  AddUnits(deltas.units_by_orders, {std::get<0>(key), order.side()}, sign > 0 ? units : *Negate(units));
}

void CountDay(const ClassDayKey& key, const v1::ClassDay& day, int sign, Deltas& deltas) {
  const auto& [isin, date] = key;
  deltas.live_by_counts[{isin, date, v1::ORDER_SIDE_SUBSCRIPTION}] +=
      sign * static_cast<int64_t>(LiveOrders(day.subscriptions()));
  deltas.live_by_counts[{isin, date, v1::ORDER_SIDE_REDEMPTION}] +=
      sign * static_cast<int64_t>(LiveOrders(day.redemptions()));
}

void CountBook(const InstrumentId& isin, const v1::ClassBook& book, int sign, const ClassTerms& terms, Deltas& deltas) {
  const Amount issue = AmountOf(book.units_to_issue(), terms.unit_decimals);
  const Amount cancel = AmountOf(book.units_to_cancel(), terms.unit_decimals);
  AddUnits(deltas.units_by_books, {isin, v1::ORDER_SIDE_SUBSCRIPTION}, sign > 0 ? issue : *Negate(issue));
  AddUnits(deltas.units_by_books, {isin, v1::ORDER_SIDE_REDEMPTION}, sign > 0 ? cancel : *Negate(cancel));
}

void CheckOrder(const OrderKey& key, const v1::Order& order, const ClassTerms& terms,
                std::vector<execution::Violation>& violations) {
  if (!order.has_execution()) return;
  const v1::Execution& execution = order.execution();
  const std::optional<Amount> parts =
      Sum({AmountOf(execution.fee_amount(), terms.cash_decimals), AmountOf(execution.net_amount(), terms.cash_decimals),
           AmountOf(execution.residual_amount(), terms.cash_decimals)});
  if (parts != AmountOf(execution.gross_amount(), terms.cash_decimals))
    violations.push_back(
        {absl::StrCat("order ", BytesToHex(order.order_id()), ": fee, net and residual do not add up to gross"),
         std::get<0>(key)});
}

// Calls `count(key, record, sign)` for a changed record's value before (-1) and after (1).
template <class Key, class Record, class Count>
void BeforeAndAfter(const state::Table<Key, Record>& table, const state::StateKey& changed,
                    const state::StateTransaction& after, Count&& count) {
  const std::optional<Key> key = state::DecodeKey<Key>(changed.key);
  CAUSEWAY_CHECK(key.has_value(), "an undecodable key in ", table.name);
  if (const std::optional<Record> record = after.parent().Get(table, *key)) count(*key, *record, -1);
  if (const std::optional<Record> record = after.Get(table, *key)) count(*key, *record, 1);
}

ClassTerms TermsOfClass(const state::StateView& view, const InstrumentId& isin) {
  std::optional<ClassTerms> terms = FindClass(view, isin.text());
  CAUSEWAY_CHECK(terms.has_value(), "a book of a class that does not exist");
  return *std::move(terms);
}

template <class Map>
typename Map::mapped_type ValueOr(const Map& map, const typename Map::key_type& key,
                                  typename Map::mapped_type otherwise) {
  const auto found = map.find(key);
  return found == map.end() ? otherwise : found->second;
}

void Compare(const Deltas& deltas, std::vector<execution::Violation>& violations) {
  std::map<DaySide, int64_t> sides = deltas.live_by_orders;
  sides.insert(deltas.live_by_counts.begin(), deltas.live_by_counts.end());
  for (const auto& [key, unused] : sides) {
    const int64_t by_orders = ValueOr(deltas.live_by_orders, key, 0);
    const int64_t by_counts = ValueOr(deltas.live_by_counts, key, 0);
    if (by_orders != by_counts)
      violations.push_back({absl::StrCat("live orders of ", std::get<0>(key).text(), " ", std::get<1>(key),
                                         " changed by ", by_orders, ", their count by ", by_counts),
                            std::get<0>(key)});
  }
  auto classes = deltas.units_by_orders;
  classes.insert(deltas.units_by_books.begin(), deltas.units_by_books.end());
  for (const auto& [key, unused] : classes) {
    const Amount by_orders = ValueOr(deltas.units_by_orders, key, Amount::Zero());
    const Amount by_books = ValueOr(deltas.units_by_books, key, Amount::Zero());
    if (by_orders != by_books)
      violations.push_back({absl::StrCat("units of confirmed orders changed by ", MinorText(by_orders),
                                         ", the book by ", MinorText(by_books)),
                            key.first});
  }
}

}  // namespace

void CheckBooks(const state::StateTransaction& after, std::vector<execution::Violation>& violations) {
  Deltas deltas;
  const auto first = after.changes().lower_bound({kOrders.id, ""});
  for (auto change = first; change != after.changes().end() && change->first.table <= kClassBooks.id; ++change) {
    const state::StateKey& changed = change->first;
    if (changed.table == kOrders.id) {
      BeforeAndAfter(kOrders, changed, after, [&](const OrderKey& key, const v1::Order& order, int sign) {
        const ClassTerms terms = TermsOfClass(after, std::get<0>(key));
        CountOrder(key, order, sign, terms, deltas);
        if (sign > 0) CheckOrder(key, order, terms, violations);
      });
    } else if (changed.table == kClassDays.id) {
      BeforeAndAfter(kClassDays, changed, after, [&](const ClassDayKey& key, const v1::ClassDay& day, int sign) {
        CountDay(key, day, sign, deltas);
      });
    } else if (changed.table == kClassBooks.id) {
      BeforeAndAfter(kClassBooks, changed, after, [&](const InstrumentId& isin, const v1::ClassBook& book, int sign) {
        CountBook(isin, book, sign, TermsOfClass(after, isin), deltas);
      });
    }
  }
  Compare(deltas, violations);
}

}  // namespace causeway::dealing
