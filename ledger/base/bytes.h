// SPDX-License-Identifier: Apache-2.0
// Byte strings as text (hexadecimal, base64) and numbers as byte strings (most significant byte first, so that their
// order as bytes is their order as numbers). A byte string is a std::string, as protobuf's is.
#ifndef CAUSEWAY_LEDGER_BASE_BYTES_H_
#define CAUSEWAY_LEDGER_BASE_BYTES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway {

// Lower-case hexadecimal.
std::string BytesToHex(absl::string_view bytes);
// Nothing unless the text is an even number of lower-case hexadecimal digits: one text per value.
std::optional<std::string> HexToBytes(absl::string_view hex);

// RFC 4648 base64 with padding. Reading also takes the URL-safe alphabet and missing padding, as proto3 JSON does, and
// nothing else.
std::string BytesToBase64(absl::string_view bytes);
std::optional<std::string> Base64ToBytes(absl::string_view text);

// The text as messages show it: escaped, in quotation marks, and cut when long, since it may come from anywhere.
std::string Quoted(absl::string_view text);

// Appends 2, 4 or 8 bytes, most significant first.
void AppendBigEndian16(std::string& out, uint16_t value);
void AppendBigEndian32(std::string& out, uint32_t value);
void AppendBigEndian64(std::string& out, uint64_t value);

// Takes 2, 4 or 8 bytes off the front of `in`; nothing, and `in` unchanged, when there are fewer.
std::optional<uint16_t> TakeBigEndian16(absl::string_view& in);
std::optional<uint32_t> TakeBigEndian32(absl::string_view& in);
std::optional<uint64_t> TakeBigEndian64(absl::string_view& in);
// Takes `count` bytes off the front of `in`; nothing, and `in` unchanged, when there are fewer.
std::optional<absl::string_view> TakeBytes(absl::string_view& in, size_t count);

}  // namespace causeway

#endif  // CAUSEWAY_LEDGER_BASE_BYTES_H_
