// SPDX-License-Identifier: Apache-2.0

#include "ledger/audit/bundle.h"

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"
#include "ledger/execution/system_tables.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/merkle/proof_messages.h"

namespace causeway::audit {
namespace {

absl::Status Damaged(const store::Store& store, absl::string_view what, Height height, absl::string_view why) {
  return absl::DataLossError(
      absl::StrCat(store.directory(), ": the ", what, " of height ", height.value(), " is damaged: ", why,
                   ". `causeway audit replay` names everything that is; take the proof from another node"));
}

// What goes into a bundle as it was stored. A bundle is canonical bytes, so a row that is not cannot go into it.
absl::Status CheckStored(const store::Store& store, absl::string_view what, Height height,
                         const google::protobuf::Message& message) {
  const absl::Status canonical = codec::TrySerializeCanonical(message).status();
  return canonical.ok() ? canonical : Damaged(store, what, height, canonical.message());
}

absl::StatusOr<v1::BlockHeader> HeaderAt(const store::Store& store, Height height) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, store.GetBlock(height));
  absl::StatusOr<v1::Block> block = codec::ParseTrusted<v1::Block>(bytes);
  if (!block.ok()) return Damaged(store, "block", height, block.status().message());
  CAUSEWAY_RETURN_IF_ERROR(CheckStored(store, "block", height, block->header()));
  if (block->header().height() != height.value())
    return Damaged(store, "block", height, absl::StrCat("it is that of height ", block->header().height()));
  return std::move(*block->mutable_header());
}

absl::StatusOr<v1::InclusionProof> InclusionOf(const store::Store& store, uint64_t leaf, uint64_t size) {
  const absl::StatusOr<merkle::InclusionProof> proof = merkle::ProveInclusion(
      leaf, size, [&](uint32_t level, uint64_t index) { return store.GetHistoryNode(level, index); });
  if (proof.ok()) return merkle::ToMessage(*proof);
  // What is certified has all its nodes, and every leaf spoken of is among them.
  const absl::Status& why = proof.status();
  if (!absl::IsNotFound(why) && !absl::IsOutOfRange(why)) return why;
  return absl::DataLossError(absl::StrCat(store.directory(), ": the history is damaged: ", why.message()));
}

// What every bundle has; FAILED_PRECONDITION where no certificate covers the height.
absl::StatusOr<v1::ProofBundle> BundleAbout(const store::Store& store, Height height) {
  v1::ProofBundle bundle;
  bundle.set_format_version(kBundleFormatVersion);
  bundle.set_chain_id(store.chain_id().ToString());
  CAUSEWAY_ASSIGN_OR_RETURN(*bundle.mutable_certified(), CertifiedHead(store));
  if (bundle.certified().header().height() < height.value()) {
    return absl::FailedPreconditionError(absl::StrCat("NOT_YET: height ", height.value(), " is not certified; height ",
                                                      bundle.certified().header().height(), " is the last that is"));
  }
  return bundle;
}

// That the header of a height is in the history of the certified one, or is it. `header` has been read from the store.
absl::Status ProveHeader(const store::Store& store, const v1::BlockHeader& header, const v1::BlockHeader& certified,
                         v1::HeaderProof* proof) {
  *proof->mutable_header() = header;
  if (header.height() == certified.height()) return absl::OkStatus();
  // A header's hash is the first leaf of the block after it.
  CAUSEWAY_ASSIGN_OR_RETURN(*proof->mutable_inclusion(),
                            InclusionOf(store, header.history_size(), certified.history_size()));
  return absl::OkStatus();
}

// A bundle with a state's header proven, for a tree that must be that state's.
absl::StatusOr<v1::ProofBundle> BundleAboutState(const store::Store& store, Height height,
                                                 const merkle::StateTree& tree, state::TableId table,
                                                 v1::HeaderProof* at) {
  if (state::IsFlatTable(table))
    return absl::InvalidArgumentError(absl::StrCat("table ", table, " is in no tree: nothing proves its records"));
  CAUSEWAY_ASSIGN_OR_RETURN(v1::ProofBundle bundle, BundleAbout(store, height));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::BlockHeader header, HeaderAt(store, height));
  if (tree.Root().bytes() != header.state_root()) {
    return absl::DataLossError(absl::StrCat("the state of height ", height.value(), " has the root ",
                                            tree.Root().ToHex(), ", which is not the header's"));
  }
  CAUSEWAY_RETURN_IF_ERROR(ProveHeader(store, header, bundle.certified().header(), at));
  return bundle;
}

// What a store that cannot answer becomes.
template <class F>
auto CatchHostFailure(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const state::HostFailure& failure) {
    return failure.status();
  }
}

}  // namespace

absl::StatusOr<v1::CertifiedHeader> CertifiedHead(const store::Store& store) {
  const absl::StatusOr<store::Store::Certified> last = store.LastCertificate();
  if (absl::IsNotFound(last.status()))
    return absl::FailedPreconditionError("NOT_YET: no block above genesis is final, so nothing is certified");
  if (!last.ok()) return last.status();
  v1::CertifiedHeader head;
  CAUSEWAY_ASSIGN_OR_RETURN(*head.mutable_header(), HeaderAt(store, last->height));
  absl::StatusOr<v1::Certificate> certificate = codec::ParseCanonical<v1::Certificate>(last->certificate);
  if (!certificate.ok()) return Damaged(store, "certificate", last->height, certificate.status().message());
  *head.mutable_finalization() = *std::move(certificate);
  return head;
}

