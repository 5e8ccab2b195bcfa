// SPDX-License-Identifier: Apache-2.0
// The records of holds, inside this contract: reading them as numbers, and the four changes that a hold can see, each
// with its balance, indexes and due work. They know no rules.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_HOLD_RECORDS_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_HOLD_RECORDS_H_

#include <vector>

#include "contracts/transfers/tables.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

// A hold's record with its fields as what they are.
struct StoredHold {
  HoldId id;
  v1::Hold record;
  AccountId account;
  InstrumentId instrument;
  Amount amount;
};

// The hold of this id, expired or not; it exists (checked).
StoredHold LoadHold(const state::StateView& view, const HoldId& id);
bool HasExpired(const v1::Hold& hold, Instant now);
// The holds of a holding that are stored and have expired, in order of expiry.
std::vector<HoldId> ExpiredHolds(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                                 Instant now);

// A new hold: moves its amount from free to the hold's part. There is none of this id (checked).
void AddHold(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
             const HoldId& id, const v1::Hold& record);
// Gives all that is held back to free.
void EndHold(state::StateTransaction& state, execution::Effects& effects, const StoredHold& hold, bool expired);
// `amount` of what is held is gone from the balance; a hold of nothing is erased. The balance is the caller's.
void ShrinkHold(state::StateTransaction& state, const StoredHold& hold, Amount amount);

// Ends the holding's expired holds. Before units leave free.
void ReleaseExpired(const execution::OperationContext& context, state::StateTransaction& state,
                    execution::Effects& effects, const AccountId& account, const InstrumentId& instrument);
// Ends the hold of this id, which has expired where there is one (checked): it may be another holding's. Before a hold
// of the id is added.
void ReleaseExpiredId(state::StateTransaction& state, execution::Effects& effects, const HoldId& id);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_HOLD_RECORDS_H_
