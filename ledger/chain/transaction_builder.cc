// SPDX-License-Identifier: Apache-2.0

#include "ledger/chain/transaction_builder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/sha256.h"

namespace causeway::chain {
namespace {

struct PreparedBody {
  v1::Body body;
  Hash id;
  std::string preimage;
};

absl::StatusOr<PreparedBody> Prepare(absl::string_view bytes) {
  CAUSEWAY_ASSIGN_OR_RETURN(v1::Body body, codec::ParseCanonical<v1::Body>(bytes));
  const std::optional<Hash> chain_id = Hash::FromBytes(body.chain_id());
  if (!chain_id) return absl::InvalidArgumentError("chain_id: missing");
  const Hash id = crypto::Sha256(bytes);
  return PreparedBody{std::move(body), id, crypto::TransactionPreimage(*chain_id, id)};
}

// The envelope with the signatures in the order of their keys.
absl::StatusOr<std::string> Assemble(std::string body, const std::map<std::string, std::string>& signatures) {
  v1::Envelope envelope;
  envelope.set_body(std::move(body));
  for (const auto& [key_id, bytes] : signatures) {
    v1::Signature* signature = envelope.add_signatures();
    signature->set_key_id(key_id);
    signature->set_signature(bytes);
  }
  return codec::TrySerializeCanonical(envelope);
}

}  // namespace

TransactionBuilder::TransactionBuilder(const Hash& chain_id, std::string party)
    : chain_id_(chain_id), party_(std::move(party)) {}

TransactionBuilder& TransactionBuilder::set_id(const ClientTransactionId& id) {
  id_ = id.ToString();
  return *this;
}

TransactionBuilder& TransactionBuilder::set_valid_until(Instant valid_until) {
  valid_until_us_ = valid_until.micros();
  return *this;
}

TransactionBuilder& TransactionBuilder::Add(v1::Operation operation, bool linked) {
  operation.set_linked(linked);
  operations_.push_back(std::move(operation));
  return *this;
}

TransactionBuilder& TransactionBuilder::AddSigner(std::shared_ptr<const crypto::Signer> signer) {
  signers_.push_back(std::move(signer));
  return *this;
}

TransactionBuilder& TransactionBuilder::AddKey(const crypto::PublicKey& key) {
  other_keys_.push_back(crypto::KeyIdOf(key));
  return *this;
}

absl::StatusOr<std::string> TransactionBuilder::Body() const {
  if (id_.empty()) return absl::InvalidArgumentError("id: missing");
  if (valid_until_us_ == 0) return absl::InvalidArgumentError("valid_until_us: missing");
  std::set<KeyId> keys(other_keys_.begin(), other_keys_.end());
  for (const auto& signer : signers_) keys.insert(crypto::KeyIdOf(signer->public_key()));

  v1::Body body;
  body.set_chain_id(chain_id_.ToString());
  body.set_party(party_);
  body.set_id(id_);
  body.set_valid_until_us(valid_until_us_);
  body.set_admission(v1::ADMISSION_NONE);
  for (const KeyId& key : keys) body.add_key_ids(key.ToString());
  for (const v1::Operation& operation : operations_) *body.add_operations() = operation;
  return codec::TrySerializeCanonical(body);
}

absl::StatusOr<SignedTransaction> TransactionBuilder::Sign() const {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string body, Body());
  CAUSEWAY_ASSIGN_OR_RETURN(const PreparedBody prepared, Prepare(body));
  std::map<std::string, std::string> signatures;
  for (const auto& signer : signers_) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::string signature, signer->Sign(prepared.preimage));
    signatures.emplace(crypto::KeyIdOf(signer->public_key()).ToString(), std::move(signature));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::string envelope, Assemble(std::move(body), signatures));
  return SignedTransaction{std::move(envelope), prepared.id};
}

absl::StatusOr<std::string> SigningPreimageOf(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(PreparedBody prepared, Prepare(body));
  return std::move(prepared.preimage);
}

absl::StatusOr<SignedTransaction> AttachSignature(absl::string_view envelope_bytes, const crypto::PublicKey& key,
                                                  absl::string_view signature) {
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Envelope envelope, codec::ParseCanonical<v1::Envelope>(envelope_bytes));
  CAUSEWAY_ASSIGN_OR_RETURN(const PreparedBody prepared, Prepare(envelope.body()));
  const KeyId key_id = crypto::KeyIdOf(key);
  const auto& listed = prepared.body.key_ids();
  if (std::find(listed.begin(), listed.end(), key_id.ToString()) == listed.end())
    return absl::InvalidArgumentError(
        absl::StrCat("the transaction does not list key ", key_id.ToHex(), " as a signer"));
  if (!crypto::Verify(key, prepared.preimage, signature))
    return absl::InvalidArgumentError(
        absl::StrCat("the signature is not key ", key_id.ToHex(), "'s over this transaction"));
  std::map<std::string, std::string> signatures;
  for (const v1::Signature& present : envelope.signatures()) signatures.emplace(present.key_id(), present.signature());
  signatures[key_id.ToString()] = std::string(signature);
  CAUSEWAY_ASSIGN_OR_RETURN(std::string bytes, Assemble(envelope.body(), signatures));
  return SignedTransaction{std::move(bytes), prepared.id};
}

}  // namespace causeway::chain
