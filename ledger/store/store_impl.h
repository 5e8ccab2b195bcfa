// SPDX-License-Identifier: Apache-2.0
//
// What a Store is made of. Internal to ledger/store.

#ifndef CAUSEWAY_LEDGER_STORE_STORE_IMPL_H_
#define CAUSEWAY_LEDGER_STORE_STORE_IMPL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/storage.pb.h"
#include "ledger/store/database.h"
#include "ledger/store/head_file.h"
#include "ledger/store/rows.h"
#include "ledger/store/store.h"

namespace causeway::store {

// The directory's lock, held from before the database is touched until after it is closed.
class DirectoryLock {
 public:
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Take(rocksdb::Env& env, const std::string& directory);
  ~DirectoryLock();

 private:
  DirectoryLock(rocksdb::Env& env, rocksdb::FileLock* lock) : env_(env), lock_(lock) {}
  rocksdb::Env& env_;
  rocksdb::FileLock* lock_;
};

class Store::Impl {
 public:
  Impl(std::string directory, Hash chain_id, rocksdb::Env& env)
      : directory_(std::move(directory)), chain_id_(chain_id), env_(env) {}

  // What the last flush covers, as one consistent read sees it.
  struct Flushed {
    std::optional<uint64_t> first;  // of the last flush
    std::optional<uint64_t> last;
  };
  // Calls `read(snapshot, flushed)` so that no flush comes between its reads: first hopefully, without a snapshot, then
  // with one.
  template <class Read>
  auto Consistently(const Read& read) const
      -> decltype(read(std::declval<const rocksdb::Snapshot*>(), std::declval<Flushed>()));

  // --- store_state.cc ---
  absl::StatusOr<std::optional<std::string>> GetVersioned(state::TableId table, absl::string_view key,
                                                          Height height) const;
  absl::StatusOr<std::optional<std::string>> GetFlat(state::TableId table, absl::string_view key, Height height) const;
  absl::Status ScanVersioned(state::TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                             Height height, const state::RawVisitor& visitor) const;
  absl::Status ScanFlat(state::TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                        Height height, const state::RawVisitor& visitor) const;
  // The value as at a height, from some version of the key that lies above it, or none.
  absl::StatusOr<std::optional<std::string>> FollowTo(state::TableId table, absl::string_view key, Link from,
                                                      Height height, const rocksdb::Snapshot* snapshot) const;
  struct Version {
    Link previous;
    std::optional<std::string> value;
  };
  absl::StatusOr<Version> GetVersion(state::TableId table, absl::string_view key, Link link,
                                     const rocksdb::Snapshot* snapshot) const;
  absl::StatusOr<std::optional<std::string>> ResolveFlat(absl::string_view row_key,
                                                         const std::optional<std::string>& row, Height height,
                                                         const Flushed& flushed) const;
  // The flush that covers a height, where there is one.
  std::optional<uint64_t> FlushOf(uint64_t height) const;

  // --- open.cc ---
  // Reads what is kept in memory, and tells HEAD where things stand.
  absl::Status Start(const Reach& reach);

  // --- store.cc ---
  absl::Status Writable() const;                  // needs mutex_
  absl::Status Fail(const absl::Status& status);  // needs mutex_; remembers it
  absl::Status Write(rocksdb::WriteBatch& batch, absl::string_view doing);

  const std::string directory_;
  const Hash chain_id_;
  rocksdb::Env& env_;
  bool read_only_ = false;
  std::string genesis_;
  OpenReport report_;
  std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<HeadFile> head_;

  mutable std::mutex mutex_;  // what follows, and head_
  absl::Status failed_;
  Reach reach_;
  std::optional<Height> synced_;
  std::optional<Hash> final_hash_;

  // Even while no flush is being written.
  std::atomic<uint64_t> flush_epoch_{0};
  mutable std::shared_mutex flushes_mutex_;
  std::vector<v1::Flush> flushes_;
};

template <class Read>
auto Store::Impl::Consistently(const Read& read) const
    -> decltype(read(std::declval<const rocksdb::Snapshot*>(), std::declval<Flushed>())) {
  const uint64_t epoch = flush_epoch_.load();
  if (epoch % 2 == 0) {
    Flushed flushed;
    {
      const std::shared_lock lock(flushes_mutex_);
      if (!flushes_.empty()) flushed = {flushes_.back().first_height(), flushes_.back().last_height()};
    }
    auto result = read(nullptr, flushed);
    if (flush_epoch_.load() == epoch) return result;
  }
  rocksdb::ManagedSnapshot snapshot(&database_->db());
  const absl::StatusOr<std::optional<v1::Flush>> last = database_->LastFlush(snapshot.snapshot());
  if (!last.ok()) return last.status();
  Flushed flushed;
  if (*last) flushed = {(*last)->first_height(), (*last)->last_height()};
  return read(snapshot.snapshot(), flushed);
}

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_STORE_IMPL_H_
