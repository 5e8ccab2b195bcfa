// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/ballot.h"

#include <algorithm>
#include <utility>

namespace causeway::consensus {

Ballot::Ballot(const EngineConfig& config, const crypto::SignatureScheme& scheme)
    : chain_id_(config.chain_id), self_(config.self), rules_(config.rules), scheme_(scheme), floor_(0) {}

void Ballot::Restore(const Vote& vote) {
  votes_[vote.subject.view][IndexOf(vote.subject.kind)] = vote;
}

void Ballot::RaiseFloor(View view) {
  floor_ = std::max(floor_, view);
  votes_.erase(votes_.begin(), votes_.upper_bound(floor_));
}

bool Ballot::Allowed(const Subject& subject) const {
  if (subject.view <= floor_) return false;
  const bool notarized = Find(VoteKind::kNotarize, subject.view) != nullptr;
  const bool nullified = Find(VoteKind::kNullify, subject.view) != nullptr;
  const bool finalized = Find(VoteKind::kFinalize, subject.view) != nullptr;
  switch (subject.kind) {
    case VoteKind::kNotarize:
      return !(notarized && rules_.one_vote_a_view) && !(nullified && rules_.no_notarize_after_nullify);
    case VoteKind::kNullify:
      return !nullified && !(finalized && rules_.no_nullify_after_finalize);
    case VoteKind::kFinalize:
      return !(finalized && rules_.one_vote_a_view) && !(nullified && rules_.no_finalize_after_nullify);
  }
  return false;
}

std::optional<Vote> Ballot::Sign(const Subject& subject) {
  if (!self_ || !Allowed(subject)) return std::nullopt;
  absl::StatusOr<std::string> signature = scheme_.Sign(VotePreimage(chain_id_, subject));
  if (!signature.ok()) return std::nullopt;
  Vote vote{subject, *self_, *std::move(signature)};
  votes_[subject.view][IndexOf(subject.kind)] = vote;
  return vote;
}

const Vote* Ballot::Find(VoteKind kind, View view) const {
  const auto found = votes_.find(view);
  if (found == votes_.end()) return nullptr;
  const std::optional<Vote>& vote = found->second[IndexOf(kind)];
  return vote ? &*vote : nullptr;
}

std::vector<Vote> Ballot::Above(View view) const {
  std::vector<Vote> above;
  for (auto i = votes_.upper_bound(view); i != votes_.end(); ++i) {
    for (const std::optional<Vote>& vote : i->second) {
      if (vote) above.push_back(*vote);
    }
  }
  return above;
}

bool Ballot::Knows(const Vote& vote) const {
  const Vote* own = Find(vote.subject.kind, vote.subject.view);
  return own != nullptr && own->subject == vote.subject;
}

}  // namespace causeway::consensus
