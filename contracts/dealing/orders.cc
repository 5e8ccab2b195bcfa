// SPDX-License-Identifier: Apache-2.0
#include "contracts/dealing/orders.h"

#include <algorithm>
#include <utility>

#include "contracts/governance/governance.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::dealing {
namespace {

constexpr size_t kReferenceLengthMax = 35;
// A redemption by amount blocks a tenth more units than it would take at the last price.
constexpr int kMarginNumerator = 11;
constexpr int kMarginDenominator = 10;

// What subscriptions and redemptions state alike.
struct Request {
  v1::OrderSide side;
  const std::string& order_id;
  const std::string& isin;
  const std::string& account;
  const std::string& cash_account;
  const std::string& cash_token;
  const std::string& fee_discount;
  const std::string& order_reference;
  const std::string& requested_date;
};

template <class Message>
Request RequestOf(v1::OrderSide side, const Message& message) {
  return {side,
          message.order_id(),
          message.isin(),
          message.account(),
          message.cash_account(),
          message.cash_token(),
          message.fee_discount(),
          message.order_reference(),
          message.requested_date()};
}

// The parties of an order, once they are known to exist.
struct Accounts {
  AccountId units;
  AccountId cash;
  InstrumentId token;
  std::string owner;
};

std::optional<Accounts> CheckAccounts(const Request& request, const ClassTerms& terms, const state::StateView& view,
                                      Reasons& reasons) {
  const std::optional<AccountId> units = AccountId::FromBytes(request.account);
  const std::optional<AccountId> cash = AccountId::FromBytes(request.cash_account);
  if (!units) reasons.Add(v1::DEALING_REASON_FIELD_MISSING, {"account"});
  if (!cash) reasons.Add(v1::DEALING_REASON_FIELD_MISSING, {"cash_account"});
  if (!units || !cash) return std::nullopt;
  const std::optional<std::string> owner = transfers::OwnerOf(view, *units);
  const std::optional<std::string> cash_owner = transfers::OwnerOf(view, *cash);
  if (!owner) reasons.Add(v1::DEALING_REASON_SAFE, {units->ToHex(), "no such account"});
  if (!cash_owner) reasons.Add(v1::DEALING_REASON_SAFE, {cash->ToHex(), "no such account"});
  const std::optional<InstrumentId> token = instruments::ParseId(request.cash_token);
  const bool accepted = token && instruments::AcceptsCash(terms.record, *token);
  if (!accepted) reasons.Add(v1::DEALING_REASON_CASH, {request.cash_token});
  if (!owner || !cash_owner || !accepted) return std::nullopt;
  if (*owner != *cash_owner) {
    reasons.Add(v1::DEALING_REASON_OWNERS_DIFFER, {units->ToHex(), *owner, *cash_owner});
    return std::nullopt;
  }
  // The fund would pay itself.
  const std::optional<AccountId> fund = AccountId::FromBytes(terms.record.cash_account_id());
  if (fund && transfers::ResolveAccount(view, *cash) == transfers::ResolveAccount(view, *fund)) {
    reasons.Add(v1::DEALING_REASON_SAFE, {cash->ToHex(), "the class's own cash account"});
    return std::nullopt;
  }
  return Accounts{*units, *cash, *token, *owner};
}

void CheckIdentity(const Request& request, const std::string& owner, const state::StateView& view, Reasons& reasons) {
  const std::optional<OrderId> id = OrderId::FromBytes(request.order_id);
  if (!id) {
    reasons.Add(v1::DEALING_REASON_FIELD_MISSING, {"order_id"});
  } else if (view.Has(kOrderPlaces, *id)) {
    reasons.Add(v1::DEALING_REASON_ORDER_ID_IN_USE, {id->ToHex()});
  }
  if (request.order_reference.empty() || request.order_reference.size() > kReferenceLengthMax) {
    reasons.Add(v1::DEALING_REASON_ORDER_REFERENCE_INVALID, {request.order_reference});
    return;
  }
  if (const std::optional<v1::OrderReferenceUse> use =
          view.Get(kOrderReferences, std::make_tuple(owner, request.order_reference))) {
    reasons.Add(v1::DEALING_REASON_ORRF, {request.order_reference, BytesToHex(use->order_id())});
  }
}

// The dealing day that the order is of.
std::optional<instruments::DealingDay> CheckDay(const execution::OperationContext& context, const Request& request,
                                                const ClassTerms& terms, const state::StateView& view,
                                                Reasons& reasons) {
  const Instant received = context.received();
  std::optional<instruments::DealingDay> day = instruments::DealingDayOf(view, terms.fund, received);
  if (day && context.now() >= day->book_closes) day = instruments::DealingDayOf(view, terms.fund, context.now());
  day = FirstOpenDay(view, terms, std::move(day));
  if (!day) {
    reasons.Add(v1::DEALING_REASON_CALENDAR_ENDS, {terms.isin.ToString(), FormatInstant(received)});
    return std::nullopt;
  }
  if (!request.requested_date.empty() && request.requested_date != day->date) {
    const std::optional<instruments::DealingDay> requested =
        instruments::FindDealingDay(view, terms.fund, request.requested_date);
    if (!requested) {
      reasons.Add(v1::DEALING_REASON_DDAT, {request.requested_date, "not a dealing day"});
    } else if (requested->date > day->date) {
      reasons.Add(v1::DEALING_REASON_DDAT, {request.requested_date, "orders are taken for " + day->date});
    } else if (terms.record.late_orders() == v1::LATE_ORDER_POLICY_REFUSE) {
      reasons.Add(v1::DEALING_REASON_CUTO,
                  {"order for " + requested->date, FormatInstant(requested->cut_off), FormatInstant(received)});
    }
  }
  if (!instruments::HasSettlement(*day, terms.record))
    reasons.Add(v1::DEALING_REASON_NO_SETTLEMENT_INSTANT, {terms.isin.ToString(), day->date});
  return day;
}

// The discount as a proportion; nothing where none is asked.
std::optional<Amount> CheckDiscount(const Request& request, const ClassTerms& terms, Reasons& reasons) {
  if (request.fee_discount.empty()) return std::nullopt;
  const v1::FeeSide side = request.side == v1::ORDER_SIDE_SUBSCRIPTION ? v1::FEE_SIDE_ENTRY : v1::FEE_SIDE_EXIT;
  const std::optional<v1::Fee> fee = instruments::FeeOf(terms.record, side);
  const absl::StatusOr<Amount> discount = ParseDecimal(request.fee_discount, kRateDecimals);
  if (!fee || !fee->discount_allowed()) {
    reasons.Add(v1::DEALING_REASON_FEEE, {request.fee_discount, "the class allows no discount"});
  } else if (!discount.ok() || !discount->IsPositive() || *discount > PowerOfTen(kRateDecimals)) {
    reasons.Add(v1::DEALING_REASON_FEEE, {request.fee_discount, "above 0 and at most 1, at most 8 decimals"});
  } else {
    return *discount;
  }
  return std::nullopt;
}

std::optional<Amount> CheckQuantity(absl::string_view text, int decimals, Reasons& reasons) {
  const absl::StatusOr<Amount> amount = ParseDecimal(text, decimals);
  if (!amount.ok()) {
    reasons.Add(v1::DEALING_REASON_DQUA, {std::string(text), std::string(amount.status().message())});
    return std::nullopt;
  }
  if (!amount->IsPositive()) {
    reasons.Add(v1::DEALING_REASON_DQUA, {std::string(text), "must be positive"});
    return std::nullopt;
  }
  return *amount;
}

void CheckLeast(Amount quantity, const std::string& least, int decimals, v1::DealingReason reason, Reasons& reasons) {
  const std::optional<Amount> limit = instruments::LimitOf(least, decimals);
  if (limit && quantity < *limit) reasons.Add(reason, {FormatDecimal(quantity, decimals), least});
}

void CheckMost(Amount quantity, const std::string& most, int decimals, v1::DealingReason reason, Reasons& reasons) {
  const std::optional<Amount> limit = instruments::LimitOf(most, decimals);
  if (limit && quantity > *limit) reasons.Add(reason, {FormatDecimal(quantity, decimals), most});
}

v1::Order OrderOf(const execution::OperationContext& context, const Request& request, const Accounts& accounts,
                  const instruments::DealingDay& day) {
  v1::Order order;
  order.set_order_id(request.order_id);
  order.set_side(request.side);
  order.set_owner(accounts.owner);
  order.set_submitter(context.party);
  order.set_isin(request.isin);
  order.set_account(request.account);
  order.set_cash_account(request.cash_account);
  order.set_cash_token(request.cash_token);
  order.set_fee_discount(request.fee_discount);
  order.set_order_reference(request.order_reference);
  order.set_dealing_date(day.date);
  order.set_received_us(context.received().micros());
  order.set_transaction_id(context.transaction_id.ToString());
  SetStatus(order, v1::ORDER_STATUS_RECE, context.received());
  SetStatus(order, v1::ORDER_STATUS_PACK, context.now());
  return order;
}

transfers::HoldTerms HoldTermsOf(const v1::Order& order, const AccountId& account, const InstrumentId& instrument,
                                 Amount amount) {
  transfers::HoldTerms hold{HoldOf(order), account, instrument, amount};
  hold.controller = v1::HOLD_CONTROLLER_DEALING;
  hold.reference = order.order_reference();
  return hold;
}

void CheckBlocking(const transfers::HoldTerms& hold, v1::OrderSide side, int decimals, const state::StateView& view,
                   Instant now, Reasons& reasons) {
  Reasons found;
  transfers::CheckPlaceHold(view, hold, now, found);
  const Amount available = transfers::ReadAvailable(view, hold.account, hold.instrument, now);
  AddAsOrderReasons(found,
                    {side, hold.account.ToHex(), hold.instrument.ToString(), FormatDecimal(hold.amount, decimals),
                     FormatDecimal(available, decimals)},
                    reasons);
}

// What an order would buy at the last price; before the first one it is not known, and the smallest unit stands for it.
struct Estimate {
  Amount units = Amount::FromMinor(1);
  bool known = false;
};

// Whether the investor may hold what the order would buy at the last price. Before the first price only rules that ask
// for no quantity are asked; delivery asks all of them again.
void CheckInvestor(const ClassTerms& terms, const AccountId& account, Estimate estimate, const state::StateView& view,
                   Instant now, Reasons& reasons) {
  Reasons found;
  transfers::CheckIssue(view, terms.isin, account, estimate.units, now, found);
  Reasons asked;
  for (const Reason& reason : found) {
    const bool by_quantity = reason.code == v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE ||
                             reason.code == v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL;
    if (estimate.known || !by_quantity) asked.Add(reason);
  }
  AddAsOrderReasons(asked, {v1::ORDER_SIDE_SUBSCRIPTION, account.ToHex(), terms.isin.ToString(), "", ""}, reasons);
}

// Units of a redemption, and those to block for it.
struct RedemptionUnits {
  Amount ordered;
  Amount blocked;
  // The whole holding goes, although less was ordered.
  bool whole = false;
};

std::optional<RedemptionUnits> UnitsOf(const v1::Redeem& request, const ClassTerms& terms, const AccountId& account,
                                       const state::StateView& view, Instant now, Reasons& reasons) {
  const v1::Minima& minima = terms.record.minima();
  const Amount total = transfers::ReadBalance(view, account, terms.isin, now).total;
  const Amount available = transfers::ReadAvailable(view, account, terms.isin, now);
  switch (request.quantity_case()) {
    case v1::Redeem::kUnits: {
      const std::optional<Amount> units = CheckQuantity(request.units(), terms.unit_decimals, reasons);
      if (!units) return std::nullopt;
      CheckLeast(*units, minima.redemption_units(), terms.unit_decimals, v1::DEALING_REASON_BMRA, reasons);
      return RedemptionUnits{*units, *units};
    }
    case v1::Redeem::kPercentage: {
      const std::optional<Amount> percentage = CheckQuantity(request.percentage(), kRateDecimals, reasons);
      if (!percentage) return std::nullopt;
      const Amount hundred =
          *MultiplyDivide(PowerOfTen(kRateDecimals), Amount::FromMinor(100), Amount::FromMinor(1), Rounding::kDown);
      if (*percentage > hundred) {
        reasons.Add(v1::DEALING_REASON_DQUA, {request.percentage(), "more than 100 per cent"});
        return std::nullopt;
      }
      const Amount units = *MultiplyDivide(total, *percentage, hundred, Rounding::kDown);
      if (units.IsZero()) {
        reasons.Add(v1::DEALING_REASON_SECU, {account.ToHex(), terms.isin.ToString(), request.percentage() + " %",
                                              FormatDecimal(available, terms.unit_decimals)});
        return std::nullopt;
      }
      CheckLeast(units, minima.redemption_units(), terms.unit_decimals, v1::DEALING_REASON_BMRA, reasons);
      return RedemptionUnits{units, units};
    }
    case v1::Redeem::kAmount: {
      const std::optional<Amount> amount = CheckQuantity(request.amount(), terms.cash_decimals, reasons);
      if (!amount) return std::nullopt;
      CheckLeast(*amount, minima.redemption_amount(), terms.cash_decimals, v1::DEALING_REASON_BMRA, reasons);
      const std::optional<Amount> price = LastPrice(view, terms.isin);
      if (!price) return RedemptionUnits{available, available};
      const PricingTerms pricing = TermsOf(terms.record, v1::FEE_SIDE_EXIT, std::nullopt);
      const std::optional<Amount> units = UnitsFor(pricing, *price, *amount);
      const std::optional<Amount> with_margin =
          units ? MultiplyDivide(*units, Amount::FromMinor(kMarginNumerator), Amount::FromMinor(kMarginDenominator),
                                 Rounding::kUp)
                : std::nullopt;
      if (!with_margin) {
        reasons.Add(v1::DEALING_REASON_DQUA, {request.amount(), "too large"});
        return std::nullopt;
      }
      return RedemptionUnits{*units, *units > available ? *units : std::min(*with_margin, available)};
    }
    case v1::Redeem::QUANTITY_NOT_SET:
      reasons.Add(v1::DEALING_REASON_FIELD_MISSING, {"quantity"});
  }
  return std::nullopt;
}

// What would remain, and whether that is too little: refused, or redeemed along, as the class says.
void CheckRemainder(const ClassTerms& terms, const AccountId& account, const state::StateView& view, Instant now,
                    RedemptionUnits& units, Reasons& reasons) {
  const transfers::Balance balance = transfers::ReadBalance(view, account, terms.isin, now);
  const Amount not_ordered = *Subtract(balance.total, balance.blocked);
  if (not_ordered <= units.ordered) return;  // nothing remains, or too few units, which blocking tells
  const Amount remaining = *Subtract(not_ordered, units.ordered);
  const v1::Minima& minima = terms.record.minima();
  std::optional<std::string> least;
  const std::optional<Amount> least_units = instruments::LimitOf(minima.remaining_units(), terms.unit_decimals);
  if (least_units && remaining < *least_units) least = minima.remaining_units();
  // The rule of eligibility asks the same of a holder that stays one.
  for (const v1::EligibilityRule& rule : terms.record.eligibility()) {
    if (!rule.has_minimum_holding()) continue;
    const std::optional<Amount> holding = instruments::LimitOf(rule.minimum_holding().units(), terms.unit_decimals);
    if (holding && remaining < *holding) least = rule.minimum_holding().units();
  }
  const std::optional<Amount> least_amount = instruments::LimitOf(minima.remaining_amount(), terms.cash_decimals);
  const std::optional<Amount> price = LastPrice(view, terms.isin);
  if (least_amount && price) {
    const std::optional<Amount> worth = Multiply({remaining, terms.unit_decimals}, {*price, terms.price_decimals},
                                                 terms.cash_decimals, Rounding::kDown);
    if (worth && *worth < *least_amount) least = minima.remaining_amount();
  }
  if (!least) return;
  const bool whole_can_go = transfers::ReadAvailable(view, account, terms.isin, now) == not_ordered;
  if (terms.record.remainder() == v1::REMAINDER_POLICY_REDEEM_WHOLE && whole_can_go) {
    units = {not_ordered, not_ordered, true};
  } else {
    reasons.Add(v1::DEALING_REASON_BMRV, {FormatDecimal(remaining, terms.unit_decimals), *least});
  }
}

// The class, where it takes orders of this side, and can pay what it will owe for them.
std::optional<ClassTerms> CheckClass(const Request& request, const state::StateView& view, Instant now,
                                     Reasons& reasons) {
  std::optional<ClassTerms> terms = FindClass(view, request.isin);
  if (!terms) {
    reasons.Add(v1::DEALING_REASON_DSEC, {request.isin});
    return std::nullopt;
  }
  const bool open = request.side == v1::ORDER_SIDE_SUBSCRIPTION ? instruments::IsOpenToEntry(view, terms->isin)
                                                                : instruments::IsOpen(view, terms->isin);
  if (!open)
    reasons.Add(v1::DEALING_REASON_CLOS, {request.isin, v1::InstrumentStatus_Name(terms->record.status()).substr(18)});
  if (!FundMayPay(view, *terms, now))
    reasons.Add(v1::DEALING_REASON_CASH_ACCOUNT_FOREIGN, {BytesToHex(terms->record.cash_account_id())});
  return terms;
}

// Whether dealing of the day stands still before any of its orders got a price: then they may be withdrawn after the
// cut-off too. Once the price is in force they may not, or a pause would let investors choose by it.
bool IsSuspended(const state::StateView& view, const ClassTerms& terms, const std::string& date) {
  if (!governance::IsPaused(view, "dealing", {terms.isin, terms.fund})) return false;
  const std::optional<v1::ClassDay> day = FindClassDay(view, terms.isin, date);
  CAUSEWAY_CHECK(day.has_value(), "an order of a day that does not exist");
  return day->status() == v1::CLASS_DAY_STATUS_OPEN || day->status() == v1::CLASS_DAY_STATUS_BOOK_CLOSED ||
         day->status() == v1::CLASS_DAY_STATUS_VALUED || day->status() == v1::CLASS_DAY_STATUS_PRICE_IN_REVIEW;
}

}  // namespace

