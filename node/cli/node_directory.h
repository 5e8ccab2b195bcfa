// SPDX-License-Identifier: Apache-2.0
// What lies in a node's directory, for the verbs that read it without the node.
#ifndef CAUSEWAY_NODE_CLI_NODE_DIRECTORY_H_
#define CAUSEWAY_NODE_CLI_NODE_DIRECTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "causeway/v1/bundle.pb.h"
#include "causeway/v1/genesis.pb.h"
#include "ledger/store/store.h"
#include "node/cli/session.h"

namespace causeway::cli {

// `data` is a node's directory (…/node-1, its store in db/) or a store's itself.
std::string StoreDirectoryOf(const std::string& data);

// The file that was named, or genesis.json beside the node's directory, or in it.
absl::StatusOr<v1::Genesis> GenesisFor(Session& session, const std::string& data, const std::string& named);

// The file that was named, or keys/confidentiality.key of the node's directory where it is there; empty for none.
std::string ConfidentialityKeyFileFor(const std::string& data, const std::string& named);

// Opened for reading only; nothing in it is changed.
absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const std::string& data);

// A certified head as `audit head` writes it, or its canonical bytes.
absl::StatusOr<v1::CertifiedHeader> ReadCertifiedHead(Session& session, const std::string& path);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_NODE_DIRECTORY_H_