absl::StatusOr<merkle::StateTree> RebuildTree(const store::Store& store, Height height,
                                              const state::StateView& view_at_height,
                                              const std::vector<state::TableInfo>& tables) {
  return CatchHostFailure([&]() -> absl::StatusOr<merkle::StateTree> {
    execution::StateTreeBuilder builder;
    for (const state::TableInfo& table : tables) {
      if (state::IsFlatTable(table.id)) continue;
      view_at_height.ScanRaw(table.id, "", std::nullopt, [&](absl::string_view key, absl::string_view value) {
        builder.Add(table.id, key, value);
        return true;
      });
    }
    merkle::StateTree tree = builder.Build();
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::BlockHeader header, HeaderAt(store, height));
    if (tree.Root().bytes() != header.state_root()) {
      return absl::DataLossError(
          absl::StrCat("the state kept of height ", height.value(), " does not have the root that its header claims"));
    }
    return tree;
  });
}

absl::StatusOr<v1::ProofBundle> ProveReceipt(const store::Store& store, const store::Place& place,
                                             const std::vector<uint32_t>& operations) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string receipt, store.GetReceipt(place));
  CAUSEWAY_ASSIGN_OR_RETURN(v1::ProofBundle bundle, BundleAbout(store, place.height));
  v1::ReceiptClaim* claim = bundle.mutable_receipt();
  claim->set_receipt(std::move(receipt));
  claim->set_due_work(place.lane == store::Lane::kDueWork);

  // The leaves of a block: its parent's header, its receipts, the receipts of its due work.
  uint64_t leaf = place.index;
  if (place.height.value() > 0) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::BlockHeader parent, HeaderAt(store, Height(place.height.value() - 1)));
    leaf += parent.history_size() + 1;
  }
  if (claim->due_work()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> receipts,
                              store.GetReceipts(place.height, store::Lane::kTransaction));
    leaf += receipts.size();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(*claim->mutable_inclusion(),
                            InclusionOf(store, leaf, bundle.certified().header().history_size()));

  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<std::string> results, store.GetResults(place));
  if (operations.empty()) {
    for (std::string& result : results) claim->add_results(std::move(result));
    return bundle;
  }
  std::vector<Hash> leaves;
  leaves.reserve(results.size());
  for (const std::string& result : results) leaves.push_back(merkle::HistoryLeafHash(result));
  std::optional<uint32_t> previous;
  for (const uint32_t operation : operations) {
    if (operation >= results.size())
      return absl::NotFoundError(
          absl::StrCat("it has ", results.size(), " operations, and none of number ", operation));
    if (previous && operation <= *previous)
      return absl::InvalidArgumentError("operations must be named in ascending order, each once");
    previous = operation;
    v1::ResultClaim* shown = claim->add_shown();
    shown->set_result(results[operation]);
    *shown->mutable_inclusion() = merkle::ToMessage(merkle::ProveInclusionIn(leaves, operation));
  }
  return bundle;
}

absl::StatusOr<v1::ProofBundle> ProveState(const store::Store& store, Height height,
                                           const state::StateView& view_at_height,
                                           const merkle::StateTree& tree_at_height, state::TableId table,
                                           absl::string_view key) {
  return CatchHostFailure([&]() -> absl::StatusOr<v1::ProofBundle> {
    v1::StateClaim claim;
    CAUSEWAY_ASSIGN_OR_RETURN(v1::ProofBundle bundle,
                              BundleAboutState(store, height, tree_at_height, table, claim.mutable_at()));
    claim.set_table(table);
    claim.set_key(std::string(key));
    if (std::optional<std::string> value = view_at_height.GetRaw(table, key)) claim.set_value(*std::move(value));
    *claim.mutable_proof() = merkle::ToMessage(tree_at_height.Prove(merkle::StateTreeKeyOf(table, key)));
    *bundle.mutable_state() = std::move(claim);
    return bundle;
  });
}

absl::StatusOr<v1::ProofBundle> ProveTable(const store::Store& store, Height height,
                                           const state::StateView& view_at_height,
                                           const merkle::StateTree& tree_at_height, state::TableId table) {
  return CatchHostFailure([&]() -> absl::StatusOr<v1::ProofBundle> {
    v1::TableClaim claim;
    CAUSEWAY_ASSIGN_OR_RETURN(v1::ProofBundle bundle,
                              BundleAboutState(store, height, tree_at_height, table, claim.mutable_at()));
    claim.set_table(table);
    view_at_height.ScanRaw(table, "", std::nullopt, [&](absl::string_view key, absl::string_view value) {
      v1::TableEntry* entry = claim.add_entries();
      entry->set_key(std::string(key));
      entry->set_value(std::string(value));
      return true;
    });
    *claim.mutable_proof() = merkle::ToMessage(tree_at_height.ProveTable(table));
    *bundle.mutable_table() = std::move(claim);
    return bundle;
  });
}

std::string EncodeBundle(const v1::ProofBundle& bundle) {
  return codec::SerializeCanonical(bundle);
}

}  // namespace causeway::audit
