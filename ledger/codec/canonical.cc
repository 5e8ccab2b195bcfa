// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/canonical.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/decimal.h"
#include "ledger/base/status.h"
#include "ledger/codec/schema.h"

namespace causeway::codec {
namespace {

// One step of the way from the outermost message to the field at hand, kept on the stack and only written out for an
// error.
struct Step {
  const Step* outer = nullptr;
  const FieldRule* field = nullptr;
  size_t index = 0;  // within a repeated field
};

std::string PathOf(const Step* step) {
  std::vector<std::string> parts;
  for (; step != nullptr && step->field != nullptr; step = step->outer) {
    parts.push_back(step->field->repeated ? absl::StrCat(step->field->name, "[", step->index, "]") : step->field->name);
  }
  std::reverse(parts.begin(), parts.end());
  return absl::StrJoin(parts, ".");
}

absl::Status Refuse(const Step* step, absl::string_view problem) {
  const std::string path = PathOf(step);
  return absl::InvalidArgumentError(path.empty() ? std::string(problem) : absl::StrCat(path, ": ", problem));
}

// A minimal varint off the front of `in`. Null, or what is wrong with it.
const char* TakeVarint(absl::string_view& in, uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < in.size() && i < 10; ++i) {
    const auto byte = static_cast<uint8_t>(in[i]);
    if (i == 9 && byte > 1) return "varint of more than 64 bits";
    value |= uint64_t{byte & 0x7fu} << (7 * i);
    if ((byte & 0x80) == 0) {
      if (byte == 0 && i > 0) return "varint is not minimal";
      in.remove_prefix(i + 1);
      return nullptr;
    }
  }
  return in.size() < 10 ? "varint is cut off" : "varint of more than 64 bits";
}

const char* TakeLengthDelimited(absl::string_view& in, absl::string_view& payload) {
  uint64_t length = 0;
  if (const char* problem = TakeVarint(in, length); problem != nullptr) return problem;
  if (length > in.size()) return "length reaches past the end";
  payload = in.substr(0, length);
  in.remove_prefix(length);
  return nullptr;
}

class Walker {
 public:
  explicit Walker(const CanonicalOptions& options) : options_(options) {}

  absl::Status Message(const MessageRules& rules, absl::string_view in, const Step* outer, int depth) const {
    if (depth > kMaxDepth) return Refuse(outer, absl::StrCat("more than ", kMaxDepth, " messages inside one another"));
    Progress progress;
    while (!in.empty()) {
      CAUSEWAY_RETURN_IF_ERROR(Field(rules, in, outer, depth, progress));
    }
    return absl::OkStatus();
  }

 private:
  // How far a message has been read.
  struct Progress {
    uint32_t last_number = 0;
    size_t cursor = 0;      // into the rules: fields ascend, so it only moves forward
    size_t occurrence = 0;  // of the field at the cursor
    uint64_t oneofs = 0;    // a bit for each oneof that has a member
  };

  absl::Status Field(const MessageRules& rules, absl::string_view& in, const Step* outer, int depth,
                     Progress& progress) const {
    uint64_t tag = 0;
    if (const char* problem = TakeVarint(in, tag); problem != nullptr)
      return Refuse(outer, absl::StrCat("tag: ", problem));
    if (tag > std::numeric_limits<uint32_t>::max() || tag >> 3 == 0) return Refuse(outer, "tag out of range");
    const auto number = static_cast<uint32_t>(tag >> 3);
    if (number < progress.last_number) {
      return Refuse(outer, absl::StrCat("field ", number, " follows field ", progress.last_number));
    }

    const FieldRule* const field = Find(rules, number, progress);
    if (field == nullptr) return Refuse(outer, absl::StrCat("unknown field ", number));
    const bool again = number == progress.last_number;
    progress.occurrence = again ? progress.occurrence + 1 : 0;
    progress.last_number = number;
    const Step here{outer, field, progress.occurrence};

    if (field->since > options_.protocol_version) {
      return Refuse(&here, absl::StrCat("not known before protocol version ", field->since));
    }
    if ((tag & 7) != field->wire_type)
      return Refuse(&here, absl::StrCat("wire type ", tag & 7, " is not the declared one"));
    if (again && field->packed) return Refuse(&here, "more than one packed run");
    if (again && !field->repeated) return Refuse(&here, "occurs twice");
    if (field->oneof >= 0) {
      const uint64_t bit = uint64_t{1} << field->oneof;
      if ((progress.oneofs & bit) != 0) return Refuse(&here, "another member of its oneof is set too");
      progress.oneofs |= bit;
    }

    if (field->packed) return PackedRun(*field, in, here);
    if (field->wire_type == 0) return SingleNumber(*field, in, here);
    absl::string_view payload;
    if (const char* problem = TakeLengthDelimited(in, payload); problem != nullptr) return Refuse(&here, problem);
    if (field->kind == ValueKind::kMessage) return Message(*field->message, payload, &here, depth + 1);
    if (payload.empty() && !field->presence && !field->repeated) return Refuse(&here, "a default value is written out");
    return field->kind == ValueKind::kString ? Text(*field, payload, here) : Bytes(*field, payload, here);
  }

