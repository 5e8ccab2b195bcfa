// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stored_chain.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/execution/final_blocks.h"
#include "ledger/state/final_state.h"

namespace causeway::testing {

std::unique_ptr<store::Store> WriteChain(const std::string& directory, const v1::Genesis& genesis,
                                         const ExecutedBlocks& blocks, const Finalizer& finalize,
                                         const WritingHabits& habits) {
  const auto check = [](const absl::Status& status) { CAUSEWAY_CHECK(status.ok(), status.ToString()); };
  auto created = store::Store::Create(directory, chain::ChainIdOf(genesis), chain::EncodeGenesis(genesis));
  check(created.status());
  std::unique_ptr<store::Store> store = *std::move(created);
  state::FinalState final_state(*store);
  std::vector<store::FinalBlock> run;
  uint64_t unflushed_from = 0;
  for (const auto& block : blocks) {
    const uint64_t height = block->height().value();
    const bool ends = height == 0 || height % habits.run == 0 || block == blocks.back();
    std::optional<std::string> certificate;
    std::string floor;
    if (ends && height > 0) {
      const v1::Certificate finalization = finalize(height);
      certificate = codec::SerializeCanonical(finalization);
      floor = absl::StrCat(finalization.view());
    }
    run.push_back(execution::ToFinalBlock(*block, std::move(certificate)));
    if (!ends) continue;
    check(store->WriteFinal(run, floor));
    for (const store::FinalBlock& written : run)
      final_state.Append(written.height, blocks.at(written.height.value())->changes);
    run.clear();
    const bool last_ones = height + habits.unflushed >= blocks.size();
    const bool at_the_end = block == blocks.back() && habits.unflushed == 0;
    if (at_the_end || (height + 1 - unflushed_from >= habits.flush && !last_ones)) {
      check(final_state.Flush());
      unflushed_from = height + 1;
    }
  }
  return store;
}

}  // namespace causeway::testing
