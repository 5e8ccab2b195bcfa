// SPDX-License-Identifier: Apache-2.0
#include "contracts/settlement/invariants.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "contracts/settlement/bundles.h"
#include "contracts/settlement/legs.h"
#include "contracts/settlement/settlement.h"
#include "contracts/transfers/tables.h"
#include "ledger/base/check.h"

namespace causeway::settlement {
namespace {

// An open bundle misses a consent, and holds exactly the units of those who have given theirs.
void CheckOpenBundle(const state::StateTransaction& after, const InstructionId& id, const v1::Bundle& bundle,
                     std::vector<execution::Violation>& violations) {
  bool complete = true;
  for (const v1::BundleConsent& consent : bundle.consents()) complete = complete && consent.given_us() != 0;
  if (complete) violations.push_back({absl::StrCat("bundle ", id.ToHex(), " has all consents and is open"), {}});
  for (const ParsedLeg& leg : ReadLegs(after, bundle.legs())) {
    if (!leg.from) continue;
    const v1::BundleConsent* consent = ConsentOf(bundle, leg.giver);
    const bool given = consent != nullptr && consent->given_us() != 0;
    const std::optional<v1::Hold> hold = after.Get(transfers::kHolds, LegHold(id, leg.index));
    const bool held = hold && hold->controller() == v1::HOLD_CONTROLLER_SETTLEMENT;
    if (given == held) continue;
    violations.push_back(
        {absl::StrCat("leg ", leg.index, " of bundle ", id.ToHex(), given ? " is not" : " is", " locked"),
         leg.instrument});
  }
}

// A bundle that is gone holds nothing past its deadline.
void CheckEndedBundle(const state::StateTransaction& after, const InstructionId& id, const v1::Bundle& bundle,
                      std::vector<execution::Violation>& violations) {
  for (int i = 0; i < bundle.legs_size(); ++i) {
    const std::optional<v1::Hold> hold = after.Get(transfers::kHolds, LegHold(id, static_cast<uint32_t>(i)));
    if (!hold || hold->controller() != v1::HOLD_CONTROLLER_SETTLEMENT) continue;
    if (hold->expires_us() == bundle.deadline_us()) continue;
    violations.push_back({absl::StrCat("leg ", i, " of ended bundle ", id.ToHex(), " is locked"), {}});
  }
}

}  // namespace

void CheckBundles(const state::StateTransaction& after, std::vector<execution::Violation>& violations) {
  for (auto change = after.changes().lower_bound({kBundles.id, std::string()});
       change != after.changes().end() && change->first.table == kBundles.id; ++change) {
    const std::optional<InstructionId> id = state::DecodeKey<InstructionId>(change->first.key);
    CAUSEWAY_CHECK(id.has_value());
    if (const std::optional<v1::Bundle> bundle = after.Get(kBundles, *id)) {
      CheckOpenBundle(after, *id, *bundle, violations);
    } else if (const std::optional<v1::Bundle> ended = after.parent().Get(kBundles, *id)) {
      CheckEndedBundle(after, *id, *ended, violations);
    }
  }
}

}  // namespace causeway::settlement
