// SPDX-License-Identifier: Apache-2.0
//
// A node's store: final blocks with all that belongs to them, and the state written behind, in one RocksDB database
// under a directory.
//
//   Store::Create(dir, …)           once, with the chain's genesis
//   store->WriteFinal(blocks, …)    each run of blocks that one finalization made final; one batch, not synced
//   final_state.Flush()             now and then; calls FlushState: one batch with the flushed height, after what it
//   covers is synced store->Close(), or a crash      then Open, and execute again the blocks above flushed()
//
// Heights: flushed ≤ synced ≤ final. A height is written once and in order; a run of blocks ends with one that carries
// a certificate (genesis alone has none).
//
// Failures: every refusal says what, where and what to do, and a refused Open has changed nothing in the directory.
// After a write or a sync that failed, every later write is refused with the same error: the process must end, and the
// next Open tells what there is.
//   NOT_FOUND            no store in the directory
//   ALREADY_EXISTS       Create where there is one
//   FAILED_PRECONDITION  another chain's, a newer format, or a read as at a height that is not kept
//   UNAVAILABLE          another process has it open
//   DATA_LOSS            damaged: the file, and the height where it is known
//   RESOURCE_EXHAUSTED   the disk is full
//
// What protects the bytes: RocksDB's checksums over each block of each file and each record of its log and manifest;
// beside them the file HEAD, which tells how far the log must reach (README.md says what that catches).
//
// Thread safety: reads from any thread; WriteFinal from one; SyncWal and FlushState from one, which may be another.

#ifndef CAUSEWAY_LEDGER_STORE_STORE_H_
#define CAUSEWAY_LEDGER_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "causeway/v1/storage.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/state/flushed_state.h"
#include "ledger/store/final_block.h"
#include "ledger/store/keys.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace causeway::store {

// Whether an error of a store speaks of its bytes; the others speak of the machine: a permission, a limit, a disk that
// does not answer.
bool IsDamage(const absl::Status& status);

struct OpenOptions {
  // Refuses a directory of another chain; absent: whatever chain it is (an auditor's look).
  std::optional<Hash> chain_id;
  // For copies: nothing in the directory is created, changed or locked, and everything that the node had written must
  // be there. Without it a store whose machine lost power opens at the last good point of RocksDB's log, which is at or
  // above the synced height.
  bool read_only = false;
  // Opens at the last good point even where blocks that were synced are missing. The caller must fetch them, or take
  // them from the vote log, before it votes.
  bool accept_loss = false;
  // Bytes of cache for blocks of the database's files.
  uint64_t cache_bytes = uint64_t{256} << 20;
  // Bytes of the database's log from which on the oldest rows in memory are written out to files.
  uint64_t log_bytes = uint64_t{256} << 20;
  // The file system; null: the machine's. For tests that cut, tear and fill disks.
  rocksdb::Env* env = nullptr;
};

// How far a store reaches, and how far its HEAD says that it had been written.
struct OpenReport {
  std::optional<Height> final;
  std::optional<Height> flushed;
  // From HEAD: synced before, and written before. `written` above `final` after a power failure is what was lost
  // unsynced.
  std::optional<Height> synced;
  std::optional<Height> written;
};

