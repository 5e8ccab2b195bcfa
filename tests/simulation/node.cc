// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/node.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"

namespace causeway::simulation {
namespace {

using consensus::Barrier;
using consensus::Broadcast;
using consensus::Build;
using consensus::Bytes;
using consensus::Commit;
using consensus::Execute;
using consensus::Output;
using consensus::Outputs;
using consensus::Persist;
using consensus::Send;
using consensus::SetTimer;
using consensus::Subject;
using consensus::Vote;
using consensus::VoteKind;

// Small enough that segments are used again within a run.
constexpr consensus::VoteLogOptions kLogOptions = {4 << 10, 192};
constexpr char kFolder[] = "votes";
// Bounds on memory that no seed may pass.
constexpr size_t kViewsHeldMax = 1'000;
constexpr size_t kBlocksHeldMax = 1'000;

Hash NumberHash(uint64_t value) {
  std::array<uint8_t, 32> bytes = {};
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  return Hash(bytes);
}

}  // namespace

SimulatedNode::SimulatedNode(World& world, const SimulationOptions& options, uint32_t index, uint32_t place)
    : world_(world),
      options_(options),
      index_(index),
      place_(place),
      nodes_scheme_(SchemeOf(options.seed, world.nodes(), index)),
      ledger_(Instant::FromMicros(kGenesisTime), options.nodes),
      config_{.chain_id = NumberHash(options.seed),
              .epoch = Epoch(0),
              .validators = 0,
              .self = {},
              .first_block = Hash::Zero(),
              .validators_hash = Hash::Zero(),
              .rules = options.rules} {
  Configure();
}

void SimulatedNode::Configure() {
  members_ = ledger_.members();
  config_.epoch = ledger_.epoch();
  config_.validators = static_cast<uint32_t>(members_.size());
  config_.first_block = ledger_.epoch_start().hash;
  config_.validators_hash = HashOf(members_);
  config_.self.reset();
  if (const uint32_t self = PeerAt(index_); self < config_.validators) config_.self = self;
}

uint32_t SimulatedNode::PeerAt(uint32_t place) const {
  const auto member = std::lower_bound(members_.begin(), members_.end(), place);
  if (member == members_.end() || *member != place) return static_cast<uint32_t>(members_.size()) + place;
  return static_cast<uint32_t>(member - members_.begin());
}

uint32_t SimulatedNode::PlaceOf(uint32_t peer) const {
  return peer < members_.size() ? members_[peer] : peer - static_cast<uint32_t>(members_.size());
}

void SimulatedNode::StartEngine(consensus::Restored restored) {
  if (engine_) earlier_coverage_.Add(engine_->coverage());
  engine_.reset();  // before its scheme
  scheme_ = std::make_unique<MemberScheme>(*nodes_scheme_, members_);
  engine_ = std::make_unique<consensus::Engine>(config_, *scheme_, reader_, std::move(restored));
  world_.observer().OnEpoch(config_.epoch, members_);
  timers_.fill(consensus::kNever);
  Step(consensus::Start{NumberHash(Mix(options_.seed ^ (uint64_t{place_} << 40) ^ ++nonce_))});
  if (alive()) NoteMempool(true);
}

void SimulatedNode::EnterNextEpoch() {
  const bool asks = engine_->AsksInNextEpoch();
  const uint64_t barrier = engine_->last_barrier();
  outbox_.clear();  // indexes of the epoch that is over; nothing in it matters any more
  unreleased_.clear();
  Configure();
  world_.Trace(place_, absl::StrCat("enters epoch ", config_.epoch.value(), " of ", members_.size(), " validators",
                                    config_.self ? "" : ", not being one"));
  consensus::Restored restored =
      *consensus::RestoredFor(contents_, config_, reader_, ledger_.head(), ledger_.finalization());
  restored.log_intact &= !asks;
  restored.barrier = barrier;
  world_.Count(Fault::kEpochChange);
  StartEngine(std::move(restored));
}

void SimulatedNode::Begin() {
  const auto made =
      consensus::VoteLog::Create(disk_, kFolder, kLogOptions, config_.chain_id, KeyId(NumberHash(index_).array()));
  CAUSEWAY_CHECK(made.ok(), made.status().ToString());
  Restart();
}

void SimulatedNode::Restart() {
  if (alive() || halted_) return;
  Configure();
  auto opened = consensus::OpenVoteLog(disk_, kFolder, kLogOptions, config_, KeyId(NumberHash(index_).array()), reader_,
                                       ledger_.head(), ledger_.finalization());
  if (absl::IsResourceExhausted(opened.status())) {  // no room for a new log: an operator has to see to it
    world_.Schedule(Event::Kind::kRestart, kSecond, place_, life_, 0);
    return;
  }
  CAUSEWAY_CHECK(opened.ok(), opened.status().ToString());
  world_.Trace(place_,
               opened->lost.ok() ? "starts" : absl::StrCat("starts without its log: ", opened->lost.ToString()));
  log_ = std::move(opened->log);
  contents_ = std::move(opened->contents);
  // What a crash kept from leaving, the engine tells now.
  if (honest()) {
    for (const Vote& vote : contents_.votes) world_.observer().OnVote(index_, vote.subject);
  }
  world_.Schedule(Event::Kind::kStoreSync, world_.random().Between(20'000, 400'000), place_, life_, 0);
  StartEngine(std::move(opened->restored));
}

consensus::Coverage SimulatedNode::coverage() const {
  consensus::Coverage all = earlier_coverage_;
  if (engine_) all.Add(engine_->coverage());
  return all;
}

void SimulatedNode::Crash(uint64_t down_us) {
  if (!alive()) return;
  world_.Trace(place_, "crashes");
  earlier_coverage_.Add(engine_->coverage());
  engine_.reset();
  log_.reset();
  ++life_;
  outbox_.clear();
  tasks_.clear();
  unreleased_.clear();
  working_ = syncing_ = waiting_said_ = false;
  last_barrier_ = durable_barrier_ = 0;
  log_had_room_ = true;
  crash_point_ = CrashPoint::kNone;
  disk_.Crash(world_.random());
  ledger_.Crash(world_.random().Below(40));
  world_.Schedule(Event::Kind::kRestart, down_us, place_, life_, 0);
}

void SimulatedNode::Handle(const Event& event) {
  if (event.kind == Event::Kind::kRestart) {
    if (event.life == life_) Restart();
    return;
  }
  if (!alive()) return;
  if (paused_until_us_ > world_.now_us()) {
    world_.Postpone(event, paused_until_us_);
    return;
  }
  const bool of_this_life = event.life == life_;
  switch (event.kind) {
    case Event::Kind::kDeliver: {
      const auto from = static_cast<uint32_t>(event.number);
      if (byzantine_.any()) Misbehave(from, event.bytes);
      Step(consensus::PeerBytes{PeerAt(from), event.bytes});
      break;
    }
    case Event::Kind::kTimer:
      if (of_this_life && timers_[event.number] <= world_.now_us()) {
        timers_[event.number] = consensus::kNever;
        Step(consensus::TimerFired{static_cast<consensus::TimerKind>(event.number)});
      }
      break;
    case Event::Kind::kWorker:
      if (of_this_life) RunTask();
      break;
    case Event::Kind::kSyncDone:
      if (of_this_life) FinishSync();
      break;
    case Event::Kind::kStoreSync:
      if (!of_this_life) break;
      ledger_.Sync();
      world_.Schedule(Event::Kind::kStoreSync, world_.random().Between(20'000, 400'000), place_, life_, 0);
      Step(consensus::StoreSynced{ledger_.SyncedHeight()});
      break;
    default:
      CAUSEWAY_CHECK(false, "no event of a node's");
  }
}

consensus::Now SimulatedNode::Clocks() const {
  const int64_t block_time = static_cast<int64_t>(kGenesisTime + kSecond + world_.now_us()) + clock_offset_us_;
  return {world_.now_us(), Instant::FromMicros(static_cast<uint64_t>(block_time))};
}

void SimulatedNode::Step(const consensus::Input& input) {
  if (!alive()) return;
  Perform(engine_->Step(input, Clocks()));
  if (!alive()) return;
  if (engine_->views_held() > kViewsHeldMax || engine_->blocks_held() > kBlocksHeldMax) {
    world_.observer().Fail(absl::StrCat("node ", index_, " holds ", engine_->views_held(), " views and ",
                                        engine_->blocks_held(), " blocks"));
  }
}

void SimulatedNode::Perform(Outputs outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    Output& output = outputs[i];
    if (const auto* persist = std::get_if<Persist>(&output)) {
      const absl::Status appended = log_->Append(persist->record);
      if (!appended.ok()) {
        world_.Trace(place_, absl::StrCat("cannot log: ", appended.ToString()));
        Crash(2 * kSecond);
        return;
      }
      if (const auto* vote = std::get_if<Vote>(&persist->record)) {
        const bool barred = i + 1 < outputs.size() && std::holds_alternative<Barrier>(outputs[i + 1]);
        unreleased_.emplace_back(barred ? std::get<Barrier>(outputs[i + 1]).id : 0, *vote);
      }
    } else if (const auto* timer = std::get_if<SetTimer>(&output)) {
      const auto kind = static_cast<size_t>(timer->kind);
      timers_[kind] = timer->at_us;
      if (timer->at_us != consensus::kNever) {
        const uint64_t delay = timer->at_us > world_.now_us() ? timer->at_us - world_.now_us() : 0;
        world_.Schedule(Event::Kind::kTimer, delay, place_, life_, kind);
      }
    } else if (auto* build = std::get_if<Build>(&output)) {
      if (byzantine_.backdates) {
        const std::optional<Instant> parent = ledger_.TimeOf(build->request.parent);
        const bool old = world_.random().Chance(700) && parent.has_value();
        const uint64_t ahead = build->request.time.micros() + 30 * kSecond;
        build->request.time = Instant::FromMicros(old ? parent->micros() + 1 : ahead);
        world_.Count(Fault::kByzantineBackdates);
      }
      Queue(*build);
    } else if (auto* execute = std::get_if<Execute>(&output)) {
      Queue(*execute);
    } else {
      if (const auto* barrier = std::get_if<Barrier>(&output)) last_barrier_ = barrier->id;
      outbox_.push_back(std::move(output));
    }
  }
  Pump();
}

