// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/coverage.h"

#include "node/consensus/step.h"

namespace causeway::consensus {

absl::string_view BranchName(Branch branch) {
  static constexpr std::array<const char*, kBranches> kNames = {
      "1 entered by nullification",
      "1 entered by finalization",
      "1 entered by notarization",
      "1 jumped ahead",
      "2 leader timer",
      "2 advance timer",
      "2 silent leader skipped",
      "3 proposed",
      "3 proposed empty",
      "3 proposed with halved limits",
      "3 proposal awaits nullification",
      "3 nothing to build",
      "4 notarized",
      "4 proposal awaits parent",
      "4 proposal awaits evidence",
      "4 proposal early",
      "4 proposal too old",
      "4 proposal on a wrong parent",
      "4 proposal invalid",
      "4 leader equivocated",
      "5 finalized",
      "5 finalized an earlier view",
      "5 finalize withheld after nullify",
      "7 certified after nullification",
      "6 nullified after notarize",
      "7 notarization formed",
      "7 nullification formed",
      "7 finalization formed",
      "7 certificate received",
      "10 certificate invalid",
      "10 vote invalid",
      "10 contradicting vote",
      "10 vote not admitted",
      "10 malformed message",
      "8 committed",
      "8 committed through a descendant",
      "9 retried",
      "10 answered with finalization",
      "4 evidence served",
      "1 block served",
      "1 block fetched",
      "8 range fetched",
      "8 range refused",
      "12 echoed",
      "12 echo revealed a lost log",
      "12 asked for entry certificates",
      "12 rejoined",
      "11 floor raised",
      "11 log full",
      "epochs: the last block proposed again",
      "epochs: a later one heard of",
      "epochs: an older one answered",
      "8 halted",
  };
  return kNames[static_cast<size_t>(branch)];
}

absl::string_view TimerKindName(TimerKind kind) {
  static constexpr std::array<const char*, kTimerKinds> kNames = {"idle",  "leader", "advance",
                                                                  "early", "fetch",  "retry"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace causeway::consensus
