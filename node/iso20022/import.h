// SPDX-License-Identifier: Apache-2.0
// Reads what institutions send and makes operations of it: setr.010.001.04, setr.004.001.04, reda.001.001.04, and
// orders as CSV. What is read of a message, and what is refused, is the table in tests/vectors/iso20022/README.md.
//
// Errors: InvalidArgument with all errors of the file, one a line, `FILE:LINE: PATH: what is wrong and what to do`. A
// file with one error gives no operation at all. Personal data is never quoted. Whatever the bytes are, reading ends:
// nothing is fetched, no entity is expanded, and size, depth and count are bounded.
#ifndef CAUSEWAY_NODE_ISO20022_IMPORT_H_
#define CAUSEWAY_NODE_ISO20022_IMPORT_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/operation.pb.h"
#include "node/iso20022/account_table.h"

namespace causeway::iso20022 {

// What the ledger says of a class, for finding at home what it would refuse.
struct KnownClass {
  std::string currency;
  int unit_decimals;
  int price_decimals;
};

struct ReadOptions {
  // What errors call the input.
  std::string name = "input";
  // By ISIN. Where it names any class, a message about another is refused; where it is empty, the ledger alone decides.
  std::map<std::string, KnownClass, std::less<>> classes;
  size_t bytes_max = size_t{16} << 20;
};

struct ImportedOperation {
  v1::Operation operation;
  // Where it stands in the file: "/Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[2]", or "line 3" of a CSV.
  std::string source;
  int line;
  // MsgId/Id, and the order's reference (of a price report: PricRptId).
  std::string message_id;
  std::string reference;
  // LEI of the party that should submit it: the account's owner. Empty for a price, which the class's administrator
  // attests.
  std::string submitter;
};

// XML where the first character is '<', else CSV.
absl::StatusOr<std::vector<ImportedOperation>> ReadBytes(absl::string_view bytes, const AccountTable& accounts,
                                                         const ReadOptions& options = {});

// The same of a file; `options.name` is replaced by the path. NotFound where it cannot be read.
absl::StatusOr<std::vector<ImportedOperation>> ReadFile(const std::string& path, const AccountTable& accounts,
                                                        const ReadOptions& options = {});

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_IMPORT_H_
