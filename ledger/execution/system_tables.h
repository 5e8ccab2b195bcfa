// SPDX-License-Identifier: Apache-2.0
//
// The ledger's own tables: which transaction ids are consumed, and what work is due. Written by ledger/execution alone;
// contracts reach them through contract.h.
//
// Ids. A transaction's id is consumed once within its party, whatever becomes of the transaction, and kept until the
// minute of its valid_until has passed. The records are flat (state::IsFlatTable): part of the stored state and of no
// tree; the tree holds one chained hash a minute (the bucket), which commits to them in the order of execution:
//   h ← SHA-256(tag ‖ h ‖ party ‖ id ‖ SHA-256(body)), from 32 zero bytes.

#ifndef CAUSEWAY_LEDGER_EXECUTION_SYSTEM_TABLES_H_
#define CAUSEWAY_LEDGER_EXECUTION_SYSTEM_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/state/view.h"

namespace causeway::execution {

struct Registry;

// Where an id was consumed.
struct ConsumedId {
  // The transaction: SHA-256 of its body.
  Hash transaction_id;
  uint64_t height;
  // Position in the block.
  uint32_t index;
  // Position in its bucket, from 0.
  uint64_t sequence;
};

// A minute's chained hash, and how many ids it covers.
struct ExpiryBucket {
  Hash hash;
  uint64_t count;
};

// The bucket in which a party's id was consumed.
struct BucketMinute {
  uint64_t minute;
};

// What a piece of due work is kept as; its key is (due, id, contract).
struct DueRecord {
  Hash cause;
  std::string payload;
};

// Flat: (minute of valid_until, party, client's id).
inline constexpr state::Table<std::tuple<uint64_t, std::string, ClientTransactionId>, ConsumedId> kConsumedIds{
    1, "consumed_ids"};
// minute of valid_until.
inline constexpr state::Table<uint64_t, ExpiryBucket> kExpiryBuckets{2, "expiry_buckets"};
// (due, id, contract's field number in Operation): the order in which it is done.
inline constexpr state::Table<std::tuple<Instant, std::string, uint32_t>, DueRecord> kDueWork{3, "due_work"};
// Flat: (party, client's id), so that an id is found whatever its valid_until.
inline constexpr state::Table<std::tuple<std::string, ClientTransactionId>, BucketMinute> kConsumedIdMinutes{
    4, "consumed_id_minutes"};

// For naming what differs.
std::vector<state::TableInfo> SystemTables();
// These and the contracts' tables, ascending by id: all of the state.
std::vector<state::TableInfo> AllTables(const Registry& registry);

// The minute of an instant: the bucket of a valid_until.
uint64_t MinuteOf(Instant instant);

// The bucket's hash after one more id.
Hash NextBucketHash(const Hash& hash, absl::string_view party, const ClientTransactionId& id, const Hash& body_hash);

// The changes as the state tree takes them: hashed, without the flat tables, ascending by tree key.
std::vector<merkle::StateChange> TreeChanges(const state::Changes& changes);

// Builds the tree of a whole state from its records, offered in any order; flat tables are skipped.
class StateTreeBuilder {
 public:
  void Add(state::TableId table, absl::string_view key, absl::string_view value);
  merkle::StateTree Build();

 private:
  std::vector<merkle::StateChange> leaves_;
};

// DATA_LOSS where the consumed ids do not hash to the buckets (or do not agree with each other), naming the minute. For
// start-up and audit.
absl::Status CheckConsumedIds(const state::StateView& view);

}  // namespace causeway::execution

namespace causeway::state {

// 32 ‖ 8 ‖ 4 ‖ 8 bytes.
template <>
struct RecordCodec<execution::ConsumedId> {
  static std::string Encode(const execution::ConsumedId& record);
  static std::optional<execution::ConsumedId> Decode(absl::string_view bytes);
};
// 32 ‖ 8 bytes.
template <>
struct RecordCodec<execution::ExpiryBucket> {
  static std::string Encode(const execution::ExpiryBucket& record);
  static std::optional<execution::ExpiryBucket> Decode(absl::string_view bytes);
};
// 32 bytes ‖ payload.
template <>
struct RecordCodec<execution::DueRecord> {
  static std::string Encode(const execution::DueRecord& record);
  static std::optional<execution::DueRecord> Decode(absl::string_view bytes);
};
// 8 bytes.
template <>
struct RecordCodec<execution::BucketMinute> {
  static std::string Encode(const execution::BucketMinute& record);
  static std::optional<execution::BucketMinute> Decode(absl::string_view bytes);
};

}  // namespace causeway::state

#endif  // CAUSEWAY_LEDGER_EXECUTION_SYSTEM_TABLES_H_
