// SPDX-License-Identifier: Apache-2.0
// Submission: admission to the mempool, receipts, and dry runs.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "causeway/v1/submission_service.grpc.pb.h"
#include "ledger/base/status.h"
#include "ledger/chain/transaction.h"
#include "node/api/errors.h"
#include "node/api/redaction.h"
#include "node/api/services.h"

namespace causeway::api {
namespace {

constexpr uint32_t kWaitMsMax = 60'000;
constexpr absl::Duration kLookAgain = absl::Seconds(1);  // whether the caller is still there

Instant Later(Instant a, Instant b) {
  return a < b ? b : a;
}

class SubmissionServiceImpl final : public v1::SubmissionService::Service {
 public:
  explicit SubmissionServiceImpl(Shared* shared) : shared_(shared) {}

  grpc::Status SubmitTransaction(grpc::ServerContext* context, const v1::SubmitTransactionRequest* request,
                                 v1::SubmitTransactionResponse* response) override {
    return ToGrpc(Submit(*context, *request, *response));
  }
  grpc::Status GetReceipt(grpc::ServerContext* context, const v1::GetReceiptRequest* request,
                          v1::GetReceiptResponse* response) override {
    return ToGrpc(Receipt(*context, *request, *response));
  }
  grpc::Status DryRunTransaction(grpc::ServerContext* context, const v1::DryRunTransactionRequest* request,
                                 v1::DryRunTransactionResponse* response) override {
    return ToGrpc(DryRun(*context, *request, *response));
  }

 private:
  node_ledger::NodeLedger& ledger() const { return *shared_->parts.ledger; }
  Instant Now(const node_ledger::Head& head) const {
    return Later(Instant::FromMicros(head.header.time_us()), shared_->parts.block_time_now());
  }

  absl::Status Submit(const grpc::ServerContext& context, const v1::SubmitTransactionRequest& request,
                      v1::SubmitTransactionResponse& response) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Caller caller, shared_->gate.Enter(context, kSubmit, Listener::kClients));
    const std::shared_ptr<const node_ledger::Head> head = ledger().head();
    CAUSEWAY_ASSIGN_OR_RETURN(
        const execution::Admission admission,
        ledger().executor().Admit(*head->view, request.envelope(), Now(*head), &ledger().signatures()));
    if (admission.invalid) return RefusalOf(*admission.invalid);
    const Hash id = admission.transaction->id;
    response.set_transaction_id(id.ToString());
    if (admission.used) {
      response.set_state(v1::TRANSACTION_STATE_FINAL);
      CAUSEWAY_ASSIGN_OR_RETURN(*response.mutable_receipt(), ReadFor(caller, id));
      return absl::OkStatus();
    }
    CAUSEWAY_ASSIGN_OR_RETURN(const bool added, shared_->parts.mempool->Add(admission.transaction, {}));
    if (added) shared_->parts.gossip({request.envelope()});
    response.set_state(v1::TRANSACTION_STATE_PENDING);
    return absl::OkStatus();
  }

  absl::StatusOr<v1::TransactionReceipt> ReadFor(const Caller& caller, const Hash& id) const {
    const std::shared_ptr<const node_ledger::Head> head = ledger().head();
    const ReadRules rules(Reader{caller.party, caller.roles}, *head->view, ledger().chain());
    CAUSEWAY_ASSIGN_OR_RETURN(ReceiptView view, ReadReceipt(ledger(), rules, id));
    return std::move(view.receipt);
  }

