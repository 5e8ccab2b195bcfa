// SPDX-License-Identifier: Apache-2.0
#include "node/api/api_server.h"

#include <sys/stat.h>

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "ledger/base/status.h"
#include "node/api/call_counter.h"
#include "node/api/errors.h"
#include "node/api/operators_address.h"
#include "node/api/query_service.h"
#include "node/api/services.h"
#include "node/network/connection_gate.h"
#include "node/network/live_tls.h"

namespace causeway::api {

Shared::Shared(const ApiOptions& api_options, ApiParts api_parts)
    : options(api_options),
      parts(std::move(api_parts)),
      gate(*parts.ledger, {options.limits.calls_per_second, options.limits.calls_burst}, parts.block_time_now,
           parts.log),
      finality(std::make_shared<Finality>(options.limits.waiting_max, options.limits.waiting_party_max)) {}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), MessageOf(status), RpcStatusOf(status));
}

namespace {

constexpr int kMinPingIntervalMs = 5'000;

// A peer that sends pings faster than this, or more streams than it may, is disconnected by the transport.
void SetCommonOptions(const ApiLimits& limits, const char* quota_name, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits.message_bytes_max));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(limits.metadata_bytes_max));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int>(limits.streams_max));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota(quota_name);
  quota.SetMaxThreads(static_cast<int>(limits.threads_max));
  quota.Resize(limits.memory_bytes_max);
  builder.SetResourceQuota(quota);
}

QueryServiceParts QueryPartsOf(Shared* shared) {
  QueryServiceParts parts;
  parts.ledger = shared->parts.ledger;
  parts.limits.proofs.trees_max = shared->options.limits.proof_trees_max;
  parts.wait_for = [shared](uint64_t height, absl::Duration timeout) {
    if (height > 0) shared->finality->WaitAbove(Height(height - 1), absl::Now() + timeout);
  };
  parts.is_stopping = [shared] { return shared->finality->stopped(); };
  parts.authenticate = [shared](const grpc::ServerContext& context, const char* method) -> absl::StatusOr<Reader> {
    CAUSEWAY_ASSIGN_OR_RETURN(
        Caller caller,
        shared->gate.Enter(context, absl::StrCat("/causeway.v1.QueryService/", method), Listener::kClients));
    return Reader{std::move(caller.party), std::move(caller.roles)};
  };
  parts.begin_wait = [shared](const Reader& reader) -> absl::StatusOr<std::shared_ptr<void>> {
    CAUSEWAY_ASSIGN_OR_RETURN(Finality::Place place, shared->finality->Take(reader.party));
    return std::shared_ptr<void>(std::make_shared<Finality::Place>(std::move(place)));
  };
  parts.charge = [shared](const Reader& reader, uint64_t calls) { shared->gate.Owe(reader.party, calls); };
  parts.to_grpc = ToGrpc;
  parts.log = shared->parts.log;
  return parts;
}

class RunningServer final : public ApiServer {
 public:
  RunningServer(const ApiOptions& options, ApiParts parts)
      : shared_(options, std::move(parts)),
        submission_(MakeSubmissionService(&shared_)),
        query_(MakeQueryService(QueryPartsOf(&shared_))),
        node_(MakeNodeService(&shared_, Listener::kClients)),
        operators_node_(MakeNodeService(&shared_, Listener::kOperators)) {}
  ~RunningServer() override { RunningServer::Stop(); }

  absl::Status Listen() {
    const ApiOptions& options = shared_.options;
    if (!options.operators_listen.empty()) CAUSEWAY_RETURN_IF_ERROR(CheckOperatorsAddress(options.operators_listen));
    grpc::EnableDefaultHealthCheckService(true);
    CAUSEWAY_RETURN_IF_ERROR(ListenForClients());
    if (!options.operators_listen.empty()) CAUSEWAY_RETURN_IF_ERROR(ListenForOperators());
    shared_.parts.ledger->AddFinalListener(
        [finality = shared_.finality](const execution::ExecutedBlock& block) { finality->Advance(block.height()); });
    shared_.finality->Advance(Height(shared_.parts.ledger->head()->header.height()));
    RunningServer::SetServing(false);
    return absl::OkStatus();
  }

