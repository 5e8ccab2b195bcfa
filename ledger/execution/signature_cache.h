// SPDX-License-Identifier: Apache-2.0
//
// Envelopes whose signatures are known to verify, so that each is verified once a node: at admission or on a pool when
// a block arrives, and not again when it is executed. That a signature verifies under the key that bears its id is a
// fact about the envelope's bytes alone (a key id is the key's hash); whether that key is active is asked of the state
// each time.
//
// Invariants: an entry is only ever made of an envelope that verified. Thread safety: any thread.

#ifndef CAUSEWAY_LEDGER_EXECUTION_SIGNATURE_CACHE_H_
#define CAUSEWAY_LEDGER_EXECUTION_SIGNATURE_CACHE_H_

#include <cstddef>
#include <deque>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"

#include "ledger/base/identifiers.h"

namespace causeway::execution {

class SignatureCache {
 public:
  // Forgets the oldest entry beyond `capacity`.
  explicit SignatureCache(size_t capacity) : capacity_(capacity) {}

  // `envelope_hash` is Transaction::envelope_hash, which covers the signatures.
  bool Contains(const Hash& envelope_hash) const;
  void Add(const Hash& envelope_hash);

 private:
  const size_t capacity_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_set<Hash> known_ ABSL_GUARDED_BY(mutex_);
  std::deque<Hash> order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_SIGNATURE_CACHE_H_
