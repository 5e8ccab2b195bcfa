// SPDX-License-Identifier: Apache-2.0
// Rules 1, 2 and 6: entering views, timers, giving a view up.
#include <algorithm>
#include <utility>

#include "ledger/base/check.h"

#include "node/consensus/engine.h"

namespace causeway::consensus {

// Rule 1: the view after the highest that is nullified, finalized or certified here.
bool Engine::EnterHighest() {
  View target = std::max(current_, final_view_.Next());
  for (auto i = views_.rbegin(); i != views_.rend() && i->first >= target; ++i) {
    const bool notarized = config_.rules.enter_on_certified_only ? i->second.certified || i->second.entered_before
                                                                 : votes_.Has(VoteKind::kNotarize, i->first);
    if (notarized || votes_.Has(VoteKind::kNullify, i->first)) {
      target = i->first.Next();
      break;
    }
  }
  if (target == current_) return false;
  Enter(target);
  return true;
}

void Engine::Enter(View view) {
  CAUSEWAY_CHECK(view > current_);
  const View before = view.Previous();
  if (final_view_ == before) {
    coverage_.Hit(Branch::kEnteredByFinalization);
  } else if (votes_.Has(VoteKind::kNullify, before)) {
    coverage_.Hit(Branch::kEnteredByNullification);
    ++nullified_streak_;
  } else {
    coverage_.Hit(Branch::kEnteredByNotarization);
  }
  if (current_ > View(0) && view > current_.Next()) coverage_.Hit(Branch::kJumpedAhead);
  current_ = view;
  entered_us_ = now_.monotonic_us;
  idle_passed_ = false;
  build_declined_ = false;
  building_.reset();
  DropStaleProposals();
  ArmViewTimers();
}

// Blocks of views gone by that this node did not vote for and no quorum has notarized are not needed again, or are
// fetched when they are.
void Engine::DropStaleProposals() {
  for (auto i = views_.begin(); i != views_.end() && i->first < current_; ++i) {
    if (!i->second.slot || ballot_.Find(VoteKind::kNotarize, i->first) != nullptr) continue;
    if (votes_.Has(VoteKind::kNotarize, i->first)) continue;
    tree_.Drop(i->second.slot->subject.block);
    i->second.slot.reset();
  }
}

CertificatePtr Engine::EntryCertificate() const {
  const View before = current_.Previous();
  if (before == final_view_) return finalization_;  // null in the first view
  if (CertificatePtr nullification = votes_.Find(VoteKind::kNullify, before)) return nullification;
  return votes_.Find(VoteKind::kNotarize, before);
}

void Engine::Arm(TimerKind kind, uint64_t at_us) {
  deadlines_[static_cast<size_t>(kind)] = at_us;
  Emit(SetTimer{kind, at_us});
}

uint64_t Engine::Grown(uint64_t base_us) const {
  uint64_t grown = base_us;
  for (uint32_t i = 0; i < nullified_streak_ && grown < config_.timing.cap_us; ++i) grown *= 2;
  return std::min(grown, std::max(base_us, config_.timing.cap_us));
}

// Rule 2. Both run from the oldest transaction that this node holds, but not from before it entered; without one, from
// the moment at which an idle leader proposes.
void Engine::ArmViewTimers() {
  if (!config_.self) return;
  const uint64_t from =
      transactions_waiting_ ? std::max(entered_us_, transactions_since_us_) : entered_us_ + config_.timing.idle_us;
  const bool given_up = ballot_.Find(VoteKind::kNullify, current_) != nullptr;
  const auto record = views_.find(current_);
  const bool proposed = record != views_.end() && record->second.slot.has_value();
  Arm(TimerKind::kLeader, given_up || proposed ? kNever : from + Grown(config_.timing.leader_us));
  Arm(TimerKind::kAdvance, given_up ? kNever : from + Grown(config_.timing.advance_us));
  const bool leads = leader() == config_.self;
  Arm(TimerKind::kIdle, leads && !idle_passed_ ? entered_us_ + config_.timing.idle_us : kNever);
}

void Engine::NullifyOnTimer(TimerKind kind) {
  if (mode_ != Mode::kVoting) return;
  const auto record = views_.find(current_);
  if (kind == TimerKind::kLeader && record != views_.end() && record->second.slot) return;
  if (ballot_.Find(VoteKind::kNullify, current_) != nullptr) return;
  coverage_.Hit(kind == TimerKind::kLeader ? Branch::kLeaderTimer : Branch::kAdvanceTimer);
  Nullify();
  if (!config_.rules.nullify_current_view_only && final_view_.Next() < current_) {
    Cast(Subject::Nullify(config_.epoch, current_.Previous()));
  }
}

// Rule 6. The ballot refuses after a finalize vote.
bool Engine::Nullify() {
  const bool notarized = ballot_.Find(VoteKind::kNotarize, current_) != nullptr;
  if (!Cast(Subject::Nullify(config_.epoch, current_))) return false;
  if (notarized) coverage_.Hit(Branch::kNullifiedAfterNotarize);
  return true;
}

// Rule 2: a leader whose last view was nullified, and of whom nothing signed has come since, is skipped at once; once
// between two finalizations.
bool Engine::SkipSilentLeader() {
  if (!MayVote() || current_ == View(0)) return false;
  const uint32_t who = leader();
  if (!silent_[who] || skipped_[who] || who == config_.self) return false;
  if (ballot_.Find(VoteKind::kNullify, current_) != nullptr) return false;
  const auto record = views_.find(current_);
  if (record != views_.end() && record->second.slot) return false;
  skipped_[who] = true;
  if (!Nullify()) return false;
  coverage_.Hit(Branch::kSilentLeaderSkipped);
  return true;
}

void Engine::NoteNullified(View view) {
  const uint32_t who = LeaderOf(config_.epoch, view, config_.validators);
  if (view <= last_nullified_[who]) return;
  last_nullified_[who] = view;
  silent_[who] = true;
}

}  // namespace causeway::consensus
