// SPDX-License-Identifier: Apache-2.0
//
// The model in deploy/demo-data/model: that it is what the importer makes of its file, and what it says of movements as
// the demo has them.

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "contracts/policy/explanation.h"
#include "contracts/policy/features.h"
#include "contracts/policy/trees.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/sha256.h"
#include "node/models/xgboost_import.h"
#include "tests/vectors/vector_file.h"

namespace causeway::models {
namespace {

using policy::FeatureRow;
using policy::TreeModel;
using ::testing::Gt;
using ::testing::Lt;

constexpr char kFolder[] = "deploy/demo-data/model/";

v1::Model ReadModel(const char* name) {
  v1::Model model;
  EXPECT_EQ(codec::JsonToMessage(ReadTextFile(absl::StrCat(kFolder, name)), &model), absl::OkStatus());
  return model;
}

TEST(DemoModel, IsWhatTheImporterMakesOfItsFile) {
  const absl::StatusOr<v1::Model> model =
      ImportXgboost(ReadTextFile(absl::StrCat(kFolder, "model.json")), ReadModel("frame.json"));
  ASSERT_EQ(model.status(), absl::OkStatus());
  const std::string json = *codec::MessageToJson(*model, {.indented = true}) + "\n";
  const std::string made = ::testing::TempDir() + "imported.json";
  std::ofstream(made) << json;
  EXPECT_TRUE(ReadTextFile(absl::StrCat(kFolder, "imported.json")) == json) << "it should be as " << made;
  EXPECT_EQ(model->card_hash(), crypto::Sha256(ReadTextFile(absl::StrCat(kFolder, "card.json"))).ToString());
  EXPECT_LE(model->trees_size(), 60);
  EXPECT_TRUE(model->lossless());
}

// A binding maps features by name; one that differs from the ledger's in unit or bounds was trained on something else.
TEST(DemoModel, ReadsFeaturesAsTheLedgerHasThem) {
  const v1::Model model = ReadModel("imported.json");
  for (const v1::FeatureSpec& spec : model.features()) {
    const policy::LedgerFeature* known = policy::FindFeature(spec.name());
    ASSERT_NE(known, nullptr) << spec.name();
    EXPECT_EQ(spec.unit(), known->unit) << spec.name();
    EXPECT_EQ(spec.lower(), known->lower) << spec.name();
    EXPECT_EQ(spec.upper(), known->upper) << spec.name();
    EXPECT_EQ(spec.missing_allowed(), known->can_be_missing) << spec.name();
    EXPECT_FALSE(spec.categorical()) << spec.name();
  }
}

class DemoModelSays : public ::testing::Test {
 protected:
  using Values = std::map<std::string, int32_t>;

  // In log-odds. Counts that are not given are zero, all else that is not given is missing.
  double MarginOf(const Values& values) const { return static_cast<double>(trees_.Score(RowOf(values))) / (1ll << 40); }

  std::vector<std::string> ReasonsOf(const Values& values) const {
    std::vector<std::string> names;
    for (const uint32_t i : policy::LargestPositive(policy::Explain(trees_, RowOf(values)), 5)) {
      names.push_back(model_.features(static_cast<int>(i)).name());
    }
    return names;
  }

  FeatureRow RowOf(Values values) const {
    FeatureRow row;
    for (const v1::FeatureSpec& spec : model_.features()) {
      const auto given = values.extract(spec.name());
      if (given) {
        row.emplace_back(given.mapped());
      } else {
        row.push_back(spec.missing_allowed() ? std::nullopt : std::optional<int32_t>(0));
      }
    }
    EXPECT_TRUE(values.empty()) << values.begin()->first << " is no feature";
    return row;
  }

  static Values With(Values values, const Values& more) {
    for (const auto& [name, value] : more) values[name] = value;
    return values;
  }

