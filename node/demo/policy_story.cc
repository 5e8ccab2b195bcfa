// SPDX-License-Identifier: Apache-2.0
#include "node/demo/policy_story.h"

#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

#include "causeway/v1/policy.pb.h"
#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/sha256.h"
#include "node/models/xgboost_import.h"

namespace causeway::demo {
namespace {

constexpr int kCaseLooks = 500;
constexpr uint32_t kReceiptMs = 10'000;

// A margin is in units of 2^-40.
std::string Margin(int64_t margin) {
  return absl::StrFormat("%.3f", std::ldexp(static_cast<double>(margin), -40));
}

// The record has it exactly; here it is for reading.
std::string Contribution(const v1::DecisionInput& input, const v1::Decision& decision) {
  double contribution = 0;
  if (!absl::SimpleAtod(input.contribution(), &contribution)) return input.contribution();
  return absl::StrFormat("%+.3f", std::ldexp(contribution / static_cast<double>(decision.contribution_divisor()), -40));
}

std::string NameOf(v1::PolicyFeature feature) {
  return absl::AsciiStrToLower(v1::PolicyFeature_Name(feature).substr(sizeof("POLICY_FEATURE_") - 1));
}

}  // namespace

absl::Status PolicyStory::Bind() {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string frame_json, client::ReadFile(folder_ + "/model/frame.json"));
  v1::Model frame;
  CAUSEWAY_RETURN_IF_ERROR(Annotate(codec::JsonToMessage(frame_json, &frame), "model/frame.json"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string model_json, client::ReadFile(folder_ + "/model/model.json"));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Model trees, models::ImportXgboost(model_json, frame));
  for (Step step : data_.bind) {
    for (v1::Operation& operation : step.operations) {
      if (operation.policy().has_register_model())
        *operation.mutable_policy()->mutable_register_model()->mutable_trees() = trees;
    }
    CAUSEWAY_RETURN_IF_ERROR(Annotate(network_.MustApply(step.party, step.officers, step.operations), step.title));
    narrator_.Say(step.title);
  }
  narrator_.Say(absl::StrCat(trees.trees_size(), " trees trained with XGBoost, ", trees.golden_vectors_size(),
                             " golden vectors, ",
                             trees.lossless() ? "every leaf taken over exactly" : "leaves rounded"));
  return absl::OkStatus();
}

absl::Status PolicyStory::MoveInShadow(bool first_half) {
  const size_t half = data_.ordinary.size() / 2;
  for (size_t i = first_half ? 0 : half; i < (first_half ? half : data_.ordinary.size()); ++i) {
    const Movement& movement = data_.ordinary[i];
    CAUSEWAY_RETURN_IF_ERROR(network_.MustApply(movement.party, {"gamma"}, {movement.operation}));
  }
  return absl::OkStatus();
}

absl::Status PolicyStory::Promote() {
  for (const Step& step : data_.promote) {
    CAUSEWAY_RETURN_IF_ERROR(Annotate(network_.MustApply(step.party, step.officers, step.operations), step.title));
    narrator_.Say(step.title);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> PolicyStory::OpenCases(uint64_t height) {
  CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const owner, network_.ClientOf(data_.owner));
  v1::ListRecordsRequest request;
  request.set_kind("case");
  request.set_at_height(height);
  absl::StatusOr<v1::ListRecordsResponse> response = owner->ListAll(request);
  for (int look = 0; absl::IsOutOfRange(response.status()) && look < kCaseLooks; ++look) {
    absl::SleepFor(kBetweenLooks);
    response = owner->ListAll(request);
  }
  if (!response.ok()) return response.status();
  std::vector<std::string> cases;
  for (const v1::StateRecord& record : response->records()) cases.push_back(record.id());
  return cases;
}

absl::Status PolicyStory::ShowToCompliance(const std::string& case_id, const Held& held) {
  CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const owner, network_.ClientOf(data_.owner));
  const std::optional<Hash> id = Hash::FromHex(held.transaction_id);
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetReceiptResponse seen, owner->GetReceipt(*id, kReceiptMs));
  for (const v1::OperationResult& result : seen.receipt().results()) {
    for (const std::string& hash : result.restricted_hashes()) {
      v1::GetRecordRequest request;
      request.set_kind("restricted");
      request.set_id(BytesToHex(hash));
      CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetRecordResponse response, owner->Get(request));
      CAUSEWAY_ASSIGN_OR_RETURN(const v1::Decision decision,
                                codec::ParseCanonical<v1::Decision>(response.record().record()));
      narrator_.Say(absl::StrCat("  compliance sees case ", case_id.substr(0, 8), ": margin ", Margin(decision.score()),
                                 " against ", Margin(decision.theta_hold()), ", ", decision.amount(), " ",
                                 decision.moved_instrument()));
      for (const int reason : decision.reasons()) {
        const auto feature = static_cast<v1::PolicyFeature>(reason);
        for (const v1::DecisionInput& input : decision.inputs()) {
          if (input.feature() != feature) continue;
          narrator_.Say(absl::StrCat("    ", NameOf(feature), " = ", input.value(), ", contribution ",
                                     Contribution(input, decision)));
        }
      }
      return absl::OkStatus();
    }
  }
  return absl::NotFoundError("compliance finds no decision behind a case");
}

