// SPDX-License-Identifier: Apache-2.0
// Amount: a whole number of minor units (of a currency, a share class, a price), 128 bits wide and signed, with the
// exact arithmetic that the rules need. How many decimals the minor unit stands for is the instrument's matter
// (decimal.h turns amounts into text and back).
//
// Invariants: no operation wraps around. What can overflow returns an optional, and nothing means that the result does
// not fit; the intermediate products of MultiplyDivide and RoundQuotient are computed in full width, so only a result
// can overflow. Determinism: integers only; the same on every machine.
#ifndef CAUSEWAY_LEDGER_BASE_AMOUNT_H_
#define CAUSEWAY_LEDGER_BASE_AMOUNT_H_

#include <array>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway {

class Amount {
 public:
  // Bytes of the fixed-width form.
  static constexpr size_t kSize = 16;

  Amount() = delete;  // No default value that means something: say Zero().
  static constexpr Amount Zero() { return Amount(0); }
  static constexpr Amount FromMinor(absl::int128 minor) { return Amount(minor); }
  static constexpr Amount Max() { return Amount(absl::Int128Max()); }
  static constexpr Amount Min() { return Amount(absl::Int128Min()); }

  constexpr absl::int128 minor() const { return minor_; }
  constexpr bool IsZero() const { return minor_ == 0; }
  constexpr bool IsNegative() const { return minor_ < 0; }
  constexpr bool IsPositive() const { return minor_ > 0; }

  // 16 bytes, two's complement, most significant byte first. FromBytes: nothing unless there are exactly 16.
  std::string ToBytes() const;
  static std::optional<Amount> FromBytes(absl::string_view bytes);

  // 16 bytes whose order as bytes is the order of the amounts: ToBytes with the sign bit flipped. For keys of tables.
  std::string ToKey() const;
  static std::optional<Amount> FromKey(absl::string_view bytes);

  friend constexpr bool operator==(Amount a, Amount b) { return a.minor_ == b.minor_; }
  friend constexpr std::strong_ordering operator<=>(Amount a, Amount b) {
    if (a.minor_ == b.minor_) return std::strong_ordering::equal;
    return a.minor_ < b.minor_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  template <typename H>
  friend H AbslHashValue(H h, Amount a) {
    return H::combine(std::move(h), absl::Int128High64(a.minor_), absl::Int128Low64(a.minor_));
  }

 private:
  explicit constexpr Amount(absl::int128 minor) : minor_(minor) {}
  absl::int128 minor_;
};

// Prints minor units, for messages of tests and checks.
std::ostream& operator<<(std::ostream& out, Amount amount);
// Minor units as a plain number, "-125".
std::string MinorText(Amount amount);

// Sums, differences and negations; nothing when the result does not fit into 128 bits.
std::optional<Amount> Add(Amount a, Amount b);
std::optional<Amount> Subtract(Amount a, Amount b);
std::optional<Amount> Negate(Amount a);

// The sum of all, added up in more than 128 bits: nothing only when the sum itself does not fit.
std::optional<Amount> Sum(absl::Span<const Amount> amounts);

// What to do with a quotient that is not whole. Named in the prospectus for each quantity; "down" and "up" are by size,
// so they treat a redemption's negative amounts as they treat a subscription's positive ones; "floor" and "ceiling" go
// by sign.
enum class Rounding {
  kDown,      // toward zero
  kUp,        // away from zero
  kFloor,     // toward minus infinity
  kCeiling,   // toward plus infinity
  kHalfUp,    // to the nearest; a half away from zero
  kHalfEven,  // to the nearest; a half to the even neighbour
};

// a × b ÷ divisor, exact but for one rounding. Nothing when the result does not fit, and nothing when the divisor is
// zero: whoever can be handed a zero divisor by a client checks for it first and says so with a reason of its own.
std::optional<Amount> MultiplyDivide(Amount a, Amount b, Amount divisor, Rounding rounding);

// a × b ÷ (divisor1 × divisor2), exact but for one rounding. Same contract.
std::optional<Amount> MultiplyMultiplyDivide(Amount a, Amount b, Amount divisor1, Amount divisor2, Rounding rounding);

// (numerator × …) ÷ (denominator × …) with at most four factors above and four below, exact but for one rounding. For a
// quantity that is made of several quotients and rounds once, such as an unrounded price times a swing factor. An empty
// product is one. Same contract.
std::optional<Amount> RoundQuotient(absl::Span<const Amount> numerator, absl::Span<const Amount> denominator,
                                    Rounding rounding);

// The sign of a ÷ b − c ÷ d, compared exactly. The denominators b and d must be positive (checked).
std::strong_ordering CompareQuotients(Amount a, Amount b, Amount c, Amount d);

// 10 to the n, for 0 ≤ n ≤ 38 (checked).
Amount PowerOfTen(int n);

// An amount with `from_decimals` decimals as one with `to_decimals`; the rounding is used when decimals are lost. Both
// within 0..38 (checked). Nothing when the result does not fit.
std::optional<Amount> Rescale(Amount amount, int from_decimals, int to_decimals, Rounding rounding);

}  // namespace causeway

#endif  // CAUSEWAY_LEDGER_BASE_AMOUNT_H_
