// SPDX-License-Identifier: Apache-2.0
// Four validators in one process: real stores, vote logs, clocks, and TLS on loopback.
#include "node/daemon/node.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "contracts/governance/governance.h"
#include "contracts/transfers/transfers.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction_builder.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/x509.h"
#include "node/consensus/log_file.h"
#include "node/consensus/messages.h"
#include "node/consensus/vote_log.h"
#include "tests/support/contract_fixture.h"

namespace causeway::daemon {
namespace {

constexpr uint32_t kValidators = 4;
constexpr absl::Duration kPatience = absl::Seconds(60);

Instant Now() {
  return Instant::FromMicros(static_cast<uint64_t>(absl::GetCurrentTimeNanos() / 1000));
}

uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

class NodeTest : public testing::ContractFixture {
 protected:
  NodeTest() : directory_(absl::StrCat(::testing::TempDir(), "/causeway-node-", getpid())) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    genesis_.set_protocol_version(1);
    genesis_.set_name("four validators");
    genesis_.set_time_us(Now().micros());
    *genesis_.mutable_limits() = chain::DefaultLimits();
    *genesis_.mutable_drift() = chain::DefaultDrift();
    genesis_.set_confidentiality_key_hash(crypto::Sha256(std::string(32, 'k')).ToString());
    for (uint32_t i = 0; i < kValidators; ++i) {
      v1::Validator& validator = *genesis_.add_validators();
      validator.set_name(absl::StrCat("bank-", i));
      validator.set_operator_(kOperators[i]);
      validator.set_public_key(PrivateKeyFor(absl::StrCat("validator-", i)).public_key().bytes);
      ports_.push_back(FreePort());
    }
    for (const std::string& lei : kOperators)
      *genesis_.add_operations()->mutable_parties()->mutable_register_party() =
          PartyRequest(lei.substr(0, 9), {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_OPERATOR});
    *genesis_.add_operations()->mutable_parties()->mutable_register_party() =
        PartyRequest("INVESTOR", {v1::PARTY_ROLE_INVESTOR});
    MakeCertificates();
    MakeVoteLogs({.segment_bytes = 24 << 20});
  }
  ~NodeTest() override {
    for (std::unique_ptr<Node>& node : nodes_) {
      if (node) {
        EXPECT_TRUE(node->Stop().ok());
      }
    }
    nodes_.clear();
    std::filesystem::remove_all(directory_);
  }

  // A vote log is made once, together with its key.
  void MakeVoteLogs(const consensus::VoteLogOptions& options) {
    vote_log_ = options;
    const std::unique_ptr<consensus::FileSystem> files = consensus::SystemFiles();
    for (uint32_t i = 0; i < kValidators; ++i) {
      const std::string home = absl::StrCat(directory_, "/node-", i);
      std::filesystem::remove_all(home);
      std::filesystem::create_directories(home);
      const KeyId key = KeyIdFor(absl::StrCat("validator-", i));
      EXPECT_TRUE(consensus::VoteLog::Create(*files, home + "/votes", options, chain::ChainIdOf(genesis_), key).ok());
    }
  }

