// SPDX-License-Identifier: Apache-2.0
// The tables that the canonical walker works from: one per message type, made from its descriptor once and kept.
//
// Internal to ledger/codec. Thread safety: RulesOf may be called from any thread; what it returns never changes and
// lives for ever, as the generated descriptors do.
#ifndef CAUSEWAY_LEDGER_CODEC_SCHEMA_H_
#define CAUSEWAY_LEDGER_CODEC_SCHEMA_H_

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "causeway/v1/options.pb.h"

namespace causeway::codec {

struct MessageRules;

enum class ValueKind { kBool, kUint32, kUint64, kSint64, kEnum, kString, kBytes, kMessage };

struct FieldRule {
  uint32_t number = 0;
  uint32_t wire_type = 0;  // as written: packed numbers are length-delimited
  ValueKind kind = ValueKind::kBool;
  bool repeated = false;
  bool packed = false;
  bool presence = false;  // a default value may be written: oneof members, optional fields, sub-messages
  int oneof = -1;         // index of the oneof it is a member of
  v1::Format format = v1::FORMAT_UNSPECIFIED;
  uint32_t size = 0;
  uint32_t since = 0;
  const MessageRules* message = nullptr;  // of a sub-message
  std::vector<int32_t> enum_values;       // sorted
  std::string name;
};

struct MessageRules {
  std::vector<FieldRule> fields;  // ascending by number
};

// The rules of a message type. Checked: the type keeps to the schema rules (CheckSchema).
const MessageRules& RulesOf(const google::protobuf::Descriptor& descriptor);

}  // namespace causeway::codec

#endif  // CAUSEWAY_LEDGER_CODEC_SCHEMA_H_
