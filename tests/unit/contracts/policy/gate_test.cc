// SPDX-License-Identifier: Apache-2.0
// What the gate does with movements in the real pipeline.

#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Gate : public PolicyWorld {};

TEST_F(Gate, NothingIsJudgedWhereNoModelIsBound) {
  AddModel(Registration());
  EXPECT_THAT(Pay("500000"), Applied());
  EXPECT_THAT(restricted(), IsEmpty());
}

TEST_F(Gate, AMovementBelowBothThresholdsGoesOn) {
  Judge();
  const v1::OperationResult result = Pay("999");
  ASSERT_THAT(result, Applied());
  const v1::Decision decision = LastDecision();
  EXPECT_EQ(decision.verdict(), v1::POLICY_VERDICT_ALLOW);
  EXPECT_EQ(decision.basis(), v1::DECISION_BASIS_SCORE);
  EXPECT_EQ(decision.score(), 0);
  EXPECT_EQ(decision.amount(), "999");
  EXPECT_EQ(result.restricted_hashes_size(), 1);
  EXPECT_EQ(Counts().allowed(), 1u);
}

TEST_F(Gate, FromTheFirstThresholdOnItIsHeld) {
  Judge();
  const std::string before = Parts(receiver_);
  const v1::OperationResult result = Pay("1000");
  ASSERT_THAT(result, HeldForReview());
  const v1::Decision decision = LastDecision();
  EXPECT_EQ(decision.verdict(), v1::POLICY_VERDICT_HOLD);
  EXPECT_EQ(decision.score(), kOne);
  EXPECT_EQ(decision.theta_hold(), kOne);
  EXPECT_EQ(Parts(receiver_), before);
  EXPECT_EQ(Counts().held(), 1u);
}

TEST_F(Gate, FromTheSecondThresholdOnItIsDenied) {
  Judge();
  const std::string before = Parts(payer_);
  const v1::OperationResult result = Pay("100000");
  EXPECT_THAT(result, Refused(v1::LEDGER_REASON_POLICY_DENIED));
  EXPECT_THAT(result.events(), IsEmpty());
  EXPECT_EQ(LastDecision().verdict(), v1::POLICY_VERDICT_DENY);
  EXPECT_EQ(Parts(payer_), before);
  EXPECT_EQ(Counts().denied(), 1u);
}

TEST_F(Gate, ARuleThatRefusesIsNeverTurnedIntoAnAllowance) {
  Judge();
  const v1::OperationResult result = Pay("2000000");
  EXPECT_THAT(result, Refused(v1::TRANSFERS_REASON_INSUFFICIENT_FREE));
  EXPECT_THAT(restricted(), IsEmpty());
}

TEST_F(Gate, MovementsOfGenesisAreNotJudged) {
  Judge();
  EXPECT_THAT(RunGenesis(TransferOf("100000", payer_, receiver_)), Applied());
  EXPECT_THAT(restricted(), IsEmpty());
}

// Customers see that something is held or denied; neither why nor how close it was.
TEST_F(Gate, TheReceiptTellsNothingOfTheDecision) {
  Judge();
  v1::OperationResult held = Pay("1000");
  ASSERT_EQ(held.reasons_size(), 1);
  EXPECT_EQ(held.reasons(0).code(), static_cast<uint32_t>(v1::LEDGER_REASON_HELD_FOR_REVIEW));
  EXPECT_EQ(held.reasons(0).parameters_size(), 0);
  const v1::Decision decision = LastDecision();
  ASSERT_EQ(held.events_size(), 2);
  EXPECT_TRUE(held.events(0).policy().has_case_opened());
  EXPECT_TRUE(held.events(1).transfers().has_hold_placed());
  const std::string told = held.SerializeAsString();
  EXPECT_EQ(told.find(decision.model().name()), std::string::npos);
  EXPECT_EQ(told.find(decision.trees_hash()), std::string::npos);
  // The hash is salted: the record's own hash does not find it.
  EXPECT_NE(held.restricted_hashes(0), crypto::Sha256(restricted().front().bytes).ToString());

  const v1::OperationResult denied = Pay("100000");
  ASSERT_EQ(denied.reasons_size(), 1);
  EXPECT_EQ(denied.reasons(0).parameters_size(), 0);
}

