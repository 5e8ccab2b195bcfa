// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "node/cli/diagnosis.h"
#include "node/cli/progress.h"
#include "node/cli/render.h"
#include "node/cli/suggestion.h"
#include "node/cli/table.h"
#include "node/cli/transaction_file.h"

namespace causeway::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(TextTable, AlignsTextLeftAndNumbersRightWithoutTrailingSpaces) {
  TextTable table({"account", "units", "note"});
  table.Add({"Zürich", "12.5", ""});
  table.Add({"b", "1,000", "late"});
  EXPECT_EQ(table.Format(),
            "account  units  note\n"
            "Zürich    12.5\n"
            "b        1,000  late\n");
}

TEST(TextTable, FillsMissingCells) {
  TextTable table({"a", "b"});
  table.Add({"x"});
  EXPECT_EQ(table.Format(), "a  b\nx\n");
}

TEST(Fields, NameWhatIsInsideByItsPath) {
  const Json json = Json::parse(
      R"({"id": "7", "legs": [{"amount": "1.5"}, {"amount": "2"}], "none": [], "roles": ["BANK", "ISSUER"], "flag": true})");
  EXPECT_THAT(Flatten(json), ElementsAre(Pair("id", "7"), Pair("legs[0].amount", "1.5"), Pair("legs[1].amount", "2"),
                                         Pair("roles", "BANK ISSUER"), Pair("flag", "true")));
  EXPECT_EQ(FormatFields(Json{{"a", "1"}, {"long", "2"}}, 2), "  a     1\n  long  2\n");
}

TEST(Numbers, AreGroupedByThousands) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
}

TEST(Suggestion, NamesTheNearWordAndNoFarOne) {
  const std::vector<std::string> known = {"keys", "genesis", "status", "submit"};
  EXPECT_EQ(NearestWord("keyz", known), "keys");
  EXPECT_EQ(NearestWord("gensis", known), "genesis");
  EXPECT_EQ(NearestWord("sub", known), "submit");
  EXPECT_EQ(NearestWord("frobnicate", known), "");
}

TEST(Progress, ShowsShareAndCounts) {
  EXPECT_EQ(ProgressLine(0, 10, "height"), "[....................]   0 %  height 0 of 10");
  EXPECT_EQ(ProgressLine(1500, 3000, "height"), "[##########..........]  50 %  height 1,500 of 3,000");
  EXPECT_EQ(ProgressLine(7, 7, "height"), "[####################] 100 %  height 7 of 7");
  EXPECT_EQ(ProgressLine(0, 0, "height"), "[####################] 100 %  height 0 of 0");
}

TEST(TransactionFile, ReadsAListOfOperationsAndAnObjectOfThem) {
  const std::string operation = R"({"parties": {"revoke_key": {"key_id": ")" + std::string(64, 'a') + R"("}}})";
  for (const std::string& text : {"[" + operation + "]", "{\"operations\": [" + operation + "]}"}) {
    const absl::StatusOr<TransactionFile> file = ParseTransactionFile(text);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_FALSE(file->is_envelope);
    ASSERT_EQ(file->body.operations_size(), 1);
    EXPECT_TRUE(file->body.operations(0).parties().has_revoke_key());
  }
}

TEST(TransactionFile, SaysWhichFieldIsWrongAndWhatIsAllowed) {
  EXPECT_THAT(Message(ParseTransactionFile(R"([{"dealing": {"subscribee": {}}}])").status()),
              AllOf(HasSubstr("operations[0].dealing"), HasSubstr("subscribe")));
  EXPECT_THAT(Message(ParseTransactionFile(R"([{"parties": {"register_party": {"roles": ["BANKER"]}}}])").status()),
              AllOf(HasSubstr("operations[0].parties.register_party.roles[0]"), HasSubstr("BANK")));
  EXPECT_THAT(Message(ParseTransactionFile(R"([{"parties": {"revoke_key": {"key_id": "abc"}}}])").status()),
              HasSubstr("operations[0].parties.revoke_key.key_id"));
  EXPECT_THAT(Message(ParseTransactionFile("{\"operations\": [\n{]}").status()), HasSubstr("line 2"));
}

TEST(TransactionFile, RefusesEmptyFilesAndEmptyLists) {
  EXPECT_THAT(Message(ParseTransactionFile("").status()), HasSubstr("empty"));
  EXPECT_THAT(Message(ParseTransactionFile("[]").status()), HasSubstr("there are none"));
  EXPECT_THAT(Message(ParseTransactionFile("{}").status()), HasSubstr("there are none"));
  EXPECT_THAT(Message(ParseTransactionFile("hello").status()), HasSubstr("neither"));
}

