// SPDX-License-Identifier: Apache-2.0
// The errors of one imported file, collected so that its sender reads them all at once.
#ifndef CAUSEWAY_NODE_ISO20022_IMPORT_ERRORS_H_
#define CAUSEWAY_NODE_ISO20022_IMPORT_ERRORS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::iso20022 {

// Where a value stands: of XML the line and the element's path, of CSV line, column and the column's name.
struct Place {
  int line = 0;
  // Character in the line, from 1; 0 for XML, whose paths say more.
  int column = 0;
  std::string name;
};

// A text and where it was read.
struct PlacedText {
  std::string text;
  Place place;
};

class ImportErrors {
 public:
  // `what` says what is wrong and what to do about it; whoever quotes a value in it does so by Quoted, and never quotes
  // personal data.
  void Add(const Place& place, absl::string_view what);

  bool empty() const { return count_ == 0; }
  size_t count() const { return count_; }
  // InvalidArgument, a line an error: "FILE:LINE[:COLUMN]: NAME: what". After two hundred it says how many more there
  // are.
  absl::Status ToStatus(absl::string_view file) const;

 private:
  struct Error {
    Place place;
    std::string what;
  };
  std::vector<Error> errors_;
  size_t count_ = 0;
};

// The value in quotes, cut after 60 bytes, without control characters.
std::string Quoted(absl::string_view value);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_IMPORT_ERRORS_H_
