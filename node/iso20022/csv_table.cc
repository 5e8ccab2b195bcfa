// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/csv_table.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"

namespace causeway::iso20022 {
namespace {

class CsvParser {
 public:
  CsvParser(absl::string_view text, ImportErrors& errors) : rest_(text), errors_(errors) {}

  std::vector<CsvRow> Parse() {
    std::vector<CsvRow> rows;
    CsvRow row;
    while (!rest_.empty()) {
      PlacedText field{"", {line_, column_, ""}};
      if (!(rest_.front() == '"' ? TakeQuoted(field) : TakePlain(field))) return rows;
      row.push_back(std::move(field));
      if (!rest_.empty() && rest_.front() == ',') {
        Take();
        // A comma at the end of the text is followed by one more field, which is empty.
        if (rest_.empty()) row.push_back({"", {line_, column_, ""}});
        continue;
      }
      if (!TakeLineEnd()) return rows;
      Keep(rows, row);
    }
    Keep(rows, row);
    return rows;
  }

 private:
  static void Keep(std::vector<CsvRow>& rows, CsvRow& row) {
    const bool blank = row.size() == 1 && row[0].text.empty();
    if (!row.empty() && !blank) rows.push_back(std::move(row));
    row.clear();
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
  ImportErrors& errors_;
  int line_ = 1;
  int column_ = 1;
};

}  // namespace

std::vector<CsvRow> ParseCsv(absl::string_view text, ImportErrors& errors) {
  return CsvParser(text, errors).Parse();
}

}  // namespace causeway::iso20022
