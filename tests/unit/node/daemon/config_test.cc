// SPDX-License-Identifier: Apache-2.0
// A configuration is judged whole: every error at once, with its line and what is allowed.
#include "node/daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace causeway::daemon {
namespace {

using ::testing::HasSubstr;

constexpr char kValid[] = R"(genesis = "../genesis.json"
validator = 2
[keys]
validator = "keys/validator.pem"
confidentiality = "keys/confidentiality.key"
[store]
directory = "db"
vote_log = "votes"
[peers]
listen = "127.0.0.1:7000"
ca = "keys/ca.pem"
certificate = "keys/tls.pem"
private_key = "keys/tls-key.pem"
addresses = ["0=127.0.0.1:7001", "1=127.0.0.1:7002", "3=127.0.0.1:7003"]
[clients]
listen = "127.0.0.1:7100"
ca = "keys/ca.pem"
certificate = "keys/tls.pem"
private_key = "keys/tls-key.pem"
[operators]
listen = "127.0.0.1:7200"
)";

std::string With(const std::string& from, const std::string& to) {
  std::string text = kValid;
  text.replace(text.find(from), from.size(), to);
  return text;
}

std::string ErrorOf(const std::string& text) {
  return std::string(ParseConfig("/net/node-3/causewayd.toml", text).status().message());
}

TEST(Config, ResolvesPathsAgainstItsFolder) {
  const absl::StatusOr<Config> config = ParseConfig("/net/node-3/causewayd.toml", kValid);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->genesis_file, "/net/genesis.json");
  EXPECT_EQ(config->store_directory, "/net/node-3/db");
  EXPECT_EQ(config->validator, 2u);
  ASSERT_EQ(config->peers.size(), 3u);
  EXPECT_EQ(config->peers[2].validator, 3u);
  EXPECT_EQ(config->flush_bytes, uint64_t{32} << 20);
}

TEST(Config, MetricsAreOffUnlessAskedForAndForTheMachineItself) {
  EXPECT_EQ(ParseConfig("/net/node-3/causewayd.toml", kValid)->metrics_listen, "");
  const std::string text = absl::StrCat(kValid, "[metrics]\nlisten = \"127.0.0.1:7300\"\n");
  EXPECT_EQ(ParseConfig("/net/node-3/causewayd.toml", text)->metrics_listen, "127.0.0.1:7300");
  EXPECT_THAT(ErrorOf(absl::StrCat(kValid, "[metrics]\nlisten = \"0.0.0.0:7300\"\n")),
              HasSubstr("causewayd.toml:23: metrics.listen: \"0.0.0.0:7300\": takes 127.0.0.1:PORT"));
}

TEST(Config, OperatorsMayUseASocketInTheFileSystem) {
  const absl::StatusOr<Config> config =
      ParseConfig("/net/node-3/causewayd.toml", With("127.0.0.1:7200", "unix:operators.socket"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->operators_listen, "unix:/net/node-3/operators.socket");
  EXPECT_THAT(ErrorOf(With("127.0.0.1:7200", "operators.socket")), HasSubstr("operators.listen: takes host:port"));
}

TEST(Config, AnUnknownKeyIsNamedWithItsLineAndTheNearestKnownOne) {
  EXPECT_THAT(ErrorOf(With("vote_log = ", "votelog = ")),
              HasSubstr("causewayd.toml:8: store.votelog: unknown key; did you mean store.vote_log?"));
}

TEST(Config, AllErrorsComeAtOnce) {
  std::string text = With("validator = 2", "validator = \"two\"");
  text.replace(text.find("\"127.0.0.1:7100\""), 16, "\"somewhere\"     ");
  const std::string error = ErrorOf(text);
  EXPECT_THAT(error, HasSubstr(":2: validator: takes a whole number from 0 to 127"));
  EXPECT_THAT(error, HasSubstr("clients.listen: takes host:port"));
}

TEST(Config, WhatIsNotTomlIsSaidWithItsLine) {
  EXPECT_THAT(ErrorOf("genesis = \"a\"\nvalidator = = 2\n"), HasSubstr(":2: not TOML"));
}

TEST(Config, AMissingFileIsNamed) {
  EXPECT_THAT(std::string(ReadConfig("/nowhere/causewayd.toml").status().message()),
              HasSubstr("cannot read /nowhere/causewayd.toml"));
}

}  // namespace
}  // namespace causeway::daemon
