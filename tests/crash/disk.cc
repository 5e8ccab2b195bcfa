// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/disk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"

namespace causeway::crash {
namespace {

constexpr uint64_t kSector = 512;

}  // namespace

std::string FolderOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string DiskChange::Text() const {
  switch (kind) {
    case Kind::kMakeFile:
      return absl::StrCat("make file ", path, " as ", file);
    case Kind::kMakeFolder:
      return absl::StrCat("make folder ", path);
    case Kind::kRemove:
      return absl::StrCat("remove ", path);
    case Kind::kRename:
      return absl::StrCat("rename ", path, " to ", to);
    case Kind::kWrite:
      return absl::StrCat("write file ", file, " at ", offset, "+", bytes.size());
    case Kind::kResize:
      return absl::StrCat("resize file ", file, " to ", offset);
    case Kind::kSyncFile:
      return absl::StrCat("sync file ", file);
    case Kind::kSyncFolder:
      return absl::StrCat("sync folder ", path);
    case Kind::kMark:
      return absl::StrCat("mark ", offset);
  }
  return "";
}

// ---- DiskImage ----

void DiskImage::Overwrite(std::string& bytes, uint64_t offset, absl::string_view with) {
  if (offset + with.size() > bytes.size()) bytes.resize(offset + with.size(), '\0');
  std::copy(with.begin(), with.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
}

void DiskImage::ApplyName(const DiskChange& change, std::map<std::string, FileId>& names,
                          std::set<std::string>& folders) {
  switch (change.kind) {
    case DiskChange::Kind::kMakeFile:
      names[change.path] = change.file;
      break;
    case DiskChange::Kind::kMakeFolder:
      folders.insert(change.path);
      break;
    case DiskChange::Kind::kRemove:
      names.erase(change.path);
      folders.erase(change.path);
      break;
    case DiskChange::Kind::kRename:
      if (const auto from = names.find(change.path); from != names.end()) {
        names[change.to] = from->second;
        names.erase(change.path);
      }
      break;
    default:
      break;
  }
}

void DiskImage::Apply(const DiskChange& change) {
  switch (change.kind) {
    case DiskChange::Kind::kMakeFile:
      files_[change.file];
      next_file_ = std::max(next_file_, change.file + 1);
      [[fallthrough]];
    case DiskChange::Kind::kMakeFolder:
    case DiskChange::Kind::kRemove:
    case DiskChange::Kind::kRename:
      ApplyName(change, names_, folders_);
      unsynced_names_[FolderOf(change.path)].push_back(change);
      break;
    case DiskChange::Kind::kWrite: {
      File& file = files_.at(change.file);
      Overwrite(file.now, change.offset, change.bytes);
      file.unsynced.push_back({false, change.offset, change.bytes});
      break;
    }
    case DiskChange::Kind::kResize: {
      File& file = files_.at(change.file);
      file.now.resize(change.offset, '\0');
      file.unsynced.push_back({true, change.offset, ""});
      break;
    }
    case DiskChange::Kind::kSyncFile: {
      File& file = files_.at(change.file);
      for (const Write& write : file.unsynced) {
        if (write.resize) {
          file.durable.resize(write.offset, '\0');
        } else {
          Overwrite(file.durable, write.offset, write.bytes);
        }
      }
      file.unsynced.clear();
      break;
    }
    case DiskChange::Kind::kSyncFolder:
      for (const DiskChange& name : unsynced_names_[change.path]) ApplyName(name, durable_names_, durable_folders_);
      unsynced_names_.erase(change.path);
      break;
    case DiskChange::Kind::kMark:
      break;
  }
}

void DiskImage::ForgetUnsynced(FileId file) {
  files_.at(file).unsynced.clear();
}

// Part of a write, or none, or all; sector by sector.
void DiskImage::CutWrite(const Write& write, Random& random, std::string& bytes) {
  if (write.resize) {
    if (random.Chance(500)) bytes.resize(write.offset, '\0');
    return;
  }
  const uint64_t kept_permille = random.Below(4) * 333;
  const uint64_t end = write.offset + write.bytes.size();
  for (uint64_t at = write.offset; at < end;) {
    const uint64_t size = std::min(kSector - at % kSector, end - at);
    const absl::string_view sector = absl::string_view(write.bytes).substr(at - write.offset, size);
    if (random.Chance(kept_permille)) {
      Overwrite(bytes, at, sector);
    } else if (random.Chance(300)) {
      const uint64_t kept = random.Below(size + 1);
      Overwrite(bytes, at, sector.substr(0, kept));
      const uint64_t rest = random.Below(3);  // 0: what was there before
      std::string other(size - kept, '\0');
      if (rest == 2) {
        for (char& c : other) c = static_cast<char>(random.Below(256));
      }
      if (rest > 0) Overwrite(bytes, at + kept, other);
    }
    at += size;
  }
}

// `weather`: 0: all is lost; 1: all is kept; 2: the first writes are kept, the next is torn; else each is cut for
// itself.
void DiskImage::CutFile(File& file, Random& random, uint64_t weather) {
  const size_t count = file.unsynced.size();
  const size_t whole = weather == 0 ? 0 : weather == 1 ? count : weather == 2 ? random.Below(count + 1) : 0;
  const size_t torn_end = weather < 2 ? whole : weather == 2 ? std::min(count, whole + 1) : count;
  for (size_t i = 0; i < torn_end; ++i) {
    const Write& write = file.unsynced[i];
    if (i >= whole) {
      if (weather > 2 && random.Chance(400)) {
        if (random.Chance(500)) continue;
      } else {
        CutWrite(write, random, file.durable);
        continue;
      }
    }
    if (write.resize) {
      file.durable.resize(write.offset, '\0');
    } else {
      Overwrite(file.durable, write.offset, write.bytes);
    }
  }
  file.unsynced.clear();
  file.now = file.durable;
}

void DiskImage::Cut(Random& random) {
  // One cut in three loses everything, one in six nothing: the corners that a mixture seldom reaches.
  const uint64_t sky = random.Below(6);
  for (auto& [folder, changes] : unsynced_names_) {
    const size_t kept = sky < 2 ? 0 : sky == 2 ? changes.size() : random.Below(changes.size() + 1);
    for (size_t i = 0; i < kept; ++i) ApplyName(changes[i], durable_names_, durable_folders_);
  }
  unsynced_names_.clear();
  // A folder that is not there has nothing in it.
  std::erase_if(durable_folders_, [this](const std::string& folder) {
    for (std::string above = FolderOf(folder); above != "/"; above = FolderOf(above)) {
      if (!durable_folders_.contains(above)) return true;
    }
    return false;
  });
  std::erase_if(durable_names_, [this](const auto& name) {
    const std::string folder = FolderOf(name.first);
    return folder != "/" && !durable_folders_.contains(folder);
  });
  names_ = durable_names_;
  folders_ = durable_folders_;
  std::set<FileId> named;
  for (const auto& [path, file] : names_) named.insert(file);
  std::erase_if(files_, [&](const auto& file) { return !named.contains(file.first); });
  for (auto& [id, file] : files_) CutFile(file, random, sky < 2 ? 0 : sky == 2 ? 1 : random.Below(5));
}

const FileId* DiskImage::FindFile(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : &found->second;
}

std::vector<std::string> DiskImage::Names(const std::string& folder) const {
  const std::string prefix = folder == "/" ? "/" : folder + "/";
  std::vector<std::string> names;
  const auto take = [&](const std::string& path) {
    if (absl::StartsWith(path, prefix) && path.find('/', prefix.size()) == std::string::npos)
      names.push_back(path.substr(prefix.size()));
  };
  for (const auto& [path, file] : names_) take(path);
  for (const std::string& path : folders_) take(path);
  std::sort(names.begin(), names.end());
  return names;
}

// ---- Disk ----

absl::Status Disk::Begin(bool needs_space) {
  if (frozen_) return absl::AbortedError("the process was killed");
  const bool full = changes_ >= faults_.full_from && needs_space;
  ++changes_;
  if (!full) return absl::OkStatus();
  struck_ = true;
  return absl::ResourceExhaustedError("No space left on device");
}

absl::Status Disk::BeginSync() {
  CAUSEWAY_RETURN_IF_ERROR(Begin(false));
  if (syncs_++ != faults_.failing_sync) return absl::OkStatus();
  struck_ = true;
  return absl::InternalError("Input/output error");
}

void Disk::Do(DiskChange change) {
  image_.Apply(change);
  trace_.push_back(std::move(change));
}

absl::StatusOr<FileId> Disk::MakeFile(const std::string& path, bool must_be_new) {
  const std::lock_guard lock(mutex_);
  if (!image_.IsFolder(FolderOf(path))) return absl::NotFoundError(path);
  if (must_be_new && image_.FindFile(path) != nullptr) return absl::AlreadyExistsError(path);
  CAUSEWAY_RETURN_IF_ERROR(Begin(true));
  const FileId file = image_.next_file();
  Do({.kind = DiskChange::Kind::kMakeFile, .file = file, .path = path});
  return file;
}

absl::Status Disk::MakeFolder(const std::string& path, bool must_be_new) {
  const std::lock_guard lock(mutex_);
  if (!image_.IsFolder(FolderOf(path))) return absl::NotFoundError(path);
  if (image_.IsFolder(path)) return must_be_new ? absl::AlreadyExistsError(path) : absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(Begin(true));
  Do({.kind = DiskChange::Kind::kMakeFolder, .path = path});
  return absl::OkStatus();
}

absl::Status Disk::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (image_.FindFile(path) == nullptr && !image_.IsFolder(path)) return absl::NotFoundError(path);
  if (image_.IsFolder(path) && !image_.Names(path).empty()) return absl::FailedPreconditionError(path);
  CAUSEWAY_RETURN_IF_ERROR(Begin(false));
  Do({.kind = DiskChange::Kind::kRemove, .path = path});
  return absl::OkStatus();
}

absl::Status Disk::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (image_.FindFile(from) == nullptr) return absl::NotFoundError(from);
  CAUSEWAY_CHECK(FolderOf(from) == FolderOf(to), "renamed across folders: ", from);
  CAUSEWAY_RETURN_IF_ERROR(Begin(false));
  Do({.kind = DiskChange::Kind::kRename, .path = from, .to = to});
  return absl::OkStatus();
}

