// SPDX-License-Identifier: Apache-2.0
// A model comes to judge movements, and holds some: what compliance sees of them, and what the customer does.
#ifndef CAUSEWAY_NODE_DEMO_POLICY_STORY_H_
#define CAUSEWAY_NODE_DEMO_POLICY_STORY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "node/demo/demo_data.h"
#include "node/demo/narrator.h"
#include "node/demo/network.h"
#include "node/demo/summary.h"

namespace causeway::demo {

class PolicyStory {
 public:
  // `folder`: the input's; the model is in its model/.
  PolicyStory(const PolicyData& data, std::string folder, Network& network, Narrator& narrator)
      : data_(data), folder_(std::move(folder)), network_(network), narrator_(narrator) {}

  // Registers, validates and binds the model, in shadow.
  absl::Status Bind();
  // Half of the ordinary movements, on which the model says what it would have done.
  absl::Status MoveInShadow(bool first_half);
  absl::Status Promote();
  // Movements until two are held; one is released by two compliance officers, the other refused.
  absl::Status HoldAndDecide(Summary& summary);

 private:
  struct Held {
    std::string transaction_id;  // hexadecimal
    uint64_t height;
  };

  // As after a height, which the owner's node may have yet to reach.
  absl::StatusOr<std::vector<std::string>> OpenCases(uint64_t height);
  absl::Status ShowToCompliance(const std::string& case_id, const Held& held);
  absl::Status ShowToCustomer(const Held& held);
  absl::Status Decide(const std::string& case_id, bool release);

  const PolicyData& data_;
  const std::string folder_;
  Network& network_;
  Narrator& narrator_;
};

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_POLICY_STORY_H_
