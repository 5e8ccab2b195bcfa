// SPDX-License-Identifier: Apache-2.0
// Rules 7, 10 and 11.
#include "tests/unit/node/consensus/engine_bench.h"

namespace causeway::consensus {
namespace {

TEST(Certificate, AQuorumOfVotesFormsOneThatIsBroadcast) {
  EngineBench bench;
  bench.Start();
  bench.DeliverVotes(bench.Nullify(1), {1, 2});
  EXPECT_FALSE(bench.SaidCertificate(bench.Nullify(1)));
  bench.DeliverVotes(bench.Nullify(1), {3});
  EXPECT_TRUE(bench.SaidCertificate(bench.Nullify(1)));
  EXPECT_EQ(bench.view(), 2u);
}

TEST(Certificate, WithoutItsRuleOneVoteFewerIsEnough) {
  EngineBench bench({.rules = {.full_quorum = false}});
  bench.Start();
  bench.DeliverVotes(bench.Nullify(1), {1, 2});
  EXPECT_EQ(bench.view(), 2u);
}

TEST(Certificate, VotesForDifferentBlocksDoNotAddUp) {
  EngineBench bench;
  bench.Start();
  const BlockInfo a = bench.Block(bench.genesis());
  const BlockInfo b = bench.Block(bench.genesis(), 1'000'001);
  bench.DeliverVotes(bench.Finalize(1, 0, a), {1, 2});
  bench.DeliverVotes(bench.Finalize(1, 0, b), {3});
  EXPECT_EQ(bench.engine().last_finalized_view(), View(0));
}

TEST(Certificate, AOneHeldAlreadyIsDroppedUnverified) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  Certificate broken = *bench.Certify(bench.Nullify(1));
  broken.signatures[0] ^= 1;
  bench.Deliver(3, std::make_shared<const Certificate>(broken));
  EXPECT_EQ(bench.engine().coverage()[Branch::kCertificateInvalid], 0u);
}

// concord-bft #50: an invalid certificate masks valid ones.
TEST(Certificate, AnInvalidOneDoesNotMaskAValidOne) {
  EngineBench bench;
  bench.Start();
  Certificate broken = *bench.Certify(bench.Nullify(1));
  broken.signatures[70] ^= 1;
  bench.Deliver(3, std::make_shared<const Certificate>(broken));
  EXPECT_EQ(bench.view(), 1u);
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  EXPECT_EQ(bench.view(), 2u);
}

TEST(Certificate, FewerSignersThanAQuorumAreRefused) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1), {1, 2}));
  EXPECT_EQ(bench.view(), 1u);
  EXPECT_EQ(bench.engine().coverage()[Branch::kCertificateInvalid], 1u);
}

// CometBFT GHSA-hrhf-2vcr-ghch, GHSA-p7mv-53f2-4cwj: signer index out of range.
TEST(Certificate, ASignerOutOfRangeIsRefused) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1), {1, 2, 4}));
  bench.Deliver(2, bench.Certify(bench.Nullify(1), {1, 2, 255}));
  bench.Deliver(2, bench.Signed(4, bench.Nullify(1)));
  EXPECT_EQ(bench.view(), 1u);
}

TEST(Certificate, AnotherEpochsIsIgnored) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(Subject::Nullify(Epoch(1), View(1))));
  EXPECT_EQ(bench.view(), 1u);
}

TEST(Certificate, WithoutItsRuleForgeriesPass) {
  EngineBench bench({.rules = {.verify_certificates = false}});
  bench.Start();
  Certificate forged = *bench.Certify(bench.Nullify(1));
  forged.signatures.assign(forged.signatures.size(), 'x');
  bench.Deliver(2, std::make_shared<const Certificate>(forged));
  EXPECT_EQ(bench.view(), 2u);
}

TEST(Admission, AVoteSignedByAnotherIsRefused) {
  EngineBench bench;
  bench.Start();
  for (const uint32_t claimed : {2u, 3u}) {
    Vote vote = bench.Signed(1, bench.Nullify(1));
    vote.validator = claimed;
    bench.Deliver(1, vote);
  }
  bench.DeliverVotes(bench.Nullify(1), {1});
  EXPECT_EQ(bench.view(), 1u);
  EXPECT_EQ(bench.engine().coverage()[Branch::kVoteInvalid], 2u);
}

TEST(Admission, WithoutItsRuleItIsNot) {
  EngineBench bench({.rules = {.verify_votes = false}});
  bench.Start();
  for (const uint32_t claimed : {1u, 2u, 3u}) {
    Vote vote = bench.Signed(1, bench.Nullify(1));
    vote.validator = claimed;
    bench.Deliver(1, vote);
  }
  EXPECT_EQ(bench.view(), 2u);
}

