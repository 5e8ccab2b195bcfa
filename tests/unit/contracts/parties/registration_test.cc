// SPDX-License-Identifier: Apache-2.0
// How parties and officers join, change and leave.

#include "tests/unit/contracts/parties/requests.h"

namespace causeway::testing {
namespace {

class Registration : public PartiesFixture {
 protected:
  static v1::RegisterParty Valid() { return PartyRequest("NEWBANK", {v1::PARTY_ROLE_BANK}); }
  v1::OperationResult Register(const v1::RegisterParty& request) {
    v1::Operation operation;
    *operation.mutable_parties()->mutable_register_party() = request;
    return RunGenesis(operation);
  }
};

TEST_F(Registration, APartyJoinsWithItsOfficersAndKeys) {
  const v1::OperationResult result = Register(Valid());
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(result.events(0).parties().party_registered().lei(), LeiFor("NEWBANK"));
  const std::string lei = LeiFor("NEWBANK");
  const std::optional<v1::Party> party = parties::FindParty(view(), lei);
  ASSERT_TRUE(party.has_value());
  EXPECT_EQ(party->status(), v1::PARTY_STATUS_ACTIVE);
  EXPECT_TRUE(parties::HasRole(view(), lei, v1::PARTY_ROLE_BANK));
  EXPECT_FALSE(parties::HasRole(view(), lei, v1::PARTY_ROLE_ISSUER));
  EXPECT_EQ(parties::OfficerOf(view(), KeyOf(lei, 3)), Officer(lei, 3));
  EXPECT_EQ(parties::HolderOf(view(), KeyOf(lei, 3))->roles, std::vector<v1::OfficerRole>{v1::OFFICER_ROLE_TRADE});
}

TEST_F(Registration, AnLeiWithAWrongCheckDigitIsRefused) {
  v1::RegisterParty request = Valid();
  request.mutable_lei()->back() = request.lei().back() == '0' ? '1' : '0';
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_LEI_INVALID));
}

TEST_F(Registration, APartyJoinsOnce) {
  EXPECT_THAT(Register(PartyRequest("BANK", {v1::PARTY_ROLE_BANK})),
              Refused(v1::PARTIES_REASON_PARTY_EXISTS, v1::PARTIES_REASON_KEY_EXISTS));
}

TEST_F(Registration, ANameIsNeitherEmptyNorLongerThan140Bytes) {
  v1::RegisterParty request = Valid();
  request.set_name(std::string(140, 'x'));
  v1::RegisterParty longer = Valid();
  longer.set_name(std::string(141, 'x'));
  EXPECT_THAT(Register(longer), RefusedWith(v1::PARTIES_REASON_NAME_INVALID, std::vector<std::string>{"141", "140"}));
  EXPECT_THAT(Register(request), Applied());
}

TEST_F(Registration, AJurisdictionIsACountry) {
  v1::RegisterParty request = Valid();
  request.set_jurisdiction("XX");
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_JURISDICTION_INVALID));
}

TEST_F(Registration, APartyHasARole) {
  v1::RegisterParty request = Valid();
  request.clear_roles();
  EXPECT_THAT(Register(request),
              RefusedWith(v1::PARTIES_REASON_PARTY_ROLES_INVALID, std::vector<std::string>{request.lei()}));
  request.add_roles(v1::PARTY_ROLE_BANK);
  request.add_roles(v1::PARTY_ROLE_BANK);
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_PARTY_ROLES_INVALID));
}

TEST_F(Registration, APartyNeedsTwoAdministratorsUnlessItOnlyReads) {
  v1::RegisterParty request = Valid();
  request.mutable_officers(0)->mutable_roles()->RemoveLast();
  EXPECT_THAT(Register(request), RefusedWith(v1::PARTIES_REASON_ADMINISTRATORS_TOO_FEW,
                                             std::vector<std::string>{request.lei(), "1", "2"}));
  request.clear_roles();
  request.add_roles(v1::PARTY_ROLE_AUDITOR);
  EXPECT_THAT(Register(request), Applied());
}

TEST_F(Registration, AnAdministratorWithoutAKeyIsNone) {
  v1::RegisterParty request = Valid();
  request.mutable_officers(1)->clear_keys();
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_ADMINISTRATORS_TOO_FEW));
}

TEST_F(Registration, OfficersAreNamedOnceAndHaveRoles) {
  v1::RegisterParty request = Valid();
  request.mutable_officers(3)->set_officer_id(request.officers(2).officer_id());
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_OFFICER_TWICE));
  request = Valid();
  request.mutable_officers(2)->clear_roles();
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_OFFICER_ROLES_INVALID));
  request = Valid();
  request.mutable_officers(2)->clear_officer_id();
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_FIELD_MISSING));
}

