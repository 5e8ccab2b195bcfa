// SPDX-License-Identifier: Apache-2.0
// The pages that a node shows to the machine's tools (node/metrics/http_listener.h): `/livez` says whether it should be
// restarted, `/readyz` whether it should be sent work, check by check with `?verbose`, `/metrics` what is measured.
#ifndef CAUSEWAY_NODE_DAEMON_PAGES_H_
#define CAUSEWAY_NODE_DAEMON_PAGES_H_

#include <functional>
#include <string>
#include <vector>

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/receipt.pb.h"
#include "node/daemon/status.h"
#include "node/metrics/http_listener.h"
#include "node/metrics/metrics.h"

namespace causeway::daemon {

// Called on threads of the listener.
struct PageParts {
  std::function<NodeFacts()> facts;
  std::function<metrics::Readings()> readings;
  // The process's main thread goes its rounds.
  std::function<bool()> is_turning;
};

// `genesis` and `metrics` outlive the pages; without metrics there is no page of them.
metrics::HttpListener::Pages MakePages(const v1::Genesis& genesis, metrics::Metrics* metrics, PageParts parts);

// What metrics count a final transaction as: APPLIED, HELD_FOR_REVIEW, or the number of the first reason for which one
// of its operations was refused.
std::string TransactionCode(const std::vector<v1::OperationResult>& results);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_PAGES_H_
