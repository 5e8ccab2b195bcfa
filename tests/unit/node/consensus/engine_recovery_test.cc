// SPDX-License-Identifier: Apache-2.0
// Rules 9 and 12, restarts and catch-up.
#include "tests/unit/node/consensus/engine_bench.h"

namespace causeway::consensus {
namespace {

constexpr uint64_t kRetry = 1'300'000;

// commonware #4275: all crash after journalling nullify, each short of its own vote.
TEST(Retry, ANullifyVoteInTheLogIsSaidAgainAndCountsAfterARestart) {
  EngineBench bench;
  bench.Start();
  bench.Advance(2'000'000);
  ASSERT_TRUE(bench.Voted(bench.Nullify(1)));
  bench.Start(bench.Crash());
  bench.Advance(kRetry);
  EXPECT_TRUE(bench.Voted(bench.Nullify(1)));
  bench.DeliverVotes(bench.Nullify(1), {1, 2});  // with its own a quorum
  EXPECT_EQ(bench.view(), 2u);
}

// Found in review of the rules: a node that jumped ahead never votes in the views that crashed peers need.
TEST(Retry, OwnVotesOfViewsGoneByAreSaidAgain) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(2, bench.Certify(bench.Nullify(5)));  // jumps ahead
  bench.Forget();
  bench.Advance(kRetry);
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
  EXPECT_TRUE(bench.SaidCertificate(bench.Nullify(5)));  // the entry certificate
}

TEST(Retry, AlsoWithoutANullify) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Forget();
  bench.Advance(kRetry);
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
}

// ava-labs Simplex #280: what was said again made finalize votes for views that had been given up.
TEST(Retry, NothingNewIsSignedForAViewThatWasGivenUp) {
  EngineBench bench;
  bench.Start();
  bench.Advance(2'000'000);
  ASSERT_TRUE(bench.Voted(bench.Nullify(1)));
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{block.bytes});
  ASSERT_EQ(bench.view(), 2u) << "certified all the same";
  bench.Forget();
  for (int i = 0; i < 5; ++i) {
    bench.Advance(kRetry);
    EXPECT_FALSE(bench.Voted(bench.Finalize(1, 0, block)));
    EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, block)));
  }
  EXPECT_TRUE(bench.Voted(bench.Nullify(1))) << "and what was signed is said again";
}

TEST(Retry, ALeadersProposalIsSaidAgain) {
  EngineBench bench;
  bench.Start();
  for (uint64_t view = 1; view <= 3; ++view) bench.Deliver(2, bench.Certify(bench.Nullify(view)));
  bench.Advance(1'000'000);
  ASSERT_EQ(bench.Said<ProposalMessage>().size(), 1u);
  bench.Advance(kRetry);
  EXPECT_GE(bench.Said<ProposalMessage>().size(), 2u);
}

TEST(Retry, WithoutItsRulesNothingIsSaid) {
  EngineBench bench({.rules = {.retry_votes = false, .retry_entry = false}});
  bench.Start();
  bench.Deliver(2, bench.Certify(bench.Nullify(1)));
  bench.Deliver(2, bench.Proposal(2, 0, bench.Block(bench.genesis())));
  bench.Forget();
  bench.Advance(kRetry);
  EXPECT_TRUE(bench.All<Broadcast>().empty());
}

// commonware #2045: votes forgotten on restart.
TEST(Restart, NoSecondVoteAfterAnyVote) {
  EngineBench bench;
  bench.Start();
  const BlockInfo first = bench.Block(bench.genesis());
  const BlockInfo second = bench.Block(bench.genesis(), 1'000'001);
  bench.Deliver(1, bench.Proposal(1, 0, first));
  bench.Start(bench.Crash());
  bench.Deliver(1, bench.Proposal(1, 0, second));
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, second)));
  // After a finalize vote, no nullify.
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, first)));
  ASSERT_TRUE(bench.Voted(bench.Finalize(1, 0, first)));
  bench.Start(bench.Crash());
  bench.Advance(20'000'000);
  EXPECT_FALSE(bench.Voted(bench.Nullify(1)));
}

