// SPDX-License-Identifier: Apache-2.0
// Rules 1, 2 and 6.
#include "tests/unit/node/consensus/engine_bench.h"

namespace causeway::consensus {
namespace {

TEST(EnterView, StartsInViewOne) {
  EngineBench bench;
  bench.Start();
  EXPECT_EQ(bench.view(), 1u);
}

TEST(EnterView, ANullificationEntersTheNext) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  EXPECT_EQ(bench.view(), 2u);
}

TEST(EnterView, ANotarizationEntersOnlyWithTheBlockExecuted) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.hold_executions = true;
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, block)));
  EXPECT_EQ(bench.view(), 1u);
  bench.ReleaseExecutions();
  EXPECT_EQ(bench.view(), 2u);
}

TEST(EnterView, ANotarizationWhoseBlockGivesOtherRootsDoesNotEnter) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = EngineBench::WithWrongRoots(bench.Block(bench.genesis()));
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, block)));
  EXPECT_EQ(bench.view(), 1u);
  EXPECT_FALSE(bench.Voted(bench.Finalize(1, 0, block)));
}

TEST(EnterView, WithoutItsRuleABareNotarizationEnters) {
  EngineBench bench({.rules = {.enter_on_certified_only = false}});
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, block)));
  EXPECT_EQ(bench.view(), 2u);
}

TEST(EnterView, AHigherNullificationJumps) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(7)));
  EXPECT_EQ(bench.view(), 8u);
}

TEST(EnterView, AHigherFinalizationJumpsWithoutItsBlock) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, bench.Certify(bench.Finalize(9, 0, block)));
  EXPECT_EQ(bench.view(), 10u);
  EXPECT_EQ(bench.engine().last_finalized_view(), View(9));
}

TEST(EnterView, AHigherNotarizationIsFetchedCertifiedAndEntered) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, bench.Certify(bench.Notarize(5, 0, block)));
  EXPECT_EQ(bench.view(), 1u);
  bench.Advance(100'000);
  ASSERT_EQ(bench.Said<BlockRequestMessage>().size(), 1u);
  bench.Deliver(1, BlockResponseMessage{block.bytes});
  EXPECT_EQ(bench.view(), 6u);
}

TEST(EnterView, NeverGoesBack) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(7)));
  bench.Deliver(2, bench.Certify(bench.Nullify(3)));
  EXPECT_EQ(bench.view(), 8u);
}

TEST(Timers, WithoutAProposalTheViewIsGivenUp) {
  EngineBench bench;
  bench.Start();
  bench.Waiting();
  bench.Advance(bench.config().timing.leader_us - 1);
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
  bench.Advance(1);
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

TEST(Timers, TheLeaderTimerRunsFromTheIdleIntervalWithoutTransactions) {
  EngineBench bench;
  bench.Start();
  bench.Advance(bench.config().timing.idle_us + bench.config().timing.leader_us - 1);
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
  bench.Advance(1);
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

TEST(Timers, TheLeaderTimerRunsFromTheOldestTransaction) {
  EngineBench bench;
  bench.Start();
  bench.Advance(400'000);
  bench.Waiting();
  bench.Advance(bench.config().timing.leader_us - 1);
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
  bench.Advance(1);
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

TEST(Timers, WithAProposalTheAdvanceTimerDecides) {
  EngineBench bench;
  bench.Start();
  bench.Waiting();
  bench.Deliver(1, bench.Proposal(1, 0, bench.Block(bench.genesis())));
  bench.Advance(bench.config().timing.leader_us + 1);
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
  bench.Advance(bench.config().timing.advance_us);
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

// Besu #7642: round timeouts that doubled without a bound.
TEST(Timers, GrowWithNullifiedViewsUpToTheCapAndShrinkWithAFinalization) {
  EngineBench bench;
  bench.Start();
  bench.Waiting();
  for (uint64_t view = 1; view <= 10; ++view) bench.Deliver(2, bench.Certify(bench.Nullify(view)));
  // Somebody lives, so nobody is skipped.
  bench.Forget();
  bench.Deliver(3, bench.Signed(3, bench.Nullify(11)));
  ASSERT_EQ(bench.view(), 11u);
  bench.Advance(bench.config().timing.cap_us - 1);
  EXPECT_FALSE(bench.Voted(bench.Nullify(11)));
  bench.Advance(1);
  EXPECT_TRUE(bench.Voted(bench.Nullify(11)));

  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, bench.Certify(bench.Finalize(12, 0, block)));
  ASSERT_EQ(bench.view(), 13u);
  bench.Deliver(1, bench.Signed(1, bench.Nullify(13)));
  bench.Forget();
  bench.Advance(bench.config().timing.leader_us);
  EXPECT_TRUE(bench.Voted(bench.Nullify(13)));
}

TEST(SilentLeader, IsSkippedOnceBetweenFinalizations) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1), {0, 2, 3}));  // leader 1 said nothing
  for (uint64_t view = 2; view <= 4; ++view) bench.Deliver(2, bench.Certify(bench.Nullify(view), {0, 2, 3}));
  ASSERT_EQ(bench.view(), 5u);  // leader 1 again
  EXPECT_TRUE(bench.Voted(bench.Nullify(5)));
  for (uint64_t view = 5; view <= 8; ++view) bench.Deliver(2, bench.Certify(bench.Nullify(view), {0, 2, 3}));
  ASSERT_EQ(bench.view(), 9u);
  EXPECT_FALSE(bench.Voted(bench.Nullify(9)));  // once
}

TEST(SilentLeader, ASignatureFromItEndsTheSilence) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1), {0, 2, 3}));
  bench.Deliver(1, bench.Signed(1, bench.Nullify(2)));
  for (uint64_t view = 2; view <= 4; ++view) bench.Deliver(2, bench.Certify(bench.Nullify(view), {0, 2, 3}));
  ASSERT_EQ(bench.view(), 5u);
  EXPECT_FALSE(bench.Voted(bench.Nullify(5)));
}

TEST(Nullify, AfterNotarizeIsAllowed) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  ASSERT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
  bench.Advance(10'000'000);
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
}

TEST(Nullify, IsNotFollowedByNotarize) {
  EngineBench bench;
  bench.Start();
  bench.Advance(2'000'000);
  ASSERT_TRUE(bench.Voted(bench.Nullify(1)));
  const BlockInfo block = bench.Block(bench.genesis(), 3'000'000);
  bench.Deliver(1, bench.Proposal(1, 0, block));
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, block)));
}

TEST(Nullify, OfTheCurrentViewOnly) {
  EngineBench bench;
  bench.Start();
  bench.Waiting();
  const BlockInfo block = bench.Settle1();
  ASSERT_EQ(bench.view(), 2u);
  bench.Forget();
  bench.Advance(20'000'000);
  EXPECT_TRUE(bench.Voted(bench.Nullify(2)));
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
}

}  // namespace
}  // namespace causeway::consensus
