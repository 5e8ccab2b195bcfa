// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_SIGNATURE_SCHEME_H_
#define CAUSEWAY_LEDGER_CRYPTO_SIGNATURE_SCHEME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/crypto/signature.h"
#include "ledger/crypto/signer.h"

// How the members of one validator set sign and verify, by index. Consensus sees this interface only, so a simulation
// can run the same protocol over a keyed hash and spend its time on schedules instead of curve arithmetic.
namespace causeway::crypto {

// Thread safety: const calls from any thread.
class SignatureScheme {
 public:
  virtual ~SignatureScheme() = default;

  // How many validators the set has; their indices are 0 to validators() − 1.
  virtual uint32_t validators() const = 0;

  // Signs under this process's own key. FAILED_PRECONDITION where it has none (a follower, an auditor).
  virtual absl::StatusOr<std::string> Sign(absl::string_view preimage) const = 0;

  // True iff `signature` over `preimage` is the validator's; false for an index out of range.
  virtual bool Verify(uint32_t validator, absl::string_view preimage, absl::string_view signature) const = 0;
};

// The real one: each validator's public key, and this process's signer if it is a validator.
class KeyedSignatureScheme : public SignatureScheme {
 public:
  KeyedSignatureScheme(std::vector<PublicKey> validators, std::shared_ptr<const Signer> own)
      : validators_(std::move(validators)), own_(std::move(own)) {}

  uint32_t validators() const override { return static_cast<uint32_t>(validators_.size()); }
  absl::StatusOr<std::string> Sign(absl::string_view preimage) const override;
  bool Verify(uint32_t validator, absl::string_view preimage, absl::string_view signature) const override;

 private:
  std::vector<PublicKey> validators_;
  std::shared_ptr<const Signer> own_;  // may be null
};

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_SIGNATURE_SCHEME_H_
