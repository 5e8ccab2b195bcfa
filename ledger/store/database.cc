// SPDX-License-Identifier: Apache-2.0

#include "ledger/store/database.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "rocksdb/utilities/checkpoint.h"
#include "rocksdb/write_batch.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"

namespace causeway::store {
namespace {

// In RocksDB's record of a batch: sequence number (8, little-endian), count (4).
constexpr size_t kSequenceBytes = 8;
constexpr size_t kWarningsMax = 8;
constexpr size_t kToldNameBytes = 64;

rocksdb::DBOptions DatabaseOptions(OpenMode mode, rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = mode == OpenMode::kCreate;
  options.error_if_exists = mode == OpenMode::kCreate;
  // What finds damage, and what keeps the database from going on after it.
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.max_bgerror_resume_count = 0;
  // The default, stated: the tolerant mode refuses a tail of zeros, which a power cut leaves. It rolls back silently,
  // and HEAD tells how far it may.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_open_files = -1;           // opens every file at start, and verifies its index
  options.max_file_opening_threads = 1;  // RocksDB starts that many for each column family, however few its files
  options.max_background_jobs = 2;
  // Nothing that wakes up by itself, and no files of statistics.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  // Ids, hashes and signatures do not compress.
  options.compression = rocksdb::kNoCompression;
  options.bottommost_compression = rocksdb::kNoCompression;
  const bool bulk = family == Family::kState || family == Family::kVersions;
  options.write_buffer_size = (bulk ? size_t{64} : size_t{16}) << 20;
  if (bulk) {
    options.level0_file_num_compaction_trigger = 8;
    options.level0_slowdown_writes_trigger = 40;
    options.level0_stop_writes_trigger = 60;
  }
  options.level_compaction_dynamic_level_bytes = true;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 16 << 10;
  table.detect_filter_construct_corruption = true;
  // Looked up by a key that may not be there.
  if (family == Family::kState || family == Family::kGraves || family == Family::kTransactions ||
      family == Family::kHeaders) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Finds the blob that a batch of blocks begins with.
class BlobReader : public rocksdb::WriteBatch::Handler {
 public:
  void LogData(const rocksdb::Slice& blob) override {
    blob_ = blob.ToString();
    done_ = true;
  }
  rocksdb::Status PutCF(uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override { return Other(); }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice&) override { return Other(); }
  bool Continue() override { return !done_; }
  const std::string& blob() const { return blob_; }

 private:
  rocksdb::Status Other() {
    done_ = true;
    return rocksdb::Status::OK();
  }
  bool done_ = false;
  std::string blob_;
};

// The heights of a batch of blocks; nothing for any other batch.
std::optional<std::pair<uint64_t, uint64_t>> HeightsOf(const rocksdb::WriteBatch& batch) {
  BlobReader reader;
  if (!batch.Iterate(&reader).ok() || reader.blob().empty()) return std::nullopt;
  absl::string_view rest = reader.blob();
  const std::optional<uint64_t> first = TakeBigEndian64(rest);
  const std::optional<uint64_t> last = TakeBigEndian64(rest);
  if (!first || !last || !rest.empty()) return std::nullopt;
  return std::make_pair(*first, *last);
}

std::string RocksName(Family family) {
  return family == Family::kMeta ? rocksdb::kDefaultColumnFamilyName : FamilyName(family);
}

absl::Status CheckFamilies(const rocksdb::DBOptions& options, const std::string& path) {
  std::vector<std::string> names;
  const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(options, path, &names);
  if (!listed.ok()) return FromRocks(listed, absl::StrCat("opening ", path));
  for (const std::string& name : names) {
    const auto& known = AllFamilies();
    const bool ours = std::any_of(known.begin(), known.end(), [&](Family family) { return RocksName(family) == name; });
    if (!ours) {
      return absl::DataLossError(absl::StrCat(path, " has a family \"",
                                              absl::CHexEscape(name.substr(0, kToldNameBytes)),
                                              "\", which is none of a store's"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, absl::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  // Inside whatever RocksDB makes of it: what the system refuses says nothing of the bytes.
  for (const int refusal : {EACCES, EPERM, EMFILE, ENFILE, EIO}) {
    if (absl::StrContains(text, std::strerror(refusal)))
      return absl::InternalError(absl::StrCat(doing, ": the system refuses it (", text, ")"));
  }
  if (status.IsNoSpace() || absl::StrContains(text, "No space left")) {
    return absl::ResourceExhaustedError(
        absl::StrCat(doing, ": the disk is full. Free space and start again; what was final stays. (", text, ")"));
  }
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat(doing, ": ", text));
  if (status.IsNotFound() || status.IsPathNotFound()) return absl::NotFoundError(absl::StrCat(doing, ": ", text));
  if (status.IsInvalidArgument()) return absl::DataLossError(absl::StrCat(doing, ": ", text));
  return absl::InternalError(absl::StrCat(doing, ": ", text));
}

bool IsDamage(const absl::Status& status) {
  return !status.ok() && !absl::IsInternal(status) && !absl::IsResourceExhausted(status) &&
         !absl::IsUnavailable(status);
}

std::string LogWatch::HeightsBlob(Height first, Height last) {
  std::string blob;
  AppendBigEndian64(blob, first.value());
  AppendBigEndian64(blob, last.value());
  return blob;
}

void LogWatch::ColumnFamilyLogNumberMap(const std::map<uint32_t, uint64_t>& log_numbers,
                                        const std::map<std::string, uint32_t>&) {
  bool first = true;
  for (const auto& [family, number] : log_numbers) {
    oldest_needed_ = first ? number : std::min(oldest_needed_, number);
    first = false;
  }
}

rocksdb::WalFilter::WalProcessingOption LogWatch::LogRecordFound(unsigned long long log_number, const std::string& file,
                                                                 const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*,
                                                                 bool* changed) {
  *changed = false;
  if (ignore_all_) return WalProcessingOption::kIgnoreCurrentRecord;
  const auto stop = [&](std::string gap) {
    if (gap_.empty()) gap_ = std::move(gap);
    return WalProcessingOption::kCorruptedRecord;
  };
  // Logs between the last one that gave a record and this one.
  for (auto at = logs_.lower_bound(std::max(oldest_needed_, last_log_ + 1));
       at != logs_.end() && at->first < log_number; ++at) {
    if (at->second > 0)
      return stop(absl::StrCat("no record of log ", at->first, " is readable, and ", file, " follows"));
  }
  last_log_ = log_number;

  uint64_t sequence = 0;
  for (size_t i = kSequenceBytes; i-- > 0;) sequence = sequence << 8 | static_cast<uint8_t>(batch.Data()[i]);
  if (next_sequence_ && sequence != *next_sequence_) {
    return stop(
        absl::StrCat(file, " continues at sequence number ", sequence, " where ", *next_sequence_, " must come"));
  }
  next_sequence_ = sequence + static_cast<uint64_t>(batch.Count());

  if (const std::optional<std::pair<uint64_t, uint64_t>> heights = HeightsOf(batch)) {
    const bool follows = block_seen_ ? heights->first == next_height_ : heights->first <= next_height_;
    if (!follows)
      return stop(absl::StrCat(file, " continues at height ", heights->first, " where ", next_height_, " must come"));
    next_height_ = heights->second + 1;
    block_seen_ = true;
  }
  return WalProcessingOption::kContinueProcessing;
}

void WarningLog::Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level > rocksdb::InfoLogLevel::FATAL_LEVEL) return;
  char line[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  std::vsnprintf(line, sizeof line, format, arguments);
#pragma GCC diagnostic pop
  const std::lock_guard lock(mutex_);
  lines_.emplace_back(line);
  if (lines_.size() > kWarningsMax) lines_.pop_front();
}

std::string WarningLog::Text() const {
  const std::lock_guard lock(mutex_);
  return absl::StrJoin(lines_, "; ");
}

absl::StatusOr<std::map<uint64_t, uint64_t>> LogFiles(const std::string& path, uint64_t oldest, rocksdb::Env* env) {
  std::vector<std::string> names;
  const rocksdb::Status listed = env->GetChildren(path, &names);
  if (!listed.ok()) return FromRocks(listed, absl::StrCat("listing ", path));
  std::map<uint64_t, uint64_t> files;
  for (const std::string& name : names) {
    uint64_t number = 0;
    if (!absl::EndsWith(name, ".log") || !absl::SimpleAtoi(name.substr(0, name.size() - 4), &number)) continue;
    if (number < oldest) continue;
    uint64_t size = 0;
    const rocksdb::Status sized = env->GetFileSize(absl::StrCat(path, "/", name), &size);
    if (!sized.ok()) return FromRocks(sized, absl::StrCat("looking at ", path, "/", name));
    files[number] = size;
  }
  return files;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, OpenMode mode, rocksdb::Env* env,
                                                         uint64_t cache_bytes, std::unique_ptr<LogWatch> log_watch,
                                                         uint64_t log_bytes) {
  std::unique_ptr<Database> database(new Database());
  database->path_ = path;
  database->env_ = env;
  database->read_only_ = mode == OpenMode::kReadOnly;
  database->warnings_ = std::make_shared<WarningLog>();
  database->log_watch_ = std::move(log_watch);

  rocksdb::DBOptions options = DatabaseOptions(mode, env);
  options.info_log = database->warnings_;
  options.wal_filter = database->log_watch_.get();
  options.max_total_wal_size = log_bytes;
  database->errors_ = std::make_shared<ErrorWatch>();
  options.listeners.push_back(database->errors_);
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const Family family : AllFamilies()) families.emplace_back(RocksName(family), FamilyOptions(family, cache));

  // RocksDB opens for writing only with all families named, and for reading with any.
  if (database->read_only_) CAUSEWAY_RETURN_IF_ERROR(CheckFamilies(options, path));

  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  if (mode == OpenMode::kReadOnly) {
    status = rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &db, /*error_if_wal_file_exists=*/false);
  } else if (mode == OpenMode::kReadWrite) {
    status = rocksdb::DB::Open(options, path, families, &handles, &db);
  } else {
    // Created together: as missing ones of an Open, each would write the options of all again.
    const auto others = families.begin() + 1;
    status = rocksdb::DB::Open(options, path, {families.begin(), others}, &handles, &db);
    if (status.ok()) {
      std::vector<rocksdb::ColumnFamilyHandle*> created;
      status = db->CreateColumnFamilies({others, families.end()}, &created);
      handles.insert(handles.end(), created.begin(), created.end());
    }
  }
  database->db_.reset(db);
  std::copy(handles.begin(), handles.end(), database->handles_.begin());
  if (!status.ok()) {
    const std::string warnings = database->warnings();
    return FromRocks(status, absl::StrCat("opening ", path, warnings.empty() ? "" : absl::StrCat(" (", warnings, ")")));
  }
  CAUSEWAY_CHECK(handles.size() == kFamilyCount);
  return database;
}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* const handle : handles_) {
    if (handle) db_->DestroyColumnFamilyHandle(handle);
  }
}

absl::Status Database::background_error() const {
  return FromRocks(errors_->first(), absl::StrCat("writing ", path_, " in the background"));
}

absl::StatusOr<std::optional<std::string>> Database::Get(Family family, absl::string_view key,
                                                         const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  const rocksdb::Status status = db_->Get(options, handle(family), AsSlice(key), &value);
  if (status.ok()) return value;
  if (status.IsNotFound()) return std::nullopt;
  return FromRocks(status,
                   absl::StrCat("reading ", path_, ", family ", FamilyName(family), ", ", DescribeKey(family, key)));
}

std::unique_ptr<rocksdb::Iterator> Database::NewIterator(Family family, const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handle(family)));
}

