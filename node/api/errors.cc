// SPDX-License-Identifier: Apache-2.0
#include "node/api/errors.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace causeway::api {
namespace {

constexpr size_t kTextBytesMax = 256;
constexpr size_t kMessageBytesMax = 1'024;
constexpr size_t kMetadataMax = 8;

struct LedgerRefusal {
  v1::LedgerReason reason;
  absl::StatusCode code;
  // In the order of its parameters.
  std::array<const char*, 3> parameters;
  const char* advice;
};

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;

constexpr LedgerRefusal kLedgerRefusals[] = {
    {v1::LEDGER_REASON_EXPIRED,
     kPrecondition,
     {"valid_until", "block_time", nullptr},
     "ask for its receipt; where there is none, sign a new transaction with a later valid_until"},
    {v1::LEDGER_REASON_TRANSACTION_TOO_LARGE, kInvalid, {"limit", "value", "most"}, "split it"},
    {v1::LEDGER_REASON_UNKNOWN_OPERATION,
     kInvalid,
     {nullptr, nullptr, nullptr},
     "each operation names one contract of this protocol version"},
    {v1::LEDGER_REASON_NOT_CANONICAL, kInvalid, {"what", "where", nullptr}, "serialize the envelope canonically"},
    {v1::LEDGER_REASON_WRONG_CHAIN, kInvalid, {"chain", "this_chain", nullptr}, "sign it for this network"},
    {v1::LEDGER_REASON_MALFORMED, kInvalid, {"field", "asked_for", nullptr}, "mend the field and sign again"},
    {v1::LEDGER_REASON_LINKED_TO_NOTHING,
     kInvalid,
     {nullptr, nullptr, nullptr},
     "the last operation must not be linked"},
    {v1::LEDGER_REASON_SIGNATURES_NOT_EXACT,
     kInvalid,
     {nullptr, nullptr, nullptr},
     "list the keys in ascending order, with exactly one signature each"},
    {v1::LEDGER_REASON_UNKNOWN_KEY,
     kDenied,
     {"key", nullptr, nullptr},
     "sign with an active key of the party or of its delegate"},
    {v1::LEDGER_REASON_BAD_SIGNATURE, kDenied, {"key", nullptr, nullptr}, "sign these exact bytes again"},
    {v1::LEDGER_REASON_TOO_FAR_AHEAD,
     kPrecondition,
     {"valid_until", "latest", nullptr},
     "choose an earlier valid_until"},
    {v1::LEDGER_REASON_ID_USED,
     absl::StatusCode::kAlreadyExists,
     {"height", "index", nullptr},
     "the party used this id for other bytes; take a fresh one"},
    {v1::LEDGER_REASON_ADMISSION_UNSUPPORTED,
     absl::StatusCode::kUnimplemented,
     {nullptr, nullptr, nullptr},
     "leave admission NONE"},
};

// Printable ASCII of at most so many bytes.
std::string Text(absl::string_view text, size_t most = kTextBytesMax) {
  std::string out(text.substr(0, most));
  for (char& c : out) {
    if (c != '\n' && (c < 0x20 || c > 0x7e)) c = '?';
  }
  if (text.size() > most) out += "...";
  return out;
}

void SetInfo(absl::Status& status, absl::string_view reason, absl::string_view domain, const ErrorMetadata& metadata) {
  v1::ErrorInfo info;
  info.set_reason(Text(reason));
  info.set_domain(std::string(domain));
  for (const auto& [key, value] : metadata) {
    if (static_cast<size_t>(info.metadata_size()) == kMetadataMax) break;
    v1::ErrorMetadata& entry = *info.add_metadata();
    entry.set_key(Text(key));
    entry.set_value(Text(value));
  }
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
}

void SetViolation(absl::Status& status, absl::string_view field, absl::string_view description) {
  v1::BadRequest request;
  v1::FieldViolation& violation = *request.add_field_violations();
  violation.set_field(Text(field));
  violation.set_description(Text(description));
  status.SetPayload(kBadRequestUrl, absl::Cord(request.SerializeAsString()));
}

// The reason that a status without one stands for.
v1::ApiReason ReasonOfCode(const absl::Status& status) {
  if (absl::StartsWith(status.message(), "NOT_YET:")) return v1::API_REASON_NOT_YET;
  if (absl::StartsWith(status.message(), "PRUNED:")) return v1::API_REASON_PRUNED;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return v1::API_REASON_FIELD_INVALID;
    case absl::StatusCode::kNotFound:
      return v1::API_REASON_NOT_FOUND;
    case absl::StatusCode::kPermissionDenied:
      return v1::API_REASON_READ_DENIED;
    case absl::StatusCode::kResourceExhausted:
      return v1::API_REASON_BUSY;
    case absl::StatusCode::kFailedPrecondition:
      return v1::API_REASON_PRECONDITION;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
      return v1::API_REASON_STOPPING;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
      return v1::API_REASON_STORE_FAILED;
    default:
      return v1::API_REASON_UNSPECIFIED;
  }
}

}  // namespace

