// SPDX-License-Identifier: Apache-2.0
// Four loaded nodes that reach each other over links that can fail.
#ifndef CAUSEWAY_TESTS_NETWORK_FAULTY_NETWORK_H_
#define CAUSEWAY_TESTS_NETWORK_FAULTY_NETWORK_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/network/faulty_links.h"
#include "tests/network/loaded_network.h"

namespace causeway::testing {

struct Partition {
  std::string name;
  // Whether a quorum still reaches each other.
  bool goes_on;
  std::function<void(FaultyLinks&)> make;
};
// Of four nodes, one of each kind.
const std::vector<Partition>& Partitions();

class FaultyNetwork : public LoadedNetwork {
 protected:
  void StartBehindLinks();
  FaultyLinks& links() { return *links_; }

  // Every node gets beyond the newest height that there was when `fault` ended, which is now. Says how long it took.
  void ExpectAllGoOn(const std::string& fault);

 private:
  std::unique_ptr<FaultyLinks> links_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_NETWORK_FAULTY_NETWORK_H_