  // The n-th payment just below the threshold to one new receiver, within the hour.
  static Values Structured(int32_t n) {
    Values values = {{"log2_amount", 14'500}, {"below_threshold_count", n}, {"count_1h", n - 1},
                     {"count_24h", n - 1},    {"count_7d", n - 1},          {"counterparty_age", 0},
                     {"cross_border", 0},     {"jurisdiction_tier", 0}};
    if (n > 1) values = With(values, {{"distinct_out_7d", 1}, {"dormancy", 0}, {"value_24h_ratio", 3'000}});
    return values;
  }

  const v1::Model model_ = ReadModel("imported.json");
  const TreeModel trees_ = TreeModel::CompileAccepted(model_);
  const double hold_ = static_cast<double>(trees_.theta_hold()) / (1ll << 40);
};

TEST_F(DemoModelSays, OrdinaryOrdersAreFarBelowTheThreshold) {
  const Values first = {{"log2_amount", 17'000}, {"minutes_to_cut_off", 240}};
  const Values fifth = {{"log2_amount", 17'000}, {"minutes_to_cut_off", 60}, {"order_bps", 200}, {"amount_zscore", 150},
                        {"count_1h", 3},         {"count_24h", 5},           {"count_7d", 8},    {"dormancy", 1},
                        {"value_24h_ratio", 900}};
  const Values ordinary[] = {
      first,
      fifth,
      With(first, {{"log2_amount", 10'000}}),
      With(first, {{"log2_amount", 24'000}}),
      With(first, {{"below_threshold_count", 0}}),
      With(first, {{"below_threshold_count", 1}}),
      With(first, {{"order_bps", 500}}),
      With(first, {{"order_bps", 1'000'000}}),
      With(first, {{"minutes_since_inflow", 60}, {"pass_through_ratio", 100}, {"distinct_in_7d", 1}}),
      With(fifth, {{"count_1h", 20}, {"count_24h", 35}, {"count_7d", 60}}),
      With(fifth, {{"amount_zscore", -100}, {"dormancy", 19}, {"minutes_to_cut_off", 360}}),
      With(fifth, {{"minutes_to_cut_off", 0}}),
  };
  for (const Values& values : ordinary) {
    EXPECT_THAT(MarginOf(values), Lt(hold_ - 3)) << ::testing::PrintToString(values);
  }
}

TEST_F(DemoModelSays, AFirstTransferToSomebodyNewIsBelowTheThreshold) {
  const Values transfer = {
      {"log2_amount", 17'000}, {"counterparty_age", 0}, {"cross_border", 0}, {"jurisdiction_tier", 0}};
  EXPECT_THAT(MarginOf(transfer), Lt(hold_ - 3));
  EXPECT_THAT(MarginOf(With(transfer, {{"below_threshold_count", 1}})), Lt(hold_ - 3));
  EXPECT_THAT(MarginOf(With(transfer, {{"cross_border", 1}})), Lt(hold_ - 3));
}

TEST_F(DemoModelSays, StructuredPaymentsAreHeldFromTheThirdOn) {
  EXPECT_THAT(MarginOf(Structured(1)), Lt(hold_ - 3));
  EXPECT_THAT(MarginOf(Structured(2)), Lt(hold_ - 1));
  for (int32_t n = 3; n <= 8; ++n) EXPECT_THAT(MarginOf(Structured(n)), Gt(hold_ + 1)) << n;
  EXPECT_EQ(ReasonsOf(Structured(4)).front(), "below_threshold_count");
}

TEST_F(DemoModelSays, WhatPassesThroughWithinTheHourIsHeld) {
  const Values through = {{"log2_amount", 17'000},  {"counterparty_age", 0},    {"cross_border", 0},
                          {"jurisdiction_tier", 0}, {"pass_through_ratio", 97}, {"minutes_since_inflow", 20},
                          {"distinct_in_7d", 1}};
  EXPECT_THAT(MarginOf(through), Gt(hold_ + 1));
  EXPECT_THAT(ReasonsOf(through), ::testing::Contains("minutes_since_inflow"));
}

TEST_F(DemoModelSays, MoreBelowTheThresholdIsNeverLessSuspicious) {
  double before = -100;
  for (int32_t n = 0; n <= 20; ++n) {
    const double margin = MarginOf(With(Structured(3), {{"below_threshold_count", n}}));
    EXPECT_GE(margin, before) << n;
    before = margin;
  }
}

TEST_F(DemoModelSays, NoSumOfItsLeavesDenies) {
  double most = static_cast<double>(trees_.base_margin());
  for (const v1::Tree& tree : model_.trees()) {
    int64_t largest = INT64_MIN;
    for (int i = 0; i < tree.splits_size(); ++i) {
      if (tree.splits(i) == 0) largest = std::max(largest, tree.values(i));
    }
    most += static_cast<double>(largest);
  }
  EXPECT_LT(most, static_cast<double>(trees_.theta_deny()));
}

}  // namespace
}  // namespace causeway::models
