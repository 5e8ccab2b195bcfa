// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/node.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "node/consensus/log_file.h"
#include "node/daemon/evidence.h"
#include "node/ledger/admission.h"

namespace causeway::daemon {
namespace {

uint64_t MonotonicUs() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

class RunningNode : public Node {
 public:
  explicit RunningNode(NodeOptions options) : options_(std::move(options)), mempool_(options_.mempool) {}
  ~RunningNode() override { (void)RunningNode::Stop(); }

  absl::Status OpenAll() {
    CAUSEWAY_ASSIGN_OR_RETURN(ledger_, node_ledger::NodeLedger::Open(options_.ledger));
    ledger_->SetMempool(&mempool_);
    const v1::ValidatorSet validators = chain::GenesisValidators(options_.ledger.genesis);
    scheme_ = std::make_unique<crypto::KeyedSignatureScheme>(chain::ValidatorKeys(validators), options_.signer);
    files_ = consensus::SystemFiles();
    const Instant newest = Instant::FromMicros(ledger_->head()->header.time_us());
    clock_ = options_.make_clock ? options_.make_clock(newest)
                                 : std::shared_ptr<const consensus::BlockClock>(consensus::SystemBlockClock());
    timed_ledger_ = std::make_unique<TimedLedger>(*ledger_, nullptr, options_.on_block_applied);
    CAUSEWAY_RETURN_IF_ERROR(StartNetwork());
    return OpenDriver(static_cast<uint32_t>(validators.validators_size()));
  }

  void Run() override {
    mempool_.OnChange([this](bool waiting) { driver_->NoteTransactions(waiting); });
    // What clients submitted before there was somebody to tell.
    if (mempool_.size() > 0) driver_->NoteTransactions(true);
    driver_ready_.Notify();
    driver_->Start();
    maintenance_ = std::thread([this] { Maintain(); });
  }

  absl::Status Submit(const std::string& envelope) override {
    CAUSEWAY_ASSIGN_OR_RETURN(const bool added, Admit(envelope, {}));
    if (added) network_->SendTransactions({envelope});
    return absl::OkStatus();
  }
  void Gossip(std::vector<std::string> envelopes) override { network_->SendTransactions(std::move(envelopes)); }

  node_ledger::NodeLedger& ledger() override { return *ledger_; }
  mempool::Mempool& mempool() override { return mempool_; }
  consensus::DriverStatus consensus_status() const override { return driver_->status(); }
  std::vector<network::PeerState> peers() const override { return network_->peers(); }
  absl::Status RenewTls(const network::TlsIdentity& tls) override { return network_->RenewTls(tls); }
  void SetServing(bool serving) override { network_->SetServing(serving); }
  Instant block_time() const override { return clock_->Read(); }
  FinalityTimes finality() const override { return timed_ledger_->times(); }

  absl::Status Stop() override {
    if (stopped_.exchange(true)) return absl::OkStatus();
    mempool_.OnChange(nullptr);
    // Deliveries end before what they are delivered to.
    if (!driver_ready_.HasBeenNotified()) driver_ready_.Notify();
    if (network_) network_->Stop();
    if (driver_) driver_->Stop();
    EndMaintenance();
    if (maintenance_.joinable()) maintenance_.join();
    return ledger_ ? ledger_->Close() : absl::OkStatus();
  }

 private:
  absl::Status StartNetwork() {
    options_.network.chain_id = ledger_->chain().chain_id;
    options_.network.validator = options_.validator;
    options_.network.protocol_version = chain::kProtocolVersion;
    options_.network.protocol_version_needed = options_.ledger.genesis.protocol_version();
    network::PeerHandlers handlers;
    handlers.on_consensus = [this](uint32_t from, consensus::Bytes bytes) {
      driver_ready_.WaitForNotification();
      if (!stopped_ && driver_) driver_->Deliver(from, std::move(bytes));
    };
    handlers.on_transactions = [this](uint32_t from, std::vector<std::string> envelopes) {
      driver_ready_.WaitForNotification();
      size_t refused = 0;
      absl::Status first;
      for (const std::string& envelope : envelopes) {
        if (stopped_) return;
        const absl::StatusOr<bool> added = Admit(envelope, {from});
        if (added.ok()) continue;
        if (refused++ == 0) first = added.status();
      }
      // A line a batch, whatever is in it.
      if (refused > 0)
        Tell(Note::kTransaction, absl::StrCat(refused, " of ", envelopes.size(), " transactions from validator ", from,
                                              " were not admitted, the first: ", first.ToString()));
    };
    handlers.final_height = [this] { return ledger_->head()->header.height(); };
    handlers.on_note = [this](const std::string& note) { Tell(Note::kPeer, note); };
    CAUSEWAY_ASSIGN_OR_RETURN(network_, network::PeerNetwork::Start(options_.network, std::move(handlers)));
    return absl::OkStatus();
  }

