// SPDX-License-Identifier: Apache-2.0
#include "node/api/proofs.h"

#include <string>

#include "contracts/parties/parties.h"
#include "tests/unit/node/api/api_world.h"

namespace causeway::api {
namespace {

class ProofsTest : public testing::ApiWorld {
 protected:
  ProofsTest() : proofs_(ledger(), ProofLimits{2, 3}, [this] { return now_; }) {
    for (int i = 0; i < 8; ++i) Block();
  }

  absl::StatusCode Prove(const std::string& party, uint64_t height) {
    const state::StateKey key{parties::kParties.id, state::EncodeKey(kInvestor)};
    return proofs_.ProveState(party, Height(height), **ledger().StateAt(Height(height)), std::nullopt, key)
        .status()
        .code();
  }

  absl::Time now_ = absl::UnixEpoch();
  ProofMaker proofs_;
};

TEST_F(ProofsTest, APartysRebuildsInAMinuteAreCounted) {
  for (uint64_t height = 1; height <= 3; ++height) EXPECT_EQ(Prove(kInvestor, height), absl::StatusCode::kOk);
  EXPECT_EQ(Prove(kInvestor, 4), absl::StatusCode::kResourceExhausted);
  // Not those of others, and not what is at hand: the last two.
  EXPECT_EQ(Prove(kBank, 4), absl::StatusCode::kOk);
  EXPECT_EQ(Prove(kInvestor, 4), absl::StatusCode::kOk);
  EXPECT_EQ(Prove(kInvestor, 3), absl::StatusCode::kOk);
  EXPECT_EQ(Prove(kInvestor, 2), absl::StatusCode::kResourceExhausted);
  now_ += absl::Minutes(1) - absl::Nanoseconds(1);
  EXPECT_EQ(Prove(kInvestor, 2), absl::StatusCode::kResourceExhausted);
  now_ += absl::Nanoseconds(1);
  EXPECT_EQ(Prove(kInvestor, 2), absl::StatusCode::kOk);
}

TEST_F(ProofsTest, AReceiptIsProvedWithNamedResultsOnly) {
  EXPECT_EQ(proofs_.ProveReceipt(store::Place{Height(1), store::Lane::kTransaction, 0}, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace causeway::api
