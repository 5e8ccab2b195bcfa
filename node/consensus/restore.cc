// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/restore.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ledger/base/status.h"

namespace causeway::consensus {

namespace {

// Up to which view of the epoch nothing is signed any more, as a record of `epoch` and `view` says it: all of an
// earlier epoch, nothing of a later one.
View FloorIn(Epoch asked, Epoch epoch, View view) {
  if (epoch == asked) return view;
  return epoch > asked ? View(~uint64_t{0}) : View(0);
}

}  // namespace

absl::StatusOr<Restored> RestoredFor(const LogContents& contents, const EngineConfig& config, const BlockReader& reader,
                                     const BlockInfo& committed, CertificatePtr finalization) {
  Restored restored{.committed = committed, .finalization = std::move(finalization)};
  const auto of_epoch = [&](Epoch epoch) { return epoch == config.epoch; };
  std::copy_if(contents.votes.begin(), contents.votes.end(), std::back_inserter(restored.votes),
               [&](const Vote& vote) { return of_epoch(vote.subject.epoch); });
  std::copy_if(contents.certificates.begin(), contents.certificates.end(), std::back_inserter(restored.certificates),
               [&](const CertificatePtr& one) { return of_epoch(one->subject.epoch); });
  std::copy_if(contents.certified.begin(), contents.certified.end(), std::back_inserter(restored.certified),
               [&](const LogCertified& one) { return of_epoch(one.epoch); });
  for (const LogBody& body : contents.bodies) {
    if (body.height <= committed.height) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(BlockInfo block, reader.Read(body.bytes));
    if (of_epoch(block.epoch)) restored.bodies.push_back(std::move(block));
  }
  const LogRejoined& rejoined = contents.rejoined;
  restored.floor = std::max(FloorIn(config.epoch, contents.floor.epoch, contents.floor.view),
                            FloorIn(config.epoch, rejoined.epoch, rejoined.view));
  const bool came_back = rejoined.view > View(0) && config.rules.ask_in_next_epoch;
  if (came_back && of_epoch(rejoined.epoch)) restored.rejoined = rejoined.view;
  const bool asks_again = came_back && of_epoch(rejoined.epoch.Next());
  restored.log_intact = contents.may_vote && !asks_again;
  return restored;
}

absl::StatusOr<OpenedLog> OpenVoteLog(FileSystem& files, const std::string& folder, const VoteLogOptions& options,
                                      const EngineConfig& config, const KeyId& key_id, const BlockReader& reader,
                                      const BlockInfo& committed, CertificatePtr finalization) {
  OpenedLog opened{nullptr, {}, Restored{.committed = committed}, {}};
  const auto keep_body = [&](const LogBody& body) { return body.height > committed.height; };
  absl::StatusOr<std::unique_ptr<VoteLog>> log =
      VoteLog::Open(files, folder, options, config.chain_id, key_id, keep_body, &opened.contents);
  if (absl::IsNotFound(log.status()) || absl::IsDataLoss(log.status())) {
    opened.lost = log.status();
    opened.contents = LogContents();
    opened.contents.may_vote = false;
    CAUSEWAY_ASSIGN_OR_RETURN(opened.log, VoteLog::Replace(files, folder, options, config.chain_id, key_id));
  } else {
    CAUSEWAY_RETURN_IF_ERROR(log.status());
    opened.log = *std::move(log);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(opened.restored,
                            RestoredFor(opened.contents, config, reader, committed, std::move(finalization)));
  return opened;
}

}  // namespace causeway::consensus
