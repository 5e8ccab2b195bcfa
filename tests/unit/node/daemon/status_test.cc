// SPDX-License-Identifier: Apache-2.0
// A stall says who is missing; a healthy node says nothing.
#include "node/daemon/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/daemon/log.h"
#include "node/daemon/pages.h"

namespace causeway::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = consensus::Engine::Mode;

class StatusTest : public ::testing::Test {
 protected:
  StatusTest() {
    for (const char* name : {"alpha", "beta", "gamma", "delta"}) genesis_.add_validators()->set_name(name);
    facts_.consensus.log_has_room = true;
    facts_.consensus.stall = "waits in view 9 of leader 1";
    facts_.peers = {{0, true, 0, 0}, {2, true, 0, 0}, {3, true, 0, 0}};
    facts_.finality = {800, 1'200, 400'000};
    facts_.disk_free_bytes = kDiskLowBytes;
    facts_.data_directory = "/var/lib/causeway/db";
    facts_.now_s = 1'000'000;
    facts_.certificates_end_s = facts_.now_s + 2 * kCertificateWarningS;
    facts_.up_us = 10 * kSilenceUs;
  }
  std::vector<std::string> problems() const { return Problems(genesis_, facts_); }
  bool ready() const { return IsReady(genesis_, facts_); }

  v1::Genesis genesis_;
  NodeFacts facts_{.consensus = {Mode::kVoting, View(9), View(8), Height(5), 1, true, "", false, {}, 0, 0, 0},
                   .peers = {},
                   .finality = {},
                   .data_directory = ""};
};

TEST_F(StatusTest, AHealthyNodeIsReadyAndHasNoProblems) {
  EXPECT_TRUE(ready());
  EXPECT_THAT(problems(), IsEmpty());
  v1::GetStatusResponse response;
  FillStatus(genesis_, 1, facts_, response);
  EXPECT_EQ(response.name(), "beta");
  EXPECT_TRUE(response.ready());
  EXPECT_EQ(response.view(), 9u);
  EXPECT_EQ(response.finality_p50_us(), 800u);
  ASSERT_EQ(response.peers_size(), 3);
  EXPECT_EQ(response.peers(1).name(), "gamma");
  EXPECT_GT(response.memory_bytes(), 0u);
  EXPECT_EQ(response.version(), CAUSEWAY_VERSION);
}

TEST_F(StatusTest, OneThatIsAwayIsNamedAndHindersNothing) {
  facts_.peers[1].connected = false;
  EXPECT_TRUE(ready());
  EXPECT_THAT(problems(), ElementsAre("Not connected to gamma."));
}

TEST_F(StatusTest, WithoutAQuorumItSaysWhoIsMissing) {
  facts_.peers[1].connected = facts_.peers[2].connected = false;
  EXPECT_FALSE(ready());
  EXPECT_THAT(problems(), ElementsAre("Nothing becomes final: this node reaches 1 of the other validators and 2 are "
                                      "needed. Not reached: gamma, delta."));
}

TEST_F(StatusTest, ASingleValidatorNeedsNobody) {
  genesis_.mutable_validators()->DeleteSubrange(1, 3);
  facts_.peers.clear();
  EXPECT_TRUE(ready());
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(StatusTest, EachStateInWhichItDoesNotVoteIsTold) {
  facts_.consensus.mode = Mode::kAsking;
  facts_.consensus.stall = "lost its vote log; answers so far: 1";
  EXPECT_FALSE(ready());
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("answers so far: 1")));
  facts_.consensus.mode = Mode::kEchoing;
  facts_.consensus.stall = "waits for echoes of its last votes: 1 came";
  EXPECT_FALSE(ready());
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("does not vote yet")));
  facts_.up_us = 1;  // at its start that is as it should be
  EXPECT_THAT(problems(), IsEmpty());
  facts_.consensus.mode = Mode::kHalted;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("halted")));
}

TEST_F(StatusTest, BeingBehindAndSilenceAreTold) {
  facts_.consensus.fetching = true;
  EXPECT_FALSE(ready());
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("is behind")));
  facts_.consensus.fetching = false;
  facts_.finality.since_last_us = kSilenceUs + 1'000'000;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("No block has become final for 31 seconds")));
  facts_.finality.since_last_us.reset();  // never since the start
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("No block has become final for 300 seconds")));
}

TEST_F(StatusTest, AStallNamesThoseOfWhomNothingIsHeard) {
  facts_.consensus.missing = {0, 3};
  EXPECT_THAT(problems(), IsEmpty());  // a view has just begun
  facts_.finality.since_last_us = kSilenceUs + 1'000'000;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("in view 9 of leader beta, no vote has come from alpha, delta.")));
  facts_.consensus.missing.clear();
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("in view 9 of leader beta, all others have voted.")));
}

