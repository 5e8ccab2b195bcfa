// SPDX-License-Identifier: Apache-2.0
// A validator signs two histories, and the ledger names it.
#ifndef CAUSEWAY_NODE_DEMO_CONFLICT_STORY_H_
#define CAUSEWAY_NODE_DEMO_CONFLICT_STORY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

#include "node/demo/narrator.h"
#include "node/demo/network.h"
#include "node/demo/summary.h"
#include "node/layout/layout.h"

namespace causeway::demo {

struct ConflictSubject {
  const layout::NetworkDirectory& directory;
  // Whose node does not run: its key alone will speak.
  uint32_t cheat;
  // The operator whose compliance officer reports what its node, the first, has seen.
  std::string reporter;
  // A party that runs no node and reads who was named.
  std::string reader;
};

// The cheat gives a view up and finalizes a block in it, both signed and sent to the first node; what that node writes
// is submitted, and the record read.
absl::Status TellConflict(const ConflictSubject& subject, Network& network, Narrator& narrator, Summary& summary);

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_CONFLICT_STORY_H_
