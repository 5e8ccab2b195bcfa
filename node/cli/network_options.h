// SPDX-License-Identifier: Apache-2.0
// Which network a verb speaks to, as whom, and what that gives it.
#ifndef CAUSEWAY_NODE_CLI_NETWORK_OPTIONS_H_
#define CAUSEWAY_NODE_CLI_NETWORK_OPTIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "ledger/crypto/secret.h"
#include "node/cli/session.h"
#include "node/client/client.h"
#include "node/client/context.h"

namespace causeway::cli {

struct NetworkOptions {
  // The context file, or the network's directory.
  std::string context = ".";
  // "party" or "party/officer".
  std::vector<std::string> as;
  // Name of a node.
  std::string node;
  // Opens the party's key files; empty: the file that the context names.
  std::string passphrase_file;
};

// --context, --as and --node. `signing`: --as names officers who sign, and --passphrase-file opens their keys.
void AddNetworkOptions(Verb verb, NetworkOptions& options, bool signing);

// Who acts: one party, and those of its officers that were named.
struct Actor {
  const client::ContextParty* party = nullptr;
  std::vector<std::string> officers;
};

// The context file: the one that is named, or client/context.json or context.json in the directory that is named.
absl::StatusOr<client::Context> OpenContext(const NetworkOptions& options);
// INVALID_ARGUMENT where --as names two parties, or one that the context does not have.
absl::StatusOr<Actor> FindActor(const client::Context& context, const std::vector<std::string>& as);
// The node that --node names; the first one otherwise.
absl::StatusOr<size_t> FindNode(const client::Context& context, const std::string& name);

struct Connection {
  client::Context context;
  Actor actor;
  // Of the party's key files; empty where none is named.
  crypto::Secret passphrase;
  std::unique_ptr<client::Client> client;
};
// Reads the context and makes a client; connects to nothing yet.
absl::StatusOr<std::unique_ptr<Connection>> Connect(Session& session, const NetworkOptions& options);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_NETWORK_OPTIONS_H_
