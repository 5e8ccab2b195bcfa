// SPDX-License-Identifier: Apache-2.0

#include "contracts/policy/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/random_model.h"

namespace causeway::policy {
namespace {

using testing::MakeConsistent;
using testing::ModelShape;
using testing::RandomModel;
using testing::RandomRow;
using testing::SmallModel;

absl::int128 Factorial(size_t n) {
  return n == 0 ? absl::int128(1) : Factorial(n - 1) * absl::int128(n);
}

// n! × Σ over references of a feature's Shapley value, by its definition: the weighted mean, over all subsets of the
// other features, of what the feature adds to the margin when it is taken from the row instead of from the reference.
absl::int128 ShapleyByDefinition(const TreeModel& model, const FeatureRow& row, size_t feature) {
  const size_t n = model.feature_count();
  absl::int128 sum = 0;
  for (const FeatureRow& reference : model.references()) {
    for (uint32_t subset = 0; subset < (1u << n); ++subset) {
      if ((subset >> feature & 1) != 0) continue;
      FeatureRow without = reference;
      size_t members = 0;
      for (size_t i = 0; i < n; ++i) {
        if ((subset >> i & 1) == 0) continue;
        without[i] = row[i];
        ++members;
      }
      FeatureRow with = without;
      with[feature] = row[feature];
      sum += Factorial(members) * Factorial(n - members - 1) * (model.Score(with) - model.Score(without));
    }
  }
  return sum;
}

void ExpectByDefinition(const TreeModel& model, const FeatureRow& row) {
  const Explanation explanation = Explain(model, row);
  const absl::int128 scale = explanation.denominator / model.references().size();
  ASSERT_EQ(explanation.denominator % model.references().size(), 0u);
  ASSERT_EQ(explanation.contributions.size(), model.feature_count());
  for (size_t i = 0; i < model.feature_count(); ++i) {
    ASSERT_TRUE(explanation.contributions[i] * Factorial(model.feature_count()) ==
                scale * ShapleyByDefinition(model, row, i))
        << "feature " << i;
  }
}

TEST(Explanation, IsAsWorkedOutByHand) {
  const TreeModel model = TreeModel::CompileAccepted(SmallModel());
  // From {10, 0} at -11 to {50, 5} at 57: the amount alone adds 16, the tier alone 20, both together 68, so each has
  // half of the 32 that only both bring.
  const Explanation explanation = Explain(model, {50, 5});
  EXPECT_EQ(explanation.denominator, 2u);
  EXPECT_TRUE(explanation.contributions[0] == 2 * (16 + 16));
  EXPECT_TRUE(explanation.contributions[1] == 2 * (20 + 16));
  EXPECT_THAT(LargestPositive(explanation, 5), ::testing::ElementsAre(1, 0));
  EXPECT_THAT(LargestPositive(explanation, 1), ::testing::ElementsAre(1));
  const v1::Explanation record = RecordOf(explanation);
  EXPECT_EQ(record.denominator(), 2u);
  EXPECT_THAT(record.contributions(), ::testing::ElementsAre("64", "72"));
}

TEST(Explanation, OfTheReferenceItselfIsNothing) {
  const TreeModel model = TreeModel::CompileAccepted(SmallModel());
  const Explanation explanation = Explain(model, {10, 0});
  EXPECT_TRUE(explanation.contributions[0] == 0);
  EXPECT_TRUE(explanation.contributions[1] == 0);
  EXPECT_THAT(LargestPositive(explanation, 5), ::testing::IsEmpty());
  EXPECT_THAT(RecordOf(explanation).contributions(), ::testing::ElementsAre("0", "0"));
}

TEST(Explanation, OfASingleLeafIsNothing) {
  v1::Model source = SmallModel();
  source.clear_trees();
  source.clear_category_sets();
  source.add_trees()->add_splits(0);
  source.mutable_trees(0)->add_values(-7);
  MakeConsistent(source);
  const Explanation explanation = Explain(TreeModel::CompileAccepted(source), {50, 5});
  EXPECT_EQ(explanation.denominator, 1u);
  EXPECT_TRUE(explanation.contributions[0] == 0);
}

TEST(Explanation, AgreesWithTheDefinitionOfShapleyValues) {
  std::mt19937_64 random(314159);
  for (int round = 0; round < 150; ++round) {
    const v1::Model source =
        RandomModel(ModelShape{1 + random() % 6, 1 + random() % 4, random() % 8, 1 + random() % 3}, random);
    const TreeModel model = TreeModel::CompileAccepted(source);
    for (int i = 0; i < 3; ++i) ExpectByDefinition(model, RandomRow(source, random));
  }
}

TEST(Explanation, AtFullDepthAgreesWithTheDefinition) {
  std::mt19937_64 random(271828);
  for (int round = 0; round < 3; ++round) {
    const v1::Model source = RandomModel(ModelShape{11, 1, kMostDepth, 1}, random);
    ExpectByDefinition(TreeModel::CompileAccepted(source), RandomRow(source, random));
  }
}

// The sum is checked inside Explain on every call; here with many features, references and trees.
TEST(Explanation, AddsUpForLargeModels) {
  std::mt19937_64 random(161803);
  for (int round = 0; round < 5; ++round) {
    const v1::Model source = RandomModel(ModelShape{40, 60, 6, 16}, random);
    const TreeModel model = TreeModel::CompileAccepted(source);
    for (int i = 0; i < 20; ++i) {
      const FeatureRow row = RandomRow(source, random);
      const Explanation explanation = Explain(model, row);
      absl::int128 sum = 0;
      for (const absl::int128& contribution : explanation.contributions) sum += contribution;
      absl::int128 expected = absl::int128(model.Score(row)) * explanation.denominator;
      for (const FeatureRow& reference : model.references()) {
        expected -= absl::int128(model.Score(reference)) * (explanation.denominator / model.references().size());
      }
      ASSERT_TRUE(sum == expected);
    }
  }
}

TEST(Explanation, WritesNumbersBeyond64Bits) {
  Explanation explanation;
  explanation.denominator = 1;
  explanation.contributions = {absl::MakeInt128(1, 0), -absl::MakeInt128(1, 0), absl::Int128Min()};
  EXPECT_THAT(RecordOf(explanation).contributions(),
              ::testing::ElementsAre("18446744073709551616", "-18446744073709551616",
                                     "-170141183460469231731687303715884105728"));
}

}  // namespace
}  // namespace causeway::policy