void SimulatedNode::Pump() {
  while (alive() && !outbox_.empty()) {
    if (const auto* barrier = std::get_if<Barrier>(&outbox_.front()); barrier && barrier->id > durable_barrier_) {
      if (!syncing_) {
        syncing_ = true;
        world_.Schedule(Event::Kind::kSyncDone, sync_us_ + world_.random().Below(sync_us_), place_, life_, 0);
      }
      return;
    }
    const Output output = std::move(outbox_.front());
    outbox_.pop_front();
    Release(output);
  }
}

void SimulatedNode::FinishSync() {
  syncing_ = false;
  const CrashPoint point = std::exchange(crash_point_, CrashPoint::kNone);
  if (point == CrashPoint::kBeforeWrite) {
    world_.Count(Fault::kCrashBeforeWrite);
    return Crash(crash_down_us_);
  }
  if (point == CrashPoint::kTorn) disk_.set_syncs_fail(true);
  const absl::Status synced = log_->Sync();
  if (!synced.ok()) {
    world_.Count(point == CrashPoint::kTorn ? Fault::kCrashTorn : Fault::kFailedSync);
    return Crash(point == CrashPoint::kTorn ? crash_down_us_ : kSecond);
  }
  if (point == CrashPoint::kAfterSync) {
    world_.Count(Fault::kCrashAfterSync);
    return Crash(crash_down_us_);
  }
  durable_barrier_ = last_barrier_;
  const uint64_t barrier = durable_barrier_;
  Pump();
  Step(consensus::LogDurable{barrier});
  if (!alive() || log_->HasRoom() == log_had_room_) return;
  log_had_room_ = log_->HasRoom();
  Step(consensus::LogSpace{log_had_room_});
}

