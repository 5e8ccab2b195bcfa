// SPDX-License-Identifier: Apache-2.0
// A thin client of a network's public services: one party, its certificate, and the nodes in order of preference.
//
// Failures: what a node refuses comes back with its code, its reason and its fields in the message, and google.rpc's
// details as payloads; UNAVAILABLE and DEADLINE_EXCEEDED where no node answered. A call that a node cannot take now
// goes to the next one; sending the same signed bytes twice is safe, since they take effect once. Thread safety: calls
// from any thread; a watch holds its own stream.
#ifndef CAUSEWAY_NODE_CLIENT_CLIENT_H_
#define CAUSEWAY_NODE_CLIENT_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/node_service.pb.h"
#include "causeway/v1/query_service.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/transaction_builder.h"
#include "node/client/context.h"

namespace causeway::client {

struct ClientOptions {
  // Index of the node that is asked first; the others follow.
  uint32_t node = 0;
  // Ask no other.
  bool only_this_node = false;
  uint32_t call_ms = 15'000;
  // Opens the party's TLS key; empty: what the context's passphrase_file holds. Read by Make alone.
  absl::string_view passphrase = {};
};

class Client {
 public:
  // `party`: slug or LEI; empty: the context's default. Opens no connection yet. The TLS key is read as any key file
  // is: PERMISSION_DENIED where others can use it, UNAUTHENTICATED where the passphrase does not open it.
  static absl::StatusOr<std::unique_ptr<Client>> Make(const Context& context, absl::string_view party,
                                                      ClientOptions options = {});
  virtual ~Client() = default;

  // --- Submission ---
  virtual absl::StatusOr<v1::SubmitTransactionResponse> Submit(const std::string& envelope) = 0;
  virtual absl::StatusOr<v1::GetReceiptResponse> GetReceipt(const Hash& transaction_id, uint32_t wait_ms) = 0;
  // Submits, again and elsewhere where need be, until there is a receipt. Refused as EXPIRED only where a node has a
  // final block past valid_until and no receipt: until then a block with the transaction may become final.
  // DEADLINE_EXCEEDED after `patience_ms`: the transaction may still take effect.
  virtual absl::StatusOr<v1::TransactionReceipt> SubmitAndWait(const chain::SignedTransaction& transaction,
                                                               uint32_t patience_ms = 60'000) = 0;
  virtual absl::StatusOr<v1::DryRunTransactionResponse> DryRun(const std::string& envelope) = 0;

  // --- Reading ---
  virtual absl::StatusOr<v1::GetRecordResponse> Get(const v1::GetRecordRequest& request) = 0;
  virtual absl::StatusOr<v1::ListRecordsResponse> List(const v1::ListRecordsRequest& request) = 0;
  // All pages, of one height.
  virtual absl::StatusOr<v1::ListRecordsResponse> ListAll(v1::ListRecordsRequest request) = 0;
  // Of the newest block, or of one: its header and what certifies it, which any party may read.
  virtual absl::StatusOr<v1::GetBlockResponse> GetHeader(std::optional<Height> height) = 0;
  // Until `on_event` returns false (then OK) or the stream ends with an error. Where a node's stream breaks off, the
  // next node goes on right after the last answer: nothing is lost and nothing told twice. An error that another node
  // may not have is returned when all nodes in a row have had one.
  virtual absl::Status Watch(const v1::WatchEventsRequest& request,
                             const std::function<bool(const v1::WatchEventsResponse&)>& on_event) = 0;

  // --- The node ---
  virtual absl::StatusOr<v1::GetStatusResponse> Status() = 0;
  virtual absl::StatusOr<v1::Genesis> Genesis() = 0;

  virtual const ContextParty& party() const = 0;
};

// The reason that a node gave for its refusal ("WRONG_CHAIN", "RATE_LIMIT"; causeway/v1/error_details.proto); empty
// where it gave none.
std::string ReasonOf(const absl::Status& status);

// A node's devnet clock, over its operators' listener.
absl::StatusOr<Instant> SetClock(const ContextNode& node, const v1::SetClockRequest& request);
// A node's status over its operators' listener.
absl::StatusOr<v1::GetStatusResponse> OperatorStatus(const ContextNode& node, uint32_t call_ms = 5'000);

}  // namespace causeway::client

#endif  // CAUSEWAY_NODE_CLIENT_CLIENT_H_
