// SPDX-License-Identifier: Apache-2.0
//
// What executing a block leaves besides the state: receipts with their results, restricted records, reports of
// violations.

#ifndef CAUSEWAY_LEDGER_EXECUTION_OUTCOME_H_
#define CAUSEWAY_LEDGER_EXECUTION_OUTCOME_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "causeway/v1/receipt.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/chain/transaction.h"
#include "ledger/execution/contract.h"

namespace causeway::execution {

// What became of a transaction. A client's receipt is `receipt` with `results`.
struct TransactionOutcome {
  // Null for genesis.
  std::shared_ptr<const chain::Transaction> transaction;
  v1::Receipt receipt;
  std::vector<v1::OperationResult> results;
  // Restricted records of all its operations, in order of (operation, sequence); their hashes are in the results.
  std::vector<RestrictedRecord> restricted;
  // Index of the receipt's leaf in the history tree.
  uint64_t history_index = 0;
};

// What became of a piece of due work.
struct DueOutcome {
  v1::SystemReceipt receipt;
  std::vector<v1::OperationResult> results;
  std::vector<RestrictedRecord> restricted;
  uint64_t history_index = 0;
};

// For logs and alerts, not part of any root: an invariant that did not hold.
struct ViolationReport {
  // The transaction (or the one that scheduled the due work).
  Hash transaction_id;
  std::string contract;
  std::string what;
  // Absent: the contract was paused.
  std::optional<InstrumentId> paused_instrument;
};

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_OUTCOME_H_
