// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_EVP_KEY_H_
#define CAUSEWAY_LEDGER_CRYPTO_EVP_KEY_H_

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/crypto/signature.h"
#include "ledger/crypto/signer.h"

// Between our keys and OpenSSL's objects. Inside this folder only: no other header mentions OpenSSL.
namespace causeway::crypto::internal {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

using BioPtr = Owned<BIO, BIO_free_all>;
using BigNumPtr = Owned<BIGNUM, BN_clear_free>;
using EcdsaSignaturePtr = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using EcGroupPtr = Owned<EC_GROUP, EC_GROUP_free>;
using EcPointPtr = Owned<EC_POINT, EC_POINT_clear_free>;
using EvpKeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;
using EvpKeyContextPtr = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContextPtr = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

// INTERNAL with `what` and OpenSSL's own words for its last error; empties OpenSSL's error queue.
absl::Status OpenSslError(absl::string_view what);
// Forgets errors that were an answer, such as "signature does not verify".
void ClearOpenSslErrors();

// A P-256 key object from a compressed point and, for signing, its scalar; an error unless the point is on the curve.
absl::StatusOr<EvpKeyPtr> P256EvpKey(absl::string_view point, const BIGNUM* scalar);

// An object for verifying and for certificates. INVALID_ARGUMENT where the key does not pass ValidatePublicKey's rule.
absl::StatusOr<EvpKeyPtr> ToEvpKey(const PublicKey& key);
// An object for signing and for PKCS#8.
absl::StatusOr<EvpKeyPtr> ToEvpKey(const PrivateKey& key);
// INVALID_ARGUMENT unless it is an Ed25519 or P-256 key.
absl::StatusOr<PublicKey> PublicKeyOf(const EVP_PKEY* key);
absl::StatusOr<PrivateKey> PrivateKeyOf(const EVP_PKEY* key);

// The compressed point d · G for a scalar that is in range.
absl::StatusOr<std::string> P256PublicKeyOf(const Secret& scalar);

// What has been written to a memory BIO.
absl::string_view BioView(BIO* bio);
// A memory BIO that reads `text`, which must outlive it.
BioPtr ReadOnlyBio(absl::string_view text);

}  // namespace causeway::crypto::internal

#endif  // CAUSEWAY_LEDGER_CRYPTO_EVP_KEY_H_
