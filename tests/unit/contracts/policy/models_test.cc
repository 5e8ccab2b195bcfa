// SPDX-License-Identifier: Apache-2.0
// The life of a model, and who takes it from stage to stage.

#include <fstream>
#include <iterator>

#include "ledger/codec/json.h"
#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

using Parameters = std::vector<std::string>;

class Models : public PolicyWorld {
 protected:
  v1::ModelStage Stage() const { return policy::FindModel(view(), Ref())->stage(); }
  v1::OperationResult Register(const v1::RegisterModel& request) { return RunAsBank(Of(request)); }
};

// --- Registration ---

TEST_F(Models, ARegisteredModelIsADraftThatItsRegistrantsAnswerFor) {
  ASSERT_THAT(Register(Registration()), Applied());
  const v1::ModelRecord record = *policy::FindModel(view(), Ref());
  EXPECT_EQ(record.stage(), v1::MODEL_STAGE_DRAFT);
  EXPECT_EQ(record.owner(), kBank);
  EXPECT_EQ(record.registered_by_size(), 2);
  EXPECT_EQ(record.work(), 9u * 2);
  EXPECT_EQ(view().Get(policy::kModelTrees, policy::ModelKey{"amounts", 1})->trees_size(), 3);
}

TEST_F(Models, RegistrationTakesTwoOfficersOfTheOwner) {
  EXPECT_THAT(Run(kBank, One(kBank), Of(Registration())), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  const v1::OperationResult foreign = Run(kInvestor, Two(kInvestor), Of(Registration()));
  EXPECT_EQ(foreign.status(), v1::OPERATION_STATUS_REFUSED);
}

TEST_F(Models, AVersionIsRegisteredOnce) {
  ASSERT_THAT(Register(Registration()), Applied());
  EXPECT_THAT(Register(Registration()), Refused(v1::POLICY_REASON_MODEL_EXISTS));
  EXPECT_THAT(Register(Registration(Ref("amounts", 2))), Applied());
}

TEST_F(Models, ARegistrationIsComplete) {
  v1::RegisterModel request = Registration(Ref("", 0));
  request.clear_materiality();
  request.clear_scope();
  request.set_valid_until_us(now().micros());
  const v1::OperationResult result = Register(request);
  for (const char* field : {"model", "materiality", "scope", "valid_until_us"})
    EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{field})) << field;
}

TEST_F(Models, ThePartiesOfAModelAreActive) {
  v1::RegisterModel request = Registration();
  request.set_developer(LeiFor("NOBODY"));
  EXPECT_THAT(Register(request), RefusedWith(v1::POLICY_REASON_PARTY_INVALID, Parameters{LeiFor("NOBODY")}));
  request = Registration();
  request.set_validator(LeiFor("NOBODY"));
  EXPECT_THAT(Register(request), Refused(v1::POLICY_REASON_PARTY_INVALID));
}

TEST_F(Models, ADeveloperDoesNotValidateItsOwnModel) {
  v1::RegisterModel request = Registration();
  request.set_developer(request.validator());
  EXPECT_THAT(Register(request), Refused(v1::POLICY_REASON_VALIDATOR_DEVELOPED));
}

TEST_F(Models, AnOfficerOfTheOwnerAnswersForIt) {
  v1::RegisterModel request = Registration();
  request.set_accountable_manager(Officer(kInvestor, 1).ToString());
  EXPECT_THAT(Register(request), Refused(v1::POLICY_REASON_OFFICER_INVALID));
}

TEST_F(Models, FeaturesAreThoseOfTheLedger) {
  v1::RegisterModel request = Registration();
  request.mutable_trees()->mutable_features(0)->set_name("shoe_size");
  request.mutable_trees()->mutable_features(1)->set_upper(10);
  const v1::OperationResult result = Register(request);
  EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FEATURE_UNKNOWN, Parameters{"shoe_size"}));
  EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FEATURE_UNKNOWN, Parameters{"count_1h"}));
}

TEST_F(Models, AModelWhoseGoldenVectorsDifferIsRefused) {
  v1::RegisterModel request = Registration();
  request.mutable_trees()->mutable_golden_vectors(1)->set_margin(kOne + 1);
  EXPECT_THAT(Register(request),
              RefusedWith(v1::POLICY_REASON_MODEL_INVALID, Parameters{"GOLDEN_VECTOR", "golden_vectors[1]"}));
}

