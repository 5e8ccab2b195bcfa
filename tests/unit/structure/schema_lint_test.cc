// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/structure/schema_lint.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <gmock/gmock.h>
#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace causeway::structure {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::compiler::DiskSourceTree;
using google::protobuf::compiler::Importer;
using google::protobuf::compiler::MultiFileErrorCollector;
using google::protobuf::compiler::SourceTree;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ParseErrors : public MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int /*column*/, const std::string& message) override {
    text += absl::StrCat(file, ":", line + 1, ": ", message, "\n");
  }
  std::string text;
};

// The schema's folder, with planted files in front of it. Tests run in the source directory.
class PlantedSourceTree : public SourceTree {
 public:
  PlantedSourceTree() {
    disk_.MapPath("", "proto");
    disk_.MapPath("", CAUSEWAY_PROTOBUF_INCLUDE_DIR);
  }
  google::protobuf::io::ZeroCopyInputStream* Open(const std::string& name) override {
    const auto planted = files.find(name);
    if (planted == files.end()) {
      return disk_.Open(name);
    }
    return new google::protobuf::io::ArrayInputStream(planted->second.data(), static_cast<int>(planted->second.size()));
  }
  std::map<std::string, std::string> files;

 private:
  DiskSourceTree disk_;
};

// Findings on a planted file; what does not parse is a finding too.
std::vector<std::string> LintText(const std::string& text) {
  PlantedSourceTree tree;
  tree.files["causeway/v1/planted.proto"] = text;
  ParseErrors errors;
  Importer importer(&tree, &errors);
  const FileDescriptor* file = importer.Import("causeway/v1/planted.proto");
  return file == nullptr ? std::vector<std::string>{"does not parse: " + errors.text} : LintSchema(*file);
}

constexpr char kSound[] = R"(syntax = "proto3";
package causeway.v1;
import "causeway/v1/options.proto";
// What an order is.
enum OrderKind {
  // Never written.
  ORDER_KIND_UNSPECIFIED = 0;
  // Buys units.
  ORDER_KIND_SUBSCRIPTION = 1;
}
// Why transfers refuse.
enum TransfersReason {
  // Never written.
  TRANSFERS_REASON_UNSPECIFIED = 0;
  // Too little is free.
  TRANSFERS_REASON_INSUFFICIENT_FREE = 400;
}
// An order.
message Order {
  // Chosen by the client.
  bytes id = 1 [(causeway.v1.size) = 16];
  // When it was received.
  uint64 received_us = 2 [(causeway.v1.format) = FORMAT_INSTANT];
  // How much.
  string amount = 3 [(causeway.v1.format) = FORMAT_DECIMAL];
  // How long it may wait, in microseconds.
  uint64 patience_us = 4;
  // What it is, where known.
  optional OrderKind kind = 5;
  // By whom.
  oneof by {
    // A person.
    string person = 6;
  }
}
// Reads orders.
service OrderService {
  // One order.
  rpc GetOrder(Order) returns (Order);
}
)";

struct Break {
  std::string name;
  std::string from;  // a part of kSound
  std::string to;
  std::string finding;
};

std::ostream& operator<<(std::ostream& out, const Break& change) {
  return out << change.name;
}

std::string Broken(const Break& change) {
  std::string text = kSound;
  const size_t at = text.find(change.from);
  EXPECT_NE(at, std::string::npos) << change.from;
  return text.replace(at, change.from.size(), change.to);
}

TEST(SchemaLint, ASoundFileHasNoFindings) {
  EXPECT_THAT(LintText(kSound), IsEmpty());
}

class SchemaLintBreak : public ::testing::TestWithParam<Break> {};

TEST_P(SchemaLintBreak, IsFoundAndNothingElse) {
  const std::vector<std::string> findings = LintText(Broken(GetParam()));
  ASSERT_EQ(findings.size(), 1U) << absl::StrJoin(findings, "\n");
  EXPECT_THAT(findings[0], HasSubstr(GetParam().finding));
}

