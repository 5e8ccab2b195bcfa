// SPDX-License-Identifier: Apache-2.0
// Who may sign and who must, asked of demands as any contract states them.

#include "tests/unit/contracts/parties/requests.h"

namespace causeway::testing {
namespace {

class Authority : public PartiesFixture {
 protected:
  Authority() { demands_.kind = "transfers.transfer"; }

  // Authority and four eyes of an operation with `demands_`.
  Reasons Ask(const std::string& party, Signers signers) {
    const execution::BlockContext context_block = block();
    const execution::OperationContext context{&context_block, Hash::Zero(), 0, party, Sorted(std::move(signers)),
                                              &operation_,    nullptr};
    Reasons reasons;
    registry().authority->CheckAuthority(context, demands_, view(), reasons);
    registry().authority->CheckFourEyes(context, demands_, view(), reasons);
    for (const Reason& reason : reasons) NoteReason(reason.code);
    return reasons;
  }
  static std::set<uint32_t> CodesOf(const Reasons& reasons) {
    std::set<uint32_t> codes;
    for (const Reason& reason : reasons) codes.insert(reason.code);
    return codes;
  }
  void SetStatus(const std::string& lei, v1::PartyStatus status) {
    v1::Party party = *parties::FindParty(view(), lei);
    party.set_status(status);
    state().Put(parties::kParties, lei, party);
  }

  v1::Operation operation_ = RevokeKey(KeyIdFor("anything"));
  execution::Demands demands_;
};

using Codes = std::set<uint32_t>;

TEST_F(Authority, AnOfficerWithTheRoleMaySign) {
  EXPECT_TRUE(Ask(kBank, {KeyOf(kBank, 3)}).empty());
}

TEST_F(Authority, WithoutTheRoleNobodyMaySign) {
  EXPECT_EQ(CodesOf(Ask(kBank, {KeyOf(kBank, 4)})), Codes{v1::PARTIES_REASON_ROLE_MISSING});
  demands_.role = v1::OFFICER_ROLE_COMPLY;
  EXPECT_EQ(CodesOf(Ask(kBank, {KeyOf(kBank, 3)})), Codes{v1::PARTIES_REASON_ROLE_MISSING});
}

TEST_F(Authority, AKeysPurposesNarrowItsHoldersRoles) {
  v1::NewKey key = NewKeyFor("comply only");
  key.add_purposes(v1::OFFICER_ROLE_COMPLY);
  ASSERT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 1), key)), Applied());
  EXPECT_EQ(CodesOf(Ask(kBank, {KeyIdFor("comply only")})), Codes{v1::PARTIES_REASON_ROLE_MISSING});
}

TEST_F(Authority, AnUnknownPartyAndAnUnknownKeyAreNamed) {
  EXPECT_EQ(CodesOf(Ask(LeiFor("NOBODY"), {KeyIdFor("nobody's")})),
            (Codes{v1::PARTIES_REASON_PARTY_UNKNOWN, v1::PARTIES_REASON_KEY_UNKNOWN, v1::PARTIES_REASON_ROLE_MISSING}));
}

TEST_F(Authority, AForeignKeyIsRefused) {
  EXPECT_EQ(CodesOf(Ask(kBank, {KeyOf(kBank, 1), KeyOf(kInvestor, 1)})), Codes{v1::PARTIES_REASON_KEY_FOREIGN});
}

TEST_F(Authority, ASuspendedPartyDoesNothing) {
  SetStatus(kBank, v1::PARTY_STATUS_SUSPENDED);
  EXPECT_EQ(CodesOf(Ask(kBank, One(kBank))), Codes{v1::PARTIES_REASON_PARTY_NOT_ACTIVE});
  EXPECT_FALSE(registry().authority->ResolveKey(view(), kBank, KeyOf(kBank, 1), now()).has_value());
}

TEST_F(Authority, ARetiredOfficerDoesNotSign) {
  ASSERT_THAT(Run(kBank, Two(kBank), SetOfficer(Officer(kBank, 3), {})), Applied());
  EXPECT_EQ(CodesOf(Ask(kBank, {KeyOf(kBank, 3)})),
            (Codes{v1::PARTIES_REASON_OFFICER_INACTIVE, v1::PARTIES_REASON_ROLE_MISSING}));
}

TEST_F(Authority, NobodyActsForAnotherUnasked) {
  demands_.acting_for = kInvestor;
  EXPECT_EQ(CodesOf(Ask(kBank, One(kBank))), Codes{v1::PARTIES_REASON_NOT_DELEGATED});
}

