// SPDX-License-Identifier: Apache-2.0
// Recovery: one account takes everything over from another of the same owner. Freezes, restrictions and lock-ups come
// along, so that nothing is unfrozen or unlocked by it.
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "contracts/transfers/events.h"
#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/holdings.h"
#include "contracts/transfers/lots.h"
#include "contracts/transfers/operations.h"
#include "contracts/transfers/rules.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::transfers {
namespace {

std::vector<HoldId> HoldsOf(const StateView& view, const AccountId& account) {
  std::vector<HoldId> holds;
  view.ForEach(kHoldsByAccount, std::tuple<AccountId>{account}, [&](const AccountHoldKey& key, const v1::IndexEntry&) {
    holds.push_back(std::get<1>(key));
    return static_cast<int>(holds.size()) <= kRecoveryHoldsMax;
  });
  return holds;
}

std::vector<InstrumentId> InstrumentsOf(const StateView& view, const AccountId& account) {
  std::vector<InstrumentId> held;
  view.ForEach(kBalances, std::tuple<AccountId>{account}, [&](const HoldingKey& key, const Balance&) {
    held.push_back(std::get<1>(key));
    return static_cast<int>(held.size()) <= kRecoveryHoldingsMax;
  });
  return held;
}

std::vector<std::pair<InstrumentId, v1::Freeze>> HoldingFreezesOf(const StateView& view, const AccountId& account) {
  std::vector<std::pair<InstrumentId, v1::Freeze>> freezes;
  view.ForEach(kHoldingFreezes, std::tuple<AccountId>{account}, [&](const HoldingKey& key, const v1::Freeze& freeze) {
    freezes.emplace_back(std::get<1>(key), freeze);
    return static_cast<int>(freezes.size()) <= kRecoveryHoldingsMax;
  });
  return freezes;
}

void AskSuccessor(const StateView& view, const AccountId& account, const AccountId& successor, Reasons& reasons) {
  const v1::Account closing = *FindAccount(view, account);
  const v1::Account taking = *FindAccount(view, successor);
  const bool fits = taking.owner() == closing.owner() && taking.keeper() == closing.keeper() && !taking.has_freeze() &&
                    InstrumentsOf(view, successor).empty() && HoldingFreezesOf(view, successor).empty();
  if (!fits) reasons.Add(v1::TRANSFERS_REASON_SUCCESSOR_INVALID, {successor.ToHex()});
}

void AskHolds(const StateView& view, const AccountId& account, Reasons& reasons) {
  const std::vector<HoldId> holds = HoldsOf(view, account);
  const bool fits = static_cast<int>(holds.size()) <= kRecoveryHoldsMax &&
                    static_cast<int>(InstrumentsOf(view, account).size()) <= kRecoveryHoldingsMax &&
                    static_cast<int>(HoldingFreezesOf(view, account).size()) <= kRecoveryHoldingsMax;
  if (!fits) reasons.Add(v1::TRANSFERS_REASON_RECOVERY_TOO_LARGE, {account.ToHex(), std::to_string(kRecoveryHoldsMax)});
  for (const HoldId& id : holds) {
    if (view.Get(kHolds, id)->controller() == v1::HOLD_CONTROLLER_PARTY) continue;
    reasons.Add(v1::TRANSFERS_REASON_HOLDS_PENDING, {account.ToHex(), id.ToHex()});
  }
}

// A hold keeps its id, its end and its controller; its units are the successor's.
void MoveHold(StateTransaction& state, const HoldId& id, const AccountId& successor) {
  StoredHold hold = LoadHold(state, id);
  state.Erase(kHoldsByAccount, AccountHoldKey{hold.account, id});
  state.Put(kHoldsByAccount, AccountHoldKey{successor, id}, v1::IndexEntry());
  if (hold.record.expires_us() != 0) {
    const Instant expires = Instant::FromMicros(hold.record.expires_us());
    state.Erase(kHoldExpiries, HoldExpiryKey{hold.account, hold.instrument, expires, id});
    state.Put(kHoldExpiries, HoldExpiryKey{successor, hold.instrument, expires, id}, v1::IndexEntry());
  }
  hold.record.set_account(successor.ToString());
  state.Put(kHolds, id, hold.record);
}

void MoveHolding(StateTransaction& state, const AccountId& account, const AccountId& successor,
                 const InstrumentId& instrument) {
  Balance balance = StoredBalance(state, account, instrument);
  MoveLots(state, account, successor, instrument);
  for (const Part part : {Part::kFree, Part::kBlocked, Part::kPledged, Part::kRestricted}) {
    const Amount amount = Of(balance, part);
    if (amount.IsZero()) continue;
    Debit(state, account, instrument, part, amount);
    Credit(state, successor, instrument, part, amount);
  }
}

// The account's freeze and attributes go to the successor, and the account names it.
void CloseInto(StateTransaction& state, const AccountId& account, const AccountId& successor) {
  v1::Account closing = *FindAccount(state, account);
  v1::Account taking = *FindAccount(state, successor);
  if (closing.has_freeze()) *taking.mutable_freeze() = closing.freeze();
  *taking.mutable_attributes() = closing.attributes();
  if (taking.commitment().empty()) taking.set_commitment(closing.commitment());
  closing.set_successor(successor.ToString());
  state.Put(kAccounts, account, closing);
  state.Put(kAccounts, successor, taking);
  for (const auto& [instrument, freeze] : HoldingFreezesOf(state, account)) {
    state.Erase(kHoldingFreezes, HoldingKey{account, instrument});
    state.Put(kHoldingFreezes, HoldingKey{successor, instrument}, freeze);
  }
}

}  // namespace

