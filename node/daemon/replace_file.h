// SPDX-License-Identifier: Apache-2.0
// A small file that readers see whole, or as it was before.
#ifndef CAUSEWAY_NODE_DAEMON_REPLACE_FILE_H_
#define CAUSEWAY_NODE_DAEMON_REPLACE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::daemon {

// Writes beside the path and renames. Unavailable where the machine does not let it.
absl::Status ReplaceFile(const std::string& path, absl::string_view content);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_REPLACE_FILE_H_
