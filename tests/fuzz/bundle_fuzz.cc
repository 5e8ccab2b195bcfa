// SPDX-License-Identifier: Apache-2.0
// A bundle that is read is written again as the same; one that verifies claims what happened on the chain: this very
// receipt with these results, this value or absence at this height, this whole table.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/audit/bundle.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "ledger/state/memory_state.h"
#include "tests/fuzz/signed_chain.h"

namespace {

using namespace causeway;
using audit::VerifiedClaim;
using Kind = VerifiedClaim::Kind;

// The state after each height.
const std::vector<state::MemoryState>& States() {
  static const auto* const states = [] {
    auto* made = new std::vector<state::MemoryState>();
    state::MemoryState state;
    for (const auto& block : testing::SignedChain().blocks()) {
      state.Apply(*block->changes);
      made->push_back(state);
    }
    return made;
  }();
  return *states;
}

void CheckState(const VerifiedClaim& claim) {
  const state::MemoryState& state = States().at(claim.height);
  if (claim.kind != Kind::kTable) {
    CAUSEWAY_CHECK(claim.entries.size() == 1);
    const auto& [key, value] = claim.entries.front();
    CAUSEWAY_CHECK(value.has_value() == (claim.kind == Kind::kValue));
    CAUSEWAY_CHECK(state.GetRaw(claim.table, key) == value, "a value that never was");
    return;
  }
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;
  state.ScanRaw(claim.table, "", std::nullopt, [&](absl::string_view key, absl::string_view value) {
    entries.emplace_back(std::string(key), std::string(value));
    return true;
  });
  CAUSEWAY_CHECK(entries == claim.entries, "another table than there was");
}

// Whether all that is shown is among the results, each once.
bool Among(const std::vector<v1::OperationResult>& shown, const std::vector<v1::OperationResult>& results) {
  size_t found = 0, from = 0;
  for (const v1::OperationResult& one : shown) {
    for (size_t i = from; i < results.size(); ++i) {
      if (codec::SerializeCanonical(one) != codec::SerializeCanonical(results[i])) continue;
      ++found;
      from = i + 1;
      break;
    }
  }
  return found == shown.size();
}

void CheckReceipt(const VerifiedClaim& claim) {
  const auto& block = *testing::SignedChain().blocks().at(claim.height);
  CAUSEWAY_CHECK(claim.receipt.has_value() != claim.system_receipt.has_value());
  if (claim.receipt) {
    for (const auto& outcome : block.transactions) {
      if (codec::SerializeCanonical(outcome.receipt) != codec::SerializeCanonical(*claim.receipt)) continue;
      CAUSEWAY_CHECK(Among(claim.results, outcome.results), "a result that never was");
      return;
    }
  } else {
    for (const auto& outcome : block.due_work) {
      if (codec::SerializeCanonical(outcome.receipt) != codec::SerializeCanonical(*claim.system_receipt)) continue;
      CAUSEWAY_CHECK(Among(claim.results, outcome.results), "a result that never was");
      return;
    }
  }
  CAUSEWAY_CHECK(false, "a receipt that never was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<v1::ProofBundle> bundle = audit::ReadBundle(bytes);
  if (!bundle.ok()) {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(bundle.status()) && !bundle.status().message().empty());
    return 0;
  }
  const std::string encoded = audit::EncodeBundle(*bundle);
  const absl::StatusOr<v1::ProofBundle> again = audit::ReadBundle(encoded);
  CAUSEWAY_CHECK(again.ok() && audit::EncodeBundle(*again) == encoded, "written, and read as another bundle");
  const testing::TestChain& chain = testing::SignedChain();
  const absl::StatusOr<VerifiedClaim> claim = audit::VerifyBundle(*bundle, chain.genesis());
  if (!claim.ok()) {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(claim.status()) && !claim.status().message().empty());
    return 0;
  }
  CAUSEWAY_CHECK(claim->chain_id == chain.chain_id() && claim->height <= claim->certified_height);
  CAUSEWAY_CHECK(claim->certified_hash == chain.blocks().at(claim->certified_height)->hash, "a header that never was");
  claim->kind == Kind::kReceipt ? CheckReceipt(*claim) : CheckState(*claim);
  return 0;
}
