// SPDX-License-Identifier: Apache-2.0
// causeway config check: every error of a node's configuration at once.
#include <memory>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "ledger/base/status.h"
#include "node/cli/session.h"
#include "node/cli/verbs.h"
#include "node/daemon/config.h"
#include "node/daemon/setup.h"

namespace causeway::cli {
namespace {

struct CheckOptions {
  std::string file;
};

// The file itself, then what it names: keys, certificates, genesis, peers.
absl::StatusOr<daemon::Config> CheckAll(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(daemon::Config config, daemon::ReadConfig(path));
  CAUSEWAY_RETURN_IF_ERROR(daemon::LoadSetup(config, absl::ToUnixSeconds(absl::Now())).status());
  return config;
}

int CheckConfig(Session& session, const CheckOptions& options) {
  const absl::StatusOr<daemon::Config> config = CheckAll(options.file);
  if (session.json) {
    Json errors = Json::array();
    if (!config.ok()) {
      for (const absl::string_view line : absl::StrSplit(config.status().message(), '\n', absl::SkipEmpty()))
        errors.push_back(std::string(line));
    }
    session.PrintJson({{"file", options.file}, {"valid", config.ok()}, {"errors", errors}});
    return config.ok() ? kSuccess : kUsage;
  }
  if (!config.ok()) return session.FailInput(config.status());
  session.out << options.file << ": validator " << config->validator << ", clients on " << config->clients_listen
              << ", peers on " << config->peers_listen << ": no errors\n";
  return kSuccess;
}

}  // namespace

void AddConfig(Verb root, Session& session) {
  Verb config = root.AddGroup("config", "Check a node's configuration", "config check network/node-1/causewayd.toml");
  auto options = std::make_shared<CheckOptions>();
  Verb verb = config.AddVerb(session, "check", "Say every error of a causewayd.toml, and of what it names, at once",
                             "config check network/node-1/causewayd.toml");
  verb.AddOption("file", options->file, "the configuration").Required();
  OnRun(verb, session, options, CheckConfig);
}

}  // namespace causeway::cli
