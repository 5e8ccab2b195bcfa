// SPDX-License-Identifier: Apache-2.0
// Sees everything and forgets nothing: checks after each step what must hold over the whole network and over restarts.
#ifndef CAUSEWAY_TESTS_SIMULATION_OBSERVER_H_
#define CAUSEWAY_TESTS_SIMULATION_OBSERVER_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "node/consensus/types.h"

namespace causeway::simulation {

struct SentVote {
  uint32_t validator;
  consensus::Subject subject;
};

class Observer {
 public:
  explicit Observer(uint32_t nodes, const Hash& genesis)
      : nodes_(nodes), unreliable_(nodes), skewed_(nodes), chain_{genesis} {}

  // A Byzantine validator, or one whose log has rotted: what it signs is not held against it, and counts for
  // everything.
  void MarkUnreliable(uint32_t node) { unreliable_[node] = true; }

  // Its clock has been seconds off at some time.
  void MarkSkewed(uint32_t node) { skewed_[node] = true; }

  // Who the validators of an epoch are, by index.
  void OnEpoch(Epoch epoch, const std::vector<uint32_t>& members);
  // An honest node's vote left it (or may have).
  void OnVote(uint32_t node, const consensus::Subject& subject);
  // A node committed the block at this height, at this true time, having computed these roots.
  void OnCommit(uint32_t node, const consensus::BlockInfo& block, Instant now, const consensus::Roots& computed);

  // A node holds two contradicting votes of another; an honest one never gives reason to.
  void OnAccusation(uint32_t node);

  // What an alarm tells people must be true.
  void OnAlarm(uint32_t node, const std::string& text);

  // The highest committed height, and what is committed there.
  uint64_t height() const { return chain_.size() - 1; }
  const Hash& HashAt(uint64_t height) const { return chain_[height]; }
  // The votes that left reliable validators, each once, in the order in which they did.
  std::vector<SentVote> SentVotes() const;
  // Those whose votes are not among them.
  std::vector<uint32_t> Unreliable() const;
  // Empty while everything holds.
  const std::string& failure() const { return failure_; }
  void Fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
  }

 private:
  struct ViewCount {
    std::map<std::pair<int, Hash>, uint32_t> votes;  // by kind and block
  };
  void CheckCertificates(Epoch epoch, View view, const ViewCount& count);
  std::vector<uint32_t> MembersOf(Epoch epoch) const;

  const uint32_t nodes_;
  std::vector<bool> unreliable_;
  std::vector<bool> skewed_;
  std::vector<Hash> chain_;
  std::map<std::tuple<Epoch, View, uint32_t>, std::array<std::vector<consensus::Subject>, consensus::kVoteKinds>>
      signed_;
  std::vector<SentVote> sent_;
  std::map<std::pair<Epoch, View>, ViewCount> views_;
  std::map<Epoch, std::vector<uint32_t>> members_;
  std::string failure_;
};

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_OBSERVER_H_
