// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/x509.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/evp_key.h"

namespace causeway::crypto {
namespace {

using CertificatePtr = internal::Owned<X509, X509_free>;
using NamePtr = internal::Owned<X509_NAME, X509_NAME_free>;
using NamesPtr = internal::Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using ExtensionPtr = internal::Owned<X509_EXTENSION, X509_EXTENSION_free>;

constexpr size_t kCommonNameSizeMax = 64;
constexpr size_t kSerialSize = 16;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

absl::string_view ViewOf(const ASN1_STRING* text) {
  return absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                           static_cast<size_t>(ASN1_STRING_length(text)));
}

absl::StatusOr<CertificatePtr> ReadCertificate(absl::string_view pem) {
  const internal::BioPtr bio = internal::ReadOnlyBio(pem);
  CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("no certificate in PEM that can be read");
  }
  return certificate;
}

// ---- Making ----

absl::Status CheckSubject(const CertificateSubject& subject) {
  if (subject.common_name.empty() || subject.common_name.size() > kCommonNameSizeMax) {
    return absl::InvalidArgumentError("a certificate's common name has 1 to 64 bytes");
  }
  if (subject.organization.size() > kCommonNameSizeMax) {
    return absl::InvalidArgumentError("a certificate's organization has at most 64 bytes");
  }
  if (subject.not_before_s < 0 || subject.not_before_s >= subject.not_after_s) {
    return absl::InvalidArgumentError("a certificate's validity must end after it begins, and begin after 1970");
  }
  return absl::OkStatus();
}

absl::Status SetName(X509* certificate, const CertificateSubject& subject) {
  NamePtr name(X509_NAME_new());
  const auto add = [&name](const char* field, const std::string& text) {
    return X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8, Bytes(text), static_cast<int>(text.size()), -1,
                                      0) == 1;
  };
  if (name == nullptr || (!subject.organization.empty() && !add("O", subject.organization)) ||
      !add("CN", subject.common_name) || X509_set_subject_name(certificate, name.get()) != 1) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("the certificate's name is not valid UTF-8 text");
  }
  return absl::OkStatus();
}

absl::Status SetSerial(X509* certificate, const PublicKey& issuer, const PublicKey& key,
                       const CertificateSubject& subject) {
  const Hash hash = DomainHash(kCertificateSerialTag, absl::string_view(issuer.bytes), absl::string_view(key.bytes),
                               absl::string_view(subject.common_name), static_cast<uint64_t>(subject.not_before_s),
                               static_cast<uint64_t>(subject.not_after_s));
  std::array<uint8_t, Hash::kSize> bytes = hash.array();
  bytes[0] &= 0x7f;
  const internal::BigNumPtr number(BN_bin2bn(bytes.data(), kSerialSize, nullptr));
  if (number == nullptr || BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr) {
    return internal::OpenSslError("cannot set the serial number");
  }
  return absl::OkStatus();
}

absl::Status AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) {
    return internal::OpenSslError(absl::StrCat("cannot add the extension ", OBJ_nid2sn(nid)));
  }
  return absl::OkStatus();
}

absl::Status AddName(GENERAL_NAMES* names, int type, absl::string_view bytes) {
  ASN1_STRING* text = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
  GENERAL_NAME* name = GENERAL_NAME_new();
  if (text == nullptr || name == nullptr || ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size())) != 1) {
    ASN1_STRING_free(text);
    GENERAL_NAME_free(name);
    return internal::OpenSslError("cannot add an alternative name");
  }
  GENERAL_NAME_set0_value(name, type, text);
  if (sk_GENERAL_NAME_push(names, name) == 0) {
    GENERAL_NAME_free(name);
    return internal::OpenSslError("cannot add an alternative name");
  }
  return absl::OkStatus();
}

// "127.0.0.1" to 4 bytes, "::1" to 16.
absl::StatusOr<std::string> AddressBytes(const std::string& text) {
  std::array<char, 16> bytes;
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 4);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 16);
  return absl::InvalidArgumentError(absl::StrCat("not an IP address: ", text));
}

absl::Status CheckAscii(absl::string_view name) {
  for (const char c : name) {
    if (c <= ' ' || c > '~') {
      return absl::InvalidArgumentError("alternative names are printable ASCII without spaces");
    }
  }
  if (name.empty()) return absl::InvalidArgumentError("an alternative name is empty");
  return absl::OkStatus();
}

