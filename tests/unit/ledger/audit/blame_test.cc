// SPDX-License-Identifier: Apache-2.0
#include "ledger/audit/blame.h"

#include <gmock/gmock.h>

#include "ledger/chain/evidence.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/signature_scheme.h"
#include "tests/support/forked_history.h"

namespace causeway::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kShared;

class BlameTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::optional<Blame>> Find() const {
    return FindBlame(first_.store(), second_.store(), first_.chain().genesis());
  }
  Blame Found() const {
    const absl::StatusOr<std::optional<Blame>> blame = Find();
    CAUSEWAY_CHECK(blame.ok(), blame.status().ToString());
    CAUSEWAY_CHECK(blame->has_value(), "nothing was found");
    return **blame;
  }
  // Whom the evidence names; each piece verifies by itself.
  std::vector<uint32_t> Named(const Blame& blame) const {
    const testing::TestChain& chain = first_.chain();
    const crypto::KeyedSignatureScheme scheme(chain::ValidatorKeys(chain::GenesisValidators(chain.genesis())), nullptr);
    std::vector<uint32_t> named;
    for (const v1::Evidence& evidence : blame.evidence) {
      const absl::StatusOr<chain::Conflict> conflict = chain::VerifyEvidence(chain.chain_id(), evidence, scheme);
      EXPECT_TRUE(conflict.ok()) << conflict.status();
      if (conflict.ok()) named.push_back(conflict->validator);
    }
    return named;
  }

  testing::ForkedHistory first_{20};
  testing::ForkedHistory second_{30};
};

TEST_F(BlameTest, WhoeverSignedBothIsNamedAndNobodyElse) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3});
  const Blame blame = Found();
  EXPECT_EQ(blame.height, kShared + 1);
  EXPECT_EQ(blame.view, kShared + 1);
  EXPECT_EQ(blame.first_block, first_.chain().blocks()[kShared + 1]->hash);
  EXPECT_EQ(blame.second_block, second_.chain().blocks()[kShared + 1]->hash);
  EXPECT_THAT(Named(blame), ElementsAre(1, 2));
}

TEST_F(BlameTest, FinalizationsOfSeveralBlocksNameThemToo) {
  first_.Write(6, {0, 1, 3}, 6);
  second_.Write(5, {1, 2, 3}, 5, 1);
  // Views 6 and 6: the last block of each.
  const Blame blame = Found();
  EXPECT_EQ(blame.height, kShared + 1);
  EXPECT_EQ(blame.view, 6u);
  EXPECT_THAT(Named(blame), ElementsAre(1, 3));
}

TEST_F(BlameTest, OneHistoryThatGoesOnIsNoConflict) {
  first_.Write(6, {0, 1, 2});
  testing::ForkedHistory other(20);
  for (const uint64_t last : {uint64_t{2}, kShared, uint64_t{5}, uint64_t{6}}) {
    other.Write(last, {1, 2, 3});
    const absl::StatusOr<std::optional<Blame>> blame =
        FindBlame(first_.store(), other.store(), first_.chain().genesis());
    ASSERT_TRUE(blame.ok()) << blame.status();
    EXPECT_FALSE(blame->has_value()) << last;
  }
}

TEST_F(BlameTest, WithoutAViewInBothNobodyIsNamed) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3}, 1, 10);
  const Blame blame = Found();
  EXPECT_EQ(blame.height, kShared + 1);
  EXPECT_EQ(blame.view, std::nullopt);
  EXPECT_THAT(Named(blame), IsEmpty());
}

TEST_F(BlameTest, WhatNoQuorumSignedBlamesNobody) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2});
  const absl::Status status = Find().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the second history, height 4"));
}

TEST_F(BlameTest, AnotherChainIsRefused) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3});
  v1::Genesis other = first_.chain().genesis();
  other.set_name("another");
  EXPECT_EQ(FindBlame(first_.store(), second_.store(), other).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace causeway::audit
