// SPDX-License-Identifier: Apache-2.0
// A network under load, whose clients remember what they were told.
#ifndef CAUSEWAY_TESTS_NETWORK_LOADED_NETWORK_H_
#define CAUSEWAY_TESTS_NETWORK_LOADED_NETWORK_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "tests/network/network_fixture.h"

namespace causeway::testing {

class LoadedNetwork : public NetworkFixture {
 protected:
  ~LoadedNetwork() override { StopLoad(); }

  // So many clients that open one account after the other, each from a node of its own as long as that answers.
  void StartLoad(uint32_t clients = 3);
  void StopLoad();

  size_t receipts() const;
  // The newest height that a client knows to be final.
  uint64_t height() const;
  // From submission to the receipt, of those since the last call, ascending.
  std::vector<absl::Duration> TakeLatencies();
  // Until so many more transactions have their receipts.
  bool UntilMore(size_t count, absl::Duration patience = 2 * kPatience);
  size_t Random(size_t least, size_t most) { return std::uniform_int_distribution<size_t>(least, most)(random_); }

  // Ends the load and the nodes; every receipt is on every node, and all have the same blocks, byte for byte.
  void ExpectNothingIsLost();

  // A seed that fails is printed, and goes through the same choices again.
  const uint32_t seed_;
  std::mt19937 random_;

  LoadedNetwork();

 private:
  void ExpectEveryReceiptEverywhere();
  void ExpectTheSameBlocks();

  std::atomic<bool> stop_ = false;
  std::vector<std::thread> load_;
  mutable absl::Mutex mutex_;
  std::map<Hash, std::string> receipts_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::Duration> latencies_ ABSL_GUARDED_BY(mutex_);
  uint64_t height_ ABSL_GUARDED_BY(mutex_) = 0;
  // So that each load opens accounts of its own.
  uint32_t loads_ = 0;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_NETWORK_LOADED_NETWORK_H_
