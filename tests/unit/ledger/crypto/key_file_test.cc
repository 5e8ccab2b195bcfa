// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/key_file.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/base/bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/vectors/vector_file.h"

namespace causeway::crypto {
namespace {

using ::testing::Not;
using ::testing::StartsWith;

class KeyFile : public ::testing::Test {
 protected:
  KeyFile() {
    std::string name = ::testing::TempDir() + "key_file_test.XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~KeyFile() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  void WriteFile(const std::string& path, const std::string& content, mode_t mode = 0600) const {
    std::ofstream(path) << content;
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }

  static std::string ReadFile(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
  }

  size_t FilesInDirectory() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }

  std::string directory_;
  const PrivateKey ed25519_ = *PrivateKey::Ed25519FromSeed(std::string(32, '\x21'));
  const PrivateKey p256_ = *PrivateKey::P256FromScalar(std::string(32, '\x21'));
};

// A key encrypted by OpenSSL with other parameters than ours.
std::string EncryptedByOpenSsl(const PrivateKey& key, int pbe, int iterations, const std::string& passphrase) {
  const std::string plain = *PrivateKeyToPem(key);
  BIO* in = BIO_new_mem_buf(plain.data(), static_cast<int>(plain.size()));
  PKCS8_PRIV_KEY_INFO* info = PEM_read_bio_PKCS8_PRIV_KEY_INFO(in, nullptr, nullptr, nullptr);
  X509_SIG* encrypted = PKCS8_encrypt(pbe, EVP_aes_256_cbc(), passphrase.data(), static_cast<int>(passphrase.size()),
                                      nullptr, 0, iterations, info);
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8(out, encrypted);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(in);
  BIO_free(out);
  PKCS8_PRIV_KEY_INFO_free(info);
  X509_SIG_free(encrypted);
  return pem;
}

// 0x04 ‖ x ‖ y: the end of the key's SubjectPublicKeyInfo as OpenSSL writes it uncompressed.
std::string UncompressedPoint(const PublicKey& key) {
  EC_GROUP* group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  EC_POINT* point = EC_POINT_new(group);
  std::string bytes(65, '\0');
  EC_POINT_oct2point(group, point, reinterpret_cast<const uint8_t*>(key.bytes.data()), key.bytes.size(), nullptr);
  EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, reinterpret_cast<uint8_t*>(bytes.data()), 65,
                     nullptr);
  EC_POINT_free(point);
  EC_GROUP_free(group);
  return bytes;
}

