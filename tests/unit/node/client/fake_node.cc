// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/node/client/fake_node.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "causeway/v1/error_details.pb.h"
#include "causeway/v1/node_service.grpc.pb.h"
#include "causeway/v1/query_service.grpc.pb.h"
#include "causeway/v1/submission_service.grpc.pb.h"
#include "ledger/base/check.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/x509.h"

namespace causeway::testing {
namespace {

constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";

crypto::PrivateKey NewKey() {
  return crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256).value();
}

crypto::CertificateSubject Named(const std::string& name) {
  crypto::CertificateSubject subject;
  subject.common_name = name;
  subject.not_before_s = absl::ToUnixSeconds(absl::Now()) - 3'600;
  subject.not_after_s = subject.not_before_s + 86'400;
  return subject;
}

std::string Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  v1::RpcStatus details;
  details.set_code(static_cast<uint32_t>(status.code()));
  details.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    v1::RpcDetail* detail = details.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()), details.SerializeAsString()};
}

}  // namespace

FakeNetwork::FakeNetwork()
    : authority_key_(NewKey()), authority_(crypto::MakeCaCertificate(authority_key_, Named("authority")).value()) {
  const crypto::PrivateKey key = NewKey();
  context_.ca = Write(files_.Path("ca.pem"), authority_);
  context_.default_party = "caller";
  client::ContextParty party;
  party.slug = "caller";
  party.certificate =
      Write(files_.Path("caller.pem"),
            crypto::MakeLeafCertificate(authority_key_, authority_, key.public_key(), Named("caller")).value());
  party.private_key = files_.Path("caller.key");
  CAUSEWAY_CHECK(crypto::WritePlaintextKeyFile(party.private_key, key).ok());
  context_.parties = {party};
}

void FakeNetwork::AddDeadNode() {
  // Port 1 is privileged and nobody's.
  AddNode("127.0.0.1:1");
}

void FakeNetwork::AddNode(const std::string& address) {
  context_.nodes.push_back({absl::StrCat("node-", context_.nodes.size() + 1), address, ""});
}

class FakeNode::Services {
 public:
  Services(FakeNetwork& network, Script script)
      : script_(std::move(script)), submission_(script_), query_(script_), node_(script_) {
    const crypto::PrivateKey key = NewKey();
    crypto::CertificateSubject subject = Named("a node");
    subject.dns_names = {"causeway-node"};
    grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = network.authority();
    tls.pem_key_cert_pairs.push_back(
        {crypto::PrivateKeyToPem(key).value(),
         crypto::MakeLeafCertificate(network.authority_key(), network.authority(), key.public_key(), subject).value()});
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
    builder.RegisterService(&submission_);
    builder.RegisterService(&query_);
    builder.RegisterService(&node_);
    server_ = builder.BuildAndStart();
    CAUSEWAY_CHECK(server_ != nullptr && port != 0);
    network.AddNode(absl::StrCat("127.0.0.1:", port));
  }
  ~Services() { server_->Shutdown(std::chrono::system_clock::now()); }

 private:
  class Submission final : public v1::SubmissionService::Service {
   public:
    explicit Submission(const Script& script) : script_(script) {}
    grpc::Status SubmitTransaction(grpc::ServerContext*, const v1::SubmitTransactionRequest* request,
                                   v1::SubmitTransactionResponse* response) override {
      if (!script_.submit) return ToGrpc(absl::UnimplementedError("submit"));
      return ToGrpc(script_.submit(request->envelope(), response));
    }
    grpc::Status GetReceipt(grpc::ServerContext*, const v1::GetReceiptRequest* request,
                            v1::GetReceiptResponse* response) override {
      if (!script_.receipt) return ToGrpc(absl::UnimplementedError("receipt"));
      return ToGrpc(script_.receipt(*request, response));
    }

   private:
    const Script& script_;
  };
  class Query final : public v1::QueryService::Service {
   public:
    explicit Query(const Script& script) : script_(script) {}
    grpc::Status WatchEvents(grpc::ServerContext*, const v1::WatchEventsRequest* request,
                             grpc::ServerWriter<v1::WatchEventsResponse>* writer) override {
      if (!script_.watch) return ToGrpc(absl::UnimplementedError("watch"));
      return ToGrpc(
          script_.watch(*request, [&](const v1::WatchEventsResponse& response) { return writer->Write(response); }));
    }

   private:
    const Script& script_;
  };

  class Node final : public v1::NodeService::Service {
   public:
    explicit Node(const Script& script) : script_(script) {}
    grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                           v1::GetStatusResponse* response) override {
      return ToGrpc(script_.status ? script_.status(response) : absl::UnimplementedError("status"));
    }

   private:
    const Script& script_;
  };

  const Script script_;
  Submission submission_;
  Query query_;
  Node node_;
  std::unique_ptr<grpc::Server> server_;
};

FakeNode::FakeNode(FakeNetwork& network, Script script)
    : services_(std::make_unique<Services>(network, std::move(script))) {}
FakeNode::~FakeNode() = default;

absl::Status Refusal(absl::StatusCode code, const std::string& reason, const std::string& field) {
  absl::Status status(code, "refused");
  v1::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("causeway");
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  v1::BadRequest request;
  v1::FieldViolation* violation = request.add_field_violations();
  violation->set_field(field);
  violation->set_description("is not right");
  status.SetPayload(kBadRequestUrl, absl::Cord(request.SerializeAsString()));
  return status;
}

}  // namespace causeway::testing