absl::Status AddAlternativeNames(X509* certificate, const CertificateSubject& subject) {
  const NamesPtr names(GENERAL_NAMES_new());
  if (names == nullptr) return internal::OpenSslError("cannot add alternative names");
  for (const std::string& dns : subject.dns_names) {
    CAUSEWAY_RETURN_IF_ERROR(CheckAscii(dns));
    CAUSEWAY_RETURN_IF_ERROR(AddName(names.get(), GEN_DNS, dns));
  }
  for (const std::string& address : subject.ip_addresses) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, AddressBytes(address));
    CAUSEWAY_RETURN_IF_ERROR(AddName(names.get(), GEN_IPADD, bytes));
  }
  for (const std::string& uri : subject.uris) {
    CAUSEWAY_RETURN_IF_ERROR(CheckAscii(uri));
    CAUSEWAY_RETURN_IF_ERROR(AddName(names.get(), GEN_URI, uri));
  }
  if (sk_GENERAL_NAME_num(names.get()) == 0) return absl::OkStatus();
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return internal::OpenSslError("cannot add alternative names");
  }
  return absl::OkStatus();
}

// What authority and leaf have in common: version, serial, validity, names, key.
absl::StatusOr<CertificatePtr> StartCertificate(const PublicKey& issuer, const PublicKey& key,
                                                const CertificateSubject& subject) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSubject(subject));
  CertificatePtr certificate(X509_new());
  CAUSEWAY_ASSIGN_OR_RETURN(const internal::EvpKeyPtr evp, internal::ToEvpKey(key));
  if (certificate == nullptr || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      ASN1_TIME_set(X509_getm_notBefore(certificate.get()), subject.not_before_s) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), subject.not_after_s) == nullptr ||
      X509_set_pubkey(certificate.get(), evp.get()) != 1) {
    return internal::OpenSslError("cannot make a certificate");
  }
  CAUSEWAY_RETURN_IF_ERROR(SetName(certificate.get(), subject));
  CAUSEWAY_RETURN_IF_ERROR(SetSerial(certificate.get(), issuer, key, subject));
  return certificate;
}

absl::StatusOr<std::string> SignAndWrite(X509* certificate, const PrivateKey& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(const internal::EvpKeyPtr evp, internal::ToEvpKey(key));
  const EVP_MD* digest = key.public_key().algorithm == KeyAlgorithm::kEd25519 ? nullptr : EVP_sha256();
  const internal::BioPtr bio(BIO_new(BIO_s_mem()));
  if (X509_sign(certificate, evp.get(), digest) <= 0 || bio == nullptr ||
      PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return internal::OpenSslError("cannot sign the certificate");
  }
  return std::string(internal::BioView(bio.get()));
}

// ---- Reading ----

int64_t SecondsOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return timegm(&parts);
}

std::string NameEntry(const X509_NAME* name, int nid) {
  const int index = X509_NAME_get_index_by_NID(name, nid, -1);
  if (index < 0) return "";
  return std::string(ViewOf(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index))));
}

std::string AddressText(absl::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text;
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return "";
  return inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? "" : text.data();
}

void ReadAlternativeNames(const X509* certificate, CertificateSubject& subject) {
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type == GEN_DNS) subject.dns_names.emplace_back(ViewOf(static_cast<const ASN1_STRING*>(value)));
    if (type == GEN_URI) subject.uris.emplace_back(ViewOf(static_cast<const ASN1_STRING*>(value)));
    if (type == GEN_IPADD) {
      subject.ip_addresses.push_back(AddressText(ViewOf(static_cast<const ASN1_STRING*>(value))));
    }
  }
}

std::string SerialBytes(const X509* certificate) {
  const internal::BigNumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<uint8_t*>(bytes.data()));
  return bytes;
}

