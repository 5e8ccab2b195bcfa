// SPDX-License-Identifier: Apache-2.0
#include "node/client/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "causeway/v1/error_details.pb.h"
#include "causeway/v1/node_service.grpc.pb.h"
#include "causeway/v1/query_service.grpc.pb.h"
#include "causeway/v1/submission_service.grpc.pb.h"
#include "causeway/v1/transaction.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/secret.h"

namespace causeway::client {
namespace {

constexpr int kMessageBytesMax = 64 << 20;  // what a node sends; what it takes is its own limit
constexpr uint32_t kReceiptWaitMs = 10'000;
constexpr std::chrono::milliseconds kRetryPause{100};
constexpr std::chrono::milliseconds kExpiredPause{500};
constexpr char kExpired[] = "EXPIRED";
// The name that all nodes' certificates have for their clients.
constexpr char kNodeName[] = "causeway-node";
constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";

using SteadyClock = std::chrono::steady_clock;

absl::Status FromGrpc(const grpc::Status& status, const std::string& node) {
  if (status.ok()) return absl::OkStatus();
  // Nothing here cancels a call and then asks how it ended.
  if (status.error_code() == grpc::StatusCode::CANCELLED)
    return absl::UnavailableError(absl::StrCat(node, ": the node ended the call; it may be stopping"));
  v1::RpcStatus details;
  if (!details.ParseFromString(status.error_details())) details.Clear();
  std::string message = absl::StrCat(node, ": ", status.error_message());
  for (const v1::RpcDetail& detail : details.details()) {
    v1::BadRequest request;
    if (detail.type_url() != kBadRequestUrl || !request.ParseFromString(detail.value())) continue;
    for (const v1::FieldViolation& violation : request.field_violations()) {
      if (!absl::StrContains(message, violation.description()))
        absl::StrAppend(&message, "; ", violation.field(), ": ", violation.description());
    }
  }
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), message);
  for (const v1::RpcDetail& detail : details.details())
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  return result;
}

// Whether another node, or the same one later, may answer otherwise.
bool AnotherMayAnswer(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status);
}

absl::StatusOr<uint64_t> ValidUntil(const chain::SignedTransaction& transaction) {
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Envelope envelope, codec::ParseCanonical<v1::Envelope>(transaction.envelope));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Body body, codec::ParseCanonical<v1::Body>(envelope.body()));
  return body.valid_until_us();
}

std::chrono::system_clock::time_point After(uint32_t milliseconds) {
  return std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds);
}

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // A machine that vanishes says nothing; a watch would wait for it for ever. Nodes take a ping every five seconds.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return arguments;
}

struct NodeStubs {
  std::string name;
  std::unique_ptr<v1::SubmissionService::Stub> submission;
  std::unique_ptr<v1::QueryService::Stub> query;
  std::unique_ptr<v1::NodeService::Stub> node;
};

class GrpcClient final : public Client {
 public:
  GrpcClient(const Context& context, ContextParty party, ClientOptions options, const grpc::SslCredentialsOptions& tls)
      : party_(std::move(party)), options_(options) {
    const size_t count = options.only_this_node ? 1 : context.nodes.size();
    for (size_t i = 0; i < count; ++i) {
      const ContextNode& node = context.nodes[(options.node + i) % context.nodes.size()];
      grpc::ChannelArguments arguments = Arguments();
      arguments.SetSslTargetNameOverride(kNodeName);
      const std::shared_ptr<grpc::Channel> channel =
          grpc::CreateCustomChannel(node.clients, grpc::SslCredentials(tls), arguments);
      nodes_.push_back({absl::StrCat(node.name, " (", node.clients, ")"), v1::SubmissionService::NewStub(channel),
                        v1::QueryService::NewStub(channel), v1::NodeService::NewStub(channel)});
    }
  }

  absl::StatusOr<v1::SubmitTransactionResponse> Submit(const std::string& envelope) override {
    v1::SubmitTransactionRequest request;
    request.set_envelope(envelope);
    return Call<v1::SubmitTransactionResponse>(
        options_.call_ms, [&](NodeStubs& node, grpc::ClientContext& context, v1::SubmitTransactionResponse& response) {
          return node.submission->SubmitTransaction(&context, request, &response);
        });
  }

  absl::StatusOr<v1::GetReceiptResponse> GetReceipt(const Hash& transaction_id, uint32_t wait_ms) override {
    v1::GetReceiptRequest request;
    request.set_transaction_id(transaction_id.ToString());
    request.set_wait_ms(wait_ms);
    return Call<v1::GetReceiptResponse>(options_.call_ms + wait_ms, [&](NodeStubs& node, grpc::ClientContext& context,
                                                                        v1::GetReceiptResponse& response) {
      return node.submission->GetReceipt(&context, request, &response);
    });
  }

