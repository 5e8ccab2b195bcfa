// SPDX-License-Identifier: Apache-2.0
// What a configuration names, read and held against each other: genesis, keys, certificates, peers.
#ifndef CAUSEWAY_NODE_DAEMON_SETUP_H_
#define CAUSEWAY_NODE_DAEMON_SETUP_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "causeway/v1/genesis.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/crypto/signer.h"
#include "node/daemon/config.h"
#include "node/network/peer_network.h"

namespace causeway::daemon {

struct NodeSetup {
  v1::Genesis genesis;
  Hash chain_id = Hash::Zero();
  std::shared_ptr<const crypto::Signer> signer;
  // 32 bytes.
  std::string confidentiality_key;
  network::TlsIdentity peers_tls;
  network::TlsIdentity clients_tls;
  // When the first of the node's certificates ends, seconds since the Unix epoch.
  int64_t certificates_end_s = 0;
};

// Reads what the configuration names and checks that it fits together: this validator's key is the one in genesis, the
// confidentiality key is the chain's, certificates are valid at `now_s`, belong to their keys and name this validator,
// every other validator has an address. Nothing is opened, made or changed. INVALID_ARGUMENT lists every error, a line
// each.
absl::StatusOr<NodeSetup> LoadSetup(const Config& config, int64_t now_s);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_SETUP_H_
