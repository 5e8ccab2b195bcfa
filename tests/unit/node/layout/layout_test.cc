// SPDX-License-Identifier: Apache-2.0
// A network's directory, and nodes that start from it.
#include "node/layout/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "contracts/parties/parties.h"
#include "contracts/registry.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/x509.h"
#include "ledger/execution/executor.h"
#include "ledger/state/memory_state.h"
#include "ledger/state/overlay.h"
#include "node/client/client.h"
#include "node/client/context.h"
#include "node/daemon/config.h"
#include "node/layout/ceremony.h"

namespace causeway::layout {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LayoutTest : public ::testing::Test {
 protected:
  LayoutTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/causeway-layout-", getpid(), "-",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(directory_);
    options_.directory = directory_ + "/network";
    options_.vote_log_segment_mib = 24;
    options_.vote_log_segments = 4;
  }
  ~LayoutTest() override { fs::remove_all(directory_); }

  const std::string directory_;
  LayoutOptions options_;
};

TEST_F(LayoutTest, EveryNodesConfigurationKeysAndCertificatesFitTheGenesis) {
  const absl::StatusOr<NetworkDirectory> network = LayOutNetwork(DevnetPlan(4), options_);
  ASSERT_TRUE(network.ok()) << network.status();
  const absl::StatusOr<v1::Genesis> genesis = chain::ParseGenesis(*client::ReadFile(network->genesis_file));
  ASSERT_TRUE(genesis.ok()) << genesis.status();
  EXPECT_EQ(chain::ChainIdOf(*genesis), network->chain_id);
  ASSERT_EQ(network->nodes.size(), 4u);
  const int64_t now_s = absl::ToUnixSeconds(absl::Now());
  std::set<std::string> addresses;
  for (uint32_t i = 0; i < 4; ++i) {
    const absl::StatusOr<daemon::Config> config = daemon::ReadConfig(network->nodes[i].config_file);
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->validator, i);
    EXPECT_EQ(config->genesis_file, network->genesis_file);
    EXPECT_EQ(config->peers.size(), 3u);
    for (const daemon::Config::Peer& peer : config->peers) {
      ASSERT_NE(peer.validator, i);
      EXPECT_EQ(peer.address, network->nodes[peer.validator].peers);
    }
    addresses.insert({config->peers_listen, config->clients_listen, config->operators_listen});
    const absl::StatusOr<crypto::PrivateKey> key =
        crypto::ReadKeyFile(config->validator_key_file, "", crypto::PlaintextKeys::kAllow);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->public_key().bytes, genesis->validators(static_cast<int>(i)).public_key());
    const absl::StatusOr<crypto::Secret> confidentiality =
        crypto::ReadConfidentialityKey(config->confidentiality_key_file);
    ASSERT_TRUE(confidentiality.ok()) << confidentiality.status();
    EXPECT_EQ(crypto::Sha256(confidentiality->view()).bytes(), genesis->confidentiality_key_hash());
    for (const daemon::TlsFiles* tls : {&config->peers_tls, &config->clients_tls}) {
      const std::string certificate = *client::ReadFile(tls->certificate);
      EXPECT_TRUE(crypto::VerifyIssuedBy(certificate, *client::ReadFile(tls->ca), now_s).ok());
      EXPECT_EQ(crypto::ParseCertificate(certificate)->public_key,
                crypto::ReadKeyFile(tls->private_key, "", crypto::PlaintextKeys::kAllow)->public_key());
    }
    EXPECT_TRUE(fs::exists(config->vote_log_directory));
  }
  EXPECT_EQ(addresses.size(), 12u);
}

TEST_F(LayoutTest, TheClientsKeysAreRegisteredByTheGenesis) {
  const absl::StatusOr<NetworkDirectory> network = LayOutNetwork(DevnetPlan(1), options_);
  ASSERT_TRUE(network.ok()) << network.status();
  const absl::StatusOr<client::Context> context = client::ReadContext(network->context_file);
  ASSERT_TRUE(context.ok()) << context.status();
  EXPECT_EQ(context->nodes.front().clients, network->nodes.front().clients);

  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  const execution::ChainParameters chain{network->chain_id, network->genesis, std::nullopt};
  const auto executed = execution::Executor(*registry, chain).ExecuteGenesis();
  ASSERT_TRUE(executed.ok()) << executed.status();
  const state::OverlayView view({(*executed)->changes}, std::make_shared<state::MemoryState>());
  size_t keys = 0;
  for (const client::ContextParty& party : context->parties) {
    EXPECT_TRUE(parties::FindParty(view, party.lei).has_value()) << party.lei;
    for (const client::ContextOfficer& officer : party.officers) {
      const crypto::PublicKey key =
          crypto::ReadKeyFile(officer.key_file, "", crypto::PlaintextKeys::kAllow)->public_key();
      EXPECT_EQ(crypto::KeyIdOf(key).ToHex(), officer.key_id);
      const auto holder = view.Get(parties::kKeys, crypto::KeyIdOf(key));
      ASSERT_TRUE(holder.has_value()) << officer.slug;
      EXPECT_EQ(holder->party(), party.lei);
      EXPECT_EQ(OfficerId::FromBytes(holder->officer_id())->ToHex(), officer.officer_id);
      ++keys;
    }
    const crypto::CertificateInfo tls = crypto::ParseCertificate(*client::ReadFile(party.certificate)).value();
    EXPECT_EQ(tls.public_key, crypto::ReadKeyFile(party.private_key, "", crypto::PlaintextKeys::kAllow)->public_key());
    const auto holder = view.Get(parties::kKeys, tls.key_id);
    ASSERT_TRUE(holder.has_value()) << party.slug;
    EXPECT_EQ(holder->party(), party.lei);
  }
  EXPECT_EQ(keys, 9u * 5u);
}