// Else whose an account is, and what has become of that party, is read by trying.
TEST_F(Authority, AStrangerDoesNotLearnForWhomItMayNotAct) {
  demands_.acting_for = kInvestor;
  SetStatus(kInvestor, v1::PARTY_STATUS_SUSPENDED);
  const Reasons reasons = Ask(kBank, One(kBank));
  ASSERT_EQ(reasons.size(), 1);
  EXPECT_EQ(reasons.begin()->code, v1::PARTIES_REASON_NOT_DELEGATED);
  EXPECT_EQ(reasons.begin()->parameters, (std::vector<std::string>{"transfers.transfer", kBank}));
}

TEST_F(Authority, GenesisIsNotAsked) {
  demands_.minimum_officers = 2;
  EXPECT_TRUE(Ask("", {}).empty());
}

class FourEyes : public Authority {
 protected:
  FourEyes() { demands_.minimum_officers = 2; }
};

TEST_F(FourEyes, TwoOfficersWithTheRoleAreEnoughAndOneIsNot) {
  EXPECT_EQ(CodesOf(Ask(kBank, One(kBank))), Codes{v1::PARTIES_REASON_OFFICERS_TOO_FEW});
  EXPECT_TRUE(Ask(kBank, Two(kBank)).empty());
}

TEST_F(FourEyes, OneWhoApprovesSecondsOneWhoTrades) {
  EXPECT_TRUE(Ask(kBank, {KeyOf(kBank, 3), KeyOf(kBank, 4)}).empty());
}

TEST_F(FourEyes, WhoApprovesDoesNotSecondWhatComplianceOrAdministrationDecides) {
  for (const v1::OfficerRole role : {v1::OFFICER_ROLE_COMPLY, v1::OFFICER_ROLE_ADMINISTER}) {
    demands_.role = role;
    EXPECT_EQ(CodesOf(Ask(kBank, {KeyOf(kBank, 1), KeyOf(kBank, 4)})), Codes{v1::PARTIES_REASON_OFFICERS_TOO_FEW});
    EXPECT_TRUE(Ask(kBank, Two(kBank)).empty());
  }
}

TEST_F(FourEyes, AnAgentIsNeverOneOfThem) {
  EXPECT_EQ(CodesOf(Ask(kBank, {KeyOf(kBank, 3), AgentKeyOf(kBank)})), Codes{v1::PARTIES_REASON_OFFICERS_TOO_FEW});
}

TEST_F(FourEyes, AnAgentSignsAloneOnlyWhereNoOfficerIsAskedFor) {
  demands_.minimum_officers = 1;
  EXPECT_TRUE(Ask(kBank, Agent(kBank)).empty());
  ASSERT_THAT(Run(kBank, Two(kBank), SetRule("transfers.transfer", 1)), Applied());
  EXPECT_EQ(CodesOf(Ask(kBank, Agent(kBank))), Codes{v1::PARTIES_REASON_OFFICERS_TOO_FEW});
}

TEST_F(FourEyes, TwoOfficersOfDifferentPartiesAreNotTwoOfOne) {
  // Each party's officers are pseudonyms of its own: the same id in two parties names two people, and neither stands in
  // for the other's.
  EXPECT_EQ(CodesOf(Ask(kBank, {KeyOf(kBank, 1), KeyOf(kInvestor, 1)})),
            (Codes{v1::PARTIES_REASON_KEY_FOREIGN, v1::PARTIES_REASON_OFFICERS_TOO_FEW}));
}

TEST_F(FourEyes, TheSigningOfficersAreKnownByRole) {
  const execution::BlockContext context_block = block();
  const execution::OperationContext context{
      &context_block, Hash::Zero(), 0, kBank, {KeyOf(kBank, 1), KeyOf(kBank, 3), AgentKeyOf(kBank)},
      &operation_,    nullptr};
  EXPECT_EQ(parties::SigningOfficers(context, view(), kBank, v1::OFFICER_ROLE_COMPLY),
            std::vector<OfficerId>{Officer(kBank, 1)});
  EXPECT_EQ(parties::SigningOfficers(context, view(), kBank, v1::OFFICER_ROLE_TRADE).size(), 2u);
  EXPECT_TRUE(parties::SigningOfficers(context, view(), kInvestor, v1::OFFICER_ROLE_TRADE).empty());
}

}  // namespace
}  // namespace causeway::testing
