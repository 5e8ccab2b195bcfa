// SPDX-License-Identifier: Apache-2.0
// Making files and folders that only their owner may read, durably.
#ifndef CAUSEWAY_NODE_LAYOUT_FILES_H_
#define CAUSEWAY_NODE_LAYOUT_FILES_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::layout {

// A new file of mode 0600, written and synced. ALREADY_EXISTS where there is one.
absl::Status WritePrivateFile(const std::string& path, absl::string_view text);
// A new folder of mode 0700.
absl::Status MakePrivateFolder(const std::string& path);

// Lets `fill` fill a new folder beside `directory` (which must be absent or empty, else ALREADY_EXISTS), then renames
// it into place; after an error nothing is left.
absl::Status MakeWhole(const std::string& directory,
                       const std::function<absl::Status(const std::string& folder)>& fill);

}  // namespace causeway::layout

#endif  // CAUSEWAY_NODE_LAYOUT_FILES_H_
