// SPDX-License-Identifier: Apache-2.0
// Identifiers: the published ones with their check digits and code lists (ISIN, LEI, ISO 4217, ISO 3166), the ledger's
// own fixed-width byte strings, and counted positions (height, view, epoch). Each is a type of its own and converts to
// nothing silently.
//
// Invariants: an object of these types holds a valid identifier; there is no empty one.
// Determinism: the code lists are part of the rules. They are as at 2026-01-01 and change with a protocol version only.
#ifndef CAUSEWAY_LEDGER_BASE_IDENTIFIERS_H_
#define CAUSEWAY_LEDGER_BASE_IDENTIFIERS_H_

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"

namespace causeway {

// ---- Byte strings of a fixed length ----

// N bytes with a meaning. Ordered as bytes.
template <typename Tag, size_t N>
class FixedBytes {
 public:
  static constexpr size_t kSize = N;

  FixedBytes() = delete;  // No default value that means something: say Zero().
  static constexpr FixedBytes Zero() { return FixedBytes(std::array<uint8_t, N>{}); }
  explicit constexpr FixedBytes(const std::array<uint8_t, N>& bytes) : bytes_(bytes) {}

  // Nothing unless there are exactly N bytes.
  static std::optional<FixedBytes> FromBytes(absl::string_view bytes) {
    if (bytes.size() != N) return std::nullopt;
    std::array<uint8_t, N> array;
    std::transform(bytes.begin(), bytes.end(), array.begin(), [](char c) { return static_cast<uint8_t>(c); });
    return FixedBytes(array);
  }
  // Nothing unless the text is exactly 2 N lower-case hexadecimal digits.
  static std::optional<FixedBytes> FromHex(absl::string_view hex) {
    const std::optional<std::string> bytes = HexToBytes(hex);
    return bytes ? FromBytes(*bytes) : std::nullopt;
  }

  // A view of the N bytes; lives as long as this object.
  absl::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), N}; }
  const uint8_t* data() const { return bytes_.data(); }
  constexpr const std::array<uint8_t, N>& array() const { return bytes_; }
  static constexpr size_t size() { return N; }
  std::string ToString() const { return std::string(bytes().data(), N); }
  std::string ToHex() const { return BytesToHex(bytes()); }
  bool IsZero() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t b) { return b == 0; });
  }

  friend constexpr auto operator<=>(const FixedBytes&, const FixedBytes&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const FixedBytes& value) {
    return H::combine_contiguous(std::move(h), value.bytes_.data(), N);
  }
  friend std::ostream& operator<<(std::ostream& out, const FixedBytes& value) { return out << value.ToHex(); }

 private:
  std::array<uint8_t, N> bytes_;
};

using AccountId = FixedBytes<struct AccountIdTag, 16>;
using HoldId = FixedBytes<struct HoldIdTag, 16>;
using OrderId = FixedBytes<struct OrderIdTag, 16>;
using InstructionId = FixedBytes<struct InstructionIdTag, 16>;
using OfficerId = FixedBytes<struct OfficerIdTag, 16>;
using CaseId = FixedBytes<struct CaseIdTag, 16>;
// What a client calls its transaction; unique within its party until the transaction's validity has passed.
using ClientTransactionId = FixedBytes<struct ClientTransactionIdTag, 16>;
// A SHA-256 value: roots, header hashes, transaction ids, chain ids.
using Hash = FixedBytes<struct HashTag, 32>;
// SHA-256 over domain tag, algorithm and public key (ledger/crypto).
using KeyId = FixedBytes<struct KeyIdTag, 32>;

// ---- Counted positions ----

template <typename Tag>
class StrongInteger {
 public:
  StrongInteger() = delete;
  explicit constexpr StrongInteger(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const { return value_; }
  // The one after; the last of 2^64 has none (checked).
  StrongInteger Next() const {
    CAUSEWAY_CHECK(value_ < std::numeric_limits<uint64_t>::max(), "counter exhausted");
    return StrongInteger(value_ + 1);
  }
  // The one before; zero has none (checked).
  StrongInteger Previous() const {
    CAUSEWAY_CHECK(value_ > 0, "nothing precedes zero");
    return StrongInteger(value_ - 1);
  }
  friend constexpr auto operator<=>(StrongInteger, StrongInteger) = default;
  template <typename H>
  friend H AbslHashValue(H h, StrongInteger integer) {
    return H::combine(std::move(h), integer.value_);
  }
  friend std::ostream& operator<<(std::ostream& out, StrongInteger integer) { return out << integer.value_; }

 private:
  uint64_t value_;
};

// A block's place in the chain; genesis is 0.
using Height = StrongInteger<struct HeightTag>;
// An attempt of consensus to agree on a block; counted over the epoch.
using View = StrongInteger<struct ViewTag>;
// A span of heights with one validator set.
using Epoch = StrongInteger<struct EpochTag>;

// ---- Published identifiers ----

// N characters of text that passed the identifier's own check.
template <typename Tag, size_t N>
class CodeText {
 public:
  static constexpr size_t kSize = N;
  CodeText() = delete;
  // Lives as long as this object.
  absl::string_view text() const { return {text_.data(), N}; }
  std::string ToString() const { return std::string(text_.data(), N); }
  friend constexpr auto operator<=>(const CodeText&, const CodeText&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const CodeText& code) {
    return H::combine_contiguous(std::move(h), code.text_.data(), N);
  }
  friend std::ostream& operator<<(std::ostream& out, const CodeText& code) { return out << code.ToString(); }

