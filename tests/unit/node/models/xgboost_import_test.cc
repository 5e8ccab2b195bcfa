// SPDX-License-Identifier: Apache-2.0

#include "node/models/xgboost_import.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include "contracts/policy/explanation.h"
#include "ledger/codec/json.h"
#include "tests/support/status_matchers.h"
#include "tests/vectors/vector_file.h"

namespace causeway::models {
namespace {

using absl::StatusCode;
using policy::FeatureRow;
using policy::TreeModel;

std::string SourceOf(absl::string_view name) {
  return ReadTextFile(absl::StrCat("tests/vectors/models/", name, ".json"));
}

v1::Model FrameOf(absl::string_view name) {
  v1::Model frame;
  const std::string json = ReadTextFile(absl::StrCat("tests/vectors/models/", name, ".frame.json"));
  EXPECT_EQ(codec::JsonToMessage(json, &frame), absl::OkStatus());
  return frame;
}

TreeModel Compiled(const v1::Model& model) {
  std::vector<policy::ModelProblem> problems;
  std::optional<TreeModel> compiled = TreeModel::Compile(model, problems);
  EXPECT_TRUE(problems.empty());
  return *std::move(compiled);
}

// A row of a model with what libxgboost says of it.
struct Observed {
  FeatureRow row;
  std::vector<int32_t> leaves;
  float margin;
};

std::vector<Observed> ObservedOf(absl::string_view name) {
  std::vector<Observed> all;
  for (const std::vector<std::string>& fields : ReadVectorFile(absl::StrCat("models/", name, ".rows.txt"))) {
    Observed observed = {};
    for (const absl::string_view text : absl::StrSplit(fields.at(0), ' ')) {
      int32_t value = 0;
      const bool missing = text == ".";
      EXPECT_TRUE(missing || absl::SimpleAtoi(text, &value)) << text;
      observed.row.push_back(missing ? std::nullopt : std::optional<int32_t>(value));
    }
    for (const absl::string_view text : absl::StrSplit(fields.at(1), ' ')) {
      observed.leaves.emplace_back();
      EXPECT_TRUE(absl::SimpleAtoi(text, &observed.leaves.back())) << text;
    }
    EXPECT_TRUE(absl::SimpleAtof(fields.at(2), &observed.margin));
    all.push_back(std::move(observed));
  }
  EXPECT_EQ(all.size(), 60u) << name;
  return all;
}

class ImportedModel : public ::testing::TestWithParam<const char*> {};

TEST_P(ImportedModel, ReachesTheLeavesThatLibxgboostReaches) {
  const absl::StatusOr<XgboostModel> source = ReadXgboostModel(SourceOf(GetParam()));
  ASSERT_EQ(source.status(), absl::OkStatus());
  for (const Observed& observed : ObservedOf(GetParam())) {
    ASSERT_EQ(observed.leaves.size(), source->trees.size());
    for (size_t i = 0; i < source->trees.size(); ++i) {
      ASSERT_EQ(LeafOf(source->trees[i], observed.row), observed.leaves[i]) << "tree " << i;
    }
  }
}

TEST_P(ImportedModel, ScoresTheSumOfThoseLeavesWithinTheBound) {
  const absl::StatusOr<XgboostModel> source = ReadXgboostModel(SourceOf(GetParam()));
  const absl::StatusOr<v1::Model> model = ImportXgboost(SourceOf(GetParam()), FrameOf(GetParam()));
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_TRUE(model->lossless());
  const TreeModel trees = Compiled(*model);
  for (const Observed& observed : ObservedOf(GetParam())) {
    double sum = source->base_margin;
    for (size_t i = 0; i < source->trees.size(); ++i) {
      sum += static_cast<double>(source->trees[i][static_cast<size_t>(observed.leaves[i])].value);
    }
    const int64_t margin = trees.Score(observed.row);
    // Sums of few 32-bit floats of like size are exact in 64 bits.
    EXPECT_EQ(margin, std::llrint(std::ldexp(sum, 40)));
    const int64_t theirs = std::llrint(std::ldexp(static_cast<double>(observed.margin), 40));
    EXPECT_LE(static_cast<uint64_t>(std::llabs(margin - theirs)), model->error_bound());
    (void)policy::Explain(trees, observed.row);
  }
}

TEST_P(ImportedModel, IsTheSameEachTime) {
  const absl::StatusOr<v1::Model> model = ImportXgboost(SourceOf(GetParam()), FrameOf(GetParam()));
  const absl::StatusOr<v1::Model> again = ImportXgboost(SourceOf(GetParam()), FrameOf(GetParam()));
  ASSERT_TRUE(model.ok() && again.ok());
  EXPECT_EQ(model->SerializeAsString(), again->SerializeAsString());
  EXPECT_EQ(model->golden_vectors_size(), static_cast<int>(policy::kMostGoldenVectors));
}

// A leaf that the conversion got wrong must meet a golden vector that says so.
TEST_P(ImportedModel, HasGoldenVectorsThatNoticeNearlyEveryWrongLeaf) {
  const absl::StatusOr<v1::Model> model = ImportXgboost(SourceOf(GetParam()), FrameOf(GetParam()));
  ASSERT_EQ(model.status(), absl::OkStatus());
  int changes = 0;
  int noticed = 0;
  for (int t = 0; t < model->trees_size(); ++t) {
    for (int i = 0; i < model->trees(t).splits_size(); ++i) {
      if (model->trees(t).splits(i) != 0) continue;
      v1::Model changed = *model;
      changed.mutable_trees(t)->set_values(i, changed.trees(t).values(i) + 1);
      std::vector<policy::ModelProblem> problems;
      changes += 1;
      noticed += TreeModel::Compile(changed, problems) ? 0 : 1;
    }
  }
  EXPECT_GE(noticed * 100, changes * 85) << noticed << " of " << changes;
}

INSTANTIATE_TEST_SUITE_P(Each, ImportedModel,
                         ::testing::Values("plain", "missing_and_categories", "pruned", "large_numbers",
                                           "squared_error", "forest"),
                         [](const auto& each) { return std::string(each.param); });

TEST(XgboostImport, KeepsWhatTheFrameSaysAndHashesTheFile) {
  const v1::Model frame = FrameOf("missing_and_categories");
  const absl::StatusOr<v1::Model> model = ImportXgboost(SourceOf("missing_and_categories"), frame);
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_EQ(model->theta_hold(), int64_t{1} << 40);
  EXPECT_EQ(model->theta_deny(), int64_t{1} << 41);
  EXPECT_EQ(model->card_hash(), frame.card_hash());
  EXPECT_EQ(model->references_size(), 16);
  ASSERT_EQ(model->features_size(), 8);
  EXPECT_EQ(model->features(7).index(), 7u);
  EXPECT_EQ(model->features(7).name(), "kind_7");
  EXPECT_GT(model->category_sets_size(), 0);
  EXPECT_NEAR(std::ldexp(static_cast<double>(model->base_margin()), -40), std::log(0.3 / 0.7), 1e-6);
}

TEST(XgboostImport, TakesTheFramesFeaturesInTheFilesOrder) {
  const v1::Model frame = FrameOf("squared_error");
  v1::Model reversed;
  for (int i = 3; i >= 0; --i) *reversed.add_features() = frame.features(i);
  v1::FeatureSpec* other = reversed.add_features();
  *other = frame.features(0);
  other->set_name("not_in_the_file");
  for (const v1::FeatureRow& reference : frame.references()) {
    FeatureRow row = policy::RowOf(reference).value();
    std::reverse(row.begin(), row.end());
    row.emplace_back(12345);
    *reversed.add_references() = policy::RecordOf(row);
  }
  reversed.set_theta_hold(frame.theta_hold());
  reversed.set_theta_deny(frame.theta_deny());
  reversed.set_card_hash(frame.card_hash());
  const absl::StatusOr<v1::Model> model = ImportXgboost(SourceOf("squared_error"), frame);
  const absl::StatusOr<v1::Model> again = ImportXgboost(SourceOf("squared_error"), reversed);
  ASSERT_EQ(again.status(), absl::OkStatus());
  EXPECT_EQ(again->SerializeAsString(), model->SerializeAsString());
}

TEST(XgboostImport, RoundsLeavesThatAreTooFineAndSaysSo) {
  std::string source = SourceOf("squared_error");
  const v1::Model frame = FrameOf("squared_error");
  const size_t place = source.find("\"split_conditions\":[");
  ASSERT_NE(place, std::string::npos);
  // 2^-41 has no place in units of 2^-40; the last node is a leaf.
  const size_t end = source.find(']', place);
  source.replace(source.rfind(',', end) + 1, end - source.rfind(',', end) - 1, "4.547473508864641E-13");
  const absl::StatusOr<v1::Model> model = ImportXgboost(source, frame);
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_FALSE(model->lossless());
  v1::Model exact = *model;
  exact.set_lossless(true);
  EXPECT_EQ(model->error_bound(), policy::LeastErrorBound(exact) + (10 + 2) / 2);
}

TEST(XgboostImport, RefusesWhatTheFrameDoesNotDescribe) {
  const std::string source = SourceOf("missing_and_categories");
  v1::Model frame = FrameOf("missing_and_categories");
  frame.mutable_features(3)->set_name("measure_three");
  EXPECT_THAT(ImportXgboost(source, frame),
              StatusIs(StatusCode::kInvalidArgument, "\"measure_3\" is not described; what is: measure_0, "));
  frame = FrameOf("missing_and_categories");
  frame.mutable_features(6)->set_categorical(false);
  EXPECT_THAT(ImportXgboost(source, frame),
              StatusIs(StatusCode::kInvalidArgument, "\"kind_6\" is a category in the file"));
  frame = FrameOf("missing_and_categories");
  frame.mutable_features(5)->set_categorical(true);
  EXPECT_THAT(ImportXgboost(source, frame),
              StatusIs(StatusCode::kInvalidArgument, "\"measure_5\" is not a category in the file"));
  const std::string untyped =
      absl::StrReplaceAll(source, {{"[\"q\",\"q\",\"q\",\"q\",\"q\",\"q\",\"c\",\"c\"]", "[]"}});
  EXPECT_THAT(ImportXgboost(untyped, frame),
              StatusIs(StatusCode::kInvalidArgument, "asks a feature otherwise than as described"));
  frame = FrameOf("missing_and_categories");
  frame.mutable_references(2)->mutable_values()->RemoveLast();
  frame.mutable_references(2)->clear_missing();
  EXPECT_THAT(ImportXgboost(source, frame), StatusIs(StatusCode::kInvalidArgument, "references[2]: "));
  frame = FrameOf("missing_and_categories");
  frame.set_base_margin(1);
  EXPECT_THAT(ImportXgboost(source, frame), StatusIs(StatusCode::kInvalidArgument, "beside the file stand only"));
}

TEST(XgboostImport, RefusesWhatTheLedgerWouldRefuse) {
  v1::Model frame = FrameOf("plain");
  frame.clear_card_hash();
  frame.set_theta_hold(frame.theta_deny() + 1);
  EXPECT_THAT(ImportXgboost(SourceOf("plain"), frame),
              StatusIs(StatusCode::kInvalidArgument,
                       "the ledger would refuse the model: THRESHOLDS at theta_deny, HASH at card_hash"));
  // A category above the described bound.
  frame = FrameOf("missing_and_categories");
  frame.mutable_features(6)->set_upper(3);
  frame.clear_references();
  *frame.add_references() = policy::RecordOf({0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_THAT(ImportXgboost(SourceOf("missing_and_categories"), frame),
              StatusIs(StatusCode::kInvalidArgument, "CATEGORIES at trees["));
  std::string source = SourceOf("squared_error");
  source = absl::StrReplaceAll(source, {{"\"base_score\":\"2.5E-1\"", "\"base_score\":\"1024\""}});
  EXPECT_THAT(ImportXgboost(source, FrameOf("squared_error")),
              StatusIs(StatusCode::kInvalidArgument, "base_score: the base margin is 2^10 or more"));
}

TEST(XgboostImport, WithoutNamesTakesTheFeaturesAsTheyStand) {
  const std::string source = absl::StrReplaceAll(SourceOf("squared_error"),
                                                 {{"[\"measure_0\",\"measure_1\",\"measure_2\",\"measure_3\"]", "[]"}});
  v1::Model frame = FrameOf("squared_error");
  const absl::StatusOr<v1::Model> model = ImportXgboost(source, frame);
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_EQ(model->features(2).name(), "measure_2");
  frame.mutable_features()->RemoveLast();
  EXPECT_THAT(ImportXgboost(source, frame),
              StatusIs(StatusCode::kInvalidArgument, "the file has 4 features without names, and 3 are described"));
}

}  // namespace
}  // namespace causeway::models
