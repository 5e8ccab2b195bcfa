// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/executor.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/execution/pipeline.h"
#include "ledger/execution/reason_catalogue.h"
#include "ledger/execution/validity.h"
#include "ledger/state/memory_state.h"

namespace causeway::execution {
namespace {

using chain::Invalid;
using chain::Transaction;
using TransactionPtr = std::shared_ptr<const Transaction>;

// What a store that cannot answer becomes, at the border of the core.
template <class F>
auto CatchHostFailure(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const state::HostFailure& failure) {
    return failure.status();
  }
}

Hash LeafHashOf(const google::protobuf::Message& message) {
  return merkle::HistoryLeafHash(codec::SerializeCanonical(message));
}

// The block on its way: a layer over the parent's view, and what it leaves.
class BlockRun {
 public:
  BlockRun(const Registry& registry, const ChainParameters& chain, const ParentState& parent, uint64_t height,
           Instant time)
      : registry_(registry),
        parent_(parent),
        context_{chain.genesis.protocol_version(), Height(height), time, parent.hash, &chain},
        layer_(*parent.view),
        executed_(std::make_shared<ExecutedBlock>(
            ExecutedBlock{{}, Hash::Zero(), {}, nullptr, {}, parent.history, {}, {}, {}, {}, 0, 0})) {}

  const BlockContext& context() const { return context_; }
  uint64_t work() const { return executed_->work; }
  size_t transactions() const { return executed_->transactions.size(); }

  // Buckets whose minute has passed leave whole.
  void DropExpiredIds();
  // What is due at the block's time, oldest first, as far as the budget goes.
  void RunDueWork(uint64_t work_limit);
  // False, and nothing is left of it, where the block's work would exceed `work_limit`.
  bool RunTransaction(TransactionPtr transaction, uint64_t transaction_work, uint64_t work_limit);
  PipelineResult RunOperations(const PipelineInput& input) {
    return execution::RunTransaction(registry_, context_, input, layer_);
  }
  void KeepGenesis(PipelineResult result, uint32_t operations);

  // Appends the history's leaves and computes the roots. `header` has all fields but the roots.
  std::shared_ptr<ExecutedBlock> Finish(v1::BlockHeader header, bool has_parent);

 private:
  void ConsumeId(const Transaction& transaction, uint32_t index, state::StateTransaction& layer);
  void AppendLeaf(const Hash& leaf);

