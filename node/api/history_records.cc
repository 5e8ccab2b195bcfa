// SPDX-License-Identifier: Apache-2.0

#include "node/api/history_records.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "causeway/v1/dealing.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "node/api/redaction.h"

namespace causeway::api {
namespace {

constexpr char kTransaction[] = "transaction";
constexpr char kRestricted[] = "restricted";
constexpr char kOrder[] = "order";
// Results that name an order's id and are looked through, newest first: more is somebody's game with ids.
constexpr size_t kPlacesMax = 4'096;

absl::Status None() {
  return absl::NotFoundError("no such record");
}

absl::Status NoId(absl::string_view kind, absl::string_view id) {
  return absl::InvalidArgumentError(absl::StrCat("no id of a ", kind, ": ", id));
}

// The states around a block, and what the reader may see of it.
struct BlockScene {
  std::shared_ptr<const state::StateView> before;
  std::shared_ptr<const state::StateView> after;
  std::vector<std::string> submitters;
  std::unique_ptr<BlockRedaction> redaction;

  std::string SubmitterOf(const store::Place& place) const {
    const bool transaction = place.lane == store::Lane::kTransaction && place.index < submitters.size();
    return transaction ? submitters[place.index] : std::string();
  }
};

absl::StatusOr<BlockScene> SceneOf(const node_ledger::NodeLedger& ledger, const ReadRules& rules, Height height) {
  BlockScene scene;
  CAUSEWAY_ASSIGN_OR_RETURN(scene.before, ledger.StateAt(height.value() == 0 ? height : height.Previous()));
  CAUSEWAY_ASSIGN_OR_RETURN(scene.after, ledger.StateAt(height));
  CAUSEWAY_ASSIGN_OR_RETURN(scene.submitters, SubmittersOf(ledger.store(), height));
  scene.redaction =
      std::make_unique<BlockRedaction>(rules, ledger.registry(), ledger.store(), height, *scene.before, *scene.after);
  return scene;
}

absl::StatusOr<v1::OperationResult> ResultAt(const store::Store& store, const store::ResultPlace& place) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, store.GetResult(place));
  return codec::ParseTrusted<v1::OperationResult>(bytes);
}

std::vector<uint32_t> ProvableOf(const BlockScene& scene, const store::ResultPlace& place,
                                 const v1::OperationResult& result) {
  const std::optional<BlockRedaction::Shown> shown = scene.redaction->Redact(result, scene.SubmitterOf(place.receipt));
  if (!shown || !shown->whole) return {};
  return {place.operation};
}

absl::StatusOr<HistoryRecord> FindTransaction(const node_ledger::NodeLedger& ledger, const ReadRules& rules,
                                              Height up_to, absl::string_view id) {
  const std::optional<Hash> transaction_id = Hash::FromHex(id);
  if (!transaction_id) return NoId("transaction (64 hexadecimal digits)", id);
  CAUSEWAY_ASSIGN_OR_RETURN(ReceiptView view, ReadReceipt(ledger, rules, *transaction_id));
  if (view.place.height > up_to) return None();
  HistoryRecord found{{}, view.place, std::move(view.whole)};
  found.record.set_kind(kTransaction);
  found.record.set_id(std::string(id));
  found.record.set_type(v1::TransactionReceipt::descriptor()->full_name());
  found.record.set_record(codec::SerializeCanonical(view.receipt));
  return found;
}

