// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/transaction.h"

#include <functional>

#include <gtest/gtest.h>

#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/sha256.h"
#include "tests/support/test_chain.h"

namespace causeway::chain {
namespace {

using testing::Fill;
using testing::PurseId;
using testing::TestChain;

// Starts from a valid transaction; each test changes one thing of its body or envelope.
class TransactionTest : public ::testing::Test {
 protected:
  v1::Body ValidBody() {
    auto builder = chain_.Builder();
    builder.Add(Fill(PurseId(1), 5)).Add(Fill(PurseId(2), 6));
    return *codec::ParseCanonical<v1::Body>(*builder.Body());
  }
  v1::Envelope Sign(const v1::Body& body) {
    v1::Envelope envelope;
    envelope.set_body(codec::SerializeCanonical(body));
    for (const std::string& key_id : body.key_ids()) {
      v1::Signature* signature = envelope.add_signatures();
      signature->set_key_id(key_id);
      signature->set_signature(
          *chain_.signer()->Sign(crypto::TransactionPreimage(chain_.chain_id(), crypto::Sha256(envelope.body()))));
    }
    return envelope;
  }
  OrInvalid<std::shared_ptr<const Transaction>> Decode(const std::string& bytes,
                                                       SignaturePresence presence = SignaturePresence::kRequired) {
    return DecodeEnvelope(bytes, chain_.chain_id(), chain_.genesis().limits(), kProtocolVersion, presence);
  }
  v1::LedgerReason ReasonOf(const v1::Envelope& envelope) {
    const auto decoded = Decode(codec::SerializeCanonical(envelope));
    return decoded.ok() ? v1::LEDGER_REASON_UNSPECIFIED : decoded.invalid().reason;
  }
  v1::LedgerReason ReasonWith(const std::function<void(v1::Body&)>& change) {
    v1::Body body = ValidBody();
    change(body);
    return ReasonOf(Sign(body));
  }

  TestChain chain_;
};

TEST_F(TransactionTest, AValidEnvelopeSaysWhatItHolds) {
  const v1::Body body = ValidBody();
  const v1::Envelope envelope = Sign(body);
  const auto decoded = Decode(codec::SerializeCanonical(envelope));
  ASSERT_TRUE(decoded.ok()) << decoded.invalid().ToString();
  const Transaction& transaction = **decoded;
  EXPECT_EQ(transaction.id, crypto::Sha256(envelope.body()));
  EXPECT_EQ(transaction.party(), testing::kBank);
  EXPECT_EQ(transaction.operation_count(), 2u);
  EXPECT_EQ(transaction.key_ids.size(), 1u);
  EXPECT_EQ(transaction.signatures[0], envelope.signatures(0).signature());
  EXPECT_TRUE(crypto::Verify(chain_.signer()->public_key(), transaction.SigningPreimage(), transaction.signatures[0]));
}

TEST_F(TransactionTest, BytesBeyondTheLimitAreTooLarge) {
  const std::string bytes(chain_.genesis().limits().transaction_bytes() + 1, 'x');
  EXPECT_EQ(Decode(bytes).invalid().reason, v1::LEDGER_REASON_TRANSACTION_TOO_LARGE);
}

TEST_F(TransactionTest, OperationsBeyondTheLimitAreTooLarge) {
  TestChain::Options options;
  options.limits.set_transaction_operations(2);
  TestChain small(options);
  auto builder = small.Builder();
  builder.Add(Fill(PurseId(1), 1)).Add(Fill(PurseId(1), 1)).Add(Fill(PurseId(1), 1));
  const auto decoded =
      DecodeEnvelope(builder.Sign()->envelope, small.chain_id(), small.genesis().limits(), kProtocolVersion);
  EXPECT_EQ(decoded.invalid().ToString(), "TRANSACTION_TOO_LARGE (operations, 3, 2)");
}

// Fabric GHSA-v9w2-543f-h69m: one hash, and two ways to read what it is of.
TEST_F(TransactionTest, AnEnvelopeWithTrailingBytesIsNotCanonical) {
  EXPECT_EQ(Decode(codec::SerializeCanonical(Sign(ValidBody())) + '\0').invalid().reason,
            v1::LEDGER_REASON_NOT_CANONICAL);
}

TEST_F(TransactionTest, ABodyThatIsNotCanonicalIsRefusedWithThePath) {
  v1::Envelope envelope = Sign(ValidBody());
  v1::Body body = ValidBody();
  std::string bytes;
  body.mutable_operations(1)->mutable_cash()->mutable_issue()->set_amount("1.50");  // a trailing zero
  bytes = body.SerializeAsString();
  envelope.set_body(bytes);
  const auto decoded = Decode(envelope.SerializeAsString());
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.invalid().reason, v1::LEDGER_REASON_NOT_CANONICAL);
  EXPECT_NE(decoded.invalid().parameters[0].find("operations[1].cash.issue.amount"), std::string::npos)
      << decoded.invalid().ToString();
}

TEST_F(TransactionTest, AnotherChainsTransactionIsRefused) {
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.set_chain_id(std::string(32, 'c')); }), v1::LEDGER_REASON_WRONG_CHAIN);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.clear_chain_id(); }), v1::LEDGER_REASON_WRONG_CHAIN);
}

