// SPDX-License-Identifier: Apache-2.0

#include "node/api/query.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "causeway/v1/block.pb.h"
#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/state/encoding.h"
#include "node/api/cursor.h"

namespace causeway::api {
namespace {

using execution::Concerns;
using execution::RecordKind;

absl::StatusOr<v1::BlockHeader> HeaderAt(const store::Store& store, Height height) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, store.GetBlock(height));
  CAUSEWAY_ASSIGN_OR_RETURN(v1::Block block, codec::ParseTrusted<v1::Block>(bytes));
  return std::move(*block.mutable_header());
}

absl::Status NotYet(uint64_t height, uint64_t head) {
  return absl::OutOfRangeError(
      absl::StrCat("NOT_YET: height ", height, " is not final; the newest final one is ", head));
}

// What is not there although it was final once is no longer kept.
absl::Status AsPruned(const absl::Status& status, uint64_t height) {
  if (!absl::IsNotFound(status) && !absl::IsFailedPrecondition(status)) return status;
  return absl::OutOfRangeError(
      absl::StrCat("PRUNED: this node no longer keeps height ", height, " (", status.message(), ")"));
}

void Fill(const RecordKind& kind, absl::string_view key, absl::string_view value, const execution::ReadContext& context,
          v1::StateRecord* record) {
  record->set_kind(kind.name);
  record->set_id(kind.id(key, value));
  record->set_type(kind.message->full_name());
  record->set_record(kind.show(key, value, context));
}

}  // namespace

Query::Query(const node_ledger::NodeLedger& ledger, const QueryLimits& limits,
             std::function<void(const std::string& line)> log)
    : ledger_(ledger), limits_(limits), log_(std::move(log)), proofs_(ledger, limits.proofs, absl::Now) {
  for (const auto& contract : ledger.registry().contracts) {
    for (RecordKind& kind : contract->kinds()) {
      const std::string name = kind.name;
      CAUSEWAY_CHECK(!IsHistoryKind(name) && kinds_.emplace(name, std::move(kind)).second, "two kinds are named ",
                     name);
    }
  }
}

absl::Status Query::Denied(const ReadRules& rules, const std::string& what) const {
  if (log_) log_(absl::StrCat("denied to ", rules.reader().party, ": ", what));
  return absl::NotFoundError(absl::StrCat("no ", what, " that ", rules.reader().party, " may read"));
}

absl::StatusOr<Query::At> Query::StateOf(const node_ledger::Head& head, std::optional<uint64_t> height) const {
  const uint64_t newest = head.header.height();
  if (!height || *height == newest) {
    return At{Height(newest), Instant::FromMicros(head.header.time_us()), head.view, head.tree};
  }
  if (*height > newest) return NotYet(*height, newest);
  const absl::StatusOr<v1::BlockHeader> header = HeaderAt(ledger_.store(), Height(*height));
  if (!header.ok()) return AsPruned(header.status(), *height);
  absl::StatusOr<std::shared_ptr<const state::StateView>> view = ledger_.StateAt(Height(*height));
  if (!view.ok()) return AsPruned(view.status(), *height);
  return At{Height(*height), Instant::FromMicros(header->time_us()), *std::move(view), std::nullopt};
}

absl::StatusOr<v1::GetRecordResponse> Query::GetRecord(const Reader& reader, const v1::GetRecordRequest& request) try {
  const std::shared_ptr<const node_ledger::Head> head = ledger_.head();
  const ReadRules rules(reader, *head->view, ledger_.chain());
  CAUSEWAY_ASSIGN_OR_RETURN(
      const At at,
      StateOf(*head, request.has_at_height() ? std::optional<uint64_t>(request.at_height()) : std::nullopt));
  if (IsHistoryKind(request.kind())) {
    absl::StatusOr<HistoryRecord> found = FindHistoryRecord(ledger_, rules, at.height, request.kind(), request.id());
    if (absl::IsNotFound(found.status())) return Denied(rules, absl::StrCat(request.kind(), " ", request.id()));
    return AnswerOf(rules, at.height, std::move(found), request.prove());
  }
  const auto kind = kinds_.find(request.kind());
  if (kind == kinds_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no kind of records is called \"", request.kind(), "\"; there are: ",
                     absl::StrJoin(kinds_, ", ", [](std::string* out, const auto& entry) { *out += entry.first; }),
                     ", transaction, restricted"));
  }
  return GetOfState(rules, at, kind->second, request);
} catch (const state::HostFailure& failure) {
  return AsPruned(failure.status(), request.at_height());
}