void SimulatedNode::ReleaseVotes(uint64_t barrier) {
  while (!unreleased_.empty() && unreleased_.front().first <= barrier) {
    if (honest()) world_.observer().OnVote(index_, unreleased_.front().second.subject);
    unreleased_.pop_front();
  }
}

void SimulatedNode::Release(const Output& output) {
  if (const auto* barrier = std::get_if<Barrier>(&output)) {
    ReleaseVotes(barrier->id);
  } else if (const auto* send = std::get_if<Send>(&output)) {
    ReleaseVotes(0);
    if (world_.tracing()) {
      world_.Trace(place_, absl::StrCat("tells ", send->to, " ", Describe(*consensus::DecodeMessage(*send->bytes))));
    }
    SendBytes(send->to, send->bytes);
  } else if (const auto* broadcast = std::get_if<Broadcast>(&output)) {
    ReleaseVotes(0);
    if (world_.tracing()) {
      world_.Trace(place_, absl::StrCat("says ", Describe(*consensus::DecodeMessage(*broadcast->bytes))));
    }
    if (byzantine_.equivocates || byzantine_.forks || byzantine_.invalid) {
      const auto message = consensus::DecodeMessage(*broadcast->bytes);
      if (const auto* proposal = std::get_if<consensus::ProposalMessage>(&*message)) {
        if (byzantine_.invalid) return ProposeInvalid(*proposal);
        return byzantine_.forks ? Fork(*proposal) : Equivocate(*proposal);
      }
    }
    for (uint32_t to = 0; to < config_.validators; ++to) {
      if (to != config_.self) SendBytes(to, broadcast->bytes);
    }
  } else if (const auto* commit = std::get_if<Commit>(&output)) {
    Queue(*commit);
  } else if (const auto* serve = std::get_if<consensus::ServeRange>(&output)) {
    const auto range = ledger_.ReadFinal(serve->request.from, serve->request.bytes_max);
    world_.Trace(place_, absl::StrCat("serves ", serve->to, " ", range->blocks.size(), " blocks from ",
                                      serve->request.from.value()));
    consensus::RangeResponseMessage response{serve->request.from, range->blocks, range->finalization};
    if (byzantine_.any() && !response.blocks.empty() && world_.random().Chance(500)) Mislead(response);
    SendBytes(serve->to, std::make_shared<const std::string>(EncodeMessage(response)));
  } else if (const auto* boundary = std::get_if<consensus::ServeBoundary>(&output)) {
    if (const consensus::CertificatePtr end = ledger_.EndOf(boundary->epoch)) {
      world_.Trace(place_, absl::StrCat("tells ", boundary->to, " what ended epoch ", boundary->epoch.value()));
      SendBytes(boundary->to, std::make_shared<const std::string>(EncodeMessage(end)));
    }
  } else if (const auto* evidence = std::get_if<consensus::ReportEvidence>(&output)) {
    const Vote& vote = evidence->conflict.second;
    world_.Trace(place_, absl::StrCat("accuses ", vote.validator, ": ", Describe(vote.subject)));
    world_.observer().OnAccusation(PlaceOf(vote.validator));
  } else if (const auto* alarm = std::get_if<consensus::Alarm>(&output)) {
    world_.Trace(place_, absl::StrCat("alarm: ", alarm->text));
    world_.observer().OnAlarm(index_, alarm->text);
  } else if (const auto* halt = std::get_if<consensus::Halt>(&output)) {
    world_.Trace(place_, absl::StrCat("halts: ", halt->reason));
    if (honest()) world_.observer().Fail(absl::StrCat("node ", index_, " halted: ", halt->reason));
    earlier_coverage_.Add(engine_->coverage());
    halted_ = true;
    engine_.reset();
    ++life_;
  }
}

