// SPDX-License-Identifier: Apache-2.0
// Cases: opened by a hold, decided by two people who had nothing to do with it, ended by time without effect.

#include "absl/strings/str_cat.h"

#include "contracts/dealing/dealing.h"
#include "ledger/crypto/domain.h"
#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Parameters = std::vector<std::string>;

class Cases : public PolicyWorld {
 protected:
  Cases() { Judge(); }

  v1::Operation Assignment(const CaseId& id, const OfficerId& officer) const {
    v1::Operation operation;
    operation.mutable_policy()->mutable_assign_case()->set_case_id(id.ToString());
    operation.mutable_policy()->mutable_assign_case()->set_officer(officer.ToString());
    return operation;
  }
  v1::Operation Recommendation(const CaseId& id, v1::CaseDecision decision) const {
    v1::Operation operation;
    v1::RecommendCase& request = *operation.mutable_policy()->mutable_recommend_case();
    request.set_case_id(id.ToString());
    request.set_decision(decision);
    request.set_rationale_hash(crypto::Sha256("rationale").ToString());
    return operation;
  }
  // The bank's own payment is held; its officers are the initiators.
  CaseId HoldPaymentOfTheBank() {
    EXPECT_THAT(Run(kBank, One(kBank), TransferOf("2000", bank_account_, receiver_)), HeldForReview());
    return LastCase();
  }
  static v1::CaseOutcome OutcomeIn(const v1::OperationResult& result) {
    for (const v1::Event& event : result.events()) {
      if (event.policy().has_case_closed()) return event.policy().case_closed().outcome();
    }
    return v1::CASE_OUTCOME_UNSPECIFIED;
  }
};

TEST_F(Cases, AHoldLocksTheAssets) {
  const std::string before = Parts(payer_);
  EXPECT_EQ(before, "999999 999999 0 0");
  const CaseId id = HoldPayment("2000");
  EXPECT_EQ(Parts(payer_), "999999 997999 2000 0");
  const v1::Case record = *policy::FindCase(view(), id);
  EXPECT_EQ(record.party(), kInvestor);
  EXPECT_EQ(record.held_since_us(), now().micros());
  EXPECT_EQ(record.expires_us(), AddSaturating(now(), Duration::Hours(24)).micros());
  ASSERT_EQ(record.holds_size(), 1);
  const std::optional<v1::Hold> hold = transfers::FindHold(view(), *HoldId::FromBytes(record.holds(0)), now());
  ASSERT_TRUE(hold.has_value());
  EXPECT_EQ(hold->controller(), v1::HOLD_CONTROLLER_POLICY);
  EXPECT_TRUE(view().Has(policy::kCasesByOwner, std::tuple(kBank, id)));
  EXPECT_TRUE(view().Has(policy::kCasesByParty, std::tuple(kInvestor, id)));
}

TEST_F(Cases, TheCustomerCannotEndTheHold) {
  const CaseId id = HoldPayment();
  v1::Operation release;
  release.mutable_transfers()->mutable_release_hold()->set_hold(policy::FindCase(view(), id)->holds(0));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), release), Refused(v1::TRANSFERS_REASON_HOLD_NOT_YOURS));
}

TEST_F(Cases, ReleasedOperationsTakeEffectAsReceived) {
  const CaseId id = HoldPayment("2000");
  Advance(Duration::Hours(1));
  const v1::OperationResult result = Decide(id, v1::CASE_DECISION_RELEASE);
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(OutcomeIn(result), v1::CASE_OUTCOME_RELEASED);
  EXPECT_EQ(Parts(payer_), "997999 997999 0 0");
  EXPECT_EQ(Parts(receiver_), "2001 2001 0 0");
  EXPECT_FALSE(policy::FindCase(view(), id).has_value());
  EXPECT_EQ(Counts().released(), 1u);
  EXPECT_EQ(DueCount(), 0u);
  // It was judged when it was received, and is not judged again.
  EXPECT_THAT(restricted(), IsEmpty());
  EXPECT_THAT(Decide(id, v1::CASE_DECISION_RELEASE),
              RefusedWith(v1::POLICY_REASON_CASE_UNKNOWN, Parameters{id.ToHex()}));
}