  absl::StatusOr<v1::TransactionReceipt> SubmitAndWait(const chain::SignedTransaction& transaction,
                                                       uint32_t patience_ms) override {
    const auto deadline = SteadyClock::now() + std::chrono::milliseconds(patience_ms);
    absl::Status last;
    // What a node forgot, because it was killed, is submitted again: the id makes it count once.
    do {
      absl::StatusOr<v1::SubmitTransactionResponse> submitted = Submit(transaction.envelope);
      if (submitted.ok() && submitted->has_receipt()) return std::move(*submitted->mutable_receipt());
      if (ReasonOf(submitted.status()) == kExpired) return OutcomeOfExpired(transaction, submitted.status(), deadline);
      if (!submitted.ok() && !AnotherMayAnswer(submitted.status())) return submitted.status();
      if (submitted.ok()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
        const uint32_t wait_ms = static_cast<uint32_t>(std::clamp<int64_t>(left, 0, kReceiptWaitMs));
        absl::StatusOr<v1::GetReceiptResponse> receipt = GetReceipt(transaction.id, wait_ms);
        if (receipt.ok() && receipt->has_receipt()) return std::move(*receipt->mutable_receipt());
        if (!receipt.ok() && !AnotherMayAnswer(receipt.status())) return receipt.status();
        last = receipt.ok() ? absl::DeadlineExceededError("no receipt yet") : receipt.status();
      } else {
        last = submitted.status();
      }
      std::this_thread::sleep_for(kRetryPause);
    } while (SteadyClock::now() < deadline);
    return absl::DeadlineExceededError(absl::StrCat("no receipt within ", patience_ms,
                                                    " ms; the transaction may still take effect until its valid_until. "
                                                    "Last answer: ",
                                                    last.message()));
  }

  absl::StatusOr<v1::DryRunTransactionResponse> DryRun(const std::string& envelope) override {
    v1::DryRunTransactionRequest request;
    request.set_envelope(envelope);
    return Call<v1::DryRunTransactionResponse>(
        options_.call_ms, [&](NodeStubs& node, grpc::ClientContext& context, v1::DryRunTransactionResponse& response) {
          return node.submission->DryRunTransaction(&context, request, &response);
        });
  }

  absl::StatusOr<v1::GetRecordResponse> Get(const v1::GetRecordRequest& request) override {
    // A proof at an old height rebuilds a tree.
    return Call<v1::GetRecordResponse>(
        options_.call_ms * (request.prove() ? 4 : 1),
        [&](NodeStubs& node, grpc::ClientContext& context, v1::GetRecordResponse& response) {
          return node.query->GetRecord(&context, request, &response);
        });
  }

  absl::StatusOr<v1::ListRecordsResponse> List(const v1::ListRecordsRequest& request) override {
    return Call<v1::ListRecordsResponse>(
        options_.call_ms, [&](NodeStubs& node, grpc::ClientContext& context, v1::ListRecordsResponse& response) {
          return node.query->ListRecords(&context, request, &response);
        });
  }

  absl::StatusOr<v1::ListRecordsResponse> ListAll(v1::ListRecordsRequest request) override {
    CAUSEWAY_ASSIGN_OR_RETURN(v1::ListRecordsResponse all, List(request));
    while (!all.next_page_token().empty()) {
      request.set_page_token(all.next_page_token());
      CAUSEWAY_ASSIGN_OR_RETURN(v1::ListRecordsResponse page, List(request));
      all.set_next_page_token(page.next_page_token());
      for (v1::StateRecord& record : *page.mutable_records()) *all.add_records() = std::move(record);
    }
    return all;
  }

  absl::StatusOr<v1::GetBlockResponse> GetHeader(std::optional<Height> height) override {
    v1::GetBlockRequest request;
    request.set_header_only(true);
    if (height) request.set_height(height->value());
    return Call<v1::GetBlockResponse>(
        options_.call_ms, [&](NodeStubs& node, grpc::ClientContext& context, v1::GetBlockResponse& response) {
          return node.query->GetBlock(&context, request, &response);
        });
  }

