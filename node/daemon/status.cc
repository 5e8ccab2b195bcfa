// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/status.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/crypto/domain.h"
#include "ledger/crypto/signature.h"

namespace causeway::daemon {
namespace {

using Mode = consensus::Engine::Mode;

std::vector<std::string> Unreachable(const v1::Genesis& genesis, const NodeFacts& facts) {
  std::vector<std::string> names;
  for (const network::PeerState& peer : facts.peers) {
    if (!peer.connected) names.push_back(ValidatorName(genesis, peer.validator));
  }
  return names;
}

// Other validators that a quorum needs beside this one.
size_t OthersNeeded(const v1::Genesis& genesis) {
  const size_t n = static_cast<size_t>(genesis.validators_size());
  return n - (n - 1) / 3 - 1;
}

// Whose votes the node waits for, by name.
std::string NotHeardOf(const v1::Genesis& genesis, const NodeFacts& facts) {
  std::vector<std::string> names;
  for (const uint32_t validator : facts.consensus.missing) names.push_back(ValidatorName(genesis, validator));
  return names.empty() ? "all others have voted" : "no vote has come from " + absl::StrJoin(names, ", ");
}

}  // namespace

std::string ValidatorName(const v1::Genesis& genesis, uint32_t validator) {
  if (validator >= static_cast<uint32_t>(genesis.validators_size())) return absl::StrCat("validator ", validator);
  return genesis.validators(static_cast<int>(validator)).name();
}

std::vector<Check> Checks(const v1::Genesis& genesis, const NodeFacts& facts) {
  const consensus::DriverStatus& consensus = facts.consensus;
  uint64_t furthest = consensus.committed.value();
  for (const network::PeerState& peer : facts.peers) furthest = std::max(furthest, peer.final_height);
  const bool votes = consensus.mode == Mode::kVoting;
  const std::string where = absl::StrCat("height ", consensus.committed.value(), ", and the furthest that a peer told ",
                                         furthest, votes ? "" : absl::StrCat("; it does not vote: ", consensus.stall),
                                         consensus.fetching ? "; it fetches what it lacks" : "");
  const std::vector<std::string> away = Unreachable(genesis, facts);
  const size_t connected = facts.peers.size() - away.size();
  const std::string reached =
      absl::StrCat("connected to ", connected, " of ", facts.peers.size(), ", and ", OthersNeeded(genesis),
                   " are needed", away.empty() ? "" : "; not to " + absl::StrJoin(away, ", "));
  return {{"lag", votes && !consensus.fetching, where},
          {"peers", connected >= OthersNeeded(genesis), reached},
          {"disk", facts.disk_free_bytes >= kDiskFullBytes, absl::StrCat(facts.disk_free_bytes >> 20, " MiB are free")},
          {"clock", facts.clock_behind_us <= facts.clock_behind_allowed_us,
           absl::StrCat("behind the newest final block by ", facts.clock_behind_us / 1'000, " ms")},
          {"signer", facts.signer_works, facts.signer_works ? "signs" : "does not sign"}};
}

bool IsReady(const v1::Genesis& genesis, const NodeFacts& facts) {
  const std::vector<Check> checks = Checks(genesis, facts);
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.passes; });
}

std::vector<std::string> Problems(const v1::Genesis& genesis, const NodeFacts& facts) {
  std::vector<std::string> problems;
  const consensus::DriverStatus& consensus = facts.consensus;
  if (consensus.mode == Mode::kHalted) problems.push_back("Consensus has halted; the log says why. The node ends.");
  if (consensus.mode == Mode::kAsking)
    problems.push_back(
        absl::StrCat("This node has lost its vote log and votes again once a quorum of the others has "
                     "answered it (it ",
                     consensus.stall, ")."));
  const std::vector<std::string> away = Unreachable(genesis, facts);
  const size_t connected = facts.peers.size() - away.size();
  if (connected < OthersNeeded(genesis)) {
    problems.push_back(absl::StrCat("Nothing becomes final: this node reaches ", connected,
                                    " of the other validators and ", OthersNeeded(genesis),
                                    " are needed. Not reached: ", absl::StrJoin(away, ", "), "."));
  } else if (!away.empty()) {
    problems.push_back(absl::StrCat("Not connected to ", absl::StrJoin(away, ", "), "."));
  }
  if (consensus.mode == Mode::kEchoing && facts.up_us > kSilenceUs)
    problems.push_back(absl::StrCat("This node does not vote yet: it ", consensus.stall, "."));
  if (facts.consensus.fetching) problems.push_back("This node is behind and fetches final blocks from the others.");
  const uint64_t silent_us = facts.finality.since_last_us.value_or(facts.up_us);
  if (silent_us > kSilenceUs)
    problems.push_back(absl::StrCat("No block has become final for ", silent_us / 1'000'000, " seconds: in view ",
                                    consensus.view.value(), " of leader ", ValidatorName(genesis, consensus.leader),
                                    ", ", NotHeardOf(genesis, facts), "."));
  if (!facts.signer_works) problems.push_back("The validator's key does not sign any more, so this node cannot vote.");
  if (facts.clock_behind_us > facts.clock_behind_allowed_us)
    problems.push_back(absl::StrCat("This machine's clock is ", facts.clock_behind_us / 1'000'000,
                                    " seconds behind the newest final block: set it right."));
  if (!consensus.log_has_room)
    problems.push_back(
        "The vote log is full, so this node does not vote: the store cannot sync, or too many blocks "
        "wait for finality.");
  if (facts.disk_free_bytes < kDiskLowBytes)
    problems.push_back(absl::StrCat("Only ", facts.disk_free_bytes >> 20, " MiB are free on the disk of ",
                                    facts.data_directory, ": make room before the node has to stop."));
  if (facts.certificates_end_s - facts.now_s < kCertificateWarningS)
    problems.push_back(absl::StrCat("A certificate of this node ends in ",
                                    (facts.certificates_end_s - facts.now_s) / 86'400, " days: renew it."));
  return problems;
}

void FillStatus(const v1::Genesis& genesis, uint32_t validator, const NodeFacts& facts,
                v1::GetStatusResponse& response) {
  response.set_validator(validator);
  response.set_name(ValidatorName(genesis, validator));
  response.set_view(facts.consensus.view.value());
  for (const network::PeerState& state : facts.peers) {
    v1::PeerStatus& peer = *response.add_peers();
    peer.set_index(state.validator);
    peer.set_name(ValidatorName(genesis, state.validator));
    peer.set_connected(state.connected);
    peer.set_final_height(state.final_height);
    peer.set_round_trip_us(state.round_trip_us);
  }
  response.set_ready(IsReady(genesis, facts));
  for (std::string& problem : Problems(genesis, facts)) response.add_problems(std::move(problem));
  response.set_finality_p50_us(facts.finality.p50_us);
  response.set_finality_p99_us(facts.finality.p99_us);
  response.set_disk_free_bytes(facts.disk_free_bytes);
  response.set_version(CAUSEWAY_VERSION);
  response.set_memory_bytes(MemoryBytes());
}

bool SignerWorks(const crypto::Signer& signer) {
  constexpr crypto::DomainTag kSignerCheckTag("causeway/signer-check/v1");
  const std::string probe = crypto::Preimage(kSignerCheckTag);
  const absl::StatusOr<std::string> signature = signer.Sign(probe);
  return signature.ok() && crypto::Verify(signer.public_key(), probe, *signature);
}

uint64_t DiskFreeBytes(const std::string& directory) {
  struct statvfs info {};
  if (statvfs(directory.c_str(), &info) != 0) return 0;
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

uint64_t MemoryBytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t total = 0, resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace causeway::daemon
