// SPDX-License-Identifier: Apache-2.0
#include "ledger/codec/json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec_sample.pb.h"
#include "ledger/codec/encode.h"
#include "tests/support/status_matchers.h"

namespace causeway::codec {
namespace {

using absl::StatusCode;
using test::v1::Sample;

Sample Read(const std::string& json) {
  Sample sample;
  EXPECT_THAT(JsonToMessage(json, &sample), IsOk()) << json;
  return sample;
}

absl::Status Refusal(const std::string& json) {
  Sample sample;
  return JsonToMessage(json, &sample);
}

#define EXPECT_JSON_REFUSED(json, problem) EXPECT_THAT(Refusal(json), StatusIs(StatusCode::kInvalidArgument, problem))

TEST(Json, WritesFieldsInOrderWithOurReadings) {
  Sample sample;
  sample.set_far(true);
  sample.set_flag(true);
  sample.set_small(7);
  sample.set_large(18'446'744'073'709'551'615u);
  sample.set_balance(-3);
  sample.set_mood(test::v1::MOOD_BUSY);
  sample.set_text("\"ü\"");
  sample.set_blob("ab");
  sample.mutable_inner();
  sample.add_moods(test::v1::MOOD_RARE);
  sample.add_hashes("abcd");
  sample.add_inners()->set_note("n");
  sample.set_amount("1000000.5");
  sample.set_at_us(1'772'445'600'000'000u);
  sample.set_hash(std::string("\0\1\2\xff", 4));
  sample.set_maybe(0);
  sample.set_number(0);
  EXPECT_EQ(
      *MessageToJson(sample),
      R"({"flag":true,"small":7,"large":"18446744073709551615","balance":"-3","mood":"BUSY","text":"\"ü\"",)"
      R"("blob":"YWI=","inner":{},"moods":["RARE"],"hashes":["61626364"],"inners":[{"note":"n"}],)"
      R"("amount":"1000000.5","at_us":"2026-03-02T10:00:00Z","hash":"000102ff","maybe":"0","number":0,"far":true})");
}

TEST(Json, IndentsForPeopleAndShowsDefaultsOnRequest) {
  test::v1::Inner inner;
  EXPECT_EQ(*MessageToJson(inner), "{}");
  EXPECT_EQ(*MessageToJson(inner, {.indented = true, .defaults = true}), "{\n  \"note\": \"\",\n  \"amount\": \"\"\n}");
}

TEST(Json, WhatIsWrittenReadsBack) {
  const std::string json =
      R"({"flag":true,"large":"5","balance":"-3","mood":"CALM","flags":[true,false],"texts":["a",""],)"
      R"("at_us":"2026-03-02T10:00:00.000001Z","hash":"000102ff","nothing":{},)"
      R"("balances":["-9223372036854775808"],"far":true})";
  EXPECT_EQ(*MessageToJson(Read(json)), json);
}

TEST(Json, TakesTheOtherFormsToo) {
  const Sample sample = Read(R"({"large": 5, "balance": -3, "mood": "MOOD_BUSY", "hash": "AAEC/w==", "atUs": 12,
                                 "maybeText": "x", "inner": null, "small": "7", "moods": [5, "MOOD_CALM"]})");
  EXPECT_EQ(sample.large(), 5u);
  EXPECT_EQ(sample.small(), 7u);
  EXPECT_EQ(sample.balance(), -3);
  EXPECT_EQ(sample.mood(), test::v1::MOOD_BUSY);
  EXPECT_EQ(sample.hash(), std::string("\0\1\2\xff", 4));
  EXPECT_EQ(sample.at_us(), 12u);
  EXPECT_EQ(sample.maybe_text(), "x");
  EXPECT_FALSE(sample.has_inner());
  EXPECT_THAT(sample.moods(), ::testing::ElementsAre(5, 1));
  EXPECT_EQ(Read(R"({"at_us": "12"})").at_us(), 12u);
  EXPECT_EQ(Read(R"({"hash": "000102FF"})").hash(), std::string("\0\1\2\xff", 4));
}

TEST(Json, UnknownFieldsAreRefusedWithTheNearestName) {
  EXPECT_JSON_REFUSED(R"({"inner": {"amuont": "1"}})", "inner.amuont: unknown field; did you mean \"amount\"?");
  EXPECT_JSON_REFUSED(R"({"inners": [{}, {"zzzzzz": 1}]})",
                      "inners[1].zzzzzz: unknown field; known are note, amount, deeper");
}

TEST(Json, EnumsNameTheirAllowedValues) {
  EXPECT_JSON_REFUSED(R"({"mood": "ANGRY"})", "mood: unknown value \"ANGRY\"; allowed are CALM, BUSY, RARE");
  EXPECT_JSON_REFUSED(R"({"moods": ["CALM", 4]})", "moods[1]: unknown value \"4\"; allowed are CALM, BUSY, RARE");
  EXPECT_JSON_REFUSED(R"({"mood": true})", "mood: expected the name of a value, found true or false");
}

TEST(Json, DecimalsAreNeverNumbers) {
  EXPECT_JSON_REFUSED(R"({"amount": 1.5})", "amount: a decimal is written as a string, \"1.5\"");
  EXPECT_JSON_REFUSED(R"({"amounts": ["1", 2]})", "amounts[1]: a decimal is written as a string, \"2\"");
}

TEST(Json, ValuesHaveTheirType) {
  EXPECT_JSON_REFUSED("[]", "expected an object, found a list");
  EXPECT_JSON_REFUSED(R"({"flag": "true"})", "flag: expected true or false, found text");
  EXPECT_JSON_REFUSED(R"({"small": 1.5})", "small: expected a whole number from 0 to 2^32 - 1, found a number");
  EXPECT_JSON_REFUSED(R"({"small": -1})", "small: expected a whole number from 0");
  EXPECT_JSON_REFUSED(R"({"small": 4294967296})", "small: 4294967296 exceeds 32 bits");
  EXPECT_JSON_REFUSED(R"({"large": "18446744073709551616"})", "large: expected a whole number from 0 to 2^64 - 1");
  EXPECT_JSON_REFUSED(R"({"large": " 5"})", "large: expected a whole number from 0");
  EXPECT_JSON_REFUSED(R"({"large": "+5"})", "large: expected a whole number from 0");
  EXPECT_JSON_REFUSED(R"({"balance": 18446744073709551615})", "balance: exceeds 64 bits with a sign");
  EXPECT_JSON_REFUSED(R"({"balance": "1e3"})", "balance: expected a whole number");
  EXPECT_JSON_REFUSED(R"({"text": 5})", "text: expected text, found a number");
  EXPECT_JSON_REFUSED(R"({"texts": "a"})", "texts: expected a list, found text");
  EXPECT_JSON_REFUSED(R"({"inner": "a"})", "inner: expected an object, found text");
  EXPECT_JSON_REFUSED(R"({"blob": "!"})", "blob: expected base64");
  EXPECT_JSON_REFUSED(R"({"hash": "0001"})", "hash: expected 4 bytes as 8 hexadecimal digits or base64");
  EXPECT_JSON_REFUSED(R"({"at_us": "yesterday"})", "at_us: \"yesterday\" is not an RFC 3339 time");
  EXPECT_JSON_REFUSED(R"({"texts": [null]})", "texts[0]: expected text, found null");
}

TEST(Json, AFieldIsGivenOnceAndAOneofHasOneMember) {
  EXPECT_JSON_REFUSED(R"({"flag": true, "flag": false})", "key \"flag\" occurs twice");
  EXPECT_JSON_REFUSED(R"({"at_us": 1, "atUs": 1})", "atUs: given twice");
  EXPECT_JSON_REFUSED(R"({"number": 1, "nothing": {}})",
                      "nothing: only one of its alternatives may be given, and \"number\" is");
}

TEST(Json, SyntaxErrorsNameTheirPlace) {
  EXPECT_JSON_REFUSED("{\n  \"flag\": tru\n}", "JSON: parse error at line 3, column 0");
  EXPECT_JSON_REFUSED("", "JSON: parse error");
  EXPECT_JSON_REFUSED("{} {}", "JSON: parse error");
  EXPECT_JSON_REFUSED("{\"text\": \"\xff\"}", "JSON: parse error");
}

TEST(Json, NestingIsBounded) {
  std::string json = "{}";
  for (int depth = 2; depth < kMaxDepth; ++depth) json = "{\"deeper\":" + json + "}";
  Read("{\"inner\":" + json + "}");
  EXPECT_JSON_REFUSED("{\"inner\":{\"deeper\":" + json + "}}", "more than 16 messages inside one another");
  const std::string deep(1'000'000, '[');
  EXPECT_JSON_REFUSED("{\"inner\":" + deep, "JSON: parse error");
}

TEST(Json, TextThatIsNotUtf8IsAnError) {
  Sample sample;
  sample.set_text("\xff");
  EXPECT_THAT(MessageToJson(sample), StatusIs(StatusCode::kInvalidArgument, "not UTF-8"));
}

TEST(ProtoJson, IsWhatProtobufWritesAndReads) {
  Sample sample;
  sample.set_hash("abcd");
  sample.set_at_us(12);
  sample.set_mood(test::v1::MOOD_CALM);
  const std::string json = *MessageToProtoJson(sample);
  EXPECT_EQ(json, R"({"mood":"MOOD_CALM","at_us":"12","hash":"YWJjZA=="})");
  Sample read;
  EXPECT_THAT(ProtoJsonToMessage(json, &read), IsOk());
  EXPECT_EQ(SerializeCanonical(read), SerializeCanonical(sample));
  EXPECT_THAT(ProtoJsonToMessage(R"({"nope": 1})", &read), StatusIs(StatusCode::kInvalidArgument, "nope"));
}

TEST(EnumNames, AreShownWithoutTheirPrefix) {
  const auto* descriptor = test::v1::Mood_descriptor();
  EXPECT_EQ(ShortEnumName(*descriptor, 5), "RARE");
  EXPECT_EQ(ShortEnumName(*descriptor, 0), "UNSPECIFIED");
  EXPECT_EQ(ShortEnumName(*descriptor, 77), "77");
}

}  // namespace
}  // namespace causeway::codec
