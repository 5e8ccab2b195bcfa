// SPDX-License-Identifier: Apache-2.0
// Writes the contract note of a dealt order: setr.012.001.05 for a subscription, setr.006.001.05 for a redemption.
// Amounts, units and price are those of the order's execution, digit for digit. What rounding left over (whole minor
// units to the class's residual account, and the residue that stays in the fund) has no element of its own and is told
// in `Xtnsn`, named by its place.
#ifndef CAUSEWAY_NODE_ISO20022_CONFIRMATION_H_
#define CAUSEWAY_NODE_ISO20022_CONFIRMATION_H_

#include <string>

#include "absl/status/statusor.h"

#include "causeway/v1/dealing.pb.h"
#include "ledger/base/instant.h"
#include "node/iso20022/account_table.h"

namespace causeway::iso20022 {

struct Confirmation {
  // 1 to 35 characters.
  std::string message_id;
  Instant created;
  // MsgId/Id of the message that carried the order; empty: not told.
  std::string related_message_id;
  // The class's name and currency.
  std::string class_name;
  std::string currency;
  // LEI of the fund company.
  std::string fund_company;
  // What the institution calls the investment account: AccountTable, or the account's id in hex.
  std::string account;
  // The day on which cash moves, "2026-03-04"; empty: not told.
  std::string cash_settlement_date;
};

// The message. FailedPrecondition where the order has no execution; InvalidArgument where something does not fit into
// the message (more digits than it has places for: never cut).
absl::StatusOr<std::string> WriteConfirmation(const v1::Order& order, const Confirmation& confirmation);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_CONFIRMATION_H_
