// SPDX-License-Identifier: Apache-2.0
#include "node/ledger/node_ledger.h"

#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "contracts/registry.h"
#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/sha256.h"
#include "ledger/execution/final_blocks.h"
#include "ledger/execution/system_tables.h"
#include "node/consensus/messages.h"

namespace causeway::node_ledger {
namespace {

using consensus::kRangeBlocksMax;
// What a peer takes in one answer: kMessageBytesMax leaves a mebibyte beside the blocks.
constexpr uint64_t kRangeBytesMax = consensus::kRangeBytes + consensus::kBlockBytesMax;
static_assert(kRangeBytesMax + (1 << 20) == consensus::kMessageBytesMax);

}  // namespace

NodeLedger::NodeLedger(const NodeLedgerOptions& options)
    : options_(options),
      chain_{chain::ChainIdOf(options.genesis), options.genesis, options.confidentiality_key},
      registry_(MakeRegistry()),
      executor_(std::make_unique<execution::Executor>(*registry_, chain_)) {}
NodeLedger::~NodeLedger() = default;

absl::StatusOr<std::unique_ptr<NodeLedger>> NodeLedger::Open(const NodeLedgerOptions& options) {
  if (crypto::Sha256(options.confidentiality_key).bytes() != options.genesis.confidentiality_key_hash())
    return absl::FailedPreconditionError(
        "the confidentiality key is not the chain's: its hash is not that of genesis; copy keys/confidentiality.key "
        "from another validator");
  std::unique_ptr<NodeLedger> ledger(new NodeLedger(options));
  if (!store::Store::Exists(options.directory, options.store.env)) {
    CAUSEWAY_RETURN_IF_ERROR(ledger->CreateStore(ledger->chain_.chain_id));
  } else {
    store::OpenOptions open = options.store;
    open.chain_id = ledger->chain_.chain_id;
    CAUSEWAY_ASSIGN_OR_RETURN(ledger->store_, store::Store::Open(options.directory, open));
  }
  ledger->final_state_ = std::make_unique<state::FinalState>(*ledger->store_);
  if (!ledger->store_->final()) {  // new, or a crash right after it was made
    CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const execution::ExecutedBlock> genesis,
                              ledger->executor_->ExecuteGenesis());
    CAUSEWAY_RETURN_IF_ERROR(ledger->store_->WriteFinal(execution::ToFinalBlock(*genesis, std::nullopt), ""));
    ledger->final_state_->Append(Height(0), genesis->changes);
    ledger->Publish(*genesis);
    return ledger;
  }
  uint64_t next = 0;
  if (const std::optional<Height> flushed = ledger->store_->flushed()) {
    CAUSEWAY_RETURN_IF_ERROR(ledger->RestoreFlushed());
    next = flushed->value() + 1;
  }
  for (; next <= ledger->store_->final()->value(); ++next) CAUSEWAY_RETURN_IF_ERROR(ledger->ExecuteAgain(Height(next)));
  return ledger;
}

absl::Status NodeLedger::CreateStore(const Hash& chain_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(store_, store::Store::Create(options_.directory, chain_id,
                                                         chain::EncodeGenesis(options_.genesis), options_.store));
  return absl::OkStatus();
}

