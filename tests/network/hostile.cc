// SPDX-License-Identifier: Apache-2.0
// A validator that means harm: it has a good certificate and its own key, and does to another node what its protocol
// never would. It confines itself to a tenth of a core.
//
// hostile FOLDER OWN_INDEX CHAIN_ID VICTIM VICTIM_INDEX ATTACK, until it is killed: FOLDER is of the node whose keys it
// has, VICTIM is "host:port". Wrong usage ends with 2.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "causeway/v1/peer_service.grpc.pb.h"
#include "ledger/base/check.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signature_scheme.h"
#include "node/client/context.h"
#include "node/consensus/messages.h"
#include "node/network/live_tls.h"
#include "node/network/peer_network.h"

namespace causeway::testing {
namespace {

constexpr double kShareOfACore = 0.1;

// Waits until this process has used no more than its share.
void Confine() {
  static const absl::Time start = absl::Now();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu_s = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  const absl::Duration due = absl::Seconds(cpu_s / kShareOfACore) - (absl::Now() - start);
  if (due > absl::ZeroDuration()) absl::SleepFor(due);
}

class Hostile {
 public:
  // `folder`: of the node whose identity it takes; `victim`: "host:port", validator `victim_index`.
  Hostile(std::string folder, uint32_t self, const Hash& chain_id, std::string victim, uint32_t victim_index)
      : folder_(std::move(folder)),
        self_(self),
        chain_id_(chain_id),
        victim_(std::move(victim)),
        victim_index_(victim_index),
        signer_(*crypto::ReadKeyFile(folder_ + "/keys/validator.key", "", crypto::PlaintextKeys::kAllow)) {
    const std::string keys = folder_ + "/keys/";
    network::TlsIdentity identity;
    identity.ca = *client::ReadFile(keys + "peers-ca.pem");
    identity.certificate = *client::ReadFile(keys + "peers.pem");
    identity.private_key =
        *crypto::PrivateKeyToPem(*crypto::ReadKeyFile(keys + "peers.key", "", crypto::PlaintextKeys::kAllow));
    tls_ = *network::LiveTls::Make(identity);
  }

