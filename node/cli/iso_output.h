// SPDX-License-Identifier: Apache-2.0
// An order as the ISO 20022 message that tells of it: the contract note once it is priced (setr.012, setr.006), the
// status report before (setr.016).
#ifndef CAUSEWAY_NODE_CLI_ISO_OUTPUT_H_
#define CAUSEWAY_NODE_CLI_ISO_OUTPUT_H_

#include <string>

#include "absl/status/statusor.h"

#include "causeway/v1/dealing.pb.h"
#include "causeway/v1/instruments.pb.h"
#include "ledger/base/instant.h"
#include "node/client/client.h"
#include "node/iso20022/account_table.h"

namespace causeway::cli {

// What a message says of the class besides the order.
struct OrderSurroundings {
  v1::ShareClass share_class;
  v1::Fund fund;
  // When the message is made: the newest block's time.
  Instant now = Instant::Epoch();
};

absl::StatusOr<OrderSurroundings> ReadSurroundings(client::Client& client, const v1::Order& order);

// The XML. DATA_LOSS where the order as the node tells it has no status.
absl::StatusOr<std::string> OrderToIso(const v1::Order& order, const OrderSurroundings& surroundings,
                                       const iso20022::AccountTable& accounts);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_ISO_OUTPUT_H_
