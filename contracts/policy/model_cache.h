// SPDX-License-Identifier: Apache-2.0
// Models that are ready to judge, so that one is decoded and compiled once and not for every movement.
//
// A model's trees never change after its registration and are found by the hash of their canonical bytes, so what the
// cache holds is a fact about those bytes: no result depends on it. Least recently used models leave it.
// Thread safety: any thread.

#ifndef CAUSEWAY_CONTRACTS_POLICY_MODEL_CACHE_H_
#define CAUSEWAY_CONTRACTS_POLICY_MODEL_CACHE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "contracts/policy/features.h"
#include "contracts/policy/policy.h"
#include "contracts/policy/trees.h"
#include "ledger/state/view.h"

namespace causeway::policy {

struct ReadyModel {
  // What the model reads, in its order.
  std::vector<const LedgerFeature*> features;
  TreeModel trees;
};

class ModelCache {
 public:
  explicit ModelCache(size_t capacity) : capacity_(capacity) {}

  // The model's trees, of which the record says this hash. They are in the state (checked).
  std::shared_ptr<const ReadyModel> Find(const state::StateView& view, const v1::ModelRef& model,
                                         const std::string& trees_hash) const;
  size_t size() const;

 private:
  const size_t capacity_;
  mutable absl::Mutex mutex_;
  // By trees' hash, the last used first.
  mutable std::deque<std::pair<std::string, std::shared_ptr<const ReadyModel>>> models_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_MODEL_CACHE_H_
