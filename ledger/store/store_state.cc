// SPDX-License-Identifier: Apache-2.0
//
// The state as at a height.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/store/store_impl.h"

namespace causeway::store {
namespace {

using Value = std::optional<std::string>;
using state::TableId;

// Links followed before the flushes are also searched from the other side.
constexpr int kStepsAlone = 4;

// Walks a family's rows of one table in a range.
class RowCursor {
 public:
  RowCursor(const Database& database, Family family, const rocksdb::Snapshot* snapshot, TableId table,
            absl::string_view begin, std::optional<absl::string_view> end)
      : database_(database), family_(family), iterator_(database.NewIterator(family, snapshot)) {
    if (end) {
      end_ = StateRowKey(table, *end);
    } else {
      end_ = state::PrefixEnd(StateRowKey(table, ""));
    }
    iterator_->Seek(StateRowKey(table, begin));
  }
  bool Valid() const { return iterator_->Valid() && (!end_ || AsView(iterator_->key()) < *end_); }
  absl::string_view row_key() const { return AsView(iterator_->key()); }
  absl::string_view key() const { return row_key().substr(2); }
  absl::string_view value() const { return AsView(iterator_->value()); }
  void Next() { iterator_->Next(); }
  absl::Status status() const { return database_.AtEnd(*iterator_, family_); }

