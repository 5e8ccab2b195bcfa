// SPDX-License-Identifier: Apache-2.0
// Rules 3, 4, 5 and 8.
#include "tests/unit/node/consensus/engine_bench.h"

namespace causeway::consensus {
namespace {

// This validator leads view 4; the three before are nullified.
void EnterOwnView(EngineBench& bench) {
  for (uint64_t view = 1; view <= 3; ++view) bench.Deliver(2, bench.Certify(bench.Nullify(view)));
  ASSERT_EQ(bench.view(), 4u);
  ASSERT_EQ(bench.Leader(4), 0u);
}

TEST(Propose, AtOnceWithATransaction) {
  EngineBench bench;
  bench.Start();
  bench.ledger().Submit({1, 0, 1, 5});
  bench.Waiting();
  EnterOwnView(bench);
  ASSERT_EQ(bench.Said<ProposalMessage>().size(), 1u);
  const Vote vote = bench.Said<ProposalMessage>()[0].vote;
  EXPECT_EQ(vote.subject.view, View(4));
  EXPECT_EQ(vote.subject.parent_view, View(0));
  EXPECT_EQ(vote.subject.kind, VoteKind::kNotarize);  // counts as its notarize vote
}

TEST(Propose, AnEmptyBlockAfterTheIdleInterval) {
  EngineBench bench;
  bench.Start();
  EnterOwnView(bench);
  bench.Advance(bench.config().timing.idle_us - 1);
  EXPECT_TRUE(bench.Said<ProposalMessage>().empty());
  bench.Advance(1);
  EXPECT_EQ(bench.Said<ProposalMessage>().size(), 1u);
}

TEST(Propose, WaitsOnWhereNothingIsLeftToInclude) {
  EngineBench bench;
  bench.Start();
  bench.Waiting();  // but the ledger has nothing
  EnterOwnView(bench);
  ASSERT_EQ(bench.All<Build>().size(), 1u);
  EXPECT_FALSE(bench.All<Build>()[0].request.allow_empty);
  EXPECT_TRUE(bench.Said<ProposalMessage>().empty());
  bench.Advance(bench.config().timing.idle_us);
  EXPECT_EQ(bench.Said<ProposalMessage>().size(), 1u);
}

TEST(Propose, OnceAView) {
  EngineBench bench;
  bench.Start();
  bench.ledger().Submit({1, 0, 1, 5});
  bench.Waiting();
  EnterOwnView(bench);
  bench.ledger().Submit({2, 0, 1, 5});
  bench.Waiting();
  EXPECT_EQ(bench.All<Build>().size(), 1u);
}

TEST(Propose, NotAfterItsOwnNullify) {
  EngineBench bench;
  bench.Start();
  EnterOwnView(bench);
  bench.hold_builds = true;
  bench.Advance(bench.config().timing.idle_us + 8'000'000);
  ASSERT_TRUE(bench.Voted(bench.Nullify(4)));
  bench.hold_builds = false;
  bench.Waiting();
  EXPECT_TRUE(bench.Said<ProposalMessage>().empty());
}

TEST(Propose, OnTheHighestCertifiedViewNotAFinalOne) {
  EngineBench bench;
  bench.Start();
  const BlockInfo one = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, one));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, one)));
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  bench.Deliver(2, bench.Certify(bench.Nullify(3)));
  bench.Advance(bench.config().timing.idle_us);
  ASSERT_EQ(bench.Said<ProposalMessage>().size(), 1u);
  EXPECT_EQ(bench.Said<ProposalMessage>()[0].vote.subject.parent_view, View(1));
}

TEST(Propose, FetchesAMissingNullificationAndDoesNotFallBack) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  bench.Deliver(2, bench.Certify(bench.Nullify(3)));  // 2 is missing
  ASSERT_EQ(bench.view(), 4u);
  bench.Advance(bench.config().timing.idle_us + 100'000);
  EXPECT_TRUE(bench.Said<ProposalMessage>().empty());
  ASSERT_FALSE(bench.Said<EvidenceRequestMessage>().empty());
  EXPECT_EQ(bench.Said<EvidenceRequestMessage>()[0].nullified_from, View(2));
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  EXPECT_EQ(bench.Said<ProposalMessage>().size(), 1u);
}

TEST(Propose, WithoutItsRuleItProposesOverAGap) {
  EngineBench bench({.rules = {.propose_with_nullifications = false}});
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(3)));
  bench.Advance(bench.config().timing.idle_us);
  EXPECT_EQ(bench.Said<ProposalMessage>().size(), 1u);
}

