// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/key_file.h"

#include <fcntl.h>
#include <openssl/asn1t.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/crypto/evp_key.h"

namespace causeway::crypto {
namespace {

using Pkcs8InfoPtr = internal::Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EncryptedPtr = internal::Owned<X509_SIG, X509_SIG_free>;
using Pbes2Ptr = internal::Owned<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2Ptr = internal::Owned<PBKDF2PARAM, PBKDF2PARAM_free>;
using ScryptPtr = internal::Owned<SCRYPT_PARAMS, SCRYPT_PARAMS_free>;

constexpr size_t kFileSizeMax = 64 * 1024;
// A file that asks for more is refused before it is worked on: it would keep a start waiting for minutes.
constexpr int kPbkdf2IterationsMax = 50'000'000;
// OpenSSL itself stops at this much memory, and says then that the passphrase is wrong.
constexpr uint64_t kScryptMemoryMax = uint64_t{32} << 20;
constexpr uint64_t kScryptWorkMax = uint64_t{1} << 23;
constexpr int kSaltSize = 16;
constexpr size_t kConfidentialityKeySize = 32;

absl::Status FileError(const std::string& path, absl::string_view what, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat(path, ": ", what));
}

// ---- Files ----

absl::Status CheckPermissions(const std::string& path, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, ": not a regular file"));
  if ((info.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(
        absl::StrFormat("%s: others than its owner can use this secret file (mode %03o); run: chmod 600 %s", path,
                        static_cast<unsigned>(info.st_mode & 0777), path));
  }
  if (info.st_uid != geteuid() && info.st_uid != 0) {
    return absl::PermissionDeniedError(absl::StrCat(path, ": this secret file belongs to another user (uid ",
                                                    info.st_uid, "); run: chown ", geteuid(), " ", path));
  }
  return absl::OkStatus();
}

// At most `bytes_max` bytes of what is open, into a buffer that never moves; the caller wipes it.
absl::StatusOr<std::string> ReadOpen(int fd, const std::string& path, size_t bytes_max) {
  std::string content(bytes_max, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = read(fd, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      Wipe(content);
      return FileError(path, "cannot read", error);
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  content.resize(size);
  return content;
}

// The content of a secret file; the caller wipes it.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileError(path, "cannot open", errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return FileError(path, "cannot examine", errno);
  CAUSEWAY_RETURN_IF_ERROR(CheckPermissions(path, info));
  if (static_cast<uint64_t>(info.st_size) > kFileSizeMax) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": too large for a key (", info.st_size, " bytes)"));
  }
  // One byte more than the file has, so that its end is seen.
  return ReadOpen(fd, path, static_cast<size_t>(info.st_size) + 1);
}

absl::Status WriteAll(int fd, const std::string& path, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(path, "cannot write", errno);
    content.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd) != 0) return FileError(path, "cannot sync", errno);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError(directory, "cannot open", errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  if (fsync(fd) != 0) return FileError(directory, "cannot sync", errno);
  return absl::OkStatus();
}

// Whole or not at all, never over an existing file. link() refuses an existing name atomically, which rename() does
// not.
absl::Status WriteSecretFile(const std::string& path, absl::string_view content) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return FileError(path, "cannot create", errno);
  const absl::Cleanup remover = [&temporary, fd] {
    close(fd);
    unlink(temporary.c_str());
  };
  CAUSEWAY_RETURN_IF_ERROR(WriteAll(fd, temporary, content));
  if (link(temporary.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) {
      return absl::AlreadyExistsError(absl::StrCat(path, ": exists, and a key file is never overwritten"));
    }
    return FileError(path, "cannot create", errno);
  }
  return SyncDirectory(path);
}

// ---- PKCS#8 ----

absl::StatusOr<Pkcs8InfoPtr> ToPkcs8(const PrivateKey& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(const internal::EvpKeyPtr evp, internal::ToEvpKey(key));
  Pkcs8InfoPtr info(EVP_PKEY2PKCS8(evp.get()));
  if (info == nullptr) return internal::OpenSslError("cannot encode the key");
  return info;
}

