// SPDX-License-Identifier: Apache-2.0
// The client against nodes that answer, refuse, forget, and break off.
#include "node/client/client.h"

#include <sys/stat.h>

#include <atomic>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "causeway/v1/transaction.pb.h"
#include "ledger/codec/encode.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/node/client/fake_node.h"

namespace causeway::client {
namespace {

using ::testing::ElementsAre;
using testing::FakeNetwork;
using testing::FakeNode;
using testing::Refusal;

const Hash kId = *Hash::FromBytes(std::string(32, 't'));
const chain::SignedTransaction kTransaction = {"the signed bytes", kId};

// What nodes were told, from any of their threads.
class Heard {
 public:
  void Add(std::string text) {
    absl::MutexLock lock(&mutex_);
    texts_.push_back(std::move(text));
  }
  std::vector<std::string> texts() const {
    absl::MutexLock lock(&mutex_);
    return texts_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> texts_ ABSL_GUARDED_BY(mutex_);
};

v1::TransactionReceipt ReceiptAt(uint64_t height) {
  v1::TransactionReceipt receipt;
  receipt.mutable_receipt()->set_height(height);
  return receipt;
}

v1::WatchEventsResponse EventAt(uint64_t height) {
  v1::WatchEventsResponse event;
  event.set_height(height);
  event.set_resume_token(absl::StrCat("after ", height));
  return event;
}

class ClientTest : public ::testing::Test {
 protected:
  std::unique_ptr<Client> Open(ClientOptions options = {}) {
    return Client::Make(network_.context(), "", options).value();
  }

  // A node that takes everything and notes it; `receipt`: has it at once.
  FakeNode::Script Taking(const std::string& name, bool receipt) {
    return {[this, name, receipt](const std::string& envelope, v1::SubmitTransactionResponse* response) {
              heard_.Add(absl::StrCat(name, " submit ", envelope));
              if (receipt) *response->mutable_receipt() = ReceiptAt(7);
              return absl::OkStatus();
            },
            [this, name](const v1::GetReceiptRequest& request, v1::GetReceiptResponse* response) {
              heard_.Add(absl::StrCat(name, " receipt"));
              if (request.transaction_id() == kId.bytes()) *response->mutable_receipt() = ReceiptAt(7);
              return absl::OkStatus();
            },
            nullptr};
  }
  FakeNode::Script Refusing(const std::string& name, absl::Status refusal) {
    return {[this, name, refusal](const std::string&, v1::SubmitTransactionResponse*) {
              heard_.Add(absl::StrCat(name, " submit"));
              return refusal;
            },
            nullptr, nullptr};
  }

  FakeNetwork network_;
  Heard heard_;
};

// ---- Submission ----

TEST_F(ClientTest, ACallThatANodeCannotTakeGoesToTheNext) {
  network_.AddDeadNode();
  const FakeNode full(network_, Refusing("full", Refusal(absl::StatusCode::kResourceExhausted, "MEMPOOL_FULL", "x")));
  const FakeNode well(network_, Taking("well", true));
  const auto answer = Open()->Submit("bytes");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->receipt().receipt().height(), 7u);
  EXPECT_THAT(heard_.texts(), ElementsAre("full submit", "well submit bytes"));
}

// As a node does that is told to stop.
TEST_F(ClientTest, ACallThatANodeEndsGoesToTheNext) {
  const FakeNode stopping(network_, Refusing("stopping", Refusal(absl::StatusCode::kCancelled, "", "")));
  {
    const auto answer = Open()->Submit("bytes");
    EXPECT_THAT(answer, StatusIs(absl::StatusCode::kUnavailable, "it may be stopping"));
  }
  const FakeNode well(network_, Taking("well", true));
  EXPECT_THAT(Open()->Submit("bytes"), IsOk());
  EXPECT_THAT(heard_.texts(), ElementsAre("stopping submit", "stopping submit", "well submit bytes"));
}

TEST_F(ClientTest, ARefusalIsFinalAndSaysWhatTheNodeSaid) {
  const FakeNode refusing(network_,
                          Refusing("first", Refusal(absl::StatusCode::kInvalidArgument, "WRONG_CHAIN", "envelope")));
  const FakeNode well(network_, Taking("second", true));
  const auto answer = Open()->Submit("bytes");
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kInvalidArgument, "refused; envelope: is not right"));
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kInvalidArgument, "node-1 (127.0.0.1:"));
  EXPECT_EQ(ReasonOf(answer.status()), "WRONG_CHAIN");
  EXPECT_THAT(heard_.texts(), ElementsAre("first submit"));
}

