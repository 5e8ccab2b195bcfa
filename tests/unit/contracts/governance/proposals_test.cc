// SPDX-License-Identifier: Apache-2.0
// What the operators decide together.

#include "contracts/governance/governance.h"
#include "contracts/parties/parties.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

class Proposals : public ContractFixture {
 protected:
  v1::OperationResult Propose(int n, const v1::Change& change, absl::string_view id = "proposal", uint64_t hours = 24) {
    v1::Operation operation;
    v1::Propose* request = operation.mutable_governance()->mutable_propose();
    request->set_proposal_id(IdFor<governance::ProposalId>(id).ToString());
    request->set_valid_until_us(AddSaturating(now(), Duration::Hours(hours)).micros());
    *request->mutable_change() = change;
    return Run(kOperators[n - 1], Two(kOperators[n - 1]), operation);
  }
  v1::OperationResult Vote(const std::string& party, bool in_favour, absl::string_view id = "proposal") {
    v1::Operation operation;
    operation.mutable_governance()->mutable_vote()->set_proposal_id(IdFor<governance::ProposalId>(id).ToString());
    operation.mutable_governance()->mutable_vote()->set_in_favour(in_favour);
    return Run(party, Two(party), operation);
  }
  v1::OperationResult Vote(int n, bool in_favour = true) { return Vote(kOperators[n - 1], in_favour); }
  // Proposed by operator 1, adopted with 2 and 3.
  v1::OperationResult Adopt(const v1::Change& change) {
    EXPECT_THAT(Propose(1, change), Applied());
    EXPECT_THAT(Vote(2), Applied());
    return Vote(3);
  }
  void PauseLedger() {
    ASSERT_THAT(
        Run(kOperators[3], One(kOperators[3]),
            OperationFrom(R"({"governance": {"pause": {"subject": {"ledger": {}}, "explanation": "incident"}}})")),
        Applied());
  }
  static v1::Change LiftLedger() {
    v1::Change change;
    change.mutable_lift_pause()->mutable_subject()->mutable_ledger();
    return change;
  }
  static v1::Change StatusOf(const std::string& lei, v1::PartyStatus status) {
    v1::Change change;
    change.mutable_set_party_status()->set_lei(lei);
    change.mutable_set_party_status()->set_status(status);
    return change;
  }
  static v1::Change GrantTo(const std::string& reader) {
    v1::Change change;
    change.mutable_set_grant()->set_reader(reader);
    change.mutable_set_grant()->mutable_grant()->add_instruments("FUND.ONE");
    change.mutable_set_grant()->mutable_grant()->add_jurisdictions("SG");
    return change;
  }
  static v1::Change VotesRequired(uint32_t votes) {
    v1::Change change;
    change.mutable_set_parameters()->mutable_parameters()->set_votes_required(votes);
    return change;
  }
  bool IsOpen(absl::string_view id = "proposal") const {
    return view().Has(governance::kProposals, IdFor<governance::ProposalId>(id));
  }
};

