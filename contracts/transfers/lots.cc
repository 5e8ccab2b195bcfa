// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/lots.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/eligibility.h"
#include "contracts/transfers/holdings.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::transfers {
namespace {

std::vector<LockedLot> Stored(const state::StateView& view, const AccountId& account, const InstrumentId& instrument) {
  std::vector<LockedLot> lots;
  const std::optional<v1::Lots> record = view.Get(kLots, HoldingKey{account, instrument});
  if (!record) return lots;
  const std::optional<int> decimals = instruments::DecimalsOf(view, instrument);
  CAUSEWAY_CHECK(decimals.has_value());
  for (const v1::Lot& lot : record->lots()) {
    const absl::StatusOr<Amount> amount = ParseDecimal(lot.amount(), *decimals);
    CAUSEWAY_CHECK(amount.ok());
    lots.push_back({Instant::FromMicros(lot.purchased_us()), Instant::FromMicros(lot.unlocks_us()), *amount});
  }
  return lots;
}

// Of amounts that are not negative, so that the difference fits.
Amount Difference(Amount a, Amount b) {
  return *Subtract(a, b);
}

Amount Total(const std::vector<LockedLot>& lots) {
  Amount total = Amount::Zero();
  for (const LockedLot& lot : lots) total = Plus(total, lot.amount);
  return total;
}

// Two neighbours become one that unlocks with the later of them.
void MergeClosest(std::vector<LockedLot>& lots) {
  size_t closest = 1;
  for (size_t i = 1; i < lots.size(); ++i) {
    const auto gap = [&](size_t at) { return lots[at].unlocks.micros() - lots[at - 1].unlocks.micros(); };
    if (gap(i) < gap(closest)) closest = i;
  }
  lots[closest].amount = Plus(lots[closest - 1].amount, lots[closest].amount);
  lots.erase(lots.begin() + static_cast<std::ptrdiff_t>(closest) - 1);
}

void Store(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument,
           std::vector<LockedLot> lots) {
  const HoldingKey key{account, instrument};
  if (lots.empty()) {
    state.Erase(kLots, key);
    return;
  }
  std::sort(lots.begin(), lots.end(), [](const LockedLot& a, const LockedLot& b) {
    return std::tie(a.unlocks, a.purchased, a.amount) < std::tie(b.unlocks, b.purchased, b.amount);
  });
  while (lots.size() > static_cast<size_t>(kLotsMax)) MergeClosest(lots);
  v1::Lots record;
  for (const LockedLot& lot : lots) {
    v1::Lot* stored = record.add_lots();
    stored->set_purchased_us(lot.purchased.micros());
    stored->set_unlocks_us(lot.unlocks.micros());
    stored->set_amount(FormatAmount(state, instrument, lot.amount));
  }
  state.Put(kLots, key, record);
}

// How many locked units must leave with `amount` of a part so that the lots still find their units in what stays.
Amount NeededOfLots(const Balance& balance, Amount locked, Part part, Amount amount) {
  const Amount aside = Plus(balance.blocked, balance.pledged);
  const Amount unlocked =
      part == Part::kFree ? Difference(balance.free, locked) : Difference(Difference(balance.total, aside), locked);
  return std::max(Amount::Zero(), Difference(amount, std::max(Amount::Zero(), unlocked)));
}

void Join(std::vector<LockedLot>& lots, const LockedLot& joining) {
  for (LockedLot& lot : lots) {
    if (lot.purchased != joining.purchased || lot.unlocks != joining.unlocks) continue;
    lot.amount = Plus(lot.amount, joining.amount);
    return;
  }
  lots.push_back(joining);
}

}  // namespace

std::optional<Duration> LockUpOf(const state::StateView& view, const InstrumentId& instrument) {
  const std::optional<v1::ShareClass> share_class = instruments::FindShareClass(view, instrument);
  if (!share_class) return std::nullopt;
  for (const v1::EligibilityRule& rule : share_class->eligibility()) {
    if (rule.has_lock_up()) return Duration::Micros(rule.lock_up().duration_us());
  }
  return std::nullopt;
}

std::vector<LockedLot> LockedLots(const state::StateView& view, const AccountId& account,
                                  const InstrumentId& instrument, Instant now) {
  std::vector<LockedLot> lots = Stored(view, account, instrument);
  if (lots.empty()) return lots;
  const std::optional<Duration> lock_up = LockUpOf(view, instrument);
  if (!lock_up) return {};
  for (LockedLot& lot : lots) lot.unlocks = std::min(lot.unlocks, AddSaturating(lot.purchased, *lock_up));
  std::erase_if(lots, [now](const LockedLot& lot) { return lot.unlocks <= now; });
  std::stable_sort(lots.begin(), lots.end(),
                   [](const LockedLot& a, const LockedLot& b) { return a.unlocks < b.unlocks; });
  return lots;
}

void AddPurchase(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Instant now,
                 Amount amount) {
  const std::optional<Duration> lock_up = LockUpOf(state, instrument);
  if (!lock_up || IsExempt(state, account, instrument)) return;
  std::vector<LockedLot> lots = LockedLots(state, account, instrument, now);
  Join(lots, {now, AddSaturating(now, *lock_up), amount});
  Store(state, account, instrument, std::move(lots));
}

void DropUnlocked(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument,
                  Instant now) {
  const std::vector<LockedLot> stored = Stored(state, account, instrument);
  if (stored.empty()) return;
  std::vector<LockedLot> locked = LockedLots(state, account, instrument, now);
  if (locked.size() < stored.size()) Store(state, account, instrument, std::move(locked));
}

void MoveLots(state::StateTransaction& state, const AccountId& from, const AccountId& to,
              const InstrumentId& instrument) {
  const std::optional<v1::Lots> record = state.Get(kLots, HoldingKey{from, instrument});
  if (!record) return;
  CAUSEWAY_CHECK(!state.Has(kLots, HoldingKey{to, instrument}));
  state.Erase(kLots, HoldingKey{from, instrument});
  state.Put(kLots, HoldingKey{to, instrument}, *record);
}

void CarryLots(state::StateTransaction& state, const AccountId& from, const AccountId& to,
               const InstrumentId& instrument, Instant now, Part part, Amount amount) {
  std::vector<LockedLot> kept = LockedLots(state, from, instrument, now);
  if (kept.empty()) return;
  const Balance balance = StoredBalance(state, from, instrument);
  Amount needed = NeededOfLots(balance, Total(kept), part, amount);
  std::vector<LockedLot> received = LockedLots(state, to, instrument, now);
  for (LockedLot& lot : kept) {
    const Amount taken = std::min(needed, lot.amount);
    if (taken.IsZero()) break;
    needed = Difference(needed, taken);
    Join(received, {lot.purchased, lot.unlocks, taken});
    lot.amount = Difference(lot.amount, taken);
  }
  std::erase_if(kept, [](const LockedLot& lot) { return lot.amount.IsZero(); });
  Store(state, from, instrument, std::move(kept));
  if (!IsExempt(state, to, instrument)) Store(state, to, instrument, std::move(received));
}

}  // namespace causeway::transfers
