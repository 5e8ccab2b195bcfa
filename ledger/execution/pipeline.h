// SPDX-License-Identifier: Apache-2.0
//
// The rules that every operation passes before its own, and the layers on which they run.
//
// An operation's way: work units → authority → four eyes → pauses → the contract's Check → work units of the policy →
// the policy gate, where value moves → the contract's Apply. Reasons against its authority are told alone; those of the
// three stages after it are collected. A linked group is tried on a layer first, judged as one on the state before it,
// then applied.
//
// Layers: block ← transaction ← (linked group). A transaction's layer folds into the block's when its invariants hold,
// and is dropped whole when one does not, or when a check inside a rule fails: then every operation says INVARIANT, and
// what was touched is paused on the block's layer. What the policy gate records is written to the transaction's layer
// below the group's, so it survives the group's refusal.

#ifndef CAUSEWAY_LEDGER_EXECUTION_PIPELINE_H_
#define CAUSEWAY_LEDGER_EXECUTION_PIPELINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "causeway/v1/receipt.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/execution/contract.h"
#include "ledger/execution/outcome.h"
#include "ledger/state/view.h"

namespace causeway::execution {

// A layer as the parent of the next: said out loud, since C++ would otherwise take a layer of a layer for a copy.
inline const state::StateView& Under(const state::StateTransaction& layer) {
  return layer;
}

// What a transaction asks, as the pipeline takes it.
struct PipelineInput {
  Hash transaction_id;
  // Empty: genesis, whose operations pass no shared rule.
  std::string party;
  std::vector<KeyId> signers;
  // In order; they outlive the run.
  std::vector<const v1::Operation*> operations;
  // Work units that the transaction may use.
  uint64_t work_limit;
  // False in a dry run: a model's judgement is not to be tried out.
  bool ask_policy = true;
};

// What became of it. `results` has one entry an operation, canonical.
struct PipelineResult {
  std::vector<v1::OperationResult> results;
  std::vector<RestrictedRecord> restricted;
  // Not empty: the transaction was dropped.
  std::vector<ViolationReport> violations;
  Hash operations_root = Hash::Zero();
  uint64_t work = 0;
  uint64_t decisions = 0;
};

// Runs a transaction's operations and folds what they change into `block_layer`. Throws state::HostFailure, then
// nothing is to be kept.
PipelineResult RunTransaction(const Registry& registry, const BlockContext& block, const PipelineInput& input,
                              state::StateTransaction& block_layer);

// Runs one piece of due work, folds what it changes into `block_layer`, and removes the item when it is finished. One
// that violates an invariant leaves nothing and is put off by an hour. `position`: among the block's due work.
// `*finished` tells whether the next item may start.
PipelineResult RunDueItem(const Registry& registry, const BlockContext& block, const DueItem& item, uint32_t position,
                          WorkBudget& budget, state::StateTransaction& block_layer, bool* finished);

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_PIPELINE_H_
