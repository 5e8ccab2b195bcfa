// SPDX-License-Identifier: Apache-2.0
// Approval rules, and approvals that are bound to exactly one operation.

#include "tests/unit/contracts/parties/requests.h"

namespace causeway::testing {
namespace {

class Approvals : public PartiesFixture {
 protected:
  // Needs two administrators.
  const v1::Operation operation_ = BindOfficerKey(Officer(kBank, 3), NewKeyFor("second"));
  bool Alive(int officer) {
    return view().Has(parties::kApprovals,
                      std::tuple(parties::OperationHash(operation_), kBank, Officer(kBank, officer)));
  }
};

TEST_F(Approvals, AnApprovalIsTheSecondPairOfEyes) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Applied());
}

TEST_F(Approvals, AnApprovalIsOfExactlyOneOperation) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  v1::Operation other = operation_;
  other.mutable_parties()->mutable_bind_key()->mutable_key()->add_purposes(v1::OFFICER_ROLE_TRADE);
  EXPECT_THAT(Run(kBank, One(kBank), other), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Approvals, WhetherAnOperationIsLinkedDoesNotMatter) {
  v1::Operation linked = operation_;
  linked.set_linked(true);
  EXPECT_EQ(parties::OperationHash(linked), parties::OperationHash(operation_));
}

TEST_F(Approvals, OnesOwnApprovalIsNoSecondPairOfEyes) {
  ASSERT_THAT(Run(kBank, One(kBank), Approve(operation_)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_),
              RefusedWith(v1::PARTIES_REASON_OFFICERS_TOO_FEW,
                          std::vector<std::string>{"parties.bind_key", "ADMINISTER", "2", "1",
                                                   parties::OperationHash(operation_).ToHex(), kBank}));
}

TEST_F(Approvals, AnApprovalByAForeignOfficerDoesNotCount) {
  ASSERT_THAT(Run(kInvestor, One(kInvestor), Approve(operation_)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Approvals, AnApprovalWithoutTheRoleDoesNotCount) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 4)}, Approve(operation_)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Approvals, AnApprovalIsConsumed) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  ASSERT_THAT(Run(kBank, One(kBank), operation_), Applied());
  EXPECT_FALSE(Alive(2));
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Approvals, AnApprovalThatWasNotNeededIsConsumedToo) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  ASSERT_THAT(Run(kBank, Two(kBank), operation_), Applied());
  EXPECT_FALSE(Alive(2));
}

// Operations that each party decides for itself have the same hash whoever asks for them.
TEST_F(Approvals, AnotherPartysApprovalOfTheSameWordsIsLeft) {
  const v1::Operation rule = SetRule("parties.revoke_key", 2);
  ASSERT_THAT(Run(kInvestor, {KeyOf(kInvestor, 2)}, Approve(rule)), Applied());
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(rule)), Applied());
  ASSERT_THAT(Run(kBank, One(kBank), rule), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), rule), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  EXPECT_THAT(Run(kInvestor, One(kInvestor), rule), Applied());
  EXPECT_THAT(Run(kInvestor, One(kInvestor), rule), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Approvals, ARefusedOperationConsumesNone) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  ASSERT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 4), NewKeyFor("second"))), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Refused(v1::PARTIES_REASON_KEY_EXISTS));
  EXPECT_TRUE(Alive(2));
}

TEST_F(Approvals, AnApprovalEndsAtItsInstantAndLeavesByDueWork) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  Advance(Duration::Hours(1));
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  const auto results = RunDue();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].events(0).parties().approval_expired().lei(), kBank);
  EXPECT_FALSE(Alive(2));
}

TEST_F(Approvals, DueWorkStopsWhenItsBudgetIsSpent) {
  ASSERT_THAT(Run(kBank, Two(kBank), Approve(operation_)), Applied());
  Advance(Duration::Hours(1));
  RunDue(1);
  EXPECT_NE(Alive(1), Alive(2));
  RunDue(1);
  EXPECT_FALSE(Alive(1) || Alive(2));
}

TEST_F(Approvals, AnApprovalDiesWithItsKey) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  ASSERT_THAT(Run(kBank, One(kBank), RevokeKey(KeyOf(kBank, 2))), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Approvals, AnApprovalIsTakenBack) {
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Withdraw(operation_)), Refused(v1::PARTIES_REASON_APPROVAL_UNKNOWN));
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Withdraw(operation_)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  EXPECT_EQ(DueCount(), 0u);
}

