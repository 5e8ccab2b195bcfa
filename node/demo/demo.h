// SPDX-License-Identifier: Apache-2.0
// The main job: a network of four nodes as processes of this machine, a fund's dealing days on it, and the audit after
// them. `causeway demo` runs it.
#ifndef CAUSEWAY_NODE_DEMO_DEMO_H_
#define CAUSEWAY_NODE_DEMO_DEMO_H_

#include <string>

#include "absl/status/statusor.h"

#include "node/demo/summary.h"

namespace causeway::demo {

struct DemoOptions {
  // deploy/demo-data, or what its generator wrote elsewhere.
  std::string input;
  // Where the network's directory goes; must be absent or empty.
  std::string directory;
  // The program of a node.
  std::string causewayd;
  // Wait for the return key before each chapter.
  bool step = false;
};

// An error is what kept the story from being told; a run that was told to its end and is not as it must be says so in
// Summary::Defects.
absl::StatusOr<Summary> RunDemo(const DemoOptions& options);

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_DEMO_H_
