// SPDX-License-Identifier: Apache-2.0

#include "ledger/audit/blame.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/evidence.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/signature_scheme.h"

namespace causeway::audit {
namespace {

// One of the two stores.
class History {
 public:
  History(const store::Store& store, const char* name, const Hash& chain_id, const crypto::SignatureScheme& scheme)
      : store_(store), name_(name), chain_id_(chain_id), scheme_(scheme) {}

  uint64_t last() const { return store_.final() ? store_.final()->value() : 0; }

  absl::StatusOr<v1::BlockHeader> HeaderAt(uint64_t height) const {
    const absl::StatusOr<std::string> bytes = store_.GetBlock(Height(height));
    if (!bytes.ok()) return Lost(height, bytes.status());
    const absl::StatusOr<v1::Block> block = codec::ParseCanonical<v1::Block>(*bytes);
    if (!block.ok()) return Lost(height, block.status());
    if (block->header().height() != height) return Lost(height, absl::DataLossError("the block is of another height"));
    return block->header();
  }
  absl::StatusOr<Hash> HashAt(uint64_t height) const {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::BlockHeader header, HeaderAt(height));
    return chain::BlockHash(header);
  }

  struct Finalization {
    uint64_t height;
    v1::Certificate certificate;
  };
  // The finalizations of blocks from a height on, not yet verified, by view.
  absl::StatusOr<std::map<uint64_t, Finalization>> FinalizationsFrom(uint64_t height) const {
    std::map<uint64_t, Finalization> found;
    for (uint64_t from = height; from <= last();) {
      const absl::StatusOr<store::Store::Certified> next = store_.FindCertificateFrom(Height(from));
      if (absl::IsNotFound(next.status())) break;
      if (!next.ok()) return Lost(from, next.status());
      absl::StatusOr<v1::Certificate> certificate = codec::ParseCanonical<v1::Certificate>(next->certificate);
      if (!certificate.ok()) return Lost(next->height.value(), certificate.status());
      const uint64_t view = certificate->view();
      found.emplace(view, Finalization{next->height.value(), *std::move(certificate)});
      from = next->height.value() + 1;
    }
    return found;
  }

  // OK iff the finalization is a quorum's, of the block at its height, and that block descends from the one at `from`.
  absl::Status Verify(const Finalization& finalization, uint64_t from) const {
    CAUSEWAY_ASSIGN_OR_RETURN(v1::BlockHeader header, HeaderAt(finalization.height));
    const absl::Status signed_by_quorum =
        chain::VerifyFinalization(chain_id_, finalization.certificate, Epoch(0), chain::BlockHash(header), scheme_);
    if (!signed_by_quorum.ok()) return Lost(finalization.height, signed_by_quorum);
    while (header.height() > from) {
      const std::string parent = header.parent_hash();
      CAUSEWAY_ASSIGN_OR_RETURN(header, HeaderAt(header.height() - 1));
      if (chain::BlockHash(header).bytes() != parent)
        return Lost(header.height(), absl::DataLossError("the block after it names another parent"));
    }
    return absl::OkStatus();
  }

 private:
  // DataLoss, unless the machine failed and not the history.
  absl::Status Lost(uint64_t height, const absl::Status& why) const {
    return absl::Status(store::IsDamage(why) ? absl::StatusCode::kDataLoss : why.code(),
                        absl::StrCat("the ", name_, " history, height ", height, ": ", why.message()));
  }

