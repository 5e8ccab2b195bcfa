// SPDX-License-Identifier: Apache-2.0
// A development network of real processes in a directory of its own.
//
//   TEST_F(NetworkFixture, FourAgree) {
//     LayOut(4);
//     StartAll();
//     ASSERT_TRUE(UntilReady(1));
//     …
//
// Nodes are numbered from 1, as their folders are. What still runs at the end is killed; after a failure the logs' last
// lines are shown. Waits are for conditions and end after kPatience.
#ifndef CAUSEWAY_TESTS_NETWORK_NETWORK_FIXTURE_H_
#define CAUSEWAY_TESTS_NETWORK_NETWORK_FIXTURE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "causeway/v1/node_service.pb.h"
#include "causeway/v1/operation.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/chain/transaction_builder.h"
#include "node/client/client.h"
#include "node/client/context.h"
#include "node/layout/layout.h"

namespace causeway::testing {

inline constexpr absl::Duration kPatience = absl::Seconds(60);

// Until the condition holds; false after `patience`.
bool Until(const std::function<bool()>& condition, absl::Duration patience = kPatience);

// A child process whose standard error goes to a file. It dies with the test.
class ChildProcess {
 public:
  ChildProcess(const std::vector<std::string>& arguments, const std::string& log_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Signal(int number);
  // The code that it ended with, or minus the signal that ended it; nothing where it does not end in time.
  std::optional<int> Wait(absl::Duration patience = kPatience);
  bool Running();

 private:
  pid_t pid_ = -1;
  std::optional<int> end_;
};

class NetworkFixture : public ::testing::Test {
 protected:
  NetworkFixture();
  ~NetworkFixture() override;

  // A network beneath the test's directory; `name` tells several apart.
  layout::NetworkDirectory LayOutNamed(const std::string& name, uint32_t validators);
  // The network that the functions below speak of.
  void LayOut(uint32_t validators);
  uint32_t size() const { return static_cast<uint32_t>(network_.nodes.size()); }

  void Start(uint32_t node);
  void StartAll();
  void Kill9(uint32_t node);
  // SIGTERM; the exit code.
  std::optional<int> Stop(uint32_t node);
  ChildProcess& process(uint32_t node) { return *processes_.at(node); }
  // Runs causewayd to its end, with its arguments: the exit code, and what it wrote.
  struct Ended {
    std::optional<int> code;
    std::string output;
  };
  Ended RunToEnd(const std::vector<std::string>& arguments);
  Ended RunConfig(const std::string& config_file) { return RunToEnd({"--config", config_file}); }

  absl::StatusOr<v1::GetStatusResponse> StatusOf(uint32_t node) const;
  // Until it says that it is ready, and has this height at least.
  ::testing::AssertionResult UntilReady(uint32_t node, uint64_t height = 0);
  ::testing::AssertionResult UntilAllReady(uint64_t height = 0);
  std::string LogOf(uint32_t node) const;

  // A client of a party that asks this node first, or it alone.
  std::unique_ptr<client::Client> ClientOf(const std::string& party, uint32_t node, bool only = false) const;
  // An account of the party's, opened by two of its officers under an id of its own.
  chain::SignedTransaction OpenAccountTransaction(const std::string& party, const std::string& label) const;

  const std::string directory_;
  layout::NetworkDirectory network_;
  client::Context context_;

 private:
  std::string LogFile(uint32_t node) const;

  std::map<uint32_t, std::unique_ptr<ChildProcess>> processes_;
  uint32_t runs_ = 0;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_NETWORK_NETWORK_FIXTURE_H_