  const Registry& registry_;
  const ParentState& parent_;
  const BlockContext context_;
  state::StateTransaction layer_;
  std::shared_ptr<ExecutedBlock> executed_;
};

void BlockRun::DropExpiredIds() {
  const uint64_t now = MinuteOf(context_.time);
  std::vector<uint64_t> passed;
  layer_.ForEach(kExpiryBuckets, std::tuple<>(), [&](const uint64_t& minute, const ExpiryBucket&) {
    if (minute >= now) return false;
    passed.push_back(minute);
    return true;
  });
  for (const uint64_t minute : passed) {
    std::vector<std::pair<std::string, ClientTransactionId>> ids;
    layer_.ForEach(kConsumedIds, std::make_tuple(minute), [&](const auto& key, const ConsumedId&) {
      ids.emplace_back(std::get<1>(key), std::get<2>(key));
      return true;
    });
    for (const auto& [party, id] : ids) {
      layer_.Erase(kConsumedIds, std::make_tuple(minute, party, id));
      layer_.Erase(kConsumedIdMinutes, std::make_tuple(party, id));
    }
    layer_.Erase(kExpiryBuckets, minute);
  }
}

void BlockRun::RunDueWork(uint64_t work_limit) {
  // Only what was planned before this block: what due work plans for the past begins with the next block.
  std::vector<DueItem> items;
  parent_.view->ForEach(kDueWork, std::tuple<>(), [&](const auto& key, const DueRecord& record) {
    const auto& [due, id, contract] = key;
    if (due > context_.time || items.size() >= work_limit) return false;
    items.push_back(DueItem{due, id, contract, record.cause, record.payload});
    return true;
  });
  WorkBudget budget(work_limit);
  for (const DueItem& item : items) {
    // Earlier work of this block may have withdrawn it.
    if (!layer_.Has(kDueWork, std::make_tuple(item.due, item.id, item.contract))) continue;
    if (!budget.Take(1)) return;
    const auto position = static_cast<uint32_t>(executed_->due_work.size());
    bool finished = false;
    PipelineResult result = RunDueItem(registry_, context_, item, position, budget, layer_, &finished);
    const Contract* contract = registry_.Find(static_cast<v1::Operation::KindCase>(item.contract));
    DueOutcome outcome;
    outcome.receipt.set_cause_transaction_id(item.cause.ToString());
    outcome.receipt.set_height(context_.height.value());
    outcome.receipt.set_index(position);
    outcome.receipt.set_due_us(item.due.micros());
    outcome.receipt.set_contract(contract == nullptr ? "ledger" : contract->name());
    outcome.receipt.set_count(static_cast<uint32_t>(result.results.size()));
    outcome.receipt.set_operations_root(result.operations_root.ToString());
    outcome.results = std::move(result.results);
    outcome.restricted = std::move(result.restricted);
    executed_->due_work.push_back(std::move(outcome));
    for (ViolationReport& report : result.violations) executed_->violations.push_back(std::move(report));
    if (!finished) return;
  }
}

void BlockRun::ConsumeId(const Transaction& transaction, uint32_t index, state::StateTransaction& layer) {
  const uint64_t minute = MinuteOf(transaction.valid_until);
  ExpiryBucket bucket = layer.Get(kExpiryBuckets, minute).value_or(ExpiryBucket{Hash::Zero(), 0});
  const ConsumedId record{transaction.id, context_.height.value(), index, bucket.count};
  layer.Put(kConsumedIds, std::make_tuple(minute, transaction.party(), transaction.client_id), record);
  layer.Put(kConsumedIdMinutes, std::make_tuple(transaction.party(), transaction.client_id), BucketMinute{minute});
  bucket.hash = NextBucketHash(bucket.hash, transaction.party(), transaction.client_id, transaction.id);
  ++bucket.count;
  layer.Put(kExpiryBuckets, minute, bucket);
}

bool BlockRun::RunTransaction(TransactionPtr transaction, uint64_t transaction_work, uint64_t work_limit) {
  const auto index = static_cast<uint32_t>(executed_->transactions.size());
  state::StateTransaction layer(Under(layer_));
  ConsumeId(*transaction, index, layer);
  PipelineInput input{transaction->id, transaction->party(), transaction->key_ids, {}, transaction_work};
  for (const v1::Operation& operation : transaction->body.operations()) input.operations.push_back(&operation);
  PipelineResult result = execution::RunTransaction(registry_, context_, input, layer);
  if (executed_->work + result.work > work_limit) return false;
  layer.MergeInto(layer_);

  TransactionOutcome outcome;
  outcome.receipt.set_transaction_id(transaction->id.ToString());
  outcome.receipt.set_height(context_.height.value());
  outcome.receipt.set_index(index);
  outcome.receipt.set_count(transaction->operation_count());
  outcome.receipt.set_operations_root(result.operations_root.ToString());
  outcome.transaction = std::move(transaction);
  outcome.results = std::move(result.results);
  outcome.restricted = std::move(result.restricted);
  executed_->transactions.push_back(std::move(outcome));
  executed_->work += result.work;
  executed_->decisions += result.decisions;
  for (ViolationReport& report : result.violations) executed_->violations.push_back(std::move(report));
  return true;
}

void BlockRun::KeepGenesis(PipelineResult result, uint32_t operations) {
  TransactionOutcome outcome;
  outcome.receipt.set_transaction_id(Hash::Zero().ToString());
  outcome.receipt.set_height(0);
  outcome.receipt.set_index(0);
  outcome.receipt.set_count(operations);
  outcome.receipt.set_operations_root(result.operations_root.ToString());
  outcome.results = std::move(result.results);
  outcome.restricted = std::move(result.restricted);
  executed_->transactions.push_back(std::move(outcome));
}

void BlockRun::AppendLeaf(const Hash& leaf) {
  for (const merkle::HistoryNode& node : executed_->history.Append(leaf)) executed_->history_nodes.push_back(node);
}

std::shared_ptr<ExecutedBlock> BlockRun::Finish(v1::BlockHeader header, bool has_parent) {
  if (has_parent) AppendLeaf(merkle::HistoryLeafHash(parent_.hash.bytes()));
  for (TransactionOutcome& outcome : executed_->transactions) {
    outcome.history_index = executed_->history.size();
    AppendLeaf(LeafHashOf(outcome.receipt));
  }
  for (DueOutcome& outcome : executed_->due_work) {
    outcome.history_index = executed_->history.size();
    AppendLeaf(LeafHashOf(outcome.receipt));
  }
  executed_->tree = parent_.tree.Update(TreeChanges(layer_.changes()));
  executed_->changes = std::make_shared<const state::Changes>(layer_.changes());
  header.set_history_size(executed_->history.size());
  header.set_history_root(executed_->history.Root().ToString());
  header.set_state_root(executed_->tree.Root().ToString());
  executed_->computed = std::move(header);
  return executed_;
}

v1::BlockHeader HeaderAfter(const ParentState& parent, const ChainParameters& chain, Instant time, uint32_t proposer) {
  v1::BlockHeader header;
  header.set_protocol_version(chain.genesis.protocol_version());
  header.set_epoch(parent.header.epoch());
  header.set_height(parent.header.height() + 1);
  header.set_parent_hash(parent.hash.ToString());
  header.set_time_us(time.micros());
  header.set_proposer(proposer);
  header.set_next_validators_hash(chain::ValidatorSetHash(chain::GenesisValidators(chain.genesis)).ToString());
  return header;
}

Hash RootOf(const std::vector<TransactionPtr>& transactions) {
  std::vector<Hash> leaves;
  leaves.reserve(transactions.size());
  for (const TransactionPtr& transaction : transactions) leaves.push_back(transaction->envelope_hash);
  return chain::TransactionsRoot(leaves);
}

BlockVerdict Nullify(Invalid why, std::optional<uint32_t> transaction = std::nullopt) {
  return BlockVerdict{InvalidBlock{std::move(why), transaction}, nullptr};
}

Invalid BlockTooLarge(const char* what, uint64_t value, uint64_t limit) {
  return Invalid{v1::LEDGER_REASON_BLOCK_TOO_LARGE, {what, absl::StrCat(value), absl::StrCat(limit)}};
}

// The client's name of a transaction, unique in a block.
std::pair<std::string, ClientTransactionId> NameOf(const Transaction& transaction) {
  return {transaction.party(), transaction.client_id};
}

}  // namespace

