// SPDX-License-Identifier: Apache-2.0
// A node's metrics, in Prometheus's text format. Names and labels, which alert rules rely on:
//
//   causeway_consensus_height                   gauge      newest final height
//   causeway_block_apply_seconds                histogram  executing a block's transactions, own proposals too
//   causeway_tx_total{code}                     counter    final transactions: APPLIED, HELD_FOR_REVIEW, or the
//                                                          number of the first reason for which an operation was
//                                                          refused
//   causeway_wal_fsync_seconds                  histogram  making the vote log durable
//   causeway_peer_rtt_seconds{peer}             gauge      the last round trip to a validator
//   causeway_validator_conflicts_total          counter    validators caught signing votes that exclude each other
//   causeway_disk_free_bytes                    gauge      of the store's disk
//   causeway_cert_expiry_seconds                gauge      until the first of the node's certificates ends
//   grpc_server_handled_total{grpc_service,grpc_method,grpc_code}  counter
//   process_cpu_seconds_total, process_start_time_seconds, process_resident_memory_bytes, process_virtual_memory_bytes,
//   process_open_fds, process_max_fds
//
// Bounds: labels come from fixed sets (codes of the catalogue, methods of the schema, validators of the genesis).
// Thread safety: any thread.
#ifndef CAUSEWAY_NODE_METRICS_METRICS_H_
#define CAUSEWAY_NODE_METRICS_METRICS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::metrics {

// What is read when somebody asks, and not counted.
struct Readings {
  uint64_t height = 0;
  uint64_t disk_free_bytes = 0;
  int64_t certificates_end_in_s = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();

  void NoteBlockApplied(uint64_t took_us);
  void NoteLogSynced(uint64_t took_us);
  void NoteRoundTrip(absl::string_view peer, uint64_t took_us);
  void NoteConflict();
  // `code`: see causeway_tx_total.
  void NoteTransaction(absl::string_view code);
  // `code`: gRPC's name of it, "OK".
  void NoteCall(absl::string_view service, absl::string_view method, absl::string_view code);

  // All of it, and the process's.
  std::string Text(const Readings& readings);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::metrics

#endif  // CAUSEWAY_NODE_METRICS_METRICS_H_
