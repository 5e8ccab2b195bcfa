// SPDX-License-Identifier: Apache-2.0
// Each stage of the pipeline, groups, work, invariants: on purses, through whole blocks.
#include "ledger/execution/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "causeway/v1/ledger_reason.pb.h"
#include "ledger/chain/block.h"
#include "ledger/execution/executor.h"
#include "tests/support/test_chain.h"

namespace causeway::execution {
namespace {

using ::testing::ElementsAre;
using testing::Empty;
using testing::Fill;
using ::testing::IsEmpty;
using testing::PurseId;
using testing::TestChain;

class PipelineTest : public ::testing::Test {
 protected:
  // "0 APPLIED", "1 REFUSED 304": what became of each operation of the block's only transaction.
  std::vector<std::string> Told(const std::shared_ptr<const ExecutedBlock>& block) {
    std::vector<std::string> told;
    for (const v1::OperationResult& result : block->transactions.at(0).results) {
      std::string text = std::to_string(result.index()) + " " + v1::OperationStatus_Name(result.status()).substr(17);
      for (const v1::Reason& reason : result.reasons()) {
        text += " " + std::to_string(reason.code());
        for (const std::string& parameter : reason.parameters()) text += ":" + parameter;
      }
      told.push_back(text);
    }
    return told;
  }
  std::vector<std::string> Run(const std::vector<v1::Operation>& operations) {
    return Told(Append(chain_.Envelope(operations)));
  }
  std::vector<std::string> RunLinked(const std::vector<v1::Operation>& operations) {
    return Told(Append(chain_.LinkedEnvelope(operations)));
  }
  std::shared_ptr<const ExecutedBlock> Append(const std::string& envelope) { return last_ = chain_.Append({envelope}); }
  uint64_t Counter(const std::string& name) {
    return chain_.state().Get(testing::kPolicyCounters, name).value_or(testing::Purse{0}).content;
  }
  bool IsPaused(const std::string& subject) { return chain_.state().Has(testing::kPauses, subject); }

  TestChain chain_;
  std::shared_ptr<const ExecutedBlock> last_;
};

TEST_F(PipelineTest, AnOperationThatNothingSpeaksAgainstIsApplied) {
  EXPECT_THAT(Run({Fill(PurseId(1), 5)}), ElementsAre("0 APPLIED"));
  EXPECT_EQ(chain_.Content(PurseId(1)), 5u);
  ASSERT_EQ(last_->transactions[0].results[0].events_size(), 1);
  EXPECT_EQ(last_->transactions[0].results[0].events(0).cash().payment_booked().amount(), "5");
}

TEST_F(PipelineTest, ARuleThatSaysNoLeavesNothingBehindAndOthersGoOn) {
  EXPECT_THAT(Run({Empty(PurseId(1), 5), Fill(PurseId(1), 3), Empty(PurseId(1), 2)}),
              ElementsAre("0 REFUSED 305:" + PurseId(1).ToHex(), "1 APPLIED", "2 APPLIED"));
  EXPECT_EQ(chain_.Content(PurseId(1)), 1u);
}

TEST_F(PipelineTest, ReasonsOfAllStagesAreCollected) {
  chain_.Append({chain_.Envelope({Fill(PurseId(9), 1, "lose")})});  // pauses the instrument
  v1::Operation operation = Empty(PurseId(1), 5, "four-eyes");
  EXPECT_THAT(Run({operation}), ElementsAre("0 REFUSED 101:1 305:" + PurseId(1).ToHex() + " 1000:SGD.TEST"));
}

// The later rules would tell what the purse holds, that two must sign, and that the instrument stands still.
TEST_F(PipelineTest, WithoutAuthorityThatAloneIsToldWhateverThePurseHolds) {
  chain_.Append({chain_.Envelope({Fill(PurseId(2), 5)})});
  chain_.Append({chain_.Envelope({Fill(PurseId(9), 1, "lose")})});  // pauses the instrument
  const std::string key = crypto::KeyIdOf(chain_.signer()->public_key()).ToHex();
  const std::string refused = " REFUSED 100:" + key;
  EXPECT_THAT(Run({Fill(PurseId(1), 1, "revoke:" + key, "EUR.TEST"), Empty(PurseId(2), 5, "four-eyes"),
                   Empty(PurseId(2), 6, "four-eyes"), Empty(PurseId(3), 1)}),
              ElementsAre("0 APPLIED", "1" + refused, "2" + refused, "3" + refused));
  EXPECT_EQ(chain_.Content(PurseId(2)), 5u);
}

TEST_F(PipelineTest, WithoutFourEyesAnOperationThatDemandsThemIsRefused) {
  EXPECT_THAT(Run({Fill(PurseId(1), 5, "four-eyes")}), ElementsAre("0 REFUSED 101:1"));
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 5, "four-eyes")).AddSigner(chain_.second_signer());
  EXPECT_THAT(Told(Append(builder.Sign()->envelope)), ElementsAre("0 APPLIED"));
}