  void MakeCertificates() {
    const crypto::PrivateKey ca_key = crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256).value();
    crypto::CertificateSubject subject;
    subject.common_name = "test authority";
    subject.not_before_s = static_cast<int64_t>(Now().micros() / 1'000'000) - 3600;
    subject.not_after_s = subject.not_before_s + 86'400;
    const std::string ca = crypto::MakeCaCertificate(ca_key, subject).value();
    for (uint32_t i = 0; i < kValidators; ++i) {
      const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256).value();
      crypto::CertificateSubject leaf = subject;
      leaf.common_name = absl::StrCat("bank-", i);
      leaf.dns_names = {network::ValidatorDnsName(i)};
      leaf.ip_addresses = {"127.0.0.1"};
      leaf.uris = {network::ValidatorUri(i)};
      tls_.push_back({ca, crypto::MakeLeafCertificate(ca_key, ca, key.public_key(), leaf).value(),
                      crypto::PrivateKeyToPem(key).value()});
    }
  }

  network::PeerNetworkOptions NetworkOf(uint32_t i) const {
    network::PeerNetworkOptions options;
    options.listen = absl::StrCat("127.0.0.1:", ports_[i]);
    options.tls = tls_[i];
    for (uint32_t j = 0; j < kValidators; ++j) {
      if (j != i) options.peers.push_back({j, absl::StrCat("127.0.0.1:", ports_[j])});
    }
    return options;
  }

  // Its connections, and no node behind them.
  std::unique_ptr<network::PeerNetwork> StartNetworkOfValidator3() const {
    network::PeerNetworkOptions options = NetworkOf(3);
    options.chain_id = chain::ChainIdOf(genesis_);
    options.validator = 3;
    network::PeerHandlers handlers;
    handlers.on_consensus = [](uint32_t, consensus::Bytes) {};
    handlers.on_transactions = [](uint32_t, std::vector<std::string>) {};
    handlers.on_note = [](const std::string&) {};
    absl::StatusOr<std::unique_ptr<network::PeerNetwork>> network =
        network::PeerNetwork::Start(options, std::move(handlers));
    EXPECT_TRUE(network.ok()) << network.status();
    return *std::move(network);
  }

  void Start(uint32_t i) {
    const std::string home = absl::StrCat(directory_, "/node-", i);
    std::filesystem::create_directories(home);
    NodeOptions options;
    options.ledger = {home + "/db", genesis_, std::string(32, 'k')};
    options.mempool.validators = kValidators;
    options.network = NetworkOf(i);
    options.evidence_directory = home + "/evidence";
    options.validator = i;
    options.signer = std::make_shared<crypto::Ed25519Signer>(PrivateKeyFor(absl::StrCat("validator-", i)));
    options.vote_log_directory = home + "/votes";
    options.vote_log = vote_log_;
    options.maintenance = maintenance_;
    options.on_note = [i](Note, const std::string& note) { fprintf(stderr, "node %u: %s\n", i, note.c_str()); };
    absl::StatusOr<std::unique_ptr<Node>> node = Node::Start(std::move(options));
    ASSERT_TRUE(node.ok()) << node.status();
    nodes_.resize(kValidators);
    nodes_[i] = *std::move(node);
  }

  // An account of the investor's, opened through node i.
  AccountId OpenAccount(uint32_t i, const std::string& label) {
    const AccountId id = testing::IdFor<AccountId>(label);
    v1::Operation operation;
    v1::OpenAccount& request = *operation.mutable_transfers()->mutable_open_account();
    request.set_account(id.ToString());
    request.set_owner(kInvestor);
    request.set_kind(v1::ACCOUNT_KIND_OWN);
    Submit(i, kInvestor, {"officer-1", "officer-2"}, label, operation);
    return id;
  }

  // A party's operation, through node i.
  void Submit(uint32_t i, const std::string& party, const std::vector<std::string>& officers, const std::string& label,
              const v1::Operation& operation) {
    chain::TransactionBuilder builder(chain::ChainIdOf(genesis_), party);
    builder.set_id(testing::IdFor<ClientTransactionId>("transaction " + label))
        .set_valid_until(AddSaturating(Now(), Duration::Minutes(10)))
        .Add(operation);
    for (const std::string& officer : officers)
      builder.AddSigner(std::make_shared<crypto::Ed25519Signer>(PrivateKeyFor(absl::StrCat(party, "/", officer))));
    const absl::StatusOr<chain::SignedTransaction> transaction = builder.Sign();
    ASSERT_TRUE(transaction.ok()) << transaction.status();
    const absl::Status submitted = nodes_[i]->Submit(transaction->envelope);
    EXPECT_TRUE(submitted.ok()) << submitted;
  }

  bool HasAccount(uint32_t i, const AccountId& account) const {
    return transfers::FindAccount(*nodes_[i]->ledger().head()->view, account).has_value();
  }
  // Until every running node holds the account in a final block.
  ::testing::AssertionResult Everywhere(const AccountId& account) const {
    return Everywhere([&](uint32_t i) { return HasAccount(i, account); });
  }
  // Until it holds on every running node.
  ::testing::AssertionResult Everywhere(const std::function<bool(uint32_t)>& holds) const {
    const absl::Time deadline = absl::Now() + kPatience;
    for (uint32_t i = 0; i < kValidators; ++i) {
      while (nodes_[i] && !holds(i)) {
        if (absl::Now() > deadline)
          return ::testing::AssertionFailure() << "node " << i << " waits: " << nodes_[i]->consensus_status().stall;
        absl::SleepFor(absl::Milliseconds(5));
      }
    }
    return ::testing::AssertionSuccess();
  }
  // Until all have a block of this height, and then its hash is one.
  void ExpectOneChain(Height height) const {
    std::string first;
    for (uint32_t i = 0; i < kValidators; ++i) {
      const absl::StatusOr<std::string> block = nodes_[i]->ledger().store().GetBlock(height);
      ASSERT_TRUE(block.ok()) << block.status();
      if (i == 0) first = *block;
      EXPECT_EQ(*block, first) << "node " << i;
    }
  }

  const std::string directory_;
  v1::Genesis genesis_;
  std::vector<uint16_t> ports_;
  std::vector<network::TlsIdentity> tls_;
  consensus::VoteLogOptions vote_log_;
  absl::Duration maintenance_ = absl::Milliseconds(500);
  std::vector<std::unique_ptr<Node>> nodes_;
};

