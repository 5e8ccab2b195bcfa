// SPDX-License-Identifier: Apache-2.0
// Opening accounts and attesting of their holders.

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

class Accounts : public TransfersWorld {
 protected:
  v1::Operation Attestation(const AccountId& account, absl::string_view name, absl::string_view value,
                            absl::string_view expires = "2030-01-01T00:00:00Z") const {
    v1::Operation operation;
    v1::SetAttributes* request = operation.mutable_transfers()->mutable_set_attributes();
    request->set_account(account.ToString());
    request->set_attester(kTransferAgent);
    v1::AttributeChange* change = request->add_changes();
    change->set_name(std::string(name));
    change->set_value(std::string(value));
    if (!value.empty()) change->set_expires_us(At(expires).micros());
    return operation;
  }
  const AccountId account_ = IdFor<AccountId>("new");
};

TEST_F(Accounts, AnOwnerOpensItsOwn) {
  ASSERT_THAT(Run(kInvestor, One(kInvestor), Open(account_, kInvestor, "")), Applied());
  const std::optional<v1::Account> account = transfers::FindAccount(view(), account_);
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->owner(), kInvestor);
  EXPECT_EQ(account->keeper(), "");
  EXPECT_EQ(account->opened_us(), now().micros());
  EXPECT_TRUE(view().Has(transfers::kAccountsByOwner, transfers::OwnerKey{kInvestor, account_}));
}

TEST_F(Accounts, ARegistrarOpensForAnOwnerAndKeepsIt) {
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Open(account_, kInvestor, kTransferAgent)), Applied());
  EXPECT_EQ(transfers::FindAccount(view(), account_)->keeper(), kTransferAgent);
}

TEST_F(Accounts, NobodyElseOpensOneForAnOwner) {
  EXPECT_THAT(Run(kBank, One(kBank), Open(account_, kInvestor, "")), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_FALSE(transfers::FindAccount(view(), account_).has_value());
}

TEST_F(Accounts, AnIdIsUsedOnce) {
  ASSERT_THAT(Run(kInvestor, One(kInvestor), Open(account_, kInvestor, "")), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Open(account_, kInvestor, "")),
              RefusedWith(v1::TRANSFERS_REASON_ACCOUNT_EXISTS, Parameters{account_.ToHex()}));
}

TEST_F(Accounts, AKeeperKeepsRegisters) {
  EXPECT_THAT(Run(kIntermediary, One(kIntermediary), Open(account_, kInvestor, kIntermediary)),
              RefusedWith(v1::TRANSFERS_REASON_NOT_REGISTRAR, Parameters{kIntermediary}));
}

TEST_F(Accounts, AnAccountHasAnIdAndAKind) {
  v1::Operation operation = Open(account_, kInvestor, "");
  operation.mutable_transfers()->mutable_open_account()->clear_kind();
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation),
              RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"kind"}));
  operation = Open(account_, kInvestor, "");
  operation.mutable_transfers()->mutable_open_account()->clear_account();
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation),
              RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"account"}));
}

TEST_F(Accounts, AnOperationAsksForSomething) {
  v1::Operation operation;
  operation.mutable_transfers();
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Refused(v1::TRANSFERS_REASON_OPERATION_MISSING));
}

TEST_F(Accounts, AttributesAreKeptByAttesterAndName) {
  const AccountId account = AddAccount(kInvestor);
  Attest(account, "PROFESSIONAL", "SG");
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Attestation(account, "investor_class", "RETAIL")), Applied());
  const v1::Account found = *transfers::FindAccount(view(), account);
  ASSERT_EQ(found.attributes_size(), 2);
  EXPECT_EQ(found.attributes(0).name(), "investor_class");
  EXPECT_EQ(found.attributes(0).value(), "RETAIL");
  EXPECT_EQ(found.attributes(1).name(), "jurisdiction");
}

TEST_F(Accounts, AnAttributeIsWithdrawnByAnEmptyValue) {
  const AccountId account = AddAccount(kInvestor);
  Attest(account, "PROFESSIONAL", "");
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Attestation(account, "investor_class", "")), Applied());
  EXPECT_EQ(transfers::FindAccount(view(), account)->attributes_size(), 0);
}

TEST_F(Accounts, AnAttributeThatHasExpiredIsDroppedWithTheNextChange) {
  const AccountId account = AddAccount(kInvestor);
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Attestation(account, "tax", "A", "2026-03-02T10:00:00Z")),
              Applied());
  SetTime("2026-03-02T10:00:00Z");
  ASSERT_THAT(Run(kTransferAgent, One(kTransferAgent), Attestation(account, "jurisdiction", "SG")), Applied());
  EXPECT_EQ(transfers::FindAccount(view(), account)->attributes_size(), 1);
}