std::string NameOf(uint32_t code) {
  const int number = static_cast<int>(code);
  if (v1::TransfersReason_IsValid(number))
    return v1::TransfersReason_Name(static_cast<v1::TransfersReason>(number)).substr(sizeof("TRANSFERS_REASON_") - 1);
  if (v1::InstrumentsReason_IsValid(number))
    return v1::InstrumentsReason_Name(static_cast<v1::InstrumentsReason>(number))
        .substr(sizeof("INSTRUMENTS_REASON_") - 1);
  if (v1::DealingReason_IsValid(number))
    return v1::DealingReason_Name(static_cast<v1::DealingReason>(number)).substr(sizeof("DEALING_REASON_") - 1);
  return absl::StrCat(code);
}

void AddAsOrderReasons(const Reasons& found, const Blame& blame, Reasons& reasons) {
  const bool subscription = blame.side == v1::ORDER_SIDE_SUBSCRIPTION;
  for (const Reason& reason : found) {
    switch (reason.code) {
      case v1::TRANSFERS_REASON_INSUFFICIENT_FREE:
        reasons.Add(subscription ? v1::DEALING_REASON_MONY : v1::DEALING_REASON_SECU,
                    {blame.account, blame.asset, blame.needed, blame.available});
        break;
      case v1::TRANSFERS_REASON_DOCC:
        reasons.Add(v1::DEALING_REASON_DOCC, {blame.account});
        break;
      case v1::TRANSFERS_REASON_ACCOUNT_CLOSED:
        reasons.Add(v1::DEALING_REASON_SAFE, {blame.account, "closed"});
        break;
      case v1::TRANSFERS_REASON_HOLD_EXISTS:
        reasons.Add(v1::DEALING_REASON_HOLD_ID_IN_USE, reason.parameters);
        break;
      case v1::INSTRUMENTS_REASON_LOCKED_UP:
        reasons.Add(v1::DEALING_REASON_LOCK, reason.parameters);
        break;
      case v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE:
        reasons.Add(v1::DEALING_REASON_PRCT, reason.parameters);
        break;
      case v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL:
        reasons.Add(subscription ? v1::DEALING_REASON_BMIN : v1::DEALING_REASON_BMRV, reason.parameters);
        break;
      case v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE:
      case v1::INSTRUMENTS_REASON_JURISDICTION_NOT_ELIGIBLE: {
        std::vector<std::string> parameters{NameOf(reason.code)};
        parameters.insert(parameters.end(), reason.parameters.begin(), reason.parameters.end());
        reasons.Add(v1::DEALING_REASON_IPAC, std::move(parameters));
        break;
      }
      default:
        reasons.Add(v1::DEALING_REASON_ASSETS, {blame.account, NameOf(reason.code)});
    }
  }
}

