// SPDX-License-Identifier: Apache-2.0
// causewayd.toml: what a node is told. Relative paths are relative to the file's folder.
#ifndef CAUSEWAY_NODE_DAEMON_CONFIG_H_
#define CAUSEWAY_NODE_DAEMON_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace causeway::daemon {

// Certificates of one listener.
struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string private_key;
};

struct Config {
  std::string genesis_file;
  // Index in genesis.
  uint32_t validator = 0;

  // [keys]
  std::string validator_key_file;
  std::string confidentiality_key_file;
  // The file holds the passphrase of the validator's key ("/dev/fd/3", a systemd credential); empty: the key is not
  // encrypted, which a devnet alone allows.
  std::string passphrase_file;

  // [store]
  std::string store_directory;
  std::string vote_log_directory;
  uint64_t flush_bytes = 0;
  uint64_t flush_age_us = 0;
  uint32_t vote_log_segments = 0;
  uint64_t vote_log_segment_bytes = 0;

  // [peers]
  std::string peers_listen;
  TlsFiles peers_tls;
  // "index=host:port" of every other validator.
  struct Peer {
    uint32_t validator;
    std::string address;
  };
  std::vector<Peer> peers;

  // [clients], [operators]
  std::string clients_listen;
  TlsFiles clients_tls;
  // On loopback, or "unix:PATH": whoever reaches it is the machine's operator.
  std::string operators_listen;

  // [metrics]: for the machine's tools, on loopback; empty: off.
  std::string metrics_listen;

  // [mempool]
  uint64_t mempool_bytes = 0;
  uint64_t mempool_transactions = 0;

  // [log]
  std::string log_level;
  bool log_json = false;
};

// INVALID_ARGUMENT lists every error, a line each; NOT_FOUND where the file cannot be read.
absl::StatusOr<Config> ReadConfig(const std::string& path);
absl::StatusOr<Config> ParseConfig(const std::string& path, const std::string& text);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_CONFIG_H_
