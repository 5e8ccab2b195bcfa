// SPDX-License-Identifier: Apache-2.0
// What the services of one server share, and how they are made; inside this folder. gRPC headers stay in sources.
#ifndef CAUSEWAY_NODE_API_SERVICES_H_
#define CAUSEWAY_NODE_API_SERVICES_H_

#include <memory>

#include "absl/status/status.h"

#include "node/api/api_server.h"
#include "node/api/caller.h"
#include "node/api/finality.h"

namespace grpc {
class Service;
class Status;
}  // namespace grpc

namespace causeway::api {

struct Shared {
  ApiOptions options;
  ApiParts parts;
  Gate gate;
  // The ledger tells it of blocks after the server has gone, too.
  const std::shared_ptr<Finality> finality;

  Shared(const ApiOptions& api_options, ApiParts api_parts);
};

// With the details that the status carries (errors.h).
grpc::Status ToGrpc(const absl::Status& status);

std::unique_ptr<grpc::Service> MakeSubmissionService(Shared* shared);
std::unique_ptr<grpc::Service> MakeNodeService(Shared* shared, Listener listener);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_SERVICES_H_
