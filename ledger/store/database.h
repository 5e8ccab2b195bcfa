// SPDX-License-Identifier: Apache-2.0
//
// RocksDB as this store uses it: its options, its families, its errors in our words. Internal to ledger/store.

#ifndef CAUSEWAY_LEDGER_STORE_DATABASE_H_
#define CAUSEWAY_LEDGER_STORE_DATABASE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/options.h"
#include "rocksdb/snapshot.h"
#include "rocksdb/wal_filter.h"

#include "causeway/v1/storage.pb.h"
#include "ledger/store/head_file.h"
#include "ledger/store/keys.h"

namespace causeway::store {

// Conversions between the two kinds of byte views.
inline rocksdb::Slice AsSlice(absl::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
inline absl::string_view AsView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// A RocksDB status in our codes: corruption is DATA_LOSS, no space RESOURCE_EXHAUSTED, a held lock UNAVAILABLE; `doing`
// says what was tried.
absl::Status FromRocks(const rocksdb::Status& status, absl::string_view doing);

// Watches the replay of RocksDB's log, so that what is recovered is what was written up to some point and nothing
// beyond it. The replay stops where
//   - a record does not begin at the sequence number at which the one before ended,
//   - an older log that is needed has bytes and gave no record,
//   - the first block of the log is not the one after the last that the files hold.
// RocksDB itself leaps such gaps: a record whose type byte was damaged ends its log as if nothing followed, and an
// unsynced log can be lost while part of the next one is not.
class LogWatch : public rocksdb::WalFilter {
 public:
  // `files_final`: the last final height that the files hold without the log; `logs`: sizes of the logs by number, of
  // those alone that RocksDB does not pass over (OldestLog).
  LogWatch(std::optional<Height> files_final, std::map<uint64_t, uint64_t> logs)
      : next_height_(files_final ? files_final->value() + 1 : 0), logs_(std::move(logs)) {}
  // Replays nothing: for looking at the files alone.
  LogWatch() : ignore_all_(true) {}

  // What a batch of blocks carries in the log: the heights of its first and last block.
  static std::string HeightsBlob(Height first, Height last);

  void ColumnFamilyLogNumberMap(const std::map<uint32_t, uint64_t>& log_numbers,
                                const std::map<std::string, uint32_t>& ids) override;
  WalProcessingOption LogRecordFound(unsigned long long log_number, const std::string& file,
                                     const rocksdb::WriteBatch& batch, rocksdb::WriteBatch* new_batch,
                                     bool* changed) override;
  const char* Name() const override { return "causeway.log_watch"; }

  // The first gap; empty where there is none.
  const std::string& gap() const { return gap_; }

 private:
  bool ignore_all_ = false;
  uint64_t next_height_ = 0;
  bool block_seen_ = false;
  std::map<uint64_t, uint64_t> logs_;
  uint64_t oldest_needed_ = 0;
  uint64_t last_log_ = 0;
  std::optional<uint64_t> next_sequence_;
  std::string gap_;
};

// Keeps RocksDB's last warnings, for the message of a refusal. Nothing is written to a file.
class WarningLog : public rocksdb::Logger {
 public:
  WarningLog() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, arguments);
  }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;
  // The last ones, separated by "; ".
  std::string Text() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
};

// Remembers the first error of RocksDB's own threads. Whoever asks the database for another sync after one may end in
// an assertion of the library, and must not want to: a sync that is tried again says OK about nothing.
class ErrorWatch : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    const std::lock_guard lock(mutex_);
    if (first_.ok()) first_ = *error;
  }
  rocksdb::Status first() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  mutable std::mutex mutex_;
  rocksdb::Status first_;
};

// Sizes of the log files of a database, by number, from one on.
absl::StatusOr<std::map<uint64_t, uint64_t>> LogFiles(const std::string& path, uint64_t oldest, rocksdb::Env* env);

enum class OpenMode { kCreate, kReadWrite, kReadOnly };

// An open database with the handles of its families. Handles are destroyed before the database, as RocksDB asserts.
class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, OpenMode mode, rocksdb::Env* env,
                                                        uint64_t cache_bytes, std::unique_ptr<LogWatch> log_watch,
                                                        uint64_t log_bytes = uint64_t{256} << 20);
  ~Database();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[static_cast<size_t>(family)]; }
  const LogWatch& log_watch() const { return *log_watch_; }
  std::string warnings() const { return warnings_->Text(); }
  // OK until something that RocksDB does by itself has failed.
  absl::Status background_error() const;

  // A row; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> Get(Family family, absl::string_view key,
                                                 const rocksdb::Snapshot* snapshot = nullptr) const;
  std::unique_ptr<rocksdb::Iterator> NewIterator(Family family, const rocksdb::Snapshot* snapshot = nullptr) const;
  // The status at an iterator's end.
  absl::Status AtEnd(const rocksdb::Iterator& iterator, Family family) const;

  // The last flush as of a snapshot.
  absl::StatusOr<std::optional<v1::Flush>> LastFlush(const rocksdb::Snapshot* snapshot = nullptr) const;
  absl::StatusOr<std::optional<v1::FinalMarker>> Final() const;
  // The number of the oldest log that RocksDB replays. It passes over older ones, which a process that is killed before
  // it has removed them leaves behind; so a family's own log number says nothing where the family is empty.
  absl::StatusOr<uint64_t> OldestLog() const;
  // From the two and the sequence number.
  absl::StatusOr<Reach> ReadReach() const;

  // Makes a copy of what is there now, in a directory that must not exist.
  absl::Status CopyTo(const std::string& path) const;

  // Writes all buffers out and closes.
  absl::Status Close();

 private:
  Database() = default;

  std::string path_;
  rocksdb::Env* env_ = nullptr;
  std::shared_ptr<WarningLog> warnings_;
  std::unique_ptr<LogWatch> log_watch_;
  std::shared_ptr<ErrorWatch> errors_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> handles_{};
  std::unique_ptr<rocksdb::DB> db_;
  bool read_only_ = false;
};

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_DATABASE_H_
