// SPDX-License-Identifier: Apache-2.0
//
// The importer against libxgboost itself: models are trained here, on random rows with random parameters, and every
// leaf and margin of other rows, many of them on thresholds, is compared.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <xgboost/c_api.h>

#include "absl/strings/str_cat.h"

#include "contracts/policy/trees.h"
#include "node/models/xgboost_import.h"

namespace causeway::models {
namespace {

using policy::FeatureRow;

void Ok(int code) {
  ASSERT_EQ(code, 0) << XGBGetLastError();
}

struct Table {
  v1::Model frame;
  std::vector<FeatureRow> rows;
  std::vector<float> labels;
};

// Rows as libxgboost holds them.
class Matrix {
 public:
  Matrix(const v1::Model& frame, const std::vector<FeatureRow>& rows) {
    std::vector<float> values;
    for (const FeatureRow& row : rows) {
      for (const std::optional<int32_t>& value : row) {
        values.push_back(value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN());
      }
    }
    Ok(XGDMatrixCreateFromMat(values.data(), rows.size(), rows[0].size(), std::numeric_limits<float>::quiet_NaN(),
                              &handle_));
    std::vector<const char*> names;
    std::vector<const char*> types;
    for (const v1::FeatureSpec& spec : frame.features()) {
      names.push_back(spec.name().c_str());
      types.push_back(spec.categorical() ? "c" : "q");
    }
    Ok(XGDMatrixSetStrFeatureInfo(handle_, "feature_name", names.data(), names.size()));
    Ok(XGDMatrixSetStrFeatureInfo(handle_, "feature_type", types.data(), types.size()));
  }
  ~Matrix() { XGDMatrixFree(handle_); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  DMatrixHandle handle() const { return handle_; }

 private:
  DMatrixHandle handle_ = nullptr;
};

class Booster {
 public:
  Booster(const Table& table, const std::vector<std::pair<std::string, std::string>>& parameters, int rounds) {
    const Matrix matrix(table.frame, table.rows);
    Ok(XGDMatrixSetFloatInfo(matrix.handle(), "label", table.labels.data(), table.labels.size()));
    const DMatrixHandle handles[] = {matrix.handle()};
    Ok(XGBoosterCreate(handles, 1, &handle_));
    Ok(XGBoosterSetParam(handle_, "nthread", "1"));
    for (const auto& [name, value] : parameters) Ok(XGBoosterSetParam(handle_, name.c_str(), value.c_str()));
    for (int i = 0; i < rounds; ++i) Ok(XGBoosterUpdateOneIter(handle_, i, matrix.handle()));
  }
  ~Booster() { XGBoosterFree(handle_); }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  std::string Json() const {
    bst_ulong size = 0;
    const char* bytes = nullptr;
    Ok(XGBoosterSaveModelToBuffer(handle_, R"({"format": "json"})", &size, &bytes));
    return std::string(bytes, size);
  }
  // Type 1: a margin a row. Type 6: a leaf a row and tree.
  std::vector<float> Predict(const Matrix& matrix, int type) const {
    const std::string how = absl::StrCat(
        R"({"training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false, "type": )", type, "}");
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* result = nullptr;
    Ok(XGBoosterPredictFromDMatrix(handle_, matrix.handle(), how.c_str(), &shape, &dimensions, &result));
    size_t count = 1;
    for (bst_ulong i = 0; i < dimensions; ++i) count *= shape[i];
    return std::vector<float>(result, result + count);
  }