TEST_F(LayoutTest, NobodyElseMayReadAnythingOfIt) {
  ASSERT_TRUE(LayOutNetwork(DevnetPlan(1), options_).ok());
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(options_.directory)) {
    struct stat info {};
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    // The vote log's segments hold no secret; their folder is closed by the node's.
    if (entry.path().filename().string().rfind("votes", 0) == 0) continue;
    EXPECT_EQ(info.st_mode & 077u, 0u) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 60u);
}

TEST_F(LayoutTest, ADirectoryThatIsNotEmptyIsLeftAlone) {
  fs::create_directories(options_.directory + "/node-1");
  const absl::StatusOr<NetworkDirectory> network = LayOutNetwork(DevnetPlan(1), options_);
  EXPECT_EQ(network.status().code(), absl::StatusCode::kAlreadyExists) << network.status();
  EXPECT_THAT(std::string(network.status().message()), HasSubstr("not empty"));
  EXPECT_EQ(std::distance(fs::directory_iterator(options_.directory), {}), 1);
}

TEST_F(LayoutTest, APlanWhoseGenesisIsRefusedLeavesNothing) {
  NetworkPlan plan = DevnetPlan(1);
  plan.operations.emplace_back().mutable_parties()->mutable_register_party()->set_lei("x");
  const absl::StatusOr<NetworkDirectory> network = LayOutNetwork(plan, options_);
  EXPECT_EQ(network.status().code(), absl::StatusCode::kInvalidArgument) << network.status();
  EXPECT_THAT(std::string(network.status().message()), HasSubstr("LEI_INVALID"));
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(LayoutTest, ANetworkForRealKeepsItsKeysEncrypted) {
  NetworkPlan plan = DevnetPlan(1);
  plan.parties.resize(1);
  plan.devnet.reset();
  EXPECT_THAT(std::string(LayOutNetwork(plan, options_).status().message()), HasSubstr("needs a passphrase"));
  options_.passphrase = "correct horse battery staple";
  options_.passphrase_file = "/run/credentials/causewayd.service/passphrase";
  const absl::StatusOr<NetworkDirectory> network = LayOutNetwork(plan, options_);
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_FALSE(network->genesis.has_devnet());
  const absl::StatusOr<daemon::Config> config = daemon::ReadConfig(network->nodes[0].config_file);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->passphrase_file, options_.passphrase_file);
  EXPECT_EQ(crypto::ReadKeyFile(config->validator_key_file, "", crypto::PlaintextKeys::kAllow).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(crypto::ReadKeyFile(config->validator_key_file, options_.passphrase).ok());
  EXPECT_EQ(client::ReadContext(network->context_file)->passphrase_file, options_.passphrase_file);
}

TEST_F(LayoutTest, ItsOwnContextOpensANetworkWhoseKeysAreEncrypted) {
  options_.passphrase = "correct horse battery staple";
  options_.passphrase_file = directory_ + ".passphrase";
  std::ofstream(options_.passphrase_file) << options_.passphrase << "\n";
  fs::permissions(options_.passphrase_file, fs::perms::owner_read);
  const absl::StatusOr<NetworkDirectory> network = LayOutNetwork(DevnetPlan(1), options_);
  ASSERT_TRUE(network.ok()) << network.status();
  absl::StatusOr<client::Context> context = client::ReadContext(network->context_file);
  ASSERT_TRUE(context.ok()) << context.status();
  EXPECT_TRUE(client::Client::Make(*context, "").ok()) << client::Client::Make(*context, "").status();
  // Who has the passphrase from elsewhere names no file.
  context->passphrase_file.clear();
  EXPECT_TRUE(client::Client::Make(*context, "", {.passphrase = options_.passphrase}).ok());
  const absl::Status without = client::Client::Make(*context, "").status();
  EXPECT_EQ(without.code(), absl::StatusCode::kUnauthenticated) << without;
  EXPECT_THAT(std::string(without.message()), HasSubstr("passphrase_file in the context"));
  fs::remove(options_.passphrase_file);
}

TEST_F(LayoutTest, AnOriginAndARateBecomeTheClockOfTheDevelopmentNetwork) {
  NetworkPlan plan = DevnetPlan(1);
  plan.devnet->origin = ParseInstant("2026-03-02T06:00:00Z").value();
  plan.devnet->rate = 600;
  options_.base_port = 21'000;
  const absl::StatusOr<NetworkDirectory> network = LayOutNetwork(plan, options_);
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->genesis.time_us(), plan.devnet->origin->micros());
  EXPECT_EQ(network->genesis.devnet().origin_us(), plan.devnet->origin->micros());
  EXPECT_EQ(network->genesis.devnet().rate(), 600u);
  EXPECT_EQ(network->nodes[0].peers, "127.0.0.1:21001");
  EXPECT_EQ(network->nodes[0].clients, "127.0.0.1:21101");
  EXPECT_EQ(network->nodes[0].operators, "127.0.0.1:21201");
}

}  // namespace
}  // namespace causeway::layout
