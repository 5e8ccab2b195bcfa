// SPDX-License-Identifier: Apache-2.0

#include "node/api/proofs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/execution/system_tables.h"

namespace causeway::api {

absl::StatusOr<std::string> ProofMaker::ProveState(const std::string& party, Height height,
                                                   const state::StateView& view,
                                                   const std::optional<merkle::StateTree>& tree,
                                                   const state::StateKey& key) {
  const absl::StatusOr<merkle::StateTree> at = tree ? *tree : TreeAt(party, height, view);
  if (!at.ok()) return at.status();
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::ProofBundle bundle,
                            audit::ProveState(ledger_.store(), height, view, *at, key.table, key.key));
  return audit::EncodeBundle(bundle);
}

absl::StatusOr<std::string> ProofMaker::ProveReceipt(const store::Place& place,
                                                     const std::vector<uint32_t>& operations) const {
  // None would mean all of them.
  if (operations.empty()) return absl::InvalidArgumentError("no operation's result is asked for");
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::ProofBundle bundle, audit::ProveReceipt(ledger_.store(), place, operations));
  return audit::EncodeBundle(bundle);
}

std::optional<merkle::StateTree> ProofMaker::FindKept(Height height) {
  absl::MutexLock lock(&mutex_);
  const auto found =
      std::find_if(trees_.begin(), trees_.end(), [&](const auto& entry) { return entry.first == height.value(); });
  if (found == trees_.end()) return std::nullopt;
  trees_.splice(trees_.begin(), trees_, found);
  return trees_.front().second;
}

absl::Status ProofMaker::TakeRebuild(const std::string& party) {
  absl::MutexLock lock(&mutex_);
  std::deque<absl::Time>& begun = rebuilds_[party];
  const absl::Time now = now_();
  while (!begun.empty() && now - begun.front() >= absl::Minutes(1)) begun.pop_front();
  if (begun.size() >= limits_.rebuilds_party_per_minute) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", limits_.rebuilds_party_per_minute,
                     " proofs of different old heights in a minute: wait and ask again"));
  }
  begun.push_back(now);
  return absl::OkStatus();
}

absl::StatusOr<merkle::StateTree> ProofMaker::TreeAt(const std::string& party, Height height,
                                                     const state::StateView& view) {
  if (std::optional<merkle::StateTree> kept = FindKept(height)) return *std::move(kept);
  CAUSEWAY_RETURN_IF_ERROR(TakeRebuild(party));
  if (!building_.TryLock())
    return absl::ResourceExhaustedError("another proof of an old height is being made; try again in some seconds");
  // Whoever had the lock before may have built this one.
  std::optional<merkle::StateTree> kept = FindKept(height);
  absl::StatusOr<merkle::StateTree> tree =
      kept ? absl::StatusOr<merkle::StateTree>(*std::move(kept))
           : audit::RebuildTree(ledger_.store(), height, view, execution::AllTables(ledger_.registry()));
  if (tree.ok() && !kept) {
    absl::MutexLock lock(&mutex_);
    trees_.emplace_front(height.value(), *tree);
    while (trees_.size() > limits_.trees_max) trees_.pop_back();
  }
  building_.Unlock();
  return tree;
}

}  // namespace causeway::api