  const store::Store& store_;
  const char* name_;
  const Hash& chain_id_;
  const crypto::SignatureScheme& scheme_;
};

// The first height at which the two differ; nothing where they do not as far as both reach. Blocks name their parents,
// so from there on all differ.
absl::StatusOr<std::optional<uint64_t>> FirstDifference(const History& first, const History& second) {
  uint64_t same = 0;
  uint64_t beyond = std::min(first.last(), second.last()) + 1;
  const uint64_t end = beyond;
  while (same + 1 < beyond) {
    const uint64_t middle = same + (beyond - same) / 2;
    CAUSEWAY_ASSIGN_OR_RETURN(const Hash first_hash, first.HashAt(middle));
    CAUSEWAY_ASSIGN_OR_RETURN(const Hash second_hash, second.HashAt(middle));
    (first_hash == second_hash ? same : beyond) = middle;
  }
  return beyond == end ? std::nullopt : std::make_optional(beyond);
}

v1::Vote VoteOf(const v1::Certificate& certificate, int position) {
  v1::Vote vote;
  vote.set_kind(certificate.kind());
  vote.set_epoch(certificate.epoch());
  vote.set_view(certificate.view());
  vote.set_parent_view(certificate.parent_view());
  vote.set_block_hash(certificate.block_hash());
  vote.set_validator(certificate.signers(position));
  vote.set_signature(
      certificate.signatures().substr(static_cast<size_t>(position) * crypto::kSignatureSize, crypto::kSignatureSize));
  return vote;
}

// Both verified, of one view and two blocks.
std::vector<v1::Evidence> SignersOfBoth(const v1::Certificate& first, const v1::Certificate& second) {
  std::vector<v1::Evidence> evidence;
  for (int i = 0; i < first.signers_size(); ++i) {
    const auto& others = second.signers();
    const auto place = std::lower_bound(others.begin(), others.end(), first.signers(i));
    if (place == others.end() || *place != first.signers(i)) continue;
    v1::Evidence& both = evidence.emplace_back();
    *both.mutable_first() = VoteOf(first, i);
    *both.mutable_second() = VoteOf(second, static_cast<int>(place - others.begin()));
  }
  return evidence;
}

}  // namespace

absl::StatusOr<std::optional<Blame>> FindBlame(const store::Store& first_store, const store::Store& second_store,
                                               const v1::Genesis& genesis) {
  const Hash chain_id = chain::ChainIdOf(genesis);
  const crypto::KeyedSignatureScheme scheme(chain::ValidatorKeys(chain::GenesisValidators(genesis)), nullptr);
  for (const store::Store* store : {&first_store, &second_store}) {
    if (store->chain_id() != chain_id)
      return absl::InvalidArgumentError(absl::StrCat(store->directory(), " holds chain ", store->chain_id().ToHex(),
                                                     ", and the genesis is of chain ", chain_id.ToHex()));
  }
  const History first(first_store, "first", chain_id, scheme);
  const History second(second_store, "second", chain_id, scheme);
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<uint64_t> height, FirstDifference(first, second));
  if (!height) return std::nullopt;

  Blame blame{*height, Hash::Zero(), Hash::Zero(), std::nullopt, {}};
  CAUSEWAY_ASSIGN_OR_RETURN(blame.first_block, first.HashAt(*height));
  CAUSEWAY_ASSIGN_OR_RETURN(blame.second_block, second.HashAt(*height));
  CAUSEWAY_ASSIGN_OR_RETURN(const auto first_finalizations, first.FinalizationsFrom(*height));
  CAUSEWAY_ASSIGN_OR_RETURN(const auto second_finalizations, second.FinalizationsFrom(*height));
  if (first_finalizations.empty() || second_finalizations.empty())
    return absl::DataLossError(absl::StrCat("the ", first_finalizations.empty() ? "first" : "second",
                                            " history, height ", *height, ": no finalization covers the block"));
  // A view that has one in each; otherwise the first of each shows at least that both are final.
  auto first_one = first_finalizations.begin();
  auto second_one = second_finalizations.begin();
  for (auto one = first_finalizations.begin(); one != first_finalizations.end(); ++one) {
    const auto other = second_finalizations.find(one->first);
    if (other == second_finalizations.end()) continue;
    blame.view = one->first;
    first_one = one;
    second_one = other;
    break;
  }
  CAUSEWAY_RETURN_IF_ERROR(first.Verify(first_one->second, *height));
  CAUSEWAY_RETURN_IF_ERROR(second.Verify(second_one->second, *height));
  if (!blame.view) return blame;
  blame.evidence = SignersOfBoth(first_one->second.certificate, second_one->second.certificate);
  for (const v1::Evidence& evidence : blame.evidence)
    CAUSEWAY_CHECK(chain::VerifyEvidence(chain_id, evidence, scheme).ok(), "both finalizations were verified");
  return blame;
}

}  // namespace causeway::audit