TEST_F(Gate, ContributionsAreExactAndNameTheFeatures) {
  Judge();
  ASSERT_THAT(Pay("1000"), HeldForReview());
  const v1::Decision decision = LastDecision();
  ASSERT_EQ(decision.inputs_size(), 2);
  EXPECT_THAT(decision.reasons(), ElementsAre(v1::POLICY_FEATURE_LOG2_AMOUNT));
  // Both references score zero: the contributions sum to the margin.
  ASSERT_GT(decision.contribution_divisor(), 0u);
  const Amount sum =
      *Add(*ParseDecimal(decision.inputs(0).contribution(), 0), *ParseDecimal(decision.inputs(1).contribution(), 0));
  EXPECT_EQ(sum.minor(), absl::int128(decision.score()) * decision.contribution_divisor());
}

TEST_F(Gate, ABindingTightensTheModelsThresholds) {
  AddModel(Registration());
  v1::Bind binding = BindingOf();
  binding.set_theta_hold(kOne / 2);
  binding.set_theta_deny(kOne);
  Bind(binding);
  Activate();
  EXPECT_THAT(Pay("1000"), Refused(v1::LEDGER_REASON_POLICY_DENIED));
}

TEST_F(Gate, ShadowRecordsAndDoesNotBlock) {
  AddModel(Registration());
  Bind(BindingOf());
  ASSERT_THAT(Pay("100000"), Applied());
  const v1::Decision decision = LastDecision();
  EXPECT_EQ(decision.verdict(), v1::POLICY_VERDICT_DENY);
  EXPECT_EQ(decision.basis(), v1::DECISION_BASIS_SHADOW);
  EXPECT_GT(decision.contribution_divisor(), 0u);
  EXPECT_EQ(Counts().shadow(), 1u);
}

TEST_F(Gate, ALimitedModelDecidesUpToTheCapAndPeopleAbove) {
  v1::RegisterModel loose = Registration();
  loose.mutable_trees()->set_theta_hold(2 * kOne);
  AddModel(loose);
  Bind(BindingOf());
  ASSERT_THAT(Pay("1"), Applied());
  ASSERT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_LIMITED)), Applied());
  EXPECT_THAT(Pay("5000"), Applied());
  EXPECT_THAT(Pay("5000.01"), HeldForReview());
  EXPECT_EQ(LastDecision().basis(), v1::DECISION_BASIS_ABOVE_CAP);
  EXPECT_GT(LastDecision().contribution_divisor(), 0u);
}

// --- What cannot be judged is held ---

TEST_F(Gate, AModelThatIsNotThereHolds) {
  Judge();
  state().Erase(policy::kModels, policy::ModelKey{"amounts", 1});
  EXPECT_THAT(Pay("1"), HeldForReview());
  EXPECT_EQ(LastDecision().cause(), v1::FAILURE_CAUSE_STAGE);
}

TEST_F(Gate, ARetiredModelHolds) {
  Judge();
  ASSERT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_RETIRED)), Applied());
  EXPECT_THAT(Pay("1"), HeldForReview());
  EXPECT_EQ(LastDecision().basis(), v1::DECISION_BASIS_FAIL_CLOSED);
  EXPECT_EQ(LastDecision().cause(), v1::FAILURE_CAUSE_STAGE);
  EXPECT_EQ(Counts().failed_closed(), 1u);
}

TEST_F(Gate, AnExpiredModelHolds) {
  v1::RegisterModel request = Registration();
  request.set_valid_until_us(At("2026-03-03T09:00:00Z").micros());
  AddModel(request);
  Bind(BindingOf());
  Activate();
  SetTime("2026-03-03T08:59:59Z");
  EXPECT_THAT(Pay("1"), Applied());
  SetTime("2026-03-03T09:00:00Z");
  EXPECT_THAT(Pay("1"), HeldForReview());
  EXPECT_EQ(LastDecision().cause(), v1::FAILURE_CAUSE_EXPIRED);
}

TEST_F(Gate, ASuspendedModelHoldsUntilItIsResumed) {
  Judge();
  ASSERT_THAT(Run(kBank, One(kBank), Suspension()), Applied());
  EXPECT_THAT(Pay("1"), HeldForReview());
  EXPECT_EQ(LastDecision().cause(), v1::FAILURE_CAUSE_SUSPENDED);
  ASSERT_THAT(RunAsBank(Resumption()), Applied());
  EXPECT_THAT(Pay("1"), Applied());
}

