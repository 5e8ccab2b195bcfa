// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/schema.h"

#include <gmock/gmock.h>
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

// Every message that the project declares for its hashed records. Requests and answers of services keep to the same
// rules.
TEST(Schema, EveryDeclaredMessageKeepsToTheRules) {
  // The generated pool knows the files that are linked in; options.pb.h is, through the codec.
  const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName("causeway/v1/options.proto");
  ASSERT_NE(file, nullptr);
  for (int i = 0; i < file->message_type_count(); ++i) EXPECT_THAT(CheckSchema(*file->message_type(i)), IsOk());
}

}  // namespace
}  // namespace causeway::codec
