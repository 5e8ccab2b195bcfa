// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/evidence.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/chain/genesis.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_chain.h"

namespace causeway::chain {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kValidator = 2;

Hash Filled(char c) {
  return *Hash::FromBytes(std::string(32, c));
}

const VoteSubject kNullify{v1::VOTE_KIND_NULLIFY, Epoch(0), View(9)};
const VoteSubject kNotarize{v1::VOTE_KIND_NOTARIZE, Epoch(0), View(9), View(8), Filled('a')};
const VoteSubject kFinalize{v1::VOTE_KIND_FINALIZE, Epoch(0), View(9), View(8), Filled('a')};

VoteSubject WithBlock(VoteSubject subject, char c) {
  subject.block_hash = Filled(c);
  return subject;
}

class EvidenceTest : public ::testing::Test {
 protected:
  EvidenceTest() : scheme_(ValidatorKeys(GenesisValidators(chain_.genesis())), nullptr) {}

  v1::Vote Sign(const VoteSubject& subject, uint32_t validator = kValidator) const {
    v1::Vote vote;
    vote.set_kind(subject.kind);
    vote.set_epoch(subject.epoch.value());
    vote.set_view(subject.view.value());
    if (subject.kind != v1::VOTE_KIND_NULLIFY) {
      vote.set_parent_view(subject.parent_view.value());
      vote.set_block_hash(subject.block_hash.ToString());
    }
    vote.set_validator(validator);
    vote.set_signature(
        *testing::SignerNamed(absl::StrCat("validator ", validator))->Sign(VotePreimage(chain_.chain_id(), subject)));
    return vote;
  }
  v1::Evidence Both(const VoteSubject& first, const VoteSubject& second) const {
    v1::Evidence evidence;
    *evidence.mutable_first() = Sign(first);
    *evidence.mutable_second() = Sign(second);
    return evidence;
  }
  absl::StatusOr<Conflict> Verify(const v1::Evidence& evidence) const {
    return VerifyEvidence(chain_.chain_id(), evidence, scheme_);
  }
  // Why it is none.
  std::string Refusal(const v1::Evidence& evidence) const {
    const absl::StatusOr<Conflict> conflict = Verify(evidence);
    EXPECT_EQ(conflict.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(conflict.status().message());
  }

  testing::TestChain chain_;
  crypto::KeyedSignatureScheme scheme_;
};

TEST_F(EvidenceTest, TwoBlocksAreOneAndSoIsNullifyWithFinalize) {
  for (const auto& [first, second] :
       {std::pair(kNotarize, WithBlock(kNotarize, 'b')), std::pair(kFinalize, WithBlock(kFinalize, 'b')),
        std::pair(kNullify, kFinalize), std::pair(kFinalize, kNullify)}) {
    const absl::StatusOr<Conflict> conflict = Verify(Both(first, second));
    CAUSEWAY_ASSERT_OK(conflict.status());
    EXPECT_EQ(conflict->validator, kValidator);
    EXPECT_EQ(conflict->view, View(9));
    EXPECT_EQ(conflict->epoch, Epoch(0));
  }
}

TEST_F(EvidenceTest, OneBlockOnTwoParentsIsOneToo) {
  VoteSubject other = kNotarize;
  other.parent_view = View(7);
  EXPECT_TRUE(Verify(Both(kNotarize, other)).ok());
}

TEST_F(EvidenceTest, WhatAnHonestValidatorMaySignIsNone) {
  VoteSubject later = WithBlock(kFinalize, 'b');
  later.view = View(10);
  for (const auto& [first, second] :
       {std::pair(kNotarize, kNotarize), std::pair(kNotarize, kFinalize), std::pair(kNotarize, kNullify),
        std::pair(kNotarize, WithBlock(kFinalize, 'b')), std::pair(kNullify, kNullify), std::pair(kFinalize, later)}) {
    EXPECT_THAT(Refusal(Both(first, second)), HasSubstr("an honest validator may sign both"));
  }
}

TEST_F(EvidenceTest, VotesOfTwoValidatorsAreNone) {
  v1::Evidence evidence = Both(kNullify, kFinalize);
  *evidence.mutable_second() = Sign(kFinalize, 1);
  EXPECT_THAT(Refusal(evidence), HasSubstr("of validators 2 and 1"));
}

TEST_F(EvidenceTest, EverySignatureCounts) {
  const v1::Evidence good = Both(kNullify, kFinalize);
  for (v1::Vote* (v1::Evidence::*which)() : {&v1::Evidence::mutable_first, &v1::Evidence::mutable_second}) {
    v1::Evidence evidence = good;
    (*(evidence.*which)()->mutable_signature())[0] ^= 1;
    EXPECT_THAT(Refusal(evidence), HasSubstr("not that of validator 2"));
    evidence = good;
    (evidence.*which)()->clear_signature();
    EXPECT_THAT(Refusal(evidence), HasSubstr("not that of validator 2"));
    evidence = good;
    (evidence.*which)()->set_view(0);
    EXPECT_THAT(Refusal(evidence), HasSubstr("view 0"));
  }
  // A validator that the set does not have.
  v1::Evidence evidence = good;
  evidence.mutable_first()->set_validator(4);
  evidence.mutable_second()->set_validator(4);
  EXPECT_THAT(Refusal(evidence), HasSubstr("not that of validator 4"));
}

TEST_F(EvidenceTest, OfAnotherChainIsNone) {
  EXPECT_FALSE(VerifyEvidence(Filled('c'), Both(kNullify, kFinalize), scheme_).ok());
}

}  // namespace
}  // namespace causeway::chain
