// SPDX-License-Identifier: Apache-2.0
// A node that says what a test tells it to say, behind the real transport: TLS on loopback, certificates of one
// authority. Each call is handed to a function of the test's; calls without one end with UNIMPLEMENTED.
#ifndef CAUSEWAY_TESTS_UNIT_NODE_CLIENT_FAKE_NODE_H_
#define CAUSEWAY_TESTS_UNIT_NODE_CLIENT_FAKE_NODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"

#include "causeway/v1/node_service.pb.h"
#include "causeway/v1/query_service.pb.h"
#include "causeway/v1/submission_service.pb.h"
#include "ledger/crypto/signer.h"
#include "node/client/context.h"
#include "tests/support/temporary_directory.h"

namespace causeway::testing {

// The certificates of a network, and a context of one party and the nodes that were added.
class FakeNetwork {
 public:
  FakeNetwork();
  const std::string& authority() const { return authority_; }
  const crypto::PrivateKey& authority_key() const { return authority_key_; }
  // A name that nothing listens on any more.
  void AddDeadNode();
  void AddNode(const std::string& address);
  client::Context context() const { return context_; }

 private:
  const TemporaryDirectory files_;
  crypto::PrivateKey authority_key_;
  std::string authority_;
  client::Context context_;
};

class FakeNode {
 public:
  struct Script {
    std::function<absl::Status(const std::string& envelope, v1::SubmitTransactionResponse* response)> submit;
    std::function<absl::Status(const v1::GetReceiptRequest& request, v1::GetReceiptResponse* response)> receipt;
    // Tells by `tell`, which is false where the reader has left.
    std::function<absl::Status(const v1::WatchEventsRequest& request,
                               const std::function<bool(const v1::WatchEventsResponse&)>& tell)>
        watch;
    std::function<absl::Status(v1::GetStatusResponse* response)> status = nullptr;
  };
  // Listens, and is added to the network's context.
  FakeNode(FakeNetwork& network, Script script);
  ~FakeNode();
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

 private:
  class Services;
  std::unique_ptr<Services> services_;
};

// A refusal as a node sends it: with a reason and a field's violation.
absl::Status Refusal(absl::StatusCode code, const std::string& reason, const std::string& field);

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_NODE_CLIENT_FAKE_NODE_H_