  static const FieldRule* Find(const MessageRules& rules, uint32_t number, Progress& progress) {
    while (progress.cursor < rules.fields.size() && rules.fields[progress.cursor].number < number) ++progress.cursor;
    if (progress.cursor == rules.fields.size() || rules.fields[progress.cursor].number != number) return nullptr;
    return &rules.fields[progress.cursor];
  }

  static absl::Status SingleNumber(const FieldRule& field, absl::string_view& in, const Step& here) {
    uint64_t value = 0;
    CAUSEWAY_RETURN_IF_ERROR(Number(field, in, here, value));
    if (value == 0 && !field.presence) return Refuse(&here, "a default value is written out");
    return absl::OkStatus();
  }

  static absl::Status PackedRun(const FieldRule& field, absl::string_view& in, const Step& here) {
    absl::string_view run;
    if (const char* problem = TakeLengthDelimited(in, run); problem != nullptr) return Refuse(&here, problem);
    if (run.empty()) return Refuse(&here, "empty packed run");
    Step element = here;
    for (element.index = 0; !run.empty(); ++element.index) {
      uint64_t value = 0;
      CAUSEWAY_RETURN_IF_ERROR(Number(field, run, element, value));
    }
    return absl::OkStatus();
  }

  static absl::Status Number(const FieldRule& field, absl::string_view& in, const Step& here, uint64_t& value) {
    if (const char* problem = TakeVarint(in, value); problem != nullptr) return Refuse(&here, problem);
    switch (field.kind) {
      case ValueKind::kBool:
        if (value > 1) return Refuse(&here, absl::StrCat("a bool is 0 or 1, not ", value));
        break;
      case ValueKind::kUint32:
        if (value > std::numeric_limits<uint32_t>::max()) return Refuse(&here, absl::StrCat(value, " exceeds 32 bits"));
        break;
      case ValueKind::kEnum: {
        const bool known =
            value <= static_cast<uint64_t>(std::numeric_limits<int32_t>::max()) &&
            std::binary_search(field.enum_values.begin(), field.enum_values.end(), static_cast<int32_t>(value));
        if (!known) return Refuse(&here, absl::StrCat("unknown enum value ", value));
        break;
      }
      default:  // uint64 and zigzag sint64: every 64-bit value has a meaning
        break;
    }
    return absl::OkStatus();
  }

  static absl::Status Text(const FieldRule& field, absl::string_view text, const Step& here) {
    switch (field.format) {
      case v1::FORMAT_DECIMAL:
        if (!IsCanonicalDecimal(text)) return Refuse(&here, ParseDecimal(text).status().message());
        return absl::OkStatus();
      case v1::FORMAT_IDENTIFIER:
        if (!IsIdentifierText(text))
          return Refuse(&here, "an identifier holds printable ASCII characters only, no spaces");
        return absl::OkStatus();
      default:
        break;
    }
    const absl::Status status = CheckText(text);
    return status.ok() ? status : Refuse(&here, status.message());
  }

  static absl::Status Bytes(const FieldRule& field, absl::string_view bytes, const Step& here) {
    if (field.size != 0 && bytes.size() != field.size) {
      return Refuse(&here, absl::StrCat(bytes.size(), " bytes instead of ", field.size));
    }
    return absl::OkStatus();
  }

  const CanonicalOptions& options_;
};

}  // namespace

absl::Status CheckCanonical(const google::protobuf::Descriptor& descriptor, absl::string_view bytes,
                            const CanonicalOptions& options) {
  return Walker(options).Message(RulesOf(descriptor), bytes, nullptr, 1);
}

}  // namespace causeway::codec