TEST(Restart, ResumesInTheHighestViewEntered) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Deliver(2, bench.Certify(bench.Nullify(2)));
  ASSERT_EQ(bench.view(), 3u);
  bench.hold_executions = true;  // before anything is executed again
  bench.Start(bench.Crash());
  EXPECT_EQ(bench.view(), 3u);
}

TEST(Restart, ACertifiedViewIsEnteredBeforeItsBlockIsExecutedAgain) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(2, bench.Certify(bench.Notarize(1, 0, block)));
  ASSERT_EQ(bench.view(), 2u);
  bench.hold_executions = true;
  bench.Start(bench.Crash());
  EXPECT_EQ(bench.view(), 2u);
}

// commonware #3727 and the store's unsynced writes: what is final and not in the store is executed again from the log.
TEST(Restart, FinalBlocksAboveTheStoresHeightAreExecutedAgain) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Settle1();
  ASSERT_EQ(bench.Committed().size(), 1u);
  bench.Start(bench.Crash());  // the store is at genesis again
  EXPECT_EQ(bench.Committed(), std::vector<Hash>{block.hash});
}

TEST(Restart, AStoreAheadOfTheLogIsNotCommittedAgain) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Settle1();
  Restored restored = {.committed = block};
  restored.finalization = bench.Certify(bench.Finalize(1, 0, block));
  bench.Start(restored);
  bench.Advance(5'000'000);
  EXPECT_TRUE(bench.Committed().empty());
  EXPECT_EQ(bench.view(), 2u);
  EXPECT_TRUE(bench.Said<BlockRequestMessage>().empty());
}

// Found in review: an acknowledged block whose finalize votes were all durable survives the crash of everybody.
TEST(Restart, FinalizeVotesOfAllBringTheBlockBack) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.DeliverVotes(bench.Notarize(1, 0, block), {2});
  ASSERT_TRUE(bench.Voted(bench.Finalize(1, 0, block)));
  bench.Start(bench.Crash());
  bench.DeliverVotes(bench.Finalize(1, 0, block), {2, 3});
  EXPECT_EQ(bench.Committed(), std::vector<Hash>{block.hash});
}

// ---- Catch-up ----

