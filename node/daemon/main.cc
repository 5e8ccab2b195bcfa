// SPDX-License-Identifier: Apache-2.0
// causewayd: a node.

#include <CLI/CLI.hpp>
#include <string>

#include "node/daemon/process.h"

namespace {

constexpr char kExample[] =
    "Example: causewayd --config /etc/causeway/causewayd.toml\n"
    "\n"
    "Runs a validator of a Causeway network until SIGTERM or SIGINT.";

constexpr char kExitCodes[] =
    "Ends with 0 when asked to stop; 1 when what is stored is refused (another chain's, a newer format, damaged) or "
    "the\n"
    "node cannot go on (a failed disk, roots that differ); 2 on wrong usage or a configuration with errors, all of "
    "which\n"
    "are printed; 3 when an address or a directory is in use.\n"
    "The log goes to standard error: one event a line, as text or JSON (log.format).";

}  // namespace

int main(int argc, char** argv) {
  using causeway::daemon::ExitCode;
  CLI::App app(kExample, "causewayd");
  app.footer(kExitCodes);
  app.set_version_flag("--version", CAUSEWAY_VERSION);
  std::string config;
  bool check = false;
  app.add_option("--config", config, "The node's configuration, causewayd.toml")->required()->type_name("FILE");
  app.add_flag("--check", check, "Only check the configuration and what it names: keys, certificates, genesis, peers");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return static_cast<int>(check ? causeway::daemon::CheckConfiguration(config) : causeway::daemon::RunNode(config));
}
