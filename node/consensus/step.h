// SPDX-License-Identifier: Apache-2.0
// What goes into the engine's step and what comes out of it.
//
// The order of outputs matters. What stands after a Barrier may be released (sent, committed, reported) only when every
// Persist before the Barrier is durable; timers, builds and executions need not wait. When it is, LogDurable goes in.
#ifndef CAUSEWAY_NODE_CONSENSUS_STEP_H_
#define CAUSEWAY_NODE_CONSENSUS_STEP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/consensus/ledger_seam.h"
#include "node/consensus/messages.h"
#include "node/consensus/types.h"

namespace causeway::consensus {

// Both clocks of the node, read when the input arrived. Timers run by the monotonic one; block times are stamped and
// judged by the other, which may be a devnet's lapse clock.
struct Now {
  uint64_t monotonic_us;
  Instant block_time;
};

enum class TimerKind : uint8_t {
  kIdle,     // a leader without transactions proposes an empty block
  kLeader,   // no proposal
  kAdvance,  // not certified
  kEarly,    // a proposal a little ahead of the clock is due
  kFetch,    // what was asked for has not come: ask the next peer
  kRetry,    // say everything again
};
inline constexpr int kTimerKinds = 6;
absl::string_view TimerKindName(TimerKind kind);

// ---- Inputs ----

// Once, first.
struct Start {
  Hash nonce;  // fresh randomness
};
struct PeerBytes {
  // Known from the connection: the validator's index in the epoch's set. Whoever is not in it has a number beyond the
  // set's, by which it can be answered.
  uint32_t from;
  Bytes bytes;
};
struct TimerFired {
  TimerKind kind;
};
struct BlockBuilt {
  View view;
  std::optional<BlockInfo> block;
};
struct BlockExecuted {
  Hash block;
  ExecutionResult result;
};
struct LogDurable {
  uint64_t barrier;
};
// How the mempool stands: `waiting` while it holds a transaction that no block of the chain up to the highest certified
// one contains, and since when it has held the oldest of these. Said again whenever it changes, and when a new
// transaction has come.
struct TransactionsWaiting {
  bool waiting;
  uint64_t since_us;  // monotonic
};
// The store is known to be on disk up to this height.
struct StoreSynced {
  Height height;
};
// Whether the vote log has room for further votes.
struct LogSpace {
  bool has_room;
};

using Input = std::variant<Start, PeerBytes, TimerFired, BlockBuilt, BlockExecuted, LogDurable, TransactionsWaiting,
                           StoreSynced, LogSpace>;

// ---- Outputs ----

// Votes and certificates, or blocks: a transport keeps the second from delaying the first.
enum class Lane : uint8_t { kVotes, kBlocks };

struct Persist {
  LogRecord record;
};
struct Barrier {
  uint64_t id;  // ascending
};
struct Send {
  uint32_t to;
  Lane lane;
  Bytes bytes;
};
// To every validator but this one.
struct Broadcast {
  Lane lane;
  Bytes bytes;
};
// Replaces the kind's earlier setting.
struct SetTimer {
  TimerKind kind;
  uint64_t at_us;  // monotonic; kNever cancels
};
inline constexpr uint64_t kNever = ~uint64_t{0};
struct Build {
  BuildRequest request;
};
struct Execute {
  BlockInfo block;
};
struct Commit {
  BlockInfo block;
  CertificatePtr finalization;  // null for an ancestor that is final through a descendant
};
// Read final blocks from the store and send them to the peer.
struct ServeRange {
  uint32_t to;
  RangeRequestMessage request;
};
// Send the peer the finalization of the block that ended this epoch, from the store.
struct ServeBoundary {
  uint32_t to;
  Epoch epoch;
};
// A validator contradicted itself.
struct ReportEvidence {
  VoteConflict conflict;
};
// For the log and for people; nothing depends on it.
struct Alarm {
  std::string text;
};
// The last output ever: the node must stop and say why.
struct Halt {
  std::string reason;
};

using Output = std::variant<Persist, Barrier, Send, Broadcast, SetTimer, Build, Execute, Commit, ServeRange,
                            ServeBoundary, ReportEvidence, Alarm, Halt>;
using Outputs = std::vector<Output>;

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_STEP_H_