 private:
  BoosterHandle handle_ = nullptr;
};

int64_t Between(int64_t least, int64_t most, std::mt19937_64& random) {
  return least + static_cast<int64_t>(random() % static_cast<uint64_t>(most - least + 1));
}

FeatureRow RandomRow(const v1::Model& frame, std::mt19937_64& random) {
  FeatureRow row;
  for (const v1::FeatureSpec& spec : frame.features()) {
    if (spec.missing_allowed() && random() % 6 == 0) {
      row.emplace_back();
    } else {
      row.emplace_back(static_cast<int32_t>(Between(spec.lower(), spec.upper(), random)));
    }
  }
  return row;
}

// Features of all widths up to 2^24; a label that depends on some of them, and on a category where there is one.
Table RandomTable(std::mt19937_64& random) {
  Table table;
  const int features = static_cast<int>(Between(2, 12, random));
  for (int i = 0; i < features; ++i) {
    v1::FeatureSpec* spec = table.frame.add_features();
    spec->set_name(absl::StrCat("feature_", i));
    spec->set_unit("one");
    spec->set_categorical(random() % 4 == 0);
    spec->set_missing_allowed(random() % 2 == 0);
    const int64_t width = int64_t{1} << Between(0, 24, random);
    spec->set_lower(spec->categorical() ? 0 : -width);
    spec->set_upper(spec->categorical() ? 40 : width);
  }
  for (int i = 0; i < 400; ++i) {
    table.rows.push_back(RandomRow(table.frame, random));
    double signal = 0;
    for (int f = 0; f < features; ++f) {
      const v1::FeatureSpec& spec = table.frame.features(f);
      const std::optional<int32_t>& value = table.rows.back()[static_cast<size_t>(f)];
      if (!value) continue;
      signal += spec.categorical() ? (*value % 3 == 0 ? 0.7 : -0.3)
                                   : static_cast<double>(*value) / static_cast<double>(spec.upper());
    }
    table.labels.push_back(signal + static_cast<double>(random() % 1000) / 1000 > 0.5 ? 1 : 0);
  }
  for (int i = 0; i < 16; ++i) *table.frame.add_references() = policy::RecordOf(table.rows[static_cast<size_t>(i)]);
  table.frame.set_theta_deny(1);
  table.frame.set_card_hash(std::string(32, 'c'));
  return table;
}

// Rows with many values on a threshold of the model or just below.
std::vector<FeatureRow> RowsAround(const XgboostModel& model, const v1::Model& frame, size_t count,
                                   std::mt19937_64& random) {
  std::vector<const XgboostNode*> asked;
  for (const XgboostTree& tree : model.trees) {
    for (const XgboostNode& node : tree) {
      if (!node.is_leaf() && !node.categories) asked.push_back(&node);
    }
  }
  std::vector<FeatureRow> rows;
  while (rows.size() < count) {
    rows.push_back(RandomRow(frame, random));
    for (int i = 0; i < 4 && !asked.empty(); ++i) {
      const XgboostNode& node = *asked[random() % asked.size()];
      const v1::FeatureSpec& spec = frame.features(static_cast<int>(node.feature));
      const auto value = static_cast<int64_t>(std::ceil(node.value)) - static_cast<int64_t>(random() % 2);
      rows.back()[node.feature] = static_cast<int32_t>(std::clamp(value, spec.lower(), spec.upper()));
    }
  }
  return rows;
}

TEST(XgboostParity, NoLeafDiffersAndNoMarginBeyondTheBound) {
  constexpr size_t kRows = 2000;
  std::mt19937_64 random(20260302);
  size_t leaves = 0;
  for (int round = 0; round < 24; ++round) {
    const Table table = RandomTable(random);
    const bool by_probability = round % 4 != 3;
    const bool exact = round % 3 == 1;
    bool categories = false;
    for (const v1::FeatureSpec& spec : table.frame.features()) categories |= spec.categorical();
    const std::vector<std::pair<std::string, std::string>> parameters = {
        {"objective", by_probability ? "binary:logistic" : "reg:squarederror"},
        {"base_score", by_probability ? absl::StrCat(0.05 + static_cast<double>(random() % 90) / 100) : "0.5"},
        {"tree_method", exact && !categories ? "exact" : "hist"},
        {"max_depth", absl::StrCat(1 + random() % 8)},
        {"max_cat_to_onehot", round % 2 == 0 ? "1" : "100"},
        {"eta", round % 2 == 0 ? "0.3" : "1.0"},
        {"gamma", round % 5 == 0 ? "0.5" : "0"},
        {"seed", absl::StrCat(round)}};
    const Booster booster(table, parameters, 5 + static_cast<int>(random() % 30));
    const std::string json = booster.Json();
    const absl::StatusOr<XgboostModel> source = ReadXgboostModel(json);
    ASSERT_EQ(source.status(), absl::OkStatus());
    const absl::StatusOr<v1::Model> model = ImportXgboost(json, table.frame);
    ASSERT_EQ(model.status(), absl::OkStatus());
    std::vector<policy::ModelProblem> problems;
    const std::optional<policy::TreeModel> trees = policy::TreeModel::Compile(*model, problems);
    ASSERT_TRUE(trees.has_value());

    const std::vector<FeatureRow> rows = RowsAround(*source, table.frame, kRows, random);
    const Matrix matrix(table.frame, rows);
    const std::vector<float> their_leaves = booster.Predict(matrix, 6);
    const std::vector<float> their_margins = booster.Predict(matrix, 1);
    ASSERT_EQ(their_leaves.size(), kRows * source->trees.size());
    ASSERT_EQ(their_margins.size(), kRows);
    for (size_t i = 0; i < kRows; ++i) {
      for (size_t t = 0; t < source->trees.size(); ++t, ++leaves) {
        ASSERT_EQ(static_cast<float>(LeafOf(source->trees[t], rows[i])), their_leaves[i * source->trees.size() + t])
            << "round " << round << ", row " << i << ", tree " << t;
      }
      const int64_t margin = trees->Score(rows[i]);
      ASSERT_EQ(margin, ExactMargin(*source, rows[i])) << "round " << round << ", row " << i;
      const int64_t theirs = std::llrint(std::ldexp(static_cast<double>(their_margins[i]), 40));
      ASSERT_LE(static_cast<uint64_t>(std::llabs(margin - theirs)), model->error_bound())
          << "round " << round << ", row " << i;
    }
  }
  EXPECT_GT(leaves, 500'000u);
}

TEST(XgboostParity, OtherBoostersAreRefusedByName) {
  std::mt19937_64 random(1);
  Table table = RandomTable(random);
  for (v1::FeatureSpec& spec : *table.frame.mutable_features()) spec.set_categorical(false);
  const auto refusal_of = [&](const char* name, const char* value) {
    const Booster booster(table, {{"objective", "binary:logistic"}, {name, value}}, 3);
    return std::string(ReadXgboostModel(booster.Json()).status().message());
  };
  EXPECT_NE(refusal_of("booster", "dart").find("\"dart\""), std::string::npos);
  EXPECT_NE(refusal_of("booster", "gblinear").find("\"gblinear\""), std::string::npos);
  const Booster classes(table, {{"objective", "multi:softprob"}, {"num_class", "2"}}, 3);
  EXPECT_NE(ReadXgboostModel(classes.Json()).status().message().find("several classes"), absl::string_view::npos);
  const Booster poisson(table, {{"objective", "count:poisson"}}, 3);
  EXPECT_NE(ReadXgboostModel(poisson.Json()).status().message().find("count:poisson"), absl::string_view::npos);
}

}  // namespace
}  // namespace causeway::models
