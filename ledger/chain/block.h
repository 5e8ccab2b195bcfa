// SPDX-License-Identifier: Apache-2.0
//
// Blocks as bytes and hashes, and the order of transactions in a block.

#ifndef CAUSEWAY_LEDGER_CHAIN_BLOCK_H_
#define CAUSEWAY_LEDGER_CHAIN_BLOCK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "causeway/v1/block.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/validity.h"

namespace causeway::chain {

// SHA-256(domain tag ‖ canonical bytes of the header). The view is not in it: a block can be proposed again in a later
// view.
Hash BlockHash(const v1::BlockHeader& header);

// RFC 9162 root over the envelopes' bytes.
Hash TransactionsRoot(absl::Span<const Hash> envelope_hashes);

// Canonical bytes of a block, and back. Reason: BLOCK_NOT_CANONICAL. The envelopes inside are read by DecodeEnvelope.
std::string EncodeBlock(const v1::Block& block);
OrInvalid<v1::Block> DecodeBlock(absl::string_view bytes, uint32_t protocol_version);

// Where a transaction stands in its block: pauses and revocations first, then ascending SHA-256(parent hash ‖
// transaction id), so that a leader cannot arrange transactions to its taste.
struct OrderKey {
  // False sorts first: urgent ones.
  bool not_urgent;
  Hash shuffled;
  friend auto operator<=>(const OrderKey&, const OrderKey&) = default;
};
OrderKey OrderKeyOf(bool urgent, const Hash& parent_hash, const Hash& transaction_id);

// A 32-byte field of a message that was checked to be canonical; nothing where it is absent.
std::optional<Hash> HashField(absl::string_view bytes);
// The same where only a defect could leave it out (checked).
Hash RequiredHash(absl::string_view bytes);

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_BLOCK_H_
