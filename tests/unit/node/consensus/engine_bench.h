// SPDX-License-Identifier: Apache-2.0
// One engine on a bench: the test plays everybody else. Barriers become durable, and blocks are executed, at once,
// unless the test holds them back; all outputs are kept for looking at.
#ifndef CAUSEWAY_TESTS_UNIT_NODE_CONSENSUS_ENGINE_BENCH_H_
#define CAUSEWAY_TESTS_UNIT_NODE_CONSENSUS_ENGINE_BENCH_H_

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "node/consensus/engine.h"
#include "tests/simulation/keyed_hash_scheme.h"
#include "tests/simulation/model_ledger.h"
#include "tests/simulation/mutants.h"

namespace causeway::consensus {

constexpr uint64_t kSecret = 7;
constexpr uint64_t kStartTime = 1'700'000'000'000'000;

class EngineBench {
 public:
  struct Options {
    uint32_t validators = 4;
    uint32_t self = 0;
    RuleSwitches rules = {};
    bool echo = false;  // wait for echoes at the start
  };

  EngineBench() : EngineBench(Options()) {}
  explicit EngineBench(const Options& options)
      : scheme_(kSecret, options.validators, options.self),
        ledger_(Instant::FromMicros(kStartTime), options.validators) {
    config_.validators = options.validators;
    config_.self = options.self;
    config_.rules = options.rules;
    config_.rules.echo_at_start = options.echo;
    // tests/mutants asks whether these tests notice that a rule is missing.
    if (const char* without = std::getenv("CAUSEWAY_WITHOUT")) simulation::SwitchOff(without, config_.rules);
    config_.first_block = ledger_.genesis().hash;
    config_.validators_hash = ledger_.genesis().next_validators;
    config_.timing.retry_us = 1'250'000;  // not at the same time as the idle timer
  }

  // ---- Life ----
  void Start() { Start(Restored{.committed = ledger_.genesis()}); }
  void Start(Restored restored) {
    engine_ = std::make_unique<Engine>(config_, scheme_, reader_, std::move(restored));
    outputs_.clear();
    durable_ = 0;
    Step(consensus::Start{Nonce()});
  }
  void StartWiped() {
    Restored restored{.committed = ledger_.genesis()};
    restored.log_intact = false;
    Start(std::move(restored));
  }
  // A crash after everything persisted was synced, and what the log gives back.
  Restored Crash() const {
    Restored restored{.committed = ledger_.genesis()};
    for (const LogRecord& record : log_) {
      if (const auto* vote = std::get_if<Vote>(&record)) restored.votes.push_back(*vote);
      if (const auto* one = std::get_if<CertificatePtr>(&record)) restored.certificates.push_back(*one);
      if (const auto* one = std::get_if<LogCertified>(&record)) restored.certified.push_back(*one);
      if (const auto* one = std::get_if<LogBody>(&record)) restored.bodies.push_back(*reader_.Read(one->bytes));
      if (const auto* one = std::get_if<LogFloor>(&record)) restored.floor = std::max(restored.floor, one->view);
      if (const auto* one = std::get_if<LogRejoined>(&record)) restored.floor = std::max(restored.floor, one->view);
    }
    return restored;
  }
  static Hash Nonce() { return Filled(0x11); }
  static Hash Filled(uint8_t byte) {
    std::array<uint8_t, 32> bytes;
    bytes.fill(byte);
    return Hash(bytes);
  }

  // ---- Inputs ----
  void Step(const Input& input) {
    Take(engine_->Step(input, Now{now_us_, BlockTime()}));
    Settle();
  }
  void Deliver(uint32_t from, const Message& message) {
    Step(PeerBytes{from, std::make_shared<const std::string>(EncodeMessage(message))});
  }
  // Time passes; what is due fires.
  void Advance(uint64_t us) {
    const uint64_t until = now_us_ + us;
    for (;;) {
      const auto next = std::min_element(timers_.begin(), timers_.end());
      if (*next > until) break;
      now_us_ = std::max(now_us_, *next);
      *next = kNever;
      Step(TimerFired{static_cast<TimerKind>(next - timers_.begin())});
    }
    now_us_ = until;
  }
  void Waiting(bool waiting = true) { Step(TransactionsWaiting{waiting, now_us_}); }
  Instant BlockTime() const { return Instant::FromMicros(kStartTime + 1'000'000 + now_us_); }
  // Holding back what the machine would do.
  bool hold_barriers = false;
  bool hold_executions = false;
  bool hold_builds = false;
  void ReleaseBarriers() {
    hold_barriers = false;
    Settle();
  }
  void ReleaseExecutions() {
    hold_executions = false;
    Settle();
  }

