// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/model_ledger.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/crypto/sha256.h"

namespace causeway::simulation {
namespace {

constexpr size_t kHeaderSize = 8 + 8 + 32 + 8 + 4 + 32 + 32 + 32;
constexpr size_t kTransferSize = 8 + 4 + 4 + 8;

std::string EncodeTransfers(const std::vector<Transfer>& transfers) {
  std::string out;
  for (const Transfer& transfer : transfers) {
    AppendBigEndian64(out, transfer.id);
    AppendBigEndian32(out, transfer.from);
    AppendBigEndian32(out, transfer.to);
    AppendBigEndian64(out, transfer.amount);
  }
  return out;
}

}  // namespace

std::string ModelBlock::Encode() const {
  std::string out;
  AppendBigEndian64(out, epoch.value());
  AppendBigEndian64(out, height.value());
  out += parent.ToString();
  AppendBigEndian64(out, time.micros());
  AppendBigEndian32(out, proposer);
  out += roots.state.ToString() + roots.history.ToString() + next_validators.ToString();
  return out + EncodeTransfers(transfers);
}

absl::StatusOr<ModelBlock> ModelBlock::Decode(absl::string_view in) {
  const bool fits = in.size() >= kHeaderSize && (in.size() - kHeaderSize) % kTransferSize == 0;
  if (!fits) return absl::InvalidArgumentError("no block of the model");
  ModelBlock block;
  block.epoch = Epoch(*TakeBigEndian64(in));
  block.height = Height(*TakeBigEndian64(in));
  block.parent = *Hash::FromBytes(*TakeBytes(in, 32));
  block.time = Instant::FromMicros(*TakeBigEndian64(in));
  block.proposer = *TakeBigEndian32(in);
  block.roots.state = *Hash::FromBytes(*TakeBytes(in, 32));
  block.roots.history = *Hash::FromBytes(*TakeBytes(in, 32));
  block.next_validators = *Hash::FromBytes(*TakeBytes(in, 32));
  while (!in.empty()) {
    Transfer transfer{};
    transfer.id = *TakeBigEndian64(in);
    transfer.from = *TakeBigEndian32(in);
    transfer.to = *TakeBigEndian32(in);
    transfer.amount = *TakeBigEndian64(in);
    block.transfers.push_back(transfer);
  }
  return block;
}

consensus::BlockInfo InfoOf(const ModelBlock& block, consensus::Bytes bytes) {
  const Hash hash = crypto::Sha256(*bytes);
  return {hash,           block.parent, block.epoch,           block.height,    block.time,
          block.proposer, block.roots,  block.next_validators, std::move(bytes)};
}

consensus::BlockInfo InfoOf(const ModelBlock& block) {
  return InfoOf(block, std::make_shared<const std::string>(block.Encode()));
}

absl::StatusOr<consensus::BlockInfo> ModelReader::Read(consensus::Bytes bytes) const {
  const absl::StatusOr<ModelBlock> block = ModelBlock::Decode(*bytes);
  if (!block.ok()) return block.status();
  return InfoOf(*block, std::move(bytes));
}

consensus::Roots ModelState::roots() const {
  std::string text;
  for (const uint64_t balance : balances) AppendBigEndian64(text, balance);
  return {crypto::Sha256(text), history};
}

Hash HashOf(const Members& members) {
  std::string text;
  for (const uint32_t member : members) AppendBigEndian32(text, member);
  return crypto::Sha256(text);
}

ModelLedger::ModelLedger(Instant genesis_time, uint32_t validators) : members_min_(validators) {
  ModelState state{};
  state.balances.fill(kAccountStart);
  for (uint32_t member = 0; member < validators; ++member) state.members.push_back(member);
  ModelBlock genesis;
  genesis.time = genesis_time;
  genesis.roots = state.roots();
  genesis.next_validators = HashOf(state.members);
  store_.push_back({InfoOf(genesis), nullptr, state, {}});
}

const ModelState* ModelLedger::StateOf(const Hash& block) const {
  if (store_.back().info.hash == block) return &store_.back().state;
  const auto found = overlays_.find(block);
  return found == overlays_.end() ? nullptr : &found->second.state;
}

bool ModelLedger::Used(uint64_t id, Hash chain) const {
  if (used_.contains(id)) return true;
  for (auto at = overlays_.find(chain); at != overlays_.end(); at = overlays_.find(at->second.info.parent)) {
    const std::vector<Transfer>& transfers = at->second.transfers;
    if (std::any_of(transfers.begin(), transfers.end(), [id](const Transfer& one) { return one.id == id; }))
      return true;
  }
  return false;
}

void ModelLedger::ChangeMembers(uint32_t node, ModelState& state, Epoch epoch) const {
  if (state.epoch != epoch) return;
  const auto place = std::lower_bound(state.members.begin(), state.members.end(), node);
  if (place == state.members.end() || *place != node) {
    state.members.insert(place, node);
  } else if (state.members.size() > members_min_) {
    state.members.erase(place);
  } else {
    return;
  }
  state.epoch = epoch.Next();
}

std::variant<ModelState, std::string> ModelLedger::Apply(const ModelBlock& block) const {
  const ModelState* before = StateOf(block.parent);
  CAUSEWAY_CHECK(before != nullptr, "executed on a parent that was not executed");
  if (block.transfers.size() > kTransfersPerBlock) return std::string("too many transfers");
  if (block.epoch != before->epoch) return std::string("of another epoch");
  ModelState state = *before;
  std::set<uint64_t> ids;
  for (const Transfer& transfer : block.transfers) {
    if (!ids.insert(transfer.id).second || Used(transfer.id, block.parent)) return std::string("id used");
    if (transfer.from == kFromNoAccount) {
      ChangeMembers(transfer.to, state, before->epoch);
      continue;
    }
    if (transfer.from >= kAccounts || transfer.to >= kAccounts) return std::string("no such account");
    // A transfer that the balance does not cover is refused with a receipt; the block stays valid.
    if (state.balances[transfer.from] < transfer.amount) continue;
    state.balances[transfer.from] -= transfer.amount;
    state.balances[transfer.to] += transfer.amount;
  }
  const uint64_t sum = std::accumulate(state.balances.begin(), state.balances.end(), uint64_t{0});
  CAUSEWAY_CHECK(sum == kAccounts * kAccountStart, "balances are not conserved");
  std::string text = state.history.ToString() + block.parent.ToString() + EncodeTransfers(block.transfers);
  AppendBigEndian64(text, block.height.value());
  AppendBigEndian64(text, salt_);
  state.history = crypto::Sha256(text);
  return state;
}

absl::StatusOr<std::optional<consensus::BlockInfo>> ModelLedger::Build(const consensus::BuildRequest& request) {
  const ModelState* before = StateOf(request.parent);
  if (before == nullptr || before->epoch != request.epoch) return std::optional<consensus::BlockInfo>();
  const auto parent = overlays_.find(request.parent);
  const Height height = parent == overlays_.end() ? head().height : parent->second.info.height;
  ModelBlock block;
  block.epoch = request.epoch;
  block.height = height.Next();
  block.parent = request.parent;
  block.time = request.time;
  block.proposer = request.proposer;
  const size_t limit = std::max<size_t>(1, kTransfersPerBlock >> std::min(request.halvings, 10u));
  for (const auto& [id, transfer] : mempool_) {
    if (block.transfers.size() >= limit) break;
    if (!Used(id, request.parent)) block.transfers.push_back(transfer);
  }
  if (block.transfers.empty() && !request.allow_empty) return std::optional<consensus::BlockInfo>();
  const auto state = std::get<ModelState>(Apply(block));
  block.roots = state.roots();
  block.next_validators = HashOf(state.members);
  consensus::BlockInfo info = InfoOf(block);
  AddOverlay(info, state, block.transfers);
  return std::optional(info);
}

absl::StatusOr<consensus::ExecutionResult> ModelLedger::Execute(const consensus::BlockInfo& info) {
  const ModelBlock block = *ModelBlock::Decode(*info.bytes);
  // The parent was dropped by a commit that came between: the engine no longer wants the answer.
  if (StateOf(block.parent) == nullptr) return consensus::ExecutionResult(std::string("parent dropped"));
  const auto result = Apply(block);
  if (const auto* reason = std::get_if<std::string>(&result)) return consensus::ExecutionResult(*reason);
  const auto& state = std::get<ModelState>(result);
  if (block.next_validators != HashOf(state.members))
    return consensus::ExecutionResult(std::string("other validators"));
  AddOverlay(info, state, block.transfers);
  return consensus::ExecutionResult(state.roots());
}

absl::Status ModelLedger::Commit(const consensus::BlockInfo& block, const consensus::CertificatePtr& finalization) {
  const auto overlay = overlays_.find(block.hash);
  CAUSEWAY_CHECK(overlay != overlays_.end(), "committed without being executed");
  CAUSEWAY_CHECK(block.parent == head().hash && block.height == head().height.Next(), "committed out of order");
  store_.push_back({block, finalization, overlay->second.state, overlay->second.transfers});
  for (const Transfer& transfer : overlay->second.transfers) {
    used_.emplace(transfer.id, block.height.value());
    mempool_.erase(transfer.id);
  }
  Drop(overlay);
  // Whatever does not descend from the committed block goes; parents before children, by height.
  for (bool again = true; again;) {
    again = false;
    for (auto i = overlays_.begin(); i != overlays_.end(); ++i) {
      const Hash& parent = i->second.info.parent;
      if (parent == block.hash || overlays_.contains(parent)) continue;
      Drop(i);
      again = true;
      break;
    }
  }
  CountWaiting();
  return absl::OkStatus();
}

absl::StatusOr<consensus::FinalRange> ModelLedger::ReadFinal(Height from, uint64_t bytes_max) const {
  consensus::FinalRange range;
  uint64_t bytes = 0;
  size_t proven = 0;
  for (uint64_t height = from.value(); height < store_.size(); ++height) {
    const Stored& stored = store_[height];
    const bool enough = bytes > bytes_max || range.blocks.size() >= 64;
    if (enough && proven > 0) break;
    bytes += stored.info.bytes->size();
    range.blocks.push_back(stored.info.bytes);
    if (stored.finalization == nullptr) continue;
    proven = range.blocks.size();
    range.finalization = stored.finalization;
    if (stored.state.epoch != stored.info.epoch) break;  // what follows is certified by others
  }
  range.blocks.resize(proven);
  return range;
}

consensus::CertificatePtr ModelLedger::finalization() const {
  for (auto i = store_.rbegin(); i != store_.rend(); ++i) {
    if (i->finalization) return i->finalization;
  }
  return nullptr;
}

const consensus::BlockInfo& ModelLedger::epoch_start() const {
  const auto last = std::find_if(store_.rbegin(), store_.rend(), [&](const Stored& one) {
    return one.info.height == Height(0) || one.info.epoch != one.state.epoch;
  });
  return last->info;
}

consensus::CertificatePtr ModelLedger::EndOf(Epoch epoch) const {
  for (const Stored& stored : store_) {
    if (stored.info.epoch == epoch && stored.state.epoch != epoch) return stored.finalization;
  }
  return nullptr;
}

std::optional<Instant> ModelLedger::TimeOf(const Hash& block) const {
  if (head().hash == block) return head().time;
  const auto found = overlays_.find(block);
  return found == overlays_.end() ? std::nullopt : std::optional(found->second.info.time);
}

void ModelLedger::Submit(const Transfer& transfer) {
  if (used_.contains(transfer.id)) return;
  mempool_.emplace(transfer.id, transfer);
  CountWaiting();
}

void ModelLedger::Crash(uint64_t lost) {
  overlays_.clear();
  in_overlays_.clear();
  mempool_.clear();
  waiting_ = 0;
  const uint64_t unsynced = store_.size() - 1 - synced_;
  store_.resize(store_.size() - std::min(lost, unsynced), store_.front());
  std::erase_if(used_, [this](const auto& entry) { return entry.second >= store_.size(); });
}

std::optional<consensus::BlockInfo> ModelLedger::Alternative(const consensus::BlockInfo& info, const Hash& parent,
                                                             Instant time) {
  if (StateOf(parent) == nullptr) return std::nullopt;
  ModelBlock block = *ModelBlock::Decode(*info.bytes);
  const auto overlay = overlays_.find(parent);
  block.height = (overlay == overlays_.end() ? head().height : overlay->second.info.height).Next();
  block.parent = parent;
  block.time = time;
  if (!block.transfers.empty()) block.transfers.pop_back();
  const auto result = Apply(block);
  if (!std::holds_alternative<ModelState>(result)) return std::nullopt;
  block.roots = std::get<ModelState>(result).roots();
  block.next_validators = HashOf(std::get<ModelState>(result).members);
  return InfoOf(block);
}

std::optional<consensus::Roots> ModelLedger::RootsOf(const Hash& block) const {
  const auto found = overlays_.find(block);
  return found == overlays_.end() ? std::nullopt : std::optional(found->second.state.roots());
}

void ModelLedger::AddOverlay(const consensus::BlockInfo& info, const ModelState& state,
                             std::vector<Transfer> transfers) {
  if (overlays_.contains(info.hash)) return;
  for (const Transfer& transfer : transfers) ++in_overlays_[transfer.id];
  overlays_.emplace(info.hash, Overlay{info, state, std::move(transfers)});
  CountWaiting();
}

void ModelLedger::Drop(std::map<Hash, Overlay>::iterator overlay) {
  for (const Transfer& transfer : overlay->second.transfers) {
    const auto count = in_overlays_.find(transfer.id);
    if (--count->second == 0) in_overlays_.erase(count);
  }
  overlays_.erase(overlay);
}

void ModelLedger::CountWaiting() {
  waiting_ = static_cast<uint64_t>(std::count_if(
      mempool_.begin(), mempool_.end(), [this](const auto& entry) { return !in_overlays_.contains(entry.first); }));
}

}  // namespace causeway::simulation
