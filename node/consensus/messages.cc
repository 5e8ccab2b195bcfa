// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/messages.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "causeway/v1/consensus.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/signature.h"

namespace causeway::consensus {
namespace {

absl::Status Refuse(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

absl::StatusOr<Hash> HashFrom(const std::string& bytes, absl::string_view what) {
  const std::optional<Hash> hash = Hash::FromBytes(bytes);
  if (!hash) return Refuse(absl::StrCat(what, " is not 32 bytes"));
  return *hash;
}

absl::StatusOr<Bytes> BlockFrom(std::string* bytes) {
  if (bytes->empty()) return Refuse("a block is missing");
  if (bytes->size() > kBlockBytesMax) return Refuse("a block is too large");
  return std::make_shared<const std::string>(std::move(*bytes));
}

// Votes and certificates share these fields.
template <typename M>
absl::StatusOr<Subject> SubjectFrom(const M& message) {
  VoteKind kind = VoteKind::kNullify;
  switch (message.kind()) {
    case v1::VOTE_KIND_NOTARIZE:
      kind = VoteKind::kNotarize;
      break;
    case v1::VOTE_KIND_NULLIFY:
      kind = VoteKind::kNullify;
      break;
    case v1::VOTE_KIND_FINALIZE:
      kind = VoteKind::kFinalize;
      break;
    default:
      return Refuse("unknown kind of vote");
  }
  if (message.view() == 0) return Refuse("view 0 is not voted on");
  // So that no view arithmetic can overflow.
  if (message.view() >= (uint64_t{1} << 62)) return Refuse("view out of range");
  if (kind == VoteKind::kNullify) {
    if (message.parent_view() != 0 || !message.block_hash().empty()) return Refuse("a nullify vote names no block");
    return Subject::Nullify(Epoch(message.epoch()), View(message.view()));
  }
  if (message.parent_view() >= message.view()) return Refuse("the parent's view is not below the view");
  CAUSEWAY_ASSIGN_OR_RETURN(const Hash block, HashFrom(message.block_hash(), "block hash"));
  return Subject{kind, Epoch(message.epoch()), View(message.view()), View(message.parent_view()), block};
}

template <typename M>
void SubjectTo(const Subject& subject, M* out) {
  out->set_kind(static_cast<v1::VoteKind>(subject.kind));
  out->set_epoch(subject.epoch.value());
  out->set_view(subject.view.value());
  if (subject.kind == VoteKind::kNullify) return;
  out->set_parent_view(subject.parent_view.value());
  out->set_block_hash(subject.block.data(), Hash::kSize);
}

absl::StatusOr<CertificatePtr> CertificateFrom(const v1::Certificate& message) {
  CAUSEWAY_ASSIGN_OR_RETURN(Certificate certificate, FromProto(message));
  return std::make_shared<const Certificate>(std::move(certificate));
}

struct Encoder {
  v1::PeerMessage* out;

  void operator()(const Vote& vote) const { ToProto(vote, out->mutable_vote()); }
  void operator()(const CertificatePtr& certificate) const { ToProto(*certificate, out->mutable_certificate()); }
  void operator()(const ProposalMessage& proposal) const {
    ToProto(proposal.vote, out->mutable_proposal()->mutable_vote());
    out->mutable_proposal()->set_block(*proposal.block);
  }
  void operator()(const VoteBatchMessage& batch) const {
    auto* votes = out->mutable_votes();
    for (const Vote& vote : batch.votes) ToProto(vote, votes->add_votes());
  }
  void operator()(const EvidenceRequestMessage& request) const {
    auto* message = out->mutable_evidence_request();
    message->set_epoch(request.epoch.value());
    message->set_notarization_view(request.notarization.value());
    message->set_nullified_from(request.nullified_from.value());
    message->set_nullified_to(request.nullified_to.value());
  }
  void operator()(const BlockRequestMessage& request) const {
    auto* message = out->mutable_block_request();
    message->set_epoch(request.epoch.value());
    message->set_view(request.view.value());
    message->set_block_hash(request.block.data(), Hash::kSize);
  }
  void operator()(const BlockResponseMessage& response) const {
    out->mutable_block_response()->set_block(*response.block);
  }
  void operator()(const RangeRequestMessage& request) const {
    out->mutable_range_request()->set_from_height(request.from.value());
    out->mutable_range_request()->set_bytes_max(request.bytes_max);
  }
  void operator()(const RangeResponseMessage& response) const {
    auto* message = out->mutable_range_response();
    message->set_from_height(response.from.value());
    for (const Bytes& block : response.blocks) message->add_blocks(*block);
    if (response.finalization) ToProto(*response.finalization, message->mutable_finalization());
  }
  void operator()(const EchoRequestMessage& request) const {
    out->mutable_echo_request()->set_nonce(request.nonce.data(), Hash::kSize);
    out->mutable_echo_request()->set_epoch(request.epoch.value());
  }
  void operator()(const EchoResponseMessage& response) const {
    auto* message = out->mutable_echo_response();
    message->set_nonce(response.nonce.data(), Hash::kSize);
    for (const Vote& vote : response.votes) ToProto(vote, message->add_votes());
  }
  void operator()(const EntryRequestMessage& request) const {
    out->mutable_entry_request()->set_nonce(request.nonce.data(), Hash::kSize);
    out->mutable_entry_request()->set_epoch(request.epoch.value());
  }
  void operator()(const EntryResponseMessage& response) const {
    auto* message = out->mutable_entry_response();
    message->set_nonce(response.nonce.data(), Hash::kSize);
    message->set_epoch(response.epoch.value());
    if (response.entry) ToProto(*response.entry, message->mutable_entry());
  }
};

absl::StatusOr<Message> FromEvidenceRequest(const v1::EvidenceRequest& message) {
  const uint64_t from = message.nullified_from();
  const uint64_t to = message.nullified_to();
  if ((from == 0) != (to == 0) || from > to) return Refuse("views of an evidence request are out of order");
  if (from == 0 && message.notarization_view() == 0) return Refuse("an evidence request asks for nothing");
  return Message(
      EvidenceRequestMessage{Epoch(message.epoch()), View(message.notarization_view()), View(from), View(to)});
}

absl::StatusOr<Message> FromRangeResponse(v1::RangeResponse* message) {
  RangeResponseMessage response{Height(message->from_height()), {}, nullptr};
  if (message->blocks_size() > static_cast<int>(kRangeBlocksMax)) return Refuse("too many blocks in a range");
  if ((message->blocks_size() == 0) == message->has_finalization()) {
    return Refuse("a range has blocks and their finalization, or neither");
  }
  for (std::string& bytes : *message->mutable_blocks()) {
    CAUSEWAY_ASSIGN_OR_RETURN(Bytes block, BlockFrom(&bytes));
    response.blocks.push_back(std::move(block));
  }
  if (message->has_finalization()) {
    CAUSEWAY_ASSIGN_OR_RETURN(response.finalization, CertificateFrom(message->finalization()));
  }
  return Message(std::move(response));
}

absl::StatusOr<std::vector<Vote>> VotesFrom(const google::protobuf::RepeatedPtrField<v1::Vote>& messages,
                                            size_t votes_max) {
  if (static_cast<size_t>(messages.size()) > votes_max) return Refuse("too many votes in a message");
  std::vector<Vote> votes;
  votes.reserve(static_cast<size_t>(messages.size()));
  for (const v1::Vote& message : messages) {
    CAUSEWAY_ASSIGN_OR_RETURN(Vote vote, FromProto(message));
    votes.push_back(std::move(vote));
  }
  return votes;
}

absl::StatusOr<Message> FromPeerMessage(v1::PeerMessage* message) {
  switch (message->message_case()) {
    case v1::PeerMessage::kVote: {
      CAUSEWAY_ASSIGN_OR_RETURN(Vote vote, FromProto(message->vote()));
      return Message(std::move(vote));
    }
    case v1::PeerMessage::kCertificate: {
      CAUSEWAY_ASSIGN_OR_RETURN(CertificatePtr certificate, CertificateFrom(message->certificate()));
      return Message(std::move(certificate));
    }
    case v1::PeerMessage::kProposal: {
      CAUSEWAY_ASSIGN_OR_RETURN(Vote vote, FromProto(message->proposal().vote()));
      if (vote.subject.kind != VoteKind::kNotarize) return Refuse("a proposal carries a notarize vote");
      CAUSEWAY_ASSIGN_OR_RETURN(Bytes block, BlockFrom(message->mutable_proposal()->mutable_block()));
      return Message(ProposalMessage{std::move(vote), std::move(block)});
    }
    case v1::PeerMessage::kVotes: {
      CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Vote> votes, VotesFrom(message->votes().votes(), kVotesPerBatch));
      return Message(VoteBatchMessage{std::move(votes)});
    }
    case v1::PeerMessage::kEvidenceRequest:
      return FromEvidenceRequest(message->evidence_request());
    case v1::PeerMessage::kBlockRequest: {
      const v1::BlockRequest& request = message->block_request();
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash block, HashFrom(request.block_hash(), "block hash"));
      return Message(BlockRequestMessage{Epoch(request.epoch()), View(request.view()), block});
    }
    case v1::PeerMessage::kBlockResponse: {
      CAUSEWAY_ASSIGN_OR_RETURN(Bytes block, BlockFrom(message->mutable_block_response()->mutable_block()));
      return Message(BlockResponseMessage{std::move(block)});
    }
    case v1::PeerMessage::kRangeRequest:
      return Message(
          RangeRequestMessage{Height(message->range_request().from_height()), message->range_request().bytes_max()});
    case v1::PeerMessage::kRangeResponse:
      return FromRangeResponse(message->mutable_range_response());
    case v1::PeerMessage::kEchoRequest: {
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash nonce, HashFrom(message->echo_request().nonce(), "nonce"));
      return Message(EchoRequestMessage{nonce, Epoch(message->echo_request().epoch())});
    }
    case v1::PeerMessage::kEchoResponse: {
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash nonce, HashFrom(message->echo_response().nonce(), "nonce"));
      CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Vote> votes, VotesFrom(message->echo_response().votes(), kVoteKinds));
      return Message(EchoResponseMessage{nonce, std::move(votes)});
    }
    case v1::PeerMessage::kEntryRequest: {
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash nonce, HashFrom(message->entry_request().nonce(), "nonce"));
      return Message(EntryRequestMessage{nonce, Epoch(message->entry_request().epoch())});
    }
    case v1::PeerMessage::kEntryResponse: {
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash nonce, HashFrom(message->entry_response().nonce(), "nonce"));
      EntryResponseMessage response{nonce, Epoch(message->entry_response().epoch()), nullptr};
      if (message->entry_response().has_entry()) {
        CAUSEWAY_ASSIGN_OR_RETURN(response.entry, CertificateFrom(message->entry_response().entry()));
      }
      return Message(std::move(response));
    }
    case v1::PeerMessage::MESSAGE_NOT_SET:
      break;
  }
  return Refuse("an empty message");
}

