// SPDX-License-Identifier: Apache-2.0
// Lines of which others decide how many there are: a peer or a stranger that floods must not fill the disk with them.
#ifndef CAUSEWAY_NODE_DAEMON_LINE_LIMIT_H_
#define CAUSEWAY_NODE_DAEMON_LINE_LIMIT_H_

#include <cstdint>
#include <optional>
#include <string>

namespace causeway::daemon {

// As many as kBurst at once, and one a second after that. Thread safety: none.
class LineLimit {
 public:
  static constexpr uint64_t kBurst = 20;

  // The text, with how many were left out before it; nothing where it is to be left out too. `now_us`: any clock's
  // microseconds; one that goes back gives no further line.
  std::optional<std::string> Pass(int64_t now_us, const std::string& text);

 private:
  uint64_t allowed_ = kBurst;
  int64_t counted_us_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_LINE_LIMIT_H_
