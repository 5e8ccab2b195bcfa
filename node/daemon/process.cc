// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/process.h"

#include <signal.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "ledger/base/status.h"
#include "node/api/api_server.h"
#include "node/daemon/block_clock.h"
#include "node/daemon/config.h"
#include "node/daemon/directory_lock.h"
#include "node/daemon/log.h"
#include "node/daemon/node.h"
#include "node/daemon/setup.h"
#include "node/daemon/status.h"

namespace causeway::daemon {
namespace {

// Wakes the main thread, which waits for signals; any other number would do.
constexpr int kWakeSignal = SIGUSR1;
constexpr absl::Duration kDiskLookEvery = absl::Seconds(10);

uint64_t MicrosNow() {
  return static_cast<uint64_t>(absl::ToUnixMicros(absl::Now()));
}
int64_t SecondsNow() {
  return absl::ToUnixSeconds(absl::Now());
}

ExitCode ExitCodeOf(const absl::Status& status) {
  return absl::IsUnavailable(status) ? ExitCode::kUnreachable : ExitCode::kFailed;
}

// Signals come to the main thread alone, when it waits for them; to be called before there is another thread.
sigset_t TakeSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, kWakeSignal}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

class Process {
 public:
  explicit Process(Config config)
      : config_(std::move(config)), log_(config_.log_level, config_.log_json), signals_(TakeSignals()) {}

  ExitCode Run() {
    log_.TakeLibraryLines();
    const absl::StatusOr<NodeSetup> setup = LoadSetup(config_, SecondsNow());
    if (!setup.ok()) return Refuse(setup.status(), ExitCode::kUsage);
    log_.Write(LogLevel::kInfo, kEventStarting,
               absl::StrCat("causewayd ", CAUSEWAY_VERSION, " as validator ", config_.validator, " of ",
                            setup->genesis.name(), ", chain ", setup->chain_id.ToHex()));
    if (absl::Status status = Open(*setup); !status.ok()) return Refuse(status, ExitCodeOf(status));
    log_.Write(LogLevel::kInfo, kEventReady,
               absl::StrCat("ready at height ", node_->ledger().head()->header.height(), ": validators at ",
                            config_.peers_listen, ", clients at ", config_.clients_listen, ", operators at ",
                            config_.operators_listen));
    sd_notify(0, "READY=1");
    Wait(*setup);
    return End();
  }

 private:
  ExitCode Refuse(const absl::Status& status, ExitCode code) {
    log_.Write(LogLevel::kError, kEventRefused, std::string(status.message()));
    api_.reset();
    node_.reset();
    return code;
  }

  absl::Status Open(const NodeSetup& setup) {
    CAUSEWAY_ASSIGN_OR_RETURN(vote_log_lock_, DirectoryLock::Take(config_.vote_log_directory));
    CAUSEWAY_ASSIGN_OR_RETURN(node_, Node::Open(OptionsOf(setup)));
    CAUSEWAY_ASSIGN_OR_RETURN(api_, api::ApiServer::Start(ApiOptionsOf(setup), PartsFor(setup)));
    node_->Run();
    return absl::OkStatus();
  }

  NodeOptions OptionsOf(const NodeSetup& setup) {
    NodeOptions options;
    options.ledger.directory = config_.store_directory;
    options.ledger.genesis = setup.genesis;
    options.ledger.confidentiality_key = setup.confidentiality_key;
    options.ledger.flush_bytes = config_.flush_bytes;
    options.ledger.flush_age_us = config_.flush_age_us;
    options.mempool.bytes_max = config_.mempool_bytes;
    options.mempool.transactions_max = config_.mempool_transactions;
    options.mempool.validators = static_cast<uint32_t>(setup.genesis.validators_size());
    for (const Config::Peer& peer : config_.peers) options.network.peers.push_back({peer.validator, peer.address});
    options.network.listen = config_.peers_listen;
    options.network.tls = setup.peers_tls;
    options.validator = config_.validator;
    options.signer = setup.signer;
    options.vote_log_directory = config_.vote_log_directory;
    options.vote_log.segment_bytes = config_.vote_log_segment_bytes;
    options.vote_log.segments_max = config_.vote_log_segments;
    if (setup.genesis.has_devnet()) {
      options.make_clock = [this, devnet = setup.genesis.devnet()](Instant newest_final) {
        lapse_clock_ = std::make_shared<LapseClock>(devnet, newest_final, MicrosNow);
        return lapse_clock_;
      };
    }
    options.on_note = [this](Note note, const std::string& text) { WriteNote(note, text); };
    options.on_stop = [this](const absl::Status& status) {
      {
        const absl::MutexLock lock(&mutex_);
        if (!failure_) failure_ = status;
      }
      kill(getpid(), kWakeSignal);
    };
    return options;
  }

