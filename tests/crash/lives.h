// SPDX-License-Identifier: Apache-2.0
// Lives of a node, the points at which each is cut, and what must hold when it comes back.
#ifndef CAUSEWAY_TESTS_CRASH_LIVES_H_
#define CAUSEWAY_TESTS_CRASH_LIVES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "ledger/execution/contract.h"
#include "tests/crash/disk.h"
#include "tests/crash/node.h"
#include "tests/crash/story.h"

namespace causeway::crash {

// A life that was not cut: runs with a kill, a clean stop and starts between them.
struct Life {
  std::vector<DiskChange> trace;
  std::vector<Said> said;
  // The trace's length when the ceremony was over: from there on the vote log must be found.
  size_t prepared = 0;
};

class Lives {
 public:
  Lives();

  const Story& story() const { return story_; }
  // The disk after the ceremony.
  const DiskImage& prepared() const { return prepared_; }

  Life Live(uint64_t seed) const;

  // What is on the disk after the first `cut` changes of the life and a cut. The number of things said before it is put
  // into `said`.
  DiskImage ImageAt(const Life& life, size_t cut, Random& random, std::vector<Said>* said) const;

  // A node starts on what is there and must
  //   - open, with its vote log whole and no block that others did not see,
  //   - come back to every block that was said to be final, without anything new being built,
  //   - sign nothing that contradicts what was said before,
  //   - go on to the end, where blocks, state and every row are those of a life that was never cut.
  // `depth`: so many times it is cut on the way, and must come back again.
  absl::Status ComesBack(const DiskImage& image, std::vector<Said> said, int depth, Random& random) const;

  // A life under faults, until the node stops by itself or is done; then what is left on the disk comes back.
  absl::Status SurvivesFaults(const DiskFaults& faults, bool power_cut, Random& random, bool* struck) const;

 private:
  absl::Status CheckChain(node_ledger::NodeLedger& ledger) const;
  absl::Status CheckRows(Disk& disk) const;
  static absl::Status CheckVotes(const std::vector<Said>& said);
  static uint64_t LastFinal(const std::vector<Said>& said);

  const Story story_;
  const std::unique_ptr<execution::Registry> registry_;
  DiskImage prepared_;
  // Of each height, in a life that was never cut.
  std::vector<Hash> hashes_;
};

}  // namespace causeway::crash

#endif  // CAUSEWAY_TESTS_CRASH_LIVES_H_
