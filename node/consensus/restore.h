// SPDX-License-Identifier: Apache-2.0
// From what is on disk to an engine that may start: opens the vote log, or sets aside one that is missing or damaged,
// and puts what it holds together with the store's head.
#ifndef CAUSEWAY_NODE_CONSENSUS_RESTORE_H_
#define CAUSEWAY_NODE_CONSENSUS_RESTORE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "node/consensus/engine.h"
#include "node/consensus/vote_log.h"

namespace causeway::consensus {

// What the log holds of the engine's epoch. The same contents serve for a later epoch, when the store has got there.
// An error is a host failure: a body in the log that is no block.
absl::StatusOr<Restored> RestoredFor(const LogContents& contents, const EngineConfig& config, const BlockReader& reader,
                                     const BlockInfo& committed, CertificatePtr finalization);

struct OpenedLog {
  std::unique_ptr<VoteLog> log;
  LogContents contents;
  Restored restored;
  // Why the log that was there could not be used; OK otherwise.
  absl::Status lost;
};

// `committed` and `finalization`: the store's head and its newest finalization, null before the first. An error is a
// host failure, or a log of another chain or key.
absl::StatusOr<OpenedLog> OpenVoteLog(FileSystem& files, const std::string& folder, const VoteLogOptions& options,
                                      const EngineConfig& config, const KeyId& key_id, const BlockReader& reader,
                                      const BlockInfo& committed, CertificatePtr finalization);

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_RESTORE_H_
