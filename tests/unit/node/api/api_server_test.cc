// SPDX-License-Identifier: Apache-2.0
// Who gets in, and what is offered where.
#include "node/api/api_server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "causeway/v1/error_details.pb.h"
#include "causeway/v1/node_service.pb.h"
#include "causeway/v1/query_service.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "ledger/chain/genesis.h"
#include "node/api/caller.h"
#include "node/api/errors.h"
#include "node/api/operators_address.h"
#include "tests/unit/node/api/server_world.h"

namespace causeway::api {
namespace {

using ::testing::AnyOf;

// "/causeway.v1.NodeService/GetStatus", of every service for clients and operators that the schema has.
std::vector<std::string> AllMethods() {
  std::vector<std::string> methods;
  for (const google::protobuf::FileDescriptor* file :
       {v1::GetReceiptRequest::descriptor()->file(), v1::GetRecordRequest::descriptor()->file(),
        v1::GetStatusRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m)
        methods.push_back(absl::StrCat("/", file->service(s)->full_name(), "/", file->service(s)->method(m)->name()));
    }
  }
  return methods;
}

class ApiServerTest : public testing::ServerWorld {
 protected:
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& certificate, const std::string& key) const {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("causeway-node");
    return grpc::CreateCustomChannel(NodeAddress().clients, grpc::SslCredentials({authority(), key, certificate}),
                                     arguments);
  }
  std::shared_ptr<grpc::Channel> ChannelWith(const std::string& key_label) const {
    const Identity identity = IdentityOf(key_label);
    return ChannelOf(identity.certificate, identity.private_key);
  }
  std::shared_ptr<grpc::Channel> OperatorsChannel() const {
    return grpc::CreateChannel(NodeAddress().operators, grpc::InsecureChannelCredentials());
  }

  // The first answer to an empty request.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                           std::string* answer = nullptr) {
    grpc::GenericStub stub(channel);
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const grpc::Slice nothing;
    const grpc::ByteBuffer request(&nothing, 1);
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader =
        stub.PrepareUnaryCall(&context, method, request, &queue);
    reader->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    std::vector<grpc::Slice> slices;
    if (status.ok() && answer != nullptr && response.Dump(&slices).ok()) {
      for (const grpc::Slice& slice : slices)
        answer->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return status;
  }
  static std::string ReasonIn(const grpc::Status& status) {
    v1::RpcStatus rpc;
    v1::ErrorInfo info;
    if (!rpc.ParseFromString(status.error_details())) return "unreadable";
    for (const v1::RpcDetail& detail : rpc.details()) {
      if (detail.type_url() == kErrorInfoUrl && info.ParseFromString(detail.value())) return info.reason();
    }
    return "none";
  }
};

TEST_F(ApiServerTest, EveryMethodOfTheSchemaHasARowAndNothingElseIsAllowed) {
  std::set<std::string> rows;
  for (const MethodRule& rule : MethodRules()) EXPECT_TRUE(rows.insert(rule.method).second) << rule.method;
  const std::vector<std::string> methods = AllMethods();
  EXPECT_EQ(rows, std::set<std::string>(methods.begin(), methods.end()));
  for (const char* method : {"", "/causeway.v1.NodeService/Shutdown", "NodeService/GetStatus"}) {
    EXPECT_FALSE(Gate::Allows(method, Listener::kClients)) << method;
    EXPECT_FALSE(Gate::Allows(method, Listener::kOperators)) << method;
  }
}

