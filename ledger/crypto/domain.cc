// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/domain.h"

#include <limits>

#include "ledger/base/check.h"

namespace causeway::crypto {
namespace internal {

void AppendVariable(std::string& out, absl::string_view bytes) {
  CAUSEWAY_CHECK(bytes.size() <= std::numeric_limits<uint32_t>::max());
  AppendBigEndian32(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes.data(), bytes.size());
}

}  // namespace internal

std::string TransactionPreimage(const Hash& chain_id, const Hash& body_hash) {
  return Preimage(kTransactionTag, chain_id, body_hash);
}

}  // namespace causeway::crypto
