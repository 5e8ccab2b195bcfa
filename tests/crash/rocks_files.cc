// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/system_clock.h"

#include "tests/crash/files.h"

namespace causeway::crash {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

absl::string_view AsView(const Slice& slice) {
  return {slice.data(), slice.size()};
}

IOStatus AsIo(const absl::Status& status) {
  const std::string text(status.message());
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return IOStatus::OK();
    case absl::StatusCode::kNotFound:
      return IOStatus::PathNotFound(text);
    case absl::StatusCode::kResourceExhausted:
      return IOStatus::NoSpace(text);
    default:
      return IOStatus::IOError(text);
  }
}

// RocksDB writes "//" where a folder's name ends with one.
std::string Clean(const std::string& path) {
  std::string clean;
  for (const char c : path) {
    if (c != '/' || clean.empty() || clean.back() != '/') clean.push_back(c);
  }
  if (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  return clean;
}

IOStatus ReadInto(const Disk& disk, FileId file, uint64_t offset, size_t size, Slice* result, char* scratch) {
  const std::string bytes = disk.Read(file, offset, size);
  std::memcpy(scratch, bytes.data(), bytes.size());
  *result = Slice(scratch, bytes.size());
  return IOStatus::OK();
}

class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  SequentialFile(Disk& disk, FileId file) : disk_(disk), file_(file) {}
  IOStatus Read(size_t size, const IOOptions&, Slice* result, char* scratch, IODebugContext*) override {
    const IOStatus status = ReadInto(disk_, file_, at_, size, result, scratch);
    at_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t size) override {
    at_ += size;
    return IOStatus::OK();
  }

 private:
  Disk& disk_;
  const FileId file_;
  uint64_t at_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  RandomAccessFile(Disk& disk, FileId file) : disk_(disk), file_(file) {}
  IOStatus Read(uint64_t offset, size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return ReadInto(disk_, file_, offset, size, result, scratch);
  }

 private:
  Disk& disk_;
  const FileId file_;
};

class WritableFile final : public rocksdb::FSWritableFile {
 public:
  WritableFile(Disk& disk, FileId file) : disk_(disk), file_(file) {}
  using rocksdb::FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.Append(file_, AsView(data)));
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.Resize(file_, size));
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return AsIo(disk_.SyncFile(file_)); }
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return disk_.Size(file_); }

 private:
  Disk& disk_;
  const FileId file_;
};

class RandomRwFile final : public rocksdb::FSRandomRWFile {
 public:
  RandomRwFile(Disk& disk, FileId file) : disk_(disk), file_(file) {}
  IOStatus Write(uint64_t offset, const Slice& data, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.Write(file_, offset, AsView(data)));
  }
  IOStatus Read(uint64_t offset, size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return ReadInto(disk_, file_, offset, size, result, scratch);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return AsIo(disk_.SyncFile(file_)); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  Disk& disk_;
  const FileId file_;
};

class Folder final : public rocksdb::FSDirectory {
 public:
  Folder(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return AsIo(disk_.SyncFolder(path_)); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  Disk& disk_;
  const std::string path_;
};

class HeldLock final : public rocksdb::FileLock {
 public:
  explicit HeldLock(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

class RocksFiles final : public rocksdb::FileSystem {
 public:
  explicit RocksFiles(Disk& disk) : disk_(disk) {}
  const char* Name() const override { return "causeway.crash"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext*) override {
    return OpenAs<SequentialFile>(path, result);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result, IODebugContext*) override {
    return OpenAs<RandomAccessFile>(path, result);
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext*) override {
    const absl::StatusOr<FileId> file = disk_.MakeFile(Clean(path), /*must_be_new=*/false);
    if (!file.ok()) return AsIo(file.status());
    *result = std::make_unique<WritableFile>(disk_, *file);
    return IOStatus::OK();
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* debug) override {
    if (!disk_.Exists(Clean(path))) return NewWritableFile(path, options, result, debug);
    return OpenAs<WritableFile>(path, result);
  }
  IOStatus NewRandomRWFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* result, IODebugContext*) override {
    return OpenAs<RandomRwFile>(path, result);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&, std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext*) override {
    if (!disk_.IsFolder(Clean(path))) return IOStatus::PathNotFound(path);
    *result = std::make_unique<Folder>(disk_, Clean(path));
    return IOStatus::OK();
  }

  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    return disk_.Exists(Clean(path)) ? IOStatus::OK() : IOStatus::NotFound(path);
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override {
    const absl::StatusOr<std::vector<std::string>> names = disk_.Names(Clean(path));
    if (!names.ok()) return AsIo(names.status());
    *result = *names;
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.Remove(Clean(path)));
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.MakeFolder(Clean(path), /*must_be_new=*/true));
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.MakeFolder(Clean(path), /*must_be_new=*/false));
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.Remove(Clean(path)));
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* size, IODebugContext*) override {
    const absl::StatusOr<FileId> file = disk_.Open(Clean(path));
    if (file.ok()) *size = disk_.Size(*file);
    return AsIo(file.status());
  }
  IOStatus GetFileModificationTime(const std::string& path, const IOOptions&, uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return AsIo(disk_.Open(Clean(path)).status());
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&, IODebugContext*) override {
    return AsIo(disk_.Rename(Clean(from), Clean(to)));
  }
  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** lock, IODebugContext*) override {
    if (!disk_.Lock(Clean(path))) return IOStatus::IOError("lock held by another process");
    if (!disk_.Exists(Clean(path))) {
      const absl::StatusOr<FileId> file = disk_.MakeFile(Clean(path), /*must_be_new=*/true);
      if (!file.ok()) {
        disk_.Unlock(Clean(path));
        return AsIo(file.status());
      }
    }
    *lock = new HeldLock(Clean(path));
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    disk_.Unlock(static_cast<HeldLock*>(lock)->path());
    delete lock;
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    path->assign(1, '/');
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute, IODebugContext*) override {
    *absolute = Clean(path);
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_folder, IODebugContext*) override {
    *is_folder = disk_.IsFolder(Clean(path));
    return disk_.Exists(Clean(path)) ? IOStatus::OK() : IOStatus::NotFound(path);
  }

 private:
  template <class File, class Result>
  IOStatus OpenAs(const std::string& path, Result* result) {
    const absl::StatusOr<FileId> file = disk_.Open(Clean(path));
    if (!file.ok()) return AsIo(file.status());
    *result = std::make_unique<File>(disk_, *file);
    return IOStatus::OK();
  }

  Disk& disk_;
};

// RocksDB sleeps for a second after what failed in the background, which tells nothing where all of a killed node
// fails.
class SleeplessClock final : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "causeway.sleepless"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};

class CrashEnv final : public rocksdb::EnvWrapper {
 public:
  explicit CrashEnv(std::unique_ptr<rocksdb::Env> env) : EnvWrapper(std::move(env)) {
    system_clock_ = std::make_shared<SleeplessClock>(system_clock_);
  }
  const char* Name() const override { return "causeway.crash"; }
};

}  // namespace

std::unique_ptr<rocksdb::Env> MakeEnv(Disk& disk) {
  return std::make_unique<CrashEnv>(rocksdb::NewCompositeEnv(std::make_shared<RocksFiles>(disk)));
}

}  // namespace causeway::crash
