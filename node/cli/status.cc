// SPDX-License-Identifier: Apache-2.0
// causeway status, doctor and clock: what the nodes are doing, and what is wrong with them.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "ledger/base/bytes.h"
#include "ledger/base/instant.h"
#include "ledger/base/status.h"
#include "ledger/chain/genesis.h"
#include "node/cli/diagnosis.h"
#include "node/cli/files.h"
#include "node/cli/network_options.h"
#include "node/cli/render.h"
#include "node/cli/table.h"
#include "node/cli/verbs.h"

namespace causeway::cli {
namespace {

struct StatusOptions {
  NetworkOptions network;
  bool operators = false;
};

struct ClockOptions {
  NetworkOptions network;
  std::string time;
  uint32_t rate = 0;
  bool paused = false;
};

// With the network's certificates, or over the operators' listener of this machine.
absl::StatusOr<v1::GetStatusResponse> Ask(const client::Context& context, const Actor& actor, size_t node,
                                          bool operators) {
  if (operators) return client::OperatorStatus(context.nodes[node]);
  client::ClientOptions options;
  options.node = static_cast<uint32_t>(node);
  options.only_this_node = true;
  options.call_ms = 5'000;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<client::Client> client,
                            client::Client::Make(context, actor.party->slug, options));
  return client->Status();
}

Json StatusJson(const v1::GetStatusResponse& status) {
  Json json = ToJson(status);
  json["block_time"] = FormatInstant(Instant::FromMicros(status.block_time_us()));
  json.erase("block_time_us");
  if (!json.contains("ready")) json["ready"] = false;
  if (!json.contains("problems")) json["problems"] = Json::array();
  return json;
}

std::string StatusText(const v1::GetStatusResponse& status) {
  std::string text = FormatFields(Json{
      {"network", status.network()},
      {"node", absl::StrCat(status.name(), " (validator ", status.validator(), "), version ", status.version())},
      {"ready", status.ready() ? "yes" : "no"},
      {"final height", WithThousands(status.final_height())},
      {"block time", FormatInstant(Instant::FromMicros(status.block_time_us()))},
      {"state root", BytesToHex(status.state_root())},
      {"synced, flushed",
       absl::StrCat(WithThousands(status.synced_height()), ", ", WithThousands(status.flushed_height()))},
      {"view", WithThousands(status.view())},
      {"waiting", absl::StrCat(WithThousands(status.mempool_transactions()), " transactions")},
      {"finality",
       absl::StrFormat("%.1f ms median, %.1f ms for 99 of 100", static_cast<double>(status.finality_p50_us()) / 1000,
                       static_cast<double>(status.finality_p99_us()) / 1000)},
      {"memory", absl::StrCat(WithThousands(status.memory_bytes() >> 20), " MiB")},
      {"disk free", absl::StrCat(WithThousands(status.disk_free_bytes() >> 20), " MiB")}});
  if (status.peers_size() > 0) {
    TextTable peers({"peer", "connected", "final height", "round trip ms"});
    for (const v1::PeerStatus& peer : status.peers())
      peers.Add(
          {peer.name(), peer.connected() ? "yes" : "no", WithThousands(peer.final_height()),
           peer.round_trip_us() == 0 ? "" : absl::StrFormat("%.1f", static_cast<double>(peer.round_trip_us()) / 1000)});
    absl::StrAppend(&text, "\n", peers.Format());
  }
  if (status.problems_size() > 0) absl::StrAppend(&text, "\n");
  for (const std::string& problem : status.problems()) absl::StrAppend(&text, problem, "\n");
  return text;
}

int Status(Session& session, const StatusOptions& options) {
  const absl::StatusOr<client::Context> context = OpenContext(options.network);
  if (!context.ok()) return session.FailInput(context.status());
  const absl::StatusOr<Actor> actor = FindActor(*context, options.network.as);
  if (!actor.ok()) return session.FailInput(actor.status());
  const absl::StatusOr<size_t> node = FindNode(*context, options.network.node);
  if (!node.ok()) return session.FailInput(node.status());
  const absl::StatusOr<v1::GetStatusResponse> status = Ask(*context, *actor, *node, options.operators);
  if (!status.ok()) return session.FailAnswer(status.status());
  if (session.json) {
    session.PrintJson(StatusJson(*status));
  } else {
    session.out << StatusText(*status);
  }
  return kSuccess;
}

int Doctor(Session& session, const StatusOptions& options) {
  const absl::StatusOr<client::Context> context = OpenContext(options.network);
  if (!context.ok()) return session.FailInput(context.status());
  const absl::StatusOr<Actor> actor = FindActor(*context, options.network.as);
  if (!actor.ok()) return session.FailInput(actor.status());
  const absl::StatusOr<v1::Genesis> genesis = ReadGenesis(session, context->genesis);
  if (!genesis.ok()) return session.FailInput(genesis.status());
  const absl::StatusOr<size_t> named = FindNode(*context, options.network.node);
  if (!named.ok()) return session.FailInput(named.status());
  std::vector<NodeAnswer> answers;
  for (size_t i = 0; i < context->nodes.size(); ++i) {
    if (options.network.node.empty() || i == *named)
      answers.push_back({context->nodes[i].name, Ask(*context, *actor, i, options.operators)});
  }
  const Diagnosis diagnosis = Diagnose(answers, chain::ChainIdOf(*genesis));
  if (session.json) {
    session.PrintJson({{"healthy", diagnosis.problems.empty()},
                       {"reached", diagnosis.reached},
                       {"nodes", answers.size()},
                       {"problems", diagnosis.problems},
                       {"notes", diagnosis.notes}});
  } else {
    for (const std::string& problem : diagnosis.problems) session.out << "! " << problem << "\n";
    for (const std::string& note : diagnosis.notes) session.out << "  " << note << "\n";
  }
  if (diagnosis.reached == 0) return session.Fail(kUnreachable, "no node could be reached");
  return diagnosis.problems.empty() ? kSuccess : kRefused;
}

// Each node has a clock of its own, so every one is told.
int SetClocks(Session& session, const ClockOptions& options, bool paused) {
  const absl::StatusOr<client::Context> context = OpenContext(options.network);
  if (!context.ok()) return session.FailInput(context.status());
  if (!options.network.node.empty()) {
    const absl::StatusOr<size_t> node = FindNode(*context, options.network.node);
    if (!node.ok()) return session.FailInput(node.status());
  }
  v1::SetClockRequest request;
  request.set_paused(paused);
  request.set_rate(options.rate);
  if (!options.time.empty()) {
    const absl::StatusOr<Instant> time = ParseInstant(options.time);
    if (!time.ok()) return session.FailInput(Annotate(time.status(), "time"));
    request.set_advance_to_us(time->micros());
  }
  Json nodes = Json::array();
  TextTable table({"node", "block time now"});
  for (const client::ContextNode& node : context->nodes) {
    if (!options.network.node.empty() && options.network.node != node.name) continue;
    const absl::StatusOr<Instant> now = client::SetClock(node, request);
    if (!now.ok()) return session.FailAnswer(Annotate(now.status(), node.name));
    nodes.push_back({{"name", node.name}, {"now", FormatInstant(*now)}});
    table.Add({node.name, FormatInstant(*now)});
  }
  if (session.json) {
    session.PrintJson({{"paused", paused}, {"nodes", std::move(nodes)}});
  } else {
    session.out << table.Format() << (paused ? "Time stands still.\n" : "Time runs.\n");
  }
  return kSuccess;
}

void AddClock(Verb root, Session& session) {
  Verb clock = root.AddGroup("clock", "Pause or advance a development network's time, over the operators' listeners",
                             "clock advance 2026-03-02T12:00:00Z --paused");
  {
    auto options = std::make_shared<ClockOptions>();
    Verb verb = clock.AddVerb(session, "pause", "Let block time stand still", "clock pause");
    AddNetworkOptions(verb, options->network, false);
    OnRun(verb, session, options,
          [](Session& running, const ClockOptions& chosen) { return SetClocks(running, chosen, true); });
  }
  {
    auto options = std::make_shared<ClockOptions>();
    Verb verb = clock.AddVerb(session, "resume", "Let block time run on", "clock resume --rate 60");
    AddNetworkOptions(verb, options->network, false);
    verb.AddOption("--rate", options->rate, "seconds of block time a real second (default: as before)")
        .Range(1, 100000)
        .TypeName("RATE");
    OnRun(verb, session, options,
          [](Session& running, const ClockOptions& chosen) { return SetClocks(running, chosen, false); });
  }
  auto options = std::make_shared<ClockOptions>();
  Verb verb = clock.AddVerb(session, "advance", "Jump ahead to a time", "clock advance 2026-03-02T12:00:00Z --paused");
  verb.AddOption("time", options->time, "RFC 3339; never backwards").Required();
  AddNetworkOptions(verb, options->network, false);
  verb.AddFlag("--paused", options->paused, "time stands still there; without it, it runs on");
  OnRun(verb, session, options,
        [](Session& running, const ClockOptions& chosen) { return SetClocks(running, chosen, chosen.paused); });
}

}  // namespace

void AddStatus(Verb root, Session& session) {
  {
    auto options = std::make_shared<StatusOptions>();
    Verb verb = root.AddVerb(session, "status", "Say what a node is doing", "status --node node-2");
    AddNetworkOptions(verb, options->network, false);
    verb.AddFlag("--operators", options->operators,
                 "ask over the operators' listener of this machine, without a certificate");
    OnRun(verb, session, options, Status);
  }
  {
    auto options = std::make_shared<StatusOptions>();
    Verb verb = root.AddVerb(session, "doctor", "Say what is wrong with the nodes, in a sentence each",
                             "doctor --context network");
    verb.Footer([] { return std::string("With --node, of that node alone.\n"); });
    AddNetworkOptions(verb, options->network, false);
    verb.AddFlag("--operators", options->operators,
                 "ask over the operators' listeners of this machine, without a certificate");
    OnRun(verb, session, options, Doctor);
  }
  AddClock(root, session);
}

}  // namespace causeway::cli
