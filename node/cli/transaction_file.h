// SPDX-License-Identifier: Apache-2.0
// The two files of a transaction: what somebody wants, and what has been signed.
//
// Operations are proto3 JSON: a list of them, or an object {"operations": […]} that may also fix "party" (LEI), "id"
// and "valid_until_us". A signed transaction is the JSON of its envelope: {"body": base64, "signatures": […]}; its raw
// bytes are read as well.
#ifndef CAUSEWAY_NODE_CLI_TRANSACTION_FILE_H_
#define CAUSEWAY_NODE_CLI_TRANSACTION_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/operation.pb.h"
#include "causeway/v1/transaction.pb.h"
#include "ledger/chain/transaction_builder.h"

namespace causeway::cli {

struct TransactionFile {
  // A signed transaction, perhaps without all signatures; otherwise operations.
  bool is_envelope = false;
  v1::Envelope envelope;
  // What the file says; for operations chain id, party, id and validity may be missing.
  v1::Body body;
};

// INVALID_ARGUMENT with line and column, or the path of the field and what is allowed there.
absl::StatusOr<TransactionFile> ParseTransactionFile(absl::string_view content);

// As it is written.
std::string FormatEnvelope(absl::string_view envelope);

// The exact bytes to submit.
chain::SignedTransaction ToSigned(const v1::Envelope& envelope);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_TRANSACTION_FILE_H_
