// SPDX-License-Identifier: Apache-2.0
// Two validators on loopback, and a third that is not what it should be.
#include "node/network/peer_network.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "causeway/v1/peer_service.grpc.pb.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/x509.h"

namespace causeway::network {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(60);

bool Until(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// An authority for validators.
class Authority {
 public:
  Authority() : key_(crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256).value()) {
    subject_.common_name = "validators";
    subject_.not_before_s = absl::ToUnixSeconds(absl::Now()) - 3'600;
    subject_.not_after_s = subject_.not_before_s + 86'400;
    ca_ = crypto::MakeCaCertificate(key_, subject_).value();
  }
  TlsIdentity Issue(uint32_t validator) const {
    const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256).value();
    crypto::CertificateSubject leaf = subject_;
    leaf.common_name = absl::StrCat("validator ", validator);
    leaf.dns_names = {ValidatorDnsName(validator)};
    leaf.uris = {ValidatorUri(validator)};
    return {ca_, crypto::MakeLeafCertificate(key_, ca_, key.public_key(), leaf).value(),
            crypto::PrivateKeyToPem(key).value()};
  }

 private:
  crypto::PrivateKey key_;
  crypto::CertificateSubject subject_;
  std::string ca_;
};

class PeerNetworkTest : public ::testing::Test {
 protected:
  PeerNetworkTest() : ports_{FreePort(), FreePort()} {}
  ~PeerNetworkTest() override {
    for (std::unique_ptr<PeerNetwork>& network : networks_) {
      if (network) network->Stop();
    }
  }

  void Start(uint32_t validator, uint32_t version, uint32_t needed) {
    PeerNetworkOptions options;
    options.chain_id = crypto::Sha256("chain");
    options.validator = validator;
    options.protocol_version = version;
    options.protocol_version_needed = needed;
    options.peers = {{1 - validator, absl::StrCat("127.0.0.1:", ports_[1 - validator])}};
    options.listen = absl::StrCat("127.0.0.1:", ports_[validator]);
    options.tls = authority_.Issue(validator);
    PeerHandlers handlers;
    handlers.on_consensus = [](uint32_t, const consensus::Bytes&) {};
    handlers.on_transactions = [this, validator](uint32_t from, const std::vector<std::string>& envelopes) {
      absl::MutexLock lock(&mutex_);
      for (const std::string& envelope : envelopes) got_.push_back(absl::StrCat(from, ">", validator, " ", envelope));
    };
    handlers.final_height = [validator] { return uint64_t{70} + validator; };
    handlers.on_note = [this](const std::string& note) {
      absl::MutexLock lock(&mutex_);
      notes_.push_back(note);
    };
    absl::StatusOr<std::unique_ptr<PeerNetwork>> network = PeerNetwork::Start(options, std::move(handlers));
    ASSERT_TRUE(network.ok()) << network.status();
    networks_[validator] = *std::move(network);
  }
  void StopOne(uint32_t validator) {
    networks_[validator]->Stop();
    networks_[validator] = nullptr;
  }
  std::vector<std::string> Notes() const {
    absl::MutexLock lock(&mutex_);
    return notes_;
  }
  bool HasNote(const std::string& text) const {
    for (const std::string& note : Notes()) {
      if (note.find(text) != std::string::npos) return true;
    }
    return false;
  }
  bool Got(const std::string& what) const {
    absl::MutexLock lock(&mutex_);
    return std::count(got_.begin(), got_.end(), what) > 0;
  }
  bool AllConnected() const { return networks_[0]->peers()[0].connected && networks_[1]->peers()[0].connected; }