absl::StatusOr<HistoryRecord> FindRestricted(const node_ledger::NodeLedger& ledger, const ReadRules& rules,
                                             Height up_to, absl::string_view id) {
  const std::optional<Hash> hash = Hash::FromHex(id);
  if (!hash) return NoId("restricted record (64 hexadecimal digits, as in a result)", id);
  CAUSEWAY_ASSIGN_OR_RETURN(v1::StoredRestrictedRecord stored, ledger.store().GetRestricted(*hash));
  const store::Place place{Height(stored.place().height()), static_cast<store::Lane>(stored.place().lane()),
                           stored.place().index()};
  if (place.height > up_to) return None();
  CAUSEWAY_ASSIGN_OR_RETURN(const BlockScene scene, SceneOf(ledger, rules, place.height));
  const execution::Concerns concerns =
      ConcernsOfRestricted(ledger.registry(), *scene.after, stored.type(), stored.record());
  if (!rules.MayRead(concerns, place.height)) return None();
  const store::ResultPlace result_place{place, stored.operation()};
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::OperationResult result, ResultAt(ledger.store(), result_place));
  HistoryRecord found{{}, place, ProvableOf(scene, result_place, result)};
  found.record.set_kind(kRestricted);
  found.record.set_id(std::string(id));
  found.record.set_type(std::move(*stored.mutable_type()));
  found.record.set_record(std::move(*stored.mutable_record()));
  return found;
}

// In the order in which things happened: due work before the transactions of its block.
auto Chronological(const store::ResultPlace& place) {
  return std::make_tuple(place.receipt.height, place.receipt.lane == store::Lane::kTransaction, place.receipt.index,
                         place.operation);
}

// The last event of a result that tells the order.
const v1::Event* LastOrderEvent(const v1::OperationResult& result, const std::string& order_id) {
  const v1::Event* last = nullptr;
  for (const v1::Event& event : result.events()) {
    if (event.dealing().has_order_changed() && event.dealing().order_changed().order().order_id() == order_id)
      last = &event;
  }
  return last;
}

absl::StatusOr<HistoryRecord> FindOrder(const node_ledger::NodeLedger& ledger, const ReadRules& rules, Height up_to,
                                        absl::string_view id) {
  const std::optional<OrderId> order = OrderId::FromHex(id);
  if (!order) return NoId("order (32 hexadecimal digits)", id);
  std::vector<store::ResultPlace> places;
  CAUSEWAY_RETURN_IF_ERROR(
      ledger.store().ScanSubject(order->bytes(), std::nullopt, [&](const store::ResultPlace& place) {
        if (place.receipt.height > up_to) return false;
        places.push_back(place);
        return true;
      }));
  std::sort(places.begin(), places.end(), [](const store::ResultPlace& a, const store::ResultPlace& b) {
    return Chronological(a) > Chronological(b);
  });
  if (places.size() > kPlacesMax) places.erase(places.begin() + kPlacesMax, places.end());
  for (const store::ResultPlace& place : places) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::OperationResult result, ResultAt(ledger.store(), place));
    const v1::Event* event = LastOrderEvent(result, order->ToString());
    if (event == nullptr) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(const BlockScene scene, SceneOf(ledger, rules, place.receipt.height));
    if (!rules.MayRead(scene.redaction->ConcernsOf(*event), place.receipt.height)) return None();
    HistoryRecord found{{}, place.receipt, ProvableOf(scene, place, result)};
    found.record.set_kind(kOrder);
    found.record.set_id(std::string(id));
    found.record.set_type(v1::Order::descriptor()->full_name());
    found.record.set_record(codec::SerializeCanonical(event->dealing().order_changed().order()));
    return found;
  }
  return None();
}

}  // namespace

bool IsHistoryKind(absl::string_view kind) {
  return kind == kTransaction || kind == kRestricted;
}

bool HasHistory(absl::string_view kind) {
  return kind == kOrder;
}

absl::StatusOr<HistoryRecord> FindHistoryRecord(const node_ledger::NodeLedger& ledger, const ReadRules& rules,
                                                Height up_to, absl::string_view kind, absl::string_view id) {
  if (kind == kTransaction) return FindTransaction(ledger, rules, up_to, id);
  if (kind == kRestricted) return FindRestricted(ledger, rules, up_to, id);
  if (kind == kOrder) return FindOrder(ledger, rules, up_to, id);
  return None();
}

}  // namespace causeway::api
