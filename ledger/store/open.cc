// SPDX-License-Identifier: Apache-2.0
//
// Making a store, and opening one: everything that can refuse is asked before anything is changed.

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/store/manifest.h"
#include "ledger/store/store_impl.h"

namespace causeway::store {
namespace {

constexpr char kRocksName[] = "rocksdb";
constexpr char kLockName[] = "IN_USE";
// There while Create is at work: what lies beside it may be thrown away unless HEAD is there too.
constexpr char kCreatingName[] = "CREATING";
constexpr uint64_t kLookCacheBytes = 1 << 20;

std::string PathOf(const std::string& directory, absl::string_view name) {
  return absl::StrCat(directory, "/", name);
}

rocksdb::Env& EnvOf(const OpenOptions& options) {
  return options.env ? *options.env : *rocksdb::Env::Default();
}

bool FileExists(rocksdb::Env& env, const std::string& path) {
  return env.FileExists(path).ok();
}

absl::Status SyncDirectory(rocksdb::Env& env, const std::string& directory) {
  std::unique_ptr<rocksdb::Directory> handle;
  rocksdb::Status status = env.NewDirectory(directory, &handle);
  if (status.ok()) status = handle->Fsync();
  return FromRocks(status, absl::StrCat("syncing directory ", directory));
}

absl::Status WriteMarker(rocksdb::Env& env, const std::string& path) {
  return FromRocks(rocksdb::WriteStringToFile(&env, "", path, /*should_sync=*/true), absl::StrCat("writing ", path));
}

absl::Status RemoveFile(rocksdb::Env& env, const std::string& path) {
  return FromRocks(env.DeleteFile(path), absl::StrCat("removing ", path));
}

// Removes what an interrupted Create left of the database.
absl::Status RemoveDatabase(rocksdb::Env& env, const std::string& path) {
  if (!FileExists(env, path)) return absl::OkStatus();
  std::vector<std::string> names;
  CAUSEWAY_RETURN_IF_ERROR(FromRocks(env.GetChildren(path, &names), absl::StrCat("listing ", path)));
  for (const std::string& name : names) CAUSEWAY_RETURN_IF_ERROR(RemoveFile(env, PathOf(path, name)));
  return FromRocks(env.DeleteDir(path), absl::StrCat("removing ", path));
}

std::string ParentOf(const std::string& directory) {
  const size_t slash = directory.find_last_of('/', directory.find_last_not_of('/'));
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : directory.substr(0, slash);
}

std::string TextOf(const std::optional<Height>& height) {
  return height ? absl::StrCat("height ", height->value()) : "nothing";
}

bool Reaches(const Reach& reach, const Reach& needed) {
  const auto at_least = [](const std::optional<Height>& has, const std::optional<Height>& needs) {
    return !needs || (has && *has >= *needs);
  };
  return at_least(reach.final, needed.final) && at_least(reach.flushed, needed.flushed) &&
         reach.sequence >= needed.sequence;
}

absl::Status Damage(const absl::Status& status) {
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(),
                   ". Nothing was changed. Restore the directory from a checkpoint, or let the node fetch everything ",
                   "again into a new one."));
}

// What the files hold without the log, and where the log begins.
struct FilesAlone {
  std::optional<Height> final;
  uint64_t oldest_log;
};

absl::StatusOr<std::unique_ptr<LogWatch>> WatchLogs(const std::string& path, const FilesAlone& files,
                                                    rocksdb::Env& env) {
  CAUSEWAY_ASSIGN_OR_RETURN(auto logs, LogFiles(path, files.oldest_log, &env));
  return std::make_unique<LogWatch>(files.final, std::move(logs));
}

// What the files and the log together hold, opened for reading only.
absl::StatusOr<std::unique_ptr<Database>> OpenToLook(const std::string& path, rocksdb::Env& env, uint64_t cache_bytes,
                                                     FilesAlone* alone) {
  {
    auto files = Database::Open(path, OpenMode::kReadOnly, &env, kLookCacheBytes, std::make_unique<LogWatch>());
    if (!files.ok()) return files.status();
    CAUSEWAY_ASSIGN_OR_RETURN(const Reach reach, (*files)->ReadReach());
    CAUSEWAY_ASSIGN_OR_RETURN(const uint64_t oldest_log, (*files)->OldestLog());
    *alone = {reach.final, oldest_log};
  }
  CAUSEWAY_ASSIGN_OR_RETURN(auto watch, WatchLogs(path, *alone, env));
  return Database::Open(path, OpenMode::kReadOnly, &env, cache_bytes, std::move(watch));
}

