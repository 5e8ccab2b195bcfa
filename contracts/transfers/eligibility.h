// SPDX-License-Identifier: Apache-2.0
// What the eligibility rules of contracts/instruments must know of a holder, gathered from accounts, balances and lots.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_ELIGIBILITY_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_ELIGIBILITY_H_

#include <optional>

#include "absl/strings/string_view.h"

#include "contracts/transfers/tables.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/base/reason.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

// The fund's own accounts, which a share class names for issuance and residues, are no holders of it: no rule of
// eligibility or lock-up applies to them. An account's kind alone exempts nobody.
bool IsExempt(const state::StateView& view, const AccountId& account, const InstrumentId& instrument);

// A movement as a holder's rules see it. The accounts exist.
struct Passage {
  InstrumentId instrument;
  // Not negative.
  Amount amount;
  Instant now;
  // Units in issue once what is dealt already is settled, where the caller knows; the larger of both figures counts.
  std::optional<Amount> units_dealt = std::nullopt;
};

// Whether units are new: the units in issue grow by them.
enum class Origin { kMoved, kIssued };
// Adds every rule against `to` holding `amount` more. `from_owner`: whose units they are; the holding of an owner who
// moves between its own accounts does not grow. Empty where they are issued.
void CheckAcquisition(const state::StateView& view, const AccountId& to, absl::string_view from_owner, Origin origin,
                      const Passage& passage, Reasons& reasons);

// Whether what remains must reach the least that an account may hold.
enum class Remainder { kAsked, kNotAsked };
// Adds every rule against free units of `from` leaving, or being set aside: lock-up, and the least holding where asked.
void CheckDisposal(const state::StateView& view, const AccountId& from, Remainder remainder, const Passage& passage,
                   Reasons& reasons);

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_ELIGIBILITY_H_
