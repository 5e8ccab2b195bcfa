// SPDX-License-Identifier: Apache-2.0

#include "node/api/watch.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "causeway/v1/block.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"

namespace causeway::api {
namespace {

// Blocks without anything for the reader that one call of Next looks through.
constexpr int kBlocksAtOnce = 64;
// How soon a watch notices that its connection is gone while nothing happens.
constexpr absl::Duration kPoll = absl::Milliseconds(500);

// A receipt of a block with what stands below it.
struct StoredReceipt {
  store::Place place;
  std::string transaction_id;
  std::string submitter;
};

absl::StatusOr<std::vector<StoredReceipt>> ReceiptsOf(const store::Store& store, Height height) {
  std::vector<StoredReceipt> receipts;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> due, store.GetReceipts(height, store::Lane::kDueWork));
  for (uint32_t i = 0; i < due.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::SystemReceipt receipt, codec::ParseTrusted<v1::SystemReceipt>(due[i]));
    receipts.push_back({store::Place{height, store::Lane::kDueWork, i}, receipt.cause_transaction_id(), ""});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> submitters, SubmittersOf(store, height));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> transactions,
                            store.GetReceipts(height, store::Lane::kTransaction));
  for (uint32_t i = 0; i < transactions.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::Receipt receipt, codec::ParseTrusted<v1::Receipt>(transactions[i]));
    receipts.push_back({store::Place{height, store::Lane::kTransaction, i}, receipt.transaction_id(),
                        i < submitters.size() ? submitters[i] : std::string()});
  }
  return receipts;
}

}  // namespace

absl::StatusOr<EventReader> EventReader::Open(const node_ledger::NodeLedger& ledger, const Reader& reader,
                                              const v1::WatchEventsRequest& request, uint64_t answer_bytes_max) {
  std::set<int> contracts;
  for (const std::string& name : request.contracts()) {
    const auto& all = ledger.registry().contracts;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& contract) { return contract->name() == name; });
    if (found == all.end()) return absl::InvalidArgumentError(absl::StrCat("no contract is called \"", name, "\""));
    contracts.insert((*found)->kind());
  }
  const uint64_t next = ledger.head()->header.height() + 1;
  EventPosition position{next, 0, 0, 0};
  if (!request.resume_token().empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(position,
                              DecodeResumeToken(ledger.chain().chain_id, reader.party, request.resume_token()));
  } else if (request.from_height() != 0) {
    position.height = request.from_height();
  }
  // A node that is behind the one that gave the token will come to it; a height that somebody made up will not.
  if (request.resume_token().empty() && position.height > next) {
    return absl::OutOfRangeError(
        absl::StrCat("NOT_YET: height ", position.height, " is not final; the next block's is ", next));
  }
  return EventReader(ledger, reader.party, std::move(contracts), position, answer_bytes_max);
}

absl::StatusOr<EventReader::Batch> EventReader::Next(const Reader& reader) try {
  Batch batch;
  const std::shared_ptr<const node_ledger::Head> head = ledger_->head();
  const ReadRules rules(reader, *head->view, ledger_->chain());
  if (!rules.is_active())
    return absl::PermissionDeniedError(absl::StrCat(reader.party, " is no party that takes part"));
  for (int i = 0; i < kBlocksAtOnce && batch.answers.empty(); ++i) {
    if (position_.height > head->header.height()) {
      batch.at_end = true;
      break;
    }
    CAUSEWAY_RETURN_IF_ERROR(ReadBlock(rules, batch));
  }
  return batch;
} catch (const state::HostFailure& failure) {
  return failure.status();
}

// Moves to the next block.
absl::Status EventReader::ReadBlock(const ReadRules& rules, Batch& batch) {
  const store::Store& store = ledger_->store();
  const Height height(position_.height);
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<StoredReceipt> receipts, ReceiptsOf(store, height));
  if (!receipts.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const auto before, ledger_->StateAt(height.value() == 0 ? height : height.Previous()));
    CAUSEWAY_ASSIGN_OR_RETURN(const auto after, ledger_->StateAt(height));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, store.GetBlock(height));
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::Block block, codec::ParseTrusted<v1::Block>(bytes));
    const BlockRedaction redaction(rules, ledger_->registry(), store, height, *before, *after);
    for (uint32_t r = position_.receipt; r < receipts.size(); ++r) {
      CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> results, store.GetResults(receipts[r].place));
      const bool resumed = r == position_.receipt;
      for (uint32_t i = resumed ? position_.result : 0; i < results.size(); ++i) {
        CAUSEWAY_ASSIGN_OR_RETURN(const v1::OperationResult result,
                                  codec::ParseTrusted<v1::OperationResult>(results[i]));
        const std::optional<BlockRedaction::Shown> shown = redaction.Redact(result, receipts[r].submitter);
        if (!shown) continue;
        v1::WatchEventsResponse about;
        about.set_height(height.value());
        about.set_block_time_us(block.header().time_us());
        about.set_transaction_id(receipts[r].transaction_id);
        about.set_due_work(receipts[r].place.lane == store::Lane::kDueWork);
        const uint32_t event = resumed && i == position_.result ? position_.event : 0;
        Tell(about, *shown, EventPosition{height.value(), r, i, event}, batch);
      }
    }
  }
  position_ = EventPosition{height.value() + 1, 0, 0, 0};
  return absl::OkStatus();
}

