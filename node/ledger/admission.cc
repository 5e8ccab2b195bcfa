// SPDX-License-Identifier: Apache-2.0
#include "node/ledger/admission.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/execution/validity.h"
#include "ledger/state/view.h"

namespace causeway::node_ledger {

Instant AdmissionTime(Instant block_time_now, const Head& head) {
  return std::max(block_time_now, Instant::FromMicros(head.header.time_us()));
}

absl::StatusOr<std::optional<execution::ConsumedId>> TakerOfId(const NodeLedger& ledger,
                                                               const chain::Transaction& transaction,
                                                               Instant block_time_now) try {
  const std::shared_ptr<const Head> head = ledger.head();
  return execution::FindLiveId(*head->view, transaction.party(), transaction.client_id,
                               AdmissionTime(block_time_now, *head));
} catch (const state::HostFailure& failure) {
  return failure.status();
}

absl::StatusOr<bool> AddAdmitted(const NodeLedger& ledger, mempool::Mempool& mempool, Instant block_time_now,
                                 const mempool::Mempool::TransactionPtr& transaction, mempool::Source source) {
  CAUSEWAY_ASSIGN_OR_RETURN(const bool added, mempool.Add(transaction, source));
  if (!added) return false;
  // Admission looked at a state that may be behind by now: what a block in between has made final, or shut out, must
  // not wait. Blocks become readable before the mempool is told of them, so one of the two sees it.
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<execution::ConsumedId> taker,
                            TakerOfId(ledger, *transaction, block_time_now));
  if (!taker) return true;
  mempool.RemoveFinal({transaction});
  if (taker->transaction_id == transaction->id) return true;
  return absl::AlreadyExistsError(absl::StrCat("ID_USED: ", transaction->party(), " used the id ",
                                               transaction->client_id.ToHex(), " at height ", taker->height));
}

absl::StatusOr<bool> Admit(NodeLedger& ledger, mempool::Mempool& mempool, Instant block_time_now,
                           const std::string& envelope, mempool::Source source) {
  const std::shared_ptr<const Head> head = ledger.head();
  CAUSEWAY_ASSIGN_OR_RETURN(
      const execution::Admission admission,
      ledger.executor().Admit(*head->view, envelope, AdmissionTime(block_time_now, *head), &ledger.signatures()));
  if (admission.invalid) return absl::InvalidArgumentError(admission.invalid->ToString());
  if (admission.used) return false;
  return AddAdmitted(ledger, mempool, block_time_now, admission.transaction, source);
}

}  // namespace causeway::node_ledger
