// SPDX-License-Identifier: Apache-2.0
// What a judgement costs: compiling a model, a score, an explanation. The argument is the number of trees, of depth 6.

#include <random>

#include <benchmark/benchmark.h>

#include "contracts/policy/explanation.h"
#include "contracts/policy/trees.h"
#include "tests/support/random_model.h"

namespace causeway {
namespace {

constexpr size_t kRows = 64;

struct Sample {
  explicit Sample(benchmark::State& run) {
    std::mt19937_64 random(20260302);
    source = testing::RandomModel({20, static_cast<size_t>(run.range(0)), 6, 16}, random);
    for (size_t i = 0; i < kRows; ++i) rows.push_back(testing::RandomRow(source, random));
  }

  v1::Model source;
  std::vector<policy::FeatureRow> rows;
};

void CompileAccepted(benchmark::State& run) {
  const Sample sample(run);
  for (auto _ : run) benchmark::DoNotOptimize(policy::TreeModel::CompileAccepted(sample.source));
}

void Score(benchmark::State& run) {
  const Sample sample(run);
  const policy::TreeModel model = policy::TreeModel::CompileAccepted(sample.source);
  size_t i = 0;
  for (auto _ : run) benchmark::DoNotOptimize(model.Score(sample.rows[i++ % kRows]));
}

void Explain(benchmark::State& run) {
  const Sample sample(run);
  const policy::TreeModel model = policy::TreeModel::CompileAccepted(sample.source);
  size_t i = 0;
  for (auto _ : run) benchmark::DoNotOptimize(policy::Explain(model, sample.rows[i++ % kRows]));
  run.counters["nodes_x_references"] = static_cast<double>(model.explanation_work());
}

BENCHMARK(CompileAccepted)->Arg(50)->Arg(100);
BENCHMARK(Score)->Arg(50)->Arg(100);
BENCHMARK(Explain)->Arg(50)->Arg(100);

}  // namespace
}  // namespace causeway
