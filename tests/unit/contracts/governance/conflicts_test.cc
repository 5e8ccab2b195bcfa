// SPDX-License-Identifier: Apache-2.0
// A validator that signed two votes which exclude each other is named by the ledger.

#include "contracts/governance/governance.h"
#include "ledger/chain/certificate.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

constexpr uint32_t kCheat = 2;

class Conflicts : public ContractFixture {
 protected:
  // Nullify, or finalize where a block is named, of view 7.
  v1::Vote Vote(char block = 0, uint32_t validator = kCheat, uint64_t epoch = 0) const {
    v1::Vote vote;
    vote.set_kind(block == 0 ? v1::VOTE_KIND_NULLIFY : v1::VOTE_KIND_FINALIZE);
    vote.set_epoch(epoch);
    vote.set_view(7);
    if (block != 0) {
      vote.set_parent_view(6);
      vote.set_block_hash(std::string(32, block));
    }
    vote.set_validator(validator);
    const std::string preimage = chain::VotePreimage(chain().chain_id, *chain::SubjectOf(vote));
    vote.set_signature(*crypto::Ed25519Signer(PrivateKeyFor(kOperators[validator])).Sign(preimage));
    return vote;
  }
  static v1::Operation Report(const v1::Vote& first, const v1::Vote& second) {
    v1::Operation operation;
    v1::Evidence& evidence = *operation.mutable_governance()->mutable_report_conflict()->mutable_evidence();
    *evidence.mutable_first() = first;
    *evidence.mutable_second() = second;
    return operation;
  }
  v1::OperationResult Show(const v1::Vote& first, const v1::Vote& second) {
    return Run(kOperators[0], One(kOperators[0]), Report(first, second));
  }
};

TEST_F(Conflicts, TheLedgerNamesTheValidatorAndKeepsTheProof) {
  const v1::OperationResult result = Show(Vote(), Vote('a'));
  ASSERT_THAT(result, Applied());
  const v1::ConflictReported& event = result.events(0).governance().conflict_reported();
  EXPECT_EQ(event.epoch(), 0u);
  EXPECT_EQ(event.validator(), kCheat);
  EXPECT_EQ(event.view(), 7u);
  EXPECT_EQ(event.operator_(), kOperators[kCheat]);
  EXPECT_EQ(event.reporter(), kOperators[0]);
  const std::optional<v1::ConflictRecord> record = view().Get(governance::kConflicts, std::tuple(uint64_t{0}, kCheat));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->operator_(), kOperators[kCheat]);
  EXPECT_EQ(record->reporter(), kOperators[0]);
  EXPECT_EQ(record->height(), block().height.value());
  EXPECT_EQ(record->evidence().first().signature(), Vote().signature());
  EXPECT_EQ(record->evidence().second().signature(), Vote('a').signature());
}

TEST_F(Conflicts, OnceAValidator) {
  ASSERT_THAT(Show(Vote('a'), Vote('b')), Applied());
  EXPECT_THAT(Show(Vote(), Vote('a')),
              RefusedWith(v1::GOVERNANCE_REASON_CONFLICT_KNOWN, std::vector<std::string>{"0", "2"}));
  EXPECT_THAT(Show(Vote(0, 1), Vote('a', 1)), Applied());
}

TEST_F(Conflicts, WhatProvesNothingIsRefused) {
  EXPECT_THAT(Show(Vote('a'), Vote('a')), Refused(v1::GOVERNANCE_REASON_EVIDENCE_INVALID));
  EXPECT_THAT(Show(Vote(0, 1), Vote('a', 2)), Refused(v1::GOVERNANCE_REASON_EVIDENCE_INVALID));
  EXPECT_THAT(Show(v1::Vote(), v1::Vote()), Refused(v1::GOVERNANCE_REASON_EVIDENCE_INVALID));
  v1::Vote forged = Vote('a');
  forged.set_signature(Vote('b').signature());
  EXPECT_THAT(Show(Vote(), forged), Refused(v1::GOVERNANCE_REASON_EVIDENCE_INVALID));
  EXPECT_THAT(
      Show(Vote(0, kCheat, 1), Vote('a', kCheat, 1)),
      RefusedWith(v1::GOVERNANCE_REASON_EVIDENCE_INVALID, std::vector<std::string>{"epoch 1 has no validators"}));
  v1::Operation nothing;
  nothing.mutable_governance()->mutable_report_conflict();
  EXPECT_THAT(Run(kOperators[0], One(kOperators[0]), nothing), Refused(v1::GOVERNANCE_REASON_FIELD_MISSING));
}

TEST_F(Conflicts, OnlyAnOperatorReports) {
  EXPECT_THAT(Run(kBank, One(kBank), Report(Vote(), Vote('a'))),
              RefusedWith(v1::GOVERNANCE_REASON_NOT_AN_OPERATOR, std::vector<std::string>{kBank}));
}

TEST_F(Conflicts, ItsOfficerComplies) {
  EXPECT_THAT(Run(kOperators[0], {KeyOf(kOperators[0], 3)}, Report(Vote(), Vote('a'))),
              Refused(v1::PARTIES_REASON_ROLE_MISSING));
}

// Whoever cheats may also stop the ledger, and is named all the same.
TEST_F(Conflicts, APauseHidesNobody) {
  ASSERT_THAT(Run(kOperators[kCheat], One(kOperators[kCheat]),
                  OperationFrom(R"({"governance": {"pause": {"subject": {"ledger": {}}, "explanation": "mine"}}})")),
              Applied());
  EXPECT_THAT(Show(Vote(), Vote('a')), Applied());
}

}  // namespace
}  // namespace causeway::testing
