// SPDX-License-Identifier: Apache-2.0
// Comma-separated values as RFC 4180 has them: rows of fields, each with its place. Lines end in LF or CRLF; empty
// lines are skipped. One row is held at a time, and of a row no more fields than the reader asks for: a file of commas
// must not cost more memory than it has bytes.
#ifndef CAUSEWAY_NODE_ISO20022_CSV_TABLE_H_
#define CAUSEWAY_NODE_ISO20022_CSV_TABLE_H_

#include <cstddef>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

#include "node/iso20022/import_errors.h"

namespace causeway::iso20022 {

struct CsvRow {
  // At most as many as are kept. A field's place has line and column and no name yet.
  std::vector<PlacedText> fields;
  // How many there are in the file.
  size_t count = 0;
};

// Gives each row in order, with at most `fields_kept` of its fields (one at least), until `on_row` returns false.
// Reports what is no CSV (a quote that is not closed, text around quotes, a bare CR, a zero byte) and ends there.
void ParseCsv(absl::string_view text, size_t fields_kept, ImportErrors& errors,
              absl::FunctionRef<bool(const CsvRow&)> on_row);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_CSV_TABLE_H_
