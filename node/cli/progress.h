// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_NODE_CLI_PROGRESS_H_
#define CAUSEWAY_NODE_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "node/cli/session.h"

namespace causeway::cli {

// "[########............]  40 %  height 400 of 1,000": 20 characters of bar.
std::string ProgressLine(uint64_t done, uint64_t all, absl::string_view what);

// One line on standard error that is written over, on a terminal only, and only when it changes.
class ProgressBar {
 public:
  explicit ProgressBar(Session& session) : session_(session) {}
  ~ProgressBar() { Clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Show(uint64_t done, uint64_t all, absl::string_view what);
  void Clear();

 private:
  Session& session_;
  std::string line_;
};

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_PROGRESS_H_
