// SPDX-License-Identifier: Apache-2.0
// What becomes of two votes that exclude each other: the operation that shows them to the ledger, ready for the officer
// who decides to submit it. The node itself holds no officer's key, so it cannot.
#ifndef CAUSEWAY_NODE_DAEMON_EVIDENCE_H_
#define CAUSEWAY_NODE_DAEMON_EVIDENCE_H_

#include <string>

#include "absl/status/statusor.h"

#include "node/consensus/types.h"

namespace causeway::daemon {

// Writes DIRECTORY/conflict-EPOCH-VALIDATOR.json, which `causeway tx submit` reads (governance.report_conflict), and
// returns its path. The directory is made; a file that is there stays, since one proof is as good as another.
// UNAVAILABLE where it cannot be written.
absl::StatusOr<std::string> WriteReport(const std::string& directory, const consensus::VoteConflict& conflict);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_EVIDENCE_H_
