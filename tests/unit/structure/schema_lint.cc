// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/structure/schema_lint.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "causeway/v1/options.pb.h"

namespace causeway::structure {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;
using google::protobuf::SourceLocation;

constexpr char kOptionsFile[] = "causeway/v1/options.proto";

// Reason numbers are never reused across contracts: each has its hundred.
const std::map<std::string, std::pair<int, int>>& ReasonRanges() {
  static const auto& ranges = *new std::map<std::string, std::pair<int, int>>{
      {"LedgerReason", {1, 99}},        {"PartiesReason", {100, 199}},       {"InstrumentsReason", {200, 299}},
      {"CashReason", {300, 399}},       {"TransfersReason", {400, 499}},     {"DealingReason", {500, 599}},
      {"SettlementReason", {600, 699}}, {"DistributionsReason", {700, 799}}, {"PolicyReason", {800, 899}},
      {"MandatesReason", {900, 999}},   {"GovernanceReason", {1000, 1099}},
  };
  return ranges;
}

// "OfficerRole" -> "OFFICER_ROLE".
std::string UpperSnake(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool starts_word = absl::ascii_isupper(static_cast<unsigned char>(name[i])) && i > 0 &&
                             !absl::ascii_isupper(static_cast<unsigned char>(name[i - 1]));
    if (starts_word) {
      out += '_';
    }
    out += absl::ascii_toupper(static_cast<unsigned char>(name[i]));
  }
  return out;
}

bool IsIdentity(const std::string& name) {
  static const auto& names = *new std::set<std::string>{"id", "ids", "hash", "hashes", "root", "roots"};
  const size_t underscore = name.rfind('_');
  return names.count(underscore == std::string::npos ? name : name.substr(underscore + 1)) > 0;
}

class Linter {
 public:
  explicit Linter(const FileDescriptor& file) : file_(file) {}

  std::vector<std::string> Run() {
    LintFile();
    for (int i = 0; i < file_.message_type_count(); ++i) {
      LintMessage(*file_.message_type(i));
    }
    for (int i = 0; i < file_.enum_type_count(); ++i) {
      LintEnum(*file_.enum_type(i));
    }
    for (int i = 0; i < file_.service_count(); ++i) {
      LintService(*file_.service(i));
    }
    return std::move(findings_);
  }

 private:
  template <typename D>
  void Report(const D& descriptor, const std::string& what) {
    SourceLocation location;
    const int line = descriptor.GetSourceLocation(&location) ? location.start_line + 1 : 0;
    findings_.push_back(absl::StrCat(file_.name(), ":", line, ": ", descriptor.full_name(), " ", what));
  }

  template <typename D>
  void RequireComment(const D& descriptor) {
    SourceLocation location;
    if (!descriptor.GetSourceLocation(&location) || absl::StripAsciiWhitespace(location.leading_comments).empty()) {
      Report(descriptor, "has no comment in front of it");
    }
  }

  void ReportFile(const std::string& what) { findings_.push_back(absl::StrCat(file_.name(), ":0: ", what)); }

  void LintFile() {
    if (file_.syntax() != FileDescriptor::SYNTAX_PROTO3) {
      ReportFile("is not proto3");
    }
    if (file_.package() != "causeway.v1") {
      ReportFile("is not of package causeway.v1");
    }
    const bool is_options = file_.name() == kOptionsFile;
    for (int i = 0; i < file_.dependency_count(); ++i) {
      const std::string& import = file_.dependency(i)->name();
      if (!absl::StartsWith(import, "causeway/v1/") && !(is_options && import == "google/protobuf/descriptor.proto")) {
        ReportFile(absl::StrCat("imports ", import));
      }
    }
    if (file_.public_dependency_count() > 0 || file_.weak_dependency_count() > 0) {
      ReportFile("has a public or weak import");
    }
    if (file_.extension_count() > 0 && !is_options) {
      ReportFile("declares an extension");
    }
  }

