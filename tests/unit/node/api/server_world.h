// SPDX-License-Identifier: Apache-2.0
// The small market behind a real server: TLS on loopback, certificates over the officers' registered keys, and the
// client that everybody uses. Blocks are made by the test.
#ifndef CAUSEWAY_TESTS_UNIT_NODE_API_SERVER_WORLD_H_
#define CAUSEWAY_TESTS_UNIT_NODE_API_SERVER_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "ledger/chain/transaction_builder.h"
#include "ledger/crypto/signer.h"
#include "node/api/api_server.h"
#include "node/client/client.h"
#include "tests/unit/node/api/api_world.h"

namespace causeway::testing {

class ServerWorld : public ApiWorld {
 protected:
  ServerWorld();
  ~ServerWorld() override;

  // Again with other limits.
  void StartServer(const api::ApiLimits& limits);

  // A client that shows a certificate over the key with this label ("LEI/officer-1"), signed by the network's
  // authority, or by another.
  std::unique_ptr<client::Client> ClientWith(const std::string& key_label, bool foreign_authority = false);
  std::unique_ptr<client::Client> ClientOf(const std::string& lei) { return ClientWith(lei + "/officer-1"); }
  // What a client shows, as PEM.
  struct Identity {
    std::string certificate;
    std::string private_key;
  };
  Identity IdentityOf(const std::string& key_label, bool foreign_authority = false) const;

  // A transaction that opens an account of the party; signed by its officers 1 and 2.
  chain::SignedTransaction OpenAccount(const std::string& party, const std::string& label,
                                       const std::string& id_label = "") const;
  chain::TransactionBuilder Builder(const std::string& party, const std::string& id_label) const;
  static std::shared_ptr<const crypto::Signer> SignerFor(const std::string& key_label);

  // A fresh certificate of the server's; for clients of the other authority.
  api::ServerTls ServerTlsFor(bool foreign_clients) const;

  std::vector<std::string> Log() const;
  // "NodeService/GetStatus OK", each call that was answered.
  std::vector<std::string> Handled() const;
  bool LogSays(const std::string& text) const;
  // Batches of envelopes that were handed to the peers.
  std::vector<std::vector<std::string>> Gossip() const;
  client::ContextNode NodeAddress() const;
  const std::string& authority() const { return authority_; }
  std::string operators_socket() const { return files_.Path("operators.sock"); }
  api::ApiServer& server() { return *server_; }

 private:
  TemporaryDirectory files_;
  crypto::PrivateKey authority_key_;
  crypto::PrivateKey foreign_key_;
  std::string authority_;
  std::string foreign_authority_;
  mutable absl::Mutex mutex_;
  std::vector<std::string> log_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> handled_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::vector<std::string>> gossip_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<api::ApiServer> server_;
  int clients_ = 0;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_NODE_API_SERVER_WORLD_H_
