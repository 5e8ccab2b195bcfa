// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/canonical.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec_sample.pb.h"
#include "ledger/codec/encode.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/ledger/codec/wire.h"

namespace causeway::codec {
namespace {

using absl::StatusCode;
using test::v1::Inner;
using test::v1::Sample;

absl::Status Check(const std::string& bytes, uint32_t protocol_version = 2) {
  return CheckCanonical(*Sample::descriptor(), bytes, {.protocol_version = protocol_version});
}

#define EXPECT_REFUSED(bytes, problem) EXPECT_THAT(Check(bytes), StatusIs(StatusCode::kInvalidArgument, problem))

// The field numbers of Sample, by name.
enum : uint32_t {
  kFlag = 1,
  kSmall = 2,
  kLarge = 3,
  kBalance = 4,
  kMood = 5,
  kText = 6,
  kBlob = 7,
  kInner = 8,
  kNumbers = 9,
  kMoods = 10,
  kFlags = 11,
  kTexts = 12,
  kHashes = 13,
  kInners = 14,
  kId = 15,
  kAmount = 16,
  kAtUs = 17,
  kHash = 18,
  kMaybe = 19,
  kMaybeText = 20,
  kMaybeHash = 21,
  kChosen = 22,
  kNumber = 23,
  kNothing = 24,
  kLater = 25,
  kAmounts = 27,
  kFar = 1000
};

Sample FullSample() {
  Sample sample;
  sample.set_flag(true);
  sample.set_small(4'294'967'295u);
  sample.set_large(18'446'744'073'709'551'615u);
  sample.set_balance(-3);
  sample.set_mood(test::v1::MOOD_RARE);
  sample.set_text("Zürich, 東京, 🏦");
  sample.set_blob(std::string("\x00\xff", 2));
  sample.mutable_inner()->set_amount("-1.5");
  sample.add_numbers(0);
  sample.add_numbers(300);
  sample.add_moods(test::v1::MOOD_UNSPECIFIED);
  sample.add_flags(false);
  sample.add_texts("");
  sample.add_texts("b");
  sample.add_hashes("abcd");
  sample.add_inners();
  sample.add_inners()->set_note("n");
  sample.set_id("SGD.MERIDIAN");
  sample.set_amount("1000000.5");
  sample.set_at_us(1);
  sample.set_hash("abcd");
  sample.set_maybe(0);
  sample.set_maybe_text("");
  sample.set_number(0);
  sample.set_later(1);
  sample.add_balances(-1);
  sample.add_amounts("0");
  sample.set_far(true);
  return sample;
}

TEST(Canonical, TakesAMessageWithEveryKindOfField) {
  EXPECT_THAT(Check(FullSample().SerializeAsString()), IsOk());
  EXPECT_THAT(Check(""), IsOk());
}

TEST(Canonical, AnEmptySubMessageIsLegal) {
  EXPECT_THAT(Check(Delimited(kInner, "")), IsOk());
  EXPECT_THAT(Check(Delimited(kNothing, "")), IsOk());
}

TEST(Canonical, FieldsAscend) {
  EXPECT_THAT(Check(Number(kFlag, 1) + Number(kSmall, 1)), IsOk());
  EXPECT_REFUSED(Number(kSmall, 1) + Number(kFlag, 1), "field 1 follows field 2");
}

TEST(Canonical, RepeatedFieldsAreContiguous) {
  EXPECT_THAT(Check(Delimited(kTexts, "a") + Delimited(kTexts, "b")), IsOk());
  EXPECT_REFUSED(Delimited(kTexts, "a") + Delimited(kHashes, "abcd") + Delimited(kTexts, "b"),
                 "field 12 follows field 13");
}

TEST(Canonical, ASingularFieldOccursOnce) {
  EXPECT_REFUSED(Number(kFlag, 1) + Number(kFlag, 1), "flag: occurs twice");
  EXPECT_REFUSED(Delimited(kInner, "") + Delimited(kInner, ""), "inner: occurs twice");
}

TEST(Canonical, UnknownFieldsAreRefused) {
  EXPECT_REFUSED(Number(500, 1), "unknown field 500");
  EXPECT_REFUSED(Number(2000, 1), "unknown field 2000");
  EXPECT_REFUSED(Delimited(kInner, Number(9, 1)), "inner: unknown field 9");
  EXPECT_THAT(Check(Number(500, 1)).message(), "unknown field 500");
}

TEST(Canonical, TagsLengthsAndNumbersAreMinimal) {
  EXPECT_REFUSED(std::string("\x88\x00\x01", 3), "tag: varint is not minimal");
  EXPECT_REFUSED(Tag(kSmall, 0) + std::string("\x81\x00", 2), "small: varint is not minimal");
  EXPECT_REFUSED(Tag(kText, 2) + std::string("\x81\x00", 2) + "a", "text: varint is not minimal");
  EXPECT_REFUSED(Delimited(kNumbers, std::string("\x81\x00", 2)), "numbers[0]: varint is not minimal");
}

TEST(Canonical, NumbersFitTheirWidth) {
  EXPECT_THAT(Check(Tag(kLarge, 0) + std::string(9, '\xff') + "\x01"), IsOk());
  EXPECT_REFUSED(Tag(kLarge, 0) + std::string(9, '\xff') + "\x02", "large: varint of more than 64 bits");
  EXPECT_REFUSED(Tag(kLarge, 0) + std::string(10, '\xff') + "\x01", "large: varint of more than 64 bits");
  EXPECT_REFUSED(Number(kSmall, uint64_t{1} << 32), "small: 4294967296 exceeds 32 bits");
  EXPECT_REFUSED(Delimited(kNumbers, Varint(1) + Varint(uint64_t{1} << 32)), "numbers[1]: 4294967296 exceeds 32 bits");
  EXPECT_REFUSED(Number(kFlag, 2), "flag: a bool is 0 or 1, not 2");
  EXPECT_REFUSED(Delimited(kFlags, Varint(0) + Varint(2)), "flags[1]: a bool is 0 or 1, not 2");
}

TEST(Canonical, TagsHaveAFieldNumberAndFit32Bits) {
  EXPECT_REFUSED(Varint(2) + Varint(0), "tag out of range");
  EXPECT_REFUSED(Varint(uint64_t{1} << 35), "tag out of range");
}

TEST(Canonical, WireTypesAreTheDeclaredOnes) {
  EXPECT_REFUSED(Delimited(kFlag, "a"), "flag: wire type 2 is not the declared one");
  EXPECT_REFUSED(Number(kText, 1), "text: wire type 0 is not the declared one");
  EXPECT_REFUSED(Tag(kLarge, 1) + std::string(8, '\1'), "large: wire type 1 is not the declared one");
  EXPECT_REFUSED(Tag(kSmall, 5) + std::string(4, '\1'), "small: wire type 5 is not the declared one");
  EXPECT_REFUSED(Tag(kInner, 3) + Tag(kInner, 4), "inner: wire type 3 is not the declared one");
  EXPECT_REFUSED(Number(kNumbers, 1), "numbers[0]: wire type 0 is not the declared one");
}

TEST(Canonical, NothingIsCutOff) {
  EXPECT_REFUSED(std::string("\x80", 1), "tag: varint is cut off");
  EXPECT_REFUSED(Tag(kSmall, 0), "small: varint is cut off");
  EXPECT_REFUSED(Tag(kText, 2) + Varint(2) + "a", "text: length reaches past the end");
  EXPECT_REFUSED(Tag(kText, 2) + Varint(~uint64_t{0}) + "a", "text: length reaches past the end");
  EXPECT_REFUSED(Delimited(kInner, Tag(1, 2) + Varint(1)), "inner.note: length reaches past the end");
  EXPECT_REFUSED(Delimited(kNumbers, "\x80"), "numbers[0]: varint is cut off");
}

TEST(Canonical, EnumValuesAreKnown) {
  EXPECT_THAT(Check(Number(kMood, 5)), IsOk());
  EXPECT_REFUSED(Number(kMood, 3), "mood: unknown enum value 3");
  EXPECT_REFUSED(Number(kMood, ~uint64_t{0}), "mood: unknown enum value 18446744073709551615");
  EXPECT_REFUSED(Number(kMood, (uint64_t{1} << 32) + 1), "mood: unknown enum value 4294967297");
  EXPECT_REFUSED(Delimited(kMoods, Varint(0) + Varint(4)), "moods[1]: unknown enum value 4");
}

TEST(Canonical, DefaultsAreNotWrittenOut) {
  for (const uint32_t number : {kFlag, kSmall, kLarge, kBalance, kMood, kAtUs}) {
    EXPECT_REFUSED(Number(number, 0), "a default value is written out");
  }
  for (const uint32_t number : {kText, kBlob, kId, kAmount, kHash}) {
    EXPECT_REFUSED(Delimited(number, ""), "a default value is written out");
  }
}

TEST(Canonical, FieldsWithPresenceMayHoldADefault) {
  EXPECT_THAT(Check(Number(kMaybe, 0)), IsOk());
  EXPECT_THAT(Check(Delimited(kMaybeText, "")), IsOk());
  EXPECT_THAT(Check(Number(kNumber, 0)), IsOk());
}

TEST(Canonical, APackedRunIsOneAndNotEmpty) {
  EXPECT_THAT(Check(Delimited(kNumbers, Varint(0) + Varint(0))), IsOk());
  EXPECT_REFUSED(Delimited(kNumbers, ""), "empty packed run");
  EXPECT_REFUSED(Delimited(kNumbers, Varint(1)) + Delimited(kNumbers, Varint(2)), "more than one packed run");
}

TEST(Canonical, AOneofHasOneMember) {
  EXPECT_THAT(Check(Delimited(kChosen, "")), IsOk());
  EXPECT_REFUSED(Delimited(kChosen, "") + Number(kNumber, 1), "number: another member of its oneof is set too");
}

TEST(Canonical, TextIsValidUtf8WithoutHiddenCharacters) {
  EXPECT_REFUSED(Delimited(kText, "\xff"), "text: text is not valid UTF-8 (at byte 1)");
  EXPECT_REFUSED(Delimited(kText, "a\nb"),
                 "text: text holds the control or bidirectional-format character U+000a (at byte 2)");
  EXPECT_REFUSED(Delimited(kTexts, "a") + Delimited(kTexts, "\xe2\x80\xae"), "texts[1]: text holds the control");
  EXPECT_THAT(Check(Delimited(kBlob, "\xff\n")), IsOk());
}

TEST(Canonical, IdentifiersAreVisibleAscii) {
  EXPECT_REFUSED(Delimited(kId, "A B"), "id: an identifier holds printable ASCII characters only");
  EXPECT_REFUSED(Delimited(kId, "Zürich"), "id: an identifier holds printable ASCII characters only");
  EXPECT_REFUSED(Delimited(kId, "A\x7f"), "id: an identifier holds printable ASCII characters only");
}

TEST(Canonical, DecimalsAreCanonicalText) {
  EXPECT_REFUSED(Delimited(kAmount, "1.50"), "amount: decimal text \"1.50\" is not canonical: trailing zero");
  EXPECT_REFUSED(Delimited(kAmounts, "1") + Delimited(kAmounts, ""), "amounts[1]: decimal text \"\" is not canonical");
  EXPECT_REFUSED(Delimited(kInners, "") + Delimited(kInners, Delimited(2, "01")), "inners[1].amount: decimal text");
}

TEST(Canonical, SizedBytesHaveTheirSize) {
  EXPECT_REFUSED(Delimited(kHash, "abc"), "hash: 3 bytes instead of 4");
  EXPECT_REFUSED(Delimited(kMaybeHash, ""), "maybe_hash: 0 bytes instead of 4");
  EXPECT_REFUSED(Delimited(kHashes, "abcd") + Delimited(kHashes, "abcde"), "hashes[1]: 5 bytes instead of 4");
}

TEST(Canonical, AFieldIsUnknownBeforeItsProtocolVersion) {
  EXPECT_THAT(Check(Number(kLater, 1), 2), IsOk());
  EXPECT_THAT(Check(Number(kLater, 1), 1),
              StatusIs(StatusCode::kInvalidArgument, "later: not known before protocol version 2"));
}

TEST(Canonical, SixteenMessagesMayLieInsideOneAnother) {
  std::string nested;  // an Inner, which has 1 level
  for (int depth = 2; depth < kMaxDepth; ++depth) nested = Delimited(3, nested);
  EXPECT_THAT(Check(Delimited(kInner, nested)), IsOk());
  EXPECT_REFUSED(Delimited(kInner, Delimited(3, nested)), "more than 16 messages inside one another");
}

TEST(Canonical, ManyThreadsMayAskFirst) {
  const std::string bytes = FullSample().SerializeAsString();
  std::vector<std::thread> threads;
  std::vector<int> ok(8);
  for (int& result : ok) {
    threads.emplace_back([&result, &bytes] { result = Check(bytes).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ok, ::testing::Each(1));
}

}  // namespace
}  // namespace causeway::codec