bool ExecutedBlock::RootsMatch() const {
  return DescribeDifference().empty();
}

std::string ExecutedBlock::DescribeDifference() const {
  const v1::BlockHeader& claimed = block.header();
  std::string text;
  const auto add = [&](const char* field, const std::string& claim, const std::string& own) {
    if (claim != own)
      absl::StrAppend(&text, text.empty() ? "" : "; ", field, ": block says ", claim, ", execution gives ", own);
  };
  add("transactions_root", BytesToHex(claimed.transactions_root()), BytesToHex(computed.transactions_root()));
  add("history_size", absl::StrCat(claimed.history_size()), absl::StrCat(computed.history_size()));
  add("history_root", BytesToHex(claimed.history_root()), BytesToHex(computed.history_root()));
  add("state_root", BytesToHex(claimed.state_root()), BytesToHex(computed.state_root()));
  return text;
}

ParentState ExecutedBlock::AsParent(const state::StateView* view) const {
  return ParentState{block.header(), hash, view, tree, history};
}

std::string InvalidBlock::ToString() const {
  return transaction ? absl::StrCat("transaction ", *transaction, ": ", why.ToString()) : why.ToString();
}

BuildLimits BuildLimits::Of(const v1::Limits& limits, uint32_t halvings) {
  const uint32_t shift = std::min<uint32_t>(halvings, 63);
  return BuildLimits{limits.block_bytes() >> shift, static_cast<uint32_t>(uint64_t{limits.block_operations()} >> shift),
                     limits.block_work() >> shift};
}

