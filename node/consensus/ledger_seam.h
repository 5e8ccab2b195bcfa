// SPDX-License-Identifier: Apache-2.0
// What consensus asks of the ledger: build a block, execute a block, commit a block; and of whoever reads blocks, what
// one says of itself. Consensus never sees a transaction.
//
// The state after each block that is not final is an overlay over its parent's, kept by the implementation under the
// block's hash. Committing a block drops the overlays that do not descend from it.
#ifndef CAUSEWAY_NODE_CONSENSUS_LEDGER_SEAM_H_
#define CAUSEWAY_NODE_CONSENSUS_LEDGER_SEAM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "node/consensus/types.h"

namespace causeway::consensus {

// Reads what a block's bytes say: the structure of the block and the hash of its header (which must cover the
// transactions by their root, checked here), nothing of its validity. A pure function; thread safe.
class BlockReader {
 public:
  virtual ~BlockReader() = default;
  // INVALID_ARGUMENT for bytes that are no block.
  virtual absl::StatusOr<BlockInfo> Read(Bytes block) const = 0;
};

// What to build. The parent is final or was executed by this ledger.
struct BuildRequest {
  View view;  // only to be given back
  Epoch epoch;
  uint32_t proposer;
  Hash parent;
  Instant time;       // the header's
  uint32_t halvings;  // every limit of the block is divided by 2 to this power, down to one transaction
  bool allow_empty;   // else nothing is built where no transaction is at hand that the parent's chain lacks
};

// Roots, where the block is valid; else the reason why it is not. Both are the same on every node.
using ExecutionResult = std::variant<Roots, std::string>;

// Final blocks from a height on, and the finalization of the last of them.
struct FinalRange {
  std::vector<Bytes> blocks;
  CertificatePtr finalization;  // null iff there are no blocks
};

// The ledger's side. An error is a host failure (a disk, memory): the node halts, for a rule that says no is never one.
//
// Thread safety: the driver calls Build, Execute, Commit, and SyncedHeight from one worker thread, one at a time and in
// the order in which the engine asked; ReadFinal may be called from another thread at the same time.
class LedgerSeam {
 public:
  virtual ~LedgerSeam() = default;

  // A block on the parent, executed: its header claims the roots that executing it gives, and Execute need not be
  // called for it. Nothing where `allow_empty` forbids what could be built.
  virtual absl::StatusOr<std::optional<BlockInfo>> Build(const BuildRequest& request) = 0;

  // Validity and roots of a block whose parent is final or executed. Whether the roots are those that the header
  // claims is the caller's comparison; height, parent and the order of times were checked by it too. Executing a block
  // again gives the same answer.
  virtual absl::StatusOr<ExecutionResult> Execute(const BlockInfo& block) = 0;

  // The block, executed before and child of the last committed one, is final. Atomic: after a crash it is in the store
  // whole or not at all; it need not be synced when the call returns. `finalization` is null for a block that is final
  // through a descendant.
  virtual absl::Status Commit(const BlockInfo& block, const CertificatePtr& finalization) = 0;

  // The height up to which the store's blocks are known to be on disk; asked after commits.
  virtual Height SyncedHeight() const = 0;

  // Final blocks from `from` on, at most about `bytes_max` bytes, ending with one whose finalization is stored; if
  // need be beyond the limit, so that there is at least one such. Empty where the store's head is below `from` or the
  // range is pruned.
  virtual absl::StatusOr<FinalRange> ReadFinal(Height from, uint64_t bytes_max) const = 0;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_LEDGER_SEAM_H_
