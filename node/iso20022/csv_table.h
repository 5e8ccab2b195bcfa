// SPDX-License-Identifier: Apache-2.0
// Comma-separated values as RFC 4180 has them: rows of fields, each with its place. Lines end in LF or CRLF; empty
// lines are skipped.
#ifndef CAUSEWAY_NODE_ISO20022_CSV_TABLE_H_
#define CAUSEWAY_NODE_ISO20022_CSV_TABLE_H_

#include <vector>

#include "absl/strings/string_view.h"

#include "node/iso20022/import_errors.h"

namespace causeway::iso20022 {

// A field's place has line and column and no name yet.
using CsvRow = std::vector<PlacedText>;

// Reports what is no CSV (a quote that is not closed, text around quotes, a bare CR, a zero byte) and gives the rows up
// to there.
std::vector<CsvRow> ParseCsv(absl::string_view text, ImportErrors& errors);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_CSV_TABLE_H_
