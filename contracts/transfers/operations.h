// SPDX-License-Identifier: Apache-2.0
// The operations of this contract: for each what it demands of its submitter, what stands against it, and what it does.
// Overloads by the operation's message, so that contract.cc chooses by the oneof alone.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_OPERATIONS_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_OPERATIONS_H_

#include "causeway/v1/transfers.pb.h"
#include "ledger/base/reason.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

// One recovery moves at most this many holdings, and this many holds.
inline constexpr int kRecoveryHoldingsMax = 64;
inline constexpr int kRecoveryHoldsMax = 256;
// An account carries at most this many attributes of one attester, so that none can take the place of another's; each
// name and value is at most this long.
inline constexpr int kAttributesMax = 32;
inline constexpr size_t kAttributeLengthMax = 64;

using execution::Demands;
using execution::Effects;
using execution::OperationContext;
using state::StateTransaction;
using state::StateView;

// --- accounts.cc ---
void Demand(const v1::OpenAccount& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::OpenAccount& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::OpenAccount& request, StateTransaction& state, Effects& effects);
void Demand(const v1::SetAttributes& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::SetAttributes& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::SetAttributes& request, StateTransaction& state,
           Effects& effects);

// --- client_movements.cc ---
void Demand(const v1::Transfer& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::Transfer& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::Transfer& request, StateTransaction& state, Effects& effects);
void Demand(const v1::PlaceHold& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::PlaceHold& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::PlaceHold& request, StateTransaction& state, Effects& effects);
void Demand(const v1::ReleaseHold& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::ReleaseHold& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::ReleaseHold& request, StateTransaction& state, Effects& effects);
void Demand(const v1::ExecuteHold& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::ExecuteHold& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::ExecuteHold& request, StateTransaction& state, Effects& effects);

// --- freezes.cc ---
void Demand(const v1::FreezeAccount& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::FreezeAccount& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::FreezeAccount& request, StateTransaction& state,
           Effects& effects);
void Demand(const v1::UnfreezeAccount& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::UnfreezeAccount& request, const StateView& view,
           Reasons& reasons);
void Apply(const OperationContext& context, const v1::UnfreezeAccount& request, StateTransaction& state,
           Effects& effects);
void Demand(const v1::RestrictUnits& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::RestrictUnits& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::RestrictUnits& request, StateTransaction& state,
           Effects& effects);
void Demand(const v1::LiftRestriction& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::LiftRestriction& request, const StateView& view,
           Reasons& reasons);
void Apply(const OperationContext& context, const v1::LiftRestriction& request, StateTransaction& state,
           Effects& effects);

// --- keeper_movements.cc ---
void Demand(const v1::ForcedTransfer& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::ForcedTransfer& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::ForcedTransfer& request, StateTransaction& state,
           Effects& effects);

// --- recovery.cc ---
void Demand(const v1::RecoverAccount& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::RecoverAccount& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::RecoverAccount& request, StateTransaction& state,
           Effects& effects);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_OPERATIONS_H_