struct Describer {
  std::string operator()(const Vote& vote) const { return absl::StrCat("vote ", Describe(vote.subject)); }
  std::string operator()(const CertificatePtr& certificate) const {
    return absl::StrCat("certificate ", Describe(certificate->subject));
  }
  std::string operator()(const ProposalMessage& proposal) const {
    return absl::StrCat("proposal ", Describe(proposal.vote.subject));
  }
  std::string operator()(const VoteBatchMessage& batch) const { return absl::StrCat(batch.votes.size(), " votes"); }
  std::string operator()(const EvidenceRequestMessage& request) const {
    return absl::StrCat("asks notarization ", request.notarization.value(), ", nullifications ",
                        request.nullified_from.value(), "-", request.nullified_to.value());
  }
  std::string operator()(const BlockRequestMessage& request) const {
    return absl::StrCat("asks block ", request.block.ToHex().substr(0, 8), " of view ", request.view.value());
  }
  std::string operator()(const BlockResponseMessage& response) const {
    return absl::StrCat("block of ", response.block->size(), " bytes");
  }
  std::string operator()(const RangeRequestMessage& request) const {
    return absl::StrCat("asks blocks from ", request.from.value());
  }
  std::string operator()(const RangeResponseMessage& response) const {
    return absl::StrCat(response.blocks.size(), " blocks from ", response.from.value());
  }
  std::string operator()(const EchoRequestMessage&) const { return "asks for an echo"; }
  std::string operator()(const EchoResponseMessage& response) const {
    return absl::StrCat("echo of ", response.votes.size(), " votes");
  }
  std::string operator()(const EntryRequestMessage&) const { return "asks for entry certificates"; }
  std::string operator()(const EntryResponseMessage& response) const {
    return response.entry ? absl::StrCat("entered by ", Describe(response.entry->subject)) : "in the first view";
  }
};

