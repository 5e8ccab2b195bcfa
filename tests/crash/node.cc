// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/node.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "node/consensus/restore.h"

namespace causeway::crash {
namespace {

using consensus::Barrier;

// Small enough that segments are used again within a life, and that the store writes files out by itself.
constexpr consensus::VoteLogOptions kLogOptions = {8 << 10, 128};
constexpr uint64_t kStoreLogBytes = 48 << 10;
constexpr uint64_t kCacheBytes = 1 << 20;
constexpr uint64_t kFlushAgeUs = 60'000'000;
constexpr int kTimersMax = 400;

Hash NonceOf(uint64_t seed) {
  std::array<uint8_t, Hash::kSize> bytes = {};
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(seed >> (8 * i));
  return Hash(bytes);
}

}  // namespace

absl::Status CrashNode::Prepare(const Story& story, Disk& disk) {
  CAUSEWAY_RETURN_IF_ERROR(disk.MakeFolder(kHome, /*must_be_new=*/true));
  CAUSEWAY_RETURN_IF_ERROR(disk.SyncFolder("/"));
  const auto files = MakeLogFiles(disk);
  return consensus::VoteLog::Create(*files, kVotes, kLogOptions, story.chain_id(),
                                    crypto::KeyIdOf(story.validator()->public_key()))
      .status();
}

CrashNode::CrashNode(const Story& story, Disk& disk, const Habits& habits, std::vector<Said>& said)
    : story_(story),
      disk_(disk),
      habits_(habits),
      said_(said),
      random_(habits.seed),
      env_(MakeEnv(disk)),
      files_(MakeLogFiles(disk)),
      scheme_({story.validator()->public_key()}, story.validator()) {
  timers_.fill(consensus::kNever);
}

CrashNode::~CrashNode() {
  Kill();
}

void CrashNode::Kill() {
  disk_.Freeze(true);
  engine_.reset();
  log_.reset();
  ledger_.reset();
  disk_.Freeze(false);
  dead_ = true;
}

absl::Status CrashNode::Fail(Failed part, const absl::Status& status) {
  if (!status.ok() && failed_ == Failed::kNothing) failed_ = part;
  return status;
}

absl::Status CrashNode::Open() {
  CAUSEWAY_CHECK(!dead_, "a node lives once");
  node_ledger::NodeLedgerOptions options;
  options.directory = kStore;
  options.genesis = story_.genesis();
  options.confidentiality_key = story_.confidentiality_key();
  options.flush_age_us = kFlushAgeUs;
  options.store.env = env_.get();
  options.store.cache_bytes = kCacheBytes;
  options.store.log_bytes = kStoreLogBytes;
  absl::StatusOr<std::unique_ptr<node_ledger::NodeLedger>> ledger = node_ledger::NodeLedger::Open(options);
  if (!ledger.ok()) return Annotate(ledger.status(), "ledger");
  ledger_ = *std::move(ledger);
  ledger_->AddFinalListener([this](const execution::ExecutedBlock& block) {
    Say(FinalBlockSaid{block.height().value(), block.hash});
  });
  CAUSEWAY_ASSIGN_OR_RETURN(const consensus::BlockInfo committed, ledger_->CommittedInfo());
  CAUSEWAY_ASSIGN_OR_RETURN(consensus::CertificatePtr finalization, ledger_->NewestFinalization());
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string genesis_bytes, ledger_->store().GetBlock(Height(0)));
  CAUSEWAY_ASSIGN_OR_RETURN(const consensus::BlockInfo genesis,
                            ledger_->Read(std::make_shared<const std::string>(genesis_bytes)));
  heights_[committed.hash] = committed.height.value();

  const consensus::EngineConfig config{.chain_id = story_.chain_id(),
                                       .epoch = Epoch(0),
                                       .validators = 1,
                                       .self = 0,
                                       .first_block = genesis.hash,
                                       .validators_hash = genesis.next_validators};
  absl::StatusOr<consensus::OpenedLog> opened =
      consensus::OpenVoteLog(*files_, kVotes, kLogOptions, config, crypto::KeyIdOf(story_.validator()->public_key()),
                             *ledger_, committed, std::move(finalization));
  if (!opened.ok()) return Annotate(opened.status(), "vote log");
  log_lost_ = opened->lost;
  log_ = std::move(opened->log);
  engine_ = std::make_unique<consensus::Engine>(config, scheme_, *ledger_, std::move(opened->restored));
  inbox_.push_back(consensus::Start{NonceOf(habits_.seed)});
  synced_ = ledger_->SyncedHeight();
  inbox_.push_back(consensus::StoreSynced{synced_});
  inbox_.push_back(consensus::TransactionsWaiting{true, 0});
  return absl::OkStatus();
}

