// SPDX-License-Identifier: Apache-2.0
// The few file operations that the vote log needs, behind an interface, so that a simulated disk can lose, tear, rot
// and fill up under the same code.
#ifndef CAUSEWAY_NODE_CONSENSUS_LOG_FILE_H_
#define CAUSEWAY_NODE_CONSENSUS_LOG_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::consensus {

class LogFile {
 public:
  virtual ~LogFile() = default;
  // All of `data`, at the offset. Never extends the file.
  virtual absl::Status WriteAt(uint64_t offset, absl::string_view data) = 0;
  // Exactly `size` bytes, fewer only at the file's end.
  virtual absl::StatusOr<std::string> ReadAt(uint64_t offset, uint64_t size) const = 0;
  // What was written is on disk when it returns OK. After an error nothing is known about any of it.
  virtual absl::Status SyncData() = 0;
  virtual uint64_t size() const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Names in the folder, sorted; empty where it does not exist.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& folder) = 0;
  // Makes the folder, and syncs its parent.
  virtual absl::Status MakeFolder(const std::string& folder) = 0;
  // A new file of `size` zero bytes, written and synced; its name is on disk only after SyncFolder. RESOURCE_EXHAUSTED
  // where the disk is full.
  virtual absl::StatusOr<std::unique_ptr<LogFile>> Make(const std::string& path, uint64_t size) = 0;
  virtual absl::StatusOr<std::unique_ptr<LogFile>> Open(const std::string& path) = 0;
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  virtual absl::Status SyncFolder(const std::string& folder) = 0;
};

// The machine's own, with pread, pwrite, fdatasync and posix_fallocate.
std::unique_ptr<FileSystem> SystemFiles();

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_LOG_FILE_H_
