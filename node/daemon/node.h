// SPDX-License-Identifier: Apache-2.0
// A validator, wired: ledger, mempool, consensus, and the connections to the others. It owns the threads and their
// order of ending.
//
// Open makes everything ready and listens for the other validators; Run takes part. Between the two, whoever wants to
// be told of every final block (the public services) registers with the ledger.
#ifndef CAUSEWAY_NODE_DAEMON_NODE_H_
#define CAUSEWAY_NODE_DAEMON_NODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "ledger/crypto/signer.h"
#include "node/consensus/driver.h"
#include "node/daemon/finality.h"
#include "node/ledger/node_ledger.h"
#include "node/mempool/mempool.h"
#include "node/network/peer_network.h"

namespace causeway::daemon {

// What a line for the log is about.
enum class Note {
  kPeer,         // a connection between validators was refused or ended
  kTransaction,  // a peer's transaction was not admitted
  kAlarm,        // people should look
  kEvidence,     // a validator signed two things that exclude each other
  kStopping,     // the node cannot go on
};

struct NodeOptions {
  node_ledger::NodeLedgerOptions ledger;
  mempool::MempoolOptions mempool;
  // chain_id is filled in.
  network::PeerNetworkOptions network;
  uint32_t validator = 0;
  std::shared_ptr<const crypto::Signer> signer;
  std::string vote_log_directory;
  consensus::VoteLogOptions vote_log;
  // How often the store is synced, and flushed where that is due. The vote log asks for it sooner when it fills up.
  absl::Duration maintenance = absl::Milliseconds(500);
  // For reports of validators that sign votes which exclude each other; made when there is one.
  std::string evidence_directory;
  // The clock of block time, made once the newest final block's time is known. Null: the machine's clock.
  std::function<std::shared_ptr<const consensus::BlockClock>(Instant newest_final)> make_clock;
  // For metrics; may be empty, must be quick. Microseconds that a block's execution, and making the vote log durable,
  // took.
  std::function<void(uint64_t)> on_block_applied;
  std::function<void(uint64_t)> on_log_synced;
  // For the log. Called on many threads.
  std::function<void(Note, const std::string&)> on_note;
  // Once, when the node must stop: a failed disk, roots that differ.
  std::function<void(const absl::Status&)> on_stop;
};

class Node {
 public:
  // Each refusal says what, where and what to do. UNAVAILABLE: an address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Node>> Open(NodeOptions options);
  // Starts to take part; once.
  virtual void Run() = 0;
  // Both.
  static absl::StatusOr<std::unique_ptr<Node>> Start(NodeOptions options);
  virtual ~Node() = default;

  // Admits a client's transaction and tells it to the other validators. INVALID_ARGUMENT names the reason of the
  // catalogue; OK for bytes that were used before or wait already.
  virtual absl::Status Submit(const std::string& envelope) = 0;

  // Transactions that this node has just admitted, to the other validators.
  virtual void Gossip(std::vector<std::string> envelopes) = 0;

  virtual node_ledger::NodeLedger& ledger() = 0;
  virtual mempool::Mempool& mempool() = 0;
  virtual consensus::DriverStatus consensus_status() const = 0;
  virtual std::vector<network::PeerState> peers() const = 0;
  virtual Instant block_time() const = 0;
  // For connections with the other validators that are made from now on; the texts must have been checked.
  virtual absl::Status RenewTls(const network::TlsIdentity& tls) = 0;
  // What the other validators' listener says of health.
  virtual void SetServing(bool serving) = 0;
  // How long the last blocks took, as this node saw them.
  virtual FinalityTimes finality() const = 0;

  // Ends threads, flushes and closes. The node does nothing afterwards.
  virtual absl::Status Stop() = 0;
};

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_NODE_H_
