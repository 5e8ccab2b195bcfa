// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/bytes.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace causeway {
namespace {

template <typename T>
void AppendBigEndian(std::string& out, T value) {
  for (int shift = static_cast<int>(sizeof(T) * 8) - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

template <typename T>
std::optional<T> TakeBigEndian(absl::string_view& in) {
  const std::optional<absl::string_view> bytes = TakeBytes(in, sizeof(T));
  if (!bytes) return std::nullopt;
  uint64_t value = 0;
  for (const char c : *bytes) value = value << 8 | static_cast<uint8_t>(c);
  return static_cast<T>(value);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string BytesToHex(absl::string_view bytes) {
  return absl::BytesToHexString(bytes);
}

std::optional<std::string> HexToBytes(absl::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexDigit(hex[i]);
    const int low = HexDigit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

std::string BytesToBase64(absl::string_view bytes) {
  return absl::Base64Escape(bytes);
}

std::optional<std::string> Base64ToBytes(absl::string_view text) {
  // absl skips white space and knows one alphabet per function; the alphabets are told apart by their own characters.
  bool web_safe = false;
  for (const char c : text) {
    if (c == '-' || c == '_') web_safe = true;
    const bool known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                       c == '/' || c == '-' || c == '_' || c == '=';
    if (!known) return std::nullopt;
  }
  std::string bytes;
  const bool ok = web_safe ? absl::WebSafeBase64Unescape(text, &bytes) : absl::Base64Unescape(text, &bytes);
  if (!ok) return std::nullopt;
  return bytes;
}

std::string Quoted(absl::string_view text) {
  constexpr size_t kShown = 60;
  return absl::StrCat("\"", absl::CEscape(text.substr(0, kShown)), text.size() > kShown ? "…" : "", "\"");
}

void AppendBigEndian16(std::string& out, uint16_t value) {
  AppendBigEndian(out, value);
}
void AppendBigEndian32(std::string& out, uint32_t value) {
  AppendBigEndian(out, value);
}
void AppendBigEndian64(std::string& out, uint64_t value) {
  AppendBigEndian(out, value);
}

std::optional<uint16_t> TakeBigEndian16(absl::string_view& in) {
  return TakeBigEndian<uint16_t>(in);
}
std::optional<uint32_t> TakeBigEndian32(absl::string_view& in) {
  return TakeBigEndian<uint32_t>(in);
}
std::optional<uint64_t> TakeBigEndian64(absl::string_view& in) {
  return TakeBigEndian<uint64_t>(in);
}

std::optional<absl::string_view> TakeBytes(absl::string_view& in, size_t count) {
  if (in.size() < count) return std::nullopt;
  const absl::string_view taken = in.substr(0, count);
  in.remove_prefix(count);
  return taken;
}

}  // namespace causeway