absl::Status NodeLedger::RestoreFlushed() {
  const Height height = *store_->flushed();
  execution::StateTreeBuilder builder;
  CAUSEWAY_RETURN_IF_ERROR(store_->ScanState([&](state::TableId table, absl::string_view key, absl::string_view value) {
    builder.Add(table, key, value);
    return true;
  }));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, store_->GetBlock(height));
  const chain::OrInvalid<v1::Block> block = chain::DecodeBlock(bytes, chain::kProtocolVersion);
  if (!block.ok())
    return absl::DataLossError(absl::StrCat("block ", height.value(), " in ", options_.directory,
                                            " is not one: ", block.invalid().ToString()));
  auto head = std::make_shared<Head>(
      Head{block->header(), chain::BlockHash(block->header()), final_state_->Tip(), builder.Build(), {}});
  if (head->tree.Root().bytes() != head->header.state_root())
    return absl::DataLossError(absl::StrCat("the state stored in ", options_.directory, " as at height ",
                                            height.value(),
                                            " does not have the root that the block's header claims; nothing was "
                                            "changed: restore the directory, or remove it and catch up"));
  CAUSEWAY_ASSIGN_OR_RETURN(head->history,
                            merkle::FrontierAt(head->header.history_size(), [&](uint32_t level, uint64_t index) {
                              return store_->GetHistoryNode(level, index);
                            }));
  if (head->history.Root().bytes() != head->header.history_root())
    return absl::DataLossError(absl::StrCat("the history stored in ", options_.directory, " as at height ",
                                            height.value(),
                                            " does not have the root that the block's header claims; nothing was "
                                            "changed: restore the directory, or remove it and catch up"));
  CAUSEWAY_RETURN_IF_ERROR(execution::CheckConsumedIds(*head->view));
  absl::MutexLock lock(&mutex_);
  head_ = std::move(head);
  return absl::OkStatus();
}

absl::Status NodeLedger::ExecuteAgain(Height height) {
  if (height == Height(0)) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const execution::ExecutedBlock> genesis,
                              executor_->ExecuteGenesis());
    final_state_->Append(height, genesis->changes);
    Publish(*genesis);
    return absl::OkStatus();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, store_->GetBlock(height));
  const chain::OrInvalid<v1::Block> block = chain::DecodeBlock(bytes, chain::kProtocolVersion);
  if (!block.ok())
    return absl::DataLossError(absl::StrCat("block ", height.value(), " in ", options_.directory,
                                            " is not one: ", block.invalid().ToString()));
  const std::shared_ptr<const Head> parent = head();
  CAUSEWAY_ASSIGN_OR_RETURN(const execution::BlockVerdict verdict, executor_->ExecuteBlock(parent->AsParent(), *block));
  if (verdict.invalid)
    return absl::DataLossError(absl::StrCat("block ", height.value(), " in ", options_.directory,
                                            " is not valid: ", verdict.invalid->ToString()));
  if (!verdict.executed->RootsMatch())
    return absl::DataLossError(
        absl::StrCat("block ", height.value(), " in ", options_.directory,
                     " gives other roots than it claims: ", verdict.executed->DescribeDifference()));
  final_state_->Append(height, verdict.executed->changes);
  Publish(*verdict.executed);
  return absl::OkStatus();
}

std::shared_ptr<const Head> NodeLedger::head() const {
  absl::MutexLock lock(&mutex_);
  return head_;
}

void NodeLedger::Publish(const execution::ExecutedBlock& block) {
  auto head = std::make_shared<const Head>(
      Head{block.block.header(), block.hash, final_state_->Tip(), block.tree, block.history});
  absl::MutexLock lock(&mutex_);
  head_ = std::move(head);
}

consensus::BlockInfo NodeLedger::InfoOf(const v1::BlockHeader& header, const Hash& hash, consensus::Bytes bytes) const {
  return {hash,
          chain::RequiredHash(header.parent_hash()),
          Epoch(header.epoch()),
          Height(header.height()),
          Instant::FromMicros(header.time_us()),
          header.proposer(),
          {chain::RequiredHash(header.state_root()), chain::RequiredHash(header.history_root())},
          chain::RequiredHash(header.next_validators_hash()),
          std::move(bytes)};
}

