// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/log_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"

namespace causeway::consensus {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path, int error = errno) {
  const absl::Status status = absl::ErrnoToStatus(error, absl::StrCat(what, " ", path));
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(status.message());
  return status;
}

class SystemFile final : public LogFile {
 public:
  SystemFile(std::string path, int descriptor, uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}
  ~SystemFile() override { close(descriptor_); }

  absl::Status WriteAt(uint64_t offset, absl::string_view data) override {
    if (offset + data.size() > size_) return absl::OutOfRangeError(absl::StrCat("write beyond the end of ", path_));
    while (!data.empty()) {
      const ssize_t written = pwrite(descriptor_, data.data(), data.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed("cannot write", path_);
      data.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<uint64_t>(written);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAt(uint64_t offset, uint64_t size) const override {
    std::string data(std::min(size, offset < size_ ? size_ - offset : 0), '\0');
    size_t done = 0;
    while (done < data.size()) {
      const ssize_t got = pread(descriptor_, data.data() + done, data.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Failed("cannot read", path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    data.resize(done);
    return data;
  }

  absl::Status SyncData() override {
    return fdatasync(descriptor_) == 0 ? absl::OkStatus() : Failed("cannot sync", path_);
  }

  uint64_t size() const override { return size_; }

 private:
  const std::string path_;
  const int descriptor_;
  const uint64_t size_;
};

class SystemFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override {
    DIR* directory = opendir(folder.c_str());
    if (directory == nullptr && errno == ENOENT) return std::vector<std::string>();
    if (directory == nullptr) return Failed("cannot list", folder);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(directory)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    closedir(directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status MakeFolder(const std::string& folder) override {
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Failed("cannot make", folder);
    const size_t slash = folder.find_last_of('/');
    return SyncFolder(slash == std::string::npos ? "." : slash == 0 ? "/" : folder.substr(0, slash));
  }

  absl::StatusOr<std::unique_ptr<LogFile>> Make(const std::string& path, uint64_t size) override {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return Failed("cannot make", path);
    auto file = std::make_unique<SystemFile>(path, descriptor, size);
    const absl::Status filled = Fill(*file, path, descriptor, size);
    if (!filled.ok()) {
      file.reset();
      unlink(path.c_str());
      return filled;
    }
    return file;
  }

  absl::StatusOr<std::unique_ptr<LogFile>> Open(const std::string& path) override {
    const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return Failed("cannot open", path);
    struct stat status = {};
    if (fstat(descriptor, &status) != 0) {
      const absl::Status failed = Failed("cannot look at", path);
      close(descriptor);
      return failed;
    }
    return std::make_unique<SystemFile>(path, descriptor, static_cast<uint64_t>(status.st_size));
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    return rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : Failed("cannot rename", from);
  }

  absl::Status Remove(const std::string& path) override {
    return unlink(path.c_str()) == 0 ? absl::OkStatus() : Failed("cannot remove", path);
  }

  absl::Status SyncFolder(const std::string& folder) override {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return Failed("cannot open", folder);
    const int result = fsync(descriptor);
    const int error = errno;
    close(descriptor);
    return result == 0 ? absl::OkStatus() : Failed("cannot sync", folder, error);
  }

 private:
  // Zeros are written, not only reserved: a later fdatasync then has no block map to write.
  static absl::Status Fill(SystemFile& file, const std::string& path, int descriptor, uint64_t size) {
    const int error = posix_fallocate(descriptor, 0, static_cast<off_t>(size));
    if (error != 0) return Failed("cannot reserve", path, error);
    const std::string zeros(std::min<uint64_t>(size, 1 << 20), '\0');
    for (uint64_t at = 0; at < size; at += zeros.size()) {
      const absl::string_view piece = absl::string_view(zeros).substr(0, std::min<uint64_t>(zeros.size(), size - at));
      CAUSEWAY_RETURN_IF_ERROR(file.WriteAt(at, piece));
    }
    return fsync(descriptor) == 0 ? absl::OkStatus() : Failed("cannot sync", path);
  }
};

}  // namespace

std::unique_ptr<FileSystem> SystemFiles() {
  return std::make_unique<SystemFileSystem>();
}

}  // namespace causeway::consensus
