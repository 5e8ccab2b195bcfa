// SPDX-License-Identifier: Apache-2.0
// What the tests of node/iso20022 start from: the messages and the account table in tests/vectors/iso20022, all valid.
#ifndef CAUSEWAY_TESTS_UNIT_NODE_ISO20022_ISO_FIXTURE_H_
#define CAUSEWAY_TESTS_UNIT_NODE_ISO20022_ISO_FIXTURE_H_

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/check.h"
#include "node/iso20022/account_table.h"
#include "node/iso20022/import.h"

namespace causeway::iso20022::testing {

inline std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  CAUSEWAY_CHECK(file.good() && !text.str().empty(), "a file of the tests is missing");
  return text.str();
}

inline std::string Vector(const std::string& name) {
  return Contents("tests/vectors/iso20022/" + name);
}

// The text with the one occurrence of `from` replaced; a test that replaces nothing, or more, would test something
// else.
inline std::string With(const std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  CAUSEWAY_CHECK(at != std::string::npos, "what is to be replaced is not there");
  return std::string(text).replace(at, from.size(), to);
}

inline AccountTable Accounts() {
  absl::StatusOr<AccountTable> table = AccountTable::FromJson(Vector("accounts.json"));
  CAUSEWAY_CHECK(table.ok(), "the account table of the tests is sound");
  return *std::move(table);
}

inline absl::StatusOr<std::vector<ImportedOperation>> Read(absl::string_view bytes, ReadOptions options = {}) {
  options.name = "FILE";
  return ReadBytes(bytes, Accounts(), options);
}

}  // namespace causeway::iso20022::testing

#endif  // CAUSEWAY_TESTS_UNIT_NODE_ISO20022_ISO_FIXTURE_H_
