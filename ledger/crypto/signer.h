// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_SIGNER_H_
#define CAUSEWAY_LEDGER_CRYPTO_SIGNER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/crypto/secret.h"
#include "ledger/crypto/signature.h"

// Private keys, and whoever can sign with one.
namespace causeway::crypto {

// A private key held by this process: 32 secret bytes (the Ed25519 seed, or the P-256 scalar big-endian) and the public
// key that belongs to them.
//
// Invariants: the public key passes ValidatePublicKey and belongs to the secret. Move only; wiped on destruction.
class PrivateKey {
 public:
  // From the system's randomness.
  static absl::StatusOr<PrivateKey> Generate(KeyAlgorithm algorithm);
  // From the 32-byte seed of RFC 8032; deterministic, for tests and demonstrations.
  static absl::StatusOr<PrivateKey> Ed25519FromSeed(absl::string_view seed);
  // From the scalar, 32 bytes big-endian, 1 ≤ d < n.
  static absl::StatusOr<PrivateKey> P256FromScalar(absl::string_view scalar);

  PrivateKey(PrivateKey&&) noexcept = default;
  PrivateKey& operator=(PrivateKey&&) noexcept = default;

  PrivateKey Clone() const { return PrivateKey(public_key_, secret_.Clone()); }
  const PublicKey& public_key() const { return public_key_; }
  const Secret& secret() const { return secret_; }

 private:
  PrivateKey(PublicKey public_key, Secret secret) : public_key_(std::move(public_key)), secret_(std::move(secret)) {}

  PublicKey public_key_;
  Secret secret_;
};

// Whoever signs under one key: a key in memory, or hardware. Sign may block; it returns a signature that Verify
// accepts, or says why there is none.
//
// Thread safety: const calls from any thread.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual PublicKey public_key() const = 0;
  virtual absl::StatusOr<std::string> Sign(absl::string_view message) const = 0;
};

// Deterministic (RFC 8032).
class Ed25519Signer : public Signer {
 public:
  // `key` must be an Ed25519 key.
  explicit Ed25519Signer(PrivateKey key);
  PublicKey public_key() const override { return key_.public_key(); }
  absl::StatusOr<std::string> Sign(absl::string_view message) const override;

 private:
  PrivateKey key_;
  Secret expanded_;  // seed ‖ public key, as libsodium takes it
};

// Randomized; s normalized to its low form.
class P256Signer : public Signer {
 public:
  // `key` must be a P-256 key.
  explicit P256Signer(PrivateKey key);
  ~P256Signer() override;
  PublicKey public_key() const override { return key_.public_key(); }
  absl::StatusOr<std::string> Sign(absl::string_view message) const override;

 private:
  PrivateKey key_;
  void* pkey_;  // EVP_PKEY
};

// The signer for the key's algorithm.
std::unique_ptr<Signer> MakeSigner(PrivateKey key);

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_SIGNER_H_
