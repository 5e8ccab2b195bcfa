// SPDX-License-Identifier: Apache-2.0
//
// Where a chain starts: genesis.json, its rules, and the chain id that follows from it.

#ifndef CAUSEWAY_LEDGER_CHAIN_GENESIS_H_
#define CAUSEWAY_LEDGER_CHAIN_GENESIS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "ledger/base/identifiers.h"

namespace causeway::chain {

// The protocol version that this program speaks; a genesis with another one is refused.
inline constexpr uint32_t kProtocolVersion = 1;
inline constexpr uint32_t kValidatorsMax = 128;

// What a genesis that says nothing is given by the ceremony (`causeway genesis`, devnet): 3 MiB and 8,192 operations a
// transaction, 8 MiB and 16,384 a block, 1 h of validity; 2 s behind and 0.5 s ahead.
v1::Limits DefaultLimits();
v1::Drift DefaultDrift();

// Everything that is wrong with it, each "path: what is wrong, what is allowed"; empty where nothing is. The first
// operations are judged by executing them (execution::Executor::ExecuteGenesis).
std::vector<std::string> GenesisErrors(const v1::Genesis& genesis);

// Reads proto3 JSON (the ledger's readings of it, codec::JsonToMessage, are accepted too). INVALID_ARGUMENT lists every
// error, one a line.
absl::StatusOr<v1::Genesis> ParseGenesis(absl::string_view json);
// As genesis.json is written: indented proto3 JSON.
absl::StatusOr<std::string> GenesisToJson(const v1::Genesis& genesis);

// Canonical bytes, and SHA-256(domain tag ‖ them).
std::string EncodeGenesis(const v1::Genesis& genesis);
Hash ChainIdOf(const v1::Genesis& genesis);

// The validators of epoch 0.
v1::ValidatorSet GenesisValidators(const v1::Genesis& genesis);

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_GENESIS_H_