std::optional<execution::Movement> MovementOf(const v1::Subscribe& message, const ClassTerms& terms) {
  const std::optional<AccountId> from = AccountId::FromBytes(message.cash_account());
  const std::optional<InstrumentId> token = instruments::ParseId(message.cash_token());
  Reasons unused;
  const std::optional<Amount> amount =
      CheckQuantity(message.has_amount() ? message.amount() : message.prefunded_amount(), terms.cash_decimals, unused);
  if (!from || !token || !amount) return std::nullopt;
  return execution::Movement{*token, *from, AccountOf(terms.record.cash_account_id()), *amount};
}

std::optional<execution::Movement> MovementOf(const execution::OperationContext& context, const v1::Redeem& message,
                                              const ClassTerms& terms, const state::StateView& view) {
  const std::optional<AccountId> from = AccountId::FromBytes(message.account());
  if (!from || !transfers::FindAccount(view, *from)) return std::nullopt;
  Reasons unused;
  std::optional<RedemptionUnits> units = UnitsOf(message, terms, *from, view, context.now(), unused);
  if (!units || units->blocked.IsZero()) return std::nullopt;
  CheckRemainder(terms, *from, view, context.now(), *units, unused);
  return execution::Movement{terms.isin, *from, std::nullopt, units->blocked};
}

