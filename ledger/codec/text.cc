// SPDX-License-Identifier: Apache-2.0
// What text may hold: UTF-8 as RFC 3629 has it, without characters that hide or reorder what a person reads.
#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

#include "ledger/codec/canonical.h"

namespace causeway::codec {
namespace {

constexpr uint32_t kInvalid = 0xffffffff;

bool IsForbidden(uint32_t code_point) {
  const bool control = code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
  const bool bidirectional = code_point == 0x061c || code_point == 0x200e || code_point == 0x200f ||
                             (code_point >= 0x202a && code_point <= 0x202e) ||
                             (code_point >= 0x2066 && code_point <= 0x2069);
  return control || bidirectional;
}

// Takes one code point of more than one byte off `text` at `at`; kInvalid for what RFC 3629 excludes: overlong forms,
// surrogates, code points above U+10FFFF, stray and missing continuation bytes.
uint32_t TakeCodePoint(absl::string_view text, size_t& at) {
  const auto lead = static_cast<uint8_t>(text[at]);
  size_t length = 0;
  uint32_t code_point = 0;
  uint32_t smallest = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
    code_point = lead & 0x1f;
    smallest = 0x80;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    code_point = lead & 0x0f;
    smallest = 0x800;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    code_point = lead & 0x07;
    smallest = 0x10000;
  } else {
    return kInvalid;
  }
  if (text.size() - at < length) return kInvalid;
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<uint8_t>(text[at + i]);
    if ((next & 0xc0) != 0x80) return kInvalid;
    code_point = code_point << 6 | (next & 0x3f);
  }
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < smallest || code_point > 0x10ffff || surrogate) return kInvalid;
  at += length;
  return code_point;
}

}  // namespace

absl::Status CheckText(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte >= 0x20 && byte < 0x7f) {
      ++at;
      continue;
    }
    const size_t start = at;
    const uint32_t code_point = byte < 0x80 ? byte : TakeCodePoint(text, at);
    if (code_point == kInvalid) {
      return absl::InvalidArgumentError(absl::StrCat("text is not valid UTF-8 (at byte ", start + 1, ")"));
    }
    if (IsForbidden(code_point)) {
      return absl::InvalidArgumentError(absl::StrCat("text holds the control or bidirectional-format character U+",
                                                     absl::Hex(code_point, absl::kZeroPad4), " (at byte ", start + 1,
                                                     ")"));
    }
  }
  return absl::OkStatus();
}

bool IsIdentifierText(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
}

}  // namespace causeway::codec