TEST_F(Gate, WhereTheBindingSaysSoFailureDenies) {
  AddModel(Registration());
  v1::Bind binding = BindingOf();
  binding.set_fail_mode(v1::FAIL_MODE_DENY);
  Bind(binding);
  ASSERT_THAT(Run(kBank, One(kBank), Suspension()), Applied());
  EXPECT_THAT(Pay("1"), Refused(v1::LEDGER_REASON_POLICY_DENIED));
}

TEST_F(Gate, AnInputThatTheModelNeedsAndThatIsMissingHolds) {
  v1::RegisterModel request = Registration();
  *request.mutable_trees()->mutable_features(1) = FeatureNamed("minutes_since_inflow", 1, false);
  AddModel(request);
  Bind(BindingOf());
  EXPECT_THAT(Pay("1"), HeldForReview());
  const v1::Decision decision = LastDecision();
  EXPECT_EQ(decision.cause(), v1::FAILURE_CAUSE_INPUT_MISSING);
  ASSERT_EQ(decision.inputs_size(), 2);
  EXPECT_FALSE(decision.inputs(1).has_value());
}

TEST_F(Gate, ARequiredSupervisorWhoObjectsHolds) {
  AddModel(Registration());
  ASSERT_THAT(Run(kSupervisor, Two(kSupervisor), Supervision(v1::SUPERVISORY_POSITION_NO_OBJECTION)), Applied());
  v1::Bind binding = BindingOf();
  binding.add_required_supervisors(kSupervisor);
  Bind(binding);
  EXPECT_THAT(Pay("1"), Applied());
  ASSERT_THAT(Run(kSupervisor, Two(kSupervisor), Supervision(v1::SUPERVISORY_POSITION_OBJECT)), Applied());
  EXPECT_THAT(Pay("1"), HeldForReview());
  EXPECT_EQ(LastDecision().cause(), v1::FAILURE_CAUSE_SUPERVISORY_RECORD);
}

TEST_F(Gate, TheFallbackLimitIsCumulativePerPartyAndDay) {
  AddModel(Registration());
  v1::Bind binding = BindingOf();
  binding.set_fallback_limit("100");
  Bind(binding);
  ASSERT_THAT(Run(kBank, One(kBank), Suspension()), Applied());
  EXPECT_THAT(Pay("60"), Applied());
  EXPECT_EQ(LastDecision().basis(), v1::DECISION_BASIS_FALLBACK);
  EXPECT_EQ(LastDecision().cause(), v1::FAILURE_CAUSE_SUSPENDED);
  EXPECT_THAT(Pay("40.01"), HeldForReview());
  EXPECT_THAT(Pay("40"), Applied());
  EXPECT_THAT(Pay("0.01"), HeldForReview());
  // Another party's day is its own, and a party's other accounts share one.
  EXPECT_THAT(Run(kBank, One(kBank), TransferOf("100", bank_account_, receiver_)), Applied());
  const AccountId second = AddAccount(kInvestor);
  Give(second, "10");
  EXPECT_THAT(Run(kInvestor, One(kInvestor), TransferOf("1", second, receiver_)), HeldForReview());
  EXPECT_EQ(Counts().fallback(), 3u);
  SetTime("2026-03-03T00:00:00Z");
  EXPECT_THAT(Pay("100"), Applied());
}

// --- Groups and batches ---

TEST_F(Gate, ALinkedGroupIsScoredOnItsSum) {
  Judge();
  std::vector<v1::Operation> group(2, TransferOf("600", payer_, receiver_));
  group[0].set_linked(true);
  const std::vector<v1::OperationResult> results = RunAll(kInvestor, One(kInvestor), group);
  EXPECT_THAT(results, ElementsAre(HeldForReview(), HeldForReview()));
  const v1::Decision decision = LastDecision();
  EXPECT_EQ(decision.amount(), "1200");
  EXPECT_THAT(decision.indexes(), ElementsAre(0, 1));
  EXPECT_EQ(decision.inputs(1).value(), 1) << "the other movement of the group counts as done";
}

