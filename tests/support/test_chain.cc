// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_chain.h"

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/chain/block.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/sha256.h"

namespace causeway::testing {
namespace {

const std::string kConfidentialityKey(32, 'k');

KeyRing Keys(const std::vector<std::pair<std::string, std::shared_ptr<const crypto::Signer>>>& owners) {
  KeyRing keys;
  for (const auto& [party, signer] : owners)
    keys.emplace(std::make_pair(party, crypto::KeyIdOf(signer->public_key())), signer->public_key());
  return keys;
}

}  // namespace

std::shared_ptr<const crypto::Signer> SignerNamed(const std::string& name) {
  auto key = crypto::PrivateKey::Ed25519FromSeed(crypto::Sha256(name).bytes());
  CAUSEWAY_CHECK(key.ok());
  return crypto::MakeSigner(*std::move(key));
}

TestChain::Options::Options() : limits(chain::DefaultLimits()) {}

TestChain::TestChain(Options options)
    : signer_(SignerNamed("bank, first officer")),
      second_signer_(SignerNamed("bank, second officer")),
      other_signer_(SignerNamed("other bank")),
      registry_(MakePurseRegistry(Keys({{kBank, signer_}, {kBank, second_signer_}, {kOtherBank, other_signer_}}))),
      parameters_{Hash::Zero(), {}, std::nullopt},
      tip_{{}, Hash::Zero(), nullptr, {}, {}} {
  v1::Genesis& genesis = parameters_.genesis;
  genesis.set_protocol_version(chain::kProtocolVersion);
  genesis.set_name("test");
  genesis.set_time_us(kGenesisMicros);
  for (uint32_t i = 0; i < options.validators; ++i) {
    validators_.push_back(SignerNamed(absl::StrCat("validator ", i)));
    v1::Validator* validator = genesis.add_validators();
    validator->set_name(absl::StrCat("node-", i + 1));
    validator->set_operator_(kBank);
    validator->set_public_key(validators_.back()->public_key().bytes);
  }
  *genesis.mutable_limits() = options.limits;
  *genesis.mutable_drift() = chain::DefaultDrift();
  genesis.set_confidentiality_key_hash(crypto::Sha256(kConfidentialityKey).ToString());
  for (v1::Operation& operation : options.genesis_operations) *genesis.add_operations() = std::move(operation);
  CAUSEWAY_CHECK(chain::GenesisErrors(genesis).empty(), chain::GenesisErrors(genesis).front());
  parameters_.chain_id = chain::ChainIdOf(genesis);
  if (options.with_confidentiality_key) parameters_.confidentiality_key = kConfidentialityKey;

  executor_ = std::make_unique<execution::Executor>(registry_, parameters_);
  auto executed = executor_->ExecuteGenesis();
  CAUSEWAY_CHECK(executed.ok(), executed.status().ToString());
  Accept(*std::move(executed));
}

chain::TransactionBuilder TestChain::Builder() {
  std::string id(8, '\0');
  AppendBigEndian64(id, next_id_++);
  chain::TransactionBuilder builder(chain_id(), kBank);
  builder.set_id(*ClientTransactionId::FromBytes(id))
      .set_valid_until(AddSaturating(Instant::FromMicros(now_us()), Duration::Minutes(10)))
      .AddSigner(signer_);
  return builder;
}

std::string TestChain::Envelope(const std::vector<v1::Operation>& operations) {
  chain::TransactionBuilder builder = Builder();
  for (const v1::Operation& operation : operations) builder.Add(operation);
  return builder.Sign()->envelope;
}

std::string TestChain::LinkedEnvelope(const std::vector<v1::Operation>& operations) {
  chain::TransactionBuilder builder = Builder();
  for (size_t i = 0; i < operations.size(); ++i) builder.Add(operations[i], i + 1 < operations.size());
  return builder.Sign()->envelope;
}

std::shared_ptr<const chain::Transaction> TestChain::Decode(const std::string& envelope) const {
  auto transaction = chain::DecodeEnvelope(envelope, chain_id(), genesis().limits(), chain::kProtocolVersion);
  CAUSEWAY_CHECK(transaction.ok(), transaction.ok() ? "" : transaction.invalid().ToString());
  return transaction.value();
}

execution::BuiltBlock TestChain::Build(const std::vector<std::string>& envelopes, uint64_t time_us) const {
  std::vector<std::shared_ptr<const chain::Transaction>> candidates;
  for (const std::string& envelope : envelopes) candidates.push_back(Decode(envelope));
  const Instant time = Instant::FromMicros(time_us == 0 ? now_us() + 1000 * 1000 : time_us);
  auto built = executor_->BuildBlock(tip_, candidates, time, execution::BuildLimits::Of(genesis().limits(), 0), 0);
  CAUSEWAY_CHECK(built.ok(), built.status().ToString());
  return *std::move(built);
}

std::shared_ptr<const execution::ExecutedBlock> TestChain::Append(const std::vector<std::string>& envelopes,
                                                                  uint64_t time_us) {
  execution::BuiltBlock built = Build(envelopes, time_us);
  for (const auto& [index, invalid] : built.refused) CAUSEWAY_CHECK(false, index, ": ", invalid.ToString());
  CAUSEWAY_CHECK(built.left_over.empty());
  Accept(built.executed);
  return built.executed;
}

void TestChain::Accept(std::shared_ptr<const execution::ExecutedBlock> executed) {
  state_.Apply(*executed->changes);
  tip_ = executed->AsParent(&state_);
  blocks_.push_back(std::move(executed));
}

v1::Certificate TestChain::Finalize(uint64_t height) const {
  std::vector<uint32_t> signers(chain::Quorum(static_cast<uint32_t>(validators_.size())));
  std::iota(signers.begin(), signers.end(), 0);
  return FinalizeBy(height, signers, height);
}

v1::Certificate TestChain::FinalizeBy(uint64_t height, const std::vector<uint32_t>& signers, uint64_t view) const {
  v1::Certificate certificate;
  certificate.set_kind(v1::VOTE_KIND_FINALIZE);
  certificate.set_epoch(0);
  certificate.set_view(view);
  certificate.set_parent_view(view - 1);
  certificate.set_block_hash(blocks_.at(height)->hash.ToString());
  const std::string preimage = chain::VotePreimage(chain_id(), *chain::SubjectOf(certificate));
  for (const uint32_t signer : signers) {
    certificate.add_signers(signer);
    certificate.mutable_signatures()->append(*validators_.at(signer)->Sign(preimage));
  }
  return certificate;
}

uint64_t TestChain::Content(const AccountId& purse, absl::string_view instrument) const {
  return state_.Get(kPurses, std::make_tuple(purse, *InstrumentId::Parse(instrument))).value_or(Purse{0}).content;
}

}  // namespace causeway::testing
