// SPDX-License-Identifier: Apache-2.0
// A running network as the demo's institutions use it: each with its own certificate and keys, and all nodes' clocks
// moved together.
#ifndef CAUSEWAY_NODE_DEMO_NETWORK_H_
#define CAUSEWAY_NODE_DEMO_NETWORK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "causeway/v1/operation.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "node/client/client.h"
#include "node/client/context.h"

namespace causeway::demo {

// Between two looks at what a node is about to know.
inline constexpr absl::Duration kBetweenLooks = absl::Milliseconds(20);

class Network {
 public:
  // `context_file`: DIR/client/context.json.
  static absl::StatusOr<std::unique_ptr<Network>> Open(const std::string& context_file, const Hash& chain_id,
                                                       Instant now);

  const client::Context& context() const { return context_; }
  // The client of a party, by slug; it stays open.
  absl::StatusOr<client::Client*> ClientOf(const std::string& party);

  // One transaction of a party, signed by its officers; returns its receipt.
  absl::StatusOr<v1::TransactionReceipt> Run(const std::string& party, const std::vector<std::string>& officers,
                                             const std::vector<v1::Operation>& operations);
  // The same; an operation that is not applied is an error that names it and its reasons.
  absl::Status MustApply(const std::string& party, const std::vector<std::string>& officers,
                         const std::vector<v1::Operation>& operations);

  // Stops block time at this instant on every node that is up.
  absl::Status AdvanceTo(Instant instant);
  Instant now() const { return now_; }
  // A node that was killed, or is back: its clock is set when it is.
  void SetDown(size_t node, bool down);

  uint64_t operations() const { return operations_; }

 private:
  Network(client::Context context, const Hash& chain_id, Instant now);

  const client::Context context_;
  const Hash chain_id_;
  Instant now_;
  std::set<size_t> down_;
  std::map<std::string, std::unique_ptr<client::Client>> clients_;
  uint64_t operations_ = 0;
};

// "dealing.CUTO {order for 2026-03-02, …}": each reason of a result with its parameters.
std::string DescribeReasons(const v1::OperationResult& result);

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_NETWORK_H_
