// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/driver.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"

#include "node/consensus/peer_inbox.h"
#include "node/consensus/restore.h"

namespace causeway::consensus {
namespace {

// Ranges of final blocks that one peer may have waiting to be read.
constexpr uint32_t kServesMax = 2;
constexpr uint64_t kStallTextUs = 200'000;
constexpr uint64_t kLogHalfFullUs = 1'000'000;

uint64_t MonotonicUs() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

Hash FreshNonce() {
  std::array<uint8_t, Hash::kSize> bytes;
  CAUSEWAY_CHECK(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return Hash(bytes);
}

class SystemClock final : public BlockClock {
 public:
  Instant Read() const override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Instant::FromMicros(
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count()));
  }
};

// A thread with a queue of things to do, taken all at once.
template <typename T>
class Worker {
 public:
  template <typename Run>
  void Start(Run run) {
    thread_ = std::thread([this, run] {
      for (;;) {
        std::deque<T> batch;
        {
          std::unique_lock lock(mutex_);
          changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
          if (stopping_) return;
          batch.swap(queue_);
        }
        run(batch);
      }
    });
  }
  void Push(T item) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(item));
    changed_.notify_one();
  }
  // What is still queued is dropped; what runs is finished.
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

class DriverImpl final : public Driver {
 public:
  DriverImpl(const DriverOptions& options, const Parts& parts, DriverEvents events, OpenedLog opened)
      : parts_(parts),
        events_(std::move(events)),
        log_(std::move(opened.log)),
        lost_(opened.lost),
        engine_(options.engine, *parts.scheme, *parts.reader, std::move(opened.restored)),
        validators_hash_(options.engine.validators_hash),
        peers_(options.engine.validators),
        serving_(options.engine.validators) {
    timers_.fill(kNever);
    UpdateStatus();
  }
  ~DriverImpl() override { Stop(); }

  void Start() override {
    log_worker_.Start([this](std::deque<LogTask>& batch) { RunLog(batch); });
    ledger_worker_.Start([this](std::deque<LedgerTask>& batch) { RunLedger(batch); });
    serve_worker_.Start([this](std::deque<ServeRange>& batch) { RunServe(batch); });
    if (!lost_.ok() && events_.on_alarm) {
      events_.on_alarm(absl::StrCat("the vote log cannot be used: ", lost_.message(), "; asking the other validators"));
    }
    Push(consensus::Start{FreshNonce()});
    Push(StoreSynced{parts_.ledger->SyncedHeight()});
    loop_ = std::thread([this] { Loop(); });
  }

  void Stop() override {
    stopping_ = true;
    {
      const std::lock_guard lock(mutex_);
      changed_.notify_one();
    }
    if (loop_.joinable()) loop_.join();
    serve_worker_.Stop();
    ledger_worker_.Stop();
    log_worker_.Stop();
  }

  void Deliver(uint32_t from, Bytes bytes) override {
    const std::lock_guard lock(mutex_);
    if (!peers_.Push(from, std::move(bytes))) ++dropped_;
    changed_.notify_one();
  }

  void NoteTransactions(bool waiting) override {
    const std::lock_guard lock(mutex_);
    if (waiting && !transactions_waiting_) transactions_since_us_ = MonotonicUs();
    transactions_waiting_ = waiting;
    transactions_noted_ = true;  // many notes are one input
    changed_.notify_one();
  }

  void OnLedgerThread(std::function<absl::Status()> task) override { ledger_worker_.Push(LedgerTask(std::move(task))); }

  DriverStatus status() const override {
    const std::lock_guard lock(status_mutex_);
    DriverStatus copy = status_;
    copy.log_syncs = log_syncs_;
    copy.log_sync_us_last = log_sync_us_last_;
    copy.dropped = dropped_;
    return copy;
  }

 private:
  using LogTask = std::variant<LogRecord, Barrier>;
  using LedgerTask = std::variant<Build, Execute, Commit, std::function<absl::Status()>>;

  void Push(Input input) {
    const std::lock_guard lock(mutex_);
    own_.push_back(std::move(input));
    changed_.notify_one();
  }

  // ---- The driver's thread ----

  void Loop() {
    while (!stopping_) {
      const std::optional<Input> input = NextInput();
      if (!input || stopping_) continue;
      if (const auto* durable = std::get_if<LogDurable>(&*input)) {
        durable_barrier_ = durable->barrier;
        Pump();
      }
      if (stopped_) continue;
      const uint64_t start_us = MonotonicUs();
      Perform(engine_.Step(*input, Now{start_us, parts_.clock->Read()}));
      if (const auto* peer = std::get_if<PeerBytes>(&*input)) {
        const std::lock_guard lock(mutex_);
        peers_.Charge(peer->from, MonotonicUs() - start_us);
      }
      UpdateStatus();
    }
  }

