// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/signature.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/base/bytes.h"
#include "ledger/crypto/signer.h"
#include "tests/support/status_matchers.h"
#include "tests/vectors/vector_file.h"

namespace causeway::crypto {
namespace {

constexpr auto kRefused = absl::StatusCode::kInvalidArgument;

TEST(Ed25519, HoldsTheVectorsOfRfc8032) {
  const auto vectors = ReadVectorFile("rfc8032_ed25519.txt");
  ASSERT_EQ(vectors.size(), 5u);
  for (const auto& vector : vectors) {
    const std::string message = VectorBytes(vector[2]);
    const std::string signature = VectorBytes(vector[3]);
    absl::StatusOr<PrivateKey> key = PrivateKey::Ed25519FromSeed(VectorBytes(vector[0]));
    CAUSEWAY_ASSERT_OK(key);
    EXPECT_EQ(BytesToHex(key->public_key().bytes), vector[1]) << vector[4];
    CAUSEWAY_EXPECT_OK(ValidatePublicKey(key->public_key()));
    EXPECT_TRUE(Verify(key->public_key(), message, signature)) << vector[4];
    EXPECT_EQ(BytesToHex(*Ed25519Signer(key->Clone()).Sign(message)), vector[3]) << vector[4];
  }
}

TEST(Signature, TheRuleDecidesEveryDisputedCase) {
  const auto cases = ReadVectorFile("signature_cases.txt");
  int valid = 0;
  int invalid = 0;
  for (const auto& fields : cases) {
    ASSERT_EQ(fields.size(), 6u);
    const KeyAlgorithm algorithm = fields[0] == "p256" ? KeyAlgorithm::kP256 : KeyAlgorithm::kEd25519;
    const PublicKey key{algorithm, VectorBytes(fields[1])};
    const bool expected = fields[4] == "valid";
    EXPECT_EQ(Verify(key, VectorBytes(fields[2]), VectorBytes(fields[3])), expected) << fields[0] << ": " << fields[5];
    // A key that can be valid somewhere passes the check of keys.
    if (expected) {
      CAUSEWAY_EXPECT_OK(ValidatePublicKey(key)) << fields[5];
    }
    ++(expected ? valid : invalid);
  }
  EXPECT_EQ(valid, 20);
  EXPECT_EQ(invalid, 174);
}

class EverySingleBit : public ::testing::TestWithParam<KeyAlgorithm> {};

TEST_P(EverySingleBit, OfSignatureKeyAndMessageCounts) {
  absl::StatusOr<PrivateKey> key = GetParam() == KeyAlgorithm::kEd25519
                                       ? PrivateKey::Ed25519FromSeed(std::string(32, '\x42'))
                                       : PrivateKey::P256FromScalar(std::string(32, '\x42'));
  CAUSEWAY_ASSERT_OK(key);
  const std::string message = "pay the bearer";
  const std::string signature = *MakeSigner(key->Clone())->Sign(message);
  const PublicKey& public_key = key->public_key();
  ASSERT_TRUE(Verify(public_key, message, signature));
  const auto flipped = [](std::string bytes, size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    return bytes;
  };
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    EXPECT_FALSE(Verify(public_key, message, flipped(signature, bit))) << "signature bit " << bit;
  }
  for (size_t bit = 0; bit < message.size() * 8; ++bit) {
    EXPECT_FALSE(Verify(public_key, flipped(message, bit), signature)) << "message bit " << bit;
  }
  for (size_t bit = 0; bit < public_key.bytes.size() * 8; ++bit) {
    const PublicKey other{public_key.algorithm, flipped(public_key.bytes, bit)};
    EXPECT_FALSE(Verify(other, message, signature)) << "key bit " << bit;
  }
}

INSTANTIATE_TEST_SUITE_P(Signature, EverySingleBit, ::testing::Values(KeyAlgorithm::kEd25519, KeyAlgorithm::kP256),
                         [](const auto& test) { return std::string(KeyAlgorithmName(test.param)); });

TEST(Signature, AnUnknownAlgorithmVerifiesNothing) {
  const PublicKey key{static_cast<KeyAlgorithm>(3), std::string(32, '\x01')};
  EXPECT_FALSE(Verify(key, "", std::string(64, '\0')));
  EXPECT_THAT(ValidatePublicKey(key), StatusIs(kRefused, "unknown key algorithm"));
  EXPECT_EQ(KeyAlgorithmName(key.algorithm), "unknown");
}

TEST(PublicKey, SaysWhatIsWrongWithIt) {
  const auto ed25519 = [](const std::string& hex) { return PublicKey{KeyAlgorithm::kEd25519, *HexToBytes(hex)}; };
  const auto p256 = [](const std::string& hex) { return PublicKey{KeyAlgorithm::kP256, *HexToBytes(hex)}; };
  const std::string zeros(60, '0');
  EXPECT_THAT(ValidatePublicKey(ed25519("00")), StatusIs(kRefused, "have 32 bytes, not 1"));
  EXPECT_THAT(ValidatePublicKey(ed25519("01" + zeros + "00")), StatusIs(kRefused, "small order"));
  EXPECT_THAT(ValidatePublicKey(ed25519("01" + zeros + "80")), StatusIs(kRefused, "small order"));
  EXPECT_THAT(ValidatePublicKey(ed25519("f0" + std::string(60, 'f') + "7f")), StatusIs(kRefused, "canonical"));
  EXPECT_THAT(ValidatePublicKey(ed25519("02" + zeros + "00")), StatusIs(kRefused, "not a point"));
  EXPECT_THAT(ValidatePublicKey(p256("02")), StatusIs(kRefused, "have 33 bytes, not 1"));
  EXPECT_THAT(ValidatePublicKey(p256("04" + zeros + "0005")), StatusIs(kRefused, "not compressed"));
  EXPECT_THAT(ValidatePublicKey(p256("02" + std::string(64, 'f'))), StatusIs(kRefused, "canonical"));
  EXPECT_THAT(ValidatePublicKey(p256("02" + zeros + "0001")), StatusIs(kRefused, "not a point"));
  CAUSEWAY_EXPECT_OK(ValidatePublicKey(p256("02" + zeros + "0005")));
}

TEST(PublicKey, ComparesByAlgorithmAndBytes) {
  const PublicKey key{KeyAlgorithm::kEd25519, "k"};
  EXPECT_EQ(key, (PublicKey{KeyAlgorithm::kEd25519, "k"}));
  EXPECT_NE(key, (PublicKey{KeyAlgorithm::kP256, "k"}));
  EXPECT_NE(key, (PublicKey{KeyAlgorithm::kEd25519, "l"}));
}

}  // namespace
}  // namespace causeway::crypto
