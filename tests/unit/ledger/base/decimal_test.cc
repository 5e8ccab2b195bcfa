// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/decimal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/status_matchers.h"

namespace causeway {
namespace {

using absl::StatusCode;

TEST(Decimal, CanonicalTextHasOneFormPerValue) {
  for (const char* text : {"0", "7", "-7", "10", "0.5", "-0.5", "1.2514", "1000000.05", "0.000000000000000001",
                           "999999999999999999999999999999999999999"}) {
    EXPECT_TRUE(IsCanonicalDecimal(text)) << text;
  }
}

TEST(Decimal, EveryOtherTextIsRefusedWithItsPlace) {
  struct Case {
    absl::string_view text;
    const char* problem;
  };
  const Case cases[] = {
      {"", "no digits (at character 1)"},
      {"-", "a digit belongs here (at character 2)"},
      {"+1", "a digit belongs here (at character 1)"},
      {".5", "a digit belongs here (at character 1)"},
      {"01", "leading zero (at character 1)"},
      {"-00.5", "leading zero (at character 2)"},
      {"1.", "a digit belongs after the point (at character 3)"},
      {"1.50", "trailing zero after the point (at character 4)"},
      {"0.0", "trailing zero after the point (at character 3)"},
      {"-0", "negative zero (at character 1)"},
      {"1e5", "only digits and one point are allowed (at character 2)"},
      {"1.5.5", "only digits and one point are allowed (at character 4)"},
      {"1,000", "only digits and one point are allowed (at character 2)"},
      {" 1", "a digit belongs here (at character 1)"},
      {"1 ", "only digits and one point are allowed (at character 2)"},
      {absl::string_view("1\0", 2), "only digits and one point are allowed (at character 2)"},
      {"0.0000000000000000001", "more than 18 digits after the point (at character 3)"},
      {"1000000000000000000000000000000000000000", "more than 39 digits before the point (at character 1)"},
  };
  for (const Case& c : cases) {
    EXPECT_FALSE(IsCanonicalDecimal(c.text)) << c.text;
    EXPECT_THAT(ParseDecimal(c.text, 18), StatusIs(StatusCode::kInvalidArgument, c.problem)) << c.text;
  }
}

TEST(Decimal, TextBecomesMinorUnits) {
  EXPECT_EQ(*ParseDecimal("1000000.5", 2), Amount::FromMinor(100000050));
  EXPECT_EQ(*ParseDecimal("-0.01", 2), Amount::FromMinor(-1));
  EXPECT_EQ(*ParseDecimal("3", 0), Amount::FromMinor(3));
  EXPECT_EQ(*ParseDecimal("-1.25"), (Decimal{Amount::FromMinor(-125), 2}));
}

TEST(Decimal, MoreDecimalsThanTheInstrumentHasAreRefused) {
  EXPECT_THAT(ParseDecimal("1.005", 2),
              StatusIs(StatusCode::kInvalidArgument, "\"1.005\" has 3 decimals where at most 2 are allowed"));
}

TEST(Decimal, WhatDoesNotFitInto128BitsIsRefused) {
  EXPECT_EQ(*ParseDecimal("170141183460469231731687303715884105727", 0), Amount::Max());
  EXPECT_EQ(*ParseDecimal("-170141183460469231731687303715884105728", 0), Amount::Min());
  EXPECT_THAT(ParseDecimal("170141183460469231731687303715884105728", 0),
              StatusIs(StatusCode::kOutOfRange, "128 bits"));
  EXPECT_THAT(ParseDecimal("-170141183460469231731687303715884105729", 0), StatusIs(StatusCode::kOutOfRange));
  EXPECT_THAT(ParseDecimal("170141183460469231731687303715884105727", 1), StatusIs(StatusCode::kOutOfRange));
  EXPECT_THAT(ParseDecimal("999999999999999999999999999999999999999", 0), StatusIs(StatusCode::kOutOfRange));
}

TEST(Decimal, FormattingIsCanonicalAndReadsBack) {
  EXPECT_EQ(FormatDecimal(Amount::FromMinor(100000050), 2), "1000000.5");
  EXPECT_EQ(FormatDecimal(Amount::FromMinor(-5), 3), "-0.005");
  EXPECT_EQ(FormatDecimal(Amount::FromMinor(500), 2), "5");
  EXPECT_EQ(FormatDecimal(Amount::Zero(), 18), "0");
  EXPECT_TRUE(rc::check([] {
    const auto [high, low] = *rc::gen::arbitrary<std::pair<uint64_t, uint64_t>>();
    const int shift = *rc::gen::inRange(0, 128);
    const int decimals = *rc::gen::inRange(0, kMaxDecimals + 1);
    const Amount amount = Amount::FromMinor(static_cast<absl::int128>(absl::MakeUint128(high, low)) >> shift);
    const std::string text = FormatDecimal(amount, decimals);
    RC_ASSERT(IsCanonicalDecimal(text));
    RC_ASSERT(*ParseDecimal(text, decimals) == amount);
  }));
}

TEST(Decimal, ACanonicalTextReadsBackAsItself) {
  EXPECT_TRUE(rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('0', '1', '9', '.', '-', '5'));
    const absl::StatusOr<Decimal> decimal = ParseDecimal(text);
    RC_ASSERT(decimal.ok() == (IsCanonicalDecimal(text) && !absl::IsOutOfRange(decimal.status())));
    if (decimal.ok()) RC_ASSERT(FormatDecimal(*decimal) == text);
  }));
}

TEST(Decimal, DisplayShowsEveryDecimalAndGroups) {
  EXPECT_EQ(DisplayDecimal(Amount::FromMinor(100000050), 2), "1,000,000.50");
  EXPECT_EQ(DisplayDecimal(Amount::FromMinor(-99999), 2), "-999.99");
  EXPECT_EQ(DisplayDecimal(Amount::FromMinor(1234), 0), "1,234");
  EXPECT_EQ(DisplayDecimal(Amount::Zero(), 4), "0.0000");
}

TEST(Decimal, ComparisonIsByValue) {
  const Decimal tenth{Amount::FromMinor(1), 1};
  EXPECT_EQ(CompareDecimals(tenth, {Amount::FromMinor(100), 3}), std::strong_ordering::equal);
  EXPECT_EQ(CompareDecimals(tenth, {Amount::FromMinor(101), 3}), std::strong_ordering::less);
  EXPECT_EQ(CompareDecimals(tenth, {Amount::FromMinor(-1), 0}), std::strong_ordering::greater);
}

TEST(Decimal, ProductsAndQuotientsRoundOnceAtTheNamedDecimals) {
  const Decimal price{Amount::FromMinor(12514), 4};
  EXPECT_EQ(Multiply({Amount::FromMinor(3), 0}, price, 2, Rounding::kDown), Amount::FromMinor(375));
  EXPECT_EQ(Multiply({Amount::FromMinor(3), 0}, price, 6, Rounding::kDown), Amount::FromMinor(3754200));
  EXPECT_EQ(Divide({Amount::FromMinor(10), 0}, {Amount::FromMinor(3), 0}, 3, Rounding::kUp), Amount::FromMinor(3334));
  EXPECT_EQ(Divide(price, {Amount::Zero(), 2}, 4, Rounding::kDown), std::nullopt);
  EXPECT_EQ(Round(price, 2, Rounding::kHalfUp), Amount::FromMinor(125));
}

}  // namespace
}  // namespace causeway
