// SPDX-License-Identifier: Apache-2.0
// What the shared rules of authority, four eyes and pauses cost an operation.

#include <benchmark/benchmark.h>

#include "tests/support/contract_fixture.h"

namespace causeway {
namespace {

class World : public testing::ContractFixture {
 public:
  using ContractFixture::block;
  using ContractFixture::kBank;
  using ContractFixture::kIntermediary;
  using ContractFixture::One;
  using ContractFixture::registry;
  using ContractFixture::state;
  using ContractFixture::Two;
  void TestBody() override {}
};

void AskSharedRules(benchmark::State& run, uint32_t officers) {
  World world;
  const execution::BlockContext block = world.block();
  v1::Operation operation;
  operation.mutable_parties();
  const execution::OperationContext context{
      &block,     Hash::Zero(), 0, World::kBank, officers == 2 ? World::Two(World::kBank) : World::One(World::kBank),
      &operation, nullptr};
  execution::Demands demands;
  demands.kind = "transfers.transfer";
  demands.minimum_officers = officers;
  demands.instruments = {testing::InstrumentFor("SGD.MERIDIAN")};
  // As deep as a linked group's operation sees it.
  state::StateTransaction transaction(world.state());
  state::StateTransaction group(transaction);
  for (auto _ : run) {
    Reasons reasons;
    world.registry().authority->CheckAuthority(context, demands, group, reasons);
    world.registry().authority->CheckFourEyes(context, demands, group, reasons);
    world.registry().pauses->CheckPauses(context, demands, group, reasons);
    world.registry().authority->ConsumeApprovals(context, demands, group);
    CAUSEWAY_CHECK(reasons.empty());
  }
}

BENCHMARK_CAPTURE(AskSharedRules, one_officer, 1);
BENCHMARK_CAPTURE(AskSharedRules, four_eyes, 2);

}  // namespace
}  // namespace causeway
