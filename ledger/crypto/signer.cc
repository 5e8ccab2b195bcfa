// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/signer.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/crypto/evp_key.h"

namespace causeway::crypto {
namespace {

constexpr size_t kSecretSize = 32;

const BIGNUM* P256Order() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  CAUSEWAY_CHECK(group != nullptr);
  return EC_GROUP_get0_order(group);
}

// DER to 64 bytes r ‖ s, with s replaced by n − s where that is lower.
absl::StatusOr<std::string> LowSFromDer(absl::string_view der) {
  const uint8_t* begin = reinterpret_cast<const uint8_t*>(der.data());
  internal::EcdsaSignaturePtr parts(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())));
  if (parts == nullptr) return internal::OpenSslError("cannot read the signature just made");
  const BIGNUM* s = ECDSA_SIG_get0_s(parts.get());
  internal::BigNumPtr negated(BN_new());
  CAUSEWAY_CHECK(negated != nullptr && BN_sub(negated.get(), P256Order(), s) == 1);
  if (BN_cmp(negated.get(), s) < 0) s = negated.get();
  std::string signature(kSignatureSize, '\0');
  uint8_t* out = reinterpret_cast<uint8_t*>(signature.data());
  CAUSEWAY_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out, 32) == 32 && BN_bn2binpad(s, out + 32, 32) == 32);
  return signature;
}

}  // namespace

absl::StatusOr<PrivateKey> PrivateKey::Generate(KeyAlgorithm algorithm) {
  Secret secret(kSecretSize);
  for (;;) {
    randombytes_buf(secret.data(), secret.size());
    if (algorithm == KeyAlgorithm::kEd25519) return Ed25519FromSeed(secret.view());
    // One in 2^32 draws is out of range; the next one will do.
    absl::StatusOr<PrivateKey> key = P256FromScalar(secret.view());
    if (key.ok() || !absl::IsInvalidArgument(key.status())) return key;
  }
}

absl::StatusOr<PrivateKey> PrivateKey::Ed25519FromSeed(absl::string_view seed) {
  if (seed.size() != kSecretSize) return absl::InvalidArgumentError("an Ed25519 seed has 32 bytes");
  Secret secret(seed);
  Secret expanded(crypto_sign_SECRETKEYBYTES);
  std::string public_bytes(kEd25519PublicKeySize, '\0');
  CAUSEWAY_CHECK(
      crypto_sign_seed_keypair(reinterpret_cast<uint8_t*>(public_bytes.data()), expanded.data(), secret.data()) == 0);
  return PrivateKey(PublicKey{KeyAlgorithm::kEd25519, std::move(public_bytes)}, std::move(secret));
}

absl::StatusOr<PrivateKey> PrivateKey::P256FromScalar(absl::string_view scalar) {
  if (scalar.size() != kSecretSize) return absl::InvalidArgumentError("a P-256 scalar has 32 bytes");
  Secret secret(scalar);
  internal::BigNumPtr d(BN_secure_new());
  CAUSEWAY_CHECK(d != nullptr && BN_bin2bn(secret.data(), kSecretSize, d.get()) != nullptr);
  if (BN_is_zero(d.get()) || BN_cmp(d.get(), P256Order()) >= 0) {
    return absl::InvalidArgumentError("the P-256 scalar is zero or not below the group's order");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::string point, internal::P256PublicKeyOf(secret));
  return PrivateKey(PublicKey{KeyAlgorithm::kP256, std::move(point)}, std::move(secret));
}

Ed25519Signer::Ed25519Signer(PrivateKey key) : key_(std::move(key)), expanded_(crypto_sign_SECRETKEYBYTES) {
  CAUSEWAY_CHECK(key_.public_key().algorithm == KeyAlgorithm::kEd25519);
  const absl::string_view seed = key_.secret().view();
  const std::string& public_bytes = key_.public_key().bytes;
  std::copy(seed.begin(), seed.end(), expanded_.data());
  std::copy(public_bytes.begin(), public_bytes.end(), expanded_.data() + kSecretSize);
}

absl::StatusOr<std::string> Ed25519Signer::Sign(absl::string_view message) const {
  std::string signature(kSignatureSize, '\0');
  CAUSEWAY_CHECK(crypto_sign_detached(reinterpret_cast<uint8_t*>(signature.data()), nullptr,
                                      reinterpret_cast<const uint8_t*>(message.data()), message.size(),
                                      expanded_.data()) == 0);
  return signature;
}

P256Signer::P256Signer(PrivateKey key) : key_(std::move(key)) {
  CAUSEWAY_CHECK(key_.public_key().algorithm == KeyAlgorithm::kP256);
  absl::StatusOr<internal::EvpKeyPtr> evp = internal::ToEvpKey(key_);
  CAUSEWAY_CHECK(evp.ok(), evp.status().message());
  pkey_ = evp->release();
}

P256Signer::~P256Signer() {
  EVP_PKEY_free(static_cast<EVP_PKEY*>(pkey_));
}

absl::StatusOr<std::string> P256Signer::Sign(absl::string_view message) const {
  internal::DigestContextPtr context(EVP_MD_CTX_new());
  std::array<uint8_t, 80> der;
  size_t size = der.size();
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, static_cast<EVP_PKEY*>(pkey_)) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &size, reinterpret_cast<const uint8_t*>(message.data()),
                     message.size()) != 1) {
    return internal::OpenSslError("cannot sign");
  }
  return LowSFromDer(absl::string_view(reinterpret_cast<const char*>(der.data()), size));
}

std::unique_ptr<Signer> MakeSigner(PrivateKey key) {
  if (key.public_key().algorithm == KeyAlgorithm::kP256) return std::make_unique<P256Signer>(std::move(key));
  return std::make_unique<Ed25519Signer>(std::move(key));
}

}  // namespace causeway::crypto
