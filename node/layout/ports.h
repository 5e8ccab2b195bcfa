// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_NODE_LAYOUT_PORTS_H_
#define CAUSEWAY_NODE_LAYOUT_PORTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace causeway::layout {

// So many distinct TCP ports on which nobody listens on this machine now, and which no client is given by chance: they
// lie below the system's range for outgoing connections, so a node that is down finds its port free when it comes back.
absl::StatusOr<std::vector<uint16_t>> FreePorts(size_t count);

}  // namespace causeway::layout

#endif  // CAUSEWAY_NODE_LAYOUT_PORTS_H_
