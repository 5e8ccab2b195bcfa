// SPDX-License-Identifier: Apache-2.0

#include "node/models/xgboost_file.h"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "tests/support/status_matchers.h"

namespace causeway::models {
namespace {

using absl::StatusCode;
using policy::FeatureRow;

// Two features, the second a category, and a tree of five nodes:
//   0: amount < 1.5 ? 1: leaf -0.25 : 2: kind in {1, 4} ? 4: leaf 2 : 3: leaf 0.5
constexpr char kFile[] = R"({
  "learner": {
    "attributes": {}, "feature_names": ["amount", "kind"], "feature_types": ["q", "c"],
    "gradient_booster": {
      "model": {
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1", "size_leaf_vector": "0"},
        "tree_info": [0],
        "trees": [{
          "base_weights": [9E9, 9E9, 9E9, 9E9, 9E9],
          "categories": [4, 1], "categories_nodes": [2], "categories_segments": [0], "categories_sizes": [2],
          "default_left": [1, 0, 0, 0, 0], "id": 0,
          "left_children": [1, -1, 3, -1, -1], "right_children": [2, -1, 4, -1, -1],
          "split_conditions": [1.5E0, -2.5E-1, NaN, 5E-1, 2E0], "split_indices": [0, 0, 1, 0, 0],
          "split_type": [0, 0, 1, 0, 0],
          "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "5", "size_leaf_vector": "0"}
        }]
      },
      "name": "gbtree"
    },
    "learner_model_param": {"base_score": "5E-1", "num_class": "0", "num_feature": "2", "num_target": "1"},
    "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}}
  },
  "version": [1, 7, 4]
})";

std::string Changed(const char* from, const char* to) {
  std::string text(kFile);
  EXPECT_EQ(absl::StrReplaceAll({{from, to}}, &text), 1) << from;
  return text;
}

TEST(XgboostFile, IsReadAsItStands) {
  const absl::StatusOr<XgboostModel> model = ReadXgboostModel(kFile);
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_EQ(model->feature_count, 2u);
  EXPECT_THAT(model->feature_names, ::testing::ElementsAre("amount", "kind"));
  EXPECT_EQ(model->base_margin, 0);
  ASSERT_EQ(model->trees.size(), 1u);
  const XgboostTree& tree = model->trees[0];
  EXPECT_THAT(*tree[2].categories, ::testing::ElementsAre(1, 4));
  EXPECT_EQ(LeafOf(tree, {1, 0}), 1);
  EXPECT_EQ(LeafOf(tree, {std::nullopt, 1}), 1) << "missing goes left at the first node";
  EXPECT_EQ(LeafOf(tree, {2, 0}), 3);
  EXPECT_EQ(LeafOf(tree, {2, 4}), 4) << "a member of the set goes right";
  EXPECT_EQ(LeafOf(tree, {2, std::nullopt}), 4) << "missing goes right at the second node";
  EXPECT_EQ(LeafOf(tree, {2, 1 << 20}), 3);
}

TEST(XgboostFile, GivesTheBaseMarginInLogOdds) {
  const auto base_of = [](const std::string& text) { return ReadXgboostModel(text)->base_margin; };
  EXPECT_FLOAT_EQ(base_of(Changed("\"5E-1\"", "\"9E-1\"")), std::log(9.0f));
  EXPECT_FLOAT_EQ(base_of(Changed("\"5E-1\"", "\"[9E-1]\"")), std::log(9.0f)) << "as later versions write it";
  std::string squared = Changed("binary:logistic", "reg:squarederror");
  squared = absl::StrReplaceAll(squared, {{"\"5E-1\"", "\"-3E0\""}});
  EXPECT_EQ(base_of(squared), -3);
}

TEST(XgboostFile, MayLackWhatOlderAndNewerVersionsLack) {
  EXPECT_EQ(ReadXgboostModel(Changed(", \"num_target\": \"1\"", "")).status(), absl::OkStatus());
  EXPECT_EQ(ReadXgboostModel(Changed("[1, 7, 4]", "[2, 1, 0]")).status(), absl::OkStatus());
  EXPECT_EQ(ReadXgboostModel(Changed("[1, 7, 4]", "[3, 0, 5]")).status(), absl::OkStatus());
  EXPECT_EQ(ReadXgboostModel(Changed("[1, 0, 0, 0, 0]", "[true, false, false, false, false]")).status(),
            absl::OkStatus());
  const absl::StatusOr<XgboostModel> unnamed =
      ReadXgboostModel(Changed("\"feature_names\": [\"amount\", \"kind\"]", "\"feature_names\": []"));
  ASSERT_EQ(unnamed.status(), absl::OkStatus());
  EXPECT_TRUE(unnamed->feature_names.empty());
}

