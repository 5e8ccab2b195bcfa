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
#include "ledger/crypto/secret.h"
#include "ledger/crypto/signer.h"
#include "node/daemon/config.h"
#include "node/network/peer_network.h"

namespace causeway::daemon {

// What can be renewed while the node runs.
struct TlsSetup {
  network::TlsIdentity peers;
  network::TlsIdentity clients;
  // When the first of the node's certificates ends, seconds since the Unix epoch.
  int64_t certificates_end_s = 0;
};

struct NodeSetup {
  v1::Genesis genesis;
  Hash chain_id = Hash::Zero();
  std::shared_ptr<const crypto::Signer> signer;
  // 32 bytes.
  std::string confidentiality_key;
  TlsSetup tls;
  // Of the node's keys, for reading renewed ones; wiped with its owner. Null where none was given.
  std::shared_ptr<const crypto::Secret> passphrase;
};

// Reads what the configuration names and checks that it fits together: this validator's key is the one in genesis, the
// confidentiality key is the chain's, certificates are valid at `now_s`, belong to their keys and name this validator,
// every other validator has an address. Nothing is opened, made or changed. INVALID_ARGUMENT lists every error, a line
// each.
absl::StatusOr<NodeSetup> LoadSetup(const Config& config, int64_t now_s);

// Certificates and their keys alone, checked as there, for a node that runs with `running`.
absl::StatusOr<TlsSetup> ReloadTls(const Config& config, const NodeSetup& running, int64_t now_s);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_SETUP_H_
