// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/values.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/instant.h"
#include "ledger/codec/canonical.h"

namespace causeway::iso20022 {
namespace {

bool AllDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

// The message of a status about one value, as an error at its place.
template <typename T>
std::optional<T> ValueOr(absl::StatusOr<T> parsed, const Place& place, ImportErrors& errors) {
  if (parsed.ok()) return *std::move(parsed);
  errors.Add(place, parsed.status().message());
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ReadDecimal(const PlacedText& value, DigitLimits limits, ImportErrors& errors) {
  const absl::string_view shown = absl::StripAsciiWhitespace(value.text);
  absl::string_view text = shown;
  const bool negative = absl::StartsWith(text, "-");
  if (negative || absl::StartsWith(text, "+")) text.remove_prefix(1);
  const size_t point = std::min(text.find('.'), text.size());
  absl::string_view whole = text.substr(0, point);
  absl::string_view fraction = point < text.size() ? text.substr(point + 1) : absl::string_view();
  if ((whole.empty() && fraction.empty()) || !AllDigits(whole) || !AllDigits(fraction)) {
    errors.Add(value.place, absl::StrCat(Quoted(shown), " is not a decimal number such as 1250000.50"));
    return std::nullopt;
  }
  while (absl::StartsWith(whole, "0")) whole.remove_prefix(1);
  while (absl::EndsWith(fraction, "0")) fraction.remove_suffix(1);
  if (negative && !(whole.empty() && fraction.empty())) {
    errors.Add(value.place, absl::StrCat(Quoted(shown), " is below zero"));
    return std::nullopt;
  }
  if (fraction.size() > static_cast<size_t>(limits.fraction)) {
    errors.Add(value.place, absl::StrCat(Quoted(shown), " has ", fraction.size(), " decimals, and the message allows ",
                                         limits.fraction, "; round it as the prospectus says before sending"));
    return std::nullopt;
  }
  if (whole.size() + fraction.size() > static_cast<size_t>(limits.total)) {
    errors.Add(value.place,
               absl::StrCat(Quoted(shown), " has more than the ", limits.total, " digits that the message allows"));
    return std::nullopt;
  }
  std::string canonical = absl::StrCat(whole.empty() ? "0" : whole, fraction.empty() ? "" : ".", fraction);
  return canonical;
}

std::optional<std::string> ReadPositiveDecimal(const PlacedText& value, DigitLimits limits, ImportErrors& errors) {
  std::optional<std::string> decimal = ReadDecimal(value, limits, errors);
  if (decimal == "0") {
    errors.Add(value.place, "is zero; it must be above zero");
    return std::nullopt;
  }
  return decimal;
}

bool CheckDecimals(absl::string_view decimal, int decimals, absl::string_view what, const Place& place,
                   ImportErrors& errors) {
  const size_t point = decimal.find('.');
  const size_t shown = point == absl::string_view::npos ? 0 : decimal.size() - point - 1;
  if (shown <= static_cast<size_t>(decimals)) return true;
  errors.Add(place, absl::StrCat(Quoted(decimal), " has ", shown, " decimals, and ", what, " has ", decimals,
                                 "; round it as the prospectus says before sending"));
  return false;
}

std::optional<std::string> ReadText(const PlacedText& value, size_t length_max, ImportErrors& errors) {
  if (const absl::Status status = codec::CheckText(value.text); !status.ok()) {
    errors.Add(value.place, status.message());
    return std::nullopt;
  }
  const auto characters = static_cast<size_t>(std::count_if(
      value.text.begin(), value.text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
  if (characters == 0 || characters > length_max) {
    errors.Add(value.place, absl::StrCat("has ", characters, " characters, and must have 1 to ", length_max));
    return std::nullopt;
  }
  return value.text;
}

std::optional<Isin> ReadIsin(const PlacedText& value, ImportErrors& errors) {
  return ValueOr(Isin::Parse(value.text), value.place, errors);
}

std::optional<Lei> ReadLei(const PlacedText& value, ImportErrors& errors) {
  return ValueOr(Lei::Parse(value.text), value.place, errors);
}

std::optional<CurrencyCode> ReadCurrency(const PlacedText& value, ImportErrors& errors) {
  return ValueOr(CurrencyCode::Parse(value.text), value.place, errors);
}

std::optional<std::string> ReadDate(const PlacedText& value, ImportErrors& errors) {
  const absl::string_view text = absl::StripAsciiWhitespace(value.text);
  if (!ParseDate(text).ok()) {
    errors.Add(value.place, absl::StrCat(Quoted(text), " is not a date without a time zone such as 2026-03-02"));
    return std::nullopt;
  }
  return std::string(text);
}

bool ReadDateTime(const PlacedText& value, ImportErrors& errors) {
  const absl::string_view text = absl::StripAsciiWhitespace(value.text);
  // A local time is allowed by the schema, and of no use but to be shown.
  const bool zoned = ParseInstant(text).ok() && absl::StrContains(text, 'T');
  if (zoned || ParseInstant(absl::StrCat(text, "Z")).ok()) return true;
  errors.Add(value.place, absl::StrCat(Quoted(text), " is not a time such as 2026-03-02T10:00:00Z"));
  return false;
}

}  // namespace causeway::iso20022
