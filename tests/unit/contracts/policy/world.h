// SPDX-License-Identifier: Apache-2.0
//
// A cash token whose transfers a model judges: it holds from 1,000 on and denies from 100,000 on. And the operations of
// `policy` in one line each.

#ifndef CAUSEWAY_TESTS_UNIT_CONTRACTS_POLICY_WORLD_H_
#define CAUSEWAY_TESTS_UNIT_CONTRACTS_POLICY_WORLD_H_

#include <string>
#include <vector>

#include "contracts/parties/parties.h"
#include "contracts/policy/policy.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/decimal.h"
#include "tests/support/amount_model.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {

MATCHER(HeldForReview, "is held for review") {
  *result_listener << arg.DebugString();
  return arg.status() == v1::OPERATION_STATUS_HELD_FOR_REVIEW;
}

class PolicyWorld : public ContractFixture {
 protected:
  PolicyWorld() : cash_(AddCashToken()) {
    Give(payer_, "1000000");
    Give(bank_account_, "1000000");
  }

  inline static const std::string kTransfer = "transfers.transfer";

  // --- Models ---

  static v1::ModelRef Ref(const std::string& name = "amounts", uint32_t version = 1) {
    v1::ModelRef ref;
    ref.set_name(name);
    ref.set_version(version);
    return ref;
  }

  // --- Operations ---

  v1::RegisterModel Registration(const v1::ModelRef& ref = Ref()) const {
    v1::RegisterModel request;
    *request.mutable_model() = ref;
    request.set_owner(kBank);
    request.set_developer(kIntermediary);
    request.set_validator(kAdministrator);
    request.set_accountable_manager(Officer(kBank, 1).ToString());
    request.set_materiality(v1::MATERIALITY_HIGH);
    request.set_valid_until_us(At("2027-01-01T00:00:00Z").micros());
    request.set_scope("Transfers of cash");
    *request.mutable_trees() = AmountModel();
    return request;
  }
  static v1::Operation Of(const v1::RegisterModel& request) {
    v1::Operation operation;
    *operation.mutable_policy()->mutable_register_model() = request;
    return operation;
  }
  static v1::Operation Validation(const v1::ModelRef& ref = Ref(), uint32_t shadow_minimum = 1) {
    v1::Operation operation;
    v1::ValidateModel& request = *operation.mutable_policy()->mutable_validate_model();
    *request.mutable_model() = ref;
    request.set_report_hash(crypto::Sha256("report").ToString());
    request.set_shadow_minimum(shadow_minimum);
    return operation;
  }
  static v1::Operation StageOf(v1::ModelStage stage, const v1::ModelRef& ref = Ref()) {
    v1::Operation operation;
    *operation.mutable_policy()->mutable_set_model_stage()->mutable_model() = ref;
    operation.mutable_policy()->mutable_set_model_stage()->set_stage(stage);
    return operation;
  }
  static v1::Operation Suspension(const v1::ModelRef& ref = Ref()) {
    v1::Operation operation;
    *operation.mutable_policy()->mutable_suspend_model()->mutable_model() = ref;
    operation.mutable_policy()->mutable_suspend_model()->set_explanation("drift");
    return operation;
  }
  static v1::Operation Resumption(const v1::ModelRef& ref = Ref()) {
    v1::Operation operation;
    *operation.mutable_policy()->mutable_resume_model()->mutable_model() = ref;
    return operation;
  }
  v1::Bind BindingOf(const v1::ModelRef& ref = Ref()) const {
    v1::Bind request;
    request.set_instrument(cash_.ToString());
    request.set_operation(kTransfer);
    *request.mutable_model() = ref;
    request.set_fail_mode(v1::FAIL_MODE_HOLD);
    request.set_limited_amount("5000");
    request.set_reporting_threshold("10000");
    request.set_case_validity_us(Duration::Hours(24).micros());
    request.set_cases_max(10);
    request.set_cases_per_party_max(5);
    return request;
  }
  static v1::Operation Of(const v1::Bind& request) {
    v1::Operation operation;
    *operation.mutable_policy()->mutable_bind() = request;
    return operation;
  }
  v1::Operation Unbinding() const {
    v1::Operation operation;
    operation.mutable_policy()->mutable_unbind()->set_instrument(cash_.ToString());
    operation.mutable_policy()->mutable_unbind()->set_operation(kTransfer);
    return operation;
  }
  v1::Operation BindingSuspension() const {
    v1::Operation operation;
    v1::SuspendBinding& request = *operation.mutable_policy()->mutable_suspend_binding();
    request.set_instrument(cash_.ToString());
    request.set_operation(kTransfer);
    request.set_explanation("drift");
    return operation;
  }
  v1::Operation BindingResumption() const {
    v1::Operation operation;
    operation.mutable_policy()->mutable_resume_binding()->set_instrument(cash_.ToString());
    operation.mutable_policy()->mutable_resume_binding()->set_operation(kTransfer);
    return operation;
  }
  static v1::Operation Supervision(v1::SupervisoryPosition position, const v1::ModelRef& ref = Ref()) {
    v1::Operation operation;
    v1::RecordSupervision& request = *operation.mutable_policy()->mutable_record_supervision();
    *request.mutable_model() = ref;
    request.set_position(position);
    request.set_valid_until_us(At("2026-12-01T00:00:00Z").micros());
    return operation;
  }
  static v1::Operation Decision(const CaseId& id, v1::CaseDecision decision) {
    v1::Operation operation;
    v1::DecideCase& request = *operation.mutable_policy()->mutable_decide_case();
    request.set_case_id(id.ToString());
    request.set_decision(decision);
    request.set_rationale_hash(crypto::Sha256("rationale").ToString());
    return operation;
  }
  v1::Operation TransferOf(absl::string_view amount, const AccountId& from, const AccountId& to) const {
    v1::Operation operation;
    v1::Transfer& request = *operation.mutable_transfers()->mutable_transfer();
    request.set_from(from.ToString());
    request.set_to(to.ToString());
    request.set_instrument(cash_.ToString());
    request.set_amount(std::string(amount));
    return operation;
  }

