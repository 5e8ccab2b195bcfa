// SPDX-License-Identifier: Apache-2.0
// A whole network in one thread and one seed: the real engine and the real vote log of every validator, over a
// simulated disk, a model of the ledger, a network and clocks that misbehave as the seed says. Virtual time; nothing
// here reads a clock, so a seed gives the same story, and the same trace hash, on every machine.
//
// Two phases. First faults, until enough blocks are final; invariants are checked all along. Then everything heals
// (Byzantine validators stay what they are), and the network must finalize again within a bounded time.
#ifndef CAUSEWAY_TESTS_SIMULATION_SIMULATION_H_
#define CAUSEWAY_TESTS_SIMULATION_SIMULATION_H_

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "node/consensus/coverage.h"
#include "node/consensus/rules.h"
#include "tests/simulation/observer.h"

namespace causeway::simulation {

enum class Fault : uint8_t {
  kLoss,
  kDelay,
  kDuplication,
  kReordering,
  kIsolateOne,
  kSplit,
  kOneWay,
  kCutQuorum,
  kCrash,
  kCrashBeforeWrite,
  kCrashTorn,
  kCrashAfterSync,
  kCrashAll,
  kCrashAllAtBarrier,
  kPause,
  kClockSkew,
  kSlowDisk,
  kSlowExecution,
  kFailedSync,
  kDiskFull,
  kWipe,
  kBitRot,
  kRollback,
  kByzantineSilent,
  kByzantineEquivocates,
  kByzantineBackdates,
  kByzantineDoubleVotes,
  kByzantineGarbage,
  kByzantineReplays,
  kByzantineForks,
  kByzantineForges,
  kByzantineInvalid,
  kByzantineMisleads,
  kByzantineTwins,
  kEpochChange,
  kCount,
};
inline constexpr size_t kFaults = static_cast<size_t>(Fault::kCount);
const char* FaultName(Fault fault);

struct SimulationOptions {
  uint64_t seed = 1;
  uint32_t nodes = 4;
  // One of ScenarioNames().
  std::string scenario = "mixed";
  uint64_t blocks = 200;  // final ones in the first phase
  consensus::RuleSwitches rules = {};
  // Nodes whose ledger computes other roots than the others' (for the test of rule 8).
  uint32_t salted_nodes = 0;
  std::FILE* trace = nullptr;
};

struct SimulationResult {
  std::string failure;  // empty: passed
  uint64_t trace_hash = 0;
  uint64_t blocks = 0;
  uint64_t views = 0;
  uint64_t events = 0;
  uint64_t virtual_us = 0;
  uint64_t heal_us = 0;  // until all honest validators had committed a new block
  uint64_t heal_views = 0;
  uint32_t halted = 0;
  uint64_t faults_total = 0;
  std::array<uint64_t, kFaults> faults = {};
  consensus::Coverage coverage;
  std::vector<SentVote> votes;  // of reliable validators, in order
  std::vector<uint32_t> unreliable;
};

std::vector<std::string> ScenarioNames();
SimulationResult Simulate(const SimulationOptions& options);
// How many validators a seed has, and which scenario, if the caller does not say.
uint32_t NodesOf(uint64_t seed);
std::string ScenarioOf(uint64_t seed);

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIMULATION_H_