TEST_F(Models, AMalformedTreeIsRefused) {
  v1::RegisterModel request = Registration();
  request.mutable_trees()->mutable_trees(0)->add_splits(0);
  EXPECT_THAT(Register(request), Refused(v1::POLICY_REASON_MODEL_INVALID));
}

TEST_F(Models, WorkOfARegistrationGrowsWithTheModel) {
  const execution::BlockContext in = block();
  const v1::Operation operation = Of(Registration());
  const execution::OperationContext context{&in, Hash::Zero(), 0, kBank, Two(kBank), &operation, nullptr};
  // Nine nodes, and three trees for each of three golden vectors.
  EXPECT_EQ(registry().Find(v1::Operation::kPolicy)->WorkOf(context, view()), 1u + 9 + 3 * 3);
}

// The model that comes with the demo reads what the ledger offers, and scores here as it did where it was made.
TEST_F(Models, TheDemosModelIsRegistered) {
  std::ifstream file("deploy/demo-data/model/imported.json");
  const std::string json((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  v1::RegisterModel request = Registration();
  ASSERT_TRUE(codec::JsonToMessage(json, request.mutable_trees()).ok());
  EXPECT_THAT(Register(request), Applied());
}

// --- Validation ---

TEST_F(Models, ItsValidatorApprovesADraft) {
  ASSERT_THAT(Register(Registration()), Applied());
  EXPECT_NE(RunAsBank(Validation()).status(), v1::OPERATION_STATUS_APPLIED) << "the owner is not the validator";
  EXPECT_THAT(Run(kAdministrator, One(kAdministrator), Validation()), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  ASSERT_THAT(RunAsValidator(Validation(Ref(), 7)), Applied());
  EXPECT_EQ(Stage(), v1::MODEL_STAGE_VALIDATED);
  EXPECT_EQ(policy::FindModel(view(), Ref())->shadow_minimum(), 7u);
  EXPECT_THAT(RunAsValidator(Validation()), Refused(v1::POLICY_REASON_MODEL_STAGE));
}

TEST_F(Models, WhoRegisteredAModelDoesNotValidateIt) {
  v1::RegisterModel request = Registration();
  request.set_validator(kBank);
  ASSERT_THAT(Register(request), Applied());
  EXPECT_THAT(RunAsBank(Validation()),
              RefusedWith(v1::POLICY_REASON_VALIDATOR_REGISTERED, Parameters{Officer(kBank, 1).ToHex()}));
}

TEST_F(Models, AValidationNamesItsReportAndTheTimeInShadow) {
  ASSERT_THAT(Register(Registration()), Applied());
  v1::Operation operation = Validation(Ref(), 0);
  operation.mutable_policy()->mutable_validate_model()->clear_report_hash();
  const v1::OperationResult result = RunAsValidator(operation);
  EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{"report_hash"}));
  EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{"shadow_minimum"}));
}

TEST_F(Models, WhatIsNotThereIsUnknown) {
  for (const v1::Operation& operation : {Validation(), StageOf(v1::MODEL_STAGE_SHADOW), Suspension(), Resumption()})
    EXPECT_THAT(RunAsBank(operation), RefusedWith(v1::POLICY_REASON_MODEL_UNKNOWN, Parameters{"amounts/1"}));
}

TEST_F(Models, AnExpiredModelIsNeitherValidatedNorPromotedNorBound) {
  ASSERT_THAT(Register(Registration()), Applied());
  SetTime("2027-01-01T00:00:00Z");
  EXPECT_THAT(RunAsValidator(Validation()), Refused(v1::POLICY_REASON_MODEL_EXPIRED));
  EXPECT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_RETIRED)), Applied());
}

// --- Promotion ---

TEST_F(Models, PromotionNeedsEnoughDecisionsInShadow) {
  AddModel(Registration(), 2);
  Bind(BindingOf());
  ASSERT_THAT(Pay("1"), Applied());
  EXPECT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_LIMITED)),
              RefusedWith(v1::POLICY_REASON_SHADOW_TOO_SHORT, Parameters{"amounts/1", "1", "2"}));
  ASSERT_THAT(Pay("1"), Applied());
  EXPECT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_LIMITED)), Applied());
}

