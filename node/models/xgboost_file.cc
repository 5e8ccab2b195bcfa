// SPDX-License-Identifier: Apache-2.0

#include "node/models/xgboost_file.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "ledger/base/status.h"

namespace causeway::models {

absl::Status Wrong(absl::string_view place, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(place, ": ", what));
}
namespace {

// Numbers with a point are read as 32-bit floats at once: read as 64-bit ones first, they could be rounded twice.
using Json = nlohmann::basic_json<std::map, std::vector, std::string, bool, int64_t, uint64_t, float>;

constexpr size_t kMostBytes = size_t{64} << 20;
constexpr int kDeepestNesting = 16;
// More than the ledger takes, since deleted nodes stay in the file.
constexpr size_t kMostNodesOfATree = 4 * policy::kMostNodes;
constexpr uint64_t kCategoryEnd = uint64_t{1} << 24;

// JSON has no NaN, and XGBoost writes it bare; null is what a reader gets instead. Nesting is measured on the way.
absl::StatusOr<std::string> WithNullForNan(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_text = false;
  int nesting = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!in_text && absl::StartsWith(text.substr(i), "NaN")) {
      out.append("null");
      i += 2;
      continue;
    }
    out.push_back(text[i]);
    if (in_text && text[i] == '\\' && i + 1 < text.size()) {
      out.push_back(text[++i]);
    } else if (text[i] == '"') {
      in_text = !in_text;
    } else if (!in_text && (text[i] == '{' || text[i] == '[')) {
      if (++nesting > kDeepestNesting) return Wrong("file", "nested too deeply");
    } else if (!in_text && (text[i] == '}' || text[i] == ']')) {
      --nesting;
    }
  }
  return out;
}

absl::StatusOr<Json> ParseJson(absl::string_view text) {
  if (text.size() > kMostBytes) return Wrong("file", "larger than 64 MiB");
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string plain, WithNullForNan(text));
  std::vector<std::set<std::string>> keys;
  std::string problem;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      problem = absl::StrCat("the key \"", parsed.get<std::string>(), "\" stands twice in an object");
    }
    return problem.empty();
  };
  Json json = Json::parse(plain, watch, /*allow_exceptions=*/false);
  if (!problem.empty()) return Wrong("file", problem);
  if (json.is_discarded()) return Wrong("file", "it is no JSON; XGBoost writes it for names that end in .json");
  return json;
}

// A place in the file.
struct Cursor {
  const Json* json;
  std::string place;

  // The member, or nullopt.
  std::optional<Cursor> Find(const char* name) const {
    if (!json->is_object()) return std::nullopt;
    const auto member = json->find(name);
    if (member == json->end()) return std::nullopt;
    return Cursor{&*member, place.empty() ? name : absl::StrCat(place, ".", name)};
  }
  absl::StatusOr<Cursor> Get(const char* name) const {
    std::optional<Cursor> member = Find(name);
    if (!member) return Wrong(place.empty() ? "file" : place, absl::StrCat("it has no ", name));
    return *std::move(member);
  }
  absl::StatusOr<Cursor> GetArray(const char* name) const {
    CAUSEWAY_ASSIGN_OR_RETURN(Cursor member, Get(name));
    if (!member.json->is_array()) return Wrong(member.place, "it is no list");
    return member;
  }
  absl::StatusOr<std::string> GetText(const char* name) const {
    CAUSEWAY_ASSIGN_OR_RETURN(const Cursor member, Get(name));
    if (!member.json->is_string()) return Wrong(member.place, "it is no text");
    return member.json->get<std::string>();
  }
  // XGBoost writes parameters as texts: "num_feature": "30".
  absl::StatusOr<uint32_t> GetCount(const char* name) const {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string text, GetText(name));
    uint32_t count = 0;
    if (!absl::SimpleAtoi(text, &count)) return Wrong(absl::StrCat(place, ".", name), "it is no count");
    return count;
  }
  size_t size() const { return json->size(); }
};

