// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/transaction_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction.h"
#include "ledger/codec/encode.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_chain.h"

namespace causeway::chain {
namespace {

using testing::Fill;
using testing::PurseId;
using testing::TestChain;

TEST(TransactionBuilder, SignersAreSortedAndTheSameInputsGiveTheSameBody) {
  TestChain chain;
  auto forth = TransactionBuilder(chain.chain_id(), testing::kBank);
  auto back = forth;
  for (auto* builder : {&forth, &back})
    builder->set_id(*ClientTransactionId::FromBytes(std::string(16, 'i')))
        .set_valid_until(Instant::FromMicros(chain.now_us() + 1))
        .Add(Fill(PurseId(1), 1));
  forth.AddSigner(chain.signer()).AddSigner(chain.second_signer());
  back.AddSigner(chain.second_signer()).AddSigner(chain.signer()).AddSigner(chain.signer());
  EXPECT_EQ(*forth.Body(), *back.Body());
  EXPECT_EQ(forth.Sign()->envelope, back.Sign()->envelope);
  const auto decoded =
      DecodeEnvelope(forth.Sign()->envelope, chain.chain_id(), chain.genesis().limits(), kProtocolVersion);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ((*decoded)->id, forth.Sign()->id);
  EXPECT_LT((*decoded)->key_ids[0], (*decoded)->key_ids[1]);
}

TEST(TransactionBuilder, SaysWhatIsMissing) {
  const TransactionBuilder builder(Hash::Zero(), testing::kBank);
  EXPECT_THAT(builder.Body(), StatusIs(absl::StatusCode::kInvalidArgument, "id: missing"));
  TransactionBuilder with_id = builder;
  with_id.set_id(ClientTransactionId::Zero());
  EXPECT_THAT(with_id.Body(), StatusIs(absl::StatusCode::kInvalidArgument, "valid_until_us: missing"));
}

TEST(TransactionBuilder, AFieldWithoutCanonicalFormIsNamed) {
  TestChain chain;
  auto builder = chain.Builder();
  v1::Operation operation = Fill(PurseId(1), 1);
  operation.mutable_cash()->mutable_issue()->set_amount("01");
  builder.Add(operation);
  EXPECT_THAT(builder.Sign(), StatusIs(absl::StatusCode::kInvalidArgument, "operations[0].cash.issue.amount"));
}

TEST(TransactionBuilder, ASignatureMadeElsewhereIsAttached) {
  TestChain chain;
  auto builder = chain.Builder();
  builder.Add(Fill(PurseId(1), 1)).AddKey(chain.second_signer()->public_key());
  const SignedTransaction half = *builder.Sign();
  EXPECT_FALSE(DecodeEnvelope(half.envelope, chain.chain_id(), chain.genesis().limits(), kProtocolVersion).ok());

  const std::string body = codec::ParseCanonical<v1::Envelope>(half.envelope)->body();
  const std::string signature = *chain.second_signer()->Sign(*SigningPreimageOf(body));
  const auto whole = AttachSignature(half.envelope, chain.second_signer()->public_key(), signature);
  CAUSEWAY_ASSERT_OK(whole);
  EXPECT_EQ(whole->id, half.id);
  EXPECT_TRUE(DecodeEnvelope(whole->envelope, chain.chain_id(), chain.genesis().limits(), kProtocolVersion).ok());

  EXPECT_THAT(AttachSignature(half.envelope, chain.other_signer()->public_key(), signature),
              StatusIs(absl::StatusCode::kInvalidArgument, "does not list key"));
  EXPECT_THAT(AttachSignature(half.envelope, chain.second_signer()->public_key(), std::string(64, 's')),
              StatusIs(absl::StatusCode::kInvalidArgument, "over this transaction"));
}

}  // namespace
}  // namespace causeway::chain