TEST_F(Accounts, UnsoundAttributesAreRefused) {
  const AccountId account = AddAccount(kInvestor);
  const auto refused = [&](const v1::Operation& operation, const std::string& name) {
    EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), operation),
                RefusedWith(v1::TRANSFERS_REASON_ATTRIBUTE_INVALID, Parameters{name}));
  };
  refused(Attestation(account, "investor_class", "FRIEND"), "investor_class");
  refused(Attestation(account, "investor_class", "UNSPECIFIED"), "investor_class");
  refused(Attestation(account, "jurisdiction", "XX"), "jurisdiction");
  refused(Attestation(account, "", "A"), "");
  refused(Attestation(account, std::string(65, 'n'), "A"), std::string(65, 'n'));
  refused(Attestation(account, "tax", std::string(65, 'v')), "tax");
  refused(Attestation(account, "tax", "A", "2026-03-02T09:00:00Z"), "tax");
  v1::Operation twice = Attestation(account, "tax", "A");
  *twice.mutable_transfers()->mutable_set_attributes()->add_changes() = twice.transfers().set_attributes().changes(0);
  refused(twice, "tax");
}

TEST_F(Accounts, AnAccountCarriesAtMostThirtyTwoAttributesOfAnAttester) {
  const AccountId account = AddAccount(kInvestor);
  v1::Operation operation = Attestation(account, "a00", "A");
  for (int i = 1; i <= 32; ++i) {
    v1::AttributeChange* change = operation.mutable_transfers()->mutable_set_attributes()->add_changes();
    *change = operation.transfers().set_attributes().changes(0);
    change->set_name(std::string(i < 10 ? "a0" : "a") + std::to_string(i));
  }
  EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), operation),
              RefusedWith(v1::TRANSFERS_REASON_ATTRIBUTE_INVALID, Parameters{"a32"}));
  operation.mutable_transfers()->mutable_set_attributes()->mutable_changes()->RemoveLast();
  EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), operation), Applied());
  // One attester's attributes take no other's place.
  v1::Operation other = Attestation(account, "b", "A");
  EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), other), Refused(v1::TRANSFERS_REASON_ATTRIBUTE_INVALID));
  other.mutable_transfers()->mutable_set_attributes()->set_attester(kBank);
  EXPECT_THAT(Run(kBank, One(kBank), other), Applied());
}

TEST_F(Accounts, AnAttestationOfNothingIsRefused) {
  v1::Operation operation = Attestation(AddAccount(kInvestor), "tax", "A");
  operation.mutable_transfers()->mutable_set_attributes()->clear_changes();
  EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), operation),
              RefusedWith(v1::TRANSFERS_REASON_FIELD_INVALID, Parameters{"changes"}));
}

TEST_F(Accounts, NobodyAttestsForItself) {
  v1::Operation operation = Attestation(AddAccount(kInvestor), "investor_class", "PROFESSIONAL");
  operation.mutable_transfers()->mutable_set_attributes()->set_attester(kInvestor);
  EXPECT_THAT(Run(kInvestor, One(kInvestor), operation),
              RefusedWith(v1::TRANSFERS_REASON_NOT_REGISTRAR, Parameters{kInvestor}));
}

TEST_F(Accounts, AnAttesterReadsTheAccountWhileItHoldsOfTheAttestersRegister) {
  const AccountId account = AddAccount(kInvestor);
  v1::Operation by_bank = Attestation(account, "tax", "A");
  by_bank.mutable_transfers()->mutable_set_attributes()->set_attester(kBank);
  ASSERT_THAT(Run(kBank, One(kBank), by_bank), Applied());
  Attest(account, "PROFESSIONAL", "");
  const auto readers = [&] {
    std::vector<std::string> parties;
    for (const execution::RecordKind& kind : registry().Find(v1::Operation::kTransfers)->kinds()) {
      if (std::string(kind.name) != "account") continue;
      const std::string value = state::EncodeRecord(*transfers::FindAccount(view(), account));
      parties = kind.concerns(state::EncodeKey(account), value, execution::ReadContext{view(), now()}).parties;
    }
    return parties;
  };
  EXPECT_THAT(readers(), ::testing::ElementsAre(kInvestor));
  Give(account, "1");
  EXPECT_THAT(readers(), ::testing::UnorderedElementsAre(kInvestor, kTransferAgent));
  GiveOf(cash_, account, "1");
  EXPECT_THAT(readers(), ::testing::UnorderedElementsAre(kInvestor, kTransferAgent, kBank));
}

TEST_F(Accounts, AnotherKeepersAttestationDoesNotCountForTheClass) {
  v1::EligibilityRule rule;
  rule.mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  SetClass(ClassWith({rule}));
  const AccountId account = AddAccount(kInvestor);
  v1::Operation by_bank = Attestation(account, "investor_class", "PROFESSIONAL");
  by_bank.mutable_transfers()->mutable_set_attributes()->set_attester(kBank);
  ASSERT_THAT(Run(kBank, One(kBank), by_bank), Applied());
  Reasons reasons;
  transfers::CheckIssue(view(), isin_, account, Units("1"), now(), reasons);
  EXPECT_TRUE(reasons.Contains(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE));
  Attest(account, "PROFESSIONAL", "");
  Give(account, "1");
}

}  // namespace
}  // namespace causeway::testing
