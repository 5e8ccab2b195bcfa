// SPDX-License-Identifier: Apache-2.0
// Refusals as clients see them. Inside the node a refusal is an absl::Status whose payloads are the details, by type
// URL; RpcStatusOf turns it into the bytes of google.rpc.Status. The catalogue of reasons is
// causeway/v1/error_details.proto (ApiReason) and causeway/v1/ledger_reason.proto.
#ifndef CAUSEWAY_NODE_API_ERRORS_H_
#define CAUSEWAY_NODE_API_ERRORS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "causeway/v1/error_details.pb.h"
#include "ledger/chain/validity.h"

namespace causeway::api {

inline constexpr char kApiDomain[] = "causeway.api";
inline constexpr char kLedgerDomain[] = "causeway.ledger";
inline constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
inline constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

using ErrorMetadata = std::vector<std::pair<std::string, std::string>>;

// "RATE_LIMIT".
std::string NameOf(v1::ApiReason reason);

// A refusal of the services' own.
absl::Status ApiError(absl::StatusCode code, v1::ApiReason reason, absl::string_view message,
                      const ErrorMetadata& metadata = {});
// INVALID_ARGUMENT about a field of the request.
absl::Status FieldError(absl::string_view field, absl::string_view description);
// Why a transaction cannot come into a block, with what to do about it. Parameters stand by name in the metadata.
absl::Status RefusalOf(const chain::Invalid& invalid, const ErrorMetadata& more = {});
// Waiting helps.
absl::Status RetryAfter(absl::Status status, absl::Duration delay);

// What a program reads of a refusal; with the empty reason where it says none.
v1::ErrorInfo ErrorInfoOf(const absl::Status& status);

// Bytes of google.rpc.Status. A status that states no reason gets the one that its code, or a leading "NOT_YET:" or
// "PRUNED:", stands for. Texts are cut so that the whole fits in a client's 8 KiB of metadata.
std::string RpcStatusOf(const absl::Status& status);
// The message, cut as there.
std::string MessageOf(const absl::Status& status);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_ERRORS_H_