void SimulatedNode::SendToPlace(uint32_t place, const Bytes& bytes) {
  if (byzantine_.any() && KeepsSilent()) return;
  world_.Transmit(place_, place, bytes);
}

void SimulatedNode::Queue(Task task) {
  tasks_.push_back(std::move(task));
  if (working_) return;
  working_ = true;
  world_.Schedule(Event::Kind::kWorker, execution_us_ + world_.random().Below(execution_us_), place_, life_, 0);
}

void SimulatedNode::RunTask() {
  const Task task = std::move(tasks_.front());
  tasks_.pop_front();
  working_ = false;
  if (const auto* build = std::get_if<Build>(&task)) {
    Step(consensus::BlockBuilt{build->request.view, *ledger_.Build(build->request)});
  } else if (const auto* execute = std::get_if<Execute>(&task)) {
    Step(consensus::BlockExecuted{execute->block.hash, *ledger_.Execute(execute->block)});
  } else {
    const auto& commit = std::get<Commit>(task);
    const std::optional<consensus::Roots> computed = ledger_.RootsOf(commit.block.hash);
    CAUSEWAY_CHECK(computed.has_value(), "committed without being executed");
    CAUSEWAY_CHECK(ledger_.Commit(commit.block, commit.finalization).ok());
    world_.Trace(place_,
                 absl::StrCat("commits ", commit.block.height.value(), " ", commit.block.hash.ToHex().substr(0, 8)));
    const Instant now = Instant::FromMicros(kGenesisTime + kSecond + world_.now_us());
    if (!byzantine_.any()) world_.observer().OnCommit(index_, commit.block, now, *computed);
    if (ledger_.epoch() != config_.epoch) EnterNextEpoch();
  }
  if (!alive()) return;
  NoteMempool(false);
  if (!alive() || working_ || tasks_.empty()) return;
  working_ = true;
  world_.Schedule(Event::Kind::kWorker, execution_us_ + world_.random().Below(execution_us_), place_, life_, 0);
}

