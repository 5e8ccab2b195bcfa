// SPDX-License-Identifier: Apache-2.0

#include "ledger/chain/genesis.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/status.h"
#include "ledger/chain/limits.h"
#include "ledger/chain/transaction.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/signature.h"

namespace causeway::chain {
namespace {

// Block time must leave room for valid_until and due instants without overflow: the year 9999.
constexpr uint64_t kLatestGenesisMicros = uint64_t{253402300799} * 1000 * 1000;
constexpr uint64_t kDriftMaxMicros = uint64_t{60} * 1000 * 1000;
constexpr size_t kNameMax = 64;
constexpr uint64_t kDueWorkMin = 16;

using Errors = std::vector<std::string>;

void CheckValidators(const v1::Genesis& genesis, Errors& errors) {
  const int count = genesis.validators_size();
  if (count == 0 || static_cast<uint32_t>(count) > kValidatorsMax)
    errors.push_back(absl::StrCat("validators: ", count, " of them; 1 to ", kValidatorsMax, " are allowed"));
  std::set<std::string> names, keys;
  for (int i = 0; i < count; ++i) {
    const v1::Validator& validator = genesis.validators(i);
    const std::string path = absl::StrCat("validators[", i, "]");
    if (validator.name().empty() || validator.name().size() > kNameMax)
      errors.push_back(absl::StrCat(path, ".name: 1 to ", kNameMax, " bytes are allowed"));
    if (!names.insert(validator.name()).second)
      errors.push_back(absl::StrCat(path, ".name: \"", validator.name(), "\" is used twice"));
    if (const auto lei = Lei::Parse(validator.operator_()); !lei.ok())
      errors.push_back(absl::StrCat(path, ".operator: ", lei.status().message()));
    const crypto::PublicKey key{crypto::KeyAlgorithm::kEd25519, validator.public_key()};
    if (const absl::Status valid = crypto::ValidatePublicKey(key); !valid.ok())
      errors.push_back(absl::StrCat(path, ".public_key: ", valid.message()));
    if (!keys.insert(validator.public_key()).second) errors.push_back(absl::StrCat(path, ".public_key: used twice"));
  }
}

void CheckRange(const char* path, uint64_t value, uint64_t least, uint64_t most, Errors& errors) {
  if (value < least || value > most)
    errors.push_back(absl::StrCat(path, ": ", value, "; ", least, " to ", most, " are allowed"));
}

void CheckLimits(const v1::Limits& limits, Errors& errors) {
  CheckRange("limits.transaction_bytes", limits.transaction_bytes(), 1024, kTransactionBytesMax, errors);
  CheckRange("limits.transaction_operations", limits.transaction_operations(), 1, kTransactionOperationsMax, errors);
  CheckRange("limits.transaction_work", limits.transaction_work(), 1, uint64_t{1} << 40, errors);
  // A block must have room for the largest transaction, or that one would wait for ever.
  CheckRange("limits.block_bytes", limits.block_bytes(), limits.transaction_bytes(), kBlockBytesMax, errors);
  CheckRange("limits.block_operations", limits.block_operations(), limits.transaction_operations(), uint64_t{1} << 20,
             errors);
  CheckRange("limits.block_work", limits.block_work(), limits.transaction_work(), uint64_t{1} << 40, errors);
  // The smallest step of any due work must fit into a block, or it and all after it would wait for ever.
  CheckRange("limits.due_work", limits.due_work(), kDueWorkMin, uint64_t{1} << 40, errors);
  CheckRange("limits.validity_us", limits.validity_us(), 1000 * 1000, kValidityMaxMicros, errors);
}

void CheckDevnet(const v1::Genesis& genesis, Errors& errors) {
  if (!genesis.has_devnet()) return;
  const v1::Devnet& devnet = genesis.devnet();
  CheckRange("devnet.rate", devnet.rate(), 1, 1000 * 1000, errors);
  if (devnet.origin_us() < genesis.time_us()) errors.push_back("devnet.origin_us: lies before time_us");
}

}  // namespace

v1::Limits DefaultLimits() {
  v1::Limits limits;
  limits.set_transaction_bytes(uint64_t{3} << 20);
  limits.set_transaction_operations(kTransactionOperationsMax);
  limits.set_transaction_work(uint64_t{4} * 1000 * 1000);
  limits.set_block_bytes(uint64_t{8} << 20);
  limits.set_block_operations(16384);
  limits.set_block_work(uint64_t{8} * 1000 * 1000);
  limits.set_due_work(20 * 1000);
  limits.set_validity_us(uint64_t{3600} * 1000 * 1000);
  return limits;
}

v1::Drift DefaultDrift() {
  v1::Drift drift;
  drift.set_behind_us(2 * 1000 * 1000);
  drift.set_ahead_us(500 * 1000);
  return drift;
}

std::vector<std::string> GenesisErrors(const v1::Genesis& genesis) {
  Errors errors;
  if (const auto bytes = codec::TrySerializeCanonical(genesis); !bytes.ok())
    errors.emplace_back(bytes.status().message());
  if (genesis.protocol_version() != kProtocolVersion)
    errors.push_back(
        absl::StrCat("protocol_version: ", genesis.protocol_version(), "; this program speaks ", kProtocolVersion));
  if (genesis.name().empty() || genesis.name().size() > kNameMax)
    errors.push_back(absl::StrCat("name: 1 to ", kNameMax, " bytes are allowed"));
  CheckRange("time_us", genesis.time_us(), 1, kLatestGenesisMicros, errors);
  CheckValidators(genesis, errors);
  if (!genesis.has_limits()) errors.push_back("limits: missing");
  if (genesis.has_limits()) CheckLimits(genesis.limits(), errors);
  if (!genesis.has_drift()) errors.push_back("drift: missing");
  if (genesis.has_drift()) {
    CheckRange("drift.behind_us", genesis.drift().behind_us(), 1, kDriftMaxMicros, errors);
    CheckRange("drift.ahead_us", genesis.drift().ahead_us(), 1, kDriftMaxMicros, errors);
  }
  if (genesis.confidentiality_key_hash().empty()) errors.push_back("confidentiality_key_hash: missing");
  CheckDevnet(genesis, errors);
  for (int i = 0; i < genesis.operations_size(); ++i) {
    if (OperationKind(genesis.operations(i)).find('.') == std::string::npos)
      errors.push_back(absl::StrCat("operations[", i, "]: names no operation of a contract"));
    if (genesis.operations(i).linked())
      errors.push_back(absl::StrCat("operations[", i, "].linked: genesis has no groups"));
  }
  return errors;
}

absl::StatusOr<v1::Genesis> ParseGenesis(absl::string_view json) {
  v1::Genesis genesis;
  CAUSEWAY_RETURN_IF_ERROR(Annotate(codec::JsonToMessage(json, &genesis), "genesis"));
  const Errors errors = GenesisErrors(genesis);
  if (!errors.empty())
    return absl::InvalidArgumentError(absl::StrCat("genesis: ", absl::StrJoin(errors, "\ngenesis: ")));
  return genesis;
}

absl::StatusOr<std::string> GenesisToJson(const v1::Genesis& genesis) {
  return codec::MessageToProtoJson(genesis, {.indented = true});
}

std::string EncodeGenesis(const v1::Genesis& genesis) {
  return codec::SerializeCanonical(genesis);
}

Hash ChainIdOf(const v1::Genesis& genesis) {
  return crypto::DomainHash(crypto::kChainIdTag, crypto::Tail{EncodeGenesis(genesis)});
}

v1::ValidatorSet GenesisValidators(const v1::Genesis& genesis) {
  v1::ValidatorSet validators;
  validators.set_epoch(0);
  *validators.mutable_validators() = genesis.validators();
  return validators;
}

}  // namespace causeway::chain
