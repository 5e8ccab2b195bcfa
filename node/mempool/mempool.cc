// SPDX-License-Identifier: Apache-2.0
#include "node/mempool/mempool.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace causeway::mempool {

void Mempool::OnChange(std::function<void(bool)> callback) {
  absl::MutexLock lock(&callback_mutex_);
  callback_ = std::move(callback);
}

void Mempool::Notify(bool waiting) const {
  absl::MutexLock lock(&callback_mutex_);
  if (callback_) callback_(waiting);
}

absl::Status Mempool::CheckQuotas(const chain::Transaction& transaction, uint32_t source) const {
  const uint64_t bytes = transaction.envelope.size();
  const uint64_t share = source == 0 ? 1 : std::max<uint32_t>(options_.validators, 1);
  const auto over = [&](const Usage& usage, uint64_t divisor) {
    return usage.bytes + bytes > options_.bytes_max / divisor ||
           usage.transactions + 1 > options_.transactions_max / divisor;
  };
  const auto usage_of = [](const auto& map, const auto& key) {
    const auto found = map.find(key);
    return found == map.end() ? Usage() : found->second;
  };
  if (over(total_, 1))
    return absl::ResourceExhaustedError("MEMPOOL_FULL: too many transactions wait; submit again later");
  if (over(usage_of(by_source_, source), share))
    return absl::ResourceExhaustedError(
        absl::StrCat("MEMPOOL_SHARE: validator ", source - 1, " has used its share of this node's waiting room"));
  // A party alone gets what it asks for as long as the pool is not crowded; above half, a quarter of its source's
  // share.
  if (total_.bytes > options_.bytes_max / 2 &&
      over(usage_of(by_party_, std::make_pair(source, transaction.party())), share * 4))
    return absl::ResourceExhaustedError(absl::StrCat(
        "PARTY_QUOTA: ", transaction.party(), " has used its share of this node's waiting room; submit again later"));
  return absl::OkStatus();
}

absl::StatusOr<bool> Mempool::Add(TransactionPtr transaction, Source source) {
  const uint32_t index = IndexOf(source);
  {
    absl::MutexLock lock(&mutex_);
    if (entries_.contains(transaction->id)) return false;
    const auto client_id = std::make_pair(transaction->party(), transaction->client_id);
    if (client_ids_.count(client_id) > 0)
      return absl::AlreadyExistsError(absl::StrCat("ID_USED: ", transaction->party(),
                                                   " has another transaction waiting under the id ",
                                                   transaction->client_id.ToHex()));
    if (absl::Status status = CheckQuotas(*transaction, index); !status.ok()) return status;
    const uint64_t bytes = transaction->envelope.size();
    for (Usage* usage : {&total_, &by_source_[index], &by_party_[{index, transaction->party()}]}) {
      usage->bytes += bytes;
      usage->transactions += 1;
    }
    const uint64_t arrival = arrivals_++;
    queues_[transaction->party()].emplace(arrival, transaction->id);
    client_ids_.emplace(client_id, transaction->id);
    expiries_.emplace(transaction->valid_until, transaction->id);
    const Hash id = transaction->id;
    entries_.emplace(id, Entry{std::move(transaction), arrival, index});
  }
  Notify(true);
  return true;
}

std::vector<Mempool::TransactionPtr> Mempool::Candidates(uint64_t bytes_max, uint64_t operations_max,
                                                         const std::function<bool(const Hash&)>& skip) const {
  absl::MutexLock lock(&mutex_);
  std::vector<TransactionPtr> chosen;
  uint64_t bytes = 0;
  uint64_t operations = 0;
  // One of each party in turn, in the order of their names, until the limits are passed; the builder takes what fits.
  std::vector<std::pair<std::map<uint64_t, Hash>::const_iterator, std::map<uint64_t, Hash>::const_iterator>> turns;
  for (const auto& [party, queue] : queues_) turns.emplace_back(queue.begin(), queue.end());
  bool any = true;
  while (any && bytes < bytes_max && operations < operations_max) {
    any = false;
    for (auto& [next, end] : turns) {
      while (next != end && skip(next->second)) ++next;
      if (next == end) continue;
      const TransactionPtr& transaction = entries_.at(next->second).transaction;
      ++next;
      any = true;
      bytes += transaction->envelope.size();
      operations += transaction->operation_count();
      chosen.push_back(transaction);
      if (bytes >= bytes_max || operations >= operations_max) break;
    }
  }
  return chosen;
}

Mempool::TransactionPtr Mempool::Find(const Hash& transaction_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(transaction_id);
  return found == entries_.end() ? nullptr : found->second.transaction;
}

void Mempool::Erase(const Hash& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  const Entry& entry = found->second;
  const chain::Transaction& transaction = *entry.transaction;
  const auto release = [&](auto& map, const auto& key) {
    const auto usage = map.find(key);
    usage->second.bytes -= transaction.envelope.size();
    if (--usage->second.transactions == 0) map.erase(usage);
  };
  total_.bytes -= transaction.envelope.size();
  total_.transactions -= 1;
  release(by_source_, entry.source);
  release(by_party_, std::make_pair(entry.source, transaction.party()));
  const auto queue = queues_.find(transaction.party());
  queue->second.erase(entry.arrival);
  if (queue->second.empty()) queues_.erase(queue);
  client_ids_.erase({transaction.party(), transaction.client_id});
  for (auto [expiry, end] = expiries_.equal_range(transaction.valid_until); expiry != end; ++expiry) {
    if (expiry->second == id) {
      expiries_.erase(expiry);
      break;
    }
  }
  entries_.erase(found);
}

void Mempool::RemoveFinal(const std::vector<TransactionPtr>& transactions) {
  bool waiting;
  {
    absl::MutexLock lock(&mutex_);
    for (const TransactionPtr& transaction : transactions) {
      const auto under_id = client_ids_.find({transaction->party(), transaction->client_id});
      if (under_id != client_ids_.end()) Erase(Hash(under_id->second));
    }
    waiting = !entries_.empty();
  }
  Notify(waiting);
}

std::vector<Hash> Mempool::RemoveExpired(Instant now) {
  std::vector<Hash> dropped;
  bool waiting;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [valid_until, id] : expiries_) {
      if (valid_until >= now) break;
      dropped.push_back(id);
    }
    for (const Hash& id : dropped) Erase(id);
    waiting = !entries_.empty();
  }
  if (!dropped.empty()) Notify(waiting);
  return dropped;
}

uint64_t Mempool::size() const {
  absl::MutexLock lock(&mutex_);
  return total_.transactions;
}

uint64_t Mempool::bytes() const {
  absl::MutexLock lock(&mutex_);
  return total_.bytes;
}

}  // namespace causeway::mempool
