// SPDX-License-Identifier: Apache-2.0
//
// apply(block, state): the one place where state changes.
//
// An Executor turns a parent's state and a block into the next state, its roots, receipts and restricted records.
// Building a block and executing one are the same code: a leader executes what it proposes. Nothing is written
// anywhere: results are layers that the caller stacks, stores or drops.
//
// A block's way: its header against the parent; its transactions against the validity rules (on the parent's state);
// expired id buckets leave; due work, bounded; then each transaction through the pipeline (pipeline.h); then the
// history's leaves and the roots.
//
// Verdicts: a block that breaks a validity rule is an InvalidBlock (consensus nullifies it), the same on every node. A
// store that cannot answer is an absl::Status: the node halts. A rule that says no, and an invariant that does not
// hold, are results in receipts.
//
// Thread safety: const calls from any thread, given that their arguments are not shared. Determinism: a result is a
// function of the arguments, the registry and the chain's parameters.

#ifndef CAUSEWAY_LEDGER_EXECUTION_EXECUTOR_H_
#define CAUSEWAY_LEDGER_EXECUTION_EXECUTOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "causeway/v1/block.pb.h"
#include "causeway/v1/receipt.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/transaction.h"
#include "ledger/chain/validity.h"
#include "ledger/execution/contract.h"
#include "ledger/execution/outcome.h"
#include "ledger/execution/signature_cache.h"
#include "ledger/execution/system_tables.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/state/view.h"

namespace causeway::execution {

// The state after a block, on which the next one is executed. The view must outlive every call that it is given to.
struct ParentState {
  v1::BlockHeader header;
  // BlockHash(header).
  Hash hash;
  const state::StateView* view;
  merkle::StateTree tree;
  merkle::HistoryFrontier history;
};

struct ExecutedBlock {
  // The block with the header as it was given (ExecuteBlock) or filled in (BuildBlock).
  v1::Block block;
  // BlockHash(block.header()).
  Hash hash;
  // The header with the roots that this execution computed. Where it differs from block.header(), the block is not what
  // it claims to be.
  v1::BlockHeader computed;

  // What the block changed, over the parent's view; never null.
  std::shared_ptr<const state::Changes> changes;
  merkle::StateTree tree;
  merkle::HistoryFrontier history;
  // The history tree's nodes that this block completed, in the order of completion.
  std::vector<merkle::HistoryNode> history_nodes;

  std::vector<TransactionOutcome> transactions;
  std::vector<DueOutcome> due_work;
  std::vector<ViolationReport> violations;

  // Work units of the transactions.
  uint64_t work = 0;
  // Judgements of the policy gate.
  uint64_t decisions = 0;

  bool RootsMatch() const;
  // Which of the header's fields differ, with both values; empty where none does.
  std::string DescribeDifference() const;
  Height height() const { return Height(block.header().height()); }
  // The state after it; `view` is the parent's view under `changes` (state/overlay.h), or whatever holds them already.
  ParentState AsParent(const state::StateView* view) const;
};

// A block that breaks a validity rule.
struct InvalidBlock {
  chain::Invalid why;
  // The transaction, where it is one's fault.
  std::optional<uint32_t> transaction;
  std::string ToString() const;
};

// One of the two.
struct BlockVerdict {
  std::optional<InvalidBlock> invalid;
  std::shared_ptr<const ExecutedBlock> executed;
};

// What a proposer puts into a block at most: genesis's limits, halved by consensus after nullified views.
struct BuildLimits {
  uint64_t bytes;
  uint32_t operations;
  uint64_t work;
  // Whatever the other limits say, the first transaction is taken.
  static BuildLimits Of(const v1::Limits& limits, uint32_t halvings);
};

struct BuiltBlock {
  std::shared_ptr<const ExecutedBlock> executed;
  // Candidates that are not valid on this parent, by index into the candidates, and why: the mempool drops those that
  // can never become valid.
  std::vector<std::pair<size_t, chain::Invalid>> refused;
  // Candidates that did not fit.
  std::vector<size_t> left_over;
};

// What a node says to a transaction that wants to come in.
struct Admission {
  // Set where the transaction is admitted, or was used before.
  std::shared_ptr<const chain::Transaction> transaction;
  // Why not.
  std::optional<chain::Invalid> invalid;
  // The same bytes took effect before: where their receipt is.
  std::optional<ConsumedId> used;
};

// What a transaction would do.
struct DryRunResult {
  std::vector<v1::OperationResult> results;
  // Not valid in a block: then there are no results.
  std::optional<chain::Invalid> invalid;
  uint64_t work = 0;
};

class Executor {
 public:
  // Both must outlive the executor.
  Executor(const Registry& registry, const ChainParameters& chain);

  const ChainParameters& chain() const { return chain_; }
  const Registry& registry() const { return registry_; }

  // Height 0: genesis's operations without authority, four eyes, pauses and policy. INVALID_ARGUMENT where an operation
  // is refused or an invariant does not hold, naming it.
  absl::StatusOr<std::shared_ptr<const ExecutedBlock>> ExecuteGenesis() const;

  // `verified` remembers envelopes whose signatures are known to verify, and may be null: then each is verified here.
  absl::StatusOr<BlockVerdict> ExecuteBlock(const ParentState& parent, const v1::Block& block,
                                            SignatureCache* verified = nullptr) const;

  // Executes as many candidates as fit, in the order that validity requires, and fills in the header. Candidates are
  // offered in the order of preference (the mempool's round-robin by party). `time` must be after the parent's
  // (checked). The result's RootsMatch() holds.
  absl::StatusOr<BuiltBlock> BuildBlock(const ParentState& parent,
                                        const std::vector<std::shared_ptr<const chain::Transaction>>& candidates,
                                        Instant time, const BuildLimits& limits, uint32_t proposer,
                                        SignatureCache* verified = nullptr) const;

  // Whether the envelope would be valid in a block at `now` on this state: bytes, chain, limits, keys, signatures,
  // time, id.
  absl::StatusOr<Admission> Admit(const state::StateView& view, absl::string_view envelope, Instant now,
                                  SignatureCache* verified = nullptr) const;

  // The same of a transaction that is already read: what changes with state and time alone (keys, signatures, validity,
  // id). For re-checking a mempool.
  absl::StatusOr<std::optional<chain::Invalid>> CheckValidity(const state::StateView& view,
                                                              const chain::Transaction& transaction, Instant now,
                                                              SignatureCache* verified = nullptr) const;

  // All rules, but no model's judgement, on a layer that is dropped, as if the transaction were the only one of a block
  // at `now` after `parent`.
  absl::StatusOr<DryRunResult> DryRun(const ParentState& parent, const chain::Transaction& transaction,
                                      Instant now) const;

  // Where the party's id was consumed; nothing where it is free or its bucket has been dropped.
  absl::StatusOr<std::optional<ConsumedId>> FindConsumedId(const state::StateView& view, absl::string_view party,
                                                           const ClientTransactionId& id) const;

  // Whether all of its operations are pauses or revocations, on the parent's state: these stand first in a block.
  absl::StatusOr<bool> IsUrgent(const ParentState& parent, const chain::Transaction& transaction, Instant time) const;

 private:
  const Registry& registry_;
  const ChainParameters& chain_;
};

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_EXECUTOR_H_
