// SPDX-License-Identifier: Apache-2.0
// The ledger as a node runs it: the store, the final state, the blocks that are executed and not yet final, and what
// consensus and readers ask of them.
//
// A block's way: Build or Execute (an overlay over its parent's state), Commit (held until a finalization covers it,
// then one store write, then readers see it). The state's own keys follow behind: Maintain, called every second or so,
// syncs the store's log and flushes the state by size or age. Opening executes again what was final and not flushed.
//
// Invariants: readers see final blocks only, whole. Rule 8 is the engine's; what it halts on is described here
// (DescribeMismatch). Thread safety: Build, Execute and Commit from the driver's ledger thread; Maintain from one
// thread; everything else from any.
#ifndef CAUSEWAY_NODE_LEDGER_NODE_LEDGER_H_
#define CAUSEWAY_NODE_LEDGER_NODE_LEDGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "ledger/execution/executor.h"
#include "ledger/state/final_state.h"
#include "ledger/state/overlay.h"
#include "ledger/store/store.h"
#include "node/consensus/ledger_seam.h"
#include "node/mempool/mempool.h"

namespace causeway::node_ledger {

struct NodeLedgerOptions {
  // The store's directory; made where it is not there.
  std::string directory;
  v1::Genesis genesis;
  // 32 bytes; its hash must be genesis's.
  std::string confidentiality_key;
  // State is flushed from this many unflushed bytes on, and when it is this old.
  uint64_t flush_bytes = state::kFlushBytes;
  uint64_t flush_age_us = 60'000'000;
  // How the store is opened; the chain id in it is not looked at.
  store::OpenOptions store = {};
};

// The newest final block as readers see it: all of one height.
struct Head {
  v1::BlockHeader header;
  Hash hash;
  std::shared_ptr<const state::StateView> view;
  merkle::StateTree tree;
  merkle::HistoryFrontier history;

  execution::ParentState AsParent() const { return {header, hash, view.get(), tree, history}; }
};

// Told after a block is final and readable, in order of height, on the driver's ledger thread.
using FinalListener = std::function<void(const execution::ExecutedBlock&)>;

class NodeLedger : public consensus::LedgerSeam, public consensus::BlockReader {
 public:
  // Opens or makes the store and brings the state up to the last final block. Refusals are the store's, and DATA_LOSS
  // where what is stored does not give the roots that its headers claim, naming height and table.
  static absl::StatusOr<std::unique_ptr<NodeLedger>> Open(const NodeLedgerOptions& options);
  ~NodeLedger() override;

  // Where transactions come from; before the driver starts. May be null: blocks are empty.
  void SetMempool(mempool::Mempool* mempool) { mempool_ = mempool; }
  void AddFinalListener(FinalListener listener) { listeners_.push_back(std::move(listener)); }

  // --- BlockReader, LedgerSeam ---
  absl::StatusOr<consensus::BlockInfo> Read(consensus::Bytes block) const override;
  absl::StatusOr<std::optional<consensus::BlockInfo>> Build(const consensus::BuildRequest& request) override;
  absl::StatusOr<consensus::ExecutionResult> Execute(const consensus::BlockInfo& block) override;
  absl::Status Commit(const consensus::BlockInfo& block, const consensus::CertificatePtr& finalization) override;
  Height SyncedHeight() const override;
  // Whole runs from one finalization to the next. A run is never cut, since nothing else proves its blocks; one that
  // would make the answer larger than a peer takes waits for the next question. RESOURCE_EXHAUSTED where a run is
  // larger by itself. A peer stores an answer as one run, so what it can answer in turn stays within the same limits.
  absl::StatusOr<consensus::FinalRange> ReadFinal(Height from, uint64_t bytes_max) const override;

  // Syncs and flushes what is due; `monotonic_us` is the caller's clock. `all`: at shutdown.
  absl::Status Maintain(uint64_t monotonic_us, bool all);
  absl::Status Close();

  // --- For readers and for the driver ---
  std::shared_ptr<const Head> head() const;
  absl::StatusOr<std::shared_ptr<const state::StateView>> StateAt(Height height) const {
    return final_state_->At(height);
  }
  std::optional<Height> flushed() const { return final_state_->flushed(); }
  store::Store& store() const { return *store_; }
  const execution::Executor& executor() const { return *executor_; }
  const execution::Registry& registry() const { return *registry_; }
  const execution::ChainParameters& chain() const { return chain_; }
  execution::SignatureCache& signatures() { return signatures_; }
  // What the driver is opened with: the store's head, and its newest finalization (null right after genesis).
  absl::StatusOr<consensus::BlockInfo> CommittedInfo() const;
  absl::StatusOr<consensus::CertificatePtr> NewestFinalization() const;

 private:
  // An executed block that is not final, or final and not yet covered by a finalization.
  struct Executed {
    std::shared_ptr<const execution::ExecutedBlock> block;
    std::shared_ptr<state::BlockOverlay> overlay;
  };

  explicit NodeLedger(const NodeLedgerOptions& options);

  absl::Status CreateStore(const Hash& chain_id);
  absl::Status RestoreFlushed();
  absl::Status ExecuteAgain(Height height);
  // The parent's state; `keep` holds what it points to.
  absl::StatusOr<execution::ParentState> ParentStateOf(const Hash& parent, std::shared_ptr<const void>* keep) const;
  void Remember(std::shared_ptr<const execution::ExecutedBlock> block);
  void Publish(const execution::ExecutedBlock& block);
  // Nothing where there are more, or more bytes.
  absl::StatusOr<std::optional<std::vector<consensus::Bytes>>> ReadRun(Height from, Height to, uint64_t blocks_max,
                                                                       uint64_t bytes_max) const;
  void DropOtherBranches(Height final_height);
  consensus::BlockInfo InfoOf(const v1::BlockHeader& header, const Hash& hash, consensus::Bytes bytes) const;

  const NodeLedgerOptions options_;
  execution::ChainParameters chain_;
  std::unique_ptr<execution::Registry> registry_;
  std::unique_ptr<execution::Executor> executor_;
  execution::SignatureCache signatures_{1 << 20};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<state::FinalState> final_state_;
  mempool::Mempool* mempool_ = nullptr;
  std::vector<FinalListener> listeners_;

  // The ledger thread's own.
  absl::flat_hash_map<Hash, Executed> executed_;
  // Committed blocks that wait for a finalization, oldest first.
  std::vector<std::shared_ptr<const execution::ExecutedBlock>> waiting_;
  // Maintain's own.
  uint64_t last_flush_us_ = 0;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const Head> head_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::node_ledger

#endif  // CAUSEWAY_NODE_LEDGER_NODE_LEDGER_H_