absl::StatusOr<PrivateKey> FromPkcs8(const PKCS8_PRIV_KEY_INFO* info) {
  const internal::EvpKeyPtr evp(EVP_PKCS82PKEY(info));
  if (evp == nullptr) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("the PKCS#8 structure holds no key that can be read");
  }
  return internal::PrivateKeyOf(evp.get());
}

absl::Status CheckPbkdf2(const ASN1_TYPE* parameters) {
  const Pbkdf2Ptr pbkdf2(static_cast<PBKDF2PARAM*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), parameters)));
  if (pbkdf2 == nullptr) return absl::InvalidArgumentError("the PBKDF2 parameters cannot be read");
  const long iterations = ASN1_INTEGER_get(pbkdf2->iter);
  if (iterations < kPbkdf2IterationsMin || iterations > kPbkdf2IterationsMax) {
    return absl::InvalidArgumentError(absl::StrCat("the key is encrypted with ", iterations,
                                                   " iterations of PBKDF2; at least ", kPbkdf2IterationsMin,
                                                   " are required, at most ", kPbkdf2IterationsMax, " accepted"));
  }
  return absl::OkStatus();
}

// scrypt (RFC 7914) takes 128·N·r bytes and time in proportion to N·r·p. The limits are compared by division, since
// a file may name any numbers.
absl::Status CheckScrypt(const ASN1_TYPE* parameters) {
  const ScryptPtr scrypt(
      static_cast<SCRYPT_PARAMS*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), parameters)));
  uint64_t n = 0;
  uint64_t r = 0;
  uint64_t p = 0;
  if (scrypt == nullptr || ASN1_INTEGER_get_uint64(&n, scrypt->costParameter) != 1 ||
      ASN1_INTEGER_get_uint64(&r, scrypt->blockSize) != 1 ||
      ASN1_INTEGER_get_uint64(&p, scrypt->parallelizationParameter) != 1 || n == 0 || r == 0 || p == 0) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("the scrypt parameters cannot be read");
  }
  const std::string told = absl::StrCat("the key is encrypted by scrypt with N = ", n, ", r = ", r, ", p = ", p);
  if (n < kScryptCostMin || r < kScryptBlockSizeMin) {
    return absl::InvalidArgumentError(
        absl::StrCat(told, "; at least N = ", kScryptCostMin, " and r = ", kScryptBlockSizeMin, " are required"));
  }
  if (n >= kScryptMemoryMax / 128 / r || p > kScryptWorkMax / (n * r)) {
    return absl::InvalidArgumentError(
        absl::StrCat(told, "; less than ", kScryptMemoryMax >> 20,
                     " MiB of memory (128·N·r bytes) and at most N·r·p = ", kScryptWorkMax, " are accepted"));
  }
  return absl::OkStatus();
}

// Whether the key-derivation function makes a guess at the passphrase expensive enough, and opening the file no more
// than a start can bear.
absl::Status CheckKeyDerivation(const X509_SIG* encrypted) {
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(encrypted, &algorithm, nullptr);
  const ASN1_OBJECT* object = nullptr;
  int type = 0;
  const void* value = nullptr;
  X509_ALGOR_get0(&object, &type, &value, algorithm);
  if (OBJ_obj2nid(object) != NID_pbes2 || type != V_ASN1_SEQUENCE) {
    return absl::InvalidArgumentError(
        "the key is encrypted, but not by PBES2; convert it with: openssl pkcs8 -topk8 -v2 "
        "aes-256-cbc -v2prf hmacWithSHA256 -iter 600000");
  }
  const Pbes2Ptr pbes2(
      static_cast<PBE2PARAM*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter)));
  if (pbes2 == nullptr) return absl::InvalidArgumentError("the PBES2 parameters cannot be read");
  X509_ALGOR_get0(&object, &type, &value, pbes2->keyfunc);
  if (type == V_ASN1_SEQUENCE && OBJ_obj2nid(object) == NID_id_scrypt) return CheckScrypt(pbes2->keyfunc->parameter);
  if (type == V_ASN1_SEQUENCE && OBJ_obj2nid(object) == NID_id_pbkdf2) return CheckPbkdf2(pbes2->keyfunc->parameter);
  return absl::InvalidArgumentError("the key is encrypted by PBES2 with neither PBKDF2 nor scrypt");
}

