// SPDX-License-Identifier: Apache-2.0
// Writing rows of a store past its rules, under valid checksums: what whoever has a node's disk can do. It exists to
// show, and to test, that an audit finds it; no node does this.
#ifndef CAUSEWAY_LEDGER_STORE_REWRITE_H_
#define CAUSEWAY_LEDGER_STORE_REWRITE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "ledger/store/keys.h"

namespace causeway::store {

struct RowEdit {
  Family family;
  std::string key;
  // Nothing: the row is taken away.
  std::optional<std::string> value;
};

// Writes them into the store in the directory, which no process has open.
absl::Status RewriteRows(const std::string& directory, const std::vector<RowEdit>& edits);

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_REWRITE_H_