TEST(Propose, StampsTheClockOrJustAfterTheParent) {
  EngineBench bench;
  bench.Start();
  const BlockInfo ahead = bench.Block(bench.genesis(), 1'400'000);  // 0.4 s ahead of the clock: allowed
  bench.Deliver(1, bench.Proposal(1, 0, ahead));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, ahead)));
  bench.ledger().Submit({1, 0, 1, 5});
  bench.Waiting();
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  bench.Deliver(2, bench.Certify(bench.Nullify(3)));
  ASSERT_EQ(bench.All<Build>().size(), 1u);
  EXPECT_EQ(bench.All<Build>()[0].request.time.micros(), ahead.time.micros() + 1);
}

TEST(Propose, HalvesItsLimitsWithEachNullifiedView) {
  EngineBench bench;
  bench.Start();
  EnterOwnView(bench);
  bench.Advance(bench.config().timing.idle_us);
  ASSERT_EQ(bench.All<Build>().size(), 1u);
  EXPECT_EQ(bench.All<Build>()[0].request.halvings, 3u);
}

TEST(Notarize, TheFirstProposalOfTheLeader) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
}

TEST(Notarize, NobodyElsesProposal) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, ProposalMessage{bench.Signed(2, bench.Notarize(1, 0, block)), block.bytes});
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, block)));
}

TEST(Notarize, NotASecondProposal) {
  EngineBench bench;
  bench.Start();
  const BlockInfo first = bench.Block(bench.genesis());
  const BlockInfo second = bench.Block(bench.genesis(), 1'000'001);
  bench.Deliver(1, bench.Proposal(1, 0, first));
  bench.Deliver(1, bench.Proposal(1, 0, second));
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, first)));
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, second)));
  ASSERT_EQ(bench.All<ReportEvidence>().size(), 1u);
  EXPECT_EQ(bench.All<ReportEvidence>()[0].conflict.second.validator, 1u);
}

TEST(Notarize, AnEquivocatingLeadersViewIsGivenUpBeforeVoting) {
  EngineBench bench;
  bench.Start();
  bench.hold_executions = true;
  const BlockInfo first = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, first));
  bench.Deliver(1, bench.Proposal(1, 0, bench.Block(bench.genesis(), 1'000'001)));
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
  bench.ReleaseExecutions();
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, first)));
}

TEST(Notarize, AProposalForTheNextViewIsKept) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, bench.Proposal(2, 0, block));
  EXPECT_FALSE(bench.Voted(bench.Notarize(2, 0, block)));
  bench.Deliver(3, bench.Certify(bench.Nullify(1)));
  EXPECT_TRUE(bench.Voted(bench.Notarize(2, 0, block)));
}

// ava-labs Simplex #281: a parent accepted without the nullification of a skipped view.
TEST(Notarize, WaitsForTheNullificationsBetween) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  ASSERT_EQ(bench.view(), 3u);
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(3, bench.Proposal(3, 0, block));
  EXPECT_FALSE(bench.Voted(bench.Notarize(3, 0, block)));
  bench.Advance(100'000);
  ASSERT_FALSE(bench.Said<EvidenceRequestMessage>().empty());
  EXPECT_EQ(bench.Said<EvidenceRequestMessage>()[0].nullified_from, View(1));
  bench.Deliver(1, bench.Certify(bench.Nullify(1)));
  EXPECT_TRUE(bench.Voted(bench.Notarize(3, 0, block)));
}

TEST(Notarize, WithoutItsRuleItDoesNotWaitForNullifications) {
  EngineBench bench({.rules = {.notarize_with_nullifications = false}});
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(3, bench.Proposal(3, 0, block));
  EXPECT_TRUE(bench.Voted(bench.Notarize(3, 0, block)));
}

