// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "node/iso20022/confirmation.h"
#include "node/iso20022/schema.h"
#include "node/iso20022/status_report.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/node/iso20022/iso_fixture.h"

namespace causeway::iso20022::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Instant kCreated = *ParseInstant("2026-03-03T09:00:00Z");
constexpr char kTransferAgent[] = "CAUSEWAYFUNDMGMT0007";

// The domain's own example: 1,000,000.00 with one per cent of entry fee at 1.2514.
v1::Order Subscription() {
  v1::Order order;
  order.set_order_id(*HexToBytes("000102030405060708090a0b0c0d0e0f"));
  order.set_side(v1::ORDER_SIDE_SUBSCRIPTION);
  order.set_owner("ORCHIDWEALTH00000024");
  order.set_submitter("ORCHIDWEALTH00000024");
  order.set_isin("SGXCINCOM006");
  order.set_account(*HexToBytes("9c4831f82ada3a328ea95a061c6be4c0"));
  order.set_cash_account(*HexToBytes("4c3ea809bc84e2da8e38d76ca7118d57"));
  order.set_cash_token("SGD.MERIDIAN");
  order.set_amount("1000000");
  order.set_order_reference("260302-000006");
  order.set_dealing_date("2026-03-02");
  order.set_received_us(ParseInstant("2026-03-02T10:00:01.250Z")->micros());
  v1::Execution& execution = *order.mutable_execution();
  execution.set_price("1.2514");
  execution.set_gross_amount("1000000");
  execution.set_fee_amount("10000");
  execution.set_net_amount("990000");
  execution.set_units("791113.9523");
  execution.set_residual_amount("0");
  execution.set_residue("0.00009178");
  return order;
}

v1::Order Redemption() {
  v1::Order order = Subscription();
  order.set_side(v1::ORDER_SIDE_REDEMPTION);
  order.set_order_reference("260303-000087");
  order.set_units("250000");
  order.set_percentage("31.6");
  v1::Execution& execution = *order.mutable_execution();
  execution.set_gross_amount("312850");
  execution.set_fee_amount("1564.25");
  execution.set_net_amount("311285.75");
  execution.set_units("250000");
  execution.set_residue("0");
  return order;
}

Confirmation ConfirmationData() {
  Confirmation data{.message_id = "CW-260303-000001",
                    .created = kCreated,
                    .related_message_id = "ORCHID-20260302-0007",
                    .class_name = "Causeway Asian Income, class Income <SGD> & more",
                    .currency = "SGD",
                    .fund_company = "CAUSEWAYFUNDMGMT0007",
                    .account = "ORCHID-OMNIBUS",
                    .cash_settlement_date = "2026-03-04"};
  return data;
}

v1::OrderChanged Changed(v1::OrderStatus status, const std::string& reference, std::vector<std::string> reasons = {}) {
  v1::OrderChanged changed;
  *changed.mutable_order() = Subscription();
  changed.mutable_order()->set_order_reference(reference);
  changed.set_status(status);
  for (std::string& reason : reasons) changed.add_reasons(std::move(reason));
  return changed;
}