absl::Status Database::AtEnd(const rocksdb::Iterator& iterator, Family family) const {
  if (iterator.status().ok()) return absl::OkStatus();
  return FromRocks(iterator.status(), absl::StrCat("reading ", path_, ", family ", FamilyName(family)));
}

absl::StatusOr<std::optional<v1::Flush>> Database::LastFlush(const rocksdb::Snapshot* snapshot) const {
  const std::unique_ptr<rocksdb::Iterator> iterator = NewIterator(Family::kFlushes, snapshot);
  iterator->SeekToLast();
  CAUSEWAY_RETURN_IF_ERROR(AtEnd(*iterator, Family::kFlushes));
  if (!iterator->Valid()) return std::nullopt;
  return codec::ParseTrusted<v1::Flush>(AsView(iterator->value()));
}

absl::StatusOr<std::optional<v1::FinalMarker>> Database::Final() const {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, Get(Family::kMeta, kFinalKey));
  if (!bytes) return std::nullopt;
  return codec::ParseTrusted<v1::FinalMarker>(*bytes);
}

absl::StatusOr<uint64_t> Database::OldestLog() const {
  uint64_t number = 0;
  if (!db_->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &number))
    return absl::InternalError(absl::StrCat(path_, " does not tell the oldest log that it needs"));
  return number;
}

absl::StatusOr<Reach> Database::ReadReach() const {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<v1::FinalMarker> final, Final());
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<v1::Flush> flush, LastFlush());
  Reach reach;
  if (final) reach.final = Height(final->height());
  if (flush) reach.flushed = Height(flush->last_height());
  reach.sequence = db_->GetLatestSequenceNumber();
  return reach;
}

absl::Status Database::CopyTo(const std::string& path) const {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(path);
  return FromRocks(status, absl::StrCat("copying ", path_, " to ", path));
}

absl::Status Database::Close() {
  rocksdb::Status status;
  if (!read_only_) {
    status = db_->Flush(rocksdb::FlushOptions(),
                        std::vector<rocksdb::ColumnFamilyHandle*>(handles_.begin(), handles_.end()));
  }
  for (rocksdb::ColumnFamilyHandle*& handle : handles_) {
    db_->DestroyColumnFamilyHandle(handle);
    handle = nullptr;
  }
  const rocksdb::Status closed = db_->Close();
  if (status.ok()) status = closed;
  return FromRocks(status, absl::StrCat("closing ", path_));
}

}  // namespace causeway::store
