// SPDX-License-Identifier: Apache-2.0
// An envelope that is read keeps its bytes: envelope and body serialize to what came, the id and what the keys sign
// follow from the body alone, and no other chain reads it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <google/protobuf/stubs/logging.h>

#include "causeway/v1/transaction.pb.h"
#include "ledger/base/check.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction.h"
#include "ledger/chain/transaction_builder.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"

namespace {

using namespace causeway;

// The chain that the body names, so that the rules behind the chain's are reached too.
Hash ChainNamedBy(absl::string_view bytes) {
  v1::Envelope envelope;
  v1::Body body;
  if (envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && body.ParseFromString(envelope.body()))
    return chain::HashField(body.chain_id()).value_or(Hash::Zero());
  return Hash::Zero();
}

void CheckTransaction(const chain::Transaction& transaction, absl::string_view bytes, const v1::Limits& limits) {
  CAUSEWAY_CHECK(absl::string_view(transaction.envelope) == bytes, "other bytes are kept than came");
  v1::Envelope envelope;
  CAUSEWAY_CHECK(envelope.ParseFromString(transaction.envelope));
  CAUSEWAY_CHECK(absl::string_view(codec::SerializeCanonical(envelope)) == bytes, "the envelope serializes otherwise");
  CAUSEWAY_CHECK(codec::SerializeCanonical(transaction.body) == envelope.body(), "the body serializes otherwise");
  CAUSEWAY_CHECK(transaction.id == crypto::Sha256(envelope.body()), "the id is not the body's hash");
  const absl::StatusOr<std::string> preimage = chain::SigningPreimageOf(envelope.body());
  CAUSEWAY_CHECK(preimage.ok() && *preimage == transaction.SigningPreimage(), "signed is something else");
  CAUSEWAY_CHECK(transaction.operation_count() >= 1 &&
                 transaction.operation_count() <= limits.transaction_operations());
  CAUSEWAY_CHECK(!transaction.key_ids.empty() &&
                 std::is_sorted(transaction.key_ids.begin(), transaction.key_ids.end()));
  CAUSEWAY_CHECK(transaction.signatures.empty() || transaction.signatures.size() == transaction.key_ids.size());
  for (const v1::Operation& operation : transaction.body.operations())
    CAUSEWAY_CHECK(chain::OperationKind(operation).find('.') != std::string::npos, "an operation of no kind");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // What is no UTF-8 is told of at every input otherwise.
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const v1::Limits limits = chain::DefaultLimits();
  const Hash chain_id = ChainNamedBy(bytes);
  const auto read = chain::DecodeEnvelope(bytes, chain_id, limits, chain::kProtocolVersion);
  const auto unsigned_too =
      chain::DecodeEnvelope(bytes, chain_id, limits, chain::kProtocolVersion, chain::SignaturePresence::kOptional);
  if (!read.ok()) CAUSEWAY_CHECK(!read.invalid().ToString().empty());
  if (unsigned_too.ok()) CheckTransaction(**unsigned_too, bytes, limits);
  if (!read.ok()) {
    CAUSEWAY_CHECK(!unsigned_too.ok() || (*unsigned_too)->signatures.empty(),
                   "signatures are fine only where optional");
    return 0;
  }
  CheckTransaction(**read, bytes, limits);
  CAUSEWAY_CHECK(!(*read)->signatures.empty(), "read without signatures");
  std::string other = chain_id.ToString();
  other[31] = static_cast<char>(other[31] ^ 1);
  CAUSEWAY_CHECK(!chain::DecodeEnvelope(bytes, *Hash::FromBytes(other), limits, chain::kProtocolVersion).ok(),
                 "another chain reads it");
  return 0;
}
