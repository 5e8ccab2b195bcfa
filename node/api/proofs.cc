// SPDX-License-Identifier: Apache-2.0

#include "node/api/proofs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/execution/system_tables.h"

namespace causeway::api {

absl::StatusOr<std::string> ProofMaker::ProveState(Height height, const state::StateView& view,
                                                   const std::optional<merkle::StateTree>& tree,
                                                   const state::StateKey& key) {
  const absl::StatusOr<merkle::StateTree> at = tree ? *tree : TreeAt(height, view);
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

absl::StatusOr<merkle::StateTree> ProofMaker::TreeAt(Height height, const state::StateView& view) {
  const auto find = [&]() -> std::optional<merkle::StateTree> {
    absl::MutexLock lock(&mutex_);
    const auto found =
        std::find_if(trees_.begin(), trees_.end(), [&](const auto& entry) { return entry.first == height.value(); });
    if (found == trees_.end()) return std::nullopt;
    trees_.splice(trees_.begin(), trees_, found);
    return trees_.front().second;
  };
  if (std::optional<merkle::StateTree> kept = find()) return *std::move(kept);
  if (!building_.TryLock())
    return absl::ResourceExhaustedError("another proof of an old height is being made; try again in some seconds");
  // Whoever had the lock before may have built this one.
  std::optional<merkle::StateTree> kept = find();
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
