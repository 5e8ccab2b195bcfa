// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/holdings.h"

#include <optional>
#include <string>

#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::transfers {
namespace {

void ChangeHolders(state::StateTransaction& state, const InstrumentId& instrument, bool joins) {
  Supply supply = ReadSupply(state, instrument);
  CAUSEWAY_CHECK(joins || supply.holders > 0, "no holder is left to leave");
  supply.holders = joins ? supply.holders + 1 : supply.holders - 1;
  state.Put(kSupplies, instrument, supply);
}

// Writes a balance whose total was `total_before`, and what follows from the total.
void Store(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument,
           const Balance& balance, Amount total_before) {
  const HoldingKey key{account, instrument};
  if (balance.total.IsZero()) {
    state.Erase(kBalances, key);
  } else {
    state.Put(kBalances, key, balance);
  }
  if (balance.total == total_before) return;

  if (total_before.IsZero()) {
    state.Put(kRegister, RegisterKey{instrument, account}, v1::IndexEntry());
    ChangeHolders(state, instrument, true);
  } else if (balance.total.IsZero()) {
    state.Erase(kRegister, RegisterKey{instrument, account});
    ChangeHolders(state, instrument, false);
  }

  const std::optional<std::string> owner = OwnerOf(state, account);
  CAUSEWAY_CHECK(owner.has_value(), "units of an account that does not exist");
  const OwnerHoldingKey owner_key{*owner, instrument};
  const OwnerHolding before = state.Get(kOwnerHoldings, owner_key).value_or(OwnerHolding());
  const OwnerHolding after{balance.total > total_before ? Plus(before.total, Minus(balance.total, total_before))
                                                        : Minus(before.total, Minus(total_before, balance.total))};
  if (after.total.IsZero()) {
    state.Erase(kOwnerHoldings, owner_key);
  } else {
    state.Put(kOwnerHoldings, owner_key, after);
  }
}

}  // namespace

Amount Plus(Amount a, Amount b) {
  const std::optional<Amount> sum = Add(a, b);
  CAUSEWAY_CHECK(sum.has_value(), "sum of units does not fit");
  return *sum;
}

Amount Minus(Amount a, Amount b) {
  CAUSEWAY_CHECK(!b.IsNegative() && a >= b, "fewer units than are taken");
  return *Subtract(a, b);
}

Part PartOf(v1::HoldKind kind) {
  switch (kind) {
    case v1::HOLD_KIND_BLOCKED:
      return Part::kBlocked;
    case v1::HOLD_KIND_PLEDGED:
      return Part::kPledged;
    case v1::HOLD_KIND_RESTRICTED:
      return Part::kRestricted;
    default:
      break;
  }
  CAUSEWAY_CHECK(false, "a hold without a kind");
  return Part::kBlocked;
}

Amount& Of(Balance& balance, Part part) {
  switch (part) {
    case Part::kFree:
      return balance.free;
    case Part::kBlocked:
      return balance.blocked;
    case Part::kPledged:
      return balance.pledged;
    case Part::kRestricted:
      break;
  }
  return balance.restricted;
}

Balance StoredBalance(const state::StateView& view, const AccountId& account, const InstrumentId& instrument) {
  return view.Get(kBalances, HoldingKey{account, instrument}).value_or(Balance());
}

void Credit(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Part part,
            Amount amount) {
  CAUSEWAY_CHECK(amount.IsPositive());
  Balance balance = StoredBalance(state, account, instrument);
  const Amount before = balance.total;
  Amount& credited = Of(balance, part);
  credited = Plus(credited, amount);
  balance.total = Plus(balance.total, amount);
  Store(state, account, instrument, balance, before);
}

void Debit(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Part part,
           Amount amount) {
  CAUSEWAY_CHECK(amount.IsPositive());
  Balance balance = StoredBalance(state, account, instrument);
  const Amount before = balance.total;
  Amount& debited = Of(balance, part);
  debited = Minus(debited, amount);
  balance.total = Minus(balance.total, amount);
  Store(state, account, instrument, balance, before);
}

void Shift(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Part from, Part to,
           Amount amount) {
  CAUSEWAY_CHECK(amount.IsPositive() && from != to);
  Balance balance = StoredBalance(state, account, instrument);
  Amount& debited = Of(balance, from);
  debited = Minus(debited, amount);
  Amount& credited = Of(balance, to);
  credited = Plus(credited, amount);
  Store(state, account, instrument, balance, balance.total);
}

void Enlarge(state::StateTransaction& state, const InstrumentId& instrument, Amount amount) {
  CAUSEWAY_CHECK(amount.IsPositive());
  Supply supply = ReadSupply(state, instrument);
  supply.issued = Plus(supply.issued, amount);
  state.Put(kSupplies, instrument, supply);
}

void Reduce(state::StateTransaction& state, const InstrumentId& instrument, Amount amount) {
  CAUSEWAY_CHECK(amount.IsPositive());
  Supply supply = ReadSupply(state, instrument);
  supply.issued = Minus(supply.issued, amount);
  state.Put(kSupplies, instrument, supply);
}

}  // namespace causeway::transfers
