// SPDX-License-Identifier: Apache-2.0
#include "node/client/signing.h"

#include <sys/random.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/signature.h"

namespace causeway::client {

absl::StatusOr<std::shared_ptr<const crypto::Signer>> OpenSigner(const ContextOfficer& officer,
                                                                 absl::string_view passphrase) {
  // Whether keys may lie in the clear is the network's question; a client signs with what its owner gives it.
  CAUSEWAY_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                            crypto::ReadKeyFile(officer.key_file, passphrase, crypto::PlaintextKeys::kAllow));
  const KeyId id = crypto::KeyIdOf(key.public_key());
  if (id.ToHex() != officer.key_id)
    return absl::FailedPreconditionError(absl::StrCat(officer.key_file, " holds the key ", id.ToHex(),
                                                      ", and the context names ", officer.key_id, " for ",
                                                      officer.slug));
  return std::shared_ptr<const crypto::Signer>(crypto::MakeSigner(std::move(key)));
}

ClientTransactionId FreshTransactionId() {
  std::string bytes(ClientTransactionId::kSize, '\0');
  CAUSEWAY_CHECK(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return *ClientTransactionId::FromBytes(bytes);
}

absl::StatusOr<chain::SignedTransaction> SignOperations(const Hash& chain_id, const ContextParty& party,
                                                        const std::vector<v1::Operation>& operations,
                                                        const SigningOptions& options) {
  if (options.officers.empty())
    return absl::InvalidArgumentError(absl::StrCat("no officer of ", party.slug, " is named to sign"));
  chain::TransactionBuilder builder(chain_id, party.lei);
  builder.set_id(options.id).set_valid_until(options.valid_until);
  for (const v1::Operation& operation : operations) builder.Add(operation, operation.linked());
  for (const std::string& slug : options.officers) {
    CAUSEWAY_ASSIGN_OR_RETURN(const ContextOfficer* const officer, party.FindOfficer(slug));
    CAUSEWAY_ASSIGN_OR_RETURN(std::shared_ptr<const crypto::Signer> signer, OpenSigner(*officer, options.passphrase));
    builder.AddSigner(std::move(signer));
  }
  return builder.Sign();
}

}  // namespace causeway::client