TEST_F(Cases, AReleasedMovementCountsForLaterOnes) {
  const CaseId id = HoldPayment();
  const policy::ProfileKey key{cash_, payer_};
  const uint64_t before = view().Get(policy::kProfiles, key)->log_count();
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Applied());
  EXPECT_EQ(view().Get(policy::kProfiles, key)->log_count(), before + 1);
}

TEST_F(Cases, RefusedOperationsNeverDo) {
  const CaseId id = HoldPayment();
  const v1::OperationResult result = Decide(id, v1::CASE_DECISION_REFUSE);
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(OutcomeIn(result), v1::CASE_OUTCOME_REFUSED);
  EXPECT_EQ(Parts(payer_), "999999 999999 0 0");
  EXPECT_EQ(Counts().upheld(), 1u);
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Cases, ACaseThatExpiresGivesBackAndNeverReleases) {
  const CaseId id = HoldPayment();
  Advance(Duration::Hours(24));
  EXPECT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Refused(v1::POLICY_REASON_CASE_UNKNOWN))
      << "its time is over before due work comes to it";
  const std::vector<v1::OperationResult> due = RunDue();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(OutcomeIn(due[0]), v1::CASE_OUTCOME_EXPIRED);
  EXPECT_EQ(Parts(payer_), "999999 999999 0 0");
  EXPECT_EQ(Parts(receiver_), "1 1 0 0");
  EXPECT_FALSE(policy::FindCase(view(), id).has_value());
}

TEST_F(Cases, AFreezeIsLiftedByTheKeeperAndNeverByTime) {
  const CaseId id = HoldPayment();
  const std::string hold = policy::FindCase(view(), id)->holds(0);
  const v1::OperationResult result = Decide(id, v1::CASE_DECISION_FREEZE);
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(OutcomeIn(result), v1::CASE_OUTCOME_FROZEN);
  EXPECT_EQ(Parts(payer_), "999999 997999 0 2000");
  Advance(Duration::Days(400));
  RunDue();
  EXPECT_EQ(Parts(payer_), "999999 997999 0 2000");
  v1::Operation lift;
  lift.mutable_transfers()->mutable_lift_restriction()->set_hold(hold);
  ASSERT_THAT(RunAsBank(lift), Applied());
  EXPECT_EQ(Parts(payer_), "999999 999999 0 0");
}

// --- Who decides ---

TEST_F(Cases, OneOfficerIsNotEnough) {
  const CaseId id = HoldPayment();
  EXPECT_THAT(Run(kBank, One(kBank), Decision(id, v1::CASE_DECISION_RELEASE)),
              Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Cases, TheSubmitterDoesNotDecide) {
  const CaseId id = HoldPayment();
  const v1::OperationResult result = Run(kInvestor, Two(kInvestor), Decision(id, v1::CASE_DECISION_RELEASE));
  EXPECT_EQ(result.status(), v1::OPERATION_STATUS_REFUSED);
  EXPECT_TRUE(policy::FindCase(view(), id).has_value());
}

TEST_F(Cases, WhoSignedWhatIsHeldDoesNotDecide) {
  const CaseId id = HoldPaymentOfTheBank();
  EXPECT_THAT(Decide(id, v1::CASE_DECISION_RELEASE),
              RefusedWith(v1::POLICY_REASON_DECIDER_INITIATED, Parameters{Officer(kBank, 1).ToHex()}));
}

TEST_F(Cases, WhoApprovedWhatIsHeldDoesNotDecideEither) {
  const v1::Operation payment = TransferOf("2000", bank_account_, receiver_);
  v1::Operation approval;
  v1::Approve& request = *approval.mutable_parties()->mutable_approve();
  request.set_operation_hash(parties::OperationHash(payment).ToString());
  request.set_valid_until_us(AddSaturating(now(), Duration::Days(1)).micros());
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, approval), Applied());
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 3)}, payment), HeldForReview());
  EXPECT_THAT(Decide(LastCase(), v1::CASE_DECISION_RELEASE),
              RefusedWith(v1::POLICY_REASON_DECIDER_INITIATED, Parameters{Officer(kBank, 2).ToHex()}));
}

