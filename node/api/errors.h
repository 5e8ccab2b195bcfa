// SPDX-License-Identifier: Apache-2.0
// Refusals as clients receive them: a gRPC status whose details are a google.rpc.Status with ErrorInfo (a reason of the
// catalogue, domain "causeway"), BadRequest (fields) and RetryInfo (where waiting helps).
#ifndef CAUSEWAY_NODE_API_ERRORS_H_
#define CAUSEWAY_NODE_API_ERRORS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "ledger/chain/validity.h"

namespace causeway::api {

struct ErrorDetails {
  // "WRONG_CHAIN": ErrorInfo's reason; empty: none.
  std::string reason;
  // In the order that the catalogue states; ErrorInfo's metadata "0", "1", ….
  std::vector<std::string> parameters;
  // Field and what is wrong with it.
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<uint32_t> retry_ms;
};

// A status that carries details; they survive on their way to the client.
absl::Status WithDetails(absl::Status status, const ErrorDetails& details);

// What a transaction that is not valid is told: INVALID_ARGUMENT, FAILED_PRECONDITION, ALREADY_EXISTS or
// UNAUTHENTICATED by what it is, with the reason of the catalogue.
absl::Status RefusalOf(const chain::Invalid& invalid);

// Bytes of the google.rpc.Status; empty where the status carries no details and needs none.
std::string DetailBytes(const absl::Status& status);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_ERRORS_H_