TEST_F(PipelineTest, AKeyRevokedEarlierInTheBlockIsARefusalWithAReceipt) {
  const std::string key = crypto::KeyIdOf(chain_.signer()->public_key()).ToHex();
  EXPECT_THAT(Run({Fill(PurseId(1), 5, "revoke:" + key), Fill(PurseId(1), 6)}),
              ElementsAre("0 APPLIED", "1 REFUSED 100:" + key));
}

TEST_F(PipelineTest, APausedInstrumentStandsStillAndUrgentOperationsPass) {
  chain_.Append({chain_.Envelope({Fill(PurseId(9), 1, "lose")})});
  EXPECT_THAT(Run({Fill(PurseId(1), 5), Fill(PurseId(1), 5, "urgent"), Fill(PurseId(1), 5, "", "EUR.TEST")}),
              ElementsAre("0 REFUSED 1000:SGD.TEST", "1 APPLIED", "2 APPLIED"));
}

TEST_F(PipelineTest, AnOperationWithoutContractIsRefused) {
  v1::Operation operation;
  operation.mutable_governance()->mutable_pause()->set_explanation("none here");
  EXPECT_THAT(Run({operation, Fill(PurseId(1), 1)}), ElementsAre("0 REFUSED 9", "1 APPLIED"));
}

// --- Groups ---

TEST_F(PipelineTest, ALinkedGroupStandsTogether) {
  EXPECT_THAT(RunLinked({Fill(PurseId(1), 5), Empty(PurseId(1), 5), Fill(PurseId(2), 5)}),
              ElementsAre("0 APPLIED", "1 APPLIED", "2 APPLIED"));
  EXPECT_EQ(chain_.Content(PurseId(2)), 5u);
}

TEST_F(PipelineTest, ALinkedGroupFallsTogetherAndLaterOperationsAreNotAttempted) {
  EXPECT_THAT(RunLinked({Fill(PurseId(1), 5), Empty(PurseId(2), 5), Fill(PurseId(3), 5)}),
              ElementsAre("0 REFUSED 3:1", "1 REFUSED 305:" + PurseId(2).ToHex(), "2 NOT_ATTEMPTED 2:1"));
  EXPECT_EQ(chain_.Content(PurseId(1)), 0u);
  EXPECT_EQ(last_->transactions[0].results[0].events_size(), 0);
}

TEST_F(PipelineTest, GroupsOfOneTransactionAreIndependent) {
  auto builder = chain_.Builder();
  builder.Add(Fill(PurseId(1), 1), true)
      .Add(Empty(PurseId(2), 1))
      .Add(Fill(PurseId(3), 1), true)
      .Add(Empty(PurseId(3), 1))
      .Add(Fill(PurseId(4), 1));
  EXPECT_THAT(
      Told(Append(builder.Sign()->envelope)),
      ElementsAre("0 REFUSED 3:1", "1 REFUSED 305:" + PurseId(2).ToHex(), "2 APPLIED", "3 APPLIED", "4 APPLIED"));
}

// --- Policy ---

TEST_F(PipelineTest, AMovementIsJudgedAndRecordedOnceAndOthersAreNot) {
  EXPECT_THAT(Run({Fill(PurseId(1), 5, "move"), Fill(PurseId(1), 5)}), ElementsAre("0 APPLIED", "1 APPLIED"));
  EXPECT_EQ(Counter("judgements"), 1u);
  EXPECT_EQ(Counter("records"), 1u);
}

TEST_F(PipelineTest, WhatTheRulesRefuseIsNotJudged) {
  EXPECT_THAT(Run({Empty(PurseId(1), 5, "move")}), ElementsAre("0 REFUSED 305:" + PurseId(1).ToHex()));
  EXPECT_EQ(Counter("judgements"), 0u);
}

TEST_F(PipelineTest, ADeniedMovementIsRefusedAndWhatThePolicyRecordedSurvives) {
  EXPECT_THAT(Run({Fill(PurseId(1), testing::kDeniedAmount, "move")}), ElementsAre("0 REFUSED 7"));
  EXPECT_EQ(chain_.Content(PurseId(1)), 0u);
  EXPECT_EQ(Counter("judgements"), 1u);
  EXPECT_EQ(Counter("records"), 0u);
  ASSERT_EQ(last_->transactions[0].restricted.size(), 1u);
  EXPECT_EQ(last_->transactions[0].results[0].restricted_hashes(0),
            last_->transactions[0].restricted[0].salted_hash.bytes());
  EXPECT_EQ(last_->decisions, 1u);
}

