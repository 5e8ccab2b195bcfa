// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "causeway/v1/policy.pb.h"
#include "contracts/registry.h"
#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/execution/executor.h"
#include "ledger/state/memory_state.h"
#include "tests/golden/golden_file.h"
#include "tests/support/status_matchers.h"

namespace causeway::testing {
namespace {

using ::testing::ElementsAre;

constexpr char kFolder[] = "tests/vectors/golden";

std::vector<std::string> Files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".chain") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Replayed {
  uint64_t transactions = 0;
  uint64_t applied = 0;
  uint64_t refused = 0;
  uint64_t due_work = 0;
  // What models decided, by verdict and by what it rests on; how many of the decisions are explained; how cases ended.
  std::map<v1::PolicyVerdict, uint64_t> verdicts;
  std::set<v1::DecisionBasis> bases;
  uint64_t explained = 0;
  std::set<v1::CaseOutcome> case_outcomes;
};

void Count(const std::vector<v1::OperationResult>& results, Replayed& replayed) {
  for (const v1::OperationResult& result : results) {
    for (const v1::Event& event : result.events()) {
      if (event.policy().has_case_closed()) replayed.case_outcomes.insert(event.policy().case_closed().outcome());
    }
  }
}

void Count(const execution::ExecutedBlock& executed, Replayed& replayed) {
  for (const execution::TransactionOutcome& outcome : executed.transactions) {
    ++replayed.transactions;
    for (const v1::OperationResult& result : outcome.results)
      ++(result.status() == v1::OPERATION_STATUS_APPLIED ? replayed.applied : replayed.refused);
    Count(outcome.results, replayed);
    for (const execution::RestrictedRecord& record : outcome.restricted) {
      v1::Decision decision;
      if (record.type != "causeway.v1.Decision" || !decision.ParseFromString(record.bytes)) continue;
      ++replayed.verdicts[decision.verdict()];
      replayed.bases.insert(decision.basis());
      if (decision.contribution_divisor() > 0) ++replayed.explained;
    }
  }
  for (const execution::DueOutcome& outcome : executed.due_work) Count(outcome.results, replayed);
  replayed.due_work += executed.due_work.size();
}

// Every block as it was recorded gives the roots in its header.
absl::StatusOr<Replayed> Replay(const GoldenChain& golden) {
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Genesis genesis, codec::ParseCanonical<v1::Genesis>(golden.genesis));
  const execution::ChainParameters parameters{chain::ChainIdOf(genesis), genesis, golden.confidentiality_key};
  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  const execution::Executor executor(*registry, parameters);
  CAUSEWAY_ASSIGN_OR_RETURN(std::shared_ptr<const execution::ExecutedBlock> executed, executor.ExecuteGenesis());
  state::MemoryState state;
  Replayed replayed;
  for (size_t i = 0; i <= golden.blocks.size(); ++i) {
    state.Apply(*executed->changes);
    Count(*executed, replayed);
    if (i == golden.blocks.size()) break;
    const auto block = chain::DecodeBlock(golden.blocks[i], chain::kProtocolVersion);
    const std::string at = absl::StrCat("block ", i + 1, ": ");
    if (!block.ok()) return absl::DataLossError(at + block.invalid().ToString());
    CAUSEWAY_ASSIGN_OR_RETURN(const execution::BlockVerdict verdict,
                              executor.ExecuteBlock(executed->AsParent(&state), *block));
    if (verdict.invalid) return absl::DataLossError(at + verdict.invalid->ToString());
    if (!verdict.executed->RootsMatch()) return absl::DataLossError(at + verdict.executed->DescribeDifference());
    executed = verdict.executed;
  }
  return replayed;
}

TEST(Golden, EveryRecordedChainGivesItsRoots) {
  const std::vector<std::string> files = Files();
  ASSERT_FALSE(files.empty()) << "no chain in " << kFolder;
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const std::optional<GoldenChain> golden = DecodeGolden(ReadFile(file));
    ASSERT_TRUE(golden.has_value());
    absl::StatusOr<Replayed> replayed = Replay(*golden);
    ASSERT_THAT(replayed, IsOk());
    // Worth replaying: blocks that do something of each kind.
    EXPECT_GT(golden->blocks.size(), 30u);
    EXPECT_GT(replayed->applied, 50u);
    EXPECT_GT(replayed->refused, 5u);
    EXPECT_GT(replayed->due_work, 5u);
    EXPECT_GT(replayed->verdicts[v1::POLICY_VERDICT_ALLOW], 1u);
    EXPECT_GT(replayed->verdicts[v1::POLICY_VERDICT_HOLD], 1u);
    EXPECT_GT(replayed->verdicts[v1::POLICY_VERDICT_DENY], 1u);
    EXPECT_THAT(replayed->bases, ElementsAre(v1::DECISION_BASIS_SCORE, v1::DECISION_BASIS_SHADOW,
                                             v1::DECISION_BASIS_ABOVE_CAP, v1::DECISION_BASIS_FAIL_CLOSED,
                                             v1::DECISION_BASIS_FALLBACK, v1::DECISION_BASIS_QUEUE_FULL));
    EXPECT_GT(replayed->explained, 5u);
    EXPECT_THAT(replayed->case_outcomes, ElementsAre(v1::CASE_OUTCOME_RELEASED, v1::CASE_OUTCOME_REFUSED,
                                                     v1::CASE_OUTCOME_FROZEN, v1::CASE_OUTCOME_EXPIRED));
  }
}

TEST(Golden, AByteOfABlockCannotChange) {
  for (const std::string& file : Files()) {
    const GoldenChain golden = *DecodeGolden(ReadFile(file));
    for (size_t block = 0; block < golden.blocks.size(); block += 7) {
      GoldenChain changed = golden;
      std::string& bytes = changed.blocks[block];
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
      EXPECT_FALSE(Replay(changed).ok()) << file << ", block " << block + 1;
    }
  }
}

TEST(Golden, AnotherGenesisIsAnotherChain) {
  GoldenChain golden = *DecodeGolden(ReadFile(Files().front()));
  v1::Genesis genesis = *codec::ParseCanonical<v1::Genesis>(golden.genesis);
  genesis.set_name("another");
  golden.genesis = chain::EncodeGenesis(genesis);
  EXPECT_THAT(Replay(golden), StatusIs(absl::StatusCode::kDataLoss, "block 1"));
}

}  // namespace
}  // namespace causeway::testing