TEST_F(ClientTest, TheNodeThatIsNamedIsAskedFirstOrAlone) {
  const FakeNode first(network_, Taking("first", true));
  const FakeNode second(network_, Refusing("second", absl::UnavailableError("not now")));
  ClientOptions options;
  options.node = 1;
  ASSERT_THAT(Open(options)->Submit("bytes"), IsOk());
  EXPECT_THAT(heard_.texts(), ElementsAre("second submit", "first submit bytes"));
  options.only_this_node = true;
  EXPECT_THAT(Open(options)->Submit("bytes"), StatusIs(absl::StatusCode::kUnavailable, "node-2"));
  EXPECT_EQ(heard_.texts().size(), 3u);
  options.node = 2;
  EXPECT_THAT(Client::Make(network_.context(), "", options),
              StatusIs(absl::StatusCode::kInvalidArgument, "no node 2 in the context; there are 2"));
}

TEST_F(ClientTest, AClientWithoutItsFilesIsNotMade) {
  network_.AddDeadNode();
  Context context = network_.context();
  context.parties[0].certificate = "/nowhere/tls.pem";
  EXPECT_THAT(Client::Make(context, ""), StatusIs(absl::StatusCode::kNotFound, "/nowhere/tls.pem"));
  EXPECT_THAT(Client::Make(context, "nobody"), StatusIs(absl::StatusCode::kInvalidArgument, "there are caller"));
}

TEST_F(ClientTest, ATlsKeyThatOthersCanReadIsRefusedWithTheCommandToMendIt) {
  network_.AddDeadNode();
  const std::string file = network_.context().parties[0].private_key;
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  EXPECT_THAT(Client::Make(network_.context(), ""),
              StatusIs(absl::StatusCode::kPermissionDenied, "run: chmod 600 " + file));
}

TEST_F(ClientTest, AReceiptThatComesWithTheSubmissionIsTheAnswer) {
  const FakeNode node(network_, Taking("node", true));
  const auto receipt = Open()->SubmitAndWait(kTransaction);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->receipt().height(), 7u);
  EXPECT_THAT(heard_.texts(), ElementsAre("node submit the signed bytes"));
}

TEST_F(ClientTest, WhatANodeForgotIsSubmittedAgainAsTheSameBytes) {
  // It takes the transaction and is gone before there is a receipt; the second knows nothing of it and has to be told.
  FakeNode::Script forgetful = Taking("first", false);
  std::atomic<int> submissions = 0;
  forgetful.submit = [&](const std::string& envelope, v1::SubmitTransactionResponse*) {
    heard_.Add("first submit " + envelope);
    return ++submissions == 1 ? absl::OkStatus() : absl::UnavailableError("gone");
  };
  forgetful.receipt = [&](const v1::GetReceiptRequest&, v1::GetReceiptResponse*) {
    return absl::UnavailableError("gone");
  };
  FakeNode::Script other = Taking("second", true);
  other.receipt = [](const v1::GetReceiptRequest&, v1::GetReceiptResponse*) { return absl::OkStatus(); };
  const FakeNode first(network_, forgetful);
  const FakeNode second(network_, other);
  const auto receipt = Open()->SubmitAndWait(kTransaction);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->receipt().height(), 7u);
  EXPECT_THAT(heard_.texts(), ElementsAre("first submit the signed bytes", "first submit the signed bytes",
                                          "second submit the signed bytes"));
}

