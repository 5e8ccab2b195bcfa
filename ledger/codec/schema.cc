// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/schema.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/codec/canonical.h"

namespace causeway::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr uint32_t kWireVarint = 0;
constexpr uint32_t kWireLengthDelimited = 2;
// The walker keeps the oneofs that it has seen in one word.
constexpr int kMaxOneofs = 64;

absl::Status SchemaError(const FieldDescriptor& field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field.full_name(), ": ", problem));
}

bool IsAllowedType(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_ENUM:
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return true;
    default:
      return false;
  }
}

absl::Status CheckOptions(const FieldDescriptor& field) {
  const auto& options = field.options();
  const v1::Format format = options.GetExtension(v1::format);
  const bool is_string = field.type() == FieldDescriptor::TYPE_STRING;
  if ((format == v1::FORMAT_IDENTIFIER || format == v1::FORMAT_DECIMAL) && !is_string) {
    return SchemaError(field, "the formats IDENTIFIER and DECIMAL are for strings");
  }
  if (format == v1::FORMAT_INSTANT && field.type() != FieldDescriptor::TYPE_UINT64) {
    return SchemaError(field, "the format INSTANT is for uint64");
  }
  if (options.GetExtension(v1::size) != 0 && field.type() != FieldDescriptor::TYPE_BYTES) {
    return SchemaError(field, "a size is for bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckField(const FieldDescriptor& field) {
  if (field.is_map()) return SchemaError(field, "maps have no canonical order");
  if (!IsAllowedType(field)) return SchemaError(field, absl::StrCat("the type ", field.type_name(), " is not used"));
  if (field.is_packable() && !field.is_packed()) {
    return SchemaError(field, "repeated numbers are packed");
  }
  if (const Descriptor* message = field.message_type(); message != nullptr) {
    if (message->full_name() == "google.protobuf.Any") return SchemaError(field, "Any is not used");
  }
  if (const EnumDescriptor* values = field.enum_type(); values != nullptr) {
    for (int i = 0; i < values->value_count(); ++i) {
      if (values->value(i)->number() < 0) return SchemaError(field, "enum values are not negative");
    }
  }
  return CheckOptions(field);
}

absl::Status CheckMessage(const Descriptor& descriptor) {
  if (descriptor.file()->syntax() != FileDescriptor::SYNTAX_PROTO3) {
    return absl::InvalidArgumentError(absl::StrCat(descriptor.full_name(), ": not in proto3 syntax"));
  }
  if (descriptor.real_oneof_decl_count() > kMaxOneofs) {
    return absl::InvalidArgumentError(absl::StrCat(descriptor.full_name(), ": more than 64 oneofs"));
  }
  for (int i = 0; i < descriptor.field_count(); ++i) CAUSEWAY_RETURN_IF_ERROR(CheckField(*descriptor.field(i)));
  return absl::OkStatus();
}

// In the order of the fields, each type once, so that the first error is the same on every machine.
absl::Status CheckReachable(const Descriptor& descriptor, std::set<std::string>& seen) {
  if (!seen.insert(descriptor.full_name()).second) return absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(CheckMessage(descriptor));
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const Descriptor* message = descriptor.field(i)->message_type();
    if (message != nullptr) CAUSEWAY_RETURN_IF_ERROR(CheckReachable(*message, seen));
  }
  return absl::OkStatus();
}

ValueKind KindOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
      return ValueKind::kBool;
    case FieldDescriptor::TYPE_UINT32:
      return ValueKind::kUint32;
    case FieldDescriptor::TYPE_UINT64:
      return ValueKind::kUint64;
    case FieldDescriptor::TYPE_SINT64:
      return ValueKind::kSint64;
    case FieldDescriptor::TYPE_ENUM:
      return ValueKind::kEnum;
    case FieldDescriptor::TYPE_STRING:
      return ValueKind::kString;
    case FieldDescriptor::TYPE_BYTES:
      return ValueKind::kBytes;
    default:
      return ValueKind::kMessage;
  }
}

FieldRule RuleOf(const FieldDescriptor& field) {
  FieldRule rule;
  rule.number = static_cast<uint32_t>(field.number());
  rule.kind = KindOf(field);
  rule.repeated = field.is_repeated();
  rule.packed = field.is_packed();
  rule.presence = field.has_presence();
  const bool is_number =
      rule.kind != ValueKind::kString && rule.kind != ValueKind::kBytes && rule.kind != ValueKind::kMessage;
  rule.wire_type = is_number && !rule.packed ? kWireVarint : kWireLengthDelimited;
  if (const auto* oneof = field.real_containing_oneof(); oneof != nullptr) rule.oneof = oneof->index();
  rule.format = field.options().GetExtension(v1::format);
  rule.size = field.options().GetExtension(v1::size);
  rule.since = field.options().GetExtension(v1::since);
  rule.name = field.name();
  if (const EnumDescriptor* values = field.enum_type(); values != nullptr) {
    for (int i = 0; i < values->value_count(); ++i) rule.enum_values.push_back(values->value(i)->number());
    std::sort(rule.enum_values.begin(), rule.enum_values.end());
  }
  return rule;
}

// Made once per type and never dropped. The map is only looked up in, by address, never walked.
class Cache {
 public:
  const MessageRules* Find(const Descriptor* descriptor) {
    const std::shared_lock lock(mutex_);
    const auto found = rules_.find(descriptor);
    return found == rules_.end() ? nullptr : found->second.get();
  }
  const MessageRules& Make(const Descriptor* descriptor) {
    const std::unique_lock lock(mutex_);
    return *MakeLocked(descriptor);
  }

 private:
  // A type that contains itself finds its own entry, which is filled in by then or soon after, before the lock is given
  // up.
  const MessageRules* MakeLocked(const Descriptor* descriptor) {
    std::unique_ptr<MessageRules>& entry = rules_[descriptor];
    if (entry != nullptr) return entry.get();
    entry = std::make_unique<MessageRules>();
    MessageRules* const made = entry.get();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      FieldRule rule = RuleOf(*descriptor->field(i));
      if (rule.kind == ValueKind::kMessage) rule.message = MakeLocked(descriptor->field(i)->message_type());
      made->fields.push_back(std::move(rule));
    }
    std::sort(made->fields.begin(), made->fields.end(),
              [](const FieldRule& a, const FieldRule& b) { return a.number < b.number; });
    return made;
  }

  std::shared_mutex mutex_;
  std::map<const Descriptor*, std::unique_ptr<MessageRules>> rules_;
};

}  // namespace

absl::Status CheckSchema(const Descriptor& descriptor) {
  std::set<std::string> seen;
  return CheckReachable(descriptor, seen);
}

const MessageRules& RulesOf(const Descriptor& descriptor) {
  static Cache* const cache = new Cache;  // never destroyed: other threads may still read while the process ends
  if (const MessageRules* found = cache->Find(&descriptor); found != nullptr) return *found;
  const absl::Status schema = CheckSchema(descriptor);
  CAUSEWAY_CHECK(schema.ok(), "no canonical form: ", schema.message());
  return cache->Make(&descriptor);
}

}  // namespace causeway::codec
