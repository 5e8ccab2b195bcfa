// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/json.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "causeway/v1/options.pb.h"
#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/base/instant.h"
#include "ledger/base/status.h"
#include "ledger/codec/canonical.h"

namespace causeway::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

absl::Status Refuse(const std::string& path, absl::string_view problem) {
  return absl::InvalidArgumentError(path.empty() ? std::string(problem) : absl::StrCat(path, ": ", problem));
}

// "DEALING_REASON_" for an enum whose zero value is DEALING_REASON_UNSPECIFIED; empty when the enum does not keep to
// that form.
absl::string_view EnumPrefix(const EnumDescriptor& descriptor) {
  const EnumValueDescriptor* zero = descriptor.FindValueByNumber(0);
  if (zero == nullptr) return "";
  const absl::string_view name = zero->name();
  constexpr absl::string_view kUnspecified = "UNSPECIFIED";
  return absl::EndsWith(name, kUnspecified) ? name.substr(0, name.size() - kUnspecified.size()) : absl::string_view();
}

absl::string_view WithoutPrefix(const EnumValueDescriptor& value) {
  const absl::string_view name = value.name();
  const absl::string_view prefix = EnumPrefix(*value.type());
  return absl::StartsWith(name, prefix) && name.size() > prefix.size() ? name.substr(prefix.size()) : name;
}

bool IsInstant(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::format) == v1::FORMAT_INSTANT;
}
bool IsDecimal(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::format) == v1::FORMAT_DECIMAL;
}
uint32_t SizeOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::size);
}

// ---- Writing ----

class Writer {
 public:
  explicit Writer(JsonStyle style) : style_(style) {}

  absl::Status Write(const Message& message, Json& out) const {
    out = Json::object();
    const Descriptor& descriptor = *message.GetDescriptor();
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      if (field.is_map()) return Refuse(field.full_name(), "maps have no JSON form here");
      if (field.is_repeated()) {
        CAUSEWAY_RETURN_IF_ERROR(WriteRepeated(message, reflection, field, out));
      } else if (reflection.HasField(message, &field) || (style_.defaults && !field.has_presence())) {
        CAUSEWAY_RETURN_IF_ERROR(WriteValue(message, reflection, field, -1, out[field.name()]));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status WriteRepeated(const Message& message, const Reflection& reflection, const FieldDescriptor& field,
                             Json& out) const {
    const int count = reflection.FieldSize(message, &field);
    if (count == 0 && !style_.defaults) return absl::OkStatus();
    Json& array = out[field.name()] = Json::array();
    for (int index = 0; index < count; ++index) {
      Json element;
      CAUSEWAY_RETURN_IF_ERROR(WriteValue(message, reflection, field, index, element));
      array.push_back(std::move(element));
    }
    return absl::OkStatus();
  }

  // The value of a singular field (index -1) or one of a repeated one.
  absl::Status WriteValue(const Message& message, const Reflection& reflection, const FieldDescriptor& field, int index,
                          Json& out) const {
    const bool single = index < 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        out = single ? reflection.GetBool(message, &field) : reflection.GetRepeatedBool(message, &field, index);
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_INT32:
        out = single ? reflection.GetInt32(message, &field) : reflection.GetRepeatedInt32(message, &field, index);
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_UINT32:
        out = single ? reflection.GetUInt32(message, &field) : reflection.GetRepeatedUInt32(message, &field, index);
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_INT64:
        out = absl::StrCat(single ? reflection.GetInt64(message, &field)
                                  : reflection.GetRepeatedInt64(message, &field, index));
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_UINT64: {
        const uint64_t value =
            single ? reflection.GetUInt64(message, &field) : reflection.GetRepeatedUInt64(message, &field, index);
        out = IsInstant(field) ? FormatInstant(Instant::FromMicros(value)) : absl::StrCat(value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number =
            single ? reflection.GetEnumValue(message, &field) : reflection.GetRepeatedEnumValue(message, &field, index);
        const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
        if (value == nullptr) {
          out = number;
        } else {
          const absl::string_view name = WithoutPrefix(*value);
          out = std::string(name.data(), name.size());
        }
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text = single ? reflection.GetStringReference(message, &field, &scratch)
                                         : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
        if (field.type() != FieldDescriptor::TYPE_BYTES) {
          out = text;
        } else {
          out = SizeOf(field) != 0 ? BytesToHex(text) : BytesToBase64(text);
        }
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Write(
            single ? reflection.GetMessage(message, &field) : reflection.GetRepeatedMessage(message, &field, index),
            out);
      default:
        return Refuse(field.full_name(), absl::StrCat("the type ", field.type_name(), " has no JSON form here"));
    }
  }

  JsonStyle style_;
};

// ---- Reading ----

// How many single-character edits lead from one name to the other.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

// Long enough for any name of ours; a longer text is nobody's slip of the finger, and the distance takes quadratic
// time.
constexpr size_t kMaxNameLength = 80;

// ", did you mean \"x\"?" when a known name is near; else the list of known names.
std::string Suggestion(absl::string_view given, const std::vector<std::string>& known) {
  if (known.empty()) return "";
  if (given.size() <= kMaxNameLength) {
    const auto nearest = std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
      return EditDistance(given, a) < EditDistance(given, b);
    });
    const size_t distance = EditDistance(given, *nearest);
    if (distance <= 2 || distance * 3 <= nearest->size()) return absl::StrCat("; did you mean \"", *nearest, "\"?");
  }
  return absl::StrCat("; known are ", absl::StrJoin(known, ", "));
}

std::string Shown(const std::string& text) {
  return text.size() <= kMaxNameLength ? text : absl::StrCat(text.substr(0, kMaxNameLength), "…");
}

// What a JSON value is, for "expected text, found a number".
const char* KindOf(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "text";
    case Json::value_t::boolean:
      return "true or false";
    default:
      return "a number";
  }
}

