// SPDX-License-Identifier: Apache-2.0
#include "node/network/peer_network.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <list>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "causeway/v1/peer_service.grpc.pb.h"
#include "ledger/base/status.h"
#include "node/consensus/messages.h"
#include "node/network/connection_gate.h"
#include "node/network/outgoing_queue.h"

namespace causeway::network {
namespace {

constexpr int kFrameBytesMax = 4 << 20;
constexpr size_t kPartBytes = 3 << 20;
constexpr int kMetadataBytesMax = 8 << 10;
constexpr size_t kStreamsMax = 4;  // of one peer: two lanes, and two that broke and have not ended yet
constexpr int kConnectionIdleMs = 30'000;
constexpr int kHandshakeMs = 10'000;
constexpr absl::Duration kBackoffMin = absl::Milliseconds(50);
constexpr absl::Duration kBackoffMax = absl::Seconds(2);
constexpr absl::Duration kProbeEvery = absl::Seconds(2);
constexpr absl::Duration kProbePatience = absl::Seconds(1);

void SetCommonArguments(grpc::ChannelArguments& arguments) {
  arguments.SetMaxReceiveMessageSize(kFrameBytesMax);
  arguments.SetMaxSendMessageSize(kFrameBytesMax);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
}

// One of our two streams to a peer: a thread that connects, says hello and empties the queue.
class Link {
 public:
  Link(const PeerNetworkOptions& options, const PeerAddress& peer, std::shared_ptr<grpc::Channel> channel,
       const PeerHandlers& handlers)
      : options_(options),
        peer_(peer),
        channel_(std::move(channel)),
        handlers_(handlers),
        queue_(options.queue_bytes),
        thread_([this] { Run(); }) {}

  ~Link() { Stop(); }

  void Push(Outgoing message) { queue_.Push(std::move(message)); }
  bool connected() const { return connected_; }
  const OutgoingQueue& queue() const { return queue_; }

  // Stop does the same, and waits.
  void BeginStop() {
    queue_.Close();
    absl::MutexLock lock(&mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }
  void Stop() {
    BeginStop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run() {
    absl::Duration backoff = kBackoffMin;
    while (!queue_.closed()) {
      if (!channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::milliseconds(500))) continue;
      if (Stream()) backoff = kBackoffMin;
      if (queue_.closed()) return;
      queue_.AwaitClosed(backoff);
      backoff = std::min(backoff * 2, kBackoffMax);
    }
  }

  // Until the stream ends; whether it carried anything.
  bool Stream() {
    grpc::ClientContext context;
    {
      absl::MutexLock lock(&mutex_);
      context_ = &context;
    }
    v1::ExchangeResponse response;
    std::unique_ptr<v1::PeerService::Stub> stub = v1::PeerService::NewStub(channel_);
    std::unique_ptr<grpc::ClientWriter<v1::ExchangeRequest>> writer = stub->Exchange(&context, &response);
    v1::ExchangeRequest hello;
    hello.mutable_hello()->set_chain_id(options_.chain_id.ToString());
    hello.mutable_hello()->set_validator(options_.validator);
    hello.mutable_hello()->set_protocol_version(options_.protocol_version);
    bool carried = false;
    bool open = writer->Write(hello);
    connected_ = open;
    while (open && !queue_.closed()) {
      const std::optional<Outgoing> message = queue_.Pop(absl::Seconds(1));
      if (!message) continue;
      open = message->consensus ? WriteConsensus(*writer, *message->consensus)
                                : WriteTransactions(*writer, message->envelopes);
      carried = carried || open;
    }
    connected_ = false;
    // Where the other side ended it, its reason is not to be talked over.
    if (open) context.TryCancel();
    const grpc::Status status = writer->Finish();
    if (!queue_.closed() && handlers_.on_note && status.error_code() != grpc::StatusCode::UNAVAILABLE &&
        status.error_code() != grpc::StatusCode::CANCELLED)
      handlers_.on_note(absl::StrCat("validator ", peer_.validator, " at ", peer_.address,
                                     " ended our stream: ", status.error_message()));
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
    return carried;
  }

  static bool WriteConsensus(grpc::ClientWriter<v1::ExchangeRequest>& writer, const std::string& bytes) {
    size_t done = 0;
    do {
      v1::ExchangeRequest request;
      v1::ConsensusPart& part = *request.mutable_consensus();
      part.set_bytes(bytes.substr(done, kPartBytes));
      done += part.bytes().size();
      part.set_more(done < bytes.size());
      if (!writer.Write(request)) return false;
    } while (done < bytes.size());
    return true;
  }

  static bool WriteTransactions(grpc::ClientWriter<v1::ExchangeRequest>& writer,
                                const std::vector<std::string>& envelopes) {
    v1::ExchangeRequest request;
    size_t bytes = 0;
    for (const std::string& envelope : envelopes) {
      if (bytes > 0 && bytes + envelope.size() > kPartBytes) {
        if (!writer.Write(request)) return false;
        request.Clear();
        bytes = 0;
      }
      request.mutable_transactions()->add_envelopes(envelope);
      bytes += envelope.size();
    }
    return writer.Write(request);
  }

  const PeerNetworkOptions& options_;
  const PeerAddress peer_;
  const std::shared_ptr<grpc::Channel> channel_;
  const PeerHandlers& handlers_;
  OutgoingQueue queue_;
  std::atomic<bool> connected_ = false;
  absl::Mutex mutex_;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

// Asks every peer in turn how far it is, and keeps the last answers.
class Prober {
 public:
  struct Answer {
    uint64_t round_trip_us = 0;
    uint64_t final_height = 0;
  };

  ~Prober() { Stop(); }

  // By validator; once.
  void Start(const std::map<uint32_t, std::shared_ptr<grpc::Channel>>& channels) {
    for (const auto& [validator, channel] : channels) stubs_[validator] = v1::PeerService::NewStub(channel);
    thread_ = std::thread([this] { Run(); });
  }
  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    if (thread_.joinable()) thread_.join();
  }
  Answer LastOf(uint32_t validator) const {
    absl::MutexLock lock(&mutex_);
    const auto found = answers_.find(validator);
    return found == answers_.end() ? Answer() : found->second;
  }

 private:
  void Run() {
    absl::Time next = absl::Now();
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        mutex_.AwaitWithDeadline(absl::Condition(&stopping_), next);
        if (stopping_) return;
      }
      next = absl::Now() + kProbeEvery;
      for (const auto& [validator, stub] : stubs_) Ask(validator, *stub);
    }
  }

