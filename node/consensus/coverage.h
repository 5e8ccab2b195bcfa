// SPDX-License-Identifier: Apache-2.0
// Which branches of the rules were taken, counted: a simulation that never took one has tested nothing of it.
#ifndef CAUSEWAY_NODE_CONSENSUS_COVERAGE_H_
#define CAUSEWAY_NODE_CONSENSUS_COVERAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace causeway::consensus {

enum class Branch : uint8_t {
  kEnteredByNullification,
  kEnteredByFinalization,
  kEnteredByNotarization,
  kJumpedAhead,
  kLeaderTimer,
  kAdvanceTimer,
  kSilentLeaderSkipped,
  kProposed,
  kProposedEmpty,
  kProposedHalved,
  kProposalAwaitsNullification,
  kBuildDeclined,
  kNotarized,
  kProposalAwaitsParent,
  kProposalAwaitsEvidence,
  kProposalEarly,
  kProposalTooOld,
  kProposalWrongParent,
  kProposalInvalid,
  kProposalEquivocated,
  kFinalized,
  kFinalizedEarlierView,
  kFinalizeWithheldAfterNullify,
  kCertifiedAfterNullification,
  kNullifiedAfterNotarize,
  kNotarizationFormed,
  kNullificationFormed,
  kFinalizationFormed,
  kCertificateReceived,
  kCertificateInvalid,
  kVoteInvalid,
  kVoteConflict,
  kVoteNotAdmitted,
  kMalformed,
  kCommitted,
  kCommittedAncestor,
  kRetried,
  kAnsweredWithFinalization,
  kEvidenceServed,
  kBlockServed,
  kBlockFetched,
  kRangeFetched,
  kRangeRefused,
  kEchoed,
  kEchoRevealedLoss,
  kAskedForEntry,
  kRejoined,
  kFloorRaised,
  kLogFull,
  kBoundaryProposedAgain,
  kLaterEpochHeard,
  kOlderEpochAnswered,
  kHalted,
  kCount,
};
inline constexpr size_t kBranches = static_cast<size_t>(Branch::kCount);
absl::string_view BranchName(Branch branch);

struct Coverage {
  std::array<uint64_t, kBranches> counts = {};
  void Hit(Branch branch) { ++counts[static_cast<size_t>(branch)]; }
  uint64_t operator[](Branch branch) const { return counts[static_cast<size_t>(branch)]; }
  void Add(const Coverage& other) {
    for (size_t i = 0; i < kBranches; ++i) counts[i] += other.counts[i];
  }
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_COVERAGE_H_
