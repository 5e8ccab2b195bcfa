// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/encode.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec_sample.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/ledger/codec/wire.h"

namespace causeway::codec {
namespace {

using absl::StatusCode;
using test::v1::Inner;
using test::v1::Sample;

std::string AnyText() {
  return *rc::gen::map(rc::gen::container<std::vector<std::string>>(
                           rc::gen::element<std::string>("a", "Z", "0", " ", "ü", "東", "🏦", "-")),
                       [](const std::vector<std::string>& parts) {
                         std::string text;
                         for (const std::string& part : parts) text += part;
                         return text;
                       });
}

Inner AnyInner(int depth) {
  Inner inner;
  if (*rc::gen::arbitrary<bool>()) inner.set_note(AnyText());
  if (*rc::gen::arbitrary<bool>()) inner.set_amount(*rc::gen::element<std::string>("0", "-1.5", "1000000", "0.0001"));
  if (depth < 5 && *rc::gen::arbitrary<bool>()) *inner.mutable_deeper() = AnyInner(depth + 1);
  return inner;
}

// A message with a canonical form: any subset of the fields, any values.
Sample AnySample() {
  Sample sample;
  const auto flip = [] { return *rc::gen::arbitrary<bool>(); };
  const auto number = [] { return *rc::gen::arbitrary<uint64_t>() >> *rc::gen::inRange(0, 64); };
  const auto mood = [] {
    return *rc::gen::element(test::v1::MOOD_UNSPECIFIED, test::v1::MOOD_CALM, test::v1::MOOD_RARE);
  };
  if (flip()) sample.set_flag(flip());
  if (flip()) sample.set_small(static_cast<uint32_t>(number()));
  if (flip()) sample.set_large(number());
  if (flip()) sample.set_balance(static_cast<int64_t>(number()));
  if (flip()) sample.set_mood(mood());
  if (flip()) sample.set_text(AnyText());
  if (flip()) sample.set_blob(*rc::gen::arbitrary<std::string>());
  if (flip()) *sample.mutable_inner() = AnyInner(0);
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) sample.add_numbers(static_cast<uint32_t>(number()));
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) sample.add_moods(mood());
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) sample.add_texts(AnyText());
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) sample.add_hashes("hash");
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) *sample.add_inners() = AnyInner(3);
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) sample.add_balances(static_cast<int64_t>(number()));
  if (flip()) sample.set_id("SGD.MERIDIAN");
  if (flip()) sample.set_amount("0.5");
  if (flip()) sample.set_at_us(number());
  if (flip()) sample.set_hash(std::string(4, '\0'));
  if (flip()) sample.set_maybe(number());
  if (flip()) sample.set_maybe_text(AnyText());
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      *sample.mutable_chosen() = AnyInner(0);
      break;
    case 1:
      sample.set_number(static_cast<uint32_t>(number()));
      break;
    case 2:
      sample.mutable_nothing();
      break;
    default:
      break;
  }
  if (flip()) sample.set_far(flip());
  return sample;
}

TEST(Encode, WhatIsWrittenReadsBack) {
  EXPECT_TRUE(rc::check([] {
    const Sample sample = AnySample();
    const std::string bytes = SerializeCanonical(sample);
    const absl::StatusOr<Sample> parsed = ParseCanonical<Sample>(bytes);
    RC_ASSERT(parsed.ok());
    RC_ASSERT(SerializeCanonical(*parsed) == bytes);
    RC_ASSERT(parsed->ShortDebugString() == sample.ShortDebugString());
  }));
}

// The property that makes the profile canonical: whatever is done to the bytes, either they are refused or they are
// what the message that they state serializes to. Then two byte strings never state one message.
void AssertRefusedOrIdentical(const std::string& bytes) {
  const absl::StatusOr<Sample> parsed = ParseCanonical<Sample>(bytes);
  if (parsed.ok()) RC_ASSERT(SerializeCanonical(*parsed) == bytes);
}

