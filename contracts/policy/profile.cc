// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/profile.h"

#include <algorithm>
#include <vector>

#include "absl/numeric/int128.h"

#include "contracts/policy/features.h"
#include "ledger/base/check.h"

namespace causeway::policy {
namespace {

// From here on sums of logarithms are halved: what an account did long ago weighs less.
constexpr uint64_t kLogsMax = 4096;
// Movements before a deviation is asked for.
constexpr uint64_t kLogsMin = 4;

// The whole part of the square root.
uint64_t SquareRoot(absl::uint128 value) {
  uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const uint64_t candidate = root | uint64_t{1} << bit;
    if (absl::uint128(candidate) * candidate <= value) root = candidate;
  }
  return root;
}

}  // namespace

uint64_t AddSaturated(uint64_t a, uint64_t b) {
  CAUSEWAY_CHECK(a <= kSumMax && b <= kSumMax, "a sum of a profile is too large");
  return std::min(a + b, kSumMax);
}

uint64_t Saturated(Amount amount) {
  CAUSEWAY_CHECK(!amount.IsNegative(), "a movement of less than nothing");
  return amount.minor() > absl::int128(kSumMax) ? kSumMax : static_cast<uint64_t>(amount.minor());
}

void AddTo(v1::Window& window, const WindowShape& shape, Instant now, uint64_t value) {
  const uint64_t bucket = now.micros() / shape.bucket_us;
  CAUSEWAY_CHECK(window.buckets().empty() || bucket >= window.newest(), "time goes back");
  auto& buckets = *window.mutable_buckets();
  const uint64_t passed = buckets.empty() ? 0 : bucket - window.newest();
  if (passed >= static_cast<uint64_t>(shape.buckets)) {
    buckets.Clear();
  } else if (passed > 0) {
    std::vector<uint64_t> moved(static_cast<size_t>(passed), 0);
    moved.insert(moved.end(), buckets.begin(), buckets.end());
    moved.resize(std::min(moved.size(), static_cast<size_t>(shape.buckets)));
    while (!moved.empty() && moved.back() == 0) moved.pop_back();
    buckets.Assign(moved.begin(), moved.end());
  }
  window.set_newest(bucket);
  if (buckets.empty()) buckets.Add(0);
  buckets.Set(0, AddSaturated(buckets.Get(0), value));
}

uint64_t SumOf(const v1::Window& window, const WindowShape& shape, Instant now) {
  const uint64_t bucket = now.micros() / shape.bucket_us;
  if (window.buckets().empty()) return 0;
  CAUSEWAY_CHECK(bucket >= window.newest(), "time goes back");
  const uint64_t passed = bucket - window.newest();
  uint64_t sum = 0;
  for (int i = 0; i < window.buckets_size(); ++i) {
    if (passed + static_cast<uint64_t>(i) < static_cast<uint64_t>(shape.buckets))
      sum = AddSaturated(sum, window.buckets(i));
  }
  return sum;
}

void Touch(Counterparties& list, const AccountId& account, Instant now) {
  int place = 0;
  while (place < list.size() && list.Get(place).account() != account.bytes()) ++place;
  if (place == list.size()) {
    if (list.size() == kCounterpartiesMax) {
      --place;
    } else {
      list.Add();
    }
    v1::RecentCounterparty& entry = *list.Mutable(place);
    entry.set_account(account.ToString());
    entry.set_first_us(now.micros());
  }
  list.Mutable(place)->set_last_us(now.micros());
  for (; place > 0; --place) list.SwapElements(place, place - 1);
}

std::optional<Instant> KnownSince(const Counterparties& list, const AccountId& account) {
  for (const v1::RecentCounterparty& entry : list) {
    if (entry.account() == account.bytes()) return Instant::FromMicros(entry.first_us());
  }
  return std::nullopt;
}

int64_t CountRecent(const Counterparties& list, Instant now) {
  const Instant since = SubtractSaturating(now, Duration::Days(7));
  return std::count_if(list.begin(), list.end(), [&](const v1::RecentCounterparty& entry) {
    return Instant::FromMicros(entry.last_us()) > since;
  });
}

