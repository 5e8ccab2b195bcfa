// SPDX-License-Identifier: Apache-2.0
// The one way into the mempool, whoever brings a transaction: a client, or a peer that has admitted it before.
//
// Thread safety: any thread.
#ifndef CAUSEWAY_NODE_LEDGER_ADMISSION_H_
#define CAUSEWAY_NODE_LEDGER_ADMISSION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "ledger/base/instant.h"
#include "ledger/chain/transaction.h"
#include "ledger/execution/system_tables.h"
#include "node/ledger/node_ledger.h"
#include "node/mempool/mempool.h"

namespace causeway::node_ledger {

// Block time that admission judges by: the clock, or the newest final block's time where that is ahead.
Instant AdmissionTime(Instant block_time_now, const Head& head);

// What has taken the transaction's id in the newest final state: itself, or other bytes, which shut it out.
absl::StatusOr<std::optional<execution::ConsumedId>> TakerOfId(const NodeLedger& ledger,
                                                               const chain::Transaction& transaction,
                                                               Instant block_time_now);

// What Executor::Admit has let pass, into the mempool: whether it is new there. Refusals are the mempool's, and
// ALREADY_EXISTS where other bytes have taken its id since.
absl::StatusOr<bool> AddAdmitted(const NodeLedger& ledger, mempool::Mempool& mempool, Instant block_time_now,
                                 const mempool::Mempool::TransactionPtr& transaction, mempool::Source source);

// Judges an envelope on the newest final state and adds it: whether it is new; false where it was used before.
// INVALID_ARGUMENT names the reason of the catalogue.
absl::StatusOr<bool> Admit(NodeLedger& ledger, mempool::Mempool& mempool, Instant block_time_now,
                           const std::string& envelope, mempool::Source source);

}  // namespace causeway::node_ledger

#endif  // CAUSEWAY_NODE_LEDGER_ADMISSION_H_