TEST_F(Models, NoStageIsSkipped) {
  ASSERT_THAT(Register(Registration()), Applied());
  const auto refused = [&](v1::ModelStage stage) {
    EXPECT_THAT(RunAsBank(StageOf(stage)), Refused(v1::POLICY_REASON_MODEL_STAGE)) << v1::ModelStage_Name(stage);
  };
  for (const v1::ModelStage stage : {v1::MODEL_STAGE_DRAFT, v1::MODEL_STAGE_VALIDATED, v1::MODEL_STAGE_SHADOW,
                                     v1::MODEL_STAGE_LIMITED, v1::MODEL_STAGE_ACTIVE, v1::MODEL_STAGE_SUSPENDED})
    refused(stage);
  ASSERT_THAT(RunAsValidator(Validation()), Applied());
  for (const v1::ModelStage stage : {v1::MODEL_STAGE_LIMITED, v1::MODEL_STAGE_ACTIVE}) refused(stage);
  ASSERT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_SHADOW)), Applied());
  for (const v1::ModelStage stage : {v1::MODEL_STAGE_ACTIVE, v1::MODEL_STAGE_SHADOW}) refused(stage);
  ASSERT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_RETIRED)), Applied());
  for (const v1::ModelStage stage : {v1::MODEL_STAGE_SHADOW, v1::MODEL_STAGE_RETIRED}) refused(stage);
}

// --- Suspension ---

TEST_F(Models, OneComplianceOfficerStopsAndTwoLetGoOn) {
  Judge();
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 3)}, Suspension()), Refused(v1::PARTIES_REASON_ROLE_MISSING));
  ASSERT_THAT(Run(kBank, One(kBank), Suspension()), Applied());
  EXPECT_EQ(Stage(), v1::MODEL_STAGE_SUSPENDED);
  EXPECT_THAT(Run(kBank, One(kBank), Suspension()), Refused(v1::POLICY_REASON_MODEL_STAGE));
  EXPECT_THAT(Run(kBank, One(kBank), Resumption()), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  ASSERT_THAT(RunAsBank(Resumption()), Applied());
  EXPECT_EQ(Stage(), v1::MODEL_STAGE_ACTIVE);
  EXPECT_THAT(RunAsBank(Resumption()), Refused(v1::POLICY_REASON_MODEL_STAGE));
}

TEST_F(Models, ASuspensionSaysWhyAndIsUrgent) {
  Judge();
  v1::Operation operation = Suspension();
  operation.mutable_policy()->mutable_suspend_model()->clear_explanation();
  EXPECT_THAT(RunAsBank(operation), RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{"explanation"}));
  const execution::BlockContext in = block();
  const execution::OperationContext context{&in, Hash::Zero(), 0, kBank, Two(kBank), &operation, nullptr};
  EXPECT_TRUE(registry().Find(v1::Operation::kPolicy)->DemandsOf(context, view()).urgent);
}

// --- Supervision ---

TEST_F(Models, ASupervisorSpeaksForItself) {
  ASSERT_THAT(Register(Registration()), Applied());
  EXPECT_THAT(RunAsBank(Supervision(v1::SUPERVISORY_POSITION_NO_OBJECTION)),
              RefusedWith(v1::POLICY_REASON_PARTY_INVALID, Parameters{kBank}));
  ASSERT_THAT(Run(kSupervisor, Two(kSupervisor), Supervision(v1::SUPERVISORY_POSITION_NO_OBJECTION)), Applied());
  EXPECT_EQ(view().Get(policy::kSupervisoryRecords, std::tuple(std::string("amounts"), 1u, kSupervisor))->position(),
            v1::SUPERVISORY_POSITION_NO_OBJECTION);
}

TEST_F(Models, RelianceNamesASupervisor) {
  ASSERT_THAT(Register(Registration()), Applied());
  v1::Operation operation = Supervision(v1::SUPERVISORY_POSITION_RELY_ON);
  v1::RecordSupervision& request = *operation.mutable_policy()->mutable_record_supervision();
  EXPECT_THAT(Run(kSupervisor, Two(kSupervisor), operation),
              RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{"relies_on"}));
  request.set_relies_on(kBank);
  EXPECT_THAT(Run(kSupervisor, Two(kSupervisor), operation), Refused(v1::POLICY_REASON_PARTY_INVALID));
  request.set_relies_on(AddParty("SUPERVISOR2", {v1::PARTY_ROLE_SUPERVISOR}, "GB"));
  EXPECT_THAT(Run(kSupervisor, Two(kSupervisor), operation), Applied());
}

TEST_F(Models, AnOperationAsksForSomething) {
  v1::Operation operation;
  operation.mutable_policy();
  EXPECT_THAT(RunAsBank(operation), Refused(v1::POLICY_REASON_OPERATION_MISSING));
}

}  // namespace
}  // namespace causeway::testing
