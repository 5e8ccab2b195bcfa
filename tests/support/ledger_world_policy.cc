// SPDX-License-Identifier: Apache-2.0
// A model over the cash token's transfers in the ledger's test world: its life, and one of each thing that it decides.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/policy/policy.h"
#include "ledger/base/check.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/sha256.h"
#include "tests/support/amount_model.h"
#include "tests/support/ledger_world.h"
#include "tests/support/ledger_world_parts.h"

namespace causeway::testing {
namespace {

using World = FixtureWorld;

constexpr char kTransferKind[] = "transfers.transfer";

void Name(v1::ModelRef* model) {
  model->set_name("amounts");
  model->set_version(1);
}

v1::Operation Register() {
  v1::Operation operation;
  v1::RegisterModel* request = operation.mutable_policy()->mutable_register_model();
  Name(request->mutable_model());
  request->set_owner(World::kBank);
  request->set_developer(World::kIntermediary);
  request->set_validator(World::kAdministrator);
  request->set_accountable_manager(World::Officer(World::kBank, 1).ToString());
  request->set_materiality(v1::MATERIALITY_HIGH);
  request->set_valid_until_us(At("2027-01-01T00:00:00Z").micros());
  request->set_scope("Transfers of cash");
  *request->mutable_trees() = AmountModel();
  return operation;
}

v1::Operation Validate() {
  v1::Operation operation;
  v1::ValidateModel* request = operation.mutable_policy()->mutable_validate_model();
  Name(request->mutable_model());
  request->set_report_hash(crypto::Sha256("report").ToString());
  request->set_shadow_minimum(2);
  return operation;
}

v1::Operation Stage(v1::ModelStage stage) {
  v1::Operation operation;
  v1::SetModelStage* request = operation.mutable_policy()->mutable_set_model_stage();
  Name(request->mutable_model());
  request->set_stage(stage);
  return operation;
}

// Room for five cases of one party; a day to decide them.
v1::Operation Bind() {
  v1::Operation operation;
  v1::Bind* request = operation.mutable_policy()->mutable_bind();
  request->set_instrument(kWorldToken);
  request->set_operation(kTransferKind);
  Name(request->mutable_model());
  request->set_fail_mode(v1::FAIL_MODE_HOLD);
  request->set_fallback_limit("50");
  request->set_limited_amount("500");
  request->set_reporting_threshold("10000");
  request->set_case_validity_us(Duration::Hours(24).micros());
  request->set_cases_max(10);
  request->set_cases_per_party_max(5);
  return operation;
}

v1::Operation SuspendBinding() {
  v1::Operation operation;
  v1::SuspendBinding* request = operation.mutable_policy()->mutable_suspend_binding();
  request->set_instrument(kWorldToken);
  request->set_operation(kTransferKind);
  request->set_explanation("drift");
  return operation;
}

v1::Operation ResumeBinding() {
  v1::Operation operation;
  operation.mutable_policy()->mutable_resume_binding()->set_instrument(kWorldToken);
  operation.mutable_policy()->mutable_resume_binding()->set_operation(kTransferKind);
  return operation;
}

v1::Operation DecideCase(const CaseId& id, v1::CaseDecision decision) {
  v1::Operation operation;
  v1::DecideCase* request = operation.mutable_policy()->mutable_decide_case();
  request->set_case_id(id.ToString());
  request->set_decision(decision);
  request->set_rationale_hash(crypto::Sha256("rationale").ToString());
  return operation;
}

v1::Operation Pay(const std::string& amount) {
  return TransferBetween("investor/cash", "abroad/cash", kWorldToken, amount);
}

// The world goes as it is told here, or the tests that stand on it mean nothing.
void Expect(const execution::ExecutedBlock& block, const std::vector<v1::OperationStatus>& statuses) {
  std::vector<v1::OperationStatus> found;
  for (const execution::TransactionOutcome& outcome : block.transactions) {
    for (const v1::OperationResult& result : outcome.results) found.push_back(result.status());
  }
  for (size_t i = 0; i < std::max(found.size(), statuses.size()); ++i)
    CAUSEWAY_CHECK(i < found.size() && i < statuses.size() && found[i] == statuses[i], "height ",
                   block.height().value(), ", operation ", i);
}

constexpr v1::OperationStatus kApplied = v1::OPERATION_STATUS_APPLIED;
constexpr v1::OperationStatus kHeld = v1::OPERATION_STATUS_HELD_FOR_REVIEW;
constexpr v1::OperationStatus kDenied = v1::OPERATION_STATUS_REFUSED;

}  // namespace

void LedgerWorld::BindModel() {
  Expect(Append(At("2026-03-02T08:14:00Z"), {Envelope(World::kBank, {1, 2}, {Register()})}), {kApplied});
  Expect(Append(At("2026-03-02T08:15:00Z"), {Envelope(World::kAdministrator, {1, 2}, {Validate()})}), {kApplied});
  Expect(Append(At("2026-03-02T08:16:00Z"), {Envelope(World::kBank, {1, 2}, {Stage(v1::MODEL_STAGE_SHADOW), Bind()})}),
         {kApplied, kApplied});
  // In shadow: what it would hold goes on.
  Expect(Append(At("2026-03-02T08:17:00Z"), {Envelope(World::kInvestor, {1}, {Pay("1"), Pay("2000")})}),
         {kApplied, kApplied});
  Expect(Append(At("2026-03-02T08:18:00Z"), {Envelope(World::kBank, {1, 2}, {Stage(v1::MODEL_STAGE_LIMITED)})}),
         {kApplied});
  // Limited: above the cap people decide. Nobody comes to this case.
  Expect(Append(At("2026-03-02T08:19:00Z"), {Envelope(World::kInvestor, {1}, {Pay("20"), Pay("700")})}),
         {kApplied, kHeld});
  Expect(Append(At("2026-03-02T08:20:00Z"), {Envelope(World::kBank, {1, 2}, {Stage(v1::MODEL_STAGE_ACTIVE)})}),
         {kApplied});
}

void LedgerWorld::JudgeFirstDay() {
  // Four cases to come to, a fifth too many, a denial by the score, and a movement that is allowed.
  const execution::ExecutedBlock& held =
      Append(At("2026-03-02T09:45:00Z"),
             {Envelope(World::kInvestor, {1},
                       {Pay("2000"), Pay("3000"), Pay("4000"), Pay("1100"), Pay("1500"), Pay("150000"), Pay("12.5")})});
  Expect(held, {kHeld, kHeld, kHeld, kHeld, kDenied, kDenied, kApplied});
  const Hash transaction = *Hash::FromBytes(held.transactions.front().receipt.transaction_id());
  const auto decide = [&](uint32_t index, v1::CaseDecision decision) {
    return DecideCase(policy::CaseIdOf(transaction, index), decision);
  };
  Expect(Append(At("2026-03-02T09:50:00Z"),
                {Envelope(World::kBank, {1, 2},
                          {decide(0, v1::CASE_DECISION_RELEASE), decide(1, v1::CASE_DECISION_REFUSE),
                           decide(3, v1::CASE_DECISION_FREEZE)})}),
         {kApplied, kApplied, kApplied});
  // The third expires on the second day. Meanwhile the model cannot judge: rules alone, and then nobody but people.
  Expect(Append(At("2026-03-02T09:52:00Z"), {Envelope(World::kBank, {1}, {SuspendBinding()})}), {kApplied});
  Expect(Append(At("2026-03-02T09:53:00Z"), {Envelope(World::kInvestor, {1}, {Pay("20"), Pay("80")})}),
         {kApplied, kHeld});
  Expect(Append(At("2026-03-02T09:54:00Z"), {Envelope(World::kBank, {1, 2}, {ResumeBinding()})}), {kApplied});
}

// A case that is open when the chain ends.
void LedgerWorld::JudgeSecondDay() {
  Append(At("2026-03-03T15:29:00Z"), {});
  Expect(Append(At("2026-03-03T15:30:00Z"), {Envelope(World::kInvestor, {1}, {Pay("5000"), Pay("3.21")})}),
         {kHeld, kApplied});
}

std::vector<v1::Decision> LedgerWorld::Decisions() const {
  std::vector<v1::Decision> decisions;
  for (const auto& block : blocks_) {
    for (const execution::TransactionOutcome& outcome : block->transactions) {
      for (const execution::RestrictedRecord& record : outcome.restricted) {
        CAUSEWAY_CHECK(record.type == v1::Decision::descriptor()->full_name());
        CAUSEWAY_CHECK(decisions.emplace_back().ParseFromString(record.bytes));
      }
    }
  }
  return decisions;
}

Hash LedgerWorld::SaltedHash(const Hash& transaction_id, uint32_t operation, uint32_t sequence,
                             absl::string_view record) const {
  const Hash salt = crypto::HmacSha256(
      confidentiality_key(), crypto::Preimage(crypto::kRestrictedSaltTag, transaction_id, operation, sequence));
  return crypto::DomainHash(crypto::kRestrictedRecordTag, salt, crypto::Tail{record});
}

}  // namespace causeway::testing
