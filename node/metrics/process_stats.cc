// SPDX-License-Identifier: Apache-2.0
#include "node/metrics/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace causeway::metrics {
namespace {

// Of proc_pid_stat(5), counted from the state, which follows the name in parentheses.
constexpr size_t kStartTicks = 19;
constexpr size_t kVirtualBytes = 20;
constexpr size_t kResidentPages = 21;

uint64_t NumberIn(const std::vector<std::string>& fields, size_t index) {
  uint64_t number = 0;
  return index < fields.size() && absl::SimpleAtoi(fields[index], &number) ? number : 0;
}

// When the machine was started, seconds since the Unix epoch.
uint64_t BootTime() {
  std::ifstream file("/proc/stat");
  std::string word;
  uint64_t number = 0;
  while (file >> word) {
    if (word == "btime" && file >> number) return number;
  }
  return 0;
}

}  // namespace

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      stats.cpu_seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  if (const size_t name_end = line.rfind(") "); name_end != std::string::npos) {
    const std::vector<std::string> fields = absl::StrSplit(line.substr(name_end + 2), ' ');
    stats.virtual_bytes = NumberIn(fields, kVirtualBytes);
    stats.resident_bytes = NumberIn(fields, kResidentPages) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    stats.start_time_s = static_cast<double>(BootTime()) +
                         static_cast<double>(NumberIn(fields, kStartTicks)) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error))
    ++stats.open_files;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.files_max = limit.rlim_cur;
  return stats;
}

}  // namespace causeway::metrics