void EventReader::Tell(const v1::WatchEventsResponse& about, const BlockRedaction::Shown& shown, EventPosition from,
                       Batch& batch) {
  v1::OperationResult rest = shown.result;
  rest.clear_events();
  const auto begin = [&] {
    v1::WatchEventsResponse& answer = batch.answers.emplace_back(about);
    *answer.mutable_result() = rest;
    return &answer;
  };
  const auto token = [&](uint32_t result, uint32_t event) {
    return EncodeResumeToken(ledger_->chain().chain_id, party_,
                             EventPosition{from.height, from.receipt, result, event});
  };
  v1::WatchEventsResponse* answer = nullptr;
  uint64_t bytes = 0;
  for (int i = 0; i < shown.result.events_size(); ++i) {
    const v1::Event& event = shown.result.events(i);
    const uint32_t place = shown.event_places[static_cast<size_t>(i)];
    if (place < from.event || !IsWanted(event)) continue;
    const uint64_t size = event.ByteSizeLong();
    if (answer == nullptr || bytes + size > answer_bytes_max_) {
      if (answer != nullptr) {
        answer->set_resume_token(token(from.result, place));
        answer->set_continues(true);
      }
      answer = begin();
      bytes = 0;
    }
    *answer->mutable_result()->add_events() = event;
    bytes += size;
  }
  // What was refused has no events; where some contracts' are asked for, it is left out.
  if (answer == nullptr && contracts_.empty() && from.event == 0) answer = begin();
  if (answer != nullptr) answer->set_resume_token(token(from.result + 1, 0));
}

bool EventReader::IsWanted(const v1::Event& event) const {
  return contracts_.empty() || contracts_.count(event.kind_case()) != 0;
}

v1::WatchEventsResponse EventReader::Heartbeat() const {
  v1::WatchEventsResponse answer;
  answer.set_resume_token(EncodeResumeToken(ledger_->chain().chain_id, party_, position_));
  // What has been looked at.
  answer.set_height(position_.height == 0 ? 0 : position_.height - 1);
  return answer;
}

absl::Status RunWatch(const node_ledger::NodeLedger& ledger, const v1::WatchEventsRequest& request,
                      const WatchCalls& calls) {
  CAUSEWAY_ASSIGN_OR_RETURN(Reader reader, calls.reader());
  CAUSEWAY_ASSIGN_OR_RETURN(EventReader events, EventReader::Open(ledger, reader, request));
  // Where no token was given, the first answer is one: a reader who loses this node goes on elsewhere from here.
  absl::Time next_heartbeat = absl::Now() + (request.resume_token().empty() ? absl::ZeroDuration() : calls.heartbeat);
  absl::Time next_ask = absl::Now() + calls.ask_again;
  while (true) {
    if (calls.is_stopping()) return absl::UnavailableError("the node is stopping; go on with the resume token");
    if (calls.is_cancelled()) return absl::CancelledError("the reader has left");
    if (absl::Now() >= next_ask) {
      CAUSEWAY_ASSIGN_OR_RETURN(reader, calls.reader());
      next_ask = absl::Now() + calls.ask_again;
    }
    CAUSEWAY_ASSIGN_OR_RETURN(EventReader::Batch batch, events.Next(reader));
    for (const v1::WatchEventsResponse& answer : batch.answers) {
      if (!calls.send(answer)) return absl::CancelledError("the reader has left");
    }
    const absl::Time now = absl::Now();
    if (!batch.answers.empty()) {
      next_heartbeat = now + calls.heartbeat;
    } else if (now >= next_heartbeat) {
      if (!calls.send(events.Heartbeat())) return absl::CancelledError("the reader has left");
      next_heartbeat = now + calls.heartbeat;
    }
    if (batch.at_end) calls.wait_for(events.height(), std::min(kPoll, next_heartbeat - now));
  }
}

}  // namespace causeway::api