void SimulatedNode::Submit(const Transfer& transfer) {
  if (!alive()) return;
  ledger_.Submit(transfer);
  NoteMempool(true);
}

void SimulatedNode::NoteMempool(bool again) {
  const bool waiting = ledger_.Waiting();
  if (waiting == waiting_said_ && !(again && waiting)) return;
  if (waiting && !waiting_said_) waiting_since_us_ = world_.now_us();
  waiting_said_ = waiting;
  Step(consensus::TransactionsWaiting{waiting, waiting_since_us_});
}

// ---- Byzantine conduct ----

bool SimulatedNode::KeepsSilent() const {
  return byzantine_.silent && (world_.now_us() / (2 * kSecond)) % 2 == 0;
}

void SimulatedNode::Misbehave(uint32_t /*from*/, const Bytes& bytes) {
  if (byzantine_.silent && KeepsSilent()) world_.Count(Fault::kByzantineSilent);
  if (byzantine_.garbage && world_.random().Chance(30)) SendGarbage(bytes);
  if (byzantine_.replays) {
    if (remembered_.size() < 200) {
      remembered_.push_back(bytes);
    } else if (world_.random().Chance(50)) {
      world_.Count(Fault::kByzantineReplays);
      Bytes& old = remembered_[world_.random().Below(remembered_.size())];
      SendToPlace(static_cast<uint32_t>(world_.random().Below(world_.nodes())), old);
      old = bytes;
    }
  }
  if (!byzantine_.double_votes && !byzantine_.forks && !byzantine_.forges) return;
  const auto message = consensus::DecodeMessage(*bytes);
  if (!message.ok()) return;
  const auto* vote = std::get_if<Vote>(&*message);
  const auto* proposal = std::get_if<consensus::ProposalMessage>(&*message);
  if (vote == nullptr && proposal == nullptr) return;
  const Subject& subject = vote != nullptr ? vote->subject : proposal->vote.subject;
  if (byzantine_.double_votes) VoteForAnything(subject);
  if (byzantine_.forges && world_.random().Chance(60)) Forge(subject);
  if (byzantine_.forks && proposal != nullptr) {
    const auto block = reader_.Read(proposal->block);
    if (block.ok()) proposals_.insert_or_assign(block->hash, std::pair(subject, block->parent));
  }
}

