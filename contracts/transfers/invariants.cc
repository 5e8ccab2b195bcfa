// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/invariants.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/holdings.h"
#include "contracts/transfers/tables.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::transfers {
namespace {

using execution::Violation;

// A sum of changes. Amounts here stay far within 128 bits in a sound state; where a sum does not, that is a violation
// itself.
class Delta {
 public:
  void Plus(Amount amount) {
    const std::optional<Amount> sum = Add(sum_, amount);
    fits_ = fits_ && sum.has_value();
    sum_ = sum.value_or(sum_);
  }
  void Minus(Amount amount) {
    const std::optional<Amount> difference = Subtract(sum_, amount);
    fits_ = fits_ && difference.has_value();
    sum_ = difference.value_or(sum_);
  }
  friend bool operator==(const Delta& a, const Delta& b) { return a.fits_ && b.fits_ && a.sum_ == b.sum_; }
  bool IsNotNegative() const { return fits_ && !sum_.IsNegative(); }
  std::string ToString() const { return fits_ ? MinorText(sum_) : std::string("more than 128 bits"); }

 private:
  Amount sum_ = Amount::Zero();
  bool fits_ = true;
};

// The changes of one holding's parts that are made of holds, by balances or by holds.
struct PartDeltas {
  Delta blocked;
  Delta pledged;
  Delta restricted;