absl::StatusOr<consensus::BlockInfo> NodeLedger::Read(consensus::Bytes bytes) const {
  const chain::OrInvalid<v1::Block> block = chain::DecodeBlock(*bytes, chain::kProtocolVersion);
  if (!block.ok()) return absl::InvalidArgumentError(block.invalid().ToString());
  const v1::BlockHeader& header = block->header();
  for (const std::string* hash : {&header.parent_hash(), &header.transactions_root(), &header.history_root(),
                                  &header.state_root(), &header.next_validators_hash()}) {
    if (hash->size() != Hash::kSize) return absl::InvalidArgumentError("a header without all of its hashes");
  }
  std::vector<Hash> leaves;
  leaves.reserve(static_cast<size_t>(block->envelopes_size()));
  for (const std::string& envelope : block->envelopes()) leaves.push_back(merkle::HistoryLeafHash(envelope));
  if (chain::TransactionsRoot(leaves).bytes() != header.transactions_root())
    return absl::InvalidArgumentError("the transactions are not those of the header");
  return InfoOf(header, chain::BlockHash(header), std::move(bytes));
}

absl::StatusOr<execution::ParentState> NodeLedger::ParentStateOf(const Hash& parent,
                                                                 std::shared_ptr<const void>* keep) const {
  if (const auto found = executed_.find(parent); found != executed_.end()) {
    auto view = std::make_shared<state::OverlayView>(found->second.overlay, *final_state_);
    *keep = view;
    return found->second.block->AsParent(view.get());
  }
  const std::shared_ptr<const Head> last = head();
  if (last->hash != parent)
    return absl::InternalError(
        absl::StrCat("the parent ", parent.ToHex(), " was neither executed nor is it the last final block"));
  *keep = last;
  return last->AsParent();
}

void NodeLedger::Remember(std::shared_ptr<const execution::ExecutedBlock> block) {
  const Hash parent = chain::RequiredHash(block->block.header().parent_hash());
  std::shared_ptr<state::BlockOverlay> below;
  if (const auto found = executed_.find(parent); found != executed_.end()) below = found->second.overlay;
  auto overlay = std::make_shared<state::BlockOverlay>(block->height(), *block->changes, std::move(below));
  const Hash hash = block->hash;
  executed_.insert_or_assign(hash, Executed{std::move(block), std::move(overlay)});
}

absl::StatusOr<std::optional<consensus::BlockInfo>> NodeLedger::Build(const consensus::BuildRequest& request) {
  std::shared_ptr<const void> keep;
  CAUSEWAY_ASSIGN_OR_RETURN(const execution::ParentState parent, ParentStateOf(request.parent, &keep));
  const execution::BuildLimits limits = execution::BuildLimits::Of(chain_.genesis.limits(), request.halvings);
  std::vector<mempool::Mempool::TransactionPtr> candidates;
  if (mempool_ != nullptr) {
    // What the chain from the parent down to the last final block holds already.
    absl::flat_hash_set<Hash> held;
    for (auto block = executed_.find(request.parent); block != executed_.end();
         block = executed_.find(chain::RequiredHash(block->second.block->block.header().parent_hash()))) {
      for (const execution::TransactionOutcome& outcome : block->second.block->transactions)
        held.insert(outcome.transaction->id);
    }
    candidates =
        mempool_->Candidates(limits.bytes, limits.operations, [&](const Hash& id) { return held.contains(id); });
  }
  if (candidates.empty() && !request.allow_empty) return std::nullopt;
  CAUSEWAY_ASSIGN_OR_RETURN(execution::BuiltBlock built, executor_->BuildBlock(parent, candidates, request.time, limits,
                                                                               request.proposer, &signatures_));
  if (built.executed->transactions.empty() && !request.allow_empty) return std::nullopt;
  auto bytes = std::make_shared<const std::string>(chain::EncodeBlock(built.executed->block));
  const consensus::BlockInfo info = InfoOf(built.executed->block.header(), built.executed->hash, std::move(bytes));
  Remember(std::move(built.executed));
  return info;
}

