// SPDX-License-Identifier: Apache-2.0
// What this node lacks and whom it has asked: blocks by hash, final blocks by height, certificates. One peer at a time
// for blocks, the next one when the answer does not come; small things are asked of everybody the second time.
//
// A need that the engine does not state again in its latest step is dropped, so nothing is asked for ever.
#ifndef CAUSEWAY_NODE_CONSENSUS_FETCHER_H_
#define CAUSEWAY_NODE_CONSENSUS_FETCHER_H_

#include <cstdint>
#include <map>
#include <optional>

#include "node/consensus/messages.h"
#include "node/consensus/rules.h"
#include "node/consensus/step.h"
#include "node/consensus/types.h"

namespace causeway::consensus {

class Fetcher {
 public:
  explicit Fetcher(const EngineConfig& config);

  // Between these two the engine states everything that it needs; End asks for what is new.
  void Begin();
  void NeedBlock(const Hash& block, View view, uint32_t likely_holder);
  void NeedRange(Height from);
  void NeedEvidence(const EvidenceRequestMessage& request, uint32_t likely_holder);
  void End(uint64_t now_us, Outputs& out);

  // Ask others for what has not come.
  void OnTimer(uint64_t now_us, Outputs& out);
  // Nothing while nothing is asked for; else when to call OnTimer.
  std::optional<uint64_t> deadline() const { return deadline_; }

  bool Wants(const Hash& block) const { return blocks_.contains(block); }
  void Received(const Hash& block) { blocks_.erase(block); }
  // Whether an answer from this peer for this height was asked for; it then counts as received.
  bool TakeRange(uint32_t from_peer, Height from);

 private:
  struct BlockNeed {
    View view;
    uint32_t peer;
    bool asked = false;
    bool stated = true;
  };
  struct RangeNeed {
    Height from;
    uint32_t peer;
    bool asked = false;
    bool stated = true;
  };
  struct EvidenceNeed {
    EvidenceRequestMessage request;
    uint32_t peer;
    bool asked = false;
    bool stated = true;
  };
  uint32_t NextPeer(uint32_t peer) const;
  void Ask(Outputs& out);

  const Epoch epoch_;
  const uint32_t validators_;
  const uint32_t self_;  // validators_ for a follower
  const uint64_t interval_us_;
  std::map<Hash, BlockNeed> blocks_;
  std::optional<RangeNeed> range_;
  std::optional<EvidenceNeed> evidence_;
  uint32_t range_peer_;
  std::optional<uint64_t> deadline_;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_FETCHER_H_
