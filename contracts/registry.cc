// SPDX-License-Identifier: Apache-2.0

#include "contracts/registry.h"

#include "contracts/cash/cash.h"
#include "contracts/dealing/dealing.h"
#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "contracts/policy/policy.h"
#include "contracts/settlement/settlement.h"
#include "contracts/transfers/transfers.h"

namespace causeway {

std::unique_ptr<execution::Registry> MakeRegistry() {
  auto registry = std::make_unique<execution::Registry>();
  // In the order of their numbers in Operation.
  registry->contracts.push_back(parties::MakePartiesContract());
  registry->contracts.push_back(instruments::MakeInstrumentsContract());
  registry->contracts.push_back(cash::MakeCashContract());
  registry->contracts.push_back(transfers::MakeTransfersContract());
  registry->contracts.push_back(dealing::MakeDealingContract());
  registry->contracts.push_back(settlement::MakeSettlementContract());
  registry->contracts.push_back(policy::MakePolicyContract());
  registry->contracts.push_back(governance::MakeGovernanceContract());
  // The shared rules.
  registry->authority = parties::MakeAuthorityRules();
  registry->pauses = governance::MakePauseRules();
  registry->policy = policy::MakePolicyGate();
  return registry;
}

}  // namespace causeway