struct Chain {
  std::vector<BlockInfo> blocks;
  CertificatePtr finalization;
};
Chain MakeChain(EngineBench& bench, uint64_t length) {
  Chain chain;
  BlockInfo parent = bench.genesis();
  for (uint64_t i = 0; i < length; ++i) chain.blocks.push_back(parent = bench.Block(parent, 1'000));
  chain.finalization = bench.Certify(bench.Finalize(length, length - 1, parent));
  return chain;
}
std::vector<Bytes> BytesOf(const std::vector<BlockInfo>& blocks) {
  std::vector<Bytes> bytes;
  for (const BlockInfo& block : blocks) bytes.push_back(block.bytes);
  return bytes;
}

TEST(CatchUp, FetchesByHeightWhatIsFinalAndCommitsIt) {
  EngineBench bench;
  bench.Start();
  const Chain chain = MakeChain(bench, 40);
  bench.Deliver(2, chain.finalization);
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{chain.blocks.back().bytes});
  ASSERT_EQ(bench.Said<RangeRequestMessage>().size(), 1u);
  EXPECT_EQ(bench.Said<RangeRequestMessage>()[0].from, Height(1));
  bench.Deliver(1, RangeResponseMessage{Height(1), BytesOf(chain.blocks), chain.finalization});
  EXPECT_EQ(bench.Committed().size(), 40u);
  EXPECT_EQ(bench.engine().committed().hash, chain.blocks.back().hash);
}

TEST(CatchUp, ARangeWithABrokenLinkIsRefusedAndTheNextPeerAsked) {
  EngineBench bench;
  bench.Start();
  const Chain chain = MakeChain(bench, 40);
  bench.Deliver(2, chain.finalization);
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{chain.blocks.back().bytes});
  std::vector<Bytes> bytes = BytesOf(chain.blocks);
  std::swap(bytes[10], bytes[11]);
  bench.Deliver(1, RangeResponseMessage{Height(1), bytes, chain.finalization});
  EXPECT_TRUE(bench.Committed().empty());
  EXPECT_EQ(bench.engine().coverage()[Branch::kRangeRefused], 1u);
  bench.Advance(300'000);
  EXPECT_GE(bench.Said<RangeRequestMessage>().size(), 2u);
  bench.Deliver(2, RangeResponseMessage{Height(1), BytesOf(chain.blocks), chain.finalization});
  EXPECT_EQ(bench.Committed().size(), 40u);
}

TEST(CatchUp, ARangeWithoutAValidFinalizationIsRefused) {
  EngineBench bench;
  bench.Start();
  const Chain chain = MakeChain(bench, 20);
  bench.Deliver(2, chain.finalization);
  bench.Advance(100'000);
  bench.Deliver(1, BlockResponseMessage{chain.blocks.back().bytes});
  const BlockInfo& tenth = chain.blocks[9];
  std::vector<Bytes> bytes = BytesOf({chain.blocks.begin(), chain.blocks.begin() + 10});
  bench.Deliver(1, RangeResponseMessage{Height(1), bytes, bench.Certify(bench.Finalize(10, 9, tenth), {1, 2})});
  bench.Deliver(1, RangeResponseMessage{Height(1), bytes, bench.Certify(bench.Notarize(10, 9, tenth))});
  EXPECT_TRUE(bench.Committed().empty());
}

TEST(CatchUp, ServesRangesItHasCommitted) {
  EngineBench bench;
  bench.Start();
  bench.Settle1();
  bench.Deliver(2, RangeRequestMessage{Height(1), 1'000});
  ASSERT_EQ(bench.All<ServeRange>().size(), 1u);
  EXPECT_EQ(bench.All<ServeRange>()[0].to, 2u);
  bench.Deliver(2, RangeRequestMessage{Height(2), 1'000});
  bench.Deliver(2, RangeRequestMessage{Height(0), 1'000});
  EXPECT_EQ(bench.All<ServeRange>().size(), 1u);
}

TEST(CatchUp, ManyRequestsOfOnePeerAreNotAllAnswered) {
  EngineBench bench;
  bench.Start();
  bench.Settle1();
  for (int i = 0; i < 1'000; ++i) bench.Deliver(2, RangeRequestMessage{Height(1), 1'000});
  EXPECT_LE(bench.All<ServeRange>().size(), 256u);
}

TEST(Evidence, IsServed) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Certify(bench.Notarize(1, 0, block)));
  bench.Deliver(1, bench.Certify(bench.Nullify(1)));
  bench.Deliver(1, bench.Certify(bench.Nullify(2)));
  bench.Forget();
  bench.Deliver(3, EvidenceRequestMessage{Epoch(0), View(1), View(1), View(2)});
  EXPECT_TRUE(bench.SaidCertificate(bench.Notarize(1, 0, block)));
  EXPECT_TRUE(bench.SaidCertificate(bench.Nullify(1)));
  EXPECT_TRUE(bench.SaidCertificate(bench.Nullify(2)));
}

TEST(Evidence, AnEndlessRangeOfViewsIsAnsweredInBounds) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(1, bench.Certify(bench.Nullify(1'000)));
  bench.Forget();
  bench.Deliver(3, EvidenceRequestMessage{Epoch(0), View(0), View(1), View((uint64_t{1} << 62) - 1)});
  EXPECT_LE(bench.All<Send>().size(), 64u);
}

// ---- Rule 12 ----

TEST(Echo, NoVoteBeforeAQuorumHasEchoed) {
  EngineBench bench({.echo = true});
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(1, bench.Proposal(1, 0, block));
  bench.Deliver(1, EchoResponseMessage{EngineBench::Nonce(), {}});
  bench.Deliver(1, EchoResponseMessage{EngineBench::Nonce(), {}});  // the same peer
  EXPECT_FALSE(bench.Voted(bench.Notarize(1, 0, block)));
  bench.Deliver(2, EchoResponseMessage{EngineBench::Nonce(), {}});
  EXPECT_TRUE(bench.Voted(bench.Notarize(1, 0, block)));
}

TEST(Echo, AnAnswerToAnEarlierStartDoesNotCount) {
  EngineBench bench({.echo = true});
  bench.Start();
  bench.Deliver(1, EchoResponseMessage{EngineBench::Filled(9), {}});
  bench.Deliver(2, EchoResponseMessage{EngineBench::Filled(9), {}});
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kEchoing);
}

TEST(Echo, IsAskedAgain) {
  EngineBench bench({.echo = true});
  bench.Start();
  bench.Advance(kRetry);
  EXPECT_EQ(bench.Said<EchoRequestMessage>().size(), 2u);
}

TEST(Echo, AVoteThatTheLogLacksMeansWiped) {
  EngineBench bench({.echo = true});
  bench.Start();
  const Vote forgotten = bench.Signed(0, bench.Nullify(4));
  bench.Deliver(1, EchoResponseMessage{EngineBench::Nonce(), {forgotten}});
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kAsking);
  EXPECT_EQ(bench.All<Alarm>().size(), 1u);
  EXPECT_EQ(bench.Said<EntryRequestMessage>().size(), 1u);
}

TEST(Echo, AVoteThatOnlyAPeerClaimsMeansNothing) {
  EngineBench bench({.echo = true});
  bench.Start();
  Vote forged = bench.Signed(1, bench.Nullify(4));
  forged.validator = 0;
  bench.Deliver(1, EchoResponseMessage{EngineBench::Nonce(), {forged}});
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kEchoing);
}

TEST(Echo, OfWhatTheLogHoldsIsFine) {
  EngineBench bench({.echo = true});
  Restored restored = {.committed = bench.genesis()};
  restored.votes = {bench.Signed(0, bench.Nullify(1))};
  bench.Start(restored);
  bench.Deliver(1, EchoResponseMessage{EngineBench::Nonce(), {bench.Signed(0, bench.Nullify(1))}});
  bench.Deliver(2, EchoResponseMessage{EngineBench::Nonce(), {}});
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kVoting);
}

TEST(Echo, AnswersWithTheLastVotesSeen) {
  EngineBench bench;
  bench.Start();
  const BlockInfo block = bench.Block(bench.genesis());
  bench.Deliver(2, bench.Proposal(2, 0, block));
  bench.Deliver(2, bench.Signed(2, bench.Nullify(1)));
  bench.Deliver(2, EchoRequestMessage{EngineBench::Filled(5), Epoch(0)});
  ASSERT_EQ(bench.Said<EchoResponseMessage>().size(), 1u);
  const EchoResponseMessage response = bench.Said<EchoResponseMessage>()[0];
  EXPECT_EQ(response.nonce, EngineBench::Filled(5));
  EXPECT_EQ(response.votes,
            (std::vector<Vote>{bench.Signed(2, bench.Notarize(2, 0, block)), bench.Signed(2, bench.Nullify(1))}));
}

TEST(Echo, AlsoKnowsVotesThatCameInACertificate) {
  EngineBench bench;
  bench.Start();
  bench.Deliver(1, bench.Certify(bench.Nullify(6)));
  bench.Deliver(2, EchoRequestMessage{EngineBench::Filled(5), Epoch(0)});
  ASSERT_EQ(bench.Said<EchoResponseMessage>().size(), 1u);
  EXPECT_EQ(bench.Said<EchoResponseMessage>()[0].votes, std::vector<Vote>{bench.Signed(2, bench.Nullify(6))});
}

void Answer(EngineBench& bench, uint32_t from, CertificatePtr entry) {
  bench.Deliver(from, EntryResponseMessage{EngineBench::Nonce(), Epoch(0), std::move(entry)});
}

// Found by the model: two nodes that are wiped together answer each other.
TEST(Wiped, AsksAndNeitherVotesNorAnswers) {
  EngineBench bench;
  bench.StartWiped();
  EXPECT_EQ(bench.Said<EntryRequestMessage>().size(), 1u);
  bench.Forget();
  bench.Deliver(1, bench.Proposal(1, 0, bench.Block(bench.genesis())));
  bench.Deliver(1, EntryRequestMessage{EngineBench::Filled(5), Epoch(0)});
  bench.Deliver(1, EchoRequestMessage{EngineBench::Filled(5), Epoch(0)});
  bench.Deliver(1, bench.Certify(bench.Nullify(1)));
  EXPECT_TRUE(bench.All<Send>().empty());
  EXPECT_TRUE(bench.All<Broadcast>().empty());
  bench.Advance(60'000'000);
  EXPECT_TRUE(bench.Said<Vote>().empty());
  EXPECT_FALSE(bench.Said<EntryRequestMessage>().empty());  // asks again
}

TEST(Wiped, NeedsAQuorumOfOthers) {
  EngineBench bench;
  bench.StartWiped();
  Answer(bench, 1, bench.Certify(bench.Nullify(4)));
  Answer(bench, 2, bench.Certify(bench.Nullify(4)));
  Answer(bench, 2, bench.Certify(bench.Nullify(4)));
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kAsking);  // n = 4: one wiped and one silent wait
  Answer(bench, 3, bench.Certify(bench.Nullify(4)));
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kVoting);
}

// Found in review of the rules: a wiped node that votes in its old views forks the network with one Byzantine node.
TEST(Wiped, NeverVotesUpToTheHighestEntryAndOneMore) {
  EngineBench bench;
  bench.StartWiped();
  Answer(bench, 1, nullptr);
  Answer(bench, 2, bench.Certify(bench.Nullify(4)));  // M = 5
  Answer(bench, 3, bench.Certify(bench.Nullify(2)));
  EXPECT_EQ(bench.view(), 5u);
  bench.Advance(60'000'000);
  EXPECT_FALSE(bench.Voted(bench.Nullify(5)));
  bench.Deliver(1, bench.Certify(bench.Nullify(5)));
  bench.Advance(60'000'000);
  EXPECT_FALSE(bench.Voted(bench.Nullify(6)));
  bench.Deliver(1, bench.Certify(bench.Nullify(6)));
  bench.Advance(60'000'000);
  EXPECT_TRUE(bench.Voted(bench.Nullify(7)));
}

TEST(Wiped, StoresTheEntryCertificateBeforeItVotesOrAnswers) {
  EngineBench bench;
  bench.StartWiped();
  bench.hold_barriers = true;
  for (const uint32_t peer : {1u, 2u, 3u}) Answer(bench, peer, bench.Certify(bench.Nullify(4)));
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kAsking);
  EXPECT_TRUE(bench.Logged(bench.Nullify(4)));
  bench.ReleaseBarriers();
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kVoting);
  EXPECT_EQ(bench.Crash().floor, View(6));
}

