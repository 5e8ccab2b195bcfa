// SPDX-License-Identifier: Apache-2.0
// A disk in memory that knows what is on it and what is only in the kernel: files and folders of a node, every change
// of them in order, and what a power cut leaves.
//
// What a cut may do, and nothing more:
//   - bytes written since a file's last sync are kept, lost or torn, each write and each sector of it for itself; a
//   torn
//     write keeps a prefix, and the rest of it is what was there before, zeros or garbage. Bytes that were synced and
//     not written since stay as they are.
//   - of a folder's new, removed and renamed names since the folder's last sync, the first few are kept and the others
//     lost. A file's sync does not keep its name.
//
// A Disk records its changes, so one life of a node gives a disk for each point at which it could have been cut.
// Thread safety: Disk's functions from any thread; DiskImage none.
#ifndef CAUSEWAY_TESTS_CRASH_DISK_H_
#define CAUSEWAY_TESTS_CRASH_DISK_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "tests/simulation/random.h"

namespace causeway::crash {

using simulation::Random;
using FileId = uint64_t;

// One change, or one sync, or a mark that its user set between two of them.
struct DiskChange {
  enum class Kind : uint8_t {
    kMakeFile,
    kMakeFolder,
    kRemove,
    kRename,
    kWrite,
    kResize,
    kSyncFile,
    kSyncFolder,
    kMark
  };
  Kind kind;
  FileId file = 0;
  std::string path = {};
  std::string to = {};       // kRename
  uint64_t offset = 0;       // kWrite; the size of kResize; the number of kMark
  std::string bytes = {};    // kWrite
  std::string Text() const;  // "write /node/db/HEAD 128+64"
};

// What is on a disk and what the kernel makes of it.
class DiskImage {
 public:
  void Apply(const DiskChange& change);
  // Power is cut and comes back.
  void Cut(Random& random);
  // The file's sync failed: the kernel forgets what it had to write, and reads as if it were written.
  void ForgetUnsynced(FileId file);

  bool IsFolder(const std::string& path) const { return path == "/" || folders_.contains(path); }
  const FileId* FindFile(const std::string& path) const;
  const std::string& Bytes(FileId file) const { return files_.at(file).now; }
  // Names of files and folders directly in a folder, sorted.
  std::vector<std::string> Names(const std::string& folder) const;
  FileId next_file() const { return next_file_; }

 private:
  struct Write {
    bool resize;
    uint64_t offset;  // the size, for a resize
    std::string bytes;
  };
  struct File {
    std::string now;
    std::string durable;
    std::vector<Write> unsynced;
  };
  static void Overwrite(std::string& bytes, uint64_t offset, absl::string_view with);
  static void CutWrite(const Write& write, Random& random, std::string& bytes);
  void CutFile(File& file, Random& random, uint64_t weather);
  static void ApplyName(const DiskChange& change, std::map<std::string, FileId>& names, std::set<std::string>& folders);

  std::map<FileId, File> files_;
  std::map<std::string, FileId> names_;
  std::set<std::string> folders_;
  // On disk.
  std::map<std::string, FileId> durable_names_;
  std::set<std::string> durable_folders_;
  // By folder, in order.
  std::map<std::string, std::vector<DiskChange>> unsynced_names_;
  FileId next_file_ = 1;
};

// What goes wrong while the node lives. Counted are changes and syncs, from 0 on.
struct DiskFaults {
  static constexpr uint64_t kNever = ~uint64_t{0};
  // From this change on there is no space: what makes or extends a file fails, after a part of it was written.
  uint64_t full_from = kNever;
  // Whether overwriting needs space too, as on file systems that copy on write.
  bool copies_on_write = false;
  // This sync and no other fails.
  uint64_t failing_sync = kNever;
};

class Disk {
 public:
  Disk() = default;
  explicit Disk(DiskImage image) : image_(std::move(image)) {}

  absl::StatusOr<FileId> MakeFile(const std::string& path, bool must_be_new);
  absl::Status MakeFolder(const std::string& path, bool must_be_new);
  absl::Status Remove(const std::string& path);
  absl::Status Rename(const std::string& from, const std::string& to);
  absl::Status Write(FileId file, uint64_t offset, absl::string_view bytes);
  absl::Status Append(FileId file, absl::string_view bytes);
  absl::Status Resize(FileId file, uint64_t size);
  // INTERNAL where it fails.
  absl::Status SyncFile(FileId file);
  absl::Status SyncFolder(const std::string& path);
  void Mark(uint64_t number);

  absl::StatusOr<FileId> Open(const std::string& path) const;
  bool Exists(const std::string& path) const;
  bool IsFolder(const std::string& path) const;
  absl::StatusOr<std::vector<std::string>> Names(const std::string& folder) const;
  uint64_t Size(FileId file) const;
  std::string Read(FileId file, uint64_t offset, uint64_t size) const;
  // False: somebody has it.
  bool Lock(const std::string& path);
  void Unlock(const std::string& path);

  // A process that was killed does nothing any more, whatever its objects' destructors try.
  void Freeze(bool frozen);
  void set_faults(const DiskFaults& faults);
  uint64_t changes() const;
  uint64_t syncs() const;
  // Whether a fault has struck.
  bool struck() const;
  std::vector<DiskChange> trace() const;
  DiskImage image() const;

 private:
  // All need mutex_.
  absl::Status Begin(bool needs_space);
  absl::Status BeginSync();
  void Do(DiskChange change);
  absl::Status WriteLocked(FileId file, uint64_t offset, absl::string_view bytes);

  mutable std::mutex mutex_;
  DiskImage image_;
  std::vector<DiskChange> trace_;
  std::set<std::string> locks_;
  DiskFaults faults_;
  bool frozen_ = false;
  bool struck_ = false;
  uint64_t changes_ = 0;
  uint64_t syncs_ = 0;
};

// "/a/b" of "/a/b/c".
std::string FolderOf(const std::string& path);

}  // namespace causeway::crash

#endif  // CAUSEWAY_TESTS_CRASH_DISK_H_
