// SPDX-License-Identifier: Apache-2.0
// Units against cash for one confirmed order: every reason is asked before anything moves, so an order settles whole or
// stays as it was.
#include <algorithm>

#include "contracts/dealing/orders.h"
#include "contracts/dealing/steps.h"
#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::dealing {
namespace {

// A part of an order's cash and where it goes.
struct Payment {
  AccountId to;
  Amount amount;
};

// The account that a record names, or the one that has taken over from it.
AccountId Resolved(const state::StateView& view, absl::string_view bytes) {
  return transfers::ResolveAccount(view, AccountOf(bytes));
}

// Where the gross amount goes: the fund or the investor, the fee's recipient, the residual account. Parts of nothing
// are left out, and of fee and residual what would stay where it is. The net amount never is: whoever pays himself has
// not paid.
std::vector<Payment> PaymentsOf(const state::StateView& view, const ClassTerms& terms, const v1::Order& order,
                                const AccountId& from, const AccountId& net_to) {
  const v1::Execution& execution = order.execution();
  const bool subscription = order.side() == v1::ORDER_SIDE_SUBSCRIPTION;
  std::vector<Payment> payments;
  const Amount fee = AmountOf(execution.fee_amount(), terms.cash_decimals);
  if (!fee.IsZero()) {
    const std::optional<v1::Fee> fee_terms =
        instruments::FeeOf(terms.record, subscription ? v1::FEE_SIDE_ENTRY : v1::FEE_SIDE_EXIT);
    // A class that dropped its fee since the order was priced leaves it in the fund.
    payments.push_back(
        {Resolved(view, fee_terms ? fee_terms->recipient_account_id() : terms.record.cash_account_id()), fee});
  }
  payments.push_back(
      {Resolved(view, terms.record.residual_account_id()), AmountOf(execution.residual_amount(), terms.cash_decimals)});
  payments.erase(std::remove_if(payments.begin(), payments.end(),
                                [&](const Payment& payment) { return payment.amount.IsZero() || payment.to == from; }),
                 payments.end());
  const Amount net = AmountOf(execution.net_amount(), terms.cash_decimals);
  if (!net.IsZero()) payments.insert(payments.begin(), {net_to, net});
  return payments;
}

std::vector<std::string> NamesOf(const Reasons& reasons) {
  std::vector<std::string> names;
  for (const Reason& reason : reasons) names.push_back(NameOf(reason.code));
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// Gives back what the order blocked and did not need.
void ReleaseRest(const execution::OperationContext& context, const v1::Order& order, state::StateTransaction& state,
                 execution::Effects& effects) {
  if (HasOwnHold(state, order, context.now())) transfers::ReleaseHold(context, state, effects, HoldOf(order));
}

std::vector<std::string> SettleSubscription(const execution::OperationContext& context, const ClassTerms& terms,
                                            Amount units_dealt, const v1::Order& order, state::StateTransaction& state,
                                            execution::Effects& effects) {
  constexpr transfers::Eligibility kHere = transfers::Eligibility::kLeftToCaller;
  const AccountId account = Resolved(state, order.account());
  const Amount units = AmountOf(order.execution().units(), terms.unit_decimals);
  const std::vector<Payment> payments =
      PaymentsOf(state, terms, order, AccountOf(order.cash_account()), Resolved(state, terms.record.cash_account_id()));
  Reasons reasons;
  transfers::CheckIssue(state, terms.isin, account, units, context.now(), reasons, kHere);
  // Orders of one day settle one after the other, and each is a larger share of the class before the others' than after
  // them: a share is asked of what the class comes to.
  if (transfers::FindAccount(state, account))
    transfers::CheckReceipt(state, account, std::nullopt, terms.isin, units, context.now(), reasons, units_dealt);
  for (const Payment& payment : payments)
    transfers::CheckExecuteHold(state, HoldOf(order), payment.to, payment.amount, context.now(), reasons);
  if (!reasons.empty()) return NamesOf(reasons);
  for (const Payment& payment : payments)
    transfers::ExecuteHold(context, state, effects, HoldOf(order), payment.to, payment.amount);
  transfers::Issue(context, state, effects, terms.isin, account, units, kHere);
  ReleaseRest(context, order, state, effects);
  return {};
}

std::vector<std::string> SettleRedemption(const execution::OperationContext& context, const ClassTerms& terms,
                                          const v1::Order& order, state::StateTransaction& state,
                                          execution::Effects& effects) {
  const AccountId fund = Resolved(state, terms.record.cash_account_id());
  const InstrumentId token = InstrumentOf(order.cash_token());
  const Amount units = AmountOf(order.execution().units(), terms.unit_decimals);
  const std::vector<Payment> payments = PaymentsOf(state, terms, order, fund, Resolved(state, order.cash_account()));
  Amount paid = Amount::Zero();
  Reasons reasons;
  if (!FundMayPay(state, terms, context.now())) reasons.Add(v1::DEALING_REASON_CASH_ACCOUNT_FOREIGN, {fund.ToHex()});
  transfers::CheckCancelHeld(state, HoldOf(order), units, context.now(), reasons);
  for (const Payment& payment : payments) {
    transfers::CheckMove(state, fund, payment.to, token, payment.amount, context.now(), reasons);
    paid = Add(paid, payment.amount).value_or(Amount::Max());
  }
  // Each part may be covered and not all together.
  if (paid > transfers::ReadAvailable(state, fund, token, context.now()) &&
      !reasons.Contains(v1::TRANSFERS_REASON_INSUFFICIENT_FREE))
    reasons.Add(v1::TRANSFERS_REASON_INSUFFICIENT_FREE, {});
  if (!reasons.empty()) {
    std::vector<std::string> names = NamesOf(reasons);
    // The fund is short of cash: the redemption waits for it.
    std::replace(names.begin(), names.end(), NameOf(v1::TRANSFERS_REASON_INSUFFICIENT_FREE),
                 NameOf(v1::DEALING_REASON_MONY));
    return names;
  }
  transfers::CancelHeld(context, state, effects, HoldOf(order), units);
  for (const Payment& payment : payments)
    transfers::Move(context, state, effects, fund, payment.to, token, payment.amount);
  ReleaseRest(context, order, state, effects);
  return {};
}

}  // namespace

std::vector<std::string> TrySettle(const execution::OperationContext& context, const ClassTerms& terms,
                                   Amount units_dealt, const v1::Order& order, state::StateTransaction& state,
                                   execution::Effects& effects) {
  if (governance::FindPause(state, governance::PauseKind::kInstrument, order.cash_token()))
    return {"INSTRUMENT_PAUSED"};
  if (!HasOwnHold(state, order, context.now())) return {NameOf(v1::TRANSFERS_REASON_UNKNOWN_HOLD)};
  return order.side() == v1::ORDER_SIDE_SUBSCRIPTION
             ? SettleSubscription(context, terms, units_dealt, order, state, effects)
             : SettleRedemption(context, terms, order, state, effects);
}

}  // namespace causeway::dealing