  api::ApiOptions ApiOptionsOf(const NodeSetup& setup) const {
    api::ApiOptions options;
    options.clients_listen = config_.clients_listen;
    options.tls = {setup.clients_tls.ca, setup.clients_tls.certificate, setup.clients_tls.private_key};
    options.operators_listen = config_.operators_listen;
    return options;
  }

  api::ApiParts PartsFor(const NodeSetup& setup) {
    api::ApiParts parts;
    parts.ledger = &node_->ledger();
    parts.mempool = &node_->mempool();
    parts.gossip = [this](std::vector<std::string> envelopes) { node_->Gossip(std::move(envelopes)); };
    parts.fill_status = [this, &setup](v1::GetStatusResponse& response) {
      FillStatus(setup.genesis, config_.validator, FactsOf(setup), response);
    };
    parts.set_clock = [this](const api::ClockChange& change) { return SetClock(change); };
    parts.block_time_now = [this] { return node_->block_time(); };
    parts.log = [this](const std::string& line) { log_.Write(LogLevel::kInfo, kEventApi, line); };
    return parts;
  }

  absl::StatusOr<Instant> SetClock(const api::ClockChange& change) {
    if (!lapse_clock_)
      return absl::FailedPreconditionError("only a development network's time can be set; this one keeps the world's");
    LapseClock::Change lapse;
    lapse.paused = change.paused;
    lapse.advance_to = change.advance_to;
    lapse.rate = change.rate;
    const Instant now = lapse_clock_->Set(lapse);
    log_.Write(
        LogLevel::kInfo, kEventClock,
        absl::StrCat("block time is ", FormatInstant(now), change.paused ? " and stands still" : " and goes on"));
    return now;
  }

  NodeFacts FactsOf(const NodeSetup& setup) const {
    NodeFacts facts{.consensus = node_->consensus_status(),
                    .peers = node_->peers(),
                    .finality = node_->finality(),
                    .disk_free_bytes = DiskFreeBytes(config_.store_directory),
                    .data_directory = config_.store_directory};
    facts.now_s = SecondsNow();
    facts.certificates_end_s = setup.certificates_end_s;
    facts.up_us = static_cast<uint64_t>(std::max<int64_t>(absl::ToInt64Microseconds(absl::Now() - started_), 0));
    return facts;
  }

  void WriteNote(Note note, const std::string& text) {
    switch (note) {
      case Note::kPeer:
        return log_.Write(LogLevel::kInfo, kEventPeer, text);
      case Note::kTransaction:
        return log_.Write(LogLevel::kInfo, kEventTransaction, text);
      case Note::kAlarm:
        return log_.Write(LogLevel::kWarning, kEventAlarm, text);
      case Note::kEvidence:
        return log_.Write(LogLevel::kError, kEventEvidence, text);
      case Note::kStopping:
        return log_.Write(LogLevel::kError, kEventFailed, text);
    }
  }

  std::optional<absl::Status> failure() const {
    const absl::MutexLock lock(&mutex_);
    return failure_;
  }