TEST_F(PipelineTest, AHeldMovementWaitsAndIsAppliedWhenItIsReleased) {
  EXPECT_THAT(Run({Fill(PurseId(1), testing::kHeldAmount, "move")}), ElementsAre("0 HELD_FOR_REVIEW 8"));
  EXPECT_EQ(chain_.Content(PurseId(1)), 0u);
  EXPECT_EQ(last_->transactions[0].restricted.size(), 1u);
  EXPECT_THAT(Run({Fill(PurseId(2), 1, "release")}), ElementsAre("0 APPLIED"));
  EXPECT_EQ(chain_.Content(PurseId(1)), testing::kHeldAmount);
  EXPECT_EQ(Counter("records"), 1u) << "a released movement counts for later judgements";
  EXPECT_EQ(Counter("judgements"), 1u) << "and is not judged again";
  EXPECT_EQ(last_->transactions[0].results[0].events_size(), 2) << "the release tells what happened";
}

TEST_F(PipelineTest, AReleasedGroupIsJudgedByTheRulesOfNow) {
  chain_.Append({chain_.Envelope({Fill(PurseId(1), testing::kHeldAmount)})});
  EXPECT_THAT(RunLinked({Fill(PurseId(3), 1), Empty(PurseId(1), testing::kHeldAmount, "move")}),
              ElementsAre("0 HELD_FOR_REVIEW 8", "1 HELD_FOR_REVIEW 8"));
  chain_.Append({chain_.Envelope({Empty(PurseId(1), 1)})});  // now there is too little
  EXPECT_THAT(Run({Fill(PurseId(2), 1, "release")}), ElementsAre("0 APPLIED"));
  EXPECT_EQ(chain_.Content(PurseId(1)), testing::kHeldAmount - 1);
  EXPECT_EQ(chain_.Content(PurseId(3)), 0u) << "nothing of the group is applied";
  EXPECT_EQ(last_->transactions[0].results[0].events_size(), 1) << "and nothing of it is told";
}

TEST_F(PipelineTest, AGroupIsJudgedOnItsSumAndAppliedOnceAllowed) {
  EXPECT_THAT(RunLinked({Fill(PurseId(1), 600, "move"), Fill(PurseId(2), 66, "move")}),
              ElementsAre("0 REFUSED 7", "1 REFUSED 7"));
  EXPECT_THAT(RunLinked({Fill(PurseId(1), 600, "move"), Empty(PurseId(1), 65, "move"), Fill(PurseId(2), 1)}),
              ElementsAre("0 APPLIED", "1 APPLIED", "2 APPLIED"));
  EXPECT_EQ(chain_.Content(PurseId(1)), 535u);
  EXPECT_EQ(Counter("judgements"), 2u);
  EXPECT_EQ(Counter("records"), 1u);
  for (const v1::OperationResult& result : last_->transactions[0].results) EXPECT_EQ(result.events_size(), 1);
}

// --- Work ---

TEST(PipelineWork, BeyondTheTransactionsLimitGroupsAreRefusedBeforeAnyScoring) {
  TestChain::Options options;
  options.limits.set_transaction_work(20);
  TestChain chain(options);
  const auto block = chain.Append(
      {chain.Envelope({Fill(PurseId(1), 1, "work:9"), Fill(PurseId(1), 2, "move"), Fill(PurseId(1), 4, "work:11")})});
  const auto& results = block->transactions[0].results;
  EXPECT_EQ(results[0].status(), v1::OPERATION_STATUS_APPLIED);
  EXPECT_EQ(results[1].status(), v1::OPERATION_STATUS_APPLIED) << "9 and 1 and 10 are 20";
  EXPECT_EQ(results[2].reasons(0).code(), static_cast<uint32_t>(v1::LEDGER_REASON_WORK_LIMIT));
  EXPECT_THAT(results[2].reasons(0).parameters(), ElementsAre("11", "0"));
  EXPECT_EQ(block->work, 20u);

  const auto scored = chain.Append({chain.Envelope({Fill(PurseId(1), 1, "work:10"), Fill(PurseId(1), 2, "move")})});
  EXPECT_EQ(scored->transactions[0].results[1].reasons(0).code(), static_cast<uint32_t>(v1::LEDGER_REASON_WORK_LIMIT));
  EXPECT_EQ(chain.state().Get(testing::kPolicyCounters, std::string("judgements"))->content, 1u)
      << "the second movement was never scored";
}

