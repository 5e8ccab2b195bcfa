// SPDX-License-Identifier: Apache-2.0
//
// What makes a block valid at all, on its parent's state. A block that breaks one of these rules is nullified;
// everything else is a refusal with a receipt.
//
//   header         follows from the parent and genesis: protocol version, epoch, height, parent hash, a later time, a
//   proposer of the set, the next set's hash limits         of genesis: bytes and operations of the block (work is
//   counted while it is executed) transaction    canonical, of this chain, within its limits (chain::DecodeEnvelope);
//   valid_until neither past nor too far ahead of block time; each listed key
//                  active and of the party or its delegate in the parent's state; each signature valid; the id not used
//   order          pauses and revocations first, then ascending SHA-256(parent hash ‖ transaction id)
// The roots are claims, which the caller compares with what execution gives.

#ifndef CAUSEWAY_LEDGER_EXECUTION_VALIDITY_H_
#define CAUSEWAY_LEDGER_EXECUTION_VALIDITY_H_

#include <optional>

#include "causeway/v1/block.pb.h"
#include "ledger/base/instant.h"
#include "ledger/chain/transaction.h"
#include "ledger/chain/validity.h"
#include "ledger/execution/contract.h"
#include "ledger/execution/signature_cache.h"
#include "ledger/execution/system_tables.h"
#include "ledger/state/view.h"

namespace causeway::execution {

// Nothing where the header follows from the parent's.
std::optional<chain::Invalid> CheckHeader(const v1::BlockHeader& header, const v1::BlockHeader& parent,
                                          const Hash& parent_hash, const ChainParameters& chain);

// Nothing where the transaction may stand in a block of time `now` on this state. A transaction without signatures (a
// dry run's) has its keys resolved and no signature verified. Throws HostFailure.
std::optional<chain::Invalid> CheckTransaction(const Registry& registry, const ChainParameters& chain,
                                               const state::StateView& view, const chain::Transaction& transaction,
                                               Instant now, SignatureCache* verified);

// Where the party's id was consumed, in a bucket that has not passed at `now`.
std::optional<ConsumedId> FindLiveId(const state::StateView& view, absl::string_view party,
                                     const ClientTransactionId& id, Instant now);

// Whether each of its operations is a pause or a revocation.
bool IsUrgent(const Registry& registry, const BlockContext& block, const state::StateView& view,
              const chain::Transaction& transaction);

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_VALIDITY_H_
