// SPDX-License-Identifier: Apache-2.0
// A context is judged whole: every error at once, with the field's path and what is allowed.
#include "node/client/context.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace causeway::client {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryDirectory;

constexpr char kPath[] = "/net/client/context.json";
constexpr char kValid[] = R"({
  "genesis": "../genesis.json",
  "ca": "ca.pem",
  "nodes": [
    {"name": "node-1", "clients": "127.0.0.1:7101", "operators": "127.0.0.1:7201"},
    {"name": "node-2", "clients": "127.0.0.1:7102"}
  ],
  "default_party": "alpha",
  "parties": [
    {"slug": "alpha", "lei": "529900T8BM49AURSDO55", "name": "Alpha Bank", "certificate": "alpha/tls.pem", "private_key": "/keys/alpha.key",
     "officers": [
       {"slug": "trader", "officer_id": "00000000000000000000000000000001", "roles": ["TRADE", "APPROVE"], "key_file": "alpha/trader.key", "key_id": "aa"},
       {"slug": "second", "officer_id": "00000000000000000000000000000002", "roles": ["APPROVE"], "key_file": "alpha/second.key", "key_id": "bb"}]},
    {"slug": "beta", "lei": "5493001KJTIIGC8Y1R12", "name": "Beta Bank", "certificate": "beta/tls.pem", "private_key": "beta/tls.key", "officers": []}
  ]
})";

std::string With(const std::string& from, const std::string& to) {
  std::string text = kValid;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<Context> context = ParseContext(kPath, text);
  EXPECT_THAT(context, StatusIs(absl::StatusCode::kInvalidArgument, kPath));
  return std::string(context.status().message());
}

TEST(Context, ResolvesPathsAgainstItsFolder) {
  const absl::StatusOr<Context> context = ParseContext(kPath, kValid);
  ASSERT_THAT(context, IsOk());
  EXPECT_EQ(context->genesis, "/net/genesis.json");
  EXPECT_EQ(context->ca, "/net/client/ca.pem");
  ASSERT_EQ(context->parties.size(), 2u);
  EXPECT_EQ(context->parties[0].private_key, "/keys/alpha.key");
  EXPECT_EQ(context->parties[0].officers[0].key_file, "/net/client/alpha/trader.key");
  EXPECT_EQ(context->parties[0].officers[0].roles, (std::vector<std::string>{"TRADE", "APPROVE"}));
  ASSERT_EQ(context->nodes.size(), 2u);
  EXPECT_EQ(context->nodes[0].operators, "127.0.0.1:7201");
  EXPECT_EQ(context->nodes[1].operators, "") << "an address for operators may be left out";
}

TEST(Context, NamesTheFileOfThePassphraseWhereTheKeysAreEncrypted) {
  EXPECT_EQ(ParseContext(kPath, kValid)->passphrase_file, "");
  const absl::StatusOr<Context> context =
      ParseContext(kPath, With("\"parties\": [", "\"passphrase_file\": \"../secret\", \"parties\": ["));
  ASSERT_THAT(context, IsOk());
  EXPECT_EQ(context->passphrase_file, "/net/secret");
  EXPECT_EQ(ParseContext("/elsewhere/context.json", FormatContext(*context))->passphrase_file, "/net/secret");
}

TEST(Context, IsReadAgainAsItWasWritten) {
  const absl::StatusOr<Context> context = ParseContext(kPath, kValid);
  ASSERT_THAT(context, IsOk());
  const absl::StatusOr<Context> again = ParseContext("/elsewhere/context.json", FormatContext(*context));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(FormatContext(*again), FormatContext(*context));
}

TEST(Context, APartyIsFoundBySlugByLeiAndByDefault) {
  const Context context = ParseContext(kPath, kValid).value();
  EXPECT_EQ((*context.FindParty("beta"))->slug, "beta");
  EXPECT_EQ((*context.FindParty("5493001KJTIIGC8Y1R12"))->slug, "beta");
  EXPECT_EQ((*context.FindParty(""))->slug, "alpha");
  EXPECT_THAT(context.FindParty("gamma"), StatusIs(absl::StatusCode::kInvalidArgument, "there are alpha, beta"));
  const ContextParty& alpha = **context.FindParty("alpha");
  EXPECT_EQ((*alpha.FindOfficer("second"))->key_id, "bb");
  EXPECT_THAT(alpha.FindOfficer("third"), StatusIs(absl::StatusCode::kInvalidArgument, "there are trader, second"));
}

