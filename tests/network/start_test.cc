// SPDX-License-Identifier: Apache-2.0
// How a node starts, agrees, and refuses to start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "rocksdb/env.h"

#include "ledger/store/head_file.h"
#include "ledger/store/keys.h"
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

  // A network of one that has taken a transaction and was stopped.
  chain::SignedTransaction LiveAndStop() {
    LayOut(1);
    Start(1);
    EXPECT_TRUE(UntilReady(1, 1));
    chain::SignedTransaction transaction = OpenAccountTransaction("investor", "an account");
    const absl::StatusOr<v1::TransactionReceipt> receipt = ClientOf("investor", 1)->SubmitAndWait(transaction);
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    if (receipt.ok()) receipt_ = receipt->SerializeAsString();
    EXPECT_TRUE(UntilReady(1, 3));
    height_ = StatusOf(1)->final_height();
    EXPECT_EQ(Stop(1), 0);
    return transaction;
  }
  // The node starts, has the receipt, and goes on; or has come to `height`.
  void ExpectNothingLost(const chain::SignedTransaction& transaction) { ExpectNothingLost(transaction, height_ + 1); }
  void ExpectNothingLost(const chain::SignedTransaction& transaction, uint64_t height) {
    Start(1);
    ASSERT_TRUE(UntilReady(1, height));
    const absl::StatusOr<v1::GetReceiptResponse> there = ClientOf("investor", 1, true)->GetReceipt(transaction.id, 0);
    ASSERT_TRUE(there.ok()) << there.status();
    EXPECT_EQ(there->receipt().SerializeAsString(), receipt_);
    EXPECT_EQ(Stop(1), 0);
  }
  // Until it is ready, or has ended; whether it is ready.
  bool StartsOrEnds() {
    Start(1);
    absl::StatusOr<v1::GetStatusResponse> status = absl::UnknownError("never asked");
    EXPECT_TRUE(Until([&] {
      status = StatusOf(1);
      return (status.ok() && status->ready()) || !process(1).Running();
    }));
    return process(1).Running();
  }
  // The store's files with their bytes, but for the locks, which have none, and RocksDB's notes of what it did.
  std::map<std::string, std::string> DataFiles() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(network_.nodes[0].folder + "/db")) {
      const std::string name = entry.path().filename().string();
      if (!entry.is_regular_file() || name == "IN_USE" || name == "LOCK" || name.rfind("LOG", 0) == 0) continue;
      files[entry.path().string()] = Text(entry.path().string());
    }
    return files;
  }
  // Store and vote log together, as neither is taken back alone.
  void CopyData(const std::string& from, const std::string& to) const {
    for (const char* part : {"/db", "/votes"}) {
      fs::remove_all(to + part);
      fs::create_directories(to);
      fs::copy(from + part, to + part, fs::copy_options::recursive);
    }
  }

  std::string receipt_;
  uint64_t height_ = 0;

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

TEST_F(StartTest, ANewerFormatsDirectoryIsRefusedAndLeftAlone) {
  const chain::SignedTransaction transaction = LiveAndStop();
  const std::string file = network_.nodes[0].folder + "/db/HEAD";
  rocksdb::Env& env = *rocksdb::Env::Default();
  const store::Head head = *store::ReadHead(env, file);
  store::Head newer = head;
  newer.format_version = store::kFormatVersion + 1;
  ASSERT_TRUE(store::HeadFile::Write(env, file, newer).ok());
  const std::map<std::string, std::string> before = DataFiles();
  const Ended ended = RunConfig(network_.nodes[0].config_file);
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("Nothing was changed. Use the newer program."));
  EXPECT_TRUE(DataFiles() == before);
  ASSERT_TRUE(store::HeadFile::Write(env, file, head).ok());
  ExpectNothingLost(transaction);
}

// A configuration that is refused is refused before anything of the node is touched.
TEST_F(StartTest, AnUnknownKeyInTheConfigurationLeavesTheDataAlone) {
  const chain::SignedTransaction transaction = LiveAndStop();
  const std::map<std::string, std::string> before = DataFiles();
  const Ended ended = RunConfig(ConfigWith(1, "validator = 0\n", "validator = 0\nvalidater = 1\n"));
  EXPECT_EQ(ended.code, 2) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("validater: unknown key"));
  EXPECT_TRUE(DataFiles() == before);
  ExpectNothingLost(transaction);
}