  void Ask(uint32_t validator, v1::PeerService::Stub& stub) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kProbePatience));
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      context_ = &context;
    }
    v1::ProbeResponse response;
    const auto started = std::chrono::steady_clock::now();
    const grpc::Status status = stub.Probe(&context, v1::ProbeRequest(), &response);
    const auto took = std::chrono::steady_clock::now() - started;
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
    if (!status.ok()) {
      answers_.erase(validator);
      return;
    }
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    answers_[validator] = {static_cast<uint64_t>(std::max<int64_t>(us, 1)), response.final_height()};
  }

  std::map<uint32_t, std::unique_ptr<v1::PeerService::Stub>> stubs_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::map<uint32_t, Answer> answers_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// The streams that each peer has to us.
class Streams {
 public:
  explicit Streams(const std::vector<PeerAddress>& peers) {
    for (const PeerAddress& peer : peers) of_[peer.validator];
  }

  // One of them, as long as this lives; where the peer has too many, its oldest is ended.
  class Open {
   public:
    Open(Streams& streams, uint32_t peer, grpc::ServerContext* context) : streams_(streams), peer_(peer) {
      absl::MutexLock lock(&streams_.mutex_);
      std::list<grpc::ServerContext*>& open = streams_.of_.at(peer_);
      place_ = open.insert(open.end(), context);
      size_t more = open.size() > kStreamsMax ? open.size() - kStreamsMax : 0;
      for (auto oldest = open.begin(); more > 0; ++oldest, --more) (*oldest)->TryCancel();
    }
    ~Open() {
      absl::MutexLock lock(&streams_.mutex_);
      streams_.of_.at(peer_).erase(place_);
    }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

   private:
    Streams& streams_;
    const uint32_t peer_;
    std::list<grpc::ServerContext*>::iterator place_;
  };

 private:
  absl::Mutex mutex_;
  std::map<uint32_t, std::list<grpc::ServerContext*>> of_ ABSL_GUARDED_BY(mutex_);
};

// The receiving side.
class Service : public v1::PeerService::Service {
 public:
  Service(const PeerNetworkOptions& options, const PeerHandlers& handlers)
      : options_(options), handlers_(handlers), streams_(options.peers) {
    for (const PeerAddress& peer : options.peers) known_.insert(peer.validator);
  }