  const Authority authority_;
  const std::vector<int> ports_;
  std::unique_ptr<PeerNetwork> networks_[2];
  mutable absl::Mutex mutex_;
  std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> got_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(PeerNetworkTest, TellsHowFarAndHowNearTheOtherIs) {
  Start(0, 1, 1);
  Start(1, 1, 1);
  ASSERT_TRUE(Until([&] { return networks_[0]->peers()[0].final_height == 71; }));
  EXPECT_GT(networks_[0]->peers()[0].round_trip_us, 0u);
  networks_[0]->SendTransactions({"an envelope"});
  EXPECT_TRUE(Until([&] { return Got("0>1 an envelope"); }));
  // What is not there any more has no height.
  StopOne(1);
  EXPECT_TRUE(Until([&] { return networks_[0]->peers()[0].final_height == 0; }));
}

TEST_F(PeerNetworkTest, WhoKnowsTooLittleOfTheProtocolIsRefusedAndTold) {
  Start(0, 2, 2);
  Start(1, 1, 1);
  ASSERT_TRUE(
      Until([&] { return HasNote("refused: validator 1 knows protocol versions up to 1 and the chain runs 2"); }));
  // Who knows more is welcome: the network is upgraded one by one.
  networks_[0]->SendTransactions({"from the newer"});
  EXPECT_TRUE(Until([&] { return Got("0>1 from the newer"); }));
  networks_[1]->SendTransactions({"from the older"});
  ASSERT_TRUE(Until([&] { return HasNote("ended our stream: validator 1 knows"); }));
  EXPECT_FALSE(Got("1>0 from the older"));
}

TEST_F(PeerNetworkTest, RenewedCertificatesCarryNewConnections) {
  Start(0, 1, 1);
  Start(1, 1, 1);
  ASSERT_TRUE(Until([&] { return AllConnected(); }));
  // Another authority altogether: only with it on both sides do they find together again.
  const Authority next;
  ASSERT_TRUE(networks_[0]->RenewTls(next.Issue(0)).ok());
  ASSERT_TRUE(networks_[1]->RenewTls(next.Issue(1)).ok());
  networks_[0]->SendTransactions({"on an old connection"});
  EXPECT_TRUE(Until([&] { return Got("0>1 on an old connection"); }));
  const auto channel_of = [&](const TlsIdentity& identity) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(ValidatorDnsName(1));
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", ports_[1]),
                                     grpc::SslCredentials({identity.ca, identity.private_key, identity.certificate}),
                                     arguments);
  };
  const auto probe = [&](const TlsIdentity& identity) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(5)));
    v1::ProbeResponse response;
    return v1::PeerService::NewStub(channel_of(identity))->Probe(&context, v1::ProbeRequest(), &response);
  };
  EXPECT_TRUE(Until([&] { return probe(next.Issue(0)).ok(); }));
  EXPECT_FALSE(probe(authority_.Issue(0)).ok());
}

// A stream of validator 0's to validator 1, on a connection of its own.
struct RawStream {
  RawStream(const TlsIdentity& identity, int port, bool greet) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(ValidatorDnsName(1));
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto credentials = grpc::SslCredentials({identity.ca, identity.private_key, identity.certificate});
    channel = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port), credentials, arguments);
    stub = v1::PeerService::NewStub(channel);
    writer = stub->Exchange(&context, &response);
    if (greet) Greet();
  }
  ~RawStream() {
    context.TryCancel();
    writer->Finish();
  }
  void Greet() {
    v1::ExchangeRequest hello;
    hello.mutable_hello()->set_chain_id(crypto::Sha256("chain").ToString());
    hello.mutable_hello()->set_validator(0);
    hello.mutable_hello()->set_protocol_version(1);
    writer->Write(hello);
  }
  bool Send(const std::string& envelope) {
    v1::ExchangeRequest request;
    request.mutable_transactions()->add_envelopes(envelope);
    return writer->Write(request);
  }
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::PeerService::Stub> stub;
  grpc::ClientContext context;
  v1::ExchangeResponse response;
  std::unique_ptr<grpc::ClientWriter<v1::ExchangeRequest>> writer;
};

// Twenty streams of one peer, greeted or silent, have not taken the threads that the next needs, its own newest
// stream among them.
TEST_F(PeerNetworkTest, APeersFifthStreamEndsItsOldest) {
  Start(1, 1, 1);
  const TlsIdentity identity = authority_.Issue(0);
  std::vector<std::unique_ptr<RawStream>> streams;
  for (int i = 0; i < 20; ++i) {
    streams.push_back(std::make_unique<RawStream>(identity, ports_[1], /*greet=*/i % 2 == 0));
  }
  RawStream newest(identity, ports_[1], /*greet=*/true);
  ASSERT_TRUE(newest.Send("from the newest"));
  EXPECT_TRUE(Until([&] { return Got("0>1 from the newest"); }));
  EXPECT_TRUE(Until([&] { return !streams.front()->Send("from the oldest"); }));
  Start(0, 1, 1);
  networks_[0]->SendTransactions({"from the honest"});
  EXPECT_TRUE(Until([&] { return Got("0>1 from the honest"); }));
}

TEST_F(PeerNetworkTest, ACallerWhoseCertificateNamesNoValidatorIsRefused) {
  Start(0, 1, 1);
  const TlsIdentity stranger = authority_.Issue(5);
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(ValidatorDnsName(0));
  const auto channel = grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", ports_[0]),
      grpc::SslCredentials({stranger.ca, stranger.private_key, stranger.certificate}), arguments);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  v1::ProbeResponse response;
  const grpc::Status status = v1::PeerService::NewStub(channel)->Probe(&context, v1::ProbeRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
  EXPECT_THAT(Notes(), Contains(HasSubstr("whose certificate names no validator")));
}

}  // namespace
}  // namespace causeway::network