TEST_F(Approvals, AnOfficerApprovesOnce) {
  ASSERT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Applied());
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 2)}, Approve(operation_)), Refused(v1::PARTIES_REASON_APPROVAL_EXISTS));
}

TEST_F(Approvals, AnApprovalLastsAtMostThirtyDays) {
  EXPECT_THAT(Run(kBank, One(kBank), Approve(operation_, 0)), Refused(v1::PARTIES_REASON_APPROVAL_VALIDITY_INVALID));
  EXPECT_THAT(Run(kBank, One(kBank), Approve(operation_, 30 * 24 + 1)),
              Refused(v1::PARTIES_REASON_APPROVAL_VALIDITY_INVALID));
  EXPECT_THAT(Run(kBank, One(kBank), Approve(operation_, 30 * 24)), Applied());
}

TEST_F(Approvals, AnAgentApprovesNothing) {
  EXPECT_THAT(Run(kBank, Agent(kBank), Approve(operation_)), Refused(v1::PARTIES_REASON_APPROVAL_BY_AGENT));
}

TEST_F(Approvals, AnApprovalNamesItsOperation) {
  v1::Operation nothing = Approve(operation_);
  nothing.mutable_parties()->mutable_approve()->clear_operation_hash();
  EXPECT_THAT(Run(kBank, One(kBank), nothing), Refused(v1::PARTIES_REASON_FIELD_MISSING));
}

class ApprovalRules : public Approvals {};

TEST_F(ApprovalRules, ARuleAsksForMoreThanTheOperationDoes) {
  ASSERT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 2)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), RevokeKey(KeyOf(kBank, 3))), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  EXPECT_THAT(Run(kBank, Two(kBank), RevokeKey(KeyOf(kBank, 3))), Applied());
}

TEST_F(ApprovalRules, ARuleNeverAsksForLess) {
  ASSERT_THAT(Run(kBank, Two(kBank), SetRule("parties.bind_key", 1)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), operation_), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(ApprovalRules, ARuleMayNameItsOfficers) {
  ASSERT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 1, {Officer(kBank, 2)})), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), RevokeKey(KeyOf(kBank, 3))), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 2)}, RevokeKey(KeyOf(kBank, 3))), Applied());
}

TEST_F(ApprovalRules, ARuleIsRemovedByAskingForNobody) {
  EXPECT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 0)),
              Refused(v1::PARTIES_REASON_APPROVAL_RULE_UNKNOWN));
  ASSERT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 2)), Applied());
  ASSERT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 0)), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), RevokeKey(KeyOf(kBank, 3))), Applied());
}

TEST_F(ApprovalRules, ARuleNamesAnOperationThatExists) {
  for (const char* kind : {"parties", "parties.fly", "fly.bind_key", "parties.bind_key.more", ""}) {
    EXPECT_THAT(Run(kBank, Two(kBank), SetRule(kind, 2)), Refused(v1::PARTIES_REASON_OPERATION_KIND_UNKNOWN)) << kind;
  }
}

TEST_F(ApprovalRules, ARuleCanBeMet) {
  EXPECT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 5)),
              Refused(v1::PARTIES_REASON_APPROVAL_RULE_UNREACHABLE));
  EXPECT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 2, {Officer(kBank, 2)})),
              Refused(v1::PARTIES_REASON_APPROVAL_RULE_UNREACHABLE));
}

TEST_F(ApprovalRules, ARulesOfficersAscendAndAreKnown) {
  std::vector<OfficerId> officers = {Officer(kBank, 1), Officer(kBank, 2)};
  std::sort(officers.rbegin(), officers.rend());
  EXPECT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 2, officers)),
              Refused(v1::PARTIES_REASON_APPROVAL_RULE_OFFICERS_INVALID));
  EXPECT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 0, {Officer(kInvestor, 1)})),
              Refused(v1::PARTIES_REASON_APPROVAL_RULE_UNKNOWN, v1::PARTIES_REASON_OFFICER_UNKNOWN));
  EXPECT_THAT(Run(kBank, Two(kBank), SetRule("parties.revoke_key", 2, std::vector<OfficerId>(257, Officer(kBank, 1)))),
              Refused(v1::PARTIES_REASON_LIST_TOO_LONG));
}

}  // namespace
}  // namespace causeway::testing
