// SPDX-License-Identifier: Apache-2.0
// Windows against a plain model that remembers every movement; logarithms and deviations against floating point.

#include "contracts/policy/profile.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contracts/policy/features.h"
#include "ledger/base/decimal.h"
#include "tests/support/contract_fixture.h"

namespace causeway::policy {
namespace {

using causeway::testing::IdFor;

constexpr Instant kStart = Instant::FromMicros(1'772'442'000'000'000);

struct Remembered {
  Instant at;
  uint64_t value;
};

// What a window says by its definition: everything in the running bucket and the ones before it.
uint64_t PlainSum(const std::vector<Remembered>& all, const WindowShape& shape, Instant now) {
  const uint64_t newest = now.micros() / shape.bucket_us;
  uint64_t sum = 0;
  for (const Remembered& one : all) {
    const uint64_t bucket = one.at.micros() / shape.bucket_us;
    if (bucket + static_cast<uint64_t>(shape.buckets) > newest) sum += one.value;
  }
  return sum;
}

class Windows : public ::testing::TestWithParam<WindowShape> {};

TEST_P(Windows, AgreeWithAModelThatForgetsNothing) {
  const WindowShape shape = GetParam();
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    v1::Window window;
    std::vector<Remembered> all;
    Instant now = kStart;
    for (int step = 0; step < 200; ++step) {
      // From no time at all to several windows.
      const uint64_t longest =
          random() % 4 == 0 ? shape.bucket_us * static_cast<uint64_t>(shape.buckets) * 2 : shape.bucket_us * 2;
      now = *Add(now, Duration::Micros(random() % longest));
      if (random() % 3 != 0) {
        const uint64_t value = random() % 1000;
        AddTo(window, shape, now, value);
        all.push_back({now, value});
      }
      ASSERT_EQ(SumOf(window, shape, now), PlainSum(all, shape, now)) << "seed " << seed << ", step " << step;
      ASSERT_LE(window.buckets_size(), shape.buckets) << "the state is constant in size";
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Shapes, Windows, ::testing::Values(kHourOfMinutes, kDayOfHours, kWeekOfDays, kMonthOfDays));

TEST(Window, SumsStopAtTheLargest) {
  v1::Window window;
  AddTo(window, kDayOfHours, kStart, kSumMax);
  AddTo(window, kDayOfHours, kStart, 1);
  EXPECT_EQ(SumOf(window, kDayOfHours, kStart), kSumMax);
  AddTo(window, kDayOfHours, *Add(kStart, Duration::Hours(1)), kSumMax);
  EXPECT_EQ(SumOf(window, kDayOfHours, *Add(kStart, Duration::Hours(1))), kSumMax);
  EXPECT_EQ(Saturated(Amount::Max()), kSumMax);
}

TEST(Counterparties, AgreeWithAModelThatForgetsNothing) {
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 random(seed);
    Counterparties list;
    // Each account of the last 32 with its first and last time, the latest last.
    std::vector<std::pair<AccountId, std::pair<Instant, Instant>>> plain;
    Instant now = kStart;
    for (int step = 0; step < 300; ++step) {
      now = *Add(now, Duration::Hours(random() % 20));
      const AccountId account = IdFor<AccountId>("account " + std::to_string(random() % 50));
      Touch(list, account, now);
      auto known = std::find_if(plain.begin(), plain.end(), [&](const auto& one) { return one.first == account; });
      Instant first = now;
      if (known != plain.end()) {
        first = known->second.first;
        plain.erase(known);
      } else if (plain.size() == 32) {
        plain.erase(plain.begin());
      }
      plain.push_back({account, {first, now}});
      ASSERT_LE(list.size(), kCounterpartiesMax);
      const auto recent = std::count_if(plain.begin(), plain.end(), [&](const auto& one) {
        return one.second.second > SubtractSaturating(now, Duration::Days(7));
      });
      ASSERT_EQ(CountRecent(list, now), recent);
      for (int i = 0; i < 50; ++i) {
        const AccountId asked = IdFor<AccountId>("account " + std::to_string(i));
        const auto found =
            std::find_if(plain.begin(), plain.end(), [&](const auto& one) { return one.first == asked; });
        ASSERT_EQ(KnownSince(list, asked),
                  found == plain.end() ? std::nullopt : std::optional<Instant>(found->second.first));
      }
    }
  }
}

TEST(Logarithm, IsThatOfFloatingPointRoundedDown) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const int bits = static_cast<int>(random() % 120) + 1;
    absl::int128 value = 1;
    for (int bit = 1; bit < bits; ++bit) value = value * 2 + static_cast<int64_t>(random() % 2);
    const double exact = std::log2(static_cast<double>(value)) * 1024;
    EXPECT_NEAR(static_cast<double>(Log2(Amount::FromMinor(value))), exact, 1.001);
  }
  for (int bit = 0; bit < 127; ++bit) EXPECT_EQ(Log2(Amount::FromMinor(absl::int128(1) << bit)), bit * 1024);
  EXPECT_EQ(Log2(Amount::Max()), 127 * 1024 - 1);
}

TEST(Logarithm, OfWholeUnitsIsTheSameForEveryNumberOfDecimals) {
  for (int decimals = 0; decimals <= 6; ++decimals) {
    const Amount amount = *Rescale(Amount::FromMinor(4096), 0, decimals, Rounding::kDown);
    EXPECT_NEAR(static_cast<double>(Log2Units(amount, decimals)), 12 * 1024, 1) << decimals;
  }
  EXPECT_LT(Log2Units(Amount::FromMinor(1), 2), 0);
}

TEST(Logarithm, Grows) {
  int64_t last = -1;
  for (int value = 1; value < 5000; ++value) {
    const int64_t log = Log2(Amount::FromMinor(value));
    EXPECT_GE(log, last);
    last = log;
  }
}

TEST(ZScore, IsThatOfFloatingPoint) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    v1::MovementProfile profile;
    std::vector<double> logs;
    const size_t count = 4 + random() % 60;
    for (size_t i = 0; i < count; ++i) {
      const Amount amount = Amount::FromMinor(static_cast<int64_t>(100 + random() % 10'000'000));
      AddOut(profile, {amount, 2, std::nullopt, false}, kStart);
      logs.push_back(static_cast<double>(Log2Units(amount, 2)));
    }
    double mean = 0, variance = 0;
    for (const double log : logs) mean += log / static_cast<double>(count);
    for (const double log : logs) variance += (log - mean) * (log - mean) / static_cast<double>(count);
    const int64_t asked = static_cast<int64_t>(random() % 30'000);
    const double expected = (static_cast<double>(asked) - mean) * 100 / std::sqrt(variance);
    EXPECT_NEAR(static_cast<double>(*ZScore(profile, asked)), expected, 1 + std::abs(expected) / 500);
  }
}