INSTANTIATE_TEST_SUITE_P(
    EachRule, SchemaLintBreak,
    ::testing::Values(
        Break{"Package", "package causeway.v1;", "package causeway.v2;", "is not of package causeway.v1"},
        Break{"Import", "import \"causeway/v1/options.proto\";",
              "import \"causeway/v1/options.proto\"; import \"google/protobuf/any.proto\";",
              "imports google/protobuf/any.proto"},
        Break{"FieldComment", "  // How much.\n", "", "Order.amount has no comment"},
        Break{"MessageComment", "// An order.\n", "", "Order has no comment"},
        Break{"EnumComment", "// What an order is.\n", "", "OrderKind has no comment"},
        Break{"ValueComment", "  // Buys units.\n", "", "ORDER_KIND_SUBSCRIPTION has no comment"},
        Break{"OneofComment", "  // By whom.\n", "", "Order.by has no comment"},
        Break{"ServiceComment", "// Reads orders.\n", "", "OrderService has no comment"},
        Break{"CallComment", "  // One order.\n", "", "OrderService.GetOrder has no comment"},
        Break{"Double", "string person", "double person", "has the type double"},
        Break{"Int64", "string person", "int64 person", "has the type int64"},
        Break{"Fixed", "string person", "fixed32 person", "has the type fixed32"},
        Break{"Map", "  // What it is,", "  // Names.\n  map<string, string> names = 9;\n  // What it is,",
              "Order.names is a map"},
        Break{"DecimalNumber", "string amount", "uint64 amount", "has a format of strings"},
        Break{"Duration", ", in microseconds", "", "does not call it a length"},
        Break{"InstantName", "received_us", "received", "does not end in _us"},
        Break{"InstantFormat", " [(causeway.v1.format) = FORMAT_INSTANT]", "",
              "ends in _us, has not the format INSTANT"},
        Break{"IdSize", " [(causeway.v1.size) = 16]", "", "declares no size"},
        Break{"ZeroSize", "(causeway.v1.size) = 16", "(causeway.v1.size) = 0", "the size is zero"},
        Break{"ZeroValue", "ORDER_KIND_UNSPECIFIED", "ORDER_KIND_NONE", "does not begin with ORDER_KIND_UNSPECIFIED"},
        Break{"Prefix", "ORDER_KIND_SUBSCRIPTION", "SUBSCRIPTION", "is not prefixed ORDER_KIND_"},
        Break{"ReasonRange", "INSUFFICIENT_FREE = 400", "INSUFFICIENT_FREE = 500", "lies outside 400 to 499"},
        Break{"Alias", "// Never written.\n  ORDER_KIND_UNSPECIFIED = 0;",
              "option allow_alias = true;\n// Never written.\n  ORDER_KIND_UNSPECIFIED = 0;\n// "
              "Again.\nORDER_KIND_SAME = 0;",
              "allows two names"}),
    [](const auto& instance) { return instance.param.name; });

TEST(SchemaLint, AnExtensionIsFoundWithTheImportThatItNeeds) {
  std::string text = Broken({"", "import \"causeway/v1/options.proto\";",
                             "import \"causeway/v1/options.proto\"; import \"google/protobuf/descriptor.proto\";", ""});
  text += "extend google.protobuf.FieldOptions {\n  // More.\n  uint32 more = 50009;\n}\n";
  EXPECT_THAT(LintText(text), UnorderedElementsAre(HasSubstr("imports google/protobuf/descriptor.proto"),
                                                   HasSubstr("declares an extension")));
}

// The schema itself: every file of proto/ parses and has no finding.
TEST(Schema, KeepsTheCanonicalProfile) {
  PlantedSourceTree tree;
  ParseErrors errors;
  Importer importer(&tree, &errors);
  std::vector<std::string> findings;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("proto/causeway/v1")) {
    if (entry.path().extension() != ".proto") {
      continue;
    }
    ++files;
    const FileDescriptor* file = importer.Import("causeway/v1/" + entry.path().filename().string());
    ASSERT_NE(file, nullptr) << errors.text;
    const std::vector<std::string> found = LintSchema(*file);
    findings.insert(findings.end(), found.begin(), found.end());
  }
  EXPECT_GT(files, 1);
  std::sort(findings.begin(), findings.end());
  EXPECT_THAT(findings, IsEmpty()) << absl::StrJoin(findings, "\n");
}

}  // namespace
}  // namespace causeway::structure