TEST_F(Proposals, ThreeOfFourOperatorsLiftAPause) {
  PauseLedger();
  ASSERT_THAT(Propose(1, LiftLedger()), Applied());
  ASSERT_THAT(Vote(2), Applied());
  EXPECT_TRUE(governance::IsPaused(view(), "dealing", {}));
  const v1::OperationResult last = Vote(3);
  ASSERT_THAT(last, Applied());
  EXPECT_FALSE(governance::IsPaused(view(), "dealing", {}));
  EXPECT_EQ(last.events(1).governance().proposal_ended().outcome(), v1::PROPOSAL_OUTCOME_ADOPTED);
  EXPECT_TRUE(last.events(2).governance().has_unpaused());
  EXPECT_FALSE(IsOpen());
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Proposals, ProposingAndVotingAreFourEyesOfAnOperator) {
  PauseLedger();
  v1::Operation operation;
  operation.mutable_governance()->mutable_vote()->set_proposal_id(IdFor<governance::ProposalId>("proposal").ToString());
  ASSERT_THAT(Propose(1, LiftLedger()), Applied());
  EXPECT_THAT(Run(kOperators[1], One(kOperators[1]), operation), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  EXPECT_THAT(Vote(kBank, true), Refused(v1::GOVERNANCE_REASON_NOT_AN_OPERATOR));
}

TEST_F(Proposals, AnOperatorVotesOnce) {
  PauseLedger();
  ASSERT_THAT(Propose(1, LiftLedger()), Applied());
  EXPECT_THAT(Vote(1), Refused(v1::GOVERNANCE_REASON_VOTED_ALREADY));
  ASSERT_THAT(Vote(2, false), Applied());
  EXPECT_THAT(Vote(2), Refused(v1::GOVERNANCE_REASON_VOTED_ALREADY));
}

TEST_F(Proposals, AProposalThatCanNoLongerBeAdoptedEnds) {
  PauseLedger();
  ASSERT_THAT(Propose(1, LiftLedger()), Applied());
  ASSERT_THAT(Vote(2, false), Applied());
  EXPECT_TRUE(IsOpen());
  const v1::OperationResult last = Vote(3, false);
  EXPECT_EQ(last.events(1).governance().proposal_ended().outcome(), v1::PROPOSAL_OUTCOME_REJECTED);
  EXPECT_FALSE(IsOpen());
  EXPECT_TRUE(governance::IsPaused(view(), "dealing", {}));
  EXPECT_THAT(Vote(4), Refused(v1::GOVERNANCE_REASON_PROPOSAL_UNKNOWN));
}

TEST_F(Proposals, AProposalLapses) {
  PauseLedger();
  ASSERT_THAT(Propose(1, LiftLedger()), Applied());
  Advance(Duration::Hours(24));
  EXPECT_THAT(Vote(2), Refused(v1::GOVERNANCE_REASON_PROPOSAL_UNKNOWN));
  const auto results = RunDue();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].events(0).governance().proposal_ended().outcome(), v1::PROPOSAL_OUTCOME_EXPIRED);
  EXPECT_FALSE(IsOpen());
}

TEST_F(Proposals, HasAFreshIdAnEndAndAChange) {
  PauseLedger();
  ASSERT_THAT(Propose(1, LiftLedger()), Applied());
  EXPECT_THAT(Propose(2, LiftLedger()), Refused(v1::GOVERNANCE_REASON_PROPOSAL_EXISTS));
  EXPECT_THAT(Propose(2, LiftLedger(), "late", 0), Refused(v1::GOVERNANCE_REASON_PROPOSAL_VALIDITY_INVALID));
  EXPECT_THAT(Propose(2, LiftLedger(), "late", 7 * 24 + 1), Refused(v1::GOVERNANCE_REASON_PROPOSAL_VALIDITY_INVALID));
  EXPECT_THAT(Propose(2, v1::Change(), "empty"), Refused(v1::GOVERNANCE_REASON_CHANGE_MISSING));
  v1::Operation nameless;
  nameless.mutable_governance()->mutable_vote();
  EXPECT_THAT(Run(kOperators[1], Two(kOperators[1]), nameless), Refused(v1::GOVERNANCE_REASON_FIELD_MISSING));
  EXPECT_THAT(Propose(1, StatusOf(kBank, v1::PARTY_STATUS_ACTIVE), "same"),
              Refused(v1::PARTIES_REASON_STATUS_CHANGE_INVALID));
}

TEST_F(Proposals, OnlyAPauseIsLifted) {
  EXPECT_THAT(Propose(1, LiftLedger()),
              RefusedWith(v1::GOVERNANCE_REASON_NOT_PAUSED, std::vector<std::string>{"ledger"}));
}

TEST_F(Proposals, APartyJoins) {
  v1::Change change;
  *change.mutable_register_party() = PartyRequest("NEWBANK", {v1::PARTY_ROLE_BANK});
  ASSERT_THAT(Adopt(change), Applied());
  EXPECT_TRUE(parties::HasRole(view(), LeiFor("NEWBANK"), v1::PARTY_ROLE_BANK));
}

