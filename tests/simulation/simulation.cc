// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulation.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/chain/certificate.h"
#include "tests/simulation/node.h"
#include "tests/simulation/world.h"

namespace causeway::simulation {
namespace {

constexpr uint64_t kMilli = 1'000;
// The first phase ends here even if faults keep the network from its blocks; that is a failure.
constexpr uint64_t kFirstPhaseMax = 900 * kSecond;
// How long a healed network may take until all honest validators have committed five further blocks (the timers' cap, a
// round of leaders, the way back of a lost log), and how many views until a new block is final at all.
constexpr uint64_t kHealMax = 60 * kSecond;
constexpr uint64_t kHealViewsMax = 12;
constexpr uint64_t kHealBlocks = 5;
constexpr uint64_t kFaultsMin = 10;
constexpr uint64_t kFaultKindsMin = 3;
constexpr uint64_t kEventsMax = 20'000'000;

struct Scenario {
  const char* name;
  std::vector<Fault> faults;      // drawn while it runs
  std::vector<Fault> corruption;  // drawn once, within f
  uint64_t gap_ms;                // between two faults, at most
  uint32_t spares = 0;            // nodes that join and leave
};

const std::vector<Scenario>& Scenarios() {
  using enum Fault;
  static const std::vector<Scenario> kScenarios = {
      {"mixed",
       {kLoss,      kDelay,     kDuplication,      kReordering,    kIsolateOne,     kSplit,    kOneWay,
        kCutQuorum, kCrash,     kCrashBeforeWrite, kCrashTorn,     kCrashAfterSync, kCrashAll, kCrashAllAtBarrier,
        kPause,     kClockSkew, kSlowDisk,         kSlowExecution, kFailedSync,     kDiskFull},
       {kByzantineSilent, kByzantineEquivocates, kByzantineBackdates, kByzantineDoubleVotes, kByzantineGarbage,
        kByzantineReplays, kByzantineForks, kByzantineForges, kByzantineInvalid, kByzantineTwins, kWipe, kBitRot,
        kRollback},
       3'000},
      {"network", {kLoss, kDelay, kDuplication, kReordering, kIsolateOne, kSplit, kOneWay, kCutQuorum}, {}, 2'000},
      {"crashes",
       {kCrash, kCrashBeforeWrite, kCrashTorn, kCrashAfterSync, kCrashAll, kCrashAllAtBarrier, kFailedSync},
       {},
       3'000},
      {"byzantine",
       {kLoss, kDelay, kReordering, kSplit, kCrashAfterSync},
       {kByzantineSilent, kByzantineEquivocates, kByzantineBackdates, kByzantineDoubleVotes, kByzantineGarbage,
        kByzantineReplays, kByzantineForks, kByzantineForges, kByzantineInvalid, kByzantineTwins},
       2'500},
      {"lost-log", {kLoss, kDelay, kIsolateOne, kCrash, kCrashAfterSync, kPause}, {kWipe, kBitRot, kRollback}, 2'500},
      {"machines", {kPause, kClockSkew, kSlowDisk, kSlowExecution, kDiskFull, kFailedSync, kCrash}, {}, 2'500},
      {"epochs",
       {kLoss, kDelay, kReordering, kIsolateOne, kSplit, kCrash, kCrashBeforeWrite, kCrashAfterSync, kCrashAll,
        kCrashAllAtBarrier, kPause, kSlowExecution, kEpochChange, kEpochChange, kEpochChange},
       {kByzantineSilent, kByzantineEquivocates, kByzantineBackdates, kByzantineDoubleVotes, kByzantineForks,
        kByzantineForges, kWipe, kRollback},
       2'500,
       3},
  };
  return kScenarios;
}

const Scenario& ScenarioNamed(const std::string& name) {
  for (const Scenario& scenario : Scenarios()) {
    if (name == scenario.name) return scenario;
  }
  CAUSEWAY_CHECK(false, "no scenario ", name);
}

class Run {
 public:
  explicit Run(const SimulationOptions& options)
      : options_(options),
        scenario_(&ScenarioNamed(options.scenario)),
        world_(options, scenario_->spares,
               ModelLedger(Instant::FromMicros(SimulatedNode::kGenesisTime), options.nodes).genesis().hash) {
    for (uint32_t i = 0; i < world_.nodes(); ++i) {
      AddNode(i, i);
      if (i < options.salted_nodes) nodes_.back()->set_salt(i + 1);
    }
    Corrupt();
  }

  SimulationResult Play() {
    for (auto& node : nodes_) node->Begin();
    world_.Schedule(Event::Kind::kClient, kMilli, 0, 0, 0);
    world_.Schedule(Event::Kind::kFault, 200 * kMilli, 0, 0, 0);
    RunUntil(kFirstPhaseMax, [this] { return EnoughHappened(); });
    if (Passed() && !EnoughHappened()) {
      Fail(absl::StrCat("only ", world_.observer().height(), " blocks in the first phase; ", DescribeNodes()));
    }
    if (Passed()) HealAndWait();
    return Summary();
  }

 private:
  int64_t Offset(uint64_t range_us) {
    return static_cast<int64_t>(world_.random().Below(2 * range_us)) - static_cast<int64_t>(range_us);
  }
  bool Passed() const { return const_cast<World&>(world_).observer().failure().empty(); }
  void Fail(std::string what) { world_.observer().Fail(std::move(what)); }

  void AddNode(uint32_t validator, uint32_t place) {
    nodes_.push_back(std::make_unique<SimulatedNode>(world_, options_, validator, place));
    // Every clock is a little wrong.
    nodes_.back()->set_clock_offset(Offset(150 * kMilli));
  }

  // Who is Byzantine, and who loses a log, within f.
  void Corrupt() {
    const uint32_t budget =
        chain::FaultBound(options_.nodes) - std::min(options_.salted_nodes, chain::FaultBound(options_.nodes));
    if (scenario_->corruption.empty()) return;
    for (uint32_t i = 0; i < budget; ++i) {
      const auto who = static_cast<uint32_t>(world_.random().Below(options_.nodes));
      if (corrupted_.contains(who)) continue;
      const Fault fault = scenario_->corruption[world_.random().Below(scenario_->corruption.size())];
      corrupted_[who] = fault;
      if (fault == Fault::kWipe) continue;
      world_.observer().MarkUnreliable(who);
      if (fault == Fault::kBitRot || fault == Fault::kRollback) continue;
      Byzantine byzantine;
      byzantine.silent = fault == Fault::kByzantineSilent;
      byzantine.equivocates = fault == Fault::kByzantineEquivocates;
      byzantine.backdates = fault == Fault::kByzantineBackdates;
      byzantine.garbage = fault == Fault::kByzantineGarbage;
      byzantine.replays = fault == Fault::kByzantineReplays;
      byzantine.forks = fault == Fault::kByzantineForks;
      byzantine.invalid = fault == Fault::kByzantineInvalid;
      byzantine.forges = fault == Fault::kByzantineForges;
      // Whoever equivocates or forks does it better by voting for everything.
      const bool helps = (byzantine.equivocates || byzantine.forks || byzantine.invalid) && world_.random().Chance(500);
      byzantine.double_votes = fault == Fault::kByzantineDoubleVotes || helps;
      byzantine.twin = fault == Fault::kByzantineTwins;
      nodes_[who]->set_byzantine(byzantine);
      if (!byzantine.twin) continue;
      AddNode(who, world_.AddTwin(who));
      nodes_.back()->set_byzantine(byzantine);
    }
  }

  template <typename Condition>
  void RunUntil(uint64_t until_us, Condition done) {
    while (Passed() && world_.now_us() < until_us && world_.events() < kEventsMax && !done()) {
      const Event event = world_.Next();
      switch (event.kind) {
        case Event::Kind::kClient:
          Submit();
          break;
        case Event::Kind::kFault:
          if (!healed_) Disturb();
          break;
        case Event::Kind::kFaultEnds:
          EndFault(static_cast<Fault>(event.number), event.node);
          break;
        case Event::Kind::kMempool:
          nodes_[event.node]->Submit(TransferOf(event.number));
          break;
        default:
          nodes_[event.node]->Handle(event);
      }
    }
  }

  bool EnoughHappened() {
    if (world_.observer().height() < options_.blocks) return false;
    const auto& faults = world_.faults();
    const auto kinds = std::count_if(faults.begin(), faults.end(), [](uint64_t count) { return count > 0; });
    return faults_drawn_ >= kFaultsMin && static_cast<uint64_t>(kinds) >= kFaultKindsMin;
  }

  // The id of a change says which node joins or leaves.
  static constexpr uint64_t kChange = uint64_t{1} << 40;
  static Transfer TransferOf(uint64_t id) {
    if (id >= kChange) return {id, kFromNoAccount, static_cast<uint32_t>(id % 64), 0};
    const uint64_t bits = Mix(id);
    return {id, static_cast<uint32_t>(bits % kAccounts), static_cast<uint32_t>((bits >> 8) % kAccounts),
            1 + (bits >> 16) % 1000};
  }

  // A client submits; the transfer reaches every node that is up after a while. Now and then clients rest.
  void Submit() {
    Spread(++transfers_);
    const uint64_t rest = world_.random().Chance(3) ? 2'500 * kMilli : world_.random().Between(2 * kMilli, 20 * kMilli);
    world_.Schedule(Event::Kind::kClient, rest, 0, 0, 0);
  }

  void Spread(uint64_t id) {
    for (uint32_t node = 0; node < nodes_.size(); ++node) {
      if (world_.random().Chance(20)) continue;
      world_.Schedule(Event::Kind::kMempool, world_.random().Between(kMilli / 10, 4 * kMilli), node, 0, id);
    }
  }

  // ---- Faults ----

  void Disturb() {
    // Bursts, so that faults meet, and rests, so that the network gets on.
    const bool soon = world_.random().Chance(450);
    const uint64_t gap_ms = soon ? world_.random().Between(20, 250) : world_.random().Between(250, scenario_->gap_ms);
    world_.Schedule(Event::Kind::kFault, gap_ms * kMilli, 0, 0, 0);
    if (!world_.twins().empty()) {
      world_.RelinkTwins();
      world_.Count(Fault::kByzantineTwins);
    }
    // A lost log happens to its node once or twice.
    for (auto& [who, fault] : corrupted_) {
      const bool loses = fault == Fault::kWipe || fault == Fault::kBitRot || fault == Fault::kRollback;
      if (fault == Fault::kRollback && world_.random().Chance(200)) nodes_[who]->disk().TakeSnapshot();
      if (loses && losses_ < 2 && world_.random().Chance(60)) return LoseLog(who, fault);
    }
    const Fault fault = scenario_->faults[world_.random().Below(scenario_->faults.size())];
    const auto who = static_cast<uint32_t>(world_.random().Below(world_.nodes()));
    const uint64_t length_us = world_.random().Between(50, 1'500) * kMilli;
    if (Begin(fault, who, length_us)) {
      ++faults_drawn_;
      if (world_.tracing()) world_.Trace(who, absl::StrCat("fault: ", FaultName(fault)));
    }
  }

  void LoseLog(uint32_t who, Fault fault) {
    SimulatedNode& node = *nodes_[who];
    if (!node.alive()) return;
    node.Crash(world_.random().Between(100, 1'000) * kMilli);
    if (fault == Fault::kWipe) node.Wipe();
    if (fault == Fault::kBitRot && !node.Rot()) return;
    if (fault == Fault::kRollback && !node.disk().RestoreSnapshot()) return;
    ++losses_;
    ++faults_drawn_;
    world_.Count(fault);
    world_.Trace(who, absl::StrCat("fault: ", FaultName(fault)));
  }

  void EndsAfter(uint64_t length_us, Fault fault, uint32_t who) {
    world_.Schedule(Event::Kind::kFaultEnds, length_us, who, 0, static_cast<uint64_t>(fault));
  }

  // False where it has no object (a node that is down).
  bool Begin(Fault fault, uint32_t who, uint64_t length_us) {
    switch (fault) {
      case Fault::kLoss:
      case Fault::kDelay:
      case Fault::kDuplication:
      case Fault::kReordering:
        BeginWeather(fault);
        break;
      case Fault::kIsolateOne:
      case Fault::kSplit:
      case Fault::kOneWay:
      case Fault::kCutQuorum:
        BeginPartition(fault, who);
        break;
      default:
        return BeginAtNode(fault, who, length_us);
    }
    world_.Count(fault);
    EndsAfter(length_us, fault, who);
    return true;
  }

  void BeginWeather(Fault fault) {
    Weather& weather = world_.weather();
    if (fault == Fault::kLoss) weather.loss_permille = world_.random().Between(20, 400);
    if (fault == Fault::kDelay) weather.delay_us = world_.random().Between(10, 500) * kMilli;
    if (fault == Fault::kDuplication) weather.duplication_permille = world_.random().Between(50, 800);
    if (fault == Fault::kReordering) weather.jitter_us = world_.random().Between(30, 300) * kMilli;
  }

  void BeginPartition(Fault fault, uint32_t who) {
    auto& cut = world_.weather().cut;
    const uint32_t n = world_.nodes();
    std::vector<bool> side(n);
    const uint32_t quorum = chain::Quorum(n);
    for (uint32_t i = 0; i < n; ++i) {
      if (fault == Fault::kIsolateOne) side[i] = i == who;
      if (fault == Fault::kSplit || fault == Fault::kOneWay) side[i] = world_.random().Chance(500);
      // Neither side has a quorum.
      if (fault == Fault::kCutQuorum) side[i] = (i + who) % n < n - quorum + 1;
    }
    for (uint32_t from = 0; from < n; ++from) {
      for (uint32_t to = 0; to < n; ++to) {
        const bool apart = fault == Fault::kOneWay ? side[from] && !side[to] : side[from] != side[to];
        cut[from][to] = apart;
      }
    }
  }

  bool BeginAtNode(Fault fault, uint32_t who, uint64_t length_us) {
    SimulatedNode& node = *nodes_[who];
    const auto down = [this] { return world_.random().Between(20, 1'200) * kMilli; };
    switch (fault) {
      case Fault::kCrash:
        if (!node.alive()) return false;
        node.Crash(down());
        break;
      case Fault::kCrashBeforeWrite:
      case Fault::kCrashTorn:
      case Fault::kCrashAfterSync:
        if (!node.alive()) return false;
        // Counted when it happens.
        node.set_crash_point(PointOf(fault), down());
        return true;
      case Fault::kCrashAll:
        for (auto& one : nodes_) one->Crash(down());
        break;
      case Fault::kCrashAllAtBarrier: {
        const CrashPoint point = PointOf(static_cast<Fault>(world_.random().Between(
            static_cast<uint64_t>(Fault::kCrashBeforeWrite), static_cast<uint64_t>(Fault::kCrashAfterSync))));
        for (auto& one : nodes_) one->set_crash_point(point, down());
        break;
      }
      case Fault::kPause:
        node.set_paused_until(world_.now_us() + length_us);
        break;
      case Fault::kClockSkew:
        world_.observer().MarkSkewed(who);
        node.set_clock_offset(Offset(6 * kSecond));
        EndsAfter(length_us, fault, who);
        break;
      case Fault::kSlowDisk:
        node.set_sync_us(world_.random().Between(5, 150) * kMilli);
        EndsAfter(length_us, fault, who);
        break;
      case Fault::kSlowExecution:
        node.set_execution_us(world_.random().Between(5, 150) * kMilli);
        EndsAfter(length_us, fault, who);
        break;
      case Fault::kFailedSync:
        if (!node.alive()) return false;
        node.disk().set_syncs_fail(true);
        return true;  // counted when it happens
      case Fault::kDiskFull:
        node.disk().set_full(true);
        EndsAfter(length_us, fault, who);
        break;
      case Fault::kEpochChange:
        // The faulty stay what they are, so that they are within f of every set.
        if (corrupted_.contains(who)) return false;
        Spread(++changes_ * kChange + who);
        return true;  // counted when it happens
      default:
        CAUSEWAY_CHECK(false, "no fault of a node's");
    }
    world_.Count(fault);
    return true;
  }

  static CrashPoint PointOf(Fault fault) {
    if (fault == Fault::kCrashBeforeWrite) return CrashPoint::kBeforeWrite;
    return fault == Fault::kCrashTorn ? CrashPoint::kTorn : CrashPoint::kAfterSync;
  }

  void EndFault(Fault fault, uint32_t who) {
    Weather& weather = world_.weather();
    const Weather calm;
    switch (fault) {
      case Fault::kLoss:
        weather.loss_permille = 0;
        break;
      case Fault::kDelay:
        weather.delay_us = 0;
        break;
      case Fault::kDuplication:
        weather.duplication_permille = 0;
        break;
      case Fault::kReordering:
        weather.jitter_us = calm.jitter_us;
        break;
      case Fault::kIsolateOne:
      case Fault::kSplit:
      case Fault::kOneWay:
      case Fault::kCutQuorum:
        for (auto& row : weather.cut) row.assign(world_.nodes(), false);
        break;
      case Fault::kClockSkew:
        nodes_[who]->set_clock_offset(Offset(150 * kMilli));
        break;
      case Fault::kSlowDisk:
        nodes_[who]->set_sync_us(500);
        break;
      case Fault::kSlowExecution:
        nodes_[who]->set_execution_us(300);
        break;
      case Fault::kDiskFull:
        nodes_[who]->disk().set_full(false);
        break;
      default:
        break;
    }
  }

  // ---- The second phase ----

  bool Counts(const SimulatedNode& node) const { return node.honest() && !node.halted(); }

  // The newest epoch of any, and the highest view in it.
  std::pair<uint64_t, uint64_t> ViewMax() const {
    std::pair<uint64_t, uint64_t> view;
    for (const auto& node : nodes_) {
      if (Counts(*node)) view = std::max(view, {node->epoch(), node->view()});
    }
    return view;
  }

  bool AllReached(uint64_t height) const {
    return std::all_of(nodes_.begin(), nodes_.end(),
                       [&](const auto& node) { return !Counts(*node) || (node->alive() && node->height() >= height); });
  }

  void HealAndWait() {
    healed_ = true;
    const auto end = [this](Fault fault, uint32_t who) { EndFault(fault, who); };
    for (const Fault fault : {Fault::kLoss, Fault::kDelay, Fault::kDuplication, Fault::kReordering, Fault::kSplit}) {
      end(fault, 0);
    }
    for (uint32_t i = 0; i < nodes_.size(); ++i) {
      for (const Fault fault : {Fault::kClockSkew, Fault::kSlowDisk, Fault::kSlowExecution, Fault::kDiskFull}) {
        end(fault, i);
      }
      nodes_[i]->disk().set_syncs_fail(false);
      nodes_[i]->set_crash_point(CrashPoint::kNone, 0);
      nodes_[i]->set_paused_until(0);
      nodes_[i]->Restart();
    }
    const uint64_t since_us = world_.now_us();
    const uint64_t since_height = world_.observer().height();
    const auto since_view = ViewMax();
    RunUntil(since_us + kHealMax, [&] { return world_.observer().height() > since_height; });
    const auto view = ViewMax();
    result_.heal_views = view.second - (view.first == since_view.first ? since_view.second : 0);
    if (Passed() && result_.heal_views > kHealViewsMax) {
      Fail(absl::StrCat(result_.heal_views, " views passed after healing before a new block was final"));
    }
    RunUntil(since_us + kHealMax, [&] { return AllReached(since_height + 1); });
    result_.heal_us = world_.now_us() - since_us;
    if (Passed() && !AllReached(since_height + 1)) {
      Fail(absl::StrCat("no new block everywhere within ", kHealMax / kSecond, " s after healing; ", DescribeNodes()));
    }
    RunUntil(since_us + kHealMax, [&] { return AllReached(since_height + kHealBlocks); });
    if (Passed() && !AllReached(since_height + kHealBlocks)) {
      Fail(absl::StrCat("no progress after healing; ", DescribeNodes()));
    }
  }

  std::string DescribeNodes() const {
    std::string text;
    for (uint32_t i = 0; i < nodes_.size(); ++i) {
      absl::StrAppend(&text, i == 0 ? "" : "; ", "node ", i, nodes_[i]->honest() ? "" : " (not honest)", " epoch ",
                      nodes_[i]->epoch(), " view ", nodes_[i]->view(), " height ", nodes_[i]->height(), ": ",
                      nodes_[i]->DescribeStall());
    }
    return text;
  }

  SimulationResult Summary() {
    result_.failure = world_.observer().failure();
    result_.votes = world_.observer().SentVotes();
    result_.unreliable = world_.observer().Unreliable();
    result_.trace_hash = world_.trace_hash();
    result_.blocks = world_.observer().height();
    result_.views = ViewMax().second;
    result_.events = world_.events();
    result_.virtual_us = world_.now_us();
    result_.faults_total = faults_drawn_;
    result_.faults = world_.faults();
    for (const auto& node : nodes_) result_.coverage.Add(node->coverage());
    for (const auto& node : nodes_) {
      result_.halted += node->halted() ? 1 : 0;
    }
    return std::move(result_);
  }

  const SimulationOptions options_;
  const Scenario* const scenario_;
  World world_;
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::map<uint32_t, Fault> corrupted_;
  uint64_t losses_ = 0;
  uint64_t faults_drawn_ = 0;
  uint64_t transfers_ = 0;
  uint64_t changes_ = 0;
  bool healed_ = false;
  SimulationResult result_;
};

}  // namespace

const char* FaultName(Fault fault) {
  static constexpr std::array<const char*, kFaults> kNames = {"loss",
                                                              "delay",
                                                              "duplication",
                                                              "reordering",
                                                              "isolate one",
                                                              "split",
                                                              "one way",
                                                              "cut quorum",
                                                              "crash",
                                                              "crash before write",
                                                              "crash torn",
                                                              "crash after sync",
                                                              "crash all",
                                                              "crash all at barrier",
                                                              "pause",
                                                              "clock skew",
                                                              "slow disk",
                                                              "slow execution",
                                                              "failed sync",
                                                              "disk full",
                                                              "wipe",
                                                              "bit rot",
                                                              "rollback",
                                                              "silent",
                                                              "equivocates",
                                                              "backdates",
                                                              "double votes",
                                                              "garbage",
                                                              "replays",
                                                              "forks",
                                                              "forges",
                                                              "invalid blocks",
                                                              "misleads laggards",
                                                              "twins",
                                                              "epoch change"};
  return kNames[static_cast<size_t>(fault)];
}

std::vector<std::string> ScenarioNames() {
  std::vector<std::string> names;
  for (const Scenario& scenario : Scenarios()) names.emplace_back(scenario.name);
  return names;
}

uint32_t NodesOf(uint64_t seed) {
  static constexpr std::array<uint32_t, 16> kNodes = {4, 4, 7, 4, 4, 5, 4, 1, 4, 7, 4, 4, 10, 5, 4, 4};
  return kNodes[seed % kNodes.size()];
}

std::string ScenarioOf(uint64_t seed) {
  return seed % 8 == 5 ? "epochs" : "mixed";
}

SimulationResult Simulate(const SimulationOptions& options) {
  return Run(options).Play();
}

}  // namespace causeway::simulation