  void Stop() { stopped_ = true; }

  grpc::Status Exchange(grpc::ServerContext* context, grpc::ServerReader<v1::ExchangeRequest>* reader,
                        v1::ExchangeResponse*) override {
    const std::optional<uint32_t> peer = CallerOf(*context);
    if (!peer)
      return Refuse(grpc::StatusCode::UNAUTHENTICATED,
                    absl::StrCat("a caller at ", context->peer(), " whose certificate names no validator"));
    const Streams::Open open(streams_, *peer, context);
    v1::ExchangeRequest request;
    if (!reader->Read(&request)) return grpc::Status::OK;
    if (!request.has_hello() || request.hello().chain_id() != options_.chain_id.bytes() ||
        request.hello().validator() != *peer)
      return Refuse(grpc::StatusCode::FAILED_PRECONDITION,
                    absl::StrCat("validator ", *peer, " greets for another chain or as another validator"));
    if (request.hello().protocol_version() < options_.protocol_version_needed)
      return Refuse(
          grpc::StatusCode::FAILED_PRECONDITION,
          absl::StrCat("validator ", *peer, " knows protocol versions up to ", request.hello().protocol_version(),
                       " and the chain runs ", options_.protocol_version_needed, ": it needs a newer program"));
    std::string message;
    while (!stopped_ && reader->Read(&request)) {
      if (request.has_consensus()) {
        message.append(request.consensus().bytes());
        if (message.size() > consensus::kMessageBytesMax)
          return Refuse(grpc::StatusCode::RESOURCE_EXHAUSTED,
                        absl::StrCat("validator ", *peer, " sends a message above the limit"));
        if (request.consensus().more()) continue;
        handlers_.on_consensus(*peer, std::make_shared<const std::string>(std::exchange(message, {})));
      } else if (request.has_transactions()) {
        std::vector<std::string> envelopes(request.mutable_transactions()->mutable_envelopes()->begin(),
                                           request.mutable_transactions()->mutable_envelopes()->end());
        handlers_.on_transactions(*peer, std::move(envelopes));
      } else {
        return Refuse(grpc::StatusCode::INVALID_ARGUMENT,
                      absl::StrCat("validator ", *peer, " sends a frame that is none"));
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status Probe(grpc::ServerContext* context, const v1::ProbeRequest*, v1::ProbeResponse* response) override {
    if (!CallerOf(*context))
      return Refuse(grpc::StatusCode::UNAUTHENTICATED,
                    absl::StrCat("a probe from ", context->peer(), ", whose certificate names no validator"));
    if (handlers_.final_height) response->set_final_height(handlers_.final_height());
    return grpc::Status::OK;
  }

 private:
  // The validator that the caller's certificate names.
  std::optional<uint32_t> CallerOf(const grpc::ServerContext& context) const {
    const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
    if (!auth || !auth->IsPeerAuthenticated()) return std::nullopt;
    for (const grpc::string_ref& name : auth->FindPropertyValues("x509_subject_alternative_name")) {
      const std::string text(name.data(), name.size());
      for (const uint32_t validator : known_) {
        if (text == ValidatorUri(validator)) return validator;
      }
    }
    return std::nullopt;
  }

  grpc::Status Refuse(grpc::StatusCode code, const std::string& why) const {
    if (handlers_.on_note) handlers_.on_note("refused: " + why);
    return grpc::Status(code, why);
  }

  const PeerNetworkOptions& options_;
  const PeerHandlers& handlers_;
  std::set<uint32_t> known_;
  Streams streams_;
  std::atomic<bool> stopped_ = false;
};

class GrpcPeerNetwork : public PeerNetwork {
 public:
  GrpcPeerNetwork(const PeerNetworkOptions& options, PeerHandlers handlers)
      : options_(options), handlers_(std::move(handlers)), service_(options_, handlers_) {}
  ~GrpcPeerNetwork() override { GrpcPeerNetwork::Stop(); }

  absl::Status Listen() {
    CAUSEWAY_ASSIGN_OR_RETURN(tls_, LiveTls::Make(options_.tls));
    const auto peers = static_cast<uint32_t>(options_.peers.size());
    CAUSEWAY_ASSIGN_OR_RETURN(gate_, ConnectionGate::Listen(options_.listen, {32 + 16 * peers, 16 + 8 * peers}));
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, tls_->Server());
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(kFrameBytesMax);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 8);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kConnectionIdleMs);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
    grpc::ResourceQuota quota("peers");
    quota.SetMaxThreads(static_cast<int>(8 + kStreamsMax * peers));
    builder.SetResourceQuota(quota);
    server_ = builder.BuildAndStart();
    if (!server_)
      return absl::UnavailableError(
          absl::StrCat("cannot serve validators on ", options_.listen, ": the certificate and key do not fit"));
    GrpcPeerNetwork::SetServing(false);
    gate_->Start(HandOverTo(acceptor_.get()), handlers_.on_note);
    return absl::OkStatus();
  }

