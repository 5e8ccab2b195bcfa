// SPDX-License-Identifier: Apache-2.0
// Prices of a dealing day, inside the contract `dealing`: attested against the ledger's own units, reviewed where they
// lie outside the class's tolerance.
//
// The tolerance's policy decision is a person's: a price further from the last one than the class allows is recorded,
// and in force only when two compliance officers of the fund company accept exactly it. Until then it can be attested
// anew.

#ifndef CAUSEWAY_CONTRACTS_DEALING_PRICES_H_
#define CAUSEWAY_CONTRACTS_DEALING_PRICES_H_

#include "contracts/dealing/books.h"

namespace causeway::dealing {

void CheckAttestPrice(const execution::OperationContext& context, const v1::AttestPrice& request,
                      const state::StateView& view, Reasons& reasons);
void ApplyAttestPrice(const execution::OperationContext& context, const v1::AttestPrice& request,
                      state::StateTransaction& state, execution::Effects& effects);

void CheckReviewPrice(const execution::OperationContext& context, const v1::ReviewPrice& request,
                      const state::StateView& view, Reasons& reasons);
void ApplyReviewPrice(const execution::OperationContext& context, const v1::ReviewPrice& request,
                      state::StateTransaction& state, execution::Effects& effects);

}  // namespace causeway::dealing

#endif  // CAUSEWAY_CONTRACTS_DEALING_PRICES_H_
