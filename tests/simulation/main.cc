// SPDX-License-Identifier: Apache-2.0
// causeway_simulate: runs seeds, prints what they covered, and for each that fails the command that replays it.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulation/mutants.h"
#include "tests/simulation/simulation.h"

namespace causeway::simulation {
namespace {

constexpr char kHelp[] =
    "causeway_simulate --seeds 1-100\n\n"
    "  --seeds A-B      the seeds to run, or one seed\n"
    "  --nodes N        validators in each (default: the seed says, among 1, 4, 5, 7 and 10)\n"
    "  --scenario NAME  mixed, network, crashes, byzantine, lost-log, machines, epochs (default: the seed says, mixed "
    "or "
    "epochs)\n"
    "  --blocks N       final blocks in the first phase of each (default 200)\n"
    "  --without RULE   break one rule (--without list: their names); may be given several times\n"
    "  --caught         pass where a seed fails: the rule that is broken is missed (stops at the first)\n"
    "  --covered        fail where a fault or a branch of the rules never occurred\n"
    "  --trace          tell the story of each seed\n"
    "  --votes          print the votes that left reliable validators, in order: who, what, view, parent's view, "
    "block\n"
    "  --hashes         print each seed's trace hash\n";

struct Arguments {
  uint64_t first = 0;
  uint64_t last = 0;
  std::optional<uint32_t> nodes;
  std::optional<std::string> scenario;
  uint64_t blocks = 200;
  consensus::RuleSwitches rules;
  bool trace = false;
  bool votes = false;
  bool hashes = false;
  bool caught = false;
  bool covered = false;
};

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--trace") {
      arguments.trace = true;
      continue;
    }
    if (flag == "--votes") {
      arguments.votes = true;
      continue;
    }
    if (flag == "--hashes") {
      arguments.hashes = true;
      continue;
    }
    if (flag == "--caught") {
      arguments.caught = true;
      continue;
    }
    if (flag == "--covered") {
      arguments.covered = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::string_view value = argv[++i];
    if (flag == "--seeds") {
      const size_t dash = value.find('-');
      const auto first = Number(value.substr(0, dash));
      const auto last = dash == std::string_view::npos ? first : Number(value.substr(dash + 1));
      if (!first || !last || *first > *last) return std::nullopt;
      arguments.first = *first;
      arguments.last = *last;
    } else if (flag == "--nodes" || flag == "--blocks") {
      const auto number = Number(value);
      if (!number || *number == 0 || *number > 1'000'000) return std::nullopt;
      if (flag == "--blocks") arguments.blocks = *number;
      if (flag == "--nodes" && *number > 40) return std::nullopt;
      if (flag == "--nodes") arguments.nodes = static_cast<uint32_t>(*number);
    } else if (flag == "--scenario") {
      const auto names = ScenarioNames();
      if (std::find(names.begin(), names.end(), value) == names.end()) return std::nullopt;
      arguments.scenario = value;
    } else if (flag == "--without") {
      const auto mutant =
          std::find_if(Mutants().begin(), Mutants().end(), [&](const Mutant& one) { return one.name == value; });
      if (mutant == Mutants().end()) {
        for (const Mutant& one : Mutants()) std::fprintf(stderr, "%s\n", one.name.c_str());
        return std::nullopt;
      }
      arguments.rules.*mutant->rule = false;
    } else {
      return std::nullopt;
    }
  }
  if (arguments.last == 0) return std::nullopt;
  return arguments;
}

struct Totals {
  uint64_t seeds = 0;
  uint64_t failed = 0;
  uint64_t blocks = 0;
  uint64_t views = 0;
  uint64_t events = 0;
  uint64_t heal_us_max = 0;
  uint64_t heal_views_max = 0;
  std::array<uint64_t, kFaults> faults = {};
  consensus::Coverage coverage;
};

void Add(Totals& totals, const SimulationResult& result) {
  ++totals.seeds;
  totals.failed += result.failure.empty() ? 0 : 1;
  totals.blocks += result.blocks;
  totals.views += result.views;
  totals.events += result.events;
  totals.heal_us_max = std::max(totals.heal_us_max, result.heal_us);
  totals.heal_views_max = std::max(totals.heal_views_max, result.heal_views);
  for (size_t i = 0; i < kFaults; ++i) totals.faults[i] += result.faults[i];
  totals.coverage.Add(result.coverage);
}