class Store : public state::FlushedState {
 public:
  // Makes the directory (its parent must exist) with an empty store in it: all of it, or, after a crash, nothing that
  // Open would take for one.
  static absl::StatusOr<std::unique_ptr<Store>> Create(const std::string& directory, const Hash& chain_id,
                                                       absl::string_view genesis, const OpenOptions& options = {});
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, const OpenOptions& options);
  // Whether there is something that Open would try to open.
  static bool Exists(const std::string& directory, rocksdb::Env* env = nullptr);
  // Whether another process has it open for writing. Not to be asked by a process that has it open itself: to ask
  // would give its lock back.
  static bool IsInUse(const std::string& directory);

  ~Store() override;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Syncs, writes RocksDB's buffers out, and closes. Flushing the state is the caller's (FinalState::Flush). Destroying
  // without Close is as a crash of the process.
  absl::Status Close();

  const std::string& directory() const;
  const Hash& chain_id() const;
  // Canonical bytes of Genesis, as given to Create.
  const std::string& genesis() const;
  const OpenReport& open_report() const;

  // --- Writing ---

  // A run of blocks from final() + 1 on (0 where there is none), each the parent of the next; the last carries a
  // certificate unless it is genesis. One batch, not synced. `floor` is what consensus wants to find again beside the
  // last block. INVALID_ARGUMENT where the run is not that.
  absl::Status WriteFinal(absl::Span<const FinalBlock> blocks, absl::string_view floor);
  absl::Status WriteFinal(const FinalBlock& block, absl::string_view floor) {
    return WriteFinal(absl::MakeConstSpan(&block, 1), floor);
  }

  // Makes every written block durable; synced() is then what final() was before the call.
  absl::Status SyncWal();

  // FlushedState: see there. Syncs what it covers first where that is not done. OUT_OF_RANGE above final().
  absl::Status FlushState(absl::Span<const state::HeightChanges> blocks) override;

  // --- How far it reaches ---
  std::optional<Height> final() const;
  std::optional<Height> synced() const;
  std::optional<Height> flushed() const override;
  std::optional<Hash> final_hash() const;
  // As given with the last block.
  absl::StatusOr<std::string> Floor() const;

  // --- State ---
  absl::StatusOr<std::optional<std::string>> GetStateAt(state::TableId table, absl::string_view key,
                                                        Height height) const override;
  absl::Status ScanStateAt(state::TableId table, absl::string_view begin, std::optional<absl::string_view> end,
                           Height height, const state::RawVisitor& visitor) const override;
  // All tables as at flushed(), ascending by (table, key), flat ones included: for rebuilding the tree.
  absl::Status ScanState(
      absl::FunctionRef<bool(state::TableId, absl::string_view key, absl::string_view value)> visitor) const;
  // The heights at or below flushed() at which a key changed, newest first, with what it was changed to; false stops.
  // For histories of one record.
  absl::Status ScanChanges(state::TableId table, absl::string_view key,
                           absl::FunctionRef<bool(Height, std::optional<absl::string_view> value)> visitor) const;
  // The runs of heights that were flushed together, oldest first.
  std::vector<v1::Flush> Flushes() const;

  // --- Blocks and what belongs to them. NOT_FOUND where there is none. ---
  absl::StatusOr<std::string> GetBlock(Height height) const;
  absl::StatusOr<Height> FindHeader(const Hash& header_hash) const;
  // The finalization of a block that was finalized directly.
  absl::StatusOr<std::string> GetCertificate(Height height) const;
  struct Certified {
    Height height;
    std::string certificate;
  };
  // The lowest certificate at or above a height: the one that makes that height's block final.
  absl::StatusOr<Certified> FindCertificateFrom(Height height) const;
  absl::StatusOr<Certified> LastCertificate() const;

  absl::StatusOr<std::string> GetReceipt(const Place& place) const;
  absl::StatusOr<std::string> GetResult(const ResultPlace& place) const;
  // All results of a receipt, in order.
  absl::StatusOr<std::vector<std::string>> GetResults(const Place& place) const;
  // The receipts of a block's list, in order.
  absl::StatusOr<std::vector<std::string>> GetReceipts(Height height, Lane lane) const;
  absl::StatusOr<Place> FindTransaction(const Hash& transaction_id) const;
  // The results that speak of a subject, oldest first, from a place on; false stops.
  absl::Status ScanSubject(absl::string_view subject, std::optional<ResultPlace> from,
                           absl::FunctionRef<bool(const ResultPlace&)> visitor) const;
  // The subjects that begin with some bytes, ascending; false stops.
  absl::Status ScanSubjects(absl::string_view prefix,
                            absl::FunctionRef<bool(absl::string_view subject, const ResultPlace&)> visitor) const;

  // A complete node of the history tree.
  absl::StatusOr<Hash> GetHistoryNode(uint32_t level, uint64_t index) const;
  absl::StatusOr<v1::StoredRestrictedRecord> GetRestricted(const Hash& salted_hash) const;

  // --- Whole families, for the audit and for copies ---

  // One raw row; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> GetRow(Family family, absl::string_view key) const;
  // All rows of a family, ascending, from `begin` on; false stops. Each row's checksums are verified.
  absl::Status ScanRows(Family family, absl::string_view begin,
                        absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visitor) const;
  // Reads every block of every file and verifies its checksum. DATA_LOSS names the file.
  absl::Status VerifyChecksums() const;

  // A copy that opens as this store does, made while the store is in use, and verified by opening it. `directory` must
  // not exist. Returns the copy's final height.
  absl::StatusOr<std::optional<Height>> Checkpoint(const std::string& directory) const;

  // What it takes on disk, for metrics.
  uint64_t disk_bytes() const;

 private:
  class Impl;
  friend class StoreVerifier;  // walks the families beside a replay
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_STORE_H_