  // Until a signal asks to end, or the node fails.
  void Wait(const NodeSetup& setup) {
    uint64_t watchdog_us = 0;
    const bool watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
    const uint64_t turn_us = watched ? std::clamp<uint64_t>(watchdog_us / 3, 100'000, 1'000'000) : 1'000'000;
    const timespec turn = {static_cast<time_t>(turn_us / 1'000'000), static_cast<long>(turn_us % 1'000'000 * 1'000)};
    bool was_ready = false;
    absl::Time disk_looked_at = absl::InfinitePast();
    bool disk_low = false;
    while (!failure()) {
      const int number = sigtimedwait(&signals_, nullptr, &turn);
      if (number == SIGTERM || number == SIGINT) {
        log_.Write(LogLevel::kInfo, kEventStopping,
                   absl::StrCat("asked to stop by ", number == SIGTERM ? "SIGTERM" : "SIGINT"));
        return;
      }
      const NodeFacts facts = FactsOf(setup);
      const bool ready = IsReady(setup.genesis, facts);
      if (ready != was_ready) TellReadiness(setup, facts, ready);
      was_ready = ready;
      if (absl::Now() - disk_looked_at >= kDiskLookEvery) {
        disk_looked_at = absl::Now();
        const bool low = facts.disk_free_bytes < kDiskLowBytes;
        if (low && !disk_low)
          log_.Write(LogLevel::kError, kEventDiskLow,
                     absl::StrCat("only ", facts.disk_free_bytes >> 20, " MiB are free on the disk of ",
                                  config_.store_directory));
        disk_low = low;
      }
      const std::string state =
          absl::StrCat("WATCHDOG=1\nSTATUS=height ", facts.consensus.committed.value(),
                       ready ? ", in sync" : ", not in sync: ", ready ? "" : facts.consensus.stall);
      sd_notify(0, state.c_str());
    }
  }

  void TellReadiness(const NodeSetup& setup, const NodeFacts& facts, bool ready) {
    const std::vector<std::string> problems = Problems(setup.genesis, facts);
    log_.Write(ready ? LogLevel::kInfo : LogLevel::kWarning, kEventSync,
               ready ? absl::StrCat("in sync at height ", facts.consensus.committed.value())
                     : absl::StrCat("not in sync at height ", facts.consensus.committed.value(), ": ",
                                    problems.empty() ? "it " + facts.consensus.stall : problems.front()));
  }

  ExitCode End() {
    sd_notify(0, "STOPPING=1");
    if (const std::optional<absl::Status> failed = failure()) {
      log_.Write(LogLevel::kError, kEventFailed, absl::StrCat("ends: ", failed->ToString()));
      // Whatever is not durable by now was never promised, and a disk that failed must not be written to again.
      std::_Exit(static_cast<int>(ExitCode::kFailed));
    }
    // The next one ends the process at once.
    for (const int asked : {SIGTERM, SIGINT}) signal(asked, SIG_DFL);
    // A wake-up of a store that fails by now stays blocked: it would end the process without a word.
    sigset_t asked_to_end;
    sigemptyset(&asked_to_end);
    for (const int asked : {SIGTERM, SIGINT}) sigaddset(&asked_to_end, asked);
    pthread_sigmask(SIG_UNBLOCK, &asked_to_end, nullptr);
    api_->Stop();
    const absl::Status stopped = node_->Stop();
    api_.reset();
    node_.reset();
    if (!stopped.ok()) {
      log_.Write(LogLevel::kError, kEventFailed, absl::StrCat("the store did not close: ", stopped.ToString()));
      return ExitCode::kFailed;
    }
    log_.Write(LogLevel::kInfo, kEventStopped, "stopped in order");
    return ExitCode::kOrderly;
  }

  const Config config_;
  Log log_;
  const sigset_t signals_;
  std::unique_ptr<DirectoryLock> vote_log_lock_;
  std::shared_ptr<LapseClock> lapse_clock_;
  const absl::Time started_ = absl::Now();
  mutable absl::Mutex mutex_;
  std::optional<absl::Status> failure_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Node> node_;
  std::unique_ptr<api::ApiServer> api_;
};

}  // namespace

ExitCode CheckConfiguration(const std::string& config_file) {
  const absl::StatusOr<Config> config = ReadConfig(config_file);
  const absl::Status status = config.ok() ? LoadSetup(*config, SecondsNow()).status() : config.status();
  if (status.ok()) {
    std::fprintf(stderr, "%s: in order\n", config_file.c_str());
    return ExitCode::kOrderly;
  }
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return ExitCode::kUsage;
}

ExitCode RunNode(const std::string& config_file) {
  absl::StatusOr<Config> config = ReadConfig(config_file);
  if (!config.ok()) {
    std::fprintf(stderr, "%s\n", std::string(config.status().message()).c_str());
    return ExitCode::kUsage;
  }
  return Process(*std::move(config)).Run();
}

}  // namespace causeway::daemon