// A list of whole numbers, one a node or so.
absl::StatusOr<std::vector<int64_t>> GetIntegers(const Cursor& object, const char* name) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor list, object.GetArray(name));
  std::vector<int64_t> numbers;
  numbers.reserve(list.size());
  for (const Json& number : *list.json) {
    if (number.is_boolean()) {
      numbers.push_back(number.get<bool>() ? 1 : 0);
    } else if (number.is_number_unsigned() && number.get<uint64_t>() > INT32_MAX) {
      return Wrong(list.place, "a number is out of range");
    } else if (number.is_number_integer()) {
      numbers.push_back(number.get<int64_t>());
    } else {
      return Wrong(list.place, "it is no list of whole numbers");
    }
  }
  return numbers;
}

// A list of numbers; NaN for null.
absl::StatusOr<std::vector<float>> GetFloats(const Cursor& object, const char* name) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor list, object.GetArray(name));
  std::vector<float> numbers;
  numbers.reserve(list.size());
  for (const Json& number : *list.json) {
    if (!number.is_number() && !number.is_null()) return Wrong(list.place, "it is no list of numbers");
    numbers.push_back(number.is_null() ? std::nanf("") : number.get<float>());
  }
  return numbers;
}

absl::StatusOr<std::vector<std::string>> GetTexts(const Cursor& object, const char* name) {
  std::vector<std::string> texts;
  if (!object.Find(name)) return texts;
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor list, object.GetArray(name));
  for (const Json& text : *list.json) {
    if (!text.is_string()) return Wrong(list.place, "it is no list of texts");
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

// Puts each category set on its node: node categories_nodes[i] has categories_sizes[i] categories from
// categories_segments[i] on.
absl::Status ReadCategories(const Cursor& tree, XgboostTree& nodes) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> categories, GetIntegers(tree, "categories"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> places, GetIntegers(tree, "categories_nodes"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> segments, GetIntegers(tree, "categories_segments"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, GetIntegers(tree, "categories_sizes"));
  if (places.size() != segments.size() || places.size() != sizes.size()) {
    return Wrong(tree.place, "its lists of categories differ in length");
  }
  const int64_t count = static_cast<int64_t>(categories.size());
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i] < 0 || places[i] >= static_cast<int64_t>(nodes.size())) {
      return Wrong(tree.place, "categories_nodes names a node that is not there");
    }
    if (segments[i] < 0 || sizes[i] < 1 || segments[i] > count || sizes[i] > count - segments[i]) {
      return Wrong(tree.place, "a segment of categories is out of range");
    }
    XgboostNode& node = nodes[static_cast<size_t>(places[i])];
    if (!node.categories || !node.categories->empty()) {
      return Wrong(tree.place, absl::StrCat("node ", places[i], " has categories twice, or asks none"));
    }
    for (int64_t place = segments[i]; place < segments[i] + sizes[i]; ++place) {
      const int64_t category = categories[static_cast<size_t>(place)];
      if (category < 0 || static_cast<uint64_t>(category) >= kCategoryEnd) {
        return Wrong(tree.place, "a category is out of range");
      }
      node.categories->push_back(static_cast<uint32_t>(category));
    }
    std::sort(node.categories->begin(), node.categories->end());
    if (std::adjacent_find(node.categories->begin(), node.categories->end()) != node.categories->end()) {
      return Wrong(tree.place, absl::StrCat("node ", places[i], " names a category twice"));
    }
  }
  return absl::OkStatus();
}

// Checks the nodes that are reached from the root, and that the others are the deleted ones.
absl::Status CheckShape(const Cursor& tree, const XgboostTree& nodes, size_t features, size_t deleted) {
  std::vector<bool> reached(nodes.size(), false);
  std::vector<int32_t> open = {0};
  size_t count = 0;
  while (!open.empty()) {
    const int32_t place = open.back();
    open.pop_back();
    const std::string here = absl::StrCat("node ", place);
    if (place < 0 || static_cast<size_t>(place) >= nodes.size()) return Wrong(tree.place, here + " is not there");
    const XgboostNode& node = nodes[static_cast<size_t>(place)];
    if (reached[static_cast<size_t>(place)]) return Wrong(tree.place, here + " is reached twice");
    reached[static_cast<size_t>(place)] = true;
    ++count;
    if (node.is_leaf() != (node.right < 0)) return Wrong(tree.place, here + " has one child");
    if (!node.categories && !std::isfinite(node.value)) return Wrong(tree.place, here + " has no finite value");
    if (node.is_leaf() && node.categories) return Wrong(tree.place, here + " is a leaf and asks a category");
    if (node.is_leaf()) continue;
    if (node.feature >= features) return Wrong(tree.place, here + " asks a feature that is not there");
    if (node.categories && node.categories->empty()) return Wrong(tree.place, here + " has no categories");
    open.push_back(node.left);
    open.push_back(node.right);
  }
  if (count + deleted != nodes.size()) return Wrong(tree.place, "a node is not reached from the root");
  return absl::OkStatus();
}

