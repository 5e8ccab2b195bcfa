// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/engine.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"

namespace causeway::consensus {

Engine::Engine(const EngineConfig& config, const crypto::SignatureScheme& scheme, const BlockReader& reader,
               Restored restored)
    : config_(config),
      reader_(reader),
      log_intact_(restored.log_intact || !config.rules.lost_log_asks),
      ballot_(config, scheme),
      votes_(config, scheme),
      tree_(restored.committed),
      fetcher_(config),
      now_{0, Instant::Epoch()},
      final_block_(config.first_block),
      silent_(config.validators),
      skipped_(config.validators),
      last_nullified_(config.validators, View(0)),
      nonce_(Hash::Zero()) {
  CAUSEWAY_CHECK(!config.self || *config.self < config.validators);
  deadlines_.fill(kNever);
  Restore(std::move(restored));
}

Outputs Engine::Step(const Input& input, const Now& now) {
  if (halted()) return {};
  now_ = now;
  out_.clear();
  std::visit([this](const auto& one) { Handle(one); }, input);
  if (mode_ == Mode::kEchoing || mode_ == Mode::kVoting) Advance();
  if (mode_ == Mode::kAsking) CatchUp();
  return std::exchange(out_, {});
}

void Engine::Handle(const Start& start) {
  CAUSEWAY_CHECK(mode_ == Mode::kStarting, "Start comes once");
  nonce_ = start.nonce;
  Arm(TimerKind::kRetry, now_.monotonic_us + config_.timing.retry_us);
  if (log_intact_) {
    for (const Vote& vote : ballot_.Above(final_view_)) CountOwn(vote);
  }
  // What lets this node enter view 1 is durable before its first vote in it.
  if (config_.self && finalization_ && finalization_->subject.epoch < config_.epoch) Emit(Persist{finalization_});
  if (!config_.self || (log_intact_ && (config_.validators == 1 || !config_.rules.echo_at_start))) {
    StartVoting();
  } else if (log_intact_) {
    mode_ = Mode::kEchoing;
    SendToAll(EchoRequestMessage{nonce_, config_.epoch});
  } else {
    LoseLog();
  }
}

void Engine::Handle(const PeerBytes& peer) {
  if (mode_ == Mode::kStarting || peer.from == config_.self) return;
  absl::StatusOr<Message> message = DecodeMessage(*peer.bytes);
  if (!message.ok()) {
    coverage_.Hit(Branch::kMalformed);
    return;
  }
  if (const std::optional<Epoch> epoch = EpochOf(*message); epoch && *epoch != config_.epoch)
    return TakeOfOtherEpoch(peer.from, *message, *epoch);
  // While asking, only answers count, and nobody is answered (rule 12).
  if (mode_ == Mode::kAsking && !IsAnswerToAsking(*message)) return;
  // Who is no validator of the epoch may ask for final blocks, and no more.
  if (peer.from >= config_.validators && !std::holds_alternative<RangeRequestMessage>(*message)) return;
  std::visit([&](const auto& one) { Take(peer.from, one); }, *message);
}

void Engine::Handle(const TimerFired& timer) {
  uint64_t& deadline = deadlines_[static_cast<size_t>(timer.kind)];
  // A timer that was set anew after this firing was on its way.
  if (now_.monotonic_us < deadline) return;
  deadline = kNever;
  switch (timer.kind) {
    case TimerKind::kIdle:
      idle_passed_ = true;
      break;
    case TimerKind::kLeader:
    case TimerKind::kAdvance:
      NullifyOnTimer(timer.kind);
      break;
    case TimerKind::kEarly:  // Advance judges the proposal again
    case TimerKind::kFetch:  // Advance asks for what is due
      break;
    case TimerKind::kRetry:
      Retry();
      break;
  }
}

void Engine::Handle(const LogDurable& durable) {
  while (!not_durable_.empty() && not_durable_.front().first <= durable.barrier) {
    const Vote vote = std::move(not_durable_.front().second);
    not_durable_.erase(not_durable_.begin());
    CountOwn(vote);
  }
  if (asking_ends_at_ && durable.barrier >= *asking_ends_at_) {
    asking_ends_at_.reset();
    coverage_.Hit(Branch::kRejoined);
    StartVoting();
  }
}

void Engine::Handle(const TransactionsWaiting& waiting) {
  const bool changed = transactions_waiting_ != waiting.waiting;
  transactions_waiting_ = waiting.waiting;
  transactions_since_us_ = waiting.since_us;
  if (waiting.waiting) build_declined_ = false;
  if (changed && mode_ == Mode::kVoting) ArmViewTimers();
}

void Engine::Handle(const StoreSynced& synced) {
  // The floor follows the newest finalization whose block is synced.
  const auto above = std::find_if(finalized_heights_.begin(), finalized_heights_.end(),
                                  [&](const auto& entry) { return entry.first > synced.height; });
  if (above == finalized_heights_.begin()) return;
  const auto [height, view] = *std::prev(above);
  finalized_heights_.erase(finalized_heights_.begin(), above);
  ballot_.RaiseFloor(view);
  coverage_.Hit(Branch::kFloorRaised);
  Emit(Persist{LogFloor{config_.epoch, view, height}});
  // No final block ended the epoch before this node came back, so it had no vote in the next one.
  if (rejoined_ && view > *rejoined_ && !EpochIsOver()) {
    rejoined_.reset();
    Emit(Persist{LogRejoined{config_.epoch, View(0)}});
  }
  Emit(Barrier{++barrier_});  // space is freed only by a floor that is synced
}

void Engine::Handle(const LogSpace& space) {
  if (!space.has_room && log_has_room_) {
    coverage_.Hit(Branch::kLogFull);
    Emit(Alarm{"the vote log is full: no votes until the store has synced its blocks"});
  }
  const bool regained = space.has_room && !log_has_room_;
  log_has_room_ = space.has_room;
  if (!regained) return;
  for (const auto& [view, record] : views_) {
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize}) {
      if (const CertificatePtr certificate = votes_.Find(kind, view)) PersistCertificate(certificate);
    }
  }
  if (mode_ == Mode::kVoting) ArmViewTimers();
}

