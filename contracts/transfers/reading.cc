// SPDX-License-Identifier: Apache-2.0
// Reading what accounts hold. Expired holds that due work has not released yet are taken out of their parts here, so
// that no caller sees them.
#include <algorithm>
#include <utility>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/holdings.h"
#include "contracts/transfers/lots.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::transfers {

std::optional<v1::Account> FindAccount(const state::StateView& view, const AccountId& account) {
  return view.Get(kAccounts, account);
}

std::optional<std::string> OwnerOf(const state::StateView& view, const AccountId& account) {
  std::optional<v1::Account> found = FindAccount(view, account);
  if (!found) return std::nullopt;
  return std::move(*found->mutable_owner());
}

AccountId ResolveAccount(const state::StateView& view, const AccountId& account) {
  // Ends: a successor is open when it takes over, so no account is its own successor's successor.
  AccountId current = account;
  while (true) {
    const std::optional<v1::Account> found = FindAccount(view, current);
    const std::optional<AccountId> successor =
        found ? AccountId::FromBytes(found->successor()) : std::optional<AccountId>();
    if (!successor) return current;
    current = *successor;
  }
}

Balance ReadBalance(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                    Instant now) {
  Balance balance = StoredBalance(view, account, instrument);
  for (const HoldId& id : ExpiredHolds(view, account, instrument, now)) {
    const StoredHold hold = LoadHold(view, id);
    Amount& part = Of(balance, PartOf(hold.record.kind()));
    part = *Subtract(part, hold.amount);
    balance.free = *Add(balance.free, hold.amount);
  }
  return balance;
}

Amount ReadLocked(const state::StateView& view, const AccountId& account, const InstrumentId& instrument, Instant now) {
  Amount locked = Amount::Zero();
  for (const LockedLot& lot : LockedLots(view, account, instrument, now)) locked = *Add(locked, lot.amount);
  return locked;
}

Amount ReadAvailable(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                     Instant now) {
  const Amount free = ReadBalance(view, account, instrument, now).free;
  const Amount locked = ReadLocked(view, account, instrument, now);
  return std::max(Amount::Zero(), *Subtract(free, locked));
}

Supply ReadSupply(const state::StateView& view, const InstrumentId& instrument) {
  return view.Get(kSupplies, instrument).value_or(Supply());
}

std::optional<v1::Hold> FindHold(const state::StateView& view, const HoldId& hold, Instant now) {
  std::optional<v1::Hold> found = view.Get(kHolds, hold);
  if (!found || HasExpired(*found, now)) return std::nullopt;
  return found;
}

std::optional<v1::Freeze> FindFreeze(const state::StateView& view, const AccountId& account,
                                     const InstrumentId& instrument) {
  const std::optional<v1::Account> found = FindAccount(view, account);
  if (found && found->has_freeze()) return found->freeze();
  return view.Get(kHoldingFreezes, HoldingKey{account, instrument});
}

void ForEachHolding(const state::StateView& view, const InstrumentId& instrument, Instant now,
                    const std::optional<AccountId>& from,
                    const std::function<bool(const AccountId&, const Balance&)>& visit) {
  view.ForEachFrom(kRegister, std::tuple<InstrumentId>{instrument},
                   RegisterKey{instrument, from.value_or(AccountId::Zero())},
                   [&](const RegisterKey& key, const v1::IndexEntry&) {
                     const AccountId& account = std::get<1>(key);
                     return visit(account, ReadBalance(view, account, instrument, now));
                   });
}

void ForEachHoldingOf(const state::StateView& view, const AccountId& account, Instant now,
                      const std::function<bool(const InstrumentId&, const Balance&)>& visit) {
  view.ForEach(kBalances, std::tuple<AccountId>{account}, [&](const HoldingKey& key, const Balance&) {
    const InstrumentId& instrument = std::get<1>(key);
    return visit(instrument, ReadBalance(view, account, instrument, now));
  });
}

std::optional<Amount> ParseAmount(const state::StateView& view, const InstrumentId& instrument, absl::string_view text,
                                  Reasons& reasons) {
  const std::optional<int> decimals = instruments::DecimalsOf(view, instrument);
  if (!decimals) {
    reasons.Add(v1::TRANSFERS_REASON_UNKNOWN_INSTRUMENT, {instrument.ToString()});
    return std::nullopt;
  }
  const absl::StatusOr<Amount> amount = ParseDecimal(text, *decimals);
  if (!amount.ok() || !amount->IsPositive()) {
    reasons.Add(v1::TRANSFERS_REASON_AMOUNT_INVALID, {std::string(text), std::to_string(*decimals)});
    return std::nullopt;
  }
  return *amount;
}

std::string FormatAmount(const state::StateView& view, const InstrumentId& instrument, Amount amount) {
  const std::optional<int> decimals = instruments::DecimalsOf(view, instrument);
  CAUSEWAY_CHECK(decimals.has_value(), "no such instrument: ", instrument.ToString());
  return FormatDecimal(amount, *decimals);
}

}  // namespace causeway::transfers
