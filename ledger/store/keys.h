// SPDX-License-Identifier: Apache-2.0
//
// The store's layout, format version 1: families and the grammar of their keys and values.
//
//   family        key                                                          value
//   meta          "identity"                                                   StoreIdentity
//                 "final"                                                      FinalMarker
//                 "floor"                                                      view of the last finalization, decimal;
//                                                                              empty after genesis alone
//   blocks        height                                                       Block, canonical bytes
//   headers       header hash (32)                                             height
//   certificates  height                                                       finalization, canonical bytes
//   receipts      height lane (1) index (4)                                    Receipt or SystemReceipt, canonical
//   bytes results       height lane (1) index (4) operation (4)                      OperationResult, canonical bytes
//   transactions  transaction id (32)                                          height lane (1) index (4)
//   subjects      length (2) subject height lane (1) index (4) operation (4)   empty
//   history       level (1) index (8)                                          hash (32)
//   restricted    salted hash (32)                                             StoredRestrictedRecord
//   flushes       number (8)                                                   Flush
//   state         table (2) key                                                own link, previous link, value
//   graves        table (2) key                                                own link: the version that erased the
//   key versions      flush (8) table (2) key height                               0 or 1 (1), previous link, value
//   (where 1) flat          table (2) key                                                FlatEntry
//
//   height = 8 bytes; link = flush (8) height (8), all ones where there is none; all numbers big-endian.
//
// Every change of a key of a table that is not flat is one version, for ever; `state` repeats the newest one of each
// key that is there, and `graves` points to the newest one of each key that is not there any more. A version's previous
// link names the version before it. A flush covers a run of heights, so a height tells its flush.
//
// Written by: one batch a final block writes meta/final, meta/floor and blocks to restricted; one batch a flush writes
// flushes, state, graves, versions and flat. The flushed height is the last flush's last height.

#ifndef CAUSEWAY_LEDGER_STORE_KEYS_H_
#define CAUSEWAY_LEDGER_STORE_KEYS_H_

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"
#include "ledger/state/view.h"
#include "ledger/store/final_block.h"

namespace causeway::store {

inline constexpr uint32_t kFormatVersion = 1;

enum class Family : uint8_t {
  kMeta,
  kBlocks,
  kHeaders,
  kCertificates,
  kReceipts,
  kResults,
  kTransactions,
  kSubjects,
  kHistory,
  kRestricted,
  kFlushes,
  kState,
  kGraves,
  kVersions,
  kFlat,
};
inline constexpr size_t kFamilyCount = 15;
// All of them, in the order of their numbers.
const std::array<Family, kFamilyCount>& AllFamilies();
// "receipts": what RocksDB, the audit and people call it.
const char* FamilyName(Family family);

inline constexpr char kIdentityKey[] = "identity";
inline constexpr char kFinalKey[] = "final";
inline constexpr char kFloorKey[] = "floor";

// A version's place: the flush that wrote it, and the height that it is of.
struct Link {
  uint64_t flush;
  uint64_t height;
  static constexpr Link None() { return {std::numeric_limits<uint64_t>::max(), std::numeric_limits<uint64_t>::max()}; }
  bool is_none() const { return *this == None(); }
  friend bool operator==(const Link&, const Link&) = default;
};

// --- Keys ---
std::string HeightKey(Height height);
std::string ReceiptKey(const Place& place);
std::string ResultKey(const ResultPlace& place);
std::string SubjectKey(absl::string_view subject, const ResultPlace& place);
// What all keys of a subject begin with.
std::string SubjectPrefix(absl::string_view subject);
std::string HistoryKey(uint32_t level, uint64_t index);
std::string FlushKey(uint64_t number);
std::string StateRowKey(state::TableId table, absl::string_view key);
std::string VersionKey(uint64_t flush, state::TableId table, absl::string_view key, Height height);

// Nothing where the bytes are not such a key.
std::optional<Height> ParseHeightKey(absl::string_view bytes);
std::optional<Place> ParseReceiptKey(absl::string_view bytes);
std::optional<ResultPlace> ParseResultKey(absl::string_view bytes);
struct SubjectRow {
  std::string subject;
  ResultPlace place;
};
std::optional<SubjectRow> ParseSubjectKey(absl::string_view bytes);
std::optional<state::StateKeyRef> ParseStateRowKey(absl::string_view bytes);
struct VersionRow {
  uint64_t flush;
  state::StateKeyRef key;
  uint64_t height;
};
std::optional<VersionRow> ParseVersionKey(absl::string_view bytes);

// --- Values ---
struct StateRowValue {
  Link own;
  Link previous;
  absl::string_view value;
};
std::string EncodeStateRow(const StateRowValue& row);
std::optional<StateRowValue> ParseStateRow(absl::string_view bytes);

struct VersionValue {
  Link previous;
  // Nothing where this version erased the key.
  std::optional<absl::string_view> value;
};
std::string EncodeVersion(const VersionValue& version);
std::optional<VersionValue> ParseVersion(absl::string_view bytes);

std::string EncodeGrave(const Link& own);
std::optional<Link> ParseGrave(absl::string_view bytes);

// No key of ours is longer.
inline constexpr size_t kToldKeyBytes = 512;
// A key of a family as people read it: "height 12, transaction 3", "table 49, key 00ff…"; of bytes that are none, the
// bytes in hexadecimal, and of too many, the beginning. For reports.
std::string DescribeKey(Family family, absl::string_view key);
// DataLoss: the row's key or value is none that this version writes.
absl::Status Malformed(Family family, absl::string_view key);
// The height that a key speaks of, where it speaks of one.
std::optional<Height> HeightOfKey(Family family, absl::string_view key);

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_KEYS_H_