int64_t Log2(Amount value) {
  CAUSEWAY_CHECK(value.IsPositive(), "the logarithm of nothing");
  absl::uint128 mantissa(value.minor());
  int64_t log = 127;
  while (absl::Uint128High64(mantissa) >> 63 == 0) {
    mantissa <<= 1;
    --log;
  }
  // The mantissa as a number from 1 to 2 with 63 bits of fraction; each squaring gives a bit of the logarithm.
  uint64_t x = absl::Uint128High64(mantissa);
  for (int bit = 0; bit < kLogFractionBits; ++bit) {
    const absl::uint128 square = absl::uint128(x) * x;
    log <<= 1;
    if (absl::Uint128High64(square) >> 63 != 0) {
      log |= 1;
      x = absl::Uint128High64(square);
    } else {
      x = absl::Uint128High64(square << 1);
    }
  }
  return log;
}

int64_t Log2Units(Amount minor, int decimals) {
  return Log2(minor) - Log2(PowerOfTen(decimals));
}

void AddOut(v1::MovementProfile& profile, const ProfiledMovement& movement, Instant now) {
  const uint64_t value = Saturated(movement.amount);
  AddTo(*profile.mutable_out_count_5m(), kHourOfMinutes, now, 1);
  AddTo(*profile.mutable_out_count_hours(), kDayOfHours, now, 1);
  AddTo(*profile.mutable_out_value_hours(), kDayOfHours, now, value);
  AddTo(*profile.mutable_out_count_days(), kWeekOfDays, now, 1);
  AddTo(*profile.mutable_out_value_days(), kMonthOfDays, now, value);
  if (movement.just_below) AddTo(*profile.mutable_below_threshold_hours(), kDayOfHours, now, 1);
  if (profile.first_out_us() == 0) profile.set_first_out_us(now.micros());
  profile.set_last_out_us(now.micros());
  profile.set_out_value_total(AddSaturated(profile.out_value_total(), value));
  if (profile.log_count() >= kLogsMax) {
    profile.set_log_count(profile.log_count() / 2);
    profile.set_log_sum(profile.log_sum() / 2);
    profile.set_log_squares(profile.log_squares() / 2);
  }
  const int64_t log = Log2Units(movement.amount, movement.decimals);
  profile.set_log_count(profile.log_count() + 1);
  profile.set_log_sum(profile.log_sum() + log);
  profile.set_log_squares(profile.log_squares() + static_cast<uint64_t>(log * log));
  if (movement.counterparty) Touch(*profile.mutable_receivers(), *movement.counterparty, now);
}

void AddIn(v1::MovementProfile& profile, const ProfiledMovement& movement, Instant now) {
  AddTo(*profile.mutable_in_value_hours(), kDayOfHours, now, Saturated(movement.amount));
  profile.set_last_in_us(now.micros());
  if (movement.counterparty) Touch(*profile.mutable_payers(), *movement.counterparty, now);
}

std::optional<int64_t> ZScore(const v1::MovementProfile& profile, int64_t log) {
  if (profile.log_count() < kLogsMin) return std::nullopt;
  const auto count = static_cast<int64_t>(profile.log_count());
  // count² × variance = count × Σ squares − (Σ)², which halving can push below zero by its roundings.
  const absl::int128 spread = absl::int128(count) * static_cast<int64_t>(profile.log_squares()) -
                              absl::int128(profile.log_sum()) * profile.log_sum();
  const uint64_t root = spread > 0 ? SquareRoot(absl::uint128(spread)) : 0;
  const absl::int128 deviation = std::max<absl::int128>(root, count);
  const absl::int128 distance = absl::int128(log) * count - profile.log_sum();
  return static_cast<int64_t>(distance * 100 / deviation);
}

bool IsJustBelow(Amount amount, Amount threshold) {
  if (amount >= threshold) return false;
  return CompareQuotients(amount, Amount::FromMinor(9), threshold, Amount::FromMinor(10)) >= 0;
}

}  // namespace causeway::policy