// The identity row, which must say what HEAD says.
absl::StatusOr<v1::StoreIdentity> ReadIdentity(const Database& database, const Head& head,
                                               const std::string& directory) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, database.Get(Family::kMeta, kIdentityKey));
  if (bytes) {
    CAUSEWAY_ASSIGN_OR_RETURN(v1::StoreIdentity identity, codec::ParseTrusted<v1::StoreIdentity>(*bytes));
    if (identity.format_version() == head.format_version && identity.chain_id() == head.chain_id.ToString())
      return identity;
  }
  return absl::DataLossError(
      absl::StrCat(directory, "/", kHeadName, " and the database beside it do not belong together"));
}

absl::Status CheckIdentity(const Head& head, const OpenOptions& options, const std::string& directory) {
  if (head.format_version > kFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat(directory, " was written in format ", head.format_version,
                                                      "; this program knows formats up to ", kFormatVersion,
                                                      ". Nothing was changed. Use the newer program."));
  }
  if (head.format_version == 0)
    return Damage(absl::DataLossError(absl::StrCat(directory, "/", kHeadName, " names format 0")));
  if (options.chain_id && *options.chain_id != head.chain_id) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, " holds chain ", head.chain_id.ToHex(), ", and the chain wanted is ", options.chain_id->ToHex(),
        ". Nothing was changed. Name the directory that belongs to this genesis, or a new one."));
  }
  return absl::OkStatus();
}

absl::Status NoStore(rocksdb::Env& env, const std::string& directory) {
  if (!FileExists(env, directory)) {
    return absl::NotFoundError(absl::StrCat("there is no directory ", directory,
                                            ". Name the node's data directory, or start with a genesis to make one."));
  }
  if (FileExists(env, PathOf(directory, kRocksName)) && !FileExists(env, PathOf(directory, kCreatingName))) {
    return Damage(absl::DataLossError(
        absl::StrCat(directory, "/", kHeadName, " is missing beside a database: the directory was not copied whole")));
  }
  return absl::NotFoundError(absl::StrCat("there is no store in ", directory,
                                          ". Name the node's data directory, or start with a genesis to make one."));
}