absl::StatusOr<consensus::ExecutionResult> NodeLedger::Execute(const consensus::BlockInfo& info) {
  const auto roots_of = [](const execution::ExecutedBlock& block) {
    return consensus::Roots{chain::RequiredHash(block.computed.state_root()),
                            chain::RequiredHash(block.computed.history_root())};
  };
  if (const auto found = executed_.find(info.hash); found != executed_.end())
    return consensus::ExecutionResult(roots_of(*found->second.block));
  std::shared_ptr<const void> keep;
  CAUSEWAY_ASSIGN_OR_RETURN(const execution::ParentState parent, ParentStateOf(info.parent, &keep));
  const chain::OrInvalid<v1::Block> block = chain::DecodeBlock(*info.bytes, chain::kProtocolVersion);
  if (!block.ok()) return consensus::ExecutionResult(block.invalid().ToString());
  CAUSEWAY_ASSIGN_OR_RETURN(const execution::BlockVerdict verdict,
                            executor_->ExecuteBlock(parent, *block, &signatures_));
  if (verdict.invalid) return consensus::ExecutionResult(verdict.invalid->ToString());
  const consensus::Roots roots = roots_of(*verdict.executed);
  if (!verdict.executed->RootsMatch()) {
    // Not remembered: nothing can be built on it. Where others finalized it, rule 8 halts this node.
    if (roots == info.claimed)
      return consensus::ExecutionResult(absl::StrCat("the header differs: ", verdict.executed->DescribeDifference()));
    return consensus::ExecutionResult(roots);
  }
  Remember(verdict.executed);
  return consensus::ExecutionResult(roots);
}

absl::Status NodeLedger::Commit(const consensus::BlockInfo& info, const consensus::CertificatePtr& finalization) {
  const auto found = executed_.find(info.hash);
  if (found == executed_.end())
    return absl::InternalError(
        absl::StrCat("block ", info.height.value(), " was not executed before it was committed"));
  waiting_.push_back(found->second.block);
  if (!finalization) return absl::OkStatus();
  std::vector<store::FinalBlock> run;
  for (const auto& block : waiting_) {
    const bool last = block == waiting_.back();
    run.push_back(execution::ToFinalBlock(
        *block, last ? std::make_optional(consensus::EncodeCertificate(*finalization)) : std::nullopt));
  }
  CAUSEWAY_RETURN_IF_ERROR(store_->WriteFinal(run, absl::StrCat(finalization->subject.view.value())));
  const std::vector<std::shared_ptr<const execution::ExecutedBlock>> blocks = std::exchange(waiting_, {});
  for (const auto& block : blocks) {
    final_state_->Append(block->height(), block->changes);
    Publish(*block);
  }
  DropOtherBranches(info.height);
  for (const auto& block : blocks) {
    if (mempool_ != nullptr) {
      std::vector<mempool::Mempool::TransactionPtr> transactions;
      for (const execution::TransactionOutcome& outcome : block->transactions)
        transactions.push_back(outcome.transaction);
      mempool_->RemoveFinal(transactions);
      mempool_->RemoveExpired(Instant::FromMicros(block->block.header().time_us()));
    }
    for (const FinalListener& listener : listeners_) listener(*block);
  }
  return absl::OkStatus();
}

void NodeLedger::DropOtherBranches(Height final_height) {
  const Hash final_hash = head()->hash;
  // Parents are lower, so one pass in order of height keeps exactly the descendants of the final block.
  std::multimap<Height, Hash> by_height;
  for (const auto& [hash, executed] : executed_) by_height.emplace(executed.block->height(), hash);
  for (const auto& [height, hash] : by_height) {
    const auto entry = executed_.find(hash);
    const Hash parent = chain::RequiredHash(entry->second.block->block.header().parent_hash());
    if (height > final_height && parent == final_hash) {
      entry->second.overlay->ReleaseParent();
    } else if (height <= final_height || !executed_.contains(parent)) {
      executed_.erase(entry);
    }
  }
}

Height NodeLedger::SyncedHeight() const {
  return store_->synced().value_or(Height(0));
}

