// SPDX-License-Identifier: Apache-2.0
#include "contracts/settlement/settlement.h"

#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"

namespace causeway::settlement {

Hash TermsHash(const v1::OpenBundle& terms) {
  return crypto::DomainHash(crypto::kBundleTermsTag, crypto::Tail{codec::SerializeCanonical(terms)});
}

HoldId LegHold(const InstructionId& bundle, uint32_t leg) {
  const Hash hash = crypto::DomainHash(crypto::kBundleHoldTag, bundle, leg);
  return *HoldId::FromBytes(hash.bytes().substr(0, HoldId::kSize));
}

}  // namespace causeway::settlement
