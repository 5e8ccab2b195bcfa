// SPDX-License-Identifier: Apache-2.0
//
// Validator sets, the preimages of votes, and the verifier of certificates. Votes are signed by node/consensus and nowhere else; what is signed is laid out
// here and nowhere else, so that an auditor verifies finality without linking node/.

#ifndef CAUSEWAY_LEDGER_CHAIN_CERTIFICATE_H_
#define CAUSEWAY_LEDGER_CHAIN_CERTIFICATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

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

// Numbers are signed; never reused.
enum class VoteKind : uint8_t { kNotarize = 1, kNullify = 2, kFinalize = 3 };

// What a vote is about. `parent_view` and `block_hash` are signed for notarize and finalize only.
struct VoteSubject {
  VoteKind kind;
  Epoch epoch;
  View view;
  View parent_view = View(0);
  Hash block_hash = Hash::Zero();
  friend bool operator==(const VoteSubject&, const VoteSubject&) = default;
};

// domain tag ‖ 0x00 ‖ chain id ‖ kind (1) ‖ epoch (8) ‖ view (8), and for notarize and finalize parent's view (8) ‖ block hash (32).
std::string VotePreimage(const Hash& chain_id, const VoteSubject& subject);

// A signature with its signer's index.
struct IndexedSignature {
  uint32_t validator;
  absl::string_view signature;
};

// OK iff there are at least q signatures over the subject's preimage, by distinct validators in ascending order of index, and all verify.
// INVALID_ARGUMENT says which does not.
absl::Status VerifyQuorum(const Hash& chain_id, const VoteSubject& subject, const std::vector<IndexedSignature>& signatures,
                          const crypto::SignatureScheme& scheme);

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_CERTIFICATE_H_
