// SPDX-License-Identifier: Apache-2.0
// The process's log: lines on standard error, for people or as JSON, each with the id of its kind of event, so that an
// alert rule never has to match a sentence. Of peer.connection, transaction.refused, api.call and library.grpc, whose
// number others decide, a flood is cut to a line a second (line_limit.h).
#ifndef CAUSEWAY_NODE_DAEMON_LOG_H_
#define CAUSEWAY_NODE_DAEMON_LOG_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::daemon {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Ids of events; never changed once released.
inline constexpr char kEventStarting[] = "node.starting";
inline constexpr char kEventReady[] = "node.ready";
inline constexpr char kEventRefused[] = "node.refused";    // did not start, and why
inline constexpr char kEventStopping[] = "node.stopping";  // asked to
inline constexpr char kEventStopped[] = "node.stopped";
inline constexpr char kEventFailed[] = "node.failed";  // cannot go on
inline constexpr char kEventAlarm[] = "node.alarm";
inline constexpr char kEventSync[] = "node.sync";                     // out of sync, or in sync again
inline constexpr char kEventCertificates[] = "certificates.renewed";  // or why not
inline constexpr char kEventMetrics[] = "metrics.ready";
inline constexpr char kEventDiskLow[] = "disk.low";
inline constexpr char kEventPeer[] = "peer.connection";
inline constexpr char kEventEvidence[] = "peer.evidence";
inline constexpr char kEventTransaction[] = "transaction.refused";
inline constexpr char kEventApi[] = "api.call";
inline constexpr char kEventClock[] = "clock.set";
inline constexpr char kEventLibrary[] = "library.grpc";

// Thread safety: any thread.
class Log {
 public:
  // One of "debug", "info", "warning", "error": the least that is written.
  Log(absl::string_view level, bool json);
  ~Log();

  void Write(LogLevel level, const char* event, const std::string& text);
  // Where gRPC's own lines go from now on, for the whole process.
  void TakeLibraryLines();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A line as JSON: {"time": …, "level": …, "event": …, "message": …}. `micros`: Unix time.
std::string JsonLogLine(int64_t micros, LogLevel level, absl::string_view event, const std::string& text);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_LOG_H_
