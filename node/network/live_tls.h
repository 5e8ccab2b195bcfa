// SPDX-License-Identifier: Apache-2.0
// A TLS identity that can be renewed while it is in use: connections that are open go on under the old one, new ones
// take the new one within two seconds. The private key stays in memory (gRPC reads it from anonymous files).
//
// Thread safety: any thread.
#ifndef CAUSEWAY_NODE_NETWORK_LIVE_TLS_H_
#define CAUSEWAY_NODE_NETWORK_LIVE_TLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace causeway::network {

// PEM texts of one side of a TLS connection.
struct TlsIdentity {
  std::string ca;
  std::string certificate;
  std::string private_key;
};

class LiveTls {
 public:
  // The PEM texts must have been checked. RESOURCE_EXHAUSTED where the system has no memory for them.
  static absl::StatusOr<std::shared_ptr<LiveTls>> Make(const TlsIdentity& identity);
  virtual ~LiveTls() = default;

  virtual absl::Status Renew(const TlsIdentity& identity) = 0;

  // Mutual TLS on both sides. What is made holds what it needs of this.
  virtual std::shared_ptr<grpc::ServerCredentials> Server() const = 0;
  virtual std::shared_ptr<grpc::ChannelCredentials> Channel() const = 0;
};

}  // namespace causeway::network

#endif  // CAUSEWAY_NODE_NETWORK_LIVE_TLS_H_