absl::Status Disk::WriteLocked(FileId file, uint64_t offset, absl::string_view bytes) {
  const bool extends = offset + bytes.size() > image_.Bytes(file).size();
  const absl::Status begun = Begin(extends || faults_.copies_on_write);
  // A full disk takes what still fits.
  if (absl::IsResourceExhausted(begun)) bytes = bytes.substr(0, bytes.size() / 3);
  if (begun.ok() || (absl::IsResourceExhausted(begun) && !bytes.empty())) {
    Do({.kind = DiskChange::Kind::kWrite, .file = file, .offset = offset, .bytes = std::string(bytes)});
  }
  return begun;
}

absl::Status Disk::Write(FileId file, uint64_t offset, absl::string_view bytes) {
  const std::lock_guard lock(mutex_);
  return WriteLocked(file, offset, bytes);
}

absl::Status Disk::Append(FileId file, absl::string_view bytes) {
  const std::lock_guard lock(mutex_);
  return WriteLocked(file, image_.Bytes(file).size(), bytes);
}

absl::Status Disk::Resize(FileId file, uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (image_.Bytes(file).size() == size) return absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(Begin(size > image_.Bytes(file).size()));
  Do({.kind = DiskChange::Kind::kResize, .file = file, .offset = size});
  return absl::OkStatus();
}