TEST_F(Proposals, TheLastVoteIsRefusedWhereTheChangeHasBecomeImpossible) {
  v1::Change change;
  *change.mutable_register_party() = PartyRequest("NEWBANK", {v1::PARTY_ROLE_BANK});
  ASSERT_THAT(Propose(1, change), Applied());
  ASSERT_THAT(Vote(2), Applied());
  AddParty("NEWBANK", {v1::PARTY_ROLE_BANK});
  EXPECT_THAT(Vote(3), Refused(v1::PARTIES_REASON_PARTY_EXISTS, v1::PARTIES_REASON_KEY_EXISTS));
  EXPECT_TRUE(IsOpen());
}

TEST_F(Proposals, ASuspendedPartyIsReinstatedAndAClosedOneIsNot) {
  ASSERT_THAT(Adopt(StatusOf(kBank, v1::PARTY_STATUS_SUSPENDED)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), OperationFrom(R"({"parties": {}})")),
              Refused(v1::PARTIES_REASON_PARTY_NOT_ACTIVE));
  ASSERT_THAT(Adopt(StatusOf(kBank, v1::PARTY_STATUS_ACTIVE)), Applied());
  ASSERT_THAT(Adopt(StatusOf(kBank, v1::PARTY_STATUS_CLOSED)), Applied());
  EXPECT_THAT(Propose(1, StatusOf(kBank, v1::PARTY_STATUS_ACTIVE)), Refused(v1::PARTIES_REASON_STATUS_CHANGE_INVALID));
}

TEST_F(Proposals, ASuspendedOperatorsVoteDoesNotCount) {
  PauseLedger();
  ASSERT_THAT(Propose(4, LiftLedger(), "lift"), Applied());
  ASSERT_THAT(Adopt(StatusOf(kOperators[3], v1::PARTY_STATUS_SUSPENDED)), Applied());
  EXPECT_EQ(governance::Operators(view(), chain()).size(), 3u);
  ASSERT_THAT(Vote(kOperators[0], true, "lift"), Applied());
  ASSERT_THAT(Vote(kOperators[1], true, "lift"), Applied());
  EXPECT_TRUE(IsOpen("lift"));
  ASSERT_THAT(Vote(kOperators[2], true, "lift"), Applied());
  EXPECT_FALSE(governance::IsPaused(view(), "dealing", {}));
}

TEST_F(Proposals, ParametersSayHowManyVotesAreNeeded) {
  EXPECT_EQ(governance::ParametersOf(view(), chain()).votes_required(), 3u);
  ASSERT_THAT(Adopt(VotesRequired(4)), Applied());
  EXPECT_EQ(governance::ParametersOf(view(), chain()).votes_required(), 4u);
  EXPECT_THAT(Propose(1, VotesRequired(5)),
              RefusedWith(v1::GOVERNANCE_REASON_VOTES_REQUIRED_INVALID, std::vector<std::string>{"5", "4"}));
  EXPECT_THAT(Propose(1, VotesRequired(2)), Refused(v1::GOVERNANCE_REASON_VOTES_REQUIRED_INVALID));
  v1::Change change;
  change.mutable_set_parameters()->mutable_parameters()->set_proposal_validity_us(Duration::Days(91).micros());
  EXPECT_THAT(Propose(1, change), Refused(v1::GOVERNANCE_REASON_VALIDITY_INVALID));
}

TEST_F(Proposals, LoweringTheVotesNeededDoesNotAdoptByAVoteAgainst) {
  // Three votes are needed; two are in favour. Then two and two would do, and the vote against must not carry what has
  // become impossible.
  v1::Change change;
  *change.mutable_register_party() = PartyRequest("NEWBANK", {v1::PARTY_ROLE_BANK});
  ASSERT_THAT(Adopt(VotesRequired(4)), Applied());
  ASSERT_THAT(Propose(1, change, "join"), Applied());
  ASSERT_THAT(Vote(kOperators[1], true, "join"), Applied());
  ASSERT_THAT(Vote(kOperators[2], true, "join"), Applied());
  ASSERT_THAT(Propose(1, VotesRequired(3), "fewer"), Applied());
  for (int n : {1, 2, 3}) ASSERT_THAT(Vote(kOperators[n], true, "fewer"), Applied());
  AddParty("NEWBANK", {v1::PARTY_ROLE_BANK});
  EXPECT_THAT(Vote(kOperators[3], false, "join"),
              Refused(v1::PARTIES_REASON_PARTY_EXISTS, v1::PARTIES_REASON_KEY_EXISTS));
}