// A node that takes the transaction no more, whose final block is of a time, and that has the receipt or not.
class ExpiredTest : public ClientTest {
 protected:
  static constexpr uint64_t kValidUntil = 1'000'000;

  FakeNode::Script Late(uint64_t final_block_us, bool receipt) {
    FakeNode::Script script;
    script.submit = [](const std::string&, v1::SubmitTransactionResponse*) {
      return Refusal(absl::StatusCode::kFailedPrecondition, "EXPIRED", "envelope");
    };
    script.receipt = [receipt](const v1::GetReceiptRequest&, v1::GetReceiptResponse* response) {
      if (receipt) *response->mutable_receipt() = ReceiptAt(7);
      return absl::OkStatus();
    };
    script.status = [final_block_us](v1::GetStatusResponse* response) {
      response->set_block_time_us(final_block_us);
      return absl::OkStatus();
    };
    return script;
  }
  static chain::SignedTransaction Transaction() {
    v1::Body body;
    body.set_valid_until_us(kValidUntil);
    v1::Envelope envelope;
    envelope.set_body(codec::SerializeCanonical(body));
    return {codec::SerializeCanonical(envelope), kId};
  }
};

TEST_F(ExpiredTest, ThatTookEffectHasItsReceipt) {
  const FakeNode node(network_, Late(kValidUntil, true));
  const auto receipt = Open()->SubmitAndWait(Transaction());
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->receipt().height(), 7u);
}

TEST_F(ExpiredTest, IsRefusedOnceAFinalBlockIsPastItsTimeWithoutIt) {
  const FakeNode node(network_, Late(kValidUntil + 1, false));
  const auto receipt = Open()->SubmitAndWait(Transaction());
  EXPECT_EQ(ReasonOf(receipt.status()), "EXPIRED");
}

TEST_F(ExpiredTest, IsNotKnownWhileABlockWithItMayBecomeFinal) {
  const FakeNode node(network_, Late(kValidUntil, false));
  network_.AddDeadNode();
  EXPECT_THAT(Open()->SubmitAndWait(Transaction(), 1),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "a block with it may still become final"));
  EXPECT_THAT(Open()->SubmitAndWait(Transaction(), 1), StatusIs(absl::StatusCode::kDeadlineExceeded, kId.ToHex()));
}

TEST_F(ExpiredTest, ThatBecomesFinalAfterAllHasItsReceipt) {
  FakeNode::Script script = Late(kValidUntil, false);
  std::atomic<int> asked = 0;
  script.receipt = [&](const v1::GetReceiptRequest&, v1::GetReceiptResponse* response) {
    if (++asked > 1) *response->mutable_receipt() = ReceiptAt(7);
    return absl::OkStatus();
  };
  const FakeNode node(network_, script);
  const auto receipt = Open()->SubmitAndWait(Transaction());
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->receipt().height(), 7u);
}

TEST_F(ClientTest, PatienceEndsWithAWordThatItMayStillTakeEffect) {
  network_.AddDeadNode();
  EXPECT_THAT(Open()->SubmitAndWait(kTransaction, 1),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "may still take effect until its valid_until"));
}

// ---- Watching ----

class WatchTest : public ClientTest {
 protected:
  // A node on which the chain's blocks are 1 to 6: it tells those after the token, at most `most`, then ends with
  // `end`. Without a token it begins at from_height.
  FakeNode::Script Telling(const std::string& name, uint64_t most, absl::Status end) {
    FakeNode::Script script;
    script.watch = [this, name, most, end](const v1::WatchEventsRequest& request, const auto& tell) {
      heard_.Add(absl::StrCat(name, " from ", request.from_height(), " token '", request.resume_token(), "' of ",
                              request.contracts_size(), " contracts"));
      uint64_t next = request.from_height();
      if (!request.resume_token().empty()) next = std::stoull(request.resume_token().substr(6)) + 1;
      for (uint64_t told = 0; told < most && next <= 6; ++told, ++next) {
        if (!tell(EventAt(next))) break;
      }
      return end;
    };
    return script;
  }

