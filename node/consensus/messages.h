// SPDX-License-Identifier: Apache-2.0
// Messages between validators and records of the vote log, as structs and as bytes (causeway/v1/consensus.proto).
//
// Whatever a peer sends goes through DecodeMessage, which refuses everything that is not the canonical form of a
// message within the limits below, so no later code meets a signer out of range of its type, signatures that do not fit
// their signers, or a list without bound. Nothing decoded is verified: signatures are the engine's matter.
#ifndef CAUSEWAY_NODE_CONSENSUS_MESSAGES_H_
#define CAUSEWAY_NODE_CONSENSUS_MESSAGES_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/chain/limits.h"
#include "node/consensus/types.h"

namespace causeway::v1 {
class Certificate;
class Vote;
}  // namespace causeway::v1

namespace causeway::consensus {

// Bounds of what a peer may say; the sender keeps to them too.
inline constexpr size_t kVotesPerBatch = 256;
inline constexpr size_t kSignersMax = 256;  // validators in a set
// A block: what a genesis may let its transactions have, and room for its header.
inline constexpr size_t kBlockBytesMax = chain::kBlockBytesMax + (1 << 20);
inline constexpr size_t kRangeBlocksMax = 512;    // blocks in one answer
inline constexpr uint64_t kRangeBytes = 8 << 20;  // bytes asked for at a time
// A message larger than this is refused before it is parsed: a range answer with one block above kRangeBytes.
inline constexpr size_t kMessageBytesMax = kRangeBytes + kBlockBytesMax + (1 << 20);

struct ProposalMessage {
  Vote vote;
  Bytes block;
};
struct VoteBatchMessage {
  std::vector<Vote> votes;
};
struct EvidenceRequestMessage {
  Epoch epoch;
  View notarization;    // 0: none
  View nullified_from;  // 0: none
  View nullified_to;
  friend bool operator==(const EvidenceRequestMessage&, const EvidenceRequestMessage&) = default;
};
struct BlockRequestMessage {
  Epoch epoch;
  View view;
  Hash block;
};
struct BlockResponseMessage {
  Bytes block;
};
struct RangeRequestMessage {
  Height from;
  uint64_t bytes_max;
};
struct RangeResponseMessage {
  Height from;
  std::vector<Bytes> blocks;
  CertificatePtr finalization;  // null iff there are no blocks
};
struct EchoRequestMessage {
  Hash nonce;
  Epoch epoch;
};
struct EchoResponseMessage {
  Hash nonce;
  std::vector<Vote> votes;
};
struct EntryRequestMessage {
  Hash nonce;
  Epoch epoch;
};
struct EntryResponseMessage {
  Hash nonce;
  Epoch epoch;
  CertificatePtr entry;  // null in the first view of the first epoch
};

using Message = std::variant<Vote, CertificatePtr, ProposalMessage, VoteBatchMessage, EvidenceRequestMessage,
                             BlockRequestMessage, BlockResponseMessage, RangeRequestMessage, RangeResponseMessage,
                             EchoRequestMessage, EchoResponseMessage, EntryRequestMessage, EntryResponseMessage>;

std::string EncodeMessage(const Message& message);
// INVALID_ARGUMENT that says what is wrong. Never anything else, whatever the bytes are.
absl::StatusOr<Message> DecodeMessage(absl::string_view bytes);
// Of which epoch the message speaks; of the first of its votes, where it has several. Nothing where it speaks of none.
std::optional<Epoch> EpochOf(const Message& message);
// "vote notarize 7 …", for traces.
std::string Describe(const Message& message);

// Conversions that the store of certificates and the proofs need too.
void ToProto(const Vote& vote, v1::Vote* out);
void ToProto(const Certificate& certificate, v1::Certificate* out);
absl::StatusOr<Vote> FromProto(const v1::Vote& vote);
absl::StatusOr<Certificate> FromProto(const v1::Certificate& certificate);
// The canonical bytes of causeway.v1.Certificate, as the store keeps finalizations.
std::string EncodeCertificate(const Certificate& certificate);
absl::StatusOr<Certificate> DecodeCertificate(absl::string_view bytes);

// ---- Records of the vote log ----

struct LogIdentity {
  Hash chain_id;
  KeyId key_id;
  bool born_with_key;
};
struct LogCertified {
  Epoch epoch;
  View view;
  Hash block;
};
struct LogBody {
  Hash block;
  Height height;
  Bytes bytes;
};
struct LogFloor {
  Epoch epoch;
  View view;
  Height height;
};
// The log was found not to be the one that the validator last voted with; it may not vote before a LogRejoined.
struct LogLost {
  Epoch epoch;
};
struct LogRejoined {
  Epoch epoch;
  View view;
};

using LogRecord =
    std::variant<LogIdentity, Vote, CertificatePtr, LogCertified, LogBody, LogFloor, LogLost, LogRejoined>;

std::string EncodeRecord(const LogRecord& record);
absl::StatusOr<LogRecord> DecodeRecord(absl::string_view bytes);

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_MESSAGES_H_
