// SPDX-License-Identifier: Apache-2.0
// Validators talk to each other over gRPC with mutual TLS: each opens two streams to every other, one for votes and
// transactions, one for blocks.
//
// Who a peer is: its certificate is signed by the consortium's CA and names it, `causeway://validator/<index>` (URI)
// for callers and `validator-<index>.causeway` (DNS) for servers; the first frame says the same index, the chain, and
// the highest protocol version that the caller knows.
// All that travels is verified by its own signatures besides.
//
// Bounds: a frame is at most 3 MiB, a message at most consensus::kMessageBytesMax; an outgoing queue holds so many
// bytes and then loses its oldest message (rule 9 says everything again); an incoming message is handed over before the
// next is read, so a peer that floods waits for itself. A peer has at most four streams to us, each of which has a
// thread here; a fifth ends its oldest. Connections are bounded in all and an address, and end when nothing runs on
// them.
//
// Thread safety: any thread; nothing here blocks on the network but Stop.
#ifndef CAUSEWAY_NODE_NETWORK_PEER_NETWORK_H_
#define CAUSEWAY_NODE_NETWORK_PEER_NETWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "ledger/base/identifiers.h"
#include "node/consensus/driver.h"
#include "node/network/live_tls.h"

namespace causeway::network {

struct PeerAddress {
  uint32_t validator;
  // "host:port".
  std::string address;
};

struct PeerNetworkOptions {
  Hash chain_id = Hash::Zero();
  uint32_t validator;
  // The highest protocol version that this program knows, and the one that the chain runs: who knows less cannot
  // follow, and is refused.
  uint32_t protocol_version = 1;
  uint32_t protocol_version_needed = 1;
  // Index is unique; this validator is not among them.
  std::vector<PeerAddress> peers;
  // "host:port".
  std::string listen;
  TlsIdentity tls;
  // Bytes that may wait for one peer, for each of its two streams.
  uint64_t queue_bytes = uint64_t{64} << 20;
};

// The names in a validator's certificate.
std::string ValidatorUri(uint32_t validator);
std::string ValidatorDnsName(uint32_t validator);

// Called on threads of the network; `on_consensus` and `on_transactions` may take their time, the peer waits.
struct PeerHandlers {
  std::function<void(uint32_t from, consensus::Bytes bytes)> on_consensus;
  std::function<void(uint32_t from, std::vector<std::string> envelopes)> on_transactions;
  // This node's newest final height, for those who ask; may be empty.
  std::function<uint64_t()> final_height;
  // A line for the log: who connected, who was refused and why.
  std::function<void(const std::string&)> on_note;
};

struct PeerState {
  uint32_t validator;
  // Our streams to it are open.
  bool connected;
  uint64_t queued_bytes;
  // Messages lost since the queue was full.
  uint64_t dropped;
  // Of the last answer to a probe: the round trip, and its newest final height as it told it, unverified; zero before
  // the first, and while it is away.
  uint64_t round_trip_us = 0;
  uint64_t final_height = 0;
};

class PeerNetwork : public consensus::Transport {
 public:
  // Listens and starts to connect. UNAVAILABLE where the address cannot be listened on (it says which);
  // INVALID_ARGUMENT for PEM that is none.
  static absl::StatusOr<std::unique_ptr<PeerNetwork>> Start(const PeerNetworkOptions& options, PeerHandlers handlers);
  ~PeerNetwork() override = default;

  // Transactions that this node admitted, to every other validator.
  virtual void SendTransactions(std::vector<std::string> envelopes) = 0;
  virtual std::vector<PeerState> peers() const = 0;
  // What grpc.health.v1 says here; at the start it is not serving.
  virtual void SetServing(bool serving) = 0;
  // For the connections that are made from now on; the texts must have been checked.
  virtual absl::Status RenewTls(const TlsIdentity& tls) = 0;
  // Ends all streams; nothing is delivered afterwards.
  virtual void Stop() = 0;
};

}  // namespace causeway::network

#endif  // CAUSEWAY_NODE_NETWORK_PEER_NETWORK_H_
