// SPDX-License-Identifier: Apache-2.0
//
// The contract `instruments`: funds, share classes and cash tokens as their prospectuses state them, dealing calendars,
// and who may hold.
//
// A fund id, an ISIN and a cash token's id are all InstrumentIds of one name space; a pause of a fund is asked for by
// its id. Records are the messages of instruments.proto as submitted; every one in the state has passed this contract's
// checks, so readers parse its texts without a second look (DecimalsOf, RoundingOf and the like CAUSEWAY_CHECK).
//
// Invariants: unit and price decimals, currency and fund of a class never change; cut-offs of a fund ascend with the
// dates, and a day whose cut-off has passed is fixed (its grace aside, while the book is open). Determinism: reads the
// view, the block's time, and the facts it is given.

#ifndef CAUSEWAY_CONTRACTS_INSTRUMENTS_INSTRUMENTS_H_
#define CAUSEWAY_CONTRACTS_INSTRUMENTS_INSTRUMENTS_H_

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/instruments.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/base/reason.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::instruments {

// --- Tables 32 to 47. Other contracts read; only this one writes. ---

// By fund id.
inline constexpr state::Table<InstrumentId, v1::Fund> kFunds{32, "funds"};
// By ISIN.
inline constexpr state::Table<InstrumentId, v1::ShareClass> kShareClasses{33, "share_classes"};
// By token id.
inline constexpr state::Table<InstrumentId, v1::CashToken> kCashTokens{34, "cash_tokens"};
// By fund, date "2026-03-02" (which sorts as dates do).
inline constexpr state::Table<std::tuple<InstrumentId, std::string>, v1::DealingDay> kDealingDays{35, "dealing_days"};
// By fund, cut-off.
inline constexpr state::Table<std::tuple<InstrumentId, Instant>, v1::DealingDayPlace> kDealingDayCutOffs{
    36, "dealing_day_cut_offs"};
// Sub-funds by umbrella, fund; and classes by fund, class: the record says which.
inline constexpr state::Table<std::tuple<InstrumentId, InstrumentId>, v1::FundMember> kFundMembers{37, "fund_members"};

// --- Reading ---

// The id in a record or operation; nothing where the text is none.
std::optional<InstrumentId> ParseId(absl::string_view text);

std::optional<v1::Fund> FindFund(const state::StateView& view, const InstrumentId& fund);
std::optional<v1::ShareClass> FindShareClass(const state::StateView& view, const InstrumentId& isin);
std::optional<v1::CashToken> FindCashToken(const state::StateView& view, const InstrumentId& token);
// The classes of a fund, ascending.
std::vector<InstrumentId> ClassesOf(const state::StateView& view, const InstrumentId& fund);
// The fund of a class; nothing for anything else.
std::optional<InstrumentId> FundOf(const state::StateView& view, const InstrumentId& isin);

enum class InstrumentKind { kShareClass, kCashToken };
// What holdings exist in; nothing for a fund and for an unknown id.
std::optional<InstrumentKind> KindOf(const state::StateView& view, const InstrumentId& instrument);
// Decimals of the minor unit in which its holdings are counted; nothing where KindOf has nothing.
std::optional<int> DecimalsOf(const state::StateView& view, const InstrumentId& instrument);
// LEI of the party that keeps its register: the fund's transfer agent, the token's issuer. Nothing where KindOf has
// nothing.
std::optional<std::string> KeeperOf(const state::StateView& view, const InstrumentId& instrument);
// Whether new units may come into being (ACTIVE), and whether holdings may move at all (not CLOSED); of a class, its
// fund's status counts too.
bool IsOpenToEntry(const state::StateView& view, const InstrumentId& instrument);
bool IsOpen(const state::StateView& view, const InstrumentId& instrument);
// Whether the class accepts the cash token.
bool AcceptsCash(const v1::ShareClass& share_class, const InstrumentId& token);
// The ids of a class's fund and cash tokens, as records hold them, are valid (checked).
InstrumentId FundIdOf(const v1::ShareClass& share_class);
std::vector<InstrumentId> CashTokensOf(const v1::ShareClass& share_class);

// The arithmetic's name of a prospectus's rounding. Not for UNSPECIFIED (checked).
Rounding RoundingOf(v1::RoundingMode mode);
// Decimals of a class's or token's currency (checked).
int CurrencyDecimalsOf(const v1::ShareClass& share_class);
int CurrencyDecimalsOf(const v1::CashToken& token);
// A limit or price in a record as an amount; nothing where the text is empty (no limit).
std::optional<Amount> LimitOf(const std::string& text, int decimals);
// How long units stay after they were acquired; nothing where the class has no lock-up.
std::optional<Duration> LockUpOf(const v1::ShareClass& share_class);
// The fee of a side, where the class has one.
std::optional<v1::Fee> FeeOf(const v1::ShareClass& share_class, v1::FeeSide side);

// --- The dealing calendar ---

// A dealing day with its instants.
struct DealingDay {
  std::string date;
  Instant cut_off;
  // Cut-off plus grace: from here on the book is closed.
  Instant book_closes;
  Instant valuation_point;
  // Element n: classes of lag n.
  std::vector<Instant> settlement;
};

// The day of this date.
std::optional<DealingDay> FindDealingDay(const state::StateView& view, const InstrumentId& fund,
                                         absl::string_view date);
// The day to which an instant belongs: the first whose cut-off lies after it. Nothing beyond the end of the calendar.
std::optional<DealingDay> DealingDayOf(const state::StateView& view, const InstrumentId& fund, Instant received);
// The day before the one of this date; nothing for the first.
std::optional<DealingDay> PreviousDealingDay(const state::StateView& view, const InstrumentId& fund,
                                             absl::string_view date);
// The day after the one of this date; nothing for the last.
std::optional<DealingDay> NextDealingDay(const state::StateView& view, const InstrumentId& fund,
                                         absl::string_view date);
// When an order of the day settles; nothing: as soon as it is priced. Also nothing where the day lists no instant for
// the class's lag: ask HasSettlement before an order is accepted.
std::optional<Instant> SettlementOf(const DealingDay& day, const v1::ShareClass& share_class);
bool HasSettlement(const DealingDay& day, const v1::ShareClass& share_class);

// --- Eligibility: asked when units are locked and again when they are delivered ---

// What the rules need to know of a holder and of its holding after the movement. Filled by whoever keeps accounts and
// balances. Amounts in minor units.
struct HolderFacts {
  // LEI of the account's owner.
  std::string owner;
  // The fund's own accounts (issuance, residual) are not holders: no rule applies to them.
  bool exempt = false;
  // Attested for the account.
  v1::InvestorClass investor_class = v1::INVESTOR_CLASS_UNSPECIFIED;
  // ISO 3166-1 alpha-2, attested for the account; empty: the owner's jurisdiction is not known, and a jurisdiction rule
  // refuses.
  std::string jurisdiction;
  // The account's units after the movement, all parts together.
  Amount account_holding = Amount::Zero();
  // The owner's units after the movement over all of its accounts, where the keeper of accounts can tell; else as
  // account_holding.
  Amount owner_holding = Amount::Zero();
  // All units in issue after the movement.
  Amount units_in_issue = Amount::Zero();
  // When the account last acquired units; nothing: never.
  std::optional<Instant> last_acquired;
};

// A rule that does not hold.
struct FailedRule {
  v1::EligibilityRule::KindCase rule;
  // As the contract's own reason tells it: INVESTOR_CLASS_NOT_ELIGIBLE … LOCKED_UP.
  Reason reason;
};

// Every rule of the class that stands against holding units after an acquisition: investor class, jurisdiction, maximum
// share, minimum holding. In the order of the rules' numbers.
std::vector<FailedRule> AcquisitionFailures(const InstrumentId& isin, const v1::ShareClass& share_class,
                                            const HolderFacts& facts);
// Every rule that stands against giving units up at `now`: lock-up, minimum holding (holding nothing afterwards is
// always allowed).
std::vector<FailedRule> DisposalFailures(const InstrumentId& isin, const v1::ShareClass& share_class,
                                         const HolderFacts& facts, Instant now);

// Which way the holder's units move.
enum class Direction { kAcquires, kDisposes };
// The same as reasons of an operation. Adds nothing for an instrument that is not a share class.
void CheckEligibility(const state::StateView& view, const InstrumentId& instrument, Direction direction,
                      const HolderFacts& facts, Instant now, Reasons& reasons);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakeInstrumentsContract();

}  // namespace causeway::instruments

#endif  // CAUSEWAY_CONTRACTS_INSTRUMENTS_INSTRUMENTS_H_