absl::Status Expected(const std::string& path, absl::string_view what, const Json& found) {
  return Refuse(path, absl::StrCat("expected ", what, ", found ", KindOf(found)));
}

class Reader {
 public:
  absl::Status Read(const Json& json, const std::string& path, int depth, Message& message) const {
    if (!json.is_object()) return Expected(path, "an object", json);
    if (depth > kMaxDepth) return Refuse(path, absl::StrCat("more than ", kMaxDepth, " messages inside one another"));
    const Descriptor& descriptor = *message.GetDescriptor();
    std::set<int> seen;  // field numbers: a field may be given by either of its names, and only once
    for (const auto& [key, value] : json.items()) {
      const std::string here = path.empty() ? Shown(key) : absl::StrCat(path, ".", Shown(key));
      const FieldDescriptor* field = FindField(descriptor, key);
      if (field == nullptr) return Refuse(here, absl::StrCat("unknown field", Suggestion(key, FieldNames(descriptor))));
      if (!seen.insert(field->number()).second) return Refuse(here, "given twice");
      if (value.is_null()) continue;
      CAUSEWAY_RETURN_IF_ERROR(ReadField(value, here, depth, *field, message));
    }
    return absl::OkStatus();
  }

 private:
  static const FieldDescriptor* FindField(const Descriptor& descriptor, const std::string& name) {
    if (const FieldDescriptor* field = descriptor.FindFieldByName(name); field != nullptr) return field;
    for (int i = 0; i < descriptor.field_count(); ++i) {
      if (descriptor.field(i)->json_name() == name) return descriptor.field(i);
    }
    return nullptr;
  }

  static std::vector<std::string> FieldNames(const Descriptor& descriptor) {
    std::vector<std::string> names;
    names.reserve(descriptor.field_count());
    for (int i = 0; i < descriptor.field_count(); ++i) names.push_back(descriptor.field(i)->name());
    return names;
  }

  absl::Status ReadField(const Json& json, const std::string& path, int depth, const FieldDescriptor& field,
                         Message& message) const {
    const Reflection& reflection = *message.GetReflection();
    if (field.is_map()) return Refuse(path, "maps have no JSON form here");
    if (const auto* oneof = field.real_containing_oneof(); oneof != nullptr && reflection.HasOneof(message, oneof)) {
      return Refuse(path, absl::StrCat("only one of its alternatives may be given, and \"",
                                       reflection.GetOneofFieldDescriptor(message, oneof)->name(), "\" is"));
    }
    if (!field.is_repeated()) return ReadValue(json, path, depth, field, message);
    if (!json.is_array()) return Expected(path, "a list", json);
    for (size_t i = 0; i < json.size(); ++i) {
      CAUSEWAY_RETURN_IF_ERROR(ReadValue(json[i], absl::StrCat(path, "[", i, "]"), depth, field, message));
    }
    return absl::OkStatus();
  }

