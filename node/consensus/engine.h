// SPDX-License-Identifier: Apache-2.0
// Consensus as a pure function: an input goes in, outputs come out, and what lies between depends on nothing else. No
// clock, thread, file or socket is touched here; the gRPC driver and the simulator run this same object.
//
// The rules are numbered 1 to 12 in this folder's README and named so in the sources:
//   engine_views.cc     1 entering views, 2 timers, 6 nullifying on them
//   engine_blocks.cc    3 proposing, 4 notarizing, 5 finalizing, 8 committing, certifying
//   engine_votes.cc     7 certificates, 10 admission, 11 releasing votes (ballot.h signs them)
//   engine_recovery.cc  9 retry, 12 the way back of a validator that lost its log, restoring, serving laggards
//   engine_epochs.cc    the last block of an epoch, and messages of other epochs
//
// An engine lives for one epoch. When it has committed the block that ends it, whoever runs it makes the next epoch's
// from its configuration and what is restored (RestoredFor in restore.h).
//
// After every input the engine looks at all that its rules can do now, until nothing changes: no rule waits for a
// particular message.
//
// Thread safety: none; one thread at a time. Determinism: the same inputs give the same outputs, byte for byte, if the
// signature scheme is deterministic.
#ifndef CAUSEWAY_NODE_CONSENSUS_ENGINE_H_
#define CAUSEWAY_NODE_CONSENSUS_ENGINE_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/crypto/signature_scheme.h"

#include "node/consensus/ballot.h"
#include "node/consensus/block_tree.h"
#include "node/consensus/coverage.h"
#include "node/consensus/fetcher.h"
#include "node/consensus/ledger_seam.h"
#include "node/consensus/rules.h"
#include "node/consensus/step.h"
#include "node/consensus/types.h"
#include "node/consensus/vote_table.h"

namespace causeway::consensus {

// What a node knows when it starts: from its vote log and from its store.
struct Restored {
  // False where the log is missing, damaged, or was made for a validator that lost an earlier one and has not come
  // back.
  bool log_intact = true;
  std::vector<Vote> votes = {};
  std::vector<CertificatePtr> certificates = {};
  std::vector<LogCertified> certified = {};
  std::vector<BlockInfo> bodies = {};
  // Nothing at or below it is signed: of the log's floor and of a way back, the higher.
  View floor = View(0);
  // The store's head, and the newest finalization that the store holds (null before the first): in the first view of an
  // epoch after the first, of the block that ended the one before.
  BlockInfo committed;
  CertificatePtr finalization = nullptr;
  // Where this validator came back in this epoch after losing its log (rule 12), the view up to which it does not vote.
  std::optional<View> rejoined = std::nullopt;
  // The last barrier of this life so far.
  uint64_t barrier = 0;
};

class Engine {
 public:
  // `scheme` and `reader` outlive the engine.
  Engine(const EngineConfig& config, const crypto::SignatureScheme& scheme, const BlockReader& reader,
         Restored restored);

  // The first input is Start. After a Halt every input gives nothing.
  Outputs Step(const Input& input, const Now& now);

  enum class Mode {
    kStarting,  // before Start
    kEchoing,   // waits for a quorum's echoes of its last votes; does all but vote
    kAsking,    // lost its log; neither votes nor answers
    kVoting,    // takes part (a follower: follows)
    kHalted,
  };
  Mode mode() const { return mode_; }
  View view() const { return current_; }
  View last_finalized_view() const { return final_view_; }
  const BlockInfo& committed() const { return tree_.committed(); }
  Epoch epoch() const { return config_.epoch; }
  // The block that ends the epoch is committed: the next epoch's engine takes over.
  bool EpochIsOver() const { return tree_.committed().next_validators != config_.validators_hash; }
  // Whether this validator came back in this epoch and might have voted in the next one before (rule 12).
  bool AsksInNextEpoch() const { return config_.rules.ask_in_next_epoch && (rejoined_ || mode_ == Mode::kAsking); }
  uint64_t last_barrier() const { return barrier_; }
  uint32_t leader() const { return LeaderOf(config_.epoch, current_, config_.validators); }
  const Coverage& coverage() const { return coverage_; }
  // How much is held, for the bound on memory: views with votes, blocks.
  size_t views_held() const { return votes_.views(); }
  size_t blocks_held() const { return tree_.size(); }
  // Other validators of which no vote of the current view has come: what a stall is waiting for. In a network that
  // moves on this says little, since a view has always just begun.
  std::vector<uint32_t> MissingVoters() const;
  // Knows a final block that it does not have, and fetches.
  bool is_fetching() const { return final_block_ != tree_.committed().hash; }
  // What it waits for, in words.
  std::string DescribeStall() const;

