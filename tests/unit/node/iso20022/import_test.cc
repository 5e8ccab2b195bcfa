// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/import.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/node/iso20022/iso_fixture.h"

namespace causeway::iso20022::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The operations as JSON, one below the other.
std::string Json(const std::vector<ImportedOperation>& operations) {
  std::string text;
  for (const ImportedOperation& imported : operations) {
    absl::StatusOr<std::string> json = codec::MessageToJson(imported.operation, {.indented = true});
    CAUSEWAY_CHECK(json.ok());
    absl::StrAppend(&text, *json, "\n");
  }
  return text;
}

std::string ErrorsOf(absl::string_view bytes, ReadOptions options = {}) {
  const absl::StatusOr<std::vector<ImportedOperation>> read = Read(bytes, std::move(options));
  return read.ok() ? "accepted" : std::string(read.status().message());
}

ReadOptions KnowingClasses() {
  ReadOptions options;
  options.classes = {{"SGXCINCOM006", {"SGD", 4, 4}}, {"LU27GROWT007", {"USD", 4, 4}}};
  return options;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, MessageBecomesTheOperationsBesideIt) {
  for (const ReadOptions& options : {ReadOptions{}, KnowingClasses()}) {
    const auto operations = Read(Vector(GetParam() + ".xml"), options);
    ASSERT_TRUE(operations.ok()) << operations.status();
    EXPECT_EQ(Json(*operations), Vector(GetParam() + ".json"));
    for (const ImportedOperation& imported : *operations) {
      EXPECT_TRUE(codec::TrySerializeCanonical(imported.operation).ok());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Messages, Golden, ::testing::Values("subscription-order", "redemption-order", "price-report"),
                         [](const auto& test) { return absl::StrJoin(absl::StrSplit(test.param, '-'), "_"); });

TEST(Import, SaysWhereAnOperationCameFromAndWhoShouldSubmitIt) {
  const auto orders = Read(Vector("subscription-order.xml"));
  ASSERT_TRUE(orders.ok()) << orders.status();
  ASSERT_EQ(orders->size(), 2u);
  EXPECT_EQ((*orders)[1].source, "/Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[2]");
  EXPECT_EQ((*orders)[1].line, 65);
  EXPECT_EQ((*orders)[1].message_id, "ORCHID-20260302-0007");
  EXPECT_EQ((*orders)[1].reference, "260302-000011");
  EXPECT_EQ((*orders)[1].submitter, "ORCHIDWEALTH00000024");
  const auto prices = Read(Vector("price-report.xml"));
  ASSERT_TRUE(prices.ok()) << prices.status();
  EXPECT_EQ((*prices)[0].reference, "STRAIT-20260302-1");
  EXPECT_EQ((*prices)[0].submitter, "");
}

TEST(Import, TheSameOrdersAsCsvBecomeTheSameOperations) {
  const auto csv = Read(Vector("orders.csv"));
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(Json(*csv), Vector("subscription-order.json") + Vector("redemption-order.json"));
  EXPECT_EQ((*csv)[2].source, "line 4");
  EXPECT_EQ((*csv)[2].submitter, "ORCHIDWEALTH00000024");
}

TEST(Import, NoPersonalDataLeavesTheImporter) {
  for (const char* name : {"subscription-order.xml", "redemption-order.xml"}) {
    ASSERT_THAT(Vector(name), HasSubstr("Tan Wei Ling"));
    const auto operations = Read(Vector(name));
    ASSERT_TRUE(operations.ok()) << operations.status();
    for (const ImportedOperation& imported : *operations) {
      const std::string all = absl::StrCat(imported.operation.SerializeAsString(), imported.source, imported.reference,
                                           imported.message_id);
      EXPECT_THAT(all, AllOf(Not(HasSubstr("Tan")), Not(HasSubstr("Orchard")), Not(HasSubstr("1988"))));
    }
  }
}

TEST(Import, OrderIdsDependOnOwnerMessageAndReferenceAlone) {
  const auto id = [](absl::string_view bytes) {
    const auto orders = Read(bytes);
    CAUSEWAY_CHECK(orders.ok());
    return (*orders)[0].operation.dealing().subscribe().order_id();
  };
  const std::string message = Vector("subscription-order.xml");
  const std::string first = id(message);
  EXPECT_EQ(id(With(message, "1927255.50", "7.00")), first);
  EXPECT_EQ(id(With(message, "10:00:00+08:00", "11:00:00+08:00")), first);
  EXPECT_NE(id(With(message, "ORCHID-20260302-0007", "ORCHID-20260302-0008")), first);
  EXPECT_NE(id(With(message, "260302-000006", "260302-000007")), first);
  // Framed: where the message id ends and the reference begins matters.
  EXPECT_NE(id(With(With(message, "ORCHID-20260302-0007", "ORCHID-20260302-000"), "260302-000006", "7260302-000006")),
            first);
  EXPECT_NE(id(message), (*Read(message))[1].operation.dealing().subscribe().order_id());
}

TEST(Import, ReadsTheDemosMessages) {
  const auto accounts = AccountTable::FromFile("deploy/demo-data/accounts.json");
  ASSERT_TRUE(accounts.ok()) << accounts.status();
  size_t files = 0, operations = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("deploy/demo-data/days")) {
    if (entry.path().extension() != ".xml") continue;
    // Some orders are meant to be refused by the ledger, so the importer is not told which classes there are.
    const auto read = ReadFile(entry.path().string(), *accounts);
    ASSERT_TRUE(read.ok()) << read.status();
    ++files;
    operations += read->size();
  }
  EXPECT_GT(files, 100u);
  EXPECT_GE(operations, 200u);
}

// --- What is refused: a valid message with one thing broken, and what its sender is told. ---

struct Refusal {
  std::string name;
  std::string file;
  std::string from;
  std::string to;
  std::string told;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class Refused : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithPathAndLine) {
  const Refusal& refusal = GetParam();
  const std::string errors = ErrorsOf(With(Vector(refusal.file), refusal.from, refusal.to), KnowingClasses());
  EXPECT_THAT(errors, HasSubstr(refusal.told));
  EXPECT_THAT(errors, ::testing::StartsWith("FILE:"));
  EXPECT_THAT(errors, Not(HasSubstr("Tan")));
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 0) << errors;
}

