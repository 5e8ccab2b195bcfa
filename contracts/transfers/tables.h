// SPDX-License-Identifier: Apache-2.0
// The tables of the contract `transfers`: who holds what, and what is set aside of it. Others read them through
// transfers.h, which knows about expired holds; the tables themselves are for readers of the state as it is stored
// (audit, exports, the state tree).
//
// Invariants (CheckInvariants, after every transaction): a balance's parts are not negative and sum to its total; the
// blocked, pledged and restricted parts equal the holds of that kind; the register lists exactly the holdings whose
// total is not zero; per instrument the changes of totals sum to the change of its supply, and the supply counts the
// register's entries; a party's holding changes as its accounts' totals do.

#ifndef CAUSEWAY_CONTRACTS_TRANSFERS_TABLES_H_
#define CAUSEWAY_CONTRACTS_TRANSFERS_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "absl/strings/string_view.h"

#include "causeway/v1/transfers.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/state/view.h"

namespace causeway::transfers {

// What an account has of an instrument, in minor units. Total and parts are one record, so they are always read
// together.
struct Balance {
  // Bytes of the fixed-width form: total, free, blocked, pledged, restricted, 16 bytes each.
  static constexpr size_t kSize = 5 * Amount::kSize;

  Amount total = Amount::Zero();
  Amount free = Amount::Zero();        // AWAS
  Amount blocked = Amount::Zero();     // BLOK
  Amount pledged = Amount::Zero();     // PLED
  Amount restricted = Amount::Zero();  // RSTR

  friend bool operator==(const Balance&, const Balance&) = default;
};

// What is in issue of an instrument.
struct Supply {
  // Bytes of the fixed-width form: issued, then holders big-endian.
  static constexpr size_t kSize = Amount::kSize + 8;

  // Minor units.
  Amount issued = Amount::Zero();
  // Accounts whose total is not zero.
  uint64_t holders = 0;

  friend bool operator==(const Supply&, const Supply&) = default;
};

// The sum over a party's accounts, in minor units.
struct OwnerHolding {
  static constexpr size_t kSize = Amount::kSize;

  Amount total = Amount::Zero();

  friend bool operator==(const OwnerHolding&, const OwnerHolding&) = default;
};

using HoldingKey = std::tuple<AccountId, InstrumentId>;
using HoldExpiryKey = std::tuple<AccountId, InstrumentId, Instant, HoldId>;
using RegisterKey = std::tuple<InstrumentId, AccountId>;
using OwnerKey = std::tuple<std::string, AccountId>;
using OwnerHoldingKey = std::tuple<std::string, InstrumentId>;
using AccountHoldKey = std::tuple<AccountId, HoldId>;

inline constexpr state::Table<AccountId, v1::Account> kAccounts{64, "accounts"};
// No record where the total is zero.
inline constexpr state::Table<HoldingKey, Balance> kBalances{65, "balances"};
inline constexpr state::Table<HoldId, v1::Hold> kHolds{66, "holds"};
// Holds that end by themselves, in the order in which they do.
inline constexpr state::Table<HoldExpiryKey, v1::IndexEntry> kHoldExpiries{67, "hold_expiries"};
inline constexpr state::Table<InstrumentId, Supply> kSupplies{68, "supplies"};
// The whole register of an instrument, in order of account.
inline constexpr state::Table<RegisterKey, v1::IndexEntry> kRegister{69, "register"};
// Freezes of single holdings; a whole account's freeze stands in its record.
inline constexpr state::Table<HoldingKey, v1::Freeze> kHoldingFreezes{70, "holding_freezes"};
inline constexpr state::Table<HoldingKey, v1::Lots> kLots{71, "lots"};
// The accounts of a party.
inline constexpr state::Table<OwnerKey, v1::IndexEntry> kAccountsByOwner{72, "accounts_by_owner"};
// The holds of an account.
inline constexpr state::Table<AccountHoldKey, v1::IndexEntry> kHoldsByAccount{73, "holds_by_account"};
// What a party's accounts hold together. No record where that is nothing.
inline constexpr state::Table<OwnerHoldingKey, OwnerHolding> kOwnerHoldings{74, "owner_holdings"};

}  // namespace causeway::transfers

namespace causeway::state {

template <>
struct RecordCodec<transfers::Balance> {
  static std::string Encode(const transfers::Balance& balance);
  static std::optional<transfers::Balance> Decode(absl::string_view bytes);
};

template <>
struct RecordCodec<transfers::Supply> {
  static std::string Encode(const transfers::Supply& supply);
  static std::optional<transfers::Supply> Decode(absl::string_view bytes);
};

template <>
struct RecordCodec<transfers::OwnerHolding> {
  static std::string Encode(const transfers::OwnerHolding& holding);
  static std::optional<transfers::OwnerHolding> Decode(absl::string_view bytes);
};

}  // namespace causeway::state

#endif  // CAUSEWAY_CONTRACTS_TRANSFERS_TABLES_H_