absl::StatusOr<PrivateKey> DecryptPem(absl::string_view pem, absl::string_view passphrase) {
  const internal::BioPtr bio = internal::ReadOnlyBio(pem);
  const EncryptedPtr encrypted(PEM_read_bio_PKCS8(bio.get(), nullptr, nullptr, nullptr));
  if (encrypted == nullptr) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("the encrypted PEM block cannot be read");
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckKeyDerivation(encrypted.get()));
  if (passphrase.empty()) return absl::UnauthenticatedError("the key is encrypted and no passphrase was given");
  const Pkcs8InfoPtr info(PKCS8_decrypt(encrypted.get(), passphrase.data(), static_cast<int>(passphrase.size())));
  if (info == nullptr) {
    internal::ClearOpenSslErrors();
    return absl::UnauthenticatedError("the passphrase does not open the key, or the file is damaged");
  }
  absl::StatusOr<PrivateKey> key = FromPkcs8(info.get());
  // A wrong passphrase gives readable padding once in some hundred times, and then no key.
  if (absl::IsInvalidArgument(key.status())) {
    return absl::UnauthenticatedError(
        absl::StrCat("the passphrase does not open the key, or it is not one of ours: ", key.status().message()));
  }
  return key;
}

constexpr absl::string_view kEncryptedLabel = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
constexpr absl::string_view kPlaintextLabel = "-----BEGIN PRIVATE KEY-----";

absl::StatusOr<PrivateKey> ReadPem(absl::string_view pem, absl::string_view passphrase, PlaintextKeys plaintext) {
  if (absl::StrContains(pem, kEncryptedLabel)) return DecryptPem(pem, passphrase);
  if (!absl::StrContains(pem, kPlaintextLabel)) {
    return absl::InvalidArgumentError(
        "no PKCS#8 private key in PEM; convert other forms with: openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf "
        "hmacWithSHA256 -iter 600000");
  }
  if (plaintext == PlaintextKeys::kRefuse) {
    return absl::FailedPreconditionError(
        "the private key is not encrypted, which only a devnet allows; encrypt it with: openssl pkcs8 -topk8 -v2 "
        "aes-256-cbc -v2prf hmacWithSHA256 -iter 600000");
  }
  return PrivateKeyFromPem(pem);
}

}  // namespace

absl::StatusOr<PrivateKey> ReadKeyFile(const std::string& path, absl::string_view passphrase, PlaintextKeys plaintext) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string pem, ReadSecretFile(path));
  const absl::Cleanup wiper = [&pem] { Wipe(pem); };
  absl::StatusOr<PrivateKey> key = ReadPem(pem, passphrase, plaintext);
  if (!key.ok()) return Annotate(key.status(), path);
  return key;
}

absl::StatusOr<Secret> ReadPassphraseFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError(path, "cannot open", errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return FileError(path, "cannot examine", errno);
  if (S_ISREG(info.st_mode)) CAUSEWAY_RETURN_IF_ERROR(CheckPermissions(path, info));
  CAUSEWAY_ASSIGN_OR_RETURN(std::string content, ReadOpen(fd, path, kFileSizeMax));
  const absl::Cleanup wiper = [&content] { Wipe(content); };
  const absl::string_view line(content.data(), std::min(content.size(), content.find_first_of("\r\n")));
  if (line.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " holds no passphrase on its first line"));
  return Secret(line);
}