// An order in each status that setr.016 can tell here.
StatusReport Report() {
  const AccountTable accounts = Accounts();
  StatusReport report{.message_id = "CW-260302-000001",
                      .created = kCreated,
                      .related_message_id = "ORCHID-20260302-0007",
                      .initiator = kTransferAgent,
                      .orders = {}};
  report.orders.push_back(ReportOf(Changed(v1::ORDER_STATUS_RECE, "R-1"), accounts));
  report.orders.push_back(ReportOf(Changed(v1::ORDER_STATUS_PACK, "R-2"), accounts));
  report.orders.push_back(ReportOf(Changed(v1::ORDER_STATUS_COSE, "R-3"), accounts));
  report.orders.push_back(ReportOf(Changed(v1::ORDER_STATUS_SETT, "R-4"), accounts));
  report.orders.push_back(ReportOf(Changed(v1::ORDER_STATUS_REJECTED, "R-5", {"MONY"}), accounts));
  report.orders.push_back(ReportOf(Changed(v1::ORDER_STATUS_CANCELLED, "R-6"), accounts));
  const auto operations = Read(Vector("redemption-order.xml"));
  CAUSEWAY_CHECK(operations.ok());
  report.orders.push_back(ReportOf(
      (*operations)[0].operation, ReportedStatus::kRejected,
      {{"BMRV", {"12.5", "100"}}, {"OWNERS_DIFFER", {"389703decdf1e51f4c3945402ae4dd66", "A & B", "<C>"}}}, accounts));
  report.orders.push_back(
      ReportOf((*operations)[1].operation, ReportedStatus::kHeldForReview, {{"HELD_FOR_REVIEW", {}}}, accounts));
  const auto subscriptions = Read(Vector("subscription-order.xml"));
  CAUSEWAY_CHECK(subscriptions.ok());
  report.orders.push_back(ReportOf((*subscriptions)[0].operation, ReportedStatus::kHeldForReview,
                                   {{"DOCC", {"account frozen"}}}, accounts));
  report.orders.push_back(ReportOf((*subscriptions)[1].operation, ReportedStatus::kHeldForReview, {},
                                   AccountTable(*AccountTable::FromJson("{\"accounts\":[]}"))));
  return report;
}

// The schemas are not part of the project: where they are at hand, every document is held to them.
absl::Status Validate(const std::string& document) {
  const char* folder = std::getenv("CAUSEWAY_ISO20022_SCHEMAS");
  return folder == nullptr ? absl::OkStatus() : ValidateAgainstSchema(document, folder);
}

TEST(Confirmation, OfASubscriptionIsAsItIsWrittenInTheVectors) {
  const auto document = WriteConfirmation(Subscription(), ConfirmationData());
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(*document, Vector("subscription-confirmation.xml"));
  EXPECT_THAT(Validate(*document), IsOk());
}

TEST(Confirmation, OfARedemptionIsAsItIsWrittenInTheVectors) {
  const auto document = WriteConfirmation(Redemption(), ConfirmationData());
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(*document, Vector("redemption-confirmation.xml"));
  EXPECT_THAT(Validate(*document), IsOk());
}

TEST(Confirmation, TellsWhatIsPaidAndWhatRoundingLeftOver) {
  const std::string subscription = *WriteConfirmation(Subscription(), ConfirmationData());
  EXPECT_THAT(subscription, HasSubstr("<SttlmAmt Ccy=\"SGD\">1000000</SttlmAmt>"));
  EXPECT_THAT(subscription, HasSubstr("/IndvExctnDtls[1]/Residue/SGD</PlcAndNm>\n      <Txt>0.00009178</Txt>"));
  const std::string redemption = *WriteConfirmation(Redemption(), ConfirmationData());
  EXPECT_THAT(redemption, HasSubstr("<SttlmAmt Ccy=\"SGD\">311285.75</SttlmAmt>"));
  EXPECT_THAT(redemption, HasSubstr("<HldgsRedRate>31.6</HldgsRedRate>"));
}

TEST(Confirmation, WhatIsNotStatedIsLeftOutAndStaysValid) {
  Confirmation data = ConfirmationData();
  data.related_message_id = data.cash_settlement_date = "";
  for (v1::Order order : {Subscription(), Redemption()}) {
    order.clear_percentage();
    const auto document = WriteConfirmation(order, data);
    ASSERT_TRUE(document.ok()) << document.status();
    EXPECT_THAT(*document, Not(HasSubstr("RltdRef")));
    EXPECT_THAT(*document, Not(HasSubstr("CshSttlmDt>")));
    EXPECT_THAT(*document, Not(HasSubstr("HldgsRedRate")));
    EXPECT_THAT(Validate(*document), IsOk());
  }
}

TEST(Confirmation, AnOrderWithoutExecutionIsNotConfirmed) {
  v1::Order order = Subscription();
  order.clear_execution();
  EXPECT_TRUE(absl::IsFailedPrecondition(WriteConfirmation(order, ConfirmationData()).status()));
}

