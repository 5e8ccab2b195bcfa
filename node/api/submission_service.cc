// SPDX-License-Identifier: Apache-2.0
// SubmissionService over gRPC: asks who calls, and hands over to Submission.
#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "causeway/v1/submission_service.grpc.pb.h"
#include "ledger/state/view.h"
#include "node/api/services.h"
#include "node/api/submission.h"

namespace causeway::api {
namespace {

class SubmissionServiceImpl final : public v1::SubmissionService::Service {
 public:
  explicit SubmissionServiceImpl(Shared* shared)
      : shared_(shared),
        submission_({shared->parts.ledger, shared->parts.mempool, shared->parts.gossip, shared->parts.block_time_now,
                     &shared->gate, shared->finality.get()}) {}

  grpc::Status SubmitTransaction(grpc::ServerContext* context, const v1::SubmitTransactionRequest* request,
                                 v1::SubmitTransactionResponse* response) override {
    return Answer(*context, "SubmitTransaction", response,
                  [&](const Caller& caller) { return submission_.Submit(caller, request->envelope()); });
  }
  grpc::Status GetReceipt(grpc::ServerContext* context, const v1::GetReceiptRequest* request,
                          v1::GetReceiptResponse* response) override {
    return Answer(*context, "GetReceipt", response, [&](const Caller& caller) {
      return submission_.GetReceipt(caller, *request, [context] { return context->IsCancelled(); });
    });
  }
  grpc::Status DryRunTransaction(grpc::ServerContext* context, const v1::DryRunTransactionRequest* request,
                                 v1::DryRunTransactionResponse* response) override {
    return Answer(*context, "DryRunTransaction", response,
                  [&](const Caller& caller) { return submission_.DryRun(caller, request->envelope()); });
  }

 private:
  template <class Response, class Handle>
  grpc::Status Answer(const grpc::ServerContext& context, const char* method, Response* response, Handle&& handle) try {
    const absl::StatusOr<Caller> caller =
        shared_->gate.Enter(context, absl::StrCat("/causeway.v1.SubmissionService/", method), Listener::kClients);
    if (!caller.ok()) return ToGrpc(caller.status());
    absl::StatusOr<Response> answer = handle(*caller);
    if (!answer.ok()) return ToGrpc(answer.status());
    *response = *std::move(answer);
    return grpc::Status::OK;
  } catch (const state::HostFailure& failure) {
    return ToGrpc(failure.status());
  }

  Shared* const shared_;
  Submission submission_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSubmissionService(Shared* shared) {
  return std::make_unique<SubmissionServiceImpl>(shared);
}

}  // namespace causeway::api
