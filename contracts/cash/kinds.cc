// SPDX-License-Identifier: Apache-2.0

#include "contracts/cash/kinds.h"

#include "contracts/cash/cash.h"
#include "ledger/execution/record_ids.h"

namespace causeway::cash {

using execution::Concerns;

std::vector<execution::RecordKind> Kinds() {
  return {execution::MakeKind(execution::KindDefinition<PaymentKey, v1::Payment>{
      "payment", "LEI/REFERENCE", "a payment that an issuer of cash has booked", kPayments,
      [](const PaymentKey& key, const v1::Payment* record, const execution::ReadContext&) {
        Concerns concerns;
        concerns.parties = {std::get<0>(key)};
        if (record != nullptr) concerns.instruments = {record->instrument()};
        return concerns;
      }})};
}

// Who received or gave up the cash learns it from the movement that `transfers` tells.
Concerns ConcernsOf(const v1::CashEvent& event, const state::StateView&, const state::StateView&) {
  Concerns concerns;
  if (!event.has_payment_booked()) return concerns;
  concerns.parties = {event.payment_booked().issuer()};
  concerns.instruments = {event.payment_booked().instrument()};
  return concerns;
}

}  // namespace causeway::cash
