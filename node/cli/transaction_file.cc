// SPDX-License-Identifier: Apache-2.0
#include "node/cli/transaction_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/chain/transaction.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/sha256.h"
#include "node/cli/session.h"

namespace causeway::cli {
namespace {

absl::StatusOr<TransactionFile> FromEnvelope(v1::Envelope envelope) {
  TransactionFile file;
  file.is_envelope = true;
  absl::StatusOr<v1::Body> body = codec::ParseCanonical<v1::Body>(envelope.body());
  if (!body.ok()) return Annotate(body.status(), "body");
  file.body = *std::move(body);
  file.envelope = std::move(envelope);
  return file;
}

// An object that has a body, and no operations of its own.
bool LooksLikeEnvelope(const Json& json) {
  return json.is_object() && json.contains("body");
}

}  // namespace

absl::StatusOr<TransactionFile> ParseTransactionFile(absl::string_view content) {
  const absl::string_view text = absl::StripAsciiWhitespace(content);
  if (text.empty()) return absl::InvalidArgumentError("it is empty");
  const Json json = Json::parse(content.begin(), content.end(), nullptr, false);
  if (json.is_discarded() && text.front() != '{' && text.front() != '[') {
    absl::StatusOr<v1::Envelope> envelope = codec::ParseCanonical<v1::Envelope>(content);
    if (!envelope.ok()) return absl::InvalidArgumentError("it is neither JSON of operations nor a signed transaction");
    return FromEnvelope(*std::move(envelope));
  }
  if (LooksLikeEnvelope(json)) {
    v1::Envelope envelope;
    CAUSEWAY_RETURN_IF_ERROR(codec::JsonToMessage(content, &envelope));
    return FromEnvelope(std::move(envelope));
  }
  TransactionFile file;
  // What is no JSON is told with its own lines and columns, so before anything is put around it.
  CAUSEWAY_RETURN_IF_ERROR(text.front() == '[' && !json.is_discarded()
                               ? codec::JsonToMessage(absl::StrCat("{\"operations\":", content, "}"), &file.body)
                               : codec::JsonToMessage(content, &file.body));
  if (file.body.operations().empty())
    return absl::InvalidArgumentError("operations: there are none; a transaction has 1 to 8,192");
  for (int i = 0; i < file.body.operations_size(); ++i) {
    const absl::Status canonical = codec::TrySerializeCanonical(file.body.operations(i)).status();
    if (!canonical.ok()) return Annotate(canonical, absl::StrCat("operations[", i, "]"));
    if (!absl::StrContains(chain::OperationKind(file.body.operations(i)), '.'))
      return absl::InvalidArgumentError(
          absl::StrCat("operations[", i, "]: names no operation, as {\"cash\": {\"issue\": {…}}} does"));
  }
  return file;
}

std::string FormatEnvelope(absl::string_view envelope) {
  v1::Envelope message;
  // What was built as an envelope reads as one.
  if (!codec::ParseCanonicalInto(envelope, &message).ok()) return "";
  return codec::MessageToJson(message, {.indented = true}).value_or("") + "\n";
}

chain::SignedTransaction ToSigned(const v1::Envelope& envelope) {
  return {codec::SerializeCanonical(envelope), crypto::Sha256(envelope.body())};
}

}  // namespace causeway::cli
