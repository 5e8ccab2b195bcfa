// SPDX-License-Identifier: Apache-2.0
// Proof bundles for readers. The newest state's tree is at hand; that of an older height is rebuilt from the whole
// state as at that height, one at a time, and the last few are kept.
//
// Thread safety: any thread. A second rebuild waits for none: it is refused as RESOURCE_EXHAUSTED, to be tried again.
#ifndef CAUSEWAY_NODE_API_PROOFS_H_
#define CAUSEWAY_NODE_API_PROOFS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "ledger/audit/bundle.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/state/view.h"
#include "node/ledger/node_ledger.h"

namespace causeway::api {

struct ProofLimits {
  // Trees of old heights that are kept.
  uint32_t trees_max = 2;
  // Trees that a party may have rebuilt in a minute.
  uint32_t rebuilds_party_per_minute = 6;
};

class ProofMaker {
 public:
  // `now`: real time, for the quota.
  ProofMaker(const node_ledger::NodeLedger& ledger, const ProofLimits& limits, std::function<absl::Time()> now)
      : ledger_(ledger), limits_(limits), now_(std::move(now)) {}

  // Canonical bytes of a bundle about a key of a table as after a height (a final one), whose view this is, and whose
  // tree, where it is at hand. FAILED_PRECONDITION ("NOT_YET: …") where no certificate covers it.
  absl::StatusOr<std::string> ProveState(const std::string& party, Height height, const state::StateView& view,
                                         const std::optional<merkle::StateTree>& tree, const state::StateKey& key);
  // About a transaction's receipt with the results of these operations.
  absl::StatusOr<std::string> ProveReceipt(const store::Place& place, const std::vector<uint32_t>& operations) const;

 private:
  absl::StatusOr<merkle::StateTree> TreeAt(const std::string& party, Height height, const state::StateView& view);
  std::optional<merkle::StateTree> FindKept(Height height);
  absl::Status TakeRebuild(const std::string& party);

  const node_ledger::NodeLedger& ledger_;
  const ProofLimits limits_;
  const std::function<absl::Time()> now_;
  absl::Mutex building_;
  absl::Mutex mutex_;
  // Used last first.
  std::list<std::pair<uint64_t, merkle::StateTree>> trees_ ABSL_GUARDED_BY(mutex_);
  // When each party's rebuilds of the last minute began, oldest first.
  std::map<std::string, std::deque<absl::Time>> rebuilds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_PROOFS_H_
