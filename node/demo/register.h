// SPDX-License-Identifier: Apache-2.0
// Reading registers as their keepers do, and adding them up without the ledger's help.
#ifndef CAUSEWAY_NODE_DEMO_REGISTER_H_
#define CAUSEWAY_NODE_DEMO_REGISTER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "node/client/client.h"

namespace causeway::demo {

struct Register {
  uint64_t height = 0;
  // Decimal text.
  std::string issued = "0";
  std::string held;
  uint64_t holders = 0;
};

// The register of an instrument as after a height (the newest one where none is given): what is in issue by the
// ledger's record, and the sum of all holdings.
absl::StatusOr<Register> ReadRegister(client::Client& keeper, const std::string& instrument,
                                      std::optional<uint64_t> height = std::nullopt);

// What one account holds; "0" where nothing.
absl::StatusOr<std::string> ReadHolding(client::Client& keeper, const std::string& instrument,
                                        const std::string& account_hex);

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_REGISTER_H_