Executor::Executor(const Registry& registry, const ChainParameters& chain) : registry_(registry), chain_(chain) {}

absl::StatusOr<std::shared_ptr<const ExecutedBlock>> Executor::ExecuteGenesis() const {
  return CatchHostFailure([&]() -> absl::StatusOr<std::shared_ptr<const ExecutedBlock>> {
    const v1::Genesis& genesis = chain_.genesis;
    const state::MemoryState empty;
    const ParentState nothing{{}, Hash::Zero(), &empty, {}, {}};
    BlockRun run(registry_, chain_, nothing, 0, Instant::FromMicros(genesis.time_us()));
    PipelineInput input{Hash::Zero(), "", {}, {}, std::numeric_limits<uint64_t>::max()};
    for (const v1::Operation& operation : genesis.operations()) input.operations.push_back(&operation);
    PipelineResult result = run.RunOperations(input);
    for (const ViolationReport& violation : result.violations)
      return absl::InvalidArgumentError(absl::StrCat("genesis: ", violation.contract, ": ", violation.what));
    const ReasonCatalogue catalogue(registry_);
    for (const v1::OperationResult& operation : result.results) {
      if (operation.status() == v1::OPERATION_STATUS_APPLIED) continue;
      std::string why;
      for (const v1::Reason& reason : operation.reasons()) {
        absl::StrAppend(&why, " ", catalogue.NameOf(reason.code()));
        for (const std::string& parameter : reason.parameters()) absl::StrAppend(&why, " ", parameter);
      }
      return absl::InvalidArgumentError(absl::StrCat("genesis: operations[", operation.index(), "] is refused:", why));
    }
    run.KeepGenesis(std::move(result), static_cast<uint32_t>(input.operations.size()));

    v1::BlockHeader header;
    header.set_protocol_version(genesis.protocol_version());
    header.set_epoch(0);
    header.set_height(0);
    header.set_parent_hash(Hash::Zero().ToString());
    header.set_time_us(genesis.time_us());
    header.set_transactions_root(chain::TransactionsRoot({}).ToString());
    header.set_next_validators_hash(chain::ValidatorSetHash(chain::GenesisValidators(genesis)).ToString());
    std::shared_ptr<ExecutedBlock> executed = run.Finish(std::move(header), false);
    *executed->block.mutable_header() = executed->computed;
    executed->hash = chain::BlockHash(executed->computed);
    return executed;
  });
}

