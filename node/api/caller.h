// SPDX-License-Identifier: Apache-2.0
// Who calls, and which method is for whom. A method that is not in the table is for nobody.
#ifndef CAUSEWAY_NODE_API_CALLER_H_
#define CAUSEWAY_NODE_API_CALLER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "causeway/v1/parties.pb.h"
#include "ledger/base/identifiers.h"
#include "node/ledger/node_ledger.h"

namespace grpc {
class ServerContext;
}

namespace causeway::api {

// Where a call came in.
enum class Listener {
  // Mutual TLS: the caller is the party whose registered key its certificate carries.
  kClients,
  // Loopback or a Unix socket: the machine's operator.
  kOperators,
};

struct Caller {
  Listener listener = Listener::kClients;
  // Of clients: the party's LEI, its key, and what the officer who holds it may sign for now.
  std::string party;
  KeyId key;
  std::vector<v1::OfficerRole> roles;
};

// What a method asks of its caller.
struct MethodRule {
  // "/causeway.v1.QueryService/GetRecord".
  const char* method;
  bool clients;
  bool operators;
};
const std::vector<MethodRule>& MethodRules();

struct RateLimit {
  uint32_t calls_per_second;
  uint32_t burst;
};

// Lets calls in: knows the caller, asks the table, counts the party's calls, and logs whom it turns away.
//
// Thread safety: any thread.
class Gate {
 public:
  Gate(const node_ledger::NodeLedger& ledger, RateLimit limit, std::function<void(const std::string&)> log)
      : ledger_(ledger), limit_(limit), log_(std::move(log)) {}

  // UNAUTHENTICATED: no certificate, or a key of nobody. PERMISSION_DENIED: not for this caller. RESOURCE_EXHAUSTED:
  // too many calls.
  absl::StatusOr<Caller> Enter(const grpc::ServerContext& context, absl::string_view method, Listener listener);

  // Whether the table lets a listener's callers call the method.
  static bool Allows(absl::string_view method, Listener listener);

 private:
  struct Bucket {
    double calls;
    int64_t filled_us;
  };

  absl::StatusOr<Caller> Identify(const grpc::ServerContext& context) const;
  absl::Status TakeCall(const std::string& party);
  absl::Status Deny(absl::Status status, absl::string_view method, const grpc::ServerContext& context) const;

  const node_ledger::NodeLedger& ledger_;
  const RateLimit limit_;
  const std::function<void(const std::string&)> log_;
  absl::Mutex mutex_;
  std::map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_CALLER_H_
