// SPDX-License-Identifier: Apache-2.0
// What the system says of this process. Zero where it cannot be told.
#ifndef CAUSEWAY_NODE_METRICS_PROCESS_STATS_H_
#define CAUSEWAY_NODE_METRICS_PROCESS_STATS_H_

#include <cstdint>

namespace causeway::metrics {

struct ProcessStats {
  double cpu_seconds = 0;
  // Since the Unix epoch.
  double start_time_s = 0;
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_files = 0;
  uint64_t files_max = 0;
};

// Thread safety: any thread.
ProcessStats ReadProcessStats();

}  // namespace causeway::metrics

#endif  // CAUSEWAY_NODE_METRICS_PROCESS_STATS_H_
