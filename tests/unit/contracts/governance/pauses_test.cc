// SPDX-License-Identifier: Apache-2.0
// What stands still, and what goes on all the same.

#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

class Pauses : public ContractFixture {
 protected:
  static v1::Operation Pause(const std::string& subject_json, const std::string& why = "an incident") {
    return OperationFrom(R"({"governance": {"pause": {"subject": )" + subject_json + R"(, "explanation": ")" + why +
                         R"("}}})");
  }
  v1::OperationResult Stop(const std::string& subject_json) {
    return Run(kOperators[0], One(kOperators[0]), Pause(subject_json));
  }
  v1::OperationResult SetFund() {
    v1::Operation operation;
    operation.mutable_instruments()->mutable_set_fund()->set_fund_id("FUND.ONE");
    *operation.mutable_instruments()->mutable_set_fund()->mutable_fund() = FundOf();
    return Run(kFmco, Two(kFmco), operation);
  }
};

const char kLedger[] = R"({"ledger": {}})";
const char kContract[] = R"({"contract": "instruments"})";
const char kInstrument[] = R"({"instrument": "FUND.ONE"})";

TEST_F(Pauses, OneOfficerOfOneOperatorStopsTheLedger) {
  const v1::OperationResult result = Stop(kLedger);
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(result.events(0).governance().paused().operator_(), kOperators[0]);
  EXPECT_THAT(SetFund(), Refused(v1::GOVERNANCE_REASON_LEDGER_PAUSED));
  EXPECT_TRUE(governance::IsPaused(view(), "dealing", {}));
}

TEST_F(Pauses, APausedContractStandsStillAndOthersDoNot) {
  ASSERT_THAT(Stop(kContract), Applied());
  EXPECT_THAT(SetFund(), RefusedWith(v1::GOVERNANCE_REASON_CONTRACT_PAUSED, std::vector<std::string>{"instruments"}));
  EXPECT_TRUE(governance::IsPaused(view(), "instruments", {}));
  EXPECT_FALSE(governance::IsPaused(view(), "dealing", {}));
}

TEST_F(Pauses, APausedInstrumentStandsStillAndOthersDoNot) {
  AddFund("FUND.ONE");
  ASSERT_THAT(Stop(kInstrument), Applied());
  EXPECT_THAT(SetFund(), RefusedWith(v1::GOVERNANCE_REASON_INSTRUMENT_PAUSED, std::vector<std::string>{"FUND.ONE"}));
  EXPECT_TRUE(governance::IsPaused(view(), "dealing", {InstrumentFor("FUND.ONE")}));
  EXPECT_FALSE(governance::IsPaused(view(), "dealing", {InstrumentFor("FUND.TWO")}));
  AddFund("FUND.TWO");
}

TEST_F(Pauses, RevocationsGoOn) {
  ASSERT_THAT(Stop(kLedger), Applied());
  v1::Operation revoke;
  revoke.mutable_parties()->mutable_revoke_key()->set_key_id(KeyOf(kBank, 3).ToString());
  EXPECT_THAT(Run(kBank, One(kBank), revoke), Applied());
  // Binding is not urgent.
  v1::Operation bind;
  bind.mutable_parties()->mutable_bind_key()->set_officer_id(Officer(kBank, 3).ToString());
  *bind.mutable_parties()->mutable_bind_key()->mutable_key() = NewKeyFor("second");
  EXPECT_THAT(Run(kBank, Two(kBank), bind), Refused(v1::GOVERNANCE_REASON_LEDGER_PAUSED));
}

TEST_F(Pauses, GenesisIsNotStopped) {
  ASSERT_THAT(Stop(kLedger), Applied());
  EXPECT_THAT(RunGenesis(OperationFrom(R"({"governance": {"set_parameters": {"parameters": {}}}})")), Applied());
}

TEST_F(Pauses, OnlyAnOperatorStopsAnything) {
  EXPECT_THAT(Run(kBank, One(kBank), Pause(kLedger)),
              RefusedWith(v1::GOVERNANCE_REASON_NOT_AN_OPERATOR, std::vector<std::string>{kBank}));
}

TEST_F(Pauses, ItsOfficerComplies) {
  EXPECT_THAT(Run(kOperators[0], {KeyOf(kOperators[0], 3)}, Pause(kLedger)), Refused(v1::PARTIES_REASON_ROLE_MISSING));
}

