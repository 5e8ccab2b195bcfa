// SPDX-License-Identifier: Apache-2.0
//
// The contract `governance`: what the operators decide together, and the shared rule of what stands still.
//
// The operators are the distinct `operator` LEIs of genesis's validators that are active parties. One operator stops an
// instrument, a contract or the ledger at once; what goes on again, who joins, who is suspended and who reads is
// decided by votes: of n operators n − (n − 1) ÷ 3 in favour, unless the parameters say more or less. An operator names
// a validator that signed two votes which exclude each other; the votes prove it. Votes, pauses, revocations and such
// reports are never stopped by a pause.
//
// Invariants: an operator has one vote a proposal; a proposal that has ended is gone, with its votes.

#ifndef CAUSEWAY_CONTRACTS_GOVERNANCE_GOVERNANCE_H_
#define CAUSEWAY_CONTRACTS_GOVERNANCE_GOVERNANCE_H_

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/governance.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/base/reason.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::governance {

using ProposalId = FixedBytes<struct ProposalIdTag, 16>;

// What is paused, as a key.
enum class PauseKind : uint8_t { kLedger = 1, kContract = 2, kInstrument = 3 };

// --- Tables 160 to 175. Other contracts read; only this one writes. ---

// By kind and name; the ledger's name is empty.
inline constexpr state::Table<std::tuple<uint8_t, std::string>, v1::PauseRecord> kPauses{160, "pauses"};
// One row, by 0.
inline constexpr state::Table<uint8_t, v1::Parameters> kParameters{161, "parameters"};
// By LEI of the reader.
inline constexpr state::Table<std::string, v1::Grant> kGrants{162, "grants"};
// By proposal.
inline constexpr state::Table<ProposalId, v1::ProposalRecord> kProposals{163, "proposals"};
// By proposal, LEI of the operator.
inline constexpr state::Table<std::tuple<ProposalId, std::string>, v1::VoteRecord> kVotes{164, "votes"};
// By epoch and index of the validator.
inline constexpr state::Table<std::tuple<uint64_t, uint32_t>, v1::ConflictRecord> kConflicts{165, "conflicts"};

// --- Reading ---

// Whether the ledger, the contract, or one of the instruments stands still. For due work, which the pipeline does not
// stop: a contract asks before it deals or settles, and leaves the work for later.
bool IsPaused(const state::StateView& view, absl::string_view contract, const std::vector<InstrumentId>& instruments);
// As above for one subject; nothing where it is not paused.
std::optional<v1::PauseRecord> FindPause(const state::StateView& view, PauseKind kind, absl::string_view name);

// What a supervisor or an auditor may read.
std::optional<v1::Grant> FindGrant(const state::StateView& view, absl::string_view reader);

// The parameters with their defaults filled in.
v1::Parameters ParametersOf(const state::StateView& view, const execution::ChainParameters& chain);
// The operators that may vote now, ascending.
std::vector<std::string> Operators(const state::StateView& view, const execution::ChainParameters& chain);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakeGovernanceContract();
std::unique_ptr<execution::PauseRules> MakePauseRules();

}  // namespace causeway::governance

#endif  // CAUSEWAY_CONTRACTS_GOVERNANCE_GOVERNANCE_H_
