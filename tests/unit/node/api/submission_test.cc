// SPDX-License-Identifier: Apache-2.0
// Submission through the real server and client.
#include "node/api/submission.h"

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "contracts/transfers/transfers.h"
#include "ledger/chain/genesis.h"
#include "node/ledger/admission.h"
#include "tests/unit/node/api/server_world.h"

namespace causeway::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SubmissionTest : public testing::ServerWorld {
 protected:
  // The reason for which the transaction is refused.
  std::string ReasonAgainst(const std::string& envelope) {
    const auto answer = investor_->Submit(envelope);
    return answer.ok() ? "none" : client::ReasonOf(answer.status());
  }
  static std::string OtherBytes(std::string envelope) {
    envelope.back() = static_cast<char>(envelope.back() ^ 1);
    return envelope;
  }

  std::unique_ptr<client::Client> investor_ = ClientOf(kInvestor);
};

TEST_F(SubmissionTest, ATransactionIsPendingUntilItsBlockAndHasOneReceiptThen) {
  const chain::SignedTransaction transaction = OpenAccount(kInvestor, "first");
  const auto submitted = investor_->Submit(transaction.envelope);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(submitted->transaction_id(), transaction.id.bytes());
  EXPECT_EQ(submitted->state(), v1::TRANSACTION_STATE_PENDING);
  EXPECT_FALSE(submitted->has_receipt());
  EXPECT_THAT(Gossip(), ElementsAre(ElementsAre(transaction.envelope)));

  // The same bytes again change nothing.
  EXPECT_EQ(investor_->Submit(transaction.envelope)->state(), v1::TRANSACTION_STATE_PENDING);
  EXPECT_THAT(Gossip(), SizeIs(1));
  EXPECT_EQ(mempool().size(), 1U);
  EXPECT_EQ(investor_->GetReceipt(transaction.id, 0)->state(), v1::TRANSACTION_STATE_PENDING);

  const uint64_t height = Block();
  const auto receipt = investor_->GetReceipt(transaction.id, 0);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  ASSERT_EQ(receipt->state(), v1::TRANSACTION_STATE_FINAL);
  EXPECT_EQ(receipt->receipt().receipt().height(), height);
  EXPECT_THAT(receipt->receipt().results(), ElementsAre(testing::Applied()));
  EXPECT_FALSE(receipt->receipt().redacted());

  Block();
  const auto again = investor_->Submit(transaction.envelope);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state(), v1::TRANSACTION_STATE_FINAL);
  EXPECT_EQ(again->receipt().SerializeAsString(), receipt->receipt().SerializeAsString());
  EXPECT_EQ(mempool().size(), 0U);
}

