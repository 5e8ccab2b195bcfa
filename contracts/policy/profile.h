// SPDX-License-Identifier: Apache-2.0
// What an account did in an instrument, inside this contract: rings of buckets, a list of the last counterparties, and
// sums of logarithms. A profile is constant in size, and adding to it or asking it takes constant time.
//
// Sums saturate at 2^63 − 1 instead of overflowing: a feature that large is beyond its bounds anyway.

#ifndef CAUSEWAY_CONTRACTS_POLICY_PROFILE_H_
#define CAUSEWAY_CONTRACTS_POLICY_PROFILE_H_

#include <cstdint>
#include <optional>

#include "google/protobuf/repeated_field.h"

#include "causeway/v1/policy.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"

namespace causeway::policy {

// The shape of a window.
struct WindowShape {
  uint64_t bucket_us;
  int buckets;
};

inline constexpr uint64_t kMicrosPerMinute = 60'000'000;
inline constexpr uint64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr uint64_t kMicrosPerDay = 24 * kMicrosPerHour;

inline constexpr WindowShape kHourOfMinutes{5 * kMicrosPerMinute, 12};
inline constexpr WindowShape kDayOfHours{kMicrosPerHour, 24};
inline constexpr WindowShape kWeekOfDays{kMicrosPerDay, 7};
inline constexpr WindowShape kMonthOfDays{kMicrosPerDay, 30};

inline constexpr int kCounterpartiesMax = 32;
// The highest value of a sum.
inline constexpr uint64_t kSumMax = (uint64_t{1} << 63) - 1;

uint64_t AddSaturated(uint64_t a, uint64_t b);
// Minor units as the profile counts them: not negative, at most 2^63 − 1.
uint64_t Saturated(Amount amount);

// Adds to the running bucket. Time does not go back (checked).
void AddTo(v1::Window& window, const WindowShape& shape, Instant now, uint64_t value);
// The sum over the window that ends at `now`.
uint64_t SumOf(const v1::Window& window, const WindowShape& shape, Instant now);

using Counterparties = google::protobuf::RepeatedPtrField<v1::RecentCounterparty>;
// Puts the account first in the list; the one longest ago leaves it where it is full.
void Touch(Counterparties& list, const AccountId& account, Instant now);
// When the account came into the list; nothing where it is not there.
std::optional<Instant> KnownSince(const Counterparties& list, const AccountId& account);
// How many of the list had a movement in the last seven days.
int64_t CountRecent(const Counterparties& list, Instant now);

// Base-2 logarithm of a positive whole number in 1/1024, rounded down (checked).
int64_t Log2(Amount value);
// The same of an amount in whole units: Log2 of the minor units less Log2 of 10 to the decimals.
int64_t Log2Units(Amount minor, int decimals);

// A movement as a profile counts it.
struct ProfiledMovement {
  Amount amount;
  int decimals;
  // The other side; absent where there is none yet.
  std::optional<AccountId> counterparty;
  // Whether it is just below the reporting threshold.
  bool just_below;
};
void AddOut(v1::MovementProfile& profile, const ProfiledMovement& movement, Instant now);
void AddIn(v1::MovementProfile& profile, const ProfiledMovement& movement, Instant now);

// How far a logarithm lies from the mean of the profile's, in 1/100 standard deviations, rounded toward zero; nothing
// before the fifth movement. A deviation below 1/1024 counts as 1/1024.
std::optional<int64_t> ZScore(const v1::MovementProfile& profile, int64_t log);

// From 90 % to less than 100 % of the threshold.
bool IsJustBelow(Amount amount, Amount threshold);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_PROFILE_H_
