// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/schema.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/compiler/importer.h>
#include <gtest/gtest.h>

#include "codec_sample.pb.h"
#include "ledger/codec/canonical.h"
#include "tests/support/status_matchers.h"

namespace causeway::codec {
namespace {

using absl::StatusCode;

template <typename M>
absl::Status Check() {
  return CheckSchema(*M::descriptor());
}

TEST(Schema, TheSampleKeepsToTheRules) {
  EXPECT_THAT(Check<test::v1::Sample>(), IsOk());
}

TEST(Schema, WhatHasNoCanonicalFormIsRefused) {
  const auto refused = [](const char* problem) { return StatusIs(StatusCode::kInvalidArgument, problem); };
  EXPECT_THAT(Check<test::v1::WithMap>(), refused("causeway.test.v1.WithMap.map: maps have no canonical order"));
  EXPECT_THAT(Check<test::v1::WithDouble>(), refused("WithDouble.value: the type double is not used"));
  EXPECT_THAT(Check<test::v1::WithInt64>(), refused("WithInt64.value: the type int64 is not used"));
  EXPECT_THAT(Check<test::v1::WithFixed32>(), refused("WithFixed32.value: the type fixed32 is not used"));
  EXPECT_THAT(Check<test::v1::WithUnpacked>(), refused("WithUnpacked.values: repeated numbers are packed"));
  EXPECT_THAT(Check<test::v1::WithNegativeEnum>(), refused("WithNegativeEnum.sign: enum values are not negative"));
  EXPECT_THAT(Check<test::v1::WithSizedText>(), refused("WithSizedText.text: a size is for bytes"));
  EXPECT_THAT(Check<test::v1::WithDecimalNumber>(), refused("DECIMAL are for strings"));
  EXPECT_THAT(Check<test::v1::WithInstantText>(), refused("the format INSTANT is for uint64"));
  EXPECT_THAT(Check<test::v1::WithFaultInside>(), refused("causeway.test.v1.WithDouble.value"));
}

TEST(SchemaDeathTest, CheckingBytesOfATypeWithoutACanonicalFormIsADefect) {
  EXPECT_DEATH((void)CheckCanonical(*test::v1::WithMap::descriptor(), ""),
               "no canonical form: .*maps have no canonical order");
}

TEST(Schema, RulesAreMadeOnce) {
  const MessageRules& rules = RulesOf(*test::v1::Inner::descriptor());
  EXPECT_EQ(&RulesOf(*test::v1::Inner::descriptor()), &rules);
  EXPECT_EQ(rules.fields[2].message, &rules);
}

// Reports what protobuf's own compiler finds wrong.
class Errors : public google::protobuf::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column, const std::string& message) override {
    ADD_FAILURE() << file << ":" << line + 1 << ":" << column + 1 << ": " << message;
  }
};

// Schema files read from the source tree as text, as no generated code has them.
class SchemaFiles {
 public:
  explicit SchemaFiles(const std::string& folder) : importer_(&tree_, &errors_) {
    tree_.MapPath("", folder);
    tree_.MapPath("", "proto");
    tree_.MapPath("", "/usr/include");
  }
  const google::protobuf::FileDescriptor* Import(const std::string& name) { return importer_.Import(name); }

 private:
  google::protobuf::compiler::DiskSourceTree tree_;
  Errors errors_;
  google::protobuf::compiler::Importer importer_;
};

// The test below would be worth nothing if options were not read from text.
TEST(Schema, FaultsAreSeenInFilesThatAreReadAsText) {
  SchemaFiles files("tests/unit/ledger/codec");
  const google::protobuf::FileDescriptor* file = files.Import("codec_sample.proto");
  ASSERT_NE(file, nullptr);
  EXPECT_THAT(CheckSchema(*file->FindMessageTypeByName("Sample")), IsOk());
  EXPECT_FALSE(CheckSchema(*file->FindMessageTypeByName("WithSizedText")).ok());
  EXPECT_FALSE(CheckSchema(*file->FindMessageTypeByName("WithDecimalNumber")).ok());
  EXPECT_FALSE(CheckSchema(*file->FindMessageTypeByName("WithMap")).ok());
}

// What a service asks and answers keeps to the same rules as what is hashed. (tests/unit/structure lints names and
// comments besides.)
TEST(Schema, EveryDeclaredMessageHasACanonicalForm) {
  SchemaFiles files("proto");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("proto/causeway/v1")) {
    if (entry.path().extension() == ".proto") names.push_back("causeway/v1/" + entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    const google::protobuf::FileDescriptor* file = files.Import(name);
    ASSERT_NE(file, nullptr) << name;
    for (int i = 0; i < file->message_type_count(); ++i) EXPECT_THAT(CheckSchema(*file->message_type(i)), IsOk());
  }
}

}  // namespace
}  // namespace causeway::codec
