// SPDX-License-Identifier: Apache-2.0
// Where the operators' listener may listen: only what leaves the machine for nobody.
#ifndef CAUSEWAY_NODE_API_OPERATORS_ADDRESS_H_
#define CAUSEWAY_NODE_API_OPERATORS_ADDRESS_H_

#include <string>

#include "absl/status/status.h"

namespace causeway::api {

// OK for "unix:PATH" with an absolute path, "127.0.0.1:PORT" (any address of 127.0.0.0/8) and "[::1]:PORT".
// INVALID_ARGUMENT for everything else: names can resolve to anything.
absl::Status CheckOperatorsAddress(const std::string& address);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_OPERATORS_ADDRESS_H_