void Demand(const v1::RecoverAccount& request, const StateView& view, Demands& demands) {
  demands.role = v1::OFFICER_ROLE_COMPLY;
  demands.minimum_officers = 2;
  const std::optional<AccountId> account = AccountId::FromBytes(request.account());
  if (!account) return;
  demands.accounts = {*account};
  const std::optional<v1::Account> found = FindAccount(view, *account);
  if (found && !found->keeper().empty()) demands.acting_for = found->keeper();
}

void Check(const OperationContext&, const v1::RecoverAccount& request, const StateView& view, Reasons& reasons) {
  if (request.evidence_hash().empty()) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {"evidence_hash"});
  const std::optional<AccountId> account = AskAccountId(request.account(), "account", reasons);
  const std::optional<AccountId> successor = AskAccountId(request.successor(), "successor", reasons);
  const bool gives = account && AskAccount(view, *account, reasons);
  const bool takes = successor && AskAccount(view, *successor, reasons);
  if (gives && FindAccount(view, *account)->keeper().empty())
    reasons.Add(v1::TRANSFERS_REASON_NO_KEEPER, {account->ToHex()});
  if (gives) AskHolds(view, *account, reasons);
  if (!gives || !takes) return;
  if (*account == *successor) {
    reasons.Add(v1::TRANSFERS_REASON_SAME_ACCOUNT, {account->ToHex()});
  } else {
    AskSuccessor(view, *account, *successor, reasons);
  }
}

void Apply(const OperationContext& context, const v1::RecoverAccount& request, StateTransaction& state,
           Effects& effects) {
  const AccountId account = *AccountId::FromBytes(request.account());
  const AccountId successor = *AccountId::FromBytes(request.successor());
  for (const InstrumentId& instrument : InstrumentsOf(state, account)) {
    ReleaseExpired(context, state, effects, account, instrument);
    const Amount moved = StoredBalance(state, account, instrument).total;
    MoveHolding(state, account, successor, instrument);
    EmitMoved(state, effects, {account, successor, instrument, moved, std::nullopt, request.evidence_hash()});
  }
  for (const HoldId& hold : HoldsOf(state, account)) MoveHold(state, hold, successor);
  CloseInto(state, account, successor);

  v1::TransfersEvent event;
  v1::AccountRecovered& told = *event.mutable_account_recovered();
  told.set_account(request.account());
  told.set_successor(request.successor());
  told.set_evidence_hash(request.evidence_hash());
  Emit(effects, std::move(event));
}

}  // namespace causeway::transfers