  void LintMessage(const Descriptor& message) {
    RequireComment(message);
    if (message.extension_count() > 0 || message.extension_range_count() > 0) {
      Report(message, "has extensions");
    }
    for (int i = 0; i < message.field_count(); ++i) {
      LintField(*message.field(i));
    }
    for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
      RequireComment(*message.oneof_decl(i));
    }
    for (int i = 0; i < message.enum_type_count(); ++i) {
      LintEnum(*message.enum_type(i));
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
      // A map is reported where its field stands; the entry type is protoc's.
      if (!message.nested_type(i)->options().map_entry()) {
        LintMessage(*message.nested_type(i));
      }
    }
  }

  void LintField(const FieldDescriptor& field) {
    RequireComment(field);
    if (field.is_map()) {
      Report(field, "is a map");
      return;
    }
    switch (field.type()) {
      case FieldDescriptor::TYPE_UINT32:
      case FieldDescriptor::TYPE_UINT64:
      case FieldDescriptor::TYPE_SINT64:
      case FieldDescriptor::TYPE_BOOL:
      case FieldDescriptor::TYPE_ENUM:
      case FieldDescriptor::TYPE_BYTES:
      case FieldDescriptor::TYPE_STRING:
        break;
      case FieldDescriptor::TYPE_MESSAGE:
        if (field.message_type()->file()->package() != "causeway.v1") {
          Report(field, absl::StrCat("is a ", field.message_type()->full_name(), ", not a message of ours"));
        }
        break;
      default:
        Report(field, absl::StrCat("has the type ", field.type_name(), ", which the canonical profile does not know"));
    }
    LintFieldOptions(field);
  }

  void LintFieldOptions(const FieldDescriptor& field) {
    const auto& options = field.options();
    const v1::Format format = options.GetExtension(v1::format);
    const bool is_string = field.type() == FieldDescriptor::TYPE_STRING;
    if ((format == v1::FORMAT_DECIMAL || format == v1::FORMAT_IDENTIFIER) && !is_string) {
      Report(field, "has a format of strings and is none");
    }
    if (format == v1::FORMAT_INSTANT && field.type() != FieldDescriptor::TYPE_UINT64) {
      Report(field, "is an instant and no uint64");
    }
    const bool named_in_us = absl::EndsWith(field.name(), "_us");
    if (format == v1::FORMAT_INSTANT && !named_in_us) {
      Report(field, "has the format INSTANT and does not end in _us");
    }
    // A length of time ends in `_us` too; its comment gives the unit, where an instant's format does.
    SourceLocation location;
    if (named_in_us && format != v1::FORMAT_INSTANT &&
        !(field.GetSourceLocation(&location) &&
          absl::StrContains(absl::AsciiStrToLower(location.leading_comments), "microseconds"))) {
      Report(field,
             "ends in _us, has not the format INSTANT, and its comment does not call it a length in microseconds");
    }
    if (options.HasExtension(v1::size) &&
        (field.type() != FieldDescriptor::TYPE_BYTES || options.GetExtension(v1::size) == 0)) {
      Report(field, "has a size and is no bytes field, or the size is zero");
    }
    if (field.type() == FieldDescriptor::TYPE_BYTES && IsIdentity(field.name()) && !options.HasExtension(v1::size)) {
      Report(field, "is named as an id, hash or root and declares no size");
    }
  }

  void LintEnum(const EnumDescriptor& type) {
    RequireComment(type);
    const std::string prefix = UpperSnake(type.name()) + "_";
    if (type.options().allow_alias()) {
      Report(type, "allows two names for a number");
    }
    if (type.value(0)->number() != 0 || type.value(0)->name() != prefix + "UNSPECIFIED") {
      Report(type, absl::StrCat("does not begin with ", prefix, "UNSPECIFIED = 0"));
    }
    const auto range = ReasonRanges().find(type.name());
    for (int i = 0; i < type.value_count(); ++i) {
      const auto& value = *type.value(i);
      RequireComment(value);
      if (!absl::StartsWith(value.name(), prefix)) {
        Report(value, absl::StrCat("is not prefixed ", prefix));
      }
      if (value.number() < 0) {
        Report(value, "has a negative number");
      }
      if (range != ReasonRanges().end() && value.number() != 0 &&
          (value.number() < range->second.first || value.number() > range->second.second)) {
        Report(value, absl::StrCat("lies outside ", range->second.first, " to ", range->second.second));
      }
    }
  }

  void LintService(const ServiceDescriptor& service) {
    RequireComment(service);
    for (int i = 0; i < service.method_count(); ++i) {
      RequireComment(*service.method(i));
    }
  }

  const FileDescriptor& file_;
  std::vector<std::string> findings_;
};

}  // namespace

std::vector<std::string> LintSchema(const FileDescriptor& file) {
  return Linter(file).Run();
}

}  // namespace causeway::structure