// It would count at the release, and the officer would have given both opinions.
TEST_F(Cases, WhoApprovesItWhileItIsHeldDoesNotDecideEither) {
  const v1::Operation payment = TransferOf("2000", bank_account_, receiver_);
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 3)}, payment), HeldForReview());
  const CaseId id = LastCase();
  v1::Operation approval;
  v1::Approve& request = *approval.mutable_parties()->mutable_approve();
  request.set_operation_hash(parties::OperationHash(payment).ToString());
  request.set_valid_until_us(AddSaturating(now(), Duration::Hours(1)).micros());
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, approval), Applied());
  EXPECT_THAT(Decide(id, v1::CASE_DECISION_RELEASE),
              RefusedWith(v1::POLICY_REASON_DECIDER_INITIATED, Parameters{Officer(kBank, 2).ToHex()}));
  EXPECT_THAT(Run(kBank, One(kBank), Assignment(id, Officer(kBank, 2))), Refused(v1::POLICY_REASON_DECIDER_INITIATED));
  Advance(Duration::Hours(1));
  EXPECT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Applied()) << "the approval has ended";
}

TEST_F(Cases, AnApprovalByAnInitiatorDoesNotCountAsASecondSignature) {
  const CaseId id = HoldPaymentOfTheBank();
  const v1::Operation decision = Decision(id, v1::CASE_DECISION_RELEASE);
  v1::Operation approval;
  v1::Approve& request = *approval.mutable_parties()->mutable_approve();
  request.set_operation_hash(parties::OperationHash(decision).ToString());
  request.set_valid_until_us(AddSaturating(now(), Duration::Days(1)).micros());
  ASSERT_THAT(Run(kBank, One(kBank), approval), Applied());
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 2)}, decision), Refused(v1::POLICY_REASON_DECIDER_INITIATED));
}

// Else whoever initiated a movement could stop its case by approving the decision on it.
TEST_F(Cases, AnApprovalOfAStrangerStopsNothing) {
  const CaseId id = HoldPayment();
  const v1::Operation decision = Decision(id, v1::CASE_DECISION_REFUSE);
  v1::Operation approval;
  v1::Approve& request = *approval.mutable_parties()->mutable_approve();
  request.set_operation_hash(parties::OperationHash(decision).ToString());
  request.set_valid_until_us(AddSaturating(now(), Duration::Days(1)).micros());
  ASSERT_THAT(Run(kInvestor, One(kInvestor), approval), Applied());
  EXPECT_THAT(RunAsBank(decision), Applied());
}

// --- What is released runs under the rules of now ---

TEST_F(Cases, AReleaseThatTheRulesRefuseLeavesTheCaseOpen) {
  const CaseId id = HoldPayment();
  v1::Operation freeze;
  v1::FreezeAccount& request = *freeze.mutable_transfers()->mutable_freeze_account();
  request.set_account(receiver_.ToString());
  request.set_instrument(cash_.ToString());
  request.set_reason(v1::FREEZE_REASON_COMPLIANCE);
  ASSERT_THAT(RunAsBank(freeze), Applied());
  const v1::OperationResult result = Decide(id, v1::CASE_DECISION_RELEASE);
  ASSERT_THAT(result, Applied());
  ASSERT_EQ(result.events_size(), 1);
  EXPECT_THAT(result.events(0).policy().case_release_refused().codes(),
              ElementsAre(static_cast<uint32_t>(v1::TRANSFERS_REASON_FROZEN)));
  EXPECT_EQ(Parts(payer_), "999999 997999 2000 0");
  ASSERT_TRUE(policy::FindCase(view(), id).has_value());
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_REFUSE), Applied());
  EXPECT_EQ(Parts(payer_), "999999 999999 0 0");
}

