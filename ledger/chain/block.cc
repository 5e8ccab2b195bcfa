// SPDX-License-Identifier: Apache-2.0

#include "ledger/chain/block.h"

#include <utility>

#include "absl/status/statusor.h"

#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/sha256.h"
#include "ledger/merkle/history_tree.h"

namespace causeway::chain {

Hash BlockHash(const v1::BlockHeader& header) {
  return crypto::DomainHash(crypto::kBlockTag, crypto::Tail{codec::SerializeCanonical(header)});
}

Hash TransactionsRoot(absl::Span<const Hash> envelope_hashes) {
  return merkle::HistoryRootOf(envelope_hashes);
}

std::string EncodeBlock(const v1::Block& block) {
  return codec::SerializeCanonical(block);
}

OrInvalid<v1::Block> DecodeBlock(absl::string_view bytes, uint32_t protocol_version) {
  absl::StatusOr<v1::Block> block = codec::ParseCanonical<v1::Block>(bytes, {.protocol_version = protocol_version});
  if (!block.ok()) return Invalid{v1::LEDGER_REASON_BLOCK_NOT_CANONICAL, {std::string(block.status().message())}};
  return *std::move(block);
}

OrderKey OrderKeyOf(bool urgent, const Hash& parent_hash, const Hash& transaction_id) {
  std::string bytes = parent_hash.ToString();
  bytes += transaction_id.ToString();
  return OrderKey{!urgent, crypto::Sha256(bytes)};
}

std::optional<Hash> HashField(absl::string_view bytes) {
  return Hash::FromBytes(bytes);
}

Hash RequiredHash(absl::string_view bytes) {
  const std::optional<Hash> hash = Hash::FromBytes(bytes);
  CAUSEWAY_CHECK(hash.has_value(), "a hash of ", bytes.size(), " bytes");
  return *hash;
}

}  // namespace causeway::chain
