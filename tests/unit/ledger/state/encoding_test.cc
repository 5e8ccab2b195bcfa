// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/encoding.h"

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace causeway::state {
namespace {

std::string Bytes(const char* text, size_t size) {
  return std::string(text, size);
}

TEST(KeyEncoding, IntegersAreBigEndianAtTheirWidth) {
  EXPECT_EQ(EncodeKey(uint8_t{0xab}), "\xab");
  EXPECT_EQ(EncodeKey(uint16_t{0x0102}), Bytes("\x01\x02", 2));
  EXPECT_EQ(EncodeKey(uint64_t{1}), Bytes("\0\0\0\0\0\0\0\1", 8));
  EXPECT_EQ(EncodeKey(Height(258)), Bytes("\0\0\0\0\0\0\1\2", 8));
  EXPECT_EQ(EncodeKey(Instant::FromMicros(3)), Bytes("\0\0\0\0\0\0\0\3", 8));
  EXPECT_EQ(EncodeKey(true), "\1");
}

TEST(KeyEncoding, ABoolIsZeroOrOne) {
  EXPECT_EQ(DecodeKey<bool>(Bytes("\0", 1)), false);
  EXPECT_EQ(DecodeKey<bool>("\1"), true);
  EXPECT_EQ(DecodeKey<bool>("\2"), std::nullopt);
}

TEST(KeyEncoding, TextEndsWithTwoZeros) {
  EXPECT_EQ(EncodeKey(std::string("ab")), Bytes("ab\0\0", 4));
  EXPECT_EQ(EncodeKey(Bytes("a\0b", 3)), Bytes("a\0\xff"
                                               "b\0\0",
                                               6));
}

TEST(KeyEncoding, AnInstrumentIsPaddedToTwelve) {
  const InstrumentId id = *InstrumentId::Parse("SGD.BANK");
  EXPECT_EQ(EncodeKey(id), Bytes("SGD.BANK\0\0\0\0", 12));
  EXPECT_EQ(DecodeKey<InstrumentId>(EncodeKey(id)), id);
  EXPECT_EQ(DecodeKey<InstrumentId>(Bytes("SG\0.BANK\0\0\0\0", 12)), std::nullopt);
}

TEST(KeyEncoding, BytesThatAreNoWholeKeyAreRefused) {
  EXPECT_EQ(DecodeKey<uint32_t>("abc"), std::nullopt);
  EXPECT_EQ(DecodeKey<uint32_t>("abcde"), std::nullopt);
  EXPECT_EQ(DecodeKey<std::string>("ab"), std::nullopt);
  EXPECT_EQ(DecodeKey<std::string>(Bytes("ab\0", 3)), std::nullopt);
  EXPECT_EQ(DecodeKey<std::string>(Bytes("ab\0\1\0\0", 6)), std::nullopt);
  EXPECT_EQ(DecodeKey<std::string>(Bytes("ab\0\0x", 5)), std::nullopt);
  EXPECT_EQ(DecodeKey<AccountId>("short"), std::nullopt);
  EXPECT_EQ(DecodeKey<Height>("short"), std::nullopt);
  EXPECT_EQ(DecodeKey<std::tuple<>>("x"), std::nullopt);
  EXPECT_TRUE(DecodeKey<std::tuple<>>("").has_value());
}

using Triple = std::tuple<std::string, uint32_t, std::string>;

TEST(KeyEncoding, SortsAsTheKeysDoAndComesBack) {
  const auto text = rc::gen::container<std::string>(rc::gen::element('\0', '\1', 'a', '\xfe', '\xff'));
  EXPECT_TRUE(rc::check("order and identity of tuples", [&] {
    const auto make = [&] { return Triple{*text, *rc::gen::inRange<uint32_t>(0, 300), *text}; };
    const Triple a = make();
    const Triple b = make();
    // std::string compares as unsigned bytes.
    RC_ASSERT((a < b) == (EncodeKey(a) < EncodeKey(b)));
    RC_ASSERT(DecodeKey<Triple>(EncodeKey(a)) == a);
  }));
}

TEST(KeyEncoding, APrefixOfATupleIsARangeOfIt) {
  const auto text = rc::gen::container<std::string>(rc::gen::element('\0', 'a', '\xff'));
  EXPECT_TRUE(rc::check("prefixes", [&] {
    const std::string first = *text;
    const Triple key{*text, *rc::gen::arbitrary<uint32_t>(), *text};
    const std::string begin = EncodeKey(std::tuple<std::string>(first));
    const std::optional<std::string> end = PrefixEnd(begin);
    const std::string bytes = EncodeKey(key);
    const bool inside = bytes >= begin && (!end || bytes < *end);
    RC_ASSERT(inside == (std::get<0>(key) == first));
  }));
}

TEST(PrefixEnd, IsTheFirstStringAfterAllThatBeginSo) {
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd("a\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff\xff"), std::nullopt);
  EXPECT_EQ(PrefixEnd(""), std::nullopt);
}

}  // namespace
}  // namespace causeway::state