std::optional<Draft> DraftOrder(const execution::OperationContext& context, const v1::Subscribe& message,
                                const state::StateView& view, Reasons& reasons) {
  const Request request = RequestOf(v1::ORDER_SIDE_SUBSCRIPTION, message);
  const std::optional<ClassTerms> terms = CheckClass(request, view, context.now(), reasons);
  if (!terms) return std::nullopt;
  const std::optional<Accounts> accounts = CheckAccounts(request, *terms, view, reasons);
  const std::optional<instruments::DealingDay> day = CheckDay(context, request, *terms, view, reasons);
  const std::optional<Amount> discount = CheckDiscount(request, *terms, reasons);
  const v1::Minima& minima = terms->record.minima();
  const bool first =
      !accounts || transfers::ReadBalance(view, accounts->units, terms->isin, context.now()).total.IsZero();
  const v1::DealingReason too_low = first ? v1::DEALING_REASON_BMIN : v1::DEALING_REASON_SLOW;
  const std::optional<Amount> price = LastPrice(view, terms->isin);
  std::optional<Amount> blocked;
  Estimate bought;
  if (message.quantity_case() == v1::Subscribe::kAmount) {
    blocked = CheckQuantity(message.amount(), terms->cash_decimals, reasons);
    if (blocked) {
      CheckLeast(*blocked, first ? minima.first_subscription_amount() : minima.later_subscription_amount(),
                 terms->cash_decimals, too_low, reasons);
      CheckMost(*blocked, minima.highest_subscription_amount(), terms->cash_decimals, v1::DEALING_REASON_SHIG, reasons);
    }
    if (blocked && price) {
      const PricingResult estimate =
          SubscribeByAmount(TermsOf(terms->record, v1::FEE_SIDE_ENTRY, discount), *price, *blocked);
      if (const Figures* figures = std::get_if<Figures>(&estimate)) bought = {figures->units, true};
    }
    if (!message.prefunded_amount().empty())
      reasons.Add(v1::DEALING_REASON_DQUA, {message.prefunded_amount(), "prefunded_amount is for orders by units"});
  } else if (message.quantity_case() == v1::Subscribe::kUnits) {
    const std::optional<Amount> units = CheckQuantity(message.units(), terms->unit_decimals, reasons);
    if (units) {
      CheckLeast(*units, first ? minima.first_subscription_units() : minima.later_subscription_units(),
                 terms->unit_decimals, too_low, reasons);
      CheckMost(*units, minima.highest_subscription_units(), terms->unit_decimals, v1::DEALING_REASON_SHIG, reasons);
    }
    blocked = CheckQuantity(message.prefunded_amount(), terms->cash_decimals, reasons);
    if (units && price) bought = {*units, true};
  } else {
    reasons.Add(v1::DEALING_REASON_FIELD_MISSING, {"quantity"});
  }
  if (!accounts) return std::nullopt;
  CheckIdentity(request, accounts->owner, view, reasons);
  CheckInvestor(*terms, accounts->units, bought, view, context.now(), reasons);
  if (!day || !blocked || !OrderId::FromBytes(request.order_id)) return std::nullopt;

  v1::Order order = OrderOf(context, request, *accounts, *day);
  if (message.quantity_case() == v1::Subscribe::kAmount)
    order.set_amount(message.amount());
  else
    order.set_units(message.units());
  order.set_blocked(FormatDecimal(*blocked, terms->cash_decimals));
  Draft draft{*terms, *day, order, HoldTermsOf(order, accounts->cash, accounts->token, *blocked)};
  CheckBlocking(draft.hold, request.side, terms->cash_decimals, view, context.now(), reasons);
  if (!reasons.empty()) return std::nullopt;
  return draft;
}

