// SPDX-License-Identifier: Apache-2.0
// Rules 9 and 12, the start from what was kept, and what peers who lack something are given.
#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/chain/certificate.h"
#include "node/consensus/engine.h"

namespace causeway::consensus {
namespace {

// Answers that a peer may have in a second; a certificate counts as one.
constexpr uint32_t kAnswersMax = 256;
constexpr uint64_t kAnswersPerUs = 1'000'000;
// Certificates in answer to one request.
constexpr uint64_t kEvidenceMax = 64;

}  // namespace

void Engine::Restore(Restored restored) {
  restoring_ = true;
  barrier_ = restored.barrier;
  rejoined_ = restored.rejoined;
  for (const Vote& vote : restored.votes) ballot_.Restore(vote);
  ballot_.RaiseFloor(restored.floor);
  if (restored.finalization && restored.finalization->subject.epoch < config_.epoch) {
    finalization_ = std::exchange(restored.finalization, nullptr);  // ended the epoch before: lets one enter view 1
  }
  for (const BlockInfo& body : restored.bodies) {
    tree_.Add(body);
    if (BlockTree::Node* node = tree_.Find(body.hash)) node->persisted = true;
  }
  if (restored.finalization) {
    votes_.AddCertificate(restored.finalization, VoteTable::Trust::kOwn);
    AfterCertificate(restored.finalization);
    final_settled_ = true;  // the store holds its block
    uncommitted_finalizations_.clear();
    if (final_block_ == restored.committed.hash)
      finalized_heights_.emplace_back(restored.committed.height, final_view_);
  }
  // Finalizations first, so that nothing below the last one is taken in.
  std::stable_partition(restored.certificates.begin(), restored.certificates.end(),
                        [](const CertificatePtr& one) { return one->subject.kind == VoteKind::kFinalize; });
  for (const CertificatePtr& certificate : restored.certificates) {
    const Subject& subject = certificate->subject;
    const bool again = subject.view == final_view_ && subject.kind == VoteKind::kFinalize;
    if (subject.epoch != config_.epoch || (subject.view <= final_view_ && !again)) continue;
    votes_.AddCertificate(certificate, VoteTable::Trust::kOwn);
    AfterCertificate(certificate);
    views_[subject.view].persisted[IndexOf(subject.kind)] = true;
  }
  for (const LogCertified& certified : restored.certified) {
    if (certified.epoch != config_.epoch || certified.view <= final_view_) continue;
    if (KnownBlockOf(certified.view) != certified.block) continue;
    views_[certified.view].entered_before = true;
    views_[certified.view].certified_persisted = true;
  }
  nullified_streak_ = 0;
  silent_.assign(config_.validators, false);
  restoring_ = false;
}

void Engine::StartVoting() {
  mode_ = Mode::kVoting;
  if (current_ > View(0)) ArmViewTimers();
}

// Rule 9: everything again, so that a cluster that crashed after all had recorded their votes comes back by itself.
void Engine::Retry() {
  Arm(TimerKind::kRetry, now_.monotonic_us + config_.timing.retry_us);
  // Nobody tells a follower anything: it asks.
  if (!config_.self) ahead_until_us_ = now_.monotonic_us + config_.timing.retry_us;
  if (!log_has_room_) Emit(Barrier{++barrier_});  // a sync that may find room again
  if (mode_ == Mode::kEchoing) SendToAll(EchoRequestMessage{nonce_, config_.epoch});
  if (mode_ == Mode::kAsking && !asking_ends_at_) SendToAll(EntryRequestMessage{nonce_, config_.epoch});
  if (!config_.self || (mode_ != Mode::kVoting && mode_ != Mode::kEchoing) || current_ == View(0)) return;
  coverage_.Hit(Branch::kRetried);
  if (config_.rules.retry_entry) {
    const CertificatePtr entry = EntryCertificate();
    if (entry) SendToAll(entry);
    if (finalization_ && finalization_ != entry) SendToAll(finalization_);
  }
  if (!config_.rules.retry_votes) return;
  VoteBatchMessage batch;
  for (const Vote& vote : ballot_.Above(final_view_)) {
    const bool durable =
        std::none_of(not_durable_.begin(), not_durable_.end(), [&](const auto& entry) { return entry.second == vote; });
    if (!durable) continue;
    CountOwn(vote);
    batch.votes.push_back(vote);
    if (batch.votes.size() < kVotesPerBatch) continue;
    SendToAll(batch);
    batch.votes.clear();
  }
  if (!batch.votes.empty()) SendToAll(batch);
  const Vote* own = ballot_.Find(VoteKind::kNotarize, current_);
  if (leader() != config_.self || own == nullptr || votes_.Has(VoteKind::kNotarize, current_)) return;
  if (const BlockTree::Node* node = tree_.Find(own->subject.block)) {
    SendToAll(ProposalMessage{*own, node->info.bytes}, Lane::kBlocks);
  }
}

// Nobody who follows the protocol passes on what does not verify, so the first forged vote is the last one looked at.
void Engine::Take(uint32_t from, const VoteBatchMessage& batch) {
  for (const Vote& vote : batch.votes) {
    if (!TakeVote(from, vote)) return;
  }
}

// ---- Answers ----

bool Engine::MayAnswer(uint32_t peer) {
  Served& served = served_[peer];
  if (now_.monotonic_us - served.since_us >= kAnswersPerUs) {
    served.since_us = now_.monotonic_us;
    served.answers = 0;
  }
  return ++served.answers <= kAnswersMax;
}

// Once in a while, however much the peer says of what is final.
bool Engine::MayTellFinalization(uint32_t peer) {
  Served& served = served_[peer];
  const bool lately = served.finalization_sent && now_.monotonic_us - served.finalization_us < config_.timing.fetch_us;
  if (lately) return false;
  served.finalization_sent = true;
  served.finalization_us = now_.monotonic_us;
  return true;
}

// Rule 10: whoever speaks of what is final here is told that it is.
void Engine::AnswerWithFinalization(uint32_t peer) {
  if (!finalization_ || !config_.self || !config_.rules.answer_laggards) return;
  if (!MayTellFinalization(peer)) return;
  coverage_.Hit(Branch::kAnsweredWithFinalization);
  SendTo(peer, finalization_);
}

void Engine::Take(uint32_t from, const EvidenceRequestMessage& request) {
  if (!config_.self) return;
  const bool below = (request.notarization > View(0) && request.notarization <= final_view_) ||
                     (request.nullified_from > View(0) && request.nullified_from <= final_view_);
  if (below) AnswerWithFinalization(from);
  if (const CertificatePtr notarization = votes_.Find(VoteKind::kNotarize, request.notarization)) {
    if (!MayAnswer(from)) return;
    coverage_.Hit(Branch::kEvidenceServed);
    SendTo(from, notarization);
  }
  if (request.nullified_from == View(0)) return;
  uint64_t served = 0;
  const View first = std::max(request.nullified_from, final_view_.Next());
  const View last = std::min(request.nullified_to, current_);
  for (View view = first; view <= last && served < kEvidenceMax; view = view.Next()) {
    const CertificatePtr nullification = votes_.Find(VoteKind::kNullify, view);
    if (nullification == nullptr) continue;
    if (!MayAnswer(from)) return;
    ++served;
    coverage_.Hit(Branch::kEvidenceServed);
    SendTo(from, nullification);
  }
}

void Engine::Take(uint32_t from, const BlockRequestMessage& request) {
  if (!config_.self || !MayAnswer(from)) return;
  const BlockInfo* block = tree_.Describe(request.block);
  if (block != nullptr && block->bytes != nullptr) {
    coverage_.Hit(Branch::kBlockServed);
    SendTo(from, BlockResponseMessage{block->bytes}, Lane::kBlocks);
  } else if (request.view <= final_view_) {
    AnswerWithFinalization(from);
  }
}

void Engine::Take(uint32_t /*from*/, const BlockResponseMessage& response) {
  if (!fetcher_.WantsBlocks()) return;
  const absl::StatusOr<BlockInfo> block = reader_.Read(response.block);
  if (!block.ok() || !fetcher_.Wants(block->hash)) return;
  fetcher_.Received(block->hash);
  coverage_.Hit(Branch::kBlockFetched);
  if (tree_.Add(*block) || block->hash != final_block_) return;
  if (tree_.Find(block->hash) != nullptr || block->height > tree_.committed().height) return;
  // The finalized block lies at or below the committed one, which was committed as final itself.
  if (block->height == tree_.committed().height && block->hash != tree_.committed().hash) {
    HaltWith(
        absl::StrCat("two blocks are final at height ", block->height.value(), ": more than f validators are faulty"));
    return;
  }
  final_settled_ = true;
}

void Engine::Take(uint32_t from, const RangeRequestMessage& request) {
  if (request.from == Height(0) || request.from > tree_.committed().height) return;
  if (MayAnswer(from)) Emit(ServeRange{from, request});
}

// Catch-up. The blocks are linked by hashes to the final chain below, and the last of them is finalized; nothing else
// that the peer says is believed.
void Engine::Take(uint32_t from, const RangeResponseMessage& response) {
  if (response.blocks.empty() || !fetcher_.TakeRange(from, response.from)) return;
  const auto refuse = [this] { coverage_.Hit(Branch::kRangeRefused); };
  if (response.from != tree_.final_height().Next()) return refuse();
  if (response.finalization->subject.kind != VoteKind::kFinalize) return refuse();
  std::vector<BlockInfo> blocks;
  Hash parent = tree_.final_hash();
  Height height = tree_.final_height();
  for (const Bytes& bytes : response.blocks) {
    absl::StatusOr<BlockInfo> block = reader_.Read(bytes);
    height = height.Next();
    if (!block.ok() || block->parent != parent || block->height != height) return refuse();
    parent = block->hash;
    blocks.push_back(*std::move(block));
  }
  if (response.finalization->subject.block != parent || !votes_.Verify(*response.finalization)) return refuse();
  for (const BlockInfo& block : blocks) tree_.Add(block);
  coverage_.Hit(Branch::kRangeFetched);
  if (response.finalization->subject.view > final_view_) {
    votes_.AddCertificate(response.finalization, VoteTable::Trust::kOwn);
    AfterCertificate(response.finalization);
  }
  uncommitted_finalizations_[parent] = response.finalization;
  if (tree_.MarkFinal(parent).conflict) HaltWith("catch-up found a final block that contradicts a committed one");
}

// ---- Rule 12 ----

void Engine::Take(uint32_t from, const EchoRequestMessage& request) {
  if (!config_.self || !MayAnswer(from)) return;
  SendTo(from, EchoResponseMessage{request.nonce, votes_.LastVotesOf(from)});
}

void Engine::Take(uint32_t from, const EchoResponseMessage& response) {
  if ((mode_ != Mode::kEchoing && mode_ != Mode::kVoting) || response.nonce != nonce_ || !config_.self) return;
  for (const Vote& vote : response.votes) {
    if (vote.validator != config_.self || vote.subject.epoch != config_.epoch) continue;
    if (vote.subject.view <= ballot_.floor() || ballot_.Knows(vote) || !votes_.Verify(vote)) continue;
    coverage_.Hit(Branch::kEchoRevealedLoss);
    Emit(Alarm{absl::StrCat("a peer holds a vote of this validator that its log lacks (", Describe(vote.subject),
                            "): the log is not the one it last voted with")});
    LoseLog();
    return;
  }
  if (mode_ != Mode::kEchoing || !echoed_.insert(from).second) return;
  coverage_.Hit(Branch::kEchoed);
  if (echoed_.size() + 1 >= chain::Quorum(config_.validators)) StartVoting();
}

void Engine::LoseLog() {
  mode_ = Mode::kAsking;
  coverage_.Hit(Branch::kAskedForEntry);
  entries_.clear();
  Emit(Persist{LogLost{config_.epoch}});
  Emit(Barrier{++barrier_});
  SendToAll(EntryRequestMessage{nonce_, config_.epoch});
}

void Engine::Take(uint32_t from, const EntryRequestMessage& request) {
  if (mode_ != Mode::kVoting || !config_.self || current_ == View(0) || !MayAnswer(from)) return;
  SendTo(from, EntryResponseMessage{request.nonce, config_.epoch, EntryCertificate()});
}

void Engine::Take(uint32_t from, const EntryResponseMessage& response) {
  if (mode_ != Mode::kAsking || asking_ends_at_ || response.nonce != nonce_) return;
  // What ended the epoch before was verified when it did, and lets one enter view 1, as nothing does in the first
  // epoch.
  const bool of_epoch_before = response.entry && response.entry->subject.epoch < config_.epoch;
  if (response.entry && !of_epoch_before && !votes_.Verify(*response.entry)) return;
  entries_[from] = of_epoch_before ? nullptr : response.entry;
  if (entries_.size() >= chain::Quorum(config_.validators)) FinishAsking();
}

// M is the highest view that an answer lets one enter. Old votes cannot lie above M + 1.
void Engine::FinishAsking() {
  CertificatePtr best;
  for (const auto& [peer, entry] : entries_) {
    if (entry && (!best || entry->subject.view > best->subject.view)) best = entry;
  }
  const View highest = best ? best->subject.view.Next() : View(1);
  const View floor = std::max(highest.Next(), ballot_.floor());
  ballot_.RaiseFloor(floor);
  rejoined_ = floor;
  if (best && best->subject.view > final_view_) {
    votes_.AddCertificate(best, VoteTable::Trust::kOwn);
    AfterCertificate(best);
  }
  Emit(Persist{LogRejoined{config_.epoch, floor}});
  Emit(Barrier{++barrier_});
  asking_ends_at_ = barrier_;
}

}  // namespace causeway::consensus
