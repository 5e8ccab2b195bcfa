// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "tests/crash/files.h"

namespace causeway::crash {
namespace {

class VoteFile final : public consensus::LogFile {
 public:
  VoteFile(Disk& disk, FileId file) : disk_(disk), file_(file), size_(disk.Size(file)) {}

  absl::Status WriteAt(uint64_t offset, absl::string_view data) override {
    if (offset + data.size() > size()) return absl::OutOfRangeError("write beyond the end");
    return data.empty() ? absl::OkStatus() : disk_.Write(file_, offset, data);
  }
  absl::StatusOr<std::string> ReadAt(uint64_t offset, uint64_t size) const override {
    return disk_.Read(file_, offset, size);
  }
  absl::Status SyncData() override { return disk_.SyncFile(file_); }
  uint64_t size() const override { return size_; }

 private:
  Disk& disk_;
  const FileId file_;
  const uint64_t size_;
};

class VoteFiles final : public consensus::FileSystem {
 public:
  explicit VoteFiles(Disk& disk) : disk_(disk) {}

  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override {
    if (!disk_.IsFolder(folder)) return std::vector<std::string>();
    return disk_.Names(folder);
  }
  absl::Status MakeFolder(const std::string& folder) override {
    CAUSEWAY_RETURN_IF_ERROR(disk_.MakeFolder(folder, /*must_be_new=*/false));
    return disk_.SyncFolder(FolderOf(folder));
  }
  absl::StatusOr<std::unique_ptr<consensus::LogFile>> Make(const std::string& path, uint64_t size) override {
    CAUSEWAY_ASSIGN_OR_RETURN(const FileId file, disk_.MakeFile(path, /*must_be_new=*/true));
    absl::Status filled = disk_.Resize(file, size);
    if (filled.ok()) filled = disk_.Write(file, 0, std::string(size, '\0'));
    if (filled.ok()) filled = disk_.SyncFile(file);
    if (!filled.ok()) {
      (void)disk_.Remove(path);
      return filled;
    }
    return std::make_unique<VoteFile>(disk_, file);
  }
  absl::StatusOr<std::unique_ptr<consensus::LogFile>> Open(const std::string& path) override {
    CAUSEWAY_ASSIGN_OR_RETURN(const FileId file, disk_.Open(path));
    return std::make_unique<VoteFile>(disk_, file);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override { return disk_.Rename(from, to); }
  absl::Status Remove(const std::string& path) override { return disk_.Remove(path); }
  absl::Status SyncFolder(const std::string& folder) override { return disk_.SyncFolder(folder); }

 private:
  Disk& disk_;
};

}  // namespace

std::unique_ptr<consensus::FileSystem> MakeLogFiles(Disk& disk) {
  return std::make_unique<VoteFiles>(disk);
}

}  // namespace causeway::crash
