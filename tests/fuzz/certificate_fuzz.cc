// SPDX-License-Identifier: Apache-2.0
// A certificate verifies only for what a quorum of the test chain's validators has signed; consensus and the ledger
// read the same subject out of the same bytes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "ledger/base/check.h"
#include "ledger/chain/block.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/signature_scheme.h"
#include "node/consensus/messages.h"
#include "tests/fuzz/signed_chain.h"

namespace {

using namespace causeway;

void CheckReadAlike(const v1::Certificate& certificate, absl::string_view bytes) {
  const absl::StatusOr<consensus::Certificate> read = consensus::DecodeCertificate(bytes);
  if (!read.ok()) return;
  const absl::StatusOr<chain::VoteSubject> subject = chain::SubjectOf(certificate);
  CAUSEWAY_CHECK(subject.ok(), "consensus reads what an auditor refuses");
  CAUSEWAY_CHECK(absl::string_view(consensus::EncodeCertificate(*read)) == bytes, "a certificate with two encodings");
  CAUSEWAY_CHECK(consensus::VotePreimage(testing::SignedChain().chain_id(), read->subject) ==
                     chain::VotePreimage(testing::SignedChain().chain_id(), *subject),
                 "two readings of what is signed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<v1::Certificate> certificate = codec::ParseCanonical<v1::Certificate>(bytes);
  if (!certificate.ok()) {
    CAUSEWAY_CHECK(!consensus::DecodeCertificate(bytes).ok(), "read, and not canonical");
    return 0;
  }
  CAUSEWAY_CHECK(absl::string_view(codec::SerializeCanonical(*certificate)) == bytes);
  CheckReadAlike(*certificate, bytes);
  const testing::TestChain& chain = testing::SignedChain();
  static const crypto::KeyedSignatureScheme scheme(chain::ValidatorKeys(chain::GenesisValidators(chain.genesis())),
                                                   nullptr);
  if (!chain::VerifyCertificate(chain.chain_id(), *certificate, scheme).ok()) return 0;
  // All that was ever signed are the finalizations of the chain's blocks.
  CAUSEWAY_CHECK(certificate->kind() == v1::VOTE_KIND_FINALIZE, "a vote verifies that nobody gave");
  CAUSEWAY_CHECK(certificate->signers_size() >= static_cast<int>(chain::Quorum(scheme.validators())));
  CAUSEWAY_CHECK(consensus::DecodeCertificate(bytes).ok(), "it verifies, and consensus cannot read it");
  for (const auto& block : chain.blocks()) {
    if (certificate->block_hash() != block->hash.bytes()) continue;
    const v1::Certificate signed_one = chain.Finalize(block->height().value());
    CAUSEWAY_CHECK(certificate->view() == signed_one.view() && certificate->parent_view() == signed_one.parent_view() &&
                       certificate->epoch() == signed_one.epoch(),
                   "it verifies for another view than was signed");
    return 0;
  }
  CAUSEWAY_CHECK(false, "it verifies for a block that nobody signed");
  return 0;
}