absl::Status PolicyStory::ShowToCustomer(const Held& held) {
  CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const customer, network_.ClientOf(data_.customer));
  const std::optional<Hash> id = Hash::FromHex(held.transaction_id);
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetReceiptResponse seen, customer->GetReceipt(*id, kReceiptMs));
  const v1::OperationResult& told = seen.receipt().results(0);
  for (const std::string& hash : told.restricted_hashes()) {
    v1::GetRecordRequest request;
    request.set_kind("restricted");
    request.set_id(BytesToHex(hash));
    if (customer->Get(request).ok()) return absl::DataLossError("the customer could read why its movement was held");
  }
  narrator_.Say(absl::StrCat("  the customer sees: ", DescribeReasons(told), ", and ", told.events_size(), " events"));
  return absl::OkStatus();
}

absl::Status PolicyStory::Decide(const std::string& case_id, bool release) {
  const std::optional<std::string> bytes = HexToBytes(case_id);
  if (!bytes) return absl::InternalError(absl::StrCat("not a case: ", case_id));
  v1::Operation operation;
  v1::DecideCase& decide = *operation.mutable_policy()->mutable_decide_case();
  decide.set_case_id(*bytes);
  decide.set_decision(release ? v1::CASE_DECISION_RELEASE : v1::CASE_DECISION_REFUSE);
  decide.set_rationale_hash(crypto::Sha256(release ? "invoices seen" : "no business behind it").ToString());
  return network_.MustApply(data_.owner, {"compliance-1", "compliance-2"}, {operation});
}

absl::Status PolicyStory::HoldAndDecide(Summary& summary) {
  std::vector<Held> held;
  Instant at = data_.at;
  size_t moved = 0;
  for (const Movement& movement : data_.suspicious) {
    CAUSEWAY_RETURN_IF_ERROR(network_.AdvanceTo(at));
    at = AddSaturating(at, Duration::Minutes(1));
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::TransactionReceipt receipt,
                              network_.Run(movement.party, {"gamma"}, {movement.operation}));
    const v1::OperationResult& result = receipt.results(0);
    if (result.status() == v1::OPERATION_STATUS_HELD_FOR_REVIEW) {
      held.push_back({BytesToHex(receipt.receipt().transaction_id()), receipt.receipt().height()});
      if (held.size() == 2) break;
    } else if (result.status() == v1::OPERATION_STATUS_APPLIED) {
      ++moved;
    } else {
      return absl::FailedPreconditionError(absl::StrCat("a movement was refused: ", DescribeReasons(result)));
    }
  }
  if (held.size() < 2) return absl::FailedPreconditionError("the model held fewer than two movements");
  narrator_.Say(absl::StrCat(data_.customer, " sends amounts just below the reporting threshold: ", moved,
                             " pass, then the model holds two"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> cases, OpenCases(held.back().height));
  if (cases.size() != 2)
    return absl::DataLossError(absl::StrCat("compliance has ", cases.size(), " cases, and 2 are held"));
  for (size_t i = 0; i < 2; ++i) {
    CAUSEWAY_RETURN_IF_ERROR(ShowToCompliance(cases[i], held[i]));
    CAUSEWAY_RETURN_IF_ERROR(ShowToCustomer(held[i]));
  }
  CAUSEWAY_RETURN_IF_ERROR(Decide(cases[0], true));
  CAUSEWAY_RETURN_IF_ERROR(Decide(cases[1], false));
  narrator_.Say("two compliance officers release one and refuse the other; neither of them had sent it");
  summary.held_for_review = held.size();
  summary.cases_released = 1;
  summary.cases_refused = 1;
  return absl::OkStatus();
}

}  // namespace causeway::demo