  // The next due timer, else the oldest of this node's own inputs, else a peer's message; waits for any. Nothing when
  // the driver is stopping.
  std::optional<Input> NextInput() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (stopping_) return std::nullopt;
      const auto next = std::min_element(timers_.begin(), timers_.end());
      const uint64_t now_us = MonotonicUs();
      if (*next <= now_us) {
        *next = kNever;
        return TimerFired{static_cast<TimerKind>(next - timers_.begin())};
      }
      if (std::exchange(transactions_noted_, false)) {
        return TransactionsWaiting{transactions_waiting_, transactions_since_us_};
      }
      if (!own_.empty()) {
        Input input = std::move(own_.front());
        own_.pop_front();
        return input;
      }
      if (std::optional<PeerInbox::Message> message = peers_.Pop()) {
        return PeerBytes{message->from, std::move(message->bytes)};
      }
      if (*next == kNever) {
        changed_.wait(lock);
      } else {
        changed_.wait_for(lock, std::chrono::microseconds(*next - now_us));
      }
    }
  }

  void Perform(Outputs outputs) {
    for (Output& output : outputs) {
      if (auto* persist = std::get_if<Persist>(&output)) {
        log_worker_.Push(std::move(persist->record));
      } else if (const auto* timer = std::get_if<SetTimer>(&output)) {
        timers_[static_cast<size_t>(timer->kind)] = timer->at_us;
      } else if (auto* build = std::get_if<Build>(&output)) {
        ledger_worker_.Push(std::move(*build));
      } else if (auto* execute = std::get_if<Execute>(&output)) {
        ledger_worker_.Push(std::move(*execute));
      } else {
        if (const auto* barrier = std::get_if<Barrier>(&output)) log_worker_.Push(*barrier);
        outbox_.push_back(std::move(output));
      }
    }
    Pump();
  }

  void Pump() {
    while (!outbox_.empty() && !stopped_) {
      const auto* barrier = std::get_if<Barrier>(&outbox_.front());
      if (barrier != nullptr && barrier->id > durable_barrier_) return;
      Output output = std::move(outbox_.front());
      outbox_.pop_front();
      Release(std::move(output));
    }
  }

  void Release(Output output) {
    if (const auto* send = std::get_if<Send>(&output)) {
      parts_.transport->SendTo(send->to, send->lane, send->bytes);
    } else if (const auto* broadcast = std::get_if<Broadcast>(&output)) {
      parts_.transport->SendToAll(broadcast->lane, broadcast->bytes);
    } else if (auto* commit = std::get_if<Commit>(&output)) {
      ledger_worker_.Push(std::move(*commit));
    } else if (const auto* serve = std::get_if<ServeRange>(&output)) {
      if (serving_[serve->to] >= kServesMax) return;
      ++serving_[serve->to];
      serve_worker_.Push(*serve);
    } else if (const auto* evidence = std::get_if<ReportEvidence>(&output)) {
      if (events_.on_evidence) events_.on_evidence(evidence->conflict);
    } else if (const auto* alarm = std::get_if<Alarm>(&output)) {
      if (events_.on_alarm) events_.on_alarm(alarm->text);
    } else if (const auto* halt = std::get_if<Halt>(&output)) {
      StopWith(absl::DataLossError(halt->reason));
    }
  }

  // From any of the threads; the first reason counts.
  void StopWith(const absl::Status& status) {
    if (stopped_.exchange(true)) return;
    if (events_.on_stop) events_.on_stop(status);
  }

  void UpdateStatus() {
    const uint64_t now_us = MonotonicUs();
    const std::lock_guard lock(status_mutex_);
    if (status_.stall.empty() || now_us - stall_text_us_ >= kStallTextUs) {
      status_.stall = engine_.DescribeStall();
      status_.missing = engine_.MissingVoters();
      stall_text_us_ = now_us;
    }
    status_.mode = engine_.mode();
    status_.fetching = engine_.is_fetching();
    status_.view = engine_.view();
    status_.last_finalized_view = engine_.last_finalized_view();
    status_.committed = engine_.committed().height;
    status_.leader = engine_.leader();
    status_.log_has_room = log_had_room_;
  }

  // ---- The log's thread ----

  void RunLog(std::deque<LogTask>& batch) {
    if (stopped_) return;
    std::optional<uint64_t> barrier;
    for (LogTask& task : batch) {
      if (const auto* reached = std::get_if<Barrier>(&task)) {
        barrier = reached->id;
        continue;
      }
      const absl::Status appended = log_->Append(std::get<LogRecord>(task));
      if (!appended.ok()) return StopWith(Annotate(appended, "vote log"));
    }
    if (!barrier) return;
    const uint64_t start_us = MonotonicUs();
    const absl::Status synced = log_->Sync();
    if (!synced.ok()) return StopWith(Annotate(synced, "vote log"));
    log_sync_us_last_ = MonotonicUs() - start_us;
    if (events_.on_log_synced) events_.on_log_synced(log_sync_us_last_);
    ++log_syncs_;
    Push(LogDurable{*barrier});
    if (log_->HasRoom() != log_had_room_) {
      log_had_room_ = !log_had_room_;
      Push(LogSpace{log_had_room_});
    }
    const bool due = MonotonicUs() - half_full_us_ >= kLogHalfFullUs;
    if (log_->FillPermille() > 500 && due && events_.on_log_half_full) {
      half_full_us_ = MonotonicUs();
      events_.on_log_half_full();
    }
  }

  // ---- The ledger's thread ----

  void RunLedger(std::deque<LedgerTask>& batch) {
    for (LedgerTask& task : batch) {
      if (stopped_ || stopping_) return;
      const absl::Status done = std::visit([this](auto& one) { return this->RunTask(one); }, task);
      if (!done.ok()) return StopWith(Annotate(done, "ledger"));
      const Height synced = parts_.ledger->SyncedHeight();
      if (synced == synced_) continue;
      synced_ = synced;
      Push(StoreSynced{synced});
    }
  }

  absl::Status RunTask(const Build& build) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<BlockInfo> block, parts_.ledger->Build(build.request));
    Push(BlockBuilt{build.request.view, std::move(block)});
    return absl::OkStatus();
  }
  absl::Status RunTask(const Execute& execute) {
    CAUSEWAY_ASSIGN_OR_RETURN(ExecutionResult result, parts_.ledger->Execute(execute.block));
    Push(BlockExecuted{execute.block.hash, std::move(result)});
    return absl::OkStatus();
  }
  absl::Status RunTask(const Commit& commit) {
    CAUSEWAY_RETURN_IF_ERROR(parts_.ledger->Commit(commit.block, commit.finalization));
    if (events_.on_committed) events_.on_committed(commit.block);
    if (commit.block.next_validators != validators_hash_)
      return absl::UnimplementedError(absl::StrCat("the block at height ", commit.block.height.value(),
                                                   " ends its epoch: this program cannot change its validators"));
    return absl::OkStatus();
  }
  static absl::Status RunTask(const std::function<absl::Status()>& task) { return task(); }

  // ---- The thread that reads for laggards ----

  void RunServe(std::deque<ServeRange>& batch) {
    for (const ServeRange& serve : batch) {
      if (stopped_ || stopping_) return;
      --serving_[serve.to];
      const uint64_t bytes_max = std::min(serve.request.bytes_max, kRangeBytes);
      absl::StatusOr<FinalRange> range = parts_.ledger->ReadFinal(serve.request.from, bytes_max);
      // The store's own reads will meet a broken disk soon enough; a peer's question is no reason to stop.
      if (!range.ok() || range->blocks.empty()) continue;
      const RangeResponseMessage response{serve.request.from, std::move(range->blocks), range->finalization};
      const auto bytes = std::make_shared<const std::string>(EncodeMessage(response));
      parts_.transport->SendTo(serve.to, Lane::kBlocks, bytes);
    }
  }

  const Parts parts_;
  const DriverEvents events_;
  const std::unique_ptr<VoteLog> log_;  // the log's thread
  const absl::Status lost_;
  Engine engine_;  // the driver's thread
  const Hash validators_hash_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Input> own_;
  PeerInbox peers_;
  std::vector<std::atomic<uint32_t>> serving_;  // by peer: ranges that wait
  bool transactions_waiting_ = false;
  bool transactions_noted_ = false;
  uint64_t transactions_since_us_ = 0;

  // The driver's thread.
  std::array<uint64_t, kTimerKinds> timers_;
  std::deque<Output> outbox_;
  uint64_t durable_barrier_ = 0;
  uint64_t stall_text_us_ = 0;

  Worker<LogTask> log_worker_;
  Worker<LedgerTask> ledger_worker_;
  Worker<ServeRange> serve_worker_;
  std::atomic<bool> log_had_room_ = true;
  uint64_t half_full_us_ = 0;  // the log's thread
  Height synced_ = Height(0);  // the ledger's thread
  std::atomic<uint64_t> log_syncs_ = 0;
  std::atomic<uint64_t> log_sync_us_last_ = 0;
  std::atomic<uint64_t> dropped_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> stopped_ = false;
  std::thread loop_;

  mutable std::mutex status_mutex_;
  DriverStatus status_ = {Engine::Mode::kStarting, View(0), View(0), Height(0), 0, true, "", false, {}, 0, 0, 0};
};

}  // namespace

std::unique_ptr<BlockClock> SystemBlockClock() {
  return std::make_unique<SystemClock>();
}

absl::StatusOr<std::unique_ptr<Driver>> Driver::Open(const DriverOptions& options, const Parts& parts,
                                                     DriverEvents events, const BlockInfo& committed,
                                                     CertificatePtr finalization) {
  CAUSEWAY_ASSIGN_OR_RETURN(OpenedLog opened,
                            OpenVoteLog(*parts.files, options.log_folder, options.log, options.engine, options.key_id,
                                        *parts.reader, committed, std::move(finalization)));
  return std::make_unique<DriverImpl>(options, parts, std::move(events), std::move(opened));
}

}  // namespace causeway::consensus