struct RecordEncoder {
  v1::LogRecord* out;

  void operator()(const LogIdentity& identity) const {
    auto* message = out->mutable_identity();
    message->set_chain_id(identity.chain_id.data(), Hash::kSize);
    message->set_key_id(identity.key_id.data(), KeyId::kSize);
    message->set_born_with_key(identity.born_with_key);
  }
  void operator()(const Vote& vote) const { ToProto(vote, out->mutable_vote()); }
  void operator()(const CertificatePtr& certificate) const { ToProto(*certificate, out->mutable_certificate()); }
  void operator()(const LogCertified& certified) const {
    auto* message = out->mutable_certified();
    message->set_epoch(certified.epoch.value());
    message->set_view(certified.view.value());
    message->set_block_hash(certified.block.data(), Hash::kSize);
  }
  void operator()(const LogBody& body) const {
    auto* message = out->mutable_body();
    message->set_block_hash(body.block.data(), Hash::kSize);
    message->set_height(body.height.value());
    message->set_block(*body.bytes);
  }
  void operator()(const LogFloor& floor) const {
    auto* message = out->mutable_floor();
    message->set_epoch(floor.epoch.value());
    message->set_view(floor.view.value());
    message->set_height(floor.height.value());
  }
  void operator()(const LogLost& lost) const { out->mutable_lost()->set_epoch(lost.epoch.value()); }
  void operator()(const LogRejoined& rejoined) const {
    out->mutable_rejoined()->set_epoch(rejoined.epoch.value());
    out->mutable_rejoined()->set_view(rejoined.view.value());
  }
};

}  // namespace