TEST_F(Gate, SplittingAGroupOverAccountsOfOneOwnerIsNoWayAround) {
  Judge();
  const AccountId second = AddAccount(kInvestor);
  Give(second, "1000");
  std::vector<v1::Operation> group = {TransferOf("600", payer_, receiver_), TransferOf("600", second, receiver_)};
  group[0].set_linked(true);
  EXPECT_THAT(RunAll(kInvestor, One(kInvestor), group), ElementsAre(HeldForReview(), HeldForReview()));
  EXPECT_EQ(Decisions().size(), 2u);
}

TEST_F(Gate, SplittingAGroupOverKindsOfOperationIsNoWayAround) {
  Judge();
  v1::Operation hold;
  v1::PlaceHold& request = *hold.mutable_transfers()->mutable_place_hold();
  request.set_hold(IdFor<HoldId>("hold").ToString());
  request.set_account(payer_.ToString());
  request.set_beneficiary(receiver_.ToString());
  request.set_instrument(cash_.ToString());
  request.set_amount("600");
  request.set_expires_us(AddSaturating(now(), Duration::Days(1)).micros());
  std::vector<v1::Operation> group = {TransferOf("600", payer_, receiver_), hold};
  group[0].set_linked(true);
  EXPECT_THAT(RunAll(kInvestor, One(kInvestor), group), ElementsAre(HeldForReview(), HeldForReview()));
  const v1::Decision decision = LastDecision();
  EXPECT_EQ(decision.operation(), kTransfer) << "the only kind that a model is bound to";
  EXPECT_EQ(decision.amount(), "1200");
  EXPECT_EQ(decision.inputs(1).value(), 1) << "the hold counts as done";
}

TEST_F(Gate, ABatchScoresLikeTheSameTransfersSentSingly) {
  AddModel(Registration());
  v1::Bind binding = BindingOf();
  binding.set_theta_hold(kOne / 2);
  Bind(binding);
  Activate();
  Advance(Duration::Hours(2));
  // The third movement of an hour is above the threshold.
  const std::vector<v1::Operation> batch(3, TransferOf("1", payer_, receiver_));
  EXPECT_THAT(RunAll(kInvestor, One(kInvestor), batch), ElementsAre(Applied(), Applied(), HeldForReview()));
  const std::vector<v1::Decision> together = Decisions();
  ASSERT_EQ(together.size(), 3u);
  Advance(Duration::Hours(2));
  for (size_t i = 0; i < together.size(); ++i) {
    Pay("1");
    EXPECT_EQ(LastDecision().score(), together[i].score()) << i;
  }
}

TEST_F(Gate, TheMostSevereVerdictOfAGroupWins) {
  Judge();
  std::vector<v1::Operation> group = {TransferOf("1", payer_, receiver_),
                                      TransferOf("100000", bank_account_, receiver_)};
  group[0].set_linked(true);
  v1::Operation delegation;
  v1::GrantDelegation& grant = *delegation.mutable_parties()->mutable_grant_delegation();
  grant.set_delegation_id(IdFor<parties::DelegationId>("delegation").ToString());
  grant.set_delegate(kBank);
  grant.add_operation_kinds(kTransfer);
  grant.add_account_ids(payer_.ToString());
  grant.set_valid_until_us(At("2026-12-01T00:00:00Z").micros());
  ASSERT_THAT(Run(kInvestor, Two(kInvestor), delegation), Applied());
  EXPECT_EQ(RunAll(kBank, One(kBank), group)[0].reasons(0).code(),
            static_cast<uint32_t>(v1::LEDGER_REASON_POLICY_DENIED));
}

TEST_F(Gate, WorkIsChargedBeforeAnythingIsScored) {
  Judge();
  const execution::BlockContext in = block();
  const v1::Operation operation = TransferOf("1", payer_, receiver_);
  const execution::OperationContext context{&in, Hash::Zero(), 0, kInvestor, One(kInvestor), &operation, nullptr};
  const execution::Demands demands = registry().Find(v1::Operation::kTransfers)->DemandsOf(context, view());
  // Nine nodes against two references, and the inputs.
  EXPECT_EQ(registry().policy->WorkOf({{&context, &demands}}, view()), 9u * 2 + 20);
}

}  // namespace
}  // namespace causeway::testing
