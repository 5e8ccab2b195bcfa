// SPDX-License-Identifier: Apache-2.0

#include "ledger/store/manifest.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

#include "ledger/base/crc32c.h"
#include "ledger/store/database.h"

namespace causeway::store {
namespace {

// RocksDB's log format: blocks of 32 KiB; a record is checksum (4, little-endian, masked) ‖ length (2) ‖ type (1) ‖
// payload, and never crosses a block's end. A logical record is one of type 1, or 2, any number of 3, and 4.
constexpr uint64_t kBlockSize = 32768;
constexpr uint64_t kRecordHeaderSize = 7;
constexpr int kFull = 1;
constexpr int kLast = 4;

uint32_t Byte(absl::string_view bytes, uint64_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

uint32_t Masked(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

struct Record {
  int type;
  uint64_t end;
};

std::optional<Record> RecordAt(absl::string_view bytes, uint64_t at) {
  const uint64_t block_end = std::min<uint64_t>((at / kBlockSize + 1) * kBlockSize, bytes.size());
  if (at + kRecordHeaderSize > block_end) return std::nullopt;
  const uint64_t length = Byte(bytes, at + 4) | Byte(bytes, at + 5) << 8;
  const int type = static_cast<int>(Byte(bytes, at + 6));
  if (type < kFull || type > kLast || at + kRecordHeaderSize + length > block_end) return std::nullopt;
  const uint32_t stored =
      Byte(bytes, at) | Byte(bytes, at + 1) << 8 | Byte(bytes, at + 2) << 16 | Byte(bytes, at + 3) << 24;
  if (stored != Masked(ExtendCrc32c(0, bytes.substr(at + 6, length + 1)))) return std::nullopt;
  return Record{type, at + kRecordHeaderSize + length};
}

// Where the next record may begin: a block's last bytes hold none.
uint64_t NextStart(uint64_t at) {
  const uint64_t left = kBlockSize - at % kBlockSize;
  return left < kRecordHeaderSize ? at + left : at;
}

// A file that ends earlier.
class ShortenedFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  ShortenedFile(std::unique_ptr<rocksdb::FSSequentialFile> file, uint64_t size)
      : FSSequentialFileOwnerWrapper(std::move(file)), left_(size) {}
  rocksdb::IOStatus Read(size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus status =
        FSSequentialFileOwnerWrapper::Read(std::min<uint64_t>(size, left_), options, result, scratch, debug);
    if (status.ok()) left_ -= result->size();
    return status;
  }
  rocksdb::IOStatus Skip(uint64_t size) override {
    const uint64_t skipped = std::min(size, left_);
    left_ -= skipped;
    return FSSequentialFileOwnerWrapper::Skip(skipped);
  }

 private:
  uint64_t left_;
};

class FilesWithoutTornEnd final : public rocksdb::FileSystemWrapper {
 public:
  FilesWithoutTornEnd(const std::shared_ptr<rocksdb::FileSystem>& files, TornManifest torn)
      : FileSystemWrapper(files), torn_(std::move(torn)) {}
  const char* Name() const override { return "causeway.without_torn_end"; }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus status = FileSystemWrapper::NewSequentialFile(path, options, result, debug);
    if (status.ok() && path == torn_.path)
      *result = std::make_unique<ShortenedFile>(std::move(*result), torn_.whole_bytes);
    return status;
  }
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options, uint64_t* size,
                                rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus status = FileSystemWrapper::GetFileSize(path, options, size, debug);
    if (status.ok() && path == torn_.path) *size = torn_.whole_bytes;
    return status;
  }

 private:
  const TornManifest torn_;
};

}  // namespace

std::optional<uint64_t> TornAfter(absl::string_view manifest) {
  uint64_t whole = 0;
  uint64_t at = 0;
  while (const std::optional<Record> record = RecordAt(manifest, NextStart(at))) {
    at = record->end;
    if (record->type == kFull || record->type == kLast) whole = at;
  }
  if (whole == manifest.size()) return std::nullopt;
  return whole;
}

std::optional<TornManifest> FindTornManifest(rocksdb::Env& env, const std::string& rocks) {
  std::string current;
  if (!rocksdb::ReadFileToString(&env, absl::StrCat(rocks, "/CURRENT"), &current).ok()) return std::nullopt;
  const std::string path = absl::StrCat(rocks, "/", absl::StripSuffix(current, "\n"));
  std::string manifest;
  if (!rocksdb::ReadFileToString(&env, path, &manifest).ok()) return std::nullopt;
  const std::optional<uint64_t> whole = TornAfter(manifest);
  if (!whole) return std::nullopt;
  return TornManifest{path, *whole};
}

std::unique_ptr<rocksdb::Env> ViewWithoutTornEnd(rocksdb::Env& env, const TornManifest& torn) {
  return rocksdb::NewCompositeEnv(std::make_shared<FilesWithoutTornEnd>(env.GetFileSystem(), torn));
}

absl::Status CutTornEnd(rocksdb::Env& env, const TornManifest& torn) {
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.ReopenWritableFile(torn.path, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Truncate(torn.whole_bytes);
  if (status.ok()) status = file->Fsync();
  if (status.ok()) status = file->Close();
  return FromRocks(status, absl::StrCat("cutting the torn end off ", torn.path));
}

}  // namespace causeway::store