void SimulatedNode::VoteForAnything(const Subject& subject) {
  if (subject.kind == VoteKind::kNullify) {
    if (voted_for_.insert(subject.view.value() * 3).second) SignAndSend(subject);
    return;
  }
  const uint64_t which = Mix(subject.view.value() ^ (uint64_t{subject.block.array()[0]} << 40)) | 1;
  if (!voted_for_.insert(which).second) return;
  world_.Count(Fault::kByzantineDoubleVotes);
  SignAndSend(subject.As(VoteKind::kNotarize));
  SignAndSend(subject.As(VoteKind::kFinalize));
  SignAndSend(Subject::Nullify(subject.epoch, subject.view));
}

void SimulatedNode::SignAndSend(const Subject& subject) {
  if (!config_.self) return;
  const Vote vote{subject, *config_.self, *scheme_->Sign(VotePreimage(config_.chain_id, subject))};
  SendToOthers(std::make_shared<const std::string>(EncodeMessage(vote)));
}

void SimulatedNode::SendToOthers(const Bytes& bytes) {
  for (uint32_t place = 0; place < world_.nodes(); ++place) {
    if (place != index_) SendToPlace(place, bytes);
  }
}

// A sibling of the block that it should have built on: with the parent's view, without a nullification between; or with
// the view of the block that it passes over, as if it were the parent.
void SimulatedNode::Fork(const consensus::ProposalMessage& proposal) {
  Bytes bytes = std::make_shared<const std::string>(EncodeMessage(proposal));
  const consensus::BlockInfo block = *reader_.Read(proposal.block);
  const auto passed_over = proposals_.find(block.parent);
  if (passed_over != proposals_.end() && world_.random().Chance(700)) {
    const auto& [passed_subject, grandparent] = passed_over->second;
    const auto other = ledger_.Alternative(block, grandparent, block.time);
    if (other) {
      world_.Count(Fault::kByzantineForks);
      Subject subject = proposal.vote.subject;
      subject.block = other->hash;
      if (world_.random().Chance(600)) subject.parent_view = passed_subject.parent_view;
      const Vote vote{subject, *config_.self, *scheme_->Sign(VotePreimage(config_.chain_id, subject))};
      bytes = std::make_shared<const std::string>(EncodeMessage(consensus::ProposalMessage{vote, other->bytes}));
    }
  }
  SendToOthers(bytes);
}

// A laggard is given a block that is not of the chain, or one too few, or a finalization of something else.
void SimulatedNode::Mislead(consensus::RangeResponseMessage& response) {
  world_.Count(Fault::kByzantineMisleads);
  const uint64_t choice = world_.random().Below(3);
  if (choice == 0) {
    Bytes& block = response.blocks[world_.random().Below(response.blocks.size())];
    ModelBlock other = *ModelBlock::Decode(*block);
    other.roots.state = NumberHash(world_.random().Next());
    block = InfoOf(other).bytes;
  } else if (choice == 1) {
    response.blocks.erase(response.blocks.begin() +
                          static_cast<ptrdiff_t>(world_.random().Below(response.blocks.size())));
  } else {
    consensus::Certificate forged = *response.finalization;
    forged.subject.block = NumberHash(world_.random().Next());
    response.finalization = std::make_shared<const consensus::Certificate>(std::move(forged));
  }
}

