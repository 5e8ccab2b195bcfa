// SPDX-License-Identifier: Apache-2.0
// `causeway audit blame` on two stores whose histories part.
#include <fstream>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>

#include "ledger/chain/evidence.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/signature_scheme.h"
#include "node/cli/session.h"
#include "node/cli/transaction_file.h"
#include "tests/support/forked_history.h"

namespace causeway::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BlameVerbTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(directory_.Path("genesis.json")) << *codec::MessageToProtoJson(first_.chain().genesis());
  }
  // What it ends with; what it says is in `out_` and `err_`.
  int Run(std::vector<std::string> more = {}) {
    first_.Close();
    second_.Close();
    std::istringstream in;
    std::ostringstream out, err;
    Session session{.in = in, .out = out, .err = err, .program = "causeway"};
    std::vector<std::string> arguments = {"audit",     "blame",        "--data",    first_.path(),
                                          "--against", second_.path(), "--genesis", directory_.Path("genesis.json")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const int code = RunCauseway(session, arguments);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  testing::TemporaryDirectory directory_;
  testing::ForkedHistory first_{20};
  testing::ForkedHistory second_{30};
  std::string out_, err_;
};

TEST_F(BlameVerbTest, NamesTheValidatorsAndWritesWhatTheLedgerTakes) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3});
  ASSERT_EQ(Run({"--out", directory_.Path("reports.json")}), kSuccess) << err_;
  const v1::Genesis& genesis = first_.chain().genesis();
  EXPECT_THAT(out_, AllOf(HasSubstr("differ from height 4 on"), HasSubstr("In view 4 these validators finalized both"),
                          HasSubstr(genesis.validators(1).name()), HasSubstr(genesis.validators(2).name()),
                          Not(HasSubstr(genesis.validators(0).name())), Not(HasSubstr(genesis.validators(3).name()))));
  std::ifstream file(directory_.Path("reports.json"));
  const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const absl::StatusOr<TransactionFile> transaction = ParseTransactionFile(content);
  ASSERT_TRUE(transaction.ok()) << transaction.status() << content;
  const crypto::KeyedSignatureScheme scheme(chain::ValidatorKeys(chain::GenesisValidators(genesis)), nullptr);
  ASSERT_EQ(transaction->body.operations_size(), 2);
  for (const v1::Operation& operation : transaction->body.operations()) {
    EXPECT_TRUE(
        chain::VerifyEvidence(first_.chain().chain_id(), operation.governance().report_conflict().evidence(), scheme)
            .ok());
  }
}

TEST_F(BlameVerbTest, AsJson) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {0, 2, 3});
  ASSERT_EQ(Run({"--output", "json"}), kSuccess) << err_;
  const Json json = Json::parse(out_);
  EXPECT_EQ(json["conflict"], true);
  EXPECT_EQ(json["height"], 4);
  EXPECT_EQ(json["view"], 4);
  ASSERT_EQ(json["validators"].size(), 2u);
  EXPECT_EQ(json["validators"][0]["validator"], 0);
  EXPECT_EQ(json["validators"][1]["validator"], 2);
}

TEST_F(BlameVerbTest, HistoriesThatAgreeAreNoConflict) {
  first_.Write(testing::kShared, {0, 1, 2});
  second_.Write(6, {1, 2, 3});
  EXPECT_EQ(Run(), kSuccess) << err_;
  EXPECT_THAT(out_, HasSubstr("No conflict"));
}

TEST_F(BlameVerbTest, WhereNobodyCanBeNamedItSaysWhereTheProofIs) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3}, 1, 10);
  EXPECT_EQ(Run(), kRefused);
  EXPECT_THAT(out_, HasSubstr("vote logs"));
}

TEST_F(BlameVerbTest, WhatWasChangedAfterItWasSignedBlamesNobody) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2});
  EXPECT_EQ(Run(), kRefused);
  EXPECT_THAT(err_, AllOf(HasSubstr("the second history, height 4"), HasSubstr("causeway audit replay")));
}

}  // namespace
}  // namespace causeway::cli
