// SPDX-License-Identifier: Apache-2.0
// The pieces of a key and genesis ceremony. Each bank makes its own keys and hands over the public ones; one of them
// assembles the genesis, and all compare its chain id before anyone starts.
#ifndef CAUSEWAY_NODE_LAYOUT_CEREMONY_H_
#define CAUSEWAY_NODE_LAYOUT_CEREMONY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/operation.pb.h"
#include "causeway/v1/parties.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/crypto/secret.h"
#include "ledger/crypto/signer.h"

namespace causeway::layout {

// Makes a key and writes it to a file of mode 0600, encrypted under the passphrase; in the clear where that is empty,
// which a development network alone accepts. ALREADY_EXISTS where the file is there.
absl::StatusOr<crypto::PublicKey> GenerateKeyFile(const std::string& path, crypto::KeyAlgorithm algorithm,
                                                  absl::string_view passphrase);

// Makes the network's confidentiality key. Gives the hash that goes into genesis.
absl::StatusOr<Hash> GenerateConfidentialityKeyFile(const std::string& path);

// Makes an empty vote log for a validator's key. FAILED_PRECONDITION where there is one already: a log is made once,
// together with its key.
absl::Status MakeVoteLog(const std::string& folder, uint64_t segment_bytes, uint32_t segments_max, const Hash& chain_id,
                         const KeyId& validator_key);

// A key as a registration brings it.
v1::NewKey NewKeyOf(const crypto::PublicKey& key);

struct GenesisParts {
  std::string name;
  Instant time = Instant::FromMicros(0);
  std::vector<v1::Validator> validators;
  v1::Limits limits;
  v1::Drift drift;
  // SHA-256 of the confidentiality key.
  Hash confidentiality_key_hash = Hash::Zero();
  std::optional<v1::Devnet> devnet;
  std::vector<v1::RegisterParty> parties;
  // Applied after the parties are registered.
  std::vector<v1::Operation> operations;
};

// The genesis, checked: its fields, that each validator's operator is among the parties with the role OPERATOR, and
// that its operations execute. INVALID_ARGUMENT lists every error that can be told, a line each.
absl::StatusOr<v1::Genesis> AssembleGenesis(const GenesisParts& parts);

}  // namespace causeway::layout

#endif  // CAUSEWAY_NODE_LAYOUT_CEREMONY_H_