TEST_F(Proposals, AReaderIsGrantedAndLosesIt) {
  ASSERT_THAT(Adopt(GrantTo(kSupervisor)), Applied());
  EXPECT_EQ(governance::FindGrant(view(), kSupervisor)->instruments(0), "FUND.ONE");
  v1::Change change;
  change.mutable_set_grant()->set_reader(kSupervisor);
  ASSERT_THAT(Adopt(change), Applied());
  EXPECT_FALSE(governance::FindGrant(view(), kSupervisor).has_value());
}

TEST_F(Proposals, OnlySupervisorsAndAuditorsAreGrantedReading) {
  EXPECT_THAT(Propose(1, GrantTo(kBank)),
              RefusedWith(v1::GOVERNANCE_REASON_READER_UNFIT, std::vector<std::string>{kBank}));
  EXPECT_THAT(Propose(1, GrantTo(LeiFor("NOBODY"))), Refused(v1::GOVERNANCE_REASON_READER_UNFIT));
}

TEST_F(Proposals, AGrantsListsAscendAndItsHeightsAreInOrder) {
  const auto refuses = [&](const std::function<void(v1::Grant&)>& change) {
    v1::Change broken = GrantTo(kAuditor);
    change(*broken.mutable_set_grant()->mutable_grant());
    EXPECT_THAT(Propose(1, broken), Refused(v1::GOVERNANCE_REASON_GRANT_INVALID));
  };
  refuses([](v1::Grant& grant) { grant.add_instruments("AAA"); });
  refuses([](v1::Grant& grant) { grant.add_instruments("TOO.LONG.AN.ID"); });
  refuses([](v1::Grant& grant) { grant.add_jurisdictions("XX"); });
  refuses([](v1::Grant& grant) { grant.add_jurisdictions("IE"); });
  refuses([](v1::Grant& grant) {
    grant.set_from_height(10);
    grant.set_to_height(9);
  });
}

TEST_F(Proposals, WhatGenesisSetsNeedsAProposalAfterwards) {
  v1::Operation grant;
  *grant.mutable_governance()->mutable_set_grant() = GrantTo(kAuditor).set_grant();
  EXPECT_THAT(Run(kOperators[0], One(kOperators[0]), grant), Refused(v1::GOVERNANCE_REASON_NEEDS_PROPOSAL));
  EXPECT_THAT(RunGenesis(grant), Applied());
  v1::Operation parameters;
  *parameters.mutable_governance()->mutable_set_parameters() = VotesRequired(4).set_parameters();
  EXPECT_THAT(Run(kOperators[0], One(kOperators[0]), parameters), Refused(v1::GOVERNANCE_REASON_NEEDS_PROPOSAL));
  EXPECT_THAT(RunGenesis(parameters), Applied());
}

TEST_F(Proposals, AnEmptyOperationIsRefused) {
  EXPECT_THAT(Run(kOperators[0], One(kOperators[0]), OperationFrom(R"({"governance": {}})")),
              Refused(v1::GOVERNANCE_REASON_OPERATION_MISSING));
}

TEST_F(Proposals, AVoteOnNothingBreaksAnInvariant) {
  state::StateTransaction layer(state());
  layer.Put(governance::kVotes, std::tuple(IdFor<governance::ProposalId>("nothing"), kOperators[0]), v1::VoteRecord());
  std::vector<execution::Violation> violations;
  governance::MakeGovernanceContract()->CheckInvariants(layer, violations);
  EXPECT_EQ(violations.size(), 1u);
}

}  // namespace
}  // namespace causeway::testing
