// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/amount.h"

#include <algorithm>
#include <ostream>

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"

namespace causeway {
namespace {

using absl::int128;
using absl::uint128;

constexpr uint128 kSignBit = uint128(1) << 127;

// |value|; of the smallest value too, which has no negation as an int128.
uint128 Magnitude(Amount amount) {
  const auto bits = static_cast<uint128>(amount.minor());
  return amount.IsNegative() ? -bits : bits;
}

std::optional<Amount> FromMagnitude(uint128 magnitude, bool negative) {
  if (negative) {
    if (magnitude > kSignBit) return std::nullopt;
    return Amount::FromMinor(static_cast<int128>(-magnitude));
  }
  if (magnitude >= kSignBit) return std::nullopt;
  return Amount::FromMinor(static_cast<int128>(magnitude));
}

// An unsigned number of 512 bits: room for a product of four magnitudes, each at most 2^127. Limbs of 32 bits, least
// significant first.
class Wide {
 public:
  static constexpr int kLimbs = 16;

  explicit Wide(uint128 value) {
    for (int i = 0; i < 4; ++i) limbs_[i] = static_cast<uint32_t>(absl::Uint128Low64(value >> (32 * i)));
  }

  // Limbs without leading zeros; zero has none.
  int Length() const {
    int length = kLimbs;
    while (length > 0 && limbs_[length - 1] == 0) --length;
    return length;
  }
  bool IsZero() const { return Length() == 0; }
  bool IsOdd() const { return (limbs_[0] & 1) != 0; }
  bool FitsIn128() const { return Length() <= 4; }
  uint128 Low128() const {
    uint128 value = 0;
    for (int i = 3; i >= 0; --i) value = value << 32 | limbs_[i];
    return value;
  }

  // Schoolbook multiplication. The callers multiply at most four magnitudes, so nothing is carried out of the top
  // (checked).
  void Multiply(uint128 by) {
    const Wide factor(by);
    std::array<uint32_t, kLimbs> product{};
    const int mine = Length();
    const int theirs = factor.Length();
    for (int i = 0; i < mine; ++i) {
      uint64_t carry = 0;
      for (int j = 0; j < theirs; ++j) {
        CAUSEWAY_CHECK(i + j < kLimbs, "product wider than 512 bits");
        const uint64_t term = uint64_t{limbs_[i]} * factor.limbs_[j] + product[i + j] + carry;
        product[i + j] = static_cast<uint32_t>(term);
        carry = term >> 32;
      }
      for (int k = i + theirs; carry != 0; ++k) {
        CAUSEWAY_CHECK(k < kLimbs, "product wider than 512 bits");
        const uint64_t term = uint64_t{product[k]} + carry;
        product[k] = static_cast<uint32_t>(term);
        carry = term >> 32;
      }
    }
    limbs_ = product;
  }

  void Subtract(const Wide& other) {
    int64_t borrow = 0;
    for (int i = 0; i < kLimbs; ++i) {
      const int64_t difference = int64_t{limbs_[i]} - other.limbs_[i] - borrow;
      limbs_[i] = static_cast<uint32_t>(difference);
      borrow = difference < 0 ? 1 : 0;
    }
    CAUSEWAY_CHECK(borrow == 0, "difference below zero");
  }

  friend std::strong_ordering operator<=>(const Wide& a, const Wide& b) {
    for (int i = kLimbs - 1; i >= 0; --i) {
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
    }
    return std::strong_ordering::equal;
  }

  // Quotient and remainder by Knuth's algorithm D (The Art of Computer Programming 2, 4.3.1). The divisor is not zero.
  struct Division;
  static Division Divide(const Wide& dividend, const Wide& divisor);

