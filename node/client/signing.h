// SPDX-License-Identifier: Apache-2.0
// Transactions signed with the keys of a context.
#ifndef CAUSEWAY_NODE_CLIENT_SIGNING_H_
#define CAUSEWAY_NODE_CLIENT_SIGNING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/operation.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/transaction_builder.h"
#include "ledger/crypto/signer.h"
#include "node/client/context.h"

namespace causeway::client {

// Opens an officer's key file. FAILED_PRECONDITION where the key is not the one that the context names.
absl::StatusOr<std::shared_ptr<const crypto::Signer>> OpenSigner(const ContextOfficer& officer,
                                                                 absl::string_view passphrase);

// 16 random bytes.
ClientTransactionId FreshTransactionId();

struct SigningOptions {
  // Slugs.
  std::vector<std::string> officers;
  ClientTransactionId id = FreshTransactionId();
  Instant valid_until;
  std::string passphrase = {};
};

// A transaction of the party, signed by its officers. Operations that are `linked` stand or fall with the next.
absl::StatusOr<chain::SignedTransaction> SignOperations(const Hash& chain_id, const ContextParty& party,
                                                        const std::vector<v1::Operation>& operations,
                                                        const SigningOptions& options);

}  // namespace causeway::client

#endif  // CAUSEWAY_NODE_CLIENT_SIGNING_H_
