// SPDX-License-Identifier: Apache-2.0
#include "node/ledger/admission.h"

#include <algorithm>
#include <memory>

#include "ledger/base/status.h"

namespace causeway::node_ledger {

Instant AdmissionTime(Instant block_time_now, const Head& head) {
  return std::max(block_time_now, Instant::FromMicros(head.header.time_us()));
}

absl::StatusOr<bool> AddAdmitted(const NodeLedger& ledger, mempool::Mempool& mempool,
                                 const mempool::Mempool::TransactionPtr& transaction, mempool::Source source) {
  CAUSEWAY_ASSIGN_OR_RETURN(const bool added, mempool.Add(transaction, source));
  // Admission looked at a state that may be behind by now: what became final in between must not wait for ever.
  if (added && ledger.store().FindTransaction(transaction->id).ok()) mempool.RemoveFinal({transaction->id});
  return added;
}

absl::StatusOr<bool> Admit(NodeLedger& ledger, mempool::Mempool& mempool, Instant block_time_now,
                           const std::string& envelope, mempool::Source source) {
  const std::shared_ptr<const Head> head = ledger.head();
  CAUSEWAY_ASSIGN_OR_RETURN(
      const execution::Admission admission,
      ledger.executor().Admit(*head->view, envelope, AdmissionTime(block_time_now, *head), &ledger.signatures()));
  if (admission.invalid) return absl::InvalidArgumentError(admission.invalid->ToString());
  if (admission.used) return false;
  return AddAdmitted(ledger, mempool, admission.transaction, source);
}

}  // namespace causeway::node_ledger
