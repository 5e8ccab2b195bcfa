// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/import_errors.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace causeway::iso20022 {
namespace {

constexpr size_t kErrorsTold = 200;
constexpr size_t kQuotedBytes = 60;

}  // namespace

void ImportErrors::Add(const Place& place, absl::string_view what) {
  if (++count_ <= kErrorsTold) errors_.push_back({place, std::string(what)});
}

absl::Status ImportErrors::ToStatus(absl::string_view file) const {
  std::vector<Error> errors = errors_;
  std::stable_sort(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
    return a.place.line != b.place.line ? a.place.line < b.place.line : a.place.column < b.place.column;
  });
  std::string text;
  for (const Error& error : errors) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", file, ":", error.place.line);
    if (error.place.column > 0) absl::StrAppend(&text, ":", error.place.column);
    absl::StrAppend(&text, ": ", error.place.name, error.place.name.empty() ? "" : ": ", error.what);
  }
  if (count_ > kErrorsTold) absl::StrAppend(&text, "\n", file, ": and ", count_ - kErrorsTold, " more");
  return absl::InvalidArgumentError(text);
}

std::string Quoted(absl::string_view value) {
  std::string text = "\"";
  size_t end = std::min(value.size(), kQuotedBytes);
  // Not in the middle of a character.
  while (end > 0 && end < value.size() && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;
  for (const char c : value.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(byte < 0x20 || byte == 0x7f ? '?' : c);
  }
  text += end < value.size() ? "…\"" : "\"";
  return text;
}

}  // namespace causeway::iso20022
