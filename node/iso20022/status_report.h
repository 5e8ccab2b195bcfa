// SPDX-License-Identifier: Apache-2.0
// Writes setr.016.001.04, the order instruction status report: what became of one or more orders, each with its status,
// and a rejected one with every reason. A reason that is one of this message's codes is written as that code, any other
// as the ledger's own (`Prtry`).
#ifndef CAUSEWAY_NODE_ISO20022_STATUS_REPORT_H_
#define CAUSEWAY_NODE_ISO20022_STATUS_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/dealing.pb.h"
#include "causeway/v1/operation.pb.h"
#include "ledger/base/instant.h"
#include "node/iso20022/account_table.h"

namespace causeway::iso20022 {

// Where an order stands, as setr.016 tells it.
enum class ReportedStatus {
  kReceived,       // RECE
  kAccepted,       // PACK
  kHeldForReview,  // conditionally accepted: a policy holds it for a person
  kConfirmed,      // COSE
  kSettled,        // SETT
  kRejected,       // Rejected, with reasons
  kCancelled,      // Cancelled: CXLR
};

// A reason by its name in the catalogue ("CUTO"), with the texts that a person needs. Without a name (of a rejection
// alone): texts and no code.
struct ReportedReason {
  std::string name;
  std::vector<std::string> parameters;
};

struct OrderReport {
  std::string order_reference;
  // 32 hexadecimal digits; the ledger's id of the order, told as the deal's reference.
  std::string order_id;
  // What the institution calls the account; empty: not told.
  std::string account;
  // Told where it is one.
  std::string isin;
  ReportedStatus status;
  // Where rejected or held.
  std::vector<ReportedReason> reasons;
  // The dealing day; told where it is a date.
  std::string dealing_date;
};

struct StatusReport {
  // 1 to 35 characters.
  std::string message_id;
  Instant created;
  // MsgId/Id of the message that carried the orders; empty: not told.
  std::string related_message_id;
  // LEI of whoever says so: the fund's transfer agent, or its fund company.
  std::string initiator;
  std::vector<OrderReport> orders;
};

// Of an order that the ledger took: as its event OrderChanged tells it. The account is told where the table has it.
OrderReport ReportOf(const v1::OrderChanged& changed, const AccountTable& accounts);

// Of an order that the ledger refused or holds for review; the operation must be a subscription or a redemption
// (checked).
OrderReport ReportOf(const v1::Operation& operation, ReportedStatus status, std::vector<ReportedReason> reasons,
                     const AccountTable& accounts);

// The message. InvalidArgument where something does not fit into it (a reference too long, no order at all, a
// rejection without a reason).
absl::StatusOr<std::string> WriteAcknowledgement(const StatusReport& report);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_STATUS_REPORT_H_