TEST(Confirmation, NothingIsCutToFit) {
  const auto refused = [](auto change) {
    v1::Order order = Subscription();
    Confirmation data = ConfirmationData();
    change(order, data);
    const auto document = WriteConfirmation(order, data);
    return document.ok() ? "written" : std::string(document.status().message());
  };
  using O = v1::Order;
  using C = Confirmation;
  EXPECT_THAT(refused([](O& o, C&) { o.mutable_execution()->set_gross_amount("1.000001"); }),
              HasSubstr("IndvExctnDtls/GrssAmt: \"1.000001\" has more digits"));
  EXPECT_THAT(refused([](O& o, C&) { o.mutable_execution()->set_units("123456789012345.1234"); }),
              HasSubstr("UnitsNb: \"123456789012345.1234\" has more digits"));
  EXPECT_THAT(refused([](O& o, C&) { o.mutable_execution()->set_price("1.12345678901234"); }),
              HasSubstr("DealgPricDtls/Val/Amt: "));
  EXPECT_THAT(refused([](O& o, C&) { o.mutable_execution()->set_net_amount("-1"); }),
              HasSubstr("NetAmt: \"-1\" is not a decimal that is not below zero"));
  EXPECT_THAT(refused([](O& o, C&) { o.set_order_reference(""); }), HasSubstr("OrdrRef: 0 characters do not fit"));
  EXPECT_THAT(refused([](O& o, C&) { o.set_owner("ORCHIDWEALTH00000025"); }), HasSubstr("OwnrId: "));
  EXPECT_THAT(refused([](O&, C& c) { c.message_id = std::string(36, 'A'); }),
              HasSubstr("/Document/SbcptOrdrConf/MsgId/Id: 36 characters do not fit into 1 to 35"));
  EXPECT_THAT(refused([](O&, C& c) { c.currency = "XXX"; }), HasSubstr("\"XXX\" is not a currency"));
  EXPECT_THAT(refused([](O&, C& c) { c.class_name = "a\nb"; }), HasSubstr("FinInstrmDtls/Nm: text holds the control"));
  EXPECT_THAT(refused([](O&, C& c) { c.cash_settlement_date = "2026-02-30"; }), HasSubstr("CshSttlmDt: "));
  EXPECT_THAT(refused([](O& o, C&) { o.set_dealing_date(""); }), HasSubstr("TradDtTm/Dt: "));
  EXPECT_EQ(refused([](O&, C&) {}), "written");
}

TEST(Acknowledgement, IsAsItIsWrittenInTheVectors) {
  const auto document = WriteAcknowledgement(Report());
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(*document, Vector("status-report.xml"));
  EXPECT_THAT(Validate(*document), IsOk());
}

TEST(Acknowledgement, EveryCodeOfTheMessageIsWrittenAsACodeAndAnyOtherAsTheLedgersOwn) {
  StatusReport report = Report();
  report.orders.resize(1);
  report.orders[0].status = ReportedStatus::kRejected;
  // Each reason of the contract dealing that is named after one of the message's codes is one.
  const google::protobuf::EnumDescriptor& reasons = *v1::DealingReason_descriptor();
  const std::string prefix = "DEALING_REASON_";
  int codes = 0;
  for (int i = 0; i < reasons.value_count(); ++i) {
    const std::string name = reasons.value(i)->name().substr(prefix.size());
    if (name == "UNSPECIFIED") continue;
    report.orders[0].reasons = {{name, {}}};
    const auto document = WriteAcknowledgement(report);
    ASSERT_TRUE(document.ok()) << document.status();
    const bool is_code = name.size() == 4;
    EXPECT_THAT(*document, HasSubstr(is_code ? "<Cd>" + name + "</Cd>" : "<Id>" + name + "</Id>"));
    EXPECT_THAT(Validate(*document), IsOk());
    codes += is_code;
  }
  EXPECT_EQ(codes, 20);
}

