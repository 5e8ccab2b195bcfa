// SPDX-License-Identifier: Apache-2.0
// What a reader may see of a result. The submitter of a transaction reads its results with their reasons, and their
// events but those for compliance only. Everybody else reads the events that concern it, and who may read a restricted
// record its hash; a result of which nothing is left is not shown at all.
#ifndef CAUSEWAY_NODE_API_REDACTION_H_
#define CAUSEWAY_NODE_API_REDACTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/receipt.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "ledger/execution/contract.h"
#include "ledger/store/store.h"
#include "node/api/read_rules.h"
#include "node/ledger/node_ledger.h"

namespace causeway::api {

// A block's receipts for one reader. Throws state::HostFailure where the state cannot be read.
class BlockRedaction {
 public:
  // Views and store of the height; all outlive the object.
  BlockRedaction(const ReadRules& rules, const execution::Registry& registry, const store::Store& store, Height height,
                 const state::StateView& before, const state::StateView& after)
      : rules_(rules),
        registry_(registry),
        store_(store),
        height_(height),
        before_(before),
        after_(after),
        reads_all_(rules.MayReadBlock(height)) {}

  struct Shown {
    v1::OperationResult result;
    // Of each event that is shown, its place in the result as it is on the ledger.
    std::vector<uint32_t> event_places;
    // It is the result as it is on the ledger.
    bool whole = false;
  };
  // Nothing where the reader may see none of it. `submitter`: LEI; empty for due work and genesis.
  std::optional<Shown> Redact(const v1::OperationResult& result, absl::string_view submitter) const;

  execution::Concerns ConcernsOf(const v1::Event& event) const;

 private:
  // All events of the block, read once where one needs them.
  const std::vector<v1::Event>& BlockEvents() const;
  bool MayReadRestricted(const std::string& hash) const;

  const ReadRules& rules_;
  const execution::Registry& registry_;
  const store::Store& store_;
  const Height height_;
  const state::StateView& before_;
  const state::StateView& after_;
  const bool reads_all_;
  mutable std::optional<std::vector<v1::Event>> block_events_;
};

// Whom a restricted record concerns: what its contract says, for compliance only; nobody where no contract knows it.
execution::Concerns ConcernsOfRestricted(const execution::Registry& registry, const state::StateView& view,
                                         absl::string_view type, absl::string_view record);

// The submitting party of each transaction of a block, in order; genesis has one without a party.
absl::StatusOr<std::vector<std::string>> SubmittersOf(const store::Store& store, Height height);

// A transaction's receipt as a reader may see it.
struct ReceiptView {
  v1::TransactionReceipt receipt;
  store::Place place;
  // Which of its results are shown as they are on the ledger.
  std::vector<uint32_t> whole;
};
// NOT_FOUND where there is none that the reader may see: which of the two is not told.
absl::StatusOr<ReceiptView> ReadReceipt(const node_ledger::NodeLedger& ledger, const ReadRules& rules,
                                        const Hash& transaction_id);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_REDACTION_H_
