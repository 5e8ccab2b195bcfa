// SPDX-License-Identifier: Apache-2.0
// A block that is read serializes to the identical bytes, and its hash covers every field of its header and nothing
// of its transactions.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ledger/base/check.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction.h"
#include "ledger/codec/encode.h"
#include "ledger/merkle/history_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto block = chain::DecodeBlock(bytes, chain::kProtocolVersion);
  if (!block.ok()) {
    CAUSEWAY_CHECK(block.invalid().reason == v1::LEDGER_REASON_BLOCK_NOT_CANONICAL);
    return 0;
  }
  CAUSEWAY_CHECK(absl::string_view(chain::EncodeBlock(*block)) == bytes, "read, and serializes to other bytes");
  const v1::BlockHeader& header = block->header();
  const Hash hash = chain::BlockHash(header);
  v1::BlockHeader changed = header;
  changed.set_time_us(header.time_us() + 1);
  CAUSEWAY_CHECK(chain::BlockHash(changed) != hash, "another time, and the same hash");
  changed = header;
  changed.set_height(header.height() + 1);
  CAUSEWAY_CHECK(chain::BlockHash(changed) != hash, "another height, and the same hash");
  std::vector<Hash> leaves;
  for (const std::string& envelope : block->envelopes()) {
    leaves.push_back(merkle::HistoryLeafHash(envelope));
    (void)chain::DecodeEnvelope(envelope, Hash::Zero(), chain::DefaultLimits(), chain::kProtocolVersion);
  }
  const Hash root = chain::TransactionsRoot(leaves);
  if (!leaves.empty()) {
    leaves.pop_back();
    CAUSEWAY_CHECK(chain::TransactionsRoot(leaves) != root, "a transaction fewer, and the same root");
  }
  return 0;
}