void Print(const Totals& totals, double seconds) {
  std::printf("\nfaults\n");
  for (size_t i = 0; i < kFaults; ++i) {
    std::printf("  %-24s %10llu\n", FaultName(static_cast<Fault>(i)),
                static_cast<unsigned long long>(totals.faults[i]));
  }
  std::printf("\nbranches of the rules\n");
  for (size_t i = 0; i < consensus::kBranches; ++i) {
    const std::string name(consensus::BranchName(static_cast<consensus::Branch>(i)));
    std::printf("  %-36s %10llu\n", name.c_str(), static_cast<unsigned long long>(totals.coverage.counts[i]));
  }
  std::printf(
      "\n%llu seeds, %llu failed, %llu blocks in %llu views, %llu events, slowest healing %.2f s and %llu views\n",
      static_cast<unsigned long long>(totals.seeds), static_cast<unsigned long long>(totals.failed),
      static_cast<unsigned long long>(totals.blocks), static_cast<unsigned long long>(totals.views),
      static_cast<unsigned long long>(totals.events), static_cast<double>(totals.heal_us_max) / 1e6,
      static_cast<unsigned long long>(totals.heal_views_max));
  std::printf("%.1f s, %.3f s a seed, %.0f seeds a minute\n", seconds, seconds / static_cast<double>(totals.seeds),
              60 * static_cast<double>(totals.seeds) / seconds);
}

// What never occurred, a line each. A network of sound ledgers never halts: that branch has a test of its own.
uint64_t PrintUncovered(const Totals& totals) {
  uint64_t missing = 0;
  for (size_t i = 0; i < kFaults; ++i) {
    if (totals.faults[i] != 0) continue;
    ++missing;
    std::printf("NOT COVERED: the fault %s\n", FaultName(static_cast<Fault>(i)));
  }
  for (size_t i = 0; i < consensus::kBranches; ++i) {
    const auto branch = static_cast<consensus::Branch>(i);
    if (totals.coverage.counts[i] != 0 || branch == consensus::Branch::kHalted) continue;
    ++missing;
    std::printf("NOT COVERED: the branch %s\n", std::string(consensus::BranchName(branch)).c_str());
  }
  return missing;
}

// For tests/model, which holds them against the rules once more.
void PrintVotes(const SimulationResult& result, uint32_t nodes) {
  std::printf("validators %u without", nodes);
  for (const uint32_t node : result.unreliable) std::printf(" %u", node);
  std::printf("\n");
  for (const auto& [validator, subject] : result.votes) {
    std::printf("vote %u %s %llu %llu %s\n", validator, std::string(consensus::VoteKindName(subject.kind)).c_str(),
                static_cast<unsigned long long>(subject.view.value()),
                static_cast<unsigned long long>(subject.parent_view.value()),
                subject.block.ToHex().substr(0, 16).c_str());
  }
}

int Main(int argc, char** argv) {
  const std::optional<Arguments> arguments = Parse(argc, argv);
  if (!arguments) {
    const bool asked = argc == 2 && std::strcmp(argv[1], "--help") == 0;
    std::fputs(kHelp, asked ? stdout : stderr);
    return asked ? 0 : 2;
  }
  Totals totals;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = arguments->first; seed <= arguments->last; ++seed) {
    SimulationOptions options;
    options.seed = seed;
    options.nodes = arguments->nodes.value_or(NodesOf(seed));
    options.scenario = arguments->scenario.value_or(ScenarioOf(seed));
    options.blocks = arguments->blocks;
    options.rules = arguments->rules;
    options.trace = arguments->trace ? stdout : nullptr;
    const SimulationResult result = Simulate(options);
    Add(totals, result);
    if (arguments->votes) PrintVotes(result, options.nodes);
    if (arguments->hashes) {
      std::printf("seed %llu: %016llx\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(result.trace_hash));
    }
    if (result.failure.empty()) continue;
    std::printf(
        "seed %llu FAILED: %s\n  replay: tests/simulate --seeds %llu --nodes %u --scenario %s --blocks %llu --trace\n",
        static_cast<unsigned long long>(seed), result.failure.c_str(), static_cast<unsigned long long>(seed),
        options.nodes, options.scenario.c_str(), static_cast<unsigned long long>(options.blocks));
    std::fflush(stdout);
    if (arguments->caught) {
      std::printf("caught by seed %llu\n", static_cast<unsigned long long>(seed));
      return 0;
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  Print(totals, spent.count());
  if (arguments->caught) {
    std::printf("NOT CAUGHT: no seed missed the rule\n");
    return 1;
  }
  if (arguments->covered && PrintUncovered(totals) != 0) return 1;
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace causeway::simulation

int main(int argc, char** argv) {
  return causeway::simulation::Main(argc, argv);
}
