// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_X509_H_
#define CAUSEWAY_LEDGER_CRYPTO_X509_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/crypto/signature.h"
#include "ledger/crypto/signer.h"

// X.509 certificates for TLS, as a key ceremony or a devnet makes them, and what a node wants to know of a certificate.
// Checking chains during a handshake is the TLS library's work.
//
// P-256 keys suit gRPC 1.51's TLS best; Ed25519 keys work too. Times are seconds since the Unix epoch, passed in:
// nothing here reads a clock.
namespace causeway::crypto {

// The names and the validity that a certificate states.
struct CertificateSubject {
  std::string common_name;                // required, at most 64 bytes
  std::string organization;               // may be empty
  std::vector<std::string> dns_names;     // "node-1.example.com"
  std::vector<std::string> ip_addresses;  // "127.0.0.1", "::1"
  std::vector<std::string> uris;          // identity of the node: "causeway://validator/<key id in hex>"
  int64_t not_before_s = 0;
  int64_t not_after_s = 0;
};

// A self-signed certificate authority: basicConstraints CA with path length 0, keyCertSign and cRLSign. Its alternative
// names are ignored. The serial number is the first 16 bytes (top bit cleared) of a hash over the keys, the common name
// and the validity.
absl::StatusOr<std::string> MakeCaCertificate(const PrivateKey& key, const CertificateSubject& subject);

// A leaf for both sides of mutual TLS (serverAuth and clientAuth) over `subject_key`, signed by the authority.
absl::StatusOr<std::string> MakeLeafCertificate(const PrivateKey& ca_key, absl::string_view ca_certificate_pem,
                                                const PublicKey& subject_key, const CertificateSubject& subject);

// What a certificate says.
struct CertificateInfo {
  PublicKey public_key;
  KeyId key_id;                        // KeyIdOf(public_key)
  std::string subject_key_identifier;  // the extension's bytes; empty if absent
  std::string authority_key_identifier;
  std::string serial;  // big-endian bytes
  bool is_ca = false;
  CertificateSubject subject;
};

// Reads the first certificate of `pem`. INVALID_ARGUMENT where there is none, or its key is neither Ed25519 nor P-256.
absl::StatusOr<CertificateInfo> ParseCertificate(absl::string_view pem);

// Ok iff the leaf is signed by the authority's key and both are valid at `at_s`. Names are not checked.
absl::Status VerifyIssuedBy(absl::string_view leaf_pem, absl::string_view ca_pem, int64_t at_s);

// SHA-256 of the certificate's SubjectPublicKeyInfo in DER: what a node signs to bind its TLS key to its validator key
// (kNodeTag).
absl::StatusOr<Hash> PublicKeyInfoHash(absl::string_view pem);

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_X509_H_