absl::StatusOr<XgboostTree> ReadTree(const Cursor& tree, size_t features) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> lefts, GetIntegers(tree, "left_children"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> rights, GetIntegers(tree, "right_children"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<float> values, GetFloats(tree, "split_conditions"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, GetIntegers(tree, "split_indices"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> defaults, GetIntegers(tree, "default_left"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> types, GetIntegers(tree, "split_type"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor parameters, tree.Get("tree_param"));
  CAUSEWAY_ASSIGN_OR_RETURN(const uint32_t count, parameters.GetCount("num_nodes"));
  CAUSEWAY_ASSIGN_OR_RETURN(const uint32_t deleted, parameters.GetCount("num_deleted"));
  for (const size_t size :
       {lefts.size(), rights.size(), values.size(), indices.size(), defaults.size(), types.size()}) {
    if (size != count) return Wrong(tree.place, absl::StrCat("its lists are not of ", count, " nodes each"));
  }
  if (count == 0 || count > kMostNodesOfATree) return Wrong(tree.place, "it has no nodes, or too many");
  XgboostTree nodes(count);
  for (size_t i = 0; i < count; ++i) {
    for (const int64_t child : {lefts[i], rights[i]}) {
      if (child < -1 || child > INT32_MAX) return Wrong(tree.place, absl::StrCat("a child of node ", i, " is no node"));
    }
    if (types[i] != 0 && types[i] != 1) return Wrong(tree.place, absl::StrCat("node ", i, " splits in a new way"));
    nodes[i].left = static_cast<int32_t>(lefts[i]);
    nodes[i].right = static_cast<int32_t>(rights[i]);
    // Leaves have anything here.
    nodes[i].feature = static_cast<uint32_t>(std::min<uint64_t>(static_cast<uint64_t>(indices[i]), UINT32_MAX));
    nodes[i].value = values[i];
    nodes[i].default_left = defaults[i] != 0;
    if (types[i] == 1) nodes[i].categories.emplace();
  }
  CAUSEWAY_RETURN_IF_ERROR(ReadCategories(tree, nodes));
  CAUSEWAY_RETURN_IF_ERROR(CheckShape(tree, nodes, features, deleted));
  return nodes;
}

absl::Status CheckVersion(const Cursor& file) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> version, GetIntegers(file, "version"));
  if (version.size() < 2) return Wrong("version", "it is no version");
  const std::pair<int64_t, int64_t> release(version[0], version[1]);
  if (release < std::pair<int64_t, int64_t>(1, 7) || release > std::pair<int64_t, int64_t>(3, 0)) {
    return Wrong("version", absl::StrCat(absl::StrJoin(version, "."), ", and what is known here is 1.7 to 3.0"));
  }
  return absl::OkStatus();
}

// The margin before any tree. XGBoost computes it in 32-bit floating point, and so does this: it is then the same.
absl::StatusOr<float> ReadBaseMargin(const Cursor& learner) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor parameters, learner.Get("learner_model_param"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string text, parameters.GetText("base_score"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor objective, learner.Get("objective"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string name, objective.GetText("name"));
  absl::string_view number = text;
  // Later versions write a list, of one number where there is one output.
  if (absl::ConsumePrefix(&number, "[") && !absl::ConsumeSuffix(&number, "]")) number = "";
  float base = 0;
  if (!absl::SimpleAtof(number, &base) || !std::isfinite(base)) {
    return Wrong(absl::StrCat(parameters.place, ".base_score"), absl::StrCat("\"", text, "\" is no number"));
  }
  if (name == "reg:squarederror") return base;
  if (name != "binary:logistic" && name != "reg:logistic") {
    return Wrong(objective.place,
                 absl::StrCat("\"", name, "\" is not one of binary:logistic, reg:logistic, ", "reg:squarederror"));
  }
  if (!(base > 0 && base < 1)) {
    return Wrong(absl::StrCat(parameters.place, ".base_score"), "a probability is between 0 and 1");
  }
  return -std::log(1.0f / base - 1.0f);
}

absl::Status CheckOneOutput(const Cursor& learner, const Cursor& forest) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor parameters, learner.Get("learner_model_param"));
  CAUSEWAY_ASSIGN_OR_RETURN(const uint32_t classes, parameters.GetCount("num_class"));
  if (classes > 1) return Wrong(parameters.place, "a model of several classes has several margins");
  if (parameters.Find("num_target")) {
    CAUSEWAY_ASSIGN_OR_RETURN(const uint32_t targets, parameters.GetCount("num_target"));
    if (targets > 1) return Wrong(parameters.place, "a model of several targets has several margins");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> groups, GetIntegers(forest, "tree_info"));
  if (std::any_of(groups.begin(), groups.end(), [](int64_t group) { return group != 0; })) {
    return Wrong(forest.place, "tree_info gives trees to several outputs");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<XgboostModel> ReadXgboostModel(absl::string_view json) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json parsed, ParseJson(json));
  const Cursor file = {&parsed, ""};
  CAUSEWAY_RETURN_IF_ERROR(CheckVersion(file));
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor learner, file.Get("learner"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor booster, learner.Get("gradient_booster"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string name, booster.GetText("name"));
  if (name != "gbtree") return Wrong(booster.place, absl::StrCat("\"", name, "\" is no plain sum of trees (gbtree)"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor forest, booster.Get("model"));
  CAUSEWAY_RETURN_IF_ERROR(CheckOneOutput(learner, forest));

  XgboostModel model;
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor parameters, learner.Get("learner_model_param"));
  CAUSEWAY_ASSIGN_OR_RETURN(model.feature_count, parameters.GetCount("num_feature"));
  CAUSEWAY_ASSIGN_OR_RETURN(model.feature_names, GetTexts(learner, "feature_names"));
  CAUSEWAY_ASSIGN_OR_RETURN(model.feature_types, GetTexts(learner, "feature_types"));
  for (const size_t named : {model.feature_names.size(), model.feature_types.size()}) {
    if (named != 0 && named != model.feature_count)
      return Wrong(learner.place, "not every feature has its name and type");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(model.base_margin, ReadBaseMargin(learner));
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor trees, forest.GetArray("trees"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Cursor counts, forest.Get("gbtree_model_param"));
  CAUSEWAY_ASSIGN_OR_RETURN(const uint32_t tree_count, counts.GetCount("num_trees"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<int64_t> groups, GetIntegers(forest, "tree_info"));
  if (trees.size() != tree_count || groups.size() != tree_count) {
    return Wrong(trees.place, absl::StrCat("there are ", trees.size(), " and should be ", tree_count));
  }
  for (size_t i = 0; i < trees.size(); ++i) {
    const Cursor tree = {&(*trees.json)[i], absl::StrCat(trees.place, "[", i, "]")};
    CAUSEWAY_ASSIGN_OR_RETURN(XgboostTree nodes, ReadTree(tree, model.feature_count));
    model.trees.push_back(std::move(nodes));
  }
  return model;
}

int32_t LeafOf(const XgboostTree& tree, const policy::FeatureRow& row) {
  int32_t place = 0;
  while (true) {
    const XgboostNode& node = tree[static_cast<size_t>(place)];
    if (node.is_leaf()) return place;
    const std::optional<int32_t>& value = row[node.feature];
    bool left = node.default_left;
    if (value && node.categories) {
      left = *value < 0 || std::find(node.categories->begin(), node.categories->end(), static_cast<uint32_t>(*value)) ==
                               node.categories->end();
    } else if (value) {
      left = static_cast<float>(*value) < node.value;
    }
    place = left ? node.left : node.right;
  }
}

}  // namespace causeway::models
