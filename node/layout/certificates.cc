// SPDX-License-Identifier: Apache-2.0
#include "node/layout/certificates.h"

#include <arpa/inet.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "node/network/peer_network.h"

namespace causeway::layout {
namespace {

// A common name holds 64 bytes; never cut within a character.
std::string CommonName(std::string text) {
  constexpr size_t kMost = 64;
  if (text.size() <= kMost) return text;
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

bool IsIpAddress(const std::string& host) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), buffer) == 1 || inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

}  // namespace

std::string NodeDnsName(uint32_t number) {
  return absl::StrCat("node-", number, ".causeway");
}

absl::StatusOr<Authority> Authority::Make(const std::string& name, const std::string& organization,
                                          int64_t not_before_s, int64_t not_after_s) {
  CAUSEWAY_ASSIGN_OR_RETURN(crypto::PrivateKey key, crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256));
  crypto::CertificateSubject subject;
  subject.common_name = CommonName(name);
  subject.organization = CommonName(organization);
  subject.not_before_s = not_before_s;
  subject.not_after_s = not_after_s;
  CAUSEWAY_ASSIGN_OR_RETURN(std::string certificate, crypto::MakeCaCertificate(key, subject));
  return Authority(std::move(key), std::move(subject), std::move(certificate));
}

absl::StatusOr<std::string> Authority::Sign(crypto::CertificateSubject subject, const crypto::PublicKey& key,
                                            const std::string& host) const {
  subject.common_name = CommonName(std::move(subject.common_name));
  subject.organization = subject_.organization;
  subject.not_before_s = subject_.not_before_s;
  subject.not_after_s = subject_.not_after_s;
  if (!host.empty()) (IsIpAddress(host) ? subject.ip_addresses : subject.dns_names).push_back(host);
  return crypto::MakeLeafCertificate(key_, certificate_, key, subject);
}

absl::StatusOr<std::string> Authority::SignValidator(uint32_t index, const crypto::PublicKey& key,
                                                     const std::string& host) const {
  crypto::CertificateSubject subject;
  subject.common_name = absl::StrCat("validator ", index);
  subject.dns_names = {network::ValidatorDnsName(index)};
  subject.uris = {network::ValidatorUri(index)};
  return Sign(std::move(subject), key, host);
}

absl::StatusOr<std::string> Authority::SignNode(uint32_t number, const crypto::PublicKey& key,
                                                const std::string& host) const {
  crypto::CertificateSubject subject;
  subject.common_name = absl::StrCat("node ", number);
  subject.dns_names = {kNodeDnsName, NodeDnsName(number)};
  return Sign(std::move(subject), key, host);
}

absl::StatusOr<std::string> Authority::SignClient(const std::string& lei, const std::string& name,
                                                  const crypto::PublicKey& key) const {
  crypto::CertificateSubject subject;
  subject.common_name = name;
  subject.uris = {absl::StrCat("causeway://party/", lei)};
  return Sign(std::move(subject), key, "");
}

}  // namespace causeway::layout
