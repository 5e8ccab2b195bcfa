// SPDX-License-Identifier: Apache-2.0
// What a configuration names must fit together; each misfit is told, all at once.
#include "node/daemon/setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "node/daemon/directory_lock.h"
#include "node/layout/layout.h"

namespace causeway::daemon {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SetupTest : public ::testing::Test {
 protected:
  SetupTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/causeway-setup-", getpid(), "-",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(directory_);
  }
  ~SetupTest() override { fs::remove_all(directory_); }

  void LayOut(layout::NetworkPlan plan, const std::string& passphrase = "") {
    layout::LayoutOptions options;
    options.directory = directory_;
    options.vote_log_segment_mib = 24;
    options.vote_log_segments = 4;
    options.passphrase = passphrase;
    if (!passphrase.empty()) options.passphrase_file = directory_ + "/passphrase";
    const absl::StatusOr<layout::NetworkDirectory> network = layout::LayOutNetwork(plan, options);
    ASSERT_TRUE(network.ok()) << network.status();
    network_ = *network;
    const absl::StatusOr<Config> config = ReadConfig(network_.nodes[0].config_file);
    ASSERT_TRUE(config.ok()) << config.status();
    config_ = *config;
  }
  absl::StatusOr<NodeSetup> Load(int64_t ahead_s = 0) const {
    return LoadSetup(config_, absl::ToUnixSeconds(absl::Now()) + ahead_s);
  }
  std::string Refusal(int64_t ahead_s = 0) const { return std::string(Load(ahead_s).status().message()); }
  std::string Of(int node, const std::string& file) const {
    return absl::StrCat(directory_, "/node-", node, "/keys/", file);
  }

  const std::string directory_;
  layout::NetworkDirectory network_;
  Config config_;
};

TEST_F(SetupTest, ALaidOutNodeFits) {
  LayOut(layout::DevnetPlan(2));
  const absl::StatusOr<NodeSetup> setup = Load();
  ASSERT_TRUE(setup.ok()) << setup.status();
  EXPECT_EQ(setup->chain_id, network_.chain_id);
  EXPECT_EQ(setup->signer->public_key().bytes, network_.genesis.validators(0).public_key());
  EXPECT_GT(setup->tls.certificates_end_s, absl::ToUnixSeconds(absl::Now()));
}

TEST_F(SetupTest, EveryMisfitIsToldAtOnce) {
  LayOut(layout::DevnetPlan(3));
  config_.validator_key_file = Of(2, "validator.key");
  config_.peers_tls.certificate = Of(3, "peers.pem");
  config_.clients_tls.ca = Of(1, "peers-ca.pem");
  config_.peers = {{1, "127.0.0.1:1"}, {1, "127.0.0.1:2"}, {0, "127.0.0.1:3"}, {7, "127.0.0.1:4"}};
  config_.confidentiality_key_file = directory_ + "/nothing";
  const std::string refusal = Refusal();
  for (const char* part :
       {"is not the key of validator 0 (operator-1) in genesis; it is that of validator 1 (operator-2)",
        "peers.private_key: ", "does not belong to", "does not name causeway://validator/0",
        "does not name validator-0.causeway", "clients.certificate: ", "validator 1 is named 2 times",
        "0 is this node itself", "this genesis has no validator 7", "validator 2 (operator-3) is missing",
        "keys.confidentiality: "})
    EXPECT_THAT(refusal, HasSubstr(part));
}

TEST_F(SetupTest, AValidatorThatGenesisDoesNotHaveIsRefused) {
  LayOut(layout::DevnetPlan(1));
  config_.validator = 1;
  EXPECT_THAT(Refusal(), HasSubstr("validator: 1; this genesis has validators 0 to 0"));
}

TEST_F(SetupTest, CertificatesThatHaveEndedAreRefused) {
  LayOut(layout::DevnetPlan(1));
  const std::string refusal = Refusal(int64_t{1000} * 86'400);
  EXPECT_THAT(refusal, HasSubstr("peers.certificate: "));
  EXPECT_THAT(refusal, HasSubstr("clients.certificate: "));
}

TEST_F(SetupTest, AnotherChainsConfidentialityKeyIsRefused) {
  LayOut(layout::DevnetPlan(1));
  fs::remove(config_.confidentiality_key_file);
  std::ofstream(config_.confidentiality_key_file) << std::string(64, 'a') << '\n';
  ASSERT_EQ(chmod(config_.confidentiality_key_file.c_str(), 0600), 0);
  EXPECT_THAT(Refusal(), HasSubstr("is not this chain's"));
}

TEST_F(SetupTest, APassphraseComesFromItsFileAndNobodyElseMayReadIt) {
  layout::NetworkPlan plan = layout::DevnetPlan(1);
  plan.parties.resize(1);
  plan.devnet.reset();
  LayOut(plan, "correct horse");
  EXPECT_THAT(Refusal(), HasSubstr("keys.passphrase_file: " + config_.passphrase_file + ": cannot open"));
  std::ofstream(config_.passphrase_file) << "correct horse\n";
  ASSERT_EQ(chmod(config_.passphrase_file.c_str(), 0644), 0);
  EXPECT_THAT(Refusal(), HasSubstr("chmod 600"));
  ASSERT_EQ(chmod(config_.passphrase_file.c_str(), 0600), 0);
  EXPECT_TRUE(Load().ok()) << Load().status();
  std::ofstream(config_.passphrase_file) << "wrong\n";
  EXPECT_THAT(Refusal(), HasSubstr("keys.validator: "));
}

TEST_F(SetupTest, OutsideADevelopmentNetworkAKeyInTheClearIsRefused) {
  layout::NetworkPlan plan = layout::DevnetPlan(1);
  LayOut(plan);
  const std::string in_the_clear = config_.validator_key_file + ".clear";
  fs::rename(config_.validator_key_file, in_the_clear);
  fs::rename(directory_, directory_ + ".devnet");
  plan.parties.resize(1);
  plan.devnet.reset();
  LayOut(plan, "correct horse");
  std::ofstream(config_.passphrase_file) << "correct horse\n";
  ASSERT_EQ(chmod(config_.passphrase_file.c_str(), 0600), 0);
  config_.validator_key_file = directory_ + ".devnet/node-1/keys/validator.key.clear";
  EXPECT_THAT(Refusal(), HasSubstr("keys.validator: "));
  fs::remove_all(directory_ + ".devnet");
}

TEST_F(SetupTest, ADirectoryIsOneProcesss) {
  const std::string folder = directory_ + "/votes";
  absl::StatusOr<std::unique_ptr<DirectoryLock>> first = DirectoryLock::Take(folder);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = DirectoryLock::Take(folder).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.message()), HasSubstr("in use by another causewayd"));
  first->reset();
  EXPECT_TRUE(DirectoryLock::Take(folder).ok());
}

}  // namespace
}  // namespace causeway::daemon
