// SPDX-License-Identifier: Apache-2.0
// The books of `dealing`, inside this contract: where orders, days and classes are kept, and how they are told.

#ifndef CAUSEWAY_CONTRACTS_DEALING_BOOKS_H_
#define CAUSEWAY_CONTRACTS_DEALING_BOOKS_H_

#include <optional>
#include <string>
#include <vector>

#include "contracts/dealing/dealing.h"
#include "contracts/dealing/pricing.h"
#include "contracts/instruments/instruments.h"
#include "ledger/base/reason.h"

namespace causeway::dealing {

// Ids in records and checked operations; an operation's own fields are checked before (CheckFields).
InstrumentId InstrumentOf(absl::string_view text);
AccountId AccountOf(absl::string_view bytes);
OrderId OrderIdOf(const v1::Order& order);
// The hold that blocks an order's assets has the order's id.
HoldId HoldOf(const v1::Order& order);
// Whether that hold is there and the order's own: controlled by this contract, of the assets that the order blocked.
// Clients choose ids of holds too, so nothing is taken from a hold, or released, for its id alone.
bool HasOwnHold(const state::StateView& view, const v1::Order& order, Instant now);
// Frees what the order has blocked; its own hold is there (checked).
void ReleaseBlocked(const execution::OperationContext& context, const v1::Order& order, state::StateTransaction& state,
                    execution::Effects& effects);
v1::OrderStatus StatusOf(const v1::Order& order);

// Amounts in records, which have passed this contract (checked). Empty text is zero.
Amount AmountOf(absl::string_view text, int decimals);

// A class with the decimals of its amounts.
struct ClassTerms {
  InstrumentId isin;
  InstrumentId fund;
  v1::ShareClass record;
  int unit_decimals;
  int price_decimals;
  int cash_decimals;
};
std::optional<ClassTerms> FindClass(const state::StateView& view, absl::string_view isin);

// Whether redemptions may be paid from the account that the class names: it is the fund company's own, or its owner has
// delegated dealing.redeem on it to the company. Whoever sets up a class cannot pay with another's cash.
bool FundMayPay(const state::StateView& view, const ClassTerms& terms, Instant now);

// Appends a status to the order's history.
void SetStatus(v1::Order& order, v1::OrderStatus status, Instant now);

// Tells an order as it is now.
void EmitOrder(execution::Effects& effects, const v1::Order& order, const std::vector<std::string>& reasons = {});
// Tells a day as it is now.
void EmitDay(execution::Effects& effects, const InstrumentId& isin, const std::string& date, const v1::ClassDay& day);

// The sums of one side.
v1::SideTotals& TotalsOf(v1::ClassDay& day, v1::OrderSide side);
// Orders of a side that are neither final nor moved.
uint64_t LiveOrders(const v1::SideTotals& totals);

// Adds to an amount in a record.
void AddTo(std::string* text, Amount amount, int decimals);
void SubtractFrom(std::string* text, Amount amount, int decimals);

// Takes an order into the book of its dealing day: numbers it, indexes it, counts it.
void Enter(state::StateTransaction& state, v1::ClassDay& day, const v1::Order& order);
// Takes a final order out of the state. The day's counts are the caller's.
void Remove(state::StateTransaction& state, const OrderKey& key, const v1::Order& order);

// The day's record, made and scheduled (close of the book, valuation) where it is not there yet. The day is in the
// calendar.
v1::ClassDay EnsureDay(const execution::OperationContext& context, state::StateTransaction& state,
                       const ClassTerms& terms, const std::string& date);

// The first day from this one on whose book takes orders of the class. Nothing beyond the end of the calendar.
std::optional<instruments::DealingDay> FirstOpenDay(const state::StateView& view, const ClassTerms& terms,
                                                    std::optional<instruments::DealingDay> day);

// Plans a step of a day.
void ScheduleStep(const execution::OperationContext& context, state::StateTransaction& state, const InstrumentId& isin,
                  const std::string& date, v1::DealingStep step, Instant due);

}  // namespace causeway::dealing

#endif  // CAUSEWAY_CONTRACTS_DEALING_BOOKS_H_
