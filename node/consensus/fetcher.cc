// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/fetcher.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace causeway::consensus {
namespace {

// An answer of so many blocks is as good as another peer's would be.
constexpr uint64_t kRangeFull = kRangeBlocksMax / 4;

Bytes Encode(const Message& message) {
  return std::make_shared<const std::string>(EncodeMessage(message));
}

}  // namespace

Fetcher::Fetcher(const EngineConfig& config)
    : epoch_(config.epoch),
      validators_(config.validators),
      self_(config.self.value_or(config.validators)),
      timing_(config.timing),
      range_peer_(NextPeer(self_)) {}

uint32_t Fetcher::NextPeer(uint32_t peer) const {
  const uint32_t next = (peer + 1) % validators_;
  return next == self_ ? (next + 1) % validators_ : next;
}

void Fetcher::Begin(uint64_t now_us) {
  now_us_ = now_us;
  for (auto& [hash, need] : blocks_) need.schedule.stated = false;
  if (range_) range_->schedule.stated = false;
  if (evidence_) evidence_->schedule.stated = false;
}

void Fetcher::NeedBlock(const Hash& block, View view, uint32_t likely_holder) {
  const uint32_t peer = likely_holder == self_ ? NextPeer(self_) : likely_holder;
  const uint64_t ask_at_us = now_us_ + timing_.fetch_grace_us;
  const auto [need, is_new] = blocks_.try_emplace(block, BlockNeed{{ask_at_us, peer}, view});
  need->second.schedule.stated = true;
}

uint32_t Fetcher::PeerForRange(uint32_t last) const {
  const auto worth = [this](uint32_t peer) {
    const auto found = range_worth_.find(peer);
    return found == range_worth_.end() ? 0 : found->second;
  };
  if (worth(last) >= kRangeFull) return last;
  uint32_t best = last;
  for (uint32_t peer = NextPeer(last); peer != last; peer = NextPeer(peer)) {
    if (!range_worth_.contains(peer)) return peer;
    if (worth(peer) > worth(best)) best = peer;
  }
  return best;
}

void Fetcher::NeedRange(Height from) {
  // Only now is it known what the last answer was good for.
  if (range_taken_ && range_taken_->from <= from) {
    range_worth_[range_taken_->peer] = from.value() - range_taken_->from.value();
    range_peer_ = PeerForRange(range_taken_->peer);
    range_taken_.reset();
  }
  if (!range_ || range_->from != from) range_ = RangeNeed{{now_us_, range_peer_}, from, {}};
  range_->schedule.stated = true;
}

void Fetcher::NeedEvidence(const EvidenceRequestMessage& request, uint32_t likely_holder) {
  if (!evidence_ || evidence_->request != request) {
    const uint64_t ask_at_us = now_us_ + timing_.fetch_grace_us;
    evidence_ = EvidenceNeed{{ask_at_us, likely_holder == self_ ? validators_ : likely_holder}, request};
  }
  evidence_->schedule.stated = true;
}

bool Fetcher::Due(Schedule& schedule) {
  if (schedule.ask_at_us > now_us_) return false;
  schedule.ask_at_us = now_us_ + (timing_.fetch_us << std::min(schedule.attempts, 4u));
  ++schedule.attempts;
  return true;
}

void Fetcher::NoteDeadline(const Schedule& schedule) {
  deadline_ = std::min(deadline_.value_or(kNever), schedule.ask_at_us);
}

void Fetcher::End(Outputs& out) {
  deadline_.reset();
  std::erase_if(blocks_, [](const auto& entry) { return !entry.second.schedule.stated; });
  if (range_ && !range_->schedule.stated) range_.reset();
  if (evidence_ && !evidence_->schedule.stated) evidence_.reset();
  if (validators_ == 1 && self_ == 0) return;
  for (auto& [hash, need] : blocks_) {
    if (Due(need.schedule)) {
      out.push_back(Send{need.schedule.peer, Lane::kVotes, Encode(BlockRequestMessage{epoch_, need.view, hash})});
      need.schedule.peer = NextPeer(need.schedule.peer);
    }
    NoteDeadline(need.schedule);
  }
  if (range_) {
    if (Due(range_->schedule)) AskRange(out);
    NoteDeadline(range_->schedule);
  }
  if (evidence_) {
    if (Due(evidence_->schedule)) {
      const uint32_t peer = std::exchange(evidence_->schedule.peer, validators_);
      if (peer < validators_) {
        out.push_back(Send{peer, Lane::kVotes, Encode(evidence_->request)});
      } else {
        out.push_back(Broadcast{Lane::kVotes, Encode(evidence_->request)});
      }
    }
    NoteDeadline(evidence_->schedule);
  }
}

void Fetcher::AskRange(Outputs& out) {
  const uint32_t peer = range_->schedule.peer;
  out.push_back(Send{peer, Lane::kVotes, Encode(RangeRequestMessage{range_->from, kRangeBytes})});
  // Whoever was asked before has not answered.
  for (const uint32_t silent : range_->asked) range_worth_[silent] = 0;
  range_->asked.insert(peer);
  range_->schedule.peer = NextPeer(peer);
}

uint32_t Fetcher::Attempts(const Hash& block) const {
  const auto found = blocks_.find(block);
  return found == blocks_.end() ? 0 : found->second.schedule.attempts;
}

bool Fetcher::TakeRange(uint32_t from_peer, Height from) {
  if (!range_ || range_->from != from || !range_->asked.contains(from_peer)) return false;
  range_taken_ = RangeTaken{from_peer, from};
  range_->asked.erase(from_peer);  // if it was of no use, the next peer is asked when that is due
  return true;
}

}  // namespace causeway::consensus
