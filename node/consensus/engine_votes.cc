// SPDX-License-Identifier: Apache-2.0
// Rules 7, 10 and 11: votes and certificates, in and out.
#include <utility>

#include "node/consensus/engine.h"

namespace causeway::consensus {
namespace {

// Finalizations of blocks that are not held yet; a laggard receives one a view.
constexpr size_t kUncommittedFinalizationsMax = 256;

}  // namespace

bool Engine::MayVote() const {
  return mode_ == Mode::kVoting && config_.self && log_has_room_ && !EpochIsOver();
}

// Rule 10: from the last finalized view to the one after the current.
bool Engine::Admits(View view) const {
  return view >= final_view_ && view <= current_.Next();
}

// Rule 11. One barrier covers the vote, the entry certificate of the current view, and for a vote about a block its
// bytes (and its notarization for a finalize vote).
bool Engine::Cast(const Subject& subject) {
  if (!MayVote()) return false;
  const std::optional<Vote> vote = ballot_.Sign(subject);
  if (!vote) return false;
  if (const CertificatePtr entry = EntryCertificate()) {
    PersistCertificate(entry);
    if (entry->subject.kind == VoteKind::kNotarize) PersistCertified(entry->subject.view);
  }
  if (subject.kind == VoteKind::kFinalize) PersistCertified(subject.view);
  if (subject.kind == VoteKind::kNotarize) PersistBody(subject.block);
  Emit(Persist{*vote});
  if (config_.rules.vote_after_durable) {
    Emit(Barrier{++barrier_});
    not_durable_.emplace_back(barrier_, *vote);
  }
  const BlockTree::Node* node = tree_.Find(subject.block);
  const bool proposes = subject.kind == VoteKind::kNotarize && leader() == config_.self && subject.view == current_;
  if (proposes && node != nullptr) {
    SendToAll(ProposalMessage{*vote, node->info.bytes}, Lane::kBlocks);
  } else {
    SendToAll(*vote);
  }
  if (!config_.rules.vote_after_durable) CountOwn(*vote);
  return true;
}

// Own votes count when they are durable, so that no certificate of this node's making carries one that a crash undoes.
void Engine::CountOwn(const Vote& vote) {
  if (vote.subject.view <= final_view_) return;
  AfterVote(vote, votes_.AddVote(vote, VoteTable::Trust::kOwn));
}

bool Engine::TakeVote(uint32_t from, const Vote& vote) {
  const View view = vote.subject.view;
  if (vote.subject.epoch != config_.epoch || vote.validator >= config_.validators) return true;  // of a batch
  if (view <= final_view_) AnswerWithFinalization(from);
  if (!Admits(view) || vote.validator == config_.self) {
    coverage_.Hit(Branch::kVoteNotAdmitted);
    return true;
  }
  const VoteTable::VoteOutcome outcome =
      votes_.AddVote(vote, VoteTable::Trust::kVerify, /*insist=*/silent_[vote.validator]);
  AfterVote(vote, outcome);
  return outcome.valid || outcome.repeated;
}

void Engine::AfterVote(const Vote& vote, const VoteTable::VoteOutcome& outcome) {
  if (!outcome.valid) {
    if (!outcome.repeated) coverage_.Hit(Branch::kVoteInvalid);
    return;
  }
  NoteSigned(vote.validator);
  const Subject& subject = vote.subject;
  if (outcome.conflict) {
    coverage_.Hit(Branch::kVoteConflict);
    Emit(ReportEvidence{*outcome.conflict});
    const bool leads = vote.validator == LeaderOf(config_.epoch, subject.view, config_.validators);
    if (leads && subject.kind == VoteKind::kNotarize && subject.view > final_view_) {
      views_[subject.view].equivocated = true;
    }
  }
  if (!outcome.formed) return;
  switch (subject.kind) {
    case VoteKind::kNotarize:
      coverage_.Hit(Branch::kNotarizationFormed);
      break;
    case VoteKind::kNullify:
      coverage_.Hit(Branch::kNullificationFormed);
      break;
    case VoteKind::kFinalize:
      coverage_.Hit(Branch::kFinalizationFormed);
      break;
  }
  SendToAll(outcome.formed);
  AfterCertificate(outcome.formed);
}

void Engine::TakeCertificate(uint32_t from, const CertificatePtr& certificate) {
  const Subject& subject = certificate->subject;
  if (subject.view <= final_view_) {
    const bool same = subject.view == final_view_ && subject.kind == VoteKind::kFinalize;
    if (!same) AnswerWithFinalization(from);
    return;
  }
  switch (votes_.AddCertificate(certificate, VoteTable::Trust::kVerify)) {
    case VoteTable::CertificateOutcome::kHeld:
      return;
    case VoteTable::CertificateOutcome::kInvalid:
      coverage_.Hit(Branch::kCertificateInvalid);
      return;
    case VoteTable::CertificateOutcome::kStored:
      break;
  }
  coverage_.Hit(Branch::kCertificateReceived);
  for (const uint32_t signer : certificate->signers) {
    if (subject.view > last_nullified_[signer]) NoteSigned(signer);
  }
  AfterCertificate(certificate);
}

void Engine::AfterCertificate(const CertificatePtr& certificate) {
  const Subject& subject = certificate->subject;
  views_.try_emplace(subject.view);
  PersistCertificate(certificate);
  if (subject.kind == VoteKind::kNullify) NoteNullified(subject.view);
  if (subject.kind == VoteKind::kFinalize && subject.view > final_view_) AfterFinalization(certificate);
}

// Rule 8: overrides everything local, prunes what lies below.
void Engine::AfterFinalization(const CertificatePtr& finalization) {
  if (votes_.Has(VoteKind::kNullify, finalization->subject.view)) {
    Emit(Alarm{"a view was both nullified and finalized: more than f validators are faulty"});
  }
  final_view_ = finalization->subject.view;
  final_block_ = finalization->subject.block;
  finalization_ = finalization;
  final_settled_ = final_block_ == tree_.committed().hash;
  uncommitted_finalizations_[final_block_] = finalization;
  if (uncommitted_finalizations_.size() > kUncommittedFinalizationsMax) {
    std::erase_if(uncommitted_finalizations_, [this](const auto& entry) {
      return entry.first != final_block_ && tree_.Find(entry.first) == nullptr;
    });
  }
  votes_.PruneBelow(final_view_);
  views_.erase(views_.begin(), views_.lower_bound(final_view_));
  nullified_streak_ = 0;
  skipped_.assign(config_.validators, false);
}

void Engine::PersistCertificate(const CertificatePtr& certificate) {
  if (restoring_ || !log_has_room_ || !config_.self) return;
  if (certificate->subject.epoch != config_.epoch) return;  // what ended the epoch before is logged at the start
  const VoteKind kind = certificate->subject.kind;
  if (kind != VoteKind::kFinalize && !config_.rules.log_holds_certificates) return;
  bool& persisted = views_[certificate->subject.view].persisted[IndexOf(kind)];
  if (!std::exchange(persisted, true)) Emit(Persist{certificate});
}

void Engine::PersistBody(const Hash& block) {
  if (restoring_ || !log_has_room_ || !config_.self || !config_.rules.log_holds_blocks) return;
  BlockTree::Node* node = tree_.Find(block);
  if (node == nullptr || std::exchange(node->persisted, true)) return;
  Emit(Persist{LogBody{block, node->info.height, node->info.bytes}});
}

void Engine::PersistCertified(View view) {
  const CertificatePtr notarization = votes_.Find(VoteKind::kNotarize, view);
  if (notarization == nullptr || view <= final_view_) return;
  PersistBody(notarization->subject.block);
  PersistCertificate(notarization);
  if (restoring_ || !log_has_room_ || !config_.self || !config_.rules.log_holds_certificates) return;
  bool& persisted = views_[view].certified_persisted;
  if (!std::exchange(persisted, true)) Emit(Persist{LogCertified{config_.epoch, view, notarization->subject.block}});
}

}  // namespace causeway::consensus
