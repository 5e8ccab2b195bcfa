// SPDX-License-Identifier: Apache-2.0
// An order is its owner's, its submitter's, and the class's; what a day sums up is the class's; its price, once in
// force, is for every party.

#include "contracts/dealing/kinds.h"

#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "causeway/v1/views.pb.h"
#include "contracts/dealing/dealing.h"
#include "ledger/execution/record_ids.h"

namespace causeway::dealing {
namespace {

using execution::Concerns;
using execution::KindDefinition;
using execution::MakeKind;
using execution::ReadContext;
using execution::RecordKind;

Concerns OfOrder(const v1::Order& order) {
  Concerns concerns;
  concerns.parties = {order.owner()};
  Concerns submitter;
  if (!order.submitter().empty()) submitter.parties = {order.submitter()};
  concerns.Add(submitter);
  concerns.instruments = {order.isin()};
  return concerns;
}

Concerns OfClass(const std::string& isin) {
  Concerns concerns;
  concerns.instruments = {isin};
  return concerns;
}

bool IsInForce(v1::ClassDayStatus status) {
  return status == v1::CLASS_DAY_STATUS_PRICING || status == v1::CLASS_DAY_STATUS_PRICED ||
         status == v1::CLASS_DAY_STATUS_SETTLING || status == v1::CLASS_DAY_STATUS_SETTLED;
}

// Found by the order's id, and listed by class, day and number in the book.
RecordKind OrderKinds() {
  RecordKind kind = MakeKind(KindDefinition<OrderKey, v1::Order>{
      "order", "ORDER", "an order; listed by ISIN/DATE/NUMBER while it is not final", kOrders,
      [](const OrderKey&, const v1::Order* order, const ReadContext&) {
        return order == nullptr ? Concerns() : OfOrder(*order);
      }});
  kind.find = [](absl::string_view id, const state::StateView& view) -> absl::StatusOr<state::StateKey> {
    const std::optional<OrderId> order = OrderId::FromHex(id);
    if (!order) return absl::InvalidArgumentError(absl::StrCat("no id of an order (32 hexadecimal digits): ", id));
    const std::optional<v1::OrderPlace> place = view.Get(kOrderPlaces, *order);
    // Where there is no live order, that there is no place for it proves so.
    if (!place) return state::StateKey{kOrderPlaces.id, state::EncodeKey(*order)};
    const auto isin = execution::Decoded(execution::IdText<InstrumentId>::Parse(place->isin()), kOrderPlaces.name);
    return state::StateKey{kOrders.id, state::EncodeKey(OrderKey{isin, place->dealing_date(), place->number()})};
  };
  kind.id = [](absl::string_view, absl::string_view value) {
    const auto order = execution::Decoded(state::DecodeRecord<v1::Order>(value), kOrders.name);
    return execution::Decoded(OrderId::FromBytes(order.order_id()), kOrders.name).ToHex();
  };
  // The key of a missing order is no key of `orders`.
  kind.concerns = [present = kind.concerns](absl::string_view key, std::optional<absl::string_view> value,
                                            const ReadContext& context) {
    return value ? present(key, value, context) : Concerns();
  };
  return kind;
}

// A party's live orders, by its own references.
RecordKind PartyOrderKinds() {
  using ReferenceKey = std::tuple<std::string, std::string>;
  const auto place_of = [](const v1::OrderReferenceUse& use, const state::StateView& view) {
    const auto id = execution::Decoded(OrderId::FromBytes(use.order_id()), kOrderReferences.name);
    const v1::OrderPlace place = execution::Decoded(view.Get(kOrderPlaces, id), kOrderPlaces.name);
    const auto isin = execution::Decoded(execution::IdText<InstrumentId>::Parse(place.isin()), kOrderPlaces.name);
    return OrderKey{isin, place.dealing_date(), place.number()};
  };
  const auto order_of = [place_of](const v1::OrderReferenceUse& use, const state::StateView& view) {
    return execution::Decoded(view.Get(kOrders, place_of(use, view)), kOrders.name);
  };
  RecordKind kind = MakeKind(KindDefinition<ReferenceKey, v1::OrderReferenceUse, v1::Order>{
      "party-order", "LEI/REFERENCE", "the orders of a party that are not final and carry a reference",
      kOrderReferences,
      [order_of](const ReferenceKey& key, const v1::OrderReferenceUse* use, const ReadContext& context) {
        Concerns concerns;
        concerns.parties = {std::get<0>(key)};
        if (use != nullptr) concerns.Add(OfOrder(order_of(*use, context.view)));
        return concerns;
      },
      [order_of](const ReferenceKey&, const v1::OrderReferenceUse& use, const ReadContext& context) {
        return order_of(use, context.view);
      }});
  kind.proof = [place_of](const state::StateKey& found, const state::StateView& view) {
    const std::optional<std::string> value = view.GetRaw(found.table, found.key);
    if (!value) return found;
    const auto use = execution::Decoded(state::DecodeRecord<v1::OrderReferenceUse>(*value), kOrderReferences.name);
    return state::StateKey{kOrders.id, state::EncodeKey(place_of(use, view))};
  };
  return kind;
}

RecordKind PriceKinds() {
  RecordKind kind = MakeKind(KindDefinition<ClassDayKey, v1::ClassDay, v1::PriceView>{
      "price", "ISIN/DATE", "the price of a dealing day, once it is in force", kClassDays,
      [](const ClassDayKey&, const v1::ClassDay*, const ReadContext&) {
        Concerns concerns;
        concerns.everyone = true;
        return concerns;
      },
      [](const ClassDayKey& key, const v1::ClassDay& day, const ReadContext&) {
        v1::PriceView view;
        view.set_isin(std::get<0>(key).ToString());
        view.set_dealing_date(std::get<1>(key));
        if (IsInForce(day.status())) view.set_price(day.price());
        return view;
      }});
  // The row tells the day's sums too.
  kind.proof = nullptr;
  return kind;
}

}  // namespace

std::vector<RecordKind> Kinds() {
  return {
      OrderKinds(), PartyOrderKinds(),
      MakeKind(KindDefinition<ClassDayKey, v1::ClassDay>{
          "class-day", "ISIN/DATE", "a dealing day of a class: where it stands, and its sums", kClassDays,
          [](const ClassDayKey& key, const v1::ClassDay*, const ReadContext&) {
            return OfClass(std::get<0>(key).ToString());
          }}),
      MakeKind(KindDefinition<InstrumentId, v1::ClassBook>{
          "class-book", "ISIN", "the last price of a class, and its units dealt and not settled", kClassBooks,
          [](const InstrumentId& isin, const v1::ClassBook*, const ReadContext&) { return OfClass(isin.ToString()); }}),
      PriceKinds()};
}

Concerns ConcernsOf(const v1::DealingEvent& event, const state::StateView&, const state::StateView&) {
  switch (event.kind_case()) {
    case v1::DealingEvent::kOrderChanged:
      return OfOrder(event.order_changed().order());
    case v1::DealingEvent::kClassDayChanged:
      return OfClass(event.class_day_changed().isin());
    case v1::DealingEvent::kSettlementPending:
      return OfClass(event.settlement_pending().isin());
    case v1::DealingEvent::KIND_NOT_SET:
      break;
  }
  return {};
}

}  // namespace causeway::dealing
