// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/account_table.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/node/iso20022/iso_fixture.h"

namespace causeway::iso20022::testing {
namespace {

using ::testing::HasSubstr;

std::string TableErrors(const std::string& json) {
  const absl::StatusOr<AccountTable> table = AccountTable::FromJson(json);
  return table.ok() ? "accepted" : std::string(table.status().message());
}

TEST(AccountTable, FindsAnAccountByWhatItIsCalledOutsideAndByItsId) {
  const AccountTable table = Accounts();
  const InvestmentAccount* account = table.Find("ORCHID-CLIENT-1");
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->owner.text(), "ORCHIDWEALTH00000024");
  EXPECT_EQ(account->account.ToHex(), "389703decdf1e51f4c3945402ae4dd66");
  ASSERT_EQ(account->cash_accounts.size(), 2u);
  EXPECT_EQ(account->cash_accounts[1].token.text(), "SGD.STRAIT");
  EXPECT_EQ(account->cash_accounts[1].external_id, "SG34STRA0000000000002");
  EXPECT_EQ(table.Find(account->account), account);
  EXPECT_EQ(table.Find("ORCHID-CLIENT-2"), nullptr);
  EXPECT_EQ(table.Find(AccountId::Zero()), nullptr);
}

TEST(AccountTable, ReadsTheDemos) {
  const auto table = AccountTable::FromFile("deploy/demo-data/accounts.json");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_GT(table->accounts().size(), 10u);
}

TEST(AccountTable, EveryFieldIsChecked) {
  const std::string json = Vector("accounts.json");
  EXPECT_THAT(TableErrors(With(json, "ORCHID-OMNIBUS", "")),
              HasSubstr("accounts[0].external_id: must have 1 to 35 bytes"));
  EXPECT_THAT(TableErrors(With(json, "ORCHID-OMNIBUS", "a\\nb")),
              HasSubstr("accounts[0].external_id: text holds the control"));
  EXPECT_THAT(TableErrors(With(json, "ORCHID-OMNIBUS", "ORCHID-CLIENT-1")),
              HasSubstr("accounts[1].external_id: \"ORCHID-CLIENT-1\" occurs more than once"));
  EXPECT_THAT(TableErrors(With(json, "9c4831f82ada3a328ea95a061c6be4c0", "389703decdf1e51f4c3945402ae4dd66")),
              HasSubstr("accounts[1].account: 3897"));
  EXPECT_THAT(TableErrors(With(json, "9c4831", "9C4831")),
              HasSubstr("accounts[0].account: must be 32 lower-case hexadecimal digits"));
  EXPECT_THAT(TableErrors(With(json, "ORCHIDWEALTH00000024", "ORCHIDWEALTH00000025")),
              HasSubstr("accounts[0].owner: "));
  EXPECT_THAT(TableErrors(With(json, "\"currency\": \"SGD\"", "\"currency\": \"XXX\"")),
              HasSubstr("accounts[0].cash_accounts[0].currency: "));
  EXPECT_THAT(TableErrors(With(json, "\"currency\": \"SGD\"", "\"currency\": 1")),
              HasSubstr("accounts[0].cash_accounts[0].currency: must be a text"));
  EXPECT_THAT(TableErrors(With(json, "SGD.MERIDIAN", "sgd")), HasSubstr("accounts[0].cash_accounts[0].token: "));
  EXPECT_THAT(TableErrors(With(json, "\"owner\"", "\"holder\"")),
              HasSubstr("accounts[0].holder: is not a key here; known are external_id, account, owner, cash_accounts"));
  EXPECT_THAT(TableErrors(With(json, "SG34STRA0000000000002", "SG12MERI0000000000001")),
              HasSubstr("accounts[1].cash_accounts[1].external_id: occurs more than once"));
  EXPECT_THAT(TableErrors(With(json, "\"account\":", "\"account\": \"\", \"account\":")),
              HasSubstr("the key \"account\" occurs twice"));
  EXPECT_THAT(TableErrors("{"), HasSubstr("not JSON"));
  EXPECT_THAT(TableErrors("{\"accounts\": [1e999]}"), HasSubstr("not JSON"));
  EXPECT_THAT(TableErrors("[]"), HasSubstr("the document: must be an object"));
  EXPECT_THAT(TableErrors("{}"), HasSubstr("accounts: must be a list"));
  EXPECT_THAT(TableErrors("{\"accounts\": [1]}"), HasSubstr("accounts[0]: must be an object"));
  EXPECT_EQ(TableErrors(json), "accepted");
}

TEST(AccountTable, TellsAllErrorsAtOnce) {
  const std::string errors =
      TableErrors(With(With(Vector("accounts.json"), "9c4831", "9C4831"), "SGD.STRAIT", "strait"));
  EXPECT_THAT(errors, HasSubstr("accounts[0].account"));
  EXPECT_THAT(errors, HasSubstr("accounts[1].cash_accounts[1].token"));
}

TEST(AccountTable, AFileThatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(AccountTable::FromFile("tests/vectors/iso20022/none.json").status()));
}

}  // namespace
}  // namespace causeway::iso20022::testing