TEST_F(Pauses, WhatIsStoppedExists) {
  for (const char* subject : {"{}", R"({"contract": "flying"})", R"({"contract": "governance"})",
                              R"({"contract": "linked"})", R"({"instrument": "NOTHING"})"}) {
    EXPECT_THAT(Stop(subject), Refused(v1::GOVERNANCE_REASON_SUBJECT_INVALID)) << subject;
  }
}

TEST_F(Pauses, WhatStandsStillIsNotStoppedAgain) {
  ASSERT_THAT(Stop(kLedger), Applied());
  EXPECT_THAT(Stop(kLedger), RefusedWith(v1::GOVERNANCE_REASON_ALREADY_PAUSED, std::vector<std::string>{"ledger"}));
}

TEST_F(Pauses, APauseIsExplained) {
  EXPECT_THAT(Run(kOperators[0], One(kOperators[0]), Pause(kLedger, "")),
              Refused(v1::GOVERNANCE_REASON_EXPLANATION_INVALID));
  EXPECT_THAT(Run(kOperators[0], One(kOperators[0]), Pause(kLedger, std::string(281, 'x'))),
              Refused(v1::GOVERNANCE_REASON_EXPLANATION_INVALID));
}

TEST_F(Pauses, AViolationStopsItsInstrumentOrElseItsContract) {
  const InstrumentId fund = AddFund("FUND.ONE");
  registry().pauses->PauseAfterViolation(block(), {"sum of holdings ≠ supply", fund}, "transfers", state());
  EXPECT_EQ(governance::FindPause(view(), governance::PauseKind::kInstrument, "FUND.ONE")->operator_(), "");
  EXPECT_FALSE(governance::IsPaused(view(), "transfers", {}));
  registry().pauses->PauseAfterViolation(block(), {std::string(1000, 'x'), std::nullopt}, "transfers", state());
  EXPECT_TRUE(governance::IsPaused(view(), "transfers", {}));
  EXPECT_EQ(governance::FindPause(view(), governance::PauseKind::kContract, "transfers")->explanation().size(), 280u);
}

// A contract with a defect: every operation of it breaks an invariant.
class Defective final : public execution::Contract {
 public:
  explicit Defective(std::unique_ptr<execution::Contract> sound) : sound_(std::move(sound)) {}
  const char* name() const override { return sound_->name(); }
  v1::Operation::KindCase kind() const override { return sound_->kind(); }
  const google::protobuf::EnumDescriptor* reasons() const override { return sound_->reasons(); }
  std::vector<state::TableInfo> tables() const override { return sound_->tables(); }
  execution::Demands DemandsOf(const execution::OperationContext& context,
                               const state::StateView& view) const override {
    return sound_->DemandsOf(context, view);
  }
  void Check(const execution::OperationContext& context, const state::StateView& view,
             Reasons& reasons) const override {
    sound_->Check(context, view, reasons);
  }
  void Apply(const execution::OperationContext& context, state::StateTransaction& state,
             execution::Effects& effects) const override {
    sound_->Apply(context, state, effects);
  }
  void CheckInvariants(const state::StateTransaction& after,
                       std::vector<execution::Violation>& violations) const override {
    for (const auto& [changed, value] : after.changes()) {
      if (changed.table == instruments::kFunds.id) violations.push_back({"a planted defect", std::nullopt});
    }
  }

 private:
  std::unique_ptr<execution::Contract> sound_;
};

TEST_F(Pauses, ATransactionThatViolatesAnInvariantIsDroppedAndItsContractStandsStill) {
  for (auto& contract : registry().contracts) {
    if (contract->kind() == v1::Operation::kInstruments) contract = std::make_unique<Defective>(std::move(contract));
  }
  ExpectViolations();
  EXPECT_EQ(SetFund().status(), v1::OPERATION_STATUS_REFUSED);
  ASSERT_EQ(violations().size(), 1u);
  EXPECT_FALSE(view().Has(instruments::kFunds, InstrumentFor("FUND.ONE")));
  EXPECT_THAT(SetFund(), Refused(v1::GOVERNANCE_REASON_CONTRACT_PAUSED));
}

}  // namespace
}  // namespace causeway::testing
