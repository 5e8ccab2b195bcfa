// SPDX-License-Identifier: Apache-2.0

#include "node/api/query_service.h"

#include <utility>

#include "grpcpp/grpcpp.h"

#include "causeway/v1/query_service.grpc.pb.h"

namespace causeway::api {
namespace {

// Looking through so many rows of a list counts as one call more.
constexpr uint64_t kRowsPerCall = 100;

class QueryService final : public v1::QueryService::Service {
 public:
  explicit QueryService(QueryServiceParts parts)
      : parts_(std::move(parts)), query_(*parts_.ledger, parts_.limits, parts_.log) {}

  grpc::Status GetRecord(grpc::ServerContext* context, const v1::GetRecordRequest* request,
                         v1::GetRecordResponse* response) override {
    return Answer(*context, "GetRecord", response,
                  [&](const Reader& reader) { return query_.GetRecord(reader, *request); });
  }

  grpc::Status ListRecords(grpc::ServerContext* context, const v1::ListRecordsRequest* request,
                           v1::ListRecordsResponse* response) override {
    return Answer(*context, "ListRecords", response, [&](const Reader& reader) {
      uint64_t rows = 0;
      absl::StatusOr<v1::ListRecordsResponse> answer = query_.ListRecords(reader, *request, &rows);
      // Only now is it known how much there was to look through.
      if (parts_.charge) parts_.charge(reader, rows / kRowsPerCall);
      return answer;
    });
  }

  grpc::Status GetBlock(grpc::ServerContext* context, const v1::GetBlockRequest* request,
                        v1::GetBlockResponse* response) override {
    return Answer(*context, "GetBlock", response,
                  [&](const Reader& reader) { return query_.GetBlock(reader, *request); });
  }

  grpc::Status WatchEvents(grpc::ServerContext* context, const v1::WatchEventsRequest* request,
                           grpc::ServerWriter<v1::WatchEventsResponse>* writer) override {
    WatchCalls calls;
    calls.reader = [&] { return parts_.authenticate(*context, "WatchEvents"); };
    calls.send = [&](const v1::WatchEventsResponse& answer) { return writer->Write(answer); };
    calls.is_cancelled = [&] { return context->IsCancelled(); };
    calls.wait_for = parts_.wait_for;
    calls.is_stopping = parts_.is_stopping;
    const absl::StatusOr<Reader> reader = calls.reader();
    if (!reader.ok()) return ToGrpc(reader.status());
    std::shared_ptr<void> place;
    if (parts_.begin_wait) {
      absl::StatusOr<std::shared_ptr<void>> begun = parts_.begin_wait(*reader);
      if (!begun.ok()) return ToGrpc(begun.status());
      place = *std::move(begun);
    }
    return ToGrpc(RunWatch(*parts_.ledger, *request, calls));
  }

 private:
  template <class Response, class Handle>
  grpc::Status Answer(const grpc::ServerContext& context, const char* method, Response* response, Handle&& handle) {
    const absl::StatusOr<Reader> reader = parts_.authenticate(context, method);
    if (!reader.ok()) return ToGrpc(reader.status());
    absl::StatusOr<Response> answer = handle(*reader);
    if (!answer.ok()) return ToGrpc(answer.status());
    *response = *std::move(answer);
    return grpc::Status::OK;
  }

  grpc::Status ToGrpc(const absl::Status& status) const {
    if (status.ok()) return grpc::Status::OK;
    if (parts_.to_grpc) return parts_.to_grpc(status);
    // The codes are the same in both.
    return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
  }

  const QueryServiceParts parts_;
  Query query_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeQueryService(QueryServiceParts parts) {
  return std::make_unique<QueryService>(std::move(parts));
}

}  // namespace causeway::api
