// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/vote_table.h"

#include <algorithm>
#include <utility>

#include "ledger/base/check.h"
#include "ledger/chain/certificate.h"
#include "ledger/crypto/signature.h"

namespace causeway::consensus {

VoteTable::VoteTable(const EngineConfig& config, const crypto::SignatureScheme& scheme)
    : chain_id_(config.chain_id),
      epoch_(config.epoch),
      validators_(config.validators),
      quorum_(chain::Quorum(config.validators) - (config.rules.full_quorum || config.validators == 1 ? 0 : 1)),
      rules_(config.rules),
      scheme_(scheme),
      last_(config.validators),
      reported_(config.validators) {
  CAUSEWAY_CHECK(config.validators > 0 && config.validators == scheme.validators());
}

bool VoteTable::Verify(const Vote& vote) const {
  if (vote.subject.epoch != epoch_ || vote.validator >= validators_) return false;
  if (!rules_.verify_votes) return true;
  return scheme_.Verify(vote.validator, VotePreimage(chain_id_, vote.subject), vote.signature);
}

bool VoteTable::Verify(const Certificate& certificate) const {
  if (certificate.subject.epoch != epoch_ || certificate.signers.size() < quorum_) return false;
  if (certificate.signatures.size() != certificate.signers.size() * crypto::kSignatureSize) return false;
  for (size_t i = 0; i < certificate.signers.size(); ++i) {
    if (certificate.signers[i] >= validators_) return false;
    if (i > 0 && certificate.signers[i] <= certificate.signers[i - 1]) return false;
  }
  if (!rules_.verify_certificates) return true;
  const std::string preimage = VotePreimage(chain_id_, certificate.subject);
  for (size_t i = 0; i < certificate.signers.size(); ++i) {
    if (!scheme_.Verify(certificate.signers[i], preimage, certificate.SignatureOf(i))) return false;
  }
  return true;
}

VoteTable::VoteOutcome VoteTable::AddVote(const Vote& vote, Trust trust, bool insist) {
  VoteOutcome outcome;
  if (vote.subject.epoch != epoch_ || vote.validator >= validators_) return outcome;
  const size_t kind = IndexOf(vote.subject.kind);
  ViewVotes& view = views_[vote.subject.view];
  const auto held = view.votes[kind].find(vote.validator);
  const bool repeated = held != view.votes[kind].end() && held->second.subject == vote.subject;
  const CertificatePtr& certificate = view.certificates[kind];
  const bool told = certificate != nullptr && (certificate->subject == vote.subject || reported_[vote.validator]);
  if ((repeated || told) && !insist) {
    outcome.repeated = true;
    return outcome;
  }
  if (trust == Trust::kVerify && !Verify(vote)) return outcome;
  outcome.valid = true;
  NoteLast(vote.subject, vote.validator, vote.signature);
  if (!reported_[vote.validator]) {
    outcome.conflict = FindConflict(view, vote);
    if (outcome.conflict) reported_[vote.validator] = true;
  }
  if (held != view.votes[kind].end()) return outcome;  // the first vote of a signer counts
  view.votes[kind].emplace(vote.validator, vote);
  if (view.certificates[kind] != nullptr) return outcome;
  const auto agree = std::count_if(view.votes[kind].begin(), view.votes[kind].end(),
                                   [&](const auto& entry) { return entry.second.subject == vote.subject; });
  if (static_cast<uint32_t>(agree) >= quorum_) {
    outcome.formed = view.certificates[kind] = Assemble(view.votes[kind], vote.subject);
  }
  return outcome;
}

CertificatePtr VoteTable::Assemble(const std::map<uint32_t, Vote>& votes, const Subject& subject) {
  Certificate certificate{subject, {}, {}};
  for (const auto& [validator, vote] : votes) {
    if (vote.subject != subject) continue;
    certificate.signers.push_back(validator);
    certificate.signatures += vote.signature;
  }
  return std::make_shared<const Certificate>(std::move(certificate));
}

VoteTable::CertificateOutcome VoteTable::AddCertificate(const CertificatePtr& certificate, Trust trust) {
  if (Has(certificate->subject.kind, certificate->subject.view)) return CertificateOutcome::kHeld;
  if (trust == Trust::kVerify && !Verify(*certificate)) return CertificateOutcome::kInvalid;
  views_[certificate->subject.view].certificates[IndexOf(certificate->subject.kind)] = certificate;
  for (size_t i = 0; i < certificate->signers.size(); ++i) {
    NoteLast(certificate->subject, certificate->signers[i], certificate->SignatureOf(i));
  }
  return CertificateOutcome::kStored;
}

void VoteTable::NoteLast(const Subject& subject, uint32_t validator, absl::string_view signature) {
  std::optional<Vote>& last = last_[validator][IndexOf(subject.kind)];
  if (last && last->subject.view >= subject.view) return;
  last = Vote{subject, validator, std::string(signature)};
}

std::optional<VoteConflict> VoteTable::FindConflict(const ViewVotes& votes, const Vote& vote) const {
  for (size_t kind = 0; kind < kVoteKinds; ++kind) {
    const auto held = votes.votes[kind].find(vote.validator);
    if (held != votes.votes[kind].end() && Contradict(held->second.subject, vote.subject)) {
      return VoteConflict{held->second, vote};
    }
    const CertificatePtr& certificate = votes.certificates[kind];
    if (certificate == nullptr || !Contradict(certificate->subject, vote.subject)) continue;
    const auto& signers = certificate->signers;
    const auto place = std::lower_bound(signers.begin(), signers.end(), vote.validator);
    if (place == signers.end() || *place != vote.validator) continue;
    const auto position = static_cast<size_t>(place - signers.begin());
    return VoteConflict{Vote{certificate->subject, vote.validator, std::string(certificate->SignatureOf(position))},
                        vote};
  }
  return std::nullopt;
}

CertificatePtr VoteTable::Find(VoteKind kind, View view) const {
  const auto found = views_.find(view);
  return found == views_.end() ? nullptr : found->second.certificates[IndexOf(kind)];
}

std::optional<View> VoteTable::FirstNotNullified(View after, View before) const {
  for (View view = after.Next(); view < before; view = view.Next()) {
    if (!Has(VoteKind::kNullify, view)) return view;
  }
  return std::nullopt;
}

std::vector<Vote> VoteTable::LastVotesOf(uint32_t validator) const {
  std::vector<Vote> votes;
  for (const std::optional<Vote>& vote : last_[validator]) {
    if (vote) votes.push_back(*vote);
  }
  return votes;
}

std::set<uint32_t> VoteTable::VotersIn(View view) const {
  std::set<uint32_t> voters;
  const auto found = views_.find(view);
  if (found == views_.end()) return voters;
  for (const std::map<uint32_t, Vote>& votes : found->second.votes) {
    for (const auto& [voter, vote] : votes) voters.insert(voter);
  }
  return voters;
}

void VoteTable::PruneBelow(View view) {
  views_.erase(views_.begin(), views_.lower_bound(view));
}

}  // namespace causeway::consensus