TEST(Context, WhatIsNoJsonIsRefusedWithItsPlace) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("parse error"));
  EXPECT_THAT(ErrorOf("{\n\"genesis\": ]"), HasSubstr("line 2"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("the file must be an object"));
  EXPECT_THAT(ErrorOf(R"({"genesis": 1e999})"), HasSubstr("number overflow"));
}

TEST(Context, EveryMissingFieldIsNamed) {
  const std::string error = ErrorOf("{}");
  for (const char* field : {"genesis: missing", "ca: missing", "default_party: missing", "nodes: must be a list",
                            "parties: must be a list"})
    EXPECT_THAT(error, HasSubstr(field));
  EXPECT_THAT(ErrorOf(With(R"("name": "node-1", )", "")), HasSubstr("nodes[0].name: missing"));
  EXPECT_THAT(ErrorOf(With(R"("key_file": "alpha/second.key", )", "")),
              HasSubstr("parties[0].officers[1].key_file: missing"));
}

TEST(Context, AFieldOfAnotherTypeIsNamedWithWhatItTakes) {
  EXPECT_THAT(ErrorOf(With(R"("127.0.0.1:7101")", "7101")), HasSubstr("nodes[0].clients: must be a text"));
  EXPECT_THAT(ErrorOf(With(R"(["TRADE", "APPROVE"])", R"(["TRADE", 7])")),
              HasSubstr("parties[0].officers[0].roles[1]: must be a text"));
  EXPECT_THAT(ErrorOf(With(R"(["TRADE", "APPROVE"])", R"("TRADE")")),
              HasSubstr("parties[0].officers[0].roles: must be a list"));
  EXPECT_THAT(ErrorOf(With(R"("officers": []})", R"("officers": ["x"]})")),
              HasSubstr("parties[1].officers[0]. must be an object"));
}

TEST(Context, AnUnknownFieldIsNamedWithTheKnownOnes) {
  const std::string error = ErrorOf(With(R"("ca": "ca.pem")", R"("ca": "ca.pem", "cert": "x")"));
  EXPECT_THAT(error, HasSubstr("cert: unknown; known are ca, default_party, genesis, nodes, parties"));
}

TEST(Context, AllErrorsAreToldAtOnceALineEach) {
  const std::string error =
      ErrorOf(R"({"genesis": 1, "ca": "", "nodes": [{"name": "n"}], "default_party": "a", "parties": [], "x": 0})");
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 3) << error;
  for (const char* what :
       {"x: unknown", "genesis: must be a text", "ca: must not be empty", "nodes[0].clients: missing"})
    EXPECT_THAT(error, HasSubstr(what));
}

TEST(Context, ANetworkWithoutNodesIsNone) {
  EXPECT_THAT(ErrorOf(R"({"genesis": "g", "ca": "c", "nodes": [], "default_party": "a", "parties": []})"),
              HasSubstr("nodes: must name one at least"));
}

TEST(Context, NamesThatWouldFindTwoAreRefused) {
  EXPECT_THAT(ErrorOf(With(R"("slug": "beta")", R"("slug": "alpha")")), HasSubstr("parties[1].slug: \"alpha\" names"));
  EXPECT_THAT(ErrorOf(With("5493001KJTIIGC8Y1R12", "alpha")), HasSubstr("parties[1].lei: \"alpha\" names"));
  EXPECT_THAT(ErrorOf(With(R"("slug": "second")", R"("slug": "trader")")),
              HasSubstr("parties[0].officers[1].slug: \"trader\" names"));
}

TEST(ReadContext, SaysWhichFileCannotBeReadAndWhy) {
  const TemporaryDirectory folder;
  EXPECT_THAT(ReadContext(folder.Path("none.json")), StatusIs(absl::StatusCode::kNotFound, folder.Path("none.json")));
  EXPECT_THAT(ReadContext(folder.path()), StatusIs(absl::StatusCode::kNotFound, "Is a directory"));
  std::ofstream(folder.Path("context.json")) << kValid;
  EXPECT_THAT(ReadContext(folder.Path("context.json")), IsOk());
  if (geteuid() == 0) return;  // root reads everything
  chmod(folder.Path("context.json").c_str(), 0);
  EXPECT_THAT(ReadContext(folder.Path("context.json")), StatusIs(absl::StatusCode::kPermissionDenied, "context.json"));
}

}  // namespace
}  // namespace causeway::client
