// SPDX-License-Identifier: Apache-2.0
// causeway audit replay and audit head: is what a node keeps what the rules give?
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "contracts/registry.h"
#include "ledger/audit/bundle.h"
#include "ledger/audit/replay.h"
#include "ledger/base/status.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/secret.h"
#include "node/cli/audit.h"
#include "node/cli/files.h"
#include "node/cli/network_options.h"
#include "node/cli/node_directory.h"
#include "node/cli/progress.h"
#include "node/cli/table.h"
#include "node/client/certified_head.h"

namespace causeway::cli {
namespace {

struct ReplayVerb {
  std::string data;
  std::string genesis;
  std::string confidentiality_key;
  std::string head;
};

struct HeadVerb {
  std::string data;
  NetworkOptions network;
  std::string out = "-";
};

absl::StatusOr<audit::ReplayOptions> OptionsOf(Session& session, const ReplayVerb& verb) {
  audit::ReplayOptions options;
  const std::string key_file = ConfidentialityKeyFileFor(verb.data, verb.confidentiality_key);
  if (!key_file.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::Secret key, crypto::ReadConfidentialityKey(key_file));
    options.confidentiality_key.emplace(key.view());
  }
  if (!verb.head.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(options.head, ReadCertifiedHead(session, verb.head));
  }
  return options;
}

Json ReplayJson(const audit::ReplayResult& result, const Hash& chain_id, double seconds) {
  Json json = {{"chain_id", chain_id.ToHex()},
               {"height", result.height},
               {"time", FormatInstant(result.time)},
               {"transactions", result.transactions},
               {"operations", result.operations},
               {"due_work", result.due_work},
               {"decisions", result.decisions},
               {"state_root", result.state_root.ToHex()},
               {"block_hash", result.block_hash.ToHex()},
               {"verified", result.verified},
               // Text, as every number that is not whole: nothing here is floating point to its reader.
               {"seconds", absl::StrFormat("%.3f", seconds)},
               {"findings", Json::array()}};
  for (const audit::Finding& finding : result.findings) {
    Json entry = {{"family", finding.family}, {"key", finding.key}};
    if (finding.height) entry["height"] = *finding.height;
    if (!finding.table.empty()) entry["table"] = finding.table;
    entry["what"] = finding.what;
    json["findings"].push_back(std::move(entry));
  }
  return json;
}

void PrintReplay(Session& session, const audit::ReplayResult& result, const Json& json) {
  for (const char* key : {"height", "transactions", "operations", "due_work", "decisions"}) {
    std::string name(key);
    std::replace(name.begin(), name.end(), '_', ' ');
    session.out << absl::StrFormat("%-14s%s\n", name, WithThousands(json[key].get<uint64_t>()));
  }
  session.out << absl::StrFormat("%-14s%s\n%-14s%s\n%-14s%s\n", "time", json["time"].get<std::string>(), "state root",
                                 result.state_root.ToHex(), "seconds", json["seconds"].get<std::string>());
  if (result.verified) {
    session.out << "Verified: every certificate, signature, rule, root and decision from genesis to height "
                << result.height
                << ",\nand every row that the node keeps. Nothing is claimed about what came after that height.\n";
    return;
  }
  session.out << "NOT verified. What is not as the rules give it:\n";
  for (const audit::Finding& finding : result.findings) session.out << "  " << finding.ToString() << "\n";
}

int Replay(Session& session, const ReplayVerb& verb) {
  const absl::StatusOr<v1::Genesis> genesis = GenesisFor(session, verb.data, verb.genesis);
  if (!genesis.ok()) return session.FailInput(genesis.status());
  absl::StatusOr<audit::ReplayOptions> options = OptionsOf(session, verb);
  if (!options.ok()) return session.FailInput(options.status());
  const absl::Cleanup wipe = [&] {
    if (options->confidentiality_key) crypto::Wipe(*options->confidentiality_key);
  };
  ProgressBar bar(session);
  options->progress = [&](const audit::ReplayProgress& progress) {
    bar.Show(progress.height, progress.final_height, "height");
  };
  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<audit::ReplayResult> result =
      audit::ReplayDirectory(StoreDirectoryOf(verb.data), *genesis, *registry, *options);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  bar.Clear();
  if (!result.ok()) return session.FailInput(result.status());
  const Json json = ReplayJson(*result, chain::ChainIdOf(*genesis), seconds.count());
  if (session.json) {
    session.PrintJson(json);
  } else {
    PrintReplay(session, *result, json);
  }
  return result->verified ? kSuccess : kRefused;
}

absl::StatusOr<v1::CertifiedHeader> FindHead(Session& session, const HeadVerb& verb) {
  if (!verb.data.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store, OpenStore(verb.data));
    return audit::CertifiedHead(*store);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connect(session, verb.network));
  return client::FetchCertifiedHead(*connection->client);
}

int Head(Session& session, const HeadVerb& verb) {
  const absl::StatusOr<v1::CertifiedHeader> head = FindHead(session, verb);
  if (!head.ok()) return verb.data.empty() ? session.FailAnswer(head.status()) : session.FailInput(head.status());
  const absl::StatusOr<std::string> text = codec::MessageToJson(*head);
  if (!text.ok()) return session.FailInput(text.status());
  const absl::Status written = WriteOutput(session, verb.out, *text + "\n");
  if (!written.ok()) return session.FailInput(written);
  if (verb.out != "-")
    session.err << "the certified head at height " << head->header().height() << " is in " << verb.out << "\n";
  return kSuccess;
}

}  // namespace

void AddAuditReplay(Verb audit, Session& session) {
  {
    auto options = std::make_shared<ReplayVerb>();
    Verb verb = audit.AddVerb(session, "replay",
                              "Execute a node's blocks again from genesis and compare everything that it keeps",
                              "audit replay --data network/node-1 --genesis network/genesis.json");
    verb.AddOption("--data", options->data, "a node's directory, or a copy of one; it is only read")
        .Required()
        .TypeName("DIR");
    verb.AddOption("--genesis", options->genesis, "your own copy of genesis.json (default: the one beside DIR)")
        .TypeName("FILE");
    verb.AddOption("--confidentiality-key", options->confidentiality_key,
                   "needed where a bound model has judged (default: DIR/keys/confidentiality.key)")
        .TypeName("FILE");
    verb.AddOption("--head", options->head, "a certified head from elsewhere (`audit head`) that the chain must reach")
        .TypeName("FILE");
    OnRun(verb, session, options, Replay);
  }
  auto options = std::make_shared<HeadVerb>();
  Verb verb = audit.AddVerb(session, "head", "Write the newest certified head, for `audit replay --head`",
                            "audit head --as auditor --out head.json");
  verb.AddOption("--data", options->data, "take it from a node's directory instead of asking a node").TypeName("DIR");
  AddNetworkOptions(verb, options->network, false);
  verb.AddOption("--out", options->out, "a new file (default: standard output)").TypeName("FILE");
  OnRun(verb, session, options, Head);
}

}  // namespace causeway::cli
