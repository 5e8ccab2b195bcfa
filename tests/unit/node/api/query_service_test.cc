// SPDX-License-Identifier: Apache-2.0
// QueryService on a real socket: nobody comes past the door, and who comes in is who reads.
#include "node/api/query_service.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"

#include "causeway/v1/query_service.grpc.pb.h"
#include "tests/unit/node/api/api_world.h"

namespace causeway::api {
namespace {

class QueryServiceTest : public testing::ApiWorld {
 protected:
  QueryServiceTest() {
    QueryServiceParts parts;
    parts.ledger = &ledger();
    parts.wait_for = [](uint64_t, absl::Duration) {};
    parts.is_stopping = [this] { return stopping_; };
    parts.authenticate = [this](const grpc::ServerContext&, const char* method) -> absl::StatusOr<Reader> {
      asked_.push_back(method);
      if (!caller_) return absl::PermissionDeniedError("not for you");
      return *caller_;
    };
    parts.begin_wait = [this](const Reader&) -> absl::StatusOr<std::shared_ptr<void>> {
      if (places_ == 0) return absl::ResourceExhaustedError("no place is left");
      --places_;
      return std::shared_ptr<void>(nullptr, [this](void*) { ++places_; });
    };
    parts.charge = [this](const Reader&, uint64_t calls) { charged_.push_back(calls); };
    service_ = MakeQueryService(std::move(parts));
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::QueryService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }
  ~QueryServiceTest() override { server_->Shutdown(); }

  // Every method of the service with a request that is right, by name.
  std::map<std::string, std::function<grpc::Status(grpc::ClientContext&)>> Calls() {
    std::map<std::string, std::function<grpc::Status(grpc::ClientContext&)>> calls;
    calls["GetRecord"] = [this](grpc::ClientContext& context) {
      v1::GetRecordRequest request;
      request.set_kind("party");
      request.set_id(kInvestor);
      return stub_->GetRecord(&context, request, &record_);
    };
    calls["ListRecords"] = [this](grpc::ClientContext& context) {
      v1::ListRecordsRequest request;
      request.set_kind("party");
      v1::ListRecordsResponse response;
      return stub_->ListRecords(&context, request, &response);
    };
    calls["GetBlock"] = [this](grpc::ClientContext& context) {
      v1::GetBlockRequest request;
      request.set_header_only(true);
      v1::GetBlockResponse response;
      return stub_->GetBlock(&context, request, &response);
    };
    calls["WatchEvents"] = [this](grpc::ClientContext& context) {
      v1::WatchEventsRequest request;
      request.set_from_height(1);
      const std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader = stub_->WatchEvents(&context, request);
      v1::WatchEventsResponse answer;
      while (reader->Read(&answer)) watched_.push_back(answer);
      return reader->Finish();
    };
    return calls;
  }

  std::optional<Reader> caller_;
  int places_ = 1;
  bool stopping_ = false;
  std::vector<std::string> asked_;
  std::vector<uint64_t> charged_;
  v1::GetRecordResponse record_;
  std::vector<v1::WatchEventsResponse> watched_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::QueryService::Stub> stub_;
};

TEST_F(QueryServiceTest, EveryMethodAsksWhoCallsAndTurnsAway) {
  const auto calls = Calls();
  const google::protobuf::ServiceDescriptor* service =
      v1::GetRecordRequest::descriptor()->file()->FindServiceByName("QueryService");
  ASSERT_EQ(static_cast<size_t>(service->method_count()), calls.size());
  for (int i = 0; i < service->method_count(); ++i) {
    const std::string& method = service->method(i)->name();
    asked_.clear();
    grpc::ClientContext context;
    EXPECT_EQ(calls.at(method)(context).error_code(), grpc::StatusCode::PERMISSION_DENIED) << method;
    EXPECT_EQ(asked_, std::vector<std::string>{method});
  }
  EXPECT_TRUE(watched_.empty());
}

TEST_F(QueryServiceTest, WhoComesInReads) {
  caller_ = Officer(kInvestor);
  stopping_ = true;
  for (const auto& [method, call] : Calls()) {
    grpc::ClientContext context;
    const grpc::Status status = call(context);
    if (method == "WatchEvents") {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    } else {
      EXPECT_TRUE(status.ok()) << method << ": " << status.error_message();
    }
  }
  EXPECT_EQ(record_.record().id(), kInvestor);
}

TEST_F(QueryServiceTest, AListIsChargedByTheRowsThatWereLookedThroughAndNotByThoseShown) {
  std::vector<v1::Operation> accounts;
  for (int i = 0; i < 250; ++i) accounts.push_back(OpenAccountOf(absl::StrCat("account ", i), kInvestor));
  Do(kInvestor, accounts);
  caller_ = Officer(kInvestorAbroad);
  v1::ListRecordsRequest request;
  request.set_kind("account");
  v1::ListRecordsResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->ListRecords(&context, request, &response).ok());
  EXPECT_EQ(response.records_size(), 1);
  EXPECT_EQ(charged_, std::vector<uint64_t>{2});
}

TEST_F(QueryServiceTest, AWatchTakesAPlaceAndGivesItBack) {
  caller_ = Officer(kInvestor);
  stopping_ = true;
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    EXPECT_EQ(Calls().at("WatchEvents")(context).error_code(), grpc::StatusCode::UNAVAILABLE);
  }
  places_ = 0;
  grpc::ClientContext context;
  EXPECT_EQ(Calls().at("WatchEvents")(context).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(QueryServiceTest, AWatchTellsWhatHappenedAndEndsWhenItsReaderLeaves) {
  caller_ = Officer(kInvestor);
  grpc::ClientContext context;
  v1::WatchEventsRequest request;
  request.set_from_height(1);
  const std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader = stub_->WatchEvents(&context, request);
  v1::WatchEventsResponse answer;
  ASSERT_TRUE(reader->Read(&answer));
  EXPECT_EQ(answer.height(), 1u);
  EXPECT_GT(answer.result().events_size(), 0);
  context.TryCancel();
  while (reader->Read(&answer)) continue;
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace causeway::api
