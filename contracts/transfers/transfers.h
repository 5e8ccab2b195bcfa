// SPDX-License-Identifier: Apache-2.0
// What the contract `transfers` offers to the other contracts: reading what an account holds, and the movements from
// which every settlement is made.
//
// Each movement comes as a pair. CheckX adds every reason against it to `reasons` and writes nothing. X does it, and
// CAUSEWAY_CHECKs that CheckX has nothing to say on the same view at the same time: whoever calls X has called CheckX.
// X tells what it did as a TransfersEvent.
//
// Time: an expired hold counts as released from the block time at which it expires, in every function here, whether or
// not the block's due work has come to it. Freezes have no end. Amounts are minor units of the instrument.
//
// Eligibility (contracts/instruments) is asked of whoever receives, with what they would then hold, wherever units are
// delivered; and when they are held for a beneficiary. Lock-ups are asked of whoever gives or sets aside, by lots: the
// units of other purchases stay free to leave. What the remaining holding must at least be is asked of who moves free
// units or holds them for a beneficiary; not of who redeems (dealing has its own minima), nor when a hold is executed,
// so that a giver cannot make an escrow stuck. ReleaseHold asks nothing: units that were set aside can always go back.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_TRANSFERS_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_TRANSFERS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "contracts/transfers/tables.h"
#include "ledger/base/reason.h"
#include "ledger/execution/contract.h"

