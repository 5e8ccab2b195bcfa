// SPDX-License-Identifier: Apache-2.0
// QueryService over gRPC: asks who calls, and hands over to Query and RunWatch.
#ifndef CAUSEWAY_NODE_API_QUERY_SERVICE_H_
#define CAUSEWAY_NODE_API_QUERY_SERVICE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "node/api/query.h"
#include "node/api/read_rules.h"
#include "node/api/watch.h"
#include "node/ledger/node_ledger.h"

namespace grpc {
class ServerContext;
class Service;
class Status;
}  // namespace grpc

namespace causeway::api {

// What the service asks of the server. Pointers outlive the service; every function may be called from any thread.
struct QueryServiceParts {
  const node_ledger::NodeLedger* ledger = nullptr;
  QueryLimits limits;
  // For watches: see WatchCalls.
  std::function<void(uint64_t height, absl::Duration timeout)> wait_for;
  std::function<bool()> is_stopping;
  // Who calls `method` ("GetRecord"), where it may; asked again during a watch. The error goes to the caller.
  std::function<absl::StatusOr<Reader>(const grpc::ServerContext& context, const char* method)> authenticate;
  // A place among the calls that may wait, until the returned object goes; RESOURCE_EXHAUSTED where there is none left.
  // Null: no bound.
  std::function<absl::StatusOr<std::shared_ptr<void>>(const Reader& reader)> begin_wait;
  // Counts so many calls more against the reader, for what an answer has cost. Null: nothing is counted.
  std::function<void(const Reader& reader, uint64_t calls)> charge;
  // An error as the clients see it. Null: code and message.
  std::function<grpc::Status(const absl::Status& status)> to_grpc;
  // A line for each denial; may be null.
  std::function<void(const std::string& line)> log;
};

std::unique_ptr<grpc::Service> MakeQueryService(QueryServiceParts parts);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_QUERY_SERVICE_H_
