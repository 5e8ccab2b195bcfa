// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/codec/canonical.h"
#include "tests/support/status_matchers.h"

namespace causeway::codec {
namespace {

using absl::StatusCode;

// One code point, encoded by hand.
std::string Utf8(uint32_t c) {
  std::string out;
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
  return out;
}

TEST(Text, EveryCodePointIsTakenButControlsBidirectionalFormatsAndSurrogates) {
  const auto forbidden = [](uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || (c >= 0xd800 && c <= 0xdfff);
  };
  for (uint32_t c = 0; c <= 0x10ffff; ++c) {
    ASSERT_EQ(CheckText("a" + Utf8(c) + "b").ok(), !forbidden(c)) << std::hex << c;
  }
}

TEST(Text, MalformedUtf8IsRefused) {
  const char* const malformed[] = {"\x80",
                                   "\xc0\xaf",
                                   "\xc1\xbf",
                                   "\xc3",
                                   "\xc3(",
                                   "\xe0\x9f\xbf",
                                   "\xe2\x82",
                                   "\xed\xa0\x80",
                                   "\xf0\x8f\xbf\xbf",
                                   "\xf4\x90\x80\x80",
                                   "\xf5\x80\x80\x80",
                                   "\xf8\x88\x80\x80\x80",
                                   "\xfe",
                                   "\xf0\x9f\x8f"};
  for (const char* text : malformed) {
    EXPECT_THAT(CheckText(text), StatusIs(StatusCode::kInvalidArgument, "not valid UTF-8")) << text;
  }
}

}  // namespace
}  // namespace causeway::codec
