// SPDX-License-Identifier: Apache-2.0
#include "node/api/errors.h"

#include <map>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/compiler/parser.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"

namespace causeway::api {
namespace {

using ::testing::HasSubstr;

// The messages as googleapis states them (google/rpc/status.proto, error_details.proto; Any and Duration beside them).
constexpr char kGoogleRpc[] = R"(
syntax = "proto3";
package google.rpc;
message Any { string type_url = 1; bytes value = 2; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
message RetryInfo { Duration retry_delay = 1; }
message BadRequest {
  message FieldViolation { string field = 1; string description = 2; }
  repeated FieldViolation field_violations = 1;
}
)";

class GoogleRpcTest : public ::testing::Test {
 protected:
  GoogleRpcTest() {
    google::protobuf::io::ArrayInputStream text(kGoogleRpc, sizeof(kGoogleRpc) - 1);
    google::protobuf::io::Tokenizer tokenizer(&text, nullptr);
    google::protobuf::FileDescriptorProto file;
    google::protobuf::compiler::Parser parser;
    EXPECT_TRUE(parser.Parse(&tokenizer, &file));
    file.set_name("google_rpc.proto");
    EXPECT_NE(pool_.BuildFile(file), nullptr);
  }

  // As a client that knows google.rpc only shows it.
  std::string AsText(const std::string& name, const std::string& bytes) {
    const google::protobuf::Descriptor* type = pool_.FindMessageTypeByName("google.rpc." + name);
    if (type == nullptr) return "no such type";
    const std::unique_ptr<google::protobuf::Message> message(factory_.GetPrototype(type)->New());
    if (!message->ParseFromString(bytes)) return "unreadable";
    google::protobuf::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    std::string text;
    printer.PrintToString(*message, &text);
    return text;
  }
  // Of each detail, by its type.
  std::map<std::string, std::string> DetailsOf(const absl::Status& status) {
    v1::RpcStatus rpc;
    EXPECT_TRUE(rpc.ParseFromString(RpcStatusOf(status)));
    std::map<std::string, std::string> details;
    for (const v1::RpcDetail& detail : rpc.details()) {
      const std::string name = detail.type_url().substr(detail.type_url().rfind('.') + 1);
      details[name] = AsText(name, detail.value());
    }
    return details;
  }

  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
};

TEST_F(GoogleRpcTest, ARefusalReadsAsGoogleRpcStatus) {
  const absl::Status status = RefusalOf({v1::LEDGER_REASON_MALFORMED, {"valid_until_us", "must be set"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string text = AsText("Status", RpcStatusOf(status));
  EXPECT_THAT(text, HasSubstr("code: 3 message: \"MALFORMED"));
  EXPECT_THAT(text, HasSubstr("type_url: \"type.googleapis.com/google.rpc.ErrorInfo\""));
  const std::map<std::string, std::string> details = DetailsOf(status);
  EXPECT_EQ(details.at("ErrorInfo"),
            "reason: \"MALFORMED\" domain: \"causeway.ledger\" metadata { key: \"asked_for\" value: \"must be set\" } "
            "metadata { key: \"field\" value: \"valid_until_us\" } ");
  EXPECT_EQ(details.at("BadRequest"),
            "field_violations { field: \"envelope.body.valid_until_us\" description: \"must be set\" } ");
}

TEST_F(GoogleRpcTest, WhereWaitingHelpsItSaysHowLong) {
  const absl::Status status =
      RetryAfter(ApiError(absl::StatusCode::kResourceExhausted, v1::API_REASON_RATE_LIMIT, "slow down"),
                 absl::Milliseconds(1'500));
  const std::map<std::string, std::string> details = DetailsOf(status);
  EXPECT_EQ(details.at("RetryInfo"), "retry_delay { seconds: 1 nanos: 500000000 } ");
  EXPECT_EQ(details.at("ErrorInfo"), "reason: \"RATE_LIMIT\" domain: \"causeway.api\" ");
}

TEST_F(GoogleRpcTest, AStatusWithoutAReasonGetsTheOneOfItsCode) {
  const auto reason_of = [&](const absl::Status& status) { return DetailsOf(status).at("ErrorInfo"); };
  EXPECT_THAT(reason_of(absl::OutOfRangeError("NOT_YET: height 9")), HasSubstr("\"NOT_YET\""));
  EXPECT_THAT(reason_of(absl::OutOfRangeError("PRUNED: height 1")), HasSubstr("\"PRUNED\""));
  EXPECT_THAT(reason_of(absl::NotFoundError("none")), HasSubstr("\"NOT_FOUND\""));
  EXPECT_THAT(reason_of(absl::PermissionDeniedError("no")), HasSubstr("\"READ_DENIED\""));
  EXPECT_THAT(reason_of(absl::DataLossError("bad")), HasSubstr("\"STORE_FAILED\""));
}

TEST(Errors, LongAndOddTextsFitInAClientsMetadata) {
  std::string odd(100'000, 'x');
  odd[0] = '\xff';
  const absl::Status status = RefusalOf({v1::LEDGER_REASON_NOT_CANONICAL, std::vector<std::string>(1'000, odd)});
  EXPECT_LT(RpcStatusOf(status).size(), 4'500U);
  EXPECT_LT(MessageOf(status).size(), 1'100U);
  EXPECT_EQ(ErrorInfoOf(status).reason(), "NOT_CANONICAL");
}

TEST(Errors, EveryReasonAgainstATransactionHasACodeThatSaysWhatToDo) {
  const std::map<v1::LedgerReason, absl::StatusCode> codes = {
      {v1::LEDGER_REASON_EXPIRED, absl::StatusCode::kFailedPrecondition},
      {v1::LEDGER_REASON_TRANSACTION_TOO_LARGE, absl::StatusCode::kInvalidArgument},
      {v1::LEDGER_REASON_UNKNOWN_OPERATION, absl::StatusCode::kInvalidArgument},
      {v1::LEDGER_REASON_NOT_CANONICAL, absl::StatusCode::kInvalidArgument},
      {v1::LEDGER_REASON_WRONG_CHAIN, absl::StatusCode::kInvalidArgument},
      {v1::LEDGER_REASON_MALFORMED, absl::StatusCode::kInvalidArgument},
      {v1::LEDGER_REASON_LINKED_TO_NOTHING, absl::StatusCode::kInvalidArgument},
      {v1::LEDGER_REASON_SIGNATURES_NOT_EXACT, absl::StatusCode::kInvalidArgument},
      {v1::LEDGER_REASON_UNKNOWN_KEY, absl::StatusCode::kPermissionDenied},
      {v1::LEDGER_REASON_BAD_SIGNATURE, absl::StatusCode::kPermissionDenied},
      {v1::LEDGER_REASON_TOO_FAR_AHEAD, absl::StatusCode::kFailedPrecondition},
      {v1::LEDGER_REASON_ID_USED, absl::StatusCode::kAlreadyExists},
      {v1::LEDGER_REASON_ADMISSION_UNSUPPORTED, absl::StatusCode::kUnimplemented},
  };
  for (const auto& [reason, code] : codes) {
    const absl::Status status = RefusalOf({reason, {"one", "two"}});
    EXPECT_EQ(status.code(), code) << v1::LedgerReason_Name(reason);
    // The reason, and then advice.
    EXPECT_THAT(std::string(status.message()), HasSubstr(": ")) << v1::LedgerReason_Name(reason);
    EXPECT_EQ("LEDGER_REASON_" + ErrorInfoOf(status).reason(), v1::LedgerReason_Name(reason));
  }
}

}  // namespace
}  // namespace causeway::api
