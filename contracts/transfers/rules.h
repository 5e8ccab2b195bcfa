// SPDX-License-Identifier: Apache-2.0
// Questions that several operations of this contract ask. Each adds its reason and says whether the answer was good.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_RULES_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_RULES_H_

#include <optional>

#include "absl/strings/string_view.h"

#include "contracts/transfers/tables.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/base/reason.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

// Holdings exist in it (UNKNOWN_INSTRUMENT).
bool AskInstrument(const state::StateView& view, const InstrumentId& instrument, Reasons& reasons);
// It exists and is not closed (UNKNOWN_ACCOUNT, ACCOUNT_CLOSED).
bool AskAccount(const state::StateView& view, const AccountId& account, Reasons& reasons);
// Neither account nor holding is frozen (DOCC, FROZEN).
bool AskNotFrozen(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                  Reasons& reasons);
// An amount that a caller made, not a client: positive (AMOUNT_INVALID).
bool AskPositive(const state::StateView& view, const InstrumentId& instrument, Amount amount, Reasons& reasons);
// As many are free, locked up or not (INSUFFICIENT_FREE).
bool AskFree(const state::StateView& view, const AccountId& account, const InstrumentId& instrument, Amount amount,
             Instant now, Reasons& reasons);
// The instrument moves (INSTRUMENT_CLOSED).
bool AskInstrumentOpen(const state::StateView& view, const InstrumentId& instrument, Reasons& reasons);
// The receiver's holding stays within 128 bits, which the supply sees to; the supply stays within them (OVERFLOW).
bool AskSupplyFits(const state::StateView& view, const InstrumentId& instrument, Amount amount, Reasons& reasons);

// What the caller of a change must have heard from the change's check: nothing.
void ExpectNone(const Reasons& reasons);

// --- Fields of operations ---

// An id of 16 bytes and an instrument's id (FIELD_INVALID, naming the field).
std::optional<AccountId> AskAccountId(absl::string_view bytes, absl::string_view field, Reasons& reasons);
std::optional<HoldId> AskHoldId(absl::string_view bytes, absl::string_view field, Reasons& reasons);
std::optional<InstrumentId> AskInstrumentId(absl::string_view text, Reasons& reasons);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_RULES_H_