TEST_F(KeyFile, IsReadBackAsItWasWritten) {
  for (const PrivateKey* key : {&ed25519_, &p256_}) {
    const std::string path = Path(std::string(KeyAlgorithmName(key->public_key().algorithm)));
    CAUSEWAY_ASSERT_OK(WriteKeyFile(path, *key, "correct horse"));
    EXPECT_THAT(ReadFile(path), StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    const absl::StatusOr<PrivateKey> read = ReadKeyFile(path, "correct horse");
    CAUSEWAY_ASSERT_OK(read);
    EXPECT_EQ(read->public_key(), key->public_key());
    EXPECT_EQ(read->secret().view(), key->secret().view());
    struct stat info;
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
  }
}

TEST_F(KeyFile, IsWhatTheOpensslCommandReads) {
  CAUSEWAY_ASSERT_OK(WriteKeyFile(Path("key"), p256_, "correct horse"));
  const std::string command = "openssl pkey -in " + Path("key") + " -passin pass:'correct horse' -pubout -out " +
                              Path("public") + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(*PublicKeyFromPem(ReadFile(Path("public"))), p256_.public_key());
}

TEST_F(KeyFile, WithAWrongPassphraseStaysShut) {
  CAUSEWAY_ASSERT_OK(WriteKeyFile(Path("key"), ed25519_, "correct horse"));
  EXPECT_THAT(ReadKeyFile(Path("key"), "wrong horse"), StatusIs(absl::StatusCode::kUnauthenticated, Path("key")));
  EXPECT_THAT(ReadKeyFile(Path("key"), ""), StatusIs(absl::StatusCode::kUnauthenticated, "no passphrase"));
}

TEST_F(KeyFile, DamagedIsRefusedOrStillTheSameKey) {
  CAUSEWAY_ASSERT_OK(WriteKeyFile(Path("key"), p256_, "correct horse"));
  const std::string content = ReadFile(Path("key"));
  int refused = 0;
  // Every 17th byte: each attempt to decrypt costs a key derivation.
  for (size_t at = 0; at < content.size(); at += 17) {
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    WriteFile(Path("damaged"), damaged);
    const absl::StatusOr<PrivateKey> read = ReadKeyFile(Path("damaged"), "correct horse");
    // A line's end may be any white space. Anything else must not open as another key.
    if (read.ok()) {
      EXPECT_EQ(read->public_key(), p256_.public_key()) << at;
    }
    refused += read.ok() ? 0 : 1;
  }
  EXPECT_GE(refused, 20);
}

TEST_F(KeyFile, WhoseScalarIsNotOfItsPointIsRefused) {
  // PKCS#8 of P-256 carries both; take the point of one key and the scalar of another.
  const PrivateKey other = *PrivateKey::P256FromScalar(std::string(32, '\x22'));
  std::string der = VectorBytes("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420" +
                                BytesToHex(p256_.secret().view()) + "a144034200");
  der += UncompressedPoint(other.public_key());
  const std::string pem = "-----BEGIN PRIVATE KEY-----\n" + BytesToBase64(der) + "\n-----END PRIVATE KEY-----\n";
  EXPECT_THAT(PrivateKeyFromPem(pem), Not(IsOk()));
  der.replace(der.size() - 65, 65, UncompressedPoint(p256_.public_key()));
  CAUSEWAY_EXPECT_OK(
      PrivateKeyFromPem("-----BEGIN PRIVATE KEY-----\n" + BytesToBase64(der) + "\n-----END PRIVATE KEY-----\n"));
}

TEST_F(KeyFile, ThatOthersCanReadIsRefusedWithTheCommandToMendIt) {
  CAUSEWAY_ASSERT_OK(WriteKeyFile(Path("key"), ed25519_, "correct horse"));
  for (const mode_t mode : {0640, 0604, 0660, 0610, 0601, 0602, 0777}) {
    ASSERT_EQ(chmod(Path("key").c_str(), mode), 0);
    const absl::StatusOr<PrivateKey> read = ReadKeyFile(Path("key"), "correct horse");
    EXPECT_THAT(read, StatusIs(absl::StatusCode::kPermissionDenied, "run: chmod 600 " + Path("key"))) << mode;
  }
  ASSERT_EQ(chmod(Path("key").c_str(), 0400), 0);
  CAUSEWAY_EXPECT_OK(ReadKeyFile(Path("key"), "correct horse"));
}

TEST_F(KeyFile, OfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  CAUSEWAY_ASSERT_OK(WriteKeyFile(Path("key"), ed25519_, "correct horse"));
  ASSERT_EQ(chown(Path("key").c_str(), 12345, 0), 0);
  EXPECT_THAT(ReadKeyFile(Path("key"), "correct horse"),
              StatusIs(absl::StatusCode::kPermissionDenied, "another user (uid 12345)"));
}

TEST_F(KeyFile, InTheClearNeedsLeave) {
  CAUSEWAY_ASSERT_OK(WritePlaintextKeyFile(Path("key"), p256_));
  EXPECT_THAT(ReadKeyFile(Path("key"), ""), StatusIs(absl::StatusCode::kFailedPrecondition, "not encrypted"));
  const absl::StatusOr<PrivateKey> read = ReadKeyFile(Path("key"), "", PlaintextKeys::kAllow);
  CAUSEWAY_ASSERT_OK(read);
  EXPECT_EQ(read->public_key(), p256_.public_key());
}

TEST_F(KeyFile, IsNeverOverwritten) {
  CAUSEWAY_ASSERT_OK(WriteKeyFile(Path("key"), ed25519_, "correct horse"));
  const std::string before = ReadFile(Path("key"));
  EXPECT_THAT(WriteKeyFile(Path("key"), p256_, "correct horse"),
              StatusIs(absl::StatusCode::kAlreadyExists, "never overwritten"));
  EXPECT_EQ(ReadFile(Path("key")), before);
  EXPECT_EQ(FilesInDirectory(), 1u);
}

TEST_F(KeyFile, LeavesNothingBehindWhereItCannotBeWritten) {
  EXPECT_THAT(WriteKeyFile(Path("no/such/directory/key"), ed25519_, "p"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(FilesInDirectory(), 0u);
}

TEST_F(KeyFile, NeedsAPassphrase) {
  EXPECT_THAT(WriteKeyFile(Path("key"), ed25519_, ""), StatusIs(absl::StatusCode::kInvalidArgument, "empty"));
  EXPECT_EQ(FilesInDirectory(), 0u);
}

TEST_F(KeyFile, EncryptedTooCheaplyIsRefused) {
  const int with_pbkdf2 = -1;
  WriteFile(Path("weak"), EncryptedByOpenSsl(ed25519_, with_pbkdf2, kPbkdf2IterationsMin - 1, "p"));
  EXPECT_THAT(ReadKeyFile(Path("weak"), "p"), StatusIs(absl::StatusCode::kInvalidArgument, "209999 iterations"));
  WriteFile(Path("enough"), EncryptedByOpenSsl(ed25519_, with_pbkdf2, kPbkdf2IterationsMin, "p"));
  CAUSEWAY_EXPECT_OK(ReadKeyFile(Path("enough"), "p"));
  WriteFile(Path("old"), EncryptedByOpenSsl(ed25519_, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 300'000, "p"));
  EXPECT_THAT(ReadKeyFile(Path("old"), "p"), StatusIs(absl::StatusCode::kInvalidArgument, "not by PBES2"));
}

TEST_F(KeyFile, EncryptedWithScryptIsRead) {
  CAUSEWAY_ASSERT_OK(WritePlaintextKeyFile(Path("plain"), ed25519_));
  const std::string command = "umask 077; openssl pkcs8 -topk8 -scrypt -in " + Path("plain") +
                              " -passout pass:p -out " + Path("scrypt") + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const absl::StatusOr<PrivateKey> read = ReadKeyFile(Path("scrypt"), "p");
  CAUSEWAY_ASSERT_OK(read);
  EXPECT_EQ(read->public_key(), ed25519_.public_key());
}

// A file whose scrypt parameters were changed where they stand.
TEST_F(KeyFile, EncryptedWithScryptTooCheaplyOrTooDearlyIsRefused) {
  CAUSEWAY_ASSERT_OK(WritePlaintextKeyFile(Path("plain"), ed25519_));
  const std::string command = "umask 077; openssl pkcs8 -topk8 -scrypt -outform DER -in " + Path("plain") +
                              " -passout pass:p -out " + Path("der") + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string der = ReadFile(Path("der"));
  // N = 16,384, r = 8, p = 1.
  const size_t at = der.find(VectorBytes("02024000020108020101"));
  ASSERT_NE(at, std::string::npos);
  const std::map<std::string, std::string> said = {
      {"02022000020108020101", "N = 8192, r = 8, p = 1; at least N = 16384 and r = 8"},
      {"02024000020107020101", "N = 16384, r = 7, p = 1; at least N = 16384 and r = 8"},
      {"0202400002010802017f", "N = 16384, r = 8, p = 127; less than 32 MiB of memory"},
      {"02024000020110020101", "N = 16384, r = 16, p = 1; less than 32 MiB of memory"},
      {"0202400002017f020101", "N = 16384, r = 127, p = 1; less than 32 MiB of memory"},
      {"020240000201ff020101", "scrypt parameters cannot be read"},
      {"02024000020108020100", "scrypt parameters cannot be read"}};
  for (const auto& [parameters, refusal] : said) {
    std::string changed = der;
    changed.replace(at, 10, VectorBytes(parameters));
    WriteFile(Path("changed"), "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + BytesToBase64(changed) +
                                   "\n-----END ENCRYPTED PRIVATE KEY-----\n");
    EXPECT_THAT(ReadKeyFile(Path("changed"), "p"), StatusIs(absl::StatusCode::kInvalidArgument, refusal)) << parameters;
    EXPECT_THAT(ReadKeyFile(Path("changed"), "p"), StatusIs(absl::StatusCode::kInvalidArgument, Path("changed")));
  }
}

TEST_F(KeyFile, OfAPassphraseIsItsFirstLineAndNobodyElsesToRead) {
  WriteFile(Path("passphrase"), "correct horse\r\nand more\n");
  EXPECT_EQ(ReadPassphraseFile(Path("passphrase"))->view(), "correct horse");
  WriteFile(Path("passphrase"), "no end of line");
  EXPECT_EQ(ReadPassphraseFile(Path("passphrase"))->view(), "no end of line");
  WriteFile(Path("empty"), "\nsecond line\n");
  EXPECT_THAT(ReadPassphraseFile(Path("empty")), StatusIs(absl::StatusCode::kInvalidArgument, "no passphrase"));
  EXPECT_THAT(ReadPassphraseFile(Path("missing")), StatusIs(absl::StatusCode::kNotFound, Path("missing")));
  for (const mode_t mode : {0640, 0604, 0622}) {
    ASSERT_EQ(chmod(Path("passphrase").c_str(), mode), 0);
    EXPECT_THAT(ReadPassphraseFile(Path("passphrase")),
                StatusIs(absl::StatusCode::kPermissionDenied, "run: chmod 600 " + Path("passphrase")));
  }
  // A pipe that a shell hands over is nobody else's, whatever its mode says.
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "through a pipe\n", 15), 15);
  close(ends[1]);
  EXPECT_EQ(ReadPassphraseFile("/dev/fd/" + std::to_string(ends[0]))->view(), "through a pipe");
  close(ends[0]);
}

TEST_F(KeyFile, ThatIsNoneSaysSo) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(ReadKeyFile(Path("missing"), "p"), StatusIs(absl::StatusCode::kNotFound, Path("missing")));
  EXPECT_THAT(ReadKeyFile(directory_, "p"), Not(IsOk()));
  WriteFile(Path("empty"), "");
  EXPECT_THAT(ReadKeyFile(Path("empty"), "p"), StatusIs(kInvalid, "no PKCS#8 private key"));
  WriteFile(Path("text"), "-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----\n");
  EXPECT_THAT(ReadKeyFile(Path("text"), "p"), StatusIs(kInvalid, "openssl pkcs8 -topk8"));
  WriteFile(Path("broken"), "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMHc=\n-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_THAT(ReadKeyFile(Path("broken"), "p"), StatusIs(kInvalid, "cannot be read"));
  WriteFile(Path("clear"), "-----BEGIN PRIVATE KEY-----\nMHc=\n-----END PRIVATE KEY-----\n");
  EXPECT_THAT(ReadKeyFile(Path("clear"), "p", PlaintextKeys::kAllow), StatusIs(kInvalid, "cannot be read"));
  WriteFile(Path("huge"), std::string(100'000, 'x'));
  EXPECT_THAT(ReadKeyFile(Path("huge"), "p"), StatusIs(kInvalid, "too large"));
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadKeyFile(Path("pipe"), "p"), StatusIs(kInvalid, "not a regular file"));
}

TEST_F(KeyFile, OfAnotherAlgorithmIsRefused) {
  for (const std::string algorithm :
       {"RSA -pkeyopt rsa_keygen_bits:1024", "EC -pkeyopt ec_paramgen_curve:P-384", "X25519", "ED448"}) {
    const std::string command =
        "umask 077; openssl genpkey -algorithm " + algorithm + " -out " + Path("foreign") + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << algorithm;
    EXPECT_THAT(ReadKeyFile(Path("foreign"), "", PlaintextKeys::kAllow),
                StatusIs(absl::StatusCode::kInvalidArgument, "neither Ed25519 nor ECDSA on P-256"))
        << algorithm;
  }
}

TEST(KeyPem, GoesThereAndBack) {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kP256}) {
    const PrivateKey key = *PrivateKey::Generate(algorithm);
    EXPECT_EQ(PrivateKeyFromPem(*PrivateKeyToPem(key))->secret().view(), key.secret().view());
    EXPECT_EQ(*PublicKeyFromPem(*PublicKeyToPem(key.public_key())), key.public_key());
  }
  EXPECT_THAT(PrivateKeyFromPem(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PublicKeyFromPem("nonsense"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PublicKeyToPem(PublicKey{KeyAlgorithm::kP256, "short"}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(KeyFile, OfTheConfidentialityKeyIsHexAndSecret) {
  const Secret key(std::string(32, '\xa5'));
  CAUSEWAY_ASSERT_OK(WriteConfidentialityKey(Path("confidentiality.key"), key));
  EXPECT_EQ(ReadFile(Path("confidentiality.key")).size(), 65u);
  EXPECT_THAT(ReadFile(Path("confidentiality.key")), StartsWith("a5a5a5"));
  const absl::StatusOr<Secret> read = ReadConfidentialityKey(Path("confidentiality.key"));
  CAUSEWAY_ASSERT_OK(read);
  EXPECT_EQ(read->view(), key.view());
  EXPECT_THAT(WriteConfidentialityKey(Path("confidentiality.key"), key), StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_EQ(chmod(Path("confidentiality.key").c_str(), 0644), 0);
  EXPECT_THAT(ReadConfidentialityKey(Path("confidentiality.key")),
              StatusIs(absl::StatusCode::kPermissionDenied, "chmod 600"));
}

TEST_F(KeyFile, OfAConfidentialityKeyOfAnotherFormIsRefused) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(WriteConfidentialityKey(Path("short"), Secret("short")), StatusIs(kInvalid, "32 bytes"));
  const std::string good(64, 'a');
  WriteFile(Path("no newline"), good);
  CAUSEWAY_EXPECT_OK(ReadConfidentialityKey(Path("no newline")));
  int n = 0;
  for (const std::string& bad : {std::string(), std::string("\n"), good.substr(2), good + "aa", good + "\n\n",
                                 std::string(64, 'A'), std::string(64, 'g'), " " + good.substr(1)}) {
    const std::string path = Path("bad" + std::to_string(n++));
    WriteFile(path, bad);
    EXPECT_THAT(ReadConfidentialityKey(path), StatusIs(kInvalid, "64 lower-case hexadecimal digits")) << bad;
  }
}

}  // namespace
}  // namespace causeway::crypto
