// SPDX-License-Identifier: Apache-2.0
// Reading for the parties, without the wire: one record, the records of a kind, a block. Who reads what is asked of
// ReadRules for each record.
//
// Errors, as the clients see them:
//   INVALID_ARGUMENT     no such kind, no id of the kind, a token of something else
//   NOT_FOUND            there is none that the reader may read; whether there is one is not told
//   PERMISSION_DENIED    a block, without a grant that covers all of it
//   OUT_OF_RANGE         "NOT_YET: …" above the newest final height, "PRUNED: …" below what is kept
//   FAILED_PRECONDITION  a proof of what cannot be proved to this reader
//   RESOURCE_EXHAUSTED   too much to look through; another old height's proof is being made
//
// Thread safety: any thread.
#ifndef CAUSEWAY_NODE_API_QUERY_H_
#define CAUSEWAY_NODE_API_QUERY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/query_service.pb.h"
#include "ledger/execution/record_kind.h"
#include "ledger/merkle/state_tree.h"
#include "node/api/history_records.h"
#include "node/api/proofs.h"
#include "node/api/read_rules.h"
#include "node/ledger/node_ledger.h"

namespace causeway::api {

struct QueryLimits {
  uint32_t page_size_default = 100;
  uint32_t page_size_max = 1'000;
  // Bytes of records in a page; a message is 4 MiB at most.
  uint64_t page_bytes_max = uint64_t{3} << 20;
  // Rows that one page may look at, shown or not.
  uint64_t page_rows_max = 100'000;
  ProofLimits proofs;
};

class Query {
 public:
  // `log`: a line for each denial; may be null.
  Query(const node_ledger::NodeLedger& ledger, const QueryLimits& limits,
        std::function<void(const std::string& line)> log);

  absl::StatusOr<v1::GetRecordResponse> GetRecord(const Reader& reader, const v1::GetRecordRequest& request);
  // `rows`: gets how many rows were looked at, shown or not, whatever the answer is; may be null.
  absl::StatusOr<v1::ListRecordsResponse> ListRecords(const Reader& reader, const v1::ListRecordsRequest& request,
                                                      uint64_t* rows = nullptr);
  absl::StatusOr<v1::GetBlockResponse> GetBlock(const Reader& reader, const v1::GetBlockRequest& request);

  // All kinds of the tables, by name; beside them there are "transaction" and "restricted", which are no records of the
  // state and cannot be listed.
  const std::map<std::string, execution::RecordKind>& kinds() const { return kinds_; }

 private:
  // The state as after a height.
  struct At {
    Height height;
    Instant time;
    std::shared_ptr<const state::StateView> view;
    // Where it is the newest.
    std::optional<merkle::StateTree> tree;
    execution::ReadContext context() const { return {*view, time}; }
  };
  absl::StatusOr<At> StateOf(const node_ledger::Head& head, std::optional<uint64_t> height) const;
  absl::StatusOr<v1::GetRecordResponse> GetOfState(const ReadRules& rules, const At& at,
                                                   const execution::RecordKind& kind,
                                                   const v1::GetRecordRequest& request);
  absl::StatusOr<v1::GetRecordResponse> AnswerOf(const ReadRules& rules, Height up_to,
                                                 absl::StatusOr<HistoryRecord> found, bool prove);
  absl::Status Denied(const ReadRules& rules, const std::string& what) const;

  const node_ledger::NodeLedger& ledger_;
  const QueryLimits limits_;
  const std::function<void(const std::string& line)> log_;
  std::map<std::string, execution::RecordKind> kinds_;
  ProofMaker proofs_;
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_QUERY_H_
