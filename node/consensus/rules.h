// SPDX-License-Identifier: Apache-2.0
// The engine's parameters, and the switches by which a test breaks one rule at a time.
#ifndef CAUSEWAY_NODE_CONSENSUS_RULES_H_
#define CAUSEWAY_NODE_CONSENSUS_RULES_H_

#include <cstdint>
#include <optional>

#include "ledger/base/identifiers.h"

namespace causeway::consensus {

// Microseconds of the monotonic clock.
struct Timing {
  uint64_t idle_us = 1'000'000;     // without transactions a leader waits this long
  uint64_t leader_us = 1'000'000;   // for the proposal
  uint64_t advance_us = 2'000'000;  // for the view to be certified
  // The two above double with each view nullified since the last finalization, up to this.
  uint64_t cap_us = 4'000'000;
  uint64_t retry_us = 1'000'000;
  uint64_t fetch_us = 250'000;
  // What is missing is asked for after this: often it is only overtaken by what names it.
  uint64_t fetch_grace_us = 30'000;
};

// How far a proposal's time may be from the clock of the one who judges it, in microseconds of block time: a devnet's
// rate is already multiplied in.
struct DriftLimits {
  uint64_t behind_us = 2'000'000;
  uint64_t ahead_us = 500'000;
  uint64_t clock_rate = 1;  // microseconds of block time in one of the monotonic clock
};

// Everything is on wherever the network runs. A test that turns one off shows that the suite notices.
struct RuleSwitches {
  bool enter_on_certified_only = true;       // 1: a bare notarization does not advance
  bool certify_by_roots = true;              // 1: roots computed must be those claimed
  bool propose_with_nullifications = true;   // 3
  bool notarize_with_nullifications = true;  // 4
  bool notarize_valid_only = true;           // 4: the block executes to its roots
  bool notarize_within_drift = true;         // 4
  bool notarize_parent_of_view = true;       // 4: the block's parent is the parent view's block
  bool no_notarize_after_nullify = true;     // 4 and 6
  bool no_finalize_after_nullify = true;     // 5 and 11
  bool nullify_current_view_only = true;     // 6
  bool no_nullify_after_finalize = true;     // 6 and 11
  bool full_quorum = true;                   // 7: else one vote fewer
  bool certify_after_nullification = true;   // 7
  bool halt_on_other_roots = true;           // 8
  bool retry_votes = true;                   // 9
  bool retry_entry = true;                   // 9
  bool verify_votes = true;                  // 10
  bool verify_certificates = true;           // 10
  bool answer_laggards = true;               // 10
  bool one_vote_a_view = true;               // 11: a second notarize or finalize is refused
  bool vote_after_durable = true;            // 11: the barrier
  bool log_holds_blocks = true;              // 11: the block's bytes under the barrier of its votes
  bool log_holds_certificates = true;        // 11: notarizations and entry certificates, too
  bool floor_is_synced_height = true;        // 11: else the last finalized height
  bool lost_log_asks = true;                 // 12
  bool echo_at_start = true;                 // 12
  bool ask_in_next_epoch = true;             // 12: who came back in an epoch asks again in the next
  bool boundary_judged_once = true;          // epochs: the last block, proposed again, is not timed again
  bool nothing_above_boundary = true;        // epochs: no other block is voted for above the last
  bool answer_older_epochs = true;           // epochs: with what ended them
};

struct EngineConfig {
  Hash chain_id;
  Epoch epoch;
  uint32_t validators;
  // Nothing for a follower: it never votes or proposes, and answers with final blocks alone.
  std::optional<uint32_t> self;
  // View 0, final by definition: the block before the epoch's first, which ended the epoch before (or genesis).
  Hash first_block;
  // Hash of the epoch's own set of validators: a block that names another one is its last.
  Hash validators_hash;
  Timing timing = {};
  DriftLimits drift = {};
  RuleSwitches rules = {};
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_RULES_H_
