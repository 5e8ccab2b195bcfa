// SPDX-License-Identifier: Apache-2.0
// Taking and withdrawing orders, inside the contract `dealing`.

#ifndef CAUSEWAY_CONTRACTS_DEALING_ORDERS_H_
#define CAUSEWAY_CONTRACTS_DEALING_ORDERS_H_

#include <optional>

#include "contracts/dealing/books.h"
#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"

namespace causeway::dealing {

// An order as it would be accepted now.
struct Draft {
  ClassTerms terms;
  instruments::DealingDay day;
  v1::Order order;
  // What blocks its cash or units.
  transfers::HoldTerms hold;
};

// The order that a subscription or redemption makes on this view; adds every reason against it, and gives nothing where
// one stands.
std::optional<Draft> DraftOrder(const execution::OperationContext& context, const v1::Subscribe& request,
                                const state::StateView& view, Reasons& reasons);
std::optional<Draft> DraftOrder(const execution::OperationContext& context, const v1::Redeem& request,
                                const state::StateView& view, Reasons& reasons);

// What such an order blocks, as the policy gate judges it; the same as its draft blocks, where it has one.
std::optional<execution::Movement> MovementOf(const v1::Subscribe& message, const ClassTerms& terms);
std::optional<execution::Movement> MovementOf(const execution::OperationContext& context, const v1::Redeem& message,
                                              const ClassTerms& terms, const state::StateView& view);

// Accepts a draft that has no reason against it.
void Accept(const execution::OperationContext& context, const Draft& draft, state::StateTransaction& state,
            execution::Effects& effects);

void CheckCancelOrder(const execution::OperationContext& context, const v1::CancelOrder& request,
                      const state::StateView& view, Reasons& reasons);
void ApplyCancelOrder(const execution::OperationContext& context, const v1::CancelOrder& request,
                      state::StateTransaction& state, execution::Effects& effects);

// Reasons of `transfers` and of the eligibility rules as the messages of orders name them. `account` and `needed` are
// for the parameters.
struct Blame {
  v1::OrderSide side;
  std::string account;
  std::string asset;
  std::string needed;
  std::string available;
};
void AddAsOrderReasons(const Reasons& found, const Blame& blame, Reasons& reasons);

// "FROZEN" for a reason of any contract, without its enum's prefix; its number where it is not one of instruments or
// transfers.
std::string NameOf(uint32_t code);

}  // namespace causeway::dealing

#endif  // CAUSEWAY_CONTRACTS_DEALING_ORDERS_H_
