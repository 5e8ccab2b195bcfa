// SPDX-License-Identifier: Apache-2.0
// Issue and redemption of tokenized cash: a payment is booked once, and the supply changes with it.
#include <string>
#include <utility>

#include "contracts/cash/cash.h"
#include "contracts/cash/kinds.h"
#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"

namespace causeway::cash {
namespace {

using execution::Demands;
using execution::Effects;
using execution::OperationContext;
using state::StateTransaction;
using state::StateView;

constexpr uint32_t kContract = v1::Operation::kCash;

// The token, where the text names one (FIELD_INVALID, NOT_CASH).
std::optional<InstrumentId> AskToken(const StateView& view, const std::string& text, Reasons& reasons) {
  std::optional<InstrumentId> token = instruments::ParseId(text);
  if (!token) {
    reasons.Add(v1::CASH_REASON_FIELD_INVALID, {"instrument"});
  } else if (!instruments::FindCashToken(view, *token)) {
    reasons.Add(v1::CASH_REASON_NOT_CASH, {text});
    return std::nullopt;
  }
  return token;
}

std::string IssuerOf(const StateView& view, const InstrumentId& token) {
  return instruments::FindCashToken(view, token)->issuer();
}

void AskReference(const StateView& view, const InstrumentId& token, const std::string& reference, Reasons& reasons) {
  if (reference.empty() || reference.size() > kReferenceLengthMax) {
    reasons.Add(v1::CASH_REASON_REFERENCE_INVALID, {reference});
    return;
  }
  const std::optional<v1::Payment> booked = FindPayment(view, IssuerOf(view, token), reference);
  if (!booked) return;
  reasons.Add(v1::CASH_REASON_REFERENCE_USED, {reference, FormatInstant(Instant::FromMicros(booked->booked_us()))});
}

void DemandIssuer(const StateView& view, const std::string& instrument, Demands& demands) {
  const std::optional<InstrumentId> token = instruments::ParseId(instrument);
  if (!token) return;
  demands.instruments = {*token};
  demands.acting_for = instruments::KeeperOf(view, *token);
}

// Books the payment, and forgets it when its reference no longer matters.
void Book(const OperationContext& context, StateTransaction& state, Effects& effects, const InstrumentId& token,
          const std::string& reference, v1::PaymentDirection direction, const std::string& amount) {
  const std::string issuer = IssuerOf(state, token);
  v1::Payment payment;
  payment.set_direction(direction);
  payment.set_instrument(token.ToString());
  payment.set_amount(amount);
  payment.set_booked_us(context.now().micros());
  state.Put(kPayments, PaymentKey{issuer, reference}, payment);

  v1::PaymentExpiry expiry;
  expiry.set_issuer(issuer);
  expiry.set_payment_reference(reference);
  const Instant due = AddSaturating(context.now(), Duration::Days(kReferenceDays));
  execution::ScheduleDue(
      state, {due, issuer + "/" + reference, kContract, context.transaction_id, codec::SerializeCanonical(expiry)});

  v1::Event event;
  v1::PaymentBooked& told = *event.mutable_cash()->mutable_payment_booked();
  told.set_issuer(issuer);
  told.set_payment_reference(reference);
  told.set_direction(direction);
  told.set_instrument(token.ToString());
  told.set_amount(amount);
  effects.Emit(std::move(event));
}

// --- Issue ---

void Demand(const v1::IssueCash& request, const StateView& view, Demands& demands) {
  DemandIssuer(view, request.instrument(), demands);
}

void Check(const OperationContext& context, const v1::IssueCash& request, const StateView& view, Reasons& reasons) {
  const std::optional<AccountId> to = AccountId::FromBytes(request.to());
  if (!to) reasons.Add(v1::CASH_REASON_FIELD_INVALID, {"to"});
  const std::optional<InstrumentId> token = AskToken(view, request.instrument(), reasons);
  if (!token) return;
  AskReference(view, *token, request.payment_reference(), reasons);
  if (!instruments::IsOpenToEntry(view, *token)) reasons.Add(v1::CASH_REASON_CLOSED, {token->ToString()});
  const std::optional<Amount> amount = transfers::ParseAmount(view, *token, request.amount(), reasons);
  if (to && amount) transfers::CheckIssue(view, *token, *to, *amount, context.now(), reasons);
}

void Apply(const OperationContext& context, const v1::IssueCash& request, StateTransaction& state, Effects& effects) {
  Reasons none;
  const InstrumentId token = *instruments::ParseId(request.instrument());
  Book(context, state, effects, token, request.payment_reference(), v1::PAYMENT_DIRECTION_RECEIVED, request.amount());
  transfers::Issue(context, state, effects, token, *AccountId::FromBytes(request.to()),
                   *transfers::ParseAmount(state, token, request.amount(), none));
}

// --- Redemption ---

// The account must be the issuer's own.
void AskIssuersAccount(const StateView& view, const InstrumentId& token, const AccountId& account, Reasons& reasons) {
  const std::optional<std::string> owner = transfers::OwnerOf(view, account);
  if (owner && *owner != IssuerOf(view, token)) reasons.Add(v1::CASH_REASON_NOT_ISSUERS_ACCOUNT, {account.ToHex()});
}

// The hold must be of the token, and for the issuer to end.
void AskIssuersHold(const StateView& view, const InstrumentId& token, const HoldId& id, Instant now, Reasons& reasons) {
  const std::optional<v1::Hold> hold = transfers::FindHold(view, id, now);
  if (!hold) return;
  const bool fits = hold->instrument() == token.text() && hold->kind() == v1::HOLD_KIND_BLOCKED &&
                    hold->controller() == v1::HOLD_CONTROLLER_PARTY &&
                    hold->controller_party() == IssuerOf(view, token);
  if (!fits) reasons.Add(v1::CASH_REASON_NOT_ISSUERS_HOLD, {id.ToHex()});
}

void Demand(const v1::RedeemCash& request, const StateView& view, Demands& demands) {
  DemandIssuer(view, request.instrument(), demands);
  if (const std::optional<AccountId> from = AccountId::FromBytes(request.from())) demands.accounts = {*from};
}

void Check(const OperationContext& context, const v1::RedeemCash& request, const StateView& view, Reasons& reasons) {
  const std::optional<AccountId> from = AccountId::FromBytes(request.from());
  const std::optional<HoldId> hold = HoldId::FromBytes(request.hold());
  if (from.has_value() == hold.has_value()) reasons.Add(v1::CASH_REASON_FIELD_INVALID, {"from"});
  const std::optional<InstrumentId> token = AskToken(view, request.instrument(), reasons);
  if (!token) return;
  AskReference(view, *token, request.payment_reference(), reasons);
  const std::optional<Amount> amount = transfers::ParseAmount(view, *token, request.amount(), reasons);
  if (from.has_value() == hold.has_value()) return;
  if (from) AskIssuersAccount(view, *token, *from, reasons);
  if (hold) AskIssuersHold(view, *token, *hold, context.now(), reasons);
  if (from && amount) transfers::CheckCancel(view, *token, *from, *amount, context.now(), reasons);
  if (hold && amount) transfers::CheckCancelHeld(view, *hold, *amount, context.now(), reasons);
}

void Apply(const OperationContext& context, const v1::RedeemCash& request, StateTransaction& state, Effects& effects) {
  Reasons none;
  const InstrumentId token = *instruments::ParseId(request.instrument());
  const Amount amount = *transfers::ParseAmount(state, token, request.amount(), none);
  Book(context, state, effects, token, request.payment_reference(), v1::PAYMENT_DIRECTION_PAID, request.amount());
  if (const std::optional<HoldId> hold = HoldId::FromBytes(request.hold())) {
    transfers::CancelHeld(context, state, effects, *hold, amount);
  } else {
    transfers::Cancel(context, state, effects, token, *AccountId::FromBytes(request.from()), amount);
  }
}

class CashContract : public execution::Contract {
 public:
  const char* name() const override { return "cash"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kCash; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::CashReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override { return {state::InfoOf(kPayments)}; }

  Demands DemandsOf(const OperationContext& context, const StateView& view) const override {
    Demands demands;
    const v1::CashOperation& operation = context.operation->cash();
    demands.kind = operation.has_issue() ? "cash.issue" : operation.has_redeem() ? "cash.redeem" : "cash";
    if (operation.has_issue()) Demand(operation.issue(), view, demands);
    if (operation.has_redeem()) Demand(operation.redeem(), view, demands);
    return demands;
  }

  void Check(const OperationContext& context, const StateView& view, Reasons& reasons) const override {
    const v1::CashOperation& operation = context.operation->cash();
    if (operation.has_issue()) {
      cash::Check(context, operation.issue(), view, reasons);
    } else if (operation.has_redeem()) {
      cash::Check(context, operation.redeem(), view, reasons);
    } else {
      reasons.Add(v1::CASH_REASON_OPERATION_MISSING);
    }
  }

  void Apply(const OperationContext& context, StateTransaction& state, Effects& effects) const override {
    const v1::CashOperation& operation = context.operation->cash();
    if (operation.has_issue()) {
      cash::Apply(context, operation.issue(), state, effects);
    } else {
      cash::Apply(context, operation.redeem(), state, effects);
    }
  }

  // A payment's reference no longer matters: one unit of work.
  bool RunDue(const OperationContext&, const execution::DueItem& item, StateTransaction& state, Effects&,
              execution::WorkBudget& budget) const override {
    if (!budget.Take(1)) return false;
    const absl::StatusOr<v1::PaymentExpiry> expiry = codec::ParseTrusted<v1::PaymentExpiry>(item.payload);
    CAUSEWAY_CHECK(expiry.ok());
    state.Erase(kPayments, PaymentKey{expiry->issuer(), expiry->payment_reference()});
    return true;
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                                 const state::StateView& after) const override {
    return cash::ConcernsOf(event.cash(), before, after);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakeCashContract() {
  return std::make_unique<CashContract>();
}

}  // namespace causeway::cash
