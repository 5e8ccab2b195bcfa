// SPDX-License-Identifier: Apache-2.0
#include "node/api/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace causeway::api {
namespace {

constexpr char kPayload[] = "type.googleapis.com/google.rpc.Status";
constexpr char kDomain[] = "causeway";
constexpr uint32_t kRetryMs = 1'000;

// The messages of google/rpc are few and fixed, and no package of Debian has them: their fields are written by number
// (error_details.proto and status.proto of googleapis).
class Fields {
 public:
  void Text(int number, absl::string_view text) {
    Tag(number, 2);
    Varint(text.size());
    bytes_.append(text.data(), text.size());
  }
  void Number(int number, uint64_t value) {
    if (value == 0) return;
    Tag(number, 0);
    Varint(value);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void Tag(int number, int type) { Varint(static_cast<uint64_t>(number) << 3 | static_cast<uint64_t>(type)); }
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  std::string bytes_;
};

std::string AnyOf(absl::string_view type, const std::string& message) {
  Fields any;
  any.Text(1, absl::StrCat("type.googleapis.com/google.rpc.", type));
  any.Text(2, message);
  return any.bytes();
}

std::string ErrorInfo(const ErrorDetails& details) {
  Fields info;
  info.Text(1, details.reason);
  info.Text(2, kDomain);
  for (size_t i = 0; i < details.parameters.size(); ++i) {
    Fields entry;
    entry.Text(1, absl::StrCat(i));
    entry.Text(2, details.parameters[i]);
    info.Text(3, entry.bytes());
  }
  return info.bytes();
}

std::string BadRequest(const ErrorDetails& details) {
  Fields request;
  for (const auto& [field, what] : details.fields) {
    Fields violation;
    violation.Text(1, field);
    violation.Text(2, what);
    request.Text(1, violation.bytes());
  }
  return request.bytes();
}

std::string RetryInfo(uint32_t milliseconds) {
  Fields duration;
  duration.Number(1, milliseconds / 1'000);
  duration.Number(2, uint64_t{milliseconds % 1'000} * 1'000'000);
  Fields info;
  info.Text(1, duration.bytes());
  return info.bytes();
}

std::string StatusBytes(const absl::Status& status, const ErrorDetails& details) {
  Fields fields;
  fields.Number(1, static_cast<uint64_t>(status.code()));
  fields.Text(2, status.message());
  if (!details.reason.empty()) fields.Text(3, AnyOf("ErrorInfo", ErrorInfo(details)));
  if (!details.fields.empty()) fields.Text(3, AnyOf("BadRequest", BadRequest(details)));
  if (details.retry_ms) fields.Text(3, AnyOf("RetryInfo", RetryInfo(*details.retry_ms)));
  return fields.bytes();
}

}  // namespace

absl::Status WithDetails(absl::Status status, const ErrorDetails& details) {
  status.SetPayload(kPayload, absl::Cord(StatusBytes(status, details)));
  return status;
}

absl::Status RefusalOf(const chain::Invalid& invalid) {
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
  switch (invalid.reason) {
    case v1::LEDGER_REASON_EXPIRED:
    case v1::LEDGER_REASON_TOO_FAR_AHEAD:
      code = absl::StatusCode::kFailedPrecondition;
      break;
    case v1::LEDGER_REASON_UNKNOWN_KEY:
    case v1::LEDGER_REASON_BAD_SIGNATURE:
      code = absl::StatusCode::kPermissionDenied;
      break;
    case v1::LEDGER_REASON_ID_USED:
      code = absl::StatusCode::kAlreadyExists;
      break;
    default:
      break;
  }
  ErrorDetails details;
  details.reason = v1::LedgerReason_Name(invalid.reason).substr(sizeof("LEDGER_REASON_") - 1);
  details.parameters = invalid.parameters;
  return WithDetails(absl::Status(code, invalid.ToString()), details);
}

std::string DetailBytes(const absl::Status& status) {
  if (const absl::optional<absl::Cord> payload = status.GetPayload(kPayload)) return std::string(*payload);
  if (absl::IsResourceExhausted(status) || absl::IsUnavailable(status)) {
    ErrorDetails details;
    details.retry_ms = kRetryMs;
    return StatusBytes(status, details);
  }
  return "";
}

}  // namespace causeway::api