 private:
  // The leader's proposal of a view.
  struct Slot {
    Subject subject;
    Hash parent;
    Instant time;
    Instant arrived;  // by the clock of block time
  };
  struct ViewRecord {
    std::optional<Slot> slot;
    bool equivocated = false;
    bool certified = false;       // and executed in this life
    bool entered_before = false;  // the log says that it was certified in an earlier life
    std::array<bool, kVoteKinds> persisted = {};
    bool certified_persisted = false;
  };
  enum class Verdict { kWait, kWrong, kGood };

  // ---- engine.cc ----
  void Handle(const Start& start);
  void Handle(const PeerBytes& peer);
  void Handle(const TimerFired& timer);
  void Handle(const BlockBuilt& built);
  void Handle(const BlockExecuted& executed);
  void Handle(const LogDurable& durable);
  void Handle(const TransactionsWaiting& waiting);
  void Handle(const StoreSynced& synced);
  void Handle(const LogSpace& space);
  // Everything that the rules can do now.
  void Advance();
  void CatchUp();
  void AskWhatIsDue();
  void SendTo(uint32_t peer, const Message& message, Lane lane = Lane::kVotes);
  void SendToAll(const Message& message, Lane lane = Lane::kVotes);
  void Emit(Output output) { out_.push_back(std::move(output)); }
  void HaltWith(std::string reason);
  bool halted() const { return mode_ == Mode::kHalted; }

  // ---- engine_views.cc ----
  bool EnterHighest();
  void Enter(View view);
  void DropStaleProposals();
  void ArmViewTimers();
  void Arm(TimerKind kind, uint64_t at_us);
  uint64_t Grown(uint64_t base_us) const;
  bool SkipSilentLeader();
  void NullifyOnTimer(TimerKind kind);
  bool Nullify();
  void NoteNullified(View view);
  void NoteSigned(uint32_t validator) { silent_[validator] = false; }
  CertificatePtr EntryCertificate() const;

  // ---- engine_blocks.cc ----
  bool CommitFinal();
  bool CertifyAll();
  bool Propose();
  bool NotarizeProposal();
  bool FinalizeCertified();
  Verdict Judge(const Slot& slot);
  Verdict JudgeDrift(const Slot& slot);
  void CommitNext();
  void TakeProposal(uint32_t from, const ProposalMessage& proposal);
  // The block of the view where it is final or certified here (rule 4); nothing otherwise.
  std::optional<Hash> ReadyBlockOf(View view) const;
  std::optional<Hash> KnownBlockOf(View view) const;
  void DriveExecution(const Hash& block, View view);
  void RequestEvidence(View notarization, View after, View before);

  // ---- engine_votes.cc ----
  bool MayVote() const;
  // Signs, makes durable what rule 11 demands, and releases the vote; false where the ballot refuses.
  bool Cast(const Subject& subject);
  // False for a vote that is forged.
  bool TakeVote(uint32_t from, const Vote& vote);
  void TakeCertificate(uint32_t from, const CertificatePtr& certificate);
  void CountOwn(const Vote& vote);
  void AfterVote(const Vote& vote, const VoteTable::VoteOutcome& outcome);
  void AfterCertificate(const CertificatePtr& certificate);
  void AfterFinalization(const CertificatePtr& finalization);
  void PersistCertificate(const CertificatePtr& certificate);
  void PersistBody(const Hash& block);
  void PersistCertified(View view);
  bool Admits(View view) const;