constexpr char kSubscription[] = "subscription-order.xml";
constexpr char kRedemption[] = "redemption-order.xml";
constexpr char kPrice[] = "price-report.xml";
constexpr char kCsv[] = "orders.csv";

INSTANTIATE_TEST_SUITE_P(
    Documents, Refused,
    ::testing::ValuesIn(std::vector<Refusal>{
        Refusal{"OtherVersion", kSubscription, "setr.010.001.04", "setr.010.001.05",
                "FILE:2: the namespace \"urn:iso:std:iso:20022:tech:xsd:setr.010.001.05\" is not of a message that is "
                "read; read are "},
        Refusal{"OtherMessage", kSubscription, "setr.010.001.04", "setr.013.001.04",
                "read are urn:iso:std:iso:20022:tech:xsd:setr.010.001.04"},
        Refusal{"NoNamespace", kSubscription, " xmlns=\"urn:iso:std:iso:20022:tech:xsd:setr.010.001.04\"", "",
                "FILE:2: /Document has no namespace"},
        Refusal{"Malformed", kSubscription, "</MsgId>", "</MsgIds>", "FILE:7: not well-formed XML"},
        Refusal{"Truncated", kSubscription, "  </SbcptOrdr>\n</Document>\n", "", "not well-formed XML"},
        Refusal{"Doctype", kSubscription, "<Document", "<!DOCTYPE Document>\n<Document", "a document type declaration"},
        Refusal{"ExternalEntity", kSubscription, "<Document",
                "<!DOCTYPE Document [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<Document",
                "a document type declaration"},
        Refusal{"UndefinedEntity", kSubscription, "260302-000006", "&x;", "FILE:33: not well-formed XML"},
        Refusal{"ProcessingInstruction", kSubscription, "<Document", "<?xml-stylesheet href=\"x\"?>\n<Document",
                "processing instructions are refused"},
        Refusal{"ProcessingInstructionWithin", kSubscription, "<!-- by amount -->", "<?go on?>",
                "FILE:31: only elements and text may stand in"},
        Refusal{"OtherEncoding", kSubscription, "encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"",
                "the encoding must be UTF-8"},
        Refusal{"NotUtf8", kSubscription, "260302-000006", "260302\xff", "FILE:33: not well-formed XML"},
        Refusal{"ForeignElement", kSubscription, "<CreDtTm>2026-03-02T10:00:00+08:00</CreDtTm>",
                "<CreDtTm xmlns=\"urn:x\">2026-03-02T10:00:00Z</CreDtTm>",
                "/Document/SbcptOrdr/MsgId/CreDtTm is of another namespace"},
        Refusal{"AttributeOfASchema", kSubscription, "<MsgId>", "<MsgId xmlns:x=\"urn:x\" x:nil=\"true\">",
                "FILE:4: /Document/SbcptOrdr/MsgId has the attribute x:nil"},
        Refusal{"Attribute", kSubscription, "<OrdrRef>", "<OrdrRef lang=\"en\">",
                "IndvOrdrDtls[1]/OrdrRef: has the attribute lang, which is not read"},
        Refusal{"AttributeOfAStructure", kSubscription, "<FinInstrmDtls>", "<FinInstrmDtls lang=\"en\">",
                "IndvOrdrDtls[1]/FinInstrmDtls: has the attribute lang"},
        Refusal{"TextBesideElements", kSubscription, "<FinInstrmDtls>", "<FinInstrmDtls>Income",
                "IndvOrdrDtls[1]/FinInstrmDtls holds text beside its elements"},
        Refusal{"TextForElements", kSubscription, "<Cd>FEND</Cd>", "FEND", "IndvOrdrDtls[1]/TxOvrhd/IndvFee/Tp: "},
        Refusal{"ElementsForText", kSubscription, "<OrdrRef>260302-000006</OrdrRef>", "<OrdrRef><Id/></OrdrRef>",
                "OrdrRef: holds elements where text is expected"},
        Refusal{"ElementsForMoney", kSubscription, "1927255.50", "<Id/>",
                "GrssAmt: holds elements where an amount is expected"},
        Refusal{"OtherRoot", kSubscription, "<SbcptOrdr>", "<SbcptOrdr><Xtnsn><PlcAndNm>a</PlcAndNm></Xtnsn>",
                "FILE:3: /Document/SbcptOrdr/Xtnsn: is not read by this importer"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Orders, Refused,
    ::testing::ValuesIn(std::vector<Refusal>{
        Refusal{"UnmappedElement", kSubscription, "<OrdrRef>260302-000006</OrdrRef>",
                "<OrdrRef>260302-000006</OrdrRef><ClntRef>Tan</ClntRef>",
                "FILE:33: /Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[1]/ClntRef: is not read by this importer; "
                "leave it out"},
        Refusal{"UnmappedStructure", kSubscription, "<MsgId>", "<PoolRef><Ref>1</Ref></PoolRef><MsgId>",
                "/Document/SbcptOrdr/PoolRef: is not read"},
        Refusal{"NoMessageId", kSubscription, "<Id>ORCHID-20260302-0007</Id>", "",
                "FILE:4: /Document/SbcptOrdr/MsgId: lacks Id"},
        Refusal{"MessageIdTooLong", kSubscription, "ORCHID-20260302-0007", "123456789012345678901234567890123456",
                "MsgId/Id: has 36 characters, and must have 1 to 35"},
        Refusal{"NoCreationTime", kSubscription, "<CreDtTm>2026-03-02T10:00:00+08:00</CreDtTm>", "",
                "MsgId: lacks CreDtTm"},
        Refusal{"CreationTimeIsNone", kSubscription, "2026-03-02T10:00:00+08:00", "yesterday",
                "\"yesterday\" is not a time"},
        Refusal{"OrderTimeIsNone", kSubscription, "2026-03-02T09:59:58.250", "2026-03-02",
                "OrdrDtTm: \"2026-03-02\" is not a time"},
        Refusal{"DateIsNone", kSubscription, "<ReqdFutrTradDt>2026-03-02", "<ReqdFutrTradDt>2026-02-30",
                "FILE:10: /Document/SbcptOrdr/MltplOrdrDtls/ReqdFutrTradDt: \"2026-02-30\" is not a date"},
        Refusal{"DateWithTimeZone", kSubscription, "<ReqdFutrTradDt>2026-03-02", "<ReqdFutrTradDt>2026-03-02Z",
                "is not a date without a time zone"},
        Refusal{"UnknownAccount", kSubscription, "<AcctId>ORCHID-OMNIBUS", "<AcctId>ORCHID-OTHER",
                "FILE:12: /Document/SbcptOrdr/MltplOrdrDtls/InvstmtAcctDtls/AcctId: the account table has no account "
                "\"ORCHID-OTHER\""},
        Refusal{"OtherOwner", kSubscription, "<LEI>ORCHIDWEALTH00000024", "<LEI>KESTRELPENSION000033",
                "\"KESTRELPENSION000033\" is not the owner of \"ORCHID-OMNIBUS\""},
        Refusal{"OwnerIsNoLei", kSubscription, "<LEI>ORCHIDWEALTH00000024", "<LEI>ORCHIDWEALTH00000025",
                "OwnrId/LEI: \"ORCHIDWEALTH00000025\" is not"},
        Refusal{"OwnerByOtherScheme", kRedemption, "<SchmeNm>LEI", "<SchmeNm>BIC",
                "SchmeNm: \"BIC\" is not accepted, only LEI"},
        Refusal{"OwnerByBic", kRedemption,
                "<PrtryId>\n              <Id>ORCHIDWEALTH00000024</Id>\n              <SchmeNm>LEI</SchmeNm>\n        "
                "    </PrtryId>",
                "<AnyBIC>ORCHSGSG</AnyBIC>", "OwnrId/Pty/AnyBIC: is not read"},
        Refusal{"NoReference", kSubscription, "<OrdrRef>260302-000006</OrdrRef>", "",
                "FILE:32: /Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[1]: lacks OrdrRef"},
        Refusal{"EmptyReference", kSubscription, "<OrdrRef>260302-000006", "<OrdrRef>", "OrdrRef: has 0 characters"},
        Refusal{"ReferenceTooLongInBytes", kSubscription, "260302-000006", "éééééééééééééééééééé",
                "OrdrRef: has more than the 35 bytes that the ledger keeps"},
        Refusal{"ReferenceWithLineBreak", kSubscription, "260302-000006", "260302\n000006",
                "OrdrRef: text holds the control"},
        Refusal{"ReferenceTwiceInTheMessage", kSubscription, "260302-000011", "260302-000006",
                "IndvOrdrDtls[2]/OrdrRef: \"260302-000006\" occurs twice in the message"},
        Refusal{"ReferenceTwiceInTheOrder", kSubscription, "<OrdrRef>260302-000006</OrdrRef>",
                "<OrdrRef>260302-000006</OrdrRef><OrdrRef>A</OrdrRef>",
                "IndvOrdrDtls[1]/OrdrRef[2]: occurs more than once"},
        Refusal{"IsinIsNone", kSubscription, "<ISIN>SGXCINCOM006", "<ISIN>SGXCINCOM007",
                "FinInstrmDtls/Id/ISIN: \"SGXCINCOM007\" is not"},
        Refusal{"IsinIsUnknown", kSubscription, "<ISIN>SGXCINCOM006", "<ISIN>SG1CAUSEW004",
                "FILE:36: /Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[1]/FinInstrmDtls/Id/ISIN: \"SG1CAUSEW004\" is "
                "not a share class of this ledger"},
        Refusal{"OtherIdentification", kSubscription, "<ISIN>SGXCINCOM006</ISIN>",
                "<ISIN>SGXCINCOM006</ISIN><SEDOL>B1</SEDOL>", "FinInstrmDtls/Id/SEDOL: is not read"},
        Refusal{"NetAmount", kSubscription, "<GrssAmt Ccy=\"SGD\">1927255.50</GrssAmt>",
                "<GrssAmt Ccy=\"SGD\">1</GrssAmt><NetAmt Ccy=\"SGD\">1</NetAmt>", "AmtOrUnits/NetAmt: is not read"},
        Refusal{"TwoQuantities", kRedemption, "<UnitsNb>250000</UnitsNb>",
                "<UnitsNb>250000</UnitsNb><HldgsRedRate>5</HldgsRedRate>",
                "AmtOrUnitsOrPctg: must hold one of UnitsNb, GrssAmt and HldgsRedRate"},
        Refusal{"NoQuantity", kSubscription, "<GrssAmt Ccy=\"SGD\">1927255.50</GrssAmt>", "",
                "AmtOrUnits: must hold one of UnitsNb and GrssAmt"},
        Refusal{"AmountIsZero", kSubscription, "1927255.50", "0.00",
                "FILE:41: /Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[1]/AmtOrUnits/GrssAmt: is zero"},
        Refusal{"AmountIsNegative", kSubscription, "1927255.50", "-1", "\"-1\" is below zero"},
        Refusal{"AmountIsNoNumber", kSubscription, "1927255.50", "1,927,255.50",
                "\"1,927,255.50\" is not a decimal number"},
        Refusal{"AmountInExponents", kSubscription, "1927255.50", "1e6", "\"1e6\" is not a decimal number"},
        Refusal{"AmountWithDecimalsOfNoCurrency", kSubscription, "1927255.50", "1927255.505",
                "\"1927255.505\" has 3 decimals, and SGD has 2; round it"},
        Refusal{"AmountWithDecimalsOfNoMessage", kSubscription, "1927255.50", "1.000001",
                "has 6 decimals, and the message allows 5"},
        Refusal{"AmountTooLarge", kSubscription, "1927255.50", "1234567890123456789", "has more than the 18 digits"},
        Refusal{"UnitsWithDecimalsOfNoClass", kSubscription, "012500.2500", "12500.25001",
                "has 5 decimals, and a unit of the class has 4"},
        Refusal{"PercentageAboveHundred", kRedemption, "7.75", "100.01",
                "HldgsRedRate: \"100.01\" is more than 100 per cent"},
        Refusal{"PercentageWithNineDecimals", kRedemption, "7.75", "7.123456789",
                "has 9 decimals, and a redemption's percentage has 8"},
        Refusal{"NoCurrency", kSubscription, "<GrssAmt Ccy=\"SGD\">", "<GrssAmt>", "GrssAmt: lacks its attribute Ccy"},
        Refusal{"CurrencyIsNone", kSubscription, "<GrssAmt Ccy=\"SGD\">", "<GrssAmt Ccy=\"XXX\">",
                "GrssAmt/@Ccy: \"XXX\" is not"},
        Refusal{"CurrencyOfNoClass", kSubscription, "<SttlmAmt Ccy=\"USD\">", "<SttlmAmt Ccy=\"SGD\">",
                "SttlmAmt/@Ccy: \"SGD\" is another currency than its class has (USD)"},
        Refusal{"CurrenciesDiffer", kSubscription, "<ReqdSttlmCcy>SGD", "<ReqdSttlmCcy>USD",
                "ReqdSttlmCcy: \"USD\" is another currency than the order's amount has (SGD)"},
        Refusal{"UnitsWithoutCashToBlock", kSubscription, "<SttlmAmt Ccy=\"USD\">1464000</SttlmAmt>", "",
                "AmtOrUnits/UnitsNb: a subscription by units must also state the cash to block"},
        Refusal{"AmountWithCashToBlock", kSubscription, "<SttlmMtd>APMT</SttlmMtd>",
                "<SttlmAmt Ccy=\"SGD\">5</SttlmAmt>", "SttlmAmt: only a subscription by units states cash to block"},
        Refusal{"RedemptionWithCashToBlock", kRedemption, "<PhysDlvryInd>",
                "<SttlmAmt Ccy=\"SGD\">5</SttlmAmt><PhysDlvryInd>", "SttlmAmt: is not read"},
        Refusal{"FreeOfPayment", kSubscription, "APMT", "FREE",
                "SttlmMtd: \"FREE\" is not accepted, only APMT; units are delivered against payment"},
        Refusal{"PhysicalDelivery", kSubscription, "<PhysDlvryInd>false", "<PhysDlvryInd>true",
                "PhysDlvryInd: \"true\" is not accepted, only false"},
        Refusal{"OtherFee", kSubscription, "<Cd>FEND", "<Cd>BEND", "Tp/Cd: \"BEND\" is not accepted, only FEND"},
        Refusal{"OtherFeeOfARedemption", kRedemption, "<Cd>BEND", "<Cd>FEND",
                "Tp/Cd: \"FEND\" is not accepted, only BEND"},
        Refusal{"DiscountAboveTheFee", kSubscription, "<Rate>12.5", "<Rate>100.5",
                "DscntDtls/Rate: \"100.5\" is more than the whole fee"},
        Refusal{"DiscountByAmount", kSubscription, "<Rate>12.5</Rate>", "<Amt Ccy=\"SGD\">5</Amt><Rate>1</Rate>",
                "DscntDtls/Amt: is not read"},
        Refusal{"UnknownCashAccount", kSubscription, "<AcctId>SG12MERI0000000000001", "<AcctId>SG12MERI0000000000009",
                "CshAcctDtls/AcctId: the account table has no such cash account of \"ORCHID-OMNIBUS\""},
        Refusal{"CashAccountInAnotherCurrency", kSubscription, "<AcctId>ORCHID-OMNIBUS", "<AcctId>ORCHID-CLIENT-1",
                "InvstmtAcctDtls/AcctId: the account table has 0 cash accounts in USD of \"ORCHID-CLIENT-1\""},
        Refusal{"CashAccountIsAmbiguous", kRedemption,
                "<CshSttlmDtls>\n          <PmtInstrm>\n            <CshAcctDtls>\n              "
                "<AcctId>SG12MERI0000000000001</AcctId>\n            </CshAcctDtls>\n          </PmtInstrm>\n        "
                "</CshSttlmDtls>",
                "",
                "the account table has 2 cash accounts in SGD of \"ORCHID-CLIENT-1\", and one must be meant; name it "
                "in the message"},
        Refusal{"UnknownIban", kRedemption, "SG34STRA0000000000002", "SG34STRA0000000000009",
                "CdtrAcct/Id/IBAN: the account table has no such cash account"},
        Refusal{"NoCreditorAccount", kRedemption, "<IBAN>SG34STRA0000000000002</IBAN>", "",
                "CdtTrfDtls/CdtrAcct/Id: must hold one of IBAN and Othr"},
        Refusal{"CreditTransferOfASubscription", kSubscription, "<CshAcctDtls>", "<CdtTrfDtls/><CshAcctDtls>",
                "PmtInstrm/CdtTrfDtls: is not read"},
        Refusal{"NoPaymentInstrument", kRedemption,
                "<CshAcctDtls>\n              <AcctId>SG12MERI0000000000001</AcctId>\n            </CshAcctDtls>", "",
                "PmtInstrm: must hold one of CshAcctDtls and CdtTrfDtls"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Prices, Refused,
    ::testing::ValuesIn(std::vector<Refusal>{
        Refusal{"SecondPage", kPrice, "<PgNb>1", "<PgNb>2",
                "/Document/PricRpt/MsgPgntn/PgNb: \"2\" is not accepted, only 1"},
        Refusal{"MorePages", kPrice, "<LastPgInd>true", "<LastPgInd>false", "LastPgInd: \"false\" is not accepted"},
        Refusal{"Replacement", kPrice, "NEWP", "REPL", "/Document/PricRpt/Fctn: \"REPL\" is not accepted, only NEWP"},
        Refusal{"NoReportId", kPrice, "<PricRptId>STRAIT-20260302-1</PricRptId>", "",
                "/Document/PricRpt: lacks PricRptId"},
        Refusal{"NavTime", kPrice, "<NAVDtTm>\n        <Dt>2026-03-02</Dt>",
                "<NAVDtTm>\n        <DtTm>2026-03-02T00:00:00Z</DtTm><Dt>2026-03-02</Dt>", "NAVDtTm/DtTm: is not read"},
        Refusal{"ValuationTimeIsNone", kPrice, "2026-03-02T16:00:00Z", "16:00",
                "ValtnDtTm/DtTm: \"16:00\" is not a time"},
        Refusal{"ValuationTimeIsTwo", kPrice, "<DtTm>2026-03-02T16:00:00Z</DtTm>",
                "<DtTm>2026-03-02T16:00:00Z</DtTm><Dt>2026-03-02</Dt>", "ValtnDtTm: must hold one of Dt and DtTm"},
        Refusal{"DualPriced", kPrice, "<DualFndInd>false", "<DualFndInd>true",
                "DualFndInd: \"true\" is not accepted, only false; classes have a single price"},
        Refusal{"BidPrice", kPrice, "NAVL", "BIDE", "PricDtls/Tp: \"BIDE\" is not accepted, only NAVL"},
        Refusal{"TwoPrices", kPrice, "    </PricValtnDtls>\n    <PricValtnDtls>",
                "<PricDtls/></PricValtnDtls><PricValtnDtls>", "PricDtls[2]: occurs more than once"},
        Refusal{"TwoNets", kPrice, "<TtlUnitsNb>", "<TtlNAV Ccy=\"USD\">1</TtlNAV><TtlUnitsNb>",
                "TtlNAV[2]: occurs more than once"},
        Refusal{"NoNet", kPrice, "<TtlNAV Ccy=\"SGD\">125437892.17</TtlNAV>", "", "PricValtnDtls[1]: lacks TtlNAV"},
        Refusal{"NoUnits", kPrice, "<Unit>100234567.8912</Unit>", "", "TtlUnitsNb: lacks Unit"},
        Refusal{"PriceIsZero", kPrice, ">1.2514<", ">0<", "ValInInvstmtCcy/Amt: is zero"},
        Refusal{"PriceWithDecimalsOfNoClass", kPrice, ">1.2514<", ">1.25144<",
                "has 5 decimals, and a price of the class has 4"},
        Refusal{"NetWithDecimalsOfNoCurrency", kPrice, "125437892.17", "125437892.171",
                "has 3 decimals, and SGD has 2"},
        Refusal{"UnitsWithDecimalsOfNoClass", kPrice, "100234567.8912", "100234567.89125",
                "has 5 decimals, and a unit of the class has 4"},
        Refusal{"CurrenciesDiffer", kPrice, "<Amt Ccy=\"SGD\">", "<Amt Ccy=\"USD\">",
                "Amt/@Ccy: \"USD\" is not the currency of the class, SGD"},
        Refusal{"DenominationDiffers", kPrice, "<DnmtnCcy>SGD", "<DnmtnCcy>USD",
                "DnmtnCcy: \"USD\" is not the currency of the class, SGD"},
        Refusal{"UnknownClass", kPrice, "SGXCINCOM006", "SG1CAUSEW004",
                "PricValtnDtls[1]: \"SG1CAUSEW004\" is not a share class of this ledger"},
        Refusal{"Exceptional", kPrice, "USUA", "EXCP", "ValtnTp: \"EXCP\" is not accepted"},
        Refusal{"Unofficial", kPrice, "<OffclValtnInd>true", "<OffclValtnInd>false",
                "OffclValtnInd: \"false\" is not accepted"},
        Refusal{"Suspended", kPrice, "<SspdInd>false", "<SspdInd>true",
                "SspdInd: \"true\" is not accepted, only false; a suspension is an operation of its own"},
        Refusal{"Estimated", kPrice, "<EstmtdPricInd>false", "<EstmtdPricInd>true",
                "EstmtdPricInd: \"true\" is not accepted"},
        Refusal{"NotForExecution", kPrice, "<ForExctnInd>true", "<ForExctnInd>false",
                "ForExctnInd: \"false\" is not accepted"},
        Refusal{"Historic", kPrice, "FORW", "HIST", "PricMtd: \"HIST\" is not accepted"},
        Refusal{"FlagIsNone", kPrice, "<CumDvddInd>true", "<CumDvddInd>yes",
                "CumDvddInd: \"yes\" is not true or false"},
        Refusal{"UnmappedElement", kPrice, "<ValtnTp>",
                "<FndMgmtCpny><BICOrBEI>ABCDSGSG</BICOrBEI></FndMgmtCpny><ValtnTp>",
                "PricValtnDtls[1]/FndMgmtCpny: is not read"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Csv, Refused,
    ::testing::ValuesIn(std::vector<Refusal>{
        Refusal{"UnknownColumn", kCsv, "message_id,", "messageid,message_id,",
                "FILE:1:1: \"messageid\" is not a column that is read; known are message_id"},
        Refusal{"ColumnTwice", kCsv, ",isin,", ",isin,isin,", "FILE:1:46: the column isin occurs twice"},
        Refusal{"MissingField", kCsv, "SGD,SG12MERI0000000000001,0.125,2026-03-02,", "SGD,SG12MERI0000000000001,0.125",
                "FILE:2:1: has 11 fields, and the header has 13"},
        Refusal{"FieldTooMany", kCsv, "2026-03-02,\n", "2026-03-02,,\n",
                "FILE:2:1: has 14 fields, and the header has 13"},
        Refusal{"EmptyField", kCsv, "\nORCHID-20260302-0007,260302-000006,", "\nORCHID-20260302-0007,,",
                "FILE:2:22: order_reference: is empty"},
        Refusal{"OtherSide", kCsv, "subscription", "buy",
                "FILE:2:36: side: \"buy\" is neither subscription nor redemption"},
        Refusal{"TwoQuantities", kCsv, "250000,,", "250000,5,", "FILE:5:1: has 2 of amount, units and percentage"},
        Refusal{"SubscriptionByPercentage", kCsv, "1927255.50,,,", ",,5,",
                "FILE:2:79: percentage: only a redemption is ordered by percentage"},
        Refusal{"AmountIsNoNumber", kCsv, "1927255.50", "\"1,927,255.50\"",
                "FILE:2:77: amount: \"1,927,255.50\" is not a decimal number"},
        Refusal{"UnknownAccount", kCsv, "ORCHID-OMNIBUS", "ORCHID-OTHER",
                "FILE:2:49: account: the account table has no account \"ORCHID-OTHER\""},
        Refusal{"UnknownCashAccount", kCsv, "SG34STRA0000000000002", "SG34STRA0000000000009", "FILE:4:"},
        Refusal{"DiscountAboveTheFee", kCsv, "0.125", "12.5", "fee_discount: \"12.5\" is more than the whole fee"},
        Refusal{"QuoteWithin", kCsv, "260302-000006", "2603\"02", "FILE:2:26: a quote in a field without quotes"},
        Refusal{"TextAfterQuote", kCsv, "260302-000006", "\"2603\"02", "FILE:2:28: text after the closing quote"},
        Refusal{"BareCarriageReturn", kCsv, "260302-000006", "2603\r02",
                "FILE:2:26: a carriage return without a line feed"}}),
    [](const auto& test) { return test.param.name; });

TEST(Import, TellsAllErrorsOfAFileInTheOrderOfItsLines) {
  std::string message = Vector("subscription-order.xml");
  message = With(message, "<AcctId>ORCHID-OMNIBUS", "<AcctId>ORCHID-OTHER");
  message = With(message, "1927255.50", "zero");
  message = With(message, "<ISIN>LU27GROWT007", "<ISIN>LU27GROWT008");
  message = With(message, "<SttlmMtd>APMT", "<IncmPref>CASH</IncmPref><SttlmMtd>FREE");
  const std::vector<std::string> errors = absl::StrSplit(ErrorsOf(message), '\n');
  ASSERT_EQ(errors.size(), 5u) << ErrorsOf(message);
  EXPECT_THAT(errors[0], HasSubstr("FILE:12:"));
  EXPECT_THAT(errors[1], HasSubstr("FILE:41:"));
  EXPECT_THAT(errors[2], HasSubstr("FILE:43:"));
  EXPECT_THAT(errors[3], HasSubstr("FILE:43:"));
  EXPECT_THAT(errors[4], HasSubstr("FILE:69:"));
}

long PeakMemoryKiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// What AddressSanitizer keeps of freed memory, and around allocations.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr long kKeptFreedKiB = 512 << 10;
#else
constexpr long kKeptFreedKiB = 0;
#endif
#else
constexpr long kKeptFreedKiB = 0;
#endif

// As many fields, and as many rows, as a file has bytes.
TEST(Import, AFileOfSeparatorsCostsNoMoreMemoryThanItsBytes) {
  const std::string header = "message_id,order_reference,side,account,isin,amount\n";
  const std::string commas((size_t{8} << 20) - header.size(), ',');
  std::string rows = header;
  while (rows.size() + 2 < size_t{8} << 20) rows += "x\n";
  const long before = PeakMemoryKiB();
  EXPECT_THAT(ErrorsOf(commas), HasSubstr(absl::StrCat("FILE:1:1: has ", commas.size() + 1, " columns")));
  EXPECT_THAT(ErrorsOf(header + commas),
              HasSubstr(absl::StrCat("FILE:2:1: has ", commas.size() + 1, " fields, and the header has 6")));
  EXPECT_THAT(ErrorsOf(rows), HasSubstr("FILE:2:1: has 1 fields"));
  EXPECT_LT(PeakMemoryKiB() - before, (64 << 10) + kKeptFreedKiB);
}

TEST(Import, CountsTheErrorsThatItNoLongerTells) {
  std::string rows = "message_id,order_reference,side,account,isin,amount\n";
  for (int i = 0; i < 250; ++i) absl::StrAppend(&rows, "M,R", i, ",subscription,NOBODY,SGXCINCOM006,1\n");
  const std::vector<std::string> errors = absl::StrSplit(ErrorsOf(rows), '\n');
  ASSERT_EQ(errors.size(), 201u);
  EXPECT_EQ(errors.back(), "FILE: and 50 more");
}

TEST(Import, AnEmptyFileAndAHeaderAloneAreRefused) {
  EXPECT_THAT(ErrorsOf(""), HasSubstr("is empty; a header row comes first"));
  EXPECT_THAT(ErrorsOf("message_id,order_reference,side,account,isin,amount\n"),
              HasSubstr("no order below the header row"));
  EXPECT_THAT(ErrorsOf("message_id,side\nM,subscription\n"),
              HasSubstr("FILE:1:1: the column order_reference is missing"));
  EXPECT_THAT(ErrorsOf("a,\"b"), HasSubstr("FILE:1:3: the field's quote is not closed"));
  EXPECT_THAT(ErrorsOf(std::string("a,\0b\n", 5)), HasSubstr("a zero byte"));
}

TEST(Import, AMessageWithoutOrdersOrPricesIsRefused) {
  std::string orders = Vector("subscription-order.xml");
  orders.erase(orders.find("<IndvOrdrDtls>"), orders.rfind("</IndvOrdrDtls>") + 15 - orders.find("<IndvOrdrDtls>"));
  EXPECT_THAT(ErrorsOf(orders), HasSubstr("FILE:8: /Document/SbcptOrdr/MltplOrdrDtls: lacks IndvOrdrDtls"));
  std::string prices = Vector("price-report.xml");
  prices.erase(prices.find("<PricValtnDtls>"), prices.rfind("</PricValtnDtls>") + 16 - prices.find("<PricValtnDtls>"));
  EXPECT_THAT(ErrorsOf(prices), HasSubstr("FILE:3: /Document/PricRpt: lacks PricValtnDtls"));
}

TEST(Import, AClassHasOnePriceADay) {
  std::string report = With(Vector("price-report.xml"), "LU27GROWT007", "SGXCINCOM006");
  for (int i = 0; i < 2; ++i) report = With(report, "USD", "SGD");
  EXPECT_EQ(ErrorsOf(report),
            "FILE:47: /Document/PricRpt/PricValtnDtls[2]: is a second price of SGXCINCOM006 for 2026-03-02; send one");
}

TEST(Import, LimitsHold) {
  ReadOptions options;
  options.bytes_max = 1000;
  EXPECT_THAT(ErrorsOf(Vector("subscription-order.xml"), options), HasSubstr("bytes, and at most 1000 are read"));
  std::string deep = "<Document xmlns=\"urn:swift:xsd:reda.001.001.04\">";
  for (int i = 0; i < 40; ++i) deep += "<a>";
  for (int i = 0; i < 40; ++i) deep += "</a>";
  EXPECT_THAT(ErrorsOf(deep + "</Document>"), HasSubstr("elements nest deeper than 32"));
  const std::string name(40'000, 'n');
  EXPECT_THAT(ErrorsOf(absl::StrCat("<Document xmlns=\"urn:swift:xsd:reda.001.001.04\"><", name, "/></Document>")),
              HasSubstr("an element's name of 40000 bytes"));
  EXPECT_THAT(ErrorsOf(absl::StrCat("<", name, " xmlns=\"urn:swift:xsd:reda.001.001.04\"/>")),
              HasSubstr("the document's name has 40000 bytes"));
}

TEST(Import, LineEndsQuotesAndAByteOrderMarkMakeNoDifferenceInCsv) {
  const std::string csv = Vector("orders.csv");
  const auto plain = Read(csv);
  ASSERT_TRUE(plain.ok()) << plain.status();
  std::string dressed = "\xEF\xBB\xBF";
  for (const char c : csv) dressed += c == '\n' ? "\r\n\r\n" : std::string(1, c);
  dressed = With(dressed, "260302-000006", "\"260302-000006\"");
  const auto read = Read(dressed);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Json(*read), Json(*plain));
  const auto quoted = Read(With(csv, "260302-000006", "\"a \"\"b\"\", c\""));
  ASSERT_TRUE(quoted.ok()) << quoted.status();
  EXPECT_EQ((*quoted)[0].reference, "a \"b\", c");
}

TEST(Import, PrefixesCharacterDataSectionsAndSchemaLocationAreXmlAsAnyOther) {
  std::string message = With(Vector("price-report.xml"), "xmlns=",
                             "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:x "
                             "http://127.0.0.1:1/x.xsd\" xmlns=");
  message = With(message, "NEWP", "<![CDATA[NEWP]]>");
  EXPECT_TRUE(Read(message).ok());
  std::string prefixed;
  for (const absl::string_view part : absl::StrSplit(Vector("price-report.xml"), '<')) {
    const bool name = !part.empty() && part[0] != '?' && part[0] != '\n';
    absl::StrAppend(&prefixed, prefixed.empty() && part.empty() ? "" : "<", name ? (part[0] == '/' ? "/r:" : "r:") : "",
                    name && part[0] == '/' ? part.substr(1) : part);
  }
  const auto read = Read(With(prefixed, "xmlns=", "xmlns:r="));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Json(*read), Vector("price-report.json"));
}

TEST(Import, WithoutKnownClassesTheLedgerAloneDecides) {
  EXPECT_TRUE(Read(With(Vector("subscription-order.xml"), "SGXCINCOM006", "SG1CAUSEW004")).ok());
}

TEST(Import, TheFiveEntitiesAndCharacterReferencesAreText) {
  const auto read = Read(With(Vector("subscription-order.xml"), "260302-000006", "A&amp;B&lt;&gt;&quot;&apos;&#67;"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)[0].reference, "A&B<>\"'C");
  EXPECT_THAT(ErrorsOf(With(Vector("subscription-order.xml"), "260302-000006", "A&#10;B")),
              HasSubstr("text holds the control"));
}

TEST(Import, AFileThatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(ReadFile("tests/vectors/iso20022", Accounts()).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadFile("tests/vectors/iso20022/none.xml", Accounts()).status()));
  const auto read = ReadFile("tests/vectors/iso20022/price-report.xml", Accounts());
  EXPECT_TRUE(read.ok()) << read.status();
}

}  // namespace
}  // namespace causeway::iso20022::testing
