// SPDX-License-Identifier: Apache-2.0
// Decimal text: the only form in which amounts, prices and rates appear on the wire, in records and in JSON. There is
// exactly one text per value:
//
//   decimal := "0" | "-"? ( whole | whole "." fraction | "0." fraction )
//   whole := [1-9][0-9]{0,38}      fraction := [0-9]{0,17}[1-9]
//
// so no leading zeros, no trailing zeros after the point, no exponent, no plus sign, no negative zero, no spaces.
#ifndef CAUSEWAY_LEDGER_BASE_DECIMAL_H_
#define CAUSEWAY_LEDGER_BASE_DECIMAL_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/amount.h"

namespace causeway {

inline constexpr int kMaxDecimals = 18;     // after the point
inline constexpr int kMaxWholeDigits = 39;  // before it

// A number with the decimals that it carries: 1.2514 is {12514, 4}. The struct compares by representation, not by value
// (CompareDecimals does that).
struct Decimal {
  Amount value;
  int decimals;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// Whether the text is a decimal in its canonical form. It may still be too large for an Amount at some number of
// decimals.
bool IsCanonicalDecimal(absl::string_view text);

// The amount, in minor units of `decimals` decimals (0..kMaxDecimals, checked), that the canonical text states. Else
// InvalidArgument that quotes the text and says what is wrong: not canonical (and where), more decimals than
// `decimals`; or OutOfRange when it does not fit.
absl::StatusOr<Amount> ParseDecimal(absl::string_view text, int decimals);

// The same with as many decimals as the text shows: "1.25" is {125, 2}.
absl::StatusOr<Decimal> ParseDecimal(absl::string_view text);

// The canonical text. ParseDecimal(FormatDecimal(a, d), d) == a for every amount whose text has at most kMaxWholeDigits
// before the point, which is every amount. `decimals` within 0..kMaxDecimals (checked).
std::string FormatDecimal(Amount amount, int decimals);
std::string FormatDecimal(const Decimal& decimal);

// The canonical text with every decimal shown and the whole part in groups: "1,000,000.00". For people only;
// ParseDecimal refuses it.
std::string DisplayDecimal(Amount amount, int decimals);

// The number rounded (or widened) to `decimals` decimals. Nothing when it does not fit.
std::optional<Amount> Round(const Decimal& decimal, int decimals, Rounding rounding);

// By value: {10, 1} equals {100, 2}.
std::strong_ordering CompareDecimals(const Decimal& a, const Decimal& b);

// amount × factor, the result with `result_decimals` decimals, rounded once: Multiply({25000000, 2}, {12514, 4}, 2,
// kDown).
std::optional<Amount> Multiply(const Decimal& a, const Decimal& b, int result_decimals, Rounding rounding);

// a ÷ b, the result with `result_decimals` decimals, rounded once: a price is Divide(net assets, units, price decimals,
// kHalfUp). Nothing when b is zero or the result does not fit.
std::optional<Amount> Divide(const Decimal& a, const Decimal& b, int result_decimals, Rounding rounding);

// a × b ÷ c, the result with `result_decimals` decimals, rounded once: a swung price is net assets × 0.996 ÷ units, the
// unrounded price never written down. Nothing when c is zero or the result does not fit.
std::optional<Amount> MultiplyDivide(const Decimal& a, const Decimal& b, const Decimal& c, int result_decimals,
                                     Rounding rounding);

}  // namespace causeway

#endif  // CAUSEWAY_LEDGER_BASE_DECIMAL_H_
