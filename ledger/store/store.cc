// SPDX-License-Identifier: Apache-2.0
//
// What a store writes.

#include "ledger/store/store.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/store/store_impl.h"

namespace causeway::store {
namespace {

// Of protection carried with each row from here to the memory table.
constexpr size_t kProtectionBytes = 8;

// What the families hold, for FlushRows.
class BeforeFlushInStore : public BeforeFlush {
 public:
  explicit BeforeFlushInStore(const Database& database) : database_(database) {}

  absl::StatusOr<std::vector<Newest>> NewestOf(absl::Span<const state::StateKeyRef> keys) override {
    std::vector<std::string> row_keys;
    row_keys.reserve(keys.size());
    for (const state::StateKeyRef& key : keys) row_keys.push_back(StateRowKey(key.table, key.key));
    CAUSEWAY_ASSIGN_OR_RETURN(const auto rows, Lookup(Family::kState, row_keys));
    CAUSEWAY_ASSIGN_OR_RETURN(const auto graves, Lookup(Family::kGraves, row_keys));
    std::vector<Newest> newest(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (rows[i]) {
        const std::optional<StateRowValue> row = ParseStateRow(*rows[i]);
        if (!row || graves[i]) return Malformed(Family::kState, row_keys[i]);
        newest[i] = {row->own, true};
      } else if (graves[i]) {
        const std::optional<Link> own = ParseGrave(*graves[i]);
        if (!own) return Malformed(Family::kGraves, row_keys[i]);
        newest[i] = {*own, false};
      }
    }
    return newest;
  }

  absl::StatusOr<std::optional<v1::FlatEntry>> FlatOf(const state::StateKeyRef& key) override {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                              database_.Get(Family::kFlat, StateRowKey(key.table, key.key)));
    if (!row) return std::nullopt;
    return codec::ParseTrusted<v1::FlatEntry>(*row);
  }

 private:
  absl::StatusOr<std::vector<std::optional<std::string>>> Lookup(Family family, const std::vector<std::string>& keys) {
    std::vector<rocksdb::Slice> slices;
    slices.reserve(keys.size());
    for (const std::string& key : keys) slices.push_back(AsSlice(key));
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    database_.db().MultiGet(rocksdb::ReadOptions(), database_.handle(family), keys.size(), slices.data(), values.data(),
                            statuses.data(),
                            /*sorted_input=*/true);
    std::vector<std::optional<std::string>> found(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) {
        found[i] = values[i].ToString();
      } else if (!statuses[i].IsNotFound()) {
        return FromRocks(statuses[i],
                         absl::StrCat("reading family ", FamilyName(family), ", ", DescribeKey(family, keys[i])));
      }
    }
    return found;
  }

  const Database& database_;
};

RowSink IntoBatch(const Database& database, rocksdb::WriteBatch& batch, rocksdb::Status& status) {
  return [&database, &batch, &status](const Row& row) {
    if (!status.ok()) return;
    status = row.value ? batch.Put(database.handle(row.family), row.key, *row.value)
                       : batch.Delete(database.handle(row.family), row.key);
  };
}

rocksdb::WriteBatch NewBatch() {
  return rocksdb::WriteBatch(0, 0, kProtectionBytes, 0);
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() = default;

const std::string& Store::directory() const {
  return impl_->directory_;
}
const Hash& Store::chain_id() const {
  return impl_->chain_id_;
}
const std::string& Store::genesis() const {
  return impl_->genesis_;
}
const OpenReport& Store::open_report() const {
  return impl_->report_;
}

std::optional<Height> Store::final() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->reach_.final;
}

std::optional<Height> Store::synced() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->synced_;
}

std::optional<Height> Store::flushed() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->reach_.flushed;
}

std::optional<Hash> Store::final_hash() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->final_hash_;
}

absl::Status Store::Impl::Writable() const {
  if (read_only_) return absl::FailedPreconditionError(absl::StrCat(directory_, " is open for reading only"));
  CAUSEWAY_RETURN_IF_ERROR(failed_);
  if (!database_) return absl::FailedPreconditionError(absl::StrCat(directory_, " is closed"));
  return database_->background_error();
}

absl::Status Store::Impl::Fail(const absl::Status& status) {
  if (failed_.ok() && !status.ok()) failed_ = status;
  return status;
}

absl::Status Store::Impl::Write(rocksdb::WriteBatch& batch, absl::string_view doing) {
  rocksdb::WriteOptions options;
  options.sync = false;
  options.protection_bytes_per_key = kProtectionBytes;
  return FromRocks(database_->db().Write(options, &batch), doing);
}