void ToProto(const Vote& vote, v1::Vote* out) {
  SubjectTo(vote.subject, out);
  out->set_validator(vote.validator);
  out->set_signature(vote.signature);
}

void ToProto(const Certificate& certificate, v1::Certificate* out) {
  SubjectTo(certificate.subject, out);
  out->mutable_signers()->Add(certificate.signers.begin(), certificate.signers.end());
  out->set_signatures(certificate.signatures);
}

absl::StatusOr<Vote> FromProto(const v1::Vote& vote) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Subject subject, SubjectFrom(vote));
  if (vote.validator() >= kSignersMax) return Refuse("signer out of range");
  if (vote.signature().size() != crypto::kSignatureSize) return Refuse("a signature is 64 bytes");
  return Vote{subject, vote.validator(), vote.signature()};
}

absl::StatusOr<Certificate> FromProto(const v1::Certificate& certificate) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Subject subject, SubjectFrom(certificate));
  const auto count = static_cast<size_t>(certificate.signers_size());
  if (count == 0 || count > kSignersMax) return Refuse("number of signers out of range");
  if (certificate.signatures().size() != count * crypto::kSignatureSize) {
    return Refuse("signatures do not fit the signers");
  }
  for (int i = 0; i < certificate.signers_size(); ++i) {
    if (certificate.signers(i) >= kSignersMax) return Refuse("signer out of range");
    if (i > 0 && certificate.signers(i) <= certificate.signers(i - 1)) return Refuse("signers do not ascend");
  }
  return Certificate{subject, std::vector<uint32_t>(certificate.signers().begin(), certificate.signers().end()),
                     certificate.signatures()};
}

std::string EncodeCertificate(const Certificate& certificate) {
  v1::Certificate message;
  ToProto(certificate, &message);
  return codec::SerializeCanonical(message);
}

absl::StatusOr<Certificate> DecodeCertificate(absl::string_view bytes) {
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Certificate message, codec::ParseCanonical<v1::Certificate>(bytes));
  return FromProto(message);
}

std::string EncodeMessage(const Message& message) {
  v1::PeerMessage proto;
  std::visit(Encoder{&proto}, message);
  return codec::SerializeCanonical(proto);
}

