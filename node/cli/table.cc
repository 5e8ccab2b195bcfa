// SPDX-License-Identifier: Apache-2.0
#include "node/cli/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace causeway::cli {
namespace {

bool IsNumber(absl::string_view cell) {
  return std::all_of(cell.begin(), cell.end(),
                     [](char c) { return absl::ascii_isdigit(c) || c == ',' || c == '.' || c == '-'; });
}

std::string Padded(absl::string_view text, size_t width, bool right) {
  const size_t length = DisplayWidth(text);
  const std::string space(width > length ? width - length : 0, ' ');
  return right ? absl::StrCat(space, text) : absl::StrCat(text, space);
}

std::string Scalar(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

// A list of plain values is one field, and one of objects a field for each of theirs.
void AddFlat(const Json& json, const std::string& path, std::vector<std::pair<std::string, std::string>>& fields) {
  if (json.is_object()) {
    for (const auto& [key, member] : json.items())
      AddFlat(member, path.empty() ? key : absl::StrCat(path, ".", key), fields);
  } else if (json.is_array() && !json.empty() &&
             std::none_of(json.begin(), json.end(), [](const Json& m) { return m.is_structured(); })) {
    std::string values;
    for (const Json& member : json) absl::StrAppend(&values, values.empty() ? "" : " ", Scalar(member));
    fields.emplace_back(path, values);
  } else if (json.is_array()) {
    size_t index = 0;
    for (const Json& member : json) AddFlat(member, absl::StrCat(path, "[", index++, "]"), fields);
  } else {
    fields.emplace_back(path, Scalar(json));
  }
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

TextTable::TextTable(std::vector<std::string> header) : header_(std::move(header)) {}

void TextTable::Add(std::vector<std::string> cells) {
  cells.resize(header_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::Format() const {
  std::vector<size_t> widths;
  std::vector<bool> right;
  for (size_t column = 0; column < header_.size(); ++column) {
    size_t width = DisplayWidth(header_[column]);
    bool numbers = !rows_.empty();
    for (const std::vector<std::string>& row : rows_) {
      width = std::max(width, DisplayWidth(row[column]));
      numbers = numbers && IsNumber(row[column]);
    }
    widths.push_back(width);
    right.push_back(numbers);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t column = 0; column < cells.size(); ++column)
      text += absl::StrCat(column == 0 ? "" : "  ", Padded(cells[column], widths[column], right[column]));
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = line(header_);
  for (const std::vector<std::string>& row : rows_) text += line(row);
  return text;
}

std::vector<std::pair<std::string, std::string>> Flatten(const Json& json) {
  std::vector<std::pair<std::string, std::string>> fields;
  AddFlat(json, "", fields);
  return fields;
}

std::string FormatFields(const Json& json, size_t indent) {
  const std::vector<std::pair<std::string, std::string>> fields = Flatten(json);
  size_t width = 0;
  for (const auto& [name, value] : fields) width = std::max(width, DisplayWidth(name));
  std::string text;
  for (const auto& [name, value] : fields)
    text += absl::StrCat(std::string(indent, ' '), Padded(name, width, false), "  ", value, "\n");
  return text;
}

std::string WithThousands(uint64_t number) {
  std::string text = absl::StrCat(number);
  for (size_t place = text.size(); place > 3;) {
    place -= 3;
    text.insert(place, 1, ',');
  }
  return text;
}

}  // namespace causeway::cli