  absl::Status Watch(const v1::WatchEventsRequest& request,
                     const std::function<bool(const v1::WatchEventsResponse&)>& on_event) override {
    v1::WatchEventsRequest rest = request;
    // How many nodes in a row have said nothing more; when that is all of them, there is none to go on with.
    size_t silent = 0;
    for (size_t at = 0;; at = (at + 1) % nodes_.size()) {
      bool heard = false;
      const std::optional<absl::Status> ended = WatchOne(nodes_[at], rest, on_event, heard);
      if (!ended) return absl::OkStatus();
      if (!AnotherMayAnswer(*ended)) return *ended;
      silent = heard ? 1 : silent + 1;
      if (silent >= nodes_.size()) return *ended;
    }
  }

  absl::StatusOr<v1::GetStatusResponse> Status() override {
    return Call<v1::GetStatusResponse>(
        options_.call_ms, [&](NodeStubs& node, grpc::ClientContext& context, v1::GetStatusResponse& response) {
          return node.node->GetStatus(&context, v1::GetStatusRequest(), &response);
        });
  }

  absl::StatusOr<v1::Genesis> Genesis() override {
    CAUSEWAY_ASSIGN_OR_RETURN(
        const v1::GetGenesisResponse response,
        Call<v1::GetGenesisResponse>(
            options_.call_ms, [&](NodeStubs& node, grpc::ClientContext& context, v1::GetGenesisResponse& answer) {
              return node.node->GetGenesis(&context, v1::GetGenesisRequest(), &answer);
            }));
    return codec::ParseCanonical<v1::Genesis>(response.genesis());
  }

  const ContextParty& party() const override { return party_; }

 private:
  // Asks one node.
  template <class Response, class Ask>
  static absl::StatusOr<Response> CallNode(NodeStubs& node, uint32_t call_ms, Ask&& ask) {
    grpc::ClientContext context;
    context.set_deadline(After(call_ms));
    Response response;
    const absl::Status status = FromGrpc(ask(node, context, response), node.name);
    if (!status.ok()) return status;
    return response;
  }

  // Asks the nodes in turn until one answers; the last answer where none does.
  template <class Response, class Ask>
  absl::StatusOr<Response> Call(uint32_t call_ms, Ask&& ask) {
    absl::StatusOr<Response> answer = absl::UnavailableError("there is no node to ask");
    for (NodeStubs& node : nodes_) {
      answer = CallNode<Response>(node, call_ms, ask);
      if (answer.ok() || !AnotherMayAnswer(answer.status())) return answer;
    }
    return answer;
  }

  // What has become of a transaction that no node takes any more. A block that was proposed before valid_until had
  // passed may still become final with it; once a node has a final block past it, what that node has no receipt of
  // never takes effect.
  absl::StatusOr<v1::TransactionReceipt> OutcomeOfExpired(const chain::SignedTransaction& transaction,
                                                          const absl::Status& refusal,
                                                          SteadyClock::time_point deadline) {
    CAUSEWAY_ASSIGN_OR_RETURN(const uint64_t valid_until_us, ValidUntil(transaction));
    while (true) {
      for (NodeStubs& node : nodes_) {
        // In this order: the receipt is asked of a state that is at least as new.
        const absl::StatusOr<v1::GetStatusResponse> status = CallNode<v1::GetStatusResponse>(
            node, options_.call_ms,
            [](NodeStubs& stubs, grpc::ClientContext& context, v1::GetStatusResponse& response) {
              return stubs.node->GetStatus(&context, v1::GetStatusRequest(), &response);
            });
        absl::StatusOr<v1::GetReceiptResponse> receipt = ReceiptAt(node, transaction.id);
        if (receipt.ok() && receipt->has_receipt()) return std::move(*receipt->mutable_receipt());
        if (status.ok() && receipt.ok() && status->block_time_us() > valid_until_us) return refusal;
      }
      if (SteadyClock::now() >= deadline) break;
      std::this_thread::sleep_for(std::min<SteadyClock::duration>(kExpiredPause, deadline - SteadyClock::now()));
    }
    return absl::DeadlineExceededError(
        absl::StrCat("no node takes transaction ", transaction.id.ToHex(), " any more (", refusal.message(),
                     "), and none that answers has a final block past its valid_until yet: a block with it may still "
                     "become final. Ask again by its id"));
  }

  absl::StatusOr<v1::GetReceiptResponse> ReceiptAt(NodeStubs& node, const Hash& transaction_id) const {
    v1::GetReceiptRequest request;
    request.set_transaction_id(transaction_id.ToString());
    return CallNode<v1::GetReceiptResponse>(
        node, options_.call_ms, [&](NodeStubs& stubs, grpc::ClientContext& context, v1::GetReceiptResponse& response) {
          return stubs.submission->GetReceipt(&context, request, &response);
        });
  }

