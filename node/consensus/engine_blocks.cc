// SPDX-License-Identifier: Apache-2.0
// Rules 3, 4, 5 and 8, and certifying: whatever looks at blocks.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"

#include "node/consensus/engine.h"

namespace causeway::consensus {
namespace {

// A missing ancestor of a final block this close to the final chain is also asked for by its hash, since no peer may
// have committed it yet.
constexpr uint64_t kCloseAncestor = 16;
// Final blocks waiting for execution beyond which no further ones are fetched.
constexpr size_t kFinalPendingMax = 64;
// Blocks held beyond which a proposal is taken only if it can be executed at once: a node that is far behind fetches
// what turns out to be final instead.
constexpr size_t kBlocksHeldMax = 256;
// Directly finalized heights remembered until the store is synced.
constexpr size_t kFinalizedHeightsMax = 4096;

}  // namespace

// Rule 8. The finalized block's ancestors are final through their hashes; they are executed and committed in order of
// height.
bool Engine::CommitFinal() {
  if (!final_settled_ && final_block_ != tree_.final_hash()) {
    const BlockTree::FinalOutcome outcome = tree_.MarkFinal(final_block_);
    if (outcome.conflict) {
      HaltWith(absl::StrCat("block ", final_block_.ToHex(), " of view ", final_view_.value(),
                            " is final and contradicts a committed block: more than f validators are faulty"));
      return false;
    }
    if (outcome.missing) {
      const bool is_target = *outcome.missing == final_block_;
      if (is_target || outcome.gap < kCloseAncestor) {
        fetcher_.NeedBlock(*outcome.missing, final_view_, LeaderOf(config_.epoch, final_view_, config_.validators));
      }
      const bool behind = !is_target || fetcher_.Attempts(final_block_) > 0;
      if (behind && tree_.final_pending() < kFinalPendingMax) fetcher_.NeedRange(tree_.final_height().Next());
    }
  }
  bool changed = false;
  for (BlockTree::Node* next = tree_.NextFinal(); next != nullptr; next = tree_.NextFinal()) {
    if (next->state == BlockTree::State::kHeld) DriveExecution(next->info.hash, final_view_);
    if (next->state == BlockTree::State::kInvalid && !config_.rules.halt_on_other_roots) {
      next->state = BlockTree::State::kExecuted;
    }
    if (next->state == BlockTree::State::kInvalid) {
      HaltWith(absl::StrCat("block ", next->info.hash.ToHex(), " at height ", next->info.height.value(),
                            " is final, but here: ", next->why));
      return false;
    }
    if (next->state != BlockTree::State::kExecuted) break;
    CommitNext();
    changed = true;
  }
  return changed;
}

void Engine::CommitNext() {
  const BlockInfo block = tree_.CommitNext();
  CertificatePtr finalization;
  const auto found = uncommitted_finalizations_.find(block.hash);
  if (found != uncommitted_finalizations_.end()) {
    finalization = found->second;
    uncommitted_finalizations_.erase(found);
    finalized_heights_.emplace_back(block.height, finalization->subject.view);
    if (finalized_heights_.size() > kFinalizedHeightsMax) finalized_heights_.erase(finalized_heights_.begin());
  }
  coverage_.Hit(finalization ? Branch::kCommitted : Branch::kCommittedAncestor);
  Emit(Commit{block, finalization});
  if (!config_.rules.floor_is_synced_height) Handle(StoreSynced{block.height});
}

void Engine::DriveExecution(const Hash& block, View view) {
  const BlockTree::Path path = tree_.PathTo(block);
  if (path.execute) {
    BlockTree::Node* node = tree_.Find(*path.execute);
    node->state = BlockTree::State::kExecuting;
    Emit(Execute{node->info});
  }
  if (path.missing) fetcher_.NeedBlock(*path.missing, view, LeaderOf(config_.epoch, view, config_.validators));
}

void Engine::Handle(const BlockExecuted& executed) {
  BlockTree::Node* node = tree_.Find(executed.block);
  if (node == nullptr || node->state != BlockTree::State::kExecuting) return;
  if (const auto* reason = std::get_if<std::string>(&executed.result)) {
    tree_.Invalidate(*node, *reason);
    return;
  }
  const bool same = std::get<Roots>(executed.result) == node->info.claimed;
  node->state = BlockTree::State::kExecuted;
  if (!same && config_.rules.certify_by_roots) tree_.Invalidate(*node, "executing it gives other roots than it claims");
}

// Rule 1: every notarized block above the last finalized one is fetched and executed, nullified or not, since others
// may build on it.
bool Engine::CertifyAll() {
  bool changed = false;
  for (auto& [view, record] : views_) {
    if (view <= final_view_ || record.certified) continue;
    const CertificatePtr notarization = votes_.Find(VoteKind::kNotarize, view);
    if (notarization == nullptr) continue;
    const bool nullified = votes_.Has(VoteKind::kNullify, view);
    if (nullified && !config_.rules.certify_after_nullification) continue;
    const Hash block = notarization->subject.block;
    DriveExecution(block, view);
    if (!tree_.IsExecuted(block)) continue;
    record.certified = changed = true;
    PersistCertified(view);
    if (nullified) coverage_.Hit(Branch::kCertifiedAfterNullification);
    if (ballot_.Find(VoteKind::kNullify, view) != nullptr) coverage_.Hit(Branch::kFinalizeWithheldAfterNullify);
  }
  return changed;
}

// Rule 5. The ballot refuses after a nullify vote.
bool Engine::FinalizeCertified() {
  bool changed = false;
  for (const auto& [view, record] : views_) {
    if (view <= final_view_ || !record.certified) continue;
    if (ballot_.Find(VoteKind::kFinalize, view) != nullptr) continue;
    const CertificatePtr notarization = votes_.Find(VoteKind::kNotarize, view);
    if (!Cast(notarization->subject.As(VoteKind::kFinalize))) continue;
    coverage_.Hit(view.Next() < current_ ? Branch::kFinalizedEarlierView : Branch::kFinalized);
    changed = true;
  }
  return changed;
}

std::optional<Hash> Engine::KnownBlockOf(View view) const {
  if (view == final_view_) return final_block_;
  if (view < final_view_) return std::nullopt;
  const CertificatePtr notarization = votes_.Find(VoteKind::kNotarize, view);
  return notarization == nullptr ? std::nullopt : std::optional<Hash>(notarization->subject.block);
}

std::optional<Hash> Engine::ReadyBlockOf(View view) const {
  const std::optional<Hash> block = KnownBlockOf(view);
  return block && tree_.IsExecuted(*block) ? block : std::nullopt;
}

void Engine::RequestEvidence(View notarization, View after, View before) {
  EvidenceRequestMessage request{config_.epoch, notarization, View(0), View(0)};
  if (const std::optional<View> missing = votes_.FirstNotNullified(after, before)) {
    request.nullified_from = *missing;
    request.nullified_to = before.Previous();
  }
  fetcher_.NeedEvidence(request, leader());
}

// Rule 3.
bool Engine::Propose() {
  if (!MayVote() || leader() != config_.self || building_ || current_ <= ballot_.floor()) return false;
  if (ballot_.Find(VoteKind::kNotarize, current_) != nullptr) return false;
  if (ballot_.Find(VoteKind::kNullify, current_) != nullptr) return false;
  View parent = final_view_;
  for (auto i = views_.rbegin(); i != views_.rend() && i->first > final_view_; ++i) {
    if (i->first >= current_ || !i->second.certified) continue;
    parent = i->first;
    break;
  }
  const std::optional<Hash> block = ReadyBlockOf(parent);
  if (!block) return false;
  const bool now = idle_passed_ || (transactions_waiting_ && !build_declined_) || IsBoundary(*block);
  if (!now) return false;
  if (config_.rules.propose_with_nullifications && votes_.FirstNotNullified(parent, current_)) {
    coverage_.Hit(Branch::kProposalAwaitsNullification);
    RequestEvidence(View(0), parent, current_);
    return false;
  }
  if (IsBoundary(*block)) return ProposeAgain(parent, *block);
  building_ = current_;
  building_parent_ = parent;
  const Instant after_parent = AddSaturating(tree_.Describe(*block)->time, Duration::Micros(1));
  Emit(Build{BuildRequest{current_, config_.epoch, *config_.self, *block, std::max(now_.block_time, after_parent),
                          nullified_streak_, idle_passed_}});
  return true;
}

void Engine::Handle(const BlockBuilt& built) {
  if (building_ != built.view || built.view != current_) return;
  building_.reset();
  if (!built.block) {
    build_declined_ = true;
    coverage_.Hit(Branch::kBuildDeclined);
    return;
  }
  if (!MayVote()) return;
  const BlockInfo& block = *built.block;
  tree_.Add(block);
  BlockTree::Node* node = tree_.Find(block.hash);
  if (node == nullptr) return;  // another block was committed at its height meanwhile
  node->state = BlockTree::State::kExecuted;
  const Subject subject{VoteKind::kNotarize, config_.epoch, current_, building_parent_, block.hash};
  if (!Cast(subject)) return;
  views_[current_].slot = Slot{subject, block.parent, block.time, block.time};
  coverage_.Hit(idle_passed_ ? Branch::kProposedEmpty : Branch::kProposed);
  if (nullified_streak_ > 0) coverage_.Hit(Branch::kProposedHalved);
}

void Engine::TakeProposal(uint32_t from, const ProposalMessage& proposal) {
  const Subject& subject = proposal.vote.subject;
  if (subject.view <= final_view_) {
    AnswerWithFinalization(from);
    return;
  }
  if (!Admits(subject.view)) {
    coverage_.Hit(Branch::kVoteNotAdmitted);
    return;
  }
  if (proposal.vote.validator != LeaderOf(config_.epoch, subject.view, config_.validators)) return;
  if (const auto known = views_.find(subject.view); known != views_.end() && known->second.slot) {
    if (known->second.slot->subject == subject) return;
  }
  const VoteTable::VoteOutcome outcome = votes_.AddVote(proposal.vote, VoteTable::Trust::kVerify, /*insist=*/true);
  AfterVote(proposal.vote, outcome);
  if (!outcome.valid || subject.view <= final_view_) return;
  ViewRecord& record = views_[subject.view];
  if (record.slot) {
    record.equivocated = true;
    return;
  }
  const bool past = subject.view < current_;
  if (past && !fetcher_.Wants(subject.block)) return;
  const absl::StatusOr<BlockInfo> block = reader_.Read(proposal.block);
  if (!block.ok() || block->hash != subject.block || block->epoch != config_.epoch) {
    coverage_.Hit(Branch::kMalformed);
    return;
  }
  if (tree_.size() >= kBlocksHeldMax && !tree_.IsExecuted(block->parent)) return;
  tree_.Add(*block);
  fetcher_.Received(block->hash);
  if (past) return;
  record.slot = Slot{subject, block->parent, block->time, now_.block_time};
}

// Rule 4.
bool Engine::NotarizeProposal() {
  if (!MayVote() || current_ <= ballot_.floor()) return false;
  const auto record = views_.find(current_);
  if (record == views_.end() || !record->second.slot) return false;
  if (config_.rules.one_vote_a_view && ballot_.Find(VoteKind::kNotarize, current_) != nullptr) return false;
  if (config_.rules.no_notarize_after_nullify && ballot_.Find(VoteKind::kNullify, current_) != nullptr) return false;
  const Slot& slot = *record->second.slot;
  if (const Vote* voted = ballot_.Find(VoteKind::kNotarize, current_); voted && voted->subject == slot.subject) {
    return false;
  }
  if (record->second.equivocated && config_.rules.one_vote_a_view) {
    coverage_.Hit(Branch::kProposalEquivocated);
    return Nullify();
  }
  switch (Judge(slot)) {
    case Verdict::kWait:
      return false;
    case Verdict::kWrong:
      return Nullify();
    case Verdict::kGood:
      break;
  }
  if (!Cast(slot.subject)) return false;
  coverage_.Hit(Branch::kNotarized);
  return true;
}

// The block's time against this node's clock when the proposal came; too early is a matter of waiting.
Engine::Verdict Engine::JudgeDrift(const Slot& slot) {
  if (!config_.rules.notarize_within_drift) return Verdict::kGood;
  if (AddSaturating(slot.time, Duration::Micros(config_.drift.behind_us)) < slot.arrived) {
    coverage_.Hit(Branch::kProposalTooOld);
    return Verdict::kWrong;
  }
  const Instant horizon = AddSaturating(now_.block_time, Duration::Micros(config_.drift.ahead_us));
  if (slot.time <= horizon) return Verdict::kGood;
  coverage_.Hit(Branch::kProposalEarly);
  const uint64_t wait_us = (slot.time.micros() - horizon.micros()) / config_.drift.clock_rate + 1;
  // Far ahead means never in this view: the advance timer ends it.
  if (wait_us <= config_.timing.cap_us * 2 && deadlines_[static_cast<size_t>(TimerKind::kEarly)] == kNever) {
    Arm(TimerKind::kEarly, now_.monotonic_us + wait_us);
  }
  return Verdict::kWait;
}

Engine::Verdict Engine::Judge(const Slot& slot) {
  const View view = slot.subject.view;
  const View parent = slot.subject.parent_view;
  const std::optional<Hash> parent_block = KnownBlockOf(parent);
  const bool again = IsBoundary(slot.subject.block) && (!parent_block || *parent_block == slot.subject.block);
  if (again && config_.rules.boundary_judged_once) return JudgeAgain(slot);
  const bool above = parent_block && IsBoundary(*parent_block) && config_.rules.nothing_above_boundary;
  const bool other_parent =
      above || (parent_block && *parent_block != slot.parent && config_.rules.notarize_parent_of_view);
  if (parent >= view || parent < final_view_ || other_parent) {
    coverage_.Hit(Branch::kProposalWrongParent);
    return Verdict::kWrong;
  }
  if (const Verdict drift = JudgeDrift(slot); drift != Verdict::kGood) return drift;
  const bool nullified = !config_.rules.notarize_with_nullifications || !votes_.FirstNotNullified(parent, view);
  if (!parent_block || !nullified) {
    coverage_.Hit(Branch::kProposalAwaitsEvidence);
    RequestEvidence(parent_block ? View(0) : parent, parent, view);
    return Verdict::kWait;
  }
  if (!ReadyBlockOf(parent) && config_.rules.notarize_parent_of_view) {
    coverage_.Hit(Branch::kProposalAwaitsParent);
    return Verdict::kWait;  // CertifyAll and CommitFinal see to the parent
  }
  if (!config_.rules.notarize_valid_only) return Verdict::kGood;
  const BlockTree::Node* node = tree_.Find(slot.subject.block);
  if (node == nullptr) return tree_.IsExecuted(slot.subject.block) ? Verdict::kGood : Verdict::kWait;
  DriveExecution(slot.subject.block, view);
  if (node->state == BlockTree::State::kInvalid) {
    coverage_.Hit(Branch::kProposalInvalid);
    return Verdict::kWrong;
  }
  return node->state == BlockTree::State::kExecuted ? Verdict::kGood : Verdict::kWait;
}

}  // namespace causeway::consensus
