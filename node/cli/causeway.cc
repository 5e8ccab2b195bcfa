// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "node/cli/session.h"
#include "node/cli/suggestion.h"
#include "node/cli/verbs.h"

namespace causeway::cli {

int RunCauseway(Session& session, const std::vector<std::string>& arguments) {
  CLI::App root("The command line of Causeway, a settlement ledger for tokenized fund units.", "causeway");
  root.require_subcommand(1);
  root.set_version_flag("--version", CAUSEWAY_VERSION);
  AddDemo(Verb(&root), session);
  AddDevnet(Verb(&root), session);
  AddTransactions(Verb(&root), session);
  AddImport(Verb(&root), session);
  AddReading(Verb(&root), session);
  AddStatus(Verb(&root), session);
  AddAudit(Verb(&root), session);
  AddKeys(Verb(&root), session);
  AddGenesis(Verb(&root), session);
  AddConfig(Verb(&root), session);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    root.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* chosen = &root;
    std::string before;
    while (!chosen->get_subcommands().empty()) {
      before += (before.empty() ? "" : " ") + chosen->get_name();
      chosen = chosen->get_subcommands().front();
    }
    session.out << chosen->help(before) << std::flush;
    return kSuccess;
  } catch (const CLI::Success& success) {  // --version
    session.out << success.what() << "\n" << std::flush;
    return kSuccess;
  } catch (const CLI::ParseError& error) {
    const std::string unknown = DescribeUnknown(root, arguments);
    return session.Fail(kUsage, (unknown.empty() ? error.what() : unknown) + "\nRun with --help for what there is.");
  }
  return session.run ? session.run() : session.Fail(kUsage, "nothing to do");
}

}  // namespace causeway::cli