TEST(Wiped, AForgedEntryCertificateIsNoAnswer) {
  EngineBench bench;
  bench.StartWiped();
  Answer(bench, 1, bench.Certify(bench.Nullify(4), {1, 2}));
  Answer(bench, 2, nullptr);
  Answer(bench, 3, nullptr);
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kAsking);
}

TEST(Wiped, OnesAnswerHelpsNobodyWhoIsWipedToo) {
  EngineBench bench({.echo = true});
  bench.Start();
  // Not certain of its own log yet: no answer.
  bench.Deliver(1, EntryRequestMessage{EngineBench::Filled(5), Epoch(0)});
  EXPECT_TRUE(bench.Said<EntryResponseMessage>().empty());
  bench.Deliver(1, EchoResponseMessage{EngineBench::Nonce(), {}});
  bench.Deliver(2, EchoResponseMessage{EngineBench::Nonce(), {}});
  bench.Deliver(1, EntryRequestMessage{EngineBench::Filled(5), Epoch(0)});
  EXPECT_EQ(bench.Said<EntryResponseMessage>().size(), 1u);
}

TEST(Wiped, WithoutItsRuleItVotesAtOnce) {
  EngineBench bench({.rules = {.lost_log_asks = false}});
  bench.StartWiped();
  EXPECT_EQ(bench.engine().mode(), Engine::Mode::kVoting);
}

TEST(Alone, ASingleValidatorFinalizesByItself) {
  EngineBench bench({.validators = 1});
  bench.Start();
  bench.ledger().Submit({1, 0, 1, 5});
  bench.Waiting();
  EXPECT_EQ(bench.Committed().size(), 1u);
  EXPECT_TRUE(bench.All<Broadcast>().empty());
}

}  // namespace
}  // namespace causeway::consensus
