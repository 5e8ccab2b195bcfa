// SPDX-License-Identifier: Apache-2.0
// The demo's orders on their way: read from the institutions' messages, submitted by whoever sends them, acknowledged
// and confirmed as ISO 20022 messages.
#ifndef CAUSEWAY_NODE_DEMO_ORDERS_H_
#define CAUSEWAY_NODE_DEMO_ORDERS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "node/demo/demo_data.h"
#include "node/demo/events.h"
#include "node/demo/network.h"
#include "node/iso20022/account_table.h"
#include "node/iso20022/status_report.h"

namespace causeway::demo {

class Orders {
 public:
  // Messages that are written go below `out`: acknowledgements/ and confirmations/.
  static absl::StatusOr<Orders> Make(const DemoData& data, const std::string& out);

  // Reads the delivery's messages, submits them in one transaction and writes an acknowledgement for each. An order
  // that the ledger accepts and should not have, or the other way round, is an error.
  absl::Status Deliver(const Delivery& delivery, Network& network);
  // The administrator's price report: attested by one officer and approved by a second one.
  absl::Status AttestPrice(const std::string& file, Network& network);
  // A contract note for each order that settled.
  absl::Status WriteConfirmations(const Events& events);

  uint64_t accepted() const { return accepted_; }
  // First reason → how many.
  const std::map<std::string, uint64_t>& refused() const { return refused_; }

 private:
  Orders(const DemoData& data, iso20022::AccountTable accounts, std::string out)
      : data_(data), accounts_(std::move(accounts)), out_(std::move(out)) {}

  absl::Status Acknowledge(const std::string& file, const std::string& message_id,
                           const std::vector<iso20022::OrderReport>& reports, Instant now);

  const DemoData& data_;
  iso20022::AccountTable accounts_;
  const std::string out_;
  uint64_t accepted_ = 0;
  std::map<std::string, uint64_t> refused_;
  // Order id (hexadecimal) → the message that carried it.
  std::map<std::string, std::string> message_of_;
};

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_ORDERS_H_
