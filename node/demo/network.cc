// SPDX-License-Identifier: Apache-2.0
#include "node/demo/network.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "contracts/registry.h"
#include "ledger/base/status.h"
#include "ledger/execution/reason_catalogue.h"
#include "node/client/signing.h"

namespace causeway::demo {

Network::Network(client::Context context, const Hash& chain_id, Instant now)
    : context_(std::move(context)), chain_id_(chain_id), now_(now) {}

absl::StatusOr<std::unique_ptr<Network>> Network::Open(const std::string& context_file, const Hash& chain_id,
                                                       Instant now) {
  CAUSEWAY_ASSIGN_OR_RETURN(client::Context context, client::ReadContext(context_file));
  return std::unique_ptr<Network>(new Network(std::move(context), chain_id, now));
}

absl::StatusOr<client::Client*> Network::ClientOf(const std::string& party) {
  std::unique_ptr<client::Client>& found = clients_[party];
  if (!found) {
    client::ClientOptions options;
    // Institutions have their nodes; here they are spread over all of them.
    options.node = static_cast<uint32_t>((clients_.size() - 1) % context_.nodes.size());
    CAUSEWAY_ASSIGN_OR_RETURN(found, client::Client::Make(context_, party, options));
  }
  return found.get();
}

absl::StatusOr<v1::TransactionReceipt> Network::Run(const std::string& party, const std::vector<std::string>& officers,
                                                    const std::vector<v1::Operation>& operations) {
  CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const client, ClientOf(party));
  client::SigningOptions signing{officers, client::FreshTransactionId(), AddSaturating(now_, Duration::Minutes(30))};
  CAUSEWAY_ASSIGN_OR_RETURN(const chain::SignedTransaction transaction,
                            client::SignOperations(chain_id_, client->party(), operations, signing));
  CAUSEWAY_ASSIGN_OR_RETURN(v1::TransactionReceipt receipt, client->SubmitAndWait(transaction));
  operations_ += operations.size();
  return receipt;
}

absl::Status Network::MustApply(const std::string& party, const std::vector<std::string>& officers,
                                const std::vector<v1::Operation>& operations) {
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::TransactionReceipt receipt, Run(party, officers, operations));
  for (const v1::OperationResult& result : receipt.results()) {
    if (result.status() == v1::OPERATION_STATUS_APPLIED) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(party, ": operation ", result.index(), " was not applied: ", DescribeReasons(result)));
  }
  return absl::OkStatus();
}

absl::Status Network::AdvanceTo(Instant instant) {
  v1::SetClockRequest request;
  request.set_paused(true);
  request.set_advance_to_us(instant.micros());
  for (size_t i = 0; i < context_.nodes.size(); ++i) {
    if (down_.contains(i)) continue;
    CAUSEWAY_RETURN_IF_ERROR(client::SetClock(context_.nodes[i], request).status());
  }
  now_ = instant;
  return absl::OkStatus();
}

void Network::SetDown(size_t node, bool down) {
  if (down) {
    down_.insert(node);
  } else {
    down_.erase(node);
  }
}

std::string DescribeReasons(const v1::OperationResult& result) {
  static const execution::ReasonCatalogue* const kCatalogue = new execution::ReasonCatalogue(*MakeRegistry());
  std::vector<std::string> reasons;
  for (const v1::Reason& reason : result.reasons()) {
    reasons.push_back(absl::StrCat(kCatalogue->NameOf(reason.code()), " {",
                                   absl::StrJoin(reason.parameters().begin(), reason.parameters().end(), ", "), "}"));
  }
  return absl::StrJoin(reasons, ", ");
}

}  // namespace causeway::demo
