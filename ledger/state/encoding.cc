// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/encoding.h"

#include <limits>

#include "ledger/base/bytes.h"

namespace causeway::state {

void KeyCodec<std::string>::Put(const std::string& value, std::string* out) {
  for (const char c : value) {
    out->push_back(c);
    if (c == '\0') out->push_back('\xff');
  }
  out->append(2, '\0');
}

std::optional<std::string> KeyCodec<std::string>::Take(absl::string_view* rest) {
  std::string value;
  for (size_t i = 0; i < rest->size(); ++i) {
    const char c = (*rest)[i];
    if (c != '\0') {
      value.push_back(c);
      continue;
    }
    if (++i == rest->size()) return std::nullopt;
    if ((*rest)[i] == '\xff') {
      value.push_back('\0');
      continue;
    }
    if ((*rest)[i] != '\0') return std::nullopt;
    rest->remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

void KeyCodec<InstrumentId>::Put(const InstrumentId& value, std::string* out) {
  const absl::string_view padded = value.padded();
  out->append(padded.data(), padded.size());
}

std::optional<InstrumentId> KeyCodec<InstrumentId>::Take(absl::string_view* rest) {
  if (rest->size() < InstrumentId::kSize) return std::nullopt;
  std::optional<InstrumentId> value = InstrumentId::FromPadded(rest->substr(0, InstrumentId::kSize));
  rest->remove_prefix(InstrumentId::kSize);
  return value;
}

void KeyCodec<Instant>::Put(const Instant& value, std::string* out) {
  AppendBigEndian64(*out, value.micros());
}

std::optional<Instant> KeyCodec<Instant>::Take(absl::string_view* rest) {
  const std::optional<uint64_t> micros = TakeBigEndian64(*rest);
  if (!micros) return std::nullopt;
  return Instant::FromMicros(*micros);
}

std::optional<std::string> PrefixEnd(absl::string_view prefix) {
  std::string end(prefix.data(), prefix.size());
  while (!end.empty() && static_cast<uint8_t>(end.back()) == std::numeric_limits<uint8_t>::max()) end.pop_back();
  if (end.empty()) return std::nullopt;
  end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

}  // namespace causeway::state