absl::StatusOr<Message> DecodeMessage(absl::string_view bytes) {
  if (bytes.size() > kMessageBytesMax) return Refuse("a message is too large");
  CAUSEWAY_ASSIGN_OR_RETURN(v1::PeerMessage proto, codec::ParseCanonical<v1::PeerMessage>(bytes));
  return FromPeerMessage(&proto);
}

std::optional<Epoch> EpochOf(const Message& message) {
  return std::visit(
      [](const auto& one) -> std::optional<Epoch> {
        using Kind = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Kind, Vote>) {
          return one.subject.epoch;
        } else if constexpr (std::is_same_v<Kind, CertificatePtr>) {
          return one->subject.epoch;
        } else if constexpr (std::is_same_v<Kind, ProposalMessage>) {
          return one.vote.subject.epoch;
        } else if constexpr (std::is_same_v<Kind, VoteBatchMessage>) {
          return one.votes.empty() ? std::nullopt : std::optional(one.votes.front().subject.epoch);
        } else if constexpr (std::is_same_v<Kind, EvidenceRequestMessage> ||
                             std::is_same_v<Kind, BlockRequestMessage> || std::is_same_v<Kind, EchoRequestMessage> ||
                             std::is_same_v<Kind, EntryRequestMessage> || std::is_same_v<Kind, EntryResponseMessage>) {
          return one.epoch;
        } else {
          return std::nullopt;
        }
      },
      message);
}

std::string Describe(const Message& message) {
  return std::visit(Describer{}, message);
}

std::string EncodeRecord(const LogRecord& record) {
  v1::LogRecord proto;
  std::visit(RecordEncoder{&proto}, record);
  return codec::SerializeCanonical(proto);
}

absl::StatusOr<LogRecord> DecodeRecord(absl::string_view bytes) {
  CAUSEWAY_ASSIGN_OR_RETURN(v1::LogRecord proto, codec::ParseCanonical<v1::LogRecord>(bytes));
  switch (proto.record_case()) {
    case v1::LogRecord::kIdentity: {
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash chain_id, HashFrom(proto.identity().chain_id(), "chain id"));
      const std::optional<KeyId> key_id = KeyId::FromBytes(proto.identity().key_id());
      if (!key_id) return Refuse("key id is not 32 bytes");
      return LogRecord(LogIdentity{chain_id, *key_id, proto.identity().born_with_key()});
    }
    case v1::LogRecord::kVote: {
      CAUSEWAY_ASSIGN_OR_RETURN(Vote vote, FromProto(proto.vote()));
      return LogRecord(std::move(vote));
    }
    case v1::LogRecord::kCertificate: {
      CAUSEWAY_ASSIGN_OR_RETURN(CertificatePtr certificate, CertificateFrom(proto.certificate()));
      return LogRecord(std::move(certificate));
    }
    case v1::LogRecord::kCertified: {
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash block, HashFrom(proto.certified().block_hash(), "block hash"));
      return LogRecord(LogCertified{Epoch(proto.certified().epoch()), View(proto.certified().view()), block});
    }
    case v1::LogRecord::kBody: {
      CAUSEWAY_ASSIGN_OR_RETURN(const Hash block, HashFrom(proto.body().block_hash(), "block hash"));
      CAUSEWAY_ASSIGN_OR_RETURN(Bytes block_bytes, BlockFrom(proto.mutable_body()->mutable_block()));
      return LogRecord(LogBody{block, Height(proto.body().height()), std::move(block_bytes)});
    }
    case v1::LogRecord::kFloor:
      return LogRecord(
          LogFloor{Epoch(proto.floor().epoch()), View(proto.floor().view()), Height(proto.floor().height())});
    case v1::LogRecord::kLost:
      return LogRecord(LogLost{Epoch(proto.lost().epoch())});
    case v1::LogRecord::kRejoined:
      return LogRecord(LogRejoined{Epoch(proto.rejoined().epoch()), View(proto.rejoined().view())});
    case v1::LogRecord::RECORD_NOT_SET:
      break;
  }
  return Refuse("an empty record");
}

}  // namespace causeway::consensus
