// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_NODE_DAEMON_DIRECTORY_LOCK_H_
#define CAUSEWAY_NODE_DAEMON_DIRECTORY_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace causeway::daemon {

// Keeps other processes of this machine from using a directory, until it is destroyed or the process ends, however it
// ends. Two processes that sign under one key from one vote log would be the end of the log's promise.
class DirectoryLock {
 public:
  // Makes the directory where it is not there. UNAVAILABLE where another process has it.
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Take(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  const int fd_;
};

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_DIRECTORY_LOCK_H_
