// SPDX-License-Identifier: Apache-2.0
// Messages as JSON for people and scripts: proto3 JSON with readings that suit a ledger. Written in field order, so the
// same message is always the same text.
//
//   field names      as in the .proto file (snake_case); lowerCamelCase is accepted too
//   sized bytes      (a bytes field with (size)) lower-case hexadecimal; hexadecimal and base64 are accepted. Other
//   bytes are base64. INSTANT          RFC 3339 text; a number, or a text that is a number, of microseconds is accepted
//   too DECIMAL          text, never a JSON number: a number has passed through floating point somewhere enums the
//   value's name without the enum's prefix ("CUTO" for DEALING_REASON_CUTO); the full name and the number are accepted
//   64-bit integers  text; a whole JSON number is accepted too
//   absent, null     the field is not set
//
// Reading says where it stopped: the path of the field, the nearest known name for an unknown one, the allowed names of
// an enum.
#ifndef CAUSEWAY_LEDGER_CODEC_JSON_H_
#define CAUSEWAY_LEDGER_CODEC_JSON_H_

#include <string>

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::codec {

struct JsonStyle {
  // Indented by two spaces, for people; else on one line.
  bool indented = false;
  // Also write fields without presence that hold their default value.
  bool defaults = false;
};

// InvalidArgument when the message holds what JSON cannot: text that is not UTF-8.
absl::StatusOr<std::string> MessageToJson(const google::protobuf::Message& message, JsonStyle style = {});

// Reads into `message` (cleared first). InvalidArgument with "path: what is wrong"; a syntax error names line and
// column, a key twice in an object is an error. The message is not yet checked against the canonical profile
// (TrySerializeCanonical does that).
absl::Status JsonToMessage(absl::string_view json, google::protobuf::Message* message);

// Plain proto3 JSON as protobuf itself reads and writes it (bytes in base64, times as numbers): for genesis.json and
// for other programs.
absl::StatusOr<std::string> MessageToProtoJson(const google::protobuf::Message& message, JsonStyle style = {});
absl::Status ProtoJsonToMessage(absl::string_view json, google::protobuf::Message* message);

// An enum value's name without the enum's prefix, as JSON shows it: "CUTO". The number as text when the enum has no
// such value.
std::string ShortEnumName(const google::protobuf::EnumDescriptor& descriptor, int number);

}  // namespace causeway::codec

#endif  // CAUSEWAY_LEDGER_CODEC_JSON_H_
