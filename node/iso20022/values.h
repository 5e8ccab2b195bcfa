// SPDX-License-Identifier: Apache-2.0
// The values of messages: from the forms that XML Schema and CSV allow to the one form that the ledger has. Each
// function reports what is wrong and returns nothing then.
#ifndef CAUSEWAY_NODE_ISO20022_VALUES_H_
#define CAUSEWAY_NODE_ISO20022_VALUES_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"
#include "node/iso20022/import_errors.h"

namespace causeway::iso20022 {

// Lengths of the texts that the messages' schemas name so.
inline constexpr size_t kMax35Text = 35;
inline constexpr size_t kMax350Text = 350;

// How many digits a number of a message may have (xs:totalDigits, xs:fractionDigits; they count a value's digits, not
// its zeros).
struct DigitLimits {
  int total;
  int fraction;
};
inline constexpr DigitLimits kAmountDigits = {18, 5};
inline constexpr DigitLimits kUnitDigits = {18, 17};
inline constexpr DigitLimits kPriceDigits = {18, 13};
inline constexpr DigitLimits kPercentageDigits = {11, 10};

// The ledger's canonical text of an xs:decimal: "+01.50" is "1.5". Not below zero.
std::optional<std::string> ReadDecimal(const PlacedText& value, DigitLimits limits, ImportErrors& errors);
// The same, above zero.
std::optional<std::string> ReadPositiveDecimal(const PlacedText& value, DigitLimits limits, ImportErrors& errors);
// Whether the canonical decimal has at most `decimals`; an error says what it is that has no more ("SGD", "units of
// …").
bool CheckDecimals(absl::string_view decimal, int decimals, absl::string_view what, const Place& place,
                   ImportErrors& errors);

// 1 to `length_max` characters of valid UTF-8 without control characters.
std::optional<std::string> ReadText(const PlacedText& value, size_t length_max, ImportErrors& errors);
std::optional<Isin> ReadIsin(const PlacedText& value, ImportErrors& errors);
std::optional<Lei> ReadLei(const PlacedText& value, ImportErrors& errors);
std::optional<CurrencyCode> ReadCurrency(const PlacedText& value, ImportErrors& errors);
// "2026-03-02": a date without a time zone.
std::optional<std::string> ReadDate(const PlacedText& value, ImportErrors& errors);
// xs:dateTime; only its form is of interest.
bool ReadDateTime(const PlacedText& value, ImportErrors& errors);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_VALUES_H_
