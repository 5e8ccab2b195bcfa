// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/csv_table.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"

namespace causeway::iso20022 {
namespace {

class CsvParser {
 public:
  CsvParser(absl::string_view text, size_t fields_kept, ImportErrors& errors,
            absl::FunctionRef<bool(const CsvRow&)> on_row)
      : rest_(text), fields_kept_(fields_kept), errors_(errors), on_row_(on_row) {}

  void Parse() {
    while (!rest_.empty()) {
      PlacedText field{"", {line_, column_, ""}};
      if (!(rest_.front() == '"' ? TakeQuoted(field) : TakePlain(field))) return;
      Keep(std::move(field));
      if (!rest_.empty() && rest_.front() == ',') {
        Take();
        // A comma at the end of the text is followed by one more field, which is empty.
        if (rest_.empty()) Keep({"", {line_, column_, ""}});
        continue;
      }
      if (!TakeLineEnd() || !EndRow()) return;
    }
    EndRow();
  }

 private:
  void Keep(PlacedText field) {
    if (row_.count++ < fields_kept_) row_.fields.push_back(std::move(field));
  }

  bool EndRow() {
    const bool blank = row_.count == 0 || (row_.count == 1 && row_.fields[0].text.empty());
    const bool go_on = blank || on_row_(row_);
    row_ = CsvRow();
    return go_on;
  }

  char Take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<uint8_t>(c) & 0xc0) != 0x80) {
      ++column_;
    }
    return c;
  }

  bool Fail(absl::string_view what) {
    errors_.Add({line_, column_, ""}, what);
    return false;
  }

  bool TakePlain(PlacedText& field) {
    while (!rest_.empty() && rest_.front() != ',' && rest_.front() != '\n' && rest_.front() != '\r') {
      if (rest_.front() == '"')
        return Fail("a quote in a field without quotes; put the field in quotes and double the quote");
      if (rest_.front() == '\0') return Fail("a zero byte; this is no CSV in UTF-8");
      field.text.push_back(Take());
    }
    return true;
  }

  bool TakeQuoted(PlacedText& field) {
    Take();
    while (true) {
      if (rest_.empty()) {
        errors_.Add(field.place, "the field's quote is not closed");
        return false;
      }
      if (rest_.front() == '\0') return Fail("a zero byte; this is no CSV in UTF-8");
      const char c = Take();
      if (c != '"') {
        field.text.push_back(c);
      } else if (!rest_.empty() && rest_.front() == '"') {
        field.text.push_back(Take());
      } else {
        break;
      }
    }
    const bool ends = rest_.empty() || rest_.front() == ',' || rest_.front() == '\n' || rest_.front() == '\r';
    return ends || Fail("text after the closing quote; double the quotes within a field");
  }

  bool TakeLineEnd() {
    if (rest_.empty()) return true;
    if (absl::StartsWith(rest_, "\r\n")) Take();
    if (rest_.front() == '\n') {
      Take();
      return true;
    }
    return Fail("a carriage return without a line feed");
  }

  absl::string_view rest_;
  const size_t fields_kept_;
  ImportErrors& errors_;
  const absl::FunctionRef<bool(const CsvRow&)> on_row_;
  CsvRow row_;
  int line_ = 1;
  int column_ = 1;
};

}  // namespace

void ParseCsv(absl::string_view text, size_t fields_kept, ImportErrors& errors,
              absl::FunctionRef<bool(const CsvRow&)> on_row) {
  CsvParser(text, fields_kept, errors, on_row).Parse();
}

}  // namespace causeway::iso20022
