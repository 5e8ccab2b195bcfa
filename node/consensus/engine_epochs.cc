// SPDX-License-Identifier: Apache-2.0
// Epochs: the block that names another set of validators is its epoch's last. Above it its validators vote for nothing
// but that same block, in later views, until it is finalized; the finalization lets the next epoch's enter view 1.
#include <variant>

#include "node/consensus/engine.h"

namespace causeway::consensus {
namespace {

bool IsFinalization(const Message& message) {
  const auto* certificate = std::get_if<CertificatePtr>(&message);
  return certificate != nullptr && (*certificate)->subject.kind == VoteKind::kFinalize;
}

}  // namespace

// Entry certificates; and what leads to the epoch in which the others are, where that is a later one.
bool Engine::IsAnswerToAsking(const Message& message) {
  return std::holds_alternative<EntryResponseMessage>(message) ||
         std::holds_alternative<RangeResponseMessage>(message) || IsFinalization(message);
}

bool Engine::IsBoundary(const Hash& block) const {
  const BlockInfo* info = tree_.Describe(block);
  return info != nullptr && info->next_validators != config_.validators_hash;
}

bool Engine::ProposeAgain(View parent, const Hash& boundary) {
  const BlockTree::Node* node = tree_.Find(boundary);
  if (node == nullptr) return false;
  const Subject subject{VoteKind::kNotarize, config_.epoch, current_, parent, boundary};
  const Slot slot{subject, node->info.parent, node->info.time, now_.block_time};
  if (!Cast(subject)) return false;
  views_[current_].slot = slot;
  coverage_.Hit(Branch::kBoundaryProposedAgain);
  return true;
}

// Only the parent view and the nullifications count: the block was timed, validated and executed when it was new.
Engine::Verdict Engine::JudgeAgain(const Slot& slot) {
  const View view = slot.subject.view;
  const View parent = slot.subject.parent_view;
  if (parent >= view || parent < final_view_) {
    coverage_.Hit(Branch::kProposalWrongParent);
    return Verdict::kWrong;
  }
  const bool known = KnownBlockOf(parent).has_value();
  if (!known || votes_.FirstNotNullified(parent, view)) {
    coverage_.Hit(Branch::kProposalAwaitsEvidence);
    RequestEvidence(known ? View(0) : parent, parent, view);
    return Verdict::kWait;
  }
  return ReadyBlockOf(parent) ? Verdict::kGood : Verdict::kWait;  // CertifyAll and CommitFinal see to it
}

// Whoever speaks of an epoch that is over is told what ended it; where somebody speaks of a later one, this node may be
// behind.
void Engine::TakeOfOtherEpoch(uint32_t from, const Message& message, Epoch epoch) {
  if (epoch > config_.epoch) {
    coverage_.Hit(Branch::kLaterEpochHeard);
    ahead_until_us_ = now_.monotonic_us + 4 * config_.timing.fetch_us;
    // Of the sender's votes in that epoch nothing can be known here yet.
    const auto* echo = std::get_if<EchoRequestMessage>(&message);
    if (echo != nullptr && mode_ != Mode::kAsking && MayAnswer(from))
      SendTo(from, EchoResponseMessage{echo->nonce, {}});
    return;
  }
  // A finalization of an epoch that is over is itself such an answer.
  if (mode_ == Mode::kAsking || IsFinalization(message) || !config_.rules.answer_older_epochs) return;
  if (!MayTellFinalization(from)) return;
  coverage_.Hit(Branch::kOlderEpochAnswered);
  Emit(ServeBoundary{from, epoch});
}

// Somebody is in a later epoch: the final blocks between are all that leads there.
void Engine::FetchWhereBehind() {
  if (now_.monotonic_us < ahead_until_us_ && tree_.final_pending() == 0)
    fetcher_.NeedRange(tree_.final_height().Next());
}

}  // namespace causeway::consensus