  // ---- engine_recovery.cc ----
  void Restore(Restored restored);
  void Retry();
  void AnswerWithFinalization(uint32_t peer);
  bool MayAnswer(uint32_t peer);
  bool MayTellFinalization(uint32_t peer);
  void Take(uint32_t from, const EvidenceRequestMessage& request);
  void Take(uint32_t from, const BlockRequestMessage& request);
  void Take(uint32_t from, const BlockResponseMessage& response);
  void Take(uint32_t from, const RangeRequestMessage& request);
  void Take(uint32_t from, const RangeResponseMessage& response);
  void Take(uint32_t from, const EchoRequestMessage& request);
  void Take(uint32_t from, const EchoResponseMessage& response);
  void Take(uint32_t from, const EntryRequestMessage& request);
  void Take(uint32_t from, const EntryResponseMessage& response);
  void Take(uint32_t from, const Vote& vote) { TakeVote(from, vote); }
  void Take(uint32_t from, const CertificatePtr& certificate) { TakeCertificate(from, certificate); }
  void Take(uint32_t from, const ProposalMessage& proposal) { TakeProposal(from, proposal); }
  void Take(uint32_t from, const VoteBatchMessage& batch);
  void StartVoting();
  void LoseLog();
  void FinishAsking();

  // ---- engine_epochs.cc ----
  // Whether the block, held or committed, is its epoch's last.
  bool IsBoundary(const Hash& block) const;
  bool ProposeAgain(View parent, const Hash& boundary);
  Verdict JudgeAgain(const Slot& slot);
  void TakeOfOtherEpoch(uint32_t from, const Message& message, Epoch epoch);
  void FetchWhereBehind();
  static bool IsAnswerToAsking(const Message& message);

  const EngineConfig config_;
  const BlockReader& reader_;
  Mode mode_ = Mode::kStarting;
  bool log_intact_;
  Ballot ballot_;
  VoteTable votes_;
  BlockTree tree_;
  Fetcher fetcher_;
  Coverage coverage_;

  // This step's.
  Now now_;
  Outputs out_;

  View current_ = View(0);
  uint64_t entered_us_ = 0;
  View final_view_ = View(0);
  Hash final_block_;
  CertificatePtr finalization_;  // null in view 0
  bool final_settled_ = true;    // the finalized block is known to be committed, though its header is not at hand
  bool restoring_ = false;
  std::map<View, ViewRecord> views_;
  // Finalizations of blocks that are not committed yet, by block.
  std::map<Hash, CertificatePtr> uncommitted_finalizations_;
  // Directly finalized (height, view), ascending, that a floor may still be derived from.
  std::vector<std::pair<Height, View>> finalized_heights_;

  std::array<uint64_t, kTimerKinds> deadlines_;
  uint32_t nullified_streak_ = 0;  // since the last finalization
  std::vector<bool> silent_;
  std::vector<bool> skipped_;         // since the last finalization
  std::vector<View> last_nullified_;  // per leader

  bool transactions_waiting_ = false;
  uint64_t transactions_since_us_ = 0;
  bool log_has_room_ = true;
  std::optional<View> building_;
  View building_parent_ = View(0);
  bool build_declined_ = false;
  bool idle_passed_ = false;

  uint64_t barrier_ = 0;
  std::vector<std::pair<uint64_t, Vote>> not_durable_;  // own votes behind a barrier

  Hash nonce_;
  std::set<uint32_t> echoed_;
  std::map<uint32_t, CertificatePtr> entries_;  // answers of the way back
  std::optional<uint64_t> asking_ends_at_;      // barrier
  struct Served {
    uint64_t since_us = 0;
    uint32_t answers = 0;
    uint64_t finalization_us = 0;
    bool finalization_sent = false;
  };
  std::map<uint32_t, Served> served_;
  std::optional<View> rejoined_;  // this epoch's way back, while it may still matter
  uint64_t ahead_until_us_ = 0;   // somebody has spoken of a later epoch, lately
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_ENGINE_H_
