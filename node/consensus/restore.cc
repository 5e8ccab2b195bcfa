// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/restore.h"

#include <algorithm>
#include <utility>

#include "ledger/base/status.h"

namespace causeway::consensus {

absl::StatusOr<OpenedLog> OpenVoteLog(FileSystem& files, const std::string& folder, const VoteLogOptions& options,
                                      const EngineConfig& config, const KeyId& key_id, const BlockReader& reader,
                                      const BlockInfo& committed, CertificatePtr finalization) {
  OpenedLog opened{nullptr, Restored{.committed = committed, .finalization = std::move(finalization)}, {}};
  LogContents contents;
  const auto keep_body = [&](const LogBody& body) { return body.height > committed.height; };
  absl::StatusOr<std::unique_ptr<VoteLog>> log =
      VoteLog::Open(files, folder, options, config.chain_id, key_id, keep_body, &contents);
  if (absl::IsNotFound(log.status()) || absl::IsDataLoss(log.status())) {
    opened.lost = log.status();
    opened.restored.log_intact = false;
    CAUSEWAY_ASSIGN_OR_RETURN(opened.log, VoteLog::Replace(files, folder, options, config.chain_id, key_id));
    return opened;
  }
  CAUSEWAY_RETURN_IF_ERROR(log.status());
  opened.log = *std::move(log);
  Restored& restored = opened.restored;
  restored.log_intact = contents.may_vote;
  restored.votes = std::move(contents.votes);
  restored.certificates = std::move(contents.certificates);
  restored.certified = std::move(contents.certified);
  for (LogBody& body : contents.bodies) {
    CAUSEWAY_ASSIGN_OR_RETURN(BlockInfo block, reader.Read(std::move(body.bytes)));
    restored.bodies.push_back(std::move(block));
  }
  restored.floor = std::max(contents.floor.view, contents.rejoined.view);
  return opened;
}

}  // namespace causeway::consensus