// DATA_LOSS where the database does not reach as far as HEAD asks for.
absl::Status CheckReach(const Reach& reach, const Head& head, const Database& database, const OpenOptions& options,
                        const std::string& directory) {
  const bool strict = options.read_only;
  std::string detail = database.log_watch().gap();
  if (detail.empty()) detail = database.warnings();
  if (!detail.empty()) detail = absl::StrCat(" (", detail, ")");
  if (!Reaches(reach, head.synced) && !options.accept_loss) {
    return Damage(absl::DataLossError(absl::StrCat(directory, "/", kRocksName, " is damaged: it is readable up to ",
                                                   TextOf(reach.final), " (state flushed to ", TextOf(reach.flushed),
                                                   "), and ", TextOf(head.synced.final), " (flushed to ",
                                                   TextOf(head.synced.flushed), ") had been synced", detail)));
  }
  const bool whole = Reaches(reach, head.written) && !head.written_torn && database.log_watch().gap().empty();
  if (strict && !options.accept_loss && !whole) {
    return absl::DataLossError(absl::StrCat(
        directory, "/", kRocksName, " is not whole: it is readable up to ", TextOf(reach.final), ", and ",
        TextOf(head.written.final), " had been written", detail,
        ". Nothing was changed. Either bytes of the log have changed, or the copy was taken while the node ran or ",
        "after its machine lost power: take it with a checkpoint, or from a node that was stopped, or start the node "
        "on "
        "it once."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(rocksdb::Env& env, const std::string& directory) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = env.LockFile(PathOf(directory, kLockName), &lock);
  if (!status.ok()) {
    if (status.IsNoSpace()) return FromRocks(status, absl::StrCat("locking ", directory));
    return absl::UnavailableError(absl::StrCat("another process has ", directory,
                                               " open. Stop it first, or give this node a directory of its own. (",
                                               status.ToString(), ")"));
  }
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(env, lock));
}

DirectoryLock::~DirectoryLock() {
  env_.UnlockFile(lock_);
}

bool Store::Exists(const std::string& directory, rocksdb::Env* env) {
  rocksdb::Env& files = env ? *env : *rocksdb::Env::Default();
  return FileExists(files, PathOf(directory, kHeadName)) ||
         (FileExists(files, PathOf(directory, kRocksName)) && !FileExists(files, PathOf(directory, kCreatingName)));
}

bool Store::IsInUse(const std::string& directory) {
  const int file = ::open(PathOf(directory, kLockName).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(file);
  return held;
}

absl::StatusOr<std::unique_ptr<Store>> Store::Create(const std::string& directory, const Hash& chain_id,
                                                     absl::string_view genesis, const OpenOptions& options) {
  CAUSEWAY_CHECK(!options.read_only, "what is created is not only read");
  rocksdb::Env& env = EnvOf(options);
  CAUSEWAY_RETURN_IF_ERROR(FromRocks(env.CreateDirIfMissing(directory), absl::StrCat("making directory ", directory)));
  {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<DirectoryLock> lock, DirectoryLock::Take(env, directory));
    const std::string marker = PathOf(directory, kCreatingName);
    const std::string rocks = PathOf(directory, kRocksName);
    if (FileExists(env, PathOf(directory, kHeadName))) {
      return absl::AlreadyExistsError(absl::StrCat("there is a store in ", directory, " already"));
    }
    if (FileExists(env, marker)) {
      CAUSEWAY_RETURN_IF_ERROR(RemoveDatabase(env, rocks));
    } else {
      if (FileExists(env, rocks)) return NoStore(env, directory);
      CAUSEWAY_RETURN_IF_ERROR(WriteMarker(env, marker));
      CAUSEWAY_RETURN_IF_ERROR(SyncDirectory(env, directory));
      CAUSEWAY_RETURN_IF_ERROR(SyncDirectory(env, ParentOf(directory)));
    }

    v1::StoreIdentity identity;
    identity.set_format_version(kFormatVersion);
    identity.set_chain_id(chain_id.ToString());
    identity.set_genesis(std::string(genesis.data(), genesis.size()));
    CAUSEWAY_ASSIGN_OR_RETURN(const auto database, Database::Open(rocks, OpenMode::kCreate, &env, kLookCacheBytes,
                                                                  std::make_unique<LogWatch>()));
    rocksdb::WriteOptions write;
    write.sync = true;
    const rocksdb::Status put =
        database->db().Put(write, database->handle(Family::kMeta), kIdentityKey, codec::SerializeCanonical(identity));
    CAUSEWAY_RETURN_IF_ERROR(FromRocks(put, absl::StrCat("writing ", rocks)));
    CAUSEWAY_ASSIGN_OR_RETURN(const Reach reach, database->ReadReach());
    CAUSEWAY_RETURN_IF_ERROR(database->Close());

    // HEAD makes it a store: it comes into its place whole, after everything else is there.
    const std::string unfinished = PathOf(directory, absl::StrCat(kHeadName, ".new"));
    CAUSEWAY_RETURN_IF_ERROR(HeadFile::Write(env, unfinished, {kFormatVersion, chain_id, reach, reach}));
    CAUSEWAY_RETURN_IF_ERROR(FromRocks(env.RenameFile(unfinished, PathOf(directory, kHeadName)),
                                       absl::StrCat("naming ", directory, "/HEAD")));
    CAUSEWAY_RETURN_IF_ERROR(SyncDirectory(env, directory));
    CAUSEWAY_RETURN_IF_ERROR(RemoveFile(env, marker));
  }
  OpenOptions open = options;
  open.chain_id = chain_id;
  return Open(directory, open);
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory, const OpenOptions& options) {
  rocksdb::Env& env = EnvOf(options);
  const std::string rocks = PathOf(directory, kRocksName);
  const absl::StatusOr<Head> head = ReadHead(env, PathOf(directory, kHeadName));
  if (absl::IsNotFound(head.status())) return NoStore(env, directory);
  if (!head.ok()) return head.status();
  CAUSEWAY_RETURN_IF_ERROR(CheckIdentity(*head, options, directory));

  auto impl = std::make_unique<Impl>(directory, head->chain_id, env);
  impl->read_only_ = options.read_only;
  if (!options.read_only) {
    CAUSEWAY_ASSIGN_OR_RETURN(impl->lock_, DirectoryLock::Take(env, directory));
  }

  // A copy is shown as it is.
  std::optional<TornManifest> torn;
  if (!options.read_only) torn = FindTornManifest(env, rocks);
  const std::unique_ptr<rocksdb::Env> without_torn_end = torn ? ViewWithoutTornEnd(env, *torn) : nullptr;
  FilesAlone files{};
  absl::StatusOr<std::unique_ptr<Database>> database =
      OpenToLook(rocks, without_torn_end ? *without_torn_end : env, options.cache_bytes, &files);
  if (!database.ok()) return Damage(database.status());
  const absl::StatusOr<Reach> reach = (*database)->ReadReach();
  if (!reach.ok()) return Damage(reach.status());
  absl::StatusOr<v1::StoreIdentity> identity = ReadIdentity(**database, *head, directory);
  if (!identity.ok()) return Damage(identity.status());
  CAUSEWAY_RETURN_IF_ERROR(CheckReach(*reach, *head, **database, options, directory));

  if (!options.read_only) {
    database->reset();
    if (torn) CAUSEWAY_RETURN_IF_ERROR(CutTornEnd(env, *torn));
    CAUSEWAY_ASSIGN_OR_RETURN(auto watch, WatchLogs(rocks, files, env));
    database =
        Database::Open(rocks, OpenMode::kReadWrite, &env, options.cache_bytes, std::move(watch), options.log_bytes);
    if (!database.ok()) return database.status();
    CAUSEWAY_ASSIGN_OR_RETURN(const Reach again, (*database)->ReadReach());
    if (again.final != reach->final || again.flushed != reach->flushed) {
      return absl::DataLossError(
          absl::StrCat(rocks, " reads as ", TextOf(again.final), " where it had just read as ", TextOf(reach->final)));
    }
  }
  impl->database_ = *std::move(database);
  impl->genesis_ = identity->genesis();
  impl->report_ = {reach->final, reach->flushed, head->synced.final, head->written.final};
  CAUSEWAY_RETURN_IF_ERROR(impl->Start(*reach));
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

absl::Status Store::Impl::Start(const Reach& reach) {
  reach_ = reach;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<v1::FinalMarker> final, database_->Final());
  if (final) final_hash_ = Hash::FromBytes(final->header_hash());
  const std::unique_ptr<rocksdb::Iterator> flush = database_->NewIterator(Family::kFlushes);
  for (flush->SeekToFirst(); flush->Valid(); flush->Next()) {
    CAUSEWAY_ASSIGN_OR_RETURN(v1::Flush parsed, codec::ParseTrusted<v1::Flush>(AsView(flush->value())));
    flushes_.push_back(std::move(parsed));
  }
  CAUSEWAY_RETURN_IF_ERROR(database_->AtEnd(*flush, Family::kFlushes));
  if (read_only_) return absl::OkStatus();

  // What the log held is now in files that RocksDB has synced.
  CAUSEWAY_RETURN_IF_ERROR(FromRocks(database_->db().SyncWAL(), absl::StrCat("syncing ", directory_)));
  reach_.sequence = database_->db().GetLatestSequenceNumber();
  synced_ = reach_.final;
  CAUSEWAY_ASSIGN_OR_RETURN(head_, HeadFile::Open(env_, PathOf(directory_, kHeadName)));
  CAUSEWAY_RETURN_IF_ERROR(head_->SetWritten(reach_));
  CAUSEWAY_RETURN_IF_ERROR(head_->SetSynced(reach_));
  const std::string marker = PathOf(directory_, kCreatingName);
  if (FileExists(env_, marker)) return RemoveFile(env_, marker);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Height>> Store::Checkpoint(const std::string& directory) const {
  rocksdb::Env& env = impl_->env_;
  if (FileExists(env, directory))
    return absl::AlreadyExistsError(absl::StrCat(directory, " is there already; name one that is not"));
  CAUSEWAY_RETURN_IF_ERROR(FromRocks(env.CreateDir(directory), absl::StrCat("making directory ", directory)));
  CAUSEWAY_RETURN_IF_ERROR(WriteMarker(env, PathOf(directory, kCreatingName)));
  const std::string rocks = PathOf(directory, kRocksName);
  CAUSEWAY_RETURN_IF_ERROR(impl_->database_->CopyTo(rocks));
  Reach reach;
  {
    FilesAlone files{};
    CAUSEWAY_ASSIGN_OR_RETURN(const auto copy, OpenToLook(rocks, env, kLookCacheBytes, &files));
    CAUSEWAY_ASSIGN_OR_RETURN(reach, copy->ReadReach());
  }
  const std::string unfinished = PathOf(directory, absl::StrCat(kHeadName, ".new"));
  CAUSEWAY_RETURN_IF_ERROR(HeadFile::Write(env, unfinished, {kFormatVersion, impl_->chain_id_, reach, reach}));
  CAUSEWAY_RETURN_IF_ERROR(
      FromRocks(env.RenameFile(unfinished, PathOf(directory, kHeadName)), absl::StrCat("naming ", directory, "/HEAD")));
  CAUSEWAY_RETURN_IF_ERROR(RemoveFile(env, PathOf(directory, kCreatingName)));
  CAUSEWAY_RETURN_IF_ERROR(SyncDirectory(env, directory));
  CAUSEWAY_RETURN_IF_ERROR(SyncDirectory(env, ParentOf(directory)));

  OpenOptions options;
  options.chain_id = impl_->chain_id_;
  options.read_only = true;
  options.env = &env;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<Store> copy, Open(directory, options));
  CAUSEWAY_RETURN_IF_ERROR(copy->VerifyChecksums());
  return copy->final();
}

}  // namespace causeway::store
