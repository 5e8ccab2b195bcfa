// SPDX-License-Identifier: Apache-2.0
//
// The auditor's replay: executes a node's blocks again from genesis and compares everything that the node keeps with
// what the rules give.
//
// What is verified: that block 0 is what the genesis gives; of each block its canonical form, its link to its parent,
// every rule of validity, every signature, every operation, decision and invariant, and the roots in its header; every
// stored certificate, and that the last block has one; and, row by row, that receipts, results, restricted records,
// ids, indexes, history nodes, state, versions and flat records in the store are exactly what the replay gives. Nothing
// is claimed about what came after the last block: a head obtained elsewhere tells whether there was more, or something
// else. Which of the blocks below the last one were finalized directly follows from nothing: a certificate that was
// taken away is not missed, and its block is final through the next.
//
// Determinism: the same blocks give the same result on every machine and build; nothing here reads a clock. Thread
// safety: one replay is one thread's.

#ifndef CAUSEWAY_LEDGER_AUDIT_REPLAY_H_
#define CAUSEWAY_LEDGER_AUDIT_REPLAY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/bundle.pb.h"
#include "causeway/v1/genesis.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/execution/contract.h"
#include "ledger/store/store.h"

namespace causeway::audit {

// Something that is not as the rules give it.
struct Finding {
  // The store's family ("versions"), "blocks" for a block that does not execute, "head" for another chain, "files" for
  // a checksum.
  std::string family;
  // The row as people read it; empty where it is no row's fault.
  std::string key;
  std::optional<uint64_t> height;
  // "balances", where a table of the state is meant.
  std::string table;
  std::string what;

  // One line: "versions, balances key 00ff…, height 12: differs".
  std::string ToString() const;
};

struct ReplayProgress {
  uint64_t height;
  uint64_t final_height;
  uint64_t transactions;
  uint64_t operations;
};

struct ReplayOptions {
  // 32 bytes; needed where a bound model has judged.
  std::optional<std::string> confidentiality_key;
  // The chain must reach this header and go through it.
  std::optional<v1::CertifiedHeader> head;
  // Called now and then, at least once a hundred blocks.
  std::function<void(const ReplayProgress&)> progress;
};

struct ReplayResult {
  // The last block that was replayed with the roots that its header claims.
  uint64_t height = 0;
  Instant time = Instant::Epoch();
  uint64_t transactions = 0;
  uint64_t operations = 0;
  uint64_t due_work = 0;
  uint64_t decisions = 0;
  Hash state_root = Hash::Zero();
  Hash block_hash = Hash::Zero();
  // No finding.
  bool verified = false;
  // At most store::StoreVerifier::kDifferencesMax, the first found first.
  std::vector<Finding> findings;
};

// The store must not be written to meanwhile. What is wrong with the node's data is a finding; an error is what keeps
// the replay from judging: INVALID_ARGUMENT where the genesis is not valid, the key is not the one whose hash it has,
// or the head is not certified by this chain's validators; FAILED_PRECONDITION where the confidentiality key is needed
// and was not given; INTERNAL or RESOURCE_EXHAUSTED where the machine does not let the data be read. `genesis` is the
// auditor's own copy, not the node's.
absl::StatusOr<ReplayResult> Replay(const store::Store& store, const v1::Genesis& genesis,
                                    const execution::Registry& registry, const ReplayOptions& options);

// The same of a node's data directory, or a copy of one, which is opened for reading only: no byte of it is changed. A
// store that is too damaged to be opened is a finding ("files"). Errors besides those of Replay: NOT_FOUND where there
// is no store, FAILED_PRECONDITION where a newer program wrote it, UNAVAILABLE where a node is running on it.
absl::StatusOr<ReplayResult> ReplayDirectory(const std::string& directory, const v1::Genesis& genesis,
                                             const execution::Registry& registry, const ReplayOptions& options);

}  // namespace causeway::audit

#endif  // CAUSEWAY_LEDGER_AUDIT_REPLAY_H_
