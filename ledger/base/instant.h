// SPDX-License-Identifier: Apache-2.0
// Instant: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted, as block times and every `_us` field are.
// Duration: a span of microseconds, never negative. RFC 3339 text in and out, and the civil date of an instant, by
// arithmetic on the proleptic Gregorian calendar: no time zone, no locale, no libc.
//
// Determinism: nothing here reads a clock; the node's clock lives in node/.
#ifndef CAUSEWAY_LEDGER_BASE_INSTANT_H_
#define CAUSEWAY_LEDGER_BASE_INSTANT_H_

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway {

class Duration {
 public:
  Duration() = delete;
  static constexpr Duration Micros(uint64_t micros) { return Duration(micros); }
  // Checked: the product fits (it does for anything below 580,000 years).
  static Duration Millis(uint64_t millis);
  static Duration Seconds(uint64_t seconds);
  static Duration Minutes(uint64_t minutes);
  static Duration Hours(uint64_t hours);
  static Duration Days(uint64_t days);

  constexpr uint64_t micros() const { return micros_; }
  friend constexpr auto operator<=>(Duration, Duration) = default;

 private:
  explicit constexpr Duration(uint64_t micros) : micros_(micros) {}
  uint64_t micros_;
};

class Instant {
 public:
  Instant() = delete;
  static constexpr Instant FromMicros(uint64_t micros) { return Instant(micros); }
  static constexpr Instant Epoch() { return Instant(0); }
  static constexpr Instant Max() { return Instant(std::numeric_limits<uint64_t>::max()); }

  constexpr uint64_t micros() const { return micros_; }
  friend constexpr auto operator<=>(Instant, Instant) = default;
  template <typename H>
  friend H AbslHashValue(H h, Instant instant) {
    return H::combine(std::move(h), instant.micros_);
  }

 private:
  explicit constexpr Instant(uint64_t micros) : micros_(micros) {}
  uint64_t micros_;
};

// Prints RFC 3339, for messages of tests and checks.
std::ostream& operator<<(std::ostream& out, Instant instant);
std::ostream& operator<<(std::ostream& out, Duration duration);

// Nothing when the result lies after Max or before the epoch.
std::optional<Instant> Add(Instant instant, Duration duration);
std::optional<Instant> Subtract(Instant instant, Duration duration);
// The time from `earlier` to `later`; nothing when they are the other way round.
std::optional<Duration> Between(Instant earlier, Instant later);
// The same, stopping at Max and at the epoch: for limits, where "as late as can be" is what is meant.
Instant AddSaturating(Instant instant, Duration duration);
Instant SubtractSaturating(Instant instant, Duration duration);

// A date of the proleptic Gregorian calendar.
struct CivilDate {
  int32_t year;
  int32_t month;  // 1..12
  int32_t day;    // 1..31
  friend auto operator<=>(const CivilDate&, const CivilDate&) = default;
};

// The UTC date that contains the instant.
CivilDate DateOf(Instant instant);
// 00:00:00 UTC of the date; nothing for a date that does not exist or lies before 1970.
std::optional<Instant> StartOf(const CivilDate& date);
// "2026-03-02" and back (four digits of year). Else InvalidArgument.
std::string FormatDate(const CivilDate& date);
absl::StatusOr<CivilDate> ParseDate(absl::string_view text);

// RFC 3339 in UTC with as few of 0, 3 or 6 fractional digits as state it: "2026-03-02T10:00:00Z". An instant after the
// year 9999, which RFC 3339 cannot write, is a plain number of microseconds.
std::string FormatInstant(Instant instant);
// RFC 3339 with any offset and up to six fractional digits, or a plain number of microseconds. Else InvalidArgument
// that says what is wrong; a leap second (":60") and a time before 1970 are refused.
absl::StatusOr<Instant> ParseInstant(absl::string_view text);

}  // namespace causeway

#endif  // CAUSEWAY_LEDGER_BASE_INSTANT_H_