// --- Invariants ---

TEST_F(PipelineTest, AViolatedInvariantDropsTheTransactionAndPausesTheInstrument) {
  EXPECT_THAT(Run({Fill(PurseId(1), 5), Fill(PurseId(2), 5, "lose")}),
              ElementsAre("0 REFUSED 4:cash", "1 REFUSED 4:cash"));
  EXPECT_EQ(chain_.Content(PurseId(1)), 0u);
  EXPECT_TRUE(IsPaused("SGD.TEST"));
  ASSERT_EQ(last_->violations.size(), 1u);
  EXPECT_EQ(last_->violations[0].what, "purses hold 10, supply is 5");
  EXPECT_EQ(last_->violations[0].paused_instrument->text(), "SGD.TEST");
}

TEST_F(PipelineTest, AfterAViolationTheIdIsConsumedAllTheSame) {
  const std::string envelope = chain_.Envelope({Fill(PurseId(2), 5, "lose")});
  Append(envelope);
  EXPECT_EQ(chain_.Build({envelope}).refused.at(0).second.reason, v1::LEDGER_REASON_ID_USED);
}

TEST_F(PipelineTest, AViolationLeavesOtherTransactionsOfTheBlockAlone) {
  const std::string bad = chain_.Envelope({Fill(PurseId(2), 5, "lose", "EUR.TEST")});
  const std::string good = chain_.Envelope({Fill(PurseId(1), 5)});
  const auto block = chain_.Append({bad, good});
  EXPECT_EQ(chain_.Content(PurseId(1)), 5u);
  EXPECT_EQ(block->violations.size(), 1u);
}

TEST_F(PipelineTest, AFailedCheckInsideARuleIsAViolation) {
  for (const char* reference : {"fail", "fail-check", "logic"}) {
    TestChain chain;
    const auto block = chain.Append({chain.Envelope({Fill(PurseId(1), 5, reference)})});
    EXPECT_THAT(Told(block), ElementsAre("0 REFUSED 4:cash")) << reference;
    EXPECT_TRUE(chain.state().Has(testing::kPauses, std::string("SGD.TEST"))) << reference;
    EXPECT_EQ(chain.Content(PurseId(1)), 0u) << reference;
  }
}

TEST_F(PipelineTest, AViolationBeforeTheInstrumentIsKnownPausesTheContract) {
  EXPECT_THAT(Run({Fill(PurseId(1), 5, "fail-demands")}), ElementsAre("0 REFUSED 4:cash"));
  EXPECT_TRUE(IsPaused("cash"));
  EXPECT_FALSE(last_->violations.at(0).paused_instrument);
}

TEST_F(PipelineTest, AResultWithoutCanonicalFormIsAViolation) {
  EXPECT_THAT(Run({Fill(PurseId(1), 5, "unwritable")}), ElementsAre("0 REFUSED 4:ledger"));
}

TEST_F(PipelineTest, WithoutTheConfidentialityKeyARestrictedRecordIsNoVerdict) {
  TestChain::Options options;
  options.with_confidentiality_key = false;
  TestChain chain(options);
  const auto denied = chain.Decode(chain.Envelope({Fill(PurseId(1), testing::kDeniedAmount, "move")}));
  const auto built = chain.executor().BuildBlock(chain.tip(), {denied}, Instant::FromMicros(chain.now_us() + 1),
                                                 BuildLimits::Of(chain.genesis().limits(), 0), 0);
  EXPECT_EQ(built.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(PipelineTest, AHostFailureIsNoVerdict) {
  const std::string envelope = chain_.Envelope({Fill(PurseId(1), 5, "host")});
  const auto built =
      chain_.executor().BuildBlock(chain_.tip(), {chain_.Decode(envelope)}, Instant::FromMicros(chain_.now_us() + 1),
                                   BuildLimits::Of(chain_.genesis().limits(), 0), 0);
  EXPECT_EQ(built.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(PipelineTest, RestrictedRecordsAreSaltedEachByItself) {
  EXPECT_THAT(Run({Fill(PurseId(1), testing::kDeniedAmount, "move"), Fill(PurseId(1), testing::kDeniedAmount, "move")}),
              ElementsAre("0 REFUSED 7", "1 REFUSED 7"));
  const auto& restricted = last_->transactions[0].restricted;
  ASSERT_EQ(restricted.size(), 2u);
  EXPECT_EQ(restricted[0].bytes, restricted[1].bytes);
  EXPECT_NE(restricted[0].salted_hash, restricted[1].salted_hash);
  EXPECT_EQ(restricted[0].type, "causeway.v1.CashOperation");
}

}  // namespace
}  // namespace causeway::execution
