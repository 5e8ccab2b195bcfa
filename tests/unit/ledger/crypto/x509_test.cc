// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/x509.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/crypto/sha256.h"
#include "tests/support/status_matchers.h"

namespace causeway::crypto {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kStart = 1'767'225'600;  // 2026-01-01
constexpr int64_t kDay = 86'400;
constexpr auto kRefusal = absl::StatusCode::kInvalidArgument;

CertificateSubject CaSubject() {
  CertificateSubject subject;
  subject.common_name = "Causeway devnet";
  subject.organization = "Harbour Bank";
  subject.not_before_s = kStart;
  subject.not_after_s = kStart + 3650 * kDay;
  return subject;
}

CertificateSubject LeafSubject() {
  CertificateSubject subject;
  subject.common_name = "node-1";
  subject.dns_names = {"node-1.harbour.example", "localhost"};
  subject.ip_addresses = {"127.0.0.1", "::1"};
  subject.uris = {"causeway://validator/1"};
  subject.not_before_s = kStart;
  subject.not_after_s = kStart + 365 * kDay;
  return subject;
}

class Certificates : public ::testing::TestWithParam<KeyAlgorithm> {
 protected:
  static PrivateKey Key(char seed) {
    return GetParam() == KeyAlgorithm::kEd25519 ? *PrivateKey::Ed25519FromSeed(std::string(32, seed))
                                                : *PrivateKey::P256FromScalar(std::string(32, seed));
  }
  const PrivateKey ca_key_ = Key('\x01');
  const PrivateKey key_ = Key('\x02');
  const std::string ca_ = *MakeCaCertificate(ca_key_, CaSubject());
};

TEST_P(Certificates, SayWhatTheyWereMadeToSay) {
  const absl::StatusOr<std::string> leaf = MakeLeafCertificate(ca_key_, ca_, key_.public_key(), LeafSubject());
  CAUSEWAY_ASSERT_OK(leaf);
  const absl::StatusOr<CertificateInfo> info = ParseCertificate(*leaf);
  CAUSEWAY_ASSERT_OK(info);
  EXPECT_EQ(info->public_key, key_.public_key());
  EXPECT_EQ(info->key_id, KeyIdOf(key_.public_key()));
  EXPECT_FALSE(info->is_ca);
  EXPECT_EQ(info->subject.common_name, "node-1");
  EXPECT_EQ(info->subject.organization, "");
  EXPECT_THAT(info->subject.dns_names, ElementsAre("node-1.harbour.example", "localhost"));
  EXPECT_THAT(info->subject.ip_addresses, ElementsAre("127.0.0.1", "::1"));
  EXPECT_THAT(info->subject.uris, ElementsAre("causeway://validator/1"));
  EXPECT_EQ(info->subject.not_before_s, kStart);
  EXPECT_EQ(info->subject.not_after_s, kStart + 365 * kDay);

  const absl::StatusOr<CertificateInfo> ca = ParseCertificate(ca_);
  CAUSEWAY_ASSERT_OK(ca);
  EXPECT_TRUE(ca->is_ca);
  EXPECT_EQ(ca->public_key, ca_key_.public_key());
  EXPECT_EQ(ca->subject.organization, "Harbour Bank");
  EXPECT_FALSE(ca->subject_key_identifier.empty());
  EXPECT_EQ(info->authority_key_identifier, ca->subject_key_identifier);
  EXPECT_NE(info->subject_key_identifier, ca->subject_key_identifier);
}

TEST_P(Certificates, HaveSerialNumbersThatFollowFromWhatTheySay) {
  const auto serial = [this](const CertificateSubject& subject, const PrivateKey& key) {
    return ParseCertificate(*MakeLeafCertificate(ca_key_, ca_, key.public_key(), subject))->serial;
  };
  const std::string first = serial(LeafSubject(), key_);
  EXPECT_LE(first.size(), 16u);
  EXPECT_EQ(serial(LeafSubject(), key_), first);
  CertificateSubject later = LeafSubject();
  later.not_after_s += kDay;
  EXPECT_NE(serial(later, key_), first);
  EXPECT_NE(serial(LeafSubject(), Key('\x03')), first);
}

TEST_P(Certificates, AreOfTheirAuthorityWhileBothAreValid) {
  const std::string leaf = *MakeLeafCertificate(ca_key_, ca_, key_.public_key(), LeafSubject());
  CAUSEWAY_EXPECT_OK(VerifyIssuedBy(leaf, ca_, kStart));
  CAUSEWAY_EXPECT_OK(VerifyIssuedBy(leaf, ca_, kStart + 365 * kDay));
  constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
  EXPECT_THAT(VerifyIssuedBy(leaf, ca_, kStart - 1), StatusIs(kPrecondition, "not valid yet"));
  EXPECT_THAT(VerifyIssuedBy(leaf, ca_, kStart + 365 * kDay + 1), StatusIs(kPrecondition, "node's certificate has"));
  EXPECT_THAT(VerifyIssuedBy(leaf, ca_, kStart + 3650 * kDay + 1),
              StatusIs(kPrecondition, "authority's certificate has"));
}

TEST_P(Certificates, OfAnotherAuthorityAreRefused) {
  const std::string leaf = *MakeLeafCertificate(ca_key_, ca_, key_.public_key(), LeafSubject());
  // The same names with another key: only the signature tells them apart.
  const std::string impostor = *MakeCaCertificate(Key('\x04'), CaSubject());
  EXPECT_THAT(VerifyIssuedBy(leaf, impostor, kStart), StatusIs(absl::StatusCode::kUnauthenticated, "not issued"));
  EXPECT_THAT(VerifyIssuedBy(leaf, leaf, kStart), StatusIs(kRefusal, "not an authority's"));
  EXPECT_THAT(MakeLeafCertificate(key_, ca_, key_.public_key(), LeafSubject()), StatusIs(kRefusal, "another key"));
}

TEST_P(Certificates, AreAcceptedByTheOpensslCommand) {
  std::string directory = ::testing::TempDir() + "x509_test.XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  std::ofstream(directory + "/ca.pem") << ca_;
  std::ofstream(directory + "/leaf.pem") << *MakeLeafCertificate(ca_key_, ca_, key_.public_key(), LeafSubject());
  const std::string command = "cd " + directory + " && openssl verify -x509_strict -attime " +
                              std::to_string(kStart + kDay) +
                              " -purpose sslserver -verify_hostname localhost -CAfile ca.pem leaf.pem >out 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << std::ifstream(directory + "/out").rdbuf();
  std::filesystem::remove_all(directory);
}

INSTANTIATE_TEST_SUITE_P(X509, Certificates, ::testing::Values(KeyAlgorithm::kEd25519, KeyAlgorithm::kP256),
                         [](const auto& test) { return std::string(KeyAlgorithmName(test.param)); });

TEST(X509, RefusesASubjectThatMakesNoSense) {
  const PrivateKey key = *PrivateKey::P256FromScalar(std::string(32, '\x01'));
  const std::string ca = *MakeCaCertificate(key, CaSubject());
  const auto leaf_with = [&](auto change) {
    CertificateSubject subject = LeafSubject();
    change(subject);
    return MakeLeafCertificate(key, ca, key.public_key(), subject).status();
  };
  using S = CertificateSubject;
  EXPECT_THAT(leaf_with([](S& s) { s.common_name = ""; }), StatusIs(kRefusal, "common name"));
  EXPECT_THAT(leaf_with([](S& s) { s.common_name = std::string(65, 'x'); }), StatusIs(kRefusal, "common name"));
  EXPECT_THAT(leaf_with([](S& s) { s.common_name = "\xff\xfe"; }), StatusIs(kRefusal, "UTF-8"));
  EXPECT_THAT(leaf_with([](S& s) { s.organization = std::string(65, 'x'); }), StatusIs(kRefusal, "organization"));
  EXPECT_THAT(leaf_with([](S& s) { s.not_after_s = s.not_before_s; }), StatusIs(kRefusal, "validity"));
  EXPECT_THAT(leaf_with([](S& s) { s.not_before_s = -1; }), StatusIs(kRefusal, "validity"));
  EXPECT_THAT(leaf_with([](S& s) { s.ip_addresses = {"127.0.0"}; }), StatusIs(kRefusal, "not an IP address: 127.0.0"));
  EXPECT_THAT(leaf_with([](S& s) { s.dns_names = {""}; }), StatusIs(kRefusal, "empty"));
  EXPECT_THAT(leaf_with([](S& s) { s.dns_names = {"a b"}; }), StatusIs(kRefusal, "ASCII"));
  EXPECT_THAT(leaf_with([](S& s) { s.uris = {"causeway://\xc3\xa9"}; }), StatusIs(kRefusal, "ASCII"));
  CAUSEWAY_EXPECT_OK(leaf_with([](S& s) { s.dns_names.clear(), s.ip_addresses.clear(), s.uris.clear(); }));
  EXPECT_THAT(MakeLeafCertificate(key, ca, PublicKey{KeyAlgorithm::kP256, "no"}, LeafSubject()), StatusIs(kRefusal));
  EXPECT_THAT(MakeLeafCertificate(key, "no certificate", key.public_key(), LeafSubject()), StatusIs(kRefusal));
}

TEST(X509, RefusesWhatIsNoCertificate) {
  EXPECT_THAT(ParseCertificate(""), StatusIs(kRefusal, "no certificate"));
  EXPECT_THAT(ParseCertificate("-----BEGIN CERTIFICATE-----\nMHc=\n-----END CERTIFICATE-----\n"), StatusIs(kRefusal));
  EXPECT_THAT(VerifyIssuedBy("", "", 0), StatusIs(kRefusal));
  EXPECT_THAT(PublicKeyInfoHash(""), StatusIs(kRefusal));
}

TEST(X509, HashesTheKeyInfoAsTheCertificateHoldsIt) {
  const PrivateKey key = *PrivateKey::Ed25519FromSeed(std::string(32, '\x01'));
  const std::string certificate = *MakeCaCertificate(key, CaSubject());
  // RFC 8410: a fixed header, then the key.
  const std::string header("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
  EXPECT_EQ(*PublicKeyInfoHash(certificate), Sha256(header + key.public_key().bytes));
}

}  // namespace
}  // namespace causeway::crypto
