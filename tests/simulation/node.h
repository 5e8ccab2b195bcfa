// SPDX-License-Identifier: Apache-2.0
// One validator of a simulation: what the driver does for a real one, in virtual time, and what may happen to it.
#ifndef CAUSEWAY_TESTS_SIMULATION_NODE_H_
#define CAUSEWAY_TESTS_SIMULATION_NODE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "node/consensus/restore.h"
#include "tests/simulation/keyed_hash_scheme.h"
#include "tests/simulation/model_ledger.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/world.h"

namespace causeway::simulation {

// What a Byzantine validator does; several at once.
struct Byzantine {
  bool silent = false;        // says nothing for seconds on end
  bool equivocates = false;   // as leader sends two blocks
  bool backdates = false;     // as leader stamps an old or a future time
  bool double_votes = false;  // votes for whatever it sees, nullifies and finalizes it too
  bool garbage = false;       // sends bytes that are no messages, and messages with bits flipped
  bool replays = false;       // sends again what it received earlier
  bool forks = false;         // as leader builds beside a notarized block, or claims a parent that is not the block's
  bool forges = false;        // sends certificates that nobody signed
  bool invalid = false;       // as leader sends blocks that break the ledger's rules
  bool twin = false;          // honest in itself, but there are two of it with one key
  bool any() const {
    return silent || equivocates || backdates || double_votes || garbage || replays || forks || forges || invalid ||
           twin;
  }
};

// Where in a barrier the next crash happens.
enum class CrashPoint : uint8_t { kNone, kBeforeWrite, kTorn, kAfterSync };

class SimulatedNode {
 public:
  static constexpr uint64_t kGenesisTime = 1'700'000'000'000'000;

  // `index` is the validator; `place`, where events find this node, is another number for the second of twins.
  SimulatedNode(World& world, const SimulationOptions& options, uint32_t index, uint32_t place);

  // First start: makes the log with the key.
  void Begin();
  void Handle(const Event& event);

  // ---- What may happen to it ----
  void Crash(uint64_t down_us);
  void Restart();
  void Wipe() { disk_.Wipe(); }
  bool Rot() { return disk_.Rot(world_.random()); }
  void set_crash_point(CrashPoint point, uint64_t down_us) {
    crash_point_ = point;
    crash_down_us_ = down_us;
  }
  void set_byzantine(const Byzantine& byzantine) { byzantine_ = byzantine; }
  void set_paused_until(uint64_t until_us) { paused_until_us_ = until_us; }
  void set_clock_offset(int64_t offset_us) { clock_offset_us_ = offset_us; }
  void set_sync_us(uint64_t sync_us) { sync_us_ = sync_us; }
  void set_execution_us(uint64_t execution_us) { execution_us_ = execution_us; }
  void set_salt(uint64_t salt) {
    salted_ = salt != 0;
    ledger_.set_salt(salt);
  }
  SimulatedDisk& disk() { return disk_; }
  void Submit(const Transfer& transfer);

  bool alive() const { return engine_ != nullptr; }
  bool halted() const { return halted_; }
  bool honest() const { return !byzantine_.any() && !salted_; }
  uint64_t life() const { return life_; }
  uint64_t view() const { return engine_ ? engine_->view().value() : 0; }
  uint64_t epoch() const { return config_.epoch.value(); }
  uint64_t height() const { return ledger_.head().height.value(); }
  consensus::Engine::Mode mode() const { return engine_->mode(); }
  std::string DescribeStall() const { return engine_ ? engine_->DescribeStall() : "down"; }
  const ModelLedger& ledger() const { return ledger_; }
  // Of all lives.
  consensus::Coverage coverage() const;

 private:
  using Task = std::variant<consensus::Build, consensus::Execute, consensus::Commit>;

  // The configuration of the epoch that the ledger is in, and its engine.
  void Configure();
  void StartEngine(consensus::Restored restored);
  void EnterNextEpoch();
  // The index in the epoch's set of the node at a place, or a number beyond it; and back.
  uint32_t PeerAt(uint32_t place) const;
  uint32_t PlaceOf(uint32_t peer) const;
  void Step(const consensus::Input& input);
  void Perform(consensus::Outputs outputs);
  void Queue(Task task);
  void RunTask();
  void Pump();
  void FinishSync();
  void Release(const consensus::Output& output);
  void ReleaseVotes(uint64_t barrier);
  void NoteMempool(bool again);
  // To a validator of the epoch, or another peer; to the node at a place.
  void SendBytes(uint32_t to, const consensus::Bytes& bytes) { SendToPlace(PlaceOf(to), bytes); }
  void SendToPlace(uint32_t place, const consensus::Bytes& bytes);
  consensus::Now Clocks() const;

  // Byzantine conduct.
  void Misbehave(uint32_t from, const consensus::Bytes& bytes);
  void VoteForAnything(const consensus::Subject& subject);
  void Equivocate(const consensus::ProposalMessage& proposal);
  void Fork(const consensus::ProposalMessage& proposal);
  void ProposeInvalid(const consensus::ProposalMessage& proposal);
  void Mislead(consensus::RangeResponseMessage& response);
  void Forge(const consensus::Subject& subject);
  void SendToOthers(const consensus::Bytes& bytes);
  void SignAndSend(const consensus::Subject& subject);
  void SendGarbage(const consensus::Bytes& like);
  bool KeepsSilent() const;

  World& world_;
  const SimulationOptions& options_;
  const uint32_t index_;
  const uint32_t place_;
  const std::unique_ptr<const crypto::SignatureScheme> nodes_scheme_;
  std::unique_ptr<const crypto::SignatureScheme> scheme_;  // of the epoch
  Members members_;
  const ModelReader reader_;
  ModelLedger ledger_;
  SimulatedDisk disk_;
  consensus::EngineConfig config_;
  Byzantine byzantine_;
  bool salted_ = false;

  // Of this life.
  std::unique_ptr<consensus::VoteLog> log_;
  consensus::LogContents contents_;  // as it was found at the start
  std::unique_ptr<consensus::Engine> engine_;
  std::array<uint64_t, consensus::kTimerKinds> timers_ = {};
  std::deque<consensus::Output> outbox_;
  std::deque<Task> tasks_;
  bool working_ = false;
  bool syncing_ = false;
  uint64_t last_barrier_ = 0;
  uint64_t durable_barrier_ = 0;
  std::deque<std::pair<uint64_t, consensus::Vote>> unreleased_;  // votes behind barriers
  bool log_had_room_ = true;
  bool waiting_said_ = false;
  uint64_t waiting_since_us_ = 0;

  uint64_t life_ = 0;
  bool halted_ = false;
  CrashPoint crash_point_ = CrashPoint::kNone;
  uint64_t crash_down_us_ = 0;
  uint64_t paused_until_us_ = 0;
  int64_t clock_offset_us_ = 0;
  uint64_t sync_us_ = 500;
  uint64_t execution_us_ = 300;
  uint64_t nonce_ = 0;
  consensus::Coverage earlier_coverage_;
  std::set<uint64_t> voted_for_;  // by a double voter
  std::vector<consensus::Bytes> remembered_;
  std::map<Hash, std::pair<consensus::Subject, Hash>> proposals_;  // seen by one who forks: what was voted, the parent
};

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_NODE_H_