absl::Status Store::WriteFinal(absl::Span<const FinalBlock> blocks, absl::string_view floor) {
  Impl& impl = *impl_;
  if (blocks.empty()) return absl::InvalidArgumentError("no block to write");
  {
    const std::lock_guard lock(impl.mutex_);
    CAUSEWAY_RETURN_IF_ERROR(impl.Writable());
    uint64_t height = impl.reach_.final ? impl.reach_.final->value() + 1 : 0;
    Hash parent = impl.final_hash_.value_or(Hash::Zero());
    for (const FinalBlock& block : blocks) {
      if (block.height.value() != height || block.parent_hash != parent) {
        return absl::InvalidArgumentError(absl::StrCat("block ", block.header_hash.ToHex(), " of height ",
                                                       block.height.value(), " does not follow ", parent.ToHex(),
                                                       "; height ", height, " is next"));
      }
      ++height;
      parent = block.header_hash;
    }
    if (!blocks.back().certificate && blocks.back().height.value() != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("height ", blocks.back().height.value(), " ends a run and carries no certificate"));
    }
  }
  const FinalBlock& last = blocks.back();
  rocksdb::WriteBatch batch = NewBatch();
  rocksdb::Status built = batch.PutLogData(LogWatch::HeightsBlob(blocks.front().height, last.height));
  const RowSink sink = IntoBatch(*impl.database_, batch, built);
  for (const FinalBlock& block : blocks) FinalBlockRows(block, sink);
  sink(FinalMarkerRow(last.height, last.header_hash));
  sink({Family::kMeta, kFloorKey, std::string(floor.data(), floor.size())});
  const std::string doing = absl::StrCat("writing height ", last.height.value(), " to ", impl.directory_);
  absl::Status written = FromRocks(built, doing);
  if (written.ok()) written = impl.Write(batch, doing);

  const std::lock_guard lock(impl.mutex_);
  if (!written.ok()) return impl.Fail(written);
  impl.reach_.final = last.height;
  impl.reach_.sequence = impl.database_->db().GetLatestSequenceNumber();
  impl.final_hash_ = last.header_hash;
  return impl.Fail(impl.head_->SetWritten(impl.reach_));
}

absl::Status Store::SyncWal() {
  Impl& impl = *impl_;
  Reach reach;
  {
    const std::lock_guard lock(impl.mutex_);
    CAUSEWAY_RETURN_IF_ERROR(impl.Writable());
    reach = impl.reach_;
  }
  const absl::Status synced = FromRocks(impl.database_->db().SyncWAL(), absl::StrCat("syncing ", impl.directory_));
  const std::lock_guard lock(impl.mutex_);
  if (!synced.ok()) return impl.Fail(synced);
  impl.synced_ = reach.final;
  return impl.Fail(impl.head_->SetSynced(reach));
}

absl::Status Store::FlushState(absl::Span<const state::HeightChanges> blocks) {
  Impl& impl = *impl_;
  if (blocks.empty()) return absl::OkStatus();
  const Height last = blocks.back().height;
  bool sync_first = false;
  {
    const std::lock_guard lock(impl.mutex_);
    CAUSEWAY_RETURN_IF_ERROR(impl.Writable());
    uint64_t next = impl.reach_.flushed ? impl.reach_.flushed->value() + 1 : 0;
    for (const state::HeightChanges& block : blocks) {
      if (block.height.value() != next++) {
        return absl::InvalidArgumentError(
            absl::StrCat("height ", block.height.value(), " to flush where ", next - 1, " is next"));
      }
    }
    if (!impl.reach_.final || last > *impl.reach_.final) {
      return absl::OutOfRangeError(absl::StrCat("height ", last.value(), " is not final in ", impl.directory_));
    }
    sync_first = !impl.synced_ || last > *impl.synced_;
  }
  if (sync_first) CAUSEWAY_RETURN_IF_ERROR(SyncWal());

  std::optional<v1::Flush> previous;
  {
    const std::shared_lock lock(impl.flushes_mutex_);
    if (!impl.flushes_.empty()) previous = impl.flushes_.back();
  }
  const std::string doing = absl::StrCat("flushing the state of height ", last.value(), " to ", impl.directory_);
  rocksdb::WriteBatch batch = NewBatch();
  rocksdb::Status built;
  BeforeFlushInStore before(*impl.database_);
  absl::StatusOr<v1::Flush> flush = FlushRows(previous ? previous->number() + 1 : 1, blocks, previous, before,
                                              IntoBatch(*impl.database_, batch, built));
  absl::Status written = flush.ok() ? FromRocks(built, doing) : flush.status();
  if (written.ok()) {
    ++impl.flush_epoch_;
    written = impl.Write(batch, doing);
    if (written.ok()) {
      const std::unique_lock lock(impl.flushes_mutex_);
      if (!impl.flushes_.empty()) impl.flushes_.back().clear_erased_flat_keys();
      impl.flushes_.push_back(*std::move(flush));
    }
    ++impl.flush_epoch_;
  }
  const std::lock_guard lock(impl.mutex_);
  if (!written.ok()) return impl.Fail(written);
  impl.reach_.flushed = last;
  impl.reach_.sequence = impl.database_->db().GetLatestSequenceNumber();
  return impl.Fail(impl.head_->SetWritten(impl.reach_));
}

absl::Status Store::Close() {
  Impl& impl = *impl_;
  if (!impl.database_) return absl::OkStatus();
  if (impl.read_only_) {
    const absl::Status closed = impl.database_->Close();
    impl.database_.reset();
    return closed;
  }
  const absl::Status synced = SyncWal();
  const absl::Status closed = impl.database_->Close();
  impl.database_.reset();
  impl.head_.reset();
  impl.lock_.reset();
  return synced.ok() ? closed : synced;
}

}  // namespace causeway::store
