// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/base/bytes.h"
#include "ledger/chain/genesis.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_chain.h"

namespace causeway::chain {
namespace {

TEST(Quorum, IsAllButTheFaultBound) {
  EXPECT_EQ(Quorum(1), 1u);
  EXPECT_EQ(Quorum(2), 2u);
  EXPECT_EQ(Quorum(3), 3u);
  EXPECT_EQ(Quorum(4), 3u);
  EXPECT_EQ(Quorum(5), 4u);
  EXPECT_EQ(Quorum(6), 5u);
  EXPECT_EQ(Quorum(7), 5u);
  EXPECT_EQ(Quorum(10), 7u);
}

TEST(VotePreimage, HasTheLayoutThatItsTagStates) {
  const Hash chain_id = *Hash::FromBytes(std::string(32, 'c'));
  const Hash block = *Hash::FromBytes(std::string(32, 'b'));
  std::string expected = std::string("causeway/vote/v1") + '\0' + chain_id.ToString() + '\3';
  AppendBigEndian64(expected, 2);
  AppendBigEndian64(expected, 9);
  const std::string nullify_end = expected;
  AppendBigEndian64(expected, 8);
  expected += block.ToString();
  EXPECT_EQ(VotePreimage(chain_id, {v1::VOTE_KIND_FINALIZE, Epoch(2), View(9), View(8), block}), expected);
  std::string nullify = VotePreimage(chain_id, {v1::VOTE_KIND_NULLIFY, Epoch(2), View(9), View(8), block});
  EXPECT_EQ(nullify[49], '\2');
  nullify[49] = '\3';
  EXPECT_EQ(nullify, nullify_end);
}

class CertificateTest : public ::testing::Test {
 protected:
  CertificateTest() : scheme_(ValidatorKeys(GenesisValidators(chain_.genesis())), nullptr) {
    chain_.Append(std::vector<std::string>{});
    certificate_ = chain_.Finalize(1);
  }
  absl::Status Verify() const {
    return VerifyFinalization(chain_.chain_id(), certificate_, Epoch(0), chain_.tip().hash, scheme_);
  }

  testing::TestChain chain_;
  crypto::KeyedSignatureScheme scheme_;
  v1::Certificate certificate_;
};

TEST_F(CertificateTest, AQuorumVerifies) {
  CAUSEWAY_EXPECT_OK(Verify());
}

TEST_F(CertificateTest, OneSignerTooFewIsRefused) {
  certificate_.mutable_signers()->RemoveLast();
  certificate_.mutable_signatures()->resize(2 * 64);
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kInvalidArgument, "2 signers"));
}

TEST_F(CertificateTest, ASignerCountedTwiceIsRefused) {
  certificate_.set_signers(1, 0);
  certificate_.mutable_signatures()->replace(64, 64, certificate_.signatures().substr(0, 64));
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kInvalidArgument, "not ascending"));
}

TEST_F(CertificateTest, AnUnknownValidatorIsRefused) {
  certificate_.set_signers(2, 4);
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kInvalidArgument, "validator 4 of 4"));
}

TEST_F(CertificateTest, AnothersSignatureIsRefused) {
  certificate_.set_signers(2, 3);
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kInvalidArgument, "validator 3 does not verify"));
}

TEST_F(CertificateTest, SignaturesOfAnotherNumberAreRefused) {
  certificate_.mutable_signatures()->push_back('x');
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kInvalidArgument, "one signature for each signer"));
}

// CometBFT GHSA-c32p-wcqj-j677: a field that no signature covered was used all the same.
TEST_F(CertificateTest, EveryFieldIsSigned) {
  const v1::Certificate valid = certificate_;
  certificate_.set_view(2);
  EXPECT_FALSE(Verify().ok());
  certificate_ = chain_.Finalize(1);
  certificate_.set_epoch(1);
  EXPECT_FALSE(VerifyFinalization(chain_.chain_id(), certificate_, Epoch(1), chain_.tip().hash, scheme_).ok());
  EXPECT_FALSE(Verify().ok());
  certificate_ = valid;
  certificate_.set_kind(v1::VOTE_KIND_NOTARIZE);
  EXPECT_FALSE(VerifyCertificate(chain_.chain_id(), certificate_, scheme_).ok());
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kInvalidArgument, "not a finalization"));
  certificate_ = valid;
  certificate_.set_block_hash(std::string(32, 'b'));
  EXPECT_FALSE(VerifyCertificate(chain_.chain_id(), certificate_, scheme_).ok());
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kInvalidArgument, "is for block"));
  EXPECT_FALSE(VerifyFinalization(Hash::Zero(), valid, Epoch(0), chain_.tip().hash, scheme_).ok());
}

// Well signed, and of another epoch, whose validators may be others.
TEST_F(CertificateTest, AFinalizationIsOfItsEpochAlone) {
  EXPECT_THAT(VerifyFinalization(chain_.chain_id(), certificate_, Epoch(1), chain_.tip().hash, scheme_),
              StatusIs(absl::StatusCode::kInvalidArgument, "epoch"));
}

TEST_F(CertificateTest, AMalformedSubjectIsRefused) {
  const v1::Certificate valid = certificate_;
  certificate_.set_parent_view(certificate_.view());
  EXPECT_FALSE(SubjectOf(certificate_).ok());
  certificate_ = valid;
  certificate_.mutable_block_hash()->pop_back();
  EXPECT_THAT(SubjectOf(certificate_), StatusIs(absl::StatusCode::kInvalidArgument, "32 bytes"));
  v1::Certificate nullification;
  nullification.set_kind(v1::VOTE_KIND_NULLIFY);
  EXPECT_FALSE(SubjectOf(nullification).ok());
  nullification.set_view(4);
  EXPECT_TRUE(SubjectOf(nullification).ok());
  nullification.set_parent_view(3);
  EXPECT_FALSE(SubjectOf(nullification).ok());
  nullification.set_parent_view(0);
  nullification.set_block_hash(std::string(32, 'b'));
  EXPECT_FALSE(SubjectOf(nullification).ok());
  EXPECT_FALSE(SubjectOf(v1::Vote()).ok());
}

TEST(ValidatorSetHash, DependsOnOrderAndEpoch) {
  v1::ValidatorSet set = GenesisValidators(testing::TestChain().genesis());
  const Hash hash = ValidatorSetHash(set);
  set.set_epoch(1);
  EXPECT_NE(ValidatorSetHash(set), hash);
  set.set_epoch(0);
  set.mutable_validators()->SwapElements(0, 1);
  EXPECT_NE(ValidatorSetHash(set), hash);
}

}  // namespace
}  // namespace causeway::chain