std::optional<Draft> DraftOrder(const execution::OperationContext& context, const v1::Redeem& message,
                                const state::StateView& view, Reasons& reasons) {
  const Request request = RequestOf(v1::ORDER_SIDE_REDEMPTION, message);
  const std::optional<ClassTerms> terms = CheckClass(request, view, context.now(), reasons);
  if (!terms) return std::nullopt;
  const std::optional<Accounts> accounts = CheckAccounts(request, *terms, view, reasons);
  const std::optional<instruments::DealingDay> day = CheckDay(context, request, *terms, view, reasons);
  CheckDiscount(request, *terms, reasons);
  if (!accounts) return std::nullopt;
  CheckIdentity(request, accounts->owner, view, reasons);
  std::optional<RedemptionUnits> units = UnitsOf(message, *terms, accounts->units, view, context.now(), reasons);
  if (units) CheckRemainder(*terms, accounts->units, view, context.now(), *units, reasons);
  if (!day || !units || !OrderId::FromBytes(request.order_id)) return std::nullopt;

  v1::Order order = OrderOf(context, request, *accounts, *day);
  if (message.quantity_case() == v1::Redeem::kAmount && !units->whole)
    order.set_amount(message.amount());
  else
    order.set_units(FormatDecimal(units->ordered, terms->unit_decimals));
  order.set_percentage(message.percentage());
  order.set_blocked(FormatDecimal(units->blocked, terms->unit_decimals));
  Draft draft{*terms, *day, order, HoldTermsOf(order, accounts->units, terms->isin, units->blocked)};
  if (units->blocked.IsZero()) {
    reasons.Add(v1::DEALING_REASON_SECU, {accounts->units.ToHex(), terms->isin.ToString(), message.amount(), "0"});
  } else {
    CheckBlocking(draft.hold, request.side, terms->unit_decimals, view, context.now(), reasons);
  }
  if (!reasons.empty()) return std::nullopt;
  return draft;
}