TEST(Acknowledgement, MoreReasonsThanTheMessageHoldsAreCounted) {
  StatusReport report = Report();
  report.orders.resize(1);
  report.orders[0].status = ReportedStatus::kRejected;
  report.orders[0].reasons.assign(13, {"MONY", {std::string(400, 'x')}});
  const auto rejected = WriteAcknowledgement(report);
  ASSERT_TRUE(rejected.ok()) << rejected.status();
  EXPECT_THAT(*rejected, HasSubstr("and 3 more reasons, xxx"));
  EXPECT_THAT(*rejected, HasSubstr("xxx…</AddtlInf>"));
  EXPECT_THAT(Validate(*rejected), IsOk());
  report.orders[0].status = ReportedStatus::kHeldForReview;
  const auto held = WriteAcknowledgement(report);
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_THAT(*held, HasSubstr("and 8 more reasons"));
  EXPECT_THAT(Validate(*held), IsOk());
}

TEST(Acknowledgement, AnOrderOfNoClassAndNoDayIsRejectedAllTheSame) {
  StatusReport report = Report();
  report.orders.resize(1);
  OrderReport& order = report.orders[0];
  order.status = ReportedStatus::kRejected;
  order.reasons = {{"DSEC", {"NOWHERE"}}};
  order.isin = "NOWHERE";
  order.dealing_date = "2026-02-30";
  const auto document = WriteAcknowledgement(report);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_THAT(*document, Not(HasSubstr("<ISIN>")));
  EXPECT_THAT(*document, Not(HasSubstr("<Dt>")));
  EXPECT_THAT(Validate(*document), IsOk());
  order.account = "";
  EXPECT_THAT(Validate(*WriteAcknowledgement(report)), IsOk());
}

TEST(Acknowledgement, WhatCannotBeToldIsRefused) {
  StatusReport report = Report();
  report.orders.clear();
  EXPECT_TRUE(absl::IsInvalidArgument(WriteAcknowledgement(report).status()));
  report = Report();
  report.orders[0].status = ReportedStatus::kRejected;
  EXPECT_THAT(std::string(WriteAcknowledgement(report).status().message()),
              HasSubstr("the rejection of order R-1 has no reason"));
  report = Report();
  report.initiator = "nobody";
  EXPECT_TRUE(absl::IsInvalidArgument(WriteAcknowledgement(report).status()));
}

TEST(Schema, ReadAndWrittenMessagesAreValidAndAChangedOneIsNot) {
  const char* folder = std::getenv("CAUSEWAY_ISO20022_SCHEMAS");
  if (folder == nullptr) GTEST_SKIP() << "CAUSEWAY_ISO20022_SCHEMAS does not name a folder of schemas";
  for (const char* name : {"subscription-order.xml", "redemption-order.xml", "price-report.xml", "status-report.xml",
                           "subscription-confirmation.xml", "redemption-confirmation.xml"}) {
    EXPECT_THAT(ValidateAgainstSchema(Vector(name), folder), IsOk()) << name;
  }
  const absl::Status missing =
      ValidateAgainstSchema(With(Vector("price-report.xml"), "<PricRptId>STRAIT-20260302-1</PricRptId>", ""), folder);
  EXPECT_TRUE(absl::IsInvalidArgument(missing));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("line 13: "));
  EXPECT_TRUE(absl::IsNotFound(
      ValidateAgainstSchema(With(Vector("price-report.xml"), "reda.001.001.04", "reda.001.001.99"), folder)));
}

TEST(Schema, WhatReadingRefusesIsNotValidated) {
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateAgainstSchema("<!DOCTYPE a><a/>", ".")));
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateAgainstSchema("<a xmlns=\"urn:../../etc/passwd\"/>", ".")));
  EXPECT_TRUE(absl::IsNotFound(ValidateAgainstSchema("<a xmlns=\"urn:none\"/>", ".")));
}

}  // namespace
}  // namespace causeway::iso20022::testing