uint64_t CrashNode::height() const {
  return ledger_->head()->header.height();
}

absl::Status CrashNode::Run(uint64_t height) {
  for (int timers = 0;;) {
    if (!inbox_.empty()) {
      const consensus::Input input = std::move(inbox_.front());
      inbox_.pop_front();
      CAUSEWAY_RETURN_IF_ERROR(Step(input));
      continue;
    }
    const bool sync = WaitsForLog();
    if (!tasks_.empty() && (!sync || random_.Chance(500))) {
      CAUSEWAY_RETURN_IF_ERROR(RunTask());
      continue;
    }
    if (sync) {
      CAUSEWAY_RETURN_IF_ERROR(Fail(Failed::kLog, Sync()));
      continue;
    }
    if (this->height() >= height) return absl::OkStatus();
    if (++timers > kTimersMax)
      return absl::DeadlineExceededError(absl::StrCat("stuck at height ", this->height(), ": view ",
                                                      engine_->view().value(), ", ", engine_->DescribeStall()));
    CAUSEWAY_RETURN_IF_ERROR(FireEarliestTimer());
  }
}

absl::Status CrashNode::FireEarliestTimer() {
  const auto next = std::min_element(timers_.begin(), timers_.end());
  if (*next == consensus::kNever) return absl::DeadlineExceededError("nothing will ever happen");
  now_us_ = std::max(now_us_, *next);
  *next = consensus::kNever;
  return Step(consensus::TimerFired{static_cast<consensus::TimerKind>(next - timers_.begin())});
}

absl::Status CrashNode::Step(const consensus::Input& input) {
  return Perform(engine_->Step(input, Clocks()));
}

absl::Status CrashNode::Perform(consensus::Outputs outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    consensus::Output& output = outputs[i];
    if (const auto* persist = std::get_if<consensus::Persist>(&output)) {
      CAUSEWAY_RETURN_IF_ERROR(Fail(Failed::kLog, log_->Append(persist->record)));
      if (const auto* vote = std::get_if<consensus::Vote>(&persist->record)) {
        const bool barred = i + 1 < outputs.size() && std::holds_alternative<Barrier>(outputs[i + 1]);
        unreleased_.emplace_back(barred ? std::get<Barrier>(outputs[i + 1]).id : 0, *vote);
      }
    } else if (const auto* timer = std::get_if<consensus::SetTimer>(&output)) {
      timers_[static_cast<size_t>(timer->kind)] = timer->at_us;
    } else if (auto* build = std::get_if<consensus::Build>(&output)) {
      tasks_.emplace_back(std::move(*build));
    } else if (auto* execute = std::get_if<consensus::Execute>(&output)) {
      tasks_.emplace_back(std::move(*execute));
    } else {
      if (const auto* barrier = std::get_if<Barrier>(&output)) last_barrier_ = barrier->id;
      outbox_.push_back(std::move(output));
    }
  }
  return Pump();
}

bool CrashNode::WaitsForLog() const {
  return !outbox_.empty() && std::holds_alternative<Barrier>(outbox_.front());
}

absl::Status CrashNode::Pump() {
  while (!outbox_.empty()) {
    if (const auto* barrier = std::get_if<Barrier>(&outbox_.front()); barrier && barrier->id > durable_barrier_) break;
    consensus::Output output = std::move(outbox_.front());
    outbox_.pop_front();
    CAUSEWAY_RETURN_IF_ERROR(Release(std::move(output)));
  }
  return absl::OkStatus();
}

absl::Status CrashNode::Release(consensus::Output output) {
  if (const auto* barrier = std::get_if<Barrier>(&output)) {
    ReleaseVotes(barrier->id);
  } else if (auto* commit = std::get_if<consensus::Commit>(&output)) {
    ReleaseVotes(0);
    tasks_.emplace_back(std::move(*commit));
  } else if (const auto* halt = std::get_if<consensus::Halt>(&output)) {
    return Fail(Failed::kEngine, absl::DataLossError(absl::StrCat("halt: ", halt->reason)));
  } else {
    ReleaseVotes(0);
  }
  return absl::OkStatus();
}