absl::Status CheckValidAt(const X509* certificate, absl::string_view which, int64_t at_s) {
  if (at_s < SecondsOf(X509_get0_notBefore(certificate))) {
    return absl::FailedPreconditionError(absl::StrCat("the ", which, " certificate is not valid yet"));
  }
  if (at_s > SecondsOf(X509_get0_notAfter(certificate))) {
    return absl::FailedPreconditionError(absl::StrCat("the ", which, " certificate has expired"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> MakeCaCertificate(const PrivateKey& key, const CertificateSubject& subject) {
  CAUSEWAY_ASSIGN_OR_RETURN(const CertificatePtr certificate,
                            StartCertificate(key.public_key(), key.public_key(), subject));
  X509* ca = certificate.get();
  if (X509_set_issuer_name(ca, X509_get_subject_name(ca)) != 1) return internal::OpenSslError("cannot set the issuer");
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign"));
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(ca, ca, NID_subject_key_identifier, "hash"));
  return SignAndWrite(ca, key);
}

absl::StatusOr<std::string> MakeLeafCertificate(const PrivateKey& ca_key, absl::string_view ca_certificate_pem,
                                                const PublicKey& subject_key, const CertificateSubject& subject) {
  CAUSEWAY_ASSIGN_OR_RETURN(const CertificatePtr authority, ReadCertificate(ca_certificate_pem));
  CAUSEWAY_ASSIGN_OR_RETURN(const PublicKey authority_key, internal::PublicKeyOf(X509_get0_pubkey(authority.get())));
  if (authority_key != ca_key.public_key()) {
    return absl::InvalidArgumentError("the authority's certificate is of another key than the one to sign with");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const CertificatePtr certificate,
                            StartCertificate(ca_key.public_key(), subject_key, subject));
  X509* leaf = certificate.get();
  if (X509_set_issuer_name(leaf, X509_get_subject_name(authority.get())) != 1) {
    return internal::OpenSslError("cannot set the issuer");
  }
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(leaf, authority.get(), NID_basic_constraints, "critical,CA:FALSE"));
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(leaf, authority.get(), NID_key_usage, "critical,digitalSignature"));
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(leaf, authority.get(), NID_ext_key_usage, "serverAuth,clientAuth"));
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(leaf, authority.get(), NID_subject_key_identifier, "hash"));
  CAUSEWAY_RETURN_IF_ERROR(AddExtension(leaf, authority.get(), NID_authority_key_identifier, "keyid:always"));
  CAUSEWAY_RETURN_IF_ERROR(AddAlternativeNames(leaf, subject));
  return SignAndWrite(leaf, ca_key);
}

absl::StatusOr<CertificateInfo> ParseCertificate(absl::string_view pem) {
  CAUSEWAY_ASSIGN_OR_RETURN(const CertificatePtr certificate, ReadCertificate(pem));
  X509* x509 = certificate.get();
  const EVP_PKEY* evp = X509_get0_pubkey(x509);
  if (evp == nullptr) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("the certificate's key cannot be read");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(PublicKey key, internal::PublicKeyOf(evp));
  CAUSEWAY_RETURN_IF_ERROR(ValidatePublicKey(key));
  const KeyId key_id = KeyIdOf(key);
  CertificateInfo info{std::move(key), key_id, "", "", SerialBytes(x509), X509_check_ca(x509) == 1, {}};
  if (const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(x509)) {
    info.subject_key_identifier = std::string(ViewOf(id));
  }
  if (const ASN1_OCTET_STRING* id = X509_get0_authority_key_id(x509)) {
    info.authority_key_identifier = std::string(ViewOf(id));
  }
  const X509_NAME* name = X509_get_subject_name(x509);
  info.subject.common_name = NameEntry(name, NID_commonName);
  info.subject.organization = NameEntry(name, NID_organizationName);
  info.subject.not_before_s = SecondsOf(X509_get0_notBefore(x509));
  info.subject.not_after_s = SecondsOf(X509_get0_notAfter(x509));
  ReadAlternativeNames(x509, info.subject);
  return info;
}

absl::Status VerifyIssuedBy(absl::string_view leaf_pem, absl::string_view ca_pem, int64_t at_s) {
  CAUSEWAY_ASSIGN_OR_RETURN(const CertificatePtr leaf, ReadCertificate(leaf_pem));
  CAUSEWAY_ASSIGN_OR_RETURN(const CertificatePtr authority, ReadCertificate(ca_pem));
  if (X509_check_ca(authority.get()) != 1) {
    return absl::InvalidArgumentError("the issuing certificate is not an authority's");
  }
  if (X509_check_issued(authority.get(), leaf.get()) != X509_V_OK ||
      X509_verify(leaf.get(), X509_get0_pubkey(authority.get())) != 1) {
    internal::ClearOpenSslErrors();
    return absl::UnauthenticatedError("the certificate was not issued by this authority");
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckValidAt(authority.get(), "authority's", at_s));
  return CheckValidAt(leaf.get(), "node's", at_s);
}

absl::StatusOr<Hash> PublicKeyInfoHash(absl::string_view pem) {
  CAUSEWAY_ASSIGN_OR_RETURN(const CertificatePtr certificate, ReadCertificate(pem));
  uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  if (size <= 0) return internal::OpenSslError("cannot encode the certificate's key");
  const Hash hash = Sha256(absl::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return hash;
}

}  // namespace causeway::crypto
