// SPDX-License-Identifier: Apache-2.0
// A chain with all contracts, signed envelopes and four validators, in memory: two dealing days of a fund with cash,
// transfers, delivery against payment, holds, refusals and due work, and with a model that judges transfers of cash.
// For tests of replay, storage and audit on what a node really holds.
#ifndef CAUSEWAY_TESTS_SUPPORT_LEDGER_WORLD_H_
#define CAUSEWAY_TESTS_SUPPORT_LEDGER_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/consensus.pb.h"
#include "causeway/v1/policy.pb.h"
#include "ledger/base/instant.h"
#include "ledger/chain/certificate.h"
#include "ledger/crypto/signer.h"
#include "ledger/execution/executor.h"
#include "ledger/state/memory_state.h"

namespace causeway::testing {

class LedgerWorld {
 public:
  // Genesis: parties with officers and keys as ContractFixture has them.
  LedgerWorld();

  // Lives through two dealing days with so many orders a day: about 45 blocks. Once.
  void LiveTwoDays(int orders);

  const v1::Genesis& genesis() const { return parameters_.genesis; }
  const Hash& chain_id() const { return parameters_.chain_id; }
  const std::string& confidentiality_key() const { return *parameters_.confidentiality_key; }
  const execution::Registry& registry() const { return *registry_; }
  const execution::Executor& executor() const { return *executor_; }
  const std::vector<std::shared_ptr<const execution::ExecutedBlock>>& blocks() const { return blocks_; }
  const state::MemoryState& state() const { return state_; }
  Instant now() const { return Instant::FromMicros(tip_.header.time_us()); }

  // A finalization of a block by validators 0 to `signers` − 1, valid where these are a quorum (3).
  v1::Certificate Finalize(uint64_t height, uint32_t signers = 3) const;
  // The same for any block hash, by the validators named.
  v1::Certificate FinalizeAs(uint64_t height, const Hash& block_hash, const std::vector<uint32_t>& signers) const;

  // Any vote on a block, by the validators named.
  v1::Certificate CertifyAs(v1::VoteKind kind, uint64_t epoch, uint64_t view, const Hash& block_hash,
                            const std::vector<uint32_t>& signers) const;

  // The hash under which a receipt names a restricted record, for who has the confidentiality key.
  Hash SaltedHash(const Hash& transaction_id, uint32_t operation, uint32_t sequence, absl::string_view record) const;

  // A signed envelope, valid for ten minutes, by the officers of these numbers (1 to 4).
  std::string Envelope(const std::string& party, const std::vector<int>& officers,
                       const std::vector<v1::Operation>& operations);
  // A block with all of these envelopes (checked) at a time, after the tip.
  const execution::ExecutedBlock& Append(Instant time, const std::vector<std::string>& envelopes);

  // What the model decided, as the restricted records tell, in order. Each verdict is among them, on each basis, and
  // cases that were released, refused, frozen, that expired, and that are open at the end.
  std::vector<v1::Decision> Decisions() const;

  // What came of all operations of transactions so far, and of due work.
  uint64_t applied() const { return applied_; }
  uint64_t refused() const { return refused_; }
  uint64_t due() const { return due_; }

 private:
  void Accept(std::shared_ptr<const execution::ExecutedBlock> executed);
  void SetUp();
  void FirstDay(int orders);
  void BetweenDays();
  // ledger_world_policy.cc
  void BindModel();
  void JudgeFirstDay();
  void JudgeSecondDay();
  void SecondDay(int orders);
  // Empty blocks, one second each, until nothing is due any more.
  void WorkOff();

  std::vector<std::shared_ptr<const crypto::Signer>> validators_;
  std::unique_ptr<execution::Registry> registry_;
  execution::ChainParameters parameters_;
  std::unique_ptr<execution::Executor> executor_;
  state::MemoryState state_;
  execution::ParentState tip_;
  std::vector<std::shared_ptr<const execution::ExecutedBlock>> blocks_;
  uint64_t next_id_ = 1;
  uint64_t applied_ = 0, refused_ = 0, due_ = 0;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_LEDGER_WORLD_H_
