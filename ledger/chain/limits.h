// SPDX-License-Identifier: Apache-2.0
//
// The most that a genesis may allow, where others must be able to carry it: messages between validators, the vote log,
// the listeners of clients and peers.

#ifndef CAUSEWAY_LEDGER_CHAIN_LIMITS_H_
#define CAUSEWAY_LEDGER_CHAIN_LIMITS_H_

#include <cstdint>

namespace causeway::chain {

// Bytes of one envelope: it travels in one frame of gRPC, whose common limit is 4 MiB.
inline constexpr uint64_t kTransactionBytesMax = uint64_t{3} << 20;
// Bytes of all envelopes of a block.
inline constexpr uint64_t kBlockBytesMax = uint64_t{15} << 20;

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_LIMITS_H_
