// SPDX-License-Identifier: Apache-2.0
// Lock-ups, inside this contract. A purchase under a lock-up rule makes a lot that unlocks after the rule's time. A
// holding's units are its locked lots and the rest; the rest leaves first, and blocked and pledged units are of the
// rest. If the rule has become shorter since, the shorter one counts; a longer one does not reach back.
//
// Invariant: a holding's lots are never more than its total without the blocked and pledged units.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_LOTS_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_LOTS_H_

#include <optional>
#include <vector>

#include "contracts/transfers/holdings.h"
#include "contracts/transfers/tables.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

// A holding's record keeps this many lots; then the two that unlock closest to each other become one, which unlocks
// with the later.
inline constexpr int kLotsMax = 128;

struct LockedLot {
  Instant purchased;
  Instant unlocks;
  Amount amount;
};

// The lock-up of a share class; nothing for one without, and for cash.
std::optional<Duration> LockUpOf(const state::StateView& view, const InstrumentId& instrument);

// The lots that are locked at `now`, ascending by unlocking.
std::vector<LockedLot> LockedLots(const state::StateView& view, const AccountId& account,
                                  const InstrumentId& instrument, Instant now);

// Adds a lot for units bought now, where the instrument has a lock-up rule.
void AddPurchase(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Instant now,
                 Amount amount);

// After units have left: forgets lots that have unlocked.
void DropUnlocked(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument,
                  Instant now);

// All lots of a holding become those of one that has none.
void MoveLots(state::StateTransaction& state, const AccountId& from, const AccountId& to,
              const InstrumentId& instrument);

// For movements that lock-ups do not stop: what of `amount` the unlocked units of the part (free or restricted) do not
// cover leaves the lots, those that unlock first, first, and joins the receiver's. Before the balances change, expired
// holds released.
void CarryLots(state::StateTransaction& state, const AccountId& from, const AccountId& to,
               const InstrumentId& instrument, Instant now, Part part, Amount amount);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_LOTS_H_