 private:
  static void DivideByLimb(const Wide& dividend, uint32_t divisor, Wide& quotient, Wide& remainder);
  std::array<uint32_t, kLimbs> limbs_{};
};

struct Wide::Division {
  Wide quotient;
  Wide remainder;
};

void Wide::DivideByLimb(const Wide& dividend, uint32_t divisor, Wide& quotient, Wide& remainder) {
  uint64_t rest = 0;
  for (int i = kLimbs - 1; i >= 0; --i) {
    const uint64_t part = rest << 32 | dividend.limbs_[i];
    quotient.limbs_[i] = static_cast<uint32_t>(part / divisor);
    rest = part % divisor;
  }
  remainder.limbs_[0] = static_cast<uint32_t>(rest);
}

Wide::Division Wide::Divide(const Wide& dividend, const Wide& divisor) {
  Division result{Wide(0), Wide(0)};
  const int n = divisor.Length();
  CAUSEWAY_CHECK(n > 0, "division by zero");
  if (n == 1) {
    DivideByLimb(dividend, divisor.limbs_[0], result.quotient, result.remainder);
    return result;
  }
  const int m = dividend.Length();
  if (m < n) {
    result.remainder = dividend;
    return result;
  }

  // Normalize: shift both so that the divisor's top limb has its top bit set.
  int shift = 0;
  while ((divisor.limbs_[n - 1] << shift & 0x80000000u) == 0) ++shift;
  std::array<uint32_t, kLimbs> v{};
  std::array<uint32_t, kLimbs + 1> u{};
  for (int i = n - 1; i >= 0; --i) {
    const uint64_t pair = uint64_t{divisor.limbs_[i]} << 32 | (i > 0 ? divisor.limbs_[i - 1] : 0);
    v[i] = static_cast<uint32_t>(pair << shift >> 32);
  }
  u[m] = static_cast<uint32_t>(uint64_t{dividend.limbs_[m - 1]} << shift >> 32);
  for (int i = m - 1; i >= 0; --i) {
    const uint64_t pair = uint64_t{dividend.limbs_[i]} << 32 | (i > 0 ? dividend.limbs_[i - 1] : 0);
    u[i] = static_cast<uint32_t>(pair << shift >> 32);
  }

  constexpr uint64_t kBase = uint64_t{1} << 32;
  for (int j = m - n; j >= 0; --j) {
    // Estimate one limb of the quotient from two limbs, correct it with a third; it is then at most one too large.
    const uint64_t top = uint64_t{u[j + n]} << 32 | u[j + n - 1];
    uint64_t estimate = top / v[n - 1];
    uint64_t rest = top % v[n - 1];
    while (estimate >= kBase || estimate * v[n - 2] > (rest << 32 | u[j + n - 2])) {
      --estimate;
      rest += v[n - 1];
      if (rest >= kBase) break;
    }
    int64_t borrow = 0;
    uint64_t carry = 0;
    for (int i = 0; i < n; ++i) {
      const uint64_t product = estimate * v[i] + carry;
      carry = product >> 32;
      const int64_t difference = int64_t{u[i + j]} - borrow - static_cast<int64_t>(product & 0xffffffffu);
      u[i + j] = static_cast<uint32_t>(difference);
      borrow = difference < 0 ? 1 : 0;
    }
    const int64_t difference = int64_t{u[j + n]} - borrow - static_cast<int64_t>(carry);
    u[j + n] = static_cast<uint32_t>(difference);
    if (difference < 0) {  // One too large after all: add the divisor back.
      --estimate;
      uint64_t sum_carry = 0;
      for (int i = 0; i < n; ++i) {
        const uint64_t sum = uint64_t{u[i + j]} + v[i] + sum_carry;
        u[i + j] = static_cast<uint32_t>(sum);
        sum_carry = sum >> 32;
      }
      u[j + n] = static_cast<uint32_t>(u[j + n] + sum_carry);
    }
    result.quotient.limbs_[j] = static_cast<uint32_t>(estimate);
  }
  for (int i = 0; i < n; ++i) {
    const uint64_t pair = uint64_t{u[i + 1]} << 32 | u[i];
    result.remainder.limbs_[i] = static_cast<uint32_t>(pair >> shift);
  }
  return result;
}

// Whether a quotient's size grows by one, given how twice the remainder compares with the divisor. The remainder is not
// zero.
bool GrowsInSize(Rounding rounding, bool negative, bool quotient_odd, std::strong_ordering twice_remainder_to_divisor) {
  switch (rounding) {
    case Rounding::kDown:
      return false;
    case Rounding::kUp:
      return true;
    case Rounding::kFloor:
      return negative;
    case Rounding::kCeiling:
      return !negative;
    case Rounding::kHalfUp:
      return twice_remainder_to_divisor >= 0;
    case Rounding::kHalfEven:
      return twice_remainder_to_divisor > 0 || (twice_remainder_to_divisor == 0 && quotient_odd);
  }
  CAUSEWAY_CHECK(false, "unknown rounding ", static_cast<int>(rounding));
}

std::optional<Amount> FinishNarrow(uint128 dividend, uint128 divisor, bool negative, Rounding rounding) {
  uint128 quotient = dividend / divisor;
  const uint128 remainder = dividend % divisor;
  if (remainder != 0) {
    const uint128 complement = divisor - remainder;  // 2r <=> d as r <=> d - r, which cannot overflow
    const std::strong_ordering half = remainder == complement  ? std::strong_ordering::equal
                                      : remainder < complement ? std::strong_ordering::less
                                                               : std::strong_ordering::greater;
    if (GrowsInSize(rounding, negative, (absl::Uint128Low64(quotient) & 1) != 0, half)) {
      if (quotient == absl::Uint128Max()) return std::nullopt;
      quotient += 1;
    }
  }
  return FromMagnitude(quotient, negative);
}

std::optional<Amount> FinishWide(const Wide& dividend, const Wide& divisor, bool negative, Rounding rounding) {
  const Wide::Division division = Wide::Divide(dividend, divisor);
  if (!division.quotient.FitsIn128()) return std::nullopt;
  uint128 quotient = division.quotient.Low128();
  if (!division.remainder.IsZero()) {
    Wide complement = divisor;
    complement.Subtract(division.remainder);
    if (GrowsInSize(rounding, negative, division.quotient.IsOdd(), division.remainder <=> complement)) {
      if (quotient == absl::Uint128Max()) return std::nullopt;
      quotient += 1;
    }
  }
  return FromMagnitude(quotient, negative);
}

// The product of magnitudes, kept in 128 bits while it fits.
class Product {
 public:
  explicit Product(absl::Span<const Amount> factors) {
    CAUSEWAY_CHECK(factors.size() <= 4, "more than four factors");
    for (const Amount factor : factors) {
      negative_ = negative_ != factor.IsNegative();
      Multiply(Magnitude(factor));
    }
  }
  bool negative() const { return negative_; }
  bool IsZero() const { return wide_ ? wide_->IsZero() : narrow_ == 0; }
  bool IsNarrow() const { return !wide_; }
  uint128 narrow() const { return narrow_; }
  Wide wide() const { return wide_ ? *wide_ : Wide(narrow_); }

