// SPDX-License-Identifier: Apache-2.0
// The end of an epoch, and messages of other epochs.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "node/consensus/restore.h"
#include "tests/unit/node/consensus/engine_bench.h"

namespace causeway::consensus {
namespace {

using simulation::ModelBlock;

// A block on the parent that lets a fifth validator join: its epoch's last.
BlockInfo LastBlock(EngineBench& bench, const BlockInfo& parent) {
  bench.ledger().Submit({1, simulation::kFromNoAccount, 4, 0});
  const BlockInfo block = bench.Block(parent);
  EXPECT_NE(block.next_validators, bench.config().validators_hash);
  return block;
}

// View 1's block is the epoch's last, notarized and certified, not finalized.
BlockInfo NotarizeLast(EngineBench& bench) {
  bench.Start();
  const BlockInfo last = LastBlock(bench, bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, last));
  bench.DeliverVotes(bench.Notarize(1, 0, last), {2, 3});
  EXPECT_EQ(bench.view(), 2u);
  return last;
}

TEST(EpochEnd, ALeaderProposesTheLastBlockAgainAtOnce) {
  EngineBench bench({.self = 2});
  const BlockInfo last = NotarizeLast(bench);
  const auto proposals = bench.Said<ProposalMessage>();
  ASSERT_EQ(proposals.size(), 1u);
  EXPECT_EQ(proposals[0].vote.subject, bench.Notarize(2, 1, last));
  EXPECT_EQ(*proposals[0].block, *last.bytes);
  EXPECT_TRUE(bench.All<Build>().empty());
}

// Found by the model: the boundary block proposed again is refused as too old, for ever.
TEST(EpochEnd, TheLastBlockIsVotedForAgainHoweverOld) {
  EngineBench bench;
  const BlockInfo last = NotarizeLast(bench);
  bench.Advance(30'000'000);
  bench.Deliver(1, bench.Certify(bench.Nullify(2)));
  bench.Deliver(3, bench.Proposal(3, 1, last));
  EXPECT_TRUE(bench.Voted(bench.Notarize(3, 1, last)));
  EXPECT_FALSE(bench.Voted(bench.Nullify(3)));
}

TEST(EpochEnd, WithoutItsRuleTheOldBlockIsRefused) {
  EngineBench bench({.rules = {.boundary_judged_once = false}});
  const BlockInfo last = NotarizeLast(bench);
  bench.Deliver(1, bench.Certify(bench.Nullify(2)));
  bench.Deliver(3, bench.Proposal(3, 1, last));
  EXPECT_FALSE(bench.Voted(bench.Notarize(3, 1, last)));
}

// Rule 4 holds for it as for any.
TEST(EpochEnd, ProposedAgainItNeedsTheNullificationsBetween) {
  EngineBench bench;
  const BlockInfo last = NotarizeLast(bench);
  bench.Deliver(1, bench.Certify(bench.Nullify(3)));
  ASSERT_EQ(bench.view(), 4u);
  bench.Deliver(1, bench.Certify(bench.Nullify(4)));
  bench.Deliver(1, bench.Proposal(5, 1, last));
  EXPECT_FALSE(bench.Voted(bench.Notarize(5, 1, last)));
  EXPECT_EQ(bench.Said<EvidenceRequestMessage>().size(), 0u);  // after the grace
  bench.Deliver(1, bench.Certify(bench.Nullify(2)));
  EXPECT_TRUE(bench.Voted(bench.Notarize(5, 1, last)));
}

TEST(EpochEnd, NothingElseIsVotedForOrExecutedAbove) {
  EngineBench bench;
  const BlockInfo last = NotarizeLast(bench);
  ModelBlock child;
  child.height = last.height.Next();
  child.parent = last.hash;
  child.time = AddSaturating(last.time, Duration::Micros(1));
  child.proposer = 2;
  child.next_validators = last.next_validators;
  const BlockInfo above = simulation::InfoOf(child);
  bench.Forget();
  bench.Deliver(2, bench.Proposal(2, 1, above));
  EXPECT_FALSE(bench.Voted(bench.Notarize(2, 1, above)));
  EXPECT_TRUE(bench.Voted(bench.Nullify(2)));
  EXPECT_TRUE(bench.All<Execute>().empty());
}

TEST(EpochEnd, ABlockThatEndsNoEpochIsNotProposedAgain) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.DeliverVotes(bench.Notarize(1, 0, block), {2, 3});
  bench.Deliver(2, bench.Proposal(2, 1, block));
  EXPECT_FALSE(bench.Voted(bench.Notarize(2, 1, block)));
  EXPECT_TRUE(bench.Voted(bench.Nullify(2)));
}

