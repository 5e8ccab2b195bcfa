// SPDX-License-Identifier: Apache-2.0
// What the contract `settlement` offers to readers and to clients: its open bundles, and the hash that a consent names.
//
// A bundle is opened, each party that it needs consents once (which locks what the party gives), and the last consent
// settles all legs in one step: delivery versus payment (model 1), payment versus payment, delivery against issue or
// cancellation. Until then it ends at its deadline, when a party declines, or when all who have consented ask for it;
// then every lock is released.
//
// Invariants (CheckInvariants): an open bundle misses at least one consent; the holds of its legs exist exactly for the
// consents that were given.

#ifndef CAUSEWAY_CONTRACTS_SETTLEMENT_SETTLEMENT_H_
#define CAUSEWAY_CONTRACTS_SETTLEMENT_SETTLEMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "causeway/v1/settlement.pb.h"
#include "causeway/v1/transfers.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::settlement {

inline constexpr size_t kLegsMax = 256;
inline constexpr uint64_t kDeadlineDaysMax = 31;

// LEI of a party whose consent is needed, bundle.
using PartyBundleKey = std::tuple<std::string, InstructionId>;
inline constexpr state::Table<InstructionId, v1::Bundle> kBundles{96, "bundles"};
inline constexpr state::Table<PartyBundleKey, v1::IndexEntry> kBundlesByParty{97, "bundles_by_party"};

// What a consent refers to: SHA-256 over "causeway/bundle/v1", a zero byte and the canonical bytes of the proposal.
Hash TermsHash(const v1::OpenBundle& terms);

// The id of the hold that locks what a leg gives: the first 16 bytes of SHA-256 over "causeway/bundle-hold/v1", a zero
// byte, the bundle's id and the leg's index, big-endian in four bytes.
HoldId LegHold(const InstructionId& bundle, uint32_t leg);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakeSettlementContract();

}  // namespace causeway::settlement

#endif  // CAUSEWAY_CONTRACTS_SETTLEMENT_SETTLEMENT_H_
