// SPDX-License-Identifier: Apache-2.0
//
// How a client makes a transaction: operations, party, signers and an end of validity become the exact bytes of an
// envelope. For the command line, the demo and tests; a node never builds one.
//
//   TransactionBuilder builder(chain_id, "529900T8BM49AURSDO55");
//   builder.set_id(id).set_valid_until(until).AddSigner(signer).Add(operation);
//   CAUSEWAY_ASSIGN_OR_RETURN(const SignedTransaction signed_transaction, builder.Sign());
//
// Nothing here reads a clock or makes an id up: the same inputs give the same body.

#ifndef CAUSEWAY_LEDGER_CHAIN_TRANSACTION_BUILDER_H_
#define CAUSEWAY_LEDGER_CHAIN_TRANSACTION_BUILDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/operation.pb.h"
#include "causeway/v1/transaction.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/crypto/signature.h"
#include "ledger/crypto/signer.h"

namespace causeway::chain {

struct SignedTransaction {
  // The exact bytes to submit.
  std::string envelope;
  // SHA-256 of the body: what a receipt is asked by.
  Hash id;
};

class TransactionBuilder {
 public:
  TransactionBuilder(const Hash& chain_id, std::string party);

  // Required: unique within the party until valid_until has passed.
  TransactionBuilder& set_id(const ClientTransactionId& id);
  // Required.
  TransactionBuilder& set_valid_until(Instant valid_until);
  // `linked`: stands or falls with the next operation.
  TransactionBuilder& Add(v1::Operation operation, bool linked = false);
  // A key that signs now. In any order.
  TransactionBuilder& AddSigner(std::shared_ptr<const crypto::Signer> signer);
  // A key that signs elsewhere: its id is listed in the body, and its signature must be attached with AttachSignature.
  TransactionBuilder& AddKey(const crypto::PublicKey& key);

  size_t operation_count() const { return operations_.size(); }

  // The canonical body. INVALID_ARGUMENT with the field's path where there is none.
  absl::StatusOr<std::string> Body() const;
  // The envelope with the signatures of all signers; those of keys added by AddKey are missing.
  absl::StatusOr<SignedTransaction> Sign() const;

 private:
  Hash chain_id_;
  std::string party_;
  std::string id_;
  uint64_t valid_until_us_ = 0;
  std::vector<v1::Operation> operations_;
  std::vector<std::shared_ptr<const crypto::Signer>> signers_;
  std::vector<KeyId> other_keys_;
};

// The body's id and what its keys sign, for signing offline. `body` must be canonical.
absl::StatusOr<std::string> SigningPreimageOf(absl::string_view body);

// Adds (or replaces) the signature of one listed key to an envelope whose signatures may be incomplete.
// INVALID_ARGUMENT where the body does not list the key or the signature does not verify.
absl::StatusOr<SignedTransaction> AttachSignature(absl::string_view envelope, const crypto::PublicKey& key,
                                                  absl::string_view signature);

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_TRANSACTION_BUILDER_H_
