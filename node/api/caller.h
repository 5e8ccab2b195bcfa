// SPDX-License-Identifier: Apache-2.0
// Who calls, and which method is for whom. A method that is not in the table is for nobody.
#ifndef CAUSEWAY_NODE_API_CALLER_H_
#define CAUSEWAY_NODE_API_CALLER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "causeway/v1/parties.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
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
  // `block_time_now`: whether a key is in its time. `monotonic_us`: what calls a second are measured by, for tests;
  // null: the machine's, which no correction of its clock moves.
  Gate(const node_ledger::NodeLedger& ledger, RateLimit limit, std::function<Instant()> block_time_now,
       std::function<void(const std::string&)> log, std::function<int64_t()> monotonic_us = nullptr);

  // UNAUTHENTICATED: no certificate, a key of nobody, or one that does not sign now. PERMISSION_DENIED: not for this
  // caller. RESOURCE_EXHAUSTED: too many calls. Each with its ApiReason (errors.h).
  absl::StatusOr<Caller> Enter(const grpc::ServerContext& context, absl::string_view method, Listener listener);

  // Counts `calls` more against the caller's party, for a call that costs as many. More than the burst take all of it.
  absl::Status Charge(const Caller& caller, uint32_t calls);
  // Counts `calls` against a party for work that is done already, whatever it has left: what it owes, the burst at
  // most, is waited for before its next call.
  void Owe(const std::string& party, uint64_t calls);

  // Whether the table lets a listener's callers call the method.
  static bool Allows(absl::string_view method, Listener listener);

 private:
  struct Bucket {
    double calls;
    int64_t filled_us;
  };

  absl::StatusOr<Caller> Identify(const grpc::ServerContext& context);
  absl::StatusOr<KeyId> KeyOf(const std::string& certificate);
  // The party's, with what has come in since it was last looked at.
  Bucket& BucketOf(const std::string& party) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Deny(absl::Status status, absl::string_view method, const grpc::ServerContext& context) const;

  const node_ledger::NodeLedger& ledger_;
  const RateLimit limit_;
  const std::function<Instant()> block_time_now_;
  const std::function<void(const std::string&)> log_;
  const std::function<int64_t()> monotonic_us_;
  absl::Mutex mutex_;
  // Of registered parties only, so it is bounded.
  std::map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
  // Certificates that were read before: what they say does not change, whose their keys are does.
  std::map<std::string, KeyId> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_CALLER_H_