  Delta& Of(v1::HoldKind kind) {
    if (kind == v1::HOLD_KIND_BLOCKED) return blocked;
    return kind == v1::HOLD_KIND_PLEDGED ? pledged : restricted;
  }
};

// What the transaction changed, summed up.
struct Sums {
  std::map<InstrumentId, Delta> totals;
  std::map<InstrumentId, int64_t> holders;
  std::map<OwnerHoldingKey, Delta> owners;
  std::map<HoldingKey, PartDeltas> by_balances;
  std::map<HoldingKey, PartDeltas> by_holds;
};

// Visits the changed keys of a table with the records before and after.
template <class Key, class Record, class Visit>
void ForEachChange(const state::StateTransaction& after, const state::Table<Key, Record>& table, Visit&& visit) {
  for (auto change = after.changes().lower_bound({table.id, std::string()});
       change != after.changes().end() && change->first.table == table.id; ++change) {
    const std::optional<Key> key = state::DecodeKey<Key>(change->first.key);
    CAUSEWAY_CHECK(key.has_value());
    visit(*key, after.parent().Get(table, *key), after.Get(table, *key));
  }
}

void CheckParts(const HoldingKey& key, const Balance& balance, std::vector<Violation>& violations) {
  const InstrumentId& instrument = std::get<1>(key);
  const std::optional<Amount> sum = Sum({balance.free, balance.blocked, balance.pledged, balance.restricted});
  const bool negative = balance.free.IsNegative() || balance.blocked.IsNegative() || balance.pledged.IsNegative() ||
                        balance.restricted.IsNegative();
  if (sum && *sum == balance.total && !negative) return;
  violations.push_back(
      {absl::StrCat("balance of ", std::get<0>(key).ToHex(), ": total ", MinorText(balance.total), ", free ",
                    MinorText(balance.free), ", blocked ", MinorText(balance.blocked), ", pledged ",
                    MinorText(balance.pledged), ", restricted ", MinorText(balance.restricted)),
       instrument});
}

// The register lists a holding exactly where there is something.
void CheckListed(const state::StateView& view, const HoldingKey& key, bool holds, std::vector<Violation>& violations) {
  const auto& [account, instrument] = key;
  if (view.Has(kRegister, RegisterKey{instrument, account}) == holds) return;
  violations.push_back({absl::StrCat("register ", holds ? "lacks " : "lists ", account.ToHex()), instrument});
}

void SumBalances(const state::StateTransaction& after, Sums& sums, std::vector<Violation>& violations) {
  ForEachChange(
      after, kBalances,
      [&](const HoldingKey& key, const std::optional<Balance>& old, const std::optional<Balance>& changed) {
        const auto& [account, instrument] = key;
        const Balance before = old.value_or(Balance());
        const Balance now = changed.value_or(Balance());
        CheckParts(key, now, violations);
        if (changed && changed->total.IsZero())
          violations.push_back({absl::StrCat("record of an empty holding of ", account.ToHex()), instrument});
        CheckListed(after, key, !now.total.IsZero(), violations);

        Delta& total = sums.totals[instrument];
        total.Plus(now.total);
        total.Minus(before.total);
        sums.holders[instrument] += (now.total.IsZero() ? 0 : 1) - (before.total.IsZero() ? 0 : 1);
        const std::optional<v1::Account> found = after.Get(kAccounts, account);
        Delta& owned = sums.owners[{found ? found->owner() : std::string(), instrument}];
        owned.Plus(now.total);
        owned.Minus(before.total);

        PartDeltas& parts = sums.by_balances[key];
        for (const v1::HoldKind kind : {v1::HOLD_KIND_BLOCKED, v1::HOLD_KIND_PLEDGED, v1::HOLD_KIND_RESTRICTED}) {
          Balance was = before;
          Balance is = now;
          parts.Of(kind).Plus(Of(is, PartOf(kind)));
          parts.Of(kind).Minus(Of(was, PartOf(kind)));
        }
      });
}

// Adds a hold's amount to its holding's sums, or takes it from them.
void CountHold(const state::StateView& view, const v1::Hold& hold, bool gone, Sums& sums,
               std::vector<Violation>& violations) {
  const std::optional<AccountId> account = AccountId::FromBytes(hold.account());
  const std::optional<InstrumentId> instrument = instruments::ParseId(hold.instrument());
  const std::optional<int> decimals = instrument ? instruments::DecimalsOf(view, *instrument) : std::nullopt;
  const absl::StatusOr<Amount> amount = ParseDecimal(hold.amount(), decimals.value_or(0));
  if (!account || !decimals || !amount.ok() || !amount->IsPositive()) {
    violations.push_back({"a hold without account, instrument or amount", instrument});
    return;
  }
  Delta& part = sums.by_holds[{*account, *instrument}].Of(hold.kind());
  if (gone) {
    part.Minus(*amount);
  } else {
    part.Plus(*amount);
  }
}

void SumHolds(const state::StateTransaction& after, Sums& sums, std::vector<Violation>& violations) {
  ForEachChange(after, kHolds,
                [&](const HoldId&, const std::optional<v1::Hold>& old, const std::optional<v1::Hold>& changed) {
                  if (old) CountHold(after, *old, true, sums, violations);
                  if (changed) CountHold(after, *changed, false, sums, violations);
                });
}

void CheckHolds(Sums& sums, std::vector<Violation>& violations) {
  for (const auto& [key, by_holds] : sums.by_holds) sums.by_balances.try_emplace(key);
  for (const auto& [key, by_balances] : sums.by_balances) {
    const PartDeltas& by_holds = sums.by_holds[key];
    if (by_balances.blocked == by_holds.blocked && by_balances.pledged == by_holds.pledged &&
        by_balances.restricted == by_holds.restricted)
      continue;
    violations.push_back(
        {absl::StrCat("holds of ", std::get<0>(key).ToHex(), ": blocked ", by_balances.blocked.ToString(), " and ",
                      by_holds.blocked.ToString(), ", pledged ", by_balances.pledged.ToString(), " and ",
                      by_holds.pledged.ToString(), ", restricted ", by_balances.restricted.ToString(), " and ",
                      by_holds.restricted.ToString()),
         std::get<1>(key)});
  }
}

void CheckSupplies(const state::StateTransaction& after, Sums& sums, std::vector<Violation>& violations) {
  std::map<InstrumentId, Delta> issued;
  std::map<InstrumentId, int64_t> holders;
  ForEachChange(
      after, kSupplies,
      [&](const InstrumentId& instrument, const std::optional<Supply>& old, const std::optional<Supply>& changed) {
        const Supply before = old.value_or(Supply());
        const Supply now = changed.value_or(Supply());
        issued[instrument].Plus(now.issued);
        issued[instrument].Minus(before.issued);
        holders[instrument] = static_cast<int64_t>(now.holders) - static_cast<int64_t>(before.holders);
        sums.totals.try_emplace(instrument);
        if (now.issued.IsNegative()) violations.push_back({"a negative number of units in issue", instrument});
      });
  for (const auto& [instrument, held] : sums.totals) {
    if (!(held == issued[instrument]))
      violations.push_back(
          {absl::StrCat("holdings changed by ", held.ToString(), ", units in issue by ", issued[instrument].ToString()),
           instrument});
    if (sums.holders[instrument] != holders[instrument])
      violations.push_back(
          {absl::StrCat("holders changed by ", sums.holders[instrument], ", their count by ", holders[instrument]),
           instrument});
  }
}

void CheckOwners(const state::StateTransaction& after, Sums& sums, std::vector<Violation>& violations) {
  std::map<OwnerHoldingKey, Delta> stored;
  ForEachChange(after, kOwnerHoldings,
                [&](const OwnerHoldingKey& key, const std::optional<OwnerHolding>& old,
                    const std::optional<OwnerHolding>& changed) {
                  stored[key].Plus(changed.value_or(OwnerHolding()).total);
                  stored[key].Minus(old.value_or(OwnerHolding()).total);
                  sums.owners.try_emplace(key);
                });
  for (const auto& [key, summed] : sums.owners) {
    if (summed == stored[key]) continue;
    violations.push_back({absl::StrCat("holding of ", std::get<0>(key), " changed by ", stored[key].ToString(),
                                       ", its accounts by ", summed.ToString()),
                          std::get<1>(key)});
  }
}

// Locked units are there, and not among the blocked and pledged ones.
void CheckLots(const state::StateTransaction& after, const HoldingKey& key, std::vector<Violation>& violations) {
  const std::optional<v1::Lots> lots = after.Get(kLots, key);
  if (!lots) return;
  const std::optional<int> decimals = instruments::DecimalsOf(after, std::get<1>(key));
  const Balance balance = StoredBalance(after, std::get<0>(key), std::get<1>(key));
  Delta room;
  room.Plus(balance.total);
  room.Minus(balance.blocked);
  room.Minus(balance.pledged);
  Delta locked;
  bool sound = decimals.has_value();
  for (const v1::Lot& lot : lots->lots()) {
    const absl::StatusOr<Amount> amount = ParseDecimal(lot.amount(), decimals.value_or(0));
    sound = sound && amount.ok() && amount->IsPositive();
    if (!sound) break;
    locked.Plus(*amount);
    room.Minus(*amount);
  }
  if (sound && room.IsNotNegative()) return;
  violations.push_back({absl::StrCat("lots of ", std::get<0>(key).ToHex(), ": ", locked.ToString(), " locked, ",
                                     room.ToString(), " left"),
                        std::get<1>(key)});
}

void CheckAllLots(const state::StateTransaction& after, const Sums& sums, std::vector<Violation>& violations) {
  for (const auto& [key, deltas] : sums.by_balances) CheckLots(after, key, violations);
  ForEachChange(after, kLots,
                [&](const HoldingKey& key, const std::optional<v1::Lots>&, const std::optional<v1::Lots>&) {
                  if (!sums.by_balances.contains(key)) CheckLots(after, key, violations);
                });
}

}  // namespace

void CheckHoldings(const state::StateTransaction& after, std::vector<Violation>& violations) {
  Sums sums;
  SumBalances(after, sums, violations);
  SumHolds(after, sums, violations);
  CheckHolds(sums, violations);
  CheckSupplies(after, sums, violations);
  CheckOwners(after, sums, violations);
  CheckAllLots(after, sums, violations);
}

}  // namespace causeway::transfers
