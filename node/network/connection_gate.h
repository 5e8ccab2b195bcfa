// SPDX-License-Identifier: Apache-2.0
// Accepts the connections of a listener, so that their number is bounded, in all and an address, before a handshake
// costs anything; gRPC of this version has no such bound. What is let in is handed over and belongs to the taker; what
// is too much is closed at once.
//
// Thread safety: Listen, Start and destruction from one thread; `take` and `on_note` are called on a thread of the
// gate.
#ifndef CAUSEWAY_NODE_NETWORK_CONNECTION_GATE_H_
#define CAUSEWAY_NODE_NETWORK_CONNECTION_GATE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace grpc::experimental {
class ExternalConnectionAcceptor;
}

namespace causeway::network {

struct ConnectionLimits {
  uint32_t connections_max = 1'024;
  uint32_t connections_address_max = 256;
};

class ConnectionGate {
 public:
  // Binds "host:port" and keeps what knocks waiting. UNAVAILABLE says why not.
  static absl::StatusOr<std::unique_ptr<ConnectionGate>> Listen(const std::string& address,
                                                                const ConnectionLimits& limits);
  // Returns when nothing is handed over any more.
  virtual ~ConnectionGate() = default;

  // From now on connections are let in. `take` owns the second descriptor; the first is the listening one. `on_note`: a
  // line for the log, at most one a second, of what was closed.
  virtual void Start(std::function<void(int listening, int connection)> take,
                     std::function<void(const std::string&)> on_note) = 0;
  virtual void Stop() = 0;

  // Which is listened on, where the address said 0.
  virtual int port() const = 0;
};

// For Start: gives each connection to a server of gRPC's. The acceptor outlives the gate.
std::function<void(int listening, int connection)> HandOverTo(grpc::experimental::ExternalConnectionAcceptor* acceptor);

}  // namespace causeway::network

#endif  // CAUSEWAY_NODE_NETWORK_CONNECTION_GATE_H_