  absl::Status Watch(uint64_t from, uint64_t until, ClientOptions options = {}) {
    v1::WatchEventsRequest request;
    request.set_from_height(from);
    request.add_contracts("parties");
    return Open(options)->Watch(request, [&](const v1::WatchEventsResponse& event) {
      seen_.push_back(event.height());
      return event.height() < until;
    });
  }

  std::vector<uint64_t> seen_;
};

TEST_F(WatchTest, GoesOnAtTheNextNodeWithoutLossOrRepetition) {
  const FakeNode first(network_, Telling("first", 2, absl::UnavailableError("stopping")));
  network_.AddDeadNode();
  const FakeNode third(network_, Telling("third", 3, absl::UnavailableError("stopping")));
  ASSERT_THAT(Watch(1, 6), IsOk());
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(heard_.texts(),
              ElementsAre("first from 1 token '' of 1 contracts", "third from 1 token 'after 2' of 1 contracts",
                          "first from 1 token 'after 5' of 1 contracts"));
}

TEST_F(WatchTest, ANodeThatDiesIsLeft) {
  auto first = std::make_unique<FakeNode>(network_, Telling("first", 6, absl::UnavailableError("stopping")));
  const FakeNode second(network_, Telling("second", 6, absl::UnavailableError("stopping")));
  const auto client = Open();
  first.reset();
  v1::WatchEventsRequest request;
  request.set_from_height(4);
  ASSERT_THAT(client->Watch(request,
                            [&](const v1::WatchEventsResponse& event) {
                              seen_.push_back(event.height());
                              return event.height() < 6;
                            }),
              IsOk());
  EXPECT_THAT(seen_, ElementsAre(4, 5, 6));
}

TEST_F(WatchTest, EndsWhenEveryNodeInARowHasFailed) {
  const FakeNode first(network_, Telling("first", 2, absl::UnavailableError("stopping")));
  const FakeNode second(network_, Telling("second", 0, absl::UnavailableError("no room")));
  const absl::Status ended = Watch(1, 6);
  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kUnavailable, "no room"));
  EXPECT_THAT(seen_, ElementsAre(1, 2));
  EXPECT_EQ(heard_.texts().size(), 2u);
}

TEST_F(WatchTest, ARefusalEndsIt) {
  const FakeNode first(network_, Telling("first", 1, absl::PermissionDeniedError("not any more")));
  const FakeNode second(network_, Telling("second", 6, absl::UnavailableError("stopping")));
  EXPECT_THAT(Watch(1, 6), StatusIs(absl::StatusCode::kPermissionDenied, "not any more"));
  EXPECT_THAT(seen_, ElementsAre(1));
}

TEST_F(WatchTest, OfOneNodeAloneEndsWithIt) {
  const FakeNode first(network_, Telling("first", 2, absl::UnavailableError("stopping")));
  const FakeNode second(network_, Telling("second", 6, absl::UnavailableError("stopping")));
  ClientOptions options;
  options.only_this_node = true;
  EXPECT_THAT(Watch(1, 6, options), StatusIs(absl::StatusCode::kUnavailable, "stopping"));
  EXPECT_THAT(seen_, ElementsAre(1, 2));
}

TEST_F(WatchTest, AStreamThatEndsWithoutAnErrorIsGoneOnWithToo) {
  const FakeNode first(network_, Telling("first", 3, absl::OkStatus()));
  const FakeNode second(network_, Telling("second", 3, absl::OkStatus()));
  ASSERT_THAT(Watch(1, 6), IsOk());
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5, 6));
}

}  // namespace
}  // namespace causeway::client
