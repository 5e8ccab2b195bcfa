// SPDX-License-Identifier: Apache-2.0
// The contract `dealing`: orders in a share class, the price of a dealing day, and the way from the first order to
// settlement.
//
// A day of a class: OPEN → (cut-off + grace) BOOK_CLOSED → (valuation point) VALUED → (attestation) PRICING → PRICED →
// (settlement instant) SETTLING → SETTLED. The steps that time brings are due work; each does as many orders as the
// block's budget allows and goes on in the next block, with the same result however it is cut. A pause puts pricing and
// settlement off; books close and days are valued all the same.
//
// An order belongs to the first dealing day whose cut-off lies after the time it was received: the time of its block,
// or of the block in which it was held for review, where it is released before that day's book closes. Received at the
// cut-off is too late. An order's cash or units are blocked under its own id from acceptance to settlement. Final
// orders leave the state; their last event tells all of them.
//
// Invariants: a day's accepted orders are those that are live, moved, cancelled, rejected and settled; a class's units
// to issue and to cancel are those of its confirmed orders; gross = fee + net + residual for every order; a reference
// names one live order of its owner.

#ifndef CAUSEWAY_CONTRACTS_DEALING_DEALING_H_
#define CAUSEWAY_CONTRACTS_DEALING_DEALING_H_

#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "absl/strings/string_view.h"

#include "causeway/v1/dealing.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::dealing {

// --- Tables 80 to 95. Other contracts read; only this one writes. ---

// Class, dealing day, number in its book.
using OrderKey = std::tuple<InstrumentId, std::string, uint64_t>;
using ClassDayKey = std::tuple<InstrumentId, std::string>;

inline constexpr state::Table<OrderKey, v1::Order> kOrders{80, "orders"};
inline constexpr state::Table<OrderId, v1::OrderPlace> kOrderPlaces{81, "order_places"};
// By owner's LEI, reference.
inline constexpr state::Table<std::tuple<std::string, std::string>, v1::OrderReferenceUse> kOrderReferences{
    82, "order_references"};
inline constexpr state::Table<ClassDayKey, v1::ClassDay> kClassDays{83, "class_days"};
inline constexpr state::Table<InstrumentId, v1::ClassBook> kClassBooks{84, "class_books"};

// How long confirmed orders that cannot be settled wait for the next attempt, in microseconds.
inline constexpr uint64_t kSettlementRetryMicros = 15ull * 60 * 1'000'000;
// Work units of pricing or of settling one order.
inline constexpr uint64_t kOrderWork = 4;

// --- Reading ---

// The live order; nothing where it was never accepted or is final.
std::optional<v1::Order> FindOrder(const state::StateView& view, const OrderId& order);
std::optional<v1::ClassDay> FindClassDay(const state::StateView& view, const InstrumentId& isin,
                                         absl::string_view date);
// The last price in force, in the class's price decimals; nothing before the first.
std::optional<Amount> LastPrice(const state::StateView& view, const InstrumentId& isin);
// Units in issue plus those dealt and not settled: what an attestation at this point of history must state.
Amount UnitsDealt(const state::StateView& view, const InstrumentId& isin);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakeDealingContract();

}  // namespace causeway::dealing

#endif  // CAUSEWAY_CONTRACTS_DEALING_DEALING_H_