void Accept(const execution::OperationContext& context, const Draft& draft, state::StateTransaction& state,
            execution::Effects& effects) {
  transfers::PlaceHold(context, state, effects, draft.hold);
  v1::ClassDay day = EnsureDay(context, state, draft.terms, draft.day.date);
  Enter(state, day, draft.order);
  state.Put(kClassDays, ClassDayKey{draft.terms.isin, draft.day.date}, day);
  EmitOrder(effects, draft.order);
}

void CheckCancelOrder(const execution::OperationContext& context, const v1::CancelOrder& request,
                      const state::StateView& view, Reasons& reasons) {
  const std::optional<OrderId> id = OrderId::FromBytes(request.order_id());
  if (!id) {
    reasons.Add(v1::DEALING_REASON_FIELD_MISSING, {"order_id"});
    return;
  }
  const std::optional<v1::Order> order = FindOrder(view, *id);
  if (!order) {
    reasons.Add(v1::DEALING_REASON_ORDER_UNKNOWN, {id->ToHex()});
    return;
  }
  if (StatusOf(*order) != v1::ORDER_STATUS_PACK) {
    reasons.Add(v1::DEALING_REASON_ORDER_STATUS,
                {id->ToHex(), v1::OrderStatus_Name(StatusOf(*order)).substr(sizeof("ORDER_STATUS_") - 1)});
    return;
  }
  const std::optional<ClassTerms> terms = FindClass(view, order->isin());
  CAUSEWAY_CHECK(terms.has_value(), "an order of a class that does not exist");
  const std::optional<instruments::DealingDay> day =
      instruments::FindDealingDay(view, terms->fund, order->dealing_date());
  if (day && context.now() >= day->cut_off && !IsSuspended(view, *terms, order->dealing_date()))
    reasons.Add(v1::DEALING_REASON_CUTO,
                {"cancellation for " + day->date, FormatInstant(day->cut_off), FormatInstant(context.now())});
}

