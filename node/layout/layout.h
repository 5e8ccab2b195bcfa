// SPDX-License-Identifier: Apache-2.0
// Lays out a network's directory: keys, certificates, genesis, a folder for each node and one for its clients.
//
//   DIR/genesis.json
//   DIR/node-N/causewayd.toml  keys/  votes/           N from 1; db/ is made when the node first starts
//   DIR/client/context.json    keys/  tls/             every party's keys, for the command line
//   DIR/authority/             the keys of the two certificate authorities, for certificates to come
//
// Everything is readable by its owner alone. The directory appears whole or not at all.
#ifndef CAUSEWAY_NODE_LAYOUT_LAYOUT_H_
#define CAUSEWAY_NODE_LAYOUT_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/genesis.pb.h"
#include "ledger/base/identifiers.h"
#include "node/layout/plan.h"

namespace causeway::layout {

struct LayoutOptions {
  // Absent, or empty.
  std::string directory;
  // Where all nodes listen.
  std::string host = "127.0.0.1";
  // Node N listens for validators on base_port + N, for clients on base_port + 100 + N, for operators on
  // base_port + 200 + N. 0: ports that are free now.
  uint16_t base_port = 0;
  // Key files are encrypted under it; empty on a development network alone. Nodes and the
  // command line ask the file that their configuration and context name, `passphrase_file`; it is not written here.
  std::string passphrase;
  std::string passphrase_file;
  uint32_t vote_log_segment_mib = 64;
  uint32_t vote_log_segments = 32;
  uint32_t certificate_days = 825;
};

struct NodePlace {
  std::string name;
  std::string folder;
  std::string config_file;
  // "host:port".
  std::string peers;
  std::string clients;
  std::string operators;
};

struct NetworkDirectory {
  v1::Genesis genesis;
  Hash chain_id = Hash::Zero();
  std::string genesis_file;
  std::string context_file;
  std::vector<NodePlace> nodes;
};

// INVALID_ARGUMENT: the plan's errors, a line each, or what executing its genesis refuses. ALREADY_EXISTS: the
// directory is not empty.
absl::StatusOr<NetworkDirectory> LayOutNetwork(const NetworkPlan& plan, const LayoutOptions& options);

}  // namespace causeway::layout

#endif  // CAUSEWAY_NODE_LAYOUT_LAYOUT_H_
