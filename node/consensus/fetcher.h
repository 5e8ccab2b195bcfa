// SPDX-License-Identifier: Apache-2.0
// What this node lacks and whom it has asked: blocks by hash, final blocks by height, certificates. One peer at a time
// for blocks, the next one when the answer does not come; certificates are asked of everybody the second time.
//
// Ranges are asked of the peer whose last answer brought most. One that brought little has the peers that are not tried
// yet asked first, so that nobody can slow a laggard down by answering soon and with a block at a time.
//
// A need that the engine does not state again in its latest step is dropped, so nothing is asked for ever.
#ifndef CAUSEWAY_NODE_CONSENSUS_FETCHER_H_
#define CAUSEWAY_NODE_CONSENSUS_FETCHER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "node/consensus/messages.h"
#include "node/consensus/rules.h"
#include "node/consensus/step.h"
#include "node/consensus/types.h"

namespace causeway::consensus {

class Fetcher {
 public:
  explicit Fetcher(const EngineConfig& config);

  // Between these two the engine states everything that it needs; End asks for what is due.
  void Begin(uint64_t now_us);
  void NeedBlock(const Hash& block, View view, uint32_t likely_holder);
  void NeedRange(Height from);
  void NeedEvidence(const EvidenceRequestMessage& request, uint32_t likely_holder);
  void End(Outputs& out);
  // When the next question is due, if any.
  std::optional<uint64_t> deadline() const { return deadline_; }

  bool WantsBlocks() const { return !blocks_.empty(); }
  bool Wants(const Hash& block) const { return blocks_.contains(block); }
  // How often the block has been asked for in vain.
  uint32_t Attempts(const Hash& block) const;
  void Received(const Hash& block) { blocks_.erase(block); }
  // Whether an answer from this peer for this height was asked for; it then counts as received.
  bool TakeRange(uint32_t from_peer, Height from);

 private:
  // When to ask whom next. Answers that take long are given longer.
  struct Schedule {
    uint64_t ask_at_us;
    uint32_t peer;
    uint32_t attempts = 0;
    bool stated = true;
  };
  struct BlockNeed {
    Schedule schedule;
    View view;
  };
  struct RangeNeed {
    Schedule schedule;
    Height from;
    std::set<uint32_t> asked;
  };
  struct EvidenceNeed {
    Schedule schedule;
    EvidenceRequestMessage request;
  };
  uint32_t NextPeer(uint32_t peer) const;
  // Whom to ask for the range after the one that `last` answered.
  uint32_t PeerForRange(uint32_t last) const;
  void AskRange(Outputs& out);
  bool Due(Schedule& schedule);
  void NoteDeadline(const Schedule& schedule);

  const Epoch epoch_;
  const uint32_t validators_;
  const uint32_t self_;  // validators_ for a follower
  const Timing timing_;
  uint64_t now_us_ = 0;
  std::map<Hash, BlockNeed> blocks_;
  std::optional<RangeNeed> range_;
  std::optional<EvidenceNeed> evidence_;
  // Who answered last, and for which height.
  struct RangeTaken {
    uint32_t peer;
    Height from;
  };
  std::optional<RangeTaken> range_taken_;
  // By how many blocks a peer's last answer helped; 0: not at all, or none came.
  std::map<uint32_t, uint64_t> range_worth_;
  uint32_t range_peer_;  // who is asked first for the next one
  std::optional<uint64_t> deadline_;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_FETCHER_H_