// A payment that two officers must sign, signed by the first and approved by the second.
class CasesOfFourEyes : public Cases {
 protected:
  CaseId HoldApprovedPayment() {
    v1::Operation rule;
    rule.mutable_parties()->mutable_set_approval_rule()->set_operation_kind(kTransfer);
    rule.mutable_parties()->mutable_set_approval_rule()->set_required(2);
    EXPECT_THAT(Run(kInvestor, Two(kInvestor), rule), Applied());
    EXPECT_THAT(Run(kInvestor, One(kInvestor), payment_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
    ApprovePayment();
    EXPECT_THAT(Run(kInvestor, One(kInvestor), payment_), HeldForReview());
    return LastCase();
  }
  void ApprovePayment() {
    v1::Operation approval;
    v1::Approve& request = *approval.mutable_parties()->mutable_approve();
    request.set_operation_hash(parties::OperationHash(payment_).ToString());
    request.set_valid_until_us(AddSaturating(now(), Duration::Hours(1)).micros());
    EXPECT_THAT(Run(kInvestor, {KeyOf(kInvestor, 2)}, approval), Applied());
  }

  const v1::Operation payment_ = TransferOf("2000", payer_, receiver_);
};

// Given while the payment waits, it is used up by the release and lets no second payment through.
TEST_F(CasesOfFourEyes, AnApprovalCountsOnce) {
  const CaseId id = HoldApprovedPayment();
  ApprovePayment();
  EXPECT_EQ(OutcomeIn(Decide(id, v1::CASE_DECISION_RELEASE)), v1::CASE_OUTCOME_RELEASED);
  EXPECT_THAT(Run(kInvestor, One(kInvestor), payment_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(CasesOfFourEyes, WhoApprovedBeforeCountsAtTheRelease) {
  const CaseId id = HoldApprovedPayment();
  Advance(Duration::Hours(2));  // past the approval's own end
  EXPECT_EQ(OutcomeIn(Decide(id, v1::CASE_DECISION_RELEASE)), v1::CASE_OUTCOME_RELEASED);
  EXPECT_EQ(Parts(receiver_), "2001 2001 0 0");
}

TEST_F(CasesOfFourEyes, AnApprovalByAKeyThatWasStolenDiesWithTheKey) {
  const CaseId id = HoldApprovedPayment();
  v1::Operation revocation;
  revocation.mutable_parties()->mutable_revoke_key()->set_key_id(KeyOf(kInvestor, 2).ToString());
  ASSERT_THAT(Run(kInvestor, One(kInvestor), revocation), Applied());
  const v1::OperationResult result = Decide(id, v1::CASE_DECISION_RELEASE);
  ASSERT_THAT(result, Applied());
  EXPECT_THAT(result.events(0).policy().case_release_refused().codes(),
              ElementsAre(static_cast<uint32_t>(v1::PARTIES_REASON_OFFICERS_TOO_FEW)));
  EXPECT_EQ(Parts(receiver_), "1 1 0 0");
}

TEST_F(Cases, ALinkedGroupIsReleasedAsAWhole) {
  std::vector<v1::Operation> group(2, TransferOf("600", payer_, receiver_));
  group[0].set_linked(true);
  ASSERT_THAT(RunAll(kInvestor, One(kInvestor), group)[0], HeldForReview());
  const CaseId id = LastCase();
  EXPECT_EQ(policy::FindCase(view(), id)->group_size(), 2);
  EXPECT_EQ(Parts(payer_), "999999 998799 1200 0");
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Applied());
  EXPECT_EQ(Parts(receiver_), "1201 1201 0 0");
}

TEST_F(Cases, ADecisionThatIsItselfHeldIsNeverReleased) {
  const CaseId first = HoldPayment();
  std::vector<v1::Operation> group = {TransferOf("2000", bank_account_, receiver_),
                                      Decision(first, v1::CASE_DECISION_RELEASE)};
  group[0].set_linked(true);
  ASSERT_THAT(RunAll(kBank, Two(kBank), group)[0], HeldForReview());
  const CaseId second = LastCase();
  // Others decide: officers 1 and 2 signed.
  const std::string delegate = kIntermediary;
  v1::Operation delegation;
  v1::GrantDelegation& grant = *delegation.mutable_parties()->mutable_grant_delegation();
  grant.set_delegation_id(IdFor<parties::DelegationId>("delegation").ToString());
  grant.set_delegate(delegate);
  grant.add_operation_kinds("policy.decide_case");
  grant.set_valid_until_us(At("2026-12-01T00:00:00Z").micros());
  ASSERT_THAT(RunAsBank(delegation), Applied());
  const v1::OperationResult result = Run(delegate, Two(delegate), Decision(second, v1::CASE_DECISION_RELEASE));
  ASSERT_THAT(result, Applied());
  for (const uint32_t code : result.events(0).policy().case_release_refused().codes()) NoteReason(code);
  EXPECT_THAT(result.events(0).policy().case_release_refused().codes(),
              ::testing::Contains(static_cast<uint32_t>(v1::POLICY_REASON_DECISION_WAS_HELD)));
  EXPECT_TRUE(policy::FindCase(view(), first).has_value());
}

TEST_F(Cases, AHoldOfTheCustomersOwnUnderTheCasesIdIsNoWayAround) {
  // The next transaction's id is known to whoever makes it.
  const Hash next = crypto::Sha256(absl::StrCat("transaction ", block().height.value() + 2));
  const CaseId id = policy::CaseIdOf(next, 0);
  const Hash hold = crypto::DomainHash(crypto::kCaseHoldTag, id, uint32_t{0});
  v1::Operation place;
  v1::PlaceHold& request = *place.mutable_transfers()->mutable_place_hold();
  request.set_hold(hold.ToString().substr(0, 16));
  request.set_account(payer_.ToString());
  request.set_beneficiary(receiver_.ToString());
  request.set_instrument(cash_.ToString());
  request.set_amount("1");
  request.set_expires_us(AddSaturating(now(), Duration::Days(1)).micros());
  ASSERT_THAT(Run(kInvestor, One(kInvestor), place), Applied());
  ASSERT_EQ(HoldPayment("2000"), id);
  EXPECT_EQ(Parts(payer_), "999999 997998 2001 0");
}

// --- Queues ---

TEST_F(Cases, WhatAFullQueueWouldHoldIsDenied) {
  v1::Bind binding = BindingOf();
  binding.set_cases_max(2);
  binding.set_cases_per_party_max(1);
  Bind(binding);
  const CaseId id = HoldPayment();
  EXPECT_THAT(Pay("2000"), Refused(v1::LEDGER_REASON_POLICY_DENIED)) << "the party's cap";
  EXPECT_EQ(LastDecision().basis(), v1::DECISION_BASIS_QUEUE_FULL);
  HoldPaymentOfTheBank();
  const AccountId third = AddAccount(kFmco);
  Give(third, "5000");
  EXPECT_THAT(Run(kFmco, One(kFmco), TransferOf("2000", third, receiver_)), Refused(v1::LEDGER_REASON_POLICY_DENIED))
      << "the binding's cap";
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_REFUSE), Applied());
  HoldPayment();
}

// --- Working on a case ---

TEST_F(Cases, AnOfficerIsAssignedAndRecommends) {
  const CaseId id = HoldPayment();
  ASSERT_THAT(Run(kBank, One(kBank), Assignment(id, Officer(kBank, 2))), Applied());
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Recommendation(id, v1::CASE_DECISION_RELEASE)), Applied());
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Recommendation(id, v1::CASE_DECISION_REFUSE)), Applied());
  const v1::Case record = *policy::FindCase(view(), id);
  EXPECT_EQ(record.assigned_to().officer_id(), Officer(kBank, 2).ToString());
  ASSERT_EQ(record.recommendations_size(), 1) << "an officer's last word counts";
  EXPECT_EQ(record.recommendations(0).decision(), v1::CASE_DECISION_REFUSE);
  EXPECT_EQ(Parts(payer_), "999999 997999 2000 0") << "a recommendation decides nothing";
}