TEST(Admission, DuplicatesCountOnce) {
  EngineBench bench;
  bench.Start();
  for (int i = 0; i < 5; ++i) bench.DeliverVotes(bench.Nullify(1), {1, 2});
  EXPECT_EQ(bench.view(), 1u);
}

TEST(Admission, VotesOnlyUpToTheViewAfterTheCurrent) {
  EngineBench bench;
  bench.Start();
  bench.DeliverVotes(bench.Nullify(3), {1, 2, 3});
  EXPECT_EQ(bench.view(), 1u);
  bench.DeliverVotes(bench.Nullify(2), {1, 2, 3});
  EXPECT_EQ(bench.view(), 3u);
}

TEST(Admission, MemoryDoesNotGrowWithVotesForFarViews) {
  EngineBench bench;
  bench.Start();
  for (uint64_t view = 1; view < 2'000; ++view) bench.DeliverVotes(bench.Nullify(view), {1});
  EXPECT_LE(bench.engine().views_held(), 3u);
}

TEST(Admission, MemoryDoesNotGrowWithProposals) {
  EngineBench bench;
  bench.Start();
  for (uint64_t i = 0; i < 200; ++i) {
    const BlockInfo block = bench.Block(bench.genesis(), 1'000'000 + i);
    bench.Deliver(1, bench.Proposal(1, 0, block));
    bench.Deliver(1, BlockResponseMessage{block.bytes});  // not asked for
  }
  EXPECT_LE(bench.engine().blocks_held(), 1u);
}

TEST(Admission, BytesThatAreNoMessageAreIgnored) {
  EngineBench bench;
  bench.Start();
  for (const char* bytes : {"", "x", "\x0a\xff\xff\xff\xff\x0f", "\x0a\x00"}) {
    bench.Step(PeerBytes{1, std::make_shared<const std::string>(bytes)});
  }
  EXPECT_EQ(bench.view(), 1u);
}

TEST(Admission, ContradictingVotesAreReportedOnce) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.DeliverVotes(bench.Nullify(1), {2});
  bench.DeliverVotes(bench.Finalize(1, 0, block), {2, 2});
  ASSERT_EQ(bench.All<ReportEvidence>().size(), 1u);
  EXPECT_EQ(bench.All<ReportEvidence>()[0].conflict.first.subject, bench.Nullify(1));
  EXPECT_EQ(bench.All<ReportEvidence>()[0].conflict.second.subject, bench.Finalize(1, 0, block));
}

// Found by the model: a laggard asks below everybody's floor, and nobody answers.
TEST(Admission, WhoeverSpeaksOfWhatIsFinalIsToldSo) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Settle1();
  bench.Advance(300'000);
  bench.Forget();
  bench.Deliver(2, BlockRequestMessage{Epoch(0), View(1), EngineBench::Filled(9)});
  ASSERT_EQ(bench.All<Send>().size(), 1u);
  EXPECT_EQ(bench.All<Send>()[0].to, 2u);
  EXPECT_TRUE(bench.SaidCertificate(bench.Finalize(1, 0, block)));
}

TEST(Admission, WithoutItsRuleHeIsNot) {
  EngineBench bench({.rules = {.answer_laggards = false}});
  bench.Start();
  bench.Settle1();
  bench.Advance(300'000);
  bench.Forget();
  bench.Deliver(2, BlockRequestMessage{Epoch(0), View(1), EngineBench::Filled(9)});
  EXPECT_TRUE(bench.All<Send>().empty());
}

// CometBFT ASA-2025-001: a peer reports a height, then lowers it. Heights are not believed: nothing is asked for before
// a finalization, and ranges that were not asked for are nothing.
TEST(Admission, ARangeThatWasNotAskedForIsIgnored) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, RangeResponseMessage{Height(1), {block.bytes}, bench.Certify(bench.Finalize(1, 0, block))});
  EXPECT_EQ(bench.engine().committed().height, Height(0));
  EXPECT_EQ(bench.engine().last_finalized_view(), View(0));
}

// ---- Rule 11 ----