namespace causeway::transfers {

// How far ahead a client's hold may expire.
inline constexpr uint64_t kHoldDaysMax = 366;

// --- Reading ---

std::optional<v1::Account> FindAccount(const state::StateView& view, const AccountId& account);
// LEI of the account's owner; nothing where there is no such account.
std::optional<std::string> OwnerOf(const state::StateView& view, const AccountId& account);
// The account itself, or the one that has taken over from it by recovery, however often. Whoever keeps an account's id
// over time delivers to this.
AccountId ResolveAccount(const state::StateView& view, const AccountId& account);

// Total and parts at `now`: what expired holds block is free. All zero where the account holds none, or does not exist.
Balance ReadBalance(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                    Instant now);

// What may leave at `now`: free, not locked up; freezes not asked. Restricted units count as unlocked ones.
Amount ReadAvailable(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                     Instant now);

// Units that may not leave yet at `now` because of a lock-up, whatever part they are in.
Amount ReadLocked(const state::StateView& view, const AccountId& account, const InstrumentId& instrument, Instant now);

Supply ReadSupply(const state::StateView& view, const InstrumentId& instrument);

// The hold, where it still holds at `now`.
std::optional<v1::Hold> FindHold(const state::StateView& view, const HoldId& hold, Instant now);

// The freeze that stops movements of this holding: the account's, or else the holding's; nothing where neither is
// frozen.
std::optional<v1::Freeze> FindFreeze(const state::StateView& view, const AccountId& account,
                                     const InstrumentId& instrument);

// Visits every holding of an instrument in order of account, as at `now`; `visit` returns false to stop. `from`: the
// first account to visit (a close that goes on in a later block).
void ForEachHolding(const state::StateView& view, const InstrumentId& instrument, Instant now,
                    const std::optional<AccountId>& from,
                    const std::function<bool(const AccountId&, const Balance&)>& visit);

// Visits every holding of an account in order of instrument, as at `now`.
void ForEachHoldingOf(const state::StateView& view, const AccountId& account, Instant now,
                      const std::function<bool(const InstrumentId&, const Balance&)>& visit);

// --- Moving. `context` gives block time and height; `effects` takes the event. ---

// Who asks whether the receiver is eligible. A caller that does several movements as one asks CheckReceipt on the state
// after all of them.
enum class Eligibility { kAsked, kLeftToCaller };

// Moves free units. Both accounts exist and are not frozen, the instrument is not closed, the units are available, the
// receiver is eligible. What stands against the receiver is told where nothing stands against the giver: a dry run by
// one who has no units must not tell how others stand.
void CheckMove(const state::StateView& view, const AccountId& from, const AccountId& to, const InstrumentId& instrument,
               Amount amount, Instant now, Reasons& reasons);
void Move(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
          const AccountId& from, const AccountId& to, const InstrumentId& instrument, Amount amount);

// Brings new units into being. A lock-up of the instrument starts now. Whether the instrument is open to entry is its
// caller's question: what was dealt before it closed still settles.
void CheckIssue(const state::StateView& view, const InstrumentId& instrument, const AccountId& to, Amount amount,
                Instant now, Reasons& reasons, Eligibility eligibility = Eligibility::kAsked);
void Issue(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
           const InstrumentId& instrument, const AccountId& to, Amount amount,
           Eligibility eligibility = Eligibility::kAsked);

// Ends free units.
void CheckCancel(const state::StateView& view, const InstrumentId& instrument, const AccountId& from, Amount amount,
                 Instant now, Reasons& reasons);
void Cancel(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
            const InstrumentId& instrument, const AccountId& from, Amount amount);

// --- Holds ---

// What a hold is to be.
struct HoldTerms {
  // Not in use (an expired hold's id is free again).
  HoldId id;
  AccountId account;
  InstrumentId instrument;
  Amount amount;
  v1::HoldKind kind = v1::HOLD_KIND_BLOCKED;
  // Asked for eligibility when the hold is placed, and again when it is executed.
  std::optional<AccountId> beneficiary = std::nullopt;
  // After now. Absent: the hold ends when its controller ends it.
  std::optional<Instant> expires = std::nullopt;
  // For people.
  std::string reference = {};
  v1::HoldController controller = v1::HOLD_CONTROLLER_PARTY;
  // LEI, where the controller is a party; else empty.
  std::string controller_party = {};
  // For kind restricted only.
  v1::FreezeReason restriction = v1::FREEZE_REASON_UNSPECIFIED;
};

// Moves units from free to the part that the kind names. Blocked and pledged: the units are available and the account
// is not frozen. Restricted: they are free, nothing else is asked. Of the beneficiary as CheckMove of a receiver.
void CheckPlaceHold(const state::StateView& view, const HoldTerms& terms, Instant now, Reasons& reasons);
void PlaceHold(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
               const HoldTerms& terms);

// Gives what is still held back to free. Never refused while the hold exists: no rule can make an escrow stuck. A hold
// that has expired is TRANSFERS_REASON_HOLD_EXPIRED, and nothing is left to release.
void CheckReleaseHold(const state::StateView& view, const HoldId& hold, Instant now, Reasons& reasons);
void ReleaseHold(const execution::OperationContext& context, state::StateTransaction& state,
                 execution::Effects& effects, const HoldId& hold);

// Delivers held units, all or some, to an account; what is not delivered stays held. Asks of giver and receiver what
// Move asks.
void CheckExecuteHold(const state::StateView& view, const HoldId& hold, const AccountId& to, Amount amount, Instant now,
                      Reasons& reasons, Eligibility eligibility = Eligibility::kAsked);
void ExecuteHold(const execution::OperationContext& context, state::StateTransaction& state,
                 execution::Effects& effects, const HoldId& hold, const AccountId& to, Amount amount,
                 Eligibility eligibility = Eligibility::kAsked);

// Ends held units, all or some: what a redemption does. What is not cancelled stays held.
void CheckCancelHeld(const state::StateView& view, const HoldId& hold, Amount amount, Instant now, Reasons& reasons);
void CancelHeld(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
                const HoldId& hold, Amount amount);

// --- Eligibility by itself ---

// Adds every rule of the instrument against an account that exists holding `amount` more (zero: what it holds now).
// `from_owner`: LEI of the owner whose units they are; nothing where they are issued. `units_dealt`: the units that
// will be in issue once what is dealt already is settled; a share is asked of those, where they are more.
void CheckReceipt(const state::StateView& view, const AccountId& to, const std::optional<std::string>& from_owner,
                  const InstrumentId& instrument, Amount amount, Instant now, Reasons& reasons,
                  std::optional<Amount> units_dealt = std::nullopt);
// Adds HOLDING_TOO_SMALL where what an account holds now is less than the instrument's least, and not nothing.
void CheckRemainder(const state::StateView& view, const AccountId& account, const InstrumentId& instrument, Instant now,
                    Reasons& reasons);

// --- Text ---

// The positive amount that canonical decimal text states in the instrument's decimals. Else nothing, and the reason
// (AMOUNT_INVALID, UNKNOWN_INSTRUMENT) is added.
std::optional<Amount> ParseAmount(const state::StateView& view, const InstrumentId& instrument, absl::string_view text,
                                  Reasons& reasons);
// The text of an amount of an instrument that exists (checked).
std::string FormatAmount(const state::StateView& view, const InstrumentId& instrument, Amount amount);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakeTransfersContract();

}  // namespace causeway::transfers

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_TRANSFERS_H_