// One bit turned in each file of the store, at several places, and at more of them before a release. Either the node
// has all that it had, or it ends with 1: what it says is unchanged is unchanged, and with that bit turned back
// everything is there again.
TEST_F(StartTest, ADamagedDirectoryIsRefusedAndHasLostNothingElse) {
  const chain::SignedTransaction transaction = LiveAndStop();
  const std::string folder = network_.nodes[0].folder, kept = directory_ + "/kept";
  CopyData(folder, kept);
  int refused = 0;
  for (const auto& [file, bytes] : DataFiles()) {
    if (bytes.empty()) continue;
    std::set<size_t> places = {bytes.size() / 3, bytes.size() - 1};
    if (std::getenv("CAUSEWAY_RELEASE_TESTS") != nullptr) places.insert({0, bytes.size() / 2});
    for (const size_t at : places) {
      SCOPED_TRACE(absl::StrCat(fs::path(file).filename().string(), " at ", at, " of ", bytes.size()));
      std::string turned = bytes;
      turned[at] = static_cast<char>(turned[at] ^ 4);
      std::ofstream(file, std::ios::binary) << turned;
      const std::map<std::string, std::string> damaged = DataFiles();
      const size_t said_before = LogOf(1).size();
      if (StartsOrEnds()) {
        EXPECT_GE(StatusOf(1)->final_height(), height_);
        // A row that is read no sooner is not given out damaged either.
        const absl::StatusOr<v1::GetReceiptResponse> there =
            ClientOf("investor", 1, true)->GetReceipt(transaction.id, 0);
        EXPECT_TRUE(!there.ok() || there->receipt().SerializeAsString() == receipt_) << there->DebugString();
        Stop(1);
      } else {
        ++refused;
        EXPECT_EQ(process(1).Wait(), 1);
        const std::string said = LogOf(1).substr(said_before);
        EXPECT_THAT(said, HasSubstr(" node.refused "));
        EXPECT_TRUE(said.find("Nothing was changed") == std::string::npos || DataFiles() == damaged) << said;
        std::ofstream(file, std::ios::binary) << bytes;
        ExpectNothingLost(transaction, height_);
      }
      CopyData(kept, folder);
    }
  }
  EXPECT_GT(refused, 5);
  ExpectNothingLost(transaction);
}

// A validator whose vote log is damaged asks the others before it votes again, and keeps what was damaged.
TEST_F(StartTest, ADamagedVoteLogIsSetAsideAndItsNodeComesBack) {
  LayOut(4);
  StartAll();
  ASSERT_TRUE(UntilAllReady(1));
  const absl::StatusOr<v1::TransactionReceipt> receipt =
      ClientOf("investor", 1)->SubmitAndWait(OpenAccountTransaction("investor", "before"));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  ASSERT_TRUE(UntilAllReady(receipt->receipt().height()));
  ASSERT_EQ(Stop(2), 0);
  const std::string votes = network_.nodes[1].folder + "/votes";
  const std::string segment = votes + "/votes-000001.log";
  std::string bytes = Text(segment);
  bytes[512] = static_cast<char>(bytes[512] ^ 4);
  std::ofstream(segment, std::ios::binary) << bytes;
  Start(2);
  ASSERT_TRUE(UntilReady(2, receipt->receipt().height()));
  EXPECT_TRUE(fs::exists(votes + "/lost-1-votes-000001.log"));
  // It counts again once the others have passed the views in which it may have voted: without it and another there
  // would be no quorum.
  ASSERT_TRUE(UntilAllReady(receipt->receipt().height() + 6));
  Kill9(3);
  const absl::StatusOr<v1::TransactionReceipt> after =
      ClientOf("investor", 2, true)->SubmitAndWait(OpenAccountTransaction("investor", "after"), 60'000);
  EXPECT_TRUE(after.ok()) << after.status();
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