TEST_F(Cases, OnlyAComplianceOfficerWhoDidNotInitiateIsAssigned) {
  const CaseId id = HoldPaymentOfTheBank();
  const v1::Operation to_trader = Assignment(id, Officer(kBank, 3));
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 2)}, to_trader), Refused(v1::POLICY_REASON_OFFICER_INVALID));
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Assignment(id, Officer(kBank, 1))),
              Refused(v1::POLICY_REASON_DECIDER_INITIATED));
  EXPECT_THAT(Run(kBank, One(kBank), Recommendation(id, v1::CASE_DECISION_RELEASE)),
              Refused(v1::POLICY_REASON_DECIDER_INITIATED));
}

TEST_F(Cases, ACaseHoldsSixteenRecommendations) {
  const CaseId id = HoldPayment();
  v1::Case record = *policy::FindCase(view(), id);
  for (int i = 0; i < 16; ++i) {
    record.add_recommendations()->mutable_officer()->set_party(kBank);
    record.mutable_recommendations(i)->mutable_officer()->set_officer_id(
        IdFor<OfficerId>(absl::StrCat("officer ", i)).ToString());
  }
  state().Put(policy::kCases, id, record);
  EXPECT_THAT(Run(kBank, One(kBank), Recommendation(id, v1::CASE_DECISION_RELEASE)),
              Refused(v1::POLICY_REASON_RECOMMENDATIONS_FULL));
}