absl::StatusOr<consensus::FinalRange> NodeLedger::ReadFinal(Height from, uint64_t bytes_max) const {
  consensus::FinalRange range;
  const std::optional<Height> last = store_->final();
  if (!last || *last < from || from == Height(0)) return range;
  uint64_t bytes = 0;
  for (Height height = from; height <= *last;) {
    CAUSEWAY_ASSIGN_OR_RETURN(const store::Store::Certified certified, store_->FindCertificateFrom(height));
    CAUSEWAY_ASSIGN_OR_RETURN(
        std::optional<std::vector<consensus::Bytes>> run,
        ReadRun(height, certified.height, kRangeBlocksMax - range.blocks.size(), kRangeBytesMax - bytes));
    if (!run && range.blocks.empty())
      return absl::ResourceExhaustedError(
          absl::StrCat("heights ", height.value(), " to ", certified.height.value(),
                       " were finalized together and are more than a peer takes in one message"));
    if (!run) break;
    for (consensus::Bytes& block : *run) {
      bytes += block->size();
      range.blocks.push_back(std::move(block));
    }
    CAUSEWAY_ASSIGN_OR_RETURN(consensus::Certificate certificate, consensus::DecodeCertificate(certified.certificate));
    range.finalization = std::make_shared<const consensus::Certificate>(std::move(certificate));
    if (bytes >= bytes_max || range.blocks.size() >= kRangeBlocksMax / 2) break;
    height = certified.height.Next();
  }
  return range;
}

absl::StatusOr<std::optional<std::vector<consensus::Bytes>>> NodeLedger::ReadRun(Height from, Height to,
                                                                                 uint64_t blocks_max,
                                                                                 uint64_t bytes_max) const {
  std::vector<consensus::Bytes> run;
  if (to.value() - from.value() >= blocks_max) return std::nullopt;
  uint64_t bytes = 0;
  for (Height height = from; height <= to; height = height.Next()) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::string block, store_->GetBlock(height));
    bytes += block.size();
    if (bytes > bytes_max) return std::nullopt;
    run.push_back(std::make_shared<const std::string>(std::move(block)));
  }
  return run;
}

absl::Status NodeLedger::Maintain(uint64_t monotonic_us, bool all) {
  const std::optional<Height> last = store_->final();
  if (last && store_->synced() != last) CAUSEWAY_RETURN_IF_ERROR(store_->SyncWal());
  if (last_flush_us_ == 0) last_flush_us_ = monotonic_us;
  const bool due =
      final_state_->unflushed_bytes() >= options_.flush_bytes || monotonic_us - last_flush_us_ >= options_.flush_age_us;
  if (final_state_->height() == final_state_->flushed() || (!due && !all)) return absl::OkStatus();
  last_flush_us_ = monotonic_us;
  return final_state_->Flush();
}

absl::Status NodeLedger::Close() {
  CAUSEWAY_RETURN_IF_ERROR(Maintain(last_flush_us_, true));
  return store_->Close();
}

absl::StatusOr<consensus::BlockInfo> NodeLedger::CommittedInfo() const {
  const std::shared_ptr<const Head> last = head();
  CAUSEWAY_ASSIGN_OR_RETURN(std::string bytes, store_->GetBlock(Height(last->header.height())));
  return InfoOf(last->header, last->hash, std::make_shared<const std::string>(std::move(bytes)));
}

absl::StatusOr<consensus::CertificatePtr> NodeLedger::NewestFinalization() const {
  const absl::StatusOr<store::Store::Certified> certified = store_->LastCertificate();
  if (absl::IsNotFound(certified.status())) return consensus::CertificatePtr();
  if (!certified.ok()) return certified.status();
  CAUSEWAY_ASSIGN_OR_RETURN(consensus::Certificate certificate, consensus::DecodeCertificate(certified->certificate));
  return std::make_shared<const consensus::Certificate>(std::move(certificate));
}

}  // namespace causeway::node_ledger