TEST(XgboostFile, MayKeepDeletedNodes) {
  std::string text = Changed("\"num_deleted\": \"0\"", "\"num_deleted\": \"2\"");
  // The second node has become a leaf.
  absl::StrReplaceAll({{"[1, -1, 3, -1, -1]", "[1, -1, -1, -1, -1]"},
                       {"[2, -1, 4, -1, -1]", "[2, -1, -1, -1, -1]"},
                       {"[0, 0, 1, 0, 0]", "[0, 0, 0, 0, 0]"},
                       {"NaN", "7"},
                       {"\"categories\": [4, 1], \"categories_nodes\": [2], \"categories_segments\": [0], "
                        "\"categories_sizes\": [2]",
                        "\"categories\": [], \"categories_nodes\": [], \"categories_segments\": [], "
                        "\"categories_sizes\": []"}},
                      &text);
  const absl::StatusOr<XgboostModel> model = ReadXgboostModel(text);
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_EQ(model->trees[0][2].value, 7);
}

TEST(XgboostFile, ANameMayBeCalledNaN) {
  const absl::StatusOr<XgboostModel> model = ReadXgboostModel(Changed("\"amount\"", R"("\"NaN, \\")"));
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_EQ(model->feature_names[0], "\"NaN, \\");
}

TEST(XgboostFile, NumbersAreRoundedOnce) {
  // Just above the middle of two neighbours among 32-bit floats; as a 64-bit float it is the middle itself, and would
  // be rounded down to an even 1.
  const absl::StatusOr<XgboostModel> model = ReadXgboostModel(Changed("1.5E0", "1.00000005960464477540"));
  ASSERT_EQ(model.status(), absl::OkStatus());
  EXPECT_EQ(model->trees[0][0].value, std::nextafter(1.0f, 2.0f));
}

// One thing broken in kFile, and what is said.
struct Break {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};

void PrintTo(const Break& broken, std::ostream* out) {
  *out << broken.name;
}

class XgboostFileBreak : public ::testing::TestWithParam<Break> {};

TEST_P(XgboostFileBreak, IsRefusedWithItsPlace) {
  EXPECT_THAT(ReadXgboostModel(Changed(GetParam().from, GetParam().to)),
              StatusIs(StatusCode::kInvalidArgument, GetParam().message));
}

const Break kBreaks[] = {
    {"NoJson", "\"version\"", "version", "it is no JSON"},
    {"KeyTwice", "\"id\": 0", "\"id\": 0, \"id\": 1", "the key \"id\" stands twice"},
    {"NestedTooDeeply", "\"attributes\": {}", "\"attributes\": [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]",
     "nested too deeply"},
    {"OldVersion", "[1, 7, 4]", "[1, 6, 2]", "version: 1.6.2, and what is known here is 1.7 to 3.0"},
    {"NewVersion", "[1, 7, 4]", "[3, 1, 0]", "version: 3.1.0, and what is known here is 1.7 to 3.0"},
    {"NoVersion", "[1, 7, 4]", "[]", "version: it is no version"},
    {"VersionMissing", "\"version\"", "\"other\"", "file: it has no version"},
    {"Dart", "\"name\": \"gbtree\"", "\"name\": \"dart\"", "\"dart\" is no plain sum of trees"},
    {"Linear", "\"name\": \"gbtree\"", "\"name\": \"gblinear\"", "\"gblinear\" is no plain sum of trees"},
    {"SeveralClasses", "\"num_class\": \"0\"", "\"num_class\": \"3\"", "several classes"},
    {"SeveralTargets", "\"num_target\": \"1\"", "\"num_target\": \"2\"", "several targets"},
    {"TreeOfAnotherOutput", "\"tree_info\": [0]", "\"tree_info\": [1]", "several outputs"},
    {"Objective", "binary:logistic", "multi:softprob", "learner.objective: \"multi:softprob\" is not one of"},
    {"BaseScoreOfOne", "\"5E-1\"", "\"1E0\"", "base_score: a probability is between 0 and 1"},
    {"BaseScoreNaN", "\"5E-1\"", "\"nan\"", "\"nan\" is no number"},
    {"BaseScores", "\"5E-1\"", "\"[5E-1,5E-1]\"", "is no number"},
    {"BaseScoreOpen", "\"5E-1\"", "\"[5E-1\"", "is no number"},
    {"FeatureNamesTooFew", "[\"amount\", \"kind\"]", "[\"amount\"]", "not every feature has its name"},
    {"FeatureNamesNumbers", "[\"amount\", \"kind\"]", "[1, 2]", "it is no list of texts"},
    {"CountIsText", "\"num_feature\": \"2\", \"num_target\"", "\"num_feature\": \"-2\", \"num_target\"",
     "num_feature: it is no count"},
    {"TreesMissing", "\"num_trees\": \"1\"", "\"num_trees\": \"2\"", "there are 1 and should be 2"},
    {"NodesTooMany", "\"num_nodes\": \"5\"", "\"num_nodes\": \"6\"", "trees[0]: its lists are not of 6 nodes each"},
    {"ListTooShort", "[1, -1, 3, -1, -1]", "[1, -1, 3, -1]", "its lists are not of 5 nodes each"},
    {"ListOfTexts", "[1, -1, 3, -1, -1]", "[1, -1, \"3\", -1, -1]", "left_children: it is no list of whole numbers"},
    {"ListOfFractions", "[1, -1, 3, -1, -1]", "[1, -1, 3.0, -1, -1]", "it is no list of whole numbers"},
    {"NumberOutOfRange", "[1, -1, 3, -1, -1]", "[1, -1, 4294967296, -1, -1]", "a number is out of range"},
    {"NoList", "[1, -1, 3, -1, -1]", "{}", "left_children: it is no list"},
    {"ChildIsNoNode", "[1, -1, 3, -1, -1]", "[1, -2, 3, -1, -1]", "a child of node 1 is no node"},
    {"ChildOutOfRange", "[1, -1, 3, -1, -1]", "[1, -1, 5, -1, -1]", "node 5 is not there"},
    {"ReachedTwice", "[1, -1, 3, -1, -1]", "[1, -1, 4, -1, -1]", "node 4 is reached twice"},
    {"Cycle", "[1, -1, 3, -1, -1]", "[1, -1, 2, -1, -1]", "node 2 is reached twice"},
    {"RootReachedTwice", "[1, -1, 3, -1, -1]", "[1, -1, 0, -1, -1]", "node 0 is reached twice"},
    {"NotReached", "\"num_deleted\": \"0\"", "\"num_deleted\": \"1\"", "a node is not reached from the root"},
    {"OneChild", "[2, -1, 4, -1, -1]", "[2, -1, 4, 1, -1]", "node 3 has one child"},
    {"NewKindOfSplit", "\"split_type\": [0, 0, 1, 0, 0]", "\"split_type\": [0, 0, 2, 0, 0]",
     "node 2 splits in a new way"},
    {"ThresholdNaN", "[1.5E0,", "[NaN,", "node 0 has no finite value"},
    {"LeafNaN", "2E0]", "NaN]", "node 4 has no finite value"},
    {"ThresholdInfinite", "[1.5E0,", "[Infinity,", "it is no JSON"},
    {"ThresholdBeyondFloat", "[1.5E0,", "[1.5E39,", "it is no JSON"},
    {"ThresholdIsText", "[1.5E0,", "[\"1.5\",", "split_conditions: it is no list of numbers"},
    {"FeatureOutOfRange", "\"split_indices\": [0, 0, 1, 0, 0]", "\"split_indices\": [2, 0, 1, 0, 0]",
     "node 0 asks a feature that is not there"},
    {"FeatureNegative", "\"split_indices\": [0, 0, 1, 0, 0]", "\"split_indices\": [-1, 0, 1, 0, 0]",
     "node 0 asks a feature that is not there"},
    {"CategoriesOfAnotherNode", "\"categories_nodes\": [2]", "\"categories_nodes\": [0]",
     "node 0 has categories twice, or asks none"},
    {"CategoriesOfNoNode", "\"categories_nodes\": [2]", "\"categories_nodes\": [5]", "names a node that is not there"},
    {"CategoriesMissing", "\"categories_nodes\": [2], \"categories_segments\": [0], \"categories_sizes\": [2]",
     "\"categories_nodes\": [], \"categories_segments\": [], \"categories_sizes\": []", "node 2 has no categories"},
    {"SegmentOutOfRange", "\"categories_segments\": [0]", "\"categories_segments\": [1]",
     "a segment of categories is out of range"},
    {"SegmentsDiffer", "\"categories_segments\": [0]", "\"categories_segments\": [0, 1]", "differ in length"},
    {"CategoryNegative", "\"categories\": [4, 1]", "\"categories\": [4, -1]", "a category is out of range"},
    {"CategoryTwice", "\"categories\": [4, 1]", "\"categories\": [4, 4]", "node 2 names a category twice"},
};

INSTANTIATE_TEST_SUITE_P(Each, XgboostFileBreak, ::testing::ValuesIn(kBreaks),
                         [](const auto& each) { return each.param.name; });

TEST(XgboostFile, AtEveryCutIsRefused) {
  const std::string text(kFile);
  for (size_t size = 0; size < text.size(); ++size) {
    ASSERT_FALSE(ReadXgboostModel(text.substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace causeway::models
