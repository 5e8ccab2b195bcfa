// SPDX-License-Identifier: Apache-2.0
// A disk under the vote log that forgets. What was written and not synced survives a crash sector by sector, by chance;
// a file that was made, and a name that was changed, is on disk only once the folder is synced.
#ifndef CAUSEWAY_TESTS_SIMULATION_SIMULATED_DISK_H_
#define CAUSEWAY_TESTS_SIMULATION_SIMULATED_DISK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/consensus/log_file.h"
#include "tests/simulation/random.h"

namespace causeway::simulation {

class SimulatedDisk final : public consensus::FileSystem {
 public:
  static constexpr uint64_t kSector = 512;

  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override;
  absl::Status MakeFolder(const std::string& folder) override;
  absl::StatusOr<std::unique_ptr<consensus::LogFile>> Make(const std::string& path, uint64_t size) override;
  absl::StatusOr<std::unique_ptr<consensus::LogFile>> Open(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status SyncFolder(const std::string& folder) override;

  // Power is cut: each sector written since its last sync is old or new, each name not synced is there or not.
  void Crash(Random& random);
  // Everything is gone.
  void Wipe();
  // Remembers everything that is on disk; later puts it back, as from a backup. False where nothing was remembered.
  void TakeSnapshot();
  bool RestoreSnapshot();
  // Flips one bit of a byte that is not zero in one of the files; false where there is none.
  bool Rot(Random& random);

  // Faults while running. A sync that fails leaves its writes unsynced.
  void set_full(bool full) { full_ = full; }
  void set_syncs_fail(bool fail) { syncs_fail_ = fail; }
  // The operation after this many more writes and syncs fails as if power had been cut there; kNoCut: never.
  static constexpr uint64_t kNoCut = ~uint64_t{0};
  void set_cut_after(uint64_t operations) { cut_after_ = operations; }
  uint64_t operations() const { return operations_; }

 private:
  friend class SimulatedFile;
  struct Content {
    std::string now;
    std::string durable;
    std::set<uint64_t> dirty;  // sectors
  };
  using Names = std::map<std::string, std::shared_ptr<Content>>;
  absl::Status Operate();

  Names names_;
  Names durable_names_;
  std::map<std::string, std::string> snapshot_;
  bool full_ = false;
  bool syncs_fail_ = false;
  uint64_t cut_after_ = kNoCut;
  uint64_t operations_ = 0;
};

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIMULATED_DISK_H_
