// SPDX-License-Identifier: Apache-2.0
//
// A transaction as it arrived: the exact bytes, what they say, and the rules that need nothing but the bytes, the chain
// id and genesis's limits.
//
// Invariants of a Transaction: envelope and body are canonical for its protocol version; it is meant for the chain; 1
// to limits.transaction_operations operations, the last one not linked, each naming a contract; key ids ascending and
// unique; exactly one signature a key in the same order. Whether the keys are known, the signatures verify, the time
// fits and the id is free depends on a state: ledger/execution. The id is SHA-256 of the exact bytes of the body, which
// are stored and never re-serialized.

#ifndef CAUSEWAY_LEDGER_CHAIN_TRANSACTION_H_
#define CAUSEWAY_LEDGER_CHAIN_TRANSACTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/transaction.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/validity.h"

namespace causeway::chain {

// The most operations that any genesis may allow.
inline constexpr uint32_t kTransactionOperationsMax = 8192;
// The furthest that any genesis may let valid_until lie ahead of block time.
inline constexpr uint64_t kValidityMaxMicros = uint64_t{24} * 3600 * 1000 * 1000;

struct Transaction {
  // The exact bytes of the envelope.
  std::string envelope;
  // RFC 9162 leaf hash of the envelope: a leaf of the transactions root, and the name under which a verified envelope
  // is remembered (the transaction's id says nothing of its signatures).
  Hash envelope_hash;
  // SHA-256 of the body's bytes.
  Hash id;
  v1::Body body;
  ClientTransactionId client_id;
  Instant valid_until;
  // Ascending; signatures[i] is claimed to be that of key_ids[i]. Empty signatures where the envelope was read with
  // kSignaturesOptional.
  std::vector<KeyId> key_ids;
  std::vector<std::string> signatures;

  const std::string& party() const { return body.party(); }
  uint32_t operation_count() const { return static_cast<uint32_t>(body.operations_size()); }
  // What each key signs.
  std::string SigningPreimage() const;
};

enum class SignaturePresence {
  kRequired,
  // For a dry run: an envelope without any signature is read as well.
  kOptional,
};

// Reads an envelope and applies every rule that needs no state. Reasons: TRANSACTION_TOO_LARGE, NOT_CANONICAL,
// WRONG_CHAIN, MALFORMED, LINKED_TO_NOTHING, SIGNATURES_NOT_EXACT, ADMISSION_UNSUPPORTED, UNKNOWN_OPERATION.
OrInvalid<std::shared_ptr<const Transaction>> DecodeEnvelope(absl::string_view envelope, const Hash& chain_id,
                                                             const v1::Limits& limits, uint32_t protocol_version,
                                                             SignaturePresence presence = SignaturePresence::kRequired);

// "dealing.subscribe": the contract's member of the oneof and, inside it, the member of the contract's own oneof.
// "dealing" where the latter is not set; empty where the former is not.
std::string OperationKind(const v1::Operation& operation);

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_TRANSACTION_H_
