// SPDX-License-Identifier: Apache-2.0

#include "ledger/chain/evidence.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"

namespace causeway::chain {

bool Contradict(const VoteSubject& a, const VoteSubject& b) {
  if (a.epoch != b.epoch || a.view != b.view) return false;
  if (a.kind == b.kind) return a != b;
  const auto one_is = [&](v1::VoteKind kind) { return a.kind == kind || b.kind == kind; };
  return one_is(v1::VOTE_KIND_NULLIFY) && one_is(v1::VOTE_KIND_FINALIZE);
}

absl::StatusOr<Conflict> VerifyEvidence(const Hash& chain_id, const v1::Evidence& evidence,
                                        const crypto::SignatureScheme& scheme) {
  const v1::Vote& first = evidence.first();
  const v1::Vote& second = evidence.second();
  CAUSEWAY_ASSIGN_OR_RETURN(const VoteSubject first_says, SubjectOf(first));
  CAUSEWAY_ASSIGN_OR_RETURN(const VoteSubject second_says, SubjectOf(second));
  if (first.validator() != second.validator())
    return absl::InvalidArgumentError(
        absl::StrCat("the votes are of validators ", first.validator(), " and ", second.validator()));
  if (!Contradict(first_says, second_says))
    return absl::InvalidArgumentError("an honest validator may sign both votes");
  for (const auto& [vote, says] : {std::pair(&first, &first_says), std::pair(&second, &second_says)}) {
    if (!scheme.Verify(vote->validator(), VotePreimage(chain_id, *says), vote->signature()))
      return absl::InvalidArgumentError(absl::StrCat("a signature is not that of validator ", vote->validator()));
  }
  return Conflict{first_says.epoch, first_says.view, first.validator()};
}

}  // namespace causeway::chain
