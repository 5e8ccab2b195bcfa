// SPDX-License-Identifier: Apache-2.0
// The life of a bundle, inside this contract: locking what a consent gives, settling, ending.

#ifndef CAUSEWAY_CONTRACTS_SETTLEMENT_BUNDLES_H_
#define CAUSEWAY_CONTRACTS_SETTLEMENT_BUNDLES_H_

#include <string>
#include <vector>

#include "contracts/settlement/legs.h"
#include "contracts/settlement/settlement.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/reason.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::settlement {

using execution::Effects;
using execution::OperationContext;
using state::StateTransaction;
using state::StateView;

// The party's entry in the bundle's consents; null where its consent is not needed.
const v1::BundleConsent* ConsentOf(const v1::Bundle& bundle, const std::string& party);
// Whether everybody else has consented.
bool IsLastConsent(const v1::Bundle& bundle, const std::string& party);

// Does what the consent of a party does to holdings: locks its legs, and where it is the last, settles all. What stands
// against it is added, per side; then the state is to be dropped. So the check of a consent is this function on an
// overlay that nobody keeps.
void LockAndSettle(const OperationContext& context, const InstructionId& id, const v1::Bundle& bundle,
                   const std::string& party, StateTransaction& state, Effects& effects, Reasons& reasons);

// Gives back what the bundle's consents locked and still hold.
void Unlock(const OperationContext& context, const InstructionId& id, const v1::Bundle& bundle, StateTransaction& state,
            Effects& effects);

// Takes the bundle, its index and its due work out of the state.
void EraseBundle(StateTransaction& state, const InstructionId& id, const v1::Bundle& bundle);

void EmitCancelled(Effects& effects, const InstructionId& id, v1::BundleCancellation reason);

}  // namespace causeway::settlement

#endif  // CAUSEWAY_CONTRACTS_SETTLEMENT_BUNDLES_H_
