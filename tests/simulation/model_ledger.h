// SPDX-License-Identifier: Apache-2.0
// A ledger small enough to be obviously right, behind the seam that the real one fills: a few accounts, transfers
// between them, a hash chain over everything that happened.
//
// Its store behaves as RocksDB does without syncing each write: a crash rolls it back to some height at or above the
// synced one. Overlays are lost in a crash.
#ifndef CAUSEWAY_TESTS_SIMULATION_MODEL_LEDGER_H_
#define CAUSEWAY_TESTS_SIMULATION_MODEL_LEDGER_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "node/consensus/ledger_seam.h"
#include "node/consensus/types.h"

namespace causeway::simulation {

inline constexpr size_t kAccounts = 8;
inline constexpr uint64_t kAccountStart = 1'000'000;

// A transfer from no account changes the validators: the node `to` joins if it is none of them, and leaves otherwise;
// once a block, and only where as many remain as at the start.
inline constexpr uint32_t kFromNoAccount = kAccounts;

struct Transfer {
  uint64_t id;
  uint32_t from;
  uint32_t to;
  uint64_t amount;
  friend bool operator==(const Transfer&, const Transfer&) = default;
};

// A block of the model, and its bytes.
struct ModelBlock {
  Epoch epoch = Epoch(0);
  Height height = Height(0);
  Hash parent = Hash::Zero();
  Instant time = Instant::Epoch();
  uint32_t proposer = 0;
  consensus::Roots roots = {Hash::Zero(), Hash::Zero()};
  Hash next_validators = Hash::Zero();
  std::vector<Transfer> transfers;

  std::string Encode() const;
  static absl::StatusOr<ModelBlock> Decode(absl::string_view bytes);
};
consensus::BlockInfo InfoOf(const ModelBlock& block, consensus::Bytes bytes);
consensus::BlockInfo InfoOf(const ModelBlock& block);

class ModelReader final : public consensus::BlockReader {
 public:
  absl::StatusOr<consensus::BlockInfo> Read(consensus::Bytes block) const override;
};

// The state after a block.
// Nodes, ascending.
using Members = std::vector<uint32_t>;
Hash HashOf(const Members& members);

struct ModelState {
  std::array<uint64_t, kAccounts> balances;
  Hash history = Hash::Zero();
  // Of the block after this state.
  Epoch epoch = Epoch(0);
  Members members;
  consensus::Roots roots() const;
};

class ModelLedger final : public consensus::LedgerSeam {
 public:
  static constexpr size_t kTransfersPerBlock = 16;

  explicit ModelLedger(Instant genesis_time, uint32_t validators = 4);

  // ---- The seam ----
  absl::StatusOr<std::optional<consensus::BlockInfo>> Build(const consensus::BuildRequest& request) override;
  absl::StatusOr<consensus::ExecutionResult> Execute(const consensus::BlockInfo& block) override;
  absl::Status Commit(const consensus::BlockInfo& block, const consensus::CertificatePtr& finalization) override;
  Height SyncedHeight() const override { return Height(synced_); }
  absl::StatusOr<consensus::FinalRange> ReadFinal(Height from, uint64_t bytes_max) const override;

  // ---- For the simulation ----
  const consensus::BlockInfo& head() const { return store_.back().info; }
  // The newest finalization in the store; null before the first.
  consensus::CertificatePtr finalization() const;
  const consensus::BlockInfo& genesis() const { return store_.front().info; }
  const Hash& HashAt(Height height) const { return store_[height.value()].info.hash; }

  void Submit(const Transfer& transfer);
  // Who validates the block after the head, and in which epoch.
  Epoch epoch() const { return store_.back().state.epoch; }
  const Members& members() const { return store_.back().state.members; }
  // The block that ended the epoch before that one; genesis in the first.
  const consensus::BlockInfo& epoch_start() const;
  // The finalization of the block that ended the epoch; null where none has.
  consensus::CertificatePtr EndOf(Epoch epoch) const;
  // Whether it holds a transfer that no executed or committed block contains.
  bool Waiting() const { return waiting_ > 0; }

  void Sync() { synced_ = store_.size() - 1; }
  // Overlays, mempool and some of what was not synced are gone; `lost` of the unsynced blocks are.
  void Crash(uint64_t lost);

  // Of a block that is the head or an overlay.
  std::optional<Instant> TimeOf(const Hash& block) const;

  // A defect that the suite must notice: roots that depend on the node.
  void set_salt(uint64_t salt) { salt_ = salt; }
  // A valid block like this one at another time, and on another parent if that is the head or an overlay: what an
  // equivocating or a forking leader makes.
  std::optional<consensus::BlockInfo> Alternative(const consensus::BlockInfo& block, const Hash& parent, Instant time);
  // The roots that executing it gave here; for an overlay.
  std::optional<consensus::Roots> RootsOf(const Hash& block) const;

 private:
  struct Stored {
    consensus::BlockInfo info;
    consensus::CertificatePtr finalization;
    ModelState state;
    std::vector<Transfer> transfers;
  };
  struct Overlay {
    consensus::BlockInfo info;
    ModelState state;
    std::vector<Transfer> transfers;
  };
  const ModelState* StateOf(const Hash& block) const;
  bool Used(uint64_t id, Hash chain) const;
  void ChangeMembers(uint32_t node, ModelState& state, Epoch epoch) const;
  std::variant<ModelState, std::string> Apply(const ModelBlock& block) const;
  void AddOverlay(const consensus::BlockInfo& info, const ModelState& state, std::vector<Transfer> transfers);
  void Drop(std::map<Hash, Overlay>::iterator overlay);
  void CountWaiting();

  const uint32_t members_min_;
  std::vector<Stored> store_;  // by height
  uint64_t synced_ = 0;
  std::map<uint64_t, uint64_t> used_;  // id → height
  std::map<Hash, Overlay> overlays_;
  std::map<uint64_t, uint32_t> in_overlays_;  // id → how many contain it
  std::map<uint64_t, Transfer> mempool_;
  uint64_t waiting_ = 0;
  uint64_t salt_ = 0;
};

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_MODEL_LEDGER_H_