absl::Status Disk::SyncFile(FileId file) {
  const std::lock_guard lock(mutex_);
  const absl::Status begun = BeginSync();
  if (absl::IsInternal(begun)) image_.ForgetUnsynced(file);
  if (begun.ok()) Do({.kind = DiskChange::Kind::kSyncFile, .file = file});
  return begun;
}

absl::Status Disk::SyncFolder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!image_.IsFolder(path)) return absl::NotFoundError(path);
  CAUSEWAY_RETURN_IF_ERROR(BeginSync());
  Do({.kind = DiskChange::Kind::kSyncFolder, .path = path});
  return absl::OkStatus();
}

void Disk::Mark(uint64_t number) {
  const std::lock_guard lock(mutex_);
  Do({.kind = DiskChange::Kind::kMark, .offset = number});
}

absl::StatusOr<FileId> Disk::Open(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const FileId* const file = image_.FindFile(path);
  if (file == nullptr) return absl::NotFoundError(path);
  return *file;
}

bool Disk::Exists(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return image_.FindFile(path) != nullptr || image_.IsFolder(path);
}

bool Disk::IsFolder(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return image_.IsFolder(path);
}

absl::StatusOr<std::vector<std::string>> Disk::Names(const std::string& folder) const {
  const std::lock_guard lock(mutex_);
  if (!image_.IsFolder(folder)) return absl::NotFoundError(folder);
  return image_.Names(folder);
}

uint64_t Disk::Size(FileId file) const {
  const std::lock_guard lock(mutex_);
  return image_.Bytes(file).size();
}

std::string Disk::Read(FileId file, uint64_t offset, uint64_t size) const {
  const std::lock_guard lock(mutex_);
  const std::string& bytes = image_.Bytes(file);
  return offset >= bytes.size() ? std::string() : bytes.substr(offset, size);
}

bool Disk::Lock(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return locks_.insert(path).second;
}

void Disk::Unlock(const std::string& path) {
  const std::lock_guard lock(mutex_);
  locks_.erase(path);
}

void Disk::Freeze(bool frozen) {
  const std::lock_guard lock(mutex_);
  frozen_ = frozen;
}

void Disk::set_faults(const DiskFaults& faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
}

uint64_t Disk::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

uint64_t Disk::syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
}

bool Disk::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

std::vector<DiskChange> Disk::trace() const {
  const std::lock_guard lock(mutex_);
  return trace_;
}

DiskImage Disk::image() const {
  const std::lock_guard lock(mutex_);
  return image_;
}

}  // namespace causeway::crash