  absl::Status OpenDriver(uint32_t validators) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string genesis_block, ledger_->store().GetBlock(Height(0)));
    const chain::OrInvalid<v1::Block> genesis = chain::DecodeBlock(genesis_block, chain::kProtocolVersion);
    if (!genesis.ok()) return absl::DataLossError("the store's block 0 is none: " + genesis.invalid().ToString());
    CAUSEWAY_ASSIGN_OR_RETURN(const consensus::BlockInfo committed, ledger_->CommittedInfo());
    CAUSEWAY_ASSIGN_OR_RETURN(const consensus::CertificatePtr finalization, ledger_->NewestFinalization());
    const v1::Genesis& parameters = options_.ledger.genesis;
    const uint64_t rate = parameters.has_devnet() ? std::max<uint64_t>(parameters.devnet().rate(), 1) : 1;
    consensus::DriverOptions driver{
        consensus::EngineConfig{ledger_->chain().chain_id, Epoch(0), validators, options_.validator,
                                chain::BlockHash(genesis->header()),
                                chain::RequiredHash(genesis->header().next_validators_hash())},
        options_.vote_log_directory, options_.vote_log, crypto::KeyIdOf(options_.signer->public_key())};
    driver.engine.drift = {parameters.drift().behind_us() * rate, parameters.drift().ahead_us() * rate, rate};
    consensus::DriverEvents events;
    events.on_alarm = [this](const std::string& text) { Tell(Note::kAlarm, text); };
    events.on_evidence = [this](const consensus::VoteConflict& conflict) {
      const absl::StatusOr<std::string> report = WriteReport(options_.evidence_directory, conflict);
      Tell(Note::kEvidence,
           absl::StrCat(
               "validator ", conflict.first.validator, " of ",
               options_.ledger.genesis.validators(static_cast<int>(conflict.first.validator)).name(), " signed both ",
               consensus::Describe(conflict.first.subject), " and ", consensus::Describe(conflict.second.subject), "; ",
               report.ok()
                   ? absl::StrCat("an officer of an operator tells the ledger with `causeway tx submit ", *report, "`")
                   : absl::StrCat("the report was not written: ", report.status().message())));
    };
    events.on_log_synced = options_.on_log_synced;
    events.on_log_half_full = [this] { MaintainNow(); };
    events.on_stop = [this](const absl::Status& status) {
      Tell(Note::kStopping, status.ToString());
      if (options_.on_stop) options_.on_stop(status);
    };
    CAUSEWAY_ASSIGN_OR_RETURN(driver_, consensus::Driver::Open(driver,
                                                               {scheme_.get(), ledger_.get(), timed_ledger_.get(),
                                                                network_.get(), clock_.get(), files_.get()},
                                                               std::move(events), committed, finalization));
    return absl::OkStatus();
  }

  // Whether the transaction is new here.
  absl::StatusOr<bool> Admit(const std::string& envelope, mempool::Source source) {
    return node_ledger::Admit(*ledger_, mempool_, clock_->Read(), envelope, source);
  }

  // The store is synced and flushed by one thread, so whoever needs it now wakes that one.
  void MaintainNow() {
    const absl::MutexLock lock(&maintenance_mutex_);
    maintenance_wanted_ = true;
  }
  void EndMaintenance() {
    const absl::MutexLock lock(&maintenance_mutex_);
    maintenance_ended_ = true;
  }
  bool MaintenanceDue() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(maintenance_mutex_) {
    return maintenance_wanted_ || maintenance_ended_;
  }
  // Until the interval has passed, or it is wanted before; false when it has ended.
  bool AwaitMaintenance() {
    const absl::MutexLock lock(&maintenance_mutex_);
    maintenance_mutex_.AwaitWithTimeout(absl::Condition(this, &RunningNode::MaintenanceDue), options_.maintenance);
    maintenance_wanted_ = false;
    return !maintenance_ended_;
  }

  void Maintain() {
    while (AwaitMaintenance()) {
      const Height synced = ledger_->SyncedHeight();
      const absl::Status status = ledger_->Maintain(MonotonicUs(), false);
      if (!status.ok()) {
        Tell(Note::kStopping, "the store failed: " + status.ToString());
        if (options_.on_stop) options_.on_stop(status);
        return;
      }
      // The driver looks at the synced height after what its ledger thread does. Where the log is full nothing is voted
      // for and that thread has nothing to do, so without this the log would stay full.
      if (ledger_->SyncedHeight() != synced) driver_->OnLedgerThread([] { return absl::OkStatus(); });
    }
  }

  void Tell(Note note, const std::string& text) const {
    if (options_.on_note) options_.on_note(note, text);
  }

  NodeOptions options_;
  std::unique_ptr<node_ledger::NodeLedger> ledger_;
  std::unique_ptr<TimedLedger> timed_ledger_;
  mempool::Mempool mempool_;
  std::unique_ptr<crypto::SignatureScheme> scheme_;
  std::unique_ptr<consensus::FileSystem> files_;
  std::shared_ptr<const consensus::BlockClock> clock_;
  std::unique_ptr<network::PeerNetwork> network_;
  std::unique_ptr<consensus::Driver> driver_;
  absl::Notification driver_ready_;
  std::atomic<bool> stopped_ = false;
  absl::Mutex maintenance_mutex_;
  bool maintenance_wanted_ ABSL_GUARDED_BY(maintenance_mutex_) = false;
  bool maintenance_ended_ ABSL_GUARDED_BY(maintenance_mutex_) = false;
  std::thread maintenance_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Node>> Node::Open(NodeOptions options) {
  auto node = std::make_unique<RunningNode>(std::move(options));
  if (absl::Status status = node->OpenAll(); !status.ok()) return status;
  return node;
}

absl::StatusOr<std::unique_ptr<Node>> Node::Start(NodeOptions options) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::unique_ptr<Node> node, Open(std::move(options)));
  node->Run();
  return node;
}

}  // namespace causeway::daemon
