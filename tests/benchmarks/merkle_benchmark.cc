// SPDX-License-Identifier: Apache-2.0
// What hashing, signatures and the two trees cost. Keys are as the ledger makes them: a table and a hash.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "absl/types/span.h"

#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signer.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/merkle/state_tree.h"

namespace causeway::merkle {
namespace {

std::vector<StateChange> Leaves(uint64_t count) {
  const Hash value = crypto::Sha256("value");
  std::vector<StateChange> changes;
  changes.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    changes.push_back(StateChange{StateTreeKeyOf(static_cast<uint16_t>(48 + i % 3), std::to_string(i)), value});
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return changes;
}

// A tree of a size, made once.
const StateTree& TreeOfSize(uint64_t count) {
  static std::map<uint64_t, StateTree>& trees = *new std::map<uint64_t, StateTree>;
  const auto found = trees.find(count);
  if (found != trees.end()) return found->second;
  return trees.emplace(count, StateTree().Update(Leaves(count))).first->second;
}

void Sha256OfANode(benchmark::State& state) {
  Hash hash = crypto::Sha256("start");
  for (auto _ : state) hash = StateNodeHash(hash, hash);
  benchmark::DoNotOptimize(hash);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Sha256OfANode);

void VerifySignature(benchmark::State& state) {
  const auto algorithm = static_cast<crypto::KeyAlgorithm>(state.range(0));
  state.SetLabel(std::string(crypto::KeyAlgorithmName(algorithm)));
  const crypto::PrivateKey key = *crypto::PrivateKey::Generate(algorithm);
  const std::string message(100, 'm');
  const std::string signature = *crypto::MakeSigner(key.Clone())->Sign(message);
  for (auto _ : state) benchmark::DoNotOptimize(crypto::Verify(key.public_key(), message, signature));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifySignature)->Arg(1)->Arg(2);

void StateTreeBuild(benchmark::State& state) {
  const std::vector<StateChange> leaves = Leaves(static_cast<uint64_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(StateTree().Update(leaves).Root());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(StateTreeBuild)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

// A block's changes: `range(1)` distinct keys of a tree of `range(0)`, path copies included, the tree before it kept as
// an overlay's parent keeps it.
void StateTreeUpdate(benchmark::State& state) {
  const uint64_t count = static_cast<uint64_t>(state.range(0));
  const uint64_t changed = static_cast<uint64_t>(state.range(1));
  StateTree tree = TreeOfSize(count);
  const std::vector<StateChange> leaves = Leaves(count);
  uint64_t round = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<StateChange> changes;
    const Hash value = crypto::Sha256(std::to_string(++round));
    const uint64_t step = count / changed;
    for (uint64_t i = round % step; i < count && changes.size() < changed; i += step) {
      changes.push_back(StateChange{leaves[i].key, value});
    }
    state.ResumeTiming();
    tree = tree.Update(changes);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(changed));
}
BENCHMARK(StateTreeUpdate)->Args({1'000'000, 1'000})->Args({1'000'000, 16'384})->Unit(benchmark::kMillisecond);

void StateTreeMemory(benchmark::State& state) {
  const uint64_t count = static_cast<uint64_t>(state.range(0));
  const StateTree::MemoryUse before = StateTree::GetMemoryUse();
  const StateTree tree = StateTree().Update(Leaves(count));
  const StateTree::MemoryUse after = StateTree::GetMemoryUse();
  for (auto _ : state) benchmark::DoNotOptimize(tree.Root());
  const double keys = static_cast<double>(count);
  // Sizes of the two kinds of node: see state_node_pool.h.
  state.counters["bytes_per_key"] = (72.0 * static_cast<double>(after.leaves - before.leaves) +
                                     44.0 * static_cast<double>(after.interior_nodes - before.interior_nodes)) /
                                    keys;
}
BENCHMARK(StateTreeMemory)->Arg(1'000'000)->Iterations(1);

void StateTreeProve(benchmark::State& state) {
  const StateTree& tree = TreeOfSize(1'000'000);
  uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(tree.Prove(StateTreeKeyOf(48, std::to_string(i += 3))));
}
BENCHMARK(StateTreeProve);

void StateProofVerify(benchmark::State& state) {
  const StateTree& tree = TreeOfSize(1'000'000);
  const StateProof proof = tree.Prove(StateTreeKeyOf(48, "0"));
  const Hash root = tree.Root();
  for (auto _ : state) benchmark::DoNotOptimize(VerifyStateProof(root, 48, "0", absl::string_view("value"), proof));
}
BENCHMARK(StateProofVerify);

void HistoryAppend(benchmark::State& state) {
  HistoryFrontier frontier;
  const Hash leaf = HistoryLeafHash("receipt");
  for (auto _ : state) benchmark::DoNotOptimize(frontier.Append(leaf));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(HistoryAppend);

}  // namespace
}  // namespace causeway::merkle
