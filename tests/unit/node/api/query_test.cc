// SPDX-License-Identifier: Apache-2.0
#include "node/api/query.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "causeway/v1/block.pb.h"
#include "causeway/v1/dealing.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "causeway/v1/views.pb.h"
#include "ledger/audit/bundle.h"
#include "ledger/codec/encode.h"
#include "tests/unit/node/api/api_world.h"

namespace causeway::api {
namespace {

using ::testing::HasSubstr;

class QueryTest : public testing::ApiWorld {
 protected:
  QueryTest() : query_(ledger(), QueryLimits{}, [this](const std::string& line) { log_.push_back(line); }) {}

  // Orders of both investors in the first fund, and one of the intermediary's in the second.
  void PlaceOrders() {
    Do(kInvestor, {Subscribe("mine", isin_, kInvestor, "10000")});
    theirs_id_ = Do(kIntermediary, {Subscribe("theirs", isin_, kIntermediary, "5000"),
                                    Subscribe("theirs too", other_isin_, kIntermediary, "3000")});
  }

  absl::StatusOr<v1::GetRecordResponse> Get(const Reader& reader, const std::string& kind, const std::string& id,
                                            bool prove = false, std::optional<uint64_t> at = std::nullopt) {
    v1::GetRecordRequest request;
    request.set_kind(kind);
    request.set_id(id);
    request.set_prove(prove);
    if (at) request.set_at_height(*at);
    return query_.GetRecord(reader, request);
  }
  template <class Record>
  Record GetAs(const Reader& reader, const std::string& kind, const std::string& id,
               std::optional<uint64_t> at = std::nullopt) {
    const absl::StatusOr<v1::GetRecordResponse> response = Get(reader, kind, id, false, at);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    EXPECT_EQ(response->record().type(), Record::descriptor()->full_name());
    absl::StatusOr<Record> record = codec::ParseCanonical<Record>(response->record().record());
    EXPECT_TRUE(record.ok()) << record.status();
    return record.ok() ? *record : Record();
  }
  // Ids of all pages.
  std::vector<std::string> List(const Reader& reader, const std::string& kind, const std::string& prefix = "",
                                uint32_t page_size = 0) {
    std::vector<std::string> ids;
    v1::ListRecordsRequest request;
    request.set_kind(kind);
    request.set_prefix(prefix);
    request.set_page_size(page_size);
    while (true) {
      const absl::StatusOr<v1::ListRecordsResponse> page = query_.ListRecords(reader, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return ids;
      for (const v1::StateRecord& record : page->records()) ids.push_back(record.id());
      if (page->next_page_token().empty()) return ids;
      request.set_page_token(page->next_page_token());
    }
  }
  audit::VerifiedClaim Verified(const std::string& proof) {
    const absl::StatusOr<v1::ProofBundle> bundle = audit::ReadBundle(proof);
    EXPECT_TRUE(bundle.ok()) << bundle.status();
    absl::StatusOr<audit::VerifiedClaim> claim = audit::VerifyBundle(*bundle, genesis());
    EXPECT_TRUE(claim.ok()) << claim.status();
    return claim.ok() ? *claim : audit::VerifiedClaim{};
  }
  std::string OrderIdOf(const std::string& label) const { return testing::IdFor<OrderId>(label).ToHex(); }

  const std::string stranger_ = testing::LeiFor("STRANGER");
  std::vector<std::string> log_;
  Query query_;
  Hash theirs_id_ = Hash::Zero();
};

// Each record, and exactly who reads it, by get and by list alike.
TEST_F(QueryTest, EveryReaderReadsWhatConcernsItAndNothingElse) {
  PlaceOrders();
  Deal(isin_, kAdministrator, "1.25");
  Do(kIntermediary, {Subscribe("next day", isin_, kIntermediary, "700")});
  const std::set<std::string> all_readers = {
      kFmco,    kAdministrator, kTransferAgent, kOtherFmco,      kOtherAdministrator, kOtherTransferAgent,
      kBank,    kIntermediary,  kInvestor,      kInvestorAbroad, kSupervisor,         kAuthorityOfIreland,
      kAuditor, kOperators[0]};
  const std::set<std::string> house = {kFmco, kAdministrator, kTransferAgent, kSupervisor, kAuditor};
  const auto with = [](std::set<std::string> set, const std::string& one) {
    set.insert(one);
    return set;
  };
  struct Case {
    std::string kind;
    std::string id;
    std::set<std::string> readers;
  };
  const std::string officer = testing::ContractFixture::Officer(kInvestor, 1).ToHex();
  const std::vector<Case> cases = {
      {"party", kInvestor, all_readers},
      {"fund", fund_.ToString(), all_readers},
      {"share-class", isin_.ToString(), all_readers},
      {"cash-token", token_.ToString(), all_readers},
      {"calendar-day", absl::StrCat(fund_.text(), "/", kToday), all_readers},
      {"fund-member", absl::StrCat(fund_.text(), "/", isin_.text()), all_readers},
      {"price", absl::StrCat(isin_.text(), "/", kToday), all_readers},
      {"officer", absl::StrCat(kInvestor, "/", officer), {kInvestor, kAuditor}},
      {"key", KeyOf(kInvestor, 1).ToHex(), {kInvestor, kAuditor}},
      {"account", units_.ToHex(), {kInvestor, kAuditor}},
      {"account", testing::IdFor<AccountId>("abroad").ToHex(), {kInvestorAbroad, kAuthorityOfIreland, kAuditor}},
      {"party-account", absl::StrCat(kInvestor, "/", units_.ToHex()), {kInvestor, kAuditor}},
      {"balance", absl::StrCat(cash_.ToHex(), "/", token_.text()), {kInvestor, kBank, kAuditor}},
      {"balance", absl::StrCat(units_.ToHex(), "/", isin_.text()), with(house, kInvestor)},
      {"holding", absl::StrCat(isin_.text(), "/", units_.ToHex()), with(house, kInvestor)},
      {"holding", absl::StrCat(isin_.text(), "/", other_units_.ToHex()), with(house, kIntermediary)},
      {"party-holding", absl::StrCat(kInvestor, "/", isin_.text()), with(house, kInvestor)},
      {"supply", isin_.ToString(), house},
      {"order", OrderIdOf("next day"), with(house, kIntermediary)},
      {"order",
       OrderIdOf("theirs too"),
       {kIntermediary, kOtherFmco, kOtherAdministrator, kOtherTransferAgent, kAuditor}},
      {"party-order", absl::StrCat(kIntermediary, "/REF-next day"), with(house, kIntermediary)},
      {"hold", OrderIdOf("next day"), {kIntermediary, kBank, kAuditor}},
      {"account-hold", absl::StrCat(other_cash_.ToHex(), "/", OrderIdOf("next day")), {kIntermediary, kBank, kAuditor}},
      {"class-day", absl::StrCat(isin_.text(), "/", kToday), house},
      {"class-book", isin_.ToString(), house},
      {"payment", absl::StrCat(kBank, "/PAY-", cash_.ToHex().substr(0, 8)), {kBank, kAuditor}},
      {"grant", kSupervisor, {kSupervisor, kOperators[0], kAuditor}},
  };
  std::set<std::string> readers = all_readers;
  readers.insert(stranger_);
  for (const Case& c : cases) {
    for (const std::string& reader : readers) {
      SCOPED_TRACE(absl::StrCat(c.kind, " ", c.id, " as ", reader));
      const absl::StatusOr<v1::GetRecordResponse> got = Get(Officer(reader), c.kind, c.id);
      const std::vector<std::string> listed = List(Officer(reader), c.kind);
      const bool is_listed = std::find(listed.begin(), listed.end(), c.id) != listed.end();
      if (c.readers.count(reader) != 0) {
        ASSERT_TRUE(got.ok()) << got.status();
        ASSERT_TRUE(got->has_record());
        EXPECT_EQ(got->record().id(), c.id);
        EXPECT_TRUE(is_listed);
      } else {
        EXPECT_EQ(got.status().code(), absl::StatusCode::kNotFound) << got.status();
        EXPECT_FALSE(is_listed);
      }
    }
  }
}

TEST_F(QueryTest, WhatIsForbiddenLooksLikeWhatIsNotThere) {
  PlaceOrders();
  const absl::Status forbidden = Get(Officer(kInvestor), "order", OrderIdOf("theirs")).status();
  const absl::Status absent = Get(Officer(kInvestor), "order", OrderIdOf("nobody's")).status();
  EXPECT_EQ(forbidden.code(), absent.code());
  EXPECT_EQ(absl::StrCat("no order ", OrderIdOf("theirs"), " that ", kInvestor, " may read"), forbidden.message());
  EXPECT_EQ(absl::StrCat("no order ", OrderIdOf("nobody's"), " that ", kInvestor, " may read"), absent.message());
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(QueryTest, AmountsAreShownAsDecimals) {
  PlaceOrders();
  const auto cash =
      GetAs<v1::HoldingView>(Officer(kInvestor), "balance", absl::StrCat(cash_.ToHex(), "/", token_.text()));
  EXPECT_EQ(cash.total(), "1000000");
  EXPECT_EQ(cash.blocked(), "10000");
  EXPECT_EQ(cash.free(), "990000");
  EXPECT_EQ(cash.owner(), kInvestor);
  const auto supply = GetAs<v1::SupplyView>(Officer(kBank), "supply", token_.ToString());
  EXPECT_EQ(supply.issued(), "2000000");
  EXPECT_EQ(supply.holders(), 2u);
}

TEST_F(QueryTest, APriceIsShownOnceItIsInForceAndNeverProvedFromTheDaysSums) {
  PlaceOrders();
  const std::string id = absl::StrCat(isin_.text(), "/", kToday);
  EXPECT_EQ(GetAs<v1::PriceView>(Officer(kInvestorAbroad), "price", id).price(), "");
  Deal(isin_, kAdministrator, "1.25");
  EXPECT_EQ(GetAs<v1::PriceView>(Officer(kInvestorAbroad), "price", id).price(), "1.25");
  EXPECT_EQ(Get(Officer(kInvestorAbroad), "price", id, true).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(QueryTest, AFinalOrderIsFoundInTheEventsOfItsReceiptByTheSameReaders) {
  PlaceOrders();
  const uint64_t open = height();
  Deal(isin_, kAdministrator, "1.25");
  const auto order = GetAs<v1::Order>(Officer(kInvestor), "order", OrderIdOf("mine"));
  ASSERT_GT(order.history_size(), 0);
  EXPECT_EQ(order.history(order.history_size() - 1).status(), v1::ORDER_STATUS_SETT);
  EXPECT_EQ(order.execution().price(), "1.25");
  EXPECT_EQ(Get(Officer(kIntermediary), "order", OrderIdOf("mine")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Get(Officer(kBank), "order", OrderIdOf("mine")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Get(Officer(kTransferAgent), "order", OrderIdOf("mine")).ok());
  // As it was.
  const auto before = GetAs<v1::Order>(Officer(kInvestor), "order", OrderIdOf("mine"), open);
  EXPECT_EQ(before.history(before.history_size() - 1).status(), v1::ORDER_STATUS_PACK);
}

TEST_F(QueryTest, ATransactionIsItsSubmittersAndOthersReadTheirEventsOfIt) {
  PlaceOrders();
  const auto own = GetAs<v1::TransactionReceipt>(Officer(kIntermediary), "transaction", theirs_id_.ToHex());
  EXPECT_EQ(own.results_size(), 2);
  EXPECT_FALSE(own.redacted());
  EXPECT_EQ(own.receipt().height(), height());

  // The second house sees the second order, and nothing of the first.
  const auto house = GetAs<v1::TransactionReceipt>(Officer(kOtherTransferAgent), "transaction", theirs_id_.ToHex());
  ASSERT_EQ(house.results_size(), 1);
  EXPECT_TRUE(house.redacted());
  EXPECT_EQ(house.results(0).index(), 1u);
  EXPECT_EQ(house.DebugString().find(fund_.ToString()), std::string::npos);
  EXPECT_EQ(house.SerializeAsString().find(testing::IdFor<OrderId>("theirs").ToString()), std::string::npos);
  for (const v1::Event& event : house.results(0).events()) EXPECT_TRUE(event.has_dealing()) << event.DebugString();

  EXPECT_EQ(Get(Officer(kInvestor), "transaction", theirs_id_.ToHex()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Get(Officer(kOperators[0]), "transaction", theirs_id_.ToHex()).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(QueryTest, AReceiptIsProvedWithTheResultsThatAreReadWhole) {
  PlaceOrders();
  absl::StatusOr<v1::GetRecordResponse> got = Get(Officer(kIntermediary), "transaction", theirs_id_.ToHex(), true);
  ASSERT_TRUE(got.ok()) << got.status();
  const audit::VerifiedClaim claim = Verified(got->proof());
  EXPECT_EQ(claim.kind, audit::VerifiedClaim::Kind::kReceipt);
  EXPECT_EQ(claim.receipt->transaction_id(), theirs_id_.ToString());
  EXPECT_EQ(claim.results.size(), 2u);
  // Of the house's result the cash token's events are left out, so it cannot be shown whole.
  got = Get(Officer(kOtherTransferAgent), "transaction", theirs_id_.ToHex(), true);
  EXPECT_EQ(got.status().code(), absl::StatusCode::kFailedPrecondition) << got.status();
}

TEST_F(QueryTest, AValueAndAnAbsenceAreProvedAtTheNewestAndAtAnOldHeight) {
  PlaceOrders();
  const uint64_t old = height();
  Deal(isin_, kAdministrator, "1.25");
  const std::string id = absl::StrCat(isin_.text(), "/", units_.ToHex());
  absl::StatusOr<v1::GetRecordResponse> got = Get(Officer(kTransferAgent), "holding", id, true);
  ASSERT_TRUE(got.ok()) << got.status();
  audit::VerifiedClaim claim = Verified(got->proof());
  EXPECT_EQ(claim.kind, audit::VerifiedClaim::Kind::kValue);
  EXPECT_EQ(claim.height, height());

  // Nothing was held before.
  got = Get(Officer(kTransferAgent), "holding", id, true, old);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_FALSE(got->has_record());
  claim = Verified(got->proof());
  EXPECT_EQ(claim.kind, audit::VerifiedClaim::Kind::kAbsence);
  EXPECT_EQ(claim.height, old);
}

TEST_F(QueryTest, AnIndexThatNamesSomebodyElsesAccountProvesNothingOfIt) {
  // The intermediary asks whether the investor's account is its own: that it is not is all that is proved.
  const absl::StatusOr<v1::GetRecordResponse> got =
      Get(Officer(kIntermediary), "party-account", absl::StrCat(kIntermediary, "/", units_.ToHex()), true);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_FALSE(got->has_record());
  EXPECT_EQ(Verified(got->proof()).kind, audit::VerifiedClaim::Kind::kAbsence);
  EXPECT_EQ(got->proof().find(kInvestor), std::string::npos);
}

TEST_F(QueryTest, PagesGoOnWhereTheyEndedAtTheSameHeight) {
  std::vector<v1::Operation> operations;
  for (int i = 0; i < 25; ++i) operations.push_back(OpenAccountOf(absl::StrCat("more ", i), kInvestor));
  Do(kInvestor, operations);
  const std::vector<std::string> whole = List(Officer(kInvestor), "account");
  EXPECT_EQ(whole.size(), 27u);
  for (const uint32_t size : {1u, 2u, 7u, 26u, 27u, 28u})
    EXPECT_EQ(List(Officer(kInvestor), "account", "", size), whole) << size;

  v1::ListRecordsRequest request;
  request.set_kind("account");
  request.set_page_size(20);
  const absl::StatusOr<v1::ListRecordsResponse> first = query_.ListRecords(Officer(kInvestor), request);
  ASSERT_TRUE(first.ok()) << first.status();
  Do(kInvestor, {OpenAccountOf("later", kInvestor)});
  request.set_page_token(first->next_page_token());
  const absl::StatusOr<v1::ListRecordsResponse> second = query_.ListRecords(Officer(kInvestor), request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->height(), first->height());
  EXPECT_EQ(second->records_size(), 7);
  // The token is its reader's.
  EXPECT_EQ(query_.ListRecords(Officer(kIntermediary), request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(QueryTest, APrefixNarrowsByTheTextOfTheId) {
  PlaceOrders();
  EXPECT_EQ(List(Officer(kAuditor), "order", isin_.ToString()).size(), 2u);
  EXPECT_EQ(List(Officer(kAuditor), "order", absl::StrCat(isin_.text(), "/", kToday, "/0")).size(), 1u);
  EXPECT_EQ(List(Officer(kAuditor), "order", "SG").size(), 3u);
  const std::string hex = units_.ToHex();
  for (size_t digits = 1; digits <= hex.size(); ++digits) {
    const std::vector<std::string> found = List(Officer(kAuditor), "account", hex.substr(0, digits));
    EXPECT_NE(std::find(found.begin(), found.end(), hex), found.end()) << digits;
    for (const std::string& id : found) EXPECT_EQ(id.substr(0, digits), hex.substr(0, digits));
  }
  EXPECT_TRUE(List(Officer(kAuditor), "account", "no hex").empty());
}

TEST_F(QueryTest, ALookWithoutAnEndIsRefusedAndSaysHowToAsk) {
  QueryLimits limits;
  limits.page_rows_max = 3;
  Query narrow(ledger(), limits, nullptr);
  v1::ListRecordsRequest request;
  request.set_kind("officer");
  uint64_t rows = 0;
  const absl::Status status = narrow.ListRecords(Officer(kOperators[3]), request, &rows).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(rows, 4u) << "whoever is shown nothing has had them looked through all the same";
  EXPECT_THAT(std::string(status.message()), HasSubstr("LEI/OFFICER"));
  request.set_prefix(kOperators[3]);
  const absl::StatusOr<v1::ListRecordsResponse> own = narrow.ListRecords(Officer(kOperators[3]), request);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->records_size(), 3);
}

TEST_F(QueryTest, HeightsThatAreNotFinalAreNotYet) {
  const absl::Status status = Get(Officer(kInvestor), "party", kInvestor, false, height() + 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(status.message()), HasSubstr("NOT_YET"));
}

TEST_F(QueryTest, AnUnknownKindAndAnIdOfAnotherFormSayWhatThereIs) {
  EXPECT_THAT(std::string(Get(Officer(kInvestor), "oder", "x").status().message()), HasSubstr("share-class"));
  EXPECT_THAT(std::string(Get(Officer(kInvestor), "balance", "x").status().message()), HasSubstr("ACCOUNT/INSTRUMENT"));
}

TEST_F(QueryTest, BlocksAreForWhoIsGrantedAllOfThemAndHeadersForEveryParty) {
  v1::GetBlockRequest request;
  for (const std::string& reader : {kFmco, kTransferAgent, kBank, kInvestor, kSupervisor, kOperators[0], stranger_}) {
    EXPECT_EQ(query_.GetBlock(Officer(reader), request).status().code(), absl::StatusCode::kPermissionDenied) << reader;
  }
  absl::StatusOr<v1::GetBlockResponse> block = query_.GetBlock(Officer(kAuditor), request);
  ASSERT_TRUE(block.ok()) << block.status();
  EXPECT_EQ(block->block(), *ledger().store().GetBlock(Height(height())));
  EXPECT_EQ(block->finalized_height(), height());

  request.set_header_only(true);
  block = query_.GetBlock(Officer(kInvestor), request);
  ASSERT_TRUE(block.ok()) << block.status();
  EXPECT_TRUE(block->block().empty());
  v1::CertifiedHeader head;
  *head.mutable_header() = *codec::ParseCanonical<v1::BlockHeader>(block->header());
  *head.mutable_finalization() = *codec::ParseCanonical<v1::Certificate>(block->finalization());
  EXPECT_TRUE(audit::VerifyCertifiedHeader(head, genesis()).ok());
  EXPECT_EQ(query_.GetBlock(Officer(stranger_), request).status().code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace causeway::api