  // Sets a singular field, or adds to a repeated one.
  absl::Status ReadValue(const Json& json, const std::string& path, int depth, const FieldDescriptor& field,
                         Message& message) const {
    const Reflection& reflection = *message.GetReflection();
    const bool repeated = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL: {
        if (!json.is_boolean()) return Expected(path, "true or false", json);
        const bool value = json.get<bool>();
        repeated ? reflection.AddBool(&message, &field, value) : reflection.SetBool(&message, &field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
        return ReadSigned(json, path, field, message);
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        return ReadUnsigned(json, path, field, message);
      case FieldDescriptor::CPPTYPE_ENUM: {
        CAUSEWAY_ASSIGN_OR_RETURN(const int value, ReadEnum(json, path, *field.enum_type()));
        repeated ? reflection.AddEnumValue(&message, &field, value) : reflection.SetEnumValue(&message, &field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        CAUSEWAY_ASSIGN_OR_RETURN(std::string value, field.type() == FieldDescriptor::TYPE_BYTES
                                                         ? ReadBytes(json, path, field)
                                                         : ReadText(json, path, field));
        repeated ? reflection.AddString(&message, &field, std::move(value))
                 : reflection.SetString(&message, &field, std::move(value));
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Read(json, path, depth + 1,
                    repeated ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field));
      default:
        return Refuse(path, absl::StrCat("the type ", field.type_name(), " has no JSON form here"));
    }
  }

  static absl::Status ReadUnsigned(const Json& json, const std::string& path, const FieldDescriptor& field,
                                   Message& message) {
    const bool wide = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
    uint64_t value = 0;
    if (json.is_number_unsigned()) {
      value = json.get<uint64_t>();
    } else if (json.is_string() && IsInstant(field)) {
      const absl::StatusOr<Instant> instant = ParseInstant(json.get_ref<const std::string&>());
      if (!instant.ok()) return Refuse(path, instant.status().message());
      value = instant->micros();
    } else if (!json.is_string() || !IsPlainNumber(json.get_ref<const std::string&>()) ||
               !absl::SimpleAtoi(json.get_ref<const std::string&>(), &value)) {
      return Expected(path, absl::StrCat("a whole number from 0 to 2^", wide ? 64 : 32, " - 1"), json);
    }
    if (!wide && value > std::numeric_limits<uint32_t>::max())
      return Refuse(path, absl::StrCat(value, " exceeds 32 bits"));
    const Reflection& reflection = *message.GetReflection();
    if (wide) {
      field.is_repeated() ? reflection.AddUInt64(&message, &field, value)
                          : reflection.SetUInt64(&message, &field, value);
    } else {
      const auto narrow = static_cast<uint32_t>(value);
      field.is_repeated() ? reflection.AddUInt32(&message, &field, narrow)
                          : reflection.SetUInt32(&message, &field, narrow);
    }
    return absl::OkStatus();
  }

  static absl::Status ReadSigned(const Json& json, const std::string& path, const FieldDescriptor& field,
                                 Message& message) {
    const bool wide = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    int64_t value = 0;
    if (json.is_number_integer()) {
      const bool too_large = json.is_number_unsigned() &&
                             json.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
      if (too_large) return Refuse(path, "exceeds 64 bits with a sign");
      value = json.get<int64_t>();
    } else if (!json.is_string() || !IsPlainNumber(json.get_ref<const std::string&>()) ||
               !absl::SimpleAtoi(json.get_ref<const std::string&>(), &value)) {
      return Expected(path, absl::StrCat("a whole number of ", wide ? 64 : 32, " bits with a sign"), json);
    }
    const bool fits = value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
    if (!wide && !fits) return Refuse(path, absl::StrCat(value, " exceeds 32 bits with a sign"));
    const Reflection& reflection = *message.GetReflection();
    if (wide) {
      field.is_repeated() ? reflection.AddInt64(&message, &field, value) : reflection.SetInt64(&message, &field, value);
    } else {
      const auto narrow = static_cast<int32_t>(value);
      field.is_repeated() ? reflection.AddInt32(&message, &field, narrow)
                          : reflection.SetInt32(&message, &field, narrow);
    }
    return absl::OkStatus();
  }

  // Digits, perhaps after a minus sign: absl::SimpleAtoi also takes spaces and a plus sign.
  static bool IsPlainNumber(absl::string_view text) {
    if (absl::StartsWith(text, "-")) text.remove_prefix(1);
    return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  }

  static absl::StatusOr<int> ReadEnum(const Json& json, const std::string& path, const EnumDescriptor& descriptor) {
    std::vector<std::string> names;
    for (int i = 0; i < descriptor.value_count(); ++i) {
      const EnumValueDescriptor& value = *descriptor.value(i);
      const absl::string_view short_name = WithoutPrefix(value);
      if (json.is_string()) {
        const absl::string_view given = json.get_ref<const std::string&>();
        if (given == short_name || given == value.name()) return value.number();
      } else if (json.is_number_integer() && json == value.number()) {
        return value.number();
      }
      if (value.number() != 0) names.emplace_back(short_name.data(), short_name.size());
    }
    if (!json.is_string() && !json.is_number_integer()) return Expected(path, "the name of a value", json);
    const std::string given = json.is_string() ? json.get<std::string>() : json.dump();
    return Refuse(path, absl::StrCat("unknown value \"", Shown(given), "\"; allowed are ", absl::StrJoin(names, ", ")));
  }

  static absl::StatusOr<std::string> ReadText(const Json& json, const std::string& path, const FieldDescriptor& field) {
    if (json.is_number() && IsDecimal(field)) {
      return Refuse(path, absl::StrCat("a decimal is written as a string, \"", json.dump(),
                                       "\", so that it never passes through floating point"));
    }
    if (!json.is_string()) return Expected(path, "text", json);
    return json.get<std::string>();
  }

  static absl::StatusOr<std::string> ReadBytes(const Json& json, const std::string& path,
                                               const FieldDescriptor& field) {
    if (!json.is_string()) return Expected(path, "text", json);
    const auto& text = json.get_ref<const std::string&>();
    const uint32_t size = SizeOf(field);
    if (size == 0) {
      std::optional<std::string> bytes = Base64ToBytes(text);
      if (!bytes) return Refuse(path, "expected base64");
      return *std::move(bytes);
    }
    // The two readings differ in length for every size but one, where hexadecimal, our own form, goes first.
    for (const std::optional<std::string>& bytes : {HexToBytes(absl::AsciiStrToLower(text)), Base64ToBytes(text)}) {
      if (bytes && bytes->size() == size) return *bytes;
    }
    return Refuse(path, absl::StrCat("expected ", size, " bytes as ", 2 * size, " hexadecimal digits or base64"));
  }
};

// Parses text into a tree; a key that an object has twice is an error, for which one the sender meant nobody can know.
absl::Status ParseTree(absl::string_view text, Json& tree) {
  std::vector<std::set<std::string>> keys;
  std::string duplicate;
  const Json::parser_callback_t callback = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second && duplicate.empty()) duplicate = key;
    }
    return true;
  };
  try {
    tree = Json::parse(text.begin(), text.end(), callback);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …": what is in brackets is the library's
    // business.
    absl::string_view message = error.what();
    if (const size_t end = message.find("] "); end != absl::string_view::npos) message.remove_prefix(end + 2);
    return absl::InvalidArgumentError(absl::StrCat("JSON: ", message));
  }
  if (!duplicate.empty())
    return absl::InvalidArgumentError(absl::StrCat("JSON: key \"", Shown(duplicate), "\" occurs twice"));
  return absl::OkStatus();
}