  void Connect() {
    const std::shared_ptr<grpc::ChannelCredentials> credentials = tls_->Channel();
    std::map<uint32_t, std::shared_ptr<grpc::Channel>> channels;
    for (const PeerAddress& peer : options_.peers) {
      std::array<std::unique_ptr<Link>, 2>& links = links_[peer.validator];
      for (size_t lane = 0; lane < links.size(); ++lane) {
        grpc::ChannelArguments arguments;
        SetCommonArguments(arguments);
        arguments.SetSslTargetNameOverride(ValidatorDnsName(peer.validator));
        arguments.SetInt("causeway.lane", static_cast<int>(lane));  // a connection of its own for each lane
        const std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(peer.address, credentials, arguments);
        // On the lane of votes, whose delay it tells.
        if (lane == LaneIndex(consensus::Lane::kVotes)) channels[peer.validator] = channel;
        links[lane] = std::make_unique<Link>(options_, peer, channel, handlers_);
      }
    }
    prober_.Start(channels);
  }

  void SendTo(uint32_t validator, consensus::Lane lane, const consensus::Bytes& bytes) override {
    if (const auto links = links_.find(validator); links != links_.end())
      links->second[LaneIndex(lane)]->Push({bytes, {}});
  }
  void SendToAll(consensus::Lane lane, const consensus::Bytes& bytes) override {
    for (auto& [validator, links] : links_) links[LaneIndex(lane)]->Push({bytes, {}});
  }
  void SendTransactions(std::vector<std::string> envelopes) override {
    for (auto& [validator, links] : links_) links[LaneIndex(consensus::Lane::kVotes)]->Push({nullptr, envelopes});
  }

  std::vector<PeerState> peers() const override {
    std::vector<PeerState> states;
    for (const auto& [validator, links] : links_) {
      const Prober::Answer answer = prober_.LastOf(validator);
      states.push_back({validator, links[0]->connected() && links[1]->connected(),
                        links[0]->queue().bytes() + links[1]->queue().bytes(),
                        links[0]->queue().dropped() + links[1]->queue().dropped(), answer.round_trip_us,
                        answer.final_height});
    }
    return states;
  }

  void SetServing(bool serving) override { server_->GetHealthCheckService()->SetServingStatus(serving); }

  absl::Status RenewTls(const TlsIdentity& tls) override { return tls_->Renew(tls); }

  void Stop() override {
    service_.Stop();
    if (gate_) gate_->Stop();
    prober_.Stop();
    for (auto& [validator, links] : links_) {
      for (std::unique_ptr<Link>& link : links) link->BeginStop();
    }
    for (auto& [validator, links] : links_) {
      for (std::unique_ptr<Link>& link : links) link->Stop();
    }
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  }

 private:
  static size_t LaneIndex(consensus::Lane lane) { return lane == consensus::Lane::kVotes ? 0 : 1; }

  const PeerNetworkOptions options_;
  const PeerHandlers handlers_;
  std::shared_ptr<LiveTls> tls_;
  Service service_;
  Prober prober_;
  std::map<uint32_t, std::array<std::unique_ptr<Link>, 2>> links_;
  std::unique_ptr<grpc::Server> server_;
  // Hands over to the server, so it goes before it.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<ConnectionGate> gate_;
};

}  // namespace

std::string ValidatorUri(uint32_t validator) {
  return absl::StrCat("causeway://validator/", validator);
}
std::string ValidatorDnsName(uint32_t validator) {
  return absl::StrCat("validator-", validator, ".causeway");
}

absl::StatusOr<std::unique_ptr<PeerNetwork>> PeerNetwork::Start(const PeerNetworkOptions& options,
                                                                PeerHandlers handlers) {
  auto network = std::make_unique<GrpcPeerNetwork>(options, std::move(handlers));
  if (absl::Status status = network->Listen(); !status.ok()) return status;
  network->Connect();
  return network;
}

}  // namespace causeway::network
