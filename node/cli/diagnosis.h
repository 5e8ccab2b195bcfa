// SPDX-License-Identifier: Apache-2.0
// What several nodes' answers tell together that none of them tells alone.
#ifndef CAUSEWAY_NODE_CLI_DIAGNOSIS_H_
#define CAUSEWAY_NODE_CLI_DIAGNOSIS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/node_service.pb.h"
#include "ledger/base/identifiers.h"

namespace causeway::cli {

struct NodeAnswer {
  std::string name;
  absl::StatusOr<v1::GetStatusResponse> status;
};

struct Diagnosis {
  // A sentence each, most urgent first.
  std::vector<std::string> problems;
  // What is well.
  std::vector<std::string> notes;
  size_t reached = 0;
};

// A node that is behind the furthest by more blocks than this is said to lag.
inline constexpr uint64_t kLagBlocks = 20;
// Less than this free on a node's disk is said.
inline constexpr uint64_t kDiskFreeBytes = uint64_t{2} << 30;

Diagnosis Diagnose(const std::vector<NodeAnswer>& answers, const Hash& chain_id);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_DIAGNOSIS_H_
