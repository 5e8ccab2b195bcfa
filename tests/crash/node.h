// SPDX-License-Identifier: Apache-2.0
// A validator alone on its chain, on a disk of ours: the real store, ledger, vote log and engine, driven on one thread
// in an order that its seed decides.
#ifndef CAUSEWAY_TESTS_CRASH_NODE_H_
#define CAUSEWAY_TESTS_CRASH_NODE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"

#include "ledger/crypto/signature_scheme.h"
#include "node/consensus/engine.h"
#include "node/consensus/vote_log.h"
#include "node/ledger/node_ledger.h"
#include "node/mempool/mempool.h"
#include "tests/crash/disk.h"
#include "tests/crash/files.h"
#include "tests/crash/story.h"

namespace causeway::crash {

// What left the node, and must never be taken back. In order; the disk's trace has a mark with the number of each.
struct FinalBlockSaid {
  uint64_t height;
  Hash hash;
};
using Said = std::variant<consensus::Vote, FinalBlockSaid>;

class CrashNode {
 public:
  static constexpr char kHome[] = "/node";
  static constexpr char kStore[] = "/node/db";
  static constexpr char kVotes[] = "/node/votes";

  struct Habits {
    uint64_t seed = 0;
    // How often, of a thousand builds, the leader's timer fires first, so that the view is nullified.
    uint64_t nullified_permille = 0;
    // How often, of a thousand commits, the store is synced, and how often its state is flushed then.
    uint64_t synced_permille = 400;
    uint64_t flushed_permille = 400;
    // No transactions are at hand: nothing new is built.
    bool starved = false;
  };

  // The key's ceremony: the folder and the vote log, synced.
  static absl::Status Prepare(const Story& story, Disk& disk);

  // `said` is appended to. All outlive the node.
  CrashNode(const Story& story, Disk& disk, const Habits& habits, std::vector<Said>& said);
  ~CrashNode();

  absl::Status Open();
  // Until the block of the height is final and nothing is left to do. An error is why the node stopped;
  // DEADLINE_EXCEEDED where it is stuck.
  absl::Status Run(uint64_t height);
  absl::Status Close();
  // Ends without having a chance to write anything more.
  void Kill();
  void set_starved(bool starved) { habits_.starved = starved; }

  uint64_t height() const;
  node_ledger::NodeLedger& ledger() { return *ledger_; }
  // Why the vote log could not be used; OK otherwise.
  const absl::Status& log_lost() const { return log_lost_; }

  // After an error: whatever failed must refuse to go on. OK where it does.
  absl::Status CheckThatItRefuses();

 private:
  using Task = std::variant<consensus::Build, consensus::Execute, consensus::Commit>;
  enum class Failed : uint8_t { kNothing, kLog, kLedger, kEngine };

  absl::Status Step(const consensus::Input& input);
  absl::Status Perform(consensus::Outputs outputs);
  absl::Status Pump();
  absl::Status Release(consensus::Output output);
  absl::Status Sync();
  absl::Status RunTask();
  absl::Status Build(const consensus::BuildRequest& request);
  absl::Status Maintain(bool flush);
  absl::Status FireEarliestTimer();
  void ReleaseVotes(uint64_t barrier);
  void Say(Said said);
  bool WaitsForLog() const;
  absl::Status Fail(Failed part, const absl::Status& status);
  consensus::Now Clocks() const { return {now_us_, story_.clock()}; }

  const Story& story_;
  Disk& disk_;
  Habits habits_;
  std::vector<Said>& said_;
  Random random_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::unique_ptr<consensus::FileSystem> files_;
  const crypto::KeyedSignatureScheme scheme_;
  std::unique_ptr<mempool::Mempool> mempool_;
  std::unique_ptr<node_ledger::NodeLedger> ledger_;
  std::unique_ptr<consensus::VoteLog> log_;
  std::unique_ptr<consensus::Engine> engine_;
  absl::Status log_lost_;
  Failed failed_ = Failed::kNothing;
  bool dead_ = false;

  uint64_t now_us_ = 1'000'000;
  uint64_t maintained_us_ = 1;
  std::array<uint64_t, consensus::kTimerKinds> timers_ = {};
  std::deque<consensus::Input> inbox_;
  std::deque<consensus::Output> outbox_;
  std::deque<Task> tasks_;
  std::deque<std::pair<uint64_t, consensus::Vote>> unreleased_;  // votes behind barriers
  std::map<Hash, uint64_t> heights_;
  uint64_t last_barrier_ = 0;
  uint64_t durable_barrier_ = 0;
  Height synced_ = Height(0);
  bool log_had_room_ = true;
};

}  // namespace causeway::crash

#endif  // CAUSEWAY_TESTS_CRASH_NODE_H_