  int clients_port() const override { return clients_port_; }
  int operators_port() const override { return operators_port_; }

  absl::Status RenewTls(const ServerTls& tls) override { return tls_->Renew(IdentityOf(tls)); }

  void SetServing(bool serving) override {
    for (const std::unique_ptr<grpc::Server>* server : {&clients_, &operators_}) {
      if (*server) (*server)->GetHealthCheckService()->SetServingStatus(serving);
    }
  }

  void Stop() override {
    if (gate_) gate_->Stop();
    shared_.finality->Stop();
    const auto deadline = std::chrono::system_clock::now() + std::chrono::milliseconds(1'000);
    for (std::unique_ptr<grpc::Server>* server : {&clients_, &operators_}) {
      if (*server) (*server)->Shutdown(deadline);
    }
  }

 private:
  static network::TlsIdentity IdentityOf(const ServerTls& tls) {
    return {tls.client_ca, tls.certificate, tls.private_key};
  }

  absl::Status ListenForClients() {
    const ApiOptions& options = shared_.options;
    CAUSEWAY_ASSIGN_OR_RETURN(tls_, network::LiveTls::Make(IdentityOf(options.tls)));
    CAUSEWAY_ASSIGN_OR_RETURN(
        gate_, network::ConnectionGate::Listen(
                   options.clients_listen, {options.limits.connections_max, options.limits.connections_address_max}));
    clients_port_ = gate_->port();
    grpc::ServerBuilder builder;
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, tls_->Server());
    SetCommonOptions(options.limits, "clients", builder);
    if (shared_.parts.on_handled) CountCalls(builder, shared_.parts.on_handled);
    for (grpc::Service* service : {submission_.get(), query_.get(), node_.get()}) builder.RegisterService(service);
    clients_ = builder.BuildAndStart();
    if (!clients_)
      return absl::UnavailableError(
          absl::StrCat("cannot serve clients on ", options.clients_listen, ": the certificate and key do not fit"));
    gate_->Start(network::HandOverTo(acceptor_.get()), shared_.parts.log);
    return absl::OkStatus();
  }

  absl::Status ListenForOperators() {
    const ApiOptions& options = shared_.options;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.operators_listen, grpc::InsecureServerCredentials(), &operators_port_);
    SetCommonOptions(options.limits, "operators", builder);
    if (shared_.parts.on_handled) CountCalls(builder, shared_.parts.on_handled);
    builder.RegisterService(operators_node_.get());
    operators_ = builder.BuildAndStart();
    if (!operators_ || (operators_port_ == 0 && !absl::StartsWith(options.operators_listen, "unix:")))
      return absl::UnavailableError(
          absl::StrCat("cannot listen for operators on ", options.operators_listen, ": it is in use"));
    if (!absl::StartsWith(options.operators_listen, "unix:")) return absl::OkStatus();
    operators_port_ = 0;
    // Whoever runs the node, and nobody else on the machine.
    const std::string path(absl::StripPrefix(options.operators_listen, "unix:"));
    if (chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
      return absl::UnavailableError(absl::StrCat("cannot keep ", path, " for its owner: ", std::strerror(errno)));
    return absl::OkStatus();
  }

  Shared shared_;
  std::unique_ptr<grpc::Service> submission_;
  std::unique_ptr<grpc::Service> query_;
  std::unique_ptr<grpc::Service> node_;
  std::unique_ptr<grpc::Service> operators_node_;
  int clients_port_ = 0;
  int operators_port_ = 0;
  std::shared_ptr<network::LiveTls> tls_;
  // Before the services that they serve go.
  std::unique_ptr<grpc::Server> clients_;
  std::unique_ptr<grpc::Server> operators_;
  // Hands over to the server, so it goes before it.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<network::ConnectionGate> gate_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(const ApiOptions& options, ApiParts parts) {
  auto server = std::make_unique<RunningServer>(options, std::move(parts));
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  return server;
}

}  // namespace causeway::api