TEST_F(Registration, AKeyIsGivenToOneOfficerOnly) {
  v1::RegisterParty request = Valid();
  *request.mutable_officers(3)->mutable_keys(0) = request.officers(2).keys(0);
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_KEY_EXISTS));
}

TEST_F(Registration, TooManyOfficersAreRefusedBeforeTheyAreLookedAt) {
  v1::RegisterParty request = Valid();
  for (int i = 0; i < 300; ++i) request.add_officers();
  EXPECT_THAT(Register(request), Refused(v1::PARTIES_REASON_LIST_TOO_LONG));
}

TEST_F(Registration, AfterGenesisAPartyJoinsByProposal) {
  v1::Operation operation;
  *operation.mutable_parties()->mutable_register_party() = Valid();
  EXPECT_THAT(Run(kOperators[0], Two(kOperators[0]), operation),
              Refused(v1::PARTIES_REASON_REGISTRATION_NEEDS_PROPOSAL));
}

TEST_F(Registration, GenesisDoesNothingInAPartysName) {
  EXPECT_THAT(RunGenesis(SetOfficer(IdFor<OfficerId>("new"), {v1::OFFICER_ROLE_TRADE})),
              Refused(v1::PARTIES_REASON_PARTY_UNKNOWN));
}

TEST_F(Registration, AnEmptyOperationIsRefused) {
  v1::Operation operation;
  operation.mutable_parties();
  EXPECT_THAT(Run(kBank, Two(kBank), operation), Refused(v1::PARTIES_REASON_OPERATION_MISSING));
}

TEST_F(Registration, AnOfficerIsAddedChangedAndRetired) {
  const OfficerId officer = IdFor<OfficerId>("new");
  ASSERT_THAT(Run(kBank, Two(kBank), SetOfficer(officer, {v1::OFFICER_ROLE_TRADE})), Applied());
  ASSERT_THAT(Run(kBank, Two(kBank), SetOfficer(officer, {v1::OFFICER_ROLE_COMPLY})), Applied());
  ASSERT_THAT(Run(kBank, Two(kBank), SetOfficer(officer, {})), Applied());
  EXPECT_EQ(view().Get(parties::kOfficers, std::tuple(kBank, officer))->roles_size(), 0);
}

TEST_F(Registration, AnOfficersRolesAscendAndANewOfficerHasOne) {
  EXPECT_THAT(Run(kBank, Two(kBank), SetOfficer(IdFor<OfficerId>("new"), {})),
              Refused(v1::PARTIES_REASON_OFFICER_ROLES_INVALID));
  EXPECT_THAT(Run(kBank, Two(kBank), SetOfficer(Officer(kBank, 3), {v1::OFFICER_ROLE_COMPLY, v1::OFFICER_ROLE_TRADE})),
              Refused(v1::PARTIES_REASON_OFFICER_ROLES_INVALID));
}

TEST_F(Registration, APartyKeepsTwoAdministrators) {
  EXPECT_THAT(Run(kBank, Two(kBank), SetOfficer(Officer(kBank, 2), {v1::OFFICER_ROLE_TRADE})),
              RefusedWith(v1::PARTIES_REASON_ADMINISTRATORS_TOO_FEW, std::vector<std::string>{kBank, "1", "2"}));
}

TEST_F(Registration, StatusChangesAreForwardOnly) {
  Reasons reasons;
  parties::CheckStatusChange(LeiFor("NOBODY"), v1::PARTY_STATUS_SUSPENDED, view(), reasons);
  EXPECT_TRUE(reasons.Contains(v1::PARTIES_REASON_PARTY_UNKNOWN));
  reasons = Reasons();
  parties::CheckStatusChange(kBank, v1::PARTY_STATUS_ACTIVE, view(), reasons);
  EXPECT_TRUE(reasons.Contains(v1::PARTIES_REASON_STATUS_CHANGE_INVALID));
  NoteReason(v1::PARTIES_REASON_STATUS_CHANGE_INVALID);
  reasons = Reasons();
  parties::CheckStatusChange(kBank, v1::PARTY_STATUS_CLOSED, view(), reasons);
  EXPECT_TRUE(reasons.empty());
}

TEST_F(Registration, WhoWouldEraseAPartyOrRebindAKeyBreaksAnInvariant) {
  const auto contract = parties::MakePartiesContract();
  state::StateTransaction layer(state());
  layer.Erase(parties::kParties, kBank);
  std::vector<execution::Violation> violations;
  contract->CheckInvariants(layer, violations);
  EXPECT_EQ(violations.size(), 1u);

  state::StateTransaction other(state());
  v1::Key key = *view().Get(parties::kKeys, KeyOf(kBank, 1));
  key.set_party(kInvestor);
  other.Put(parties::kKeys, KeyOf(kBank, 1), key);
  violations.clear();
  contract->CheckInvariants(other, violations);
  EXPECT_EQ(violations.size(), 1u);
}

}  // namespace
}  // namespace causeway::testing
