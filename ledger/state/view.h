// SPDX-License-Identifier: Apache-2.0
//
// What a contract reads and writes: typed tables over a view of the state.
//
// A Table<Key, Record> is a constexpr object declared beside its record. Reading takes a `const StateView&`, writing a
// `StateTransaction&`, so code that only reads cannot write. Transactions nest: a child sees its parent's values under
// its own, and folds into it or is dropped whole.
//
// Determinism: iteration is in ascending byte order of the encoded keys, which is the order of the typed keys.
// Errors: a value that cannot be read (disk, decoding) is thrown as HostFailure; only ledger/execution and the readers
// of node/api catch it. A contract never does: it would turn a host failure into a rejection, and replicas would
// diverge.

#ifndef CAUSEWAY_LEDGER_STATE_VIEW_H_
#define CAUSEWAY_LEDGER_STATE_VIEW_H_

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "ledger/state/encoding.h"

namespace causeway::state {

using TableId = uint16_t;

// A typed table. `id` is part of the state tree's key and never changes; `name` is what people see ("balances").
template <class Key, class Record>
struct Table {
  TableId id;
  const char* name;
};

// A table as the registry lists it, for naming what differs.
struct TableInfo {
  TableId id;
  const char* name;
};

template <class Key, class Record>
constexpr TableInfo InfoOf(const Table<Key, Record>& table) {
  return {table.id, table.name};
}

// The store could not answer. Carries what was tried and where.
class HostFailure : public std::exception {
 public:
  explicit HostFailure(absl::Status status) : status_(std::move(status)), what_(status_.ToString()) {}
  const absl::Status& status() const { return status_; }
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  absl::Status status_;
  std::string what_;
};

// Sees each (key bytes, value bytes) in order; returns false to stop.
using RawVisitor = std::function<bool(absl::string_view key, absl::string_view value)>;

class StateView {
 public:
  virtual ~StateView() = default;

  // The value stored under a key of a table, or nothing. Throws HostFailure.
  virtual std::optional<std::string> GetRaw(TableId table, absl::string_view key) const = 0;

  // Visits the keys k of a table with begin <= k, and k < end where end is given, in ascending order. Throws
  // HostFailure. The view must not change during the visit.
  virtual void ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                       const RawVisitor& visitor) const = 0;

  template <class Key, class Record>
  std::optional<Record> Get(const Table<Key, Record>& table, const Key& key) const {
    std::optional<std::string> bytes = GetRaw(table.id, EncodeKey(key));
    if (!bytes) return std::nullopt;
    return Decode<Record>(table, *bytes);
  }

  template <class Key, class Record>
  bool Has(const Table<Key, Record>& table, const Key& key) const {
    return GetRaw(table.id, EncodeKey(key)).has_value();
  }

  // Visits all records whose encoded key begins with the encoding of `prefix`: a leading part of a tuple key, or an
  // empty tuple for the whole table. `visit(const Key&, const Record&)` returns false to stop.
  template <class Key, class Record, class Prefix, class Visit>
  void ForEach(const Table<Key, Record>& table, const Prefix& prefix, Visit&& visit) const {
    const std::string begin = EncodeKey(prefix);
    const std::optional<std::string> end = PrefixEnd(begin);
    Range(table, begin, end, std::forward<Visit>(visit));
  }

  // As ForEach, but from `from` (inclusive, a whole key) to the end of the records that begin with `prefix`.
  template <class Key, class Record, class Prefix, class Visit>
  void ForEachFrom(const Table<Key, Record>& table, const Prefix& prefix, const Key& from, Visit&& visit) const {
    Range(table, EncodeKey(from), PrefixEnd(EncodeKey(prefix)), std::forward<Visit>(visit));
  }

 protected:
  template <class Record, class Key>
  static Record Decode(const Table<Key, Record>& table, absl::string_view bytes) {
    std::optional<Record> record = DecodeRecord<Record>(bytes);
    if (!record) throw HostFailure(absl::DataLossError(absl::StrCat("undecodable record in table ", table.name)));
    return *std::move(record);
  }

 private:
  template <class Key, class Record, class Visit>
  void Range(const Table<Key, Record>& table, absl::string_view begin, const std::optional<std::string>& end,
             Visit&& visit) const {
    std::optional<absl::string_view> end_view;
    if (end) end_view = *end;
    ScanRaw(table.id, begin, end_view, [&](absl::string_view key, absl::string_view value) {
      std::optional<Key> decoded = DecodeKey<Key>(key);
      if (!decoded) throw HostFailure(absl::DataLossError(absl::StrCat("undecodable key in table ", table.name)));
      return visit(*decoded, Decode<Record>(table, value));
    });
  }
};

// Where a change belongs.
struct StateKey {
  TableId table;
  std::string key;
  friend bool operator==(const StateKey&, const StateKey&) = default;
  friend auto operator<=>(const StateKey&, const StateKey&) = default;
};

// A StateKey that is looked for without being copied.
struct StateKeyRef {
  TableId table;
  absl::string_view key;
};

// Orders by (table, key); finds by StateKeyRef.
struct StateKeyLess {
  using is_transparent = void;
  static StateKeyRef Ref(const StateKey& key) { return {key.table, key.key}; }
  static StateKeyRef Ref(const StateKeyRef& key) { return key; }
  template <class A, class B>
  bool operator()(const A& left, const B& right) const {
    const StateKeyRef a = Ref(left), b = Ref(right);
    return a.table != b.table ? a.table < b.table : a.key < b.key;
  }
};

// What a layer changes: the new value, or nothing where the key is erased. Sorted by (table, key).
using Changes = std::map<StateKey, std::optional<std::string>, StateKeyLess>;

// A flat table is part of the stored state and of no tree, and has no versions: it is readable as at recent heights
// only. The ids of transactions that have not yet expired are kept so (ledger/execution/system_tables.h); a table of
// the tree commits to them.
constexpr bool IsFlatTable(TableId table) {
  return table == 1 || table == 4;
}

// An overlay over a view. Reads see its own changes over the parent's values; nothing reaches the parent until
// MergeInto.
//
// Thread safety: none. The parent must outlive the overlay and not change while it is read through.
class StateTransaction : public StateView {
 public:
  explicit StateTransaction(const StateView& parent) : parent_(parent) {}
  // Nests; it does not copy.
  explicit StateTransaction(StateTransaction& parent) : parent_(parent) {}
  StateTransaction(const StateTransaction&) = delete;
  StateTransaction& operator=(const StateTransaction&) = delete;

  std::optional<std::string> GetRaw(TableId table, absl::string_view key) const override;
  void ScanRaw(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
               const RawVisitor& visitor) const override;

  void PutRaw(TableId table, absl::string_view key, std::string value);
  void EraseRaw(TableId table, absl::string_view key);

  template <class Key, class Record>
  void Put(const Table<Key, Record>& table, const Key& key, const Record& record) {
    PutRaw(table.id, EncodeKey(key), EncodeRecord(record));
  }

  template <class Key, class Record>
  void Erase(const Table<Key, Record>& table, const Key& key) {
    EraseRaw(table.id, EncodeKey(key));
  }

  // This layer's own changes and what they hide.
  const Changes& changes() const { return changes_; }
  const StateView& parent() const { return parent_; }

  // Folds this layer's changes into `target` (its parent overlay) and empties it.
  void MergeInto(StateTransaction& target);
  // Drops this layer's changes.
  void Clear() { changes_.clear(); }

 private:
  const StateView& parent_;
  Changes changes_;
};

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_STATE_VIEW_H_