TEST_F(ApiServerTest, AClientOfNoPartyMayCallNothingButHealth) {
  const std::shared_ptr<grpc::Channel> stranger = ChannelWith("a key of nobody");
  for (const std::string& method : AllMethods()) {
    const grpc::Status status = Call(stranger, method);
    const bool offered = Gate::Allows(method, Listener::kClients);
    EXPECT_EQ(status.error_code(), offered ? grpc::StatusCode::UNAUTHENTICATED : grpc::StatusCode::PERMISSION_DENIED)
        << method << ": " << status.error_message();
    EXPECT_EQ(ReasonIn(status), offered ? "KEY_UNKNOWN" : "METHOD_DENIED") << method;
    EXPECT_TRUE(LogSays("denied: " + method + " to ")) << method;
  }
  const grpc::Status status = Call(stranger, "/grpc.health.v1.Health/Check");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(ApiServerTest, HealthIsWhatTheNodeSaysOnBothListeners) {
  const auto health = [](const std::shared_ptr<grpc::Channel>& channel) {
    std::string answer;
    EXPECT_TRUE(Call(channel, "/grpc.health.v1.Health/Check", &answer).ok());
    return answer;
  };
  const std::string serving("\x08\x01"), not_serving("\x08\x02");
  const std::shared_ptr<grpc::Channel> client = ChannelWith("a key of nobody"), operators = OperatorsChannel();
  for (const auto& channel : {client, operators}) EXPECT_EQ(health(channel), not_serving);
  server().SetServing(true);
  for (const auto& channel : {client, operators}) EXPECT_EQ(health(channel), serving);
  server().SetServing(false);
  for (const auto& channel : {client, operators}) EXPECT_EQ(health(channel), not_serving);
}

TEST_F(ApiServerTest, EachAnsweredCallIsCountedWithItsCode) {
  ASSERT_TRUE(ClientOf(kInvestor)->Status().ok());
  EXPECT_FALSE(Call(ChannelWith("a key of nobody"), "/causeway.v1.NodeService/GetStatus").ok());
  EXPECT_FALSE(Call(OperatorsChannel(), "/made.up.Service/Method").ok());
  std::vector<std::string> handled = Handled();
  EXPECT_THAT(handled, ::testing::Contains("causeway.v1.NodeService/GetStatus OK"));
  EXPECT_THAT(handled, ::testing::Contains("causeway.v1.NodeService/GetStatus UNAUTHENTICATED"));
  for (const std::string& call : handled) EXPECT_EQ(call.find("made.up"), std::string::npos) << call;
}

// A connection that has said nothing yet; it is closed when the object goes.
class Knock {
 public:
  explicit Knock(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  Knock(const Knock&) = delete;
  Knock& operator=(const Knock&) = delete;
  ~Knock() { close(fd_); }
  // The other side ends it, within half a minute.
  bool IsClosed() const {
    const timeval patience = {30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    char byte = 0;
    const ssize_t got = recv(fd_, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

 private:
  const int fd_;
};

TEST_F(ApiServerTest, OneAddressHasSoManyConnectionsAndNoMore) {
  ApiLimits limits;
  limits.connections_address_max = 3;
  StartServer(limits);
  auto first = std::make_unique<Knock>(server().clients_port());
  const Knock second(server().clients_port()), third(server().clients_port());
  EXPECT_TRUE(Knock(server().clients_port()).IsClosed());
  EXPECT_TRUE(LogSays("closed a connection from 127.0.0.1, which has 3 of at most 3"));
  EXPECT_FALSE(ClientOf(kInvestor)->Status().ok());
  // A place that is given back is there again.
  first = nullptr;
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  absl::Status status = absl::UnknownError("not asked");
  while (!status.ok() && absl::Now() < patience) status = ClientOf(kInvestor)->Status().status();
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ApiServerTest, NewCertificatesAreTakenWhileItServes) {
  const std::shared_ptr<grpc::Channel> open = ChannelWith(kInvestor + "/officer-1");
  ASSERT_TRUE(Call(open, "/causeway.v1.NodeService/GetStatus").ok());
  // From now on the other authority signs for clients.
  ASSERT_TRUE(server().RenewTls(ServerTlsFor(true)).ok());
  const auto call_as = [&](bool foreign) {
    const Identity identity = IdentityOf(kInvestor + "/officer-1", foreign);
    return Call(ChannelOf(identity.certificate, identity.private_key), "/causeway.v1.NodeService/GetStatus");
  };
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while (!call_as(true).ok() && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_TRUE(call_as(true).ok()) << call_as(true).error_message();
  EXPECT_EQ(call_as(false).error_code(), grpc::StatusCode::UNAVAILABLE);
  // A connection that is open goes on.
  EXPECT_TRUE(Call(open, "/causeway.v1.NodeService/GetStatus").ok());
}

TEST_F(ApiServerTest, APartyMayCallWhatIsForClientsAndNothingElse) {
  const std::shared_ptr<grpc::Channel> investor = ChannelWith(kInvestor + "/officer-1");
  for (const std::string& method : AllMethods()) {
    if (method == "/causeway.v1.QueryService/WatchEvents") continue;  // it answers for ever
    const grpc::Status status = Call(investor, method);
    if (Gate::Allows(method, Listener::kClients)) {
      EXPECT_NE(ReasonIn(status), "METHOD_DENIED") << method;
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << method;
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
    } else {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << method;
      EXPECT_EQ(ReasonIn(status), "METHOD_DENIED") << method;
    }
  }
}

TEST_F(ApiServerTest, TheOperatorsListenerHasTheNodesOwnAffairsOnly) {
  const std::shared_ptr<grpc::Channel> operators = OperatorsChannel();
  for (const std::string& method : AllMethods()) {
    const grpc::Status status = Call(operators, method);
    if (!Gate::Allows(method, Listener::kOperators)) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
    } else if (method == "/causeway.v1.NodeService/SetClock") {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << method;
      EXPECT_EQ(ReasonIn(status), "PRECONDITION");
    } else {
      EXPECT_TRUE(status.ok()) << method << ": " << status.error_message();
    }
  }
  struct stat file {};
  ASSERT_EQ(stat(operators_socket().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST_F(ApiServerTest, ACertificateOfAnotherAuthorityOrNoneDoesNotConnect) {
  const Identity foreign = IdentityOf(kInvestor + "/officer-1", true);
  EXPECT_EQ(Call(ChannelOf(foreign.certificate, foreign.private_key), AllMethods()[0]).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Call(ChannelOf("", ""), AllMethods()[0]).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ApiServerTest, ARevokedKeyIsTurnedAwayFromTheNextBlockOn) {
  const std::unique_ptr<client::Client> investor = ClientOf(kInvestor);
  ASSERT_TRUE(investor->Status().ok());
  v1::Operation operation;
  operation.mutable_parties()->mutable_revoke_key()->set_key_id(KeyOf(kInvestor, 1).ToString());
  Do(kInvestor, {operation});
  const auto answer = investor->Status();
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnauthenticated) << answer.status();
  EXPECT_EQ(client::ReasonOf(answer.status()), "KEY_NOT_ACTIVE");
  EXPECT_TRUE(ClientWith(kInvestor + "/officer-2")->Status().ok());
}

TEST_F(ApiServerTest, APartyThatIsSuspendedIsTurnedAway) {
  const std::unique_ptr<client::Client> investor = ClientOf(kInvestor);
  v1::Operation propose;
  v1::Propose& request = *propose.mutable_governance()->mutable_propose();
  request.set_proposal_id(testing::IdFor<ClientTransactionId>("suspend").ToString());
  request.set_valid_until_us(AddSaturating(block_time(), Duration::Minutes(60)).micros());
  request.mutable_change()->mutable_set_party_status()->set_lei(kInvestor);
  request.mutable_change()->mutable_set_party_status()->set_status(v1::PARTY_STATUS_SUSPENDED);
  Do(kOperators[0], {propose});
  for (size_t i = 1; i < 3; ++i) {
    v1::Operation vote;
    vote.mutable_governance()->mutable_vote()->set_proposal_id(request.proposal_id());
    vote.mutable_governance()->mutable_vote()->set_in_favour(true);
    Do(kOperators[i], {vote});
  }
  const auto answer = investor->Status();
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kPermissionDenied) << answer.status();
  EXPECT_EQ(client::ReasonOf(answer.status()), "PARTY_NOT_ACTIVE");
}

TEST_F(ApiServerTest, APartyThatCallsTooFastIsHeldBackAndOthersAreNot) {
  ApiLimits limits;
  limits.calls_per_second = 1;
  limits.calls_burst = 2;
  StartServer(limits);
  const std::unique_ptr<client::Client> investor = ClientOf(kInvestor);
  absl::Status last;
  for (int i = 0; i < 200 && last.ok(); ++i) last = investor->Status().status();
  EXPECT_EQ(last.code(), absl::StatusCode::kResourceExhausted) << last;
  EXPECT_EQ(client::ReasonOf(last), "RATE_LIMIT");
  EXPECT_TRUE(last.GetPayload(kRetryInfoUrl).has_value());
  EXPECT_TRUE(ClientOf(kIntermediary)->Status().ok());
}

TEST_F(ApiServerTest, CallsAreCountedByAClockThatRunsEvenlyAndWhatIsOwedIsWaitedFor) {
  int64_t now_us = 5'000'000;
  Gate gate(
      ledger(), {10, 20}, [this] { return block_time(); }, nullptr, [&] { return now_us; });
  const Caller investor{Listener::kClients, kInvestor, KeyId::Zero(), {}};
  EXPECT_TRUE(gate.Charge(investor, 20).ok());
  EXPECT_EQ(gate.Charge(investor, 1).code(), absl::StatusCode::kResourceExhausted) << "the clock stands";
  now_us += 100'000;
  EXPECT_TRUE(gate.Charge(investor, 1).ok());
  EXPECT_FALSE(gate.Charge(investor, 1).ok());

  // Work that is done counts whatever is left, and no more than the burst of it.
  gate.Owe(kInvestor, 1'000'000);
  now_us += 2'000'000;
  EXPECT_FALSE(gate.Charge(investor, 1).ok());
  now_us += 100'000;
  EXPECT_TRUE(gate.Charge(investor, 1).ok());
  const Caller other{Listener::kClients, kIntermediary, KeyId::Zero(), {}};
  EXPECT_TRUE(gate.Charge(other, 20).ok());
}

TEST_F(ApiServerTest, WithoutAPlaceToWaitAnAnswerIsStillGivenAtOnce) {
  ApiLimits limits;
  limits.waiting_party_max = 0;
  StartServer(limits);
  const std::unique_ptr<client::Client> investor = ClientOf(kInvestor);
  const auto waiting = investor->GetReceipt(crypto::Sha256("no such transaction"), 1'000);
  EXPECT_EQ(waiting.status().code(), absl::StatusCode::kResourceExhausted) << waiting.status();
  EXPECT_EQ(client::ReasonOf(waiting.status()), "WAITING_LIMIT");
  EXPECT_TRUE(waiting.status().GetPayload(kRetryInfoUrl).has_value());
  EXPECT_EQ(investor->GetReceipt(crypto::Sha256("no such transaction"), 0)->state(), v1::TRANSACTION_STATE_UNKNOWN);
}

TEST_F(ApiServerTest, StoppingEndsTheCallsThatWait) {
  const std::unique_ptr<client::Client> investor = ClientOf(kInvestor);
  ASSERT_TRUE(investor->Status().ok());
  absl::Status status;
  std::thread waiter([&] { status = investor->GetReceipt(crypto::Sha256("no such transaction"), 60'000).status(); });
  server().Stop();
  waiter.join();
  EXPECT_THAT(status.code(), AnyOf(absl::StatusCode::kUnavailable, absl::StatusCode::kCancelled)) << status;
  // The ledger goes on without it.
  Block();
}

TEST_F(ApiServerTest, StatusAndGenesisAreTheLedgers) {
  const std::unique_ptr<client::Client> investor = ClientOf(kInvestor);
  const auto status = investor->Status();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->chain_id(), ledger().chain().chain_id.bytes());
  EXPECT_EQ(status->network(), genesis().name());
  EXPECT_EQ(status->final_height(), height());
  EXPECT_EQ(status->state_root(), ledger().head()->header.state_root());
  EXPECT_EQ(status->block_hash(), ledger().head()->hash.bytes());
  EXPECT_EQ(status->block_time_us(), block_time().micros());
  EXPECT_EQ(status->name(), "node-1");
  const auto own = investor->Genesis();
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(chain::ChainIdOf(*own), ledger().chain().chain_id);
  const auto of_operators = client::OperatorStatus(NodeAddress());
  ASSERT_TRUE(of_operators.ok()) << of_operators.status();
  EXPECT_EQ(of_operators->final_height(), height());
}

TEST_F(ApiServerTest, TheClockIsSetOnTheOperatorsListener) {
  v1::SetClockRequest request;
  request.set_advance_to_us(block_time().micros() + 5);
  const auto now = client::SetClock(NodeAddress(), request);
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_EQ(now->micros(), block_time().micros() + 5);
}

TEST(OperatorsAddress, IsTheMachinesOwnAndNoName) {
  for (const char* address : {"127.0.0.1:7201", "127.0.0.1:0", "127.9.9.9:1", "[::1]:7201", "unix:/run/causeway.sock"})
    EXPECT_TRUE(CheckOperatorsAddress(address).ok()) << address;
  for (const char* address : {"", "0.0.0.0:7201", "10.0.0.1:7201", "[::]:7201", "localhost:7201", "127.0.0.1",
                              "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1.example.org:1", "128.0.0.1:1",
                              "unix:relative", ":7201", "dns:///127.0.0.1:7201"})
    EXPECT_EQ(CheckOperatorsAddress(address).code(), absl::StatusCode::kInvalidArgument) << address;
}

}  // namespace
}  // namespace causeway::api
