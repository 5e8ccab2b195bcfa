// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
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
#include "node/daemon/pages.h"
#include "node/daemon/setup.h"
#include "node/daemon/status.h"

namespace causeway::daemon {
namespace {

// Wakes the main thread, which waits for signals; any other number would do.
constexpr int kWakeSignal = SIGUSR1;
constexpr rlim_t kFilesMax = 65'536;
constexpr absl::Duration kDiskLookEvery = absl::Seconds(10);
constexpr absl::Duration kCertificatesLookEvery = absl::Seconds(10);
constexpr int64_t kTurnPatienceS = 30;

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
  for (const int number : {SIGTERM, SIGINT, SIGHUP, kWakeSignal}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// A connection of a client takes two descriptors, and a store many.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, kFilesMax);
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

class Process {
 public:
  explicit Process(Config config)
      : config_(std::move(config)), log_(config_.log_level, config_.log_json), signals_(TakeSignals()) {}

  ExitCode Run() {
    log_.TakeLibraryLines();
    RaiseFileLimit();
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
    if (listener_) log_.Write(LogLevel::kInfo, kEventMetrics, "metrics at " + config_.metrics_listen);
    sd_notify(0, "READY=1");
    Wait(*setup);
    return End();
  }

 private:
  ExitCode Refuse(const absl::Status& status, ExitCode code) {
    log_.Write(LogLevel::kError, kEventRefused, std::string(status.message()));
    listener_.reset();
    api_.reset();
    node_.reset();
    return code;
  }

  absl::Status Open(const NodeSetup& setup) {
    certificates_end_s_ = setup.tls.certificates_end_s;
    certificates_stamp_ = CertificatesStamp();
    CAUSEWAY_ASSIGN_OR_RETURN(vote_log_lock_, DirectoryLock::Take(config_.vote_log_directory));
    CAUSEWAY_ASSIGN_OR_RETURN(node_, Node::Open(OptionsOf(setup)));
    node_->ledger().AddFinalListener([this](const execution::ExecutedBlock& block) {
      for (const execution::TransactionOutcome& outcome : block.transactions)
        metrics_.NoteTransaction(TransactionCode(outcome.results));
    });
    CAUSEWAY_ASSIGN_OR_RETURN(api_, api::ApiServer::Start(ApiOptionsOf(setup), PartsFor(setup)));
    if (!config_.metrics_listen.empty()) {
      CAUSEWAY_ASSIGN_OR_RETURN(listener_,
                                metrics::HttpListener::Start(config_.metrics_listen,
                                                             MakePages(setup.genesis, &metrics_, PagePartsOf(setup))));
    }
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
    options.network.tls = setup.tls.peers;
    options.validator = config_.validator;
    options.signer = setup.signer;
    options.vote_log_directory = config_.vote_log_directory;
    options.evidence_directory = config_.store_directory + ".evidence";
    options.vote_log.segment_bytes = config_.vote_log_segment_bytes;
    options.vote_log.segments_max = config_.vote_log_segments;
    if (setup.genesis.has_devnet()) {
      options.make_clock = [this, devnet = setup.genesis.devnet()](Instant newest_final) {
        const absl::StatusOr<LapseClock::State> left = LoadClock(ClockFile());
        if (!left.ok() && !absl::IsNotFound(left.status()))
          log_.Write(LogLevel::kWarning, kEventClock, std::string(left.status().message()));
        lapse_clock_ = std::make_shared<LapseClock>(devnet, newest_final, MicrosNow,
                                                    left.ok() ? std::make_optional(*left) : std::nullopt);
        return lapse_clock_;
      };
    }
    options.on_block_applied = [this](uint64_t us) { metrics_.NoteBlockApplied(us); };
    options.on_log_synced = [this](uint64_t us) { metrics_.NoteLogSynced(us); };
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

  static api::ServerTls ServerTlsOf(const network::TlsIdentity& tls) {
    return {tls.ca, tls.certificate, tls.private_key};
  }

  api::ApiOptions ApiOptionsOf(const NodeSetup& setup) const {
    api::ApiOptions options;
    options.clients_listen = config_.clients_listen;
    options.tls = ServerTlsOf(setup.tls.clients);
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
    parts.on_handled = [this](const std::string& service, const std::string& method, const std::string& code) {
      metrics_.NoteCall(service, method, code);
    };
    parts.log = [this](const std::string& line) { log_.Write(LogLevel::kInfo, kEventApi, line); };
    return parts;
  }

  PageParts PagePartsOf(const NodeSetup& setup) {
    PageParts parts;
    parts.facts = [this, &setup] { return FactsOf(setup); };
    parts.readings = [this] {
      return metrics::Readings{node_->ledger().head()->header.height(), DiskFreeBytes(config_.store_directory),
                               certificates_end_s_ - SecondsNow()};
    };
    parts.is_turning = [this] { return SecondsNow() - last_turn_s_ < kTurnPatienceS; };
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
    // A node that starts again while the network stands still must stand still, too.
    CAUSEWAY_RETURN_IF_ERROR(SaveClock(ClockFile(), lapse_clock_->state()));
    log_.Write(
        LogLevel::kInfo, kEventClock,
        absl::StrCat("block time is ", FormatInstant(now), change.paused ? " and stands still" : " and goes on"));
    return now;
  }

  std::string ClockFile() const { return config_.store_directory + ".clock"; }

  NodeFacts FactsOf(const NodeSetup& setup) const {
    NodeFacts facts{.consensus = node_->consensus_status(),
                    .peers = node_->peers(),
                    .finality = node_->finality(),
                    .disk_free_bytes = DiskFreeBytes(config_.store_directory),
                    .data_directory = config_.store_directory};
    facts.now_s = SecondsNow();
    facts.certificates_end_s = certificates_end_s_;
    const uint64_t newest_us = node_->ledger().head()->header.time_us();
    const uint64_t now_us = node_->block_time().micros();
    // A development network's clocks are set by hand: one that was away while the others' jumped is told after it is
    // up.
    if (!setup.genesis.has_devnet() && newest_us > now_us) facts.clock_behind_us = newest_us - now_us;
    facts.clock_behind_allowed_us = setup.genesis.drift().ahead_us();
    facts.signer_works = SignerWorks(*setup.signer);
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
        metrics_.NoteConflict();
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
      last_turn_s_ = SecondsNow();
      const int number = sigtimedwait(&signals_, nullptr, &turn);
      if (number == SIGTERM || number == SIGINT) {
        log_.Write(LogLevel::kInfo, kEventStopping,
                   absl::StrCat("asked to stop by ", number == SIGTERM ? "SIGTERM" : "SIGINT"));
        return;
      }
      LookAtCertificates(setup, number == SIGHUP);
      const NodeFacts facts = FactsOf(setup);
      const bool ready = IsReady(setup.genesis, facts);
      if (ready != was_ready) {
        TellReadiness(setup, facts, ready);
        api_->SetServing(ready);
        node_->SetServing(ready);
      }
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

  // When the files of certificates and their keys were last written.
  std::string CertificatesStamp() const {
    std::string stamp;
    for (const TlsFiles* files : {&config_.peers_tls, &config_.clients_tls}) {
      for (const std::string* path : {&files->ca, &files->certificate, &files->private_key}) {
        struct stat info {};
        if (stat(path->c_str(), &info) != 0) continue;
        absl::StrAppend(&stamp, info.st_ino, ":", info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, " ");
      }
    }
    return stamp;
  }

  // Takes certificates that were written anew, as soon as all of them are in order.
  void LookAtCertificates(const NodeSetup& setup, bool asked) {
    if (!asked && absl::Now() - certificates_looked_at_ < kCertificatesLookEvery) return;
    certificates_looked_at_ = absl::Now();
    const std::string stamp = CertificatesStamp();
    if (!asked && stamp == certificates_stamp_) return;
    const absl::StatusOr<TlsSetup> tls = ReloadTls(config_, setup, SecondsNow());
    absl::Status status = tls.status();
    if (status.ok()) status = node_->RenewTls(tls->peers);
    if (status.ok()) status = api_->RenewTls(ServerTlsOf(tls->clients));
    if (!status.ok()) {
      // The same again and again is said once.
      const std::string why(status.message());
      if (asked || why != std::exchange(certificates_refused_, why))
        log_.Write(LogLevel::kError, kEventCertificates, "the old certificates stay in use: " + why);
      return;
    }
    certificates_stamp_ = stamp;
    certificates_refused_.clear();
    certificates_end_s_ = tls->certificates_end_s;
    log_.Write(LogLevel::kInfo, kEventCertificates,
               absl::StrCat("new connections use the certificates as they are now; the first ends in ",
                            (certificates_end_s_ - SecondsNow()) / 86'400, " days"));
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
    listener_.reset();
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
  metrics::Metrics metrics_;
  std::atomic<int64_t> certificates_end_s_ = 0;
  // The main thread's.
  std::string certificates_stamp_;
  std::string certificates_refused_;
  absl::Time certificates_looked_at_ = absl::Now();
  std::atomic<int64_t> last_turn_s_ = SecondsNow();
  const absl::Time started_ = absl::Now();
  mutable absl::Mutex mutex_;
  std::optional<absl::Status> failure_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Node> node_;
  std::unique_ptr<api::ApiServer> api_;
  std::unique_ptr<metrics::HttpListener> listener_;
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