 private:
  const Database& database_;
  Family family_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::optional<std::string> end_;
};

}  // namespace

std::optional<uint64_t> Store::Impl::FlushOf(uint64_t height) const {
  const std::shared_lock lock(flushes_mutex_);
  const auto at =
      std::lower_bound(flushes_.begin(), flushes_.end(), height,
                       [](const v1::Flush& flush, uint64_t wanted) { return flush.last_height() < wanted; });
  if (at == flushes_.end()) return std::nullopt;
  return at->number();
}

absl::StatusOr<Store::Impl::Version> Store::Impl::GetVersion(TableId table, absl::string_view key, Link link,
                                                             const rocksdb::Snapshot* snapshot) const {
  const std::string version_key = VersionKey(link.flush, table, key, Height(link.height));
  CAUSEWAY_ASSIGN_OR_RETURN(const Value bytes, database_->Get(Family::kVersions, version_key, snapshot));
  if (!bytes)
    return absl::DataLossError(
        absl::StrCat("family versions, ", DescribeKey(Family::kVersions, version_key), " is missing"));
  const std::optional<VersionValue> version = ParseVersion(*bytes);
  if (!version) return Malformed(Family::kVersions, version_key);
  Version out{version->previous, std::nullopt};
  if (version->value) out.value = std::string(*version->value);
  return out;
}

absl::StatusOr<Value> Store::Impl::FollowTo(TableId table, absl::string_view key, Link from, Height height,
                                            const rocksdb::Snapshot* snapshot) const {
  // Two ways to the version wanted, taken in turn: back along the links, which is short for a key that changes seldom;
  // and forward through the flushes from the one that covers the height, which is short for a key that changes often:
  // the first version found there that is above the height links to it.
  std::unique_ptr<rocksdb::Iterator> forward;
  std::optional<uint64_t> flush = FlushOf(height.value());
  Link link = from;
  for (int step = 0;; ++step) {
    if (link.is_none()) return std::nullopt;
    CAUSEWAY_ASSIGN_OR_RETURN(Version version, GetVersion(table, key, link, snapshot));
    if (link.height <= height.value()) return std::move(version.value);
    if (!version.previous.is_none() && version.previous.height >= link.height) {
      return absl::DataLossError(absl::StrCat(
          "family versions, ", DescribeKey(Family::kVersions, VersionKey(link.flush, table, key, Height(link.height))),
          " links to a later one"));
    }
    link = version.previous;
    if (step < kStepsAlone || !flush || link.is_none() || *flush >= link.flush) continue;

    if (!forward) {
      forward = database_->NewIterator(Family::kVersions, snapshot);
      const std::string newest_wanted = VersionKey(*flush, table, key, height);
      forward->SeekForPrev(newest_wanted);
      CAUSEWAY_RETURN_IF_ERROR(database_->AtEnd(*forward, Family::kVersions));
      const size_t prefix = newest_wanted.size() - 8;
      if (forward->Valid() && forward->key().size() == newest_wanted.size() &&
          AsView(forward->key()).substr(0, prefix) == absl::string_view(newest_wanted).substr(0, prefix)) {
        const VersionRow found = *ParseVersionKey(AsView(forward->key()));
        link = {found.flush, found.height};
        continue;
      }
    }
    const std::string first_above = VersionKey(*flush, table, key, height);
    forward->Seek(first_above);
    CAUSEWAY_RETURN_IF_ERROR(database_->AtEnd(*forward, Family::kVersions));
    const size_t prefix = first_above.size() - 8;
    if (forward->Valid() && forward->key().size() == first_above.size() &&
        AsView(forward->key()).substr(0, prefix) == absl::string_view(first_above).substr(0, prefix)) {
      const std::optional<VersionValue> above = ParseVersion(AsView(forward->value()));
      if (!above) return Malformed(Family::kVersions, AsView(forward->key()));
      link = above->previous;
    }
    ++*flush;
  }
}

absl::StatusOr<Value> Store::Impl::GetVersioned(TableId table, absl::string_view key, Height height) const {
  const std::string row_key = StateRowKey(table, key);
  return Consistently([&](const rocksdb::Snapshot* snapshot, const Flushed& flushed) -> absl::StatusOr<Value> {
    if (!flushed.last) return std::nullopt;
    CAUSEWAY_ASSIGN_OR_RETURN(const Value row, database_->Get(Family::kState, row_key, snapshot));
    if (row) {
      const std::optional<StateRowValue> parsed = ParseStateRow(*row);
      if (!parsed) return Malformed(Family::kState, row_key);
      if (parsed->own.height <= height.value()) return std::string(parsed->value);
      return FollowTo(table, key, parsed->previous, height, snapshot);
    }
    if (height.value() >= *flushed.last) return std::nullopt;
    CAUSEWAY_ASSIGN_OR_RETURN(const Value grave, database_->Get(Family::kGraves, row_key, snapshot));
    if (!grave) return std::nullopt;
    const std::optional<Link> own = ParseGrave(*grave);
    if (!own) return Malformed(Family::kGraves, row_key);
    return FollowTo(table, key, *own, height, snapshot);
  });
}

absl::StatusOr<Value> Store::Impl::ResolveFlat(absl::string_view row_key, const Value& row, Height height,
                                               const Flushed& flushed) const {
  const auto not_kept = [&](uint64_t from) {
    return absl::FailedPreconditionError(absl::StrCat(DescribeKey(Family::kFlat, row_key),
                                                      " is kept as at recent heights only, and not as at ",
                                                      height.value(), "; from height ", from, " on it is"));
  };
  // What the flush before the last one erased is gone, so nothing can be said of heights before the last one began.
  const uint64_t oldest_absent = flushed.first && *flushed.first > 0 ? *flushed.first - 1 : 0;
  if (!row) {
    if (height.value() < oldest_absent) return not_kept(oldest_absent);
    return std::nullopt;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::FlatEntry entry, codec::ParseTrusted<v1::FlatEntry>(*row));
  if (height.value() >= entry.last_change_height()) return entry.has_value() ? Value(entry.value()) : std::nullopt;
  uint64_t flush_first = 0;
  {
    const std::shared_lock lock(flushes_mutex_);
    const auto at =
        std::lower_bound(flushes_.begin(), flushes_.end(), entry.last_change_height(),
                         [](const v1::Flush& flush, uint64_t wanted) { return flush.last_height() < wanted; });
    // A flush that is just being written is not in the list yet; it begins after all that are.
    if (at != flushes_.end()) {
      flush_first = at->first_height();
    } else if (!flushes_.empty()) {
      flush_first = flushes_.back().last_height() + 1;
    }
  }
  const bool before_known = height.value() + 1 >= flush_first && height.value() < entry.first_change_height();
  if (!before_known) return not_kept(entry.last_change_height());
  return entry.has_before() ? Value(entry.before()) : std::nullopt;
}

absl::StatusOr<Value> Store::Impl::GetFlat(TableId table, absl::string_view key, Height height) const {
  const std::string row_key = StateRowKey(table, key);
  return Consistently([&](const rocksdb::Snapshot* snapshot, const Flushed& flushed) -> absl::StatusOr<Value> {
    CAUSEWAY_ASSIGN_OR_RETURN(const Value row, database_->Get(Family::kFlat, row_key, snapshot));
    return ResolveFlat(row_key, row, height, flushed);
  });
}

absl::Status Store::Impl::ScanVersioned(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                                        Height height, const state::RawVisitor& visitor) const {
  rocksdb::ManagedSnapshot held(&database_->db());
  const rocksdb::Snapshot* const snapshot = held.snapshot();
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<v1::Flush> last, database_->LastFlush(snapshot));
  if (!last) return absl::OkStatus();
  RowCursor rows(*database_, Family::kState, snapshot, table, begin, end);
  std::optional<RowCursor> graves;  // keys that are gone now and may have been there then
  if (height.value() < last->last_height()) graves.emplace(*database_, Family::kGraves, snapshot, table, begin, end);