absl::StatusOr<BlockVerdict> Executor::ExecuteBlock(const ParentState& parent, const v1::Block& block,
                                                    SignatureCache* verified) const {
  return CatchHostFailure([&]() -> absl::StatusOr<BlockVerdict> {
    const v1::BlockHeader& header = block.header();
    const v1::Limits& limits = chain_.genesis.limits();
    if (auto invalid = CheckHeader(header, parent.header, parent.hash, chain_)) return Nullify(*std::move(invalid));
    const Instant time = Instant::FromMicros(header.time_us());
    BlockRun run(registry_, chain_, parent, header.height(), time);

    std::vector<TransactionPtr> transactions;
    std::set<std::pair<std::string, ClientTransactionId>> names;
    std::optional<chain::OrderKey> previous;
    uint64_t bytes = 0, operations = 0;
    for (const std::string& envelope : block.envelopes()) {
      const auto index = static_cast<uint32_t>(transactions.size());
      bytes += envelope.size();
      if (bytes > limits.block_bytes()) return Nullify(BlockTooLarge("bytes", bytes, limits.block_bytes()));
      auto decoded = chain::DecodeEnvelope(envelope, chain_.chain_id, limits, header.protocol_version());
      if (!decoded.ok()) return Nullify(decoded.invalid(), index);
      TransactionPtr transaction = std::move(decoded).value();
      operations += transaction->operation_count();
      if (operations > limits.block_operations())
        return Nullify(BlockTooLarge("operations", operations, limits.block_operations()));
      if (auto invalid = CheckTransaction(registry_, chain_, *parent.view, *transaction, time, verified))
        return Nullify(*std::move(invalid), index);
      if (!names.insert(NameOf(*transaction)).second)
        return Nullify(Invalid{v1::LEDGER_REASON_ID_USED, {absl::StrCat(header.height()), "this block"}}, index);
      const bool urgent = execution::IsUrgent(registry_, run.context(), *parent.view, *transaction);
      const chain::OrderKey order = chain::OrderKeyOf(urgent, parent.hash, transaction->id);
      if (previous && !(*previous < order))
        return Nullify(Invalid{v1::LEDGER_REASON_BLOCK_ORDER, {absl::StrCat(index)}}, index);
      previous = order;
      transactions.push_back(std::move(transaction));
    }
    const Hash transactions_root = RootOf(transactions);
    if (header.transactions_root() != transactions_root.bytes())
      return Nullify(Invalid{v1::LEDGER_REASON_BLOCK_TRANSACTIONS_ROOT, {}});

    run.DropExpiredIds();
    run.RunDueWork(limits.due_work());
    for (TransactionPtr& transaction : transactions) {
      const auto index = static_cast<uint32_t>(run.transactions());
      if (!run.RunTransaction(std::move(transaction), limits.transaction_work(), limits.block_work()))
        return Nullify(BlockTooLarge("work", limits.block_work() + 1, limits.block_work()), index);
    }
    v1::BlockHeader computed = HeaderAfter(parent, chain_, time, header.proposer());
    computed.set_transactions_root(transactions_root.ToString());
    std::shared_ptr<ExecutedBlock> executed = run.Finish(std::move(computed), true);
    executed->block = block;
    executed->hash = chain::BlockHash(header);
    return BlockVerdict{std::nullopt, std::move(executed)};
  });
}

absl::StatusOr<BuiltBlock> Executor::BuildBlock(const ParentState& parent,
                                                const std::vector<TransactionPtr>& candidates, Instant time,
                                                const BuildLimits& limits, uint32_t proposer,
                                                SignatureCache* verified) const {
  CAUSEWAY_CHECK(time.micros() > parent.header.time_us(), "a block's time must be after its parent's");
  return CatchHostFailure([&]() -> absl::StatusOr<BuiltBlock> {
    const v1::Limits& genesis = chain_.genesis.limits();
    BuiltBlock built;
    BlockRun run(registry_, chain_, parent, parent.header.height() + 1, time);

    // Choose by what is known beforehand: validity, bytes, operations.
    struct Chosen {
      chain::OrderKey order;
      size_t candidate;
    };
    std::vector<Chosen> chosen;
    std::set<std::pair<std::string, ClientTransactionId>> names;
    uint64_t bytes = 0, operations = 0;
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Transaction& transaction = *candidates[i];
      const uint64_t bytes_with = bytes + transaction.envelope.size(),
                     operations_with = operations + transaction.operation_count();
      const bool fits = bytes_with <= limits.bytes && operations_with <= limits.operations;
      if (!fits && !chosen.empty()) {
        built.left_over.push_back(i);
        continue;
      }
      if (auto invalid = CheckTransaction(registry_, chain_, *parent.view, transaction, time, verified)) {
        built.refused.emplace_back(i, *std::move(invalid));
        continue;
      }
      if (!names.insert(NameOf(transaction)).second) {
        built.left_over.push_back(i);
        continue;
      }
      bytes = bytes_with;
      operations = operations_with;
      const bool urgent = execution::IsUrgent(registry_, run.context(), *parent.view, transaction);
      chosen.push_back(Chosen{chain::OrderKeyOf(urgent, parent.hash, transaction.id), i});
    }
    std::sort(chosen.begin(), chosen.end(), [](const Chosen& a, const Chosen& b) { return a.order < b.order; });

    run.DropExpiredIds();
    run.RunDueWork(genesis.due_work());
    std::vector<TransactionPtr> included;
    for (const Chosen& choice : chosen) {
      const TransactionPtr& transaction = candidates[choice.candidate];
      const uint64_t work_limit = included.empty() ? genesis.block_work() : std::min(limits.work, genesis.block_work());
      if (run.RunTransaction(transaction, genesis.transaction_work(), work_limit)) {
        included.push_back(transaction);
      } else {
        built.left_over.push_back(choice.candidate);
      }
    }
    v1::BlockHeader header = HeaderAfter(parent, chain_, time, proposer);
    header.set_transactions_root(RootOf(included).ToString());
    std::shared_ptr<ExecutedBlock> executed = run.Finish(std::move(header), true);
    *executed->block.mutable_header() = executed->computed;
    for (const TransactionPtr& transaction : included) *executed->block.add_envelopes() = transaction->envelope;
    executed->hash = chain::BlockHash(executed->computed);
    built.executed = std::move(executed);
    return built;
  });
}

