// SPDX-License-Identifier: Apache-2.0

#include "ledger/base/check.h"
#include "ledger/execution/contract.h"
#include "ledger/execution/system_tables.h"

namespace causeway::execution {

void ScheduleDue(state::StateTransaction& state, const DueItem& item) {
  const auto key = std::make_tuple(item.due, item.id, item.contract);
  CAUSEWAY_CHECK(!state.Has(kDueWork, key), "due work ", item.id, " is scheduled twice for one instant");
  state.Put(kDueWork, key, DueRecord{item.cause, item.payload});
}

bool IsScheduled(const state::StateView& view, Instant due, uint32_t contract, absl::string_view id) {
  return view.Has(kDueWork, std::make_tuple(due, std::string(id), contract));
}

void CancelDue(state::StateTransaction& state, Instant due, uint32_t contract, absl::string_view id) {
  state.Erase(kDueWork, std::make_tuple(due, std::string(id), contract));
}

}  // namespace causeway::execution