  // Bytes that are no message.
  void Garbage() {
    Flood([this](v1::ExchangeRequest& request) {
      std::string bytes(std::uniform_int_distribution<size_t>(1, 64 << 10)(random_), '\0');
      for (char& c : bytes) c = static_cast<char>(random_());
      request.mutable_consensus()->set_bytes(std::move(bytes));
    });
  }
  // Votes of everybody, for every view near this one, whose signatures do not verify.
  void ForgedVotes() {
    Flood([this](v1::ExchangeRequest& request) {
      const View view(1 + random_() % 1'000);
      const consensus::Subject subject = consensus::Subject::Nullify(Epoch(0), view);
      request.mutable_consensus()->set_bytes(consensus::EncodeMessage(
          consensus::Vote{subject, static_cast<uint32_t>(random_() % 4), std::string(64, 'x')}));
    });
  }
  // As many of them in a message as it holds.
  void ForgedVoteBatches() {
    Flood([this](v1::ExchangeRequest& request) {
      consensus::VoteBatchMessage batch;
      for (uint64_t i = 0; i < consensus::kVotesPerBatch; ++i) {
        const consensus::Subject subject = consensus::Subject::Nullify(Epoch(0), View(1 + random_() % 1'000));
        batch.votes.push_back({subject, static_cast<uint32_t>(random_() % 4), std::string(64, 'x')});
      }
      request.mutable_consensus()->set_bytes(consensus::EncodeMessage(batch));
    });
  }
  // One vote, well signed, again and again.
  void Replay() {
    const consensus::Subject subject = consensus::Subject::Nullify(Epoch(0), View(1));
    const std::string bytes = consensus::EncodeMessage(
        consensus::Vote{subject, self_, *signer_.Sign(consensus::VotePreimage(chain_id_, subject))});
    Flood([&](v1::ExchangeRequest& request) { request.mutable_consensus()->set_bytes(bytes); });
  }
  // A message that never ends.
  void Endless() {
    const std::string part(1 << 20, 'x');
    Flood([&](v1::ExchangeRequest& request) {
      request.mutable_consensus()->set_bytes(part);
      request.mutable_consensus()->set_more(true);
    });
  }
  // Envelopes that are none.
  void GarbageTransactions() {
    Flood([this](v1::ExchangeRequest& request) {
      for (int i = 0; i < 100; ++i) {
        std::string envelope(200, '\0');
        for (char& c : envelope) c = static_cast<char>(random_());
        request.mutable_transactions()->add_envelopes(std::move(envelope));
      }
    });
  }
  // Requests, each of which costs the victim an answer.
  void Requests() {
    Flood([](v1::ExchangeRequest& request) {
      request.mutable_consensus()->set_bytes(
          consensus::EncodeMessage(consensus::RangeRequestMessage{Height(1), uint64_t{8} << 20}));
    });
  }
  // Thousands of streams, most of them never used, on connections of their own.
  void Streams() {
    std::vector<std::unique_ptr<Stream>> streams;
    for (;;) {
      Confine();
      streams.push_back(std::make_unique<Stream>(*this));
      if (streams.size() > 2'000) streams.erase(streams.begin());
    }
  }
  // Says hello and no more.
  void Stall() {
    const Stream one(*this);
    const Stream another(*this);
    for (;;) absl::SleepFor(absl::Seconds(1));
  }

 private:
  struct Stream {
    explicit Stream(const Hostile& hostile) {
      grpc::ChannelArguments arguments;
      arguments.SetSslTargetNameOverride(network::ValidatorDnsName(hostile.victim_index_));
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      channel = grpc::CreateCustomChannel(hostile.victim_, hostile.tls_->Channel(), arguments);
      stub = v1::PeerService::NewStub(channel);
      writer = stub->Exchange(&context, &response);
      v1::ExchangeRequest hello;
      hello.mutable_hello()->set_chain_id(hostile.chain_id_.ToString());
      hello.mutable_hello()->set_validator(hostile.self_);
      hello.mutable_hello()->set_protocol_version(1);
      writer->Write(hello);
    }
    ~Stream() {
      context.TryCancel();
      writer->Finish();
    }
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<v1::PeerService::Stub> stub;
    grpc::ClientContext context;
    v1::ExchangeResponse response;
    std::unique_ptr<grpc::ClientWriter<v1::ExchangeRequest>> writer;
  };

  // As much as fits into the share; a stream that the victim ends is opened again.
  void Flood(const std::function<void(v1::ExchangeRequest&)>& fill) {
    for (;;) {
      Stream stream(*this);
      for (bool open = true; open;) {
        Confine();
        v1::ExchangeRequest request;
        fill(request);
        open = stream.writer->Write(request);
      }
    }
  }

  const std::string folder_;
  const uint32_t self_;
  const Hash chain_id_;
  const std::string victim_;
  const uint32_t victim_index_;
  const crypto::Ed25519Signer signer_;
  std::shared_ptr<network::LiveTls> tls_;
  std::mt19937_64 random_{1};
};

int Run(int argc, char** argv) {
  using Attack = void (Hostile::*)();
  const std::map<std::string, Attack> attacks = {
      {"garbage", &Hostile::Garbage},
      {"forged-votes", &Hostile::ForgedVotes},
      {"forged-vote-batches", &Hostile::ForgedVoteBatches},
      {"replay", &Hostile::Replay},
      {"endless", &Hostile::Endless},
      {"garbage-transactions", &Hostile::GarbageTransactions},
      {"requests", &Hostile::Requests},
      {"streams", &Hostile::Streams},
      {"stall", &Hostile::Stall},
  };
  const auto attack = argc == 7 ? attacks.find(argv[6]) : attacks.end();
  const std::optional<Hash> chain_id = argc == 7 ? Hash::FromHex(argv[3]) : std::nullopt;
  if (attack == attacks.end() || !chain_id) {
    fprintf(stderr, "hostile FOLDER OWN_INDEX CHAIN_ID VICTIM VICTIM_INDEX ATTACK\n");
    return 2;
  }
  Hostile hostile(argv[1], static_cast<uint32_t>(std::atoi(argv[2])), *chain_id, argv[4],
                  static_cast<uint32_t>(std::atoi(argv[5])));
  (hostile.*attack->second)();
  return 0;
}

}  // namespace
}  // namespace causeway::testing

int main(int argc, char** argv) {
  return causeway::testing::Run(argc, argv);
}
