// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/config_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace causeway::daemon {

struct ConfigReader::Impl {
  std::string file_name;
  toml::table table;
  bool parsed = false;
  std::set<std::string> known;
  // By line, then in the order found.
  std::multimap<uint32_t, std::string> errors;

  const toml::node* Find(const std::string& key) const {
    const toml::node_view<const toml::node> found = std::as_const(table).at_path(key);
    return found.node();
  }
  void Note(const toml::node* node, const std::string& what) {
    errors.emplace(node == nullptr ? 0 : node->source().begin.line, what);
  }
};

namespace {

void LeafKeys(const toml::table& table, const std::string& prefix,
              std::vector<std::pair<std::string, const toml::node*>>& keys) {
  for (const auto& [key, node] : table) {
    const std::string path = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      LeafKeys(*inner, path + ".", keys);
    } else {
      keys.emplace_back(path, &node);
    }
  }
}

}  // namespace

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

ConfigReader::ConfigReader(const std::string& file_name, absl::string_view text) : impl_(std::make_unique<Impl>()) {
  impl_->file_name = file_name;
  try {
    impl_->table = toml::parse(std::string_view(text.data(), text.size()));
    impl_->parsed = true;
  } catch (const toml::parse_error& error) {
    impl_->errors.emplace(error.source().begin.line, absl::StrCat("not TOML: ", std::string(error.description())));
  }
}

ConfigReader::~ConfigReader() = default;

bool ConfigReader::Has(const std::string& key) const {
  return impl_->Find(key) != nullptr;
}

void ConfigReader::Error(const std::string& key, const std::string& what) {
  if (impl_->parsed) impl_->Note(impl_->Find(key), absl::StrCat(key, ": ", what));
}

std::string ConfigReader::Text(const std::string& key, std::optional<std::string> otherwise) {
  impl_->known.insert(key);
  const toml::node* node = impl_->Find(key);
  if (node == nullptr) {
    if (!otherwise) Error(key, "missing; it takes a text");
    return otherwise.value_or("");
  }
  if (const std::optional<std::string> value = node->value_exact<std::string>()) return *value;
  Error(key, "takes a text in quotes");
  return "";
}

uint64_t ConfigReader::Number(const std::string& key, uint64_t least, uint64_t most,
                              std::optional<uint64_t> otherwise) {
  impl_->known.insert(key);
  const toml::node* node = impl_->Find(key);
  const std::string allowed = absl::StrCat("a whole number from ", least, " to ", most);
  if (node == nullptr) {
    if (!otherwise) Error(key, "missing; it takes " + allowed);
    return otherwise.value_or(least);
  }
  const std::optional<int64_t> value = node->value_exact<int64_t>();
  if (value && *value >= 0 && static_cast<uint64_t>(*value) >= least && static_cast<uint64_t>(*value) <= most)
    return static_cast<uint64_t>(*value);
  Error(key, "takes " + allowed);
  return least;
}

bool ConfigReader::Flag(const std::string& key, bool otherwise) {
  impl_->known.insert(key);
  const toml::node* node = impl_->Find(key);
  if (node == nullptr) return otherwise;
  if (const std::optional<bool> value = node->value_exact<bool>()) return *value;
  Error(key, "takes true or false");
  return otherwise;
}

std::string ConfigReader::Choice(const std::string& key, const std::vector<std::string>& allowed,
                                 const std::string& otherwise) {
  const std::string value = Text(key, otherwise);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  Error(key, "takes one of " + absl::StrJoin(allowed, ", "));
  return otherwise;
}

std::vector<std::string> ConfigReader::Texts(const std::string& key) {
  impl_->known.insert(key);
  const toml::node* node = impl_->Find(key);
  std::vector<std::string> texts;
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  if (array == nullptr) {
    Error(key, node == nullptr ? "missing; it takes a list of texts" : "takes a list of texts");
    return texts;
  }
  for (const toml::node& element : *array) {
    const std::optional<std::string> value = element.value_exact<std::string>();
    if (!value) Error(key, "takes a list of texts");
    texts.push_back(value.value_or(""));
  }
  return texts;
}

absl::Status ConfigReader::Finish() {
  std::vector<std::pair<std::string, const toml::node*>> keys;
  LeafKeys(impl_->table, "", keys);
  for (const auto& [key, node] : keys) {
    if (impl_->known.count(key) > 0) continue;
    const auto nearest = std::min_element(impl_->known.begin(), impl_->known.end(),
                                          [&key = key](const std::string& a, const std::string& b) {
                                            return EditDistance(key, a) < EditDistance(key, b);
                                          });
    impl_->Note(node,
                absl::StrCat(key, ": unknown key",
                             nearest == impl_->known.end() ? "" : absl::StrCat("; did you mean ", *nearest, "?")));
  }
  if (impl_->errors.empty()) return absl::OkStatus();
  std::vector<std::string> lines;
  for (const auto& [line, what] : impl_->errors)
    lines.push_back(line == 0 ? absl::StrCat(impl_->file_name, ": ", what)
                              : absl::StrCat(impl_->file_name, ":", line, ": ", what));
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

}  // namespace causeway::daemon
