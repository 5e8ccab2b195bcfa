// SPDX-License-Identifier: Apache-2.0

#include "ledger/chain/transaction.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/sha256.h"
#include "ledger/merkle/history_tree.h"

namespace causeway::chain {
namespace {

Invalid TooLarge(const char* what, uint64_t value, uint64_t limit) {
  return Invalid{v1::LEDGER_REASON_TRANSACTION_TOO_LARGE, {what, absl::StrCat(value), absl::StrCat(limit)}};
}

Invalid Malformed(const char* field, const char* expected) {
  return Invalid{v1::LEDGER_REASON_MALFORMED, {field, expected}};
}

// The keys that the body lists, where they are ascending and unique.
std::optional<std::vector<KeyId>> ListedKeys(const v1::Body& body) {
  std::vector<KeyId> keys;
  keys.reserve(static_cast<size_t>(body.key_ids_size()));
  for (const std::string& bytes : body.key_ids()) {
    const std::optional<KeyId> key = KeyId::FromBytes(bytes);
    if (!key || (!keys.empty() && !(keys.back() < *key))) return std::nullopt;
    keys.push_back(*key);
  }
  return keys;
}

std::optional<Invalid> CheckOperations(const v1::Body& body, const v1::Limits& limits) {
  const auto count = static_cast<uint64_t>(body.operations_size());
  if (count == 0) return Malformed("operations", "at least one");
  if (count > limits.transaction_operations()) return TooLarge("operations", count, limits.transaction_operations());
  for (const v1::Operation& operation : body.operations()) {
    // The canonical profile lets an empty oneof pass; the ledger cannot.
    if (operation.kind_case() == v1::Operation::KIND_NOT_SET || OperationKind(operation).find('.') == std::string::npos)
      return Invalid{v1::LEDGER_REASON_UNKNOWN_OPERATION, {}};
  }
  if (body.operations(body.operations_size() - 1).linked()) return Invalid{v1::LEDGER_REASON_LINKED_TO_NOTHING, {}};
  return std::nullopt;
}

// The signatures, one a listed key in its order.
OrInvalid<std::vector<std::string>> MatchSignatures(const v1::Envelope& envelope, const std::vector<KeyId>& keys,
                                                    SignaturePresence presence) {
  if (presence == SignaturePresence::kOptional && envelope.signatures_size() == 0) return std::vector<std::string>{};
  if (static_cast<size_t>(envelope.signatures_size()) != keys.size())
    return Invalid{v1::LEDGER_REASON_SIGNATURES_NOT_EXACT,
                   {absl::StrCat(keys.size(), " keys listed, ", envelope.signatures_size(), " signatures")}};
  std::vector<std::string> signatures;
  for (size_t i = 0; i < keys.size(); ++i) {
    const v1::Signature& signature = envelope.signatures(static_cast<int>(i));
    if (signature.key_id() != keys[i].bytes() || signature.signature().empty())
      return Invalid{v1::LEDGER_REASON_SIGNATURES_NOT_EXACT,
                     {absl::StrCat("signature ", i, " is not key ", keys[i].ToHex(), "'s")}};
    signatures.push_back(signature.signature());
  }
  return signatures;
}

}  // namespace

std::string Transaction::SigningPreimage() const {
  return crypto::TransactionPreimage(RequiredHash(body.chain_id()), id);
}

OrInvalid<std::shared_ptr<const Transaction>> DecodeEnvelope(absl::string_view bytes, const Hash& chain_id,
                                                             const v1::Limits& limits, uint32_t protocol_version,
                                                             SignaturePresence presence) {
  if (bytes.size() > limits.transaction_bytes()) return TooLarge("bytes", bytes.size(), limits.transaction_bytes());
  const codec::CanonicalOptions options{.protocol_version = protocol_version};
  absl::StatusOr<v1::Envelope> envelope = codec::ParseCanonical<v1::Envelope>(bytes, options);
  if (!envelope.ok())
    return Invalid{v1::LEDGER_REASON_NOT_CANONICAL, {absl::StrCat("envelope: ", envelope.status().message())}};
  absl::StatusOr<v1::Body> body = codec::ParseCanonical<v1::Body>(envelope->body(), options);
  if (!body.ok()) return Invalid{v1::LEDGER_REASON_NOT_CANONICAL, {absl::StrCat("body: ", body.status().message())}};

  if (body->chain_id() != chain_id.bytes())
    return Invalid{v1::LEDGER_REASON_WRONG_CHAIN, {BytesToHex(body->chain_id()), chain_id.ToHex()}};
  if (!Lei::Parse(body->party()).ok()) return Malformed("party", "a LEI");
  const std::optional<ClientTransactionId> client_id = ClientTransactionId::FromBytes(body->id());
  if (!client_id) return Malformed("id", "16 bytes");
  if (body->valid_until_us() == 0) return Malformed("valid_until_us", "an instant");
  if (body->admission() == v1::ADMISSION_REQUIRED) return Invalid{v1::LEDGER_REASON_ADMISSION_UNSUPPORTED, {}};
  if (std::optional<Invalid> invalid = CheckOperations(*body, limits)) return *std::move(invalid);

  std::optional<std::vector<KeyId>> keys = ListedKeys(*body);
  if (!keys) return Invalid{v1::LEDGER_REASON_SIGNATURES_NOT_EXACT, {"key_ids are not ascending and unique"}};
  if (keys->empty()) return Malformed("key_ids", "at least one");
  OrInvalid<std::vector<std::string>> signatures = MatchSignatures(*envelope, *keys, presence);
  if (!signatures.ok()) return signatures.invalid();

  const Hash id = crypto::Sha256(envelope->body());
  const Instant valid_until = Instant::FromMicros(body->valid_until_us());
  return std::shared_ptr<const Transaction>(std::make_shared<Transaction>(
      Transaction{std::string(bytes), merkle::HistoryLeafHash(bytes), id, *std::move(body), *client_id, valid_until,
                  *std::move(keys), std::move(signatures).value()}));
}

std::string OperationKind(const v1::Operation& operation) {
  using google::protobuf::FieldDescriptor;
  using google::protobuf::Message;
  // The set member of a message's only oneof; null where none is set.
  const auto member = [](const Message& message) -> const FieldDescriptor* {
    const google::protobuf::Descriptor* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->real_oneof_decl_count(); ++i) {
      const FieldDescriptor* field =
          message.GetReflection()->GetOneofFieldDescriptor(message, descriptor->oneof_decl(i));
      if (field != nullptr) return field;
    }
    return nullptr;
  };
  const FieldDescriptor* contract = member(operation);
  if (contract == nullptr) return "";
  const FieldDescriptor* kind = member(operation.GetReflection()->GetMessage(operation, contract));
  return kind == nullptr ? contract->name() : absl::StrCat(contract->name(), ".", kind->name());
}

}  // namespace causeway::chain
