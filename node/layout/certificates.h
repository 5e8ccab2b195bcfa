// SPDX-License-Identifier: Apache-2.0
// The certificates of a network: two authorities, one for the connections between validators and one for those of
// clients, and what each of them signs. Keys are P-256, which every TLS stack takes.
#ifndef CAUSEWAY_NODE_LAYOUT_CERTIFICATES_H_
#define CAUSEWAY_NODE_LAYOUT_CERTIFICATES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "ledger/crypto/signature.h"
#include "ledger/crypto/signer.h"
#include "ledger/crypto/x509.h"

namespace causeway::layout {

// The names under which a node is reached by clients: "node-<N>.causeway" (N from 1), and the one that all share.
inline constexpr char kNodeDnsName[] = "causeway-node";
std::string NodeDnsName(uint32_t number);

class Authority {
 public:
  // A new key and its self-signed certificate. Seconds since the Unix epoch.
  static absl::StatusOr<Authority> Make(const std::string& name, const std::string& organization, int64_t not_before_s,
                                        int64_t not_after_s);

  // Between validators: `causeway://validator/<index>` and `validator-<index>.causeway` (node/network).
  absl::StatusOr<std::string> SignValidator(uint32_t index, const crypto::PublicKey& key,
                                            const std::string& host) const;
  // Towards clients. `host` is a name or an IP address.
  absl::StatusOr<std::string> SignNode(uint32_t number, const crypto::PublicKey& key, const std::string& host) const;
  // A party's client: what counts is its key, which is registered on the ledger; the names are for people.
  absl::StatusOr<std::string> SignClient(const std::string& lei, const std::string& name,
                                         const crypto::PublicKey& key) const;

  const std::string& certificate() const { return certificate_; }
  const crypto::PrivateKey& key() const { return key_; }

 private:
  Authority(crypto::PrivateKey key, crypto::CertificateSubject subject, std::string certificate)
      : key_(std::move(key)), subject_(std::move(subject)), certificate_(std::move(certificate)) {}
  absl::StatusOr<std::string> Sign(crypto::CertificateSubject subject, const crypto::PublicKey& key,
                                   const std::string& host) const;

  crypto::PrivateKey key_;
  crypto::CertificateSubject subject_;
  std::string certificate_;
};

}  // namespace causeway::layout

#endif  // CAUSEWAY_NODE_LAYOUT_CERTIFICATES_H_
