// SPDX-License-Identifier: Apache-2.0
// How long blocks take from their proposal to finality, measured at the seam between consensus and the ledger.
#ifndef CAUSEWAY_NODE_DAEMON_FINALITY_H_
#define CAUSEWAY_NODE_DAEMON_FINALITY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "ledger/base/identifiers.h"
#include "node/consensus/ledger_seam.h"

namespace causeway::daemon {

struct FinalityTimes {
  // Of the last blocks that this node built or executed as proposals; zero where there are none.
  uint64_t p50_us = 0;
  uint64_t p99_us = 0;
  // Since the newest block became final; nothing where none did since the start.
  std::optional<uint64_t> since_last_us;
};

// A ledger whose calls pass through to another, noting when a block first came and when it became final. Blocks that
// are fetched after they were final count as soon as executed.
//
// Thread safety: as LedgerSeam; `times` from any thread.
class TimedLedger : public consensus::LedgerSeam {
 public:
  // `ledger` outlives it. `monotonic_us`: for tests; empty: the machine's.
  // `on_applied`: microseconds that a block's building or first execution took; may be empty.
  explicit TimedLedger(consensus::LedgerSeam& ledger, std::function<uint64_t()> monotonic_us = nullptr,
                       std::function<void(uint64_t)> on_applied = nullptr);

  absl::StatusOr<std::optional<consensus::BlockInfo>> Build(const consensus::BuildRequest& request) override;
  absl::StatusOr<consensus::ExecutionResult> Execute(const consensus::BlockInfo& block) override;
  absl::Status Commit(const consensus::BlockInfo& block, const consensus::CertificatePtr& finalization) override;
  Height SyncedHeight() const override { return ledger_.SyncedHeight(); }
  absl::StatusOr<consensus::FinalRange> ReadFinal(Height from, uint64_t bytes_max) const override {
    return ledger_.ReadFinal(from, bytes_max);
  }

  FinalityTimes times() const;

 private:
  struct Seen {
    Height height;
    uint64_t at_us;
  };

  consensus::LedgerSeam& ledger_;
  const std::function<uint64_t()> monotonic_us_;
  const std::function<void(uint64_t)> on_applied_;
  // The ledger thread's own: blocks that are not final yet.
  absl::flat_hash_map<Hash, Seen> seen_;
  mutable absl::Mutex mutex_;
  // A ring.
  std::vector<uint64_t> durations_ ABSL_GUARDED_BY(mutex_);
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<uint64_t> last_us_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_FINALITY_H_
