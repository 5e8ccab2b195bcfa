// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace causeway::daemon {

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot make ", directory));
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", directory));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<DirectoryLock>(new DirectoryLock(fd));
  const int reason = errno;
  close(fd);
  if (reason == EWOULDBLOCK)
    return absl::UnavailableError(
        absl::StrCat(directory, " is in use by another causewayd: stop it first, or give this one its own directory"));
  return absl::ErrnoToStatus(reason, absl::StrCat("cannot lock ", directory));
}

DirectoryLock::~DirectoryLock() {
  close(fd_);
}

}  // namespace causeway::daemon
