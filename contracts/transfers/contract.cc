// SPDX-License-Identifier: Apache-2.0
// The contract as the pipeline knows it: chooses by the operation's kind, and releases holds when they expire.
#include <string>

#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/invariants.h"
#include "contracts/transfers/kinds.h"
#include "contracts/transfers/operations.h"
#include "contracts/transfers/tables.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"

namespace causeway::transfers {
namespace {

// Work units of a recovery, which may move kRecoveryHoldsMax holds; every other operation is one.
constexpr uint64_t kRecoveryWork = 400;

// Calls `visit` with the operation's message; false where it has none.
template <class Visit>
bool VisitOperation(const v1::TransfersOperation& operation, Visit&& visit) {
  switch (operation.kind_case()) {
    case v1::TransfersOperation::kOpenAccount:
      visit(operation.open_account());
      return true;
    case v1::TransfersOperation::kSetAttributes:
      visit(operation.set_attributes());
      return true;
    case v1::TransfersOperation::kTransfer:
      visit(operation.transfer());
      return true;
    case v1::TransfersOperation::kPlaceHold:
      visit(operation.place_hold());
      return true;
    case v1::TransfersOperation::kReleaseHold:
      visit(operation.release_hold());
      return true;
    case v1::TransfersOperation::kExecuteHold:
      visit(operation.execute_hold());
      return true;
    case v1::TransfersOperation::kFreezeAccount:
      visit(operation.freeze_account());
      return true;
    case v1::TransfersOperation::kUnfreezeAccount:
      visit(operation.unfreeze_account());
      return true;
    case v1::TransfersOperation::kRestrictUnits:
      visit(operation.restrict_units());
      return true;
    case v1::TransfersOperation::kLiftRestriction:
      visit(operation.lift_restriction());
      return true;
    case v1::TransfersOperation::kForcedTransfer:
      visit(operation.forced_transfer());
      return true;
    case v1::TransfersOperation::kRecoverAccount:
      visit(operation.recover_account());
      return true;
    case v1::TransfersOperation::KIND_NOT_SET:
      break;
  }
  return false;
}

// "transfers.open_account": the name of the oneof's member.
std::string KindName(const v1::TransfersOperation& operation) {
  const google::protobuf::FieldDescriptor* field =
      v1::TransfersOperation::descriptor()->FindFieldByNumber(static_cast<int>(operation.kind_case()));
  return field == nullptr ? "transfers" : "transfers." + field->name();
}

class TransfersContract : public execution::Contract {
 public:
  const char* name() const override { return "transfers"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kTransfers; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::TransfersReason_descriptor(); }

  std::vector<state::TableInfo> tables() const override {
    return {state::InfoOf(kAccounts),       state::InfoOf(kBalances),     state::InfoOf(kHolds),
            state::InfoOf(kHoldExpiries),   state::InfoOf(kSupplies),     state::InfoOf(kRegister),
            state::InfoOf(kHoldingFreezes), state::InfoOf(kLots),         state::InfoOf(kAccountsByOwner),
            state::InfoOf(kHoldsByAccount), state::InfoOf(kOwnerHoldings)};
  }

  Demands DemandsOf(const OperationContext& context, const StateView& view) const override {
    Demands demands;
    demands.kind = KindName(context.operation->transfers());
    VisitOperation(context.operation->transfers(), [&](const auto& request) { Demand(request, view, demands); });
    return demands;
  }

  void Check(const OperationContext& context, const StateView& view, Reasons& reasons) const override {
    const bool asks = VisitOperation(context.operation->transfers(),
                                     [&](const auto& request) { transfers::Check(context, request, view, reasons); });
    if (!asks) reasons.Add(v1::TRANSFERS_REASON_OPERATION_MISSING);
  }

  void Apply(const OperationContext& context, StateTransaction& state, Effects& effects) const override {
    const bool asks = VisitOperation(context.operation->transfers(),
                                     [&](const auto& request) { transfers::Apply(context, request, state, effects); });
    CAUSEWAY_CHECK(asks);
  }

  uint64_t WorkOf(const OperationContext& context, const StateView&) const override {
    return context.operation->transfers().has_recover_account() ? kRecoveryWork : 1;
  }

  // A hold expires: one unit of work. Its units may have been released already by a movement that came first.
  bool RunDue(const OperationContext& context, const execution::DueItem& item, StateTransaction& state,
              Effects& effects, execution::WorkBudget& budget) const override {
    if (!budget.Take(1)) return false;
    const absl::StatusOr<v1::ReleaseHold> due = codec::ParseTrusted<v1::ReleaseHold>(item.payload);
    CAUSEWAY_CHECK(due.ok());
    const std::optional<HoldId> id = HoldId::FromBytes(due->hold());
    CAUSEWAY_CHECK(id.has_value());
    if (!state.Has(kHolds, *id)) return true;
    const StoredHold hold = LoadHold(state, *id);
    if (HasExpired(hold.record, context.now())) EndHold(state, effects, hold, true);
    return true;
  }

  void CheckInvariants(const StateTransaction& after, std::vector<execution::Violation>& violations) const override {
    CheckHoldings(after, violations);
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                                 const state::StateView& after) const override {
    return transfers::ConcernsOf(event.transfers(), before, after);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakeTransfersContract() {
  return std::make_unique<TransfersContract>();
}

}  // namespace causeway::transfers