  absl::Status Receipt(const grpc::ServerContext& context, const v1::GetReceiptRequest& request,
                       v1::GetReceiptResponse& response) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Caller caller, shared_->gate.Enter(context, kReceipt, Listener::kClients));
    const std::optional<Hash> id = Hash::FromBytes(request.transaction_id());
    if (!id)
      return WithDetails(absl::InvalidArgumentError("transaction_id: must be 32 bytes"),
                         {"", {}, {{"transaction_id", "must be 32 bytes"}}, std::nullopt});
    const absl::Time deadline = absl::Now() + absl::Milliseconds(std::min(request.wait_ms(), kWaitMsMax));
    std::optional<Finality::Place> place;
    for (;;) {
      const Height seen = shared_->finality.height();
      CAUSEWAY_RETURN_IF_ERROR(LookFor(caller, *id, response));
      if (response.state() == v1::TRANSACTION_STATE_FINAL || absl::Now() >= deadline) return absl::OkStatus();
      if (context.IsCancelled()) return absl::CancelledError("the caller has gone");
      if (shared_->finality.stopped()) return absl::UnavailableError("this node is stopping; ask another");
      if (!place) {
        CAUSEWAY_ASSIGN_OR_RETURN(Finality::Place taken, shared_->finality.Take(caller.party));
        place.emplace(std::move(taken));
      }
      shared_->finality.WaitAbove(seen, std::min(deadline, absl::Now() + kLookAgain));
    }
  }

  absl::Status LookFor(const Caller& caller, const Hash& id, v1::GetReceiptResponse& response) const {
    const bool waits = shared_->parts.mempool->Contains(id);
    // A transaction leaves the mempool after its block is readable, so it is in one of the two.
    absl::StatusOr<v1::TransactionReceipt> receipt = ReadFor(caller, id);
    if (receipt.ok()) {
      response.set_state(v1::TRANSACTION_STATE_FINAL);
      *response.mutable_receipt() = *std::move(receipt);
      return absl::OkStatus();
    }
    response.set_state(waits ? v1::TRANSACTION_STATE_PENDING : v1::TRANSACTION_STATE_UNKNOWN);
    return absl::IsNotFound(receipt.status()) ? absl::OkStatus() : receipt.status();
  }

  absl::Status DryRun(const grpc::ServerContext& context, const v1::DryRunTransactionRequest& request,
                      v1::DryRunTransactionResponse& response) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Caller caller, shared_->gate.Enter(context, kDryRun, Listener::kClients));
    const std::shared_ptr<const node_ledger::Head> head = ledger().head();
    const v1::Genesis& genesis = ledger().chain().genesis;
    const chain::OrInvalid<std::shared_ptr<const chain::Transaction>> transaction =
        chain::DecodeEnvelope(request.envelope(), ledger().chain().chain_id, genesis.limits(),
                              genesis.protocol_version(), chain::SignaturePresence::kOptional);
    if (!transaction.ok()) return RefusalOf(transaction.invalid());
    // What others hold must not be found out by asking what an operation of theirs would do.
    if ((*transaction)->party() != caller.party)
      return absl::PermissionDeniedError(
          absl::StrCat("a dry run is for transactions of one's own: this one is of ", (*transaction)->party()));
    Instant now = Now(*head);
    if (now <= Instant::FromMicros(head->header.time_us())) now = AddSaturating(now, Duration::Micros(1));
    CAUSEWAY_ASSIGN_OR_RETURN(const execution::DryRunResult result,
                              ledger().executor().DryRun(head->AsParent(), **transaction, now));
    if (result.invalid) return RefusalOf(*result.invalid);
    response.set_height(head->header.height());
    response.set_unsigned_((*transaction)->signatures.empty());
    for (const v1::OperationResult& one : result.results) *response.add_results() = one;
    return absl::OkStatus();
  }

  static constexpr char kSubmit[] = "/causeway.v1.SubmissionService/SubmitTransaction";
  static constexpr char kReceipt[] = "/causeway.v1.SubmissionService/GetReceipt";
  static constexpr char kDryRun[] = "/causeway.v1.SubmissionService/DryRunTransaction";

  Shared* const shared_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSubmissionService(Shared* shared) {
  return std::make_unique<SubmissionServiceImpl>(shared);
}

}  // namespace causeway::api