  // ---- Others' signatures ----
  Vote Signed(uint32_t validator, const Subject& subject) const {
    const simulation::KeyedHashScheme scheme(kSecret, config_.validators, validator);
    return {subject, validator, *scheme.Sign(VotePreimage(config_.chain_id, subject))};
  }
  CertificatePtr Certify(const Subject& subject, std::vector<uint32_t> signers = {1, 2, 3}) const {
    Certificate certificate{subject, signers, {}};
    for (const uint32_t signer : signers) certificate.signatures += Signed(signer, subject).signature;
    return std::make_shared<const Certificate>(std::move(certificate));
  }
  Subject Notarize(uint64_t view, uint64_t parent_view, const BlockInfo& block) const {
    return {VoteKind::kNotarize, config_.epoch, View(view), View(parent_view), block.hash};
  }
  Subject Finalize(uint64_t view, uint64_t parent_view, const BlockInfo& block) const {
    return Notarize(view, parent_view, block).As(VoteKind::kFinalize);
  }
  Subject Nullify(uint64_t view) const { return Subject::Nullify(config_.epoch, View(view)); }
  uint32_t Leader(uint64_t view) const { return LeaderOf(config_.epoch, View(view), config_.validators); }
  ProposalMessage Proposal(uint64_t view, uint64_t parent_view, const BlockInfo& block) const {
    return {Signed(Leader(view), Notarize(view, parent_view, block)), block.bytes};
  }
  void DeliverVotes(const Subject& subject, const std::vector<uint32_t>& from) {
    for (const uint32_t validator : from) Deliver(validator, Signed(validator, subject));
  }

  // ---- Blocks; the bench's own ledger executes all of them ----
  const BlockInfo& genesis() const { return ledger_.genesis(); }
  // A valid block, `after_us` after its parent.
  BlockInfo Block(const BlockInfo& parent, uint64_t after_us = 1'000'000, uint32_t proposer = 1) {
    BuildRequest request{
        View(0), config_.epoch, proposer, parent.hash, AddSaturating(parent.time, Duration::Micros(after_us)), 0, true};
    return **ledger_.Build(request);
  }
  // A block of which executing gives other roots than it claims.
  static BlockInfo WithWrongRoots(const BlockInfo& block) {
    simulation::ModelBlock model = *simulation::ModelBlock::Decode(*block.bytes);
    model.roots.state = Filled(0xbb);
    return simulation::InfoOf(model);
  }

  // ---- What came out, since the last Forget ----
  void Forget() { outputs_.clear(); }
  const std::vector<Output>& outputs() const { return outputs_; }
  template <typename T>
  std::vector<T> All() const {
    std::vector<T> found;
    for (const Output& output : outputs_) {
      if (const auto* one = std::get_if<T>(&output)) found.push_back(*one);
    }
    return found;
  }
  // Messages of a kind that were sent or broadcast.
  template <typename M>
  std::vector<M> Said() const {
    std::vector<M> found;
    for (const Output& output : outputs_) {
      Bytes bytes;
      if (const auto* send = std::get_if<Send>(&output)) bytes = send->bytes;
      if (const auto* broadcast = std::get_if<Broadcast>(&output)) bytes = broadcast->bytes;
      if (!bytes) continue;
      const Message message = *DecodeMessage(*bytes);
      if (const auto* one = std::get_if<M>(&message)) found.push_back(*one);
    }
    return found;
  }
  // Whether this validator's own vote was said, alone, in a batch, or with a proposal.
  bool Voted(const Subject& subject) const {
    const auto is = [&](const Vote& vote) { return vote.subject == subject && vote.validator == config_.self; };
    for (const Vote& vote : Said<Vote>()) {
      if (is(vote)) return true;
    }
    for (const VoteBatchMessage& batch : Said<VoteBatchMessage>()) {
      if (std::any_of(batch.votes.begin(), batch.votes.end(), is)) return true;
    }
    for (const ProposalMessage& proposal : Said<ProposalMessage>()) {
      if (is(proposal.vote)) return true;
    }
    return false;
  }
  bool SaidCertificate(const Subject& subject) const {
    for (const CertificatePtr& one : Said<CertificatePtr>()) {
      if (one->subject == subject) return true;
    }
    return false;
  }
  std::vector<Hash> Committed() const {
    std::vector<Hash> hashes;
    for (const Commit& commit : All<Commit>()) hashes.push_back(commit.block.hash);
    return hashes;
  }
  // Everything persisted so far.
  const std::vector<LogRecord>& log() const { return log_; }
  bool Logged(const Subject& subject) const {
    return std::any_of(log_.begin(), log_.end(), [&](const LogRecord& record) {
      if (const auto* vote = std::get_if<Vote>(&record)) return vote->subject == subject;
      const auto* certificate = std::get_if<CertificatePtr>(&record);
      return certificate != nullptr && (*certificate)->subject == subject;
    });
  }
  bool LoggedBody(const Hash& block) const {
    return std::any_of(log_.begin(), log_.end(), [&](const LogRecord& record) {
      const auto* body = std::get_if<LogBody>(&record);
      return body != nullptr && body->block == block;
    });
  }

