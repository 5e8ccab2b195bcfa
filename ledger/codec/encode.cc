// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/encode.h"

#include <limits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"

namespace causeway::codec {
namespace {

// Protobuf's deterministic serialization, whose output the walker then judges.
std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  const size_t size = message.ByteSizeLong();
  CAUSEWAY_CHECK(size <= std::numeric_limits<int32_t>::max(), message.GetTypeName(), " is larger than 2 GiB");
  bytes.reserve(size);
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    CAUSEWAY_CHECK(message.SerializeToCodedStream(&out), message.GetTypeName(), " does not serialize");
  }
  return bytes;
}

bool Parse(absl::string_view bytes, google::protobuf::Message* message) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) return false;
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::string SerializeCanonical(const google::protobuf::Message& message) {
  absl::StatusOr<std::string> bytes = TrySerializeCanonical(message);
  CAUSEWAY_CHECK(bytes.ok(), message.GetTypeName(), " has no canonical form: ", bytes.status().message());
  return *std::move(bytes);
}

absl::StatusOr<std::string> TrySerializeCanonical(const google::protobuf::Message& message,
                                                  const CanonicalOptions& options) {
  std::string bytes = Serialize(message);
  CAUSEWAY_RETURN_IF_ERROR(CheckCanonical(*message.GetDescriptor(), bytes, options));
  return bytes;
}

absl::Status ParseCanonicalInto(absl::string_view bytes, google::protobuf::Message* message,
                                const CanonicalOptions& options) {
  message->Clear();
  CAUSEWAY_RETURN_IF_ERROR(CheckCanonical(*message->GetDescriptor(), bytes, options));
  if (!Parse(bytes, message)) {
    return absl::InvalidArgumentError(absl::StrCat(message->GetTypeName(), " does not parse"));
  }
  return absl::OkStatus();
}

absl::Status ParseTrustedInto(absl::string_view bytes, google::protobuf::Message* message) {
  message->Clear();
  if (!Parse(bytes, message)) {
    return absl::DataLossError(absl::StrCat("stored bytes are not a ", message->GetTypeName()));
  }
  return absl::OkStatus();
}

}  // namespace causeway::codec