 private:
  void Multiply(uint128 factor) {
    if (!wide_ && absl::Uint128High64(narrow_) == 0 && absl::Uint128High64(factor) == 0) {
      narrow_ *= factor;
      return;
    }
    if (!wide_ && (narrow_ == 1 || factor == 1)) {
      narrow_ = narrow_ == 1 ? factor : narrow_;
      return;
    }
    if (!wide_) wide_ = Wide(narrow_);
    wide_->Multiply(factor);
  }

  bool negative_ = false;
  uint128 narrow_ = 1;
  std::optional<Wide> wide_;
};

const std::array<uint128, 39>& PowersOfTen() {
  static const std::array<uint128, 39> powers = [] {
    std::array<uint128, 39> table{};
    uint128 power = 1;
    for (uint128& entry : table) {
      entry = power;
      power = power * 10;
    }
    return table;
  }();
  return powers;
}

std::string BigEndian(uint128 bits) {
  std::string bytes;
  bytes.reserve(Amount::kSize);
  AppendBigEndian64(bytes, absl::Uint128High64(bits));
  AppendBigEndian64(bytes, absl::Uint128Low64(bits));
  return bytes;
}

std::optional<uint128> FromBigEndian(absl::string_view bytes) {
  if (bytes.size() != Amount::kSize) return std::nullopt;
  const uint64_t high = *TakeBigEndian64(bytes);
  return absl::MakeUint128(high, *TakeBigEndian64(bytes));
}

}  // namespace

std::string Amount::ToBytes() const {
  return BigEndian(static_cast<uint128>(minor_));
}

std::optional<Amount> Amount::FromBytes(absl::string_view bytes) {
  const std::optional<uint128> bits = FromBigEndian(bytes);
  if (!bits) return std::nullopt;
  return Amount(static_cast<int128>(*bits));
}

std::string Amount::ToKey() const {
  return BigEndian(static_cast<uint128>(minor_) ^ kSignBit);
}

std::optional<Amount> Amount::FromKey(absl::string_view bytes) {
  const std::optional<uint128> bits = FromBigEndian(bytes);
  if (!bits) return std::nullopt;
  return Amount(static_cast<int128>(*bits ^ kSignBit));
}

std::string MinorText(Amount amount) {
  uint128 magnitude = Magnitude(amount);
  std::string text;
  do {
    text.push_back(static_cast<char>('0' + static_cast<int>(absl::Uint128Low64(magnitude % 10))));
    magnitude /= 10;
  } while (magnitude != 0);
  if (amount.IsNegative()) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

std::ostream& operator<<(std::ostream& out, Amount amount) {
  return out << MinorText(amount);
}

std::optional<Amount> Add(Amount a, Amount b) {
  const int128 sum = static_cast<int128>(static_cast<uint128>(a.minor()) + static_cast<uint128>(b.minor()));
  // Overflow, exactly when both have one sign and the sum has the other.
  if (a.IsNegative() == b.IsNegative() && (sum < 0) != a.IsNegative()) return std::nullopt;
  return Amount::FromMinor(sum);
}

std::optional<Amount> Subtract(Amount a, Amount b) {
  const int128 difference = static_cast<int128>(static_cast<uint128>(a.minor()) - static_cast<uint128>(b.minor()));
  if (a.IsNegative() != b.IsNegative() && (difference < 0) != a.IsNegative()) return std::nullopt;
  return Amount::FromMinor(difference);
}

std::optional<Amount> Negate(Amount a) {
  return FromMagnitude(Magnitude(a), !a.IsNegative());
}

std::optional<Amount> Sum(absl::Span<const Amount> amounts) {
  // Two's complement in 192 bits: `high` holds what carries out of and what sign-extends into the bits above 128.
  uint128 low = 0;
  int64_t high = 0;
  for (const Amount amount : amounts) {
    const uint128 before = low;
    low += static_cast<uint128>(amount.minor());
    if (low < before) ++high;
    if (amount.IsNegative()) --high;
  }
  const bool negative = (low & kSignBit) != 0;
  if (high != (negative ? -1 : 0)) return std::nullopt;
  return Amount::FromMinor(static_cast<int128>(low));
}

std::optional<Amount> MultiplyDivide(Amount a, Amount b, Amount divisor, Rounding rounding) {
  return RoundQuotient({a, b}, {divisor}, rounding);
}

std::optional<Amount> MultiplyMultiplyDivide(Amount a, Amount b, Amount divisor1, Amount divisor2, Rounding rounding) {
  return RoundQuotient({a, b}, {divisor1, divisor2}, rounding);
}

std::optional<Amount> RoundQuotient(absl::Span<const Amount> numerator, absl::Span<const Amount> denominator,
                                    Rounding rounding) {
  const Product above(numerator);
  const Product below(denominator);
  if (below.IsZero()) return std::nullopt;
  const bool negative = above.negative() != below.negative();
  if (above.IsNarrow() && below.IsNarrow()) return FinishNarrow(above.narrow(), below.narrow(), negative, rounding);
  return FinishWide(above.wide(), below.wide(), negative, rounding);
}

std::strong_ordering CompareQuotients(Amount a, Amount b, Amount c, Amount d) {
  CAUSEWAY_CHECK(b.IsPositive() && d.IsPositive(), "denominators are positive");
  const Product left({a, d});
  const Product right({c, b});
  const bool left_negative = left.negative() && !left.IsZero();
  const bool right_negative = right.negative() && !right.IsZero();
  if (left_negative != right_negative) {
    return left_negative ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return left_negative ? right.wide() <=> left.wide() : left.wide() <=> right.wide();
}

Amount PowerOfTen(int n) {
  CAUSEWAY_CHECK(n >= 0 && n <= 38, "power of ten out of range: ", n);
  return Amount::FromMinor(static_cast<int128>(PowersOfTen()[n]));
}

std::optional<Amount> Rescale(Amount amount, int from_decimals, int to_decimals, Rounding rounding) {
  CAUSEWAY_CHECK(from_decimals >= 0 && from_decimals <= 38 && to_decimals >= 0 && to_decimals <= 38,
                 "decimals out of range: ", from_decimals, " to ", to_decimals);
  if (to_decimals >= from_decimals)
    return RoundQuotient({amount, PowerOfTen(to_decimals - from_decimals)}, {}, rounding);
  return RoundQuotient({amount}, {PowerOfTen(from_decimals - to_decimals)}, rounding);
}

}  // namespace causeway
