// SPDX-License-Identifier: Apache-2.0
// Runs an engine for real, on four threads: one that steps it, one that writes and syncs the vote log, one on which the
// ledger works, one that reads final blocks for laggards.
//
// Outputs are performed in order. Whatever stands behind a barrier waits until the log is durable up to it, except
// timers, builds and executions. After a failed sync, a failed ledger call or a Halt, `on_stop` is called once and
// nothing more is done: the process must end.
//
// Bounds: a peer has a limited number of undelivered messages and bytes; what comes beyond is dropped (rule 9 says
// everything again). The node's own inputs come before any peer's, and peers are served fairly (PeerInbox).
// Thread safety: all functions but Open and Start may be called from any thread; Stop not from a callback.
#ifndef CAUSEWAY_NODE_CONSENSUS_DRIVER_H_
#define CAUSEWAY_NODE_CONSENSUS_DRIVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/crypto/signature_scheme.h"

#include "node/consensus/engine.h"
#include "node/consensus/ledger_seam.h"
#include "node/consensus/step.h"
#include "node/consensus/vote_log.h"

namespace causeway::consensus {

// Carries bytes to other validators, as well as it can: losing a message is allowed, delivering it under another
// sender's name is not.
//
// Thread safety: called from several of the driver's threads; must not block on the network.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void SendTo(uint32_t validator, Lane lane, const Bytes& bytes) = 0;
  virtual void SendToAll(Lane lane, const Bytes& bytes) = 0;
};

// The clock of block time; a devnet's may run fast or stand still. Called from the driver's thread.
class BlockClock {
 public:
  virtual ~BlockClock() = default;
  virtual Instant Read() const = 0;
};
// The machine's clock.
std::unique_ptr<BlockClock> SystemBlockClock();

// What people and metrics want to know; a copy, taken at the last step.
struct DriverStatus {
  Engine::Mode mode;
  View view;
  View last_finalized_view;
  Height committed;
  uint32_t leader;
  bool log_has_room;
  std::string stall;  // what it waits for, in words
  bool fetching;      // behind: it fetches final blocks
  // Other validators of which no vote of the view has come yet; as old as `stall`.
  std::vector<uint32_t> missing;
  uint64_t log_syncs;
  uint64_t log_sync_us_last;
  uint64_t dropped;  // messages of peers that sent more than can be handled
};

struct DriverOptions {
  EngineConfig engine;
  std::string log_folder;
  VoteLogOptions log;
  KeyId key_id;
};

// Each may be empty; must be quick. `on_committed` is called on the ledger's thread, the others on the driver's.
struct DriverEvents {
  // After the ledger has committed the block.
  std::function<void(const BlockInfo&)> on_committed;
  std::function<void(const VoteConflict&)> on_evidence;
  std::function<void(const std::string&)> on_alarm;
  // The vote log has become durable once more: microseconds that it took. On the log's thread.
  std::function<void(uint64_t)> on_log_synced;
  // The vote log is more than half full: time for the store to sync, and then for a task to OnLedgerThread, so that the
  // driver sees it though the ledger stands still. Again and again until it is not. On the log's thread.
  std::function<void()> on_log_half_full;
  // Once: why the node must stop.
  std::function<void(const absl::Status&)> on_stop;
};

class Driver {
 public:
  // What the driver works with; all outlive it.
  struct Parts {
    const crypto::SignatureScheme* scheme;
    const BlockReader* reader;
    LedgerSeam* ledger;
    Transport* transport;
    const BlockClock* clock;
    FileSystem* files;
  };

  // Opens the vote log (or sets a lost one aside), restores the engine from it and from the store's head, `committed`,
  // and the newest finalization in the store. Nothing runs before Start.
  static absl::StatusOr<std::unique_ptr<Driver>> Open(const DriverOptions& options, const Parts& parts,
                                                      DriverEvents events, const BlockInfo& committed,
                                                      CertificatePtr finalization);
  virtual ~Driver() = default;

  virtual void Start() = 0;
  // Finishes the call that the ledger is in, and returns when all threads have ended.
  virtual void Stop() = 0;

  // Bytes that came from a validator over an authenticated connection.
  virtual void Deliver(uint32_t from, Bytes bytes) = 0;
  // The mempool's state changed, or it has a new transaction: see TransactionsWaiting.
  virtual void NoteTransactions(bool waiting) = 0;
  // Runs the task between two calls of the ledger, on its thread: syncing, flushing. An error stops the driver.
  virtual void OnLedgerThread(std::function<absl::Status()> task) = 0;

  virtual DriverStatus status() const = 0;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_DRIVER_H_
