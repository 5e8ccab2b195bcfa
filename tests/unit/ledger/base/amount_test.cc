// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/amount.h"

#include <bitset>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace causeway {
namespace {

using absl::int128;
using absl::uint128;

Amount Minor(int64_t value) {
  return Amount::FromMinor(value);
}

// Any amount, with the extremes and small numbers as likely as the rest.
rc::Gen<Amount> AnyAmount() {
  return rc::gen::map(rc::gen::tuple(rc::gen::arbitrary<uint64_t>(), rc::gen::arbitrary<uint64_t>(),
                                     rc::gen::inRange(0, 128), rc::gen::inRange(0, 8)),
                      [](const std::tuple<uint64_t, uint64_t, int, int>& t) {
                        const auto& [high, low, shift, kind] = t;
                        if (kind == 0) return Amount::Max();
                        if (kind == 1) return Amount::Min();
                        return Amount::FromMinor(static_cast<int128>(absl::MakeUint128(high, low)) >> shift);
                      });
}

rc::Gen<Rounding> AnyRounding() {
  return rc::gen::element(Rounding::kDown, Rounding::kUp, Rounding::kFloor, Rounding::kCeiling, Rounding::kHalfUp,
                          Rounding::kHalfEven);
}

// The reference for wide arithmetic: bits alone, and a quotient by long division one bit at a time. Nothing like the
// implementation. Wide enough for twice the product of four magnitudes.
using Bits = std::bitset<576>;

Bits ToBits(uint128 value) {
  return Bits(absl::Uint128High64(value)) << 64 | Bits(absl::Uint128Low64(value));
}
Bits AddBits(const Bits& a, const Bits& b) {
  Bits sum;
  bool carry = false;
  for (size_t i = 0; i < sum.size(); ++i) {
    const int ones = a[i] + b[i] + carry;
    sum[i] = ones % 2 == 1;
    carry = ones >= 2;
  }
  return sum;
}
bool LessBits(const Bits& a, const Bits& b) {
  size_t i = a.size();
  while (i > 0 && a[i - 1] == b[i - 1]) --i;
  return i > 0 && b[i - 1];
}
// Where b is not the larger one.
Bits SubtractBits(const Bits& a, const Bits& b) {
  Bits difference;
  bool borrow = false;
  for (size_t i = 0; i < difference.size(); ++i) {
    const int digit = a[i] - b[i] - borrow;
    difference[i] = digit % 2 != 0;
    borrow = digit < 0;
  }
  return difference;
}
Bits MultiplyBits(const Bits& a, const Bits& b) {
  Bits product;
  for (size_t i = 0; i < b.size(); ++i) {
    if (b[i]) product = AddBits(product, a << i);
  }
  return product;
}
void DivideBits(const Bits& dividend, const Bits& divisor, Bits& quotient, Bits& remainder) {
  for (size_t i = dividend.size(); i-- > 0;) {
    remainder <<= 1;
    remainder[0] = dividend[i];
    if (remainder.none() || LessBits(remainder, divisor)) continue;
    remainder = SubtractBits(remainder, divisor);
    quotient[i] = true;
  }
}

Bits MagnitudeBits(Amount amount) {
  const auto bits = static_cast<uint128>(amount.minor());
  return ToBits(amount.IsNegative() ? -bits : bits);
}

std::optional<Amount> ReferenceQuotient(const std::vector<Amount>& above, const std::vector<Amount>& below,
                                        Rounding rounding) {
  bool negative = false;
  const auto product = [&](const std::vector<Amount>& factors) {
    Bits result = ToBits(1);
    for (const Amount factor : factors) {
      result = MultiplyBits(result, MagnitudeBits(factor));
      negative = negative != factor.IsNegative();
    }
    return result;
  };
  const Bits dividend = product(above);
  const Bits divisor = product(below);
  if (divisor.none()) return std::nullopt;
  Bits quotient;
  Bits remainder;
  DivideBits(dividend, divisor, quotient, remainder);
  const Bits twice = AddBits(remainder, remainder);
  const bool more = LessBits(divisor, twice);
  const bool half = twice == divisor;
  const bool odd = quotient[0];
  bool grow = false;
  if (remainder.any()) {
    grow = rounding == Rounding::kUp || (rounding == Rounding::kFloor && negative) ||
           (rounding == Rounding::kCeiling && !negative) || (rounding == Rounding::kHalfUp && (more || half)) ||
           (rounding == Rounding::kHalfEven && (more || (half && odd)));
  }
  if (grow) quotient = AddBits(quotient, ToBits(1));
  const Bits limit = ToBits(uint128(1) << 127);
  if (negative ? LessBits(limit, quotient) : !LessBits(quotient, limit)) return std::nullopt;
  uint128 value = 0;
  for (size_t i = quotient.size(); i-- > 0;) value = value << 1 | (quotient[i] ? 1 : 0);
  return Amount::FromMinor(static_cast<int128>(negative ? -value : value));
}

TEST(Amount, SumsAndDifferencesThatDoNotFitAreNothing) {
  EXPECT_EQ(Add(Minor(2), Minor(-3)), Minor(-1));
  EXPECT_EQ(Subtract(Minor(2), Minor(3)), Minor(-1));
  EXPECT_EQ(Add(Amount::Max(), Minor(1)), std::nullopt);
  EXPECT_EQ(Add(Amount::Min(), Minor(-1)), std::nullopt);
  EXPECT_EQ(Subtract(Amount::Min(), Minor(1)), std::nullopt);
  EXPECT_EQ(Subtract(Amount::Max(), Minor(-1)), std::nullopt);
  EXPECT_EQ(Subtract(Amount::Zero(), Amount::Min()), std::nullopt);
  EXPECT_EQ(Subtract(Minor(-1), Amount::Min()), Amount::Max());
  EXPECT_EQ(Add(Amount::Max(), Amount::Min()), Minor(-1));
  EXPECT_EQ(Negate(Amount::Min()), std::nullopt);
  EXPECT_EQ(Negate(Amount::Max()), Add(Amount::Min(), Minor(1)));
  EXPECT_EQ(Negate(Amount::Zero()), Amount::Zero());
}

TEST(Amount, ASumFitsWhenItsTotalFitsWhateverTheOrder) {
  EXPECT_EQ(Sum({}), Amount::Zero());
  EXPECT_EQ(Sum({Amount::Max(), Amount::Max(), Amount::Min(), Amount::Min(), Minor(5)}), Minor(3));
  EXPECT_EQ(Sum({Amount::Min(), Amount::Min(), Amount::Max(), Amount::Max(), Minor(5)}), Minor(3));
  EXPECT_EQ(Sum({Amount::Max(), Minor(1)}), std::nullopt);
  EXPECT_EQ(Sum({Amount::Min(), Minor(-1)}), std::nullopt);
}

TEST(Amount, RoundingsDifferAsTheirNamesSay) {
  struct Case {
    int64_t dividend;
    int64_t down, up, floor, ceiling, half_up, half_even;
  };
  // Quotients by 10: 2.1, 2.5, 2.9, 3.5, and their negatives.
  const Case cases[] = {{21, 2, 3, 2, 3, 2, 2},        {25, 2, 3, 2, 3, 3, 2},        {29, 2, 3, 2, 3, 3, 3},
                        {35, 3, 4, 3, 4, 4, 4},        {30, 3, 3, 3, 3, 3, 3},        {-21, -2, -3, -3, -2, -2, -2},
                        {-25, -2, -3, -3, -2, -3, -2}, {-29, -2, -3, -3, -2, -3, -3}, {-35, -3, -4, -4, -3, -4, -4},
                        {-30, -3, -3, -3, -3, -3, -3}, {1, 0, 1, 0, 1, 0, 0},         {-1, 0, -1, -1, 0, 0, 0},
                        {5, 0, 1, 0, 1, 1, 0},         {-5, 0, -1, -1, 0, -1, 0},     {0, 0, 0, 0, 0, 0, 0}};
  for (const Case& c : cases) {
    const auto by_ten = [&](Rounding rounding) {
      return MultiplyDivide(Minor(c.dividend), Minor(1), Minor(10), rounding);
    };
    EXPECT_EQ(by_ten(Rounding::kDown), Minor(c.down)) << c.dividend;
    EXPECT_EQ(by_ten(Rounding::kUp), Minor(c.up)) << c.dividend;
    EXPECT_EQ(by_ten(Rounding::kFloor), Minor(c.floor)) << c.dividend;
    EXPECT_EQ(by_ten(Rounding::kCeiling), Minor(c.ceiling)) << c.dividend;
    EXPECT_EQ(by_ten(Rounding::kHalfUp), Minor(c.half_up)) << c.dividend;
    EXPECT_EQ(by_ten(Rounding::kHalfEven), Minor(c.half_even)) << c.dividend;
  }
}

TEST(Amount, DivisionByZeroIsNothing) {
  EXPECT_EQ(MultiplyDivide(Minor(1), Minor(1), Minor(0), Rounding::kDown), std::nullopt);
  EXPECT_EQ(MultiplyMultiplyDivide(Minor(1), Minor(1), Minor(7), Minor(0), Rounding::kDown), std::nullopt);
}

TEST(Amount, OnlyAResultCanOverflow) {
  EXPECT_EQ(MultiplyDivide(Amount::Max(), Amount::Max(), Amount::Max(), Rounding::kDown), Amount::Max());
  EXPECT_EQ(MultiplyDivide(Amount::Min(), Amount::Min(), Amount::Min(), Rounding::kDown), Amount::Min());
  EXPECT_EQ(MultiplyDivide(Amount::Min(), Minor(-1), Minor(1), Rounding::kDown), std::nullopt);
  EXPECT_EQ(MultiplyDivide(Amount::Min(), Minor(1), Minor(-1), Rounding::kDown), std::nullopt);
  EXPECT_EQ(MultiplyDivide(Amount::Max(), Minor(3), Minor(2), Rounding::kDown), std::nullopt);
  // Rounding alone can push a result over the edge: (2^128 - 1) / 2 is the largest amount and a half.
  EXPECT_EQ(RoundQuotient({Amount::Max(), Minor(2), Minor(1)}, {Minor(2)}, Rounding::kUp), Amount::Max());
  const Amount almost = Subtract(Amount::Max(), Minor(0)).value();
  EXPECT_EQ(RoundQuotient({almost, Minor(3)}, {Minor(3)}, Rounding::kUp), Amount::Max());
  EXPECT_EQ(RoundQuotient({Amount::Min(), Amount::Min()}, {Amount::Max()}, Rounding::kDown), std::nullopt);
}

TEST(Amount, FourFactorsOfTheLargestSizeAreExact) {
  const std::vector<Amount> extremes(4, Amount::Min());
  EXPECT_EQ(RoundQuotient(extremes, extremes, Rounding::kDown), Minor(1));
  EXPECT_EQ(RoundQuotient(extremes, {Amount::Min(), Amount::Min(), Amount::Min()}, Rounding::kDown), Amount::Min());
}

TEST(Amount, QuotientsAgreeWithLongDivisionBitByBit) {
  EXPECT_TRUE(rc::check([] {
    const auto above = *rc::gen::resize(4, rc::gen::container<std::vector<Amount>>(AnyAmount()));
    const auto below = *rc::gen::resize(4, rc::gen::container<std::vector<Amount>>(AnyAmount()));
    const Rounding rounding = *AnyRounding();
    RC_PRE(above.size() <= 4 && below.size() <= 4);
    RC_ASSERT(RoundQuotient(above, below, rounding) == ReferenceQuotient(above, below, rounding));
  }));
}

// Divisors and dividends whose limbs are all ones or all zeros: where an estimated limb of the quotient is one or two
// too large.
TEST(Amount, QuotientsOfRaggedNumbersAgreeWithLongDivision) {
  std::vector<Amount> ragged;
  for (const uint64_t high : {0ull, 1ull, 0x7fffffff00000000ull, 0x7fffffffffffffffull}) {
    for (const uint64_t low : {0ull, 1ull, 0xffffffff00000000ull, 0xffffffffffffffffull, 0x8000000000000000ull}) {
      ragged.push_back(Amount::FromMinor(absl::MakeInt128(static_cast<int64_t>(high), low)));
    }
  }
  for (const Amount a : ragged) {
    for (const Amount d : ragged) {
      for (const Amount b : {Amount::Max(), Amount::FromMinor(absl::MakeInt128(0x7fffffff, 0xffffffff00000000ull))}) {
        ASSERT_EQ(MultiplyDivide(a, b, d, Rounding::kHalfEven), ReferenceQuotient({a, b}, {d}, Rounding::kHalfEven))
            << a << " * " << b << " / " << d;
        ASSERT_EQ(MultiplyMultiplyDivide(a, b, d, b, Rounding::kUp), ReferenceQuotient({a, b}, {d, b}, Rounding::kUp))
            << a << " * " << b << " / " << d;
      }
    }
  }
}

TEST(Amount, QuotientsCompareExactly) {
  EXPECT_EQ(CompareQuotients(Minor(1), Minor(3), Minor(2), Minor(6)), std::strong_ordering::equal);
  EXPECT_EQ(CompareQuotients(Minor(-1), Minor(3), Minor(1), Minor(3)), std::strong_ordering::less);
  EXPECT_EQ(CompareQuotients(Minor(-1), Minor(3), Minor(-1), Minor(4)), std::strong_ordering::less);
  EXPECT_EQ(CompareQuotients(Minor(0), Minor(3), Minor(-1), Minor(4)), std::strong_ordering::greater);
  EXPECT_EQ(CompareQuotients(Amount::Max(), Subtract(Amount::Max(), Minor(1)).value(), Minor(1), Minor(1)),
            std::strong_ordering::greater);
}

TEST(Amount, RescalingLosesDecimalsOnlyByTheNamedRounding) {
  EXPECT_EQ(Rescale(Minor(12515), 4, 3, Rounding::kHalfEven), Minor(1252));
  EXPECT_EQ(Rescale(Minor(12515), 4, 3, Rounding::kDown), Minor(1251));
  EXPECT_EQ(Rescale(Minor(-12515), 4, 3, Rounding::kFloor), Minor(-1252));
  EXPECT_EQ(Rescale(Minor(12), 2, 6, Rounding::kDown), Minor(120000));
  EXPECT_EQ(Rescale(Amount::Max(), 0, 1, Rounding::kDown), std::nullopt);
  EXPECT_EQ(PowerOfTen(38), Amount::FromMinor(absl::MakeInt128(0x4b3b4ca85a86c47a, 0x098a224000000000)));
}

TEST(Amount, BytesReadBackAndKeysKeepTheOrder) {
  EXPECT_EQ(Minor(-1).ToBytes(), std::string(16, '\xff'));
  EXPECT_EQ(Minor(258).ToBytes(), std::string("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02", 16));
  EXPECT_EQ(Amount::Min().ToKey(), std::string(16, '\0'));
  EXPECT_EQ(Amount::FromBytes(std::string(15, '\0')), std::nullopt);
  EXPECT_EQ(Amount::FromKey(std::string(17, '\0')), std::nullopt);
  EXPECT_TRUE(rc::check([] {
    const Amount a = *AnyAmount();
    const Amount b = *AnyAmount();
    RC_ASSERT(Amount::FromBytes(a.ToBytes()) == a);
    RC_ASSERT(Amount::FromKey(a.ToKey()) == a);
    RC_ASSERT((a < b) == (a.ToKey() < b.ToKey()));
  }));
}

TEST(Amount, MinorTextIsThePlainNumber) {
  EXPECT_EQ(MinorText(Amount::Zero()), "0");
  EXPECT_EQ(MinorText(Minor(-1234567890)), "-1234567890");
  EXPECT_EQ(MinorText(Amount::Min()), "-170141183460469231731687303715884105728");
}

TEST(AmountDeathTest, FactorsAndPowersOutOfRangeAreDefects) {
  EXPECT_DEATH(PowerOfTen(39), "power of ten out of range: 39");
  EXPECT_DEATH(RoundQuotient(std::vector<Amount>(5, Minor(1)), {}, Rounding::kDown), "more than four factors");
}

}  // namespace
}  // namespace causeway
