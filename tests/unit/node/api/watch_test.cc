// SPDX-License-Identifier: Apache-2.0
#include "node/api/watch.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "tests/unit/node/api/api_world.h"

namespace causeway::api {
namespace {

using Answers = std::vector<v1::WatchEventsResponse>;

class WatchTest : public testing::ApiWorld {
 protected:
  // Both investors deal in the first fund, so that the steps of its day tell of both in one result.
  void DealADay() {
    Do(kInvestor, {Subscribe("mine", isin_, kInvestor, "10000")});
    Do(kIntermediary, {Subscribe("theirs", isin_, kIntermediary, "5000"),
                       Subscribe("theirs too", other_isin_, kIntermediary, "3000")});
    // Refused: more than there is.
    Submit(kInvestor, {Subscribe("too much", isin_, kInvestor, "5000000")});
    Block();
    Deal(isin_, kAdministrator, "1.25");
  }

  absl::StatusOr<EventReader> Open(const Reader& reader, const v1::WatchEventsRequest& request) {
    return EventReader::Open(ledger(), reader, request);
  }
  // Everything up to the newest block.
  Answers ReadAll(const Reader& reader, const v1::WatchEventsRequest& request,
                  uint64_t answer_bytes_max = kAnswerBytesMax) {
    Answers answers;
    absl::StatusOr<EventReader> events = EventReader::Open(ledger(), reader, request, answer_bytes_max);
    EXPECT_TRUE(events.ok()) << events.status();
    if (!events.ok()) return answers;
    while (true) {
      absl::StatusOr<EventReader::Batch> batch = events->Next(reader);
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok()) return answers;
      for (v1::WatchEventsResponse& answer : batch->answers) answers.push_back(std::move(answer));
      if (batch->at_end) return answers;
    }
  }
  static v1::WatchEventsRequest From(uint64_t height) {
    v1::WatchEventsRequest request;
    request.set_from_height(height);
    return request;
  }
  static bool Mentions(const Answers& answers, const std::string& text) {
    for (const v1::WatchEventsResponse& answer : answers) {
      if (answer.result().SerializeAsString().find(text) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(WatchTest, NothingOfAnotherPartysOrdersIsTold) {
  DealADay();
  const Answers investor = ReadAll(Officer(kInvestor), From(1));
  const Answers intermediary = ReadAll(Officer(kIntermediary), From(1));
  const std::string mine = testing::IdFor<OrderId>("mine").ToString();
  const std::string theirs = testing::IdFor<OrderId>("theirs").ToString();
  ASSERT_TRUE(Mentions(investor, mine));
  ASSERT_TRUE(Mentions(intermediary, theirs));
  for (const std::string& secret : {theirs, testing::IdFor<OrderId>("theirs too").ToString(), other_units_.ToString(),
                                    other_cash_.ToString(), kIntermediary, other_isin_.ToString()}) {
    EXPECT_FALSE(Mentions(investor, secret)) << secret;
  }
  for (const std::string& secret : {mine, units_.ToString(), cash_.ToString(), kInvestor}) {
    EXPECT_FALSE(Mentions(intermediary, secret)) << secret;
  }
  // Keepers of the first fund know both its orders and nothing of the other's; the supervisor likewise.
  for (const std::string& reader : {kTransferAgent, kFmco, kAdministrator, kSupervisor}) {
    const Answers answers = ReadAll(Officer(reader), From(1));
    EXPECT_TRUE(Mentions(answers, mine) && Mentions(answers, theirs)) << reader;
    EXPECT_FALSE(Mentions(answers, testing::IdFor<OrderId>("theirs too").ToString())) << reader;
  }
  for (const std::string& reader : {kInvestorAbroad, kAuthorityOfIreland, kOperators[0]}) {
    const Answers answers = ReadAll(Officer(reader), From(1));
    EXPECT_FALSE(Mentions(answers, mine) || Mentions(answers, theirs)) << reader;
  }
}

TEST_F(WatchTest, WhyAnOperationWasRefusedIsBetweenItsSubmitterAndTheAuditors) {
  DealADay();
  const auto refusals = [&](const std::string& reader) {
    int count = 0;
    for (const v1::WatchEventsResponse& answer : ReadAll(Officer(reader), From(1)))
      count += answer.result().reasons_size() > 0;
    return count;
  };
  EXPECT_EQ(refusals(kInvestor), 1);
  EXPECT_EQ(refusals(kAuditor), 1);
  for (const std::string& reader : {kIntermediary, kTransferAgent, kBank, kSupervisor})
    EXPECT_EQ(refusals(reader), 0) << reader;
}

// A bundle that is opened and ended in one block is in neither state; its parties are told all the same.
TEST_F(WatchTest, WhatCameAndWentWithinABlockIsToldToItsParties) {
  const std::string id = testing::IdFor<InstructionId>("short").ToString();
  v1::Operation open, decline;
  v1::OpenBundle& request = *open.mutable_settlement()->mutable_open();
  request.set_bundle(id);
  request.set_party(kInvestor);
  request.set_deadline_us(AddSaturating(block_time(), Duration::Days(1)).micros());
  v1::Leg& leg = *request.add_legs();
  leg.set_kind(v1::LEG_KIND_TRANSFER);
  leg.set_from(cash_.ToString());
  leg.set_to(other_cash_.ToString());
  leg.set_instrument(token_.ToString());
  leg.set_amount("10");
  leg.set_receiver_consents(true);
  decline.mutable_settlement()->mutable_decline()->set_bundle(id);
  decline.mutable_settlement()->mutable_decline()->set_party(kInvestor);
  const uint64_t from = height() + 1;
  Do(kInvestor, {open, decline});
  const auto ends_told_to = [&](const std::string& party) {
    int ends = 0;
    for (const v1::WatchEventsResponse& answer : ReadAll(Officer(party), From(from))) {
      for (const v1::Event& event : answer.result().events()) ends += event.settlement().has_bundle_cancelled() ? 1 : 0;
    }
    return ends;
  };
  EXPECT_EQ(ends_told_to(kInvestor), 1);
  EXPECT_EQ(ends_told_to(kIntermediary), 1);
  EXPECT_EQ(ends_told_to(kAuditor), 1);
  for (const std::string& other : {kInvestorAbroad, kTransferAgent, kBank}) EXPECT_EQ(ends_told_to(other), 0) << other;
}

TEST_F(WatchTest, EveryTokenGoesOnWithoutLossOrRepetition) {
  DealADay();
  for (const std::string& reader : {kInvestor, kTransferAgent, kAuditor}) {
    const Answers all = ReadAll(Officer(reader), From(1));
    ASSERT_GT(all.size(), 3u);
    for (size_t i = 0; i < all.size(); ++i) {
      v1::WatchEventsRequest request;
      request.set_resume_token(all[i].resume_token());
      const Answers rest = ReadAll(Officer(reader), request);
      ASSERT_EQ(rest.size(), all.size() - i - 1) << reader << " after " << i;
      for (size_t j = 0; j < rest.size(); ++j)
        EXPECT_EQ(rest[j].SerializeAsString(), all[i + 1 + j].SerializeAsString());
    }
  }
}

// A step of a day tells of every order in one result, which may be more than a message holds.
TEST_F(WatchTest, ALongResultIsToldInPartsThatGoOnFromTheirTokens) {
  DealADay();
  for (const std::string& reader : {kTransferAgent, kIntermediary}) {
    const Answers whole = ReadAll(Officer(reader), From(1));
    const Answers parts = ReadAll(Officer(reader), From(1), 1);
    ASSERT_GT(parts.size(), whole.size());
    // The same events in the same order.
    const auto events = [](const Answers& answers) {
      std::vector<std::string> all;
      for (const v1::WatchEventsResponse& answer : answers) {
        for (const v1::Event& event : answer.result().events()) all.push_back(event.SerializeAsString());
      }
      return all;
    };
    EXPECT_EQ(events(parts), events(whole));
    for (size_t i = 0; i < parts.size(); ++i) {
      EXPECT_LE(parts[i].result().events_size(), 1);
      const bool last = i + 1 == parts.size() || parts[i + 1].height() != parts[i].height() ||
                        parts[i + 1].transaction_id() != parts[i].transaction_id() ||
                        parts[i + 1].result().index() != parts[i].result().index();
      if (last) {
        EXPECT_FALSE(parts[i].continues()) << i;
      }
      v1::WatchEventsRequest request;
      request.set_resume_token(parts[i].resume_token());
      const Answers rest = ReadAll(Officer(reader), request, 1);
      ASSERT_EQ(rest.size(), parts.size() - i - 1) << reader << " after " << i;
      for (size_t j = 0; j < rest.size(); ++j)
        EXPECT_EQ(rest[j].SerializeAsString(), parts[i + 1 + j].SerializeAsString());
    }
  }
}

TEST_F(WatchTest, WithoutAPlaceToBeginItBeginsWithTheNextBlock) {
  DealADay();
  absl::StatusOr<EventReader> events = Open(Officer(kAuditor), {});
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events->height(), height() + 1);
  absl::StatusOr<EventReader::Batch> batch = events->Next(Officer(kAuditor));
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->at_end && batch->answers.empty());
  Do(kInvestor, {OpenAccountOf("new", kInvestor)});
  batch = events->Next(Officer(kAuditor));
  ASSERT_TRUE(batch.ok());
  ASSERT_EQ(batch->answers.size(), 1u);
  EXPECT_EQ(batch->answers[0].height(), height());
  EXPECT_FALSE(batch->answers[0].due_work());
}

TEST_F(WatchTest, AHeartbeatsTokenSkipsWhatWasLookedAt) {
  DealADay();
  absl::StatusOr<EventReader> events = Open(Officer(kInvestorAbroad), From(1));
  ASSERT_TRUE(events.ok());
  while (!events->Next(Officer(kInvestorAbroad))->at_end) continue;
  v1::WatchEventsRequest request;
  request.set_resume_token(events->Heartbeat().resume_token());
  EXPECT_FALSE(events->Heartbeat().has_result());
  EXPECT_EQ(Open(Officer(kInvestorAbroad), request)->height(), height() + 1);
}

TEST_F(WatchTest, AContractsEventsAloneAreToldWhereAskedFor) {
  DealADay();
  v1::WatchEventsRequest request = From(1);
  request.add_contracts("transfers");
  const Answers answers = ReadAll(Officer(kInvestor), request);
  ASSERT_FALSE(answers.empty());
  for (const v1::WatchEventsResponse& answer : answers) {
    ASSERT_GT(answer.result().events_size(), 0);
    for (const v1::Event& event : answer.result().events()) EXPECT_TRUE(event.has_transfers());
  }
  request.add_contracts("transfer");
  EXPECT_EQ(Open(Officer(kInvestor), request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(WatchTest, FarHeightsForeignTokensAndStrangersAreRefused) {
  EXPECT_EQ(Open(Officer(kInvestor), From(height() + 2)).status().code(), absl::StatusCode::kOutOfRange);
  absl::StatusOr<EventReader> events = Open(Officer(kInvestor), From(1));
  v1::WatchEventsRequest request;
  request.set_resume_token(events->Heartbeat().resume_token());
  EXPECT_EQ(Open(Officer(kBank), request).status().code(), absl::StatusCode::kInvalidArgument);
  const Reader stranger = Officer(testing::LeiFor("STRANGER"));
  EXPECT_EQ(Open(stranger, From(1))->Next(stranger).status().code(), absl::StatusCode::kPermissionDenied);
}

// A watch over a connection: it is told of new blocks, and ends when its reader's key is revoked or the node stops.
TEST_F(WatchTest, ARunningWatchEndsWithItsReadersRights) {
  DealADay();
  Answers sent;
  int asked = 0;
  WatchCalls calls;
  calls.reader = [&]() -> absl::StatusOr<Reader> {
    if (++asked > 4) return absl::UnauthenticatedError("the key is revoked");
    return Officer(kInvestor);
  };
  calls.send = [&](const v1::WatchEventsResponse& answer) {
    sent.push_back(answer);
    return true;
  };
  calls.ask_again = absl::ZeroDuration();
  calls.is_cancelled = [] { return false; };
  calls.is_stopping = [] { return false; };
  calls.wait_for = [&](uint64_t height, absl::Duration) {
    if (this->height() < height) Do(kInvestor, {OpenAccountOf(absl::StrCat("at ", height), kInvestor)});
  };
  v1::WatchEventsRequest request;
  request.set_from_height(height() + 1);
  EXPECT_EQ(RunWatch(ledger(), request, calls).code(), absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(std::any_of(sent.begin(), sent.end(), [](const auto& answer) { return answer.has_result(); }));

  asked = -1'000'000;
  bool stopping = false;
  calls.is_stopping = [&] { return stopping; };
  calls.wait_for = [&](uint64_t, absl::Duration) { stopping = true; };
  EXPECT_EQ(RunWatch(ledger(), {}, calls).code(), absl::StatusCode::kUnavailable);
}

// Who loses the node before the first event would not know from where to go on elsewhere.
TEST_F(WatchTest, AReaderWithoutATokenIsGivenOneAtOnce) {
  DealADay();
  Answers sent;
  bool stopping = false;
  WatchCalls calls;
  calls.reader = [&]() -> absl::StatusOr<Reader> { return Officer(kInvestor); };
  calls.send = [&](const v1::WatchEventsResponse& answer) {
    sent.push_back(answer);
    return true;
  };
  calls.is_cancelled = [] { return false; };
  calls.is_stopping = [&] { return stopping; };
  calls.wait_for = [&](uint64_t, absl::Duration) { stopping = true; };
  EXPECT_EQ(RunWatch(ledger(), {}, calls).code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_FALSE(sent[0].has_result());
  v1::WatchEventsRequest rest;
  rest.set_resume_token(sent[0].resume_token());
  sent.clear();
  stopping = false;
  EXPECT_EQ(RunWatch(ledger(), rest, calls).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(sent.empty()) << "who has a token needs none";
}

}  // namespace
}  // namespace causeway::api