  while (rows.Valid() || (graves && graves->Valid())) {
    const bool from_graves = graves && graves->Valid() && (!rows.Valid() || graves->key() < rows.key());
    RowCursor& cursor = from_graves ? *graves : rows;
    const std::string key = std::string(cursor.key());
    Value value;
    if (from_graves) {
      const std::optional<Link> own = ParseGrave(cursor.value());
      if (!own) return Malformed(Family::kGraves, cursor.row_key());
      CAUSEWAY_ASSIGN_OR_RETURN(value, FollowTo(table, key, *own, height, snapshot));
    } else {
      const std::optional<StateRowValue> row = ParseStateRow(cursor.value());
      if (!row) return Malformed(Family::kState, cursor.row_key());
      if (row->own.height <= height.value()) {
        value = std::string(row->value);
      } else {
        CAUSEWAY_ASSIGN_OR_RETURN(value, FollowTo(table, key, row->previous, height, snapshot));
      }
    }
    if (value && !visitor(key, *value)) return absl::OkStatus();
    cursor.Next();
  }
  CAUSEWAY_RETURN_IF_ERROR(rows.status());
  return graves ? graves->status() : absl::OkStatus();
}

absl::Status Store::Impl::ScanFlat(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                                   Height height, const state::RawVisitor& visitor) const {
  rocksdb::ManagedSnapshot held(&database_->db());
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<v1::Flush> last, database_->LastFlush(held.snapshot()));
  if (!last) return absl::OkStatus();
  const Flushed flushed{last->first_height(), last->last_height()};
  // A key that is gone might have been in the range then.
  CAUSEWAY_RETURN_IF_ERROR(ResolveFlat(StateRowKey(table, begin), std::nullopt, height, flushed).status());
  RowCursor rows(*database_, Family::kFlat, held.snapshot(), table, begin, end);
  for (; rows.Valid(); rows.Next()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Value value,
                              ResolveFlat(rows.row_key(), std::string(rows.value()), height, flushed));
    if (value && !visitor(rows.key(), *value)) return absl::OkStatus();
  }
  return rows.status();
}

absl::StatusOr<Value> Store::GetStateAt(TableId table, absl::string_view key, Height height) const {
  return state::IsFlatTable(table) ? impl_->GetFlat(table, key, height) : impl_->GetVersioned(table, key, height);
}