absl::StatusOr<Admission> Executor::Admit(const state::StateView& view, absl::string_view envelope, Instant now,
                                          SignatureCache* verified) const {
  return CatchHostFailure([&]() -> absl::StatusOr<Admission> {
    auto decoded =
        chain::DecodeEnvelope(envelope, chain_.chain_id, chain_.genesis.limits(), chain_.genesis.protocol_version());
    if (!decoded.ok()) return Admission{nullptr, decoded.invalid(), std::nullopt};
    TransactionPtr transaction = std::move(decoded).value();
    const std::optional<ConsumedId> used = FindLiveId(view, transaction->party(), transaction->client_id, now);
    if (used && used->transaction_id == transaction->id) return Admission{std::move(transaction), std::nullopt, used};
    if (auto invalid = CheckTransaction(registry_, chain_, view, *transaction, now, verified))
      return Admission{nullptr, std::move(invalid), std::nullopt};
    return Admission{std::move(transaction), std::nullopt, std::nullopt};
  });
}

absl::StatusOr<std::optional<Invalid>> Executor::CheckValidity(const state::StateView& view,
                                                               const Transaction& transaction, Instant now,
                                                               SignatureCache* verified) const {
  return CatchHostFailure([&]() -> absl::StatusOr<std::optional<Invalid>> {
    return CheckTransaction(registry_, chain_, view, transaction, now, verified);
  });
}

absl::StatusOr<DryRunResult> Executor::DryRun(const ParentState& parent, const Transaction& transaction,
                                              Instant now) const {
  return CatchHostFailure([&]() -> absl::StatusOr<DryRunResult> {
    const Instant time =
        std::max(now, AddSaturating(Instant::FromMicros(parent.header.time_us()), Duration::Micros(1)));
    DryRunResult dry;
    dry.invalid = CheckTransaction(registry_, chain_, *parent.view, transaction, time, nullptr);
    if (dry.invalid) return dry;
    BlockRun run(registry_, chain_, parent, parent.header.height() + 1, time);
    PipelineInput input{
        transaction.id,      transaction.party(), transaction.key_ids, {}, chain_.genesis.limits().transaction_work(),
        /*ask_policy=*/false};
    for (const v1::Operation& operation : transaction.body.operations()) input.operations.push_back(&operation);
    PipelineResult result = run.RunOperations(input);
    dry.results = std::move(result.results);
    dry.work = result.work;
    return dry;
  });
}

absl::StatusOr<std::optional<ConsumedId>> Executor::FindConsumedId(const state::StateView& view,
                                                                   absl::string_view party,
                                                                   const ClientTransactionId& id) const {
  return CatchHostFailure(
      [&]() -> absl::StatusOr<std::optional<ConsumedId>> { return FindLiveId(view, party, id, Instant::Epoch()); });
}

absl::StatusOr<bool> Executor::IsUrgent(const ParentState& parent, const Transaction& transaction, Instant time) const {
  return CatchHostFailure([&]() -> absl::StatusOr<bool> {
    const BlockContext block{chain_.genesis.protocol_version(), Height(parent.header.height() + 1), time, parent.hash,
                             &chain_};
    return execution::IsUrgent(registry_, block, *parent.view, transaction);
  });
}

}  // namespace causeway::execution