TEST_F(Cases, ADecisionNamesWhatAndWhy) {
  const CaseId id = HoldPayment();
  v1::Operation decision = Decision(id, v1::CASE_DECISION_UNSPECIFIED);
  decision.mutable_policy()->mutable_decide_case()->clear_rationale_hash();
  const v1::OperationResult result = RunAsBank(decision);
  EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{"decision"}));
  EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{"rationale_hash"}));
}

// --- Several parties decide ---

// A share class of the fund company and the cash of the bank judge the same subscription.
class CasesOfTwoOwners : public PolicyWorld {
 protected:
  CasesOfTwoOwners() : fund_(AddFund()), isin_(AddShareClass(kIsin, ShareClassOf(fund_, {cash_}, kIsin))) {
    AddDealingDays(fund_, {"2026-03-03", "2026-03-04"});
    AddModel(Registration());
    v1::Bind binding = BindingOf();
    binding.set_operation("dealing.subscribe");
    Bind(binding);
    v1::RegisterModel other = Registration(Ref("orders"));
    other.set_owner(kFmco);
    other.set_accountable_manager(Officer(kFmco, 1).ToString());
    EXPECT_THAT(Run(kFmco, Two(kFmco), Of(other)), Applied());
    EXPECT_THAT(RunAsValidator(Validation(Ref("orders"))), Applied());
    EXPECT_THAT(Run(kFmco, Two(kFmco), StageOf(v1::MODEL_STAGE_SHADOW, Ref("orders"))), Applied());
    binding.set_instrument(kIsin);
    *binding.mutable_model() = Ref("orders");
    EXPECT_THAT(Run(kFmco, Two(kFmco), Of(binding)), Applied());
    Subscribe("10", "first");
    for (const v1::ModelStage stage : {v1::MODEL_STAGE_LIMITED, v1::MODEL_STAGE_ACTIVE}) {
      EXPECT_THAT(RunAsBank(StageOf(stage)), Applied());
      EXPECT_THAT(Run(kFmco, Two(kFmco), StageOf(stage, Ref("orders"))), Applied());
    }
  }
  inline static const std::string kIsin = IsinFor("LU000000001");

  v1::OperationResult Subscribe(absl::string_view amount, absl::string_view label) {
    v1::Operation operation;
    v1::Subscribe& request = *operation.mutable_dealing()->mutable_subscribe();
    request.set_order_id(IdFor<OrderId>(label).ToString());
    request.set_order_reference(std::string(label));
    request.set_isin(kIsin);
    request.set_account(payer_.ToString());
    request.set_cash_account(payer_.ToString());
    request.set_cash_token(cash_.ToString());
    request.set_amount(std::string(amount));
    return Run(kInvestor, One(kInvestor), operation);
  }
  const InstrumentId fund_;
  const InstrumentId isin_;
};

TEST_F(CasesOfTwoOwners, BothReleaseAndTheSecondRunsIt) {
  ASSERT_THAT(Subscribe("2000", "second"), HeldForReview());
  EXPECT_EQ(Decisions().size(), 2u);
  const CaseId id = LastCase();
  EXPECT_EQ(policy::FindCase(view(), id)->rules_size(), 2);
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Applied());
  EXPECT_TRUE(policy::FindCase(view(), id).has_value());
  EXPECT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Refused(v1::POLICY_REASON_ALREADY_AGREED));
  ASSERT_THAT(Run(kFmco, Two(kFmco), Decision(id, v1::CASE_DECISION_RELEASE)), Applied());
  EXPECT_FALSE(policy::FindCase(view(), id).has_value());
  EXPECT_TRUE(dealing::FindOrder(view(), IdFor<OrderId>("second")).has_value());
}