// tempo #481: the boundary block is finalized directly, in whatever view.
TEST(EpochEnd, FinalizedInALaterViewItIsCommittedWithThatFinalizationAndNothingIsSignedAnyMore) {
  EngineBench bench;
  const BlockInfo last = NotarizeLast(bench);
  bench.Deliver(2, bench.Proposal(2, 1, last));
  bench.DeliverVotes(bench.Notarize(2, 1, last), {3});
  bench.DeliverVotes(bench.Finalize(2, 1, last), {1, 2, 3});
  const auto commits = bench.All<Commit>();
  ASSERT_EQ(commits.size(), 1u);
  EXPECT_EQ(commits[0].block.hash, last.hash);
  ASSERT_NE(commits[0].finalization, nullptr);
  EXPECT_EQ(commits[0].finalization->subject, bench.Finalize(2, 1, last));
  EXPECT_TRUE(bench.engine().EpochIsOver());
  bench.Forget();
  bench.Advance(60'000'000);
  EXPECT_TRUE(bench.Said<Vote>().empty());
}

// ---- Other epochs ----

TEST(OtherEpochs, WhoSpeaksOfAnOlderOneIsToldWhatEndedIt) {
  EngineBench bench;
  bench.config().epoch = Epoch(3);
  bench.Start();
  const Subject old = Subject::Nullify(Epoch(1), View(7));
  bench.Deliver(1, bench.Signed(1, old));
  bench.Deliver(1, bench.Signed(1, old));
  bench.Deliver(9, EchoRequestMessage{EngineBench::Filled(5), Epoch(2)});  // no validator of this epoch
  const auto served = bench.All<ServeBoundary>();
  ASSERT_EQ(served.size(), 2u);  // not twice to the same at once
  EXPECT_EQ(served[0].to, 1u);
  EXPECT_EQ(served[0].epoch, Epoch(1));
  EXPECT_EQ(served[1].to, 9u);
  EXPECT_EQ(served[1].epoch, Epoch(2));
  // What ended an epoch is an answer itself.
  bench.Deliver(2, bench.Certify(Subject{VoteKind::kFinalize, Epoch(1), View(7), View(6), EngineBench::Filled(1)}));
  EXPECT_EQ(bench.All<ServeBoundary>().size(), 2u);
}

TEST(OtherEpochs, WithoutItsRuleNobodyIsTold) {
  EngineBench bench({.rules = {.answer_older_epochs = false}});
  bench.config().epoch = Epoch(3);
  bench.Start();
  bench.Deliver(1, bench.Signed(1, Subject::Nullify(Epoch(1), View(7))));
  EXPECT_TRUE(bench.All<ServeBoundary>().empty());
}

TEST(OtherEpochs, WhereALaterOneIsSpokenOfFinalBlocksAreFetched) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Signed(2, Subject::Nullify(Epoch(5), View(1))));
  const auto asked = bench.Said<RangeRequestMessage>();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].from, Height(1));
  // Not for ever on one peer's word.
  bench.Advance(60'000'000);
  bench.Forget();
  bench.Advance(60'000'000);
  EXPECT_TRUE(bench.Said<RangeRequestMessage>().empty());
}

// Nothing can be known here of votes in an epoch that has not begun; who waits for an echo need not wait for this node.
TEST(OtherEpochs, AnEchoOfALaterOneIsEmpty) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Signed(2, bench.Nullify(1)));
  bench.Deliver(2, EchoRequestMessage{EngineBench::Filled(5), Epoch(1)});
  ASSERT_EQ(bench.Said<EchoResponseMessage>().size(), 1u);
  EXPECT_TRUE(bench.Said<EchoResponseMessage>()[0].votes.empty());
}

