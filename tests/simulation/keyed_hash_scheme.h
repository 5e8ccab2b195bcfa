// SPDX-License-Identifier: Apache-2.0
// Signatures for simulations: 64 bytes mixed out of a secret, the signer and the message. Nobody in a simulation tries
// to forge one by calculation; a scheme object signs as its own validator only, and a Byzantine node asks for its own.
#ifndef CAUSEWAY_TESTS_SIMULATION_KEYED_HASH_SCHEME_H_
#define CAUSEWAY_TESTS_SIMULATION_KEYED_HASH_SCHEME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/crypto/signature_scheme.h"

namespace causeway::simulation {

class KeyedHashScheme final : public crypto::SignatureScheme {
 public:
  KeyedHashScheme(uint64_t secret, uint32_t validators, uint32_t self)
      : secret_(secret), validators_(validators), self_(self) {}

  uint32_t validators() const override { return validators_; }
  absl::StatusOr<std::string> Sign(absl::string_view preimage) const override;
  bool Verify(uint32_t validator, absl::string_view preimage, absl::string_view signature) const override;

 private:
  std::string Tag(uint32_t validator, absl::string_view preimage) const;

  const uint64_t secret_;
  const uint32_t validators_;
  const uint32_t self_;
};

// What the validator `self` of a seed signs with: keyed hashes, and in one seed of a hundred the real Ed25519 under
// keys that the seed gives.
// The signatures of an epoch, whose validators are some of all nodes: `members`, by index.
class MemberScheme final : public crypto::SignatureScheme {
 public:
  // `nodes` outlives it.
  MemberScheme(const crypto::SignatureScheme& nodes, std::vector<uint32_t> members)
      : nodes_(nodes), members_(std::move(members)) {}

  uint32_t validators() const override { return static_cast<uint32_t>(members_.size()); }
  absl::StatusOr<std::string> Sign(absl::string_view preimage) const override { return nodes_.Sign(preimage); }
  bool Verify(uint32_t validator, absl::string_view preimage, absl::string_view signature) const override {
    return validator < members_.size() && nodes_.Verify(members_[validator], preimage, signature);
  }

 private:
  const crypto::SignatureScheme& nodes_;
  const std::vector<uint32_t> members_;
};

std::unique_ptr<const crypto::SignatureScheme> SchemeOf(uint64_t seed, uint32_t validators, uint32_t self);

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_KEYED_HASH_SCHEME_H_