absl::StatusOr<v1::GetRecordResponse> Query::GetOfState(const ReadRules& rules, const At& at, const RecordKind& kind,
                                                        const v1::GetRecordRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const state::StateKey key, kind.find(request.id(), *at.view));
  const std::optional<std::string> value = at.view->GetRaw(key.table, key.key);
  if (!value && HasHistory(kind.name)) {
    // An order that is final has left the state; its last event tells it, to the same readers.
    absl::StatusOr<HistoryRecord> found = FindHistoryRecord(ledger_, rules, at.height, kind.name, request.id());
    if (!absl::IsNotFound(found.status())) return AnswerOf(rules, at.height, std::move(found), request.prove());
  }
  const Concerns concerns =
      kind.concerns(key.key, value ? std::optional<absl::string_view>(*value) : std::nullopt, at.context());
  if (!rules.MayRead(concerns, at.height)) return Denied(rules, absl::StrCat(kind.name, " ", request.id()));
  v1::GetRecordResponse response;
  response.set_height(at.height.value());
  if (value) Fill(kind, key.key, *value, at.context(), response.mutable_record());
  if (!request.prove()) return response;
  if (value && !kind.proof) {
    return absl::FailedPreconditionError(
        absl::StrCat("a ", kind.name, " shows a part of what is stored, so there is no proof of it"));
  }
  // That there is no row is proved of the row that was looked for, and of no other.
  CAUSEWAY_ASSIGN_OR_RETURN(
      *response.mutable_proof(),
      proofs_.ProveState(rules.reader().party, at.height, *at.view, at.tree, value ? kind.proof(key, *at.view) : key));
  return response;
}

