// SPDX-License-Identifier: Apache-2.0

#include "ledger/chain/certificate.h"

#include <optional>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"

namespace causeway::chain {
namespace {

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed vote: ", what));
}

template <class Message>
absl::StatusOr<VoteSubject> SubjectOfMessage(const Message& message) {
  VoteSubject subject{message.kind(), Epoch(message.epoch()), View(message.view())};
  if (message.view() == 0) return Malformed("view 0 is never voted on");
  switch (message.kind()) {
    case v1::VOTE_KIND_NULLIFY:
      if (message.parent_view() != 0 || !message.block_hash().empty()) return Malformed("nullify names a block");
      return subject;
    case v1::VOTE_KIND_NOTARIZE:
    case v1::VOTE_KIND_FINALIZE: {
      const std::optional<Hash> hash = Hash::FromBytes(message.block_hash());
      if (!hash) return Malformed("block_hash is not 32 bytes");
      if (message.parent_view() >= message.view()) return Malformed("the parent's view is not below the view");
      subject.parent_view = View(message.parent_view());
      subject.block_hash = *hash;
      return subject;
    }
    default:
      return Malformed("no kind");
  }
}

}  // namespace

Hash ValidatorSetHash(const v1::ValidatorSet& validators) {
  return crypto::DomainHash(crypto::kValidatorSetTag, crypto::Tail{codec::SerializeCanonical(validators)});
}

std::vector<crypto::PublicKey> ValidatorKeys(const v1::ValidatorSet& validators) {
  std::vector<crypto::PublicKey> keys;
  for (const v1::Validator& validator : validators.validators())
    keys.push_back(crypto::PublicKey{crypto::KeyAlgorithm::kEd25519, validator.public_key()});
  return keys;
}

uint32_t FaultBound(uint32_t validators) {
  CAUSEWAY_CHECK(validators > 0);
  return (validators - 1) / 3;
}

uint32_t Quorum(uint32_t validators) {
  return validators - FaultBound(validators);
}

absl::StatusOr<VoteSubject> SubjectOf(const v1::Vote& vote) {
  return SubjectOfMessage(vote);
}
absl::StatusOr<VoteSubject> SubjectOf(const v1::Certificate& certificate) {
  return SubjectOfMessage(certificate);
}

std::string VotePreimage(const Hash& chain_id, const VoteSubject& subject) {
  const auto kind = static_cast<uint8_t>(subject.kind);
  if (subject.kind == v1::VOTE_KIND_NULLIFY)
    return crypto::Preimage(crypto::kVoteTag, chain_id, kind, subject.epoch.value(), subject.view.value());
  return crypto::Preimage(crypto::kVoteTag, chain_id, kind, subject.epoch.value(), subject.view.value(),
                          subject.parent_view.value(), subject.block_hash);
}

absl::Status VerifyCertificate(const Hash& chain_id, const v1::Certificate& certificate,
                               const crypto::SignatureScheme& scheme) {
  CAUSEWAY_ASSIGN_OR_RETURN(const VoteSubject subject, SubjectOf(certificate));
  const auto signers = static_cast<uint32_t>(certificate.signers_size());
  const uint32_t quorum = Quorum(scheme.validators());
  if (signers < quorum || signers > scheme.validators())
    return absl::InvalidArgumentError(
        absl::StrCat("certificate has ", signers, " signers; ", quorum, " of ", scheme.validators(), " are needed"));
  if (certificate.signatures().size() != size_t{signers} * crypto::kSignatureSize)
    return absl::InvalidArgumentError("certificate has not one signature for each signer");
  for (uint32_t i = 0; i < signers; ++i) {
    const uint32_t validator = certificate.signers(static_cast<int>(i));
    if (i > 0 && validator <= certificate.signers(static_cast<int>(i) - 1))
      return absl::InvalidArgumentError("certificate's signers are not ascending");
    if (validator >= scheme.validators())
      return absl::InvalidArgumentError(
          absl::StrCat("certificate names validator ", validator, " of ", scheme.validators()));
  }
  const std::string preimage = VotePreimage(chain_id, subject);
  for (uint32_t i = 0; i < signers; ++i) {
    const absl::string_view signature =
        absl::string_view(certificate.signatures()).substr(size_t{i} * crypto::kSignatureSize, crypto::kSignatureSize);
    if (!scheme.Verify(certificate.signers(static_cast<int>(i)), preimage, signature))
      return absl::InvalidArgumentError(absl::StrCat("certificate's signature of validator ",
                                                     certificate.signers(static_cast<int>(i)), " does not verify"));
  }
  return absl::OkStatus();
}

absl::Status VerifyFinalization(const Hash& chain_id, const v1::Certificate& certificate, Epoch epoch,
                                const Hash& block_hash, const crypto::SignatureScheme& scheme) {
  if (certificate.kind() != v1::VOTE_KIND_FINALIZE)
    return absl::InvalidArgumentError("certificate is not a finalization");
  if (certificate.epoch() != epoch.value())
    return absl::InvalidArgumentError(
        absl::StrCat("certificate is of epoch ", certificate.epoch(), ", not ", epoch.value()));
  if (certificate.block_hash() != block_hash.bytes())
    return absl::InvalidArgumentError(
        absl::StrCat("certificate is for block ", BytesToHex(certificate.block_hash()), ", not ", block_hash.ToHex()));
  return VerifyCertificate(chain_id, certificate, scheme);
}

}  // namespace causeway::chain
