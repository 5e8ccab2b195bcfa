// SPDX-License-Identifier: Apache-2.0
// How balances change, inside this contract: every change of a balance goes through one of these four functions, which
// keep the register, the owner's sum and the supply's count of holders beside it. They know no rules: whoever calls
// them has asked those.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_HOLDINGS_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_HOLDINGS_H_

#include "contracts/transfers/tables.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

// Sums and differences of units that the rules keep within 128 bits, and not below zero (checked).
Amount Plus(Amount a, Amount b);
Amount Minus(Amount a, Amount b);

enum class Part { kFree, kBlocked, kPledged, kRestricted };

// The part that a hold of this kind makes up; not for UNSPECIFIED (checked).
Part PartOf(v1::HoldKind kind);
Amount& Of(Balance& balance, Part part);

// The balance as it is stored: what expired holds block is still in its part.
Balance StoredBalance(const state::StateView& view, const AccountId& account, const InstrumentId& instrument);

// Adds to a part and to the total. The sum fits (checked).
void Credit(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Part part,
            Amount amount);
// Takes from a part and from the total. The part has as much (checked).
void Debit(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Part part,
           Amount amount);
// Moves between parts of one balance. The part has as much (checked).
void Shift(state::StateTransaction& state, const AccountId& account, const InstrumentId& instrument, Part from, Part to,
           Amount amount);

// Units come into being or end. The supply fits, and is not negative (checked).
void Enlarge(state::StateTransaction& state, const InstrumentId& instrument, Amount amount);
void Reduce(state::StateTransaction& state, const InstrumentId& instrument, Amount amount);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_HOLDINGS_H_
