// SPDX-License-Identifier: Apache-2.0
#include "node/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>

#include "node/metrics/process_stats.h"

namespace causeway::metrics {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

double Seconds(uint64_t us) {
  return static_cast<double>(us) / 1e6;
}

// From half a millisecond, each twice the one before.
prometheus::Histogram::BucketBoundaries Doubling() {
  prometheus::Histogram::BucketBoundaries bounds;
  for (double bound = 0.0005; bound < 10; bound *= 2) bounds.push_back(bound);
  return bounds;
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Gauge& height =
      BuildGauge().Name("causeway_consensus_height").Help("Newest final height.").Register(registry).Add({});
  prometheus::Histogram& apply = BuildHistogram()
                                     .Name("causeway_block_apply_seconds")
                                     .Help("Seconds to execute a block.")
                                     .Register(registry)
                                     .Add({}, Doubling());
  prometheus::Family<prometheus::Counter>& transactions =
      BuildCounter().Name("causeway_tx_total").Help("Final transactions by what became of them.").Register(registry);
  prometheus::Histogram& sync = BuildHistogram()
                                    .Name("causeway_wal_fsync_seconds")
                                    .Help("Seconds to make the vote log durable.")
                                    .Register(registry)
                                    .Add({}, Doubling());
  prometheus::Family<prometheus::Gauge>& round_trips = BuildGauge()
                                                           .Name("causeway_peer_rtt_seconds")
                                                           .Help("Seconds of the last round trip to a validator.")
                                                           .Register(registry);
  prometheus::Counter& conflicts = BuildCounter()
                                       .Name("causeway_validator_conflicts_total")
                                       .Help("Validators caught signing votes that exclude each other.")
                                       .Register(registry)
                                       .Add({});
  prometheus::Gauge& disk_free = BuildGauge()
                                     .Name("causeway_disk_free_bytes")
                                     .Help("Bytes free on the disk of the store.")
                                     .Register(registry)
                                     .Add({});
  prometheus::Gauge& certificates = BuildGauge()
                                        .Name("causeway_cert_expiry_seconds")
                                        .Help("Seconds until the first of the node's certificates ends.")
                                        .Register(registry)
                                        .Add({});
  prometheus::Family<prometheus::Counter>& calls = BuildCounter()
                                                       .Name("grpc_server_handled_total")
                                                       .Help("Calls that were answered, by method and code.")
                                                       .Register(registry);
  prometheus::Counter& cpu = BuildCounter()
                                 .Name("process_cpu_seconds_total")
                                 .Help("Seconds of processor time, user and system.")
                                 .Register(registry)
                                 .Add({});
  prometheus::Gauge& started = BuildGauge()
                                   .Name("process_start_time_seconds")
                                   .Help("When the process started, seconds since the Unix epoch.")
                                   .Register(registry)
                                   .Add({});
  prometheus::Gauge& resident =
      BuildGauge().Name("process_resident_memory_bytes").Help("Resident memory.").Register(registry).Add({});
  prometheus::Gauge& virtual_memory =
      BuildGauge().Name("process_virtual_memory_bytes").Help("Virtual memory.").Register(registry).Add({});
  prometheus::Gauge& open_files =
      BuildGauge().Name("process_open_fds").Help("Open file descriptors.").Register(registry).Add({});
  prometheus::Gauge& files_max =
      BuildGauge().Name("process_max_fds").Help("File descriptors that may be open.").Register(registry).Add({});
  // One reader at a time, so that the processor's time does not count twice.
  std::mutex reading;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::NoteBlockApplied(uint64_t took_us) {
  impl_->apply.Observe(Seconds(took_us));
}
void Metrics::NoteLogSynced(uint64_t took_us) {
  impl_->sync.Observe(Seconds(took_us));
}
void Metrics::NoteConflict() {
  impl_->conflicts.Increment();
}
void Metrics::NoteRoundTrip(absl::string_view peer, uint64_t took_us) {
  impl_->round_trips.Add({{"peer", std::string(peer)}}).Set(Seconds(took_us));
}
void Metrics::NoteTransaction(absl::string_view code) {
  impl_->transactions.Add({{"code", std::string(code)}}).Increment();
}
void Metrics::NoteCall(absl::string_view service, absl::string_view method, absl::string_view code) {
  impl_->calls
      .Add({{"grpc_service", std::string(service)},
            {"grpc_method", std::string(method)},
            {"grpc_code", std::string(code)}})
      .Increment();
}

std::string Metrics::Text(const Readings& readings) {
  const std::lock_guard lock(impl_->reading);
  const ProcessStats process = ReadProcessStats();
  impl_->height.Set(static_cast<double>(readings.height));
  impl_->disk_free.Set(static_cast<double>(readings.disk_free_bytes));
  impl_->certificates.Set(static_cast<double>(readings.certificates_end_in_s));
  impl_->cpu.Increment(std::max(process.cpu_seconds - impl_->cpu.Value(), 0.0));
  impl_->started.Set(process.start_time_s);
  impl_->resident.Set(static_cast<double>(process.resident_bytes));
  impl_->virtual_memory.Set(static_cast<double>(process.virtual_bytes));
  impl_->open_files.Set(static_cast<double>(process.open_files));
  impl_->files_max.Set(static_cast<double>(process.files_max));
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace causeway::metrics
