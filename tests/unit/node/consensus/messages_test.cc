// SPDX-License-Identifier: Apache-2.0
// Peer messages and log records as bytes: what goes in comes out, and nothing malformed gets through.
#include "node/consensus/messages.h"

#include <gtest/gtest.h>

#include "causeway/v1/consensus.pb.h"
#include "tests/simulation/random.h"

namespace causeway::consensus {
namespace {

Hash Filled(uint8_t byte) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(byte);
  return Hash(bytes);
}
const Subject kNotarize = {VoteKind::kNotarize, Epoch(3), View(9), View(7), Filled(4)};
const Subject kNullify = Subject::Nullify(Epoch(3), View(9));

Vote VoteFor(const Subject& subject) {
  return {subject, 2, std::string(64, 'v')};
}
CertificatePtr CertificateFor(const Subject& subject) {
  return std::make_shared<const Certificate>(Certificate{subject, {0, 2, 3}, std::string(192, 'c')});
}
Bytes Block(const char* bytes) {
  return std::make_shared<const std::string>(bytes);
}

std::vector<Message> Examples() {
  return {VoteFor(kNotarize),
          VoteFor(kNullify),
          CertificateFor(kNotarize.As(VoteKind::kFinalize)),
          ProposalMessage{VoteFor(kNotarize), Block("block")},
          VoteBatchMessage{{VoteFor(kNotarize), VoteFor(kNullify)}},
          EvidenceRequestMessage{Epoch(3), View(7), View(8), View(8)},
          EvidenceRequestMessage{Epoch(3), View(0), View(8), View(12)},
          BlockRequestMessage{Epoch(3), View(7), Filled(5)},
          BlockResponseMessage{Block("block")},
          RangeRequestMessage{Height(12), 1000},
          RangeResponseMessage{Height(12), {Block("a"), Block("b")}, CertificateFor(kNotarize.As(VoteKind::kFinalize))},
          RangeResponseMessage{Height(12), {}, nullptr},
          EchoRequestMessage{Filled(6), Epoch(0)},
          EchoResponseMessage{Filled(6), {VoteFor(kNullify)}},
          EntryRequestMessage{Filled(6), Epoch(0)},
          EntryResponseMessage{Filled(6), Epoch(3), CertificateFor(kNullify)},
          EntryResponseMessage{Filled(6), Epoch(0), nullptr}};
}

TEST(Messages, ComeBackAsTheyWent) {
  for (const Message& message : Examples()) {
    const std::string bytes = EncodeMessage(message);
    const absl::StatusOr<Message> back = DecodeMessage(bytes);
    ASSERT_TRUE(back.ok()) << Describe(message) << ": " << back.status();
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(EncodeMessage(*back), bytes) << Describe(message);
    EXPECT_EQ(Describe(*back), Describe(message));
  }
}

// rippled before 3.0.0: a malformed set from one validator ended its peers' processes.
TEST(Messages, EveryMutationIsDecodedOrRefused) {
  simulation::Random random(1);
  for (const Message& message : Examples()) {
    const std::string bytes = EncodeMessage(message);
    for (int i = 0; i < 3'000; ++i) {
      std::string mutated = bytes;
      const uint64_t changes = 1 + random.Below(3);
      for (uint64_t change = 0; change < changes; ++change) {
        switch (random.Below(3)) {
          case 0:
            mutated[random.Below(mutated.size())] = static_cast<char>(random.Below(256));
            break;
          case 1:
            mutated.insert(random.Below(mutated.size()), 1, static_cast<char>(random.Below(256)));
            break;
          default:
            mutated.resize(1 + random.Below(mutated.size()));
        }
      }
      const absl::StatusOr<Message> back = DecodeMessage(mutated);
      if (back.ok()) {
        EXPECT_EQ(EncodeMessage(*back), mutated);  // one form only
      }
    }
  }
}

v1::Vote WireVote() {
  v1::Vote vote;
  ToProto(VoteFor(kNotarize), &vote);
  return vote;
}
v1::Certificate WireCertificate() {
  v1::Certificate certificate;
  ToProto(*CertificateFor(kNotarize), &certificate);
  return certificate;
}

TEST(Votes, AreRefusedWhere) {
  ASSERT_TRUE(FromProto(WireVote()).ok());
  v1::Vote vote = WireVote();
  vote.set_kind(v1::VOTE_KIND_UNSPECIFIED);
  EXPECT_FALSE(FromProto(vote).ok()) << "no kind";
  vote = WireVote();
  vote.set_view(0);
  EXPECT_FALSE(FromProto(vote).ok()) << "view 0";
  vote = WireVote();
  vote.set_view(~uint64_t{0});
  EXPECT_FALSE(FromProto(vote).ok()) << "a view beyond arithmetic";
  vote = WireVote();
  vote.set_parent_view(vote.view());
  EXPECT_FALSE(FromProto(vote).ok()) << "a parent that is not below its view";
  vote = WireVote();
  vote.set_block_hash("short");
  EXPECT_FALSE(FromProto(vote).ok()) << "a hash that is none";
  vote = WireVote();
  vote.set_kind(v1::VOTE_KIND_NULLIFY);
  EXPECT_FALSE(FromProto(vote).ok()) << "a nullify that names a block";
  vote = WireVote();
  vote.set_signature(std::string(63, 'x'));
  EXPECT_FALSE(FromProto(vote).ok()) << "a short signature";
  vote = WireVote();
  vote.set_validator(kSignersMax);
  EXPECT_FALSE(FromProto(vote).ok()) << "a signer out of range";
}

// CometBFT GHSA-hrhf-2vcr-ghch: bit array length.
TEST(Certificates, AreRefusedWhere) {
  ASSERT_TRUE(FromProto(WireCertificate()).ok());
  v1::Certificate certificate = WireCertificate();
  certificate.add_signers(9);
  EXPECT_FALSE(FromProto(certificate).ok()) << "more signers than signatures";
  certificate = WireCertificate();
  certificate.set_signatures(std::string(128, 'x'));
  EXPECT_FALSE(FromProto(certificate).ok()) << "fewer signatures than signers";
  certificate = WireCertificate();
  certificate.set_signers(1, 0);
  EXPECT_FALSE(FromProto(certificate).ok()) << "one signer twice";
  certificate = WireCertificate();
  certificate.set_signers(0, 3);
  EXPECT_FALSE(FromProto(certificate).ok()) << "not ascending";
  certificate = WireCertificate();
  certificate.set_signers(2, kSignersMax);
  EXPECT_FALSE(FromProto(certificate).ok()) << "a signer out of range";
  certificate = WireCertificate();
  certificate.set_parent_view(certificate.view() + 1);
  EXPECT_FALSE(FromProto(certificate).ok()) << "a parent that is not below its view";
  certificate = WireCertificate();
  certificate.clear_signers();
  certificate.clear_signatures();
  EXPECT_FALSE(FromProto(certificate).ok()) << "nobody";
}

TEST(Messages, AreBounded) {
  VoteBatchMessage batch;
  for (size_t i = 0; i <= kVotesPerBatch; ++i) batch.votes.push_back(VoteFor(kNullify));
  EXPECT_FALSE(DecodeMessage(EncodeMessage(batch)).ok()) << "votes";
  EchoResponseMessage echo{Filled(6), {}};
  for (int i = 0; i <= kVoteKinds; ++i) echo.votes.push_back(VoteFor(kNullify));
  EXPECT_FALSE(DecodeMessage(EncodeMessage(echo)).ok()) << "echoes";
  RangeResponseMessage range{Height(1), {}, CertificateFor(kNotarize)};
  for (size_t i = 0; i <= kRangeBlocksMax; ++i) range.blocks.push_back(Block("b"));
  EXPECT_FALSE(DecodeMessage(EncodeMessage(range)).ok()) << "blocks";
  const auto large = std::make_shared<const std::string>(kBlockBytesMax + 1, 'b');
  EXPECT_FALSE(DecodeMessage(EncodeMessage(BlockResponseMessage{large})).ok()) << "a block's bytes";
  EXPECT_FALSE(DecodeMessage(std::string(kMessageBytesMax + 1, '\0')).ok()) << "bytes";
}

TEST(Messages, ARangeHasBlocksAndTheirFinalizationOrNeither) {
  EXPECT_FALSE(DecodeMessage(EncodeMessage(RangeResponseMessage{Height(1), {Block("b")}, nullptr})).ok());
  EXPECT_FALSE(DecodeMessage(EncodeMessage(RangeResponseMessage{Height(1), {}, CertificateFor(kNotarize)})).ok());
}

TEST(Records, ComeBackAsTheyWent) {
  const std::vector<LogRecord> records = {LogIdentity{Filled(1), KeyId(Filled(2).array()), true},
                                          VoteFor(kNotarize),
                                          CertificateFor(kNullify),
                                          LogCertified{Epoch(3), View(9), Filled(4)},
                                          LogBody{Filled(4), Height(8), Block("block")},
                                          LogFloor{Epoch(3), View(9), Height(8)},
                                          LogLost{Epoch(0)},
                                          LogRejoined{Epoch(3), View(11)}};
  for (const LogRecord& record : records) {
    const absl::StatusOr<LogRecord> back = DecodeRecord(EncodeRecord(record));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->index(), record.index());
    EXPECT_EQ(EncodeRecord(*back), EncodeRecord(record));
  }
}

TEST(Contradiction, IsTwoBlocksOrNullifyWithFinalize) {
  Subject other = kNotarize;
  other.block = Filled(5);
  EXPECT_TRUE(Contradict(kNotarize, other));
  EXPECT_TRUE(Contradict(kNotarize.As(VoteKind::kFinalize), other.As(VoteKind::kFinalize)));
  EXPECT_TRUE(Contradict(kNullify, kNotarize.As(VoteKind::kFinalize)));
  EXPECT_TRUE(Contradict(kNotarize.As(VoteKind::kFinalize), kNullify));
  EXPECT_FALSE(Contradict(kNotarize, kNotarize));
  EXPECT_FALSE(Contradict(kNotarize, kNullify));
  EXPECT_FALSE(Contradict(kNotarize, other.As(VoteKind::kFinalize)));
  other.view = View(10);
  EXPECT_FALSE(Contradict(kNotarize, other));
}

}  // namespace
}  // namespace causeway::consensus
