// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/instant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/status_matchers.h"

namespace causeway {
namespace {

using absl::StatusCode;

constexpr uint64_t kSecond = 1'000'000;

TEST(Instant, ReadsAndWritesRfc3339) {
  struct Case {
    const char* text;
    uint64_t micros;
  };
  const Case cases[] = {{"1970-01-01T00:00:00Z", 0},
                        {"2000-02-29T12:34:56Z", 951'827'696 * kSecond},
                        {"2026-03-02T10:00:00Z", 1'772'445'600 * kSecond},
                        {"2026-03-02T10:00:00.250Z", 1'772'445'600 * kSecond + 250'000},
                        {"2026-03-02T10:00:00.000001Z", 1'772'445'600 * kSecond + 1},
                        {"2100-03-01T00:00:00Z", 4'107'542'400 * kSecond},
                        {"9999-12-31T23:59:59.999999Z", 253'402'300'800 * kSecond - 1}};
  for (const Case& c : cases) {
    EXPECT_EQ(*ParseInstant(c.text), Instant::FromMicros(c.micros)) << c.text;
    EXPECT_EQ(FormatInstant(Instant::FromMicros(c.micros)), c.text);
  }
}

TEST(Instant, TakesOffsetsLowerCaseAndPlainMicroseconds) {
  const Instant ten = ParseInstant("2026-03-02T10:00:00Z").value();
  EXPECT_EQ(*ParseInstant("2026-03-02T18:00:00+08:00"), ten);
  EXPECT_EQ(*ParseInstant("2026-03-02T04:30:00.0-05:30"), ten);
  EXPECT_EQ(*ParseInstant("2026-03-02t10:00:00z"), ten);
  EXPECT_EQ(*ParseInstant("1772445600000000"), ten);
}

TEST(Instant, SaysWhatIsWrong) {
  const auto refuses = [](const char* text, const char* problem) {
    EXPECT_THAT(ParseInstant(text), StatusIs(StatusCode::kInvalidArgument, problem)) << text;
  };
  refuses("", "it starts with YYYY-MM-DD");
  refuses("2026-3-02T10:00:00Z", "it starts with YYYY-MM-DD");
  refuses("2026-02-29T10:00:00Z", "there is no such date");
  refuses("1900-02-29T10:00:00Z", "there is no such date");
  refuses("2026-13-01T10:00:00Z", "there is no such date");
  refuses("2026-03-02 10:00:00Z", "a T follows the date");
  refuses("2026-03-02T10:00Z", "hh:mm:ss follows the T");
  refuses("2026-03-02T24:00:00Z", "there is no such time of day");
  refuses("2026-03-02T23:59:60Z", "leap seconds are not counted here");
  refuses("2026-03-02T10:00:00.Z", "one to six digits follow the point");
  refuses("2026-03-02T10:00:00.1234567Z", "one to six digits follow the point");
  refuses("2026-03-02T10:00:00", "it ends with Z or an offset");
  refuses("2026-03-02T10:00:00+25:00", "it ends with Z or an offset");
  refuses("2026-03-02T10:00:00ZZ", "something follows the offset");
  refuses("1969-12-31T23:59:59Z", "it lies before 1970");
  refuses("1970-01-01T00:30:00+01:00", "it lies before 1970");
  refuses("18446744073709551616", "do not fit into 64 bits");
}

TEST(Instant, EveryInstantReadsBackFromItsText) {
  EXPECT_EQ(FormatInstant(Instant::Max()), "18446744073709551615");
  EXPECT_EQ(*ParseInstant(FormatInstant(Instant::Max())), Instant::Max());
  EXPECT_TRUE(rc::check([] {
    const Instant instant = Instant::FromMicros(*rc::gen::arbitrary<uint64_t>() >> *rc::gen::inRange(0, 40));
    RC_ASSERT(*ParseInstant(FormatInstant(instant)) == instant);
  }));
}

TEST(Instant, DatesFollowOneAnotherThroughFourHundredYears) {
  CivilDate expected{1970, 1, 1};
  const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (uint64_t day = 0; day < 146'097; ++day) {
    const Instant noon = Instant::FromMicros((day * 86'400 + 43'200) * kSecond);
    ASSERT_EQ(DateOf(noon), expected) << day;
    ASSERT_EQ(StartOf(expected), Instant::FromMicros(day * 86'400 * kSecond));
    const bool leap = expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0);
    const int length = lengths[expected.month - 1] + (leap && expected.month == 2 ? 1 : 0);
    if (++expected.day > length) {
      expected.day = 1;
      if (++expected.month > 12) {
        expected.month = 1;
        ++expected.year;
      }
    }
  }
  EXPECT_EQ(expected, (CivilDate{2370, 1, 1}));
}

TEST(Instant, DatesAreReadStrictly) {
  EXPECT_EQ(*ParseDate("2028-02-29"), (CivilDate{2028, 2, 29}));
  EXPECT_EQ(FormatDate({2028, 2, 29}), "2028-02-29");
  for (const char* text : {"", "2026-02-29", "2026-1-1", "2026-01-01Z", "20260101", "2026-00-10", "2026-01-32"}) {
    EXPECT_THAT(ParseDate(text), StatusIs(StatusCode::kInvalidArgument, "not a date")) << text;
  }
  EXPECT_EQ(StartOf({1969, 12, 31}), std::nullopt);
  EXPECT_EQ(StartOf({2026, 2, 29}), std::nullopt);
}

TEST(Instant, ArithmeticStopsAtItsEnds) {
  const Duration hour = Duration::Hours(1);
  EXPECT_EQ(hour.micros(), 3'600 * kSecond);
  EXPECT_EQ(Add(Instant::Epoch(), hour), Instant::FromMicros(3'600 * kSecond));
  EXPECT_EQ(Add(Instant::Max(), Duration::Micros(1)), std::nullopt);
  EXPECT_EQ(Subtract(Instant::Epoch(), Duration::Micros(1)), std::nullopt);
  EXPECT_EQ(Subtract(Instant::FromMicros(5), Duration::Micros(5)), Instant::Epoch());
  EXPECT_EQ(AddSaturating(Instant::Max(), hour), Instant::Max());
  EXPECT_EQ(SubtractSaturating(Instant::FromMicros(5), hour), Instant::Epoch());
  EXPECT_EQ(Between(Instant::FromMicros(5), Instant::FromMicros(7)), Duration::Micros(2));
  EXPECT_EQ(Between(Instant::FromMicros(7), Instant::FromMicros(5)), std::nullopt);
}

TEST(InstantDeathTest, ADurationThatDoesNotFitIsADefect) {
  EXPECT_DEATH(Duration::Days(std::numeric_limits<uint64_t>::max()), "duration out of range");
}

}  // namespace
}  // namespace causeway
