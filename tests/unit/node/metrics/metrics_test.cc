// SPDX-License-Identifier: Apache-2.0
#include "node/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

#include "node/metrics/process_stats.h"

namespace causeway::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// The names that are declared.
std::set<std::string> NamesIn(const std::string& text) {
  std::set<std::string> names;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 4 && words[1] == "TYPE") names.insert(words[2]);
  }
  return names;
}

TEST(Metrics, TheNamesAreThoseThatAlertRulesRelyOn) {
  Metrics metrics;
  metrics.NoteTransaction("APPLIED");
  metrics.NoteConflict();
  metrics.NoteRoundTrip("beta", 1);
  metrics.NoteCall("causeway.v1.QueryService", "GetRecord", "OK");
  EXPECT_THAT(NamesIn(metrics.Text({})),
              UnorderedElementsAre(
                  "causeway_consensus_height", "causeway_block_apply_seconds", "causeway_tx_total",
                  "causeway_wal_fsync_seconds", "causeway_peer_rtt_seconds", "causeway_validator_conflicts_total",
                  "causeway_disk_free_bytes", "causeway_cert_expiry_seconds", "grpc_server_handled_total",
                  "process_cpu_seconds_total", "process_start_time_seconds", "process_resident_memory_bytes",
                  "process_virtual_memory_bytes", "process_open_fds", "process_max_fds"));
}

TEST(Metrics, WhatIsNotedIsCounted) {
  Metrics metrics;
  metrics.NoteTransaction("APPLIED");
  metrics.NoteTransaction("APPLIED");
  metrics.NoteTransaction("401");
  metrics.NoteBlockApplied(250'000);
  metrics.NoteLogSynced(2'000'000);
  metrics.NoteRoundTrip("beta", 900);
  metrics.NoteRoundTrip("beta", 1'500);
  metrics.NoteCall("causeway.v1.QueryService", "GetRecord", "NOT_FOUND");
  const std::string text = metrics.Text({7, 1'024, -5});
  for (const char* line :
       {"causeway_tx_total{code=\"APPLIED\"} 2\n", "causeway_tx_total{code=\"401\"} 1\n",
        "causeway_block_apply_seconds_count 1\n", "causeway_block_apply_seconds_sum 0.25\n",
        "causeway_wal_fsync_seconds_sum 2\n", "causeway_peer_rtt_seconds{peer=\"beta\"} 0.0015\n",
        "causeway_consensus_height 7\n", "causeway_disk_free_bytes 1024\n", "causeway_cert_expiry_seconds -5\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, HasSubstr("grpc_method=\"GetRecord\""));
  EXPECT_THAT(text, HasSubstr("grpc_code=\"NOT_FOUND\""));
}

TEST(Metrics, TheProcessorsTimeNeverFalls) {
  Metrics metrics;
  const auto cpu = [&] {
    const std::string text = metrics.Text({});
    const size_t at = text.find("\nprocess_cpu_seconds_total ");
    return std::stod(text.substr(at + 27));
  };
  const double first = cpu();
  EXPECT_LE(first, ReadProcessStats().cpu_seconds);
  EXPECT_GE(cpu(), first);
}

TEST(ProcessStats, AreThisProcesss) {
  const ProcessStats stats = ReadProcessStats();
  EXPECT_GT(stats.resident_bytes, 1u << 20);
  EXPECT_GT(stats.virtual_bytes, stats.resident_bytes);
  EXPECT_GE(stats.open_files, 3u);
  EXPECT_GE(stats.files_max, stats.open_files);
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(stats.start_time_s, now + 2);
  EXPECT_GT(stats.start_time_s, now - 3'600);
}

}  // namespace
}  // namespace causeway::metrics
