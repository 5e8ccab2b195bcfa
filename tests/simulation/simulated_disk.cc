// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_disk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"

namespace causeway::simulation {

class SimulatedFile final : public consensus::LogFile {
 public:
  SimulatedFile(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Content> content)
      : disk_(disk), content_(std::move(content)) {}

  absl::Status WriteAt(uint64_t offset, absl::string_view data) override {
    CAUSEWAY_RETURN_IF_ERROR(disk_.Operate());
    if (offset + data.size() > content_->now.size()) return absl::OutOfRangeError("write beyond the end");
    content_->now.replace(offset, data.size(), data.data(), data.size());
    if (data.empty()) return absl::OkStatus();
    for (uint64_t sector = offset / SimulatedDisk::kSector;
         sector <= (offset + data.size() - 1) / SimulatedDisk::kSector; ++sector) {
      content_->dirty.insert(sector);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAt(uint64_t offset, uint64_t size) const override {
    if (offset >= content_->now.size()) return std::string();
    return content_->now.substr(offset, size);
  }

  absl::Status SyncData() override {
    CAUSEWAY_RETURN_IF_ERROR(disk_.Operate());
    if (disk_.syncs_fail_) return absl::DataLossError("sync failed");
    for (const uint64_t sector : content_->dirty) {
      const uint64_t at = sector * SimulatedDisk::kSector;
      const uint64_t size = std::min(SimulatedDisk::kSector, content_->now.size() - at);
      content_->durable.replace(at, size, content_->now, at, size);
    }
    content_->dirty.clear();
    return absl::OkStatus();
  }

  uint64_t size() const override { return content_->now.size(); }

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<SimulatedDisk::Content> content_;
};

absl::Status SimulatedDisk::Operate() {
  ++operations_;
  if (cut_after_ == kNoCut) return absl::OkStatus();
  if (cut_after_ == 0) return absl::AbortedError("power cut");
  --cut_after_;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SimulatedDisk::List(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& [path, content] : names_) {
    if (absl::StartsWith(path, folder + "/")) names.push_back(path.substr(folder.size() + 1));
  }
  return names;
}

absl::Status SimulatedDisk::MakeFolder(const std::string& /*folder*/) {
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<consensus::LogFile>> SimulatedDisk::Make(const std::string& path, uint64_t size) {
  CAUSEWAY_RETURN_IF_ERROR(Operate());
  if (full_) return absl::ResourceExhaustedError("disk full");
  if (names_.contains(path)) return absl::AlreadyExistsError(path);
  const auto content = std::make_shared<Content>(Content{std::string(size, '\0'), std::string(size, '\0'), {}});
  names_[path] = content;
  return std::make_unique<SimulatedFile>(*this, content);
}

absl::StatusOr<std::unique_ptr<consensus::LogFile>> SimulatedDisk::Open(const std::string& path) {
  const auto found = names_.find(path);
  if (found == names_.end()) return absl::NotFoundError(path);
  return std::make_unique<SimulatedFile>(*this, found->second);
}

absl::Status SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  CAUSEWAY_RETURN_IF_ERROR(Operate());
  const auto found = names_.find(from);
  if (found == names_.end()) return absl::NotFoundError(from);
  names_[to] = found->second;
  names_.erase(from);
  return absl::OkStatus();
}

absl::Status SimulatedDisk::Remove(const std::string& path) {
  CAUSEWAY_RETURN_IF_ERROR(Operate());
  return names_.erase(path) > 0 ? absl::OkStatus() : absl::NotFoundError(path);
}

absl::Status SimulatedDisk::SyncFolder(const std::string& /*folder*/) {
  CAUSEWAY_RETURN_IF_ERROR(Operate());
  durable_names_ = names_;
  return absl::OkStatus();
}

void SimulatedDisk::Crash(Random& random) {
  // A change of names that was not synced happened or did not, all of it or none.
  if (random.Chance(500)) names_ = durable_names_;
  durable_names_ = names_;
  // Nothing, all, or any mixture of what was not synced.
  const uint64_t kept_permille = random.Chance(300) ? 0 : random.Chance(300) ? 1000 : random.Below(1000);
  for (const auto& [path, content] : names_) {
    for (const uint64_t sector : content->dirty) {
      const uint64_t at = sector * kSector;
      const uint64_t size = std::min(kSector, content->now.size() - at);
      if (random.Chance(kept_permille)) {
        content->durable.replace(at, size, content->now, at, size);
      } else {
        content->now.replace(at, size, content->durable, at, size);
      }
    }
    content->dirty.clear();
  }
  cut_after_ = kNoCut;
  syncs_fail_ = false;
}

void SimulatedDisk::Wipe() {
  names_.clear();
  durable_names_.clear();
}

void SimulatedDisk::TakeSnapshot() {
  snapshot_.clear();
  for (const auto& [path, content] : durable_names_) snapshot_[path] = content->durable;
}

bool SimulatedDisk::RestoreSnapshot() {
  if (snapshot_.empty()) return false;
  Wipe();
  for (const auto& [path, bytes] : snapshot_) {
    names_[path] = std::make_shared<Content>(Content{bytes, bytes, {}});
  }
  durable_names_ = names_;
  return true;
}

bool SimulatedDisk::Rot(Random& random) {
  std::vector<Content*> filled;
  for (const auto& [path, content] : names_) {
    if (content->now.find_first_not_of('\0') != std::string::npos) filled.push_back(content.get());
  }
  if (filled.empty()) return false;
  Content& content = *filled[random.Below(filled.size())];
  uint64_t at = random.Below(content.now.size());
  while (content.now[at] == '\0') at = (at + 1) % content.now.size();
  content.now[at] = static_cast<char>(content.now[at] ^ (1 << random.Below(8)));
  content.durable[at] = content.now[at];
  return true;
}

}  // namespace causeway::simulation
