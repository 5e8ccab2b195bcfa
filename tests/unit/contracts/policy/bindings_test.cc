// SPDX-License-Identifier: Apache-2.0
// Bindings: by whom, on what terms, and who stops them.

#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

using Parameters = std::vector<std::string>;

class Bindings : public PolicyWorld {
 protected:
  Bindings() { AddModel(Registration()); }
  v1::OperationResult Submit(const v1::Bind& request) { return RunAsBank(Of(request)); }
  bool Suspended() const { return policy::FindBinding(view(), cash_, kTransfer)->suspended(); }
};

TEST_F(Bindings, TheOwnerOfTheRulesBindsUnderFourEyes) {
  EXPECT_THAT(Run(kBank, One(kBank), Of(BindingOf())), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  EXPECT_NE(Run(kInvestor, Two(kInvestor), Of(BindingOf())).status(), v1::OPERATION_STATUS_APPLIED);
  ASSERT_THAT(Submit(BindingOf()), Applied());
  EXPECT_EQ(view().Get(policy::kWatched, cash_)->bindings(), 1u);
  ASSERT_THAT(Submit(BindingOf()), Applied());
  EXPECT_EQ(view().Get(policy::kWatched, cash_)->bindings(), 1u) << "the same binding again";
  ASSERT_THAT(RunAsBank(Unbinding()), Applied());
  EXPECT_FALSE(view().Has(policy::kWatched, cash_));
  EXPECT_FALSE(view().Has(policy::kTotals, uint8_t{0}));
  EXPECT_THAT(RunAsBank(Unbinding()), Refused(v1::POLICY_REASON_BINDING_UNKNOWN));
}

TEST_F(Bindings, ABindingIsOfAnInstrumentAndAKindThatMovesValue) {
  v1::Bind request = BindingOf();
  request.set_instrument("SGD.NOWHERE");
  EXPECT_THAT(Submit(request), RefusedWith(v1::POLICY_REASON_INSTRUMENT_UNKNOWN, Parameters{"SGD.NOWHERE"}));
  request = BindingOf();
  request.set_operation("parties.approve");
  EXPECT_THAT(Submit(request), Refused(v1::POLICY_REASON_OPERATION_NOT_JUDGED));
}

// What the binding may name is what DemandsOf calls operations that move value.
TEST_F(Bindings, EveryKindThatMovesValueCanBeBound) {
  for (const char* kind :
       {"transfers.transfer", "transfers.place_hold", "dealing.subscribe", "dealing.redeem", "settlement.consent"}) {
    v1::Bind request = BindingOf();
    request.set_operation(kind);
    EXPECT_THAT(Submit(request), Applied()) << kind;
  }
  EXPECT_EQ(view().Get(policy::kWatched, cash_)->bindings(), 5u);
}

TEST_F(Bindings, TheModelIsTheOwnersAndJudges) {
  EXPECT_THAT(Submit(BindingOf(Ref("unknown"))), Refused(v1::POLICY_REASON_MODEL_UNKNOWN));
  v1::RegisterModel foreign = Registration(Ref("foreign"));
  foreign.set_owner(kFmco);
  foreign.set_accountable_manager(Officer(kFmco, 1).ToString());
  ASSERT_THAT(Run(kFmco, Two(kFmco), Of(foreign)), Applied());
  EXPECT_THAT(Submit(BindingOf(Ref("foreign"))),
              Refused(v1::POLICY_REASON_MODEL_NOT_YOURS, v1::POLICY_REASON_MODEL_STAGE));
  SetTime("2027-01-01T00:00:00Z");
  EXPECT_THAT(Submit(BindingOf()), Refused(v1::POLICY_REASON_MODEL_EXPIRED));
}

TEST_F(Bindings, ThresholdsOnlyTighten) {
  v1::Bind request = BindingOf();
  request.set_theta_hold(kOne + 1);
  EXPECT_THAT(Submit(request), RefusedWith(v1::POLICY_REASON_THRESHOLD_LOOSER, Parameters{"theta_hold"}));
  request.set_theta_hold(kOne);
  request.set_theta_deny(3 * kOne + 1);
  EXPECT_THAT(Submit(request), RefusedWith(v1::POLICY_REASON_THRESHOLD_LOOSER, Parameters{"theta_deny"}));
  request.set_theta_deny(kOne - 1);
  EXPECT_THAT(Submit(request), RefusedWith(v1::POLICY_REASON_THRESHOLD_LOOSER, Parameters{"theta_deny"}));
  request.set_theta_deny(kOne);
  EXPECT_THAT(Submit(request), Applied());
}

TEST_F(Bindings, TermsLieWithinTheirBounds) {
  v1::Bind request = BindingOf();
  request.clear_fail_mode();
  request.set_fallback_limit("-1");
  request.set_limited_amount("0");
  request.set_reporting_threshold("0");
  request.set_case_validity_us(Duration::Days(31).micros() + 1);
  request.set_cases_max(0);
  request.set_cases_per_party_max(1);
  request.add_jurisdiction_tiers()->set_jurisdiction("XX");
  request.add_suspenders(kSupervisor);
  request.add_suspenders(kSupervisor);
  const v1::OperationResult result = Submit(request);
  for (const char* field : {"fail_mode", "fallback_limit", "limited_amount", "reporting_threshold", "case_validity_us",
                            "cases_max", "cases_per_party_max", "jurisdiction_tiers", "suspenders"})
    EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_FIELD_INVALID, Parameters{field})) << field;
}

