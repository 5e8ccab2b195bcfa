// SPDX-License-Identifier: Apache-2.0
// The node's public face: submission, reading and status over gRPC with mutual TLS for the parties' clients, and the
// operators' listener on loopback.
//
// Who a client is: the key in its certificate is a registered, active key of a party; which methods are for clients is
// the table in node/api/caller.h, what a party may read the one rule in node/api/read_rules.h. A client of no party may
// ask for health only. Each denial is logged.
//
// Bounds: 4 MiB a message, 8 KiB of metadata, `streams_max` calls a connection, so many
// connections in all and an address, keepalive enforced, waits capped at a
// minute, and a rate a party.
//
// Thread safety: Start and Stop from one thread; the callbacks are called on threads of the server.
#ifndef CAUSEWAY_NODE_API_API_SERVER_H_
#define CAUSEWAY_NODE_API_API_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/node_service.pb.h"
#include "ledger/base/instant.h"
#include "node/ledger/node_ledger.h"
#include "node/mempool/mempool.h"

namespace causeway::api {

// PEM texts of the clients' listener.
struct ServerTls {
  // Signs the clients' certificates.
  std::string client_ca;
  // What the node shows to clients.
  std::string certificate;
  std::string private_key;
};

struct ApiLimits {
  uint32_t message_bytes_max = 4u << 20;
  uint32_t metadata_bytes_max = 8u << 10;
  // Calls at a time on one connection.
  uint32_t streams_max = 100;
  // Memory for messages in flight, all connections together.
  uint64_t memory_bytes_max = uint64_t{256} << 20;
  uint32_t threads_max = 64;
  // Connections of clients: in all, and from one address.
  uint32_t connections_max = 1'024;
  uint32_t connections_address_max = 256;
  // Calls that may wait (watches, and receipts that are not final yet), all parties together, and one party.
  uint32_t waiting_max = 48;
  uint32_t waiting_party_max = 16;
  // A party's calls a second, and how many it may save up. What costs much counts as more than one call: a dry run by
  // its operations, a list by the rows that were looked through.
  uint32_t calls_per_second = 2'000;
  uint32_t calls_burst = 4'000;
  // State trees of old heights that are kept for proofs.
  uint32_t proof_trees_max = 2;
};

struct ApiOptions {
  // "host:port" for the parties' clients.
  std::string clients_listen;
  ServerTls tls;
  // "127.0.0.1:port" or "unix:PATH", without TLS: whoever reaches it is the machine's operator. Empty: no such
  // listener. An address that is neither is refused.
  std::string operators_listen;
  ApiLimits limits;
};

struct ClockChange {
  bool paused = false;
  // Ahead of now; nothing: no jump.
  std::optional<Instant> advance_to;
  // 0: as before.
  uint32_t rate = 0;
};

// What the API asks of the rest of the node. The pointers outlive the server; the callbacks may be called until Stop
// has returned.
struct ApiParts {
  node_ledger::NodeLedger* ledger = nullptr;
  mempool::Mempool* mempool = nullptr;
  // Envelopes that this node has just admitted, for the peers.
  std::function<void(std::vector<std::string> envelopes)> gossip;
  // Fills in what the ledger does not know: validator and name, view, peers, readiness, problems, finality times, disk,
  // version and memory. The rest is filled in already.
  std::function<void(v1::GetStatusResponse& response)> fill_status;
  // The devnet's clock; FAILED_PRECONDITION on a network without one. Block time after the change.
  std::function<absl::StatusOr<Instant>(const ClockChange& change)> set_clock;
  // Block time now: what admission judges by, where it is ahead of the newest final block's.
  std::function<Instant()> block_time_now;
  // A call has been answered: "causeway.v1.QueryService", "GetRecord", "NOT_FOUND". May be empty. For metrics.
  std::function<void(const std::string& service, const std::string& method, const std::string& code)> on_handled;
  // A line for the log: who was denied what, and why.
  std::function<void(const std::string& line)> log;
};

class ApiServer {
 public:
  // Listens and serves. It registers a listener with the ledger, so the driver must not run yet. UNAVAILABLE where an
  // address cannot be listened on (it says which); INVALID_ARGUMENT for PEM that is none or an operators' address that
  // is not the machine's own.
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(const ApiOptions& options, ApiParts parts);
  virtual ~ApiServer() = default;

  // Ports that are listened on, where the options said 0; the operators' is 0 for a Unix socket or none.
  virtual int clients_port() const = 0;
  virtual int operators_port() const = 0;

  // For the clients' connections that are made from now on; the texts must have been checked.
  virtual absl::Status RenewTls(const ServerTls& tls) = 0;
  // What grpc.health.v1 says on both listeners; at the start it is not serving.
  virtual void SetServing(bool serving) = 0;

  // Ends all calls (those that wait get UNAVAILABLE), and returns when no callback will be called again.
  virtual void Stop() = 0;
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_API_SERVER_H_
