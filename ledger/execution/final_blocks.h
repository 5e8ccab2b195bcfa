// SPDX-License-Identifier: Apache-2.0
//
// An executed block as the store keeps it, once it is final. A node writes it; a replay computes it again and compares.

#ifndef CAUSEWAY_LEDGER_EXECUTION_FINAL_BLOCKS_H_
#define CAUSEWAY_LEDGER_EXECUTION_FINAL_BLOCKS_H_

#include <optional>
#include <string>
#include <vector>

#include "causeway/v1/receipt.pb.h"
#include "ledger/execution/executor.h"
#include "ledger/store/final_block.h"

namespace causeway::execution {

// `certificate`: canonical bytes of the finalization, where the block was finalized directly.
store::FinalBlock ToFinalBlock(const ExecutedBlock& executed, std::optional<std::string> certificate);

// The subjects under which a result is found later: every 16-byte id (order, instruction, hold, case, account) that its
// events name, each once, ascending. A subject is the id's bytes: clients choose ids at random, so that one id means
// one thing.
std::vector<std::string> SubjectsOf(const v1::OperationResult& result);

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_FINAL_BLOCKS_H_