TEST_F(CasesOfTwoOwners, EitherRefusesAlone) {
  ASSERT_THAT(Subscribe("2000", "second"), HeldForReview());
  const CaseId id = LastCase();
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Applied());
  ASSERT_THAT(Run(kFmco, Two(kFmco), Decision(id, v1::CASE_DECISION_REFUSE)), Applied());
  EXPECT_FALSE(policy::FindCase(view(), id).has_value());
  EXPECT_FALSE(dealing::FindOrder(view(), IdFor<OrderId>("second")).has_value());
}

// An order that was held keeps the time at which it was received.
TEST_F(CasesOfTwoOwners, AReleasedOrderBelongsToTheDayOfItsReceipt) {
  SetTime("2026-03-03T09:59:00Z");
  ASSERT_THAT(Subscribe("2000", "second"), HeldForReview());
  const CaseId id = LastCase();
  SetTime("2026-03-03T10:02:00Z");
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Applied());
  ASSERT_THAT(Run(kFmco, Two(kFmco), Decision(id, v1::CASE_DECISION_RELEASE)), Applied());
  const std::optional<v1::Order> order = dealing::FindOrder(view(), IdFor<OrderId>("second"));
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->dealing_date(), "2026-03-03");
}

TEST_F(CasesOfTwoOwners, AnOrderReleasedAfterItsBookHasClosedIsOfTheNextDay) {
  SetTime("2026-03-03T09:59:00Z");
  ASSERT_THAT(Subscribe("2000", "second"), HeldForReview());
  const CaseId id = LastCase();
  SetTime("2026-03-03T10:05:00Z");
  ASSERT_THAT(Decide(id, v1::CASE_DECISION_RELEASE), Applied());
  ASSERT_THAT(Run(kFmco, Two(kFmco), Decision(id, v1::CASE_DECISION_RELEASE)), Applied());
  EXPECT_EQ(dealing::FindOrder(view(), IdFor<OrderId>("second"))->dealing_date(), "2026-03-04");
}

// --- Invariants ---

class PolicyInvariants : public Cases {
 protected:
  std::vector<std::string> Broken(const state::StateTransaction& layer) const {
    std::vector<execution::Violation> violations;
    policy::MakePolicyContract()->CheckInvariants(layer, violations);
    std::vector<std::string> what;
    for (const execution::Violation& violation : violations) what.push_back(violation.what);
    return what;
  }
};

TEST_F(PolicyInvariants, OpenCasesAreCounted) {
  const CaseId id = HoldPayment();
  state::StateTransaction layer(static_cast<const state::StateView&>(state()));
  layer.Erase(policy::kCases, id);
  EXPECT_THAT(Broken(layer), ElementsAre("cases of SGD.MERIDIAN changed by -1, their count by 0"));
}

TEST_F(PolicyInvariants, ACaseHasItsHolds) {
  const CaseId id = HoldPayment();
  state::StateTransaction layer(static_cast<const state::StateView&>(state()));
  v1::Case record = *policy::FindCase(view(), id);
  record.add_holds(IdFor<HoldId>("another").ToString());
  layer.Put(policy::kCases, id, record);
  EXPECT_THAT(Broken(layer), ElementsAre("a case has no hold " + IdFor<HoldId>("another").ToHex()));
}

TEST_F(PolicyInvariants, AModelsTreesNeverChange) {
  state::StateTransaction layer(static_cast<const state::StateView&>(state()));
  v1::Model trees = *view().Get(policy::kModelTrees, policy::ModelKey{"amounts", 1});
  trees.set_theta_hold(trees.theta_hold() + 1);
  layer.Put(policy::kModelTrees, policy::ModelKey{"amounts", 1}, trees);
  EXPECT_THAT(Broken(layer), ElementsAre("a model's trees have changed"));
}

}  // namespace
}  // namespace causeway::testing