TEST(Release, AVoteWaitsForItsBarrier) {
  EngineBench bench;
  bench.Start();
  bench.hold_barriers = true;
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Forget();
  bench.Deliver(1, bench.Proposal(1, 0, block));
  // In this order: body, vote, barrier, and only then the vote to the others.
  size_t at = 0;
  std::vector<std::string> order;
  for (const Output& output : bench.outputs()) {
    if (const auto* persist = std::get_if<Persist>(&output)) {
      if (std::holds_alternative<LogBody>(persist->record)) order.push_back("body");
      if (std::holds_alternative<Vote>(persist->record)) order.push_back("vote");
    }
    if (std::holds_alternative<Barrier>(output)) order.push_back("barrier");
    if (std::holds_alternative<Broadcast>(output)) order.push_back("send");
    ++at;
  }
  EXPECT_EQ(order, (std::vector<std::string>{"body", "vote", "barrier", "send"}));
}

TEST(Release, AnOwnVoteCountsOnlyWhenDurable) {
  EngineBench bench;
  bench.Start();
  bench.hold_barriers = true;
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.DeliverVotes(bench.Notarize(1, 0, block), {2});
  EXPECT_EQ(bench.view(), 1u);
  bench.ReleaseBarriers();
  EXPECT_EQ(bench.view(), 2u);
}

TEST(Release, WithoutItsRuleAVoteHasNoBarrier) {
  EngineBench bench({.rules = {.vote_after_durable = false}});
  bench.Start();
  bench.Deliver(1, bench.Proposal(1, 0, bench.Block(bench.genesis())));
  EXPECT_TRUE(bench.All<Barrier>().empty());
}

// Found in review of the rules: all crash after persisting finalize, bodies only in memory. Found by the model: a
// finalize vote is released before its notarization and body are durable.
TEST(Release, AFinalizeVoteCoversNotarizationAndBody) {
  EngineBench bench;
  bench.Start();
  // The block was fetched: this node never voted notarize for it.
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Advance(100'000);
  bench.hold_barriers = true;
  bench.Deliver(1, BlockResponseMessage{block.bytes});
  ASSERT_TRUE(bench.Voted(bench.Finalize(1, 0, block)));  // behind the barrier
  EXPECT_TRUE(bench.Logged(bench.Finalize(1, 0, block)));
  EXPECT_TRUE(bench.Logged(bench.Notarize(1, 0, block)));
  EXPECT_TRUE(bench.LoggedBody(block.hash));
}

TEST(Release, WithoutTheirRulesNeitherIsLogged) {
  EngineBench bench({.rules = {.log_holds_blocks = false, .log_holds_certificates = false}});
  bench.Start();
  const BlockInfo block = bench.Settle1();
  EXPECT_FALSE(bench.Logged(bench.Notarize(1, 0, block).As(VoteKind::kNullify)));
  EXPECT_FALSE(bench.LoggedBody(block.hash));
}

TEST(Release, AVoteCoversTheEntryCertificateOfItsView) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  bench.Advance(10'000'000);
  ASSERT_TRUE(bench.Voted(bench.Nullify(2)));
  size_t certificate = 0;
  size_t vote = 0;
  for (size_t i = 0; i < bench.log().size(); ++i) {
    const auto* one = std::get_if<CertificatePtr>(&bench.log()[i]);
    if (one != nullptr && (*one)->subject == bench.Nullify(1)) certificate = i;
    const auto* own = std::get_if<Vote>(&bench.log()[i]);
    if (own != nullptr && own->subject == bench.Nullify(2)) vote = i;
  }
  EXPECT_LT(certificate, vote);
}

TEST(Release, ABodyIsLoggedOnce) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Settle1();
  EXPECT_EQ(std::count_if(bench.log().begin(), bench.log().end(),
                          [](const LogRecord& record) { return std::holds_alternative<LogBody>(record); }),
            1);
  EXPECT_TRUE(bench.LoggedBody(block.hash));
}

// Found by the model: the log pruned at last finalized while the store is unsynced.
TEST(Floor, IsWhatTheStoreHasSynced) {
  EngineBench bench;
  bench.Start();
  bench.Settle1();
  const auto floors = [&] { return bench.Crash().floor; };
  EXPECT_EQ(floors(), View(0));
  bench.Step(StoreSynced{Height(0)});
  EXPECT_EQ(floors(), View(0));
  bench.Step(StoreSynced{Height(1)});
  EXPECT_EQ(floors(), View(1));
}

TEST(Floor, WithoutItsRuleItIsTheLastFinalized) {
  EngineBench bench({.rules = {.floor_is_synced_height = false}});
  bench.Start();
  bench.Settle1();
  EXPECT_EQ(bench.Crash().floor, View(1));
}

