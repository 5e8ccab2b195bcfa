// SPDX-License-Identifier: Apache-2.0
// What a node is doing and what is wrong with it, in sentences that say who is missing and what to do.
#ifndef CAUSEWAY_NODE_DAEMON_STATUS_H_
#define CAUSEWAY_NODE_DAEMON_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/node_service.pb.h"
#include "ledger/crypto/signer.h"
#include "node/consensus/driver.h"
#include "node/daemon/finality.h"
#include "node/network/peer_network.h"

namespace causeway::daemon {

// Below this a node warns of its disk.
inline constexpr uint64_t kDiskLowBytes = uint64_t{1} << 30;
// Below this it is not ready.
inline constexpr uint64_t kDiskFullBytes = uint64_t{64} << 20;
// Final blocks come every second or so, empty ones too; a longer silence is told.
inline constexpr uint64_t kSilenceUs = 30'000'000;
inline constexpr int64_t kCertificateWarningS = int64_t{30} * 86'400;

struct NodeFacts {
  consensus::DriverStatus consensus;
  std::vector<network::PeerState> peers;
  FinalityTimes finality;
  uint64_t disk_free_bytes = 0;
  std::string data_directory;
  int64_t now_s = 0;
  int64_t certificates_end_s = 0;
  // Since this process serves.
  uint64_t up_us = 0;
  // By how much this node's clock of block time is behind the newest final block, where it is, and how much of that the
  // network allows.
  uint64_t clock_behind_us = 0;
  uint64_t clock_behind_allowed_us = 60'000'000;
  // The validator's key gives signatures that its public key verifies.
  bool signer_works = true;
};

// The validator's name in the genesis.
std::string ValidatorName(const v1::Genesis& genesis, uint32_t validator);

// One of the things that a node needs to serve.
struct Check {
  // "lag", "peers", "disk", "clock", "signer".
  const char* name;
  bool passes;
  // What is seen, for people.
  std::string what;
};
std::vector<Check> Checks(const v1::Genesis& genesis, const NodeFacts& facts);
// All of them: the node takes part in consensus, follows it, reaches a quorum, and can go on.
bool IsReady(const v1::Genesis& genesis, const NodeFacts& facts);
// Sentences, most urgent first; empty where all is well.
std::vector<std::string> Problems(const v1::Genesis& genesis, const NodeFacts& facts);

// All that the ledger does not know of itself.
void FillStatus(const v1::Genesis& genesis, uint32_t validator, const NodeFacts& facts,
                v1::GetStatusResponse& response);

// Whether it gives a signature of a text that nothing else means, which its public key verifies.
bool SignerWorks(const crypto::Signer& signer);

// Bytes that this process may write in the directory's file system; 0 where it cannot be told.
uint64_t DiskFreeBytes(const std::string& directory);
// Resident memory of this process.
uint64_t MemoryBytes();

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_STATUS_H_
