// SPDX-License-Identifier: Apache-2.0

#include "contracts/policy/trees.h"

#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/codec/canonical.h"
#include "tests/support/random_model.h"

namespace causeway::policy {
namespace {

using testing::MakeConsistent;
using testing::MarginOf;
using testing::ModelShape;
using testing::RandomModel;
using testing::RandomRow;
using testing::SmallModel;

TreeModel Compiled(const v1::Model& model) {
  std::vector<ModelProblem> problems;
  std::optional<TreeModel> compiled = TreeModel::Compile(model, problems);
  for (const ModelProblem& problem : problems) ADD_FAILURE() << NameOf(problem.fault) << " at " << problem.where;
  return *std::move(compiled);
}

// "FAULT at place" for each problem, in order.
std::vector<std::string> ProblemsOf(const v1::Model& model) {
  std::vector<ModelProblem> problems;
  const bool compiled = TreeModel::Compile(model, problems).has_value();
  std::vector<std::string> texts;
  for (const ModelProblem& problem : problems) texts.push_back(absl::StrCat(NameOf(problem.fault), " ", problem.where));
  EXPECT_EQ(compiled, texts.empty());
  return texts;
}

TEST(Trees, ScoreAsWorkedOutByHand) {
  const TreeModel model = Compiled(SmallModel());
  EXPECT_EQ(model.Score({10, 0}), 1 - 8 - 4);
  EXPECT_EQ(model.Score({49, 5}), 1 - 8 + 16);
  EXPECT_EQ(model.Score({50, 5}), 1 + 40 + 16);
  EXPECT_EQ(model.Score({50, 4}), 1 + 8 - 4);
  EXPECT_EQ(model.Score({std::nullopt, 2}), 1 + 40 + 16) << "a missing amount goes right";
  EXPECT_EQ(model.theta_hold(), 20);
  EXPECT_EQ(model.theta_deny(), 50);
  EXPECT_EQ(model.depth(), 2u);
  EXPECT_EQ(model.node_count(), 8u);
  EXPECT_EQ(model.explanation_work(), 8u);
}

TEST(Trees, MissingFollowsTheDefaultOfTheNode) {
  v1::Model source = SmallModel();
  source.mutable_trees(0)->set_default_left(0, true);
  MakeConsistent(source);
  EXPECT_EQ(Compiled(source).Score({std::nullopt, 2}), 1 - 8 + 16);
}

TEST(Trees, OfAnyShapeScoreAsTheRecordReads) {
  std::mt19937_64 random(20260302);
  for (int round = 0; round < 200; ++round) {
    const v1::Model source = RandomModel(ModelShape{1 + random() % 12, 1 + random() % 20, random() % 9, 2}, random);
    const TreeModel model = Compiled(source);
    for (int i = 0; i < 50; ++i) {
      const FeatureRow row = RandomRow(source, random);
      ASSERT_EQ(model.Score(row), MarginOf(source, row)) << "round " << round;
    }
    const TreeModel again = TreeModel::CompileAccepted(source);
    const FeatureRow row = RandomRow(source, random);
    EXPECT_EQ(again.Score(row), model.Score(row));
  }
}

TEST(Trees, AtTheLimitsFitATransactionAndItsMargins) {
  v1::Model source = SmallModel();
  source.clear_trees();
  source.clear_category_sets();
  source.clear_golden_vectors();
  *source.add_golden_vectors()->mutable_row() = RecordOf({0, 0});
  const int64_t largest = kLeafMagnitudeEnd - 1;
  for (size_t i = 0; i < kMostTrees; ++i) {
    v1::Tree* tree = source.add_trees();
    const std::function<void(int)> grow = [&](int depth) {
      tree->add_splits(depth == 0 ? 0 : 1);
      tree->add_values(depth == 0 ? largest : kFeatureMagnitudeMax);
      if (depth == 0) return;
      tree->add_default_left(true);
      grow(depth - 1);
      grow(depth - 1);
    };
    grow(6);
  }
  source.set_base_margin(largest);
  MakeConsistent(source);
  const TreeModel model = Compiled(source);
  EXPECT_EQ(model.node_count(), kMostTrees * 127);
  EXPECT_EQ(model.Score({0, 0}), largest * 513);
  EXPECT_LT(source.ByteSizeLong(), size_t{3} << 20);
  EXPECT_EQ(codec::CheckCanonical(*v1::Model::descriptor(), source.SerializeAsString()), absl::OkStatus());
}

TEST(Trees, TheErrorBoundCoversEveryOrderOfSummation) {
  v1::Model model = SmallModel();
  // 2 trees, u = 2^-24, sum of magnitudes 1 + 40 + 16.
  EXPECT_EQ(LeastErrorBound(model), 1u);
  model.set_base_margin(-(int64_t{1} << 40));
  // 2·2^40 ÷ (2^24 − 2), a little more than 2^17.
  EXPECT_EQ(LeastErrorBound(model), (1u << 17) + 1);
  model.set_lossless(false);
  EXPECT_EQ(LeastErrorBound(model), (1u << 17) + 3) << "three roundings of a half each";
}

TEST(Trees, RowsOutsideTheFeaturesDoNotFit) {
  const TreeModel model = Compiled(SmallModel());
  EXPECT_TRUE(model.Fits({100, 9}));
  EXPECT_TRUE(model.Fits({std::nullopt, 0}));
  EXPECT_FALSE(model.Fits({101, 9}));
  EXPECT_FALSE(model.Fits({-1, 9}));
  EXPECT_FALSE(model.Fits({0, 10}));
  EXPECT_FALSE(model.Fits({0, std::nullopt})) << "only the amount may be missing";
  EXPECT_FALSE(model.Fits({0}));
  EXPECT_FALSE(model.Fits({0, 0, 0}));
  EXPECT_EQ(model.Clamped({1000, -1}), (FeatureRow{100, 0}));
  EXPECT_EQ(model.Clamped({std::nullopt, 5}), (FeatureRow{std::nullopt, 5}));
  EXPECT_DEATH((void)model.Score({0, 10}), "does not fit");
}

TEST(Trees, RowsSurviveTheirRecord) {
  const FeatureRow row = {std::nullopt, 0, -5, INT32_MAX, std::nullopt};
  EXPECT_EQ(RowOf(RecordOf(row)), row);
  const auto refuses = [](std::vector<int64_t> values, std::vector<uint32_t> missing) {
    v1::FeatureRow record;
    for (const int64_t value : values) record.add_values(value);
    for (const uint32_t index : missing) record.add_missing(index);
    return !RowOf(record).has_value();
  };
  EXPECT_FALSE(refuses({0, 0}, {0, 1}));
  EXPECT_TRUE(refuses({0, 0}, {1, 0}));
  EXPECT_TRUE(refuses({0, 0}, {1, 1}));
  EXPECT_TRUE(refuses({0, 0}, {2}));
  EXPECT_TRUE(refuses({0, 7}, {1})) << "a missing value has no number";
  EXPECT_TRUE(refuses({int64_t{1} << 31}, {}));
  EXPECT_TRUE(refuses({-(int64_t{1} << 31) - 1}, {}));
}

TEST(Trees, EveryFaultHasAName) {
  std::set<absl::string_view> names;
  for (uint32_t fault = 1; fault <= 11; ++fault) names.insert(NameOf(static_cast<ModelFault>(fault)));
  EXPECT_EQ(names.size(), 11u);
  EXPECT_DEATH(TreeModel::CompileAccepted(v1::Model()), "an accepted model is not acceptable: LIMIT at features");
}

TEST(Trees, ThatHaveSeveralFaultsNameEach) {
  v1::Model model = SmallModel();
  model.mutable_features(1)->set_name("amount");
  model.mutable_trees(1)->add_splits(0);
  model.set_theta_deny(19);
  model.set_card_hash("short");
  EXPECT_THAT(ProblemsOf(model), ::testing::ElementsAre("FEATURE features[1]", "TREE_SHAPE trees[1]",
                                                        "THRESHOLDS theta_deny", "HASH card_hash"));
}

// One thing broken in SmallModel, and the problem that it makes.
struct Break {
  const char* name;
  std::function<void(v1::Model&)> change;
  const char* problem;
};

void PrintTo(const Break& broken, std::ostream* out) {
  *out << broken.name;
}

class TreesBreak : public ::testing::TestWithParam<Break> {};

TEST_P(TreesBreak, IsFoundAndNothingElse) {
  v1::Model model = SmallModel();
  ASSERT_THAT(ProblemsOf(model), ::testing::IsEmpty());
  GetParam().change(model);
  EXPECT_THAT(ProblemsOf(model), ::testing::ElementsAre(GetParam().problem));
}

void Repeat(int times, const std::function<void()>& what) {
  for (int i = 0; i < times; ++i) what();
}

// A tree that is a chain of `depth` questions.
void AddChain(v1::Model& model, int depth) {
  v1::Tree* tree = model.add_trees();
  Repeat(depth, [tree] {
    tree->add_splits(1);
    tree->add_values(50);
    tree->add_default_left(true);
  });
  Repeat(depth + 1, [tree] {
    tree->add_splits(0);
    tree->add_values(0);
  });
}

const Break kBreaks[] = {
    {"NoFeatures", [](v1::Model& m) { m.clear_features(); }, "LIMIT features"},
    {"TooManyFeatures", [](v1::Model& m) { Repeat(63, [&] { m.add_features(); }); }, "LIMIT features"},
    {"NoTrees", [](v1::Model& m) { m.clear_trees(); }, "LIMIT trees"},
    {"TooManyTrees", [](v1::Model& m) { Repeat(511, [&] { m.add_trees(); }); }, "LIMIT trees"},
    {"TooManyNodes", [](v1::Model& m) { Repeat(kMostNodes, [&] { m.mutable_trees(0)->add_splits(0); }); },
     "LIMIT nodes"},
    {"TooManyCategorySets", [](v1::Model& m) { Repeat(kMostNodes, [&] { m.add_category_sets(); }); },
     "LIMIT category_sets"},
    {"TooManyCategories",
     [](v1::Model& m) { Repeat(kMostCategories, [&] { m.mutable_category_sets(0)->add_categories(9); }); },
     "LIMIT categories"},
    {"NoReferences", [](v1::Model& m) { m.clear_references(); }, "LIMIT references"},
    {"TooManyReferences", [](v1::Model& m) { Repeat(32, [&] { *m.add_references() = m.references(0); }); },
     "LIMIT references"},
    {"NoGoldenVectors", [](v1::Model& m) { m.clear_golden_vectors(); }, "LIMIT golden_vectors"},
    {"TooManyGoldenVectors", [](v1::Model& m) { Repeat(63, [&] { *m.add_golden_vectors() = m.golden_vectors(0); }); },
     "LIMIT golden_vectors"},
    {"TooDearToExplain",
     [](v1::Model& m) {
       Repeat(31, [&] { *m.add_references() = m.references(0); });
       Repeat(62'500, [&] { m.mutable_trees(0)->add_splits(0); });
     },
     "LIMIT nodes x references"},
    {"IndexOfAFeature", [](v1::Model& m) { m.mutable_features(1)->set_index(0); }, "FEATURE features[1]"},
    {"FeatureWithoutName", [](v1::Model& m) { m.mutable_features(0)->clear_name(); }, "FEATURE features[0]"},
    {"LongName", [](v1::Model& m) { m.mutable_features(0)->set_name(std::string(65, 'x')); }, "FEATURE features[0]"},
    {"NameTwice", [](v1::Model& m) { m.mutable_features(1)->set_name("amount"); }, "FEATURE features[1]"},
    {"FeatureWithoutUnit", [](v1::Model& m) { m.mutable_features(0)->clear_unit(); }, "FEATURE features[0]"},
    {"BoundTooLarge", [](v1::Model& m) { m.mutable_features(0)->set_upper(kFeatureMagnitudeMax + 1); },
     "FEATURE features[0]"},
    {"TreeWithoutNodes", [](v1::Model& m) { m.add_trees(); }, "TREE_SHAPE trees[2]"},
    {"TreeCutShort",
     [](v1::Model& m) {
       m.mutable_trees(1)->mutable_splits()->RemoveLast();
       m.mutable_trees(1)->mutable_values()->RemoveLast();
     },
     "TREE_SHAPE trees[1]"},
    {"NodesAfterATree",
     [](v1::Model& m) {
       m.mutable_trees(1)->add_splits(0);
       m.mutable_trees(1)->add_values(0);
     },
     "TREE_SHAPE trees[1]"},
    {"ValueTooMany", [](v1::Model& m) { m.mutable_trees(1)->add_values(0); }, "TREE_SHAPE trees[1]"},
    {"DefaultTooMany", [](v1::Model& m) { m.mutable_trees(1)->add_default_left(true); }, "TREE_SHAPE trees[1]"},
    {"DefaultMissing", [](v1::Model& m) { m.mutable_trees(1)->clear_default_left(); }, "TREE_SHAPE trees[1]"},
    {"TooDeep", [](v1::Model& m) { AddChain(m, 13); }, "TREE_SHAPE trees[2]"},
    {"FeatureOutOfRange", [](v1::Model& m) { m.mutable_trees(0)->set_splits(0, 3); }, "SPLIT trees[0]"},
    {"ThresholdTooLarge", [](v1::Model& m) { m.mutable_trees(0)->set_values(0, kFeatureMagnitudeMax + 2); },
     "SPLIT trees[0]"},
    {"ThresholdTooSmall", [](v1::Model& m) { m.mutable_trees(0)->set_values(0, -kFeatureMagnitudeMax - 1); },
     "SPLIT trees[0]"},
    {"BaseTooLarge",
     [](v1::Model& m) {
       m.set_base_margin(kLeafMagnitudeEnd);
       m.set_error_bound(UINT64_MAX);
     },
     "LEAF base_margin"},
    {"CategoriesOutOfOrder", [](v1::Model& m) { m.mutable_category_sets(0)->set_categories(1, 2); },
     "CATEGORIES category_sets[0]"},
    {"CategoryOutOfBounds", [](v1::Model& m) { m.mutable_category_sets(0)->set_categories(1, 10); },
     "CATEGORIES trees[0]"},
    {"CategorySetUnknown", [](v1::Model& m) { m.mutable_trees(1)->set_values(0, 1); }, "CATEGORIES trees[1]"},
    {"CategorySetNegative", [](v1::Model& m) { m.mutable_trees(1)->set_values(0, -1); }, "CATEGORIES trees[1]"},
    {"CategorySetUnused", [](v1::Model& m) { m.add_category_sets()->add_categories(1); },
     "CATEGORIES category_sets[1]"},
    {"DenyBelowHold", [](v1::Model& m) { m.set_theta_deny(19); }, "THRESHOLDS theta_deny"},
    {"HoldOutOfRange", [](v1::Model& m) { m.set_theta_hold(-kThresholdMagnitudeEnd); }, "THRESHOLDS theta_hold"},
    {"ErrorBoundTooSmall", [](v1::Model& m) { m.set_error_bound(0); }, "ERROR_BOUND error_bound"},
    {"ReferenceOutOfBounds", [](v1::Model& m) { m.mutable_references(0)->set_values(0, 101); }, "ROW references[0]"},
    {"GoldenRowTooShort",
     [](v1::Model& m) { m.mutable_golden_vectors(1)->mutable_row()->mutable_values()->RemoveLast(); },
     "ROW golden_vectors[1]"},
    {"GoldenMarginOffByOne",
     [](v1::Model& m) { m.mutable_golden_vectors(1)->set_margin(m.golden_vectors(1).margin() + 1); },
     "GOLDEN_VECTOR golden_vectors[1]"},
    {"LeafChanged", [](v1::Model& m) { m.mutable_trees(0)->set_values(4, 41); }, "GOLDEN_VECTOR golden_vectors[1]"},
    {"NoSourceHash", [](v1::Model& m) { m.clear_source_hash(); }, "HASH source_hash"},
    {"NoCardHash", [](v1::Model& m) { m.clear_card_hash(); }, "HASH card_hash"},
};

INSTANTIATE_TEST_SUITE_P(EachRule, TreesBreak, ::testing::ValuesIn(kBreaks),
                         [](const auto& each) { return each.param.name; });

TEST(Trees, LeavesAndBoundsHaveLimitsAtBothEnds) {
  v1::Model model = SmallModel();
  model.mutable_trees(0)->set_values(1, kLeafMagnitudeEnd - 1);
  MakeConsistent(model);
  EXPECT_THAT(ProblemsOf(model), ::testing::IsEmpty());
  model.mutable_trees(0)->set_values(1, -kLeafMagnitudeEnd);
  MakeConsistent(model);
  EXPECT_THAT(ProblemsOf(model), ::testing::ElementsAre("LEAF trees[0]"));
  model = SmallModel();
  AddChain(model, 12);
  MakeConsistent(model);
  EXPECT_THAT(ProblemsOf(model), ::testing::IsEmpty());
  model = SmallModel();
  model.mutable_features(1)->set_lower(-1);
  EXPECT_THAT(ProblemsOf(model), ::testing::ElementsAre("FEATURE features[1]")) << "a category is no negative number";
  model.mutable_features(1)->set_lower(10);
  EXPECT_THAT(ProblemsOf(model), ::testing::ElementsAre("FEATURE features[1]")) << "bounds out of order";
}

}  // namespace
}  // namespace causeway::policy
