// SPDX-License-Identifier: Apache-2.0
// A payment is held for review on a model's word. Read as every role through every way of reading: its customer learns
// that it is held, and who may know more are compliance of the party that decides, and auditors.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "causeway/v1/ledger_reason.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "ledger/chain/transaction_builder.h"
#include "ledger/codec/encode.h"
#include "node/api/query.h"
#include "node/api/watch.h"
#include "tests/unit/contracts/policy/world.h"
#include "tests/unit/node/api/api_world.h"

namespace causeway::api {
namespace {

// The policy tests' operations.
class PolicyOperations : public testing::PolicyWorld {
 public:
  void TestBody() override {}
  using PolicyWorld::BindingOf;
  using PolicyWorld::Decision;
  using PolicyWorld::Of;
  using PolicyWorld::Registration;
  using PolicyWorld::StageOf;
  using PolicyWorld::TransferOf;
  using PolicyWorld::Validation;
};

// The model's name: who reads it knows which model judged.
constexpr char kModelName[] = "amounts";

class TippingOffTest : public testing::ApiWorld {
 protected:
  TippingOffTest() : query_(ledger(), QueryLimits{}, nullptr) {
    v1::RegisterModel registration = policy_.Registration();
    registration.set_developer(kOperators[3]);
    Do(kBank, {policy_.Of(registration)});
    Do(kAdministrator, {policy_.Validation()});
    Do(kBank, {policy_.StageOf(v1::MODEL_STAGE_SHADOW)});
    Do(kBank, {policy_.Of(policy_.BindingOf())});
    Do(kInvestor, {policy_.TransferOf("1", cash_, other_cash_)});
    Do(kBank, {policy_.StageOf(v1::MODEL_STAGE_LIMITED)});
    Do(kBank, {policy_.StageOf(v1::MODEL_STAGE_ACTIVE)});
    held_ = Submit(kInvestor, {policy_.TransferOf("2000", cash_, other_cash_)});
    Block();
    const std::vector<v1::OperationResult> results = ResultsOf(held_);
    EXPECT_EQ(results.at(0).status(), v1::OPERATION_STATUS_HELD_FOR_REVIEW) << results.at(0).DebugString();
    EXPECT_EQ(results.at(0).restricted_hashes_size(), 1);
    decision_ = *Hash::FromBytes(results.at(0).restricted_hashes(0));
    case_ = policy::CaseIdOf(held_, 0);
  }

  // Everybody who is neither compliance of the deciding party, nor answers for the model, nor audits everything.
  std::vector<Reader> Outsiders() const {
    std::vector<Reader> readers = {Trader(kBank), {kBank, {v1::OFFICER_ROLE_ADMINISTER}}};
    for (const std::string& lei : {kInvestor, kIntermediary, kInvestorAbroad, kFmco, kTransferAgent, kOtherFmco,
                                   kSupervisor, kAuthorityOfIreland, kOperators[0]}) {
      readers.push_back(Officer(lei));
      readers.push_back(Trader(lei));
    }
    return readers;
  }
  absl::StatusOr<v1::GetRecordResponse> Get(const Reader& reader, const std::string& kind, const std::string& id,
                                            bool prove = false) {
    v1::GetRecordRequest request;
    request.set_kind(kind);
    request.set_id(id);
    request.set_prove(prove);
    return query_.GetRecord(reader, request);
  }
  // All that a watch tells from the beginning, as bytes.
  std::string Watched(const Reader& reader) {
    v1::WatchEventsRequest request;
    request.set_from_height(1);
    absl::StatusOr<EventReader> events = EventReader::Open(ledger(), reader, request);
    std::string all;
    while (true) {
      const absl::StatusOr<EventReader::Batch> batch = events->Next(reader);
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok()) return all;
      for (const v1::WatchEventsResponse& answer : batch->answers) all += answer.result().SerializeAsString();
      if (batch->at_end) return all;
    }
  }

