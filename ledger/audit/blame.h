// SPDX-License-Identifier: Apache-2.0
//
// Who signed two histories: from two nodes' stores and the genesis, the validators that made both final, each with the
// two votes that prove it.
//
// Why there are always some: a finalization has the signatures of q = n − f validators, so two of them share n − 2f of
// their signers, and those are at least f + 1 (Simplex; f is what the network is built to bear). Where both are of one
// view the shared signers are named here. Where they are of two views, whoever finalized the earlier one must have
// nullified that view too, and the proof is in a nullification, which stores do not keep.

#ifndef CAUSEWAY_LEDGER_AUDIT_BLAME_H_
#define CAUSEWAY_LEDGER_AUDIT_BLAME_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/consensus.pb.h"
#include "causeway/v1/genesis.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/store/store.h"

namespace causeway::audit {

struct Blame {
  // The first height at which the histories differ, and what each has there. Both blocks are final by signatures that
  // verify.
  uint64_t height;
  Hash first_block;
  Hash second_block;
  // The view that has a finalization in each history; nothing where there is none, and then nobody can be named.
  std::optional<uint64_t> view;
  // One for each validator that signed both finalizations, ascending.
  std::vector<v1::Evidence> evidence;
};

// Nothing where one history goes on where the other ends, or they are the same. INVALID_ARGUMENT where a store is of
// another chain; DATA_LOSS ("first" or "second", height) where what a store holds there is not what a quorum signed: it
// was changed, and nobody is to blame for it.
absl::StatusOr<std::optional<Blame>> FindBlame(const store::Store& first, const store::Store& second,
                                               const v1::Genesis& genesis);

}  // namespace causeway::audit

#endif  // CAUSEWAY_LEDGER_AUDIT_BLAME_H_