  // One node's stream; `rest` becomes what is left to ask for. Nothing: `on_event` has ended it.
  static std::optional<absl::Status> WatchOne(NodeStubs& node, v1::WatchEventsRequest& rest,
                                              const std::function<bool(const v1::WatchEventsResponse&)>& on_event,
                                              bool& heard) {
    grpc::ClientContext context;
    const std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader = node.query->WatchEvents(&context, rest);
    v1::WatchEventsResponse event;
    while (reader->Read(&event)) {
      heard = true;
      rest.set_resume_token(event.resume_token());
      if (on_event(event)) continue;
      context.TryCancel();
      reader->Finish();
      return std::nullopt;
    }
    const grpc::Status status = reader->Finish();
    if (status.ok()) return absl::UnavailableError(absl::StrCat(node.name, ": the stream ended"));
    return FromGrpc(status, node.name);
  }

  const ContextParty party_;
  const ClientOptions options_;
  std::vector<NodeStubs> nodes_;
};

std::unique_ptr<v1::NodeService::Stub> OperatorStub(const ContextNode& node) {
  return v1::NodeService::NewStub(
      grpc::CreateCustomChannel(node.operators, grpc::InsecureChannelCredentials(), Arguments()));
}

// The party's TLS key as PEM, which the caller wipes.
absl::StatusOr<std::string> TlsKeyPem(const Context& context, const ContextParty& party, absl::string_view given) {
  crypto::Secret named;
  if (given.empty() && !context.passphrase_file.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(named, crypto::ReadPassphraseFile(context.passphrase_file));
  }
  const absl::string_view passphrase = given.empty() ? named.view() : given;
  // Whether keys may lie in the clear is the network's question; a client uses what its owner gives it.
  const absl::StatusOr<crypto::PrivateKey> key =
      crypto::ReadKeyFile(party.private_key, passphrase, crypto::PlaintextKeys::kAllow);
  if (absl::IsUnauthenticated(key.status()) && passphrase.empty())
    return absl::UnauthenticatedError(
        absl::StrCat(key.status().message(), "; name the file that holds it as passphrase_file in the context"));
  if (!key.ok()) return key.status();
  return crypto::PrivateKeyToPem(*key);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Make(const Context& context, absl::string_view party,
                                                     ClientOptions options) {
  CAUSEWAY_ASSIGN_OR_RETURN(const ContextParty* const found, context.FindParty(party));
  if (options.node >= context.nodes.size())
    return absl::InvalidArgumentError(
        absl::StrCat("no node ", options.node, " in the context; there are ", context.nodes.size()));
  grpc::SslCredentialsOptions tls;
  CAUSEWAY_ASSIGN_OR_RETURN(tls.pem_root_certs, ReadFile(context.ca));
  CAUSEWAY_ASSIGN_OR_RETURN(tls.pem_cert_chain, ReadFile(found->certificate));
  CAUSEWAY_ASSIGN_OR_RETURN(tls.pem_private_key, TlsKeyPem(context, *found, options.passphrase));
  // gRPC keeps a copy of its own for as long as there are connections.
  const absl::Cleanup wipe = [&tls] { crypto::Wipe(tls.pem_private_key); };
  return std::make_unique<GrpcClient>(context, *found, options, tls);
}

std::string ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorInfoUrl);
  v1::ErrorInfo info;
  return payload && info.ParseFromString(std::string(*payload)) ? info.reason() : std::string();
}

absl::StatusOr<Instant> SetClock(const ContextNode& node, const v1::SetClockRequest& request) {
  if (node.operators.empty())
    return absl::FailedPreconditionError(absl::StrCat("the context names no operators' address of ", node.name));
  grpc::ClientContext context;
  context.set_deadline(After(5'000));
  v1::SetClockResponse response;
  CAUSEWAY_RETURN_IF_ERROR(FromGrpc(OperatorStub(node)->SetClock(&context, request, &response), node.name));
  return Instant::FromMicros(response.now_us());
}

absl::StatusOr<v1::GetStatusResponse> OperatorStatus(const ContextNode& node, uint32_t call_ms) {
  grpc::ClientContext context;
  context.set_deadline(After(call_ms));
  v1::GetStatusResponse response;
  CAUSEWAY_RETURN_IF_ERROR(
      FromGrpc(OperatorStub(node)->GetStatus(&context, v1::GetStatusRequest(), &response), node.name));
  return response;
}

}  // namespace causeway::client
