// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_SHA256_H_
#define CAUSEWAY_LEDGER_CRYPTO_SHA256_H_

#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"

// SHA-256 and HMAC-SHA-256 over OpenSSL. Digest contexts are kept per thread and reused, because setting one up costs
// more than hashing a short message. What is hashed for a purpose of the ledger's own carries a domain tag: see
// domain.h.
//
// Thread safety: functions may be called from any thread; a Sha256Hasher belongs to one thread at a time.
// Determinism: the result depends on the input bytes alone. A failure inside OpenSSL aborts: there is no meaningful way
// on without a hash.
namespace causeway::crypto {

// SHA-256 of `data` (FIPS 180-4).
Hash Sha256(absl::string_view data);

// SHA-256 of a message that arrives in pieces.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;

  Sha256Hasher& Update(absl::string_view data);

  // The hash of everything since construction or the last Finish; the hasher then starts anew.
  Hash Finish();

 private:
  void* context_;  // EVP_MD_CTX from this thread's free list
};

// HMAC-SHA-256 (RFC 2104) of `message` under `key` of any length.
Hash HmacSha256(absl::string_view key, absl::string_view message);

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_SHA256_H_