TEST_F(NodeTest, FourValidatorsAgreeAndOneThatWasAwayCatchesUp) {
  for (uint32_t i = 0; i < kValidators; ++i) Start(i);
  const AccountId first = OpenAccount(0, "first");
  ASSERT_TRUE(Everywhere(first));

  ASSERT_TRUE(nodes_[3]->Stop().ok());
  nodes_[3] = nullptr;
  const AccountId without = OpenAccount(1, "without one");
  ASSERT_TRUE(Everywhere(without));

  Start(3);
  ASSERT_TRUE(Everywhere(without));
  const AccountId again = OpenAccount(3, "again");
  ASSERT_TRUE(Everywhere(again));
  ExpectOneChain(Height(nodes_[0]->ledger().head()->header.height() > 2 ? 2 : 1));

  // All at once, and back: what was final is final.
  for (uint32_t i = 0; i < kValidators; ++i) {
    ASSERT_TRUE(nodes_[i]->Stop().ok());
    nodes_[i] = nullptr;
  }
  for (uint32_t i = 0; i < kValidators; ++i) Start(i);
  ASSERT_TRUE(Everywhere(again));
  ASSERT_TRUE(Everywhere(OpenAccount(2, "after all were away")));
}

// What fills the log is many times what it holds, and nobody but the log asks for a sync.
TEST_F(NodeTest, AVoteLogThatFillsUpHasTheStoreSyncedAndIsUsedAgain) {
  MakeVoteLogs({.segment_bytes = 64 << 10, .segments_max = 4});
  maintenance_ = absl::Hours(1);
  for (uint32_t i = 0; i < kValidators; ++i) Start(i);
  for (int i = 0; i < 250; ++i) ASSERT_TRUE(Everywhere(OpenAccount(0, absl::StrCat("account ", i))));
  EXPECT_TRUE(nodes_[0]->consensus_status().log_has_room);
}

// Validator 3 runs nothing but its key: it signs a nullification and a finalization of one view.
TEST_F(NodeTest, AValidatorThatSignsTwoHistoriesIsNamedOnEveryLedger) {
  for (uint32_t i = 0; i < 3; ++i) Start(i);
  ASSERT_TRUE(Everywhere(OpenAccount(0, "before")));
  const crypto::Ed25519Signer signer(PrivateKeyFor("validator-3"));
  const std::unique_ptr<network::PeerNetwork> cheat = StartNetworkOfValidator3();
  const std::string report = directory_ + "/node-0/evidence/conflict-0-3.json";
  const absl::Time deadline = absl::Now() + kPatience;
  // Votes count for the view that a validator is in and the next: until it is met.
  while (!std::filesystem::exists(report)) {
    ASSERT_LT(absl::Now(), deadline);
    const View view = nodes_[0]->consensus_status().view;
    const consensus::Subject finalize{consensus::VoteKind::kFinalize, Epoch(0), view, View(0), crypto::Sha256("mine")};
    for (const consensus::Subject& subject : {consensus::Subject::Nullify(Epoch(0), view), finalize}) {
      const std::string signature = *signer.Sign(consensus::VotePreimage(chain::ChainIdOf(genesis_), subject));
      cheat->SendTo(
          0, consensus::Lane::kVotes,
          std::make_shared<const std::string>(consensus::EncodeMessage(consensus::Vote{subject, 3, signature})));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  std::ifstream file(report);
  const std::string json((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  v1::Operation operation;
  ASSERT_TRUE(codec::JsonToMessage(absl::string_view(json).substr(1, json.rfind(']') - 1), &operation).ok()) << json;
  Submit(0, kOperators[0], {"officer-1"}, "report", operation);
  ASSERT_TRUE(Everywhere([&](uint32_t i) {
    return nodes_[i]->ledger().head()->view->Has(governance::kConflicts, std::tuple(uint64_t{0}, uint32_t{3}));
  }));
  cheat->Stop();
}

TEST_F(NodeTest, ATransactionForAnotherChainIsRefusedAtTheDoor) {
  Start(0);
  const v1::Genesis own = genesis_;
  genesis_.set_name("another network");
  const AccountId id = testing::IdFor<AccountId>("foreign");
  v1::Operation operation;
  operation.mutable_transfers()->mutable_open_account()->set_account(id.ToString());
  chain::TransactionBuilder builder(chain::ChainIdOf(genesis_), kInvestor);
  builder.set_id(testing::IdFor<ClientTransactionId>("foreign"))
      .set_valid_until(AddSaturating(Now(), Duration::Minutes(10)))
      .Add(operation);
  builder.AddSigner(std::make_shared<crypto::Ed25519Signer>(PrivateKeyFor(absl::StrCat(kInvestor, "/officer-1"))));
  const absl::Status status = nodes_[0]->Submit(builder.Sign()->envelope);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("WRONG_CHAIN"), std::string::npos) << status;
  genesis_ = own;
}

}  // namespace
}  // namespace causeway::daemon
