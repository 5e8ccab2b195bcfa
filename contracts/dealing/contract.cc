// SPDX-License-Identifier: Apache-2.0
#include <type_traits>
#include <utility>

#include "contracts/dealing/books.h"
#include "contracts/dealing/invariants.h"
#include "contracts/dealing/kinds.h"
#include "contracts/dealing/orders.h"
#include "contracts/dealing/prices.h"
#include "contracts/dealing/steps.h"
#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::dealing {
namespace {

using execution::Demands;
using execution::OperationContext;

const v1::DealingOperation& OperationOf(const OperationContext& context) {
  return context.operation->dealing();
}

// What may stop an order: a pause of its class, of the fund, or of the cash.
void AddInstruments(const ClassTerms& terms, absl::string_view cash_token, Demands& demands) {
  demands.instruments = {terms.isin, terms.fund};
  if (const std::optional<InstrumentId> token = instruments::ParseId(cash_token)) demands.instruments.push_back(*token);
}

template <class Message>
Demands OrderDemands(const char* kind, const OperationContext& context, const Message& message,
                     const state::StateView& view) {
  Demands demands;
  demands.kind = kind;
  for (const std::string* bytes : {&message.account(), &message.cash_account()}) {
    if (const std::optional<AccountId> account = AccountId::FromBytes(*bytes)) demands.accounts.push_back(*account);
  }
  if (const std::optional<AccountId> account = AccountId::FromBytes(message.account()))
    demands.acting_for = transfers::OwnerOf(view, *account);
  const std::optional<ClassTerms> terms = FindClass(view, message.isin());
  if (!terms) return demands;
  AddInstruments(*terms, message.cash_token(), demands);
  std::optional<execution::Movement> movement;
  if constexpr (std::is_same_v<Message, v1::Subscribe>)
    movement = MovementOf(message, *terms);
  else
    movement = MovementOf(context, message, *terms, view);
  if (movement) demands.movements.push_back(*std::move(movement));
  return demands;
}

Demands CancelDemands(const v1::CancelOrder& message, const state::StateView& view) {
  Demands demands;
  demands.kind = "dealing.cancel_order";
  const std::optional<OrderId> id = OrderId::FromBytes(message.order_id());
  const std::optional<v1::Order> order = id ? FindOrder(view, *id) : std::nullopt;
  if (!order) return demands;
  demands.acting_for = order->owner();
  demands.accounts = {AccountOf(order->account()), AccountOf(order->cash_account())};
  return demands;
}

// Demands of what the fund's own parties do; `party` picks the one that decides.
Demands FundDemands(const char* kind, const std::string& isin, const std::string& (v1::Fund::*party)() const,
                    v1::OfficerRole role, uint32_t officers, const state::StateView& view) {
  Demands demands;
  demands.kind = kind;
  demands.role = role;
  demands.minimum_officers = officers;
  const std::optional<ClassTerms> terms = FindClass(view, isin);
  if (!terms) return demands;
  demands.instruments = {terms->isin, terms->fund};
  if (const std::optional<v1::Fund> fund = instruments::FindFund(view, terms->fund))
    demands.acting_for = ((*fund).*party)();
  return demands;
}

void CheckOpenDay(const OperationContext& context, const v1::OpenDay& message, const state::StateView& view,
                  Reasons& reasons) {
  const std::optional<ClassTerms> terms = FindClass(view, message.isin());
  if (!terms) {
    reasons.Add(v1::DEALING_REASON_DSEC, {message.isin()});
    return;
  }
  const std::optional<instruments::DealingDay> day =
      instruments::FindDealingDay(view, terms->fund, message.dealing_date());
  if (!day) {
    reasons.Add(v1::DEALING_REASON_DAY_UNKNOWN, {message.isin(), message.dealing_date()});
  } else if (const std::optional<v1::ClassDay> record = FindClassDay(view, terms->isin, message.dealing_date())) {
    reasons.Add(v1::DEALING_REASON_DAY_STATUS,
                {message.isin(), message.dealing_date(),
                 v1::ClassDayStatus_Name(record->status()).substr(sizeof("CLASS_DAY_STATUS_") - 1)});
  } else if (day->book_closes <= context.now()) {
    reasons.Add(v1::DEALING_REASON_CUTO, {"opening of " + message.dealing_date(), FormatInstant(day->book_closes),
                                          FormatInstant(context.now())});
  }
}

class DealingContract : public execution::Contract {
 public:
  const char* name() const override { return "dealing"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kDealing; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::DealingReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override {
    return {state::InfoOf(kOrders), state::InfoOf(kOrderPlaces), state::InfoOf(kOrderReferences),
            state::InfoOf(kClassDays), state::InfoOf(kClassBooks)};
  }

  Demands DemandsOf(const OperationContext& context, const state::StateView& view) const override {
    const v1::DealingOperation& operation = OperationOf(context);
    switch (operation.kind_case()) {
      case v1::DealingOperation::kSubscribe:
        return OrderDemands("dealing.subscribe", context, operation.subscribe(), view);
      case v1::DealingOperation::kRedeem:
        return OrderDemands("dealing.redeem", context, operation.redeem(), view);
      case v1::DealingOperation::kCancelOrder:
        return CancelDemands(operation.cancel_order(), view);
      case v1::DealingOperation::kAttestPrice:
        return FundDemands("dealing.attest_price", operation.attest_price().isin(), &v1::Fund::administrator,
                           v1::OFFICER_ROLE_TRADE, 2, view);
      case v1::DealingOperation::kReviewPrice:
        return FundDemands("dealing.review_price", operation.review_price().isin(), &v1::Fund::fmco,
                           v1::OFFICER_ROLE_COMPLY, 2, view);
      case v1::DealingOperation::kOpenDay:
        return FundDemands("dealing.open_day", operation.open_day().isin(), &v1::Fund::fmco,
                           v1::OFFICER_ROLE_ADMINISTER, 1, view);
      case v1::DealingOperation::KIND_NOT_SET:
        break;
    }
    Demands demands;
    demands.kind = "dealing";
    return demands;
  }

  void Check(const OperationContext& context, const state::StateView& view, Reasons& reasons) const override {
    const v1::DealingOperation& operation = OperationOf(context);
    switch (operation.kind_case()) {
      case v1::DealingOperation::kSubscribe:
        DraftOrder(context, operation.subscribe(), view, reasons);
        break;
      case v1::DealingOperation::kRedeem:
        DraftOrder(context, operation.redeem(), view, reasons);
        break;
      case v1::DealingOperation::kCancelOrder:
        CheckCancelOrder(context, operation.cancel_order(), view, reasons);
        break;
      case v1::DealingOperation::kAttestPrice:
        CheckAttestPrice(context, operation.attest_price(), view, reasons);
        break;
      case v1::DealingOperation::kReviewPrice:
        CheckReviewPrice(context, operation.review_price(), view, reasons);
        break;
      case v1::DealingOperation::kOpenDay:
        CheckOpenDay(context, operation.open_day(), view, reasons);
        break;
      case v1::DealingOperation::KIND_NOT_SET:
        reasons.Add(v1::DEALING_REASON_OPERATION_MISSING);
    }
  }

  void Apply(const OperationContext& context, state::StateTransaction& state,
             execution::Effects& effects) const override {
    const v1::DealingOperation& operation = OperationOf(context);
    switch (operation.kind_case()) {
      case v1::DealingOperation::kSubscribe:
        AcceptOrder(context, operation.subscribe(), state, effects);
        break;
      case v1::DealingOperation::kRedeem:
        AcceptOrder(context, operation.redeem(), state, effects);
        break;
      case v1::DealingOperation::kCancelOrder:
        ApplyCancelOrder(context, operation.cancel_order(), state, effects);
        break;
      case v1::DealingOperation::kAttestPrice:
        ApplyAttestPrice(context, operation.attest_price(), state, effects);
        break;
      case v1::DealingOperation::kReviewPrice:
        ApplyReviewPrice(context, operation.review_price(), state, effects);
        break;
      case v1::DealingOperation::kOpenDay: {
        const v1::OpenDay& message = operation.open_day();
        const std::optional<ClassTerms> terms = FindClass(state, message.isin());
        CAUSEWAY_CHECK(terms.has_value());
        EmitDay(effects, terms->isin, message.dealing_date(),
                EnsureDay(context, state, *terms, message.dealing_date()));
        break;
      }
      case v1::DealingOperation::KIND_NOT_SET:
        CAUSEWAY_CHECK(false, "applied without an operation");
    }
  }

  uint64_t WorkOf(const OperationContext& context, const state::StateView&) const override {
    const v1::DealingOperation& operation = OperationOf(context);
    return operation.has_subscribe() || operation.has_redeem() ? kOrderWork : 1;
  }

  bool RunDue(const OperationContext& context, const execution::DueItem& item, state::StateTransaction& state,
              execution::Effects& effects, execution::WorkBudget& budget) const override {
    v1::DealingDue due;
    CAUSEWAY_CHECK(due.ParseFromString(item.payload), "due work of dealing does not decode");
    return RunStep(context, due, state, effects, budget);
  }

  void CheckInvariants(const state::StateTransaction& after,
                       std::vector<execution::Violation>& violations) const override {
    CheckBooks(after, violations);
  }

 private:
  template <class Message>
  static void AcceptOrder(const OperationContext& context, const Message& message, state::StateTransaction& state,
                          execution::Effects& effects) {
    Reasons reasons;
    const std::optional<Draft> draft = DraftOrder(context, message, state, reasons);
    CAUSEWAY_CHECK(draft.has_value(), "an order was applied that has reasons against it");
    Accept(context, *draft, state, effects);
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                                 const state::StateView& after) const override {
    return dealing::ConcernsOf(event.dealing(), before, after);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakeDealingContract() {
  return std::make_unique<DealingContract>();
}

}  // namespace causeway::dealing
