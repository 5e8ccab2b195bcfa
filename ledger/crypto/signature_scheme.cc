// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/signature_scheme.h"

namespace causeway::crypto {

absl::StatusOr<std::string> KeyedSignatureScheme::Sign(absl::string_view preimage) const {
  if (own_ == nullptr) return absl::FailedPreconditionError("this node has no validator key and signs nothing");
  return own_->Sign(preimage);
}

bool KeyedSignatureScheme::Verify(uint32_t validator, absl::string_view preimage, absl::string_view signature) const {
  return validator < validators_.size() && crypto::Verify(validators_[validator], preimage, signature);
}

}  // namespace causeway::crypto
