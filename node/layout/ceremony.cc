// SPDX-License-Identifier: Apache-2.0
#include "node/layout/ceremony.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "contracts/registry.h"
#include "ledger/base/status.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "ledger/execution/executor.h"
#include "node/consensus/log_file.h"
#include "node/consensus/vote_log.h"

namespace causeway::layout {
namespace {

std::set<std::string> OperatorsAmong(const std::vector<v1::RegisterParty>& parties) {
  std::set<std::string> operators;
  for (const v1::RegisterParty& party : parties) {
    if (std::count(party.roles().begin(), party.roles().end(), v1::PARTY_ROLE_OPERATOR) > 0)
      operators.insert(party.lei());
  }
  return operators;
}

}  // namespace

absl::StatusOr<crypto::PublicKey> GenerateKeyFile(const std::string& path, crypto::KeyAlgorithm algorithm,
                                                  absl::string_view passphrase) {
  CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PrivateKey key, crypto::PrivateKey::Generate(algorithm));
  CAUSEWAY_RETURN_IF_ERROR(passphrase.empty() ? crypto::WritePlaintextKeyFile(path, key)
                                              : crypto::WriteKeyFile(path, key, passphrase));
  return key.public_key();
}

absl::StatusOr<Hash> GenerateConfidentialityKeyFile(const std::string& path) {
  // An Ed25519 seed is 32 bytes of the system's randomness.
  CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PrivateKey random,
                            crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kEd25519));
  CAUSEWAY_RETURN_IF_ERROR(crypto::WriteConfidentialityKey(path, random.secret()));
  return crypto::Sha256(random.secret().view());
}

absl::Status MakeVoteLog(const std::string& folder, uint64_t segment_bytes, uint32_t segments_max, const Hash& chain_id,
                         const KeyId& validator_key) {
  consensus::VoteLogOptions options;
  options.segment_bytes = segment_bytes;
  options.segments_max = segments_max;
  const std::unique_ptr<consensus::FileSystem> files = consensus::SystemFiles();
  return consensus::VoteLog::Create(*files, folder, options, chain_id, validator_key).status();
}

v1::NewKey NewKeyOf(const crypto::PublicKey& key) {
  v1::NewKey result;
  result.mutable_material()->set_algorithm(key.algorithm == crypto::KeyAlgorithm::kP256 ? v1::KEY_ALGORITHM_P256
                                                                                        : v1::KEY_ALGORITHM_ED25519);
  result.mutable_material()->set_public_key(key.bytes);
  return result;
}

absl::StatusOr<v1::Genesis> AssembleGenesis(const GenesisParts& parts) {
  v1::Genesis genesis;
  genesis.set_protocol_version(chain::kProtocolVersion);
  genesis.set_name(parts.name);
  genesis.set_time_us(parts.time.micros());
  for (const v1::Validator& validator : parts.validators) *genesis.add_validators() = validator;
  *genesis.mutable_limits() = parts.limits;
  *genesis.mutable_drift() = parts.drift;
  genesis.set_confidentiality_key_hash(parts.confidentiality_key_hash.ToString());
  if (parts.devnet) *genesis.mutable_devnet() = *parts.devnet;
  for (const v1::RegisterParty& party : parts.parties)
    *genesis.add_operations()->mutable_parties()->mutable_register_party() = party;
  for (const v1::Operation& operation : parts.operations) *genesis.add_operations() = operation;

  std::vector<std::string> errors = chain::GenesisErrors(genesis);
  const std::set<std::string> operators = OperatorsAmong(parts.parties);
  for (int i = 0; i < genesis.validators_size(); ++i) {
    if (operators.count(genesis.validators(i).operator_()) == 0)
      errors.push_back(absl::StrCat("validators[", i, "].operator: ", genesis.validators(i).operator_(),
                                    " is no party of this genesis with the role OPERATOR"));
  }
  if (!errors.empty())
    return absl::InvalidArgumentError(absl::StrCat("genesis: ", absl::StrJoin(errors, "\ngenesis: ")));

  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  const execution::ChainParameters chain{chain::ChainIdOf(genesis), genesis, std::nullopt};
  const execution::Executor executor(*registry, chain);
  CAUSEWAY_RETURN_IF_ERROR(Annotate(executor.ExecuteGenesis().status(), "genesis"));
  return genesis;
}

}  // namespace causeway::layout
