// SPDX-License-Identifier: Apache-2.0
// The nodes of a laid-out network directory as processes of this machine: for `causeway devnet`, the demo and tests.
//
// Each node is a child of this process with a process group of its own, so that Ctrl-C reaches this program alone, and
// with its output in DIR/node-N/causewayd.log. Where this process ends by whatever means, the kernel tells its children
// to end (the thread that started them must live as long as they do).
// Thread safety: none.
#ifndef CAUSEWAY_NODE_PROCESSES_NETWORK_PROCESSES_H_
#define CAUSEWAY_NODE_PROCESSES_NETWORK_PROCESSES_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "node/client/context.h"

namespace causeway::processes {

// `causewayd` beside the running program, or where the build puts it. NOT_FOUND says where it was looked for.
absl::StatusOr<std::string> FindCausewayd();

class NetworkProcesses {
 public:
  // Starts every node of the directory. `causewayd`: the program. UNAVAILABLE where one of them runs already: nothing
  // is started.
  static absl::StatusOr<std::unique_ptr<NetworkProcesses>> Start(const std::string& directory,
                                                                 const std::string& causewayd);
  // StopAll, if it was not called.
  ~NetworkProcesses();
  NetworkProcesses(const NetworkProcesses&) = delete;
  NetworkProcesses& operator=(const NetworkProcesses&) = delete;

  size_t size() const { return nodes_.size(); }
  const client::Context& context() const { return context_; }
  // Process id; 0 where it does not run.
  pid_t pid(size_t node) const { return nodes_[node].pid; }
  const std::string& log_file(size_t node) const { return nodes_[node].log_file; }

  // Until every running node says that it is ready. DEADLINE_EXCEEDED says which is not, and why; ABORTED where one has
  // ended, with the end of its log. `idle` is called between looks and ends the wait with CANCELLED by false.
  absl::Status WaitReady(uint32_t patience_ms, const std::function<bool()>& idle = nullptr);
  // The same of one node.
  absl::Status WaitReady(size_t node, uint32_t patience_ms);

  // SIGKILL, as a power cut of the process; returns when it is gone. FAILED_PRECONDITION where it does not run.
  absl::Status Kill9(size_t node);
  // Starts a node that does not run.
  absl::Status Restart(size_t node);
  // SIGTERM to all, and SIGKILL to those that still run after a while: then DEADLINE_EXCEEDED. ABORTED names those that
  // did not end in order.
  absl::Status StopAll();

  // "ended with 2", "was killed by signal 9": of a node that was running and is not; empty while it runs.
  std::string HowEnded(size_t node);
  // The last lines of its log.
  std::string LogTail(size_t node) const;

 private:
  struct Node {
    std::string name;
    std::string config_file;
    std::string log_file;
    pid_t pid = 0;
    std::string how_ended;
    bool in_order = true;
  };

  NetworkProcesses(client::Context context, std::string causewayd)
      : context_(std::move(context)), causewayd_(std::move(causewayd)) {}

  absl::Status Spawn(Node& node);
  // Collects its status if it has ended; `block`: waits for it.
  void Reap(Node& node, bool block);
  // OK: ready. UNAVAILABLE: not yet, and why.
  absl::Status LookAt(size_t node);
  absl::Status WaitFor(const std::vector<size_t>& waiting, uint32_t patience_ms, const std::function<bool()>& idle);

  client::Context context_;
  std::string causewayd_;
  std::vector<Node> nodes_;
};

}  // namespace causeway::processes

#endif  // CAUSEWAY_NODE_PROCESSES_NETWORK_PROCESSES_H_
