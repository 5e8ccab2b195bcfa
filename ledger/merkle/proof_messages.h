// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_MERKLE_PROOF_MESSAGES_H_
#define CAUSEWAY_LEDGER_MERKLE_PROOF_MESSAGES_H_

#include "absl/status/statusor.h"

#include "causeway/v1/proof.pb.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/merkle/state_proof.h"

// Proofs as messages. Reading checks sizes and counts, so that what comes out can be given to a verifier:
// INVALID_ARGUMENT says which field is wrong. It does not say that a proof holds.
namespace causeway::merkle {

v1::InclusionProof ToMessage(const InclusionProof& proof);
v1::ConsistencyProof ToMessage(const ConsistencyProof& proof);
v1::StateProof ToMessage(const StateProof& proof);

absl::StatusOr<InclusionProof> FromMessage(const v1::InclusionProof& message);
absl::StatusOr<ConsistencyProof> FromMessage(const v1::ConsistencyProof& message);
absl::StatusOr<StateProof> FromMessage(const v1::StateProof& message);

}  // namespace causeway::merkle

#endif  // CAUSEWAY_LEDGER_MERKLE_PROOF_MESSAGES_H_