TEST(Encode, MutatedBytesAreRefusedOrSerializeToThemselves) {
  int accepted = 0;
  EXPECT_TRUE(rc::check([&accepted] {
    std::string bytes = SerializeCanonical(AnySample());
    for (int round = 0; round < 200; ++round) {
      std::string mutated = bytes;
      const auto at = [&mutated] { return *rc::gen::inRange<size_t>(0, mutated.size() + 1); };
      for (int edits = *rc::gen::inRange(1, 3); edits > 0 && !mutated.empty(); --edits) {
        const size_t where = at() % mutated.size();
        switch (*rc::gen::inRange(0, 5)) {
          case 0:
            mutated[where] = static_cast<char>(mutated[where] ^ (1 << *rc::gen::inRange(0, 8)));
            break;
          case 1:
            mutated[where] = *rc::gen::arbitrary<char>();
            break;
          case 2:
            mutated.erase(where, *rc::gen::inRange<size_t>(1, 4));
            break;
          case 3:
            mutated.insert(where, 1, *rc::gen::element('\0', '\1', '\x80', '\x7f', '\x08', '\x12'));
            break;
          default:
            mutated += mutated.substr(where);
            break;
        }
      }
      AssertRefusedOrIdentical(mutated);
      if (ParseCanonical<Sample>(mutated).ok()) ++accepted;
    }
  }));
  EXPECT_GT(accepted, 100);  // else the property was hardly tried
}

// Records put together from correct pieces in a wrong order or number: nearer to canonical than flipped bits.
TEST(Encode, ShuffledFieldsAreRefusedOrSerializeToThemselves) {
  const std::vector<std::string> pieces = {Number(1, 1),          Number(1, 0),         Number(2, 7),
                                           Number(5, 5),          Number(5, 4),         Delimited(6, "a"),
                                           Delimited(8, ""),      Delimited(9, "\1\2"), Delimited(9, ""),
                                           Delimited(12, ""),     Delimited(12, "b"),   Delimited(14, ""),
                                           Delimited(16, "1.5"),  Delimited(16, "1."),  Number(19, 0),
                                           Delimited(20, ""),     Delimited(22, ""),    Number(23, 0),
                                           Delimited(24, ""),     Number(1000, 1),      Delimited(14, Delimited(3, "")),
                                           Delimited(18, "abcd"), Delimited(18, "abc"), Number(999, 1)};
  int accepted = 0;
  EXPECT_TRUE(rc::check([&] {
    for (int round = 0; round < 100; ++round) {
      std::string bytes;
      size_t next = 0;
      for (int count = *rc::gen::inRange(0, 5); count > 0 && next < pieces.size(); --count) {
        // Mostly ascending, so that long ones are accepted too.
        next = *rc::gen::weightedOneOf<size_t>(
            {{4, rc::gen::inRange<size_t>(next, pieces.size())}, {1, rc::gen::inRange<size_t>(0, pieces.size())}});
        bytes += pieces[next];
      }
      AssertRefusedOrIdentical(bytes);
      if (ParseCanonical<Sample>(bytes).ok()) ++accepted;
    }
  }));
  EXPECT_GT(accepted, 100);
}

TEST(Encode, AMessageWithoutACanonicalFormIsRefusedWithItsPath) {
  Sample sample;
  sample.add_inners()->set_amount("1.0");
  EXPECT_THAT(TrySerializeCanonical(sample), StatusIs(StatusCode::kInvalidArgument, "inners[0].amount: decimal text"));
  sample.Clear();
  sample.set_later(1);
  EXPECT_THAT(TrySerializeCanonical(sample, {.protocol_version = 1}), StatusIs(StatusCode::kInvalidArgument, "later"));
}

TEST(EncodeDeathTest, WritingARecordWithoutACanonicalFormIsADefect) {
  Sample sample;
  sample.set_hash("abc");
  EXPECT_DEATH(SerializeCanonical(sample), "causeway.test.v1.Sample has no canonical form: hash: 3 bytes instead of 4");
}

TEST(Encode, UnknownFieldsOfAMessageHaveNoCanonicalForm) {
  Sample sample;
  ASSERT_TRUE(sample.ParseFromString(Number(500, 1)));
  EXPECT_THAT(TrySerializeCanonical(sample), StatusIs(StatusCode::kInvalidArgument, "unknown field 500"));
}

TEST(Encode, TrustedBytesAreNotWalked) {
  const absl::StatusOr<Sample> sample = ParseTrusted<Sample>(Number(1, 0));
  ASSERT_THAT(sample, IsOk());
  EXPECT_FALSE(sample->flag());
  EXPECT_THAT(ParseTrusted<Sample>(Tag(6, 2)), StatusIs(StatusCode::kDataLoss, "causeway.test.v1.Sample"));
}

TEST(Encode, ARefusedParseLeavesAnEmptyMessage) {
  Sample sample;
  sample.set_flag(true);
  EXPECT_FALSE(ParseCanonicalInto(Number(1, 0), &sample).ok());
  EXPECT_EQ(sample.ByteSizeLong(), 0u);
}

}  // namespace
}  // namespace causeway::codec
