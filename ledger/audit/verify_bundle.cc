// SPDX-License-Identifier: Apache-2.0
//
// The verifier of bundles: believes the genesis, and of a bundle only what leads to a quorum's signatures.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "ledger/audit/bundle.h"
#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signature_scheme.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/merkle/proof_messages.h"
#include "ledger/merkle/state_proof.h"

namespace causeway::audit {
namespace {

absl::Status Refuse(absl::string_view step) {
  return absl::InvalidArgumentError(absl::StrCat("the bundle proves nothing: ", step));
}

absl::Status Refuse(absl::string_view step, const absl::Status& why) {
  return Refuse(absl::StrCat(step, ": ", why.message()));
}

absl::Status CheckGenesis(const v1::Genesis& genesis) {
  const std::vector<std::string> errors = chain::GenesisErrors(genesis);
  if (errors.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("genesis: ", errors.front()));
}

// Whether the leaf is in the history that the certified header commits to; its index, where it is.
absl::StatusOr<uint64_t> VerifyLeaf(const v1::BlockHeader& certified, const Hash& leaf,
                                    const v1::InclusionProof& message, absl::string_view what) {
  const absl::StatusOr<merkle::InclusionProof> proof = merkle::FromMessage(message);
  if (!proof.ok()) return Refuse(absl::StrCat("the path of ", what), proof.status());
  const merkle::HistoryHead head{certified.history_size(), chain::RequiredHash(certified.history_root())};
  if (!merkle::VerifyInclusion(head, leaf, *proof))
    return Refuse(absl::StrCat("the path of ", what, " does not lead to the history of the certified header"));
  return proof->leaf_index;
}

// The claim's fields that follow from its header.
absl::Status VerifyHeader(const v1::ProofBundle& bundle, const v1::HeaderProof& at, VerifiedClaim& claim) {
  if (!at.has_header()) return Refuse("the header that it speaks of is missing");
  // Only a canonical header has a hash.
  const absl::StatusOr<std::string> bytes = codec::TrySerializeCanonical(at.header());
  if (!bytes.ok()) return Refuse("the header that it speaks of", bytes.status());
  if (at.header().state_root().empty()) return Refuse("the header that it speaks of has no state root");
  const Hash hash = chain::BlockHash(at.header());
  const v1::BlockHeader& certified = bundle.certified().header();
  if (at.has_inclusion()) {
    CAUSEWAY_RETURN_IF_ERROR(
        VerifyLeaf(certified, merkle::HistoryLeafHash(hash.bytes()), at.inclusion(), "the header that it speaks of")
            .status());
  } else if (hash != claim.certified_hash) {
    return Refuse("the header that it speaks of is not the certified one, and no path leads to it");
  }
  claim.height = at.header().height();
  claim.time_us = at.header().time_us();
  return absl::OkStatus();
}

absl::StatusOr<state::TableId> VerifyTableId(uint32_t table) {
  if (table == 0 || table > std::numeric_limits<state::TableId>::max())
    return Refuse(absl::StrCat("there is no table ", table));
  const auto id = static_cast<state::TableId>(table);
  // Its records are in no tree, so a path shows them absent whether they are there or not.
  if (state::IsFlatTable(id)) return Refuse(absl::StrCat("table ", table, " is under no root"));
  return id;
}

absl::Status AddResult(absl::string_view bytes, uint64_t index, VerifiedClaim& claim) {
  const absl::StatusOr<v1::OperationResult> result = codec::ParseCanonical<v1::OperationResult>(bytes);
  if (!result.ok()) return Refuse(absl::StrCat("result ", index), result.status());
  if (result->index() != index) return Refuse(absl::StrCat("result ", index, " says that it is ", result->index()));
  claim.results.push_back(*result);
  return absl::OkStatus();
}

// The results shown, against the receipt's own tree.
absl::Status VerifyResults(const v1::ReceiptClaim& message, uint32_t count, const Hash& operations_root,
                           VerifiedClaim& claim) {
  if (message.results_size() > 0 && message.shown_size() > 0)
    return Refuse("it shows all results and some of them by themselves");
  if (message.shown_size() == 0) {
    if (static_cast<uint32_t>(message.results_size()) != count)
      return Refuse(absl::StrCat("it shows ", message.results_size(), " results of ", count));
    std::vector<Hash> leaves;
    for (const std::string& result : message.results()) {
      CAUSEWAY_RETURN_IF_ERROR(AddResult(result, leaves.size(), claim));
      leaves.push_back(merkle::HistoryLeafHash(result));
    }
    if (merkle::HistoryRootOf(leaves) != operations_root) return Refuse("the results are not those of the receipt");
    return absl::OkStatus();
  }
  std::optional<uint64_t> previous;
  for (const v1::ResultClaim& shown : message.shown()) {
    const absl::StatusOr<merkle::InclusionProof> proof = merkle::FromMessage(shown.inclusion());
    if (!proof.ok()) return Refuse("the path of a result", proof.status());
    if (!merkle::VerifyInclusion({count, operations_root}, merkle::HistoryLeafHash(shown.result()), *proof))
      return Refuse(absl::StrCat("result ", proof->leaf_index, " is not one of the receipt"));
    if (previous && proof->leaf_index <= *previous) return Refuse("its results are not in ascending order, each once");
    previous = proof->leaf_index;
    CAUSEWAY_RETURN_IF_ERROR(AddResult(shown.result(), proof->leaf_index, claim));
  }
  return absl::OkStatus();
}

absl::Status VerifyReceipt(const v1::ProofBundle& bundle, VerifiedClaim& claim) {
  const v1::ReceiptClaim& message = bundle.receipt();
  const v1::BlockHeader& certified = bundle.certified().header();
  CAUSEWAY_RETURN_IF_ERROR(
      VerifyLeaf(certified, merkle::HistoryLeafHash(message.receipt()), message.inclusion(), "the receipt").status());
  claim.kind = VerifiedClaim::Kind::kReceipt;
  claim.time_us = certified.time_us();
  std::optional<Hash> root;
  uint32_t count = 0;
  if (message.due_work()) {
    const absl::StatusOr<v1::SystemReceipt> receipt = codec::ParseCanonical<v1::SystemReceipt>(message.receipt());
    if (!receipt.ok()) return Refuse("the receipt of due work", receipt.status());
    claim.system_receipt = *receipt;
    claim.height = receipt->height();
    count = receipt->count();
    root = chain::HashField(receipt->operations_root());
  } else {
    const absl::StatusOr<v1::Receipt> receipt = codec::ParseCanonical<v1::Receipt>(message.receipt());
    if (!receipt.ok()) return Refuse("the receipt", receipt.status());
    claim.receipt = *receipt;
    claim.height = receipt->height();
    count = receipt->count();
    root = chain::HashField(receipt->operations_root());
  }
  // Every receipt has one: a leaf without it is one of another kind.
  if (!root) return Refuse("the receipt has no operations root");
  if (claim.height > certified.height()) return Refuse("the receipt is of a block above the certified header");
  return VerifyResults(message, count, *root, claim);
}

absl::Status VerifyState(const v1::ProofBundle& bundle, VerifiedClaim& claim) {
  const v1::StateClaim& message = bundle.state();
  CAUSEWAY_RETURN_IF_ERROR(VerifyHeader(bundle, message.at(), claim));
  CAUSEWAY_ASSIGN_OR_RETURN(claim.table, VerifyTableId(message.table()));
  const absl::StatusOr<merkle::StateProof> proof = merkle::FromMessage(message.proof());
  if (!proof.ok()) return Refuse("the path of the record", proof.status());
  std::optional<absl::string_view> value;
  if (message.has_value()) value = message.value();
  const Hash root = chain::RequiredHash(message.at().header().state_root());
  if (!merkle::VerifyStateProof(root, claim.table, message.key(), value, *proof)) {
    return Refuse(message.has_value() ? "the path of the record does not lead from this value to the state root"
                                      : "the path does not show that there is no record under the key");
  }
  claim.kind = message.has_value() ? VerifiedClaim::Kind::kValue : VerifiedClaim::Kind::kAbsence;
  claim.entries.emplace_back(message.key(), message.has_value() ? std::make_optional(message.value()) : std::nullopt);
  return absl::OkStatus();
}

absl::Status VerifyTable(const v1::ProofBundle& bundle, VerifiedClaim& claim) {
  const v1::TableClaim& message = bundle.table();
  CAUSEWAY_RETURN_IF_ERROR(VerifyHeader(bundle, message.at(), claim));
  CAUSEWAY_ASSIGN_OR_RETURN(claim.table, VerifyTableId(message.table()));
  const absl::StatusOr<merkle::StateProof> proof = merkle::FromMessage(message.proof());
  if (!proof.ok()) return Refuse("the path of the table", proof.status());
  std::vector<merkle::StateLeaf> leaves;
  for (const v1::TableEntry& entry : message.entries()) {
    if (!claim.entries.empty() && entry.key() <= claim.entries.back().first)
      return Refuse("its records are not in ascending order, each once");
    claim.entries.emplace_back(entry.key(), entry.value());
    leaves.push_back({merkle::StateTreeKeyOf(claim.table, entry.key()), crypto::Sha256(entry.value())});
  }
  std::sort(leaves.begin(), leaves.end(),
            [](const merkle::StateLeaf& a, const merkle::StateLeaf& b) { return a.key < b.key; });
  const Hash root = chain::RequiredHash(message.at().header().state_root());
  if (!merkle::VerifyTableProof(root, claim.table, leaves, *proof))
    return Refuse("these records are not exactly those of the table under the state root");
  claim.kind = VerifiedClaim::Kind::kTable;
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifyCertifiedHeader(const v1::CertifiedHeader& certified, const v1::Genesis& genesis) {
  CAUSEWAY_RETURN_IF_ERROR(CheckGenesis(genesis));
  if (!certified.has_header() || !certified.has_finalization())
    return absl::InvalidArgumentError("a certified header is a header with its finalization");
  CAUSEWAY_RETURN_IF_ERROR(codec::TrySerializeCanonical(certified).status());
  const v1::BlockHeader& header = certified.header();
  for (const std::string* hash : {&header.parent_hash(), &header.transactions_root(), &header.history_root(),
                                  &header.state_root(), &header.next_validators_hash()}) {
    if (hash->size() != Hash::kSize) return absl::InvalidArgumentError("the header lacks one of its hashes");
  }
  if (header.epoch() != 0)
    return absl::InvalidArgumentError("the header is of an epoch that the genesis does not name");
  const crypto::KeyedSignatureScheme scheme(chain::ValidatorKeys(chain::GenesisValidators(genesis)), nullptr);
  return chain::VerifyFinalization(chain::ChainIdOf(genesis), certified.finalization(), Epoch(0),
                                   chain::BlockHash(header), scheme);
}

absl::StatusOr<v1::ProofBundle> ReadBundle(absl::string_view content) {
  // Canonical bytes begin with the tag of the format version, which is no character that JSON begins with.
  if (!absl::StripLeadingAsciiWhitespace(content).empty() &&
      absl::StripLeadingAsciiWhitespace(content).front() == '{') {
    v1::ProofBundle bundle;
    CAUSEWAY_RETURN_IF_ERROR(codec::JsonToMessage(content, &bundle));
    CAUSEWAY_RETURN_IF_ERROR(codec::TrySerializeCanonical(bundle).status());
    return bundle;
  }
  return codec::ParseCanonical<v1::ProofBundle>(content);
}

absl::StatusOr<VerifiedClaim> VerifyBundle(const v1::ProofBundle& bundle, const v1::Genesis& genesis) {
  CAUSEWAY_RETURN_IF_ERROR(CheckGenesis(genesis));
  if (bundle.format_version() != kBundleFormatVersion) {
    return Refuse(absl::StrCat("it is of format ", bundle.format_version(), ", and this program knows format ",
                               kBundleFormatVersion));
  }
  VerifiedClaim claim{};
  claim.chain_id = chain::ChainIdOf(genesis);
  if (bundle.chain_id() != claim.chain_id.bytes()) return Refuse("it is of another chain than the genesis");
  const absl::Status certified = VerifyCertifiedHeader(bundle.certified(), genesis);
  if (!certified.ok()) return Refuse("the certified header", certified);
  claim.certified_height = bundle.certified().header().height();
  claim.certified_hash = chain::BlockHash(bundle.certified().header());
  switch (bundle.claim_case()) {
    case v1::ProofBundle::kReceipt:
      CAUSEWAY_RETURN_IF_ERROR(VerifyReceipt(bundle, claim));
      return claim;
    case v1::ProofBundle::kState:
      CAUSEWAY_RETURN_IF_ERROR(VerifyState(bundle, claim));
      return claim;
    case v1::ProofBundle::kTable:
      CAUSEWAY_RETURN_IF_ERROR(VerifyTable(bundle, claim));
      return claim;
    case v1::ProofBundle::CLAIM_NOT_SET:
      break;
  }
  return Refuse("it claims nothing");
}

}  // namespace causeway::audit