TEST_F(StatusTest, EachCheckAloneMakesItNotReady) {
  const NodeFacts good = facts_;
  const auto failed = [&] {
    std::vector<std::string> names;
    for (const Check& check : Checks(genesis_, facts_)) {
      if (!check.passes) names.push_back(check.name);
    }
    EXPECT_EQ(ready(), names.empty());
    return names;
  };
  EXPECT_THAT(failed(), IsEmpty());
  facts_.consensus.fetching = true;
  EXPECT_THAT(failed(), ElementsAre("lag"));
  facts_ = good;
  facts_.peers[0].connected = facts_.peers[1].connected = false;
  EXPECT_THAT(failed(), ElementsAre("peers"));
  facts_ = good;
  facts_.disk_free_bytes = kDiskFullBytes - 1;
  EXPECT_THAT(failed(), ElementsAre("disk"));
  facts_ = good;
  facts_.clock_behind_us = facts_.clock_behind_allowed_us + 1;
  EXPECT_THAT(failed(), ElementsAre("clock"));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("clock is 60 seconds behind")));
  facts_ = good;
  facts_.signer_works = false;
  EXPECT_THAT(failed(), ElementsAre("signer"));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("does not sign")));
}

TEST_F(StatusTest, ThePagesForToolsSayWhatFails) {
  metrics::HttpListener::Pages pages = MakePages(
      genesis_, nullptr, {[this] { return facts_; }, [] { return metrics::Readings(); }, [] { return true; }});
  EXPECT_EQ(pages.at("/readyz")(false).code, 200);
  EXPECT_EQ(pages.at("/readyz")(false).text, "ready\n");
  facts_.peers[1].connected = facts_.peers[2].connected = false;
  EXPECT_EQ(pages.at("/readyz")(false).code, 503);
  EXPECT_EQ(pages.at("/readyz")(false).text, "not ready: peers\n");
  EXPECT_EQ(pages.at("/readyz")(true).text,
            "[+]lag: height 5, and the furthest that a peer told 5\n"
            "[-]peers: connected to 1 of 3, and 2 are needed; not to gamma, delta\n"
            "[+]disk: 1024 MiB are free\n"
            "[+]clock: behind the newest final block by 0 ms\n"
            "[+]signer: signs\n"
            "not ready: peers\n");
  // A stall is no reason to restart it.
  EXPECT_EQ(pages.at("/livez")(false).code, 200);
  facts_.consensus.mode = Mode::kHalted;
  EXPECT_EQ(pages.at("/livez")(false).code, 503);
  EXPECT_EQ(pages.count("/metrics"), 0u);
}

TEST(TransactionCode, IsTheOutcomeOrTheFirstReason) {
  v1::OperationResult applied, refused, skipped, held;
  applied.set_status(v1::OPERATION_STATUS_APPLIED);
  skipped.set_status(v1::OPERATION_STATUS_NOT_ATTEMPTED);
  held.set_status(v1::OPERATION_STATUS_HELD_FOR_REVIEW);
  refused.set_status(v1::OPERATION_STATUS_REFUSED);
  refused.add_reasons()->set_code(401);
  EXPECT_EQ(TransactionCode({applied, applied}), "APPLIED");
  EXPECT_EQ(TransactionCode({skipped, refused}), "401");
  EXPECT_EQ(TransactionCode({applied, held}), "HELD_FOR_REVIEW");
}

TEST_F(StatusTest, WhatRunsOutIsToldBefore) {
  facts_.consensus.log_has_room = false;
  facts_.disk_free_bytes = kDiskLowBytes - 1;
  facts_.certificates_end_s = facts_.now_s + 3 * 86'400;
  EXPECT_THAT(problems(),
              ElementsAre(HasSubstr("The vote log is full"),
                          HasSubstr("Only 1023 MiB are free on the disk of /var/lib"), HasSubstr("ends in 3 days")));
}

TEST(Log, AJsonLineEscapesWhatPeersSay) {
  EXPECT_EQ(JsonLogLine(1'772'431'200'000'000, LogLevel::kWarning, "peer.connection", "a \"name\"\nand \xff more"),
            "{\"time\":\"2026-03-02T06:00:00Z\",\"level\":\"warning\",\"event\":\"peer.connection\","
            "\"message\":\"a \\\"name\\\"\\nand \xEF\xBF\xBD more\"}");
}

}  // namespace
}  // namespace causeway::daemon
