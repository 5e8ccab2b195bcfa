// SPDX-License-Identifier: Apache-2.0
// Executed blocks in a store, written as a node writes them: runs that end with a finalization, the state behind.
#ifndef CAUSEWAY_TESTS_SUPPORT_STORED_CHAIN_H_
#define CAUSEWAY_TESTS_SUPPORT_STORED_CHAIN_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "causeway/v1/consensus.pb.h"
#include "causeway/v1/genesis.pb.h"
#include "ledger/execution/executor.h"
#include "ledger/store/store.h"

namespace causeway::testing {

using ExecutedBlocks = std::vector<std::shared_ptr<const execution::ExecutedBlock>>;
// The finalization of the block at a height.
using Finalizer = std::function<v1::Certificate(uint64_t height)>;

// How a node happened to write its blocks: nothing of it follows from the blocks.
struct WritingHabits {
  // Blocks a finalization.
  uint64_t run = 1;
  // After how many blocks the state is written behind.
  uint64_t flush = 4;
  // The last blocks stay unflushed, as after a crash.
  uint64_t unflushed = 2;
};

// `blocks` from genesis on. The store is open for writing; destroying it without Close is as a crash.
std::unique_ptr<store::Store> WriteChain(const std::string& directory, const v1::Genesis& genesis,
                                         const ExecutedBlocks& blocks, const Finalizer& finalize,
                                         const WritingHabits& habits = WritingHabits());

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_STORED_CHAIN_H_
