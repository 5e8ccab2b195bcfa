// SPDX-License-Identifier: Apache-2.0
//
// Validator sets, the preimages of votes, and the verifier of certificates. Votes are signed by node/consensus and
// nowhere else; what is signed is laid out here and nowhere else, so that an auditor verifies finality without linking
// node/.

#ifndef CAUSEWAY_LEDGER_CHAIN_CERTIFICATE_H_
#define CAUSEWAY_LEDGER_CHAIN_CERTIFICATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "causeway/v1/consensus.pb.h"
#include "causeway/v1/genesis.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/crypto/signature.h"
#include "ledger/crypto/signature_scheme.h"

namespace causeway::chain {

// SHA-256(domain tag ‖ canonical bytes).
Hash ValidatorSetHash(const v1::ValidatorSet& validators);
// Their public keys by index.
std::vector<crypto::PublicKey> ValidatorKeys(const v1::ValidatorSet& validators);

// f = ⌊(n−1)/3⌋, and q = n − f, which is 2f+1 only where n = 3f+1. n ≥ 1 (checked).
uint32_t FaultBound(uint32_t validators);
uint32_t Quorum(uint32_t validators);

// What a vote is about. `parent_view` and `block_hash` are signed for notarize and finalize only.
struct VoteSubject {
  v1::VoteKind kind;
  Epoch epoch;
  View view;
  View parent_view = View(0);
  Hash block_hash = Hash::Zero();
  friend bool operator==(const VoteSubject&, const VoteSubject&) = default;
};

// What the message says, where it is well formed: a kind, a positive view, and for notarize and finalize a parent below
// the view and a block hash, for nullify neither. Else INVALID_ARGUMENT.
absl::StatusOr<VoteSubject> SubjectOf(const v1::Vote& vote);
absl::StatusOr<VoteSubject> SubjectOf(const v1::Certificate& certificate);

// What is signed: domain tag ‖ 0x00 ‖ chain id ‖ kind (1) ‖ epoch (8) ‖ view (8), and for notarize and finalize
// parent's view (8) ‖ block hash (32).
std::string VotePreimage(const Hash& chain_id, const VoteSubject& subject);

// OK iff the certificate is well formed and carries at least q signatures, by distinct validators in ascending order of
// index, and every one of them verifies. INVALID_ARGUMENT says what does not hold.
absl::Status VerifyCertificate(const Hash& chain_id, const v1::Certificate& certificate,
                               const crypto::SignatureScheme& scheme);

// The same, and it is a finalization, in the epoch, of the block with this hash.
absl::Status VerifyFinalization(const Hash& chain_id, const v1::Certificate& certificate, Epoch epoch,
                                const Hash& block_hash, const crypto::SignatureScheme& scheme);

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_CERTIFICATE_H_
