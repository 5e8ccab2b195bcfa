// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/signer.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/base/bytes.h"
#include "ledger/crypto/signature_scheme.h"
#include "tests/support/status_matchers.h"

namespace causeway::crypto {
namespace {

constexpr char kP256Order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr char kP256HalfOrder[] = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";

TEST(Signer, SignsWhatVerifyAccepts) {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kP256}) {
    absl::StatusOr<PrivateKey> key = PrivateKey::Generate(algorithm);
    CAUSEWAY_ASSERT_OK(key);
    CAUSEWAY_EXPECT_OK(ValidatePublicKey(key->public_key()));
    const PublicKey public_key = key->public_key();
    const std::unique_ptr<Signer> signer = MakeSigner(*std::move(key));
    EXPECT_EQ(signer->public_key(), public_key);
    for (const std::string& message : {std::string(), std::string("m"), std::string(100'000, 'x')}) {
      const absl::StatusOr<std::string> signature = signer->Sign(message);
      CAUSEWAY_ASSERT_OK(signature);
      EXPECT_TRUE(Verify(public_key, message, *signature));
    }
  }
}

TEST(Signer, P256SignaturesAreLowS) {
  const P256Signer signer(*PrivateKey::P256FromScalar(std::string(32, '\x07')));
  // Half of OpenSSL's own would be high: that none of 64 is happens by chance once in 2^64 runs.
  for (int i = 0; i < 64; ++i) {
    const std::string signature = *signer.Sign(std::string(1, static_cast<char>(i)));
    EXPECT_LE(BytesToHex(absl::string_view(signature).substr(32)), kP256HalfOrder);
  }
}

TEST(Signer, Ed25519SignaturesAreDeterministic) {
  const Ed25519Signer a(*PrivateKey::Ed25519FromSeed(std::string(32, '\x07')));
  const Ed25519Signer b(*PrivateKey::Ed25519FromSeed(std::string(32, '\x07')));
  EXPECT_EQ(*a.Sign("vote"), *b.Sign("vote"));
}

TEST(PrivateKey, GeneratedKeysDiffer) {
  EXPECT_NE(PrivateKey::Generate(KeyAlgorithm::kEd25519)->public_key(),
            PrivateKey::Generate(KeyAlgorithm::kEd25519)->public_key());
  EXPECT_NE(PrivateKey::Generate(KeyAlgorithm::kP256)->public_key(),
            PrivateKey::Generate(KeyAlgorithm::kP256)->public_key());
}

TEST(PrivateKey, AScalarGivesItsPublishedPoint) {
  // RFC 6979, appendix A.2.5.
  const absl::StatusOr<PrivateKey> key =
      PrivateKey::P256FromScalar(*HexToBytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  CAUSEWAY_ASSERT_OK(key);
  EXPECT_EQ(BytesToHex(key->public_key().bytes), "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
}

TEST(PrivateKey, RefusesWhatIsNoKey) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(PrivateKey::Ed25519FromSeed(std::string(31, 'a')), StatusIs(kInvalid, "32 bytes"));
  EXPECT_THAT(PrivateKey::P256FromScalar(std::string(33, 'a')), StatusIs(kInvalid, "32 bytes"));
  EXPECT_THAT(PrivateKey::P256FromScalar(std::string(32, '\0')), StatusIs(kInvalid, "zero"));
  EXPECT_THAT(PrivateKey::P256FromScalar(*HexToBytes(kP256Order)), StatusIs(kInvalid, "not below"));
  std::string last = *HexToBytes(kP256Order);
  last.back() = static_cast<char>(last.back() - 1);
  CAUSEWAY_EXPECT_OK(PrivateKey::P256FromScalar(last));
}

TEST(PrivateKey, ACloneSignsTheSame) {
  const PrivateKey key = *PrivateKey::Ed25519FromSeed(std::string(32, '\x07'));
  EXPECT_EQ(*MakeSigner(key.Clone())->Sign("m"), *MakeSigner(key.Clone())->Sign("m"));
}

TEST(SignatureScheme, BindsASignatureToItsValidatorsIndex) {
  std::vector<PublicKey> keys;
  for (char i = 1; i <= 4; ++i) keys.push_back(PrivateKey::Ed25519FromSeed(std::string(32, i))->public_key());
  const std::shared_ptr<const Signer> own = MakeSigner(*PrivateKey::Ed25519FromSeed(std::string(32, '\x03')));
  const KeyedSignatureScheme scheme(keys, own);
  EXPECT_EQ(scheme.validators(), 4u);
  const std::string signature = *scheme.Sign("vote");
  EXPECT_TRUE(scheme.Verify(2, "vote", signature));
  EXPECT_FALSE(scheme.Verify(1, "vote", signature));
  EXPECT_FALSE(scheme.Verify(2, "other vote", signature));
  EXPECT_FALSE(scheme.Verify(4, "vote", signature));
  EXPECT_FALSE(scheme.Verify(0xffffffff, "vote", signature));
}

TEST(SignatureScheme, WithoutAKeySignsNothing) {
  const KeyedSignatureScheme scheme({}, nullptr);
  EXPECT_THAT(scheme.Sign("vote"), StatusIs(absl::StatusCode::kFailedPrecondition, "no validator key"));
}

}  // namespace
}  // namespace causeway::crypto