absl::Status WriteKeyFile(const std::string& path, const PrivateKey& key, absl::string_view passphrase) {
  if (passphrase.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": the passphrase is empty"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Pkcs8InfoPtr info, ToPkcs8(key));
  std::array<uint8_t, kSaltSize> salt;
  randombytes_buf(salt.data(), salt.size());
  // −1 asks for PBES2; its PBKDF2 takes HMAC-SHA-256 unless told otherwise.
  const EncryptedPtr encrypted(PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase.data(),
                                             static_cast<int>(passphrase.size()), salt.data(), kSaltSize,
                                             kPbkdf2Iterations, info.get()));
  const internal::BioPtr bio(BIO_new(BIO_s_mem()));
  if (encrypted == nullptr || bio == nullptr || PEM_write_bio_PKCS8(bio.get(), encrypted.get()) != 1) {
    return internal::OpenSslError("cannot encrypt the key");
  }
  return WriteSecretFile(path, internal::BioView(bio.get()));
}

absl::Status WritePlaintextKeyFile(const std::string& path, const PrivateKey& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string pem, PrivateKeyToPem(key));
  const absl::Cleanup wiper = [&pem] { Wipe(pem); };
  return WriteSecretFile(path, pem);
}

absl::StatusOr<std::string> PrivateKeyToPem(const PrivateKey& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Pkcs8InfoPtr info, ToPkcs8(key));
  const internal::BioPtr bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr || PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), info.get()) != 1) {
    return internal::OpenSslError("cannot write the key as PEM");
  }
  return std::string(internal::BioView(bio.get()));
}

absl::StatusOr<PrivateKey> PrivateKeyFromPem(absl::string_view pem) {
  const internal::BioPtr bio = internal::ReadOnlyBio(pem);
  const Pkcs8InfoPtr info(PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio.get(), nullptr, nullptr, nullptr));
  if (info == nullptr) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("the PEM block of the private key cannot be read");
  }
  return FromPkcs8(info.get());
}

absl::StatusOr<std::string> PublicKeyToPem(const PublicKey& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(const internal::EvpKeyPtr evp, internal::ToEvpKey(key));
  const internal::BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), evp.get()) != 1) {
    return internal::OpenSslError("cannot write the public key as PEM");
  }
  return std::string(internal::BioView(bio.get()));
}

absl::StatusOr<PublicKey> PublicKeyFromPem(absl::string_view pem) {
  const internal::BioPtr bio = internal::ReadOnlyBio(pem);
  const internal::EvpKeyPtr evp(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (evp == nullptr) {
    internal::ClearOpenSslErrors();
    return absl::InvalidArgumentError("the PEM block of the public key cannot be read");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(PublicKey key, internal::PublicKeyOf(evp.get()));
  CAUSEWAY_RETURN_IF_ERROR(ValidatePublicKey(key));
  return key;
}

absl::StatusOr<Secret> ReadConfidentialityKey(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string text, ReadSecretFile(path));
  const absl::Cleanup wiper = [&text] { Wipe(text); };
  if (!text.empty() && text.back() == '\n') text.pop_back();
  std::optional<std::string> bytes = HexToBytes(text);
  if (!bytes.has_value() || bytes->size() != kConfidentialityKeySize) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": a confidentiality key is 64 lower-case hexadecimal digits and nothing else"));
  }
  Secret key(*bytes);
  Wipe(*bytes);
  return key;
}

absl::Status WriteConfidentialityKey(const std::string& path, const Secret& key) {
  if (key.size() != kConfidentialityKeySize) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": a confidentiality key has 32 bytes"));
  }
  // A string that grew would leave the digits behind where it was: they and the newline are written into one that has
  // its size from the start.
  std::string digits = BytesToHex(key.view());
  std::string text(digits.size() + 1, '\n');
  const absl::Cleanup wiper = [&digits, &text] {
    Wipe(digits);
    Wipe(text);
  };
  digits.copy(text.data(), digits.size());
  return WriteSecretFile(path, text);
}

}  // namespace causeway::crypto