// ava-labs Simplex #290: the record of own votes was pruned while votes for those views could still be made.
TEST(Floor, NothingIsSignedAtOrBelowIt) {
  EngineBench bench;
  Restored restored = {.committed = bench.genesis()};
  restored.floor = View(3);
  bench.Start(restored);
  bench.Advance(60'000'000);
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  bench.Advance(60'000'000);
  EXPECT_FALSE(bench.Voted(bench.Nullify(3)));
  bench.Deliver(2, bench.Certify(bench.Nullify(3)));
  bench.Advance(60'000'000);
  EXPECT_TRUE(bench.Voted(bench.Nullify(4)));
}

TEST(FullLog, NoVotesUntilThereIsRoom) {
  EngineBench bench;
  bench.Start();
  bench.Step(LogSpace{false});
  EXPECT_EQ(bench.All<Alarm>().size(), 1u);
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, block)));
  bench.Step(LogSpace{true});
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
}

// ---- The single signing place ----

class BallotTest : public testing::Test {
 protected:
  BallotTest() : scheme_(kSecret, 4, 0), ballot_(config_, scheme_) {}
  Subject Block(VoteKind kind, uint64_t view, uint8_t block) const {
    return {kind, Epoch(0), View(view), View(view - 1), EngineBench::Filled(block)};
  }
  EngineConfig config_{.chain_id = EngineBench::Filled(1),
                       .epoch = Epoch(0),
                       .validators = 4,
                       .self = 0,
                       .first_block = EngineBench::Filled(0),
                       .validators_hash = EngineBench::Filled(0)};
  simulation::KeyedHashScheme scheme_;
  Ballot ballot_;
};

TEST_F(BallotTest, RefusesNullifyAfterFinalize) {
  EXPECT_TRUE(ballot_.Sign(Block(VoteKind::kFinalize, 5, 1)));
  EXPECT_FALSE(ballot_.Sign(Subject::Nullify(Epoch(0), View(5))));
}
TEST_F(BallotTest, RefusesFinalizeAfterNullify) {
  EXPECT_TRUE(ballot_.Sign(Subject::Nullify(Epoch(0), View(5))));
  EXPECT_FALSE(ballot_.Sign(Block(VoteKind::kFinalize, 5, 1)));
}
TEST_F(BallotTest, RefusesASecondNotarize) {
  EXPECT_TRUE(ballot_.Sign(Block(VoteKind::kNotarize, 5, 1)));
  EXPECT_FALSE(ballot_.Sign(Block(VoteKind::kNotarize, 5, 2)));
  EXPECT_FALSE(ballot_.Sign(Block(VoteKind::kNotarize, 5, 1)));
}
TEST_F(BallotTest, RefusesASecondFinalize) {
  EXPECT_TRUE(ballot_.Sign(Block(VoteKind::kFinalize, 5, 1)));
  EXPECT_FALSE(ballot_.Sign(Block(VoteKind::kFinalize, 5, 2)));
}
TEST_F(BallotTest, RefusesNotarizeAfterNullify) {
  EXPECT_TRUE(ballot_.Sign(Subject::Nullify(Epoch(0), View(5))));
  EXPECT_FALSE(ballot_.Sign(Block(VoteKind::kNotarize, 5, 1)));
}
TEST_F(BallotTest, AllowsNullifyAfterNotarize) {
  EXPECT_TRUE(ballot_.Sign(Block(VoteKind::kNotarize, 5, 1)));
  EXPECT_TRUE(ballot_.Sign(Subject::Nullify(Epoch(0), View(5))));
}
TEST_F(BallotTest, RefusesAtOrBelowTheFloorWhichNeverFalls) {
  ballot_.RaiseFloor(View(5));
  ballot_.RaiseFloor(View(2));
  EXPECT_FALSE(ballot_.Sign(Subject::Nullify(Epoch(0), View(5))));
  EXPECT_TRUE(ballot_.Sign(Subject::Nullify(Epoch(0), View(6))));
}
TEST_F(BallotTest, RemembersWhatWasRestored) {
  const Vote vote = *ballot_.Sign(Block(VoteKind::kFinalize, 5, 1));
  Ballot again(config_, scheme_);
  again.Restore(vote);
  EXPECT_FALSE(again.Sign(Subject::Nullify(Epoch(0), View(5))));
  EXPECT_TRUE(again.Knows(vote));
}
TEST_F(BallotTest, AFollowerSignsNothing) {
  config_.self.reset();
  Ballot follower(config_, scheme_);
  EXPECT_FALSE(follower.Sign(Subject::Nullify(Epoch(0), View(5))));
}

}  // namespace
}  // namespace causeway::consensus