void ApplyCancelOrder(const execution::OperationContext& context, const v1::CancelOrder& request,
                      state::StateTransaction& state, execution::Effects& effects) {
  const std::optional<OrderId> id = OrderId::FromBytes(request.order_id());
  const std::optional<v1::OrderPlace> place = id ? state.Get(kOrderPlaces, *id) : std::nullopt;
  std::optional<v1::Order> order = id ? FindOrder(state, *id) : std::nullopt;
  CAUSEWAY_CHECK(place.has_value() && order.has_value());
  const OrderKey key{InstrumentOf(place->isin()), place->dealing_date(), place->number()};
  ReleaseBlocked(context, *order, state, effects);
  SetStatus(*order, v1::ORDER_STATUS_CANCELLED, context.now());
  const ClassDayKey day_key{std::get<0>(key), std::get<1>(key)};
  std::optional<v1::ClassDay> day = state.Get(kClassDays, day_key);
  CAUSEWAY_CHECK(day.has_value(), "an order of a day that does not exist");
  v1::SideTotals& totals = TotalsOf(*day, order->side());
  totals.set_orders_cancelled(totals.orders_cancelled() + 1);
  state.Put(kClassDays, day_key, *day);
  Remove(state, key, *order);
  EmitOrder(effects, *order);
}

}  // namespace causeway::dealing
