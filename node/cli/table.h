// SPDX-License-Identifier: Apache-2.0
// Text for people: columns, and the fields of a record, in plain characters.
#ifndef CAUSEWAY_NODE_CLI_TABLE_H_
#define CAUSEWAY_NODE_CLI_TABLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "node/cli/session.h"

namespace causeway::cli {

// Characters on a terminal: UTF-8 sequences count one.
size_t DisplayWidth(absl::string_view text);

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header);
  // As many cells as the header; missing ones are empty.
  void Add(std::vector<std::string> cells);
  // Columns of numbers are aligned to the right: every cell is a number or empty. Two spaces between columns, none at
  // the end of a line.
  std::string Format() const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// "name  value" a line, names aligned. What is inside an object or a list has the path as its name ("legs[0].amount").
std::string FormatFields(const Json& json, size_t indent = 0);

// The members of a JSON value by path, in order; a list or object that is empty gives nothing.
std::vector<std::pair<std::string, std::string>> Flatten(const Json& json);

// "12,345,678"
std::string WithThousands(uint64_t number);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_TABLE_H_
