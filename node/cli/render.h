// SPDX-License-Identifier: Apache-2.0
// Transactions, receipts and reasons as people and programs read them.
#ifndef CAUSEWAY_NODE_CLI_RENDER_H_
#define CAUSEWAY_NODE_CLI_RENDER_H_

#include <string>

#include <google/protobuf/repeated_ptr_field.h>

#include "absl/status/statusor.h"

#include "causeway/v1/operation.pb.h"
#include "causeway/v1/query_service.pb.h"
#include "causeway/v1/receipt.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "causeway/v1/transaction.pb.h"
#include "ledger/base/instant.h"
#include "node/cli/session.h"

namespace causeway::cli {

// "CUTO": a reason of the catalogue by its number; the number as text where there is none.
std::string ReasonName(uint32_t code);

// The ledger's JSON, with the names of reasons beside their numbers.
Json ResultJson(const v1::OperationResult& result);
Json ReceiptJson(const v1::TransactionReceipt& receipt);
Json EventJson(const v1::WatchEventsResponse& event);
// {"kind", "id", "type", "record": {…}}.
Json RecordJson(const v1::StateRecord& record);

// Some lines each, ending in a newline.
std::string ResultText(const v1::OperationResult& result);
std::string ReceiptText(const v1::TransactionReceipt& receipt);
std::string OperationText(const v1::Operation& operation, int number);
// Who asks for what until when, and who has signed.
std::string EnvelopeText(const v1::Envelope& envelope, const v1::Body& body);
std::string RecordText(const v1::StateRecord& record);

// Some operation did not take effect.
bool AnyRefused(const google::protobuf::RepeatedPtrField<v1::OperationResult>& results);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_RENDER_H_