  PolicyOperations policy_;
  Query query_;
  Hash held_ = Hash::Zero();
  Hash decision_ = Hash::Zero();
  CaseId case_ = CaseId::Zero();
};

TEST_F(TippingOffTest, NobodyElseReadsTheDecisionTheCaseTheModelOrTheBinding) {
  for (const Reader& reader : Outsiders()) {
    SCOPED_TRACE(absl::StrCat(reader.party, " with ", reader.roles.size(), " roles"));
    for (const bool prove : {false, true}) {
      EXPECT_EQ(Get(reader, "restricted", decision_.ToHex(), prove).status().code(), absl::StatusCode::kNotFound);
      EXPECT_EQ(Get(reader, "case", case_.ToHex(), prove).status().code(), absl::StatusCode::kNotFound);
      EXPECT_EQ(Get(reader, "model-trees", absl::StrCat(kModelName, "/1"), prove).status().code(),
                absl::StatusCode::kNotFound);
    }
    for (const auto& [name, kind] : query_.kinds()) {
      v1::ListRecordsRequest request;
      request.set_kind(name);
      const absl::StatusOr<v1::ListRecordsResponse> page = query_.ListRecords(reader, request);
      ASSERT_TRUE(page.ok()) << page.status();
      // The bank's other officers know of its model, and not what it decided.
      if (reader.party == kBank && name == "model") continue;
      EXPECT_EQ(page->SerializeAsString().find(kModelName), std::string::npos) << name;
    }
    if (reader.party == kBank) continue;
    const std::string watched = Watched(reader);
    EXPECT_EQ(watched.find(kModelName), std::string::npos);
  }
}

TEST_F(TippingOffTest, TheCustomersReceiptSaysHeldAndNotWhy) {
  const absl::StatusOr<v1::GetRecordResponse> got = Get(Trader(kInvestor), "transaction", held_.ToHex());
  ASSERT_TRUE(got.ok()) << got.status();
  const auto receipt = *codec::ParseCanonical<v1::TransactionReceipt>(got->record().record());
  ASSERT_EQ(receipt.results_size(), 1);
  EXPECT_EQ(receipt.results(0).status(), v1::OPERATION_STATUS_HELD_FOR_REVIEW);
  // The one reason is the status again, without a word on why.
  ASSERT_EQ(receipt.results(0).reasons_size(), 1);
  EXPECT_EQ(receipt.results(0).reasons(0).code(), static_cast<uint32_t>(v1::LEDGER_REASON_HELD_FOR_REVIEW));
  EXPECT_EQ(receipt.results(0).reasons(0).parameters_size(), 0);
  for (const v1::Event& event : receipt.results(0).events())
    EXPECT_TRUE(event.has_transfers() || event.policy().has_case_opened()) << event.DebugString();
  // Who would have received the money learns nothing.
  EXPECT_EQ(Get(Officer(kIntermediary), "transaction", held_.ToHex()).status().code(), absl::StatusCode::kNotFound);
}

// Else whoever wants to stay below the model's notice tries amounts until it is silent.
TEST_F(TippingOffTest, ADryRunDoesNotForetellTheModelsJudgement) {
  const auto try_out = [&](const std::string& amount) {
    chain::TransactionBuilder builder(ledger().chain().chain_id, kInvestor);
    builder.set_id(testing::IdFor<ClientTransactionId>("tried"))
        .set_valid_until(AddSaturating(block_time(), Duration::Minutes(10)))
        .Add(policy_.TransferOf(amount, cash_, other_cash_));
    for (const char* officer : {"/officer-1", "/officer-2"})
      builder.AddKey(PrivateKeyFor(kInvestor + officer).public_key());
    const auto decoded = chain::DecodeEnvelope(builder.Sign()->envelope, ledger().chain().chain_id, genesis().limits(),
                                               1, chain::SignaturePresence::kOptional);
    EXPECT_TRUE(decoded.ok());
    const std::shared_ptr<const node_ledger::Head> head = ledger().head();
    return ledger().executor().DryRun(head->AsParent(), **decoded, block_time()).value();
  };
  const execution::DryRunResult small = try_out("1"), held = try_out("2000");
  ASSERT_EQ(small.results.size(), 1U);
  ASSERT_EQ(held.results.size(), 1U);
  EXPECT_EQ(held.results[0].status(), v1::OPERATION_STATUS_APPLIED) << held.results[0].DebugString();
  EXPECT_TRUE(held.results[0].restricted_hashes().empty());
  EXPECT_EQ(held.results[0].events_size(), small.results[0].events_size());
  for (const v1::Event& event : held.results[0].events()) EXPECT_FALSE(event.has_policy()) << event.DebugString();
  EXPECT_EQ(held.work, small.work);
}

TEST_F(TippingOffTest, HowACaseEndedIsNotToldToItsCustomer) {
  Do(kBank, {policy_.Decision(case_, v1::CASE_DECISION_REFUSE)});
  const std::string rationale = crypto::Sha256("rationale").ToString();
  EXPECT_NE(Watched(Officer(kBank)).find(rationale), std::string::npos);
  EXPECT_NE(Watched(Officer(kAuditor)).find(rationale), std::string::npos);
  for (const Reader& reader : Outsiders()) {
    if (reader.party == kBank) continue;  // it submitted the decision
    EXPECT_EQ(Watched(reader).find(rationale), std::string::npos) << reader.party;
  }
}

TEST_F(TippingOffTest, ComplianceOfTheDecidingPartyAndTheAuditorReadAllOfIt) {
  for (const Reader& reader : {Officer(kBank), Officer(kAuditor)}) {
    SCOPED_TRACE(reader.party);
    const absl::StatusOr<v1::GetRecordResponse> got = Get(reader, "restricted", decision_.ToHex());
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ(got->record().type(), "causeway.v1.Decision");
    const auto decision = *codec::ParseCanonical<v1::Decision>(got->record().record());
    EXPECT_EQ(decision.model().name(), kModelName);
    EXPECT_EQ(decision.transaction_id(), held_.ToString());
    EXPECT_TRUE(Get(reader, "case", case_.ToHex(), true).ok());
    EXPECT_TRUE(Get(reader, "model-trees", absl::StrCat(kModelName, "/1")).ok());
  }
}

}  // namespace
}  // namespace causeway::api
