// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_KEY_FILE_H_
#define CAUSEWAY_LEDGER_CRYPTO_KEY_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"
#include "ledger/crypto/secret.h"
#include "ledger/crypto/signer.h"

// Private keys at rest: PKCS#8 in PEM (RFC 5958, RFC 8410), encrypted by PBES2 (RFC 8018) with PBKDF2-HMAC-SHA-256 of
// 600,000 iterations and AES-256-CBC, as `openssl pkey` reads them; and the network's confidentiality key.
//
// A file that the group or others can read, write or execute is refused, with the command that mends it. A file is
// written whole or not at all: to a new file of mode 0600 in the same directory, synced, renamed, directory synced. An
// existing file is never overwritten (ALREADY_EXISTS), since a key lost is a party lost.
//
// Encryption by CBC protects no integrity: a damaged file of an Ed25519 key may open as another key (one of P-256
// carries its point and cannot). Whoever uses a key compares its public key with the one that is registered.
//
// Errors: NOT_FOUND; PERMISSION_DENIED (mode); UNAUTHENTICATED (wrong passphrase, or none for an encrypted file);
// INVALID_ARGUMENT (not a key of ours); FAILED_PRECONDITION (an unencrypted file where that is not allowed). Messages
// name the file and never its content.
namespace causeway::crypto {

// Whether a private key may lie on the disk in the clear. Only a devnet allows it.
enum class PlaintextKeys { kRefuse, kAllow };

inline constexpr int kPbkdf2Iterations = 600'000;
// Files with fewer iterations than this are refused on reading.
inline constexpr int kPbkdf2IterationsMin = 210'000;
// The same for scrypt's N and r: what `openssl pkcs8 -scrypt` writes.
inline constexpr uint64_t kScryptCostMin = 16'384;
inline constexpr uint64_t kScryptBlockSizeMin = 8;

// Reads an Ed25519 or P-256 key. `passphrase` may be empty for an unencrypted file where `plaintext` allows one.
absl::StatusOr<PrivateKey> ReadKeyFile(const std::string& path, absl::string_view passphrase,
                                       PlaintextKeys plaintext = PlaintextKeys::kRefuse);

// The first line of a file, without its end. A file that lies on a disk is held to a key file's rule of permission; a
// pipe that a shell or a supervisor hands over ("/dev/fd/3") is read as it is. INVALID_ARGUMENT where the line is
// empty.
absl::StatusOr<Secret> ReadPassphraseFile(const std::string& path);

// Writes `key` encrypted under `passphrase`, which must not be empty.
absl::Status WriteKeyFile(const std::string& path, const PrivateKey& key, absl::string_view passphrase);

// Writes `key` in the clear: devnets only.
absl::Status WritePlaintextKeyFile(const std::string& path, const PrivateKey& key);

// The key as unencrypted PKCS#8 PEM, for handing to a TLS library in memory. The caller wipes it.
absl::StatusOr<std::string> PrivateKeyToPem(const PrivateKey& key);

// The inverse of PrivateKeyToPem.
absl::StatusOr<PrivateKey> PrivateKeyFromPem(absl::string_view pem);

// The public key as SubjectPublicKeyInfo PEM, and back.
absl::StatusOr<std::string> PublicKeyToPem(const PublicKey& key);
absl::StatusOr<PublicKey> PublicKeyFromPem(absl::string_view pem);

// The confidentiality key: 32 bytes as 64 lower-case hexadecimal characters and a newline, with the same rules of
// permission and of writing.
absl::StatusOr<Secret> ReadConfidentialityKey(const std::string& path);
absl::Status WriteConfidentialityKey(const std::string& path, const Secret& key);

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_KEY_FILE_H_