 protected:
  explicit CodeText(absl::string_view text) {
    CAUSEWAY_CHECK(text.size() == N);
    std::copy(text.begin(), text.end(), text_.begin());
  }

 private:
  std::array<char, N> text_;
};

// ISO 6166: two letters of country or region, nine letters or digits, one check digit ("modulus 10 double-add-double").
class Isin : public CodeText<struct IsinTag, 12> {
 public:
  // InvalidArgument that quotes the text and says what is wrong (length, character and its place, check digit and what
  // it ought to be).
  static absl::StatusOr<Isin> Parse(absl::string_view text);
  // The check digit for eleven valid characters; nothing for anything else. For generators of test data.
  static std::optional<char> CheckDigit(absl::string_view eleven);

 private:
  using CodeText::CodeText;
};

// ISO 17442: eighteen letters or digits, two check digits (ISO/IEC 7064, MOD 97-10). Upper case only.
class Lei : public CodeText<struct LeiTag, 20> {
 public:
  static absl::StatusOr<Lei> Parse(absl::string_view text);
  // The two check digits for eighteen valid characters; nothing for anything else.
  static std::optional<std::string> CheckDigits(absl::string_view eighteen);

 private:
  using CodeText::CodeText;
};

// ISO 4217, active codes that have a minor unit (so neither precious metals nor test codes).
class CurrencyCode : public CodeText<struct CurrencyCodeTag, 3> {
 public:
  static absl::StatusOr<CurrencyCode> Parse(absl::string_view text);
  // Decimals of the minor unit: JPY 0, EUR 2, KWD 3.
  int decimals() const;

 private:
  using CodeText::CodeText;
};

// ISO 3166-1 alpha-2, officially assigned codes.
class CountryCode : public CodeText<struct CountryCodeTag, 2> {
 public:
  static absl::StatusOr<CountryCode> Parse(absl::string_view text);

 private:
  using CodeText::CodeText;
};

// What the ledger calls an instrument: 1 to 12 characters of A-Z, 0-9 and '.', an ISIN for share classes,
// "SGD.MERIDIAN" for cash tokens. In keys it is padded with zero bytes to 12, which keeps the order of the texts.
class InstrumentId {
 public:
  static constexpr size_t kSize = 12;
  InstrumentId() = delete;
  static absl::StatusOr<InstrumentId> Parse(absl::string_view text);
  // From the 12 padded bytes; nothing unless they are what padded() gives for some id.
  static std::optional<InstrumentId> FromPadded(absl::string_view bytes);

  // Live as long as this object.
  absl::string_view text() const { return {bytes_.data(), length_}; }
  absl::string_view padded() const { return {bytes_.data(), kSize}; }
  std::string ToString() const { return std::string(bytes_.data(), length_); }

  friend constexpr bool operator==(const InstrumentId& a, const InstrumentId& b) { return a.bytes_ == b.bytes_; }
  friend constexpr auto operator<=>(const InstrumentId& a, const InstrumentId& b) { return a.bytes_ <=> b.bytes_; }
  template <typename H>
  friend H AbslHashValue(H h, const InstrumentId& id) {
    return H::combine_contiguous(std::move(h), id.bytes_.data(), kSize);
  }
  friend std::ostream& operator<<(std::ostream& out, const InstrumentId& id) { return out << id.ToString(); }

 private:
  InstrumentId(const std::array<char, kSize>& bytes, size_t length) : bytes_(bytes), length_(length) {}
  std::array<char, kSize> bytes_;
  size_t length_;
};

}  // namespace causeway

#endif  // CAUSEWAY_LEDGER_BASE_IDENTIFIERS_H_