TEST(ZScore, IsMissingBeforeTheFifthMovementAndBoundWhereNothingVaried) {
  v1::MovementProfile profile;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ZScore(profile, 0), std::nullopt);
    AddOut(profile, {Amount::FromMinor(100), 2, std::nullopt, false}, kStart);
  }
  EXPECT_EQ(ZScore(profile, Log2Units(Amount::FromMinor(100), 2)), 0);
  EXPECT_EQ(ZScore(profile, Log2Units(Amount::FromMinor(100), 2) + 5), 500);
}

TEST(ZScore, SurvivesTheHalvingOfItsSums) {
  v1::MovementProfile profile;
  for (int i = 0; i < 10'000; ++i) AddOut(profile, {Amount::FromMinor(100 << (i % 4)), 2, std::nullopt, false}, kStart);
  EXPECT_LE(profile.log_count(), 4096u);
  // Logarithms 0, 1024, 2048, 3072: mean 1536, deviation 1145.
  EXPECT_NEAR(static_cast<double>(*ZScore(profile, 1536 + 1145)), 100, 2);
}

TEST(JustBelow, IsFromNineTenthsToLess) {
  const Amount threshold = Amount::FromMinor(1'000'000);
  EXPECT_FALSE(IsJustBelow(Amount::FromMinor(899'999), threshold));
  EXPECT_TRUE(IsJustBelow(Amount::FromMinor(900'000), threshold));
  EXPECT_TRUE(IsJustBelow(Amount::FromMinor(999'999), threshold));
  EXPECT_FALSE(IsJustBelow(threshold, threshold));
}

TEST(Features, AreTheEnumsValuesInOrderAndExactInFloats) {
  const auto& descriptor = *v1::PolicyFeature_descriptor();
  ASSERT_EQ(static_cast<size_t>(descriptor.value_count()), kFeatureCount + 1);
  for (size_t i = 0; i < kFeatureCount; ++i) {
    const LedgerFeature& feature = Features()[i];
    EXPECT_EQ(static_cast<size_t>(feature.feature), i + 1);
    std::string name = descriptor.FindValueByNumber(feature.feature)->name().substr(sizeof("POLICY_FEATURE_") - 1);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_EQ(feature.name, name);
    EXPECT_EQ(FindFeature(name), &feature);
    EXPECT_LT(feature.lower, feature.upper);
    EXPECT_LE(std::max(-feature.lower, feature.upper), int64_t{1} << 24);
  }
}

}  // namespace
}  // namespace causeway::policy