absl::Status FromProtobuf(const google::protobuf::util::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto message = status.message();
  return absl::InvalidArgumentError(absl::string_view(message.data(), message.size()));
}

}  // namespace

absl::StatusOr<std::string> MessageToJson(const Message& message, JsonStyle style) {
  Json tree;
  CAUSEWAY_RETURN_IF_ERROR(Writer(style).Write(message, tree));
  try {
    return tree.dump(style.indented ? 2 : -1);
  } catch (const Json::exception&) {
    return absl::InvalidArgumentError(absl::StrCat(message.GetTypeName(), " holds text that is not UTF-8"));
  }
}

absl::Status JsonToMessage(absl::string_view json, Message* message) {
  message->Clear();
  Json tree;
  CAUSEWAY_RETURN_IF_ERROR(ParseTree(json, tree));
  return Reader().Read(tree, "", 1, *message);
}

absl::StatusOr<std::string> MessageToProtoJson(const Message& message, JsonStyle style) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = style.indented;
  options.always_print_primitive_fields = style.defaults;
  options.preserve_proto_field_names = true;
  std::string text;
  CAUSEWAY_RETURN_IF_ERROR(FromProtobuf(google::protobuf::util::MessageToJsonString(message, &text, options)));
  return text;
}

absl::Status ProtoJsonToMessage(absl::string_view json, Message* message) {
  message->Clear();
  return FromProtobuf(google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, message));
}

std::string ShortEnumName(const EnumDescriptor& descriptor, int number) {
  const EnumValueDescriptor* value = descriptor.FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  const absl::string_view name = WithoutPrefix(*value);
  return std::string(name.data(), name.size());
}

}  // namespace causeway::codec