TEST_F(Bindings, SupervisorsThatAreRequiredHaveSpoken) {
  v1::Bind request = BindingOf();
  request.add_required_supervisors(kInvestor);
  EXPECT_THAT(Submit(request), Refused(v1::POLICY_REASON_PARTY_INVALID, v1::POLICY_REASON_SUPERVISORY_RECORD_MISSING));
  request.set_required_supervisors(0, kSupervisor);
  EXPECT_THAT(Submit(request), Refused(v1::POLICY_REASON_SUPERVISORY_RECORD_MISSING));
  ASSERT_THAT(Run(kSupervisor, Two(kSupervisor), Supervision(v1::SUPERVISORY_POSITION_NO_OBJECTION)), Applied());
  EXPECT_THAT(Submit(request), Applied());
}

TEST_F(Bindings, WhatTheLedgerDoesNotOfferIsRefusedByName) {
  v1::Bind request = BindingOf();
  request.add_external_operators(kInvestor);
  *request.add_challengers() = Ref();
  request.set_monitored(true);
  const v1::OperationResult result = Submit(request);
  for (const char* what : {"external_operators", "challengers", "monitored"})
    EXPECT_THAT(result, RefusedWith(v1::POLICY_REASON_NOT_OFFERED, Parameters{what})) << what;
}

TEST_F(Bindings, ANamedSupervisorStopsAloneAndAllLetGoOn) {
  v1::Bind request = BindingOf();
  request.add_suspenders(kSupervisor);
  Bind(request);
  EXPECT_THAT(Run(kInvestor, One(kInvestor), BindingSuspension()), Refused(v1::POLICY_REASON_NOT_A_SUSPENDER));
  EXPECT_THAT(RunAsBank(BindingResumption()), Refused(v1::POLICY_REASON_BINDING_NOT_SUSPENDED));
  ASSERT_THAT(Run(kSupervisor, One(kSupervisor), BindingSuspension()), Applied());
  EXPECT_TRUE(Suspended());
  EXPECT_THAT(Pay("1"), HeldForReview());
  EXPECT_EQ(LastDecision().cause(), v1::FAILURE_CAUSE_SUSPENDED);
  // The owner alone does not get around it.
  EXPECT_THAT(Submit(BindingOf()), Refused(v1::POLICY_REASON_BINDING_SUSPENDED));
  EXPECT_THAT(RunAsBank(Unbinding()), Refused(v1::POLICY_REASON_BINDING_SUSPENDED));
  EXPECT_THAT(RunAsBank(BindingSuspension()), Refused(v1::POLICY_REASON_BINDING_SUSPENDED));
  ASSERT_THAT(RunAsBank(BindingResumption()), Applied());
  EXPECT_TRUE(Suspended());
  EXPECT_THAT(RunAsBank(BindingResumption()), Refused(v1::POLICY_REASON_ALREADY_AGREED));
  EXPECT_THAT(Run(kSupervisor, One(kSupervisor), BindingResumption()), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  ASSERT_THAT(Run(kSupervisor, Two(kSupervisor), BindingResumption()), Applied());
  EXPECT_FALSE(Suspended());
  EXPECT_THAT(Pay("1"), Applied());
}

TEST_F(Bindings, WithoutABindingRulesAloneDecide) {
  Bind(BindingOf());
  Activate();
  ASSERT_THAT(RunAsBank(Unbinding()), Applied());
  EXPECT_THAT(Pay("500000"), Applied());
}

}  // namespace
}  // namespace causeway::testing
