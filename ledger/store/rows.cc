// SPDX-License-Identifier: Apache-2.0

#include "ledger/store/rows.h"

#include <algorithm>
#include <utility>

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"

namespace causeway::store {
namespace {

// Keys of one batch of look-ups.
constexpr size_t kLookupBatch = 256;

struct Change {
  state::StateKeyRef key;
  Height height;
  const std::optional<std::string>* value;
};

// The changes of one key, ascending by height.
using KeyChanges = absl::Span<const Change>;

// All changes of the blocks, by key, then height.
std::vector<Change> SortedChanges(absl::Span<const state::HeightChanges> blocks) {
  std::vector<Change> changes;
  for (const state::HeightChanges& block : blocks) {
    for (const auto& [key, value] : *block.changes) changes.push_back({{key.table, key.key}, block.height, &value});
  }
  // Blocks come in ascending height, each in ascending order of keys, so a stable sort by key is all.
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return state::StateKeyLess()(a.key, b.key); });
  return changes;
}

std::vector<KeyChanges> ByKey(const std::vector<Change>& changes) {
  std::vector<KeyChanges> runs;
  for (size_t begin = 0; begin < changes.size();) {
    size_t end = begin + 1;
    while (end < changes.size() && !state::StateKeyLess()(changes[begin].key, changes[end].key)) ++end;
    runs.push_back(absl::MakeConstSpan(changes).subspan(begin, end - begin));
    begin = end;
  }
  return runs;
}

// The rows of one key of a table with versions. Returns how many versions.
uint64_t VersionedRows(uint64_t number, KeyChanges changes, const Newest& before, const RowSink& sink) {
  const state::StateKeyRef key = changes.front().key;
  const std::string row_key = StateRowKey(key.table, key.key);
  Newest newest = before;
  Link previous = Link::None();  // the one before newest, once there is a change
  const std::optional<std::string>* value = nullptr;
  uint64_t versions = 0;
  for (const Change& change : changes) {
    if (!*change.value && !newest.present) continue;
    std::optional<absl::string_view> bytes;
    if (*change.value) bytes = **change.value;
    sink(
        {Family::kVersions, VersionKey(number, key.table, key.key, change.height), EncodeVersion({newest.own, bytes})});
    previous = newest.own;
    newest = {{number, change.height.value()}, change.value->has_value()};
    value = change.value;
    ++versions;
  }
  if (versions == 0) return 0;
  if (newest.present) {
    sink({Family::kState, row_key, EncodeStateRow({newest.own, previous, **value})});
    if (!before.present && !before.own.is_none()) sink({Family::kGraves, row_key, std::nullopt});
  } else {
    sink({Family::kGraves, row_key, EncodeGrave(newest.own)});
    if (before.present) sink({Family::kState, row_key, std::nullopt});
  }
  return versions;
}

// The row of one key of a flat table. Returns whether the key is erased and its row remains for the next flush to
// remove.
bool FlatRow(KeyChanges changes, const std::optional<v1::FlatEntry>& before, const RowSink& sink) {
  const bool was_there = before && before->has_value();
  const std::optional<std::string>& value = *changes.back().value;
  if (!was_there && std::none_of(changes.begin(), changes.end(), [](const Change& c) { return c.value->has_value(); }))
    return false;
  v1::FlatEntry entry;
  entry.set_first_change_height(changes.front().height.value());
  entry.set_last_change_height(changes.back().height.value());
  if (value) entry.set_value(*value);
  if (was_there) entry.set_before(before->value());
  const state::StateKeyRef key = changes.front().key;
  sink({Family::kFlat, StateRowKey(key.table, key.key), codec::SerializeCanonical(entry)});
  return !value.has_value();
}

}  // namespace

