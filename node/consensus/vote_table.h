// SPDX-License-Identifier: Apache-2.0
// The votes and certificates of the views above the last finalized one.
//
// Everything is verified before it is stored; what is held already is dropped unverified. Memory is bounded: a signer
// has one vote of each kind in a view, only views between the last finalized and the one after the current are
// admitted, and a certificate needs a quorum's signatures.
#ifndef CAUSEWAY_NODE_CONSENSUS_VOTE_TABLE_H_
#define CAUSEWAY_NODE_CONSENSUS_VOTE_TABLE_H_

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ledger/crypto/signature_scheme.h"

#include "node/consensus/rules.h"
#include "node/consensus/types.h"

namespace causeway::consensus {

class VoteTable {
 public:
  VoteTable(const EngineConfig& config, const crypto::SignatureScheme& scheme);

  enum class Trust { kVerify, kOwn };  // kOwn: signed or verified by this node before
  struct VoteOutcome {
    bool repeated = false;                 // nothing new; not verified
    bool valid = false;                    // verified, or own
    CertificatePtr formed;                 // the certificate that this vote completed
    std::optional<VoteConflict> conflict;  // with an earlier vote of the signer; once a signer
  };
  // `insist`: verify even where the certificate is held already, to learn that the signer lives.
  VoteOutcome AddVote(const Vote& vote, Trust trust, bool insist = false);

  enum class CertificateOutcome { kStored, kHeld, kInvalid };
  CertificateOutcome AddCertificate(const CertificatePtr& certificate, Trust trust);

  // Signers ascending and in range, a quorum, every signature valid.
  bool Verify(const Certificate& certificate) const;
  bool Verify(const Vote& vote) const;

  // The certificate, or null.
  CertificatePtr Find(VoteKind kind, View view) const;
  bool Has(VoteKind kind, View view) const { return Find(kind, view) != nullptr; }
  // The first view in (after, before) without a nullification, if any.
  std::optional<View> FirstNotNullified(View after, View before) const;

  // The last votes of the validator that were verified here, at most one of each kind.
  std::vector<Vote> LastVotesOf(uint32_t validator) const;

  // Whose votes of the view were verified here.
  std::set<uint32_t> VotersIn(View view) const;

  // Forgets all views below.
  void PruneBelow(View view);

  uint32_t quorum() const { return quorum_; }
  size_t views() const { return views_.size(); }

 private:
  struct ViewVotes {
    std::array<std::map<uint32_t, Vote>, kVoteKinds> votes;
    std::array<CertificatePtr, kVoteKinds> certificates;
  };
  void NoteLast(const Subject& subject, uint32_t validator, absl::string_view signature);
  std::optional<VoteConflict> FindConflict(const ViewVotes& votes, const Vote& vote) const;
  static CertificatePtr Assemble(const std::map<uint32_t, Vote>& votes, const Subject& subject);

  const Hash chain_id_;
  const Epoch epoch_;
  const uint32_t validators_;
  const uint32_t quorum_;
  const RuleSwitches rules_;
  const crypto::SignatureScheme& scheme_;
  std::map<View, ViewVotes> views_;
  std::vector<std::array<std::optional<Vote>, kVoteKinds>> last_;
  std::vector<bool> reported_;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_VOTE_TABLE_H_
