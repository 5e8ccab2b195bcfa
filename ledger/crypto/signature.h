// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_SIGNATURE_H_
#define CAUSEWAY_LEDGER_CRYPTO_SIGNATURE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"

// Which signatures are valid: one written rule, the same on every machine, build and library version, since two
// validators that disagree on one signature disagree on the chain.
//
// Ed25519 (RFC 8032, with the choices it leaves open made here). A public key A is 32 bytes, a signature R ‖ S is 64
// bytes. Valid iff
//   1. S, read as a little-endian integer, is below L = 2^252 + 27742317777372353535851937790883648493;
//   2. the encodings of A and R are canonical: y < p = 2^255 − 19, and no sign bit where x = 0;
//   3. neither A nor R is a point of small order (order 1, 2, 4 or 8);
//   4. A is a point of the curve, and the equation without the cofactor, [S]B = R + [k]A with k = SHA-512(R ‖ A ‖
//   message) mod L, holds: the
//      encoding of [S]B − [k]A equals R byte for byte.
// A may have a component of small order (mixed order); the equation without cofactor is unambiguous for it too.
//
// ECDSA on P-256 with SHA-256 (FIPS 186-5). A public key is 33 bytes: 0x02 or 0x03 ‖ x (SEC 1, compressed) with x < p,
// on the curve. A signature is 64 bytes r ‖ s, big-endian. Valid iff 1 ≤ r < n, 1 ≤ s ≤ (n − 1) / 2 (low s: otherwise
// anyone could turn a signature into a second one), and the ECDSA equation holds.
//
// Rules 1 to 3 and the ranges of r and s are checked here, before any library is asked; the equations are libsodium's
// and OpenSSL's. ECDSA signatures are randomized, so one message has many valid ones: what must be unique (votes) is
// signed with Ed25519.
namespace causeway::crypto {

// Numbers are hashed into key ids and stored; never reused.
enum class KeyAlgorithm : uint8_t { kEd25519 = 1, kP256 = 2 };

// "ed25519" or "p256".
absl::string_view KeyAlgorithmName(KeyAlgorithm algorithm);

inline constexpr size_t kEd25519PublicKeySize = 32;
inline constexpr size_t kP256PublicKeySize = 33;
inline constexpr size_t kSignatureSize = 64;

// A public key as it stands in records: raw bytes as the algorithm defines them. Not checked on construction: see
// ValidatePublicKey.
struct PublicKey {
  KeyAlgorithm algorithm;
  std::string bytes;

  friend bool operator==(const PublicKey& a, const PublicKey& b) {
    return a.algorithm == b.algorithm && a.bytes == b.bytes;
  }
  friend bool operator!=(const PublicKey& a, const PublicKey& b) { return !(a == b); }
};

// SHA-256("causeway/key/v1" ‖ 0x00 ‖ algorithm byte ‖ key bytes).
KeyId KeyIdOf(const PublicKey& key);

// Ok iff `key` is one under which Verify could ever answer true: known algorithm, exact length, canonical encoding, a
// point of the curve, not of small order. INVALID_ARGUMENT says which of these fails. Registered keys pass it once;
// Verify does not rely on that.
absl::Status ValidatePublicKey(const PublicKey& key);

// True iff `signature` of `message` under `key` is valid by the rule above. Anything malformed is false, never an
// error.
bool Verify(const PublicKey& key, absl::string_view message, absl::string_view signature);

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_SIGNATURE_H_