TEST(Notarize, WaitsForTheParentsNotarizationAndFetchesIt) {
  EngineBench bench;
  bench.Start();
  const BlockInfo parent = bench.Block(bench.genesis());
  const BlockInfo block = bench.Block(parent);
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));  // coexists with the notarization that is missing here
  bench.Advance(1'000'000);
  bench.Deliver(2, bench.Proposal(2, 1, block));
  EXPECT_FALSE(bench.Voted(bench.Notarize(2, 1, block)));
  bench.Advance(100'000);
  ASSERT_FALSE(bench.Said<EvidenceRequestMessage>().empty());
  EXPECT_EQ(bench.Said<EvidenceRequestMessage>()[0].notarization, View(1));
  bench.Deliver(3, bench.Certify(bench.Notarize(1, 0, parent)));
  EXPECT_FALSE(bench.Voted(bench.Notarize(2, 1, block)));  // its block is missing
  bench.Deliver(1, BlockResponseMessage{parent.bytes});
  bench.Advance(300'000);
  bench.Deliver(1, BlockResponseMessage{parent.bytes});
  EXPECT_TRUE(bench.Voted(bench.Notarize(2, 1, block)));
}

TEST(Notarize, AParentAtOrAboveItsViewIsNotRead) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 1, block));
  bench.Advance(10'000'000);
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 1, block)));
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

TEST(Notarize, AParentBelowTheLastFinalizedIsWrong) {
  EngineBench bench;
  bench.Start();
  bench.Settle1();
  const BlockInfo block = bench.Block(bench.genesis(), 1'500'000);
  bench.Deliver(2, bench.Proposal(2, 0, block));
  EXPECT_TRUE(bench.Voted(bench.Nullify(2)));
}

TEST(Notarize, ABlockWhoseParentIsNotTheParentViewsIsWrong) {
  EngineBench bench;
  bench.Start();
  const BlockInfo one = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, one));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, one)));
  ASSERT_EQ(bench.view(), 2u);
  bench.Deliver(2, bench.Proposal(2, 1, bench.Block(bench.genesis(), 1'500'000)));
  EXPECT_TRUE(bench.Voted(bench.Nullify(2)));
}

TEST(Notarize, AnInvalidBlockIsGivenUpAtOnce) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = EngineBench::WithWrongRoots(bench.Block(bench.genesis()));
  bench.Deliver(1, bench.Proposal(1, 0, block));
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, block)));
}

TEST(Notarize, WithoutItsRuleAnInvalidBlockIsNotarized) {
  EngineBench bench({.rules = {.notarize_valid_only = false}});
  bench.Start();
  const BlockInfo block = EngineBench::WithWrongRoots(bench.Block(bench.genesis()));
  bench.Deliver(1, bench.Proposal(1, 0, block));
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
}

TEST(Notarize, ATimeNotAfterTheParentsIsInvalid) {
  EngineBench bench;
  bench.Start();
  BlockInfo block = bench.Block(bench.genesis());
  simulation::ModelBlock model = *simulation::ModelBlock::Decode(*block.bytes);
  model.time = bench.genesis().time;
  bench.Deliver(1, bench.Proposal(1, 0, simulation::InfoOf(model)));
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

TEST(Notarize, ABlockThatIsTooOldIsGivenUp) {
  EngineBench bench;
  bench.Start();
  bench.Advance(1'500'000);
  const BlockInfo old = bench.Block(bench.genesis(), 499'999);  // the clock is at 2.5 s
  bench.Deliver(1, bench.Proposal(1, 0, old));
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

TEST(Notarize, ABlockAtTheEdgeOfTheDriftIsNot) {
  EngineBench bench;
  bench.Start();
  bench.Advance(1'500'000);
  const BlockInfo old = bench.Block(bench.genesis(), 500'000);
  bench.Deliver(1, bench.Proposal(1, 0, old));
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, old)));
}

TEST(Notarize, WithoutItsRuleAnyTimeWillDo) {
  EngineBench bench({.rules = {.notarize_within_drift = false}});
  bench.Start();
  bench.Advance(1'500'000);
  const BlockInfo old = bench.Block(bench.genesis(), 1);
  bench.Deliver(1, bench.Proposal(1, 0, old));
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, old)));
}

TEST(Notarize, ABlockALittleEarlyIsWaitedFor) {
  EngineBench bench;
  bench.Start();
  const BlockInfo early = bench.Block(bench.genesis(), 1'700'000);  // the clock is at 1 s
  bench.Deliver(1, bench.Proposal(1, 0, early));
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, early)));
  bench.Advance(199'999);
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, early)));
  bench.Advance(2);
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, early)));
}

TEST(Notarize, DriftIsJudgedWhenTheProposalArrives) {
  EngineBench bench;
  bench.Start();
  bench.hold_executions = true;
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Advance(2'900'000);  // executing took long; the advance timer runs on 3 s
  bench.ReleaseExecutions();
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
}

