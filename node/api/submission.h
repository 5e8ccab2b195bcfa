// SPDX-License-Identifier: Apache-2.0
// How transactions come in, without the wire: admission on the newest final state, the mempool, receipts and dry runs.
//
// A transaction is submitted by its party, or by one whose key signed it (a delegate). Sending the same bytes again is
// answered with the first receipt until valid_until, and with EXPIRED afterwards, which tells whether it took effect.
//
// Thread safety: any thread. State that cannot be read throws state::HostFailure.
#ifndef CAUSEWAY_NODE_API_SUBMISSION_H_
#define CAUSEWAY_NODE_API_SUBMISSION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/submission_service.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/transaction.h"
#include "ledger/execution/executor.h"
#include "node/api/caller.h"
#include "node/api/finality.h"
#include "node/ledger/node_ledger.h"
#include "node/mempool/mempool.h"

namespace causeway::api {

inline constexpr uint32_t kReceiptWaitMsMax = 60'000;

// Pointers outlive the object.
struct SubmissionParts {
  node_ledger::NodeLedger* ledger = nullptr;
  mempool::Mempool* mempool = nullptr;
  std::function<void(std::vector<std::string> envelopes)> gossip;
  std::function<Instant()> block_time_now;
  Gate* gate = nullptr;
  Finality* finality = nullptr;
};

class Submission {
 public:
  explicit Submission(SubmissionParts parts) : parts_(std::move(parts)) {}

  absl::StatusOr<v1::SubmitTransactionResponse> Submit(const Caller& caller, const std::string& envelope);
  // `is_cancelled`: the client is gone. ID_USED where the caller's transaction waits here and other bytes take its id.
  absl::StatusOr<v1::GetReceiptResponse> GetReceipt(const Caller& caller, const v1::GetReceiptRequest& request,
                                                    const std::function<bool()>& is_cancelled);
  // For the transaction's own party only: results tell of the state.
  absl::StatusOr<v1::DryRunTransactionResponse> DryRun(const Caller& caller, const std::string& envelope);

 private:
  absl::Status Refused(const Caller& caller, const std::string& envelope, const chain::Invalid& invalid) const;
  // Nothing where there is none that the caller may read.
  absl::StatusOr<std::optional<v1::TransactionReceipt>> ReceiptOf(const Caller& caller, const Hash& id) const;
  // ID_USED where other bytes have taken the transaction's id in a final block.
  absl::Status ShutOut(const chain::Transaction& transaction) const;
  bool IsOwn(const Caller& caller, const chain::Transaction& transaction, const state::StateView& view) const;

  const SubmissionParts parts_;
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_SUBMISSION_H_
