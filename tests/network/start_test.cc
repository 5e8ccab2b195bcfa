// SPDX-License-Identifier: Apache-2.0
// How a node starts, agrees, and refuses to start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "tests/network/network_fixture.h"

namespace causeway::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class StartTest : public NetworkFixture {
 protected:
  static std::string Text(const std::string& path) { return client::ReadFile(path).value(); }
  // The node's configuration with one text replaced, as another file beside it.
  std::string ConfigWith(uint32_t node, const std::string& from, const std::string& to) {
    const std::string text = Text(network_.nodes[node - 1].config_file);
    EXPECT_NE(text.find(from), std::string::npos) << from;
    const std::string path = absl::StrCat(network_.nodes[node - 1].folder, "/other-", ++files_, ".toml");
    std::ofstream(path) << absl::StrReplaceAll(text, {{from, to}});
    return path;
  }

 private:
  int files_ = 0;
};

TEST_F(StartTest, FourNodesAgreeAndEachAnswersForWhatWasSubmittedElsewhere) {
  LayOut(4);
  StartAll();
  ASSERT_TRUE(UntilAllReady(1));
  const chain::SignedTransaction transaction = OpenAccountTransaction("investor", "an account");
  const absl::StatusOr<v1::TransactionReceipt> receipt = ClientOf("investor", 1)->SubmitAndWait(transaction);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  ASSERT_EQ(receipt->results(0).status(), v1::OPERATION_STATUS_APPLIED) << receipt->DebugString();
  ASSERT_TRUE(UntilAllReady(receipt->receipt().height()));
  for (uint32_t node = 1; node <= 4; ++node) {
    const absl::StatusOr<v1::GetReceiptResponse> there =
        ClientOf("investor", node, true)->GetReceipt(transaction.id, 10'000);
    ASSERT_TRUE(there.ok()) << there.status();
    EXPECT_EQ(there->receipt().SerializeAsString(), receipt->SerializeAsString()) << "node " << node;
    const absl::StatusOr<v1::GetStatusResponse> status = StatusOf(node);
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_EQ(status->chain_id(), network_.chain_id.bytes());
    EXPECT_EQ(status->name(), absl::StrCat("operator-", node));
    EXPECT_GT(status->finality_p50_us(), 0u);
    EXPECT_LE(status->finality_p50_us(), status->finality_p99_us());
    EXPECT_EQ(status->peers_size(), 3);
    EXPECT_EQ(status->problems_size(), 0) << status->problems(0);
  }
  for (uint32_t node = 1; node <= 4; ++node) EXPECT_EQ(Stop(node), 0) << "node " << node;
  EXPECT_THAT(LogOf(1), HasSubstr(" node.ready ready at height 0"));
  EXPECT_THAT(LogOf(1), HasSubstr(" node.stopped "));
}

TEST_F(StartTest, AConfigurationIsRefusedWithEveryError) {
  LayOut(1);
  const Ended ended = RunConfig(ConfigWith(1, "validator = 0\n", "validator = 400\nvalidater = 1\n"));
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.output, HasSubstr(".toml:3: validator: takes a whole number from 0 to 127"));
  EXPECT_THAT(ended.output, HasSubstr(".toml:4: validater: unknown key; did you mean validator?"));
  EXPECT_EQ(RunToEnd({"--check", "--config", directory_ + "/nothing.toml"}).code, 2);
  EXPECT_EQ(RunToEnd({"--confg", "x"}).code, 2);
  const Ended help = RunToEnd({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.output.rfind("Example: causewayd --config ", 0), 0u) << help.output;
}

TEST_F(StartTest, WhatAConfigurationNamesIsHeldAgainstTheGenesis) {
  LayOut(2);
  EXPECT_EQ(RunToEnd({"--check", "--config", network_.nodes[0].config_file}).code, 0);
  const std::string config = ConfigWith(1, "keys/", "../node-2/keys/");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--check", "--config", config}, {"--config", config}}) {
    const Ended ended = RunToEnd(arguments);
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.output,
                HasSubstr("is not the key of validator 0 (operator-1) in genesis; it is that of validator 1"));
    EXPECT_THAT(ended.output, HasSubstr("does not name causeway://validator/0"));
  }
  EXPECT_FALSE(fs::exists(network_.nodes[0].folder + "/db"));
}