void FinalBlockRows(const FinalBlock& block, const RowSink& sink) {
  sink({Family::kBlocks, HeightKey(block.height), block.block});
  sink({Family::kHeaders, block.header_hash.ToString(), HeightKey(block.height)});
  if (block.certificate) sink({Family::kCertificates, HeightKey(block.height), *block.certificate});
  const auto receipt_rows = [&](const FinalReceipt& receipt, const Place& place) {
    sink({Family::kReceipts, ReceiptKey(place), receipt.receipt});
    for (size_t i = 0; i < receipt.results.size(); ++i) {
      sink({Family::kResults, ResultKey({place, static_cast<uint32_t>(i)}), receipt.results[i]});
    }
    if (place.lane == Lane::kTransaction)
      sink({Family::kTransactions, receipt.transaction_id.ToString(), ReceiptKey(place)});
    for (const SubjectEntry& entry : receipt.subjects)
      sink({Family::kSubjects, SubjectKey(entry.subject, {place, entry.operation}), ""});
    for (const RestrictedEntry& entry : receipt.restricted) {
      v1::StoredRestrictedRecord record;
      record.set_type(entry.type);
      record.set_record(entry.record);
      record.mutable_place()->set_height(place.height.value());
      record.mutable_place()->set_lane(static_cast<v1::ReceiptLane>(place.lane));
      record.mutable_place()->set_index(place.index);
      record.set_operation(entry.operation);
      sink({Family::kRestricted, entry.salted_hash.ToString(), codec::SerializeCanonical(record)});
    }
  };
  for (size_t i = 0; i < block.transactions.size(); ++i) {
    receipt_rows(block.transactions[i], {block.height, Lane::kTransaction, static_cast<uint32_t>(i)});
  }
  for (size_t i = 0; i < block.due_work.size(); ++i) {
    receipt_rows(block.due_work[i], {block.height, Lane::kDueWork, static_cast<uint32_t>(i)});
  }
  for (const merkle::HistoryNode& node : block.history_nodes) {
    sink({Family::kHistory, HistoryKey(node.level, node.index), node.hash.ToString()});
  }
}

Row FinalMarkerRow(Height height, const Hash& header_hash) {
  v1::FinalMarker marker;
  marker.set_height(height.value());
  marker.set_header_hash(header_hash.ToString());
  return {Family::kMeta, kFinalKey, codec::SerializeCanonical(marker)};
}

absl::StatusOr<v1::Flush> FlushRows(uint64_t number, absl::Span<const state::HeightChanges> blocks,
                                    const std::optional<v1::Flush>& previous, BeforeFlush& before,
                                    const RowSink& sink) {
  CAUSEWAY_CHECK(!blocks.empty());
  v1::Flush flush;
  flush.set_number(number);
  flush.set_first_height(blocks.front().height.value());
  flush.set_last_height(blocks.back().height.value());

  // What the flush before erased from flat tables is removed first; a key that comes back below is written after that.
  if (previous) {
    for (const std::string& row_key : previous->erased_flat_keys()) {
      const state::StateKeyRef key = *ParseStateRowKey(row_key);
      CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<v1::FlatEntry> left, before.FlatOf(key));
      if (left && !left->has_value()) sink({Family::kFlat, row_key, std::nullopt});
    }
    v1::Flush done = *previous;
    done.clear_erased_flat_keys();
    sink({Family::kFlushes, FlushKey(done.number()), codec::SerializeCanonical(done)});
  }

  const std::vector<Change> changes = SortedChanges(blocks);
  const std::vector<KeyChanges> keys = ByKey(changes);
  uint64_t versions = 0;
  for (size_t begin = 0; begin < keys.size(); begin += kLookupBatch) {
    const absl::Span<const KeyChanges> batch = absl::MakeConstSpan(keys).subspan(begin, kLookupBatch);
    std::vector<state::StateKeyRef> versioned;
    for (const KeyChanges& key : batch) {
      if (!state::IsFlatTable(key.front().key.table)) versioned.push_back(key.front().key);
    }
    CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Newest> newest, before.NewestOf(versioned));
    size_t next = 0;
    for (const KeyChanges& key : batch) {
      if (!state::IsFlatTable(key.front().key.table)) {
        versions += VersionedRows(number, key, newest[next++], sink);
        continue;
      }
      CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<v1::FlatEntry> entry, before.FlatOf(key.front().key));
      if (FlatRow(key, entry, sink))
        flush.add_erased_flat_keys(StateRowKey(key.front().key.table, key.front().key.key));
    }
  }
  flush.set_versions(versions);
  sink({Family::kFlushes, FlushKey(number), codec::SerializeCanonical(flush)});
  return flush;
}

}  // namespace causeway::store