  // --- A judged world ---

  // Registers and validates the model, in shadow.
  void AddModel(const v1::RegisterModel& request, uint32_t shadow_minimum = 1) {
    ASSERT_THAT(RunAsBank(Of(request)), Applied());
    ASSERT_THAT(RunAsValidator(Validation(request.model(), shadow_minimum)), Applied());
    ASSERT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_SHADOW, request.model())), Applied());
  }
  // Binds it, and takes it out of shadow after one decision.
  void Bind(const v1::Bind& binding) { ASSERT_THAT(RunAsBank(Of(binding)), Applied()); }
  void Activate(const v1::ModelRef& ref = Ref()) {
    ASSERT_THAT(Pay("1"), Applied());
    ASSERT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_LIMITED, ref)), Applied());
    ASSERT_THAT(RunAsBank(StageOf(v1::MODEL_STAGE_ACTIVE, ref)), Applied());
  }
  void Judge() {
    AddModel(Registration());
    Bind(BindingOf());
    Activate();
    Advance(Duration::Hours(2));
  }

  v1::OperationResult RunAsBank(const v1::Operation& operation) { return Run(kBank, Two(kBank), operation); }
  v1::OperationResult RunAsValidator(const v1::Operation& operation) {
    return Run(kAdministrator, Two(kAdministrator), operation);
  }
  v1::OperationResult Pay(absl::string_view amount) {
    return Run(kInvestor, One(kInvestor), TransferOf(amount, payer_, receiver_));
  }
  // The case of the last transaction's first group.
  CaseId LastCase() const { return policy::CaseIdOf(last_transaction_id(), 0); }
  // Holds a payment of this amount, and gives its case.
  CaseId HoldPayment(absl::string_view amount = "2000") {
    EXPECT_THAT(Pay(amount), HeldForReview());
    return LastCase();
  }
  v1::OperationResult Decide(const CaseId& id, v1::CaseDecision decision) { return RunAsBank(Decision(id, decision)); }

  // The last transaction's decisions.
  std::vector<v1::Decision> Decisions() const {
    std::vector<v1::Decision> decisions;
    for (const execution::RestrictedRecord& record : restricted()) {
      EXPECT_EQ(record.type, "causeway.v1.Decision");
      EXPECT_TRUE(decisions.emplace_back().ParseFromString(record.bytes));
    }
    return decisions;
  }
  v1::Decision LastDecision() const {
    const std::vector<v1::Decision> decisions = Decisions();
    EXPECT_EQ(decisions.size(), 1u);
    return decisions.empty() ? v1::Decision() : decisions.front();
  }
  v1::ModelCounts Counts(const v1::ModelRef& ref = Ref()) const {
    return *view().Get(policy::kModelCounts, policy::ModelKey{ref.name(), ref.version()});
  }

  // --- Balances ---

  void Give(const AccountId& to, absl::string_view amount) {
    const execution::BlockContext context_block = block();
    const v1::Operation none;
    const execution::OperationContext context{&context_block, Hash::Zero(), 0, "", {}, &none, nullptr};
    execution::Effects effects(context);
    transfers::Issue(context, state(), effects, cash_, to, *ParseDecimal(amount, 2));
  }
  // "total free blocked restricted".
  std::string Parts(const AccountId& account) const {
    const transfers::Balance balance = transfers::ReadBalance(view(), account, cash_, now());
    return absl::StrCat(FormatDecimal(balance.total, 2), " ", FormatDecimal(balance.free, 2), " ",
                        FormatDecimal(balance.blocked, 2), " ", FormatDecimal(balance.restricted, 2));
  }

  const InstrumentId cash_;
  const AccountId payer_ = AddAccount(kInvestor);
  const AccountId receiver_ = AddAccount(kIntermediary);
  const AccountId bank_account_ = AddAccount(kBank);
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_CONTRACTS_POLICY_WORLD_H_
