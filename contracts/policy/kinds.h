// SPDX-License-Identifier: Apache-2.0
// What of this contract's tables can be read, and whom its records and events concern.

#ifndef CAUSEWAY_CONTRACTS_POLICY_KINDS_H_
#define CAUSEWAY_CONTRACTS_POLICY_KINDS_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/policy.pb.h"
#include "ledger/execution/record_kind.h"
#include "ledger/state/view.h"

namespace causeway::policy {

std::vector<execution::RecordKind> Kinds();

// `before` and `after`: the state before and after the event's block.
execution::Concerns ConcernsOf(const v1::PolicyEvent& event, const state::StateView& before,
                               const state::StateView& after);

// Whom a decision concerns; nothing for a record of another type.
std::optional<execution::Concerns> ConcernsOfRestricted(absl::string_view type, absl::string_view record,
                                                        const state::StateView& view);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_KINDS_H_