TEST(OtherEpochs, WhoIsNoValidatorMayAskForFinalBlocksAlone) {
  EngineBench bench;
  bench.Start();
  bench.Settle1();
  bench.Forget();
  bench.Deliver(7, bench.Signed(3, bench.Nullify(2)));
  bench.Deliver(7, EntryRequestMessage{EngineBench::Filled(5), Epoch(0)});
  EXPECT_TRUE(bench.All<Send>().empty());
  bench.Deliver(7, RangeRequestMessage{Height(1), kRangeBytes});
  ASSERT_EQ(bench.All<ServeRange>().size(), 1u);
  EXPECT_EQ(bench.All<ServeRange>()[0].to, 7u);
}

// ---- Rule 12 over an epoch's end ----

// Found by the model: a wiped node votes twice in view 1 of the next epoch.
TEST(WipedBefore, AsksAgainInTheNextEpoch) {
  EngineBench bench;
  bench.config().epoch = Epoch(1);
  LogContents contents;
  contents.rejoined = {Epoch(0), View(6)};
  const auto restored = [&] {
    return *RestoredFor(contents, bench.config(), simulation::ModelReader(), bench.genesis(), nullptr);
  };
  EXPECT_FALSE(restored().log_intact);
  contents.rejoined = {Epoch(0), View(0)};  // long since back
  EXPECT_TRUE(restored().log_intact);
  contents.rejoined = {Epoch(1), View(6)};  // in this one
  EXPECT_TRUE(restored().log_intact);
  EXPECT_EQ(restored().floor, View(6));
}

TEST(WipedBefore, IsForgottenOnceALaterFinalBlockEndedNoEpoch) {
  EngineBench bench;
  bench.Start();
  const BlockInfo first = bench.Settle1();
  bench.StartWiped();
  for (const uint32_t peer : {1u, 2u, 3u}) {
    bench.Deliver(peer, EntryResponseMessage{EngineBench::Nonce(), Epoch(0), nullptr});
  }
  EXPECT_TRUE(bench.engine().AsksInNextEpoch());  // votes from view 3 on
  bench.Deliver(1, bench.Certify(bench.Finalize(1, 0, first)));
  bench.Deliver(1, BlockResponseMessage{first.bytes});
  bench.Deliver(1, RangeResponseMessage{Height(1), {first.bytes}, bench.Certify(bench.Finalize(1, 0, first))});
  bench.Step(StoreSynced{Height(1)});
  EXPECT_TRUE(bench.engine().AsksInNextEpoch());  // its old votes may lie above
  bench.Deliver(1, bench.Certify(bench.Nullify(2)));
  const BlockInfo second = bench.Block(first);
  bench.Deliver(3, bench.Proposal(3, 1, second));
  bench.DeliverVotes(bench.Notarize(3, 1, second), {1, 2, 3});
  bench.DeliverVotes(bench.Finalize(3, 1, second), {1, 2, 3});
  bench.Step(StoreSynced{Height(2)});
  EXPECT_FALSE(bench.engine().AsksInNextEpoch());
}

TEST(WipedBefore, WhatEndedTheEpochBeforeIsAnEntryCertificate) {
  EngineBench bench;
  bench.config().epoch = Epoch(1);
  bench.StartWiped();
  const Subject ended{VoteKind::kFinalize, Epoch(0), View(40), View(39), bench.genesis().hash};
  for (const uint32_t peer : {1u, 2u, 3u}) {
    bench.Deliver(peer, EntryResponseMessage{EngineBench::Nonce(), Epoch(1), bench.Certify(ended)});
  }
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kVoting);
  EXPECT_EQ(bench.Crash().floor, View(2));
}

TEST(WipedBefore, WhatLetsOneEnterTheEpochIsLoggedBeforeAVote) {
  EngineBench bench;
  bench.config().epoch = Epoch(1);
  Restored restored{.committed = bench.genesis()};
  const Subject ended{VoteKind::kFinalize, Epoch(0), View(40), View(39), bench.genesis().hash};
  restored.finalization = bench.Certify(ended);
  bench.hold_barriers = true;
  bench.Start(std::move(restored));
  EXPECT_EQ(bench.view(), 1u);
  EXPECT_TRUE(bench.Logged(ended));
  // Which is also what a validator answers that is asked how it entered.
  bench.Deliver(2, EntryRequestMessage{EngineBench::Filled(5), Epoch(1)});
  ASSERT_EQ(bench.Said<EntryResponseMessage>().size(), 1u);
  EXPECT_EQ(bench.Said<EntryResponseMessage>()[0].entry->subject, ended);
}

}  // namespace
}  // namespace causeway::consensus
