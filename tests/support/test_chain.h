// SPDX-License-Identifier: Apache-2.0
// A chain in memory: four validators with known keys, one party with two keys, a genesis, blocks built on one another,
// and their finalizations.
#ifndef CAUSEWAY_TESTS_SUPPORT_TEST_CHAIN_H_
#define CAUSEWAY_TESTS_SUPPORT_TEST_CHAIN_H_

#include <memory>
#include <string>
#include <vector>

#include "causeway/v1/consensus.pb.h"
#include "ledger/chain/transaction_builder.h"
#include "ledger/crypto/signer.h"
#include "ledger/execution/executor.h"
#include "ledger/state/memory_state.h"
#include "tests/support/purse_contract.h"

namespace causeway::testing {

// A LEI with right check digits.
inline constexpr char kBank[] = "529900T8BM49AURSDO55";
inline constexpr char kOtherBank[] = "5493001KJTIIGC8Y1R12";
// Block time of genesis: 2026-03-02T08:00:00Z.
inline constexpr uint64_t kGenesisMicros = 1772438400000000;

// A key made of a name; the same in every run.
std::shared_ptr<const crypto::Signer> SignerNamed(const std::string& name);

class TestChain {
 public:
  struct Options {
    v1::Limits limits;
    std::vector<v1::Operation> genesis_operations;
    uint32_t validators = 4;
    bool with_confidentiality_key = true;
    Options();
  };
  explicit TestChain(Options options = Options());

  const execution::Executor& executor() const { return *executor_; }
  const execution::ChainParameters& parameters() const { return parameters_; }
  const v1::Genesis& genesis() const { return parameters_.genesis; }
  const Hash& chain_id() const { return parameters_.chain_id; }
  const execution::Registry& registry() const { return registry_; }

  // The two keys of kBank; kOtherBank has a third.
  const std::shared_ptr<const crypto::Signer>& signer() const { return signer_; }
  const std::shared_ptr<const crypto::Signer>& second_signer() const { return second_signer_; }
  const std::shared_ptr<const crypto::Signer>& other_signer() const { return other_signer_; }

  // A builder with a fresh id and valid for 10 minutes from the tip, signed by kBank's first key.
  chain::TransactionBuilder Builder();
  // The same with operations, as an envelope. Each may stand or fall alone.
  std::string Envelope(const std::vector<v1::Operation>& operations);
  // All in one group.
  std::string LinkedEnvelope(const std::vector<v1::Operation>& operations);
  std::shared_ptr<const chain::Transaction> Decode(const std::string& envelope) const;

  // A block of these envelopes after the tip, executed and not appended. `time_us` 0: one second after the tip.
  execution::BuiltBlock Build(const std::vector<std::string>& envelopes, uint64_t time_us = 0) const;
  // The same with all envelopes in it (checked), and appended.
  std::shared_ptr<const execution::ExecutedBlock> Append(const std::vector<std::string>& envelopes,
                                                         uint64_t time_us = 0);
  void Accept(std::shared_ptr<const execution::ExecutedBlock> executed);

  const execution::ParentState& tip() const { return tip_; }
  const state::MemoryState& state() const { return state_; }
  uint64_t now_us() const { return tip_.header.time_us(); }
  // All blocks from genesis on.
  const std::vector<std::shared_ptr<const execution::ExecutedBlock>>& blocks() const { return blocks_; }

  // A finalization of the block at `height` by a quorum, in the view of that number.
  v1::Certificate Finalize(uint64_t height) const;
  // The same by the validators named, ascending, and in any view.
  v1::Certificate FinalizeBy(uint64_t height, const std::vector<uint32_t>& signers, uint64_t view) const;

  // What a purse holds at the tip.
  uint64_t Content(const AccountId& purse, absl::string_view instrument = "SGD.TEST") const;

 private:
  std::shared_ptr<const crypto::Signer> signer_, second_signer_, other_signer_;
  std::vector<std::shared_ptr<const crypto::Signer>> validators_;
  execution::Registry registry_;
  execution::ChainParameters parameters_;
  std::unique_ptr<execution::Executor> executor_;
  state::MemoryState state_;
  execution::ParentState tip_;
  std::vector<std::shared_ptr<const execution::ExecutedBlock>> blocks_;
  uint64_t next_id_ = 1;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_TEST_CHAIN_H_