TEST_F(StartTest, AnAddressInUseIsNamed) {
  LayOut(1);
  for (const std::string& taken : {network_.nodes[0].peers, network_.nodes[0].clients, network_.nodes[0].operators}) {
    const int holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(taken.substr(taken.rfind(':') + 1))));
    ASSERT_EQ(bind(holder, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << taken;
    ASSERT_EQ(listen(holder, 1), 0);
    const Ended ended = RunConfig(network_.nodes[0].config_file);
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(taken));
    close(holder);
  }
  Start(1);
  EXPECT_TRUE(UntilReady(1, 1));
}

TEST_F(StartTest, ASecondProcessOnOneDirectoryIsRefused) {
  LayOut(1);
  Start(1);
  ASSERT_TRUE(UntilReady(1));
  const Ended ended = RunConfig(network_.nodes[0].config_file);
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("is in use by another causewayd"));
  EXPECT_TRUE(UntilReady(1, StatusOf(1)->final_height() + 1));
}

TEST_F(StartTest, AnotherChainsDirectoryIsRefusedAndLeftAlone) {
  LayOut(1);
  Start(1);
  ASSERT_TRUE(UntilReady(1, 2));
  ASSERT_EQ(Stop(1), 0);
  const layout::NetworkDirectory other = LayOutNamed("other", 1);
  fs::rename(other.nodes[0].folder + "/votes", other.nodes[0].folder + "/votes.own");
  fs::copy(network_.nodes[0].folder + "/db", other.nodes[0].folder + "/db", fs::copy_options::recursive);
  Ended ended = RunConfig(other.nodes[0].config_file);
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("holds chain " + network_.chain_id.ToHex()));
  // The vote log alone is another's.
  fs::remove_all(other.nodes[0].folder + "/db");
  fs::remove_all(other.nodes[0].folder + "/votes");
  fs::copy(network_.nodes[0].folder + "/votes", other.nodes[0].folder + "/votes", fs::copy_options::recursive);
  ended = RunConfig(other.nodes[0].config_file);
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("is of another chain or key"));
  // The first one is as it was.
  Start(1);
  EXPECT_TRUE(UntilReady(1, 3));
}

TEST_F(StartTest, TheLogIsJsonWhereTheConfigurationSaysSo) {
  LayOut(1);
  std::ofstream(network_.nodes[0].config_file, std::ios::app) << "[log]\nformat = \"json\"\n";
  Start(1);
  ASSERT_TRUE(UntilReady(1));
  ASSERT_EQ(Stop(1), 0);
  EXPECT_THAT(LogOf(1), HasSubstr("\"level\":\"info\",\"event\":\"node.ready\",\"message\":\"ready at height 0"));
}

TEST_F(StartTest, ADevelopmentNetworksTimeStandsStillAndJumpsAheadAsTold) {
  LayOut(1);
  Start(1);
  ASSERT_TRUE(UntilReady(1, 1));
  v1::SetClockRequest request;
  request.set_paused(true);
  const uint64_t before_us = StatusOf(1)->block_time_us();
  request.set_advance_to_us(before_us + uint64_t{3'600} * 1'000'000);
  const absl::StatusOr<Instant> now = client::SetClock(context_.nodes[0], request);
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_GE(now->micros(), request.advance_to_us());
  ASSERT_TRUE(Until([&] { return StatusOf(1)->block_time_us() >= request.advance_to_us(); }));
  const v1::GetStatusResponse paused = *StatusOf(1);
  ASSERT_TRUE(UntilReady(1, paused.final_height() + 2));
  // Two blocks later time has moved by their two microseconds.
  EXPECT_LT(StatusOf(1)->block_time_us(), now->micros() + 1'000);
}

}  // namespace
}  // namespace causeway::testing
