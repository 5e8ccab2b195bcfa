// SPDX-License-Identifier: Apache-2.0

#include "node/api/redaction.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "causeway/v1/block.pb.h"
#include "causeway/v1/transaction.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"

namespace causeway::api {

using execution::Concerns;

std::optional<BlockRedaction::Shown> BlockRedaction::Redact(const v1::OperationResult& result,
                                                            absl::string_view submitter) const {
  const bool own = !submitter.empty() && submitter == rules_.reader().party && rules_.is_active();
  Shown shown{result, {}, reads_all_};
  if (reads_all_) {
    for (int i = 0; i < result.events_size(); ++i) shown.event_places.push_back(static_cast<uint32_t>(i));
    return shown;
  }
  shown.result.clear_events();
  shown.result.clear_restricted_hashes();
  for (int i = 0; i < result.events_size(); ++i) {
    const Concerns concerns = ConcernsOf(result.events(i));
    if (!rules_.MayRead(concerns, height_) && !(own && !concerns.compliance_only)) continue;
    *shown.result.add_events() = result.events(i);
    shown.event_places.push_back(static_cast<uint32_t>(i));
  }
  for (const std::string& hash : result.restricted_hashes()) {
    // A salted hash tells its submitter nothing, and lets it prove the result.
    if (own || MayReadRestricted(hash)) shown.result.add_restricted_hashes(hash);
  }
  const bool all = shown.result.events_size() == result.events_size() &&
                   shown.result.restricted_hashes_size() == result.restricted_hashes_size();
  if (own) {
    shown.whole = all;
    return shown;
  }
  if (shown.result.events().empty() && shown.result.restricted_hashes().empty()) return std::nullopt;
  // Why a rule said no is between the ledger and who asked, and those who may read what was decided.
  if (shown.result.restricted_hashes().empty()) shown.result.clear_reasons();
  shown.whole = all && shown.result.reasons_size() == result.reasons_size();
  return shown;
}

Concerns BlockRedaction::ConcernsOf(const v1::Event& event) const {
  const execution::Contract* contract = registry_.Find(static_cast<v1::Operation::KindCase>(event.kind_case()));
  if (contract != nullptr) {
    Concerns concerns = contract->ConcernsOf(event, before_, after_);
    const std::function<bool(const v1::Event&)> is_maker = contract->MakerOf(event, before_, after_);
    if (!is_maker) return concerns;
    for (const v1::Event& other : BlockEvents()) {
      if (is_maker(other)) concerns.Add(contract->ConcernsOf(other, before_, after_));
    }
    return concerns;
  }
  Concerns nobody;
  nobody.compliance_only = true;
  return nobody;
}

const std::vector<v1::Event>& BlockRedaction::BlockEvents() const {
  if (block_events_) return *block_events_;
  block_events_.emplace();
  const auto value_of = [](auto read) {
    if (!read.ok()) throw state::HostFailure(read.status());
    return *std::move(read);
  };
  for (const store::Lane lane : {store::Lane::kDueWork, store::Lane::kTransaction}) {
    const size_t receipts = value_of(store_.GetReceipts(height_, lane)).size();
    for (uint32_t i = 0; i < receipts; ++i) {
      for (const std::string& bytes : value_of(store_.GetResults(store::Place{height_, lane, i}))) {
        const auto result = value_of(codec::ParseTrusted<v1::OperationResult>(bytes));
        block_events_->insert(block_events_->end(), result.events().begin(), result.events().end());
      }
    }
  }
  return *block_events_;
}

bool BlockRedaction::MayReadRestricted(const std::string& hash) const {
  const std::optional<Hash> id = Hash::FromBytes(hash);
  if (!id) return false;
  const absl::StatusOr<v1::StoredRestrictedRecord> stored = store_.GetRestricted(*id);
  if (absl::IsNotFound(stored.status())) return false;
  if (!stored.ok()) throw state::HostFailure(stored.status());
  return rules_.MayRead(ConcernsOfRestricted(registry_, after_, stored->type(), stored->record()), height_);
}

Concerns ConcernsOfRestricted(const execution::Registry& registry, const state::StateView& view, absl::string_view type,
                              absl::string_view record) {
  Concerns concerns;
  for (const auto& contract : registry.contracts) {
    if (std::optional<Concerns> found = contract->ConcernsOfRestricted(type, record, view)) {
      concerns = *std::move(found);
      break;
    }
  }
  concerns.compliance_only = true;
  return concerns;
}

absl::StatusOr<std::vector<std::string>> SubmittersOf(const store::Store& store, Height height) {
  // Genesis's operations have one receipt and no envelope.
  if (height.value() == 0) return std::vector<std::string>{std::string()};
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, store.GetBlock(height));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Block block, codec::ParseTrusted<v1::Block>(bytes));
  std::vector<std::string> submitters;
  for (const std::string& envelope_bytes : block.envelopes()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::Envelope envelope, codec::ParseTrusted<v1::Envelope>(envelope_bytes));
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::Body body, codec::ParseTrusted<v1::Body>(envelope.body()));
    submitters.push_back(body.party());
  }
  return submitters;
}

absl::StatusOr<ReceiptView> ReadReceipt(const node_ledger::NodeLedger& ledger, const ReadRules& rules,
                                        const Hash& transaction_id) try {
  const store::Store& store = ledger.store();
  const absl::Status none = absl::NotFoundError(
      absl::StrCat("no receipt of transaction ", transaction_id.ToHex(), " that ", rules.reader().party, " may read"));
  const absl::StatusOr<store::Place> place = store.FindTransaction(transaction_id);
  if (absl::IsNotFound(place.status())) return none;
  if (!place.ok()) return place.status();
  const Height height = place->height;
  const Height parent = height.value() == 0 ? height : height.Previous();
  CAUSEWAY_ASSIGN_OR_RETURN(const auto before, ledger.StateAt(parent));
  CAUSEWAY_ASSIGN_OR_RETURN(const auto after, ledger.StateAt(height));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> submitters, SubmittersOf(store, height));
  if (place->index >= submitters.size())
    return absl::DataLossError(absl::StrCat("block ", height.value(), " has no transaction ", place->index));
  const BlockRedaction redaction(rules, ledger.registry(), store, height, *before, *after);

  ReceiptView view{{}, *place, {}};
  v1::TransactionReceipt& shown = view.receipt;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string receipt, store.GetReceipt(*place));
  CAUSEWAY_ASSIGN_OR_RETURN(*shown.mutable_receipt(), codec::ParseTrusted<v1::Receipt>(receipt));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> results, store.GetResults(*place));
  for (const std::string& bytes : results) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::OperationResult result, codec::ParseTrusted<v1::OperationResult>(bytes));
    std::optional<BlockRedaction::Shown> part = redaction.Redact(result, submitters[place->index]);
    if (!part || !part->whole) shown.set_redacted(true);
    if (part && part->whole) view.whole.push_back(result.index());
    if (part) *shown.add_results() = std::move(part->result);
  }
  if (shown.results().empty()) return none;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string block_bytes, store.GetBlock(height));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Block block, codec::ParseTrusted<v1::Block>(block_bytes));
  shown.set_block_time_us(block.header().time_us());
  return view;
} catch (const state::HostFailure& failure) {
  return failure.status();
}

}  // namespace causeway::api
