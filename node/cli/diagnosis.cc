// SPDX-License-Identifier: Apache-2.0
#include "node/cli/diagnosis.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/bytes.h"
#include "ledger/base/instant.h"
#include "ledger/chain/certificate.h"
#include "node/cli/table.h"

namespace causeway::cli {
namespace {

// Two final blocks at one height that differ: the worst that can be.
void FindForks(const std::vector<NodeAnswer>& answers, Diagnosis& diagnosis) {
  std::map<uint64_t, std::pair<std::string, std::string>> block_of;
  for (const NodeAnswer& answer : answers) {
    if (!answer.status.ok()) continue;
    const v1::GetStatusResponse& status = *answer.status;
    const auto [known, first] = block_of.emplace(status.final_height(), std::pair(answer.name, status.block_hash()));
    if (!first && known->second.second != status.block_hash())
      diagnosis.problems.push_back(absl::StrCat(
          answer.name, " and ", known->second.first, " have different final blocks at height ", status.final_height(),
          ": stop dealing, keep both directories, and replay both (causeway audit replay)."));
  }
}

void LookAtNode(const NodeAnswer& answer, const Hash& chain_id, uint64_t furthest, Diagnosis& diagnosis) {
  if (!answer.status.ok()) {
    diagnosis.problems.push_back(absl::StrCat(answer.name, " could not be asked: ", answer.status.status().message()));
    return;
  }
  const v1::GetStatusResponse& status = *answer.status;
  if (status.chain_id() != chain_id.bytes())
    diagnosis.problems.push_back(absl::StrCat(answer.name, " runs another chain, ", BytesToHex(status.chain_id()),
                                              "; this context's genesis is of ", chain_id.ToHex(), "."));
  if (furthest - status.final_height() > kLagBlocks)
    diagnosis.problems.push_back(absl::StrCat(answer.name, " is ", WithThousands(furthest - status.final_height()),
                                              " blocks behind the others."));
  for (const std::string& problem : status.problems())
    diagnosis.problems.push_back(absl::StrCat(answer.name, ": ", problem));
  if (!status.ready() && status.problems().empty())
    diagnosis.problems.push_back(absl::StrCat(answer.name, " is not ready to vote, and does not say why."));
  std::vector<std::string> missing;
  for (const v1::PeerStatus& peer : status.peers()) {
    if (!peer.connected()) missing.push_back(peer.name());
  }
  if (!missing.empty())
    diagnosis.problems.push_back(
        absl::StrCat(answer.name, " has no connection to ", absl::StrJoin(missing, ", "), "."));
  if (status.disk_free_bytes() > 0 && status.disk_free_bytes() < kDiskFreeBytes)
    diagnosis.problems.push_back(absl::StrCat(answer.name, " has only ", WithThousands(status.disk_free_bytes() >> 20),
                                              " MiB free on its disk."));
  diagnosis.notes.push_back(absl::StrCat(answer.name, " is at height ", WithThousands(status.final_height()),
                                         ", block time ", FormatInstant(Instant::FromMicros(status.block_time_us())),
                                         ", with ", WithThousands(status.mempool_transactions()),
                                         " transactions waiting."));
}

}  // namespace

Diagnosis Diagnose(const std::vector<NodeAnswer>& answers, const Hash& chain_id) {
  Diagnosis diagnosis;
  uint64_t furthest = 0;
  size_t ready = 0;
  for (const NodeAnswer& answer : answers) {
    if (!answer.status.ok()) continue;
    ++diagnosis.reached;
    ready += answer.status->ready() ? 1 : 0;
    furthest = std::max(furthest, answer.status->final_height());
  }
  FindForks(answers, diagnosis);
  const auto quorum = static_cast<size_t>(answers.empty() ? 0 : chain::Quorum(static_cast<uint32_t>(answers.size())));
  if (ready < quorum)
    diagnosis.problems.push_back(absl::StrCat("Only ", ready, " of ", answers.size(), " nodes are ready, and ", quorum,
                                              " must be for a block to become final: nothing can be decided now."));
  for (const NodeAnswer& answer : answers) LookAtNode(answer, chain_id, furthest, diagnosis);
  if (diagnosis.problems.empty())
    diagnosis.notes.insert(diagnosis.notes.begin(),
                           absl::StrCat("All ", answers.size(), " nodes are ready and agree."));
  return diagnosis;
}

}  // namespace causeway::cli