void CrashNode::ReleaseVotes(uint64_t barrier) {
  while (!unreleased_.empty() && unreleased_.front().first <= barrier) {
    Say(unreleased_.front().second);
    unreleased_.pop_front();
  }
}

void CrashNode::Say(Said said) {
  disk_.Mark(said_.size());
  said_.push_back(std::move(said));
}

absl::Status CrashNode::Sync() {
  CAUSEWAY_RETURN_IF_ERROR(log_->Sync());
  durable_barrier_ = last_barrier_;
  inbox_.push_back(consensus::LogDurable{durable_barrier_});
  if (log_->HasRoom() != log_had_room_) {
    log_had_room_ = log_->HasRoom();
    inbox_.push_back(consensus::LogSpace{log_had_room_});
  }
  CAUSEWAY_RETURN_IF_ERROR(Pump());
  if (log_->FillPermille() > 500) return Maintain(false);
  return absl::OkStatus();
}

absl::Status CrashNode::RunTask() {
  const Task task = std::move(tasks_.front());
  tasks_.pop_front();
  if (const auto* build = std::get_if<consensus::Build>(&task)) {
    const auto leader = static_cast<size_t>(consensus::TimerKind::kLeader);
    if (random_.Chance(habits_.nullified_permille) && timers_[leader] != consensus::kNever) {
      now_us_ = std::max(now_us_, timers_[leader]);
      timers_[leader] = consensus::kNever;
      inbox_.push_back(consensus::TimerFired{consensus::TimerKind::kLeader});
    }
    CAUSEWAY_RETURN_IF_ERROR(Fail(Failed::kLedger, Build(build->request)));
  } else if (const auto* execute = std::get_if<consensus::Execute>(&task)) {
    absl::StatusOr<consensus::ExecutionResult> result = ledger_->Execute(execute->block);
    CAUSEWAY_RETURN_IF_ERROR(Fail(Failed::kLedger, result.status()));
    heights_[execute->block.hash] = execute->block.height.value();
    inbox_.push_back(consensus::BlockExecuted{execute->block.hash, *std::move(result)});
  } else {
    const auto& commit = std::get<consensus::Commit>(task);
    CAUSEWAY_RETURN_IF_ERROR(Fail(Failed::kLedger, ledger_->Commit(commit.block, commit.finalization)));
    if (random_.Chance(habits_.synced_permille))
      CAUSEWAY_RETURN_IF_ERROR(Maintain(random_.Chance(habits_.flushed_permille)));
  }
  return absl::OkStatus();
}

absl::Status CrashNode::Build(const consensus::BuildRequest& request) {
  mempool_ = std::make_unique<mempool::Mempool>(mempool::MempoolOptions());
  const auto parent = heights_.find(request.parent);
  CAUSEWAY_CHECK(parent != heights_.end(), "a parent that nobody knows");
  if (!habits_.starved) {
    for (const auto& transaction : story_.TransactionsAt(parent->second + 1))
      CAUSEWAY_RETURN_IF_ERROR(mempool_->Add(transaction, {}).status());
  }
  ledger_->SetMempool(mempool_.get());
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<consensus::BlockInfo> block, ledger_->Build(request));
  if (block) heights_[block->hash] = block->height.value();
  inbox_.push_back(consensus::BlockBuilt{request.view, std::move(block)});
  return absl::OkStatus();
}

absl::Status CrashNode::Maintain(bool flush) {
  if (flush) maintained_us_ += kFlushAgeUs;
  CAUSEWAY_RETURN_IF_ERROR(Fail(Failed::kLedger, ledger_->Maintain(maintained_us_, false)));
  if (ledger_->SyncedHeight() == synced_) return absl::OkStatus();
  synced_ = ledger_->SyncedHeight();
  inbox_.push_back(consensus::StoreSynced{synced_});
  return absl::OkStatus();
}

absl::Status CrashNode::Close() {
  engine_.reset();
  log_.reset();
  CAUSEWAY_RETURN_IF_ERROR(Fail(Failed::kLedger, ledger_->Close()));
  ledger_.reset();
  dead_ = true;
  return absl::OkStatus();
}

absl::Status CrashNode::CheckThatItRefuses() {
  if (failed_ == Failed::kLedger && ledger_ != nullptr && ledger_->store().SyncWal().ok())
    return absl::InternalError("the store goes on after it had failed");
  if (failed_ == Failed::kLog && log_ != nullptr && log_->Sync().ok())
    return absl::InternalError("the vote log goes on after it had failed");
  return absl::OkStatus();
}

}  // namespace causeway::crash
