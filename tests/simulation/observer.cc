// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/observer.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

#include "ledger/chain/certificate.h"

namespace causeway::simulation {

using consensus::Subject;
using consensus::VoteKind;

namespace {
// The drift allowed ahead, and what a good clock may itself be wrong.
constexpr Duration kClockTolerance = Duration::Micros(500'000 + 200'000);
}  // namespace

void Observer::OnEpoch(Epoch epoch, const std::vector<uint32_t>& members) {
  const auto [known, is_new] = members_.emplace(epoch, members);
  if (!is_new && known->second != members) Fail(absl::StrCat("epoch ", epoch.value(), " has two sets of validators"));
}

std::vector<uint32_t> Observer::MembersOf(Epoch epoch) const {
  const auto known = members_.find(epoch);
  return known == members_.end() ? std::vector<uint32_t>() : known->second;
}

void Observer::OnVote(uint32_t node, const Subject& subject) {
  if (unreliable_[node]) return;
  auto& by_kind = signed_[{subject.epoch, subject.view, node}];
  for (const auto& subjects : by_kind) {
    for (const Subject& earlier : subjects) {
      if (!consensus::Contradict(earlier, subject)) continue;
      Fail(absl::StrCat("validator ", node, " signed both ", Describe(earlier), " and ", Describe(subject)));
    }
  }
  auto& subjects = by_kind[IndexOf(subject.kind)];
  if (std::find(subjects.begin(), subjects.end(), subject) != subjects.end()) return;
  subjects.push_back(subject);
  sent_.push_back({node, subject});
  ViewCount& count = views_[{subject.epoch, subject.view}];
  ++count.votes[{static_cast<int>(subject.kind), subject.block}];
  CheckCertificates(subject.epoch, subject.view, count);
}

std::vector<SentVote> Observer::SentVotes() const {
  std::vector<SentVote> votes;
  std::copy_if(sent_.begin(), sent_.end(), std::back_inserter(votes),
               [this](const SentVote& vote) { return !unreliable_[vote.validator]; });
  return votes;
}

std::vector<uint32_t> Observer::Unreliable() const {
  std::vector<uint32_t> nodes;
  for (uint32_t node = 0; node < nodes_; ++node) {
    if (unreliable_[node]) nodes.push_back(node);
  }
  return nodes;
}

// What certificates could exist if every unreliable validator signed whatever is wanted of it.
void Observer::CheckCertificates(Epoch epoch, View view, const ViewCount& count) {
  const std::vector<uint32_t> members = MembersOf(epoch);
  const auto unreliable = static_cast<uint32_t>(
      std::count_if(members.begin(), members.end(), [this](uint32_t member) { return unreliable_[member]; }));
  const uint32_t needed = chain::Quorum(static_cast<uint32_t>(members.size())) - unreliable;
  bool nullified = false;
  std::map<int, int> certified;
  for (const auto& [what, votes] : count.votes) {
    if (votes < needed) continue;
    ++certified[what.first];
    nullified |= what.first == static_cast<int>(VoteKind::kNullify);
  }
  if (certified[static_cast<int>(VoteKind::kNotarize)] > 1)
    Fail(absl::StrCat("two notarizations of view ", view.value()));
  if (certified[static_cast<int>(VoteKind::kFinalize)] > 1)
    Fail(absl::StrCat("two finalizations of view ", view.value()));
  if (nullified && certified[static_cast<int>(VoteKind::kFinalize)] > 0) {
    Fail(absl::StrCat("view ", view.value(), " is both nullified and finalized"));
  }
}

void Observer::OnAccusation(uint32_t node) {
  if (!unreliable_[node]) Fail(absl::StrCat("evidence against validator ", node, ", which is honest"));
}

void Observer::OnAlarm(uint32_t node, const std::string& text) {
  const bool log_blamed = text.find("its log lacks") != std::string::npos;
  if (log_blamed && !unreliable_[node]) Fail(absl::StrCat("node ", node, " mistrusts its intact log: ", text));
  if (text.find("more than f") != std::string::npos) Fail(absl::StrCat("node ", node, ": ", text));
}

void Observer::OnCommit(uint32_t node, const consensus::BlockInfo& block, Instant now,
                        const consensus::Roots& computed) {
  if (computed != block.claimed) Fail(absl::StrCat("node ", node, " committed a block of other roots than its own"));
  // Somebody with a good clock has judged it, unless a quorum has none.
  uint32_t doubtful = 0;
  const std::vector<uint32_t> members = MembersOf(block.epoch);
  for (const uint32_t member : members) doubtful += unreliable_[member] || skewed_[member] ? 1 : 0;
  if (doubtful < chain::Quorum(static_cast<uint32_t>(members.size())) &&
      block.time > AddSaturating(now, kClockTolerance)) {
    Fail(absl::StrCat("node ", node, " committed a block ", block.time.micros() - now.micros(), " us from the future"));
  }
  const uint64_t height = block.height.value();
  if (height > chain_.size()) Fail(absl::StrCat("node ", node, " committed height ", height, " before its ancestors"));
  if (height == chain_.size()) chain_.push_back(block.hash);
  if (chain_[height] != block.hash) {
    Fail(absl::StrCat("node ", node, " committed ", block.hash.ToHex().substr(0, 8), " at height ", height,
                      " where another block had been acknowledged"));
  }
}

}  // namespace causeway::simulation