std::string NameOf(v1::ApiReason reason) {
  return std::string(absl::StripPrefix(v1::ApiReason_Name(reason), "API_REASON_"));
}

absl::Status ApiError(absl::StatusCode code, v1::ApiReason reason, absl::string_view message,
                      const ErrorMetadata& metadata) {
  absl::Status status(code, absl::StrCat(NameOf(reason), ": ", message));
  SetInfo(status, NameOf(reason), kApiDomain, metadata);
  return status;
}

absl::Status FieldError(absl::string_view field, absl::string_view description) {
  absl::Status status = ApiError(kInvalid, v1::API_REASON_FIELD_INVALID, absl::StrCat(field, ": ", description),
                                 {{"field", std::string(field)}});
  SetViolation(status, field, description);
  return status;
}

absl::Status RefusalOf(const chain::Invalid& invalid, const ErrorMetadata& more) {
  const auto* row = std::find_if(std::begin(kLedgerRefusals), std::end(kLedgerRefusals),
                                 [&](const LedgerRefusal& refusal) { return refusal.reason == invalid.reason; });
  const bool known = row != std::end(kLedgerRefusals);
  absl::Status status(known ? row->code : kInvalid,
                      absl::StrCat(invalid.ToString(), known ? absl::StrCat(": ", row->advice) : std::string()));
  ErrorMetadata metadata = more;
  for (size_t i = 0; i < invalid.parameters.size(); ++i) {
    const char* const name = known && i < row->parameters.size() ? row->parameters[i] : nullptr;
    metadata.emplace_back(name != nullptr ? std::string(name) : absl::StrCat("parameter_", i + 1),
                          invalid.parameters[i]);
  }
  SetInfo(status, absl::StripPrefix(v1::LedgerReason_Name(invalid.reason), "LEDGER_REASON_"), kLedgerDomain, metadata);
  if (invalid.reason == v1::LEDGER_REASON_MALFORMED && !invalid.parameters.empty()) {
    SetViolation(status, absl::StrCat("envelope.body.", invalid.parameters[0]),
                 invalid.parameters.size() > 1 ? invalid.parameters[1] : "missing or out of range");
  } else if (known && row->code == kInvalid) {
    SetViolation(status, "envelope", invalid.ToString());
  }
  return status;
}

absl::Status RetryAfter(absl::Status status, absl::Duration delay) {
  v1::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(static_cast<uint64_t>(absl::ToInt64Seconds(delay)));
  info.mutable_retry_delay()->set_nanos(static_cast<uint32_t>(absl::ToInt64Nanoseconds(delay) % 1'000'000'000));
  status.SetPayload(kRetryInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

v1::ErrorInfo ErrorInfoOf(const absl::Status& status) {
  v1::ErrorInfo info;
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorInfoUrl);
  if (payload) info.ParseFromString(std::string(*payload));
  return info;
}

std::string MessageOf(const absl::Status& status) {
  return Text(status.message(), kMessageBytesMax);
}

std::string RpcStatusOf(const absl::Status& status) {
  absl::Status stated = status;
  if (!stated.GetPayload(kErrorInfoUrl)) SetInfo(stated, NameOf(ReasonOfCode(status)), kApiDomain, {});
  v1::RpcStatus rpc;
  rpc.set_code(static_cast<uint32_t>(status.code()));
  rpc.set_message(MessageOf(status));
  stated.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    v1::RpcDetail& detail = *rpc.add_details();
    detail.set_type_url(std::string(type_url));
    detail.set_value(std::string(payload));
  });
  return rpc.SerializeAsString();
}

}  // namespace causeway::api
