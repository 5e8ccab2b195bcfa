// SPDX-License-Identifier: Apache-2.0
// Transactions that wait for a block.
//
// What comes in was admitted on the newest final state (Executor::Admit); it leaves when it is final, when its party's
// id is used up by other bytes that are final, or when it has expired, and for nothing else: a block that held it may
// be nullified. Leaders are offered transactions round-robin by party, in each party's order of arrival.
//
// Quotas: bytes and transactions in all, and a share a source: this node's own clients may fill the pool, each peer 1/n
// of it, each party a quarter of its source's share. What exceeds a quota is refused (RESOURCE_EXHAUSTED), never
// dropped silently.
//
// Thread safety: any thread.

#ifndef CAUSEWAY_NODE_MEMPOOL_MEMPOOL_H_
#define CAUSEWAY_NODE_MEMPOOL_MEMPOOL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/transaction.h"

namespace causeway::mempool {

struct MempoolOptions {
  uint64_t bytes_max = uint64_t{256} << 20;
  uint64_t transactions_max = 200'000;
  // Validators, for the share of each peer.
  uint32_t validators = 1;
};

// Where a transaction came from: a client of this node, or a peer that admitted it.
struct Source {
  std::optional<uint32_t> peer;
};

class Mempool {
 public:
  using TransactionPtr = std::shared_ptr<const chain::Transaction>;

  explicit Mempool(const MempoolOptions& options) : options_(options) {}

  // Called, outside the lock, whenever the pool turns from empty to not empty, gets a new transaction, or empties.
  void OnChange(std::function<void(bool waiting)> callback);

  // OK, and whether it is new; RESOURCE_EXHAUSTED says which quota. ALREADY_EXISTS where the party's client id is taken
  // by other bytes that wait.
  absl::StatusOr<bool> Add(TransactionPtr transaction, Source source);

  // Up to so many bytes and operations, fairly by party, leaving out those that `skip` names (in blocks not yet final).
  std::vector<TransactionPtr> Candidates(uint64_t bytes_max, uint64_t operations_max,
                                         const std::function<bool(const Hash&)>& skip) const;

  bool Contains(const Hash& transaction_id) const { return Find(transaction_id) != nullptr; }
  // Null where it does not wait here.
  TransactionPtr Find(const Hash& transaction_id) const;

  // These are final. Whatever waits under one of their parties' ids goes, whatever its bytes are: an id counts once.
  void RemoveFinal(const std::vector<TransactionPtr>& transactions);
  // Block time has come to `now`: what is valid until before it can never be in a block again. Gives what was dropped.
  std::vector<Hash> RemoveExpired(Instant now);

  uint64_t size() const;
  uint64_t bytes() const;

 private:
  struct Entry {
    TransactionPtr transaction;
    // Position of arrival, over all parties.
    uint64_t arrival;
    uint32_t source;
  };
  struct Usage {
    uint64_t bytes = 0;
    uint64_t transactions = 0;
  };

  static uint32_t IndexOf(Source source) { return source.peer ? *source.peer + 1 : 0; }
  absl::Status CheckQuotas(const chain::Transaction& transaction, uint32_t source) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(const Hash& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Notify(bool waiting) const;

  const MempoolOptions options_;
  mutable absl::Mutex mutex_;
  uint64_t arrivals_ ABSL_GUARDED_BY(mutex_) = 0;
  Usage total_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, Usage> by_source_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<uint32_t, std::string>, Usage> by_party_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Hash, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // Party → arrival → id.
  std::map<std::string, std::map<uint64_t, Hash>> queues_ ABSL_GUARDED_BY(mutex_);
  // Party and client id → transaction.
  std::map<std::pair<std::string, ClientTransactionId>, Hash> client_ids_ ABSL_GUARDED_BY(mutex_);
  // valid_until → ids.
  std::multimap<Instant, Hash> expiries_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Mutex callback_mutex_;
  std::function<void(bool)> callback_ ABSL_GUARDED_BY(callback_mutex_);
};

}  // namespace causeway::mempool

#endif  // CAUSEWAY_NODE_MEMPOOL_MEMPOOL_H_