// Behind in epochs, a validator that asks for its way back must get on before it can be answered.
void Engine::CatchUp() {
  for (bool changed = true; changed && !halted();) {
    fetcher_.Begin(now_.monotonic_us);
    changed = CommitFinal();
    FetchWhereBehind();
  }
  AskWhatIsDue();
}

void Engine::Advance() {
  bool changed = true;
  while (changed && !halted()) {
    fetcher_.Begin(now_.monotonic_us);
    changed = CommitFinal();
    if (halted()) return;
    FetchWhereBehind();
    changed |= CertifyAll();
    changed |= EnterHighest();
    changed |= SkipSilentLeader();
    changed |= FinalizeCertified();
    changed |= Propose();
    changed |= NotarizeProposal();
  }
  AskWhatIsDue();
}

void Engine::AskWhatIsDue() {
  fetcher_.End(out_);
  const uint64_t fetch_at = fetcher_.deadline().value_or(kNever);
  if (fetch_at != deadlines_[static_cast<size_t>(TimerKind::kFetch)]) Arm(TimerKind::kFetch, fetch_at);
}

void Engine::SendTo(uint32_t peer, const Message& message, Lane lane) {
  Emit(Send{peer, lane, std::make_shared<const std::string>(EncodeMessage(message))});
}

void Engine::SendToAll(const Message& message, Lane lane) {
  if (config_.validators == 1 || !config_.self) return;
  Emit(Broadcast{lane, std::make_shared<const std::string>(EncodeMessage(message))});
}

void Engine::HaltWith(std::string reason) {
  coverage_.Hit(Branch::kHalted);
  mode_ = Mode::kHalted;
  Emit(Halt{std::move(reason)});
}

std::string Engine::DescribeStall() const {
  if (mode_ == Mode::kEchoing) return absl::StrCat("waits for echoes of its last votes: ", echoed_.size(), " came");
  if (mode_ == Mode::kAsking) return absl::StrCat("lost its vote log; answers so far: ", entries_.size());
  if (is_fetching()) return "fetches final blocks from peers";
  std::string waits = absl::StrCat("waits in view ", current_.value(), " of leader ", leader());
  const std::vector<uint32_t> missing = MissingVoters();
  for (const uint32_t validator : missing)
    absl::StrAppend(&waits, validator == missing.front() ? "; no vote of it yet from " : ", ", validator);
  return waits;
}

std::vector<uint32_t> Engine::MissingVoters() const {
  const std::set<uint32_t> voters = votes_.VotersIn(current_);
  std::vector<uint32_t> missing;
  for (uint32_t i = 0; i < config_.validators; ++i) {
    if (i != config_.self && voters.count(i) == 0) missing.push_back(i);
  }
  return missing;
}

}  // namespace causeway::consensus
