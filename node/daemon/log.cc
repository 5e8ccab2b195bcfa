// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/log.h"

#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "ledger/base/instant.h"
#include "node/daemon/line_limit.h"

namespace causeway::daemon {
namespace {

const char* NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      break;
  }
  return "error";
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

LogLevel LevelNamed(absl::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

// Where gRPC's lines go; it takes a plain function.
std::atomic<Log*> library_log = nullptr;

void TakeGrpcLine(gpr_log_func_args* line) {
  Log* log = library_log;
  if (log == nullptr) return;
  // A failed handshake with whoever knocks is no error of this node's.
  const LogLevel level = line->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kInfo : LogLevel::kDebug;
  log->Write(level, kEventLibrary, line->message);
}

}  // namespace

struct Log::Impl {
  bool json;
  spdlog::logger logger;
  absl::Mutex mutex;
  // Of the events whose number others decide.
  std::map<std::string, LineLimit> limits ABSL_GUARDED_BY(mutex) = {
      {kEventPeer, {}}, {kEventTransaction, {}}, {kEventApi, {}}, {kEventLibrary, {}}};

  std::optional<std::string> Limit(int64_t micros, const char* event, const std::string& text) {
    const absl::MutexLock lock(&mutex);
    const auto limit = limits.find(event);
    return limit == limits.end() ? text : limit->second.Pass(micros, text);
  }
};

Log::Log(absl::string_view level, bool json)
    : impl_(new Impl{json, spdlog::logger("causewayd", std::make_shared<spdlog::sinks::stderr_sink_mt>()), {}}) {
  impl_->logger.set_level(SpdlogLevel(LevelNamed(level)));
  impl_->logger.set_pattern("%v");
  impl_->logger.flush_on(spdlog::level::debug);
}

Log::~Log() {
  Log* self = this;
  library_log.compare_exchange_strong(self, nullptr);
}

std::string JsonLogLine(int64_t micros, LogLevel level, absl::string_view event, const std::string& text) {
  nlohmann::ordered_json line;
  line["time"] = FormatInstant(Instant::FromMicros(static_cast<uint64_t>(micros)));
  line["level"] = NameOf(level);
  line["event"] = std::string(event);
  line["message"] = text;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Log::Write(LogLevel level, const char* event, const std::string& text) {
  const spdlog::level::level_enum as = SpdlogLevel(level);
  if (!impl_->logger.should_log(as)) return;
  const int64_t micros = absl::ToUnixMicros(absl::Now());
  const std::optional<std::string> said = impl_->Limit(micros, event, text);
  if (!said) return;
  if (impl_->json) {
    impl_->logger.log(as, spdlog::string_view_t(JsonLogLine(micros, level, event, *said)));
    return;
  }
  // An event is one line, whatever its text.
  impl_->logger.log(as, spdlog::string_view_t(absl::StrCat(
                            FormatInstant(Instant::FromMicros(static_cast<uint64_t>(micros))), " ", NameOf(level), " ",
                            event, " ", absl::StrReplaceAll(*said, {{"\n", "\n    "}}))));
}

void Log::TakeLibraryLines() {
  library_log = this;
  gpr_set_log_function(TakeGrpcLine);
}

}  // namespace causeway::daemon