TEST_F(SubmissionTest, AWaitingCallIsWokenByTheBlock) {
  const chain::SignedTransaction transaction = OpenAccount(kInvestor, "waited for");
  absl::StatusOr<v1::TransactionReceipt> receipt = absl::UnknownError("not asked");
  std::thread waiter([&] { receipt = investor_->SubmitAndWait(transaction, 60'000); });
  const absl::Time patience = absl::Now() + absl::Seconds(60);
  while (mempool().size() == 0 && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(1));
  Block();
  waiter.join();
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_THAT(receipt->results(), ElementsAre(testing::Applied()));
}

TEST_F(SubmissionTest, ARefusedOperationHasAReceiptWithItsReasons) {
  // The account is there already.
  const chain::SignedTransaction transaction = OpenAccount(kInvestor, "units", "again");
  ASSERT_TRUE(investor_->Submit(transaction.envelope).ok());
  Block();
  const auto receipt = investor_->GetReceipt(transaction.id, 0);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  ASSERT_THAT(receipt->receipt().results(), SizeIs(1));
  EXPECT_EQ(receipt->receipt().results(0).status(), v1::OPERATION_STATUS_REFUSED);
  EXPECT_FALSE(receipt->receipt().results(0).reasons().empty());
}

TEST_F(SubmissionTest, WhatCannotComeIntoABlockIsRefusedWithItsReason) {
  const chain::SignedTransaction good = OpenAccount(kInvestor, "good");
  EXPECT_EQ(ReasonAgainst("no envelope"), "NOT_CANONICAL");
  EXPECT_EQ(ReasonAgainst(""), "WRONG_CHAIN");
  EXPECT_EQ(ReasonAgainst(OtherBytes(good.envelope)), "BAD_SIGNATURE");

  v1::Genesis other = genesis();
  other.set_name("another network");
  chain::TransactionBuilder foreign(chain::ChainIdOf(other), kInvestor);
  foreign.set_id(testing::IdFor<ClientTransactionId>("foreign"))
      .set_valid_until(AddSaturating(block_time(), Duration::Minutes(1)))
      .Add(OpenAccountOf("foreign", kInvestor))
      .AddSigner(SignerFor(kInvestor + "/officer-1"));
  EXPECT_EQ(ReasonAgainst(foreign.Sign()->envelope), "WRONG_CHAIN");

  chain::TransactionBuilder late = Builder(kInvestor, "late");
  late.set_valid_until(Instant::FromMicros(block_time().micros() - 1'000'000))
      .Add(OpenAccountOf("late", kInvestor))
      .AddSigner(SignerFor(kInvestor + "/officer-1"));
  EXPECT_EQ(ReasonAgainst(late.Sign()->envelope), "EXPIRED");

  chain::TransactionBuilder early = Builder(kInvestor, "early");
  early.set_valid_until(AddSaturating(block_time(), Duration::Minutes(600)))
      .Add(OpenAccountOf("early", kInvestor))
      .AddSigner(SignerFor(kInvestor + "/officer-1"));
  EXPECT_EQ(ReasonAgainst(early.Sign()->envelope), "TOO_FAR_AHEAD");

  chain::TransactionBuilder unknown = Builder(kInvestor, "unknown");
  unknown.Add(OpenAccountOf("unknown", kInvestor)).AddSigner(SignerFor("a key of nobody"));
  EXPECT_EQ(ReasonAgainst(unknown.Sign()->envelope), "UNKNOWN_KEY");
  chain::TransactionBuilder another = Builder(kInvestor, "another's");
  another.Add(OpenAccountOf("another's", kInvestor)).AddSigner(SignerFor(kIntermediary + "/officer-1"));
  EXPECT_EQ(ReasonAgainst(another.Sign()->envelope), "UNKNOWN_KEY");

  // One byte above genesis's limit, and below the listener's.
  EXPECT_EQ(ReasonAgainst(std::string(genesis().limits().transaction_bytes() + 1, 'x')), "TRANSACTION_TOO_LARGE");
  EXPECT_EQ(mempool().size(), 0U);
  EXPECT_THAT(Gossip(), IsEmpty());
}

TEST_F(SubmissionTest, ARevokedKeySignsNothingFromItsBlockOn) {
  const auto signed_by_third = [&](const std::string& id) {
    chain::TransactionBuilder builder = Builder(kInvestor, id);
    builder.Add(OpenAccountOf(id, kInvestor)).AddSigner(SignerFor(kInvestor + "/officer-3"));
    return builder.Sign()->envelope;
  };
  EXPECT_EQ(ReasonAgainst(signed_by_third("before")), "none");
  Block();
  v1::Operation revoke;
  revoke.mutable_parties()->mutable_revoke_key()->set_key_id(KeyOf(kInvestor, 3).ToString());
  Do(kInvestor, {revoke});
  EXPECT_EQ(ReasonAgainst(signed_by_third("after")), "UNKNOWN_KEY");
  EXPECT_EQ(mempool().size(), 0U);
  EXPECT_EQ(ReasonAgainst(OpenAccount(kInvestor, "others still").envelope), "none");
}

TEST_F(SubmissionTest, AMessageAboveTheListenersLimitIsRefused) {
  const auto answer = investor_->Submit(std::string(ApiLimits().message_bytes_max + 1, 'x'));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted) << answer.status();
  EXPECT_EQ(investor_->Submit(OpenAccount(kInvestor, "after it").envelope)->state(), v1::TRANSACTION_STATE_PENDING);
}

TEST_F(SubmissionTest, AnIdThatWasUsedForOtherBytesIsRefusedWhileItWaitsAndWhenItIsFinal) {
  ASSERT_TRUE(investor_->Submit(OpenAccount(kInvestor, "first", "one id").envelope).ok());
  const chain::SignedTransaction second = OpenAccount(kInvestor, "second", "one id");
  const auto waiting = investor_->Submit(second.envelope);
  EXPECT_EQ(waiting.status().code(), absl::StatusCode::kAlreadyExists) << waiting.status();
  EXPECT_EQ(client::ReasonOf(waiting.status()), "ID_USED");
  Block();
  const auto used = investor_->Submit(second.envelope);
  EXPECT_EQ(used.status().code(), absl::StatusCode::kAlreadyExists) << used.status();
  EXPECT_EQ(client::ReasonOf(used.status()), "ID_USED");
}

TEST_F(SubmissionTest, WhoWaitsForATransactionWhoseIdOtherBytesTakeIsToldSo) {
  const chain::SignedTransaction first = OpenAccount(kInvestor, "first", "one id");
  const chain::SignedTransaction second = OpenAccount(kInvestor, "second", "one id");
  ASSERT_TRUE(investor_->Submit(second.envelope).ok());
  Finality finality(1, 1);
  Submission submission({&ledger(), &mempool(), {}, [this] { return block_time(); }, nullptr, &finality});
  v1::GetReceiptRequest request;
  request.set_transaction_id(second.id.ToString());
  request.set_wait_ms(kReceiptWaitMsMax);
  // While the call waits, the block of another validator that was given the first comes.
  bool came = false;
  const auto block_comes = [&] {
    if (!came) finality.Advance(Height(BlockOfAnother({first.envelope})));
    came = true;
    return false;
  };
  const Caller caller{Listener::kClients, kInvestor, KeyOf(kInvestor, 1), {v1::OFFICER_ROLE_TRADE}};
  const absl::Status told = submission.GetReceipt(caller, request, block_comes).status();
  EXPECT_EQ(told.code(), absl::StatusCode::kAlreadyExists) << told;
  EXPECT_EQ(client::ReasonOf(told), "ID_USED");
  EXPECT_EQ(mempool().size(), 0U);
  // Nobody else is told of it.
  EXPECT_EQ(ClientOf(kIntermediary)->GetReceipt(second.id, 0)->state(), v1::TRANSACTION_STATE_UNKNOWN);
}

TEST_F(SubmissionTest, WhatABlockHasShutOutSinceItsAdmissionDoesNotWait) {
  const Instant now = block_time();
  const chain::SignedTransaction first = OpenAccount(kInvestor, "first", "one id");
  const chain::SignedTransaction second = OpenAccount(kInvestor, "second", "one id");
  const auto admission = ledger().executor().Admit(*ledger().head()->view, second.envelope, now, nullptr);
  ASSERT_TRUE(admission.ok() && admission->transaction) << admission.status();
  ASSERT_TRUE(investor_->Submit(first.envelope).ok());
  Block();
  const absl::StatusOr<bool> added = node_ledger::AddAdmitted(ledger(), mempool(), now, admission->transaction, {});
  EXPECT_EQ(added.status().code(), absl::StatusCode::kAlreadyExists) << added.status();
  EXPECT_EQ(mempool().size(), 0U);
}

TEST_F(SubmissionTest, AfterItsValidityTheAnswerIsExpiredAndTheClientStillGetsTheReceipt) {
  const chain::SignedTransaction transaction = OpenAccount(kInvestor, "old");
  ASSERT_TRUE(investor_->Submit(transaction.envelope).ok());
  const uint64_t height = Block();
  // Past its minute, so that the id has left.
  Block(3'600);
  const auto answer = investor_->Submit(transaction.envelope);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition) << answer.status();
  EXPECT_EQ(client::ReasonOf(answer.status()), "EXPIRED");
  const auto receipt = investor_->SubmitAndWait(transaction, 120'000);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->receipt().height(), height);
}

TEST_F(SubmissionTest, OnlyItsPartyAndItsSignersSubmitATransaction) {
  const chain::SignedTransaction transaction = OpenAccount(kInvestor, "private");
  const std::unique_ptr<client::Client> other = ClientOf(kIntermediary);
  const auto answer = other->Submit(transaction.envelope);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kPermissionDenied) << answer.status();
  EXPECT_EQ(client::ReasonOf(answer.status()), "NOT_YOUR_TRANSACTION");
  EXPECT_EQ(mempool().size(), 0U);

  // And nobody else reads its receipt, or learns that there is one.
  ASSERT_TRUE(investor_->Submit(transaction.envelope).ok());
  Block();
  EXPECT_EQ(other->GetReceipt(transaction.id, 0)->state(), v1::TRANSACTION_STATE_UNKNOWN);
  EXPECT_EQ(ClientOf(kAuditor)->GetReceipt(transaction.id, 0)->state(), v1::TRANSACTION_STATE_FINAL);
}

TEST_F(SubmissionTest, AReceiptIsAskedForByAHashAndForAMinuteAtMost) {
  EXPECT_EQ(investor_->GetReceipt(crypto::Sha256("no such transaction"), 0)->state(), v1::TRANSACTION_STATE_UNKNOWN);
  const auto long_wait = investor_->GetReceipt(crypto::Sha256("no such transaction"), 60'001);
  EXPECT_EQ(long_wait.status().code(), absl::StatusCode::kInvalidArgument) << long_wait.status();
  EXPECT_EQ(client::ReasonOf(long_wait.status()), "FIELD_INVALID");
}

TEST_F(SubmissionTest, ADryRunTellsWhatWouldHappenAndRecordsNothing) {
  const uint64_t before = height();
  const auto signed_run = investor_->DryRun(OpenAccount(kInvestor, "tried").envelope);
  ASSERT_TRUE(signed_run.ok()) << signed_run.status();
  EXPECT_FALSE(signed_run->unsigned_());
  EXPECT_EQ(signed_run->height(), before);
  EXPECT_THAT(signed_run->results(), ElementsAre(testing::Applied()));

  chain::TransactionBuilder builder = Builder(kInvestor, "unsigned");
  builder.Add(OpenAccountOf("units", kInvestor));
  for (const char* officer : {"/officer-1", "/officer-2"}) builder.AddKey(SignerFor(kInvestor + officer)->public_key());
  const auto unsigned_run = investor_->DryRun(builder.Sign()->envelope);
  ASSERT_TRUE(unsigned_run.ok()) << unsigned_run.status();
  EXPECT_TRUE(unsigned_run->unsigned_());
  ASSERT_THAT(unsigned_run->results(), SizeIs(1));
  EXPECT_EQ(unsigned_run->results(0).status(), v1::OPERATION_STATUS_REFUSED);

  EXPECT_EQ(height(), before);
  EXPECT_EQ(mempool().size(), 0U);
  EXPECT_THAT(Gossip(), IsEmpty());
}

// Else a dry run, which costs nothing and leaves no trace, reads anybody's balance in a few halvings.
TEST_F(SubmissionTest, ADryRunOnAnothersAccountSaysTheSameWhateverItHolds) {
  const std::unique_ptr<client::Client> stranger = ClientOf(kIntermediary);
  const auto tried = [&](const std::string& amount) {
    v1::Operation operation;
    v1::Transfer& transfer = *operation.mutable_transfers()->mutable_transfer();
    transfer.set_from(cash_.ToString());
    transfer.set_to(other_cash_.ToString());
    transfer.set_instrument(token_.ToString());
    transfer.set_amount(amount);
    chain::TransactionBuilder builder = Builder(kIntermediary, "tried " + amount);
    builder.Add(operation);
    for (const char* officer : {"/officer-1", "/officer-2"}) builder.AddSigner(SignerFor(kIntermediary + officer));
    const auto answer = stranger->DryRun(builder.Sign()->envelope);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() && answer->results_size() == 1 ? answer->results(0) : v1::OperationResult();
  };
  const transfers::Balance balance = transfers::ReadBalance(*ledger().head()->view, cash_, token_, block_time());
  ASSERT_TRUE(balance.free.IsPositive());
  const v1::OperationResult little = tried("0.01"), too_much = tried("999999999999.99");
  EXPECT_THAT(little, testing::Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  EXPECT_EQ(too_much.SerializeAsString(), little.SerializeAsString());
}

TEST_F(SubmissionTest, ADryRunOfAnothersTransactionIsDenied) {
  const auto answer = ClientOf(kIntermediary)->DryRun(OpenAccount(kInvestor, "spied on").envelope);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kPermissionDenied) << answer.status();
  EXPECT_EQ(client::ReasonOf(answer.status()), "NOT_YOUR_TRANSACTION");
}

TEST_F(SubmissionTest, FromAPeerOnlyWhatIsValidAndNewComesIn) {
  const std::string good = OpenAccount(kInvestor, "of a peer").envelope;
  const std::string bad = OtherBytes(OpenAccount(kInvestor, "forged").envelope);
  const auto from = [&](uint32_t peer, const std::string& envelope) {
    return node_ledger::Admit(ledger(), mempool(), block_time(), envelope, mempool::Source{peer});
  };
  EXPECT_EQ(from(1, "").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(from(1, bad).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(*from(1, good));
  EXPECT_FALSE(*from(1, good));
  EXPECT_FALSE(*from(2, good));
  EXPECT_EQ(mempool().size(), 1U);
  Block();
  EXPECT_FALSE(*from(1, good));
  EXPECT_EQ(mempool().size(), 0U);
}

TEST_F(SubmissionTest, AClockThatIsBehindTheNewestFinalBlockDoesNotReviveWhatHasExpired) {
  const chain::SignedTransaction transaction = OpenAccount(kInvestor, "late");
  Block(7'200);
  const auto admitted =
      node_ledger::Admit(ledger(), mempool(), Instant::Epoch(), transaction.envelope, mempool::Source{1});
  EXPECT_EQ(admitted.status().code(), absl::StatusCode::kInvalidArgument) << admitted.status();
  EXPECT_EQ(mempool().size(), 0U);
}

TEST_F(SubmissionTest, WhatBecameFinalDuringItsAdmissionDoesNotStayInTheMempool) {
  const chain::SignedTransaction transaction = OpenAccount(kInvestor, "overtaken");
  const auto decoded = chain::DecodeEnvelope(transaction.envelope, ledger().chain().chain_id, genesis().limits(), 1);
  ASSERT_TRUE(decoded.ok());
  ASSERT_TRUE(investor_->Submit(transaction.envelope).ok());
  Block();
  ASSERT_TRUE(node_ledger::AddAdmitted(ledger(), mempool(), block_time(), *decoded, {}).ok());
  EXPECT_EQ(mempool().size(), 0U);
}

}  // namespace
}  // namespace causeway::api
