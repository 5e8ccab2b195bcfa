// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/system_tables.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/sha256.h"
#include "ledger/execution/contract.h"

namespace causeway::execution {

std::vector<state::TableInfo> SystemTables() {
  return {state::InfoOf(kConsumedIds), state::InfoOf(kExpiryBuckets), state::InfoOf(kDueWork),
          state::InfoOf(kConsumedIdMinutes)};
}

std::vector<state::TableInfo> AllTables(const Registry& registry) {
  std::vector<state::TableInfo> tables = SystemTables();
  for (const std::unique_ptr<Contract>& contract : registry.contracts) {
    const std::vector<state::TableInfo> own = contract->tables();
    tables.insert(tables.end(), own.begin(), own.end());
  }
  std::sort(tables.begin(), tables.end(),
            [](const state::TableInfo& a, const state::TableInfo& b) { return a.id < b.id; });
  return tables;
}

uint64_t MinuteOf(Instant instant) {
  return instant.micros() / (uint64_t{60} * 1000 * 1000);
}

Hash NextBucketHash(const Hash& hash, absl::string_view party, const ClientTransactionId& id, const Hash& body_hash) {
  return crypto::DomainHash(crypto::kExpiryBucketTag, hash, party, id, body_hash);
}

namespace {

void SortByKey(std::vector<merkle::StateChange>& changes) {
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
}

}  // namespace

std::vector<merkle::StateChange> TreeChanges(const state::Changes& changes) {
  std::vector<merkle::StateChange> result;
  result.reserve(changes.size());
  for (const auto& [key, value] : changes) {
    if (state::IsFlatTable(key.table)) continue;
    merkle::StateChange change{merkle::StateTreeKeyOf(key.table, key.key), std::nullopt};
    if (value) change.value_hash = crypto::Sha256(*value);
    result.push_back(change);
  }
  SortByKey(result);
  return result;
}

void StateTreeBuilder::Add(state::TableId table, absl::string_view key, absl::string_view value) {
  if (state::IsFlatTable(table)) return;
  leaves_.push_back(merkle::StateChange{merkle::StateTreeKeyOf(table, key), crypto::Sha256(value)});
}

merkle::StateTree StateTreeBuilder::Build() {
  SortByKey(leaves_);
  merkle::StateTree tree = merkle::StateTree().Update(leaves_);
  leaves_.clear();
  return tree;
}

namespace {

struct LiveId {
  std::string party;
  ClientTransactionId id;
  Hash body_hash;
};

// A bucket's ids by sequence.
using Bucket = std::map<uint64_t, LiveId>;

absl::Status CheckBucket(uint64_t minute, const Bucket& ids, const std::optional<ExpiryBucket>& bucket) {
  Hash hash = Hash::Zero();
  uint64_t sequence = 0;
  for (const auto& [position, live] : ids) {
    if (position != sequence++)
      return absl::DataLossError(absl::StrCat("consumed_ids: minute ", minute, " lacks position ", sequence - 1));
    hash = NextBucketHash(hash, live.party, live.id, live.body_hash);
  }
  if (!bucket || bucket->count != ids.size() || bucket->hash != hash)
    return absl::DataLossError(absl::StrCat("consumed_ids: minute ", minute, " does not hash to its bucket"));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckConsumedIds(const state::StateView& view) {
  std::map<uint64_t, Bucket> buckets;
  uint64_t records = 0;
  absl::Status status;
  view.ForEach(kConsumedIds, std::tuple<>(), [&](const auto& key, const ConsumedId& record) {
    const auto& [minute, party, id] = key;
    ++records;
    const std::optional<BucketMinute> found = view.Get(kConsumedIdMinutes, std::make_tuple(party, id));
    if (!found || found->minute != minute)
      status = absl::DataLossError(
          absl::StrCat("consumed_ids: minute ", minute, " has an id that is not found by its party ", party));
    if (!buckets[minute].emplace(record.sequence, LiveId{party, id, record.transaction_id}).second)
      status = absl::DataLossError(
          absl::StrCat("consumed_ids: minute ", minute, " has position ", record.sequence, " twice"));
    return status.ok();
  });
  if (!status.ok()) return status;
  uint64_t minutes = 0;
  view.ForEach(kConsumedIdMinutes, std::tuple<>(), [&](const auto&, const BucketMinute&) { return ++minutes > 0; });
  if (minutes != records)
    return absl::DataLossError(absl::StrCat("consumed_ids: ", records, " ids by minute and ", minutes, " by party"));
  for (const auto& [minute, ids] : buckets) {
    const absl::Status checked = CheckBucket(minute, ids, view.Get(kExpiryBuckets, minute));
    if (!checked.ok()) return checked;
  }
  view.ForEach(kExpiryBuckets, std::tuple<>(), [&](const uint64_t& minute, const ExpiryBucket&) {
    if (buckets.count(minute) == 0)
      status = absl::DataLossError(absl::StrCat("consumed_ids: minute ", minute, " is empty and has a bucket"));
    return status.ok();
  });
  return status;
}

}  // namespace causeway::execution

namespace causeway::state {

std::string RecordCodec<execution::ConsumedId>::Encode(const execution::ConsumedId& record) {
  std::string out = record.transaction_id.ToString();
  AppendBigEndian64(out, record.height);
  AppendBigEndian32(out, record.index);
  AppendBigEndian64(out, record.sequence);
  return out;
}

std::optional<execution::ConsumedId> RecordCodec<execution::ConsumedId>::Decode(absl::string_view bytes) {
  const std::optional<absl::string_view> hash = TakeBytes(bytes, Hash::kSize);
  const std::optional<uint64_t> height = TakeBigEndian64(bytes);
  const std::optional<uint32_t> index = TakeBigEndian32(bytes);
  const std::optional<uint64_t> sequence = TakeBigEndian64(bytes);
  if (!hash || !height || !index || !sequence || !bytes.empty()) return std::nullopt;
  return execution::ConsumedId{*Hash::FromBytes(*hash), *height, *index, *sequence};
}

std::string RecordCodec<execution::ExpiryBucket>::Encode(const execution::ExpiryBucket& record) {
  std::string out = record.hash.ToString();
  AppendBigEndian64(out, record.count);
  return out;
}

std::optional<execution::ExpiryBucket> RecordCodec<execution::ExpiryBucket>::Decode(absl::string_view bytes) {
  const std::optional<absl::string_view> hash = TakeBytes(bytes, Hash::kSize);
  const std::optional<uint64_t> count = TakeBigEndian64(bytes);
  if (!hash || !count || !bytes.empty()) return std::nullopt;
  return execution::ExpiryBucket{*Hash::FromBytes(*hash), *count};
}

std::string RecordCodec<execution::DueRecord>::Encode(const execution::DueRecord& record) {
  return record.cause.ToString() + record.payload;
}

std::optional<execution::DueRecord> RecordCodec<execution::DueRecord>::Decode(absl::string_view bytes) {
  const std::optional<absl::string_view> cause = TakeBytes(bytes, Hash::kSize);
  if (!cause) return std::nullopt;
  return execution::DueRecord{*Hash::FromBytes(*cause), std::string(bytes)};
}

std::string RecordCodec<execution::BucketMinute>::Encode(const execution::BucketMinute& record) {
  std::string out;
  AppendBigEndian64(out, record.minute);
  return out;
}

std::optional<execution::BucketMinute> RecordCodec<execution::BucketMinute>::Decode(absl::string_view bytes) {
  const std::optional<uint64_t> minute = TakeBigEndian64(bytes);
  if (!minute || !bytes.empty()) return std::nullopt;
  return execution::BucketMinute{*minute};
}

}  // namespace causeway::state
