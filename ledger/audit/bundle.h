// SPDX-License-Identifier: Apache-2.0
//
// Proof bundles: made from a node's store, verified with the genesis alone.
//
// Why a bundle proves: the genesis names the validators; a quorum of them has signed the certified header; its history
// root commits to every receipt and every earlier header, and each header's state root to every record. The verifier
// follows the path from the claim to the signatures and believes nothing else that the bundle says. Within one epoch
// the validators of genesis certify every header.

#ifndef CAUSEWAY_LEDGER_AUDIT_BUNDLE_H_
#define CAUSEWAY_LEDGER_AUDIT_BUNDLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/bundle.pb.h"
#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/receipt.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/state/view.h"
#include "ledger/store/store.h"

namespace causeway::audit {

inline constexpr uint32_t kBundleFormatVersion = 1;

// --- Making ---
//
// DATA_LOSS names what in the store is damaged, and where; never a failed check, whatever the store holds.

// A node's newest certified header, for `--head`.
absl::StatusOr<v1::CertifiedHeader> CertifiedHead(const store::Store& store);

// The state tree as at a height, from the state's records as at that height. `tables`: all tables of the registry and
// the ledger's own (execution::AllTables). DATA_LOSS where its root is not the header's. One such rebuild reads the
// whole state: callers keep it, and bound how many run.
absl::StatusOr<merkle::StateTree> RebuildTree(const store::Store& store, Height height,
                                              const state::StateView& view_at_height,
                                              const std::vector<state::TableInfo>& tables);

// A receipt with all its results, or with the results of some operations only. NOT_FOUND where there is none;
// FAILED_PRECONDITION ("NOT_YET: …") where no certificate covers it yet.
absl::StatusOr<v1::ProofBundle> ProveReceipt(const store::Store& store, const store::Place& place,
                                             const std::vector<uint32_t>& operations = {});

// The value under a key as after a height, or that there is none. `view_at_height` and `tree_at_height` must be of that
// height.
absl::StatusOr<v1::ProofBundle> ProveState(const store::Store& store, Height height,
                                           const state::StateView& view_at_height,
                                           const merkle::StateTree& tree_at_height, state::TableId table,
                                           absl::string_view key);

// All records of a table as after a height.
absl::StatusOr<v1::ProofBundle> ProveTable(const store::Store& store, Height height,
                                           const state::StateView& view_at_height,
                                           const merkle::StateTree& tree_at_height, state::TableId table);

std::string EncodeBundle(const v1::ProofBundle& bundle);

// --- Verifying ---

// What a bundle has been found to prove.
struct VerifiedClaim {
  enum class Kind { kReceipt, kValue, kAbsence, kTable };
  Kind kind;
  Hash chain_id = Hash::Zero();
  // The block that the claim speaks of.
  uint64_t height = 0;
  // Its time, where the claim is about a state; the certified header's otherwise.
  uint64_t time_us = 0;
  // The header that the network has signed, at or above it.
  uint64_t certified_height = 0;
  Hash certified_hash = Hash::Zero();

  // kReceipt: one of the two, and the results that are shown.
  std::optional<v1::Receipt> receipt;
  std::optional<v1::SystemReceipt> system_receipt;
  std::vector<v1::OperationResult> results;

  // kValue, kAbsence: entries has the key, and the value where there is one. kTable: all records.
  state::TableId table = 0;
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;
};

// Reads a bundle from its canonical bytes or from JSON. INVALID_ARGUMENT with the place of what is wrong.
absl::StatusOr<v1::ProofBundle> ReadBundle(absl::string_view content);

// INVALID_ARGUMENT says which step of the proof does not hold, and that the bundle proves nothing.
absl::StatusOr<VerifiedClaim> VerifyBundle(const v1::ProofBundle& bundle, const v1::Genesis& genesis);

// OK iff a quorum of the genesis's validators has finalized the header.
absl::Status VerifyCertifiedHeader(const v1::CertifiedHeader& certified, const v1::Genesis& genesis);

}  // namespace causeway::audit

#endif  // CAUSEWAY_LEDGER_AUDIT_BUNDLE_H_
