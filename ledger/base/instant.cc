// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/instant.h"

#include <array>
#include <ostream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"

namespace causeway {
namespace {

constexpr uint64_t kMicrosPerSecond = 1'000'000;
constexpr uint64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr uint64_t kMaxMicros = std::numeric_limits<uint64_t>::max();
// 10000-01-01T00:00:00Z, the first instant that RFC 3339 cannot write.
constexpr uint64_t kYear10000 = 253'402'300'800 * kMicrosPerSecond;

Duration Scaled(uint64_t count, uint64_t unit) {
  CAUSEWAY_CHECK(count <= kMaxMicros / unit, "duration out of range: ", count);
  return Duration::Micros(count * unit);
}

bool IsLeap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int DaysInMonth(int64_t year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

bool Exists(const CivilDate& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= DaysInMonth(date.year, date.month);
}

// Days from 1970-01-01 to the date, and back: years are counted from March, so that the leap day is a year's last, and
// in eras of 400 years (146,097 days). 719,468 days lie between 0000-03-01 and 1970-01-01.
int64_t DaysFromCivil(const CivilDate& date) {
  const int64_t year = int64_t{date.year} - (date.month <= 2 ? 1 : 0);
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t month_from_march = (date.month + 9) % 12;
  const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDate CivilFromDays(int64_t days) {
  const int64_t shifted = days + 719'468;
  const int64_t era = shifted / 146'097;
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {static_cast<int32_t>(year), static_cast<int32_t>(month), static_cast<int32_t>(day)};
}

// Digits with leading zeros.
std::string Padded(uint64_t value, size_t width) {
  std::string text = absl::StrCat(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

// Reads exactly `width` digits off the front.
bool TakeNumber(absl::string_view& text, size_t width, int& value) {
  if (text.size() < width) return false;
  value = 0;
  for (size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool TakeCharacter(absl::string_view& text, char expected) {
  if (text.empty() || text[0] != expected) return false;
  text.remove_prefix(1);
  return true;
}

absl::Status Malformed(absl::string_view text, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CEscape(text.substr(0, 40)), "\" is not an RFC 3339 time: ", problem));
}

bool TakeDate(absl::string_view& text, CivilDate& date) {
  return TakeNumber(text, 4, date.year) && TakeCharacter(text, '-') && TakeNumber(text, 2, date.month) &&
         TakeCharacter(text, '-') && TakeNumber(text, 2, date.day);
}

// One to six digits after the point, as microseconds.
bool TakeFraction(absl::string_view& text, uint64_t& micros) {
  uint64_t unit = 100'000;
  size_t digits = 0;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
    if (digits == 6) return false;
    micros += unit * static_cast<uint64_t>(text[0] - '0');
    unit /= 10;
  }
  return digits > 0;
}

// "Z" or "+hh:mm" or "-hh:mm", as minutes east of UTC.
bool TakeOffset(absl::string_view& text, int& minutes) {
  if (TakeCharacter(text, 'Z') || TakeCharacter(text, 'z')) {
    minutes = 0;
    return true;
  }
  const bool east = TakeCharacter(text, '+');
  if (!east && !TakeCharacter(text, '-')) return false;
  int hours = 0;
  int rest = 0;
  if (!TakeNumber(text, 2, hours) || !TakeCharacter(text, ':') || !TakeNumber(text, 2, rest)) return false;
  if (hours > 23 || rest > 59) return false;
  minutes = (east ? 1 : -1) * (hours * 60 + rest);
  return true;
}

absl::StatusOr<Instant> ParseMicros(absl::string_view text) {
  uint64_t micros = 0;
  for (const char c : text) {
    const auto digit = static_cast<uint64_t>(c - '0');
    if (micros > (kMaxMicros - digit) / 10) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text.substr(0, 40), "\" microseconds do not fit into 64 bits"));
    }
    micros = micros * 10 + digit;
  }
  return Instant::FromMicros(micros);
}

}  // namespace

Duration Duration::Millis(uint64_t millis) {
  return Scaled(millis, 1'000);
}
Duration Duration::Seconds(uint64_t seconds) {
  return Scaled(seconds, kMicrosPerSecond);
}
Duration Duration::Minutes(uint64_t minutes) {
  return Scaled(minutes, 60 * kMicrosPerSecond);
}
Duration Duration::Hours(uint64_t hours) {
  return Scaled(hours, 3'600 * kMicrosPerSecond);
}
Duration Duration::Days(uint64_t days) {
  return Scaled(days, kMicrosPerDay);
}

std::ostream& operator<<(std::ostream& out, Instant instant) {
  return out << FormatInstant(instant);
}
std::ostream& operator<<(std::ostream& out, Duration duration) {
  return out << duration.micros() << " us";
}

std::optional<Instant> Add(Instant instant, Duration duration) {
  if (duration.micros() > kMaxMicros - instant.micros()) return std::nullopt;
  return Instant::FromMicros(instant.micros() + duration.micros());
}

std::optional<Instant> Subtract(Instant instant, Duration duration) {
  if (duration.micros() > instant.micros()) return std::nullopt;
  return Instant::FromMicros(instant.micros() - duration.micros());
}

std::optional<Duration> Between(Instant earlier, Instant later) {
  if (later < earlier) return std::nullopt;
  return Duration::Micros(later.micros() - earlier.micros());
}

Instant AddSaturating(Instant instant, Duration duration) {
  return Add(instant, duration).value_or(Instant::Max());
}

Instant SubtractSaturating(Instant instant, Duration duration) {
  return Subtract(instant, duration).value_or(Instant::Epoch());
}

CivilDate DateOf(Instant instant) {
  return CivilFromDays(static_cast<int64_t>(instant.micros() / kMicrosPerDay));
}

std::optional<Instant> StartOf(const CivilDate& date) {
  if (date.year < 1970 || !Exists(date)) return std::nullopt;
  const auto days = static_cast<uint64_t>(DaysFromCivil(date));
  if (days > kMaxMicros / kMicrosPerDay) return std::nullopt;
  return Instant::FromMicros(days * kMicrosPerDay);
}

std::string FormatDate(const CivilDate& date) {
  return absl::StrCat(Padded(static_cast<uint64_t>(date.year), 4), "-", Padded(static_cast<uint64_t>(date.month), 2),
                      "-", Padded(static_cast<uint64_t>(date.day), 2));
}

absl::StatusOr<CivilDate> ParseDate(absl::string_view text) {
  absl::string_view rest = text;
  CivilDate date{};
  if (!TakeDate(rest, date) || !rest.empty() || !Exists(date)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CEscape(text.substr(0, 40)), "\" is not a date of the form YYYY-MM-DD"));
  }
  return date;
}

std::string FormatInstant(Instant instant) {
  if (instant.micros() >= kYear10000) return absl::StrCat(instant.micros());
  const uint64_t micros_of_day = instant.micros() % kMicrosPerDay;
  const uint64_t seconds = micros_of_day / kMicrosPerSecond;
  const uint64_t fraction = micros_of_day % kMicrosPerSecond;
  std::string text = absl::StrCat(FormatDate(DateOf(instant)), "T", Padded(seconds / 3'600, 2), ":",
                                  Padded(seconds / 60 % 60, 2), ":", Padded(seconds % 60, 2));
  if (fraction % 1'000 != 0) {
    absl::StrAppend(&text, ".", Padded(fraction, 6));
  } else if (fraction != 0) {
    absl::StrAppend(&text, ".", Padded(fraction / 1'000, 3));
  }
  return absl::StrCat(text, "Z");
}

absl::StatusOr<Instant> ParseInstant(absl::string_view text) {
  const bool all_digits = !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
  if (all_digits) return ParseMicros(text);

  absl::string_view rest = text;
  CivilDate date{};
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!TakeDate(rest, date)) return Malformed(text, "it starts with YYYY-MM-DD");
  if (!Exists(date)) return Malformed(text, "there is no such date");
  if (!TakeCharacter(rest, 'T') && !TakeCharacter(rest, 't')) return Malformed(text, "a T follows the date");
  if (!TakeNumber(rest, 2, hour) || !TakeCharacter(rest, ':') || !TakeNumber(rest, 2, minute) ||
      !TakeCharacter(rest, ':') || !TakeNumber(rest, 2, second)) {
    return Malformed(text, "hh:mm:ss follows the T");
  }
  if (hour > 23 || minute > 59) return Malformed(text, "there is no such time of day");
  if (second > 59) return Malformed(text, "leap seconds are not counted here");
  uint64_t fraction = 0;
  if (TakeCharacter(rest, '.') && !TakeFraction(rest, fraction)) {
    return Malformed(text, "one to six digits follow the point");
  }
  int offset_minutes = 0;
  if (!TakeOffset(rest, offset_minutes)) return Malformed(text, "it ends with Z or an offset such as +08:00");
  if (!rest.empty()) return Malformed(text, "something follows the offset");

  const int64_t seconds =
      DaysFromCivil(date) * 86'400 + int64_t{hour} * 3'600 + int64_t{minute - offset_minutes} * 60 + second;
  if (seconds < 0) return Malformed(text, "it lies before 1970");
  return Instant::FromMicros(static_cast<uint64_t>(seconds) * kMicrosPerSecond + fraction);
}

}  // namespace causeway
