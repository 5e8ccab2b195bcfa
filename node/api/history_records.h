// SPDX-License-Identifier: Apache-2.0
// Records that are no part of the newest state but of its history: a transaction's receipt, an order that has become
// final, a restricted record.
#ifndef CAUSEWAY_NODE_API_HISTORY_RECORDS_H_
#define CAUSEWAY_NODE_API_HISTORY_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/query_service.pb.h"
#include "ledger/store/final_block.h"
#include "node/api/read_rules.h"
#include "node/ledger/node_ledger.h"

namespace causeway::api {

// "transaction", by its id: a TransactionReceipt. "restricted", by the salted hash in its result.
bool IsHistoryKind(absl::string_view kind);
// Kinds of the state whose records leave it and stand in the events of receipts: "order".
bool HasHistory(absl::string_view kind);

struct HistoryRecord {
  v1::StateRecord record;
  // The receipt that tells it, and which of its results the reader may see whole; empty: it cannot be proved to it.
  store::Place place;
  std::vector<uint32_t> provable;
};

// NOT_FOUND where there is none up to the height that the reader may read; INVALID_ARGUMENT for what is no id. Throws
// state::HostFailure.
absl::StatusOr<HistoryRecord> FindHistoryRecord(const node_ledger::NodeLedger& ledger, const ReadRules& rules,
                                                Height up_to, absl::string_view kind, absl::string_view id);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_HISTORY_RECORDS_H_
