// SPDX-License-Identifier: Apache-2.0
// causeway devnet: a network of processes on this machine, left running until Ctrl-C.
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "ledger/base/instant.h"
#include "ledger/base/status.h"
#include "node/cli/files.h"
#include "node/cli/session.h"
#include "node/cli/table.h"
#include "node/cli/verbs.h"
#include "node/layout/layout.h"
#include "node/layout/plan.h"
#include "node/processes/network_processes.h"

namespace causeway::cli {
namespace {

// A development network's vote log: enough for its load, and no gigabytes of a notebook's disk.
constexpr uint32_t kVoteLogSegmentMib = 24;
constexpr uint32_t kVoteLogSegments = 6;
constexpr uint32_t kReadyMs = 120'000;

struct DevnetOptions {
  std::string data = "causeway-devnet";
  uint32_t validators = 4;
  std::string clock;
  std::string plan;
  uint16_t base_port = 0;
  bool prepare_only = false;
};

// "2026-03-02T06:00:00Z,60", or a time alone.
absl::StatusOr<layout::PlannedClock> ParseClock(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  layout::PlannedClock clock;
  if (parts.size() > 2)
    return absl::InvalidArgumentError("--clock: takes ORIGIN,RATE, for example 2026-03-02T06:00:00Z,60");
  absl::StatusOr<Instant> origin = ParseInstant(parts[0]);
  if (!origin.ok()) return Annotate(origin.status(), "--clock: ORIGIN");
  clock.origin = *origin;
  if (parts.size() == 2 && (!absl::SimpleAtoi(parts[1], &clock.rate) || clock.rate == 0))
    return absl::InvalidArgumentError(
        absl::StrCat("--clock: RATE \"", parts[1], "\" is not a whole number of at least 1"));
  return clock;
}

absl::StatusOr<layout::NetworkPlan> PlanOf(Session& session, const DevnetOptions& options) {
  layout::NetworkPlan plan = layout::DevnetPlan(options.validators);
  if (!options.plan.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string json, ReadInput(session, options.plan));
    absl::StatusOr<layout::NetworkPlan> read = layout::ParsePlan(json);
    if (!read.ok()) return Annotate(read.status(), options.plan);
    plan = *std::move(read);
  }
  if (!options.clock.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(plan.devnet, ParseClock(options.clock));
  }
  return plan;
}

bool HasNetwork(const std::string& directory) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::path(directory) / "genesis.json", ignored);
}

// A directory that has a network goes on with it; its genesis says everything that the options would.
absl::Status Prepare(Session& session, const DevnetOptions& options) {
  if (HasNetwork(options.data)) {
    if (!options.clock.empty() || !options.plan.empty())
      return absl::InvalidArgumentError(
          absl::StrCat(options.data,
                       " has a network, whose genesis fixes its plan and its clock; name another "
                       "directory, or leave --clock and --plan out to go on with it"));
    session.err << "going on with the network in " << options.data << "\n";
    return absl::OkStatus();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const layout::NetworkPlan plan, PlanOf(session, options));
  layout::LayoutOptions layout;
  layout.directory = options.data;
  layout.base_port = options.base_port;
  layout.vote_log_segment_mib = kVoteLogSegmentMib;
  layout.vote_log_segments = kVoteLogSegments;
  return layout::LayOutNetwork(plan, layout).status();
}

Json NetworkJson(const processes::NetworkProcesses& network, const std::string& directory) {
  Json json = {{"event", "ready"},
               {"data", directory},
               {"context", (std::filesystem::path(directory) / "client" / "context.json").string()},
               {"nodes", Json::array()},
               {"parties", Json::array()}};
  for (size_t i = 0; i < network.size(); ++i) {
    const client::ContextNode& node = network.context().nodes[i];
    json["nodes"].push_back({{"name", node.name},
                             {"clients", node.clients},
                             {"operators", node.operators},
                             {"pid", network.pid(i)},
                             {"log", network.log_file(i)}});
  }
  for (const client::ContextParty& party : network.context().parties) {
    Json officers = Json::array();
    for (const client::ContextOfficer& officer : party.officers)
      officers.push_back({{"slug", officer.slug},
                          {"officer_id", officer.officer_id},
                          {"roles", officer.roles},
                          {"key_id", officer.key_id},
                          {"key_file", officer.key_file}});
    json["parties"].push_back(
        {{"slug", party.slug}, {"lei", party.lei}, {"name", party.name}, {"officers", std::move(officers)}});
  }
  return json;
}