  // View 1's block, notarized, finalized and committed by everyone: a common ground to start from.
  BlockInfo Settle1() {
    const BlockInfo block = Block(genesis());
    Deliver(1, Proposal(1, 0, block));
    DeliverVotes(Notarize(1, 0, block), {2, 3});
    DeliverVotes(Finalize(1, 0, block), {1, 2, 3});
    return block;
  }

  Engine& engine() { return *engine_; }
  EngineConfig& config() { return config_; }
  simulation::ModelLedger& ledger() { return ledger_; }
  uint64_t now_us() const { return now_us_; }
  uint64_t view() const { return engine_->view().value(); }

 private:
  void Take(Outputs outputs) {
    for (Output& output : outputs) {
      if (const auto* persist = std::get_if<Persist>(&output)) log_.push_back(persist->record);
      if (const auto* timer = std::get_if<SetTimer>(&output)) timers_[static_cast<size_t>(timer->kind)] = timer->at_us;
      if (const auto* barrier = std::get_if<Barrier>(&output)) barriers_.push_back(barrier->id);
      if (const auto* execute = std::get_if<Execute>(&output)) executions_.push_back(execute->block);
      if (const auto* build = std::get_if<Build>(&output)) builds_.push_back(build->request);
      outputs_.push_back(std::move(output));
    }
  }
  // What the machine does by itself.
  void Settle() {
    for (;;) {
      if (!hold_executions && !executions_.empty()) {
        const BlockInfo block = executions_.front();
        executions_.pop_front();
        Take(engine_->Step(BlockExecuted{block.hash, *ledger_.Execute(block)}, Now{now_us_, BlockTime()}));
      } else if (!hold_builds && !builds_.empty()) {
        const BuildRequest request = builds_.front();
        builds_.pop_front();
        Take(engine_->Step(BlockBuilt{request.view, *ledger_.Build(request)}, Now{now_us_, BlockTime()}));
      } else if (!hold_barriers && !barriers_.empty()) {
        durable_ = barriers_.front();
        barriers_.pop_front();
        Take(engine_->Step(LogDurable{durable_}, Now{now_us_, BlockTime()}));
      } else {
        return;
      }
    }
  }

  EngineConfig config_{.chain_id = Filled(1),
                       .epoch = Epoch(0),
                       .validators = 4,
                       .self = 0,
                       .first_block = Filled(0),
                       .validators_hash = Filled(0)};
  const simulation::KeyedHashScheme scheme_;
  const simulation::ModelReader reader_;
  simulation::ModelLedger ledger_;
  std::unique_ptr<Engine> engine_;
  std::vector<Output> outputs_;
  std::vector<LogRecord> log_;
  std::deque<uint64_t> barriers_;
  std::deque<BlockInfo> executions_;
  std::deque<BuildRequest> builds_;
  std::array<uint64_t, kTimerKinds> timers_ = [] {
    std::array<uint64_t, kTimerKinds> never;
    never.fill(kNever);
    return never;
  }();
  uint64_t now_us_ = 0;
  uint64_t durable_ = 0;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_TESTS_UNIT_NODE_CONSENSUS_ENGINE_BENCH_H_
