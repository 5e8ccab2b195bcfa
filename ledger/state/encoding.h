// SPDX-License-Identifier: Apache-2.0
//
// How typed keys and records become bytes.
//
// A key's bytes sort as the key does, and a tuple's bytes begin with the bytes of its leading members, so a prefix of a
// tuple is a range. Members:
//   uint8, uint16, uint32, uint64, strong integers, Instant   big-endian, fixed width
//   bool                                                      one byte, 0 or 1
//   fixed byte ids (AccountId, OrderId, Hash, …)              their bytes
//   InstrumentId                                              12 bytes, zero-padded
//   std::string                                               each 0x00 as 0x00 0xff, ended by 0x00 0x00
// A record is either a protobuf message (canonical bytes) or a fixed-width struct that specialises RecordCodec (hot
// records: balances).

#ifndef CAUSEWAY_LEDGER_STATE_ENCODING_H_
#define CAUSEWAY_LEDGER_STATE_ENCODING_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/codec/encode.h"

namespace causeway::state {

// Specialise for each member type: `static void Put(const T&, std::string*)`, `static std::optional<T>
// Take(absl::string_view* rest)`.
template <class T>
struct KeyCodec;

template <class T>
requires std::unsigned_integral<T>
struct KeyCodec<T> {
  static void Put(T value, std::string* out) {
    for (int shift = 8 * static_cast<int>(sizeof(T)) - 8; shift >= 0; shift -= 8)
      out->push_back(static_cast<char>(static_cast<uint8_t>(static_cast<uint64_t>(value) >> shift)));
  }
  static std::optional<T> Take(absl::string_view* rest) {
    if (rest->size() < sizeof(T)) return std::nullopt;
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>((*rest)[i]);
    if constexpr (std::is_same_v<T, bool>) {
      if (value > 1) return std::nullopt;
    }
    rest->remove_prefix(sizeof(T));
    return static_cast<T>(value);
  }
};

template <>
struct KeyCodec<std::string> {
  static void Put(const std::string& value, std::string* out);
  static std::optional<std::string> Take(absl::string_view* rest);
};

template <>
struct KeyCodec<InstrumentId> {
  static void Put(const InstrumentId& value, std::string* out);
  static std::optional<InstrumentId> Take(absl::string_view* rest);
};

template <>
struct KeyCodec<Instant> {
  static void Put(const Instant& value, std::string* out);
  static std::optional<Instant> Take(absl::string_view* rest);
};

template <class Tag>
struct KeyCodec<StrongInteger<Tag>> {
  static void Put(const StrongInteger<Tag>& value, std::string* out) { KeyCodec<uint64_t>::Put(value.value(), out); }
  static std::optional<StrongInteger<Tag>> Take(absl::string_view* rest) {
    const std::optional<uint64_t> value = KeyCodec<uint64_t>::Take(rest);
    if (!value) return std::nullopt;
    return StrongInteger<Tag>(*value);
  }
};

template <class Tag, size_t N>
struct KeyCodec<FixedBytes<Tag, N>> {
  static void Put(const FixedBytes<Tag, N>& value, std::string* out) {
    const absl::string_view bytes = value.bytes();
    out->append(bytes.data(), bytes.size());
  }
  static std::optional<FixedBytes<Tag, N>> Take(absl::string_view* rest) {
    if (rest->size() < N) return std::nullopt;
    std::optional<FixedBytes<Tag, N>> value = FixedBytes<Tag, N>::FromBytes(rest->substr(0, N));
    rest->remove_prefix(N);
    return value;
  }
};

template <class... Ts>
struct KeyCodec<std::tuple<Ts...>> {
  static void Put(const std::tuple<Ts...>& value, std::string* out) {
    std::apply([&](const Ts&... member) { (KeyCodec<Ts>::Put(member, out), ...); }, value);
  }
  static std::optional<std::tuple<Ts...>> Take(absl::string_view* rest) {
    std::tuple<std::optional<Ts>...> members{KeyCodec<Ts>::Take(rest)...};  // braces: left to right
    return std::apply(
        [](auto&... member) -> std::optional<std::tuple<Ts...>> {
          if (!(member.has_value() && ...)) return std::nullopt;
          return std::tuple<Ts...>{*std::move(member)...};
        },
        members);
  }
};

template <>
struct KeyCodec<std::tuple<>> {
  static void Put(const std::tuple<>&, std::string*) {}
  static std::optional<std::tuple<>> Take(absl::string_view*) { return std::tuple<>{}; }
};

template <class Key>
std::string EncodeKey(const Key& key) {
  std::string out;
  KeyCodec<Key>::Put(key, &out);
  return out;
}

// Nothing where the bytes are not exactly one key.
template <class Key>
std::optional<Key> DecodeKey(absl::string_view bytes) {
  std::optional<Key> key = KeyCodec<Key>::Take(&bytes);
  if (!bytes.empty()) return std::nullopt;
  return key;
}

// The first byte string after all that begin with `prefix`; nothing where there is none.
std::optional<std::string> PrefixEnd(absl::string_view prefix);

// Specialise for fixed-width structs: `static std::string Encode(const R&)`, `static std::optional<R>
// Decode(absl::string_view)`.
template <class Record>
struct RecordCodec;

template <class Record>
requires std::derived_from<Record, google::protobuf::Message>
struct RecordCodec<Record> {
  static std::string Encode(const Record& record) { return codec::SerializeCanonical(record); }
  static std::optional<Record> Decode(absl::string_view bytes) {
    Record record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
    return record;
  }
};

template <class Record>
std::string EncodeRecord(const Record& record) {
  return RecordCodec<Record>::Encode(record);
}

template <class Record>
std::optional<Record> DecodeRecord(absl::string_view bytes) {
  return RecordCodec<Record>::Decode(bytes);
}

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_STATE_ENCODING_H_
