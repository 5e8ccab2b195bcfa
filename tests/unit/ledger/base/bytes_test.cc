// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace causeway {
namespace {

TEST(Bytes, HexadecimalIsLowerCaseAndStrict) {
  EXPECT_EQ(BytesToHex(absl::string_view("\x00\xab\xff", 3)), "00abff");
  EXPECT_EQ(HexToBytes("00abff"), std::string("\x00\xab\xff", 3));
  EXPECT_EQ(HexToBytes(""), "");
  for (const char* text : {"0", "0g", "AB", "0x00", " 00"}) EXPECT_EQ(HexToBytes(text), std::nullopt) << text;
}

TEST(Bytes, Base64TakesBothAlphabetsAndNothingElse) {
  EXPECT_EQ(BytesToBase64("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(Base64ToBytes("+//+"), "\xfb\xff\xfe");
  EXPECT_EQ(Base64ToBytes("-__-"), "\xfb\xff\xfe");
  EXPECT_EQ(Base64ToBytes("YQ=="), "a");
  EXPECT_EQ(Base64ToBytes("YQ"), "a");
  for (const char* text : {"Y", "Y Q", "YQ==\n", "Y!", "=YQ", "+_"})
    EXPECT_EQ(Base64ToBytes(text), std::nullopt) << text;
}

TEST(Bytes, BigEndianNumbersKeepTheirOrderAndReadBack) {
  EXPECT_TRUE(rc::check([](uint64_t a, uint64_t b) {
    std::string left;
    std::string right;
    AppendBigEndian64(left, a);
    AppendBigEndian64(right, b);
    RC_ASSERT((a < b) == (left < right));
    absl::string_view in = left;
    RC_ASSERT(TakeBigEndian64(in) == a);
    RC_ASSERT(in.empty());
  }));
  std::string out;
  AppendBigEndian16(out, 0x0102);
  AppendBigEndian32(out, 0x03040506);
  EXPECT_EQ(out, "\x01\x02\x03\x04\x05\x06");
  absl::string_view in = out;
  EXPECT_EQ(TakeBigEndian16(in), 0x0102);
  EXPECT_EQ(TakeBigEndian64(in), std::nullopt);
  EXPECT_EQ(in.size(), 4u);
  EXPECT_EQ(TakeBigEndian32(in), 0x03040506u);
  EXPECT_EQ(TakeBytes(in, 1), std::nullopt);
}

}  // namespace
}  // namespace causeway
