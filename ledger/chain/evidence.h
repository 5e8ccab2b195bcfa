// SPDX-License-Identifier: Apache-2.0
//
// Which votes exclude each other, and the verifier of evidence: two votes that only a dishonest validator, or one whose
// key runs twice, signs together. The signatures prove it to anybody who has the validator set; no node's word is
// needed.

#ifndef CAUSEWAY_LEDGER_CHAIN_EVIDENCE_H_
#define CAUSEWAY_LEDGER_CHAIN_EVIDENCE_H_

#include "absl/status/statusor.h"

#include "causeway/v1/consensus.pb.h"
#include "ledger/chain/certificate.h"

namespace causeway::chain {

// Whether no honest validator signs both: the same epoch and view, and either one kind with different blocks (or
// parents), or nullify with finalize. Notarize with nullify is none: whoever times out nullifies what it notarized. Nor
// is notarize with the finalize of another block: one may finalize what a quorum notarized without one's own vote.
bool Contradict(const VoteSubject& a, const VoteSubject& b);

// Who signed both, and about which view.
struct Conflict {
  Epoch epoch;
  View view;
  uint32_t validator;
};

// INVALID_ARGUMENT says what does not hold: a vote is malformed, the two are of different validators or do not exclude
// each other, or a signature does not verify under the set's keys. The set is that of the votes' epoch; the caller sees
// to it.
absl::StatusOr<Conflict> VerifyEvidence(const Hash& chain_id, const v1::Evidence& evidence,
                                        const crypto::SignatureScheme& scheme);

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_EVIDENCE_H_
