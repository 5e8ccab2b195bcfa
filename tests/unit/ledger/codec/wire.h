// SPDX-License-Identifier: Apache-2.0
// Wire bytes written by hand, so that a test can write what no serializer would.
#ifndef CAUSEWAY_TESTS_UNIT_LEDGER_CODEC_WIRE_H_
#define CAUSEWAY_TESTS_UNIT_LEDGER_CODEC_WIRE_H_

#include <cstdint>
#include <string>

namespace causeway::codec {

inline std::string Varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
  return out;
}
inline std::string Tag(uint32_t number, uint32_t wire_type) {
  return Varint(uint64_t{number} << 3 | wire_type);
}
inline std::string Number(uint32_t number, uint64_t value) {
  return Tag(number, 0) + Varint(value);
}
inline std::string Delimited(uint32_t number, const std::string& payload) {
  return Tag(number, 2) + Varint(payload.size()) + payload;
}

}  // namespace causeway::codec

#endif  // CAUSEWAY_TESTS_UNIT_LEDGER_CODEC_WIRE_H_