// A block that claims other roots than it gives, or repeats a transfer.
void SimulatedNode::ProposeInvalid(const consensus::ProposalMessage& proposal) {
  world_.Count(Fault::kByzantineInvalid);
  ModelBlock block = *ModelBlock::Decode(*proposal.block);
  if (world_.random().Chance(500) && !block.transfers.empty()) {
    block.transfers.push_back(block.transfers.front());
  } else {
    block.roots.state = NumberHash(world_.random().Next());
  }
  const consensus::BlockInfo info = InfoOf(block);
  Subject subject = proposal.vote.subject;
  subject.block = info.hash;
  const Vote vote{subject, *config_.self, *scheme_->Sign(VotePreimage(config_.chain_id, subject))};
  SendToOthers(std::make_shared<const std::string>(EncodeMessage(consensus::ProposalMessage{vote, info.bytes})));
}

void SimulatedNode::Forge(const Subject& about) {
  world_.Count(Fault::kByzantineForges);
  Subject subject = about;
  const uint64_t choice = world_.random().Below(3);
  if (choice == 0) subject = Subject::Nullify(about.epoch, View(about.view.value() + world_.random().Below(3)));
  if (choice > 0 && about.kind == VoteKind::kNullify) return;
  if (choice == 1) subject = about.As(VoteKind::kFinalize);
  if (choice == 2) subject.block = NumberHash(world_.random().Next());
  consensus::Certificate certificate{subject, {}, {}};
  const bool few = world_.random().Chance(500);  // own signature, too few signers
  for (uint32_t signer = 0; signer < config_.validators; ++signer) {
    if (few && signer != config_.self) continue;
    certificate.signers.push_back(signer);
    certificate.signatures += *scheme_->Sign(VotePreimage(config_.chain_id, subject));
  }
  SendToOthers(std::make_shared<const std::string>(
      EncodeMessage(std::make_shared<const consensus::Certificate>(std::move(certificate)))));
}

void SimulatedNode::Equivocate(const consensus::ProposalMessage& proposal) {
  const consensus::BlockInfo block = *reader_.Read(proposal.block);
  const auto other = ledger_.Alternative(block, block.parent, Instant::FromMicros(block.time.micros() + 1));
  const auto first = std::make_shared<const std::string>(EncodeMessage(proposal));
  Bytes second = first;
  if (other) {
    world_.Count(Fault::kByzantineEquivocates);
    Subject subject = proposal.vote.subject;
    subject.block = other->hash;
    const Vote vote{subject, *config_.self, *scheme_->Sign(VotePreimage(config_.chain_id, subject))};
    second = std::make_shared<const std::string>(EncodeMessage(consensus::ProposalMessage{vote, other->bytes}));
  }
  // To some the one, to some the other, to some both.
  for (uint32_t to = 0; to < world_.nodes(); ++to) {
    if (to == index_) continue;
    const uint64_t choice = world_.random().Below(5);
    if (choice != 1 && choice != 2) SendToPlace(to, first);
    if (choice == 1 || choice == 2 || choice == 4) SendToPlace(to, second);
  }
}

void SimulatedNode::SendGarbage(const Bytes& like) {
  world_.Count(Fault::kByzantineGarbage);
  std::string bytes = *like;
  if (world_.random().Chance(500)) {
    bytes.resize(world_.random().Below(300));
    for (char& c : bytes) c = static_cast<char>(world_.random().Below(256));
  } else if (!bytes.empty()) {
    bytes[world_.random().Below(bytes.size())] ^= static_cast<char>(1 << world_.random().Below(8));
  }
  SendToPlace(static_cast<uint32_t>(world_.random().Below(world_.nodes())),
              std::make_shared<const std::string>(std::move(bytes)));
}

}  // namespace causeway::simulation
