// SPDX-License-Identifier: Apache-2.0
// What a node says to the machine's tools, and how it takes new certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "tests/network/network_fixture.h"

namespace causeway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

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

class OperatorsTest : public NetworkFixture {
 protected:
  void AddToConfig(uint32_t node, const std::string& text) {
    std::ofstream(network_.nodes[node - 1].config_file, std::ios::app) << text;
  }
  // The node's metrics on a port of their own.
  void AskForMetrics(uint32_t node) {
    port_ = FreePort();
    AddToConfig(node, absl::StrCat("[metrics]\nlisten = \"127.0.0.1:", port_, "\"\n"));
  }
  // Code and text; code 0 where nobody answers.
  std::pair<int, std::string> Get(const std::string& path) const {
    httplib::Client client("127.0.0.1", port_);
    const httplib::Result result = client.Get(path);
    if (!result) return {0, ""};
    return {result->status, result->body};
  }
  double Metric(const std::string& name) const {
    for (const std::string& line : std::vector<std::string>(absl::StrSplit(Get("/metrics").second, '\n'))) {
      if (line.rfind(name + " ", 0) == 0) return std::stod(line.substr(name.size() + 1));
    }
    return -1;
  }

  int port_ = 0;
};

TEST_F(OperatorsTest, ToolsReadChecksAndMetricsOnLoopback) {
  LayOut(4);
  AskForMetrics(1);
  StartAll();
  ASSERT_TRUE(UntilAllReady(1));
  const chain::SignedTransaction transaction = OpenAccountTransaction("investor", "measured");
  const auto receipt = ClientOf("investor", 1, true)->SubmitAndWait(transaction);
  ASSERT_TRUE(receipt.ok()) << receipt.status();

  EXPECT_EQ(Get("/livez").first, 200);
  EXPECT_EQ(Get("/readyz"), std::make_pair(200, std::string("ready\n")));
  const std::string verbose = Get("/readyz?verbose").second;
  for (const char* check : {"[+]lag: ", "[+]peers: ", "[+]disk: ", "[+]clock: ", "[+]signer: "})
    EXPECT_THAT(verbose, HasSubstr(check));
  EXPECT_EQ(Get("/").first, 404);

  ASSERT_TRUE(Until([&] { return Metric("causeway_peer_rtt_seconds{peer=\"operator-4\"}") > 0; }));
  EXPECT_GE(Metric("causeway_consensus_height"), static_cast<double>(receipt->receipt().height()));
  EXPECT_EQ(Metric("causeway_tx_total{code=\"APPLIED\"}"), 1);
  EXPECT_GE(Metric("causeway_block_apply_seconds_count"), 1);
  EXPECT_GE(Metric("causeway_wal_fsync_seconds_count"), 1);
  EXPECT_GT(Metric("causeway_disk_free_bytes"), 0);
  EXPECT_GT(Metric("causeway_cert_expiry_seconds"), 0);
  EXPECT_GT(Metric("process_resident_memory_bytes"), 0);
  EXPECT_THAT(Get("/metrics").second, HasSubstr("grpc_method=\"SubmitTransaction\""));
  // Each of the others has told how far it is.
  EXPECT_TRUE(Until([&] {
    const absl::StatusOr<v1::GetStatusResponse> status = StatusOf(1);
    return status.ok() && status->peers_size() == 3 &&
           std::all_of(status->peers().begin(), status->peers().end(),
                       [](const v1::PeerStatus& peer) { return peer.round_trip_us() > 0 && peer.final_height() > 0; });
  }));

  // Without a quorum it lives, is not ready, and says who is missing.
  Kill9(3);
  Kill9(4);
  ASSERT_TRUE(Until([&] { return Get("/readyz").first == 503; }));
  EXPECT_EQ(Get("/livez").first, 200);
  EXPECT_THAT(Get("/readyz?verbose").second,
              HasSubstr("[-]peers: connected to 1 of 3, and 2 are needed; not to operator-3, operator-4"));
  EXPECT_EQ(Stop(1), 0);
  EXPECT_EQ(Get("/livez").first, 0);
}

TEST_F(OperatorsTest, CertificatesAreTakenAnewWhenAskedAndOnlyWhereTheyFit) {
  LayOut(1);
  Start(1);
  ASSERT_TRUE(UntilReady(1));
  const std::string file = network_.nodes[0].folder + "/keys/clients.pem";
  const std::string good = client::ReadFile(file).value();
  // The validators' authority does not sign for the clients' listener.
  std::ofstream(file) << client::ReadFile(network_.nodes[0].folder + "/keys/peers.pem").value();
  process(1).Signal(SIGHUP);
  ASSERT_TRUE(Until(
      [&] { return LogOf(1).find("certificates.renewed the old certificates stay in use: ") != std::string::npos; }));
  EXPECT_THAT(LogOf(1), HasSubstr("clients.private_key: "));
  const chain::SignedTransaction transaction = OpenAccountTransaction("investor", "meanwhile");
  EXPECT_TRUE(ClientOf("investor", 1, true)->SubmitAndWait(transaction).ok());
  std::ofstream(file) << good;
  process(1).Signal(SIGHUP);
  ASSERT_TRUE(Until([&] {
    return LogOf(1).find("certificates.renewed new connections use the certificates as they are now") !=
           std::string::npos;
  }));
  EXPECT_TRUE(ClientOf("investor", 1, true)->Status().ok());
  EXPECT_EQ(Stop(1), 0);
}

TEST_F(OperatorsTest, MetricsAreOffUnlessAskedForAndAPortInUseIsNamed) {
  LayOut(1);
  AskForMetrics(1);
  const int holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port_));
  ASSERT_EQ(bind(holder, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(holder, 1), 0);
  const Ended ended = RunConfig(network_.nodes[0].config_file);
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr(absl::StrCat("cannot listen for metrics on 127.0.0.1:", port_)));
  close(holder);
}

}  // namespace
}  // namespace causeway::testing