void PrintNetwork(Session& session, const processes::NetworkProcesses& network, const std::string& directory) {
  if (session.json) {
    session.PrintJson(NetworkJson(network, directory));
    return;
  }
  TextTable nodes({"node", "clients", "operators", "process", "log"});
  for (size_t i = 0; i < network.size(); ++i) {
    const client::ContextNode& node = network.context().nodes[i];
    nodes.Add({node.name, node.clients, node.operators, absl::StrCat(network.pid(i)), network.log_file(i)});
  }
  TextTable officers({"party", "LEI", "officer", "roles", "key"});
  for (const client::ContextParty& party : network.context().parties) {
    for (const client::ContextOfficer& officer : party.officers)
      officers.Add({party.slug, party.lei, officer.slug, absl::StrJoin(officer.roles, " "), officer.key_file});
  }
  session.out << nodes.Format() << "\n"
              << officers.Format() << "\nThe network is ready. In another terminal:\n  causeway status --context "
              << directory << "\nCtrl-C stops it; the same command goes on with it.\n"
              << std::flush;
}

// SIGINT and SIGTERM are taken in turn, between looks, and never in the middle of something.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // True when one has come.
  bool Wait(long milliseconds) {
    const timespec patience{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
    came_ = came_ || sigtimedwait(&signals_, nullptr, &patience) > 0;
    return came_;
  }

 private:
  sigset_t signals_;
  sigset_t before_;
  bool came_ = false;
};

// Tells once of each node that ended by itself; the others go on, as a network does.
void TellOfEnded(Session& session, processes::NetworkProcesses& network, std::vector<bool>& told) {
  for (size_t i = 0; i < network.size(); ++i) {
    const std::string how = network.HowEnded(i);
    if (how.empty() || told[i]) continue;
    told[i] = true;
    session.err << network.context().nodes[i].name << " " << how << "; " << network.log_file(i) << " ends so:\n"
                << network.LogTail(i) << "\n";
  }
}

int RunNetwork(Session& session, const DevnetOptions& options) {
  StopSignals signals;
  const absl::StatusOr<std::string> causewayd = processes::FindCausewayd();
  if (!causewayd.ok()) return session.FailInput(causewayd.status());
  const absl::StatusOr<std::unique_ptr<processes::NetworkProcesses>> network =
      processes::NetworkProcesses::Start(options.data, *causewayd);
  if (!network.ok()) return session.FailInput(network.status());
  const absl::Status ready = (*network)->WaitReady(kReadyMs, [&] { return !signals.Wait(0); });
  if (!ready.ok() && ready.code() != absl::StatusCode::kCancelled) {
    (*network)->StopAll().IgnoreError();
    return session.Fail(kUnreachable, ready.message());
  }
  if (ready.ok()) PrintNetwork(session, **network, options.data);
  std::vector<bool> told((*network)->size(), false);
  while (ready.ok() && !signals.Wait(500)) TellOfEnded(session, **network, told);
  session.err << "stopping\n";
  const absl::Status stopped = (*network)->StopAll();
  return stopped.ok() ? static_cast<int>(kSuccess) : session.Fail(kRefused, stopped.message());
}

int Devnet(Session& session, const DevnetOptions& options) {
  const absl::Status prepared = Prepare(session, options);
  if (!prepared.ok()) return session.FailInput(prepared);
  if (!options.prepare_only) return RunNetwork(session, options);
  if (session.json) {
    session.PrintJson({{"event", "prepared"}, {"data", options.data}});
  } else {
    session.out << "the network is laid out in " << options.data << "\n";
  }
  return kSuccess;
}

}  // namespace

void AddDevnet(Verb root, Session& session) {
  auto options = std::make_shared<DevnetOptions>();
  Verb verb = root.AddVerb(session, "devnet", "Run a development network on this machine until Ctrl-C",
                           "devnet --data network --validators 4 --clock 2026-03-02T06:00:00Z,60");
  verb.AddOption("--data", options->data,
                 "its directory; one that has a network goes on with it (default: causeway-devnet)")
      .TypeName("DIR");
  verb.AddOption("--validators", options->validators, "how many nodes (default: 4)").Range(1, 16).TypeName("N");
  verb.AddOption("--clock", options->clock, "block time at the start, and seconds of it a real second (default: now,1)")
      .TypeName("ORIGIN,RATE");
  verb.AddOption("--plan", options->plan, "JSON of parties, officers and validators, in place of the built-in ones")
      .TypeName("FILE");
  verb.AddOption("--base-port", options->base_port,
                 "node N listens for clients on PORT + 100 + N (default: free ports)")
      .TypeName("PORT");
  verb.AddFlag("--prepare-only", options->prepare_only, "lay the directory out and start nothing");
  OnRun(verb, session, options, Devnet);
}

}  // namespace causeway::cli
