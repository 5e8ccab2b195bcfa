// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/domain.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/crypto/signature.h"

namespace causeway::crypto {
namespace {

const Hash kChain = *Hash::FromBytes(std::string(32, '\x11'));
const Hash kBody = *Hash::FromBytes(std::string(32, '\x22'));

TEST(Domain, APreimageIsTagZeroAndParts) {
  EXPECT_EQ(TransactionPreimage(kChain, kBody), std::string("causeway/transaction/v1") + std::string(1, '\0') +
                                                    std::string(32, '\x11') + std::string(32, '\x22'));
}

TEST(Domain, EachKindOfPartIsFramedByItsType) {
  const std::string prefix = std::string("causeway/vote/v1") + std::string(1, '\0');
  EXPECT_EQ(Preimage(kVoteTag, uint8_t{7}), prefix + "\x07");
  EXPECT_EQ(Preimage(kVoteTag, uint32_t{0x01020304}), prefix + "\x01\x02\x03\x04");
  EXPECT_EQ(Preimage(kVoteTag, uint64_t{0x0102030405060708}), prefix + "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(Preimage(kVoteTag, absl::string_view("ab")), prefix + std::string("\0\0\0\2ab", 6));
  EXPECT_EQ(Preimage(kVoteTag, absl::string_view()), prefix + std::string(4, '\0'));
  EXPECT_EQ(Preimage(kVoteTag, Tail{"ab"}), prefix + "ab");
}

TEST(Domain, MovingABoundaryBetweenVariablePartsChangesThePreimage) {
  EXPECT_NE(Preimage(kExpiryBucketTag, absl::string_view("ab"), absl::string_view("c")),
            Preimage(kExpiryBucketTag, absl::string_view("a"), absl::string_view("bc")));
}

TEST(Domain, TheHashIsThatOfThePreimage) {
  EXPECT_EQ(DomainHash(kTransactionTag, kChain, kBody), Sha256(TransactionPreimage(kChain, kBody)));
}

TEST(Domain, TagsAreDistinctAndNoneContainsAZeroByte) {
  const std::vector<DomainTag> tags = {
      kTransactionTag, kVoteTag,           kChainIdTag,           kKeyIdTag,
      kAdmissionTag,   kRestrictedSaltTag, kRestrictedRecordTag,  kExpiryBucketTag,
      kVoteLogEchoTag, kNodeTag,           kPolicyAttestationTag, kCertificateSerialTag,
      kCaseTag,        kCaseHoldTag,
  };
  std::set<std::string> names;
  for (const DomainTag& tag : tags) {
    EXPECT_TRUE(names.insert(tag.name()).second) << tag.name();
    EXPECT_EQ(std::string(tag.name()).rfind("causeway/", 0), 0u) << tag.name();
  }
}

TEST(KeyId, IsTheHashOfTagAlgorithmAndKey) {
  const PublicKey key{KeyAlgorithm::kEd25519, std::string(32, '\x33')};
  EXPECT_EQ(KeyIdOf(key).bytes(),
            Sha256(std::string("causeway/key/v1") + std::string(1, '\0') + "\x01" + key.bytes).bytes());
  EXPECT_NE(KeyIdOf(key), KeyIdOf(PublicKey{KeyAlgorithm::kP256, key.bytes}));
}

}  // namespace
}  // namespace causeway::crypto
