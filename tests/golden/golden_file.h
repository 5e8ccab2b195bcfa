// SPDX-License-Identifier: Apache-2.0
// A recorded chain: the canonical bytes of its genesis, its confidentiality key, and the canonical bytes of its blocks
// from height 1 on, each after its length as four bytes, big-endian.
#ifndef CAUSEWAY_TESTS_GOLDEN_GOLDEN_FILE_H_
#define CAUSEWAY_TESTS_GOLDEN_GOLDEN_FILE_H_

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "ledger/base/bytes.h"

namespace causeway::testing {

struct GoldenChain {
  std::string genesis;
  std::string confidentiality_key;
  std::vector<std::string> blocks;
};

inline std::string EncodeGolden(const GoldenChain& chain) {
  std::string bytes;
  const auto append = [&](const std::string& record) {
    AppendBigEndian32(bytes, static_cast<uint32_t>(record.size()));
    bytes += record;
  };
  append(chain.genesis);
  append(chain.confidentiality_key);
  for (const std::string& block : chain.blocks) append(block);
  return bytes;
}

// Nothing where the bytes are not such a file.
inline std::optional<GoldenChain> DecodeGolden(absl::string_view bytes) {
  std::vector<std::string> records;
  while (!bytes.empty()) {
    const std::optional<uint32_t> size = TakeBigEndian32(bytes);
    if (!size) return std::nullopt;
    const std::optional<absl::string_view> record = TakeBytes(bytes, *size);
    if (!record) return std::nullopt;
    records.emplace_back(*record);
  }
  if (records.size() < 3) return std::nullopt;
  GoldenChain chain{records[0], records[1], {}};
  chain.blocks.assign(records.begin() + 2, records.end());
  return chain;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_GOLDEN_GOLDEN_FILE_H_
