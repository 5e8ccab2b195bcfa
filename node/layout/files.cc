// SPDX-License-Identifier: Apache-2.0
#include "node/layout/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"

namespace causeway::layout {
namespace {

absl::Status FileError(const std::string& what, int error) {
  return absl::ErrnoToStatus(error, what);
}

absl::Status SyncFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError(absl::StrCat("cannot open ", path), errno);
  const absl::Cleanup closing = [fd] { close(fd); };
  return fsync(fd) == 0 ? absl::OkStatus() : FileError(absl::StrCat("cannot sync ", path), errno);
}

}  // namespace

absl::Status WritePrivateFile(const std::string& path, absl::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return FileError(absl::StrCat("cannot make ", path), errno);
  const absl::Cleanup closing = [fd] { close(fd); };
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(absl::StrCat("cannot write ", path), errno);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : FileError(absl::StrCat("cannot sync ", path), errno);
}

absl::Status MakePrivateFolder(const std::string& path) {
  return mkdir(path.c_str(), 0700) == 0 ? absl::OkStatus() : FileError(absl::StrCat("cannot make ", path), errno);
}

absl::Status MakeWhole(const std::string& directory,
                       const std::function<absl::Status(const std::string& folder)>& fill) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path target = fs::absolute(directory, error).lexically_normal();
  const fs::path clean = target.has_filename() ? target : target.parent_path();
  if (fs::exists(clean, error) && (!fs::is_directory(clean, error) || !fs::is_empty(clean, error)))
    return absl::AlreadyExistsError(
        absl::StrCat(clean.string(), " is there and not empty: name another directory, or remove it first"));
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot look into ", clean.string()));
  const std::string parent = clean.parent_path().string();
  fs::create_directories(parent, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot make ", parent));

  std::string building = absl::StrCat(clean.string(), ".partial-XXXXXX");
  if (mkdtemp(building.data()) == nullptr) return FileError(absl::StrCat("cannot make a folder in ", parent), errno);
  absl::Cleanup removal = [&building] {
    std::error_code ignored;
    std::filesystem::remove_all(building, ignored);
  };
  CAUSEWAY_RETURN_IF_ERROR(fill(building));
  CAUSEWAY_RETURN_IF_ERROR(SyncFolder(building));
  // Takes the place of an empty folder too, and fails where something has come into it meanwhile.
  if (std::rename(building.c_str(), clean.c_str()) != 0)
    return FileError(absl::StrCat("cannot rename ", building, " to ", clean.string()), errno);
  std::move(removal).Cancel();
  return SyncFolder(parent);
}

}  // namespace causeway::layout
