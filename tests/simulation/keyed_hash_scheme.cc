// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/keyed_hash_scheme.h"

#include <utility>
#include <vector>

#include "ledger/base/check.h"
#include "ledger/crypto/signer.h"
#include "tests/simulation/random.h"

namespace causeway::simulation {
namespace {

constexpr uint64_t kRealSignaturesEvery = 100;

crypto::PrivateKey KeyOf(uint64_t seed, uint32_t validator) {
  std::string secret;
  for (uint64_t word = 0; word < 4; ++word) {
    const uint64_t bits = Mix(Mix(seed) ^ (uint64_t{validator} << 8) ^ word);
    for (int shift = 0; shift < 64; shift += 8) secret.push_back(static_cast<char>(bits >> shift));
  }
  absl::StatusOr<crypto::PrivateKey> key = crypto::PrivateKey::Ed25519FromSeed(secret);
  CAUSEWAY_CHECK(key.ok(), key.status().ToString());
  return *std::move(key);
}

}  // namespace

std::string KeyedHashScheme::Tag(uint32_t validator, absl::string_view preimage) const {
  uint64_t state = Mix(secret_ ^ (uint64_t{validator} << 32) ^ preimage.size());
  uint64_t word = 0;
  for (size_t i = 0; i < preimage.size(); ++i) {
    word = word << 8 | static_cast<uint8_t>(preimage[i]);
    if (i % 8 == 7 || i + 1 == preimage.size()) state = Mix(state ^ word);
  }
  std::string tag;
  tag.reserve(64);
  for (uint64_t lane = 0; lane < 8; ++lane) {
    const uint64_t bits = Mix(state + lane);
    for (int shift = 0; shift < 64; shift += 8) tag.push_back(static_cast<char>(bits >> shift));
  }
  return tag;
}

absl::StatusOr<std::string> KeyedHashScheme::Sign(absl::string_view preimage) const {
  return Tag(self_, preimage);
}

bool KeyedHashScheme::Verify(uint32_t validator, absl::string_view preimage, absl::string_view signature) const {
  return validator < validators_ && signature == Tag(validator, preimage);
}

std::unique_ptr<const crypto::SignatureScheme> SchemeOf(uint64_t seed, uint32_t validators, uint32_t self) {
  if (seed % kRealSignaturesEvery != 0) return std::make_unique<KeyedHashScheme>(seed, validators, self);
  std::vector<crypto::PublicKey> keys;
  for (uint32_t validator = 0; validator < validators; ++validator) keys.push_back(KeyOf(seed, validator).public_key());
  return std::make_unique<crypto::KeyedSignatureScheme>(std::move(keys), crypto::MakeSigner(KeyOf(seed, self)));
}

}  // namespace causeway::simulation
