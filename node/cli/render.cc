// SPDX-License-Identifier: Apache-2.0
#include "node/cli/render.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "contracts/registry.h"
#include "ledger/base/bytes.h"
#include "ledger/chain/transaction.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/sha256.h"
#include "ledger/execution/reason_catalogue.h"
#include "node/cli/table.h"

namespace causeway::cli {
namespace {

const execution::ReasonCatalogue& Catalogue() {
  static const execution::ReasonCatalogue catalogue(*MakeRegistry());
  return catalogue;
}

// {"dealing": {"order_accepted": {…}}} → "dealing.order_accepted" and what is inside.
std::pair<std::string, Json> KindAndContent(const Json& json) {
  for (const auto& [contract, inner] : json.items()) {
    if (!inner.is_object()) continue;  // `linked`
    for (const auto& [kind, content] : inner.items()) return {absl::StrCat(contract, ".", kind), content};
    return {contract, Json::object()};
  }
  return {"nothing", Json::object()};
}

std::string ReasonText(const v1::Reason& reason) {
  std::string text = absl::StrCat(ReasonName(reason.code()), " (", reason.code(), ")");
  if (reason.parameters_size() > 0) absl::StrAppend(&text, ": ", absl::StrJoin(reason.parameters(), ", "));
  return text;
}

std::string StatusName(v1::OperationStatus status) {
  return codec::ShortEnumName(*v1::OperationStatus_descriptor(), status);
}

// The record as a message of its type; nothing for a type that this program does not know.
std::unique_ptr<google::protobuf::Message> DecodeRecord(const v1::StateRecord& record) {
  const google::protobuf::Descriptor* const type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(record.type());
  if (type == nullptr) return nullptr;
  std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!codec::ParseCanonicalInto(record.record(), message.get()).ok()) return nullptr;
  return message;
}

}  // namespace

std::string ReasonName(uint32_t code) {
  return Catalogue().NameOf(code);
}

Json ResultJson(const v1::OperationResult& result) {
  Json json = ToJson(result);
  if (!json.contains("index")) json["index"] = 0;
  if (!json.contains("reasons")) return json;
  Json named = Json::array();
  for (const v1::Reason& reason : result.reasons()) {
    Json entry = {{"code", reason.code()}, {"reason", ReasonName(reason.code())}};
    const auto found = Catalogue().entries().find(reason.code());
    if (found != Catalogue().entries().end()) entry["contract"] = found->second.contract;
    entry["parameters"] = Json::array();
    for (const std::string& parameter : reason.parameters()) entry["parameters"].push_back(parameter);
    named.push_back(std::move(entry));
  }
  json["reasons"] = std::move(named);
  return json;
}

Json ReceiptJson(const v1::TransactionReceipt& receipt) {
  Json json = {{"transaction_id", BytesToHex(receipt.receipt().transaction_id())},
               {"height", receipt.receipt().height()},
               {"index", receipt.receipt().index()},
               {"block_time", FormatInstant(Instant::FromMicros(receipt.block_time_us()))},
               {"operations_root", BytesToHex(receipt.receipt().operations_root())},
               {"redacted", receipt.redacted()},
               {"results", Json::array()}};
  for (const v1::OperationResult& result : receipt.results()) json["results"].push_back(ResultJson(result));
  return json;
}

Json EventJson(const v1::WatchEventsResponse& event) {
  Json json = {{"height", event.height()}, {"resume_token", BytesToHex(event.resume_token())}};
  if (!event.has_result()) return json;
  json["block_time"] = FormatInstant(Instant::FromMicros(event.block_time_us()));
  json["transaction_id"] = BytesToHex(event.transaction_id());
  json["due_work"] = event.due_work();
  json["result"] = ResultJson(event.result());
  return json;
}

Json RecordJson(const v1::StateRecord& record) {
  Json json = {{"kind", record.kind()}, {"id", record.id()}, {"type", record.type()}};
  const std::unique_ptr<google::protobuf::Message> message = DecodeRecord(record);
  if (message != nullptr) {
    json["record"] = ToJson(*message);
  } else {
    json["undecoded"] = BytesToBase64(record.record());
  }
  return json;
}

std::string ResultText(const v1::OperationResult& result) {
  std::string text = absl::StrCat("  ", result.index(), "  ", StatusName(result.status()), "\n");
  for (const v1::Reason& reason : result.reasons()) absl::StrAppend(&text, "       because ", ReasonText(reason), "\n");
  for (const v1::Event& event : result.events()) {
    const auto [kind, content] = KindAndContent(ToJson(event));
    absl::StrAppend(&text, "       ", kind, "\n", FormatFields(content, 9));
  }
  return text;
}

std::string ReceiptText(const v1::TransactionReceipt& receipt) {
  std::string text = absl::StrCat("transaction ", BytesToHex(receipt.receipt().transaction_id()), "\nfinal in block ",
                                  receipt.receipt().height(), " at ",
                                  FormatInstant(Instant::FromMicros(receipt.block_time_us())), "\n");
  for (const v1::OperationResult& result : receipt.results()) text += ResultText(result);
  if (receipt.redacted()) text += "Some of it concerns others and is left out.\n";
  return text;
}

std::string OperationText(const v1::Operation& operation, int number) {
  const auto [kind, content] = KindAndContent(ToJson(operation));
  return absl::StrCat("  ", number, "  ", kind, operation.linked() ? "  (stands or falls with the next)" : "", "\n",
                      FormatFields(content, 5));
}

std::string EnvelopeText(const v1::Envelope& envelope, const v1::Body& body) {
  std::set<std::string> signed_by;
  for (const v1::Signature& signature : envelope.signatures()) signed_by.insert(signature.key_id());
  std::string text = FormatFields(Json{{"transaction", crypto::Sha256(envelope.body()).ToHex()},
                                       {"chain", BytesToHex(body.chain_id())},
                                       {"party", body.party()},
                                       {"id", BytesToHex(body.id())},
                                       {"valid until", FormatInstant(Instant::FromMicros(body.valid_until_us()))},
                                       {"bytes", envelope.body().size()}});
  text += "keys\n";
  for (const std::string& key : body.key_ids())
    absl::StrAppend(&text, "  ", BytesToHex(key),
                    signed_by.count(key) > 0 ? "  signature present" : "  signature missing", "\n");
  absl::StrAppend(&text, "operations\n");
  for (int i = 0; i < body.operations_size(); ++i) text += OperationText(body.operations(i), i);
  return text;
}

std::string RecordText(const v1::StateRecord& record) {
  return absl::StrCat(record.kind(), " ", record.id(), "\n",
                      FormatFields(RecordJson(record).value("record", Json::object()), 2));
}

bool AnyRefused(const google::protobuf::RepeatedPtrField<v1::OperationResult>& results) {
  return std::any_of(results.begin(), results.end(), [](const v1::OperationResult& result) {
    return result.status() != v1::OPERATION_STATUS_APPLIED && result.status() != v1::OPERATION_STATUS_HELD_FOR_REVIEW;
  });
}

}  // namespace causeway::cli