TEST_F(TransactionTest, MissingFieldsAreMalformed) {
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.set_party("NOT-A-LEI"); }), v1::LEDGER_REASON_MALFORMED);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.clear_id(); }), v1::LEDGER_REASON_MALFORMED);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.clear_valid_until_us(); }), v1::LEDGER_REASON_MALFORMED);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.clear_operations(); }), v1::LEDGER_REASON_MALFORMED);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.clear_key_ids(); }), v1::LEDGER_REASON_MALFORMED);
}

TEST_F(TransactionTest, AnOperationThatNamesNothingIsUnknown) {
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.mutable_operations(1)->clear_kind(); }),
            v1::LEDGER_REASON_UNKNOWN_OPERATION);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.mutable_operations(1)->mutable_cash()->clear_kind(); }),
            v1::LEDGER_REASON_UNKNOWN_OPERATION);
}

TEST_F(TransactionTest, TheLastOperationIsNotLinked) {
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.mutable_operations(0)->set_linked(true); }),
            v1::LEDGER_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.mutable_operations(1)->set_linked(true); }),
            v1::LEDGER_REASON_LINKED_TO_NOTHING);
}

TEST_F(TransactionTest, AdmissionReceiptsAreNotCarriedYet) {
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.set_admission(v1::ADMISSION_REQUIRED); }),
            v1::LEDGER_REASON_ADMISSION_UNSUPPORTED);
}

TEST_F(TransactionTest, ListedKeysAreAscendingAndUnique) {
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.add_key_ids(body.key_ids(0)); }),
            v1::LEDGER_REASON_SIGNATURES_NOT_EXACT);
  EXPECT_EQ(ReasonWith([](v1::Body& body) { body.add_key_ids(std::string(32, '\0')); }),
            v1::LEDGER_REASON_SIGNATURES_NOT_EXACT);
}

TEST_F(TransactionTest, ASignatureStrippedAddedOrSwappedIsNotExact) {
  v1::Body body = ValidBody();
  body.add_key_ids(std::string(32, '\xff'));
  const v1::Envelope both = Sign(body);
  EXPECT_EQ(ReasonOf(both), v1::LEDGER_REASON_UNSPECIFIED);
  v1::Envelope stripped = both;
  stripped.mutable_signatures()->RemoveLast();
  EXPECT_EQ(ReasonOf(stripped), v1::LEDGER_REASON_SIGNATURES_NOT_EXACT);
  v1::Envelope swapped = both;
  swapped.mutable_signatures()->SwapElements(0, 1);
  EXPECT_EQ(ReasonOf(swapped), v1::LEDGER_REASON_SIGNATURES_NOT_EXACT);
  v1::Envelope added = both;
  *added.add_signatures() = both.signatures(1);
  EXPECT_EQ(ReasonOf(added), v1::LEDGER_REASON_SIGNATURES_NOT_EXACT);
  v1::Envelope empty = both;
  empty.mutable_signatures(1)->clear_signature();
  EXPECT_EQ(ReasonOf(empty), v1::LEDGER_REASON_SIGNATURES_NOT_EXACT);
}

TEST_F(TransactionTest, ADryRunReadsAnEnvelopeWithoutSignatures) {
  v1::Envelope envelope = Sign(ValidBody());
  envelope.clear_signatures();
  const std::string bytes = codec::SerializeCanonical(envelope);
  EXPECT_EQ(Decode(bytes).invalid().reason, v1::LEDGER_REASON_SIGNATURES_NOT_EXACT);
  const auto decoded = Decode(bytes, SignaturePresence::kOptional);
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE((*decoded)->signatures.empty());
}

TEST(OperationKind, IsTheContractAndItsMember) {
  EXPECT_EQ(OperationKind(Fill(PurseId(1), 1)), "cash.issue");
  v1::Operation empty;
  EXPECT_EQ(OperationKind(empty), "");
  empty.mutable_cash();
  EXPECT_EQ(OperationKind(empty), "cash");
}

}  // namespace
}  // namespace causeway::chain