TEST(Finalize, WhatIsCertified) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  EXPECT_FALSE(bench.Voted(bench.Finalize(1, 0, block)));
  bench.DeliverVotes(bench.Notarize(1, 0, block), {2});
  EXPECT_TRUE(bench.Voted(bench.Finalize(1, 0, block)));
}

TEST(Finalize, NotAfterNullify) {
  EngineBench bench;
  bench.Start();
  bench.Advance(2'000'000);
  ASSERT_TRUE(bench.Voted(bench.Nullify(1)));
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{block.bytes});
  EXPECT_EQ(bench.view(), 2u);  // certified all the same
  EXPECT_FALSE(bench.Voted(bench.Finalize(1, 0, block)));
}

TEST(Finalize, AViewGoneByThatWasNotGivenUp) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  ASSERT_EQ(bench.view(), 3u);
  bench.Deliver(1, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{block.bytes});
  EXPECT_TRUE(bench.Voted(bench.Finalize(1, 0, block)));
}

// commonware #2695, #4386: the notarization comes after the own nullify, certification is refused, the network sticks.
TEST(Coexisting, ANotarizationIsCertifiedAfterTheViewsNullification) {
  EngineBench bench;
  bench.Start();
  bench.Advance(2'000'000);
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{block.bytes});
  // Others build on it, and this node follows.
  const BlockInfo next = bench.Block(block, 2'000'000);
  bench.Deliver(2, bench.Proposal(2, 1, next));
  EXPECT_TRUE(bench.Voted(bench.Notarize(2, 1, next)));
}

TEST(Coexisting, WithoutItsRuleTheBlockIsNeverCertified) {
  EngineBench bench({.rules = {.certify_after_nullification = false}});
  bench.Start();
  bench.Advance(2'000'000);
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{block.bytes});
  const BlockInfo next = bench.Block(block, 2'000'000);
  bench.Deliver(2, bench.Proposal(2, 1, next));
  EXPECT_FALSE(bench.Voted(bench.Notarize(2, 1, next)));
}

TEST(Commit, AFinalizationCommitsItsAncestors) {
  EngineBench bench;
  bench.Start();
  const BlockInfo one = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, one));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, one)));
  const BlockInfo two = bench.Block(one, 1);
  bench.Deliver(2, bench.Proposal(2, 1, two));
  bench.Deliver(2, bench.Certify(bench.Finalize(2, 1, two)));
  ASSERT_EQ(bench.Committed(), (std::vector<Hash>{one.hash, two.hash}));
  EXPECT_EQ(bench.All<Commit>()[0].finalization, nullptr);
  ASSERT_NE(bench.All<Commit>()[1].finalization, nullptr);
}

TEST(Commit, AFinalBlockOfOtherRootsHaltsAndIsNotWritten) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = EngineBench::WithWrongRoots(bench.Block(bench.genesis()));
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(2, bench.Certify(bench.Finalize(1, 0, block)));
  ASSERT_EQ(bench.All<Halt>().size(), 1u);
  EXPECT_NE(bench.All<Halt>()[0].reason.find("other roots"), std::string::npos);
  EXPECT_TRUE(bench.Committed().empty());
  bench.Forget();
  bench.Advance(10'000'000);
  EXPECT_TRUE(bench.outputs().empty());
}

TEST(Commit, WithoutItsRuleOtherRootsAreWritten) {
  EngineBench bench({.rules = {.halt_on_other_roots = false}});
  bench.Start();
  const BlockInfo block = EngineBench::WithWrongRoots(bench.Block(bench.genesis()));
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(2, bench.Certify(bench.Finalize(1, 0, block)));
  EXPECT_EQ(bench.Committed().size(), 1u);
}

TEST(Commit, AContradictingFinalizationHalts) {
  EngineBench bench;
  bench.Start();
  bench.Settle1();
  const BlockInfo other = bench.Block(bench.genesis(), 1'200'000);
  bench.Deliver(2, bench.Certify(bench.Finalize(5, 0, other)));
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{other.bytes});
  EXPECT_EQ(bench.All<Halt>().size(), 1u);
}

TEST(Commit, LastFinalizedNeverFalls) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Settle1();
  bench.Deliver(2, bench.Certify(bench.Finalize(1, 0, block), {0, 1, 2}));
  EXPECT_EQ(bench.Committed().size(), 1u);
  EXPECT_EQ(bench.engine().last_finalized_view(), View(1));
}

}  // namespace
}  // namespace causeway::consensus
