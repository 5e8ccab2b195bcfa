// SPDX-License-Identifier: Apache-2.0
// The verbs, each in the source of its name. Each function adds its own to the command line.
#ifndef CAUSEWAY_NODE_CLI_VERBS_H_
#define CAUSEWAY_NODE_CLI_VERBS_H_

#include "node/cli/session.h"

namespace causeway::cli {

void AddKeys(CLI::App& root, Session& session);
void AddGenesis(CLI::App& root, Session& session);
void AddConfig(CLI::App& root, Session& session);
void AddTransactions(CLI::App& root, Session& session);
void AddAudit(CLI::App& root, Session& session);
void AddReading(CLI::App& root, Session& session);
void AddStatus(CLI::App& root, Session& session);
void AddImport(CLI::App& root, Session& session);
void AddDemo(CLI::App& root, Session& session);
void AddDevnet(CLI::App& root, Session& session);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_VERBS_H_
