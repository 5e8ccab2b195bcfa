// SPDX-License-Identifier: Apache-2.0
#include "node/cli/session.h"

#include "absl/strings/str_replace.h"

#include "ledger/base/check.h"
#include "ledger/codec/json.h"

namespace causeway::cli {
namespace {

bool IsUnreachable(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kDeadlineExceeded;
}

}  // namespace

int Session::Fail(ExitCode code, absl::string_view message) {
  err << "causeway: " << absl::StrReplaceAll(message, {{"\n", "\n  "}}) << "\n";
  return code;
}

int Session::FailInput(const absl::Status& status) {
  return Fail(IsUnreachable(status) ? kUnreachable : kUsage, status.message());
}

int Session::FailAnswer(const absl::Status& status) {
  return Fail(IsUnreachable(status) ? kUnreachable : kRefused, status.message());
}

void Session::PrintJson(const Json& object) {
  out << object.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n" << std::flush;
}

Json ToJson(const google::protobuf::Message& message) {
  absl::StatusOr<std::string> text = codec::MessageToJson(message);
  // A message that the codec has read holds nothing that JSON cannot; another is shown by what is wrong with it.
  if (!text.ok()) return Json{{"unreadable", std::string(text.status().message())}};
  return Json::parse(*text);
}

}  // namespace causeway::cli