v1::Envelope SomeEnvelope() {
  v1::Body body;
  body.set_chain_id(std::string(32, 'c'));
  body.set_party("529900T8BM49AURSDO55");
  body.set_id(std::string(16, 'i'));
  body.set_valid_until_us(1'700'000'000'000'000);
  body.add_key_ids(std::string(32, 'k'));
  body.add_key_ids(std::string(32, 'l'));
  body.add_operations()->mutable_parties()->mutable_revoke_key()->set_key_id(std::string(32, 'r'));
  v1::Envelope envelope;
  envelope.set_body(codec::SerializeCanonical(body));
  v1::Signature& signature = *envelope.add_signatures();
  signature.set_key_id(std::string(32, 'k'));
  signature.set_signature(std::string(64, 's'));
  return envelope;
}

TEST(TransactionFile, WritesAnEnvelopeThatReadsBackByteForByte) {
  const std::string bytes = codec::SerializeCanonical(SomeEnvelope());
  for (const std::string& text : {FormatEnvelope(bytes), bytes}) {
    const absl::StatusOr<TransactionFile> file = ParseTransactionFile(text);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_TRUE(file->is_envelope);
    EXPECT_EQ(ToSigned(file->envelope).envelope, bytes);
    EXPECT_EQ(file->body.party(), "529900T8BM49AURSDO55");
  }
}

TEST(TransactionFile, RefusesAnEnvelopeWhoseBodyIsNotCanonical) {
  v1::Envelope envelope = SomeEnvelope();
  envelope.set_body(envelope.body() + envelope.body());
  EXPECT_THAT(Message(ParseTransactionFile(codec::SerializeCanonical(envelope)).status()), HasSubstr("body"));
}

TEST(Render, AnEnvelopeSaysWhoseSignatureIsMissing) {
  const v1::Envelope envelope = SomeEnvelope();
  const TransactionFile file = *ParseTransactionFile(codec::SerializeCanonical(envelope));
  const std::string text = EnvelopeText(file.envelope, file.body);
  EXPECT_THAT(text, HasSubstr("parties.revoke_key"));
  EXPECT_THAT(text, HasSubstr("2023-11-14T22:13:20Z"));
  EXPECT_THAT(text, HasSubstr("signature present"));
  EXPECT_THAT(text, HasSubstr("signature missing"));
}

TEST(Render, AReasonHasItsNameBesideItsNumber) {
  v1::OperationResult result;
  result.set_status(v1::OPERATION_STATUS_REFUSED);
  v1::Reason& reason = *result.add_reasons();
  reason.set_code(1);
  reason.add_parameters("what");
  const Json json = ResultJson(result);
  EXPECT_EQ(json["status"], "REFUSED");
  EXPECT_EQ(json["reasons"][0]["code"], 1);
  EXPECT_EQ(json["reasons"][0]["reason"], ReasonName(1));
  EXPECT_EQ(json["reasons"][0]["contract"], "ledger");
  EXPECT_EQ(json["reasons"][0]["parameters"][0], "what");
  EXPECT_THAT(ResultText(result), HasSubstr(ReasonName(1) + " (1): what"));
  EXPECT_EQ(ReasonName(99'999), "99999");
}

TEST(Render, HeldForReviewIsNoRefusal) {
  google::protobuf::RepeatedPtrField<v1::OperationResult> results;
  results.Add()->set_status(v1::OPERATION_STATUS_APPLIED);
  results.Add()->set_status(v1::OPERATION_STATUS_HELD_FOR_REVIEW);
  EXPECT_FALSE(AnyRefused(results));
  results.Add()->set_status(v1::OPERATION_STATUS_NOT_ATTEMPTED);
  EXPECT_TRUE(AnyRefused(results));
}

TEST(Render, ARecordOfAnUnknownTypeIsShownByItsBytes) {
  v1::StateRecord record;
  record.set_kind("thing");
  record.set_id("1");
  record.set_type("causeway.v9.Thing");
  record.set_record("ab");
  EXPECT_EQ(RecordJson(record)["undecoded"], "YWI=");
}

const Hash kChain = *Hash::FromBytes(std::string(32, 'c'));

NodeAnswer Healthy(const std::string& name, uint64_t height = 10, char block = 'b') {
  v1::GetStatusResponse status;
  status.set_chain_id(kChain.ToString());
  status.set_name(name);
  status.set_ready(true);
  status.set_final_height(height);
  status.set_block_hash(std::string(32, block));
  return {name, status};
}

TEST(Diagnosis, HasNothingToSayOfFourNodesThatAgree) {
  const Diagnosis diagnosis = Diagnose({Healthy("a"), Healthy("b"), Healthy("c"), Healthy("d", 11)}, kChain);
  EXPECT_THAT(diagnosis.problems, IsEmpty());
  EXPECT_EQ(diagnosis.reached, 4u);
}

TEST(Diagnosis, TwoFinalBlocksAtOneHeightComeFirst) {
  NodeAnswer lame = Healthy("c");
  lame.status->set_ready(false);
  const Diagnosis diagnosis = Diagnose({Healthy("a"), Healthy("b", 10, 'x'), lame, Healthy("d")}, kChain);
  ASSERT_THAT(diagnosis.problems, Not(IsEmpty()));
  EXPECT_THAT(diagnosis.problems[0], HasSubstr("different final blocks at height 10"));
}

TEST(Diagnosis, SaysThatNothingCanBeDecidedWithoutAQuorum) {
  const absl::Status gone = absl::UnavailableError("connection refused");
  const Diagnosis diagnosis = Diagnose({Healthy("a"), Healthy("b"), {"c", gone}, {"d", gone}}, kChain);
  EXPECT_THAT(diagnosis.problems, ElementsAre(HasSubstr("Only 2 of 4"), HasSubstr("c could not be asked"),
                                              HasSubstr("d could not be asked")));
  EXPECT_EQ(diagnosis.reached, 2u);
}

TEST(Diagnosis, SaysWhoLagsWhoIsOfAnotherChainAndWhoseDiskIsFull) {
  NodeAnswer other = Healthy("b", 100);
  other.status->set_chain_id(std::string(32, 'o'));
  NodeAnswer full = Healthy("c", 100);
  full.status->set_disk_free_bytes(1);
  NodeAnswer alone = Healthy("d", 100);
  alone.status->add_peers()->set_name("a");
  const Diagnosis diagnosis = Diagnose({Healthy("a", 100 - kLagBlocks - 1), other, full, alone}, kChain);
  EXPECT_THAT(diagnosis.problems, ElementsAre(HasSubstr("a is 21 blocks behind"), HasSubstr("b runs another chain"),
                                              HasSubstr("c has only 0 MiB"), HasSubstr("d has no connection to a")));
}

}  // namespace
}  // namespace causeway::cli