absl::StatusOr<v1::GetRecordResponse> Query::AnswerOf(const ReadRules& rules, Height up_to,
                                                      absl::StatusOr<HistoryRecord> found, bool prove) {
  if (!found.ok()) return found.status();
  v1::GetRecordResponse response;
  response.set_height(up_to.value());
  *response.mutable_record() = std::move(found->record);
  if (!prove) return response;
  if (found->provable.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("no result that ", rules.reader().party, " may read whole says so, so there is no proof for it"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(*response.mutable_proof(), proofs_.ProveReceipt(found->place, found->provable));
  return response;
}

absl::StatusOr<v1::ListRecordsResponse> Query::ListRecords(const Reader& reader, const v1::ListRecordsRequest& request,
                                                           uint64_t* rows_looked_at) try {
  const std::shared_ptr<const node_ledger::Head> head = ledger_.head();
  const ReadRules rules(reader, *head->view, ledger_.chain());
  const auto found = kinds_.find(request.kind());
  if (found == kinds_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no kind of records that can be listed is called \"", request.kind(), "\""));
  }
  const RecordKind& kind = found->second;

  const PageQuery query{ledger_.chain().chain_id, reader.party, request.kind(), request.prefix()};
  std::optional<uint64_t> height;
  if (request.has_at_height()) height = request.at_height();
  std::optional<std::string> after;
  if (!request.page_token().empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(PagePosition position, DecodePageToken(query, request.page_token()));
    if (height && *height != position.height.value())
      return absl::InvalidArgumentError("the page token is of another height than the one asked for");
    height = position.height.value();
    after = std::move(position.key);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const At at, StateOf(*head, height));

  v1::ListRecordsResponse response;
  response.set_height(at.height.value());
  const std::optional<std::string> begin = kind.range(request.prefix());
  if (!begin) return response;
  const uint64_t size_max = std::min<uint64_t>(
      limits_.page_size_max, request.page_size() == 0 ? limits_.page_size_default : request.page_size());
  const std::optional<std::string> end = state::PrefixEnd(*begin);
  std::string from = *begin;
  // The first key after the one that was shown last.
  if (after && *after >= from) from = *after + std::string(1, '\0');

  uint64_t uncounted = 0, bytes = 0;
  uint64_t& rows = rows_looked_at == nullptr ? uncounted : *rows_looked_at;
  rows = 0;
  bool more = false;
  std::string last;
  at.view->ScanRaw(kind.table, from, end ? std::optional<absl::string_view>(*end) : std::nullopt,
                   [&](absl::string_view key, absl::string_view value) {
                     const auto shown = static_cast<uint64_t>(response.records_size());
                     if (++rows > limits_.page_rows_max) {
                       more = true;
                       return false;
                     }
                     if (!absl::StartsWith(kind.text(key), request.prefix())) return true;
                     if (!rules.MayRead(kind.concerns(key, value, at.context()), at.height)) return true;
                     if (shown == size_max || (shown > 0 && bytes + value.size() > limits_.page_bytes_max)) {
                       more = true;
                       return false;
                     }
                     v1::StateRecord* record = response.add_records();
                     Fill(kind, key, value, at.context(), record);
                     bytes += record->ByteSizeLong();
                     last = std::string(key);
                     return true;
                   });
  if (!more) return response;
  if (response.records().empty()) {
    return absl::ResourceExhaustedError(absl::StrCat("none of the next ", limits_.page_rows_max, " records of kind ",
                                                     kind.name, " is for this reader; give a longer prefix (ids are ",
                                                     kind.id_form, ")"));
  }
  response.set_next_page_token(EncodePageToken(query, PagePosition{at.height, last}));
  return response;
} catch (const state::HostFailure& failure) {
  return AsPruned(failure.status(), request.at_height());
}

absl::StatusOr<v1::GetBlockResponse> Query::GetBlock(const Reader& reader, const v1::GetBlockRequest& request) try {
  const std::shared_ptr<const node_ledger::Head> head = ledger_.head();
  const ReadRules rules(reader, *head->view, ledger_.chain());
  const uint64_t newest = head->header.height();
  const Height height(request.has_height() ? request.height() : newest);
  if (!rules.is_active() || (!request.header_only() && !rules.MayReadBlock(height))) {
    if (log_) log_(absl::StrCat("denied to ", reader.party, ": block ", height.value()));
    return absl::PermissionDeniedError(
        absl::StrCat("block ", height.value(),
                     " is for supervisors and auditors whose grant covers all instruments and "
                     "this height; any party may ask for the header only"));
  }
  if (height.value() > newest) return NotYet(height.value(), newest);
  const store::Store& store = ledger_.store();
  absl::StatusOr<std::string> bytes = store.GetBlock(height);
  if (!bytes.ok()) return AsPruned(bytes.status(), height.value());
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Block block, codec::ParseTrusted<v1::Block>(*bytes));
  v1::GetBlockResponse response;
  response.set_header(codec::SerializeCanonical(block.header()));
  if (!request.header_only()) response.set_block(*std::move(bytes));
  absl::StatusOr<store::Store::Certified> certified = store.FindCertificateFrom(height);
  if (absl::IsNotFound(certified.status())) return response;
  if (!certified.ok()) return certified.status();
  response.set_finalized_height(certified->height.value());
  response.set_finalization(std::move(certified->certificate));
  return response;
} catch (const state::HostFailure& failure) {
  return failure.status();
}

}  // namespace causeway::api
