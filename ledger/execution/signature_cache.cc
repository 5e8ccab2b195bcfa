// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/signature_cache.h"

namespace causeway::execution {

bool SignatureCache::Contains(const Hash& envelope_hash) const {
  absl::MutexLock lock(&mutex_);
  return known_.contains(envelope_hash);
}

void SignatureCache::Add(const Hash& envelope_hash) {
  absl::MutexLock lock(&mutex_);
  if (capacity_ == 0 || !known_.insert(envelope_hash).second) return;
  order_.push_back(envelope_hash);
  if (order_.size() <= capacity_) return;
  known_.erase(order_.front());
  order_.pop_front();
}

}  // namespace causeway::execution
