// SPDX-License-Identifier: Apache-2.0
// The one place where this validator's votes are signed, and the record of those that it has signed.
//
// Invariants, which the safety of the network rests on: never nullify and finalize in one view, in either order; never
// two notarize or two finalize votes in one view; no notarize after nullify; nothing at or below the floor. What was
// signed is remembered, across restarts by way of the vote log, until the floor has passed it.
#ifndef CAUSEWAY_NODE_CONSENSUS_BALLOT_H_
#define CAUSEWAY_NODE_CONSENSUS_BALLOT_H_

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "ledger/crypto/signature_scheme.h"

#include "node/consensus/rules.h"
#include "node/consensus/types.h"

namespace causeway::consensus {

class Ballot {
 public:
  Ballot(const EngineConfig& config, const crypto::SignatureScheme& scheme);

  // A vote found in the log.
  void Restore(const Vote& vote);
  // Nothing at or below this view is signed any more; never falls.
  void RaiseFloor(View view);
  View floor() const { return floor_; }

  // The signed vote, recorded; nothing where a rule forbids it or this node has no key.
  std::optional<Vote> Sign(const Subject& subject);

  // The vote of this kind in this view, or null.
  const Vote* Find(VoteKind kind, View view) const;
  // Own votes in views above this one, ascending.
  std::vector<Vote> Above(View view) const;
  // Whether this very vote is known. For votes above the floor.
  bool Knows(const Vote& vote) const;

 private:
  using Votes = std::array<std::optional<Vote>, kVoteKinds>;
  bool Allowed(const Subject& subject) const;

  const Hash chain_id_;
  const std::optional<uint32_t> self_;
  const RuleSwitches rules_;
  const crypto::SignatureScheme& scheme_;
  View floor_;
  std::map<View, Votes> votes_;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_BALLOT_H_