absl::Status Store::ScanStateAt(TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                                Height height, const state::RawVisitor& visitor) const {
  if (end && *end <= begin) return absl::OkStatus();
  return state::IsFlatTable(table) ? impl_->ScanFlat(table, begin, end, height, visitor)
                                   : impl_->ScanVersioned(table, begin, end, height, visitor);
}

absl::Status Store::ScanState(
    absl::FunctionRef<bool(TableId, absl::string_view key, absl::string_view value)> visitor) const {
  rocksdb::ManagedSnapshot held(&impl_->database_->db());
  const std::unique_ptr<rocksdb::Iterator> rows = impl_->database_->NewIterator(Family::kState, held.snapshot());
  const std::unique_ptr<rocksdb::Iterator> flat = impl_->database_->NewIterator(Family::kFlat, held.snapshot());
  rows->SeekToFirst();
  flat->SeekToFirst();
  while (rows->Valid() || flat->Valid()) {
    const bool from_flat = flat->Valid() && (!rows->Valid() || flat->key().compare(rows->key()) < 0);
    rocksdb::Iterator& cursor = from_flat ? *flat : *rows;
    const Family family = from_flat ? Family::kFlat : Family::kState;
    const std::optional<state::StateKeyRef> key = ParseStateRowKey(AsView(cursor.key()));
    if (!key) return Malformed(family, AsView(cursor.key()));
    if (from_flat) {
      CAUSEWAY_ASSIGN_OR_RETURN(const v1::FlatEntry entry, codec::ParseTrusted<v1::FlatEntry>(AsView(cursor.value())));
      if (entry.has_value() && !visitor(key->table, key->key, entry.value())) return absl::OkStatus();
    } else {
      const std::optional<StateRowValue> row = ParseStateRow(AsView(cursor.value()));
      if (!row) return Malformed(family, AsView(cursor.key()));
      if (!visitor(key->table, key->key, row->value)) return absl::OkStatus();
    }
    cursor.Next();
  }
  CAUSEWAY_RETURN_IF_ERROR(impl_->database_->AtEnd(*rows, Family::kState));
  return impl_->database_->AtEnd(*flat, Family::kFlat);
}

absl::Status Store::ScanChanges(TableId table, absl::string_view key,
                                absl::FunctionRef<bool(Height, std::optional<absl::string_view> value)> visitor) const {
  if (state::IsFlatTable(table))
    return absl::FailedPreconditionError(absl::StrCat("table ", table, " has no versions"));
  rocksdb::ManagedSnapshot held(&impl_->database_->db());
  const std::string row_key = StateRowKey(table, key);
  Link link = Link::None();
  CAUSEWAY_ASSIGN_OR_RETURN(const Value row, impl_->database_->Get(Family::kState, row_key, held.snapshot()));
  CAUSEWAY_ASSIGN_OR_RETURN(const Value grave, impl_->database_->Get(Family::kGraves, row_key, held.snapshot()));
  if (row) {
    const std::optional<StateRowValue> parsed = ParseStateRow(*row);
    if (!parsed) return Malformed(Family::kState, row_key);
    link = parsed->own;
  } else if (grave) {
    const std::optional<Link> own = ParseGrave(*grave);
    if (!own) return Malformed(Family::kGraves, row_key);
    link = *own;
  }
  while (!link.is_none()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Impl::Version version, impl_->GetVersion(table, key, link, held.snapshot()));
    std::optional<absl::string_view> value;
    if (version.value) value = *version.value;
    if (!visitor(Height(link.height), value)) return absl::OkStatus();
    if (!version.previous.is_none() && version.previous.height >= link.height)
      return Malformed(Family::kState, row_key);
    link = version.previous;
  }
  return absl::OkStatus();
}

std::vector<v1::Flush> Store::Flushes() const {
  const std::shared_lock lock(impl_->flushes_mutex_);
  return impl_->flushes_;
}

}  // namespace causeway::store
