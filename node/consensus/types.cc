// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/types.h"

#include "absl/strings/str_cat.h"

#include "ledger/chain/certificate.h"
#include "ledger/chain/evidence.h"

namespace causeway::consensus {

static_assert(static_cast<int>(VoteKind::kNotarize) == v1::VOTE_KIND_NOTARIZE &&
              static_cast<int>(VoteKind::kNullify) == v1::VOTE_KIND_NULLIFY &&
              static_cast<int>(VoteKind::kFinalize) == v1::VOTE_KIND_FINALIZE);

absl::string_view VoteKindName(VoteKind kind) {
  switch (kind) {
    case VoteKind::kNotarize:
      return "notarize";
    case VoteKind::kNullify:
      return "nullify";
    case VoteKind::kFinalize:
      return "finalize";
  }
  return "?";
}

namespace {

chain::VoteSubject ToChain(const Subject& subject) {
  return {static_cast<v1::VoteKind>(subject.kind), subject.epoch, subject.view, subject.parent_view, subject.block};
}

}  // namespace

std::string VotePreimage(const Hash& chain_id, const Subject& subject) {
  return chain::VotePreimage(chain_id, ToChain(subject));
}

std::string Describe(const Subject& subject) {
  if (subject.kind == VoteKind::kNullify) return absl::StrCat("nullify ", subject.view.value());
  return absl::StrCat(VoteKindName(subject.kind), " ", subject.view.value(), " (parent ", subject.parent_view.value(),
                      ") ", subject.block.ToHex().substr(0, 8));
}

bool Contradict(const Subject& a, const Subject& b) {
  return chain::Contradict(ToChain(a), ToChain(b));
}

}  // namespace causeway::consensus
